//! One's own fine-grained tokens.

use askama::Template;
use jeton_app::{App, AppError, Call};
use jeton_domain::Operation;
use jeton_http::{Answer, Input, Method, Names, Route};

use super::MENU;
use crate::operation::own_page;
use crate::{Frame, Visit, settings};

static PAGE: Operation = own_page("page.tokens", "Show one's own fine-grained tokens.");

pub(super) static ROUTES: &[Route] = &[Route::new(
    Method::Get,
    "/settings/personal-access-tokens",
    &PAGE,
    Names::Own,
    show,
)];

#[derive(Template)]
#[template(path = "tokens/list.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
    total: usize,
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    visit.page(
        200,
        &Page {
            frame: visit.frame("Fine-grained tokens"),
            menu: MENU,
            total: 0,
        },
    )
}
