//! The site in numbers, and the ways to what an administrator does.

use askama::Template;
use jeton_app::{App, AppError, Call, site};
use jeton_domain::Operation;
use jeton_http::{Answer, Input, Method, Names, Route};

use super::{OVERVIEW, admin_page};
use crate::{Frame, Visit};

static PAGE: Operation = admin_page("page.admin", "Show the site in numbers.");

pub(super) const ROUTES: &[Route] = &[Route::new(Method::Get, OVERVIEW, &PAGE, Names::Site, show)];

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
    people: u64,
    organizations: u64,
    tokens: u64,
    engine: &'static str,
    version: &'static str,
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let numbers = site::numbers(app, call)?;
    visit.page(
        200,
        &Page {
            frame: visit.frame("Site administration"),
            menu: OVERVIEW,
            people: numbers.people,
            organizations: numbers.organizations,
            tokens: numbers.tokens,
            engine: numbers.engine,
            version: env!("CARGO_PKG_VERSION"),
        },
    )
}
