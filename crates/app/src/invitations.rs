//! Invitations into organizations (`semantics` section 10): by login or by address, answered once, over
//! after a week.
//!
//! SECURITY: whoever invites never sees the link. One by e-mail proves that its reader has the address, so
//! it may make an account with that address verified; in an inviter's hands it would make anybody's.

mod answer;
mod invite;
mod repository;
mod tell;

use jeton_domain::{InvitationState, OrganizationRole, Span, Time};
use jeton_store::invitations::InvitationRow;
use jeton_store::teams::TeamRow;
use jeton_store::{ReadUnit, teams};

use crate::error::AppError;

pub use answer::{
    Opened, accept, accept_by_code, decline, decline_by_code, may_accept, may_answer, open, own,
};
pub(crate) use answer::{admit, by_code, opens, over, waiting};
pub use invite::{
    NewInvitation, TeamWish, Wanted, cancel, invite, list, may_find, may_resend, of_team, resend,
    teams_of,
};
pub(crate) use invite::{cancel_member, invite_member, waiting_for_member};
pub use jeton_store::invitations::{Invitee, Listed};
pub use repository::{
    OwnRepositoryInvitation, RepositoryInvitation, accept_repository, cancel_repository,
    decline_repository, may_accept_repository, may_answer_repository, may_find_repository,
    of_repository, own_repositories, set_repository_role,
};
pub(crate) use repository::{at_once, offer, offered, still_offers};

const RESOURCE: &str = "OrganizationInvitation";

/// No organization and no repository has more links made within [`WINDOW`].
const MOST: i64 = 500;
const MOST_ON_REPOSITORY: i64 = 50;
const WINDOW: Span = Span::from_hours(24);

/// An invitation into an organization, as owners and the invited see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The invitation.
    pub row: InvitationRow,
    /// What became of it by now.
    pub state: InvitationState,
    /// The teams that who accepts is put into.
    pub teams: Vec<TeamRow>,
}

impl Invitation {
    pub(crate) fn new(
        unit: &mut ReadUnit<'_>,
        row: InvitationRow,
        now: Time,
    ) -> Result<Self, AppError> {
        Ok(Self {
            state: row.state(now),
            teams: teams::of_invitation(unit, row.id)?,
            row,
        })
    }
}

/// Whom it is for, in the words of the log and of lists.
pub fn invited(row: &InvitationRow) -> &str {
    match &row.invitee {
        Invitee::Person { login, .. } => login,
        Invitee::Address(email) => email,
    }
}

/// The role in a sentence.
pub const fn as_what(role: OrganizationRole) -> &'static str {
    match role {
        OrganizationRole::Member => "a member",
        OrganizationRole::Owner => "an owner",
    }
}
