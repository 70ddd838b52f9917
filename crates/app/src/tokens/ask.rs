//! Asking an owner again, and taking a request back.

use jeton_domain::{Life, OrganizationRole, Standing, TokenId};
use jeton_store::{places, tokens};

use crate::app::App;
use crate::call::Call;
use crate::error::AppError;
use crate::place;
use crate::tokens::create::{approve_oneself, asked, open_request};
use crate::tokens::edit::{cancel_pending, longest};
use crate::tokens::view::{TokenView, own, own_view};
use crate::tokens::wish;

/// Asks again after a request was denied, taken back, or its access withdrawn.
pub fn ask_again(
    app: &App,
    call: &Call,
    id: TokenId,
    justification: Option<&str>,
) -> Result<TokenView, AppError> {
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
        let found = places::owner_by_id(unit, row.wanted.owner)?.ok_or(AppError::Missing("owner"))?;
        let owner = place::owner_of(unit, found, Some(acting.user()?), &acting.site)?;
        if !wish::may_own(&owner, acting.user()?) {
            return Err(AppError::Forbidden(
                "The owner's things can't be reached by your tokens: you are no member any more, or it does not allow that."
                    .to_owned(),
            ));
        }
        let (created, expiry) = longest(unit, &row, acting.now)?;
        let name = jeton_domain::TokenName::parse(&row.name)
            .map_err(|fault| AppError::invalid(wish::RESOURCE, "name", fault))?;
        tokens::update_wanted(unit, &row, &name.key())?;
        let asked = asked(&row, created, expiry);
        if owner.membership == Some(OrganizationRole::Owner) {
            approve_oneself(unit, acting, &row, &asked)?;
        } else {
            // Also where the owner asks for no approval: it took this token's access itself.
            open_request(unit, acting, &row, &asked, &row.justification)?;
            tokens::set_standing(unit, id, row.standing, Standing::Pending, acting.now, None, None)?;
        }
        unit.feed(acting.now, "token.asked", id)?;
        own_view(unit, acting, id)
    })
}

/// Takes a waiting request back.
pub fn cancel_request(app: &App, call: &Call, id: TokenId) -> Result<TokenView, AppError> {
    app.write(call, |unit, acting| {
        let row = own(unit, acting, id)?;
        if !cancel_pending(unit, acting, &row, "creator")? {
            return Err(AppError::conflict(
                "standing",
                "No request of the token waits.",
            ));
        }
        unit.feed(acting.now, "token.request_cancelled", id)?;
        own_view(unit, acting, id)
    })
}
