//! Webhooks: who keeps them, what they are told, and how it is sent.
//!
//! What changes and leaves an entry in the log is [raised](raise) in the change's own unit: who is told, and of what, is
//! fixed there, and nobody is told of a change that did not come about. The workers [deliver](deliver) it afterwards.

mod delete;
mod deliver;
mod deliveries;
mod edit;
mod list;
mod payload;
mod ping;
pub(crate) mod pushes;
pub(crate) mod raise;
mod redeliver;
mod refs;
mod register;
mod settings;
mod shape;
mod tell;
mod test;
mod thing;
pub(crate) mod tokens;
mod url;

use jeton_domain::{Event, HookId, HookOn, Selection};
use jeton_out::webhook::Sender;
use jeton_store::hooks::{HookOwner, HookRow};
use jeton_store::{ReadUnit, hooks};

use crate::audit::Record;
use crate::authorize::Acting;
use crate::error::AppError;
use crate::place::Place;

pub use delete::delete;
pub(crate) use delete::end_of_owner;
pub use deliveries::{
    Deliveries, DeliveryView, deliveries, delivery, ended_delivery, kept_delivery,
};
pub use edit::{ConfigEdit, HookEdit, edit};
pub use jeton_store::hook_deliveries::{Among, DeliveryOutcome, DeliveryRow};
pub use jeton_store::hooks::{HookContentType, HookOwner as Owner};
pub use list::{HookList, HookView, list, show};
pub use redeliver::{may_ping, may_redeliver, ping_hook, redeliver};
pub use register::{NewHook, may_register, register};
pub use settings::{HIDDEN, HookConfig, HookSecret, LONGEST_SECRET};
pub use shape::{config, said, shape};
pub use test::test_push;
pub use thing::{AskingToken, PushedCommit, Shape, Thing, ToldToken};

const RESOURCE: &str = "Hook";

/// What the server tells webhooks with.
#[derive(Debug)]
pub struct Hooks {
    /// Sends.
    pub sender: Sender,
    /// Shapes what is told as REST does. It stands above the use cases, so the wiring gives it.
    pub shape: Shape,
}

/// What a request's webhooks hang on.
fn owner(acting: &Acting<'_>) -> Result<HookOwner, AppError> {
    match &acting.place {
        Place::Organization(owner) => Ok(HookOwner::Organization(owner.id.as_organization())),
        Place::Repository(repository) => Ok(HookOwner::Repository(repository.id)),
        _ => Err(AppError::Missing("webhook")),
    }
}

/// The same, as the words of events have it.
const fn on(owner: HookOwner) -> HookOn {
    match owner {
        HookOwner::Organization(_) => HookOn::Organization,
        HookOwner::Repository(_) => HookOn::Repository,
    }
}

/// A webhook of what the request names. One of anything else's is not there.
pub fn kept(unit: &mut ReadUnit<'_>, acting: &Acting<'_>, id: HookId) -> Result<HookRow, AppError> {
    let owner = owner(acting)?;
    hooks::by_id(unit, id)?
        .filter(|row| row.owner == owner)
        .ok_or(AppError::Missing("webhook"))
}

/// What a token with an owner selects; nothing for a sign-in, and for what goes by scopes.
fn selected<'a>(acting: &'a Acting<'_>) -> Option<&'a Selection> {
    let bearer = &acting.known()?.bearer;
    let token = bearer.token.as_ref()?;
    (!bearer.kind.has_scopes()).then_some(&token.grant.selection)
}

/// SECURITY: an organization's webhook hears of every repository there. A token for some of them would read of the
/// others by it.
fn may_aim(acting: &Acting<'_>) -> Result<(), AppError> {
    let narrow = selected(acting).is_some_and(|selection| *selection != Selection::All);
    match owner(acting)? {
        HookOwner::Organization(_) if narrow => Err(AppError::Forbidden(
            "An organization's webhook hears of all its repositories; the token is for some of them.".to_owned(),
        )),
        _ => Ok(()),
    }
}

/// Begins an entry about a webhook.
///
/// SECURITY: of where it goes the log names the host alone, as the rest of an address may be a receiver's key.
fn record<'a>(acting: &'a Acting<'_>, row: &HookRow, event: Event) -> Record<'a> {
    let host = ::url::Url::parse(&row.url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned));
    acting
        .record(event)
        .with("hook_id", row.id.get())
        .with("host", host)
}

/// Tries that may wait for one webhook when somebody asks for another.
const MOST_WAITING: i64 = 1000;

/// Whether a webhook can be asked to send something.
fn may_send(unit: &mut ReadUnit<'_>, row: &HookRow) -> Result<(), AppError> {
    if !row.active {
        return Err(AppError::conflict(
            "state",
            "The webhook is switched off; switch it on first.",
        ));
    }
    if jeton_store::hook_deliveries::waiting(unit, row.id)? >= MOST_WAITING {
        return Err(AppError::conflict(
            "state",
            format!("{MOST_WAITING} deliveries wait for this webhook already."),
        ));
    }
    Ok(())
}
