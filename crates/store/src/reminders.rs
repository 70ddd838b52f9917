//! Secrets that are about to end, and which reminder of it, or of a token that nobody uses, went out last.

use jeton_domain::{SecretId, Span, Time, TokenId, UserId};

use crate::{ReadUnit, Row, StoreError, WriteUnit};

/// A living token's newest secret that ends soon, or has just ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Which secret.
    pub secret: SecretId,
    /// Of which token.
    pub token: TokenId,
    /// The token's name.
    pub name: String,
    /// Whose.
    pub creator: UserId,
    /// When the secret was made.
    pub created_at: Time,
    /// When it ends.
    pub expires_at: Time,
}

/// Which secrets are to be reminded of.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    /// The reminder, in days before the end.
    pub days: i64,
    /// Ends later than this.
    pub after: Time,
    /// Ends at this or before.
    pub until: Time,
    /// Lives at least so long: a reminder on the day that something is made tells nobody anything.
    pub length: Span,
}

fn read(row: &Row) -> Result<Ending, StoreError> {
    Ok(Ending {
        secret: row.get(0)?,
        token: row.get(1)?,
        name: row.get(2)?,
        creator: row.get(3)?,
        created_at: row.get(4)?,
        expires_at: row.get(5)?,
    })
}

/// Those of which this reminder, or a later one, was not given yet: newest secrets of tokens that are neither suspended
/// nor ended, of people who are active. Those of OAuth applications are refreshed by them: nobody is reminded. At most `most`, the first to end first.
pub fn due(unit: &mut ReadUnit<'_>, due: Due, most: i64) -> Result<Vec<Ending>, StoreError> {
    unit.all(
        "SELECT s.id, s.token_id, t.name, t.creator_id, s.created_at, s.expires_at FROM secrets s \
         JOIN tokens t ON t.id = s.token_id JOIN accounts a ON a.id = t.creator_id \
         LEFT JOIN expiry_reminders r ON r.secret_id = s.id \
         WHERE s.retired_at IS NULL AND s.expires_at > $1 AND s.expires_at <= $2 AND s.expires_at - s.created_at >= $4 \
         AND t.deleted_at IS NULL AND t.revoked_at IS NULL AND t.suspended_at IS NULL AND t.application_id IS NULL \
         AND t.kind NOT IN ('child', 'job') AND a.state = 'active' \
         AND NOT EXISTS (SELECT n.id FROM secrets n WHERE n.token_id = s.token_id AND n.id > s.id) \
         AND (r.days IS NULL OR r.days > $3) ORDER BY s.expires_at, s.id LIMIT $5",
        &[&due.after, &due.until, &due.days, &due.length.micros(), &most],
    )?
    .iter()
    .map(read)
    .collect()
}

/// Notes a reminder. False where the same one, or a later one, went out before.
pub fn note(unit: &mut WriteUnit<'_>, secret: SecretId, days: i64) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "INSERT INTO expiry_reminders (secret_id, days) VALUES ($1, $2) \
         ON CONFLICT (secret_id) DO UPDATE SET days = excluded.days WHERE expiry_reminders.days > excluded.days",
        &[&secret, &days],
    )? == 1)
}

/// Whether somebody was reminded, `days` days before or later, that an unused token ends then.
pub fn is_unused_told(
    unit: &mut ReadUnit<'_>,
    token: TokenId,
    ends_at: Time,
    days: i64,
) -> Result<bool, StoreError> {
    Ok(unit.number(
        "SELECT COUNT(*) FROM unused_reminders WHERE token_id = $1 AND ends_at = $2 AND days <= $3",
        &[&token, &ends_at, &days],
    )? > 0)
}

/// Notes a reminder that an unused token ends then.
pub fn note_unused(
    unit: &mut WriteUnit<'_>,
    token: TokenId,
    ends_at: Time,
    days: i64,
) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO unused_reminders (token_id, ends_at, days) VALUES ($1, $2, $3) \
         ON CONFLICT (token_id) DO UPDATE SET ends_at = excluded.ends_at, days = excluded.days",
        &[&token, &ends_at, &days],
    )
}
