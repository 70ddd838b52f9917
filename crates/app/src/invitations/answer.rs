//! Answering: what the invited do.

use jeton_domain::{Event, InvitationId, InvitationState, Registration};
use jeton_store::invitations::{self, InvitationRow, Invitee};
use jeton_store::tombstones::Tombstone;
use jeton_store::users::UserRow;
use jeton_store::{ReadUnit, WriteUnit, memberships, places, teams, users};

use super::Invitation;
use super::invite::{ANSWERED, record};
use crate::app::{App, Inner};
use crate::authorize::Acting;
use crate::call::Call;
use crate::departure::may_enter;
use crate::error::AppError;
use crate::links::{LinkCode, LinkUse};

/// What a link leads to, for whoever opened it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The invitation.
    pub invitation: Invitation,
    /// What people call the organization.
    pub organization_name: String,
    /// Who opened it is signed in, and it is for them.
    pub mine: bool,
    /// The signed-in person is a member already.
    pub member: bool,
    /// The link may make an account: it is for an address, and the site lets the invited in.
    pub may_sign_up: bool,
}

/// The invitations into organizations that wait for the caller.
pub fn own(app: &App, call: &Call) -> Result<Vec<Invitation>, AppError> {
    app.read(call, |unit, acting| {
        waiting(unit, acting)?
            .into_iter()
            .map(|row| Invitation::new(unit, row, acting.now))
            .collect()
    })
}

/// As they are stored.
pub(crate) fn waiting(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
) -> Result<Vec<InvitationRow>, AppError> {
    let user = oneself(unit, acting)?;
    Ok(invitations::waiting_for(
        unit,
        user.id,
        verified(&user),
        acting.now,
    )?)
}

fn oneself(unit: &mut ReadUnit<'_>, acting: &Acting<'_>) -> Result<UserRow, AppError> {
    users::by_id(unit, acting.user()?)?.ok_or(AppError::Missing("user"))
}

/// An address proves its holder only once they have shown that they read what is sent there.
pub(super) fn verified(user: &UserRow) -> Option<&str> {
    user.email_verified_at.and(user.email.as_deref())
}

fn is_for(row: &InvitationRow, user: &UserRow) -> bool {
    match &row.invitee {
        Invitee::Person { id, .. } => *id == user.id,
        Invitee::Address(email) => {
            verified(user).is_some_and(|own| own.to_lowercase() == email.to_lowercase())
        }
    }
}

/// The invitation that a code opens. A code that never was, and one that was replaced, open nothing.
pub(crate) fn by_code(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    code: &str,
) -> Result<InvitationRow, AppError> {
    let code = LinkCode::parse(code).ok_or(AppError::Missing("invitation"))?;
    invitations::by_digest(unit, &digests(acting.app, &code))?
        .ok_or(AppError::Missing("invitation"))
}

fn digests(app: &Inner, code: &LinkCode) -> Vec<[u8; 32]> {
    let links = app.link_digests(LinkUse::OrganizationInvitation, code);
    links.into_iter().map(|link| link.digest).collect()
}

/// Whether a code still opens an invitation that waits: it is worth a letter.
pub(crate) fn opens(app: &App, code: &LinkCode) -> Result<bool, AppError> {
    let digests = digests(app, code);
    let row = app
        .store
        .read(|unit| invitations::by_digest(unit, &digests))?;
    Ok(row.is_some_and(|row| row.state(app.now()) == InvitationState::Pending))
}

/// What a link leads to. Whoever holds the link may look, signed in or not.
pub fn open(app: &App, call: &Call, code: &str) -> Result<Opened, AppError> {
    app.read(call, |unit, acting| {
        let row = by_code(unit, acting, code)?;
        let organization = jeton_store::organizations::by_id(unit, row.organization)?
            .ok_or(AppError::Missing("invitation"))?;
        let user = match acting.known() {
            Some(known) => users::by_id(unit, known.user)?,
            None => None,
        };
        let member = match &user {
            Some(user) => places::membership(unit, row.organization, user.id)?.is_some(),
            None => false,
        };
        let for_address = matches!(row.invitee, Invitee::Address(_));
        Ok(Opened {
            mine: user.is_some_and(|user| is_for(&row, &user)),
            member,
            may_sign_up: for_address && acting.site.registration != Registration::Closed,
            organization_name: organization.name,
            invitation: Invitation::new(unit, row, acting.now)?,
        })
    })
}

/// An invitation that is the caller's to answer. What is somebody else's is missing.
pub fn may_answer(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: InvitationId,
) -> Result<(InvitationRow, UserRow), AppError> {
    let user = oneself(unit, acting)?;
    let row = invitations::by_id(unit, id)?
        .filter(|row| is_for(row, &user))
        .ok_or(AppError::Missing("invitation"))?;
    waits(&row, acting)?;
    Ok((row, user))
}

/// As [`may_answer`], to say yes.
pub fn may_accept(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: InvitationId,
) -> Result<(InvitationRow, UserRow), AppError> {
    let (row, user) = may_answer(unit, acting, id)?;
    may_join(unit, &row, &user)?;
    may_enter(unit, acting, row.organization.into(), &user)?;
    Ok((row, user))
}

/// One found by its link is somebody's for sure: who opens it with another account is told so.
fn may_answer_code(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    code: &str,
) -> Result<(InvitationRow, UserRow), AppError> {
    let user = oneself(unit, acting)?;
    let row = by_code(unit, acting, code)?;
    if !is_for(&row, &user) {
        return Err(AppError::Forbidden(match &row.invitee {
            Invitee::Person { login, .. } => format!(
                "This invitation is for `{login}`, and you are signed in as `{}`. Sign in as `{login}` to accept it.",
                user.login
            ),
            Invitee::Address(email) => format!(
                "This invitation was sent to {email}, which is no verified address of `{}`. Sign in with the account \
                 that has it, or verify it for this one first.",
                user.login
            ),
        }));
    }
    waits(&row, acting)?;
    Ok((row, user))
}

