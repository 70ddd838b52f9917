//! Invitations to repositories: a role is offered to a person, who says yes or no.

use jeton_domain::{
    AccountId, Event, INVITATION_LIVES, Id as _, InvitationState, RepositoryInvitationId, Role,
    UserId,
};
use jeton_store::repository_invitations::{self as rows, RepositoryInvitationRow};
use jeton_store::tombstones::Tombstone;
use jeton_store::users::UserRow;
use jeton_store::{
    ReadUnit, WriteUnit, collaborators, places, repositories, service_accounts, users,
};

use super::invite::ANSWERED;
use super::{MOST_ON_REPOSITORY, WINDOW, tell};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::users::span;

/// An invitation to a repository, as its administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryInvitation {
    /// The invitation.
    pub row: RepositoryInvitationRow,
    /// What became of it by now.
    pub state: InvitationState,
    /// The repository.
    pub repository: repositories::RepositoryRow,
}

/// The same, as the invited see it, who may not see the repository yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnRepositoryInvitation {
    /// The invitation.
    pub row: RepositoryInvitationRow,
    /// The repository.
    pub repository: repositories::RepositoryRow,
}

/// The role that waits for a person on the repository.
pub(crate) fn offered(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    user: UserId,
) -> Result<Option<Role>, AppError> {
    let waiting = rows::pending(unit, acting.repository()?.id, user)?;
    Ok(waiting
        .filter(|row| row.state(acting.now) == InvitationState::Pending)
        .map(|row| row.role))
}

/// The repository, as it is called now, of an invitation that still waits and offers this role: it is worth a letter.
pub(crate) fn still_offers(
    app: &App,
    id: i64,
    role: &str,
) -> Result<Option<repositories::RepositoryRow>, AppError> {
    let Some(id) = RepositoryInvitationId::from_i64(id) else {
        return Ok(None);
    };
    let now = app.now();
    let found = app.store.read(|unit| {
        let row = rows::by_id(unit, id)?
            .filter(|row| row.state(now) == InvitationState::Pending && row.role.name() == role);
        match row {
            Some(row) => repositories::by_id(unit, row.repository),
            None => Ok(None),
        }
    })?;
    Ok(found)
}

/// Offers a role to somebody who is no part of the repository yet; one that waits for them offers the
/// new role from then on.
pub(crate) fn offer(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    user: &UserRow,
    role: Role,
) -> Result<RepositoryInvitation, AppError> {
    let repository = acting.repository()?;
    if let Some(waiting) = rows::pending(unit, repository.id, user.id)? {
        if waiting.state(acting.now) == InvitationState::Pending {
            if waiting.role != role {
                change(unit, acting, &waiting, role)?;
            }
            return find(unit, acting, waiting.id);
        }
        rows::settle(unit, waiting.id, InvitationState::Expired, acting.now)?;
    }
    if rows::made_since(unit, repository.id, acting.now.before(WINDOW))? >= MOST_ON_REPOSITORY {
        return Err(AppError::conflict(
            "conflict",
            format!("{MOST_ON_REPOSITORY} people were invited within a day; go on tomorrow"),
        ));
    }
    let times = (acting.now, acting.now.after(INVITATION_LIVES));
    let id = rows::insert(unit, repository.id, user.id, role, acting.user()?, times)?;
    let made = find(unit, acting, id)?;
    acting
        .record(Event::RepositoryInvitationCreate)
        .user(user.id, &user.login)
        .with("invitation_id", id.get())
        .with("permission", role.name())
        .write(unit)?;
    tell::invited_to_repository(unit, acting, &made.row)?;
    Ok(made)
}

fn change(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &RepositoryInvitationRow,
    role: Role,
) -> Result<(), AppError> {
    rows::set_role(unit, row.id, role)
        .map_err(|error| AppError::faster(error, "invitation_over", ANSWERED))?;
    acting
        .record(Event::RepositoryInvitationUpdate)
        .user(row.user, &row.login)
        .with("invitation_id", row.id.get())
        .with("permission", role.name())
        .with("old_permission", row.role.name())
        .write(unit)?;
    let mut row = row.clone();
    row.role = role;
    tell::invited_to_repository(unit, acting, &row)
}

