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

use crate::Visit;
use crate::around::Around;

pub(crate) use routes::{REPOSITORY_ROUTES, ROUTES};

/// Below the settings of either.
pub(crate) const BELOW: &str = "/hooks";

/// What stands around these pages.
fn around(visit: &Visit<'_>) -> Result<Around, AppError> {
    // Nobody has webhooks of their own.
    Around::of(visit, BELOW, "/")
}

impl Around {
    /// What is done with the webhooks here.
    const fn hooks(&self) -> &'static HookOperations {
        match self.home {
            Named::Repository(..) => &ops::hooks::REPOSITORY,
            _ => &ops::hooks::ORGANIZATION,
        }
    }

    /// The request as one that lists them.
    fn listing(&self, visit: &Visit<'_>) -> Call {
        visit.to(&self.hooks().list, self.home.clone())
    }

    /// The request as one that shows one of them.
    fn showing(&self, visit: &Visit<'_>) -> Call {
        visit.to(&self.hooks().get, self.home.clone())
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
