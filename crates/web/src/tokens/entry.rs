//! Both kinds of tokens side by side, and what is better than either.

use askama::Template;
use jeton_app::{App, AppError, Call};
use jeton_domain::Operation;
use jeton_http::{Answer, Input, Method, Names, Route};

use crate::operation::own_page;
use crate::{Frame, Visit, settings};

static PAGE: Operation = own_page(
    "page.token_kinds",
    "Show both kinds of personal access tokens side by side.",
);

pub(crate) const PATH: &str = "/settings/token-kinds";

pub(crate) static ROUTES: &[Route] = &[Route::new(Method::Get, PATH, &PAGE, Names::Own, show)];

#[derive(Template)]
#[template(path = "tokens/entry.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    visit.page(
        200,
        &Page {
            frame: visit.frame("Personal access tokens"),
            menu: PATH,
        },
    )
}
