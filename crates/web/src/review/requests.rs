//! Requests of tokens for access to an organization: listed, looked at, approved or denied one or many.

use askama::Template;
use jeton_api::ops;
use jeton_app::requests::{self, RequestView, Review};
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{Id, Operation, RequestId, Selection};
use jeton_http::{Answer, Input, Method, Names, Route};

use super::filter::{Filter, QUERY, permissions};
use super::length;
use super::{Menu, REQUESTS, counted, here, reviewers_page, used};
use crate::pager::Pager;
use crate::words::quoted;
use crate::{Faults, Frame, Said, Visit};
use jeton_app::difference_words::{Line, lines};

static LIST: Operation = reviewers_page(
    "page.requests",
    "Show the requests of tokens for access to an organization.",
);
static SHOW: Operation = reviewers_page("page.request", "Show one request of a token.");

const PATH: &str = "/organizations/{org}/settings/personal-access-token-requests";
const ORG: Names = Names::Organization("org");

pub(super) const ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &LIST, ORG, list)
        .query(QUERY)
        .paged(),
    Route::new(Method::Post, PATH, ops::requests::REVIEW, ORG, review)
        .query(QUERY)
        .paged(),
    Route::new(
        Method::Get,
        "/organizations/{org}/settings/personal-access-token-requests/{pat_request_id}",
        &SHOW,
        ORG,
        show,
    )
    .paged(),
];

#[derive(Template)]
#[template(path = "review/requests.html")]
struct ListPage {
    frame: Frame,
    menu: Menu,
    filter: Filter,
    permissions: Vec<(&'static str, String)>,
    rows: Vec<Row>,
    /// Where the form goes: back to the same part of the list.
    action: String,
    total: String,
    nothing_waits: bool,
    pager: Pager,
    reason: String,
    faults: Faults,
    happened: Vec<String>,
}

struct Row {
    id: i64,
    name: String,
    creator: String,
    asked: String,
    justification: String,
    lines: Vec<Line>,
    refused: String,
    for_others: bool,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "review/request.html")]
struct ShowPage {
    frame: Frame,
    menu: Menu,
    id: i64,
    name: String,
    creator: String,
    asked: String,
    state: String,
    tone: &'static str,
    justification: String,
    description: String,
    length: String,
    used: String,
    first: bool,
    lines: Vec<Line>,
    selection: &'static str,
    repositories: Vec<String>,
    pager: Pager,
    unnamed: usize,
    refused: String,
    waits: bool,
    for_others: bool,
    decided: String,
}

/// What stands in the form when it comes back.
#[derive(Default)]
struct Again {
    chosen: Vec<i64>,
    reason: String,
    faults: Faults,
    happened: Vec<String>,
}

fn page(visit: &Visit<'_>, status: u16, again: Again) -> Result<Answer, AppError> {
    let menu = Menu::of(visit, REQUESTS)?;
    let call = visit.to(&LIST, Named::Organization(menu.org.clone()));
    let filter = Filter::of(visit.input);
    let at = visit.input.page();
    let (views, total) = match filter.read() {
        Some(wanted) => requests::pending_page(visit.app, &call, &wanted, at.offset(), at.size)?,
        None => (Vec::new(), 0),
    };
    let rows = views
        .iter()
        .map(|view| Row {
            id: view.request.id.get(),
            name: view.request.token_name.clone(),
            creator: view.token.creator.clone(),
            asked: view.request.created_at.date(),
            justification: view.request.justification.clone(),
            lines: lines(&view.difference, &view.token.names),
            refused: view.refused.as_deref().map_or_else(String::new, quoted),
            for_others: view.for_others,
            chosen: again.chosen.contains(&view.request.id.get()),
        })
        .collect();
    visit.page(
        status,
        &ListPage {
            frame: visit.frame("Pending requests"),
            filter,
            permissions: permissions(),
            rows,
            action: here(visit, &menu.path(REQUESTS)),
            total: counted(total, "request waits", "requests wait"),
            nothing_waits: total == 0,
            pager: Pager::new(visit.input, total),
            reason: again.reason,
            faults: again.faults,
            happened: again.happened,
            menu,
        },
    )
}

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    page(&visit, 200, Again::default())
}

