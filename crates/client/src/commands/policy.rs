//! `jeton policy`: what an organization, and the site, allow tokens.

use serde_json::{Map, Value, json};

use super::check_changes;
use super::words::network;
use crate::error::ClientError;
use crate::server::{Ask, Door};
use crate::session::Session;
use crate::values::text;

/// What an organization, and the site, allow tokens.
#[derive(Debug, clap::Subcommand)]
pub enum Policy {
    /// Show an organization's policy, and what the site forces
    Show {
        /// The organization
        org: String,
    },
    /// Change an organization's policy; what is not named stays
    Set {
        /// The organization
        org: String,
        /// What changes
        #[command(flatten)]
        change: Box<OrganizationChange>,
    },
    /// The site's policy (administrators)
    #[command(subcommand)]
    Site(SitePolicyCommand),
}

/// The site's policy.
#[derive(Debug, clap::Subcommand)]
pub enum SitePolicyCommand {
    /// Show it
    Show,
    /// Change it; a setting is forced on every organization, or left to each with `leave`
    Set(Box<SiteChange>),
}

/// Settings that are to change.
#[derive(Debug, Default, clap::Args)]
pub struct OrganizationChange {
    /// Fine-grained tokens may reach it: yes or no
    #[arg(long, value_name = "YES|NO")]
    fine_grained: Option<String>,
    /// Classic tokens may reach it: yes or no
    #[arg(long, value_name = "YES|NO")]
    classic: Option<String>,
    /// A fine-grained token needs an owner's approval: yes or no
    #[arg(long, value_name = "YES|NO")]
    approval: Option<String>,
    /// The longest life of a fine-grained token: days, or unlimited
    #[arg(long, value_name = "DAYS")]
    maximum_days: Option<String>,
    /// The longest life of a classic token: days, or unlimited
    #[arg(long, value_name = "DAYS")]
    classic_maximum_days: Option<String>,
    /// Outside collaborators may use fine-grained tokens: yes or no
    #[arg(long, value_name = "YES|NO")]
    outside: Option<String>,
    /// Members who are no owners may make repositories: yes or no
    #[arg(long, value_name = "YES|NO")]
    members_create: Option<String>,
    /// People need a second factor, or are refused whatever credential they come with: yes or no
    #[arg(long, value_name = "YES|NO")]
    two_factor: Option<String>,
    /// Networks and single addresses that requests may come from, separated by commas; or any
    #[arg(long, value_name = "CIDR,…")]
    addresses: Option<String>,
}

/// Settings of the site that are to change.
#[derive(Debug, clap::Args)]
pub struct SiteChange {
    #[command(flatten)]
    forced: OrganizationChange,
    /// Public things are seen without a credential: yes or no
    #[arg(long, value_name = "YES|NO")]
    anonymous: Option<String>,
    /// People may make organizations by themselves: yes or no
    #[arg(long, value_name = "YES|NO")]
    users_create_organizations: Option<String>,
    /// Who may make an account by themselves: closed (nobody), invitation (who was invited) or open
    #[arg(long, value_name = "WHO", value_parser = ["closed", "invitation", "open"])]
    registration: Option<String>,
    /// How many fine-grained tokens a person may have
    #[arg(long, value_name = "N")]
    tokens_per_user: Option<u32>,
}

/// How a setting is written on the command line.
#[derive(Clone, Copy)]
enum Kind {
    YesNo,
    Days,
    Networks,
}

/// A setting: its field on the wire, its words for people, its form.
struct Setting(&'static str, &'static str, Kind);

const SETTINGS: [Setting; 9] = [
    Setting(
        "fine_grained_allowed",
        "fine-grained tokens allowed",
        Kind::YesNo,
    ),
    Setting("classic_allowed", "classic tokens allowed", Kind::YesNo),
    Setting(
        "approval_required",
        "approval of fine-grained tokens required",
        Kind::YesNo,
    ),
    Setting(
        "fine_grained_maximum",
        "longest life of a fine-grained token",
        Kind::Days,
    ),
    Setting(
        "classic_maximum",
        "longest life of a classic token",
        Kind::Days,
    ),
    Setting(
        "outside_collaborators_allowed",
        "outside collaborators may use tokens",
        Kind::YesNo,
    ),
    Setting(
        "members_create_repositories",
        "members may make repositories",
        Kind::YesNo,
    ),
    Setting(
        "two_factor_required",
        "people need a second factor",
        Kind::YesNo,
    ),
    Setting("addresses", "requests may come from", Kind::Networks),
];

