//! The form of a token, for making one and for changing one: everything it offers comes from the server, each
//! time anew.

use std::collections::BTreeMap;

use askama::Template;
use jeton_api::ops;
use jeton_app::tokens::{self, OwnerChoice, Preview};
use jeton_app::{AppError, repositories};
use jeton_domain::{Level, Maximum, Overview, Permission, Scope, Span, Time, catalogue, plain};
use jeton_http::Answer;

use super::MENU;
use super::draft::{Draft, Missing, PERMISSION, Which};
use super::opens::{Opens, opened};
use crate::{Faults, Frame, Seen, Visit, settings, words};

/// Repositories that are offered at once; a search brings the others.
const OFFERED: u32 = 50;

/// Faults of one field that are told at once.
const TOLD: usize = 10;

/// A value that can be chosen.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) title: String,
    pub(super) chosen: bool,
}

/// One permission.
#[derive(Debug)]
struct Key {
    field: String,
    permission: &'static Permission,
    levels: Vec<Choice>,
    /// Comes with the others, and can't be taken off.
    mandatory: bool,
    chosen: bool,
    /// What a search looks through.
    text: String,
    /// The words of a level, and what it opens.
    opens: Vec<Opens>,
}

/// The permissions of one scope.
#[derive(Debug)]
struct Group {
    title: &'static str,
    hint: String,
    keys: Vec<Key>,
    chosen: usize,
}

/// Whether a token is made or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Made. The key under which it is: a form sent twice makes one token.
    Make { key: String },
    /// Changed: what would come of it, in sentences, and what the form was filled from.
    Change {
        path: String,
        sentences: Vec<String>,
        seen: Seen,
    },
}

impl Purpose {
    const fn status(&self, told: Option<&Faults>) -> u16 {
        match (self, told) {
            (Self::Change { seen, .. }, _) if seen.is_stale() => 409,
            (_, Some(_)) => 422,
            (_, None) => 200,
        }
    }
}

#[derive(Template)]
#[template(path = "tokens/form.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
    purpose: Purpose,
    draft: Draft,
    owners: Vec<OwnerChoice>,
    owner: String,
    needs_approval: bool,
    /// The owner's rule that approves it at once.
    rule: Option<String>,
    maximum: String,
    expiries: Vec<Choice>,
    dated: bool,
    picked: Vec<String>,
    offered: Vec<(String, &'static str)>,
    total: u64,
    groups: Vec<Group>,
    overview: Option<Overview>,
    faults: Faults,
}

impl Page {
    fn is_change(&self) -> bool {
        matches!(self.purpose, Purpose::Change { .. })
    }

    fn verified(&self) -> bool {
        let viewer = self.frame.viewer.as_ref();
        viewer.is_some_and(|viewer| viewer.verified)
    }

    fn button(&self) -> &str {
        match (&self.purpose, &self.overview) {
            (Purpose::Change { .. }, _) => "Save the changes",
            (Purpose::Make { .. }, Some(overview)) => overview.button,
            (Purpose::Make { .. }, None) if self.needs_approval => {
                "Generate token and request access"
            }
            (Purpose::Make { .. }, None) => "Generate token",
        }
    }

    /// What the page calls a field.
    #[expect(clippy::unused_self, reason = "asked by the template")]
    fn label<'a>(&self, field: &'a str) -> &'a str {
        match field {
            "name" => "Token name",
            "description" => "Description",
            "owner" => "Resource owner",
            "expires_in" | "expires_at" => "Expiration",
            "justification" => "Justification",
            "repositories" => "Repository access",
            "permissions" => "Permissions",
            other => other,
        }
    }

    /// What the list at the top tells: of a thousand repositories that are not there, the first few.
    fn told(&self) -> Vec<(&str, &str)> {
        let mut same = BTreeMap::<&str, usize>::new();
        self.faults
            .all()
            .iter()
            .filter(|(field, _)| {
                let count = same.entry(field).or_default();
                *count += 1;
                *count <= TOLD
            })
            .map(|(field, message)| (field.as_str(), message.as_str()))
            .collect()
    }

    fn untold(&self) -> usize {
        self.faults.all().len() - self.told().len()
    }

    /// What stands in the overview's place while it can't be made.
    fn next(&self) -> &'static str {
        match self.draft.missing() {
            Missing::Repositories => {
                "Choose at least one repository: then you see here what the token will be."
            }
            Missing::Date => "Choose a date: then you see here what the token will be.",
            Missing::Nothing => "Mend what is marked above to see what the token will be.",
        }
    }

    fn owner_is_offered(&self) -> bool {
        self.owners.iter().any(|choice| choice.login == self.owner)
    }

    fn is(&self, word: &str) -> bool {
        self.draft.which.word() == word
    }
}

