//! Where a token of a trusted issuer is exchanged for a job's (RFC 8693).

use jeton_app::workload::{self, Exchange, ExchangeRefusal};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Event, Operation};
use jeton_http::{Answer, Code, Field, Form, Input, Method, Names, Route};
use serde_json::{Map, Value, json};

use crate::operation::of_clients;

pub(crate) static TOKEN: Operation = of_clients(
    "workload.token",
    "Exchange a token of a trusted issuer for a job's token, for one repository (RFC 8693). Each token opens one job.",
    &[
        Event::WorkloadExchange,
        Event::WorkloadRefuse,
        Event::JobOpen,
    ],
);

const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const SUBJECT_TYPES: [&str; 2] = [
    "urn:ietf:params:oauth:token-type:id_token",
    "urn:ietf:params:oauth:token-type:jwt",
];

/// Where build servers come. In the words of RFC 8693, whose clients may send more than is known here.
pub(crate) static ROUTES: &[Route] = &[Route::new(
    Method::Post,
    "/workload/token",
    &TOKEN,
    Names::Site,
    token,
)
.client()
.body(&[
    Field::optional(
        "grant_type",
        Form::Text,
        "`urn:ietf:params:oauth:grant-type:token-exchange`.",
    ),
    Field::optional("subject_token", Form::Text, "The issuer's token."),
    Field::optional(
        "subject_token_type",
        Form::Text,
        "`urn:ietf:params:oauth:token-type:id_token`, or `…:jwt`.",
    ),
    Field::optional(
        "resource",
        Form::Text,
        "The repository, as `owner/name` or by its address here.",
    ),
    Field::optional(
        "scope",
        Form::Text,
        "What the job asks for, separated by spaces: `contents:read packages:write`. All that the rule gives, if not said.",
    ),
    Field::optional(
        "requested_token_type",
        Form::Text,
        "`urn:ietf:params:oauth:token-type:access_token`, if said.",
    ),
])
.answers(200, "WorkloadToken")];

/// What is wrong with a request before anybody looks at its token: the words of RFC 6749 and 8693.
fn misasked(input: &Input, body: &Map<String, Value>) -> Option<(&'static str, &'static str)> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let needs = |name: &str| text(name).is_none_or(str::is_empty);
    if input.basic().is_some() {
        return Some((
            "invalid_client",
            "No client has a name and a secret here: the token is all that is needed.",
        ));
    }
    if text("grant_type") != Some(TOKEN_EXCHANGE) {
        return Some((
            "unsupported_grant_type",
            "The grant_type is urn:ietf:params:oauth:grant-type:token-exchange.",
        ));
    }
    if needs("subject_token") {
        return Some(("invalid_request", "The subject_token is missing."));
    }
    if !text("subject_token_type").is_some_and(|kind| SUBJECT_TYPES.contains(&kind)) {
        return Some((
            "invalid_request",
            "The subject_token_type is urn:ietf:params:oauth:token-type:id_token, or …:jwt.",
        ));
    }
    if needs("resource") {
        return Some((
            "invalid_request",
            "The resource is missing: the repository, as owner/name.",
        ));
    }
    if text("requested_token_type").is_some_and(|kind| kind != ACCESS_TOKEN) {
        return Some((
            "invalid_request",
            "The requested_token_type is urn:ietf:params:oauth:token-type:access_token.",
        ));
    }
    None
}

fn token(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Map<String, Value> = input.read("Oauth")?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if let Some((code, words)) = misasked(input, &body) {
        // Nothing is done; the decision is asked all the same.
        app.permit(call)?;
        let status = if code == "invalid_client" { 401 } else { 400 };
        return Ok(refused(app, status, code, words));
    }
    let asked = Exchange {
        token: text("subject_token").unwrap_or_default(),
        resource: text("resource").unwrap_or_default(),
        scope: text("scope"),
    };
    let opened = match workload::exchange(app, call, &asked)? {
        Ok(opened) => opened,
        Err(refusal) => {
            let status = match refusal {
                ExchangeRefusal::Unavailable => 503,
                _ => 400,
            };
            let answer = refused(app, status, refusal.code(), &refusal.description());
            return Ok(match refusal {
                ExchangeRefusal::Unavailable => answer.header("retry-after", "30"),
                _ => answer,
            });
        }
    };
    let row = &opened.view.row;
    let scope: Vec<String> = row
        .permissions
        .iter()
        .map(|(key, level)| format!("{}:{}", key.name(), level.name()))
        .collect();
    Ok(Answer::ok(&json!({
        "access_token": opened.secret.expose(),
        "issued_token_type": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": row.ends_at.since(row.opened_at).seconds(),
        "scope": scope.join(" "),
    })))
}

/// The words of RFC 6749, section 5.2; beside them what every refusal says here.
fn refused(app: &App, status: u16, code: &'static str, words: &str) -> Answer {
    let reason = match status {
        401 => Code::BadClient,
        503 => Code::Busy,
        _ => Code::WorkloadToken,
    };
    let answer = Answer::json(
        status,
        &json!({
            "error": code,
            "error_description": words,
            "message": words,
            "reason": reason.word(),
            "status": status.to_string(),
            "documentation_url": format!("{}/docs/operations/workload.token", app.public_url()),
        }),
    );
    if status == 401 {
        return answer.header("www-authenticate", "Basic realm=\"jeton\"");
    }
    answer
}
