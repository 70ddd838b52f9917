//! What npm asks a person by a page in their browser, kept as digests for some minutes.

use jeton_domain::{Expiry, Scopes, Time, UserId};

use crate::question_state::QuestionState;
use crate::tokens::{SCOPES_NOW, read_scopes, scope_names};
use crate::{ReadUnit, Row, SideUnit, Sql, StoreError, WriteUnit};

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryQuestionRow {
    /// The command that asked, as it calls itself; empty, where it does not say.
    pub command: String,
    /// The computer, as it calls itself; empty, where it does not say.
    pub hostname: String,
    /// What the program calls itself.
    pub user_agent: String,
    /// From where it asked.
    pub address: Option<String>,
    /// When.
    pub created_at: Time,
    /// Until when it can be answered, and the answer fetched.
    pub expires_at: Time,
    /// Where it stands.
    pub state: QuestionState,
    /// What was allowed, where somebody said yes.
    pub allowed: Option<RegistryYes>,
}

/// A yes: whose token is to be made, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryYes {
    /// Who said it.
    pub user: UserId,
    /// The token's name.
    pub name: String,
    /// What it may.
    pub scopes: Scopes,
    /// Until when.
    pub expiry: Expiry,
}

const COLUMNS: &str = "command, hostname, user_agent, address, created_at, expires_at, state, user_id, token_name, scopes, \
     token_expires_at";

fn read(row: &Row) -> Result<RegistryQuestionRow, StoreError> {
    let (user, name, scopes) = (row.get(7)?, row.get(8)?, row.get::<Option<String>>(9)?);
    let allowed = match (user, name, scopes) {
        (Some(user), Some(name), Some(scopes)) => Some(RegistryYes {
            user,
            name,
            scopes: read_scopes(&scopes, SCOPES_NOW)?,
            expiry: Expiry::from_moment(row.get(10)?),
        }),
        _ => None,
    };
    Ok(RegistryQuestionRow {
        command: row.get(0)?,
        hostname: row.get(1)?,
        user_agent: row.get(2)?,
        address: row.get(3)?,
        created_at: row.get(4)?,
        expires_at: row.get(5)?,
        state: row.word(6, QuestionState::parse)?,
        allowed,
    })
}

/// Adds a question that waits.
pub fn insert(
    unit: &mut WriteUnit<'_>,
    (digest, page_digest): (&[u8; 32], &[u8; 32]),
    row: &RegistryQuestionRow,
) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO registry_questions (digest, page_digest, command, hostname, user_agent, address, created_at, expires_at, \
         state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            digest,
            page_digest,
            &row.command,
            &row.hostname,
            &row.user_agent,
            &row.address,
            &row.created_at,
            &row.expires_at,
            &row.state.name(),
        ],
    )
}

/// By what npm asks with.
pub fn by_code(
    unit: &mut ReadUnit<'_>,
    digest: &[u8; 32],
) -> Result<Option<RegistryQuestionRow>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM registry_questions WHERE digest = $1"
    ));
    unit.one(sql, &[digest])?.as_ref().map(read).transpose()
}

/// By what its page is found by.
pub fn by_page(
    unit: &mut ReadUnit<'_>,
    page_digest: &[u8; 32],
) -> Result<Option<RegistryQuestionRow>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM registry_questions WHERE page_digest = $1"
    ));
    unit.one(sql, &[page_digest])?
        .as_ref()
        .map(read)
        .transpose()
}

/// Notes a yes to a question that waits: of two who answer at once one is heard.
pub fn approve(
    unit: &mut WriteUnit<'_>,
    page_digest: &[u8; 32],
    yes: &RegistryYes,
    now: Time,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "UPDATE registry_questions SET state = 'approved', user_id = $2, token_name = $3, scopes = $4, token_expires_at = $5 \
         WHERE page_digest = $1 AND state = 'waiting' AND expires_at > $6",
        &[
            page_digest,
            &yes.user,
            &yes.name,
            &scope_names(yes.scopes),
            &yes.expiry.moment(),
            &now,
        ],
    )? == 1)
}

/// Notes a no.
pub fn deny(
    unit: &mut WriteUnit<'_>,
    page_digest: &[u8; 32],
    user: UserId,
    now: Time,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "UPDATE registry_questions SET state = 'denied', user_id = $2 \
         WHERE page_digest = $1 AND state = 'waiting' AND expires_at > $3",
        &[page_digest, &user, &now],
    )? == 1)
}

/// npm has its token.
pub fn use_up(unit: &mut WriteUnit<'_>, digest: &[u8; 32]) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE registry_questions SET state = 'used' WHERE digest = $1 AND state = 'approved'",
        &[digest],
    )
}

/// Drops what was over before a moment.
pub fn forget(unit: &mut SideUnit<'_>, before: Time) -> Result<(), StoreError> {
    unit.execute(
        "DELETE FROM registry_questions WHERE expires_at < $1",
        &[&before],
    )
    .map(drop)
}

/// Forgets all of them: whoever was in the middle begins again.
pub(crate) fn forget_all(unit: &mut WriteUnit<'_>) -> Result<(), StoreError> {
    unit.execute("DELETE FROM registry_questions", &[])
        .map(drop)
}
