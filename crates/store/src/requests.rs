//! Requests for an owner's approval. A request is immutable: an edit cancels it and makes another.

use std::collections::BTreeSet;

use jeton_domain::{Asked, OrganizationId, RepositoryId, RequestId, Time, TokenId, UserId};

use crate::tokens::StoredAsked;
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
    /// The token's name.
    pub token_name: String,
    /// The organization that is asked.
    pub organization: OrganizationId,
    /// `pending`, `approved`, `denied`, `cancelled` or `expired`.
    pub state: String,
    /// What is asked for.
    pub asked: Asked,
    /// A reviewer's words.
    pub reason: String,
    /// The creator's words.
    pub justification: String,
    /// When it was made.
    pub created_at: Time,
}

const SELECT: &str = "SELECT r.id, r.token_id, t.creator_id, t.name, r.organization_id, r.state, r.asked, r.reason, \
     r.justification, r.created_at FROM requests r JOIN tokens t ON t.id = r.token_id";

fn read(unit: &mut ReadUnit<'_>, row: &Row) -> Result<RequestRow, StoreError> {
    let id: RequestId = row.get(0)?;
    let asked: String = row.get(6)?;
    Ok(RequestRow {
        id,
        token: row.get(1)?,
        creator: row.get(2)?,
        token_name: row.get(3)?,
        organization: row.get(4)?,
        state: row.get(5)?,
        asked: StoredAsked::read(&asked, || repositories(unit, id))?,
        reason: row.get(7)?,
        justification: row.get(8)?,
        created_at: row.get(9)?,
    })
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

/// The pending request of a token, if there is one.
pub fn pending_of_token(
    unit: &mut ReadUnit<'_>,
    token: TokenId,
) -> Result<Option<RequestRow>, StoreError> {
    let sql = Sql::built(format!(
        "{SELECT} WHERE r.token_id = $1 AND r.state = 'pending'"
    ));
    match unit.one(sql, &[&token])? {
        Some(row) => read(unit, &row).map(Some),
        None => Ok(None),
    }
}

/// Adds a pending request.
pub fn insert(
    unit: &mut WriteUnit<'_>,
    id: RequestId,
    token: TokenId,
    organization: OrganizationId,
    asked: &Asked,
    justification: &str,
    at: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO requests (id, token_id, organization_id, state, asked, justification, created_at) \
         VALUES ($1, $2, $3, 'pending', $4, $5, $6)",
        &[&id, &token, &organization, &StoredAsked::text(asked)?, &justification, &at],
    )?;
    if let jeton_domain::Selection::Only(set) = &asked.grant.selection {
        for repository in set {
            unit.execute_one(
                "INSERT INTO request_repositories (request_id, repository_id) VALUES ($1, $2)",
                &[&id, repository],
            )?;
        }
    }
    Ok(())
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
