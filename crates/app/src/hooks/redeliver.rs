//! Having a webhook told at once: again, or to try it.

use jeton_domain::{Event, HookDeliveryId, HookId};
use jeton_store::ReadUnit;
use jeton_store::hook_deliveries::{self, DeliveryRow};
use jeton_store::hooks::{self, HookRow};

use super::deliveries::try_of;
use super::list::view;
use super::{kept, may_send, ping, record};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;

/// Has a webhook told again what it was told: the same, under the same guid.
pub fn redeliver(app: &App, call: &Call, hook: HookId, id: HookDeliveryId) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let (hook, row) = may_redeliver(unit, acting, hook, id)?;
        hooks::wake(unit, hook.id)?;
        let now = acting.now;
        hook_deliveries::add(unit, hook.id, row.event, (1, true), (now, now))?;
        record(acting, &hook, Event::HookRedeliver)
            .with("delivery_id", row.id.get())
            .with("guid", row.guid)
            .write(unit)
    })
}

/// A try that can be made again: it is over, and no other of the same waits.
pub fn may_redeliver(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    hook: HookId,
    id: HookDeliveryId,
) -> Result<(HookRow, DeliveryRow), AppError> {
    let hook = kept(unit, acting, hook)?;
    let row = try_of(unit, acting, &hook, id)?;
    may_send(unit, &hook)?;
    if hook_deliveries::awaits(unit, hook.id, row.event)? {
        return Err(AppError::conflict(
            "state",
            "It waits to be delivered already.",
        ));
    }
    Ok((hook, row))
}

/// Pings a webhook.
pub fn ping_hook(app: &App, call: &Call, id: HookId) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let hook = may_ping(unit, acting, id)?;
        hooks::wake(unit, hook.id)?;
        let seen = view(unit, acting, hook.clone())?;
        ping::ping(app, unit, &seen, acting.user()?, acting.now)?;
        record(acting, &hook, Event::HookPing).write(unit)
    })
}

/// A webhook that can be tried.
pub fn may_ping(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: HookId,
) -> Result<HookRow, AppError> {
    let hook = kept(unit, acting, id)?;
    may_send(unit, &hook)?;
    Ok(hook)
}
