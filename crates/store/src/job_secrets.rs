//! Secrets that are kept for jobs, sealed.

use jeton_domain::{JobSecretId, JobSecretVisibility, OrganizationId, RepositoryId, Time, UserId};

use crate::sealed_values::SealedValue;
use crate::{ReadUnit, Row, Sql, StoreError, WriteUnit};

/// Whose a secret is, and the pair of keys that it is sealed with on its way here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretOwner {
    /// An organization's, for its repositories.
    Organization(OrganizationId),
    /// One repository's.
    Repository(RepositoryId),
    /// A person's, for the jobs that they open.
    Person(UserId),
}

/// The columns of an owner: organization, repository, person.
pub(crate) type OwnerColumns = (Option<OrganizationId>, Option<RepositoryId>, Option<UserId>);

impl SecretOwner {
    pub(crate) const fn columns(self) -> OwnerColumns {
        match self {
            Self::Organization(id) => (Some(id), None, None),
            Self::Repository(id) => (None, Some(id), None),
            Self::Person(id) => (None, None, Some(id)),
        }
    }

    /// Reads three columns, the first of which is `at`.
    pub(crate) fn read(row: &Row, at: usize) -> Result<Self, StoreError> {
        match (row.get(at)?, row.get(at + 1)?, row.get(at + 2)?) {
            (Some(id), None, None) => Ok(Self::Organization(id)),
            (None, Some(id), None) => Ok(Self::Repository(id)),
            (None, None, Some(id)) => Ok(Self::Person(id)),
            _ => Err(StoreError::corrupt(
                "a secret or its key has no owner, or several",
            )),
        }
    }
}

/// A secret as it is stored, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobSecretRow {
    /// Which.
    pub id: JobSecretId,
    /// Whose.
    pub owner: SecretOwner,
    /// Its name, in capitals.
    pub name: String,
    /// For which repositories; nothing for a repository's own.
    pub visibility: Option<JobSecretVisibility>,
    /// When one of this name was first set.
    pub created_at: Time,
    /// When it was last set, or given other repositories.
    pub updated_at: Time,
}

const COLUMNS: &str =
    "id, organization_id, repository_id, user_id, name, visibility, created_at, updated_at";

fn read(row: &Row) -> Result<JobSecretRow, StoreError> {
    Ok(JobSecretRow {
        id: row.get(0)?,
        owner: SecretOwner::read(row, 1)?,
        name: row.get(4)?,
        visibility: match row.get::<Option<String>>(5)? {
            None => None,
            Some(_) => Some(row.word(5, JobSecretVisibility::parse)?),
        },
        created_at: row.get(6)?,
        updated_at: row.get(7)?,
    })
}

/// Adds one.
pub fn insert(
    unit: &mut WriteUnit<'_>,
    row: &JobSecretRow,
    value: &SealedValue,
) -> Result<(), StoreError> {
    let (organization, repository, user) = row.owner.columns();
    unit.execute_one(
        "INSERT INTO job_secrets (id, organization_id, repository_id, user_id, name, visibility, value, root_key, \
         created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            &row.id,
            &organization,
            &repository,
            &user,
            &row.name,
            &row.visibility.map(|visibility| visibility.name().to_owned()),
            &value.bytes,
            &value.root_key,
            &row.created_at,
            &row.updated_at,
        ],
    )
}

/// Changes for which repositories one is.
pub fn set_visibility(
    unit: &mut WriteUnit<'_>,
    id: JobSecretId,
    visibility: JobSecretVisibility,
    at: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE job_secrets SET visibility = $2, updated_at = $3 WHERE id = $1",
        &[&id, &visibility.name(), &at],
    )
}

/// Takes one away. What is gone already is left.
///
/// SECURITY: nothing of it is marked and kept. SQLite writes over what it deletes (`secure_delete`).
pub fn erase(unit: &mut WriteUnit<'_>, id: JobSecretId) -> Result<(), StoreError> {
    unit.execute(
        "DELETE FROM job_secret_repositories WHERE secret_id = $1",
        &[&id],
    )?;
    unit.execute("DELETE FROM job_secrets WHERE id = $1", &[&id])?;
    Ok(())
}

/// The one of this name.
pub fn by_name(
    unit: &mut ReadUnit<'_>,
    owner: SecretOwner,
    name: &str,
) -> Result<Option<JobSecretRow>, StoreError> {
    let (organization, repository, user) = owner.columns();
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM job_secrets WHERE name = $4 \
         AND (organization_id = $1 OR repository_id = $2 OR user_id = $3)"
    ));
    unit.one(sql, &[&organization, &repository, &user, &name])?
        .as_ref()
        .map(read)
        .transpose()
}

