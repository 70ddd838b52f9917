//! The form of a token, for making one and for changing one: everything it offers comes from the server, each
//! time anew.

use askama::Template;
use jeton_api::ops;
use jeton_app::tokens::{self, OwnerChoice};
use jeton_app::{AppError, FieldFault, repositories};
use jeton_domain::{Level, Overview, Permission, Scope, catalogue, condition_lines};
use jeton_http::Answer;

use super::FINE_GRAINED;
use super::bounds::{self, Other};
use super::draft::{Draft, Missing, PERMISSION, Which};
use super::expiry::{Choice, expiries};
use super::opens::{Opens, opened};
use super::purpose::Purpose;
use super::told::Told;
use crate::around::Around;
use crate::{Faults, Frame, Visit, services, settings, words};

/// Repositories that are offered at once; a search brings the others.
const OFFERED: u32 = 50;

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

#[derive(Template)]
#[template(path = "tokens/form.html")]
struct Page {
    frame: Frame,
    around: Around,
    purpose: Purpose,
    told: Told,
    draft: Draft,
    owners: Vec<OwnerChoice>,
    owner: String,
    needs_approval: bool,
    /// The owner's rule that approves it at once.
    rule: Option<String>,
    /// The longest that is offered, in a sentence.
    longest: String,
    expiries: Vec<Choice>,
    dated: bool,
    picked: Vec<String>,
    offered: Vec<(String, &'static str)>,
    total: u64,
    groups: Vec<Group>,
    /// Sets of conditions beside the one that is filled in.
    others: Vec<Other>,
    /// What is asked for of conditions, a line each.
    conditions: Vec<String>,
    overview: Option<Overview>,
    faults: Faults,
}

impl Page {
    /// The page that the form stands below.
    fn back(&self) -> String {
        match self.purpose.service() {
            Some(service) => format!("{}/{service}", self.around.root),
            None => self.around.root.clone(),
        }
    }

    fn button(&self) -> &str {
        match (&self.purpose, &self.overview) {
            (Purpose::Change { .. }, _) => "Save the changes",
            (_, Some(overview)) => overview.button,
            (_, None) if self.needs_approval => "Generate token and request access",
            (_, None) => "Generate token",
        }
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
pub(crate) fn page(
    visit: &Visit<'_>,
    title: &str,
    mut draft: Draft,
    purpose: Purpose,
    told: Option<Faults>,
) -> Result<Answer, AppError> {
    let app = visit.app;
    let owners = tokens::owners(app, &visit.own(ops::tokens::OWNERS))?;
    let around = match purpose.service() {
        Some(_) => services::around(visit)?,
        None => Around::own(FINE_GRAINED.root),
    };
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
    let mut preview = match purpose.service() {
        Some(service) => services::preview(visit, service, &draft)?,
        None => tokens::preview(app, &visit.own(ops::tokens::PREVIEW), &draft.glance())?,
    };
    let status = purpose.status(told.as_ref());
    let expiries = expiries(&draft.expires, preview.maximum, app.now());
    let change = purpose.is_change();
    let read = draft.bounds.read();
    let readable = read.is_ok();
    let mut found_wrong = std::mem::take(&mut preview.faults);
    if let Err(AppError::Invalid(typed)) = &read {
        found_wrong.extend(typed.iter().cloned());
    }
    let faults = faults(&draft, change, told, found_wrong)?;
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
    let mut groups = groups(&draft, organization, draft.which == Which::Public);
    if purpose.service().is_some() {
        // No service account is a member: permissions on the organization itself would open nothing to it.
        groups.truncate(1);
    }
    visit.page(
        status,
        &Page {
            frame: visit.frame(title),
            around,
            told: Told::new(draft.sent, &faults),
            dated: draft.expires == "date",
            owners,
            // Said from the moment the owner is chosen, whatever is chosen further.
            needs_approval: purpose.service().is_none()
                && preview.rule.is_none()
                && (preview.needs_approval || approval_required),
            purpose,
            rule: preview.rule,
            longest: format!("{owner} allows {}.", words::maximum(preview.maximum)),
            expiries,
            picked,
            offered,
            total: found.total,
            groups,
            others: draft.bounds.others(),
            conditions: read.map_or_else(|_| Vec::new(), |sets| condition_lines(&sets)),
            // What can't be read yet might leave something out.
            overview: preview.overview.filter(|_| readable),
            faults,
            owner,
            draft,
        },
    )
}

/// What is said to be wrong: `told`, what the use case found when the form was sent; before that what the preview found in what
/// was filled in.
fn faults(
    draft: &Draft,
    change: bool,
    told: Option<Faults>,
    preview: Vec<FieldFault>,
) -> Result<Faults, AppError> {
    let faults = match told {
        Some(faults) => faults,
        // A change is held against the token that is there: its name is no other's.
        None if change => Faults::default(),
        None => Faults::of(AppError::Invalid(preview))?.only(|field| match field {
            "name" => !draft.name.is_empty(),
            "repositories" => !draft.repositories.is_empty(),
            "expires_at" => draft.expires != "date" || !draft.expires_at.is_empty(),
            _ => true,
        }),
    }
    .moved(bounds::at);
    Ok(match draft.missing() {
        Missing::Repositories => faults.say("repositories", "Choose at least one repository."),
        Missing::Date => faults.say("expires_at", "Choose a date."),
        Missing::Nothing => faults,
    })
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
        "A token for public repositories reads them and takes no permission, but one on packages that it names."
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