fn find(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: RepositoryInvitationId,
) -> Result<RepositoryInvitation, AppError> {
    let row = may_find_repository(unit, acting, id)?;
    Ok(RepositoryInvitation {
        state: row.state(acting.now),
        repository: about(unit, acting)?,
        row,
    })
}

/// The repository that the request is about.
fn about(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
) -> Result<repositories::RepositoryRow, AppError> {
    let id = acting.repository()?.id;
    repositories::by_id(unit, id)?.ok_or(AppError::Missing("repository"))
}

/// An invitation to the repository that the request is about, that nobody answered.
pub fn may_find_repository(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: RepositoryInvitationId,
) -> Result<RepositoryInvitationRow, AppError> {
    let repository = acting.repository()?.id;
    rows::by_id(unit, id)?
        .filter(|row| row.repository == repository)
        .filter(|row| {
            matches!(
                row.state(acting.now),
                InvitationState::Pending | InvitationState::Expired
            )
        })
        .ok_or(AppError::Missing("invitation"))
}

/// A page of the invitations that nobody answered, and how many there are.
pub fn of_repository(
    app: &App,
    call: &Call,
    offset: u64,
    count: u32,
) -> Result<(Vec<RepositoryInvitation>, u64), AppError> {
    app.read(call, |unit, acting| {
        let repository = acting.repository()?.id;
        let about = about(unit, acting)?;
        let found = rows::page(unit, repository, span(offset), i64::from(count))?
            .into_iter()
            .map(|row| RepositoryInvitation {
                state: row.state(acting.now),
                repository: about.clone(),
                row,
            })
            .collect();
        let total = rows::count(unit, repository)?;
        Ok((found, total.unsigned_abs()))
    })
}

/// Changes the role that an invitation offers. Offering more takes a sign-in that was confirmed lately.
pub fn set_repository_role(
    app: &App,
    call: &Call,
    id: RepositoryInvitationId,
    role: Role,
) -> Result<RepositoryInvitation, AppError> {
    app.write(call, |unit, acting| {
        let found = find(unit, acting, id)?;
        if found.state != InvitationState::Pending {
            return Err(over(found.state));
        }
        acting.confirm_if(unit, role > found.row.role)?;
        if role != found.row.role {
            change(unit, acting, &found.row, role)?;
        }
        find(unit, acting, id)
    })
}

/// Takes an invitation back.
pub fn cancel_repository(
    app: &App,
    call: &Call,
    id: RepositoryInvitationId,
) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = may_find_repository(unit, acting, id)?;
        settle(unit, acting, &row, InvitationState::Cancelled)?;
        acting
            .record(Event::RepositoryInvitationCancel)
            .user(row.user, &row.login)
            .with("invitation_id", row.id.get())
            .write(unit)
    })
}

fn settle(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &RepositoryInvitationRow,
    state: InvitationState,
) -> Result<(), AppError> {
    rows::settle(unit, row.id, state, acting.now)
        .map_err(|error| AppError::faster(error, "invitation_over", ANSWERED))?;
    unit.tombstone(acting.now, &Tombstone::RepositoryInvitationEnded(row.id))?;
    Ok(())
}

fn over(state: InvitationState) -> AppError {
    let why = match state {
        InvitationState::Pending => "waits for an answer",
        InvitationState::Accepted => "was accepted already",
        InvitationState::Declined => "was declined",
        InvitationState::Cancelled => "was taken back; ask for another",
        InvitationState::Expired => "expired; ask for another",
    };
    AppError::conflict("invitation_over", format!("The invitation {why}."))
}

