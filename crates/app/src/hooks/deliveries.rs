//! Looking at what webhooks were told, and what came of it.

use jeton_domain::{HookDeliveryId, HookEvent, HookId};
use jeton_store::ReadUnit;
use jeton_store::hook_deliveries::{self, Among, DeliveryRow, DeliveryTexts};
use jeton_store::hooks::{HookOwner, HookRow};

use super::{kept, owner, selected};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;

/// A part of a webhook's tries, the newest first.
#[derive(Clone, Debug, Default)]
pub struct Deliveries {
    /// The tries.
    pub items: Vec<DeliveryRow>,
    /// Behind which the next part begins, if there is one.
    pub next: Option<HookDeliveryId>,
}

/// One try, with what was sent and answered.
#[derive(Clone, Debug)]
pub struct DeliveryView {
    /// What became of it.
    pub row: DeliveryRow,
    /// What was sent and answered.
    pub texts: DeliveryTexts,
}

/// Tries of a webhook: those behind `after`, `count` at most. A part may be shorter than asked for, and have a next one.
pub fn deliveries(
    app: &App,
    call: &Call,
    hook: HookId,
    among: Among,
    (after, count): (Option<HookDeliveryId>, u32),
) -> Result<Deliveries, AppError> {
    app.read(call, |unit, acting| {
        let hook = kept(unit, acting, hook)?;
        let most = i64::from(count);
        let mut items = hook_deliveries::of_hook(unit, hook.id, among, after, most + 1)?;
        let more = items.len() > count as usize;
        items.truncate(count as usize);
        let next = items.last().filter(|_| more).map(|row| row.id);
        items.retain(|row| is_shown(acting, row));
        Ok(Deliveries { items, next })
    })
}

/// One try of a webhook.
pub fn delivery(
    app: &App,
    call: &Call,
    hook: HookId,
    id: HookDeliveryId,
) -> Result<DeliveryView, AppError> {
    app.read(call, |unit, acting| {
        let row = kept_delivery(unit, acting, hook, id)?;
        let texts = hook_deliveries::texts(unit, id)?.ok_or(AppError::Missing("delivery"))?;
        Ok(DeliveryView { row, texts })
    })
}

/// A try of a webhook of what the call is about. It may wait.
pub fn kept_delivery(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    hook: HookId,
    id: HookDeliveryId,
) -> Result<DeliveryRow, AppError> {
    let hook = kept(unit, acting, hook)?;
    try_of(unit, acting, &hook, id)
}

/// The same of a webhook that was found.
pub(super) fn try_of(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    hook: &HookRow,
    id: HookDeliveryId,
) -> Result<DeliveryRow, AppError> {
    hook_deliveries::by_id(unit, id)?
        .filter(|row| row.hook == hook.id && is_shown(acting, row))
        .ok_or(AppError::Missing("delivery"))
}

/// One that is over.
pub fn ended_delivery(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    hook: HookId,
    id: HookDeliveryId,
) -> Result<DeliveryRow, AppError> {
    let row = kept_delivery(unit, acting, hook, id)?;
    if row.outcome.is_none() {
        return Err(AppError::Missing("delivery"));
    }
    Ok(row)
}

/// SECURITY: an organization's webhook is told of every repository there. A token for some of them reads what was told
/// of these, or of none; what tells of tokens names repositories of its own.
fn is_shown(acting: &Acting<'_>, row: &DeliveryRow) -> bool {
    let Some(selection) = selected(acting) else {
        return true;
    };
    if matches!(owner(acting), Ok(HookOwner::Repository(_))) {
        return true;
    }
    let names_many = matches!(
        HookEvent::parse(&row.event_name),
        Some(HookEvent::TokenRequest | HookEvent::Token)
    );
    match row.repository {
        Some(id) => selection.covers(id),
        None => !names_many || *selection == jeton_domain::Selection::All,
    }
}
