//! The networks that tokens were used from.

use jeton_domain::{SecretId, Time, TokenId};

use crate::{ReadUnit, SideUnit, StoreError};

/// The most networks that are known of a token; beyond, the oldest is forgotten.
pub const MOST_PLACES: i64 = 64;

/// Whose secret it is.
pub fn token_of(unit: &mut ReadUnit<'_>, secret: SecretId) -> Result<Option<TokenId>, StoreError> {
    unit.one("SELECT token_id FROM secrets WHERE id = $1", &[&secret])?
        .map(|row| row.get(0))
        .transpose()
}

/// Whether a token was used from there before.
pub fn is_known(
    unit: &mut ReadUnit<'_>,
    token: TokenId,
    network: &str,
) -> Result<bool, StoreError> {
    Ok(unit.number(
        "SELECT COUNT(*) FROM token_places WHERE token_id = $1 AND network = $2",
        &[&token, &network],
    )? > 0)
}

/// How many networks are known of a token, and how many of these since then.
pub fn count(
    unit: &mut ReadUnit<'_>,
    token: TokenId,
    since: Time,
) -> Result<(i64, i64), StoreError> {
    let all = unit.number(
        "SELECT COUNT(*) FROM token_places WHERE token_id = $1",
        &[&token],
    )?;
    let new = unit.number(
        "SELECT COUNT(*) FROM token_places WHERE token_id = $1 AND first_at > $2",
        &[&token, &since],
    )?;
    Ok((all, new))
}

/// Forgets where tokens were used from that are used no more.
pub fn forget(unit: &mut SideUnit<'_>) -> Result<usize, StoreError> {
    unit.execute(
        "DELETE FROM token_places WHERE token_id IN (SELECT id FROM tokens WHERE revoked_at IS NOT NULL)",
        &[],
    )
}

/// Notes that a token was used from there. False where that was known.
pub fn note(
    unit: &mut SideUnit<'_>,
    token: TokenId,
    network: &str,
    now: Time,
) -> Result<bool, StoreError> {
    let new = unit.execute(
        "INSERT INTO token_places (token_id, network, first_at) VALUES ($1, $2, $3) ON CONFLICT (token_id, network) DO NOTHING",
        &[&token, &network, &now],
    )? == 1;
    if new {
        unit.execute(
            "DELETE FROM token_places WHERE token_id = $1 AND network IN (SELECT network FROM token_places \
             WHERE token_id = $1 ORDER BY first_at DESC, network LIMIT 1000 OFFSET $2)",
            &[&token, &MOST_PLACES],
        )?;
    }
    Ok(new)
}
