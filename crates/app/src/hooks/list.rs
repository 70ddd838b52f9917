//! Looking at webhooks.

use jeton_domain::HookId;
use jeton_store::hook_deliveries::DeliveryRow;
use jeton_store::hooks::HookRow;
use jeton_store::{ReadUnit, hook_deliveries, hooks};

use super::{kept, owner};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::place::Place;
use crate::repositories::page_of;

/// A webhook as its keeper sees it.
#[derive(Clone, Debug)]
pub struct HookView {
    /// As stored. Its secret stays sealed.
    pub row: HookRow,
    /// The last try that is over.
    pub last: Option<DeliveryRow>,
    /// Tries that wait.
    pub waiting: i64,
    /// What it hangs on, as paths name it: `orgs/acme`, `repos/acme/labs`.
    pub home: String,
}

/// A page of webhooks.
#[derive(Clone, Debug, Default)]
pub struct HookList {
    /// The page.
    pub items: Vec<HookView>,
    /// How many there are.
    pub total: u64,
}

/// A page of those of the organization or repository that the call is about, the oldest first.
pub fn list(app: &App, call: &Call, offset: u64, count: u32) -> Result<HookList, AppError> {
    app.read(call, |unit, acting| {
        let rows = hooks::of_owner(unit, owner(acting)?)?;
        let total = rows.len() as u64;
        let mut items = Vec::new();
        for row in page_of(rows, offset, count) {
            items.push(view(unit, acting, row)?);
        }
        Ok(HookList { items, total })
    })
}

/// One of them.
pub fn show(app: &App, call: &Call, id: HookId) -> Result<HookView, AppError> {
    app.read(call, |unit, acting| {
        let row = kept(unit, acting, id)?;
        view(unit, acting, row)
    })
}

pub(super) fn view(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    row: HookRow,
) -> Result<HookView, AppError> {
    Ok(HookView {
        home: match &acting.place {
            Place::Repository(at) => format!("repos/{}/{}", at.owner.login, at.name),
            place => format!("orgs/{}", place.owner().map_or("", |owner| &owner.login)),
        },
        last: hook_deliveries::last_of_hook(unit, row.id)?,
        waiting: hook_deliveries::waiting(unit, row.id)?,
        row,
    })
}
