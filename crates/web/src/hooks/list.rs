//! The webhooks of an organization or a repository.

use askama::Template;
use jeton_app::hooks::{self, HookView};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Clean, Time};
use jeton_http::{Answer, Input};

use super::{around, heard, state};
use crate::around::Around;
use crate::pager::Pager;
use crate::words::relative;
use crate::{Frame, Visit, settings};

#[derive(Debug)]
struct Row {
    id: i64,
    url: String,
    events: String,
    word: String,
    tone: &'static str,
    when: String,
}

impl Row {
    fn of(view: &HookView, now: Time) -> Self {
        let (word, tone) = state(view);
        let last = view.last.as_ref().and_then(|last| last.delivered_at);
        Self {
            id: view.row.id.get(),
            url: view.row.url.plain(),
            events: heard(view),
            word,
            tone,
            when: last.map_or_else(String::new, |at| relative(at, now)),
        }
    }
}

#[derive(Template)]
#[template(path = "hooks/list.html")]
struct Page {
    frame: Frame,
    around: Around,
    rows: Vec<Row>,
    pager: Pager,
}

pub(super) fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let around = around(&visit)?;
    let page = input.page();
    let list = hooks::list(app, &around.listing(&visit), page.offset(), page.size)?;
    let now = app.now();
    visit.page(
        200,
        &Page {
            frame: visit.frame(format!("Webhooks of {}", around.name())),
            rows: list.items.iter().map(|view| Row::of(view, now)).collect(),
            pager: Pager::new(input, list.total),
            around,
        },
    )
}
