//! The first administrator's link, kept as a digest.

use jeton_domain::Time;

use crate::{StoreError, WriteUnit};

/// Records a new code and ends all earlier ones: there is one living link at most.
pub fn replace(
    unit: &mut WriteUnit<'_>,
    digest: &[u8; 32],
    now: Time,
    expires_at: Time,
) -> Result<(), StoreError> {
    unit.execute("DELETE FROM setup_codes WHERE used_at IS NULL", &[])?;
    unit.execute_one(
        "INSERT INTO setup_codes (digest, created_at, expires_at) VALUES ($1, $2, $3)",
        &[digest, &now, &expires_at],
    )
}

/// Uses a code up. False if it is unknown, over or used: two who come at once can't both win.
pub fn redeem(unit: &mut WriteUnit<'_>, digest: &[u8; 32], now: Time) -> Result<bool, StoreError> {
    let used = unit.execute(
        "UPDATE setup_codes SET used_at = $2 WHERE digest = $1 AND used_at IS NULL AND expires_at > $2",
        &[digest, &now],
    )?;
    Ok(used == 1)
}