fn review(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let ids: Vec<RequestId> = input
        .form_all("id")
        .filter_map(|id| RequestId::from_i64(id.parse().ok()?))
        .collect();
    let again = |faults: Faults, happened: Vec<String>| Again {
        chosen: ids.iter().map(|id| id.get()).collect(),
        reason: input.field("reason").to_owned(),
        faults,
        happened,
    };
    let approve = match input.field("action") {
        "approve" => true,
        "deny" => false,
        _ => {
            return page(
                &visit,
                422,
                again(Faults::one("", "Choose to approve or to deny."), vec![]),
            );
        }
    };
    if ids.is_empty() {
        let fault = Faults::one("", "Choose at least one request first.");
        return page(&visit, 422, again(fault, vec![]));
    }
    let word = Review {
        approve,
        reason: input.field("reason").to_owned(),
    };
    match requests::review(app, call, &ids, &word) {
        Ok(()) => {
            let path = here(&visit, &Menu::of(&visit, REQUESTS)?.path(REQUESTS));
            let said = if approve {
                Said::REQUESTS_APPROVED
            } else {
                Said::REQUESTS_DENIED
            };
            Ok(said.redirect(app, &path))
        }
        Err(AppError::Conflict { .. }) => {
            let happened = happened(&visit, &ids)?;
            page(&visit, 409, again(Faults::default(), happened))
        }
        Err(AppError::Forbidden(words)) => page(&visit, 403, again(Faults::one("", words), vec![])),
        Err(error) => page(&visit, 422, again(Faults::of(error)?, vec![])),
    }
}

/// What became of those that wait no more.
fn happened(visit: &Visit<'_>, ids: &[RequestId]) -> Result<Vec<String>, AppError> {
    let named = Named::Organization(visit.input.path("org").to_owned());
    let call = visit.to(&SHOW, named);
    let mut lines = Vec::new();
    for id in ids {
        let view = requests::show(visit.app, &call, *id)?;
        if view.request.state != "pending" {
            lines.push(format!(
                "{} of {}: {}",
                view.request.token_name,
                view.token.creator,
                verdict(&view)
            ));
        }
    }
    Ok(lines)
}

fn verdict(view: &RequestView) -> String {
    let request = &view.request;
    let when = request
        .decided_at
        .map_or_else(String::new, |at| format!(" on {}", at.minute()));
    let why = if request.reason.is_empty() || request.state == "cancelled" {
        String::new()
    } else {
        format!(": “{}”", request.reason)
    };
    let state = match request.state.as_str() {
        "cancelled" => "taken back",
        "expired" => "over, because it waited too long",
        other => other,
    };
    format!("{state}{when}{why}")
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let id =
        RequestId::from_i64(input.id("pat_request_id")?).ok_or(AppError::Missing("request"))?;
    let view = requests::show(app, call, id)?;
    let menu = Menu::of(&visit, REQUESTS)?;
    let request = &view.request;
    let selection = &request.asked.grant.selection;
    let waits = request.state == "pending";
    let (repositories, pager) = Pager::cut(input, view.token.repositories(selection));
    let latest = view.token.uses.first();
    visit.page(
        200,
        &ShowPage {
            frame: visit.frame(format!("Request of {}", view.token.creator)),
            id: id.get(),
            name: request.token_name.clone(),
            creator: view.token.creator.clone(),
            asked: request.created_at.date(),
            tone: match request.state.as_str() {
                "approved" => "good",
                "denied" => "bad",
                "pending" => "warn",
                _ => "",
            },
            state: if waits {
                "Waits".to_owned()
            } else {
                request.state.clone()
            },
            justification: request.justification.clone(),
            description: view.token.row.description.clone(),
            length: length(request.asked.length),
            used: used(
                latest.map(|last| last.at),
                latest.and_then(|last| last.address.as_deref()),
            ),
            first: view.difference.first,
            lines: lines(&view.difference, &view.token.names),
            selection: match selection {
                Selection::Public => "Public repositories only, read-only.",
                Selection::All => "All of the organization's, present and future.",
                Selection::Only(_) => "Only these:",
            },
            repositories,
            pager,
            unnamed: view.token.unnamed(selection),
            refused: view.refused.as_deref().map_or_else(String::new, quoted),
            waits,
            for_others: view.for_others,
            decided: if waits {
                String::new()
            } else {
                format!("This request was {}.", verdict(&view))
            },
            menu,
        },
    )
}
