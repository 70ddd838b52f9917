//! Who sees packages, and who has a role on them, in npm's words: `read-only` and `read-write`.

use std::collections::BTreeMap;

use jeton_app::{App, AppError, Call, Named, packages};
use jeton_domain::{Role, Visibility};
use jeton_http::{Answer, Input};
use serde_json::json;

fn word(role: Role) -> &'static str {
    if role >= Role::Write {
        "read-write"
    } else {
        "read-only"
    }
}

fn role(word: &str) -> Result<Role, AppError> {
    match word {
        "read-only" | "read" => Ok(Role::Read),
        "read-write" | "write" => Ok(Role::Write),
        "admin" => Ok(Role::Admin),
        _ => Err(AppError::invalid(
            "Package",
            "permissions",
            "must be `read-only`, `read-write` or `admin`",
        )),
    }
}

fn said<'a>(input: &'a Input, field: &str) -> Option<&'a str> {
    input.body().get(field).and_then(serde_json::Value::as_str)
}

pub(crate) fn visibility(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    let visibility = packages::visibility(app, call)?;
    Ok(Answer::ok(&json!({
        "public": visibility == Visibility::Public,
        "visibility": visibility.name(),
    })))
}

pub(crate) fn set(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    if input.body().contains_key("publish_requires_tfa") {
        return Err(AppError::Forbidden(
            "Publishing asks for no second factor here: an organization can require one of all of its people.".to_owned(),
        ));
    }
    let wanted = match said(input, "access") {
        Some("public") => Visibility::Public,
        Some("internal") => Visibility::Internal,
        Some("restricted" | "private") => Visibility::Private,
        _ => {
            return Err(AppError::invalid(
                "Package",
                "access",
                "must be `public`, `internal` or `private`",
            ));
        }
    };
    packages::set_visibility(app, call, wanted)?;
    Ok(Answer::ok(&json!({ "ok": true })))
}

pub(crate) fn collaborators(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let only = input.query("user");
    let found: BTreeMap<String, &str> = packages::collaborators(app, call)?
        .into_iter()
        .filter(|one| only.is_none_or(|login| one.login.eq_ignore_ascii_case(login)))
        .map(|one| (one.login, word(one.role)))
        .collect();
    Ok(Answer::ok(&found))
}

/// The package that a body names, which has to be of the organization in the path.
fn package(call: &Call, input: &Input) -> Result<Named, AppError> {
    let Named::Organization(organization) = &call.named else {
        return Err(AppError::Missing("organization"));
    };
    let named = said(input, "package").unwrap_or_default();
    let (scope, name) = named.split_once('/').unwrap_or_default();
    let owner = scope.strip_prefix('@').unwrap_or_default();
    if owner.is_empty() || !owner.eq_ignore_ascii_case(organization) {
        return Err(AppError::invalid(
            "Package",
            "package",
            format!("must be a package of `{organization}`: `@{organization}/…`"),
        ));
    }
    Ok(Named::Package(owner.to_owned(), name.to_owned()))
}

pub(crate) fn grant(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let role = role(said(input, "permissions").unwrap_or_default())?;
    let call = call.to(&packages::SET_TEAM, package(call, input)?);
    packages::set_team(app, &call, input.path("team"), role)?;
    Ok(Answer::json(201, &json!({ "ok": true })))
}

pub(crate) fn revoke(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let call = call.to(&packages::SET_TEAM, package(call, input)?);
    packages::remove_team(app, &call, input.path("team"))?;
    Ok(Answer::ok(&json!({ "ok": true })))
}

fn in_words(found: BTreeMap<String, Role>) -> Answer {
    let words: BTreeMap<String, &str> = found
        .into_iter()
        .map(|(name, role)| (name, word(role)))
        .collect();
    Answer::ok(&words)
}

pub(crate) fn of_team(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    packages::of_team(app, call, input.path("team")).map(in_words)
}

pub(crate) fn of_organization(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    packages::of_organization(app, call).map(in_words)
}

pub(crate) fn of_user(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    packages::of_user(app, call, input.path("user")).map(in_words)
}
