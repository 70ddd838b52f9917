//! Making an organization.

use askama::Template;
use jeton_api::ops;
use jeton_app::{App, AppError, Call, organizations};
use jeton_domain::Operation;
use jeton_http::{Answer, Input, Method, Names, Route};

use crate::operation::own_page;
use crate::{Faults, Frame, Said, Visit};

static PAGE: Operation = own_page(
    "page.organization_new",
    "Show the form for a new organization.",
);

const PATH: &str = "/organizations/new";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, Names::Own, show),
    Route::new(
        Method::Post,
        PATH,
        ops::organizations::CREATE,
        Names::Site,
        make,
    ),
];

#[derive(Template)]
#[template(path = "organizations/new.html")]
struct Page {
    frame: Frame,
    login: String,
    name: String,
    faults: Faults,
}

fn page(
    visit: &Visit<'_>,
    status: u16,
    (login, name): (&str, &str),
    faults: Faults,
) -> Result<Answer, AppError> {
    visit.page(
        status,
        &Page {
            frame: visit.frame("New organization"),
            login: login.to_owned(),
            name: name.to_owned(),
            faults,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    page(&visit, 200, ("", ""), Faults::default())
}

fn make(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let (login, name) = (input.field("login").trim(), input.field("name").trim());
    match organizations::create(app, call, login, name) {
        Ok(made) => {
            Ok(Said::ORGANIZATION_MADE.redirect(app, &format!("/orgs/{}/people", made.row.login)))
        }
        Err(error) => page(&visit, 422, (login, name), Faults::of(error)?),
    }
}
