//! Facts of which the site has one each.

use crate::{ReadUnit, StoreError, WriteUnit};

/// The value of a setting, if it was ever set.
pub fn get(unit: &mut ReadUnit<'_>, name: &str) -> Result<Option<String>, StoreError> {
    unit.one("SELECT value FROM settings WHERE name = $1", &[&name])?
        .map(|row| row.get(0))
        .transpose()
}

/// Sets it.
pub fn set(unit: &mut WriteUnit<'_>, name: &str, value: &str) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2",
        &[&name, &value],
    )
}
