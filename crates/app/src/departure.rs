//! What somebody needs to enter an organization, and what ends when they lose their last tie to it.

use jeton_domain::{AccountId, OrganizationId, UserId, WithdrawReason};
use jeton_store::users::UserRow;
use jeton_store::{ReadUnit, WriteUnit, places, requests, service_accounts, tokens};

use crate::authorize::Acting;
use crate::error::AppError;
use crate::factors;
use crate::tokens as token_cases;

/// Withdraws the standing of all of a person's tokens with an organization, and takes back what
/// they asked for. The tokens live on; their holder may ask again once they belong there again.
pub(crate) fn withdraw_tokens(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    organization: OrganizationId,
    user: UserId,
) -> Result<(), AppError> {
    for row in tokens::of_creator(unit, user)? {
        if row.wanted.owner != AccountId::from(organization) {
            continue;
        }
        if row.standing.grants() || requests::pending_of_token(unit, row.id)?.is_some() {
            token_cases::withdraw(unit, acting, &row, WithdrawReason::MemberRemoved)?;
        }
    }
    Ok(())
}

/// After a person lost a role on a repository: who is neither a member nor an outside collaborator
/// any more has no tokens there, so that none comes to life again by itself when they return.
pub(crate) fn after_role_lost(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    owner: AccountId,
    user: UserId,
) -> Result<(), AppError> {
    let organization = owner.as_organization();
    // Its owners say what a service account's tokens may, whatever roles it has at the moment.
    if service_accounts::by_id(unit, user)?.is_some() {
        return Ok(());
    }
    let tied = places::membership(unit, organization, user)?.is_some()
        || places::is_outside_collaborator(unit, organization, user)?;
    if tied {
        Ok(())
    } else {
        withdraw_tokens(unit, acting, organization, user)
    }
}

/// Whether a person may be let into an owner's things, as a member or on one repository: at the moment
/// of entering, whatever held when they were invited.
pub(crate) fn may_enter(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    owner: AccountId,
    user: &UserRow,
) -> Result<(), AppError> {
    if owner == AccountId::from(user.id) {
        return Err(AppError::conflict("state", "It is yours."));
    }
    let Some(found) = places::owner_by_id(unit, owner)? else {
        return Ok(());
    };
    let required = found
        .organization
        .as_ref()
        .is_some_and(|(own, _)| acting.site.over(own).two_factor_required);
    if required && !factors::has_second(unit, user.id)? {
        return Err(AppError::conflict(
            "second_factor_needed",
            format!(
                "{} asks everybody for a second factor. Add one under Settings, then accept.",
                found.login
            ),
        ));
    }
    Ok(())
}
