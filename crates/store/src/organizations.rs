//! Organizations: what an account of that kind has besides its name.

use jeton_domain::{
    AccountId, BasePermission, Login, OrganizationId, OrganizationPolicy, OrganizationRole, Time,
    UserId,
};

use crate::tokens::{from_json, to_json};
use crate::{ReadUnit, Row, Sql, StoreError, WriteUnit, accounts};

/// An organization as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationRow {
    /// Which.
    pub id: OrganizationId,
    /// Its name as typed.
    pub login: String,
    /// What people call it.
    pub name: String,
    /// What members have on every repository.
    pub base: BasePermission,
    /// Its own policy, the site's word not applied.
    pub policy: OrganizationPolicy,
    /// Counts the policy's changes.
    pub policy_version: i64,
    /// Since when.
    pub created_at: Time,
}

const COLUMNS: &str =
    "a.id, a.login, a.display_name, o.base_permission, o.policy, o.policy_version, a.created_at";

fn read(row: &Row) -> Result<OrganizationRow, StoreError> {
    Ok(OrganizationRow {
        id: row.get(0)?,
        login: row.get(1)?,
        name: row.get(2)?,
        base: row.word(3, BasePermission::parse)?,
        policy: from_json(&row.get::<String>(4)?)?,
        policy_version: row.get(5)?,
        created_at: row.get(6)?,
    })
}

/// Adds an organization without members. A taken name is a conflict on `accounts_login`.
pub fn create(
    unit: &mut WriteUnit<'_>,
    login: &Login,
    name: &str,
    policy: &OrganizationPolicy,
    now: Time,
) -> Result<OrganizationId, StoreError> {
    let id = accounts::create(unit, accounts::AccountKind::Organization, login, name, now)?;
    unit.execute_one(
        "INSERT INTO organizations (account_id, base_permission, policy) VALUES ($1, $2, $3)",
        &[&id, &BasePermission::Read.name(), &to_json(policy)?],
    )?;
    Ok(id.as_organization())
}

/// An organization by id, deleted ones left out.
pub fn by_id(
    unit: &mut ReadUnit<'_>,
    id: OrganizationId,
) -> Result<Option<OrganizationRow>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM organizations o JOIN accounts a ON a.id = o.account_id \
         WHERE a.id = $1 AND a.state <> 'deleted'"
    ));
    unit.one(sql, &[&id])?.as_ref().map(read).transpose()
}

/// The organizations of a person, by name, with their place in each.
pub fn of_user(
    unit: &mut ReadUnit<'_>,
    user: UserId,
) -> Result<Vec<(OrganizationRow, OrganizationRole)>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS}, m.role FROM memberships m JOIN organizations o ON o.account_id = m.organization_id \
         JOIN accounts a ON a.id = o.account_id WHERE m.user_id = $1 AND a.state <> 'deleted' ORDER BY a.login_key"
    ));
    unit.all(sql, &[&user])?
        .iter()
        .map(|row| Ok((read(row)?, row.word(7, OrganizationRole::parse)?)))
        .collect()
}

/// Organizations by number, behind the one that is given.
pub fn after(
    unit: &mut ReadUnit<'_>,
    number: i64,
    count: i64,
) -> Result<Vec<OrganizationRow>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM organizations o JOIN accounts a ON a.id = o.account_id \
         WHERE a.id > $1 AND a.state <> 'deleted' ORDER BY a.id LIMIT $2"
    ));
    unit.all(sql, &[&number, &count])?
        .iter()
        .map(read)
        .collect()
}

/// Every organization's own policy.
pub fn policies(
    unit: &mut ReadUnit<'_>,
) -> Result<Vec<(AccountId, OrganizationPolicy)>, StoreError> {
    unit.all(
        "SELECT o.account_id, o.policy FROM organizations o JOIN accounts a ON a.id = o.account_id \
         WHERE a.state <> 'deleted' ORDER BY o.account_id",
        &[],
    )?
    .iter()
    .map(|row| Ok((row.get(0)?, from_json(&row.get::<String>(1)?)?)))
    .collect()
}

/// Changes what members have on every repository.
pub fn set_base_permission(
    unit: &mut WriteUnit<'_>,
    id: OrganizationId,
    base: BasePermission,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE organizations SET base_permission = $2 WHERE account_id = $1",
        &[&id, &base.name()],
    )
}

/// Replaces the policy that was read as version `from`; stale if somebody was faster.
pub fn set_policy(
    unit: &mut WriteUnit<'_>,
    id: OrganizationId,
    policy: &OrganizationPolicy,
    from: i64,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE organizations SET policy = $2, policy_version = policy_version + 1 \
         WHERE account_id = $1 AND policy_version = $3",
        &[&id, &to_json(policy)?, &from],
    )
}
