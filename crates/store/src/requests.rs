//! Requests for an owner's approval. A request is immutable: an edit cancels it and makes another.

use std::collections::BTreeSet;

use jeton_domain::{Asked, Expiry, OrganizationId, RepositoryId, RequestId, Time, TokenId, UserId};
use serde::{Deserialize, Serialize};

use crate::conditions::Conditions;
use crate::token_filter::TokenFilter;
use crate::tokens::{StoredAsked, from_json, to_json};
use crate::{ReadUnit, Row, Sql, StoreError, WriteUnit};

/// A request as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRow {
    /// Its id.
    pub id: RequestId,
    /// The token that asks.
    pub token: TokenId,
    /// Who made the token.
    pub creator: UserId,
    /// The token's name when it asked.
    pub token_name: String,
    /// The organization that is asked.
    pub organization: OrganizationId,
    /// `pending`, `approved`, `denied`, `cancelled` or `expired`.
    pub state: String,
    /// What is asked for.
    pub asked: Asked,
    /// When the token's newest value is to end, once it is approved; as it does, if not said.
    pub lengthen: Option<Expiry>,
    /// A reviewer's words.
    pub reason: String,
    /// The creator's words.
    pub justification: String,
    /// When it was made.
    pub created_at: Time,
    /// When it was decided or taken back.
    pub decided_at: Option<Time>,
}

/// What is needed to add a request.
#[derive(Debug)]
pub struct NewRequest<'a> {
    /// The token that asks.
    pub token: TokenId,
    /// Its name.
    pub token_name: &'a str,
    /// The organization that is asked.
    pub organization: OrganizationId,
    /// What is asked for.
    pub asked: &'a Asked,
    /// See [`RequestRow::lengthen`].
    pub lengthen: Option<Expiry>,
    /// The creator's words.
    pub justification: &'a str,
    /// Now.
    pub created_at: Time,
}

/// What stands in the column `asked`.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(flatten)]
    asked: StoredAsked,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lengthen: Option<StoredEnd>,
}

/// An end, in microseconds.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredEnd {
    Never,
    At(i64),
}

impl From<Expiry> for StoredEnd {
    fn from(expiry: Expiry) -> Self {
        match expiry {
            Expiry::Never => Self::Never,
            Expiry::At(end) => Self::At(end.micros()),
        }
    }
}

impl From<StoredEnd> for Expiry {
    fn from(end: StoredEnd) -> Self {
        match end {
            StoredEnd::Never => Self::Never,
            StoredEnd::At(end) => Self::At(Time::from_micros(end)),
        }
    }
}

const SELECT: &str = "SELECT r.id, r.token_id, t.creator_id, r.organization_id, r.state, r.asked, r.reason, \
     r.justification, r.created_at, r.decided_at FROM requests r JOIN tokens t ON t.id = r.token_id";

fn read(unit: &mut ReadUnit<'_>, row: &Row) -> Result<RequestRow, StoreError> {
    let id: RequestId = row.get(0)?;
    let stored: Stored = from_json(&row.get::<String>(5)?)?;
    Ok(RequestRow {
        id,
        token: row.get(1)?,
        creator: row.get(2)?,
        token_name: stored.name,
        organization: row.get(3)?,
        state: row.get(4)?,
        asked: stored.asked.read(|| repositories(unit, id))?,
        lengthen: stored.lengthen.map(Expiry::from),
        reason: row.get(6)?,
        justification: row.get(7)?,
        created_at: row.get(8)?,
        decided_at: row.get(9)?,
    })
}

/// The organization that a request waits in; none where it does not wait any more.
pub fn waits_in(
    unit: &mut ReadUnit<'_>,
    id: RequestId,
) -> Result<Option<OrganizationId>, StoreError> {
    unit.one(
        "SELECT organization_id FROM requests WHERE id = $1 AND state = 'pending'",
        &[&id],
    )?
    .map(|row| row.get(0))
    .transpose()
}

fn repositories(
    unit: &mut ReadUnit<'_>,
    id: RequestId,
) -> Result<BTreeSet<RepositoryId>, StoreError> {
    unit.all("SELECT repository_id FROM request_repositories WHERE request_id = $1 ORDER BY repository_id", &[&id])?
        .iter()
        .map(|row| row.get(0))
        .collect()
}

/// One request of an organization.
pub fn find(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    id: RequestId,
) -> Result<Option<RequestRow>, StoreError> {
    let sql = Sql::built(format!(
        "{SELECT} WHERE r.organization_id = $1 AND r.id = $2"
    ));
    match unit.one(sql, &[&organization, &id])? {
        Some(row) => read(unit, &row).map(Some),
        None => Ok(None),
    }
}

/// An organization's pending requests, newest first.
pub fn pending(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
) -> Result<Vec<RequestRow>, StoreError> {
    let sql = Sql::built(format!(
        "{SELECT} WHERE r.organization_id = $1 AND r.state = 'pending' ORDER BY r.id DESC"
    ));
    unit.all(sql, &[&organization])?
        .iter()
        .map(|row| read(unit, row))
        .collect()
}

