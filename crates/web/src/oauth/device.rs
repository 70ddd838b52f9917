//! Answering a device: a code is typed, who asks is shown, and one says yes or no.
//!
//! SECURITY: an address never fills the code in. Whoever is sent a link would press the button that it leads to.

use askama::Template;
use jeton_app::oauth::{self, DeviceQuestion};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Event, Operation};
use jeton_http::{Answer, Input, Method, Names, Route};

use super::{Scope, consents, scopes};
use crate::operation::{own_page, page_changing};
use crate::{Faults, Frame, Said, Visit, words};

static PAGE: Operation = own_page("page.device", "Show where the code of a device is typed.");
static LOOK: Operation = own_page("page.device_question", "Show what a device asks for.");
static ANSWER: Operation = page_changing(
    own_page(
        "page.device_answer",
        "Answer a device. A yes takes a session that was confirmed lately.",
    ),
    &[Event::AuthorizationCreate, Event::AuthorizationUpdate],
);

const PATH: &str = "/login/device";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, Names::Own, form),
    Route::new(Method::Post, PATH, &LOOK, Names::Own, look),
    Route::new(
        Method::Post,
        "/login/device/answer",
        &ANSWER,
        Names::Own,
        answer,
    ),
];

#[derive(Template)]
#[template(path = "oauth/device.html")]
struct Page {
    frame: Frame,
    code: String,
    faults: Faults,
}

#[derive(Template)]
#[template(path = "oauth/device_question.html")]
struct QuestionPage {
    frame: Frame,
    code: String,
    name: String,
    url: String,
    keeper: String,
    client: String,
    address: String,
    asked: String,
    scopes: Vec<Scope>,
}

fn typing(visit: &Visit<'_>, status: u16, faults: Faults) -> Result<Answer, AppError> {
    let page = Page {
        frame: visit.frame("Sign a device in"),
        code: visit.input.field("user_code").to_owned(),
        faults,
    };
    visit.page(status, &page)
}

fn form(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    typing(&Visit::new(app, call, input)?, 200, Faults::default())
}

/// What is wrong with a code, where that is the person's affair.
fn refused(visit: &Visit<'_>, error: AppError) -> Result<Answer, AppError> {
    match error {
        AppError::Missing("device code") => {
            let sentence = "No device waits with this code: it is wrong, was answered, or is older than 15 minutes.";
            typing(visit, 422, Faults::one("user_code", sentence))
        }
        AppError::TooMany { seconds } => {
            typing(visit, 429, Faults::one("user_code", words::wait(seconds)))
        }
        AppError::Forbidden(sentence) => typing(visit, 403, Faults::one("user_code", sentence)),
        other => Err(other),
    }
}

fn look(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let code = input.field("user_code").trim();
    match oauth::look(app, call, code) {
        Ok(question) => visit.page(200, &shown(&visit, code, question)),
        Err(error) => refused(&visit, error),
    }
}

fn shown(visit: &Visit<'_>, code: &str, question: DeviceQuestion) -> QuestionPage {
    let now = visit.app.now();
    let application = question.application;
    QuestionPage {
        frame: visit.frame(format!("Sign {} in", application.name)),
        code: code.to_owned(),
        keeper: question.keeper.unwrap_or_default(),
        name: application.name,
        url: application.url,
        client: question.user_agent,
        address: question
            .address
            .unwrap_or_else(|| "an address that is not known".to_owned()),
        asked: words::relative(question.asked_at, now),
        scopes: scopes(question.scopes, jeton_domain::Scopes::NONE),
    }
}

fn answer(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let approve = input.field("answer") == "approve";
    match oauth::answer(app, call, input.field("user_code"), approve) {
        Ok(()) if approve => Ok(Said::DEVICE_APPROVED.redirect(app, consents::PATH)),
        Ok(()) => Ok(Said::DEVICE_DENIED.redirect(app, PATH)),
        Err(error) => refused(&visit, error),
    }
}
