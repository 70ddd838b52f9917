//! `personal_access_token_request`, and our own `personal_access_token`.

use std::collections::BTreeSet;

use jeton_domain::{
    Event, Grant, Id as _, Permissions, RepositoryId, RequestId, Selection, TokenId,
};
use jeton_store::repositories;
use jeton_store::requests::RequestRow;
use jeton_store::tokens::{self, TokenRow};
use jeton_store::{ReadUnit, activity, secrets};
use serde_json::Value;

use super::super::{AskingToken, Thing, ToldToken};
use super::facts::somebody;
use super::{Matter, Telling, fields};
use crate::error::AppError;

/// What became of a token's request.
pub(super) fn request(
    unit: &mut ReadUnit<'_>,
    telling: &Telling<'_>,
) -> Result<Option<Matter>, AppError> {
    let Some(row) = asked(unit, telling)? else {
        // Access that nobody was asked about.
        return Ok(None);
    };
    let Some(token) = tokens::find_also_deleted(unit, row.token)? else {
        return Ok(None);
    };
    let told = told(unit, &token, row.asked.grant.clone())?;
    let before = match (&telling.about.held, &token.approved) {
        (Some(held), _) => held.permissions.clone(),
        (None, Some(held)) => held.grant.permissions.clone(),
        (None, None) => Permissions::none(),
    };
    let (added, upgraded) = row.asked.grant.permissions.more_and_higher(&before);
    let asking = AskingToken {
        request: &row,
        token: &told,
        added,
        upgraded,
    };
    let action = match telling.entry.event {
        Event::RequestCreate => "created",
        Event::AccessGrant => "approved",
        Event::RequestDeny => "denied",
        _ => "cancelled",
    };
    let shaped = (telling.shape)(telling.url, Thing::Request(&asking));
    Ok(Some((
        Some(action),
        fields([("personal_access_token_request", shaped)]),
    )))
}

fn asked(unit: &mut ReadUnit<'_>, telling: &Telling<'_>) -> Result<Option<RequestRow>, AppError> {
    let number = telling
        .entry
        .data
        .get("user_programmatic_access_request_id");
    let id = number.and_then(Value::as_i64).and_then(RequestId::from_i64);
    Ok(match (telling.entry.organization, id) {
        (Some(organization), Some(id)) => jeton_store::requests::find(unit, organization, id)?,
        _ => None,
    })
}

/// A token's access to an organization is over.
pub(super) fn revoked(
    unit: &mut ReadUnit<'_>,
    telling: &Telling<'_>,
) -> Result<Option<Matter>, AppError> {
    // The entry may have been made with another token.
    let number = telling.entry.data.get("user_programmatic_access_id");
    let Some(id) = number.and_then(Value::as_i64).and_then(TokenId::from_i64) else {
        return Ok(None);
    };
    let Some(row) = tokens::find_also_deleted(unit, id)? else {
        return Ok(None);
    };
    // It is over: what it had, the change says.
    let held = telling.about.held.clone();
    let held = held.unwrap_or_else(|| row.in_force());
    let told = told(unit, &row, held)?;
    let shaped = (telling.shape)(telling.url, Thing::Token(&told));
    let why = telling.entry.data.get("explanation").cloned();
    let told = fields([
        ("personal_access_token", shaped),
        ("explanation", why.unwrap_or_default()),
    ]);
    Ok(Some((Some("revoked"), told)))
}

/// A token as an organization that it reaches, or wants to, may know it. `grant`: what it reaches there, or wants to.
pub(in crate::hooks) fn told(
    unit: &mut ReadUnit<'_>,
    row: &TokenRow,
    grant: Grant,
) -> Result<ToldToken, AppError> {
    let values = secrets::of_token(unit, row.id)?;
    let chosen = match &grant.selection {
        Selection::Only(chosen) => chosen.clone(),
        Selection::All | Selection::Public => BTreeSet::new(),
    };
    Ok(ToldToken {
        creator: somebody(unit, row.creator, None)?,
        ends: values.first().map(jeton_store::secrets::SecretRow::end),
        last_used: activity::last_uses(unit, row.id)?
            .first()
            .map(|used| used.at),
        repositories: rows(unit, &chosen)?,
        row: row.clone(),
        grant,
    })
}

fn rows(
    unit: &mut ReadUnit<'_>,
    chosen: &BTreeSet<RepositoryId>,
) -> Result<Vec<jeton_store::repositories::RepositoryRow>, AppError> {
    let mut rows = Vec::new();
    for id in chosen {
        rows.extend(repositories::by_id(unit, *id)?);
    }
    Ok(rows)
}
