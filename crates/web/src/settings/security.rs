//! One's password, passkeys, authenticator app and recovery codes.

use askama::Template;
use askama::filters::Safe;
use jeton_api::ops;
use jeton_app::factors::{self, Codes, FactorsView};
use jeton_app::{App, AppError, Call, Password, sign_in};
use jeton_domain::{Id, Operation, PasskeyId, Time};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use crate::operation::own_page;
use crate::second_step::{challenge, question};
use crate::words;
use crate::{Faults, Frame, Said, Visit, settings};

static PAGE: Operation = own_page(
    "page.security",
    "Show one's own password and second factors.",
);

const PATH: &str = "/settings/security";
const AUTHENTICATOR: &str = "/settings/security/authenticator";

pub(super) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, Names::Own, show).query(&[Field::optional(
        "name",
        Form::Text,
        "The name typed for a passkey before access had to be confirmed.",
    )]),
    Route::new(
        Method::Post,
        "/settings/security/password",
        ops::session::PASSWORD,
        Names::Own,
        password,
    ),
    Route::new(
        Method::Post,
        "/settings/security/passkeys/question",
        ops::factors::MAKE_PASSKEY,
        Names::Own,
        ask,
    ),
    Route::new(
        Method::Post,
        "/settings/security/passkeys",
        ops::factors::MAKE_PASSKEY,
        Names::Own,
        make_passkey,
    ),
    Route::new(
        Method::Post,
        "/settings/security/passkeys/{passkey_id}/name",
        ops::factors::RENAME_PASSKEY,
        Names::Own,
        rename_passkey,
    ),
    Route::new(
        Method::Post,
        "/settings/security/passkeys/{passkey_id}/remove",
        ops::factors::REMOVE_PASSKEY,
        Names::Own,
        remove_passkey,
    ),
    Route::new(
        Method::Post,
        AUTHENTICATOR,
        ops::factors::BEGIN,
        Names::Own,
        begin,
    ),
    Route::new(
        Method::Post,
        "/settings/security/authenticator/finish",
        ops::factors::FINISH,
        Names::Own,
        finish,
    ),
    Route::new(
        Method::Post,
        "/settings/security/authenticator/remove",
        ops::factors::REMOVE_AUTHENTICATOR,
        Names::Own,
        remove_authenticator,
    ),
    Route::new(
        Method::Post,
        "/settings/security/recovery-codes",
        ops::factors::CODES,
        Names::Own,
        codes,
    ),
];

/// A passkey as it is shown.
#[derive(Debug)]
struct Shown {
    id: i64,
    name: String,
    created: String,
    used: String,
}

#[derive(Template)]
#[template(path = "settings/security.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
    view: FactorsView,
    passkeys: Vec<Shown>,
    /// The name typed for another.
    passkey_name: String,
    authenticator: String,
    faults: Faults,
    refused: String,
}

impl Page {
    /// Whether what is removed next is the last second factor.
    const fn last_one(&self) -> bool {
        let held = &self.view.held;
        held.passkeys + held.authenticator as i64 == 1
    }
}

