//! Webhooks of organizations and of repositories: the same pages below the settings of either.

mod delivery;
mod form;
mod list;
mod routes;
mod show;

use jeton_api::ops;
use jeton_api::ops::hooks::HookOperations;
use jeton_app::hooks::{DeliveryOutcome, DeliveryRow, HookView};
use jeton_app::{AppError, Call, Named};
use jeton_domain::{Clean, HookDeliveryId, HookId, Id as _};
use jeton_http::Input;

use crate::review::Menu;
use crate::{Visit, repositories};

pub(crate) use routes::{REPOSITORY_ROUTES, ROUTES};

/// Below the settings of either.
pub(crate) const BELOW: &str = "/hooks";

/// What stands around these pages: the menu of an organization, or the head of a repository.
#[derive(Debug)]
struct Around {
    menu: Option<Menu>,
    head: Option<repositories::Head>,
    /// The address of the list.
    root: String,
    /// What the webhooks hang on.
    home: Named,
    of: &'static HookOperations,
}

impl Around {
    fn of(visit: &Visit<'_>) -> Result<Self, AppError> {
        if matches!(visit.call.named, Named::Repository(..)) {
            let head = repositories::Head::from(&repositories::view(visit)?, "hooks");
            return Ok(Self {
                root: format!("/{}/settings{BELOW}", head.full_name()),
                home: Named::Repository(head.owner.clone(), head.name.clone()),
                menu: None,
                head: Some(head),
                of: &ops::hooks::REPOSITORY,
            });
        }
        let menu = Menu::of(visit, BELOW)?;
        Ok(Self {
            root: menu.path(BELOW),
            home: Named::Organization(menu.org.clone()),
            menu: Some(menu),
            head: None,
            of: &ops::hooks::ORGANIZATION,
        })
    }

    /// What people call it.
    fn name(&self) -> String {
        match &self.home {
            Named::Repository(owner, name) => format!("{owner}/{name}"),
            Named::Organization(org) => org.clone(),
            // No page is called by a number.
            Named::Site
            | Named::Own
            | Named::OrganizationNumber(_)
            | Named::RepositoryNumber(_) => String::new(),
        }
    }

    /// The request as one that lists them.
    fn listing(&self, visit: &Visit<'_>) -> Call {
        visit.to(&self.of.list, self.home.clone())
    }

    /// The request as one that shows one of them.
    fn showing(&self, visit: &Visit<'_>) -> Call {
        visit.to(&self.of.get, self.home.clone())
    }

    fn page_of(&self, id: HookId) -> String {
        format!("{}/{}", self.root, id.get())
    }
}

fn id(input: &Input) -> Result<HookId, AppError> {
    HookId::from_i64(input.id("hook_id")?).ok_or(AppError::Missing("webhook"))
}

fn delivery_id(input: &Input) -> Result<HookDeliveryId, AppError> {
    HookDeliveryId::from_i64(input.id("delivery_id")?).ok_or(AppError::Missing("delivery"))
}

/// What came of a try, in a word or two, and its tone.
fn outcome(row: &DeliveryRow) -> (String, &'static str) {
    let (word, tone) = match (row.outcome, row.status_code) {
        (None, _) => ("waits", "info"),
        (Some(DeliveryOutcome::Delivered), _) => ("delivered", "good"),
        (Some(DeliveryOutcome::Refused), Some(code)) => {
            return (format!("answered {code}"), "bad");
        }
        (Some(DeliveryOutcome::Refused), None) => ("refused", "bad"),
        (Some(DeliveryOutcome::Unreachable), _) => ("no answer", "bad"),
        (Some(DeliveryOutcome::Forbidden), _) => ("not allowed", "bad"),
        (Some(DeliveryOutcome::Dropped), _) => ("not sent", "warn"),
    };
    (word.to_owned(), tone)
}

/// How a webhook fares, in a word or two, and its tone.
fn state(view: &HookView) -> (String, &'static str) {
    match &view.last {
        _ if !view.row.active => ("switched off".to_owned(), "warn"),
        Some(last) => outcome(last),
        None if view.waiting > 0 => ("waits".to_owned(), "info"),
        None => ("not told anything yet".to_owned(), "info"),
    }
}

/// What a try told: `member: added`.
fn told(row: &DeliveryRow) -> String {
    match &row.action {
        Some(action) => format!("{}: {action}", row.event_name),
        None => row.event_name.clone(),
    }
}

/// What a webhook hears of, in words.
fn heard(view: &HookView) -> String {
    let events = &view.row.events;
    if events
        .iter()
        .any(|name| name == jeton_domain::ALL_HOOK_EVENTS)
    {
        "everything".to_owned()
    } else {
        events.join(", ").plain()
    }
}
