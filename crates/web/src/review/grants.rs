//! The tokens that reach an organization's things: listed, looked at, their access revoked one or many.

use askama::Template;
use jeton_api::ops;
use jeton_app::tokens::{TokenView, children};
use jeton_app::{App, AppError, Call, Named, condition_lines, grants, service_accounts};
use jeton_domain::{Expiry, Grant, Id, Operation, Selection, TokenId};
use jeton_http::{Answer, Input, Method, Names, Route};

use super::filter::{Filter, QUERY, permissions};
use super::{ACTIVE, Menu, counted, here, reviewers_page, used};
use crate::pager::Pager;
use crate::tokens::children::Child;
use crate::words::quoted;
use crate::{Faults, Frame, Said, Visit};

static LIST: Operation = reviewers_page(
    "page.grants",
    "Show the tokens that reach an organization's things.",
);
static SHOW: Operation = reviewers_page("page.grant", "Show one token that reaches them.");

const PATH: &str = "/organizations/{org}/settings/personal-access-tokens/active";
const ORG: Names = Names::Organization("org");

pub(super) const ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &LIST, ORG, list)
        .query(QUERY)
        .paged(),
    Route::new(Method::Post, PATH, ops::grants::REVOKE, ORG, revoke)
        .query(QUERY)
        .paged(),
    Route::new(
        Method::Get,
        "/organizations/{org}/settings/personal-access-tokens/{pat_id}",
        &SHOW,
        ORG,
        show,
    )
    .paged(),
];

#[derive(Template)]
#[template(path = "review/grants.html")]
struct ListPage {
    frame: Frame,
    menu: Menu,
    filter: Filter,
    permissions: Vec<(&'static str, String)>,
    rows: Vec<Row>,
    /// Where the form goes: back to the same part of the list.
    action: String,
    total: String,
    none: bool,
    pager: Pager,
    faults: Faults,
}

struct Row {
    id: i64,
    name: String,
    creator: String,
    reach: String,
    since: String,
    ends: String,
    used: String,
    state: &'static str,
    sentence: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "review/grant.html")]
struct ShowPage {
    frame: Frame,
    menu: Menu,
    id: i64,
    name: String,
    creator: String,
    description: String,
    state: &'static str,
    sentence: String,
    since: String,
    ends: String,
    used: String,
    conditions: Vec<String>,
    permissions: Vec<(String, &'static str)>,
    selection: String,
    repositories: Vec<String>,
    /// By name; none where its repositories say which.
    packages: Vec<String>,
    pager: Pager,
    unnamed: usize,
    /// The service account that does its work now.
    handed: Option<String>,
    /// A service account's own.
    service: bool,
    /// The reader owns the organization.
    owner: bool,
    /// What was made from it.
    children: Vec<Child>,
}

fn ends(view: &TokenView) -> String {
    match view.expiry() {
        Some(Expiry::At(at)) => format!("ends on {}", at.date()),
        Some(Expiry::Never) | None => "never ends".to_owned(),
    }
}

fn last_used(view: &TokenView) -> String {
    let latest = view.uses.first();
    used(
        latest.map(|last| last.at),
        latest.and_then(|last| last.address.as_deref()),
    )
}

fn sentence(view: &TokenView) -> String {
    view.state_sentence
        .as_deref()
        .map_or_else(String::new, quoted)
}

pub(crate) fn reach(grant: &Grant) -> String {
    let repositories = repositories(&grant.selection);
    match grant.packages.names() {
        Some(names) => {
            let packages = counted(names.len() as u64, "package", "packages");
            format!("{packages}, {repositories}")
        }
        None => repositories,
    }
}

pub(crate) fn repositories(selection: &Selection) -> String {
    match selection {
        Selection::Public => "public repositories only".to_owned(),
        Selection::All => "all repositories".to_owned(),
        Selection::Only(set) => counted(
            u64::try_from(set.len()).unwrap_or(u64::MAX),
            "repository",
            "repositories",
        ),
    }
}

fn page(
    visit: &Visit<'_>,
    status: u16,
    chosen: &[TokenId],
    faults: Faults,
) -> Result<Answer, AppError> {
    let menu = Menu::of(visit, ACTIVE)?;
    let call = visit.to(&LIST, Named::Organization(menu.org.clone()));
    let filter = Filter::of(visit.input);
    let at = visit.input.page();
    let (views, total) = match filter.read() {
        Some(wanted) => grants::active_page(visit.app, &call, &wanted, at.offset(), at.size)?,
        None => (Vec::new(), 0),
    };
    let rows = views
        .iter()
        .map(|view| Row {
            id: view.row.id.get(),
            name: view.row.name.clone(),
            creator: view.creator.clone(),
            reach: reach(&view.in_force),
            since: view.row.standing_at.date(),
            ends: ends(view),
            used: last_used(view),
            state: match view.shown_state() {
                "active" => "",
                state => state,
            },
            sentence: sentence(view),
            chosen: chosen.contains(&view.row.id),
        })
        .collect();
    visit.page(
        status,
        &ListPage {
            frame: visit.frame("Active tokens"),
            filter,
            permissions: permissions(),
            rows,
            action: here(visit, &menu.path(ACTIVE)),
            none: total == 0,
            total: counted(total, "token", "tokens"),
            pager: Pager::new(visit.input, total),
            faults,
            menu,
        },
    )
}

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    page(&visit, 200, &[], Faults::default())
}

