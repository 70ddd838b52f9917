//! What one reads: the guides, and the reference that is made from the route tables.

mod catalogue;
mod closed;
mod guides;
mod operations;
mod permissions;

pub(crate) use permissions::others;

use askama::Template;
use jeton_app::{App, AppError, Call};
use jeton_domain::{Least, Operation, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};

use crate::operation::page;
use crate::{Frame, Visit};

/// Every operation of the network, once.
pub(crate) fn every_operation() -> impl Iterator<Item = &'static Operation> {
    catalogue::all().iter().map(|entry| entry.operation)
}

/// Everybody may read it, unless the site shows nothing to people who are not signed in.
const fn public_page(name: &'static str, sentence: &'static str) -> Operation {
    Operation {
        reads_public: true,
        sets: &[&[]],
        ..page(name, sentence, TargetKind::Site, Least::Anyone)
    }
}

static INDEX: Operation = public_page("page.docs", "Show what there is to read.");
static GUIDE: Operation = public_page("page.guide", "Show a guide.");
static OPERATIONS: Operation =
    public_page("page.operations", "Search the reference of operations.");
static OPERATION: Operation = public_page("page.operation", "Show one operation.");
static PERMISSIONS: Operation = public_page("page.permissions", "Show every permission.");
static PERMISSION: Operation = public_page("page.permission", "Show what one permission opens.");
static CLOSED: Operation = public_page(
    "page.closed",
    "Show what is closed to fine-grained tokens, and why.",
);

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/docs", &INDEX, Names::Site, index),
    Route::new(
        Method::Get,
        "/docs/operations",
        &OPERATIONS,
        Names::Site,
        operations::list,
    )
    .query(&[
        Field::optional("q", Form::Text, "Words to search for."),
        Field::optional("permission", Form::Text, "A permission that it takes."),
        Field::optional("kind", Form::Text, "Who may call it."),
    ])
    .paged(),
    Route::new(
        Method::Get,
        "/docs/operations/{name}",
        &OPERATION,
        Names::Site,
        operations::one,
    ),
    Route::new(
        Method::Get,
        "/docs/permissions",
        &PERMISSIONS,
        Names::Site,
        permissions::list,
    ),
    Route::new(
        Method::Get,
        "/docs/permissions/{key}",
        &PERMISSION,
        Names::Site,
        permissions::one,
    ),
    Route::new(
        Method::Get,
        "/docs/closed",
        &CLOSED,
        Names::Site,
        closed::list,
    ),
    Route::new(
        Method::Get,
        "/docs/{guide}",
        &GUIDE,
        Names::Site,
        guides::one,
    ),
];

/// The menu beside every page to read.
pub(crate) const MENU: &[(&str, &str)] = &[
    ("/docs/operations", "Operations"),
    ("/docs/permissions", "Permissions"),
    ("/docs/closed", "Closed to tokens"),
];

/// The generated lists, for the menu.
pub(crate) fn lists() -> &'static [guides::Guide] {
    guides::LISTS
}

/// The guides, for the menu.
pub(crate) fn guides() -> &'static [guides::Guide] {
    guides::GUIDES
}

/// A visit of a page that everybody may read, where the site is open.
fn visit<'a>(app: &'a App, call: &'a Call, input: &'a Input) -> Result<Visit<'a>, AppError> {
    jeton_app::site::readable(app, call)?;
    Visit::new(app, call, input)
}

#[derive(Template)]
#[template(path = "docs/index.html")]
struct IndexPage {
    frame: Frame,
    here: &'static str,
    operations: usize,
    permissions: usize,
    closed: usize,
}

fn index(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = visit(app, call, input)?;
    visit.page(
        200,
        &IndexPage {
            frame: visit.frame("Guides and reference"),
            here: "/docs",
            operations: catalogue::all().len(),
            permissions: jeton_domain::catalogue().count(),
            closed: closed::all().count(),
        },
    )
}
