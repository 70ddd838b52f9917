//! What lies sealed under a root key: which, under which, and how it comes to lie under another.

use crate::{ReadUnit, SideUnit, Sql, StoreError};

/// A value as it lies in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedValue {
    /// Sealed for the row.
    pub bytes: Vec<u8>,
    /// The number of the root key that it is sealed under.
    pub root_key: u32,
}

/// Where such values lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedTable {
    /// Values of secrets for jobs.
    JobSecrets,
    /// Private halves of the pairs that these are sealed with on their way here.
    SealingKeys,
}

impl SealedTable {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::JobSecrets, Self::SealingKeys];

    /// The table, and its column.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::JobSecrets => ("job_secrets", "value"),
            Self::SealingKeys => ("sealing_keys", "private_key"),
        }
    }
}

/// Rows that are sealed under another root key than this, behind a number, at most so many.
pub fn sealed_otherwise(
    unit: &mut ReadUnit<'_>,
    table: SealedTable,
    root_key: u32,
    after: i64,
    most: i64,
) -> Result<Vec<(i64, SealedValue)>, StoreError> {
    let (table, column) = table.names();
    let sql = Sql::built(format!(
        "SELECT id, {column}, root_key FROM {table} WHERE root_key <> $1 AND id > $2 ORDER BY id LIMIT $3"
    ));
    unit.all(sql, &[&root_key, &after, &most])?
        .iter()
        .map(|row| {
            let value = SealedValue {
                bytes: row.get(1)?,
                root_key: row.get(2)?,
            };
            Ok((row.get(0)?, value))
        })
        .collect()
}

/// How many there are, and how many of them are sealed under another root key than this.
pub fn count(
    unit: &mut ReadUnit<'_>,
    table: SealedTable,
    root_key: u32,
) -> Result<(i64, i64), StoreError> {
    let (table, _) = table.names();
    let all = unit.number(Sql::built(format!("SELECT COUNT(*) FROM {table}")), &[])?;
    let other = Sql::built(format!("SELECT COUNT(*) FROM {table} WHERE root_key <> $1"));
    Ok((all, unit.number(other, &[&root_key])?))
}

/// Has a row lie under another root key. One that is gone meanwhile stays so.
pub fn reseal(
    unit: &mut SideUnit<'_>,
    table: SealedTable,
    id: i64,
    anew: &SealedValue,
) -> Result<(), StoreError> {
    let (table, column) = table.names();
    let sql = Sql::built(format!(
        "UPDATE {table} SET {column} = $2, root_key = $3 WHERE id = $1"
    ));
    unit.execute(sql, &[&id, &anew.bytes, &anew.root_key])?;
    Ok(())
}
