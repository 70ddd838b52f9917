//! Use of tokens: the last use of each secret and hourly counts. Side data, collected in memory and written in batches.

use jeton_domain::{SecretId, Time, TokenId};

use crate::{ReadUnit, Row, SideUnit, StoreError};

/// The last use of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastUse {
    /// The secret.
    pub secret: SecretId,
    /// When.
    pub at: Time,
    /// From where, if that is known.
    pub address: Option<String>,
    /// Through which door.
    pub door: String,
    /// Which operation of the route table.
    pub operation: String,
}

/// How often a token was used for one operation with one verdict within one hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourlyCount {
    /// The token.
    pub token: TokenId,
    /// The hour's start.
    pub hour: Time,
    /// Which operation of the route table.
    pub operation: String,
    /// `allow`, or the stable code of the reason.
    pub verdict: String,
    /// How often; what is written is added to what is there.
    pub count: i64,
}

impl LastUse {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            secret: row.get(0)?,
            at: row.get(1)?,
            address: row.get(2)?,
            door: row.get(3)?,
            operation: row.get(4)?,
        })
    }
}

impl HourlyCount {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            token: row.get(0)?,
            hour: row.get(1)?,
            operation: row.get(2)?,
            verdict: row.get(3)?,
            count: row.get(4)?,
        })
    }
}

/// Writes a batch. A use older than the one that is known changes nothing.
pub fn write(
    unit: &mut SideUnit<'_>,
    uses: &[LastUse],
    counts: &[HourlyCount],
) -> Result<(), StoreError> {
    for last in uses {
        unit.execute(
            "INSERT INTO last_uses (secret_id, at, address, door, operation) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (secret_id) DO UPDATE SET at = excluded.at, address = excluded.address, door = excluded.door, \
             operation = excluded.operation WHERE last_uses.at <= excluded.at",
            &[&last.secret, &last.at, &last.address, &last.door, &last.operation],
        )?;
    }
    for hourly in counts {
        unit.execute_one(
            "INSERT INTO usage_hours (token_id, hour, operation, verdict, count) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (token_id, hour, operation, verdict) DO UPDATE SET count = usage_hours.count + excluded.count",
            &[&hourly.token, &hourly.hour, &hourly.operation, &hourly.verdict, &hourly.count],
        )?;
    }
    Ok(())
}

/// The last use of each of a token's secrets, latest first.
pub fn last_uses(unit: &mut ReadUnit<'_>, token: TokenId) -> Result<Vec<LastUse>, StoreError> {
    unit.all(
        "SELECT u.secret_id, u.at, u.address, u.door, u.operation FROM last_uses AS u \
         JOIN secrets AS s ON s.id = u.secret_id WHERE s.token_id = $1 ORDER BY u.at DESC, u.secret_id DESC",
        &[&token],
    )?
    .iter()
    .map(LastUse::read)
    .collect()
}

/// A token's counts from the hour `from` on, oldest first.
pub fn hours(
    unit: &mut ReadUnit<'_>,
    token: TokenId,
    from: Time,
) -> Result<Vec<HourlyCount>, StoreError> {
    unit.all(
        "SELECT token_id, hour, operation, verdict, count FROM usage_hours WHERE token_id = $1 AND hour >= $2 \
         ORDER BY hour, operation, verdict",
        &[&token, &from],
    )?
    .iter()
    .map(HourlyCount::read)
    .collect()
}

/// Drops counts of hours before `before`.
pub fn forget(unit: &mut SideUnit<'_>, before: Time) -> Result<usize, StoreError> {
    unit.execute("DELETE FROM usage_hours WHERE hour < $1", &[&before])
}
