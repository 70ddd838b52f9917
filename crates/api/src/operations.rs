//! The reference: every operation, with what it needs. The same table is what the door enforces.

use jeton_app::{App, AppError, Call};
use jeton_domain::{CredentialKind, Least, Operation, TargetKind};
use jeton_http::{Answer, Field, Input, Method, Names, Route, Table};
use serde_json::{Value, json};

use crate::operation::{NO_PERMISSION, public, scoped};

pub(crate) static LIST: Operation = scoped(
    public(
        "operations.list",
        "List every operation with what it needs.",
        TargetKind::Site,
        NO_PERMISSION,
    ),
    &[],
);

/// Ours.
pub(crate) static ROUTES: &[Route] =
    &[Route::new(Method::Get, "/operations", &LIST, Names::Site, list).answers(200, "Operations")];

fn list(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    jeton_app::site::open(app, call)?;
    let rows: Vec<Value> = crate::TABLES
        .iter()
        .flat_map(|table| table.routes.iter().map(move |route| row(table, route)))
        .collect();
    Ok(Answer::ok(&rows))
}

fn row(table: &Table, route: &Route) -> Value {
    let operation = route.operation;
    let prefix = table.prefixes.first().copied().unwrap_or_default();
    let sets: Vec<Vec<Value>> = operation
        .sets
        .iter()
        .map(|set| {
            set.iter()
                .map(|r| json!({ "key": r.key, "level": r.level.name() }))
                .collect()
        })
        .collect();
    let declared = |field: &Field| {
        json!({
            "name": field.name,
            "required": field.required,
            "sentence": field.sentence,
            "takes": field.form.to_string(),
        })
    };
    json!({
        "parameters": route.parameters().map(declared).collect::<Vec<_>>(),
        "fields": route.body.iter().chain(route.settled).map(declared).collect::<Vec<_>>(),
        "name": operation.name,
        "method": route.method.name(),
        "path": format!("{prefix}{}", route.shown_path()),
        "sentence": operation.sentence,
        "sets": sets,
        "scopes": operation.scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>(),
        "least": least(operation.least),
        "kinds": kinds(operation),
        "reads_public": operation.reads_public,
        "confirm": operation.confirm,
        "events": operation.events.iter().map(|event| event.name()).collect::<Vec<_>>(),
    })
}

/// The kinds of credentials that may call it, by name.
pub(crate) fn kinds(operation: &Operation) -> Vec<&'static str> {
    CredentialKind::ALL
        .into_iter()
        .filter(|kind| operation.kinds.has(*kind))
        .map(CredentialKind::name)
        .collect()
}

/// Which classic scopes open it, in words.
pub fn scopes(operation: &Operation) -> String {
    if !operation.kinds.has(CredentialKind::Classic) {
        return "closed to classic tokens and OAuth applications".to_owned();
    }
    let names: Vec<String> = operation
        .scopes
        .iter()
        .map(|scope| format!("`{}`", scope.name()))
        .collect();
    match (names.as_slice(), operation.target) {
        ([], TargetKind::Repository) => "none; `repo` where it is not public".to_owned(),
        ([], _) => "none".to_owned(),
        (names, _) => names.join(" or "),
    }
}

/// What a caller must at least be, in words.
pub fn least(least: Least) -> String {
    match least {
        Least::Anyone => "anyone".to_owned(),
        Least::Person => "person".to_owned(),
        Least::Repository(role) => format!("repository {}", role.name()),
        Least::Organization(role) => format!("organization {}", role.name()),
        Least::Reviewer => "organization reviewer".to_owned(),
        Least::Administrator => "administrator".to_owned(),
    }
}