/// The invitations to repositories that wait for the caller.
pub fn own_repositories(app: &App, call: &Call) -> Result<Vec<OwnRepositoryInvitation>, AppError> {
    app.read(call, |unit, acting| {
        let mut found = Vec::new();
        for row in rows::waiting_for(unit, acting.user()?, acting.now)? {
            if let Some(repository) = repositories::by_id(unit, row.repository)? {
                found.push(OwnRepositoryInvitation { row, repository });
            }
        }
        Ok(found)
    })
}

/// An invitation that is the caller's to answer, and its repository. What is somebody else's is missing.
pub fn may_answer_repository(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: RepositoryInvitationId,
) -> Result<(RepositoryInvitationRow, repositories::RepositoryRow), AppError> {
    let user = acting.user()?;
    let row = rows::by_id(unit, id)?
        .filter(|row| row.user == user)
        .ok_or(AppError::Missing("invitation"))?;
    match row.state(acting.now) {
        InvitationState::Pending => {}
        state => return Err(over(state)),
    }
    let repository = repositories::by_id(unit, row.repository)?
        .ok_or_else(|| over(InvitationState::Cancelled))?;
    Ok((row, repository))
}

/// As [`may_answer_repository`], to say yes.
pub fn may_accept_repository(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: RepositoryInvitationId,
) -> Result<(RepositoryInvitationRow, repositories::RepositoryRow), AppError> {
    let (row, repository) = may_answer_repository(unit, acting, id)?;
    let user = users::by_id(unit, row.user)?.ok_or(AppError::Missing("user"))?;
    crate::departure::may_enter(unit, acting, repository.owner, &user)?;
    Ok((row, repository))
}

/// Accepts an invitation: the role holds from then on. A higher one that was given meanwhile stays.
pub fn accept_repository(
    app: &App,
    call: &Call,
    id: RepositoryInvitationId,
) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let (row, repository) = may_accept_repository(unit, acting, id)?;
        take_up(unit, acting, &row, &repository)
    })
}

fn take_up(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &RepositoryInvitationRow,
    repository: &repositories::RepositoryRow,
) -> Result<(), AppError> {
    settle(unit, acting, row, InvitationState::Accepted)?;
    let now = collaborators::role(unit, repository.id, row.user)?;
    acting
        .record(Event::RepositoryInvitationAccept)
        .user(row.user, &row.login)
        .of(repository)
        .with("invitation_id", row.id.get())
        .write(unit)?;
    if now >= Some(row.role) {
        return Ok(());
    }
    collaborators::set(unit, repository.id, row.user, row.role, acting.now)?;
    unit.feed(acting.now, "collaborator.changed", row.user)?;
    unit.feed(acting.now, "collaborator.changed", repository.id)?;
    let event = match now {
        Some(_) => Event::CollaboratorUpdate,
        None => Event::CollaboratorAdd,
    };
    acting
        .record(event)
        .user(row.user, &row.login)
        .of(repository)
        .with("permission", row.role.name())
        .with("old_permission", now.map(Role::name))
        .with("inviter", row.inviter_login.as_str())
        .write(unit)
}

/// Declines an invitation.
pub fn decline_repository(
    app: &App,
    call: &Call,
    id: RepositoryInvitationId,
) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let (row, repository) = may_answer_repository(unit, acting, id)?;
        settle(unit, acting, &row, InvitationState::Declined)?;
        acting
            .record(Event::RepositoryInvitationDecline)
            .user(row.user, &row.login)
            .of(&repository)
            .with("invitation_id", row.id.get())
            .write(unit)
    })
}

/// Whether a role is given at once: to members of the organization that owns the repository, and to who
/// works on it already. Everybody else is asked.
pub(crate) fn at_once(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    user: &UserRow,
) -> Result<bool, AppError> {
    let repository = acting.repository()?;
    // Who works there already, and whoever has no page to answer on.
    if collaborators::role(unit, repository.id, user.id)?.is_some()
        || service_accounts::by_id(unit, user.id)?.is_some()
    {
        return Ok(true);
    }
    let owner: AccountId = repository.owner.id;
    Ok(repository.owner.organization
        && places::membership(unit, owner.as_organization(), user.id)?.is_some())
}