fn page(
    visit: &Visit<'_>,
    status: u16,
    faults: Faults,
    refused: String,
) -> Result<Answer, AppError> {
    let view = factors::list(visit.app, &visit.own(ops::factors::LIST))?;
    let passkeys = view
        .passkeys
        .iter()
        .map(|row| Shown {
            id: row.id.get(),
            name: row.name.clone(),
            created: row.created_at.date(),
            used: row
                .last_used_at
                .map_or_else(|| "never".to_owned(), Time::date),
        })
        .collect();
    let authenticator = view
        .authenticator
        .map_or_else(String::new, |(since, used)| {
            let used = used.map_or_else(|| "never".to_owned(), Time::date);
            format!("Added {}, last used {used}.", since.date())
        });
    visit.page(
        status,
        &Page {
            frame: visit.frame("Password and authentication"),
            menu: PATH,
            view,
            passkeys,
            passkey_name: visit.input.query("name").unwrap_or_default().to_owned(),
            authenticator,
            faults,
            refused,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    page(&visit, 200, Faults::default(), String::new())
}

/// The page once more, with what was refused said at its head or beside its field.
fn again(visit: &Visit<'_>, error: AppError) -> Result<Answer, AppError> {
    match error {
        AppError::Conflict { message, .. } => page(visit, 409, Faults::default(), message),
        AppError::BadPasskey => page(
            visit,
            422,
            Faults::default(),
            "The passkey was not accepted, or the answer came too late. Try again.".to_owned(),
        ),
        other => page(visit, 422, Faults::of(other)?, String::new()),
    }
}

fn password(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let new = input.field("new");
    if new != input.field("again") {
        let faults = Faults::one("again", "Is not the same as the new password.");
        return page(&visit, 422, faults, String::new());
    }
    let current = Password::new(input.field("current").to_owned());
    let new = Password::new(new.to_owned());
    match sign_in::change_password(app, call, &current, &new) {
        Ok(()) => Ok(Said::PASSWORD_CHANGED.redirect(app, PATH)),
        Err(AppError::BadSignIn) => {
            let faults = Faults::one("current", "Is not your password.");
            page(&visit, 422, faults, String::new())
        }
        Err(AppError::TooMany { seconds }) => {
            let faults = Faults::one("current", words::wait(seconds));
            page(&visit, 429, faults, String::new())
        }
        Err(AppError::Invalid(faults)) => {
            let message = faults.first().map_or_else(String::new, |fault| {
                fault.message.replace("`password` ", "It ")
            });
            page(&visit, 422, Faults::one("new", message), String::new())
        }
        Err(other) => Err(other),
    }
}

fn ask(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    Ok(question(&factors::ask_to_make(app, call)?))
}

fn make_passkey(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let (answer, name) = (input.field("answer"), input.field("name"));
    match factors::make_passkey(app, call, &challenge(input), answer, name) {
        Ok(codes) if codes.is_empty() => Ok(Said::PASSKEY_ADDED.redirect(app, PATH)),
        Ok(codes) => show_codes(&visit, &codes, "The passkey was added."),
        Err(error) => again(&visit, error),
    }
}

fn passkey(input: &Input) -> Result<PasskeyId, AppError> {
    PasskeyId::from_i64(input.id("passkey_id")?).ok_or(AppError::Missing("passkey"))
}

fn rename_passkey(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    match factors::rename_passkey(app, call, passkey(input)?, input.field("name")) {
        Ok(()) => Ok(Said::PASSKEY_RENAMED.redirect(app, PATH)),
        Err(AppError::Invalid(faults)) => {
            let message = faults.into_iter().next().map(|fault| fault.message);
            page(&visit, 422, Faults::default(), message.unwrap_or_default())
        }
        Err(error) => again(&visit, error),
    }
}

fn remove_passkey(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    match factors::remove_passkey(app, call, passkey(input)?) {
        Ok(()) => Ok(Said::PASSKEY_REMOVED.redirect(app, PATH)),
        Err(error) => again(&visit, error),
    }
}

#[derive(Template)]
#[template(path = "settings/authenticator.html")]
struct AuthenticatorPage {
    frame: Frame,
    menu: &'static str,
    key: String,
    picture: Safe<String>,
    fault: String,
}

/// The picture that an app reads, as an SVG of black squares on white, whatever the page's colours are.
fn picture(text: &str) -> Result<Safe<String>, AppError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)
        .map_err(|error| AppError::Data(format!("a QR code can't be made: {error}")))?;
    let drawn = code
        .render::<svg::Color<'_>>()
        .min_dimensions(220, 220)
        .dark_color(svg::Color("#000000"))
        .light_color(svg::Color("#ffffff"))
        .build();
    // SECURITY: what is drawn is squares; the text itself is not in it. The first line says that it is XML.
    let svg = drawn
        .find("<svg")
        .map_or("", |at| drawn.get(at..).unwrap_or_default());
    Ok(Safe(svg.to_owned()))
}

fn authenticator(
    visit: &Visit<'_>,
    status: u16,
    begun: &factors::Beginning,
    fault: &str,
) -> Result<Answer, AppError> {
    visit.page(
        status,
        &AuthenticatorPage {
            frame: visit.frame("Set up an authenticator app"),
            menu: PATH,
            key: begun.expose_key()?,
            picture: picture(&begun.expose_url(visit.app.host())?)?,
            fault: fault.to_owned(),
        },
    )
}

fn begin(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    authenticator(&visit, 200, &factors::begin_authenticator(app, call)?, "")
}

fn finish(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    match factors::finish_authenticator(app, call, input.field("code")) {
        Ok(codes) if codes.is_empty() => Ok(Said::AUTHENTICATOR_ADDED.redirect(app, PATH)),
        Ok(codes) => show_codes(&visit, &codes, "The authenticator app was added."),
        Err(AppError::Invalid(_)) => {
            let begun = factors::begun_authenticator(app, &visit.own(ops::factors::BEGIN))?;
            let fault = "That is not what the app shows now. Look at the device's clock, and type the next one.";
            authenticator(&visit, 422, &begun, fault)
        }
        Err(error) => again(&visit, error),
    }
}

fn remove_authenticator(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    match factors::remove_authenticator(app, call) {
        Ok(()) => Ok(Said::AUTHENTICATOR_REMOVED.redirect(app, PATH)),
        Err(error) => again(&visit, error),
    }
}

#[derive(Template)]
#[template(path = "settings/recovery_codes.html")]
struct CodesPage {
    frame: Frame,
    menu: &'static str,
    codes: Vec<String>,
    done: &'static str,
}

fn show_codes(visit: &Visit<'_>, codes: &Codes, done: &'static str) -> Result<Answer, AppError> {
    visit.page(
        200,
        &CodesPage {
            frame: visit.frame("Recovery codes"),
            menu: PATH,
            codes: codes.expose(),
            done,
        },
    )
}

fn codes(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    match factors::make_recovery_codes(app, call) {
        Ok(codes) => show_codes(
            &visit,
            &codes,
            "New codes were made; the earlier ones are worth nothing.",
        ),
        Err(error) => again(&visit, error),
    }
}
