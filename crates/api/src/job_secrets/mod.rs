//! Secrets for jobs: of repositories, organizations and persons, in GitHub's shapes. No answer holds a value.

mod operations;
mod routes;

use jeton_app::job_secrets::{self, GivenValue, NewSecret, Put, Row, SecretOwner};
use jeton_app::{App, AppError, Call};
use jeton_domain::JobSecretVisibility;
use jeton_http::{Answer, Input};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::shapes;

pub use operations::{
    ORGANIZATION_SECRETS, ORGANIZATION_SELECTION, PERSON_SECRETS, PERSON_SELECTION,
    REPOSITORY_SECRETS, SecretOperations, SelectionOperations,
};
pub(crate) use routes::{ORGANIZATION_ROUTES, OWN_ROUTES, PERSON_ROUTES, REPOSITORY_ROUTES};

const NAME: &str = "secret_name";
const RESOURCE: &str = "Secret";

/// What is sent to set one.
#[derive(Deserialize)]
struct Body {
    encrypted_value: String,
    key_id: String,
    visibility: Option<String>,
    selected_repository_ids: Option<Vec<Value>>,
}

/// What is sent to choose the repositories of one.
#[derive(Deserialize)]
struct Selection {
    selected_repository_ids: Vec<Value>,
}

/// Numbers of repositories; some clients write them as texts.
fn numbers(values: &[Value]) -> Result<Vec<i64>, AppError> {
    let number = |value: &Value| match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    };
    values
        .iter()
        .map(number)
        .collect::<Option<_>>()
        .ok_or_else(|| AppError::missing(RESOURCE, "selected_repository_ids"))
}

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let found = job_secrets::list(app, call, page.offset(), page.size)?;
    Ok(listed(app, input, &found))
}

fn of_organization(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let (page, of) = (input.page(), job_secrets::of_organization_for_repository);
    let found = of(app, call, page.offset(), page.size)?;
    // As at GitHub: for whom else they are is none of the repository's business.
    let items: Vec<Value> = found.items.iter().map(plain).collect();
    let answer = json!({ "total_count": found.total, "secrets": items });
    Ok(Answer::page(input, &answer, found.total))
}

fn listed(app: &App, input: &Input, found: &job_secrets::SecretList) -> Answer {
    let shaped = found.items.iter().map(|row| shape(app, input, row));
    let items: Vec<Value> = shaped.collect();
    let answer = json!({ "total_count": found.total, "secrets": items });
    Answer::page(input, &answer, found.total)
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let row = job_secrets::show(app, call, input.path(NAME))?;
    Ok(Answer::ok(&shape(app, input, &row)))
}

fn public_key(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    Ok(Answer::ok(&key(&job_secrets::public_key(app, call)?)))
}

fn rotate_key(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    Ok(Answer::created(&key(&job_secrets::rotate(app, call)?)))
}

fn key(key: &job_secrets::PublicKey) -> Value {
    json!({ "key_id": key.id.to_string(), "key": key.base64() })
}

fn put(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Body = input.read(RESOURCE)?;
    let new = NewSecret {
        name: input.path(NAME).to_owned(),
        value: GivenValue::Sealed {
            key_id: body.key_id,
            encrypted: body.encrypted_value,
        },
        visibility: body
            .visibility
            .as_deref()
            .and_then(JobSecretVisibility::parse),
        repositories: body
            .selected_repository_ids
            .as_deref()
            .map(numbers)
            .transpose()?,
    };
    Ok(match job_secrets::put(app, call, &new)? {
        Put::Made => Answer::created(&json!({})),
        Put::Replaced => Answer::empty(),
    })
}

fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    job_secrets::delete(app, call, input.path(NAME))?;
    Ok(Answer::empty())
}

fn repositories(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let (page, name) = (input.page(), input.path(NAME));
    let found = job_secrets::repositories(app, call, name, page.offset(), page.size)?;
    let items: Vec<Value> = found
        .items
        .iter()
        .map(|view| shapes::repository(app.public_url(), view))
        .collect();
    let answer = json!({ "total_count": found.total, "repositories": items });
    Ok(Answer::page(input, &answer, found.total))
}

fn set_repositories(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Selection = input.read(RESOURCE)?;
    let chosen = numbers(&body.selected_repository_ids)?;
    job_secrets::set_repositories(app, call, input.path(NAME), &chosen)?;
    Ok(Answer::empty())
}

fn select(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    job_secrets::select(app, call, input.path(NAME), input.id("repository_id")?)?;
    Ok(Answer::empty())
}

fn unselect(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    job_secrets::unselect(app, call, input.path(NAME), input.id("repository_id")?)?;
    Ok(Answer::empty())
}

/// A name and its moments.
fn plain(row: &Row) -> Value {
    json!({
        "name": row.name,
        "created_at": row.created_at.iso(),
        "updated_at": row.updated_at.iso(),
    })
}

/// The same, with the repositories that it is for, where it is not a repository's own.
fn shape(app: &App, input: &Input, row: &Row) -> Value {
    let mut shape = plain(row);
    let (Value::Object(fields), Some(visibility)) = (&mut shape, row.visibility) else {
        return shape;
    };
    fields.insert("visibility".to_owned(), json!(visibility.name()));
    if visibility == JobSecretVisibility::Selected {
        let home = match row.owner {
            SecretOwner::Organization(_) => format!("orgs/{}/actions", input.path("org")),
            SecretOwner::Repository(_) | SecretOwner::Person(_) => "user/codespaces".to_owned(),
        };
        let url = format!(
            "{}/api/v3/{home}/secrets/{}/repositories",
            app.public_url(),
            row.name
        );
        fields.insert("selected_repositories_url".to_owned(), json!(url));
    }
    shape
}
