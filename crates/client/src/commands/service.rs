//! `jeton service`: accounts of an organization that are no person's, their tokens, and what leavers leave to them.

use clap::ValueEnum;
use serde_json::{Value, json};

use super::token::{OPTIONS, Power, hand_over};
use super::words::{ExpiresWord, RoleWord};
use super::{check_changes, put, put_text};
use crate::error::ClientError;
use crate::person::sure;
use crate::screen::{Column, Form};
use crate::server::{Ask, Door};
use crate::session::{Session, idempotency_key};

/// A role on every repository, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EverywhereWord {
    /// Where it was given a role by name alone
    None,
    /// See and clone
    Read,
    /// Read, and sort what others bring
    Triage,
    /// Push
    Write,
    /// Write, and care for the repository
    Maintain,
    /// Everything, access included
    Admin,
}

impl EverywhereWord {
    const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => RoleWord::Read.name(),
            Self::Triage => RoleWord::Triage.name(),
            Self::Write => RoleWord::Write.name(),
            Self::Maintain => RoleWord::Maintain.name(),
            Self::Admin => RoleWord::Admin.name(),
        }
    }
}

/// Accounts of an organization that are no person's.
#[derive(Debug, clap::Subcommand)]
pub enum Service {
    /// List them
    List {
        /// The organization
        org: String,
    },
    /// Show one
    Show {
        /// The organization
        org: String,
        /// The service account
        name: String,
    },
    /// Make one: nobody signs in to it
    Create {
        /// The organization
        org: String,
        /// Its name, among those of all accounts
        name: String,
        /// What it is for
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        /// Its role on every repository, present and future
        #[arg(long)]
        role: Option<EverywhereWord>,
        /// It is a CI system: its jobs may do what the organization lets jobs do
        #[arg(long)]
        issues_jobs: bool,
    },
    /// Change one; what is not named stays
    Edit {
        /// The organization
        org: String,
        /// The service account
        name: String,
        /// What it is for
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        /// Its role on every repository, present and future
        #[arg(long)]
        role: Option<EverywhereWord>,
        /// Whether it is a CI system
        #[arg(long, value_name = "true|false")]
        issues_jobs: Option<bool>,
    },
    /// Refuse its tokens and its jobs until it is resumed
    Suspend {
        /// The organization
        org: String,
        /// The service account
        name: String,
    },
    /// Let it go on
    Resume {
        /// The organization
        org: String,
        /// The service account
        name: String,
    },
    /// Delete one, with its tokens and roles
    Delete {
        /// The organization
        org: String,
        /// The service account
        name: String,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
    /// List its tokens
    Tokens {
        /// The organization
        org: String,
        /// The service account
        name: String,
    },
    /// Make a token of it; the value alone goes to standard output
    Token(Box<ServiceToken>),
    /// Give one of its tokens a new value; the old one goes on for a while
    Rotate(ServiceRotate),
    /// End one of its tokens for good
    Revoke {
        /// The organization
        org: String,
        /// The service account
        name: String,
        /// The token's number
        token: i64,
    },
    /// Hand what a person's token runs over to one; its value alone goes to standard output
    #[command(name = "hand-over")]
    HandOver {
        /// The organization
        org: String,
        /// The number of the person's token, as `jeton grant list` has it
        token: i64,
        /// The service account
        name: String,
        /// What its token is called [default: as the person's]
        #[arg(long, value_name = "TEXT")]
        token_name: Option<String>,
        /// How many days the person's value goes on, seven at most
        #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u32).range(0..=7))]
        overlap_days: u32,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
}

/// A new value of such a token.
#[derive(Debug, clap::Args)]
pub struct ServiceRotate {
    /// The organization
    org: String,
    /// The service account
    name: String,
    /// The token's number
    token: i64,
    /// How long the new value lives
    #[arg(long, value_name = "DAYS|DATE|none")]
    expires: Option<ExpiresWord>,
    /// How long the old value goes on, in seconds [default: a day]
    #[arg(long, value_name = "SECONDS")]
    overlap: Option<u32>,
}

/// A token of a service account.
#[derive(Debug, clap::Args)]
pub struct ServiceToken {
    /// The organization
    org: String,
    /// The service account
    name: String,
    /// What the token is called, unique among the account's
    token: String,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// How long it lives: days, a date, or none [default: 30 days, or the organization's maximum]
    #[arg(long, value_name = "DAYS|DATE|none")]
    expires: Option<ExpiresWord>,
    #[command(flatten)]
    power: Power,
}

const COLUMNS: &[Column] = &[
    Column("NAME", "/login", Form::Text),
    Column("STATE", "/state", Form::Text),
    Column("ROLE", "/role", Form::Text),
    Column("REPOSITORIES", "/repositories", Form::Text),
    Column("CI", "/issues_jobs", Form::Text),
    Column("DESCRIPTION", "/description", Form::Text),
];

const ONE: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("Name", "/login", Form::Text),
    Column("State", "/state", Form::Text),
    Column("Role on every repository", "/role", Form::Text),
    Column("Repositories with a role", "/repositories", Form::Text),
    Column("Opens jobs as a CI system", "/issues_jobs", Form::Text),
    Column("Description", "/description", Form::Text),
    Column("Made", "/created_at", Form::Moment),
];

const TOKENS: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("NAME", "/name", Form::Text),
    Column("STATE", "/state", Form::Text),
    Column("PERMISSIONS", "/permissions", Form::Permissions),
    Column("EXPIRES", "/expires_at", Form::Moment),
    Column("LAST USED", "/last_used_at", Form::Moment),
];

