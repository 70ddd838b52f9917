//! Who belongs to an organization, and who works there from outside.

use jeton_domain::{OrganizationId, OrganizationRole, Time, UserId};

use crate::factors::has_second;
use crate::{ReadUnit, Row, Sql, StoreError, WriteUnit};

/// A person as lists show them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Which.
    pub id: UserId,
    /// Their name as typed.
    pub login: String,
    /// Administers the site.
    pub administrator: bool,
}

pub(crate) const PERSON: &str = "a.id, a.login, u.administrator";

pub(crate) fn read_person(row: &Row) -> Result<Person, StoreError> {
    Ok(Person {
        id: row.get(0)?,
        login: row.get(1)?,
        administrator: row.get(2)?,
    })
}

/// Makes a person a member, or changes their role.
pub fn set(
    unit: &mut WriteUnit<'_>,
    organization: OrganizationId,
    user: UserId,
    role: OrganizationRole,
    now: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO memberships (organization_id, user_id, role, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (organization_id, user_id) DO UPDATE SET role = excluded.role",
        &[&organization, &user, &role.name(), &now],
    )
}

/// Ends a membership, with the person's places in the organization's teams and their say on tokens; false where there was none.
pub fn remove(
    unit: &mut WriteUnit<'_>,
    organization: OrganizationId,
    user: UserId,
) -> Result<bool, StoreError> {
    unit.execute(
        "DELETE FROM team_members WHERE user_id = $2 \
         AND team_id IN (SELECT id FROM teams WHERE organization_id = $1)",
        &[&organization, &user],
    )?;
    unit.execute(
        "DELETE FROM reviewers WHERE organization_id = $1 AND user_id = $2",
        &[&organization, &user],
    )?;
    crate::package_roles::remove_person(unit, organization, user)?;
    Ok(unit.execute(
        "DELETE FROM memberships WHERE organization_id = $1 AND user_id = $2",
        &[&organization, &user],
    )? == 1)
}

/// A page of members by name, of one role or of both.
pub fn page(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    role: Option<OrganizationRole>,
    offset: i64,
    count: i64,
) -> Result<Vec<(Person, OrganizationRole)>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {PERSON}, m.role FROM memberships m JOIN accounts a ON a.id = m.user_id \
         JOIN users u ON u.account_id = a.id \
         WHERE m.organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR m.role = $2) AND a.state <> 'deleted' \
         ORDER BY a.login_key LIMIT $3 OFFSET $4"
    ));
    let role = role.map(OrganizationRole::name);
    unit.all(sql, &[&organization, &role, &count, &offset])?
        .iter()
        .map(|row| Ok((read_person(row)?, row.word(3, OrganizationRole::parse)?)))
        .collect()
}

/// How many members there are, of one role or of both.
pub fn count(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    role: Option<OrganizationRole>,
) -> Result<i64, StoreError> {
    let role = role.map(OrganizationRole::name);
    unit.number(
        "SELECT COUNT(*) FROM memberships m JOIN accounts a ON a.id = m.user_id \
         WHERE m.organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR m.role = $2) AND a.state <> 'deleted'",
        &[&organization, &role],
    )
}

/// How many owners besides this person can act: suspended ones can't.
pub fn other_active_owners(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    user: UserId,
) -> Result<i64, StoreError> {
    unit.number(
        "SELECT COUNT(*) FROM memberships m JOIN accounts a ON a.id = m.user_id \
         WHERE m.organization_id = $1 AND m.user_id <> $2 AND m.role = 'owner' AND a.state = 'active'",
        &[&organization, &user],
    )
}

/// The owners of an organization who can act.
pub fn active_owners(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
) -> Result<Vec<UserId>, StoreError> {
    unit.all(
        "SELECT m.user_id FROM memberships m JOIN accounts a ON a.id = m.user_id \
         WHERE m.organization_id = $1 AND m.role = 'owner' AND a.state = 'active' ORDER BY m.user_id",
        &[&organization],
    )?
    .iter()
    .map(|row| row.get(0))
    .collect()
}

/// Everybody who belongs to an organization.
pub fn all(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
) -> Result<Vec<UserId>, StoreError> {
    unit.all(
        "SELECT user_id FROM memberships WHERE organization_id = $1 ORDER BY user_id",
        &[&organization],
    )?
    .iter()
    .map(|row| row.get(0))
    .collect()
}

/// A page of people with a role on some repository of an organization and no membership, by name, each with whether
/// they have a second factor. `lacking`: only who has none.
pub fn outside_page(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    lacking: bool,
    offset: i64,
    count: i64,
) -> Result<Vec<(Person, bool)>, StoreError> {
    let (second, only) = (has_second("a.id"), only_lacking(lacking));
    let sql = Sql::built(format!(
        "SELECT {PERSON}, CASE WHEN {second} THEN 1 ELSE 0 END FROM accounts a JOIN users u ON u.account_id = a.id \
         WHERE a.state <> 'deleted' AND {OUTSIDE}{only} ORDER BY a.login_key LIMIT $2 OFFSET $3"
    ));
    unit.all(sql, &[&organization, &count, &offset])?
        .iter()
        .map(|row| Ok((read_person(row)?, row.get(3)?)))
        .collect()
}

/// How many such people there are.
pub fn outside_count(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    lacking: bool,
) -> Result<i64, StoreError> {
    let only = only_lacking(lacking);
    let sql = Sql::built(format!(
        "SELECT COUNT(*) FROM accounts a WHERE a.state <> 'deleted' AND {OUTSIDE}{only}"
    ));
    unit.number(sql, &[&organization])
}

fn only_lacking(lacking: bool) -> String {
    if lacking {
        format!(" AND NOT {}", has_second("a.id"))
    } else {
        String::new()
    }
}

// A service account is nobody who works from outside.
const OUTSIDE: &str = "a.kind <> 'service' AND a.id IN (SELECT c.user_id FROM collaborators c JOIN repositories r ON r.id = c.repository_id \
     WHERE r.owner_id = $1 AND r.state = 'active') \
     AND a.id NOT IN (SELECT m.user_id FROM memberships m WHERE m.organization_id = $1)";

/// The organizations where a person has a role on some repository without being a member.
pub fn outside_of(
    unit: &mut ReadUnit<'_>,
    user: UserId,
) -> Result<Vec<OrganizationId>, StoreError> {
    unit.all(
        "SELECT DISTINCT r.owner_id FROM collaborators c JOIN repositories r ON r.id = c.repository_id \
         JOIN organizations o ON o.account_id = r.owner_id \
         WHERE c.user_id = $1 AND r.state = 'active' AND NOT EXISTS ( \
           SELECT 1 FROM memberships m WHERE m.organization_id = r.owner_id AND m.user_id = $1) ORDER BY r.owner_id",
        &[&user],
    )?
    .iter()
    .map(|row| row.get(0))
    .collect()
}
