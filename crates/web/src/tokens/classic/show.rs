//! One classic token, in sentences.

use askama::Template;
use jeton_api::ops;
use jeton_app::tokens::{self, ClassicEdit};
use jeton_app::{App, AppError, Call};
use jeton_domain::Operation;
use jeton_http::{Answer, Input, Method, Names, Route};

use super::super::lived::{self, Lived};
use super::super::{CLASSIC, Pages, elsewhere, id};
use super::overview::Prospect;
use super::scopes::{self, Row};
use crate::operation::own_page;
use crate::{Frame, Visit, settings};

static PAGE: Operation = own_page(
    "page.classic_token",
    "Show one of one's own classic tokens.",
);

pub(crate) static ROUTES: &[Route] = &[Route::new(
    Method::Get,
    "/settings/tokens/{token_id}",
    &PAGE,
    Names::Own,
    show,
)];

#[derive(Template)]
#[template(path = "tokens/classic_show.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
    pages: &'static Pages,
    lived: Lived,
    /// Those that it holds.
    tree: Vec<Row>,
    prospect: Prospect,
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let own = visit.own(ops::tokens::SHOW);
    let view = tokens::show(app, &own, id(input)?)?;
    if let Some(answer) = elsewhere(&view, &CLASSIC, "") {
        return Ok(answer);
    }
    let foreseen = tokens::foresee_classic(app, &own, view.row.id, &ClassicEdit::default())?;
    let mut tree = scopes::tree(foreseen.scopes);
    tree.retain(|row| row.held);
    let sentence = lived::sentence(&view, app.now());
    visit.page(
        200,
        &Page {
            frame: visit.frame(view.row.name.clone()),
            menu: CLASSIC.root,
            pages: &CLASSIC,
            lived: Lived::new(&visit, &view, sentence)?,
            tree,
            prospect: Prospect::of_token(&foreseen, &view.row.name),
        },
    )
}
