//! Tokens, requests and grants as JSON.

use jeton_app::FieldFault;
use jeton_app::requests::RequestView;
use jeton_app::tokens::TokenView;
use jeton_domain::{
    Expiry, Grant, Level, Maximum, Overview, PackageSelection, Permissions, Scope, Selection, Time,
};
use serde_json::{Map, Value, json};

/// Permissions by scope, as GitHub groups them: the account's are `other`.
pub(crate) fn permissions(held: &Permissions) -> Value {
    let group = |scope| -> Map<String, Value> {
        held.of_scope(scope)
            .map(|(key, level)| (key.name().to_owned(), json!(level.name())))
            .collect()
    };
    json!({
        "repository": group(Scope::Repository),
        "organization": group(Scope::Organization),
        "other": group(Scope::Account),
    })
}

/// GitHub's word for a selection.
pub(crate) fn selection(selection: &Selection) -> &'static str {
    match selection {
        Selection::Public => "none",
        Selection::All => "all",
        Selection::Only(_) => "subset",
    }
}

/// By which a token reaches packages.
const fn package_selection(packages: &PackageSelection) -> &'static str {
    match packages {
        PackageSelection::ByRepository => "by_repository",
        PackageSelection::Named(_) => "named",
    }
}

fn grant(view: &TokenView, grant: &Grant) -> Value {
    json!({
        "repository_selection": selection(&grant.selection),
        "repositories": view.repositories(&grant.selection),
        "unnamed_repositories": view.unnamed(&grant.selection),
        "package_selection": package_selection(&grant.packages),
        "packages": view.packages(grant),
        "permissions": permissions(&grant.permissions),
        "conditions": grant.conditions,
    })
}

fn account(login: &str, organization: bool) -> Value {
    json!({ "login": login, "type": if organization { "Organization" } else { "User" } })
}

fn moment(at: Option<Time>) -> Value {
    at.map_or(Value::Null, |at| json!(at.iso()))
}

/// A token as its creator sees it.
pub(crate) fn token(view: &TokenView) -> Value {
    let row = &view.row;
    let secrets: Vec<Value> = view
        .secrets
        .iter()
        .map(|secret| {
            let last = view
                .uses
                .iter()
                .find(|u| u.secret == secret.id)
                .map(|u| u.at);
            json!({
                "name": secret.public_name,
                "created_at": secret.created_at.iso(),
                "expires_at": moment(secret.expiry.moment()),
                // Never after its own end.
                "retires_at": moment(
                    secret
                        .retires_at
                        .and_then(|at| secret.expiry.earlier(Expiry::At(at)).moment()),
                ),
                "retired_at": moment(secret.retired_at),
                "until_first_use": secret.until_first_use,
                "last_used_at": moment(last),
            })
        })
        .collect();
    let mut body = json!({
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "kind": row.kind.name(),
        "scopes": row.scopes.normalised().map(|entry| entry.name).collect::<Vec<_>>(),
        "creator": view.creator,
        "owner": account(&view.owner.0, view.owner.1),
        "justification": row.justification,
        "standing": row.standing.name(),
        "standing_at": row.standing_at.iso(),
        "standing_reason": row.standing_reason,
        "life": row.life.name(),
        "state": view.state,
        "state_sentence": view.state_sentence,
        "in_force": grant(view, &view.in_force),
        "created_at": row.created_at.iso(),
        "expires_at": moment(view.expiry().and_then(jeton_domain::Expiry::moment)),
        "last_used_at": moment(view.uses.first().map(|u| u.at)),
        "secrets": secrets,
        "pending_request": view.pending,
        "denied_request": view.denied.as_ref().map(|request| json!({
            "id": request.id,
            "reason": request.reason,
            "decided_at": moment(request.decided_at),
        })),
    });
    merge(&mut body, grant(view, &row.wanted));
    body
}

/// Adds the fields of `more`.
pub(crate) fn merge(body: &mut Value, more: Value) {
    if let (Value::Object(body), Value::Object(more)) = (body, more) {
        body.extend(more);
    }
}

