//! Deleting a webhook: what waits for it is sent no more.

use jeton_domain::{Event, HookId};
use jeton_store::hooks::{HookOwner, HookRow};
use jeton_store::tombstones::Tombstone;
use jeton_store::{WriteUnit, hook_deliveries, hooks};

use super::{kept, record};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;

/// Deletes a webhook.
pub fn delete(app: &App, call: &Call, id: HookId) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = kept(unit, acting, id)?;
        end(unit, acting, &row)?;
        record(acting, &row, Event::HookDestroy).write(unit)
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
        end(unit, acting, &row)?;
    }
    Ok(())
}

fn end(unit: &mut WriteUnit<'_>, acting: &Acting<'_>, row: &HookRow) -> Result<(), AppError> {
    hooks::delete(unit, row.id, acting.now)?;
    hook_deliveries::drop_of_hook(unit, row.id, acting.now)?;
    unit.tombstone(acting.now, &Tombstone::HookDeleted(row.id))?;
    Ok(())
}
