//! The values of tokens, as digests. During a rotation a token has two.

use jeton_domain::{Expiry, SecretId, Time, TokenId};

use crate::{ReadUnit, Row, StoreError, WriteUnit};

/// One value of a token. No value is ever stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretRow {
    /// Its id.
    pub id: SecretId,
    /// Whose value it is.
    pub token: TokenId,
    /// The part of the value that is public and names it.
    pub public_name: Option<String>,
    /// Base64 of SHA-256 of the value, for the audit log; look-up never compares it.
    pub hashed: String,
    /// When it was made.
    pub created_at: Time,
    /// When it ends by itself.
    pub expiry: Expiry,
    /// When a rotation's overlap ends it, if one began.
    pub retires_at: Option<Time>,
    /// When it was retired.
    pub retired_at: Option<Time>,
    /// Why.
    pub retire_reason: Option<String>,
    /// It is retired by the first use of its successor.
    pub until_first_use: bool,
    /// When it was first used.
    pub first_used_at: Option<Time>,
}

/// Why a value was retired: its successor was used.
pub const FIRST_USE: &str = "first_use";
/// Why a value was retired: the time it had beside its successor is over.
pub const OVERLAP_OVER: &str = "overlap_over";

impl SecretRow {
    /// Somebody ended it, and no time ran out: what it had begun does not go on either.
    pub fn was_ended(&self) -> bool {
        let reason = self.retire_reason.as_deref();
        reason.is_some_and(|reason| ![FIRST_USE, OVERLAP_OVER].contains(&reason))
    }

    /// When it ends for whatever reason known so far.
    pub fn end(&self) -> Expiry {
        end(self.expiry, [self.retires_at, self.retired_at])
    }
}

/// When a value stops: at its own end, or when it is retired.
pub(crate) fn end(expiry: Expiry, retired: [Option<Time>; 2]) -> Expiry {
    retired
        .into_iter()
        .flatten()
        .fold(expiry, |end, at| end.earlier(Expiry::At(at)))
}

/// What is needed to add a value.
#[derive(Debug)]
pub struct NewSecret<'a> {
    /// Its id.
    pub id: SecretId,
    /// Whose value it is.
    pub token: TokenId,
    /// The kind of value, by the name under which formats know it.
    pub kind: &'a str,
    /// The keyed digest of the value.
    pub digest: [u8; 32],
    /// Under which key.
    pub key: u32,
    /// The public part of the value.
    pub public_name: Option<&'a str>,
    /// See [`SecretRow::hashed`].
    pub hashed: &'a str,
    /// Now.
    pub created_at: Time,
    /// When it ends.
    pub expiry: Expiry,
    /// Keyed digests of the idempotency key and of the request's body, if a key came.
    pub idempotency: Option<([u8; 32], [u8; 32])>,
}

const COLUMNS: &str = "s.id, s.token_id, s.public_name, s.hashed, s.created_at, s.expires_at, s.retires_at, \
     s.retired_at, s.until_first_use, s.first_used_at, s.retire_reason";

fn read(row: &Row) -> Result<SecretRow, StoreError> {
    Ok(SecretRow {
        id: row.get(0)?,
        token: row.get(1)?,
        public_name: row.get(2)?,
        hashed: row.get(3)?,
        created_at: row.get(4)?,
        expiry: Expiry::from_moment(row.get(5)?),
        retires_at: row.get(6)?,
        retired_at: row.get(7)?,
        until_first_use: row.get(8)?,
        first_used_at: row.get(9)?,
        retire_reason: row.get(10)?,
    })
}

/// A value by id.
pub fn by_id(unit: &mut ReadUnit<'_>, id: SecretId) -> Result<Option<SecretRow>, StoreError> {
    let sql = crate::Sql::built(format!("SELECT {COLUMNS} FROM secrets s WHERE s.id = $1"));
    unit.one(sql, &[&id])?.as_ref().map(read).transpose()
}

/// The value with this digest, with the kind it was stored as.
pub fn by_digest(
    unit: &mut ReadUnit<'_>,
    digest: &[u8; 32],
) -> Result<Option<(SecretRow, String)>, StoreError> {
    let sql = crate::Sql::built(format!(
        "SELECT {COLUMNS}, s.kind FROM secrets s WHERE s.digest = $1"
    ));
    unit.one(sql, &[digest])?
        .map(|row| Ok((read(&row)?, row.get(11)?)))
        .transpose()
}

/// The value with this plain digest, by which the log speaks of it.
pub fn by_hashed(unit: &mut ReadUnit<'_>, hashed: &str) -> Result<Option<SecretRow>, StoreError> {
    let sql = crate::Sql::built(format!(
        "SELECT {COLUMNS} FROM secrets s WHERE s.hashed = $1 ORDER BY s.id DESC LIMIT 1"
    ));
    unit.one(sql, &[&hashed])?.as_ref().map(read).transpose()
}