const SITE_ONLY: [(&str, &str); 4] = [
    (
        "anonymous_allowed",
        "public things are seen without a credential",
    ),
    (
        "users_create_organizations",
        "people may make organizations",
    ),
    ("registration", "who may make an account"),
    ("tokens_per_user", "fine-grained tokens per person"),
];

impl OrganizationChange {
    fn words(&self) -> [&Option<String>; 9] {
        [
            &self.fine_grained,
            &self.classic,
            &self.approval,
            &self.maximum_days,
            &self.classic_maximum_days,
            &self.outside,
            &self.members_create,
            &self.two_factor,
            &self.addresses,
        ]
    }

    /// The fields that change. On the site's policy a value is forced or left.
    fn fields(&self, site: bool) -> Result<Map<String, Value>, ClientError> {
        let mut fields = Map::new();
        for (Setting(name, title, kind), word) in SETTINGS.iter().zip(self.words()) {
            let Some(word) = word else { continue };
            let value = match (site, word.as_str()) {
                (true, "leave") => json!("leave"),
                (true, word) => json!({ "force": kind.read(title, word)? }),
                (false, word) => kind.read(title, word)?,
            };
            fields.insert((*name).to_owned(), value);
        }
        Ok(fields)
    }
}

impl Kind {
    fn read(self, title: &str, word: &str) -> Result<Value, ClientError> {
        let fault =
            |hint: &str| ClientError::usage(format!("`{word}` is no value for '{title}'"), hint);
        match (self, word) {
            (Self::YesNo, "yes" | "true") => Ok(json!(true)),
            (Self::YesNo, "no" | "false") => Ok(json!(false)),
            (Self::YesNo, _) => Err(fault("say yes or no")),
            (Self::Days, "unlimited" | "none") => Ok(json!("unlimited")),
            (Self::Days, days) => match days.parse::<u32>() {
                Ok(days) if days > 0 => Ok(json!({ "days": days })),
                _ => Err(fault("say a number of days, or unlimited")),
            },
            (Self::Networks, "any") => Ok(json!("unrestricted")),
            (Self::Networks, list) => {
                let networks: Vec<_> = list
                    .split(',')
                    .map(str::trim)
                    .filter(|network| !network.is_empty())
                    .map(network)
                    .collect();
                // Nothing named would lock everybody out, by a typing error.
                if networks.is_empty() {
                    Err(fault("name networks like 10.0.0.0/8, or say any"))
                } else {
                    Ok(json!({ "only": networks }))
                }
            }
        }
    }
}

/// A setting's value in words.
fn words(value: &Value) -> String {
    match value {
        Value::String(word) if word == "unrestricted" => "anywhere".to_owned(),
        Value::String(word) if word == "leave" => "left to each organization".to_owned(),
        Value::Object(fields) => match fields.iter().next() {
            Some((name, days)) if name == "days" => format!("{} days", text(days)),
            Some((name, networks)) if name == "only" => text(networks),
            Some((name, forced)) if name == "force" => format!("{}, everywhere", words(forced)),
            _ => text(value),
        },
        value => text(value),
    }
}

impl Policy {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::Show { org } => {
                let policy = session.get(Door::Own, &["orgs", &org, "policy"])?;
                show(session, &policy)
            }
            Self::Set { org, change } => {
                let body = Value::Object(change.fields(false)?);
                check_changes(&body)?;
                let policy = session
                    .ask(&Ask::patch(Door::Own, &["orgs", &org, "policy"], body))?
                    .body;
                show(session, &policy)
            }
            Self::Site(SitePolicyCommand::Show) => {
                let policy = session.get(Door::Own, &["site", "policy"])?;
                show_site(session, &policy)
            }
            Self::Site(SitePolicyCommand::Set(change)) => change.run(session),
        }
    }
}

