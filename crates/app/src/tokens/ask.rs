//! Asking an owner again, and taking a request back.

use jeton_domain::{OrganizationRole, Standing, TokenId};
use jeton_store::tokens::TokenRow;
use jeton_store::{ReadUnit, places, requests, tokens};

use crate::app::App;
use crate::approval::{self, Rules};
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::place::{self, Owner};
use crate::tokens::create::{approve_oneself, asked, open_request};
use crate::tokens::edit::{Change, cancel_pending, editable, longest, settle};
use crate::tokens::view::{TokenView, own, own_view, wants_more};
use crate::tokens::wish;

/// Asks again after a request was denied, taken back, or its access withdrawn; also for what a token with
/// access wants beyond what was approved.
pub fn ask_again(
    app: &App,
    call: &Call,
    id: TokenId,
    justification: Option<&str>,
) -> Result<TokenView, AppError> {
    app.write(call, |unit, acting| {
        let (mut row, owner) = may_ask(unit, acting, id)?;
        if let Some(justification) = justification {
            let mut faults = crate::error::Faults::default();
            wish::check_text(&mut faults, "justification", justification);
            faults.check()?;
            justification.clone_into(&mut row.justification);
        }
        let (created, expiry) = longest(unit, &row, acting.now)?;
        let name = jeton_domain::TokenName::parse(&row.name)
            .map_err(|fault| AppError::invalid(wish::RESOURCE, "name", fault))?;
        tokens::update_wanted(unit, &row, &name.key())?;
        let asked = asked(&row, created, expiry);
        if row.standing.grants() {
            let change = Change {
                old: &row,
                new: &row,
                had: asked.clone(),
                wanted: asked,
                lengthen: None,
                why: "asked",
            };
            settle(unit, acting, &change)?;
        } else if owner.membership == Some(OrganizationRole::Owner) {
            approve_oneself(unit, acting, &row, &asked)?;
        } else {
            // Also where the owner asks for no approval: it took this token's access itself.
            let request = open_request(unit, acting, &row, &asked, None)?;
            let earlier = row.standing;
            tokens::set_standing(
                unit,
                id,
                row.standing,
                Standing::Pending,
                acting.now,
                None,
                None,
            )?;
            // SECURITY: what a person refused or took back, only a person gives again.
            let rules = match earlier {
                Standing::Denied | Standing::Withdrawn(_) => Rules::Pass,
                _ => Rules::Apply,
            };
            approval::by_rule(unit, acting, &row, request, rules)?;
        }
        unit.feed(acting.now, "token.asked", id)?;
        own_view(unit, acting, id)
    })
}

/// A token of the caller's that has something to ask its owner for.
pub fn may_ask(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
) -> Result<(TokenRow, Owner), AppError> {
    let row = editable(unit, acting, id)?;
    let needless = |words: &str| Err(AppError::conflict("standing", words));
    if requests::pending_of_token(unit, id)?.is_some() {
        return needless("The token's request waits already.");
    }
    if row.standing.grants() && !wants_more(&row) {
        return needless("The token has no need to ask: it has all that it wants.");
    }
    let found = places::owner_by_id(unit, row.wanted.owner)?.ok_or(AppError::Missing("owner"))?;
    let owner = place::owner_of(unit, found, Some(acting.user()?), &acting.site)?;
    if !wish::may_own(&owner, acting.user()?) {
        return Err(AppError::Forbidden(
            "The owner's things can't be reached by your tokens: you are no member any more, or it does not allow that."
                .to_owned(),
        ));
    }
    Ok((row, owner))
}

/// Takes a waiting request back.
pub fn cancel_request(app: &App, call: &Call, id: TokenId) -> Result<TokenView, AppError> {
    app.write(call, |unit, acting| {
        let row = may_cancel(unit, acting, id)?;
        cancel_pending(unit, acting, &row, "creator")?;
        unit.feed(acting.now, "token.request_cancelled", id)?;
        own_view(unit, acting, id)
    })
}

/// A token of the caller's whose request waits.
pub fn may_cancel(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
) -> Result<TokenRow, AppError> {
    let row = own(unit, acting, id)?;
    match requests::pending_of_token(unit, id)? {
        Some(_) => Ok(row),
        None => Err(AppError::conflict(
            "standing",
            "No request of the token waits.",
        )),
    }
}
