//! The applications that one let act for oneself, and what one's organizations say to them.

use askama::Template;
use jeton_api::ops;
use jeton_app::oauth;
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{ApplicationId, Id, Operation};
use jeton_http::{Answer, Input, Method, Names, Route};

use super::{Organization, organizations};
use crate::operation::own_page;
use crate::{Frame, Said, Visit, settings};

static PAGE: Operation = own_page(
    "page.applications",
    "Show the applications that one let act for oneself.",
);
static ASK: Operation = own_page(
    "page.ask_for_application",
    "Ask an organization to let an application in.",
);

pub(crate) const PATH: &str = "/settings/applications";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, Names::Own, show),
    Route::new(
        Method::Post,
        "/settings/applications/{application_id}/revoke",
        ops::applications::TAKE_BACK,
        Names::Own,
        revoke,
    ),
    // Whom it is about stands in the form: asking is an operation of its own.
    Route::new(
        Method::Post,
        "/settings/applications/ask",
        &ASK,
        Names::Own,
        ask,
    ),
];

#[derive(Debug)]
struct Row {
    id: i64,
    client_id: String,
    name: String,
    url: String,
    scopes: String,
    since: String,
    used: String,
    tokens: String,
    organizations: Vec<Organization>,
}

#[derive(Template)]
#[template(path = "oauth/consents.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
    rows: Vec<Row>,
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let rows = oauth::consents(app, &visit.own(ops::applications::CONSENTS))?;
    let page = Page {
        frame: visit.frame("Applications"),
        menu: PATH,
        rows: rows
            .into_iter()
            .map(|consent| Row {
                id: consent.application.id.get(),
                client_id: consent.application.client_id,
                name: consent.application.name,
                url: consent.application.url,
                scopes: consent.scopes.to_string(),
                since: consent.since.date(),
                used: consent
                    .used_at
                    .map_or_else(|| "never".to_owned(), jeton_domain::Time::minute),
                tokens: jeton_domain::counted(consent.tokens as u64, "token", "tokens"),
                organizations: organizations(consent.organizations),
            })
            .collect(),
    };
    visit.page(200, &page)
}

fn revoke(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let id = ApplicationId::from_i64(input.id("application_id")?);
    let id = id.ok_or(AppError::Missing("application"))?;
    oauth::take_back(app, call, id)?;
    Ok(Said::APPLICATION_REVOKED.redirect(app, PATH))
}

fn ask(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let named = Named::Organization(input.field("organization").to_owned());
    let to = visit.to(ops::application_approvals::ASK, named);
    oauth::ask(app, &to, input.field("client_id"))?;
    Ok(Said::APPLICATION_ASKED.redirect(app, PATH))
}
