//! Telling the invited, in the unit of the change itself.

use jeton_store::WriteUnit;
use jeton_store::invitations::{InvitationRow, Invitee};
use jeton_store::repository_invitations::RepositoryInvitationRow;

use crate::authorize::Acting;
use crate::error::AppError;
use crate::links::LinkCode;
use crate::notices::{self, Notice};

/// Sends the link to the invited. One by address goes to the address and nowhere else: who reads it there
/// has it, whether they have an account or not.
pub(super) fn invited(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &InvitationRow,
    code: &LinkCode,
) -> Result<(), AppError> {
    let notice = Notice::OrganizationInvitation {
        invitation: row.id.get(),
        organization: row.organization_login.clone(),
        inviter: row.inviter_login.clone(),
        role: row.role.name().to_owned(),
        until: row.expires_at,
    };
    let (app, now) = (acting.app, acting.now);
    match &row.invitee {
        Invitee::Person { id, .. } => notices::tell_with(unit, app, now, *id, &notice, Some(code)),
        Invitee::Address(email) => {
            // Nobody else has the code: without the letter nobody could answer.
            if !app.sends_mail() {
                return Err(AppError::conflict(
                    "no_mail",
                    "This server sends no mail: invite people by their login.",
                ));
            }
            notices::write_to(unit, app, now, email, None, &notice, Some(code))
        }
    }
}

/// Tells a person that they are invited to a repository.
pub(super) fn invited_to_repository(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &RepositoryInvitationRow,
) -> Result<(), AppError> {
    let repository = acting.repository()?;
    let notice = Notice::RepositoryInvitation {
        invitation: row.id.get(),
        owner: repository.owner.login.clone(),
        repository: repository.name.clone(),
        inviter: row.inviter_login.clone(),
        role: row.role.name().to_owned(),
        until: row.expires_at,
    };
    notices::tell(unit, acting.app, acting.now, row.user, &notice)
}
