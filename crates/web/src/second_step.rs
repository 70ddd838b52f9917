//! The second step of a sign-in, and signing in by a passkey alone.
//!
//! Between the steps the browser has a cookie of its own: no session, good for minutes and for this alone.

use askama::Template;
use jeton_api::ops;
use jeton_app::factors::browser::{self, Waiting};
use jeton_app::factors::{self, ChallengeValue, FactorsOffered};
use jeton_app::sign_in::{self, SessionValue};
use jeton_app::{App, AppError, Call};
use jeton_domain::Operation;
use jeton_http::{Answer, Cookie, Field, Form, Input, Method, Names, Route, SESSION};
use serde_json::json;

use crate::links::encoded;
use crate::operation::open_page;
use crate::sign_in::target;
use crate::words;
use crate::{Frame, Visit};

static PAGE: Operation = open_page("page.second_step", "Show the second step of a sign-in.");
static QUESTION: Operation = open_page(
    "page.passkey_question",
    "Ask a browser for a passkey, to sign in.",
);

/// Where the second step stands.
const PATH: &str = "/login/factor";

const RETURN_TO: &[Field] = &[Field::optional(
    "return_to",
    Form::Text,
    "The page to go on to.",
)];

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, Names::Site, form).query(RETURN_TO),
    Route::new(
        Method::Post,
        PATH,
        ops::session::SIGN_IN,
        Names::Site,
        by_code,
    ),
    Route::new(
        Method::Post,
        "/login/factor/question",
        &QUESTION,
        Names::Site,
        ask_second,
    ),
    Route::new(
        Method::Post,
        "/login/factor/passkey",
        ops::session::SIGN_IN,
        Names::Site,
        by_passkey,
    ),
    Route::new(
        Method::Post,
        "/login/passkey/question",
        &QUESTION,
        Names::Site,
        ask_anybody,
    ),
    Route::new(
        Method::Post,
        "/login/passkey",
        ops::session::SIGN_IN,
        Names::Site,
        passkey_alone,
    ),
];

/// What a browser shows at its second step. In seconds, as the question lives. Not strict: who comes back from an outside
/// provider comes from another site, and it opens nothing alone.
static STEP: Cookie = Cookie::new("jeton_step", "__Host-jeton_step", 600);

/// Leads a browser that has taken the first step to the second.
pub(crate) fn lead(app: &App, step: &ChallengeValue, return_to: &str) -> Answer {
    let to = format!("{PATH}?return_to={}", encoded(return_to));
    Answer::see_other(&to).header("set-cookie", STEP.set(app.public_url(), step.expose()))
}

fn step(app: &App, input: &Input) -> ChallengeValue {
    let value = input.cookie(&STEP, app.public_url());
    ChallengeValue::new(value.unwrap_or_default())
}

#[derive(Template)]
#[template(path = "second_step.html")]
struct Page {
    frame: Frame,
    login: String,
    offered: FactorsOffered,
    return_to: String,
    fault: String,
}

fn page(
    visit: &Visit<'_>,
    status: u16,
    waiting: Waiting,
    return_to: &str,
    fault: &str,
) -> Result<Answer, AppError> {
    visit.page(
        status,
        &Page {
            frame: visit.frame("Two-factor authentication"),
            login: waiting.login,
            offered: waiting.offered,
            return_to: return_to.to_owned(),
            fault: fault.to_owned(),
        },
    )
}

fn form(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let return_to = target(input.query("return_to").unwrap_or_default());
    match browser::waiting(app, call, &step(app, input))? {
        Some(waiting) => page(&visit, 200, waiting, return_to, ""),
        // Nothing waits: the sign-in begins anew.
        None => Ok(begin_anew(return_to)),
    }
}

fn begin_anew(return_to: &str) -> Answer {
    Answer::see_other(&format!("/login?return_to={}", encoded(return_to)))
}

/// The session is there: the step's cookie goes.
///
/// SECURITY: a session that this browser had before is over with it, and the new one's value is fresh.
fn entered(visit: &Visit<'_>, value: &SessionValue, return_to: &str) -> Result<Answer, AppError> {
    let app = visit.app;
    if visit.viewer.is_some() {
        sign_in::sign_out(app, &visit.own(ops::session::END), None)?;
    }
    Ok(Answer::see_other(return_to)
        .header("set-cookie", SESSION.set(app.public_url(), value.expose()))
        .header("set-cookie", STEP.dropped(app.public_url())))
}

/// What is said of a step that did not hold; other errors go on.
fn told(error: AppError) -> Result<(u16, String), AppError> {
    match error {
        AppError::BadCode => Ok((
            422,
            "The code is wrong, or was used before. Wait for the next one.".to_owned(),
        )),
        AppError::BadPasskey => Ok((
            422,
            "The passkey was not accepted, or the answer came too late. Try again.".to_owned(),
        )),
        AppError::TooMany { seconds } => Ok((429, words::wait(seconds))),
        other => Err(other),
    }
}

fn second(
    app: &App,
    call: &Call,
    input: &Input,
    shown: impl FnOnce(&ChallengeValue) -> Result<SessionValue, AppError>,
) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let return_to = target(input.field("return_to"));
    let step = step(app, input);
    let error = match shown(&step) {
        Ok(value) => return entered(&visit, &value, return_to),
        // It is over, or was never begun.
        Err(AppError::Conflict { .. }) => return Ok(begin_anew(return_to)),
        Err(error) => error,
    };
    let (status, fault) = told(error)?;
    match browser::waiting(app, &visit.to(&PAGE, jeton_app::Named::Site), &step)? {
        Some(waiting) => page(&visit, status, waiting, return_to, &fault),
        None => Ok(begin_anew(return_to)),
    }
}

fn by_code(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    second(app, call, input, |step| {
        browser::second_by_code(app, call, step, input.field("code"))
    })
}

fn by_passkey(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    second(app, call, input, |step| {
        browser::second_by_passkey(app, call, step, &challenge(input), input.field("answer"))
    })
}

/// The question that a form answers.
pub(crate) fn challenge(input: &Input) -> ChallengeValue {
    ChallengeValue::new(input.field("challenge"))
}

/// A question as the script takes it.
pub(crate) fn question(asked: &factors::AskedBrowser) -> Answer {
    Answer::ok(&json!({ "challenge": asked.value.expose(), "options": asked.options }))
}

fn ask_second(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    Ok(question(&browser::ask_second(
        app,
        call,
        &step(app, input),
    )?))
}

fn ask_anybody(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    Ok(question(&factors::ask_to_sign_in(app, call)?))
}

fn passkey_alone(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let return_to = target(input.field("return_to"));
    match browser::sign_in_by_passkey(app, call, &challenge(input), input.field("answer")) {
        Ok(value) => entered(&visit, &value, return_to),
        Err(AppError::Forbidden(sentence)) => {
            crate::sign_in::again(&visit, 403, "", return_to, sentence)
        }
        Err(error) => {
            let (status, fault) = told(error)?;
            crate::sign_in::again(&visit, status, "", return_to, fault)
        }
    }
}
