//! One's own tokens of a kind.

use askama::Template;
use jeton_api::ops;
use jeton_app::tokens::{self, TokenView};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Expiry, Life, Operation, Time};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};

use super::{CLASSIC, FINE_GRAINED, Pages};
use crate::operation::own_page;
use crate::pager::Pager;
use crate::{Frame, Visit, settings, words};

static PAGE: Operation = own_page("page.tokens", "Show one's own fine-grained tokens.");
static CLASSIC_PAGE: Operation = own_page("page.classic_tokens", "Show one's own classic tokens.");

const FILTERS: &[Field] = &[
    Field::optional(
        "q",
        Form::Text,
        "What stands in the name, or in the owner's or a scope's.",
    ),
    Field::optional("state", Form::Text, "Only tokens in this state."),
    Field::optional("page", Form::Number, "Which page, from 1."),
];

pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        FINE_GRAINED.root,
        &PAGE,
        Names::Own,
        fine_grained,
    )
    .query(FILTERS),
    Route::new(
        Method::Get,
        CLASSIC.root,
        &CLASSIC_PAGE,
        Names::Own,
        classic,
    )
    .query(FILTERS),
];

/// Of a token that no owner is asked about.
const OWN_STATES: &[&str] = &[
    "active",
    "refused",
    "suspended",
    "expired",
    "retired",
    "revoked",
];

const STATES: &[&str] = &[
    "active",
    "refused",
    "pending",
    "denied",
    "cancelled",
    "withdrawn",
    "suspended",
    "expired",
    "retired",
    "revoked",
];

/// A token in a list.
#[derive(Debug)]
struct Row {
    id: i64,
    name: String,
    owner: String,
    /// Of a classic token, by name.
    scopes: String,
    state: &'static str,
    tone: &'static str,
    sentence: String,
    used: String,
    expires: String,
    /// It ends within a week.
    soon: bool,
}

#[derive(Template)]
#[template(path = "tokens/list.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
    pages: &'static Pages,
    states: &'static [&'static str],
    rows: Vec<Row>,
    total: u64,
    /// Something was filtered out.
    filtered: bool,
    query: String,
    state: String,
    pager: Pager,
}

/// The colour of a state.
pub(crate) fn tone(state: &str) -> &'static str {
    match state {
        "active" => "good",
        "pending" => "info",
        "suspended" | "expired" | "retired" => "warn",
        "denied" | "withdrawn" | "revoked" | "refused" => "bad",
        _ => "",
    }
}

/// When a token ends, in words.
pub(crate) fn ends(view: &TokenView, now: Time) -> (String, bool) {
    if let Life::Revoked { at, .. } = view.row.life {
        return (format!("Revoked on {}", at.date()), false);
    }
    match view.expiry() {
        Some(Expiry::At(at)) if at.is_over_at(now) => (format!("Expired on {}", at.date()), false),
        Some(Expiry::At(at)) => {
            let soon = at.since(now).days_up() <= 7;
            (
                format!("Expires on {} ({})", at.date(), words::relative(at, now)),
                soon,
            )
        }
        Some(Expiry::Never) => ("Never expires".to_owned(), false),
        None => ("Has no value any more".to_owned(), false),
    }
}

/// When it was last used, in words.
pub(crate) fn used(view: &TokenView, now: Time) -> String {
    view.uses.first().map_or_else(
        || "Never used".to_owned(),
        |last| {
            let from = last.address.as_deref();
            let from = from.map_or_else(String::new, |address| format!(" from {address}"));
            format!("Last used {}{from}", words::relative(last.at, now))
        },
    )
}

fn row(view: &TokenView, now: Time) -> Row {
    let (expires, soon) = ends(view, now);
    Row {
        id: view.row.id.get(),
        name: view.row.name.clone(),
        owner: view.owner.0.clone(),
        scopes: view.row.scopes.to_string(),
        state: view.shown_state(),
        tone: tone(view.shown_state()),
        sentence: words::quoted(view.state_sentence.as_deref().unwrap_or_default()),
        used: used(view, now),
        expires,
        soon,
    }
}

fn fine_grained(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    show(app, call, input, &FINE_GRAINED)
}

fn classic(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    show(app, call, input, &CLASSIC)
}

fn show(app: &App, call: &Call, input: &Input, pages: &'static Pages) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let query = input.query("q").unwrap_or_default().trim();
    let state = input.query("state").unwrap_or_default();
    let page = input.page();
    let filtered = !query.is_empty() || !state.is_empty();
    let listing = visit.own(ops::tokens::LIST);
    let (views, total) = if filtered {
        tokens::find(
            app,
            &listing,
            pages.kind,
            query,
            state,
            (page.offset(), page.size),
        )?
    } else {
        tokens::list(app, &listing, &[pages.kind], page.offset(), page.size)?
    };
    let now = app.now();
    visit.page(
        200,
        &Page {
            frame: visit.frame(pages.title),
            menu: pages.root,
            pages,
            states: if pages.is_classic() {
                OWN_STATES
            } else {
                STATES
            },
            rows: views.iter().map(|view| row(view, now)).collect(),
            total,
            filtered,
            query: input.query("q").unwrap_or_default().to_owned(),
            state: state.to_owned(),
            pager: Pager::new(input, total),
        },
    )
}
