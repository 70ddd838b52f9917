//! The tokens that reach an organization's things: list them, withdraw their access.

use jeton_domain::{AccountId, Life, TokenId, WithdrawReason};
use jeton_store::ReadUnit;
use jeton_store::tokens::{self, TokenRow};

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::tokens::{TokenView, view_of, withdraw};
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
        let mut views = Vec::new();
        for row in tokens::of_owner(unit, owner)? {
            if is_grant(&row, owner) {
                views.push(view_of(unit, row, acting.now)?);
            }
        }
        Ok(views)
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
        let views = rows
            .into_iter()
            .map(|row| view_of(unit, row, acting.now))
            .collect::<Result<_, _>>()?;
        Ok((views, total.unsigned_abs()))
    })
}

/// One of them.
pub fn show(app: &App, call: &Call, id: TokenId) -> Result<TokenView, AppError> {
    app.read(call, |unit, acting| {
        let row = by_id(unit, acting, id)?;
        view_of(unit, row, acting.now)
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