impl SiteChange {
    /// The wire takes the whole policy: what is there, with what changes put over it.
    fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        let mut changes = self.forced.fields(true)?;
        for ((name, title), word) in SITE_ONLY
            .iter()
            .zip([&self.anonymous, &self.users_create_organizations])
        {
            if let Some(word) = word {
                changes.insert((*name).to_owned(), Kind::YesNo.read(title, word)?);
            }
        }
        if let Some(who) = &self.registration {
            changes.insert("registration".to_owned(), json!(who));
        }
        if let Some(most) = self.tokens_per_user {
            changes.insert("tokens_per_user".to_owned(), json!(most));
        }
        check_changes(&Value::Object(changes.clone()))?;
        let Value::Object(mut policy) = session.get(Door::Own, &["site", "policy"])? else {
            return Err(ClientError::other("the server's answer is no policy"));
        };
        policy.extend(changes);
        let policy = session
            .ask(&Ask::put(
                Door::Own,
                &["site", "policy"],
                Value::Object(policy),
            ))?
            .body;
        show_site(session, &policy)
    }
}

fn show(session: &mut Session<'_>, policy: &Value) -> Result<(), ClientError> {
    if session.screen.json {
        return session.screen.print_json(policy);
    }
    let forced: Vec<_> = policy
        .get("forced")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let field = |part: &str, name: &str| {
        policy
            .get(part)
            .and_then(|own| own.get(name))
            .map(|value| jeton_domain::plain(&words(value)))
            .unwrap_or_default()
    };
    let rows = SETTINGS.iter().map(|Setting(name, title, _)| {
        let by = if forced.contains(name) {
            "the site"
        } else {
            ""
        };
        vec![
            (*title).to_owned(),
            field("effective", name),
            field("own", name),
            by.to_owned(),
        ]
    });
    session
        .screen
        .table(&["SETTING", "IN FORCE", "OWN", "FORCED BY"], rows.collect())
}

fn show_site(session: &mut Session<'_>, policy: &Value) -> Result<(), ClientError> {
    if session.screen.json || policy.is_null() {
        return session.screen.done(policy, "The site's policy is changed.");
    }
    let field = |name: &str| {
        policy
            .get(name)
            .map(|value| jeton_domain::plain(&words(value)))
            .unwrap_or_default()
    };
    let settings = SETTINGS
        .iter()
        .map(|Setting(name, title, _)| (*name, *title))
        .chain(SITE_ONLY);
    let rows = settings.map(|(name, title)| vec![title.to_owned(), field(name)]);
    session.screen.table(&["SETTING", "SITE"], rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_domain::{OrganizationPolicy, SitePolicy};

    fn all(yes: &str, days: &str, networks: &str) -> OrganizationChange {
        let word = |text: &str| Some(text.to_owned());
        OrganizationChange {
            fine_grained: word(yes),
            classic: word(yes),
            approval: word(yes),
            maximum_days: word(days),
            classic_maximum_days: word(days),
            outside: word(yes),
            members_create: word(yes),
            two_factor: word(yes),
            addresses: word(networks),
        }
    }

    #[test]
    fn every_setting_is_one_the_domain_knows_and_none_is_left_out() {
        let fields = all("yes", "90", "10.0.0.0/8, ::1, 192.0.2.1")
            .fields(false)
            .unwrap();
        serde_json::from_value::<OrganizationPolicy>(Value::Object(fields)).unwrap();
        let mut fields = all("no", "unlimited", "any").fields(true).unwrap();
        for (name, _) in SITE_ONLY {
            fields.insert(
                name.to_owned(),
                match name {
                    "tokens_per_user" => json!(5),
                    "registration" => json!("open"),
                    _ => json!(true),
                },
            );
        }
        serde_json::from_value::<SitePolicy>(Value::Object(fields)).unwrap();
        let left = all("leave", "leave", "leave").fields(true).unwrap();
        assert!(left.values().all(|value| value == "leave"));
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for change in [
            all("perhaps", "1", "any"),
            all("yes", "0", "any"),
            all("yes", "1", " , "),
            all("leave", "1", "any"),
        ] {
            assert_eq!(change.fields(false).unwrap_err().exit().code(), 2);
        }
    }

    #[test]
    fn values_are_said_in_words() {
        assert_eq!(
            words(&json!({"force": {"days": 30}})),
            "30 days, everywhere"
        );
        assert_eq!(words(&json!({"only": ["10.0.0.0/8"]})), "10.0.0.0/8");
        assert_eq!(words(&json!(false)), "no");
        assert_eq!(words(&json!("leave")), "left to each organization");
    }
}
