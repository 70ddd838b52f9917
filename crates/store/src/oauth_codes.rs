//! One-time codes of OAuth's two flows, kept as digests.

use jeton_domain::{ApplicationId, Scopes, Time, TokenId, UserId};

use crate::question_state::QuestionState;
use crate::tokens::{SCOPES_NOW, read_scopes, scope_names};
use crate::{ReadUnit, Row, SideUnit, StoreError, WriteUnit};

/// A code of the web flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRow {
    /// For which application.
    pub application: ApplicationId,
    /// Who consented.
    pub user: UserId,
    /// To what.
    pub scopes: Scopes,
    /// To a token that is refreshed, whatever the application says of all.
    pub refreshed: bool,
    /// Where the browser was led back to.
    pub callback: String,
    /// The request named that address itself, so whoever brings the code must name it too.
    pub callback_given: bool,
    /// What the code's bearer must be able to show the verifier of.
    pub challenge: Option<String>,
    /// Until when it works.
    pub expires_at: Time,
    /// When it was used.
    pub used_at: Option<Time>,
    /// What was made with it.
    pub token: Option<TokenId>,
}

/// Adds a code.
pub fn insert_code(
    unit: &mut WriteUnit<'_>,
    digest: &[u8; 32],
    row: &CodeRow,
    now: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO authorization_codes (digest, application_id, user_id, scopes, callback, callback_given, challenge, \
         created_at, expires_at, refreshed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            digest,
            &row.application,
            &row.user,
            &scope_names(row.scopes),
            &row.callback,
            &row.callback_given,
            &row.challenge,
            &now,
            &row.expires_at,
            &row.refreshed,
        ],
    )
}

/// The code, used or not.
pub fn code(unit: &mut ReadUnit<'_>, digest: &[u8; 32]) -> Result<Option<CodeRow>, StoreError> {
    let row = unit.one(
        "SELECT application_id, user_id, scopes, callback, callback_given, challenge, expires_at, used_at, token_id, refreshed \
         FROM authorization_codes WHERE digest = $1",
        &[digest],
    )?;
    row.map(|row| {
        Ok(CodeRow {
            application: row.get(0)?,
            user: row.get(1)?,
            scopes: read_scopes(&row.get::<String>(2)?, SCOPES_NOW)?,
            callback: row.get(3)?,
            callback_given: row.get(4)?,
            challenge: row.get(5)?,
            expires_at: row.get(6)?,
            used_at: row.get(7)?,
            token: row.get(8)?,
            refreshed: row.get(9)?,
        })
    })
    .transpose()
}

/// Uses a code up.
pub fn use_code(
    unit: &mut WriteUnit<'_>,
    digest: &[u8; 32],
    token: TokenId,
    now: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE authorization_codes SET used_at = $2, token_id = $3 WHERE digest = $1 AND used_at IS NULL",
        &[digest, &now, &token],
    )
}

/// A device's question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRow {
    /// For which application.
    pub application: ApplicationId,
    /// What it asks for.
    pub scopes: Scopes,
    /// For a token that is refreshed, whatever the application says of all.
    pub refreshed: bool,
    /// From where it asked.
    pub address: Option<String>,
    /// What it called itself.
    pub user_agent: String,
    /// When.
    pub created_at: Time,
    /// Until when it can be answered, and the answer fetched.
    pub expires_at: Time,
    /// How long it must wait between two looks, in seconds.
    pub interval: i64,
    /// When it last looked.
    pub polled_at: Option<Time>,
    /// Where it stands.
    pub state: QuestionState,
    /// Who answered.
    pub user: Option<UserId>,
}

const DEVICE: &str = "application_id, scopes, address, user_agent, created_at, expires_at, interval_seconds, polled_at, \
     state, user_id, refreshed";

fn device(row: &Row) -> Result<DeviceRow, StoreError> {
    Ok(DeviceRow {
        application: row.get(0)?,
        scopes: read_scopes(&row.get::<String>(1)?, SCOPES_NOW)?,
        address: row.get(2)?,
        user_agent: row.get(3)?,
        created_at: row.get(4)?,
        expires_at: row.get(5)?,
        interval: row.get(6)?,
        polled_at: row.get(7)?,
        state: row.word(8, QuestionState::parse)?,
        user: row.get(9)?,
        refreshed: row.get(10)?,
    })
}

/// Adds a question.
pub fn insert_device(
    unit: &mut WriteUnit<'_>,
    (digest, user_digest): (&[u8; 32], &[u8; 32]),
    row: &DeviceRow,
) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO device_codes (digest, user_digest, application_id, scopes, address, user_agent, created_at, expires_at, \
         interval_seconds, state, refreshed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[
            digest,
            user_digest,
            &row.application,
            &scope_names(row.scopes),
            &row.address,
            &row.user_agent,
            &row.created_at,
            &row.expires_at,
            &row.interval,
            &row.state.name(),
            &row.refreshed,
        ],
    )
}

/// By the device's code.
pub fn device_by_code(
    unit: &mut ReadUnit<'_>,
    digest: &[u8; 32],
) -> Result<Option<DeviceRow>, StoreError> {
    let sql = crate::Sql::built(format!(
        "SELECT {DEVICE} FROM device_codes WHERE digest = $1"
    ));
    unit.one(sql, &[digest])?.as_ref().map(device).transpose()
}

/// By the code that a person types.
pub fn device_by_user_code(
    unit: &mut ReadUnit<'_>,
    digest: &[u8; 32],
) -> Result<Option<DeviceRow>, StoreError> {
    let sql = crate::Sql::built(format!(
        "SELECT {DEVICE} FROM device_codes WHERE user_digest = $1"
    ));
    unit.one(sql, &[digest])?.as_ref().map(device).transpose()
}

/// Notes a person's word on a question that waits: of two who answer at once one is heard.
pub fn answer_device(
    unit: &mut WriteUnit<'_>,
    user_digest: &[u8; 32],
    approve: bool,
    user: UserId,
    now: Time,
) -> Result<bool, StoreError> {
    let state = if approve {
        QuestionState::Approved
    } else {
        QuestionState::Denied
    };
    Ok(unit.execute(
        "UPDATE device_codes SET state = $2, user_id = $3 WHERE user_digest = $1 AND state = 'waiting' AND expires_at > $4",
        &[user_digest, &state.name(), &user, &now],
    )? == 1)
}

/// Notes that a device looked, and how long it must wait from now on.
pub fn poll_device(
    unit: &mut WriteUnit<'_>,
    digest: &[u8; 32],
    interval: i64,
    now: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE device_codes SET polled_at = $2, interval_seconds = $3 WHERE digest = $1",
        &[digest, &now, &interval],
    )
}

/// The device fetched its token.
pub fn use_device(unit: &mut WriteUnit<'_>, digest: &[u8; 32]) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE device_codes SET state = 'used' WHERE digest = $1 AND state = 'approved'",
        &[digest],
    )
}

/// Drops what was over before a moment.
pub fn forget(unit: &mut SideUnit<'_>, before: Time) -> Result<(), StoreError> {
    unit.execute(
        "DELETE FROM authorization_codes WHERE expires_at < $1",
        &[&before],
    )?;
    unit.execute("DELETE FROM device_codes WHERE expires_at < $1", &[&before])?;
    Ok(())
}

/// Forgets all of them: whoever was in the middle begins again.
pub(crate) fn forget_all(unit: &mut WriteUnit<'_>) -> Result<(), StoreError> {
    unit.execute("DELETE FROM authorization_codes", &[])?;
    unit.execute("DELETE FROM device_codes", &[])?;
    Ok(())
}
