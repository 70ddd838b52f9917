//! Direct roles of people on repositories.

use jeton_domain::{AccountId, RepositoryId, Role, Time, UserId};

use crate::memberships::{PERSON, Person, read_person};
use crate::{ReadUnit, Sql, StoreError, WriteUnit};

/// A person's direct role.
pub fn role(
    unit: &mut ReadUnit<'_>,
    repository: RepositoryId,
    user: UserId,
) -> Result<Option<Role>, StoreError> {
    unit.one(
        "SELECT role FROM collaborators WHERE repository_id = $1 AND user_id = $2",
        &[&repository, &user],
    )?
    .map(|row| row.word(0, Role::parse))
    .transpose()
}

/// Gives a direct role, or changes it.
pub fn set(
    unit: &mut WriteUnit<'_>,
    repository: RepositoryId,
    user: UserId,
    role: Role,
    now: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO collaborators (repository_id, user_id, role, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (repository_id, user_id) DO UPDATE SET role = excluded.role",
        &[&repository, &user, &role.name(), &now],
    )
}

/// Takes a direct role; false where there was none.
pub fn remove(
    unit: &mut WriteUnit<'_>,
    repository: RepositoryId,
    user: UserId,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "DELETE FROM collaborators WHERE repository_id = $1 AND user_id = $2",
        &[&repository, &user],
    )? == 1)
}

/// The repositories of an owner on which a person has a direct role.
pub fn with_owner(
    unit: &mut ReadUnit<'_>,
    owner: AccountId,
    user: UserId,
) -> Result<Vec<RepositoryId>, StoreError> {
    unit.all(
        "SELECT c.repository_id FROM collaborators c JOIN repositories r ON r.id = c.repository_id \
         WHERE r.owner_id = $1 AND c.user_id = $2 ORDER BY c.repository_id",
        &[&owner, &user],
    )?
    .iter()
    .map(|row| row.get(0))
    .collect()
}

/// Every repository on which a person has a direct role.
pub fn of_user(unit: &mut ReadUnit<'_>, user: UserId) -> Result<Vec<RepositoryId>, StoreError> {
    unit.all(
        "SELECT repository_id FROM collaborators WHERE user_id = $1 ORDER BY repository_id",
        &[&user],
    )?
    .iter()
    .map(|row| row.get(0))
    .collect()
}

/// The people with a direct role on a repository, by name.
pub fn of_repository(
    unit: &mut ReadUnit<'_>,
    repository: RepositoryId,
) -> Result<Vec<(Person, Role)>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {PERSON}, c.role FROM collaborators c JOIN accounts a ON a.id = c.user_id \
         JOIN users u ON u.account_id = a.id \
         WHERE c.repository_id = $1 AND a.state <> 'deleted' ORDER BY a.login_key"
    ));
    unit.all(sql, &[&repository])?
        .iter()
        .map(|row| Ok((read_person(row)?, row.word(3, Role::parse)?)))
        .collect()
}
