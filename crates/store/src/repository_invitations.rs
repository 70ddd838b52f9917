//! Invitations to repositories: for a person, with a role, answered once.

use jeton_domain::{InvitationState, RepositoryId, RepositoryInvitationId, Role, Time, UserId};

use crate::invitations::settled;
use crate::{ReadUnit, Row, Sql, StoreError, WriteUnit};

/// An invitation as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryInvitationRow {
    /// Which.
    pub id: RepositoryInvitationId,
    /// To which repository.
    pub repository: RepositoryId,
    /// For whom.
    pub user: UserId,
    /// Their name.
    pub login: String,
    /// With which role.
    pub role: Role,
    /// Who invites.
    pub inviter: UserId,
    /// Their name.
    pub inviter_login: String,
    /// Since when.
    pub created_at: Time,
    /// Until when it can be accepted.
    pub expires_at: Time,
    /// What became of it, as far as anybody looked.
    state: InvitationState,
}

impl RepositoryInvitationRow {
    /// What became of it by `now`.
    pub fn state(&self, now: Time) -> InvitationState {
        settled(self.state, self.expires_at, now)
    }
}

const SELECT: &str = "SELECT i.id, i.repository_id, i.user_id, u.login, i.role, i.inviter_id, b.login, i.created_at, \
     i.expires_at, i.state FROM repository_invitations i JOIN accounts u ON u.id = i.user_id \
     JOIN accounts b ON b.id = i.inviter_id JOIN repositories r ON r.id = i.repository_id";

fn read(row: &Row) -> Result<RepositoryInvitationRow, StoreError> {
    Ok(RepositoryInvitationRow {
        id: row.get(0)?,
        repository: row.get(1)?,
        user: row.get(2)?,
        login: row.get(3)?,
        role: row.word(4, Role::parse)?,
        inviter: row.get(5)?,
        inviter_login: row.get(6)?,
        created_at: row.get(7)?,
        expires_at: row.get(8)?,
        state: row.word(9, InvitationState::parse)?,
    })
}

/// Adds an invitation. Somebody who is invited already is a conflict on `repository_invitations_person`.
pub fn insert(
    unit: &mut WriteUnit<'_>,
    repository: RepositoryId,
    user: UserId,
    role: Role,
    inviter: UserId,
    (now, expires_at): (Time, Time),
) -> Result<RepositoryInvitationId, StoreError> {
    let id: RepositoryInvitationId = unit.allocate()?;
    unit.execute_one(
        "INSERT INTO repository_invitations (id, repository_id, user_id, role, inviter_id, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            &id,
            &repository,
            &user,
            &role.name(),
            &inviter,
            &now,
            &expires_at,
        ],
    )?;
    Ok(id)
}

/// An invitation by id.
pub fn by_id(
    unit: &mut ReadUnit<'_>,
    id: RepositoryInvitationId,
) -> Result<Option<RepositoryInvitationRow>, StoreError> {
    let sql = Sql::built(format!("{SELECT} WHERE i.id = $1"));
    unit.one(sql, &[&id])?.as_ref().map(read).transpose()
}

/// What waits for a person on a repository, also where its time is over.
pub fn pending(
    unit: &mut ReadUnit<'_>,
    repository: RepositoryId,
    user: UserId,
) -> Result<Option<RepositoryInvitationRow>, StoreError> {
    let sql = Sql::built(format!(
        "{SELECT} WHERE i.repository_id = $1 AND i.user_id = $2 AND i.state = 'pending'"
    ));
    unit.one(sql, &[&repository, &user])?
        .as_ref()
        .map(read)
        .transpose()
}

/// A page of a repository's invitations that nobody answered, the newest first; those whose time is over among them.
pub fn page(
    unit: &mut ReadUnit<'_>,
    repository: RepositoryId,
    offset: i64,
    count: i64,
) -> Result<Vec<RepositoryInvitationRow>, StoreError> {
    let sql = Sql::built(format!(
        "{SELECT} WHERE i.repository_id = $1 AND i.state = 'pending' ORDER BY i.id DESC LIMIT $2 OFFSET $3"
    ));
    unit.all(sql, &[&repository, &count, &offset])?
        .iter()
        .map(read)
        .collect()
}

/// How many of them there are.
pub fn count(unit: &mut ReadUnit<'_>, repository: RepositoryId) -> Result<i64, StoreError> {
    unit.number(
        "SELECT COUNT(*) FROM repository_invitations WHERE repository_id = $1 AND state = 'pending'",
        &[&repository],
    )
}

/// How many were made on a repository since a moment.
pub fn made_since(
    unit: &mut ReadUnit<'_>,
    repository: RepositoryId,
    since: Time,
) -> Result<i64, StoreError> {
    unit.number(
        "SELECT COUNT(*) FROM repository_invitations WHERE repository_id = $1 AND created_at > $2",
        &[&repository, &since],
    )
}

/// Invitations that wait for a person.
pub fn waiting_for(
    unit: &mut ReadUnit<'_>,
    user: UserId,
    now: Time,
) -> Result<Vec<RepositoryInvitationRow>, StoreError> {
    let sql = Sql::built(format!(
        "{SELECT} WHERE i.user_id = $1 AND i.state = 'pending' AND i.expires_at > $2 AND r.state = 'active' ORDER BY i.id"
    ));
    unit.all(sql, &[&user, &now])?.iter().map(read).collect()
}

/// Changes the role that one offers while it waits.
pub fn set_role(
    unit: &mut WriteUnit<'_>,
    id: RepositoryInvitationId,
    role: Role,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE repository_invitations SET role = $2 WHERE id = $1 AND state = 'pending'",
        &[&id, &role.name()],
    )
}

/// Answers, or takes back, one that waits. [`StoreError::Stale`] where it was answered or taken back before: of two, one wins.
pub fn settle(
    unit: &mut WriteUnit<'_>,
    id: RepositoryInvitationId,
    state: InvitationState,
    now: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE repository_invitations SET state = $2, settled_at = $3 WHERE id = $1 AND state = 'pending'",
        &[&id, &state.name(), &now],
    )
}

/// Takes back all that wait on a repository, or for a person anywhere.
pub fn cancel_all(
    unit: &mut WriteUnit<'_>,
    repository: Option<RepositoryId>,
    user: Option<UserId>,
    now: Time,
) -> Result<usize, StoreError> {
    unit.execute(
        "UPDATE repository_invitations SET state = 'cancelled', settled_at = $3 WHERE state = 'pending' \
         AND (repository_id = $1 OR user_id = $2)",
        &[&repository, &user, &now],
    )
}

/// Takes back what waits for a person on the repositories of one owner.
pub fn cancel_for(
    unit: &mut WriteUnit<'_>,
    owner: jeton_domain::AccountId,
    user: UserId,
    now: Time,
) -> Result<usize, StoreError> {
    unit.execute(
        "UPDATE repository_invitations SET state = 'cancelled', settled_at = $3 WHERE state = 'pending' \
         AND user_id = $2 AND repository_id IN (SELECT id FROM repositories WHERE owner_id = $1)",
        &[&owner, &user, &now],
    )
}

/// Takes back what waits for a person on one repository.
pub fn cancel_one(
    unit: &mut WriteUnit<'_>,
    repository: RepositoryId,
    user: UserId,
    now: Time,
) -> Result<usize, StoreError> {
    unit.execute(
        "UPDATE repository_invitations SET state = 'cancelled', settled_at = $3 WHERE state = 'pending' \
         AND repository_id = $1 AND user_id = $2",
        &[&repository, &user, &now],
    )
}