/// What is wrong with a form, field by field.
pub(crate) fn faults(faults: &[FieldFault]) -> Vec<Value> {
    faults
        .iter()
        .map(|fault| json!({ "field": fault.field, "code": fault.code, "message": fault.message }))
        .collect()
}

/// What is read before the button is pressed.
pub(crate) fn overview(overview: &Overview) -> Value {
    json!({
        "repositories": overview.repositories,
        "account": overview.account,
        "expiry": overview.expiry,
        "button": overview.button,
    })
}

/// Days, or null for no limit.
pub(crate) fn maximum(maximum: Maximum) -> Value {
    match maximum {
        Maximum::Unlimited => Value::Null,
        Maximum::Days(days) => json!(days),
    }
}

/// What GitHub's request and grant objects share.
fn programmatic(url: &str, view: &TokenView, asked: &Grant, now: Time) -> Value {
    let expires = view.expiry().unwrap_or(jeton_domain::Expiry::Never);
    json!({
        "owner": crate::shapes::simple_user(url, view.row.creator, &view.creator),
        "repository_selection": selection(&asked.selection),
        "permissions": permissions(&asked.permissions),
        "token_id": view.row.id,
        "token_name": view.row.name,
        "token_expired": expires.is_over_at(now),
        "token_expires_at": moment(expires.moment()),
        "token_last_used_at": moment(view.uses.first().map(|u| u.at)),
    })
}

/// A request as GitHub shapes it, and what Jeton adds: the names, the conditions, and what is in
/// force already.
pub(crate) fn request(url: &str, org: &str, view: &RequestView, now: Time) -> Value {
    let request = &view.request;
    let mut body = programmatic(url, &view.token, &request.asked.grant, now);
    merge(
        &mut body,
        json!({
            "id": request.id,
            "token_name": request.token_name,
            "reason": request.justification,
            "repositories_url": format!(
                "{url}/api/v3/orgs/{org}/personal-access-token-requests/{}/repositories", request.id
            ),
            "created_at": request.created_at.iso(),
            "state": request.state,
            "review_reason": request.reason,
            "repositories": view.token.repositories(&request.asked.grant.selection),
            "packages": view.token.packages(&request.asked.grant),
            "conditions": request.asked.grant.conditions,
            "maximum_days": maximum(request.asked.length),
            "requested_expires_at": request.lengthen.map(jeton_domain::Expiry::text),
            "in_force": grant(&view.token, &view.token.in_force),
            "difference": difference(view),
        }),
    );
    body
}

/// What a request changes against what is granted.
fn difference(view: &RequestView) -> Value {
    let difference = &view.difference;
    let permissions: Vec<Value> = difference
        .permissions
        .iter()
        .filter(|change| change.was != change.is)
        .map(|change| {
            json!({
                "permission": change.key.name(),
                "from": change.was.map(Level::name),
                "to": change.is.map(Level::name),
            })
        })
        .collect();
    let added: Vec<&String> = difference
        .added
        .iter()
        .filter_map(|id| view.token.names.get(id))
        .collect();
    json!({
        "first": difference.first,
        "widens": difference.widens,
        "permissions": permissions,
        "selection": { "from": difference.selection.0.name(), "to": difference.selection.1.name() },
        "packages": { "from": difference.packages.0.names(), "to": difference.packages.1.names() },
        "repositories_added": added,
        "repositories_added_total": difference.added.len(),
        "repositories_removed_total": difference.removed.len(),
        "maximum_days": { "from": maximum(difference.length.0), "to": maximum(difference.length.1) },
        "conditions_added": difference.tightened,
        "conditions_removed": difference.loosened,
    })
}

/// A grant as GitHub shapes it.
pub(crate) fn active(url: &str, org: &str, view: &TokenView, now: Time) -> Value {
    let mut body = programmatic(url, view, &view.in_force, now);
    merge(
        &mut body,
        json!({
            "id": view.row.id,
            "repositories_url": format!("{url}/api/v3/orgs/{org}/personal-access-tokens/{}/repositories", view.row.id),
            "access_granted_at": view.row.standing_at.iso(),
            "repositories": view.repositories(&view.in_force.selection),
            "packages": view.packages(&view.in_force),
            "conditions": view.in_force.conditions,
            "state": view.state,
        }),
    );
    body
}
