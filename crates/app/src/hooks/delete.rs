//! Deleting a webhook: what waits for it is sent no more, and the last that it is told is that it is gone.

use jeton_domain::{Event, HookEvent, HookId};
use jeton_store::hooks::{HookOwner, HookRow};
use jeton_store::tombstones::Tombstone;
use jeton_store::{WriteUnit, hook_deliveries, hooks};
use serde_json::json;

use super::list::{HookView, view};
use super::payload::{self, Facts, somebody};
use super::raise::hears;
use super::shape::shape;
use super::tell::{Told, tell};
use super::{kept, record};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;

/// Deletes a webhook.
pub fn delete(app: &App, call: &Call, id: HookId) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = kept(unit, acting, id)?;
        let hook = view(unit, acting, row)?;
        hook_deliveries::drop_of_hook(unit, id, acting.now)?;
        if hook.row.active && hears(&hook.row, HookEvent::Meta) {
            farewell(unit, acting, &hook)?;
        }
        end(unit, acting, &hook.row)?;
        record(acting, &hook.row, Event::HookDestroy).write(unit)
    })
}

/// Ends all that hang on something which goes to another owner: who set them up has no say there any more. The entry
/// of what happened to it stands for theirs.
pub(crate) fn end_of_owner(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    owner: HookOwner,
) -> Result<(), AppError> {
    for row in hooks::of_owner(unit, owner)? {
        hook_deliveries::drop_of_hook(unit, row.id, acting.now)?;
        end(unit, acting, &row)?;
    }
    Ok(())
}

/// `meta`: has a webhook told that it is gone.
fn farewell(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    hook: &HookView,
) -> Result<(), AppError> {
    let (app, url) = (acting.app, acting.app.public_url());
    let mut facts = Facts::of(unit, hook.row.owner)?;
    facts.sender = Some(somebody(unit, acting.user()?, None)?);
    let mut payload = json!({
        "action": "deleted",
        "hook_id": hook.row.id.get(),
        "hook": shape(url, hook),
    });
    facts.put(payload::shape(app)?, url, &mut payload);
    let told = Told {
        event: HookEvent::Meta,
        action: Some("deleted"),
        payload,
    };
    tell(app, unit, [hook.row.id], &told, acting.now)
}

fn end(unit: &mut WriteUnit<'_>, acting: &Acting<'_>, row: &HookRow) -> Result<(), AppError> {
    hooks::delete(unit, row.id, acting.now)?;
    unit.tombstone(acting.now, &Tombstone::HookDeleted(row.id))?;
    Ok(())
}