/// Renders the form. `given`: which faults are shown where the reader is still choosing; `told`: those that the
/// use case found when the form was sent.
pub(super) fn page(
    visit: &Visit<'_>,
    title: &str,
    mut draft: Draft,
    purpose: Purpose,
    told: Option<Faults>,
) -> Result<Answer, AppError> {
    let app = visit.app;
    let owners = tokens::owners(app, &visit.own(ops::tokens::OWNERS))?;
    let login = visit.viewer.as_ref().map(|viewer| viewer.login.clone());
    let login = login.unwrap_or_default();
    let wanted = if draft.owner.is_empty() {
        login.clone()
    } else {
        draft.owner.clone()
    };
    let known = owners
        .iter()
        .find(|owner| owner.login.eq_ignore_ascii_case(&wanted));
    let approval_required = known.is_some_and(|owner| owner.approval_required);
    let owner = known.map_or(wanted, |owner| owner.login.clone());
    let organization = known.is_some_and(|owner| owner.organization);
    draft.owner.clone_from(&owner);
    draft.own = owner.eq_ignore_ascii_case(&login);
    if known.is_some() {
        draft.fit(&owner, organization);
    }
    draft.sent |= told.is_some();
    let preview = tokens::preview(app, &visit.own(ops::tokens::PREVIEW), &draft.wish())?;
    let status = purpose.status(told.as_ref());
    let expiries = expiries(&draft, &preview, app.now());
    let change = matches!(purpose, Purpose::Change { .. });
    let faults = match told {
        Some(faults) => faults,
        // A change is held against the token that is there: its name is no other's.
        None if change => Faults::default(),
        None => Faults::of(AppError::Invalid(preview.faults))?.only(|field| match field {
            "name" => !draft.name.is_empty(),
            "repositories" => !draft.repositories.is_empty(),
            "expires_at" => draft.expires != "date" || !draft.expires_at.is_empty(),
            _ => true,
        }),
    };
    let faults = match draft.missing() {
        Missing::Repositories => faults.say("repositories", "Choose at least one repository."),
        Missing::Date => faults.say("expires_at", "Choose a date."),
        Missing::Nothing => faults,
    };
    let found = if draft.which == Which::Selected {
        let call = visit.own(ops::repositories::OWN);
        repositories::search(app, &call, &owner, &draft.search, OFFERED)?
    } else {
        repositories::List::default()
    };
    let picked = draft.boxes();
    let offered = found
        .items
        .iter()
        .map(|view| (view.row.full_name(), view.row.visibility.name()))
        .filter(|(name, _)| !draft.has(name))
        .collect();
    let groups = groups(&draft, organization, draft.which == Which::Public);
    visit.page(
        status,
        &Page {
            frame: visit.frame(title),
            menu: MENU,
            dated: draft.expires == "date",
            purpose,
            owners,
            // Said from the moment the owner is chosen, whatever is chosen further.
            needs_approval: preview.rule.is_none() && (preview.needs_approval || approval_required),
            rule: preview.rule,
            maximum: words::maximum(preview.maximum),
            expiries,
            picked,
            offered,
            total: found.total,
            groups,
            overview: preview.overview,
            faults,
            owner,
            draft,
        },
    )
}

/// The lengths that are offered, with what is chosen among them.
fn expiries(draft: &Draft, preview: &Preview, now: Time) -> Vec<Choice> {
    let chosen_days = match draft.expires.as_str() {
        "" => preview.default_days.to_string(),
        other => other.to_owned(),
    };
    let mut expiries: Vec<Choice> = preview
        .choices
        .iter()
        .map(|days| Choice {
            value: days.to_string(),
            title: format!("{days} days ({})", now.after(Span::from_days(*days)).date()),
            chosen: chosen_days == days.to_string(),
        })
        .collect();
    // What a link says, well or not, is what its fault is about.
    if !matches!(chosen_days.as_str(), "date" | "none")
        && !expiries.iter().any(|choice| choice.chosen)
    {
        expiries.push(Choice {
            title: format!("{} days", plain(&chosen_days)),
            value: chosen_days.clone(),
            chosen: true,
        });
    }
    let word = |value: &str, title: &str| Choice {
        value: value.to_owned(),
        title: title.to_owned(),
        chosen: draft.expires == value,
    };
    expiries.push(word("date", "On a date of your choice"));
    if preview.maximum == Maximum::Unlimited || draft.expires == "none" {
        expiries.push(word("none", "Never"));
    }
    expiries
}

fn groups(draft: &Draft, organization: bool, public: bool) -> Vec<Group> {
    let (other, title, hint) = if organization {
        (
            Scope::Organization,
            "Organization",
            "On the organization itself: its people, settings and tokens.",
        )
    } else {
        (Scope::Account, "Account", "On your own account.")
    };
    let on_repositories = if public {
        "A token for public repositories reads them and takes no permission."
    } else {
        "On the repositories chosen above."
    };
    [
        (Scope::Repository, "Repositories", on_repositories),
        (other, title, hint),
    ]
    .into_iter()
    .map(|(scope, title, hint)| {
        let any = draft.permissions.keys().any(|key| {
            catalogue().any(|p| p.key == key && p.scope == scope && p.key != "metadata")
        });
        let keys: Vec<Key> = catalogue()
            .filter(|permission| permission.scope == scope)
            .map(|permission| key(permission, draft, any))
            .collect();
        Group {
            title,
            hint: hint.to_owned(),
            chosen: keys.iter().filter(|key| key.chosen).count(),
            keys,
        }
    })
    .collect()
}

fn key(permission: &'static Permission, draft: &Draft, any: bool) -> Key {
    let mandatory = permission.key == "metadata" && any;
    let held = if mandatory {
        Some(Level::Read.name())
    } else {
        draft.permissions.get(permission.key).map(String::as_str)
    };
    let none = Choice {
        value: "none".to_owned(),
        title: "No access".to_owned(),
        chosen: held.is_none(),
    };
    let levels = permission.levels.iter().map(|level| Choice {
        value: level.name().to_owned(),
        title: words::level(*level).to_owned(),
        chosen: held == Some(level.name()),
    });
    let opens = opened(permission.key);
    let mut text = format!(
        "{} {} {}",
        permission.key, permission.title, permission.sentence
    );
    for opens in &opens {
        text.push(' ');
        text.push_str(opens.sentence);
    }
    Key {
        field: format!("{PERMISSION}{}", permission.key),
        permission,
        levels: std::iter::once(none).chain(levels).collect(),
        mandatory,
        chosen: held.is_some(),
        text: text.to_lowercase(),
        opens,
    }
}
