//! The first page: where everybody begins.

use jeton_app::{App, AppError, Call};
use jeton_domain::Operation;
use jeton_http::{Answer, Input, Method, Names, Route};

use crate::operation::open_page;
use crate::visit::Visit;

static HOME: Operation = open_page("page.home", "Lead to where one begins.");

pub(crate) static ROUTES: &[Route] = &[Route::new(Method::Get, "/", &HOME, Names::Site, home)];

fn home(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    Ok(Answer::see_other(match visit.viewer {
        Some(_) => "/settings/personal-access-tokens",
        None => "/login",
    }))
}
