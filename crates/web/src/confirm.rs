//! Sudo mode: whoever is about to add power shows once more who they are.
//!
//! A form that came too late is kept: its fields stand hidden in this page, and are sent on once access is
//! confirmed.

use askama::Template;
use jeton_api::ops;
use jeton_app::{App, AppError, Call, Named, Password, factors, sign_in};
use jeton_domain::{Operation, Time};
use jeton_http::{Answer, Faced, Field, Form, Input, Method, Names, Route, is_local};

use crate::operation::own_page;
use crate::second_step::{challenge, question};
use crate::visit::render;
use crate::words;
use crate::{Frame, Visit, oidc};

static PAGE: Operation = own_page("page.confirm", "Show the page that confirms access.");

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/-/confirm", &PAGE, Names::Own, form).query(&[
        Field::optional("return_to", Form::Text, "The page to go on to."),
        Field::optional(
            "beside",
            Form::Text,
            "Given in the tab that an outside provider was asked in.",
        ),
    ]),
    Route::new(
        Method::Post,
        "/-/confirm",
        ops::session::CONFIRM,
        Names::Own,
        confirm,
    ),
    Route::new(
        Method::Post,
        "/-/confirm/question",
        ops::session::CONFIRM,
        Names::Own,
        ask,
    ),
];

/// Fields of the form that waits stand under this prefix, so that they are told from the page's own.
const KEPT: &str = "kept.";

/// The page that asks.
#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage {
    frame: Frame,
    /// Where to go on; where a form waits, where it is sent.
    return_to: String,
    /// The fields of the form that waits.
    kept: Vec<(String, String)>,
    /// A form waits.
    waits: bool,
    /// Access is confirmed, and the form that waits can be sent.
    done: bool,
    /// What the person can show.
    offers: Offers,
    fault: String,
    /// What the outside provider is called; empty where there is none. Where a form waits it is asked in another tab, since it
    /// would not bring the form back.
    outside: String,
    /// The other tab, where the provider was asked.
    beside: bool,
}

/// What a person can confirm by.
#[derive(Clone, Copy, Debug)]
struct Offers {
    password: bool,
    code: bool,
    passkey: bool,
}

impl Offers {
    fn of(app: &App, call: &Call) -> Result<Self, AppError> {
        let view = factors::list(app, &call.to(ops::factors::LIST, Named::Own))?;
        Ok(Self {
            password: view.password,
            code: view.held.authenticator,
            passkey: view.held.passkeys > 0,
        })
    }
}

/// Asks the browser for a passkey.
fn ask(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    Ok(question(&factors::ask_to_confirm(app, call)?))
}

fn local(path: &str) -> String {
    if is_local(path) { path } else { "/" }.to_owned()
}

fn form(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    visit.page(
        200,
        &ConfirmPage {
            frame: visit.frame("Confirm access"),
            return_to: local(input.query("return_to").unwrap_or("/")),
            kept: Vec::new(),
            waits: false,
            done: false,
            offers: Offers::of(app, call)?,
            fault: String::new(),
            outside: oidc::name(app),
            beside: input.query("beside").is_some(),
        },
    )
}

/// By what was sent: a passkey, a code, or the password.
fn shown(app: &App, call: &Call, input: &Input) -> Result<Time, AppError> {
    let (answer, code) = (input.field("answer"), input.field("code"));
    if !answer.is_empty() {
        factors::confirm_by_passkey(app, call, &challenge(input), answer)
    } else if !code.is_empty() {
        sign_in::confirm_by_code(app, call, code)
    } else {
        let password = Password::new(input.field("password").to_owned());
        sign_in::confirm(app, call, &password)
    }
}

fn confirm(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let return_to = local(input.field("return_to"));
    let waits = input.field("waits") == "yes";
    let kept: Vec<(String, String)> = input
        .form()
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(KEPT)?.to_owned(), value.clone())))
        .collect();
    let (status, fault) = match shown(app, call, input) {
        Ok(_) if !waits => return Ok(Answer::see_other(&return_to)),
        Ok(_) => (200, String::new()),
        Err(AppError::BadSignIn) => (422, "The password is wrong.".to_owned()),
        Err(AppError::BadCode) => (
            422,
            "The code is wrong, or was used before. Wait for the next one.".to_owned(),
        ),
        Err(AppError::BadPasskey) => (
            422,
            "The passkey was not accepted, or the answer came too late. Try again.".to_owned(),
        ),
        Err(AppError::TooMany { seconds }) => (429, words::wait(seconds)),
        Err(error @ AppError::Busy) => (503, error.to_string()),
        Err(other) => return Err(other),
    };
    let done = fault.is_empty();
    visit.page(
        status,
        &ConfirmPage {
            frame: visit.frame("Confirm access"),
            return_to,
            kept,
            waits,
            done,
            offers: Offers::of(app, call)?,
            fault,
            outside: oidc::name(app),
            beside: false,
        },
    )
}

/// The fields of a form that waits.
///
/// SECURITY: a secret that was typed comes back in no page. Its form says that it is missing, and it is typed again.
fn kept(form: &[(String, String)]) -> Vec<(String, String)> {
    let secret = [crate::secrets::VALUE, crate::workload::TOKEN];
    let shown = |(name, _): &&(String, String)| !secret.contains(&name.as_str());
    form.iter().filter(shown).cloned().collect()
}

/// The page for a form that came when sudo mode was over.
pub(crate) fn asked(app: &App, frame: Frame, faced: &Faced) -> Result<Answer, AppError> {
    render(
        403,
        &ConfirmPage {
            frame,
            return_to: local(&faced.path),
            kept: kept(&faced.form),
            waits: true,
            done: false,
            offers: Offers::of(app, &faced.call)?,
            fault: String::new(),
            outside: oidc::name(app),
            beside: false,
        },
    )
}
