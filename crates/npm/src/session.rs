//! Who asks, and signing in.

use http::HeaderName;
use jeton_app::packages::{self, AskedBy, Fetched};
use jeton_app::{App, AppError, Call, Named};
use jeton_http::{Answer, Input};
use serde_json::{Value, json};

use crate::packument::registry;

use crate::operations::{END_TOKEN, WHOAMI};

pub(crate) fn ping(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    app.read(call, |_, _| Ok(Answer::ok(&json!({}))))
}

pub(crate) fn whoami(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    let login = packages::whoami(app, call)?;
    Ok(Answer::ok(&json!({ "username": login })))
}

/// What npm is told of a person, before it names them as one who keeps a package.
pub(crate) fn person(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let login = person_in(input)?;
    let (name, email) = packages::person(app, call, login)?;
    Ok(Answer::ok(&json!({
        "_id": format!("org.couchdb.user:{name}"),
        "name": name,
        "email": email,
    })))
}

/// The person whom a path names, as npm writes it.
fn person_in(input: &Input) -> Result<&str, AppError> {
    input
        .path("user")
        .strip_prefix("org.couchdb.user:")
        .ok_or(AppError::Missing("user"))
}

pub(crate) fn profile(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    let own = packages::profile(app, call)?;
    Ok(Answer::ok(&json!({
        "name": own.login,
        "email": own.address,
        "email_verified": own.verified,
        "fullname": own.name,
        "created": own.created_at.iso(),
        "tfa": own.second_factor.then(|| json!({ "mode": "auth-and-writes", "pending": false })),
    })))
}

pub(crate) fn change_profile(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    app.read(call, |_, acting| packages::may_change_profile(acting))?;
    Ok(Answer::empty())
}

pub(crate) fn make_token(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    app.read(call, |_, acting| packages::may_make_token(acting))?;
    Ok(Answer::empty())
}

/// Signing out: npm puts the token into the address, and it ends with that.
pub(crate) fn sign_out(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    packages::sign_out(app, call, &END_TOKEN, input.path("token"))?;
    Ok(Answer::ok(&json!({ "ok": true })))
}

/// Seconds after which npm asks again whether somebody answered.
const AGAIN: &str = "3";

/// Begins a sign-in by the browser: the address that a person opens, and the one at which npm waits.
pub(crate) fn begin(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let hostname = input.body().get("hostname").and_then(Value::as_str);
    let command = input.header(HeaderName::from_static("npm-command"));
    let by = AskedBy {
        hostname: hostname.unwrap_or_default(),
        command: command
            .and_then(|value| std::str::from_utf8(value).ok())
            .unwrap_or_default(),
    };
    let begun = packages::begin_sign_in(app, call, by)?;
    let answer = json!({
        "loginUrl": format!("{}/login/npm/{}", app.public_url(), begun.page.expose()),
        "doneUrl": format!("{}/-/v1/done/{}", registry(input).url(app), begun.done.expose()),
    });
    Ok(Answer::ok(&answer).header("cache-control", "no-store"))
}

/// What came of it: npm goes on asking while the answer is 202.
pub(crate) fn done(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let answer = match packages::fetch_sign_in(app, call, input.path("code"))? {
        Fetched::Waiting => Answer::json(202, &json!({})).header("retry-after", AGAIN),
        Fetched::Token(secret) => Answer::ok(&json!({ "token": secret.expose() })),
    };
    Ok(answer.header("cache-control", "no-store"))
}

/// The legacy sign-in: the password is a token, which is what comes back. Nothing is made.
pub(crate) fn sign_in(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let login = person_in(input).unwrap_or_default();
    let said = |field: &str| {
        let value = input.body().get(field).and_then(serde_json::Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let token = said("password");
    let call = call.to(&WHOAMI, Named::Own);
    let login = packages::sign_in(app, &call, login, &token)?;
    let answer = json!({
        "ok": true,
        "id": format!("org.couchdb.user:{login}"),
        "rev": "1",
        "token": token,
    });
    Ok(Answer::json(201, &answer).header("cache-control", "no-store"))
}
