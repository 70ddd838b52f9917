//! The tokens that reach an organization's things: list them, withdraw their access.

use jeton_domain::{AccountId, Life, Standing, TokenId, WithdrawReason};
use jeton_store::tokens::{self, TokenRow};
use jeton_store::{ReadUnit, WriteUnit};

use crate::app::App;
use crate::authorize::Acting;
use crate::bulk::once;
use crate::call::Call;
use crate::error::AppError;
use crate::repositories::{List, of_grant};
use crate::tokens::{TokenFilter, TokenView, refuse, view_of, views_of, withdraw};
use crate::users::span;

/// The most grants in one withdrawal.
pub const MOST: usize = 100;

/// Whether a token reaches an owner's things now, as far as the owner's say goes.
fn is_grant(row: &TokenRow, owner: AccountId) -> bool {
    row.wanted.owner == owner && row.standing.grants() && !matches!(row.life, Life::Revoked { .. })
}

/// A page of the tokens whose standing gives them access, the latest to get it first if not said otherwise, and how
/// many there are.
pub fn active_page(
    app: &App,
    call: &Call,
    filter: &TokenFilter,
    offset: u64,
    count: u32,
) -> Result<(Vec<TokenView>, u64), AppError> {
    app.read(call, |unit, acting| {
        let owner = acting.organization()?.id;
        let filter = filter.ready(unit, acting)?;
        let (rows, total) =
            tokens::page_of_grants(unit, owner, &filter, span(offset), i64::from(count))?;
        let mut views = views_of(unit, acting, rows)?;
        for view in &mut views {
            refuse(unit, acting, view)?;
        }
        Ok((views, total.unsigned_abs()))
    })
}

/// One of them.
pub fn show(app: &App, call: &Call, id: TokenId) -> Result<TokenView, AppError> {
    app.read(call, |unit, acting| {
        let row = by_id(unit, acting, id)?;
        let mut view = view_of(unit, acting, row)?;
        refuse(unit, acting, &mut view)?;
        Ok(view)
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

/// A token whose access can be taken back, or has been: taking it twice is taking it once.
pub fn may_revoke(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
) -> Result<TokenRow, AppError> {
    let owner = acting.organization()?.id;
    // A list that somebody acts by may hold tokens that were withdrawn, ended or deleted since.
    tokens::find_also_deleted(unit, id)?
        .filter(|row| row.wanted.owner == owner)
        .filter(|row| row.standing.grants() || matches!(row.standing, Standing::Withdrawn(_)))
        .ok_or(AppError::Missing("token"))
}

/// Takes one token's access back.
pub fn revoke_one(app: &App, call: &Call, id: TokenId) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = may_revoke(unit, acting, id)?;
        take(unit, acting, &row)
    })
}

/// Takes access back, from all of them or none: a number that is no token for the organization's things is
/// named, and nothing happens. One that has no access is passed by, so that nobody keeps the others' by ending
/// theirs, or by asking for it again. The tokens' lives go on; their holders may ask again.
pub fn revoke(app: &App, call: &Call, ids: &[TokenId]) -> Result<(), AppError> {
    if ids.len() > MOST {
        return Err(AppError::invalid(
            "Grant",
            "pat_ids",
            format!("names more than {MOST} tokens"),
        ));
    }
    app.write(call, |unit, acting| {
        let owner = acting.organization()?.id;
        let (mut rows, mut strangers) = (Vec::new(), Vec::new());
        for id in once(ids) {
            match tokens::find_also_deleted(unit, id)? {
                Some(row) if row.wanted.owner == owner => rows.push(row),
                _ => strangers.push(id.get()),
            }
        }
        if !strangers.is_empty() {
            return Err(unknown(&strangers));
        }
        rows.iter().try_for_each(|row| take(unit, acting, row))
    })
}

/// What is there is taken; where nothing is left, nothing changes and the log says nothing.
fn take(unit: &mut WriteUnit<'_>, acting: &Acting<'_>, row: &TokenRow) -> Result<(), AppError> {
    if is_grant(row, row.wanted.owner) {
        withdraw(unit, acting, row, WithdrawReason::Owner)?;
    }
    Ok(())
}

/// Numbers that name no token for the organization's things.
pub fn unknown(numbers: &[i64]) -> AppError {
    AppError::strangers(
        "Grant",
        "pat_ids",
        numbers,
        "token for the organization's things",
    )
}
