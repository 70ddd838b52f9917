//! Pairs of keys that clients seal secrets with: one in use for each place, and those that it replaced not long ago.

use jeton_domain::{SealingKeyId, Time};

use crate::job_secrets::SecretOwner;
use crate::sealed_values::SealedValue;
use crate::{ReadUnit, Row, Sql, StoreError, WriteUnit};

/// A pair as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealingKeyRow {
    /// Which.
    pub id: SealingKeyId,
    /// Whose.
    pub owner: SecretOwner,
    /// The half that everybody may have.
    pub public: [u8; 32],
    /// The other, sealed.
    pub private: SealedValue,
    /// When it was made.
    pub created_at: Time,
    /// When another took its place.
    pub retired_at: Option<Time>,
}

const COLUMNS: &str = "id, organization_id, repository_id, user_id, public_key, private_key, root_key, created_at, retired_at";

fn read(row: &Row) -> Result<SealingKeyRow, StoreError> {
    Ok(SealingKeyRow {
        id: row.get(0)?,
        owner: SecretOwner::read(row, 1)?,
        public: row.get(4)?,
        private: SealedValue {
            bytes: row.get(5)?,
            root_key: row.get(6)?,
        },
        created_at: row.get(7)?,
        retired_at: row.get(8)?,
    })
}

/// Adds one, which is in use from then on.
pub fn insert(unit: &mut WriteUnit<'_>, row: &SealingKeyRow) -> Result<(), StoreError> {
    let (organization, repository, user) = row.owner.columns();
    unit.execute_one(
        "INSERT INTO sealing_keys (id, organization_id, repository_id, user_id, public_key, private_key, root_key, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            &row.id,
            &organization,
            &repository,
            &user,
            &row.public,
            &row.private.bytes,
            &row.private.root_key,
            &row.created_at,
        ],
    )
}

/// The one that is in use, if there is any yet.
pub fn in_use(
    unit: &mut ReadUnit<'_>,
    owner: SecretOwner,
) -> Result<Option<SealingKeyRow>, StoreError> {
    let (organization, repository, user) = owner.columns();
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM sealing_keys WHERE retired_at IS NULL \
         AND (organization_id = $1 OR repository_id = $2 OR user_id = $3)"
    ));
    unit.one(sql, &[&organization, &repository, &user])?
        .as_ref()
        .map(read)
        .transpose()
}

/// One, in use or retired.
pub fn by_id(
    unit: &mut ReadUnit<'_>,
    id: SealingKeyId,
) -> Result<Option<SealingKeyRow>, StoreError> {
    let sql = Sql::built(format!("SELECT {COLUMNS} FROM sealing_keys WHERE id = $1"));
    unit.one(sql, &[&id])?.as_ref().map(read).transpose()
}

/// All places that have one in use.
pub fn owners(unit: &mut ReadUnit<'_>) -> Result<Vec<SecretOwner>, StoreError> {
    unit.all(
        "SELECT organization_id, repository_id, user_id FROM sealing_keys WHERE retired_at IS NULL ORDER BY id",
        &[],
    )?
    .iter()
    .map(|row| SecretOwner::read(row, 0))
    .collect()
}

/// Retires one.
pub fn retire(unit: &mut WriteUnit<'_>, id: SealingKeyId, at: Time) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE sealing_keys SET retired_at = $2 WHERE id = $1 AND retired_at IS NULL",
        &[&id, &at],
    )
}

/// Whether any was retired then or earlier.
pub fn any_retired(unit: &mut ReadUnit<'_>, until: Time) -> Result<bool, StoreError> {
    Ok(unit.number(
        "SELECT COUNT(*) FROM sealing_keys WHERE retired_at <= $1",
        &[&until],
    )? > 0)
}

/// Destroys those that were retired then or earlier.
pub fn destroy_retired(unit: &mut WriteUnit<'_>, until: Time) -> Result<(), StoreError> {
    unit.execute("DELETE FROM sealing_keys WHERE retired_at <= $1", &[&until])?;
    Ok(())
}

/// Destroys all of one owner.
pub fn destroy_of_owner(unit: &mut WriteUnit<'_>, owner: SecretOwner) -> Result<(), StoreError> {
    let (organization, repository, user) = owner.columns();
    unit.execute(
        "DELETE FROM sealing_keys WHERE organization_id = $1 OR repository_id = $2 OR user_id = $3",
        &[&organization, &repository, &user],
    )?;
    Ok(())
}
