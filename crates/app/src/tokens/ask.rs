//! Asking an owner again, and taking a request back.

use jeton_domain::{Life, Standing, TokenId};
use jeton_store::tokens;

use crate::app::App;
use crate::call::Call;
use crate::error::AppError;
use crate::tokens::create::{asked, open_request};
use crate::tokens::edit::{cancel_pending, longest};
use crate::tokens::view::{TokenView, own, view_of};
use crate::tokens::wish;

/// Asks again after a request was denied, taken back, or its access withdrawn.
pub fn ask_again(app: &App, call: &Call, id: TokenId, justification: Option<&str>) -> Result<TokenView, AppError> {
    app.write(call, |unit, acting| {
        let mut row = own(unit, acting, id)?;
        if matches!(row.life, Life::Revoked { .. }) {
            return Err(AppError::conflict("life", "The token is revoked; make a new one."));
        }
        if !matches!(row.standing, Standing::Denied | Standing::Cancelled | Standing::Withdrawn(_)) {
            return Err(AppError::conflict("standing", "The token has no need to ask: it waits already, or has access."));
        }
        if let Some(justification) = justification {
            let mut faults = crate::error::Faults::default();
            wish::check_text(&mut faults, "justification", justification);
            faults.check()?;
            justification.clone_into(&mut row.justification);
        }
        let (created, expiry) = longest(unit, &row)?;
        let name = jeton_domain::TokenName::parse(&row.name)
            .map_err(|fault| AppError::invalid(wish::RESOURCE, "name", fault))?;
        tokens::update_wanted(unit, &row, &name.key())?;
        let justification = row.justification.clone();
        open_request(unit, acting, &row, &asked(&row, created, expiry), &justification)?;
        tokens::set_standing(unit, id, row.standing, Standing::Pending, acting.now, None, None)?;
        unit.feed(acting.now, "token.asked", id)?;
        let row = tokens::find(unit, id)?.ok_or(AppError::Missing("token"))?;
        view_of(unit, row, acting.now)
    })
}

/// Takes a waiting request back.
pub fn cancel_request(app: &App, call: &Call, id: TokenId) -> Result<TokenView, AppError> {
    app.write(call, |unit, acting| {
        let row = own(unit, acting, id)?;
        if !cancel_pending(unit, acting, &row, "creator")? {
            return Err(AppError::conflict("standing", "No request of the token waits."));
        }
        unit.feed(acting.now, "token.request_cancelled", id)?;
        let row = tokens::find(unit, id)?.ok_or(AppError::Missing("token"))?;
        view_of(unit, row, acting.now)
    })
}