fn revoke(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let ids: Vec<TokenId> = input
        .form_all("id")
        .filter_map(|id| TokenId::from_i64(id.parse().ok()?))
        .collect();
    if ids.is_empty() {
        let fault = Faults::one("", "Choose at least one token first.");
        return page(&visit, 422, &ids, fault);
    }
    match grants::revoke(app, call, &ids) {
        Ok(()) => {
            let path = here(&visit, &Menu::of(&visit, ACTIVE)?.path(ACTIVE));
            Ok(Said::ACCESS_REVOKED.redirect(app, &path))
        }
        Err(error) => page(&visit, 422, &ids, Faults::of(error)?),
    }
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let id = TokenId::from_i64(input.id("pat_id")?).ok_or(AppError::Missing("token"))?;
    let view = grants::show(app, call, id)?;
    let grant = &view.in_force;
    let menu = Menu::of(&visit, ACTIVE)?;
    let organization = visit.call.named.clone();
    let accounts = visit.to(ops::service_accounts::LIST, organization);
    // Reviewers who are no owners keep no service accounts.
    let services = if menu.owner {
        service_accounts::list(app, &accounts)?
    } else {
        Vec::new()
    };
    let trees = children::of_grant(app, call, id)?;
    let (repositories, pager) = Pager::cut(input, view.repositories(&grant.selection));
    visit.page(
        200,
        &ShowPage {
            frame: visit.frame(view.row.name.clone()),
            service: services
                .iter()
                .any(|service| service.row.id == view.row.creator),
            handed: view.handed_over.clone(),
            owner: menu.owner,
            menu,
            children: Child::lines(&trees, app.now()),
            id: id.get(),
            name: view.row.name.clone(),
            creator: view.creator.clone(),
            description: view.row.description.clone(),
            state: view.shown_state(),
            sentence: sentence(&view),
            since: view.row.standing_at.date(),
            ends: match view.expiry() {
                Some(Expiry::At(at)) => at.minute(),
                Some(Expiry::Never) | None => "Never".to_owned(),
            },
            used: last_used(&view),
            conditions: condition_lines(&grant.conditions),
            permissions: grant
                .permissions
                .iter()
                .map(|(key, level)| (key.permission().full_title(), level.name()))
                .collect(),
            selection: match &grant.selection {
                Selection::Public => "Public repositories only, read-only.".to_owned(),
                Selection::All => "All of the organization's, present and future.".to_owned(),
                Selection::Only(set) if set.is_empty() => "None any more.".to_owned(),
                Selection::Only(_) => "Only these:".to_owned(),
            },
            repositories,
            packages: view.packages(grant),
            pager,
            unnamed: view.unnamed(&grant.selection),
        },
    )
}