/// All of one owner, by name.
pub fn of_owner(
    unit: &mut ReadUnit<'_>,
    owner: SecretOwner,
) -> Result<Vec<JobSecretRow>, StoreError> {
    let (organization, repository, user) = owner.columns();
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM job_secrets WHERE organization_id = $1 OR repository_id = $2 OR user_id = $3 ORDER BY name"
    ));
    unit.all(sql, &[&organization, &repository, &user])?
        .iter()
        .map(read)
        .collect()
}

/// Those of an owner that are for this repository, by name: it was selected for them, or their visibility is one of `visible`.
pub fn for_repository(
    unit: &mut ReadUnit<'_>,
    owner: SecretOwner,
    repository: RepositoryId,
    visible: &[JobSecretVisibility],
) -> Result<Vec<JobSecretRow>, StoreError> {
    let mut found = Vec::new();
    for row in of_owner(unit, owner)? {
        let is_for = match row.visibility {
            Some(JobSecretVisibility::Selected) => is_selected(unit, row.id, repository)?,
            Some(visibility) => visible.contains(&visibility),
            None => true,
        };
        if is_for {
            found.push(row);
        }
    }
    Ok(found)
}

/// The value of one, sealed.
pub fn value(unit: &mut ReadUnit<'_>, id: JobSecretId) -> Result<Option<SealedValue>, StoreError> {
    unit.one(
        "SELECT value, root_key FROM job_secrets WHERE id = $1",
        &[&id],
    )?
    .map(|row| {
        Ok(SealedValue {
            bytes: row.get(0)?,
            root_key: row.get(1)?,
        })
    })
    .transpose()
}

/// The repositories that were selected for one.
pub fn selected(unit: &mut ReadUnit<'_>, id: JobSecretId) -> Result<Vec<RepositoryId>, StoreError> {
    unit.all(
        "SELECT repository_id FROM job_secret_repositories WHERE secret_id = $1 ORDER BY repository_id",
        &[&id],
    )?
    .iter()
    .map(|row| row.get(0))
    .collect()
}

fn is_selected(
    unit: &mut ReadUnit<'_>,
    id: JobSecretId,
    repository: RepositoryId,
) -> Result<bool, StoreError> {
    Ok(unit.number(
        "SELECT COUNT(*) FROM job_secret_repositories WHERE secret_id = $1 AND repository_id = $2",
        &[&id, &repository],
    )? > 0)
}

/// Selects a repository for one. One that is selected stays so.
pub fn select(
    unit: &mut WriteUnit<'_>,
    id: JobSecretId,
    repository: RepositoryId,
) -> Result<(), StoreError> {
    unit.execute(
        "INSERT INTO job_secret_repositories (secret_id, repository_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        &[&id, &repository],
    )?;
    Ok(())
}

/// Takes a repository off one.
pub fn unselect(
    unit: &mut WriteUnit<'_>,
    id: JobSecretId,
    repository: RepositoryId,
) -> Result<(), StoreError> {
    unit.execute(
        "DELETE FROM job_secret_repositories WHERE secret_id = $1 AND repository_id = $2",
        &[&id, &repository],
    )?;
    Ok(())
}

/// Takes a repository off all.
pub fn unselect_everywhere(
    unit: &mut WriteUnit<'_>,
    repository: RepositoryId,
) -> Result<(), StoreError> {
    unit.execute(
        "DELETE FROM job_secret_repositories WHERE repository_id = $1",
        &[&repository],
    )?;
    Ok(())
}

/// Owners that are gone and still have secrets or keys: a restored backup knew them.
pub fn gone_owners(unit: &mut ReadUnit<'_>) -> Result<Vec<SecretOwner>, StoreError> {
    unit.all(
        "SELECT organization_id, repository_id, user_id FROM job_secrets \
         WHERE organization_id IN (SELECT id FROM accounts WHERE deleted_at IS NOT NULL) \
         OR repository_id IN (SELECT id FROM repositories WHERE deleted_at IS NOT NULL) \
         OR user_id IN (SELECT id FROM accounts WHERE deleted_at IS NOT NULL) \
         UNION SELECT organization_id, repository_id, user_id FROM sealing_keys \
         WHERE organization_id IN (SELECT id FROM accounts WHERE deleted_at IS NOT NULL) \
         OR repository_id IN (SELECT id FROM repositories WHERE deleted_at IS NOT NULL) \
         OR user_id IN (SELECT id FROM accounts WHERE deleted_at IS NOT NULL)",
        &[],
    )?
    .iter()
    .map(|row| SecretOwner::read(row, 0))
    .collect()
}