fn path<'a>(org: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["orgs", org, "service-accounts"], more].concat()
}

/// Puts what `--expires` said into a body.
fn put_expiry(body: &mut Value, expires: Option<ExpiresWord>) {
    if let Some(ExpiresWord(field, value)) = expires {
        put(body, field, Some(value));
    }
}

impl Service {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::List { org } => session.show_all(Ask::get(Door::Own, &path(&org, &[])), COLUMNS),
            Self::Show { org, name } => {
                let found = session.get(Door::Own, &path(&org, &[&name]))?;
                session.screen.one(ONE, &found)
            }
            Self::Create {
                org,
                name,
                description,
                role,
                issues_jobs,
            } => {
                let mut body = json!({ "login": name, "issues_jobs": issues_jobs });
                put_text(&mut body, "description", description);
                put(&mut body, "role", role.map(|role| json!(role.name())));
                let ask = Ask::post(Door::Own, &path(&org, &[]), body);
                session.change(&ask, &format!("{name} is an account of {org}'s now."))
            }
            Self::Edit {
                org,
                name,
                description,
                role,
                issues_jobs,
            } => {
                let mut body = json!({});
                put_text(&mut body, "description", description);
                put(&mut body, "role", role.map(|role| json!(role.name())));
                put(&mut body, "issues_jobs", issues_jobs.map(Value::Bool));
                check_changes(&body)?;
                let ask = Ask::patch(Door::Own, &path(&org, &[&name]), body);
                session.change(&ask, &format!("{name} is changed."))
            }
            Self::Suspend { org, name } => {
                let ask = Ask::post(Door::Own, &path(&org, &[&name, "suspend"]), json!({}));
                session.change(&ask, &format!("{name} is suspended."))
            }
            Self::Resume { org, name } => {
                let ask = Ask::post(Door::Own, &path(&org, &[&name, "resume"]), json!({}));
                session.change(&ask, &format!("{name} goes on."))
            }
            Self::Delete { org, name, yes } => {
                let question = format!("Delete {name}, with its tokens and roles?");
                sure(session.person, yes, &question)?;
                let ask = Ask::delete(Door::Own, &path(&org, &[&name]));
                session.change(&ask, &format!("{name} is deleted."))
            }
            Self::Tokens { org, name } => session.show_whole(
                &Ask::get(Door::Own, &path(&org, &[&name, "tokens"])),
                TOKENS,
            ),
            Self::Token(token) => token.run(session),
            Self::Rotate(rotate) => rotate.run(session),
            Self::Revoke { org, name, token } => {
                let token = token.to_string();
                let ask = Ask::delete(Door::Own, &path(&org, &[&name, "tokens", &token]));
                session.change(&ask, "The token is revoked.")
            }
            Self::HandOver {
                org,
                token,
                name,
                token_name,
                overlap_days,
                yes,
            } => {
                let question = format!(
                    "Give {name} what token {token} runs, and end that one in {overlap_days} days at the latest?"
                );
                sure(session.person, yes, &question)?;
                let mut body = json!({
                    "service_account": name, "overlap_seconds": overlap_days * 24 * 60 * 60,
                });
                put_text(&mut body, "name", token_name);
                let token = token.to_string();
                let at = ["orgs", &org, "personal-access-tokens", &token, "hand-over"];
                let ask = Ask::post(Door::Own, &at, body).idempotent(idempotency_key()?);
                let made = session.ask(&ask)?.body;
                if !session.screen.json {
                    let end = made.get("old_ends_at").and_then(Value::as_str);
                    let end = end.unwrap_or("its own end");
                    session.screen.note(&format!(
                        "{name} has a token of its own. The person's value goes on until {end}, and does only what both may."
                    ));
                }
                hand_over(session, &made, true)
            }
        }
    }
}

impl ServiceRotate {
    fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        let mut body = json!({});
        put_expiry(&mut body, self.expires);
        let overlap = self.overlap.map(|seconds| json!(seconds));
        put(&mut body, "overlap_seconds", overlap);
        let token = self.token.to_string();
        let at = path(&self.org, &[&self.name, "tokens", &token, "rotate"]);
        let ask = Ask::post(Door::Own, &at, body).idempotent(idempotency_key()?);
        let made = session.ask(&ask).map_err(|e| e.in_options(OPTIONS))?.body;
        hand_over(session, &made, true)
    }
}

impl ServiceToken {
    fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        let mut body = json!({ "name": self.token });
        put_text(&mut body, "description", self.description);
        put_expiry(&mut body, self.expires);
        self.power.write(&mut body)?;
        let at = path(&self.org, &[&self.name, "tokens"]);
        let ask = Ask::post(Door::Own, &at, body).idempotent(idempotency_key()?);
        let made = session.ask(&ask).map_err(|e| e.in_options(OPTIONS))?.body;
        hand_over(session, &made, true)
    }
}