/// A page of an organization's pending requests, the newest first if not said otherwise, and how many
/// there are.
pub fn pending_page(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    filter: &TokenFilter,
    offset: i64,
    count: i64,
) -> Result<(Vec<RequestRow>, i64), StoreError> {
    let ready = filter.ready();
    let mut conditions = Conditions::default();
    conditions.and("r.state = 'pending' AND t.deleted_at IS NULL");
    conditions.narrow("r.organization_id = ?", Some(&organization));
    ready.narrow_requests(&mut conditions);
    let total = Sql::built(format!(
        "SELECT COUNT(*) FROM requests r JOIN tokens t ON t.id = r.token_id WHERE {}",
        conditions.text()
    ));
    let total = unit.number(total, conditions.args())?;
    let (count, offset) = (conditions.arg(&count), conditions.arg(&offset));
    let sql = Sql::built(format!(
        "{SELECT} WHERE {} ORDER BY r.id {} LIMIT {count} OFFSET {offset}",
        conditions.text(),
        filter.direction()
    ));
    let rows = unit
        .all(sql, conditions.args())?
        .iter()
        .map(|row| read(unit, row))
        .collect::<Result<_, _>>()?;
    Ok((rows, total))
}

/// How many requests of a person's tokens wait for an organization.
pub fn count_waiting(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    creator: UserId,
) -> Result<i64, StoreError> {
    unit.number(
        "SELECT COUNT(*) FROM requests r JOIN tokens t ON t.id = r.token_id \
         WHERE r.organization_id = $1 AND r.state = 'pending' AND t.creator_id = $2 AND t.deleted_at IS NULL",
        &[&organization, &creator],
    )
}

/// The organizations with a request that waits since before a moment.
pub fn waited_long(
    unit: &mut ReadUnit<'_>,
    before: Time,
) -> Result<Vec<OrganizationId>, StoreError> {
    unit.all(
        "SELECT DISTINCT organization_id FROM requests WHERE state = 'pending' AND created_at < $1 \
         ORDER BY organization_id",
        &[&before],
    )?
    .iter()
    .map(|row| row.get(0))
    .collect()
}

/// An organization's requests that wait since before a moment, the oldest first, so many at most.
pub fn waiting_since(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    before: Time,
    count: i64,
) -> Result<Vec<RequestRow>, StoreError> {
    let sql = Sql::built(format!(
        "{SELECT} WHERE r.organization_id = $1 AND r.state = 'pending' AND r.created_at < $2 ORDER BY r.id LIMIT $3"
    ));
    unit.all(sql, &[&organization, &before, &count])?
        .iter()
        .map(|row| read(unit, row))
        .collect()
}

/// The pending request of a token, if there is one.
pub fn pending_of_token(
    unit: &mut ReadUnit<'_>,
    token: TokenId,
) -> Result<Option<RequestRow>, StoreError> {
    one_of_token(unit, token, "AND r.state = 'pending'")
}

/// The newest request of a token, whatever became of it.
pub fn newest_of_token(
    unit: &mut ReadUnit<'_>,
    token: TokenId,
) -> Result<Option<RequestRow>, StoreError> {
    one_of_token(unit, token, "ORDER BY r.id DESC LIMIT 1")
}

/// The request of a token that `rest` of the query picks.
fn one_of_token(
    unit: &mut ReadUnit<'_>,
    token: TokenId,
    rest: &'static str,
) -> Result<Option<RequestRow>, StoreError> {
    let sql = Sql::built(format!("{SELECT} WHERE r.token_id = $1 {rest}"));
    match unit.one(sql, &[&token])? {
        Some(row) => read(unit, &row).map(Some),
        None => Ok(None),
    }
}

/// Adds a pending request.
pub fn insert(unit: &mut WriteUnit<'_>, new: &NewRequest<'_>) -> Result<RequestId, StoreError> {
    let id: RequestId = unit.allocate()?;
    let stored = Stored {
        asked: StoredAsked::of(new.asked),
        name: new.token_name.to_owned(),
        lengthen: new.lengthen.map(StoredEnd::from),
    };
    unit.execute_one(
        "INSERT INTO requests (id, token_id, organization_id, state, asked, justification, created_at) \
         VALUES ($1, $2, $3, 'pending', $4, $5, $6)",
        &[
            &id,
            &new.token,
            &new.organization,
            &to_json(&stored)?,
            &new.justification,
            &new.created_at,
        ],
    )?;
    if let jeton_domain::Selection::Only(set) = &new.asked.grant.selection {
        for repository in set {
            unit.execute_one(
                "INSERT INTO request_repositories (request_id, repository_id) VALUES ($1, $2)",
                &[&id, repository],
            )?;
        }
    }
    Ok(id)
}

/// Ends a pending request: the one conditional update by which one of two reviewers wins.
pub fn decide(
    unit: &mut WriteUnit<'_>,
    id: RequestId,
    state: &str,
    at: Time,
    by: Option<UserId>,
    reason: &str,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE requests SET state = $2, decided_at = $3, decided_by = $4, reason = $5 \
         WHERE id = $1 AND state = 'pending'",
        &[&id, &state, &at, &by, &reason],
    )
}
