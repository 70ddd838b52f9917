//! Where applications get, refresh and end tokens: GitHub's addresses, RFC 6749, 7009, 8414 and 8628.

use jeton_app::oauth::{self, ClientProof, Exchange, Issued, OauthRefusal};
use jeton_app::{App, AppError, Call};
use jeton_domain::{ClassicScope, Event, Operation, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::operation::{NO_PERMISSION, of_clients, public, scoped};

pub(crate) static DEVICE: Operation = of_clients(
    "oauth.device_code",
    "Begin to sign a device in: codes for the device and for its person.",
    &[],
);
pub(crate) static TOKEN: Operation = of_clients(
    "oauth.access_token",
    "Change a code, a device's code or a refresh token for a token.",
    &[
        Event::AuthorizationCreate,
        Event::AuthorizationUpdate,
        Event::AccessTokenCreate,
        Event::AccessTokenRegenerate,
        Event::AccessTokenDestroy,
    ],
);
pub(crate) static REVOKE: Operation = of_clients(
    "oauth.revoke",
    "End a token of the application that asks.",
    &[Event::AccessTokenDestroy],
);
pub(crate) static METADATA: Operation = scoped(
    public(
        "oauth.metadata",
        "Tell OAuth clients what this server offers them.",
        TargetKind::Site,
        NO_PERMISSION,
    ),
    &[],
);

const CLIENT_ID: Field = Field::needed("client_id", Form::Text, "The application's client id.");
const CLIENT_ID_UNLESS_BASIC: Field = Field::optional(
    "client_id",
    Form::Text,
    "The application's client id, unless it stands in `Authorization`.",
);
const CLIENT_SECRET: Field = Field::optional(
    "client_secret",
    Form::Text,
    "Its secret, where it keeps one, unless it stands in `Authorization`.",
);

/// At addresses without a prefix.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Post,
        "/login/device/code",
        &DEVICE,
        Names::Site,
        device,
    )
    .client()
    .body(&[
        CLIENT_ID,
        Field::optional(
            "scope",
            Form::Text,
            "The scopes that it asks for, separated by spaces.",
        ),
    ])
    .answers(200, "DeviceCode"),
    Route::new(
        Method::Post,
        "/login/oauth/access_token",
        &TOKEN,
        Names::Site,
        token,
    )
    .client()
    .body(&[
        CLIENT_ID_UNLESS_BASIC,
        CLIENT_SECRET,
        Field::optional(
            "grant_type",
            Form::Text,
            "`authorization_code` if not said, `refresh_token`, or `urn:ietf:params:oauth:grant-type:device_code`.",
        ),
        Field::optional("code", Form::Text, "The code that the browser was led back with."),
        Field::optional("redirect_uri", Form::Text, "Where it was led back to."),
        Field::optional(
            "code_verifier",
            Form::Text,
            "What the code_challenge was made of.",
        ),
        Field::optional("device_code", Form::Text, "The device's code."),
        Field::optional("refresh_token", Form::Text, "The refresh token."),
    ])
    .answers(200, "AccessToken"),
    Route::new(
        Method::Post,
        "/login/oauth/revoke",
        &REVOKE,
        Names::Site,
        revoke,
    )
    .client()
    .body(&[
        CLIENT_ID_UNLESS_BASIC,
        CLIENT_SECRET,
        Field::needed("token", Form::Text, "The token, or its refresh token."),
        Field::optional("token_type_hint", Form::Text, "Not needed: a value says what it is."),
    ])
    .answers(200, ""),
    Route::new(
        Method::Get,
        "/.well-known/oauth-authorization-server",
        &METADATA,
        Names::Site,
        metadata,
    )
    .answers(200, "OauthMetadata"),
];

/// The fields of a body, each held against the route's declaration; behind a name and secret in `Authorization` that
/// hold.
fn body(app: &App, call: &Call, input: &Input) -> Result<Map<String, Value>, AppError> {
    if input.basic().is_some() {
        oauth::prove(app, call, &client(input, &Map::new()))?;
    }
    input.read("Oauth")
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str)
}

/// What the client says of itself: in `Authorization`, or in the body.
pub(super) fn client(input: &Input, body: &Map<String, Value>) -> ClientProof {
    match input.basic() {
        Some((name, secret)) => ClientProof {
            client_id: name.clone(),
            client_secret: Some(secret.clone()),
        },
        None => ClientProof {
            client_id: text(body, "client_id").unwrap_or_default().to_owned(),
            client_secret: text(body, "client_secret")
                .map(|secret| Zeroizing::new(secret.to_owned())),
        },
    }
}

