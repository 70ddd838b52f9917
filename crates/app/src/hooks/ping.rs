//! A ping: whether anybody hears.

use jeton_domain::{HookEvent, Time, UserId};
use jeton_store::WriteUnit;
use jeton_store::hooks::{HookOwner, HookRow};
use serde_json::json;

use super::Thing;
use super::payload::{self, Facts, somebody};
use super::tell::{Told, tell};
use crate::app::Inner;
use crate::error::AppError;

/// One sentence for whoever reads it.
const ZEN: &str = "A token says what it may.";

/// Has a webhook told that it is there, once this unit commits. `sender`: who acts.
pub fn ping(
    app: &Inner,
    unit: &mut WriteUnit<'_>,
    hook: &HookRow,
    sender: UserId,
    now: Time,
) -> Result<(), AppError> {
    let shape = payload::shape(app)?;
    let url = app.public_url();
    let mut facts = Facts::of(unit, hook.owner)?;
    facts.sender = Some(somebody(unit, sender, None)?);
    let mut payload = json!({
        "zen": ZEN,
        "hook_id": hook.id.get(),
        "hook": shape(url, Thing::Hook(hook)),
    });
    // GitHub names the one that the webhook hangs on, and not the organization of a repository too.
    if matches!(hook.owner, HookOwner::Repository(_)) {
        facts.organization = None;
    }
    facts.put(shape, url, &mut payload);
    let told = Told {
        event: HookEvent::Ping,
        action: None,
        payload,
    };
    tell(app, unit, [hook.id], &told, now)
}
