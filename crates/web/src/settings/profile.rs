//! What a person calls themselves.

use askama::Template;
use jeton_api::ops;
use jeton_app::{App, AppError, Call, users};
use jeton_domain::Operation;
use jeton_http::{Answer, Input, Method, Names, Route};

use crate::operation::own_page;
use crate::{Faults, Frame, Said, Visit, settings};

static PAGE: Operation = own_page("page.profile", "Show one's own profile.");

const PATH: &str = "/settings/profile";

pub(super) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, Names::Own, show),
    Route::new(Method::Post, PATH, ops::people::UPDATE, Names::Own, save),
];

#[derive(Template)]
#[template(path = "settings/profile.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
    login: String,
    name: String,
    faults: Faults,
}

fn page(visit: &Visit<'_>, status: u16, name: &str, faults: Faults) -> Result<Answer, AppError> {
    let login = visit.viewer.as_ref().map(|viewer| viewer.login.clone());
    visit.page(
        status,
        &Page {
            frame: visit.frame("Profile"),
            menu: PATH,
            login: login.unwrap_or_default(),
            name: name.to_owned(),
            faults,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let name = visit.viewer.as_ref().map(|viewer| viewer.name.clone());
    page(&visit, 200, &name.unwrap_or_default(), Faults::default())
}

fn save(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let name = input.field("name");
    match users::rename_display(app, call, name) {
        Ok(_) => Ok(Said::PROFILE_SAVED.redirect(app, PATH)),
        Err(error) => page(&visit, 422, name, Faults::of(error)?),
    }
}
