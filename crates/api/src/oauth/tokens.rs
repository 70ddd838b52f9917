//! What an application asks of its own tokens, at GitHub's addresses: look, change the value, end.

use jeton_app::oauth::{self, Checked, ClientProof};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Event, Operation};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde_json::{Map, Value, json};

use crate::operation::of_clients;
use crate::shapes;

pub(crate) static CHECK: Operation = of_clients(
    "oauth_token.check",
    "Tell an application whether a token of its own lives, and whose it is.",
    &[],
);
pub(crate) static RESET: Operation = of_clients(
    "oauth_token.reset",
    "Give a token of the application another value.",
    &[Event::AccessTokenRegenerate],
);
pub(crate) static END: Operation = of_clients(
    "oauth_token.end",
    "End a token of the application.",
    &[Event::AccessTokenDestroy],
);
pub(crate) static END_GRANT: Operation = of_clients(
    "oauth_grant.end",
    "End all that a person lets the application have.",
    &[Event::AccessTokenDestroy, Event::AuthorizationDestroy],
);

const ACCESS_TOKEN: &[Field] = &[Field::needed(
    "access_token",
    Form::Text,
    "The token. `Authorization` holds client id and client secret.",
)];

/// GitHub's. Whoever asks what would come of one is no client, and would be told so.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Post,
        "/applications/{client_id}/token",
        &CHECK,
        Names::Site,
        check,
    )
    .client()
    .rule(|_, _, _| Err(AppError::BadClient))
    .body(ACCESS_TOKEN)
    .answers(200, "OauthToken"),
    Route::new(
        Method::Patch,
        "/applications/{client_id}/token",
        &RESET,
        Names::Site,
        reset,
    )
    .client()
    .rule(|_, _, _| Err(AppError::BadClient))
    .body(ACCESS_TOKEN)
    .answers(200, "OauthToken"),
    Route::new(
        Method::Delete,
        "/applications/{client_id}/token",
        &END,
        Names::Site,
        end,
    )
    .client()
    .rule(|_, _, _| Err(AppError::BadClient))
    .body(ACCESS_TOKEN)
    .answers(204, ""),
    Route::new(
        Method::Delete,
        "/applications/{client_id}/grant",
        &END_GRANT,
        Names::Site,
        end_grant,
    )
    .client()
    .rule(|_, _, _| Err(AppError::BadClient))
    .body(ACCESS_TOKEN)
    .answers(204, ""),
];

/// The application that the path names, and that proves to be it.
fn client(app: &App, call: &Call, input: &Input) -> Result<ClientProof, AppError> {
    let proof = match input.basic() {
        Some((name, secret)) if name == input.path("client_id") => ClientProof {
            client_id: name.clone(),
            client_secret: Some(secret.clone()),
        },
        _ => return Err(AppError::BadClient),
    };
    oauth::prove(app, call, &proof)?;
    Ok(proof)
}

fn value(input: &Input) -> Result<String, AppError> {
    let body: Map<String, Value> = input.read("Oauth")?;
    let value = body.get("access_token").and_then(Value::as_str);
    Ok(value.unwrap_or_default().to_owned())
}

fn check(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let client = client(app, call, input)?;
    let value = value(input)?;
    let found = oauth::check(app, call, &client, &value)?;
    Ok(Answer::ok(&shape(app, &found, &value)))
}

fn reset(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let client = client(app, call, input)?;
    let value = value(input)?;
    let found = oauth::reset(app, call, &client, &value)?;
    let value = found
        .value
        .as_ref()
        .map_or("", |value| value.expose())
        .to_owned();
    Ok(Answer::ok(&shape(app, &found, &value)))
}

fn end(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let client = client(app, call, input)?;
    let value = value(input)?;
    oauth::end_token(app, call, &client, &value)?;
    Ok(Answer::empty())
}

fn end_grant(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let client = client(app, call, input)?;
    let value = value(input)?;
    oauth::end_grant(app, call, &client, &value)?;
    Ok(Answer::empty())
}

fn shape(app: &App, found: &Checked, value: &str) -> Value {
    let url = app.public_url();
    let application = &found.application;
    let scopes: Vec<&str> = found.scopes.normalised().map(|entry| entry.name).collect();
    json!({
        "id": found.id,
        "url": format!("{url}/api/v3/applications/{}/token", application.client_id),
        "scopes": scopes,
        "token": value,
        "token_last_eight": Value::Null,
        "hashed_token": found.hashed,
        "app": {
            "client_id": application.client_id,
            "name": application.name,
            "url": application.url,
        },
        "note": Value::Null,
        "note_url": Value::Null,
        "updated_at": found.created_at.iso(),
        "created_at": found.created_at.iso(),
        "fingerprint": Value::Null,
        "expires_at": found.expiry.moment().map(jeton_domain::Time::iso),
        "user": shapes::simple_user(url, found.user, &found.login),
        "installation": Value::Null,
    })
}
