//! Consenting to an application that led the browser here.
//!
//! The browser is led back by a page that goes on by itself: a form's own answer may lead it to this server only
//! (`form-action`).

use askama::Template;
use jeton_app::oauth::{self, AuthorizeRequest, Led, Question};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Event, Operation};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};

use super::{Organization, Scope, organizations, scopes};
use crate::operation::{own_page, page_changing};
use crate::{Frame, Visit};

static PAGE: Operation = own_page("page.authorize", "Show what an application asks for.");
static CONSENT: Operation = page_changing(
    own_page(
        "page.consent",
        "Let an application act for oneself, or not. A yes takes a session that was confirmed lately.",
    ),
    &[Event::AuthorizationCreate, Event::AuthorizationUpdate],
);

const PATH: &str = "/login/oauth/authorize";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, Names::Own, show).query(&[
        Field::optional("client_id", Form::Text, "The application's client id."),
        Field::optional(
            "redirect_uri",
            Form::Text,
            "Where the browser is led back to.",
        ),
        Field::optional("scope", Form::Text, "What it asks for."),
        Field::optional("state", Form::Text, "Travels there and back."),
        Field::optional("code_challenge", Form::Text, "SHA-256 of the verifier."),
        Field::optional("code_challenge_method", Form::Text, "`S256`."),
        Field::optional("response_type", Form::Text, "`code`."),
    ]),
    Route::new(Method::Post, PATH, &CONSENT, Names::Own, consent),
];

#[derive(Template)]
#[template(path = "oauth/authorize.html")]
struct Page {
    frame: Frame,
    name: String,
    url: String,
    keeper: String,
    description: String,
    back_to: String,
    scopes: Vec<Scope>,
    organizations: Vec<Organization>,
    fields: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "oauth/led.html")]
struct LedPage {
    frame: Frame,
    url: String,
    host: String,
}

#[derive(Template)]
#[template(path = "oauth/refused.html")]
struct RefusedPage {
    frame: Frame,
    sentence: String,
}

const NAMES: [&str; 7] = [
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "response_type",
];

fn request<'a>(field: impl Fn(&'static str) -> Option<&'a str>) -> AuthorizeRequest {
    let text = |name| {
        field(name)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    AuthorizeRequest {
        client_id: text("client_id").unwrap_or_default(),
        redirect_uri: text("redirect_uri"),
        scope: text("scope").unwrap_or_default(),
        state: text("state"),
        code_challenge: text("code_challenge"),
        code_challenge_method: text("code_challenge_method"),
        response_type: text("response_type"),
    }
}

fn led(visit: &Visit<'_>, led: &Led) -> Result<Answer, AppError> {
    let host = led.0.split('/').nth(2).unwrap_or_default().to_owned();
    let page = LedPage {
        frame: visit.frame("On to the application"),
        url: led.0.clone(),
        host,
    };
    Ok(visit
        .page(200, &page)?
        .header("refresh", format!("0;url={}", led.0)))
}

/// What leads nowhere is told here: the browser is not sent to an address that nobody registered.
fn refused(visit: &Visit<'_>, error: AppError) -> Result<Answer, AppError> {
    let (status, sentence) = match error {
        AppError::Missing("application") => (
            404,
            "The application that led you here is not known to this server.".to_owned(),
        ),
        AppError::Conflict { message, .. } => (409, message),
        AppError::Forbidden(message) => (403, message),
        other => return Err(other),
    };
    let page = RefusedPage {
        frame: visit.frame("Nobody was let in"),
        sentence,
    };
    visit.page(status, &page)
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let request = request(|name| input.query(name));
    match oauth::question(app, call, &request) {
        Ok(Ok(question)) => {
            let fields = NAMES
                .iter()
                .filter_map(|name| Some((*name, input.query(name)?.to_owned())))
                .collect();
            visit.page(200, &shown(&visit, question, fields))
        }
        Ok(Err(fault)) => led(&visit, &fault),
        Err(error) => refused(&visit, error),
    }
}

fn shown(visit: &Visit<'_>, question: Question, fields: Vec<(&'static str, String)>) -> Page {
    let application = question.application;
    Page {
        frame: visit.frame(format!("Let {} act for you?", application.name)),
        name: application.name,
        url: application.url,
        keeper: question.keeper.unwrap_or_default(),
        description: application.description,
        back_to: question.back_to,
        scopes: scopes(question.scopes, question.had),
        organizations: organizations(question.organizations),
        fields,
    }
}

fn consent(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let request = request(|name| Some(input.field(name)));
    match oauth::consent(app, call, &request, input.field("answer") == "approve") {
        Ok(back) => led(&visit, &back),
        Err(error) => refused(&visit, error),
    }
}
