//! What child tokens, and tokens of jobs, were made with.

use jeton_domain::{SecretId, SignInId, Time, TokenId, UserId};

use crate::{ReadUnit, Row, SideUnit, StoreError, WriteUnit};

/// What a token was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    /// A value of a token.
    Token {
        /// The token.
        token: TokenId,
        /// The value that was shown.
        secret: SecretId,
    },
    /// A person's signed-in client.
    SignIn(SignInId),
}

/// Where one stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DescentRow {
    /// What it was made from.
    pub parent: Parent,
    /// How many steps from what was made with nothing else: 1 to 3.
    pub depth: i64,
}

fn read(row: &Row) -> Result<DescentRow, StoreError> {
    let (token, secret): (Option<TokenId>, Option<SecretId>) = (row.get(0)?, row.get(1)?);
    let parent = match (token, secret, row.get(2)?) {
        (Some(token), Some(secret), None) => Parent::Token { token, secret },
        (None, None, Some(sign_in)) => Parent::SignIn(sign_in),
        _ => return Err(StoreError::corrupt("a token has no one parent")),
    };
    Ok(DescentRow {
        parent,
        depth: row.get(3)?,
    })
}

/// What a token was made with; nothing, where a person made it.
pub fn of(unit: &mut ReadUnit<'_>, token: TokenId) -> Result<Option<DescentRow>, StoreError> {
    unit.one(
        "SELECT t.parent_id, c.secret_id, c.sign_in_id, c.depth FROM descents c \
         JOIN tokens t ON t.id = c.token_id WHERE c.token_id = $1",
        &[&token],
    )?
    .as_ref()
    .map(read)
    .transpose()
}

/// Notes what a token was made from.
pub fn insert(
    unit: &mut WriteUnit<'_>,
    token: TokenId,
    parent: Parent,
    depth: i64,
) -> Result<(), StoreError> {
    let (from, secret, sign_in) = match parent {
        Parent::Token { token, secret } => (Some(token), Some(secret), None),
        Parent::SignIn(sign_in) => (None, None, Some(sign_in)),
    };
    unit.execute_one(
        "UPDATE tokens SET parent_id = $2 WHERE id = $1 AND kind IN ('child', 'job')",
        &[&token, &from],
    )?;
    unit.execute_one(
        "INSERT INTO descents (token_id, secret_id, sign_in_id, depth) VALUES ($1, $2, $3, $4)",
        &[&token, &secret, &sign_in, &depth],
    )
}

/// Not ended by anybody, and with a value that is not over.
const LIVES: &str = "t.revoked_at IS NULL AND t.deleted_at IS NULL \
     AND EXISTS (SELECT 1 FROM secrets s WHERE s.token_id = t.id AND s.expires_at > $2 AND s.retired_at IS NULL)";

/// The children that live and were made from a token itself, oldest first. That what they were made from lives is for
/// the caller to know.
pub fn of_token(
    unit: &mut ReadUnit<'_>,
    token: TokenId,
    now: Time,
) -> Result<Vec<TokenId>, StoreError> {
    let sql = crate::Sql::built(format!(
        "SELECT t.id FROM tokens t WHERE t.parent_id = $1 AND t.kind = 'child' AND {LIVES} ORDER BY t.id"
    ));
    unit.all(sql, &[&token, &now])?
        .iter()
        .map(|row| row.get(0))
        .collect()
}

/// The same, made from a sign-in.
pub fn of_sign_in(
    unit: &mut ReadUnit<'_>,
    sign_in: SignInId,
    now: Time,
) -> Result<Vec<TokenId>, StoreError> {
    let sql = crate::Sql::built(format!(
        "SELECT t.id FROM tokens t JOIN descents c ON c.token_id = t.id WHERE c.sign_in_id = $1 AND t.kind = 'child' AND {LIVES} \
         ORDER BY t.id"
    ));
    unit.all(sql, &[&sign_in, &now])?
        .iter()
        .map(|row| row.get(0))
        .collect()
}

/// How many living children an account's tokens have.
pub fn count(unit: &mut ReadUnit<'_>, creator: UserId, now: Time) -> Result<i64, StoreError> {
    let sql = crate::Sql::built(format!(
        "SELECT COUNT(*) FROM tokens t WHERE t.creator_id = $1 AND t.kind = 'child' AND {LIVES}"
    ));
    unit.number(sql, &[&creator, &now])
}

/// Takes children and jobs off that were made before a moment, long after all of them ended: what they did stays in the log.
pub fn forget(unit: &mut SideUnit<'_>, before: Time, now: Time) -> Result<(), StoreError> {
    unit.execute(
        "UPDATE tokens SET deleted_at = $2, revoked_at = coalesce(revoked_at, $2), \
         revoked_reason = coalesce(revoked_reason, 'unused') \
         WHERE kind IN ('child', 'job') AND deleted_at IS NULL AND created_at < $1",
        &[&before, &now],
    )?;
    Ok(())
}
