//! The caller's tokens, as `npm token` shows and ends them.

use jeton_app::tokens::TokenView;
use jeton_app::{App, AppError, Call, packages};
use jeton_domain::{Allowed, ClassicScope, Id, Level, PermissionKey, TokenId};
use jeton_http::{Answer, Input};
use serde_json::{Value, json};

pub(crate) fn id(input: &Input) -> Result<TokenId, AppError> {
    TokenId::from_i64(input.id("token_id")?).ok_or(AppError::Missing("token"))
}

pub(crate) fn list(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    let views = packages::own_tokens(app, call)?;
    let objects: Vec<Value> = views.iter().map(token).collect();
    let total = objects.len();
    Ok(Answer::ok(
        &json!({ "objects": objects, "total": total, "urls": {} }),
    ))
}

/// npm shows the beginning of `token`: the public part of a value, and of what has none nothing of it.
fn token(view: &TokenView) -> Value {
    let row = &view.row;
    let newest = view.secrets.first();
    let networks: Vec<String> = row
        .wanted
        .conditions
        .iter()
        .filter_map(|set| match &set.addresses {
            Allowed::Only(networks) => Some(networks.iter().map(ToString::to_string)),
            Allowed::Unrestricted => None,
        })
        .flatten()
        .collect();
    json!({
        "key": row.id.to_string(),
        "token": newest.and_then(|value| value.public_name.clone()).unwrap_or_else(|| row.name.clone()),
        "name": row.name,
        "cidr_whitelist": networks,
        "readonly": !publishes(view),
        "created": row.created_at.iso(),
        "updated": newest.map_or(row.created_at, |value| value.created_at).iso(),
    })
}

/// Whether it may publish, as far as that hangs on the token.
fn publishes(view: &TokenView) -> bool {
    if view.row.kind.has_scopes() {
        return view.row.scopes.has(ClassicScope::WritePackages);
    }
    let held = &view.in_force.permissions;
    PermissionKey::parse("packages").is_some_and(|key| held.cover(key, Level::Write))
}

pub(crate) fn end(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    packages::end_token(app, call, id(input)?)?;
    Ok(Answer::empty())
}
