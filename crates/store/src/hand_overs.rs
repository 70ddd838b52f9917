//! Tokens of people that were handed over to service accounts.

use jeton_domain::{Time, TokenId, UserId};

use crate::{ReadUnit, StoreError, WriteUnit};

/// A token of a person whose work a service account's token does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandOverRow {
    /// The person's.
    pub token: TokenId,
    /// The service account's.
    pub to: TokenId,
}

/// The service account that a person's token was handed over to.
pub fn of_token(unit: &mut ReadUnit<'_>, token: TokenId) -> Result<Option<UserId>, StoreError> {
    unit.one(
        "SELECT service_id FROM hand_overs WHERE token_id = $1",
        &[&token],
    )?
    .map(|row| row.get(0))
    .transpose()
}

/// Notes that a token was handed over, and which one runs on in its place.
pub fn insert(
    unit: &mut WriteUnit<'_>,
    token: TokenId,
    to: TokenId,
    service: UserId,
    at: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO hand_overs (token_id, to_token_id, service_id, at) VALUES ($1, $2, $3, $4)",
        &[&token, &to, &service, &at],
    )
}

/// What was handed over to a service account, in the order of the persons' tokens.
pub fn of_service(
    unit: &mut ReadUnit<'_>,
    service: UserId,
) -> Result<Vec<HandOverRow>, StoreError> {
    unit.all(
        "SELECT token_id, to_token_id FROM hand_overs WHERE service_id = $1 ORDER BY token_id",
        &[&service],
    )?
    .iter()
    .map(|row| {
        Ok(HandOverRow {
            token: row.get(0)?,
            to: row.get(1)?,
        })
    })
    .collect()
}