/// As the client reads: JSON where it says so, a form where it does not, as at GitHub. Refusals come with 200, too:
/// GitHub's clients look into the body.
fn answered(input: &Input, fields: &Map<String, Value>) -> Answer {
    let accept = input.header(http::header::ACCEPT).unwrap_or_default();
    let reads_json = String::from_utf8_lossy(accept).contains("json");
    if reads_json {
        return Answer::ok(fields);
    }
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        match value {
            Value::String(text) => form.append_pair(name, text),
            other => form.append_pair(name, &other.to_string()),
        };
    }
    Answer::media(
        200,
        "application/x-www-form-urlencoded; charset=utf-8",
        form.finish(),
    )
}

fn refused(app: &App, input: &Input, refusal: &OauthRefusal) -> Answer {
    let mut fields = Map::new();
    fields.insert("error".to_owned(), json!(refusal.code));
    fields.insert("error_description".to_owned(), json!(refusal.description));
    fields.insert(
        "error_uri".to_owned(),
        json!(format!(
            "{}/docs/operations/oauth.access_token",
            app.public_url()
        )),
    );
    if let Some(interval) = refusal.interval {
        fields.insert("interval".to_owned(), json!(interval));
    }
    answered(input, &fields)
}

fn device(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body = body(app, call, input)?;
    let client_id = text(&body, "client_id").unwrap_or_default();
    let scope = text(&body, "scope").unwrap_or_default();
    let codes = match oauth::begin(app, call, client_id, scope)? {
        Ok(codes) => codes,
        Err(refusal) => return Ok(refused(app, input, &refusal)),
    };
    let mut fields = Map::new();
    fields.insert("device_code".to_owned(), json!(codes.device.expose()));
    fields.insert("user_code".to_owned(), json!(codes.user));
    fields.insert(
        "verification_uri".to_owned(),
        json!(format!("{}/login/device", app.public_url())),
    );
    fields.insert(
        "expires_in".to_owned(),
        json!(oauth::DEVICE_LIVES.seconds()),
    );
    fields.insert("interval".to_owned(), json!(codes.interval));
    Ok(answered(input, &fields))
}

const DEVICE_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

fn token(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body = body(app, call, input)?;
    let client = client(input, &body);
    let field = |name| text(&body, name).unwrap_or_default();
    let done = match text(&body, "grant_type").unwrap_or("authorization_code") {
        "authorization_code" => oauth::exchange(
            app,
            call,
            &Exchange {
                client: &client,
                code: field("code"),
                redirect_uri: text(&body, "redirect_uri"),
                code_verifier: text(&body, "code_verifier"),
            },
        )?,
        "refresh_token" => oauth::refresh(app, call, &client, field("refresh_token"))?,
        DEVICE_CODE_GRANT => oauth::fetch(app, call, &client.client_id, field("device_code"))?,
        _ => {
            // Nothing is done; the decision is asked all the same.
            app.permit(call)?;
            Err(OauthRefusal::GRANT_TYPE)
        }
    };
    Ok(match done {
        Ok(issued) => answered(input, &given(&issued)),
        Err(refusal) => refused(app, input, &refusal),
    })
}

fn given(issued: &Issued) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
    put("access_token", json!(issued.access.expose()));
    put("token_type", json!("bearer"));
    // GitHub separates by commas here, and its clients split there.
    put("scope", json!(issued.scopes.to_string().replace(", ", ",")));
    if let (Some(refresh), Some(seconds), Some(refresh_seconds)) = (
        &issued.refresh,
        issued.expires_in(),
        issued.refresh_expires_in(),
    ) {
        put("expires_in", json!(seconds));
        put("refresh_token", json!(refresh.expose()));
        put("refresh_token_expires_in", json!(refresh_seconds));
    }
    fields
}

fn revoke(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body = body(app, call, input)?;
    let client = client(input, &body);
    match oauth::revoke(app, call, &client, text(&body, "token").unwrap_or_default())? {
        Ok(()) => Ok(Answer::ok(&json!({}))),
        // RFC 7009 section 2.2.1: the errors of RFC 6749 section 5.2, with its status and challenge; beside them what every
        // refusal says here.
        Err(refusal) => Ok(Answer::json(
            401,
            &json!({
                "error": "invalid_client",
                "error_description": refusal.description,
                "message": refusal.description,
                "reason": "bad_client",
                "status": "401",
                "documentation_url": format!("{}/docs/operations/oauth.revoke", app.public_url()),
            }),
        )
        .header("www-authenticate", "Basic realm=\"jeton\"")),
    }
}

fn metadata(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    jeton_app::site::open(app, call)?;
    let url = app.public_url();
    let scopes: Vec<&str> = ClassicScope::all().iter().map(|entry| entry.name).collect();
    Ok(Answer::ok(&json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/login/oauth/authorize"),
        "token_endpoint": format!("{url}/login/oauth/access_token"),
        "device_authorization_endpoint": format!("{url}/login/device/code"),
        "revocation_endpoint": format!("{url}/login/oauth/revoke"),
        "service_documentation": format!("{url}/docs"),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", DEVICE_CODE_GRANT],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    })))
}
