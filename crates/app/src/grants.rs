//! The tokens that reach an organization's things: list them, withdraw their access.

use jeton_domain::{AccountId, Life, TokenId, WithdrawReason};
use jeton_store::ReadUnit;
use jeton_store::tokens::{self, TokenRow};

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::repositories::{List, of_grant};
use crate::tokens::{TokenView, views_of, withdraw};
use crate::users::span;

/// The most grants in one withdrawal.
pub const MOST: usize = 100;

/// Whether a token reaches an owner's things now, as far as the owner's say goes.
fn is_grant(row: &TokenRow, owner: AccountId) -> bool {
    row.wanted.owner == owner && row.standing.grants() && !matches!(row.life, Life::Revoked { .. })
}

/// The tokens whose standing gives them access, newest first.
pub fn active(app: &App, call: &Call) -> Result<Vec<TokenView>, AppError> {
    app.read(call, |unit, acting| {
        let owner = acting.organization()?.id;
        let mut rows = tokens::of_owner(unit, owner)?;
        rows.retain(|row| is_grant(row, owner));
        views_of(unit, acting, rows)
    })
}

/// A page of them, the latest to get access first, and how many there are.
pub fn active_page(
    app: &App,
    call: &Call,
    offset: u64,
    count: u32,
) -> Result<(Vec<TokenView>, u64), AppError> {
    app.read(call, |unit, acting| {
        let owner = acting.organization()?.id;
        let (rows, total) = tokens::page_of_grants(unit, owner, span(offset), i64::from(count))?;
        Ok((views_of(unit, acting, rows)?, total.unsigned_abs()))
    })
}

/// A page of the repositories that one of them reaches, as far as the caller sees them.
pub fn repositories(
    app: &App,
    call: &Call,
    id: TokenId,
    offset: u64,
    count: u32,
) -> Result<List, AppError> {
    app.read(call, |unit, acting| {
        let grant = by_id(unit, acting, id)?.in_force();
        of_grant(unit, acting, &grant, offset, count)
    })
}

/// A token whose standing gives it access.
pub fn by_id(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
) -> Result<TokenRow, AppError> {
    let owner = acting.organization()?.id;
    tokens::find(unit, id)?
        .filter(|row| is_grant(row, owner))
        .ok_or(AppError::Missing("token"))
}

/// Takes access back, from all of them or none. The tokens' lives go on; their holders may ask
/// again.
pub fn revoke(app: &App, call: &Call, ids: &[TokenId]) -> Result<(), AppError> {
    if ids.len() > MOST {
        return Err(AppError::invalid(
            "Grant",
            "pat_ids",
            format!("names more than {MOST} tokens"),
        ));
    }
    app.write(call, |unit, acting| {
        for id in ids {
            let row = by_id(unit, acting, *id)?;
            withdraw(unit, acting, &row, WithdrawReason::Owner)?;
        }
        Ok(())
    })
}
