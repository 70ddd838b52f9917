//! Accounts of organizations that are no person's.

use jeton_domain::{Login, OrganizationId, Role, Time, UserId};

use crate::accounts::AccountKind;
use crate::{ReadUnit, Row, Sql, StoreError, WriteUnit, accounts};

/// A service account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceRow {
    /// The account.
    pub id: UserId,
    /// Its name as typed.
    pub login: String,
    /// `active` or `suspended`.
    pub state: String,
    /// Whose it is.
    pub organization: OrganizationId,
    /// What it is for.
    pub description: String,
    /// Its role on each repository of the organization.
    pub everywhere: Option<Role>,
    /// A CI system: its jobs may do what the organization lets jobs do.
    pub issues_jobs: bool,
    /// When it was made.
    pub created_at: Time,
}

/// What is needed to make one, or to change it.
#[derive(Clone, Copy, Debug)]
pub struct ServiceWords<'a> {
    /// What it is for.
    pub description: &'a str,
    /// Its role on each repository.
    pub everywhere: Option<Role>,
    /// A CI system.
    pub issues_jobs: bool,
}

const SELECT: &str = "SELECT a.id, a.login, a.state, s.organization_id, s.description, s.everywhere, s.issues_jobs, \
     a.created_at FROM service_accounts s JOIN accounts a ON a.id = s.account_id";

fn read(row: &Row) -> Result<ServiceRow, StoreError> {
    let everywhere: Option<String> = row.get(5)?;
    Ok(ServiceRow {
        id: row.get(0)?,
        login: row.get(1)?,
        state: row.get(2)?,
        organization: row.get(3)?,
        description: row.get(4)?,
        everywhere: match everywhere {
            Some(_) => Some(row.word(5, Role::parse)?),
            None => None,
        },
        issues_jobs: row.get(6)?,
        created_at: row.get(7)?,
    })
}

/// A service account by id, deleted ones left out.
pub fn by_id(unit: &mut ReadUnit<'_>, id: UserId) -> Result<Option<ServiceRow>, StoreError> {
    let sql = Sql::built(format!("{SELECT} WHERE a.id = $1 AND a.state <> 'deleted'"));
    unit.one(sql, &[&id])?.as_ref().map(read).transpose()
}

/// An organization's by folded name, deleted ones left out.
pub fn by_login(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    login_key: &str,
) -> Result<Option<ServiceRow>, StoreError> {
    if login_key.contains('\0') {
        return Ok(None);
    }
    let sql = Sql::built(format!(
        "{SELECT} WHERE a.login_key = $1 AND s.organization_id = $2 AND a.state <> 'deleted'"
    ));
    unit.one(sql, &[&login_key, &organization])?
        .as_ref()
        .map(read)
        .transpose()
}

/// An organization's, by name, deleted ones left out.
pub fn of_organization(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
) -> Result<Vec<ServiceRow>, StoreError> {
    let sql = Sql::built(format!(
        "{SELECT} WHERE s.organization_id = $1 AND a.state <> 'deleted' ORDER BY a.login_key"
    ));
    unit.all(sql, &[&organization])?.iter().map(read).collect()
}

/// Makes one: an account that nobody signs in to.
pub fn create(
    unit: &mut WriteUnit<'_>,
    organization: OrganizationId,
    login: &Login,
    words: ServiceWords<'_>,
    (by, now): (UserId, Time),
) -> Result<UserId, StoreError> {
    let id = accounts::create(unit, AccountKind::Service, login, "", now)?;
    unit.execute_one(
        "INSERT INTO users (account_id, administrator) VALUES ($1, 0)",
        &[&id],
    )?;
    unit.execute_one(
        "INSERT INTO service_accounts (account_id, organization_id, description, everywhere, issues_jobs, created_by, \
         created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            &id,
            &organization,
            &words.description,
            &words.everywhere.map(Role::name),
            &words.issues_jobs,
            &by,
            &now,
        ],
    )?;
    Ok(id.as_user())
}

/// Changes one.
pub fn update(
    unit: &mut WriteUnit<'_>,
    id: UserId,
    words: ServiceWords<'_>,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE service_accounts SET description = $2, everywhere = $3, issues_jobs = $4 WHERE account_id = $1",
        &[
            &id,
            &words.description,
            &words.everywhere.map(Role::name),
            &words.issues_jobs,
        ],
    )
}

/// The role that a service account has on each repository of an organization; nothing of a person.
pub fn everywhere(
    unit: &mut ReadUnit<'_>,
    id: UserId,
    organization: OrganizationId,
) -> Result<Option<Role>, StoreError> {
    let row = unit.one(
        "SELECT everywhere FROM service_accounts WHERE account_id = $1 AND organization_id = $2 AND everywhere IS NOT NULL",
        &[&id, &organization],
    )?;
    row.map(|row| row.word(0, Role::parse)).transpose()
}
