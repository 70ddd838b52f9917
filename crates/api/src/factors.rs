//! One's own second factors: what one has, an authenticator app, recovery codes. Passkeys are made in a
//! browser, and can be named and removed here too.

use jeton_app::factors::{self, FactorsView};
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{Event, Id, Least, Operation, PasskeyId, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::operation::{person_changing, person_reading};

const fn changing(
    name: &'static str,
    sentence: &'static str,
    events: &'static [Event],
) -> Operation {
    Operation {
        confirm: true,
        ..person_changing(name, sentence, TargetKind::Own, Least::Person, events)
    }
}

pub(crate) static LIST: Operation = person_reading(
    "factors.list",
    "Show one's own second factors.",
    TargetKind::Own,
    Least::Person,
);
pub(crate) static BEGIN: Operation = changing(
    "factors.begin_authenticator",
    "Begin to set up an authenticator app: its key is shown once.",
    &[Event::FactorBegin],
);
pub(crate) static FINISH: Operation = changing(
    "factors.finish_authenticator",
    "Finish setting up an authenticator app, by a code of it. With the first factor come recovery codes.",
    &[Event::FactorAdd, Event::RecoveryCodesMake],
);
pub(crate) static REMOVE_AUTHENTICATOR: Operation = changing(
    "factors.remove_authenticator",
    "Remove one's authenticator app.",
    &[Event::FactorRemove],
);
pub(crate) static CODES: Operation = changing(
    "factors.make_recovery_codes",
    "Make one's recovery codes anew; the earlier ones are worth nothing.",
    &[Event::RecoveryCodesMake],
);
pub(crate) static MAKE_PASSKEY: Operation = changing(
    "factors.make_passkey",
    "Add a passkey, in a browser. With the first factor come recovery codes.",
    &[Event::FactorAdd, Event::RecoveryCodesMake],
);
pub(crate) static RENAME_PASSKEY: Operation = person_changing(
    "factors.rename_passkey",
    "Call one of one's passkeys otherwise.",
    TargetKind::Own,
    Least::Person,
    &[Event::FactorUpdate],
);
pub(crate) static REMOVE_PASSKEY: Operation = changing(
    "factors.remove_passkey",
    "Remove one of one's passkeys. The last way to sign in stays.",
    &[Event::FactorRemove],
);

/// Ours.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/factors", &LIST, Names::Own, list).answers(200, "Factors"),
    Route::new(
        Method::Post,
        "/factors/authenticator",
        &BEGIN,
        Names::Own,
        begin,
    )
    .answers(201, "Authenticator"),
    Route::new(
        Method::Put,
        "/factors/authenticator",
        &FINISH,
        Names::Own,
        finish,
    )
    .body(&[Field::needed(
        "code",
        Form::Text,
        "What the app shows now: six digits.",
    )])
    .rule(|unit, acting, _| factors::may_finish_authenticator(unit, acting).map(drop))
    .answers(200, "RecoveryCodes"),
    Route::new(
        Method::Delete,
        "/factors/authenticator",
        &REMOVE_AUTHENTICATOR,
        Names::Own,
        remove_authenticator,
    )
    .rule(|unit, acting, _| factors::may_remove_authenticator(unit, acting).map(drop))
    .answers(204, ""),
    Route::new(
        Method::Post,
        "/factors/recovery-codes",
        &CODES,
        Names::Own,
        codes,
    )
    .rule(|unit, acting, _| factors::may_make_recovery_codes(unit, acting))
    .answers(201, "RecoveryCodes"),
    Route::new(
        Method::Patch,
        "/factors/passkeys/{passkey_id}",
        &RENAME_PASSKEY,
        Names::Own,
        rename_passkey,
    )
    .body(&[Field::needed(
        "name",
        Form::Text,
        "What it shall be called, at most 60 characters.",
    )])
    .rule(|unit, acting, input| {
        factors::may_rename_passkey(unit, acting, passkey(input)?).map(drop)
    })
    .answers(204, ""),
    Route::new(
        Method::Delete,
        "/factors/passkeys/{passkey_id}",
        &REMOVE_PASSKEY,
        Names::Own,
        remove_passkey,
    )
    .rule(|unit, acting, input| {
        factors::may_remove_passkey(unit, acting, passkey(input)?).map(drop)
    })
    .answers(204, ""),
];

fn shape(view: &FactorsView) -> Value {
    let passkeys: Vec<_> = view
        .passkeys
        .iter()
        .map(|row| {
            json!({
                "id": row.id.get(),
                "name": row.name,
                "created_at": row.created_at.iso(),
                "last_used_at": row.last_used_at.map(jeton_domain::Time::iso),
            })
        })
        .collect();
    json!({
        "second_factor": view.held.second_factor(),
        "passkeys": passkeys,
        "authenticator": view.authenticator.map(|(since, used)| json!({
            "created_at": since.iso(),
            "last_used_at": used.map(jeton_domain::Time::iso),
        })),
        "recovery_codes_left": view.held.recovery_codes,
    })
}

fn list(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    Ok(Answer::ok(&shape(&factors::list(app, call)?)))
}

fn begin(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    let begun = factors::begin_authenticator(app, call)?;
    Ok(Answer::created(&json!({
        "key": begun.expose_key()?,
        "url": begun.expose_url(app.host())?,
    })))
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

fn finish(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Code = input.read("Factor")?;
    let codes = factors::finish_authenticator(app, call, &body.code)?;
    Ok(Answer::ok(&json!({ "recovery_codes": codes.expose() })))
}

fn remove_authenticator(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    factors::remove_authenticator(app, call)?;
    Ok(Answer::empty())
}

fn codes(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    let codes = factors::make_recovery_codes(app, call)?;
    Ok(Answer::created(
        &json!({ "recovery_codes": codes.expose() }),
    ))
}

fn passkey(input: &Input) -> Result<PasskeyId, AppError> {
    PasskeyId::from_i64(input.id("passkey_id")?).ok_or(AppError::Missing("passkey"))
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

fn rename_passkey(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let id = passkey(input)?;
    // What is not there is told so before what is wrong with the body.
    let own = factors::list(app, &call.to(&LIST, Named::Own))?;
    if !own.passkeys.iter().any(|row| row.id == id) {
        return Err(AppError::Missing("passkey"));
    }
    let body: Name = input.read("Factor")?;
    factors::rename_passkey(app, call, id, &body.name)?;
    Ok(Answer::empty())
}

fn remove_passkey(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    factors::remove_passkey(app, call, passkey(input)?)?;
    Ok(Answer::empty())
}
