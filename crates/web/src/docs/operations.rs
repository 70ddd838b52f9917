//! The reference of operations: all with search, and each by itself.

use askama::Template;
use jeton_app::{App, AppError, Call};
use jeton_http::{Answer, Input};

use super::catalogue::{self, Caller, Way};
use super::{closed, visit};
use crate::Frame;
use crate::pager::Pager;

/// Characters of a search.
const SEARCH_LENGTH: usize = 200;

/// One operation in a list.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) sentence: &'static str,
    pub(super) way: String,
    pub(super) sets: Vec<String>,
}

impl Row {
    pub(super) fn of(entry: &catalogue::Entry) -> Self {
        Self {
            name: entry.operation.name,
            sentence: entry.operation.sentence,
            way: entry.way(),
            sets: entry.sets(),
        }
    }
}

/// One choice of a filter.
#[derive(Debug)]
struct Choice {
    value: &'static str,
    title: &'static str,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "docs/operations.html")]
struct ListPage {
    frame: Frame,
    here: &'static str,
    q: String,
    permissions: Vec<Choice>,
    callers: Vec<Choice>,
    rows: Vec<Row>,
    /// How many fit what was asked for.
    found: usize,
    all: usize,
    pager: Pager,
}

pub(super) fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = visit(app, call, input)?;
    let asked = |name: &str| input.query(name).unwrap_or_default();
    let q: String = asked("q").trim().chars().take(SEARCH_LENGTH).collect();
    let (permission, kind) = (asked("permission"), asked("kind"));
    let words: Vec<String> = q.split_whitespace().map(str::to_lowercase).collect();
    let caller = Caller::parse(kind);
    let rows: Vec<Row> = catalogue::all()
        .iter()
        .filter(|entry| permission.is_empty() || entry.takes(permission))
        .filter(|entry| caller.is_none_or(|caller| caller.may(entry.operation)))
        .filter(|entry| entry.is_about(&words))
        .map(Row::of)
        .collect();
    let found = rows.len();
    // A page of all of them grows with each operation, and is no small page.
    let (rows, pager) = Pager::cut(input, rows);
    visit.page(
        200,
        &ListPage {
            frame: visit.frame("Operations"),
            here: "/docs/operations",
            permissions: jeton_domain::catalogue()
                .map(|entry| Choice {
                    value: entry.key,
                    title: entry.key,
                    chosen: entry.key == permission,
                })
                .collect(),
            callers: Caller::ALL
                .into_iter()
                .map(|each| Choice {
                    value: each.word(),
                    title: each.title(),
                    chosen: caller == Some(each),
                })
                .collect(),
            q,
            rows,
            found,
            pager,
            all: catalogue::all().len(),
        },
    )
}

#[derive(Template)]
#[template(path = "docs/operation.html")]
struct OnePage {
    frame: Frame,
    here: &'static str,
    name: &'static str,
    sentence: &'static str,
    ways: Vec<Way>,
    sets: Vec<Vec<(&'static str, &'static str)>>,
    /// A token without any permission may call it too.
    permissionless: bool,
    /// Why no token may.
    closed: &'static str,
    kinds: Vec<&'static str>,
    scopes: String,
    least: String,
    public: bool,
    confirm: bool,
    events: Vec<(&'static str, &'static str)>,
}

pub(super) fn one(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = visit(app, call, input)?;
    let entry = catalogue::find(input.path("name")).ok_or(AppError::Missing("operation"))?;
    let operation = entry.operation;
    let open = catalogue::open_to_tokens(operation);
    visit.page(
        200,
        &OnePage {
            frame: visit.frame(operation.name),
            here: "/docs/operations",
            name: operation.name,
            sentence: operation.sentence,
            ways: entry
                .ways()
                .into_iter()
                .map(|way| Way {
                    // What is copied from here asks this server.
                    example: way.example.replace("$JETON", visit.app.public_url()),
                    ..way
                })
                .collect(),
            sets: operation
                .sets
                .iter()
                .map(|set| set.iter().map(|r| (r.key, r.level.name())).collect())
                .collect(),
            permissionless: open && !operation.needs_permission(),
            closed: if open { "" } else { closed::why(operation) },
            kinds: entry.kinds(),
            scopes: jeton_api::scopes(operation).replace('`', ""),
            least: jeton_api::least(operation.least),
            public: operation.reads_public,
            confirm: operation.confirm,
            events: operation
                .events
                .iter()
                .map(|event| (event.name(), event.sentence()))
                .collect(),
        },
    )
}
