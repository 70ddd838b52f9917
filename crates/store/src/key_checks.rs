//! A check value per root key, by which a missing or wrong key is noticed at start.

use crate::{ReadUnit, StoreError, WriteUnit};

/// Every key that this database was ever used with.
pub fn all(unit: &mut ReadUnit<'_>) -> Result<Vec<(u32, [u8; 32])>, StoreError> {
    unit.all("SELECT key_id, value FROM key_checks ORDER BY key_id", &[])?
        .iter()
        .map(|row| Ok((row.get(0)?, row.get(1)?)))
        .collect()
}

/// Records a key; a known one is a conflict on `key_checks_pkey`.
pub fn insert(unit: &mut WriteUnit<'_>, key: u32, value: &[u8; 32]) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO key_checks (key_id, value) VALUES ($1, $2)",
        &[&key, value],
    )
}
