//! What an organization says to OAuth applications.

use askama::Template;
use jeton_api::ops;
use jeton_app::oauth;
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{ApplicationId, Id, Operation};
use jeton_http::{Answer, Input, Method, Names, Route};
use jeton_store::applications::Say;

use crate::review::{Menu, owners_page};
use crate::{Frame, Said, Visit};

static PAGE: Operation = owners_page(
    "page.application_approvals",
    "Show what an organization says to OAuth applications.",
);

/// Below the organization's settings.
pub(crate) const BELOW: &str = "/oauth-applications";
const PATH: &str = "/organizations/{org}/settings/oauth-applications";
const ORG: Names = Names::Organization("org");

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, ORG, show),
    Route::new(
        Method::Post,
        PATH,
        ops::application_approvals::DECIDE,
        ORG,
        decide,
    ),
];

#[derive(Debug)]
struct Row {
    id: i64,
    name: String,
    url: String,
    word: &'static str,
    tone: &'static str,
    keeper: Option<String>,
    asked_by: String,
    approved: bool,
    denied: bool,
}

#[derive(Template)]
#[template(path = "oauth/approvals.html")]
struct Page {
    frame: Frame,
    menu: Menu,
    rows: Vec<Row>,
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let menu = Menu::of(&visit, BELOW)?;
    let named = Named::Organization(menu.org.clone());
    let rows = oauth::approvals(app, &visit.to(ops::application_approvals::LIST, named))?;
    let page = Page {
        frame: visit.frame("Application access"),
        menu,
        rows: rows
            .into_iter()
            .map(|approval| {
                let (word, tone) = match approval.say {
                    Say::Requested => ("waits", "info"),
                    Say::Approved => ("let in", "good"),
                    Say::Denied => ("kept out", "bad"),
                };
                Row {
                    id: approval.application.id.get(),
                    name: approval.application.name,
                    url: approval.application.url,
                    word,
                    tone,
                    keeper: approval.keeper,
                    asked_by: approval.asked_by.unwrap_or_default(),
                    approved: approval.say == Say::Approved,
                    denied: approval.say == Say::Denied,
                }
            })
            .collect(),
    };
    visit.page(200, &page)
}

fn decide(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let id = input.field("application").parse().ok();
    let id: ApplicationId = id
        .and_then(ApplicationId::from_i64)
        .ok_or(AppError::Missing("application"))?;
    let approve = input.field("answer") == "approve";
    oauth::decide_application(app, call, id, approve)?;
    let said = if approve {
        Said::APPLICATION_APPROVED
    } else {
        Said::APPLICATION_DENIED
    };
    Ok(said.redirect(app, &Menu::of(&visit, BELOW)?.path(BELOW)))
}
