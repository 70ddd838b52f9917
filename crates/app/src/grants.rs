//! The tokens that reach an organization's things: list them, withdraw their access.

use jeton_domain::{AccountId, Life, TokenId, WithdrawReason};
use jeton_store::tokens::{self, TokenRow};

use crate::app::App;
use crate::call::Call;
use crate::error::AppError;
use crate::tokens::{TokenView, view_of, withdraw};

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

/// One of them.
pub fn show(app: &App, call: &Call, id: TokenId) -> Result<TokenView, AppError> {
    app.read(call, |unit, acting| {
        let owner = acting.organization()?.id;
        let row = tokens::find(unit, id)?
            .filter(|row| is_grant(row, owner))
            .ok_or(AppError::Missing("token"))?;
        view_of(unit, row, acting.now)
    })
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
        let owner = acting.organization()?.id;
        for id in ids {
            let row = tokens::find(unit, *id)?
                .filter(|row| is_grant(row, owner))
                .ok_or(AppError::Missing("token"))?;
            withdraw(unit, acting, &row, WithdrawReason::Owner)?;
        }
        Ok(())
    })
}
