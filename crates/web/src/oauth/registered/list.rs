//! The list.

use askama::Template;
use jeton_app::oauth;
use jeton_app::{App, AppError, Call};
use jeton_domain::counted;
use jeton_http::{Answer, Input};

use super::{Keeper, Side};
use crate::{Frame, Visit, settings};

struct Row {
    path: String,
    name: String,
    client_id: String,
    description: String,
    tokens: String,
}

#[derive(Template)]
#[template(path = "oauth/registered.html")]
struct Page {
    frame: Frame,
    keeper: Keeper,
    rows: Vec<Row>,
}

pub(super) fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let keeper = Keeper::of(&visit, call)?;
    let rows = oauth::list(app, &keeper.listing(&visit))?
        .into_iter()
        .map(|view| Row {
            path: keeper.path(view.row.id),
            tokens: counted(view.tokens as u64, "living token", "living tokens"),
            name: view.row.name,
            client_id: view.row.client_id,
            description: view.row.description,
        })
        .collect();
    let page = Page {
        frame: visit.frame("Registered OAuth applications"),
        keeper,
        rows,
    };
    visit.page(200, &page)
}