/// All values of a token that are not forgotten, newest first.
pub fn of_token(unit: &mut ReadUnit<'_>, token: TokenId) -> Result<Vec<SecretRow>, StoreError> {
    let sql = crate::Sql::built(format!(
        "SELECT {COLUMNS} FROM secrets s WHERE s.token_id = $1 ORDER BY s.id DESC"
    ));
    unit.all(sql, &[&token])?.iter().map(read).collect()
}

/// Adds a value.
pub fn insert(unit: &mut WriteUnit<'_>, secret: &NewSecret<'_>) -> Result<(), StoreError> {
    let (key, body) = match &secret.idempotency {
        Some((key, body)) => (Some(*key), Some(*body)),
        None => (None, None),
    };
    unit.execute_one(
        "INSERT INTO secrets (id, token_id, kind, digest, key_id, public_name, hashed, created_at, expires_at, \
         idempotency_key, idempotency_body) VALUES ($1, $2, $11, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            &secret.id,
            &secret.token,
            &secret.digest,
            &secret.key,
            &secret.public_name,
            &secret.hashed,
            &secret.created_at,
            &secret.expiry.moment(),
            &key,
            &body,
            &secret.kind,
        ],
    )
}

/// The latest value made under this idempotency key not before `since`, retired or not, with the digest
/// of the body it was asked for with.
pub fn by_idempotency(
    unit: &mut ReadUnit<'_>,
    key: &[u8; 32],
    since: Time,
) -> Result<Option<(SecretRow, [u8; 32])>, StoreError> {
    let sql = crate::Sql::built(format!(
        "SELECT {COLUMNS}, s.idempotency_body FROM secrets s WHERE s.idempotency_key = $1 AND s.created_at >= $2 \
         ORDER BY s.id DESC LIMIT 1"
    ));
    unit.one(sql, &[key, &since])?
        .map(|row| Ok((read(&row)?, row.get(11)?)))
        .transpose()
}

/// Gives a value another end by itself.
pub fn set_expiry(
    unit: &mut WriteUnit<'_>,
    id: SecretId,
    expiry: Expiry,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE secrets SET expires_at = $2 WHERE id = $1 AND retired_at IS NULL",
        &[&id, &expiry.moment()],
    )
}

/// Lets a rotation's overlap end a value: at a moment, or at its successor's first use.
pub fn set_retirement(
    unit: &mut WriteUnit<'_>,
    id: SecretId,
    retires_at: Time,
    until_first_use: bool,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE secrets SET retires_at = $2, until_first_use = $3 WHERE id = $1 AND retired_at IS NULL",
        &[&id, &retires_at, &until_first_use],
    )
}

/// Ends a value now. Its idempotency key stays: what is asked for again is told apart from what is new.
pub fn retire(
    unit: &mut WriteUnit<'_>,
    id: SecretId,
    at: Time,
    reason: &str,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE secrets SET retired_at = $2, retire_reason = $3 WHERE id = $1 AND retired_at IS NULL",
        &[&id, &at, &reason],
    )
}

/// Notes the first use of a value; affects nothing the second time, nor once the value is retired.
pub fn note_first_use(
    unit: &mut WriteUnit<'_>,
    id: SecretId,
    at: Time,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "UPDATE secrets SET first_used_at = $2 \
         WHERE id = $1 AND first_used_at IS NULL AND retired_at IS NULL",
        &[&id, &at],
    )? == 1)
}

/// Digests a value anew under a newer key, when its old key's digest was matched.
pub fn redigest(
    unit: &mut WriteUnit<'_>,
    id: SecretId,
    digest: &[u8; 32],
    key: u32,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE secrets SET digest = $2, key_id = $3 WHERE id = $1",
        &[&id, digest, &key],
    )
}

/// Values whose overlap is over and that nobody retired yet.
pub fn overdue(unit: &mut ReadUnit<'_>, now: Time) -> Result<Vec<SecretRow>, StoreError> {
    let sql = crate::Sql::built(format!(
        "SELECT {COLUMNS} FROM secrets s WHERE s.retires_at <= $1 AND s.retired_at IS NULL ORDER BY s.retires_at, s.id"
    ));
    unit.all(sql, &[&now])?.iter().map(read).collect()
}

/// Whether some value was retired before a moment.
pub fn any_retired(unit: &mut ReadUnit<'_>, before: Time) -> Result<bool, StoreError> {
    Ok(unit.number(
        "SELECT COUNT(*) FROM secrets WHERE retired_at < $1",
        &[&before],
    )? > 0)
}

/// Forgets the digests of values that were retired before a moment: late use of them is not
/// reported any more. Gives their tokens.
pub fn forget_retired(unit: &mut WriteUnit<'_>, before: Time) -> Result<Vec<TokenId>, StoreError> {
    for sql in [
        "DELETE FROM last_uses WHERE secret_id IN (SELECT id FROM secrets WHERE retired_at < $1)",
        // What a push was made with stays in the log.
        "UPDATE push_intents SET secret_id = NULL \
         WHERE secret_id IN (SELECT id FROM secrets WHERE retired_at < $1)",
    ] {
        unit.execute(sql, &[&before])?;
    }
    let rows = unit.all(
        "DELETE FROM secrets WHERE retired_at < $1 RETURNING token_id",
        &[&before],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
}