fn waits(row: &InvitationRow, acting: &Acting<'_>) -> Result<(), AppError> {
    match row.state(acting.now) {
        InvitationState::Pending => Ok(()),
        state => Err(over(row, state)),
    }
}

/// Why an invitation opens nothing any more.
pub(crate) fn over(row: &InvitationRow, state: InvitationState) -> AppError {
    let organization = &row.organization_login;
    let why = match state {
        InvitationState::Pending => "waits for an answer".to_owned(),
        InvitationState::Accepted => "was accepted already".to_owned(),
        InvitationState::Declined => {
            format!("was declined; ask an owner of {organization} for another")
        }
        InvitationState::Cancelled => {
            format!("was taken back; ask an owner of {organization} for another")
        }
        InvitationState::Expired => {
            format!("expired; ask an owner of {organization} to send it again")
        }
    };
    AppError::conflict(
        "invitation_over",
        format!("The invitation to {organization} {why}."),
    )
}

/// Accepts an invitation of the caller's.
pub fn accept(app: &App, call: &Call, id: InvitationId) -> Result<Invitation, AppError> {
    app.write(call, |unit, acting| {
        let (row, user) = may_accept(unit, acting, id)?;
        admit(unit, acting, row, &user)
    })
}

/// As [`accept`], by the code of its link.
pub fn accept_by_code(app: &App, call: &Call, code: &str) -> Result<Invitation, AppError> {
    app.write(call, |unit, acting| {
        let (row, user) = may_answer_code(unit, acting, code)?;
        may_enter(unit, acting, row.organization.into(), &user)?;
        admit(unit, acting, row, &user)
    })
}

/// What must hold at the moment of joining, whatever held when the invitation was made.
fn may_join(unit: &mut ReadUnit<'_>, row: &InvitationRow, user: &UserRow) -> Result<(), AppError> {
    places::owner_by_id(unit, row.organization.into())?.ok_or_else(|| {
        AppError::conflict(
            "invitation_over",
            format!("{} is not there any more.", row.organization_login),
        )
    })?;
    if places::membership(unit, row.organization, user.id)?.is_some() {
        return Err(AppError::conflict(
            "state",
            format!(
                "`{}` is a member of {} already.",
                user.login, row.organization_login
            ),
        ));
    }
    Ok(())
}

/// Makes the invited a member. Who makes an account on the way can have no second factor yet: where one is
/// asked for, the decision keeps them out until they do. Everything is asked again here: minutes or days lie between opening a
/// link and pressing the button.
#[expect(clippy::needless_pass_by_value, reason = "an invitation is used up")]
pub(crate) fn admit(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: InvitationRow,
    user: &UserRow,
) -> Result<Invitation, AppError> {
    waits(&row, acting)?;
    may_join(unit, &row, user)?;
    // INVARIANT: settled in the unit that admits, and only from 'pending': of two who press, one joins.
    invitations::settle(unit, row.id, InvitationState::Accepted, acting.now)
        .map_err(|error| AppError::faster(error, "invitation_over", ANSWERED))?;
    unit.tombstone(acting.now, &Tombstone::InvitationEnded(row.id))?;
    memberships::set(unit, row.organization, user.id, row.role, acting.now)?;
    unit.feed(acting.now, "member.set", user.id)?;
    unit.feed(acting.now, "member.set", row.organization)?;
    record(acting, Event::InvitationAccept, &row)
        .user(user.id, &user.login)
        .write(unit)?;
    acting
        .record(Event::MemberAdd)
        .organization(row.organization, &row.organization_login)
        .user(user.id, &user.login)
        .with("permission", row.role.name())
        .with("invitation_id", row.id.get())
        .with("inviter", row.inviter_login.as_str())
        .write(unit)?;
    for team in teams::of_invitation(unit, row.id)? {
        if teams::add_member(unit, team.id, user.id)? {
            acting
                .record(Event::TeamAddMember)
                .organization(row.organization, &row.organization_login)
                .user(user.id, &user.login)
                .team(&team)
                .write(unit)?;
        }
    }
    // Others that wait there for the same account have nothing left to offer.
    invitations::cancel_for_account(unit, row.organization, user.id, acting.now)?;
    let row = invitations::by_id(unit, row.id)?.ok_or(AppError::Missing("invitation"))?;
    Invitation::new(unit, row, acting.now)
}

/// Declines an invitation of the caller's.
pub fn decline(app: &App, call: &Call, id: InvitationId) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let (row, _) = may_answer(unit, acting, id)?;
        end(unit, acting, &row)
    })
}

/// Declines by the code of the link: who holds it needs no account for that.
pub fn decline_by_code(app: &App, call: &Call, code: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = by_code(unit, acting, code)?;
        waits(&row, acting)?;
        end(unit, acting, &row)
    })
}

fn end(unit: &mut WriteUnit<'_>, acting: &Acting<'_>, row: &InvitationRow) -> Result<(), AppError> {
    invitations::settle(unit, row.id, InvitationState::Declined, acting.now)
        .map_err(|error| AppError::faster(error, "invitation_over", ANSWERED))?;
    unit.tombstone(acting.now, &Tombstone::InvitationEnded(row.id))?;
    record(acting, Event::InvitationDecline, row)
        .with("permission", row.role.name())
        .write(unit)
}
