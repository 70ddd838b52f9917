//! One webhook: how it fares, what it was told lately, and what can be done with it.

use askama::Template;
use jeton_app::hooks::{self, Among, DeliveryRow, HookContentType};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Clean, HookDeliveryId, HookEvent, Id as _, Time, counted, hears};
use jeton_http::{Answer, Input};

use super::{around, heard, id, outcome, state, told};
use crate::around::Around;
use crate::words::relative;
use crate::{Frame, Said, Visit, settings};

/// Tries on a page.
const SHOWN: u32 = 30;

/// One try, in a line.
#[derive(Debug)]
struct Row {
    id: i64,
    what: String,
    again: bool,
    word: String,
    tone: &'static str,
    at: String,
    when: String,
    took: String,
}

impl Row {
    fn of(row: &DeliveryRow, now: Time) -> Self {
        let (word, tone) = outcome(row);
        let at = row.delivered_at.unwrap_or(row.due_at);
        Self {
            id: row.id.get(),
            what: told(row).plain(),
            again: row.redelivery || row.attempt > 1,
            word,
            tone,
            at: at.iso(),
            when: relative(at, now),
            took: took(row),
        }
    }
}

/// How long a try took, in words; empty where it was not made.
pub(super) fn took(row: &DeliveryRow) -> String {
    match row.duration_ms {
        None => String::new(),
        Some(ms @ 0..1000) => format!("{ms} ms"),
        Some(ms) => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
    }
}

#[derive(Template)]
#[template(path = "hooks/show.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what the page tells of a webhook, one thing each"
)]
struct Page {
    frame: Frame,
    around: Around,
    id: i64,
    url: String,
    word: String,
    tone: &'static str,
    active: bool,
    events: String,
    json: bool,
    signed: bool,
    verifies_tls: bool,
    since: String,
    /// What waits, in words; empty where nothing does.
    waiting: String,
    /// Nothing is sent until then, as too much failed; empty where it is not so.
    rests: String,
    /// It can be tried with a push.
    pushes: bool,
    rows: Vec<Row>,
    /// The page behind this one.
    older: Option<i64>,
}

pub(super) fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let around = around(&visit)?;
    let view = hooks::show(app, &around.showing(&visit), id(input)?)?;
    let after = input
        .query_number("cursor")?
        .and_then(HookDeliveryId::from_i64);
    let listing = visit.to(&around.hooks().deliveries, around.home.clone());
    let part = (after, SHOWN);
    let found = hooks::deliveries(app, &listing, view.row.id, Among::All, part)?;
    let now = app.now();
    let (word, tone) = state(&view);
    let row = &view.row;
    visit.page(
        200,
        &Page {
            frame: visit.frame(format!("Webhook of {}", around.name())),
            id: row.id.get(),
            url: row.url.plain(),
            word,
            tone,
            active: row.active,
            events: heard(&view),
            json: row.content_type == HookContentType::Json,
            signed: row.secret.is_some(),
            verifies_tls: row.verifies_tls,
            since: row.created_at.date(),
            waiting: match view.waiting.unsigned_abs() {
                0 => String::new(),
                some => counted(some, "delivery waits", "deliveries wait"),
            },
            rests: row
                .rests_until
                .filter(|until| *until > now)
                .map_or_else(String::new, |until| relative(until, now)),
            pushes: around.head.is_some() && hears(&row.events, HookEvent::Push.name()),
            rows: found.items.iter().map(|row| Row::of(row, now)).collect(),
            older: found.next.map(HookDeliveryId::get),
            around,
        },
    )
}

/// Does something with one webhook, and leads back to its page.
fn done(
    app: &App,
    call: &Call,
    input: &Input,
    said: Said,
    what: impl FnOnce() -> Result<(), AppError>,
) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let page = around(&visit)?.page_of(id(input)?);
    what()?;
    Ok(said.redirect(app, &page))
}

pub(super) fn ping(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let id = id(input)?;
    done(app, call, input, Said::HOOK_PINGED, || {
        hooks::ping_hook(app, call, id)
    })
}

pub(super) fn test(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let id = id(input)?;
    done(app, call, input, Said::HOOK_TESTED, || {
        hooks::test_push(app, call, id)
    })
}

pub(super) fn redeliver(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let (hook, delivery) = (id(input)?, super::delivery_id(input)?);
    done(app, call, input, Said::HOOK_REDELIVERED, || {
        hooks::redeliver(app, call, hook, delivery)
    })
}

pub(super) fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let around = around(&visit)?;
    hooks::delete(app, call, id(input)?)?;
    Ok(Said::HOOK_DELETED.redirect(app, &around.root))
}
