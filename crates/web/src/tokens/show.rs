//! One token, in sentences.

use std::collections::BTreeSet;

use askama::Template;
use jeton_api::ops;
use jeton_app::tokens::{self, TokenView};
use jeton_app::{App, AppError, Call};
use jeton_domain::{
    Grant, Operation, Permissions, RepositoryId, Scope, Selection, Time, condition_lines, counted,
    first_of,
};
use jeton_http::{Answer, Input, Method, Names, Route};

use super::lived::{self, Lived};
use super::{FINE_GRAINED, Pages, elsewhere, id};
use crate::operation::own_page;
use crate::{Faults, Frame, Visit, settings, words};

static PAGE: Operation = own_page("page.token", "Show one of one's own tokens.");

pub(crate) static ROUTES: &[Route] = &[Route::new(
    Method::Get,
    "/settings/personal-access-tokens/{token_id}",
    &PAGE,
    Names::Own,
    show,
)];

#[derive(Template)]
#[template(path = "tokens/show.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
    pages: &'static Pages,
    lived: Lived,
    justification: String,
    owner: String,
    organization: bool,
    reach: Vec<String>,
    /// In force, a line each.
    conditions: Vec<String>,
    repositories: Vec<String>,
    packages: Vec<String>,
    unnamed: usize,
    permissions: Vec<(String, &'static str)>,
    /// What is wanted, and not in force.
    waiting: Vec<String>,
    pending: bool,
    /// The owner said no, or took it back, and may be asked again: with this reason.
    askable: bool,
    /// What the owner said to more than the token has; empty where it was not asked, or has not answered.
    denial: String,
    asked: String,
    faults: Faults,
}

/// What a grant reaches, in sentences.
fn reach(grant: &Grant, owner: &str) -> Vec<String> {
    let on = |scope| grant.permissions.of_scope(scope).count() as u64;
    let packages = grant
        .packages
        .names()
        .map(|names| counted(names.len() as u64, "package", "packages"));
    let which = match &grant.selection {
        Selection::Public if packages.is_some() => "public repositories".to_owned(),
        Selection::Public => {
            return vec!["It reads public repositories and nothing else.".to_owned()];
        }
        Selection::All => format!("all repositories of {owner}, present and future"),
        Selection::Only(set) => format!(
            "{} of {owner}",
            counted(set.len() as u64, "repository", "repositories")
        ),
    };
    let mut sentences = vec![format!(
        "It has {} on {which}.",
        counted(on(Scope::Repository), "permission", "permissions")
    )];
    if let Some(packages) = packages {
        sentences.push(format!("Of packages it reaches {packages}, and no others."));
    }
    for (scope, whose) in [
        (Scope::Organization, "the organization itself"),
        (Scope::Account, "your account"),
    ] {
        if on(scope) > 0 {
            let count = counted(on(scope), "permission", "permissions");
            sentences.push(format!("It has {count} on {whose}."));
        }
    }
    sentences
}

fn named(permissions: &Permissions) -> Vec<(String, &'static str)> {
    permissions
        .iter()
        .map(|(key, level)| (key.permission().full_title(), words::level(level)))
        .collect()
}

/// Repositories that are named where a token waits for more.
const NAMED: usize = 10;

/// What the token wants and does not have.
fn waiting(view: &TokenView) -> Vec<String> {
    let (wanted, held) = (&view.row.wanted, &view.in_force);
    let mut found: Vec<String> = wanted
        .permissions
        .iter()
        .filter(|(key, level)| held.permissions.level(*key).is_none_or(|has| has < *level))
        .map(|(key, level)| format!("{}: {}", key.permission().full_title(), words::level(level)))
        .collect();
    let missing: BTreeSet<RepositoryId> = match (&wanted.selection, &held.selection) {
        (Selection::Only(wanted), Selection::Only(held)) => wanted - held,
        (Selection::Only(wanted), Selection::Public) => wanted.clone(),
        _ => BTreeSet::new(),
    };
    let count = missing.len();
    let mut names = view.repositories(&Selection::Only(missing));
    names.truncate(NAMED);
    let more = count - names.len();
    found.append(&mut names);
    if more > 0 {
        found.push(counted(more as u64, "more repository", "more repositories"));
    }
    if wanted.selection == Selection::All && held.selection != Selection::All {
        found.push("all repositories".to_owned());
    }
    if wanted.packages != held.packages && !wanted.permissions.is_empty() {
        found.push(match view.packages(wanted) {
            names if names.is_empty() => "packages of its repositories".to_owned(),
            names => format!(
                "packages by name ({})",
                first_of(&names, names.len(), NAMED)
            ),
        });
    }
    if wanted.conditions != held.conditions && view.row.standing.grants() {
        found.push(match condition_lines(&wanted.conditions) {
            lines if lines.is_empty() => "no conditions".to_owned(),
            lines => format!("other conditions ({})", lines.join("; ")),
        });
    }
    found
}

fn sentence(view: &TokenView, now: Time) -> String {
    let reason = view.row.standing_reason.as_deref().unwrap_or_default();
    match (&view.state_sentence, view.state) {
        (None, "denied") => {
            let reason = view
                .denied
                .as_ref()
                .map_or(reason, |request| &request.reason);
            if reason.is_empty() {
                "The owner denied the request.".to_owned()
            } else {
                format!("The owner denied the request: {reason}")
            }
        }
        (None, "pending") => format!(
            "{} has to approve it first. Until then it reads public things only.",
            view.owner.0
        ),
        (None, "withdrawn") => "The owner took its access back. You may ask again.".to_owned(),
        _ => lived::sentence(view, now),
    }
}

/// The owner's no to more than the token has.
fn denial(view: &TokenView) -> String {
    match &view.denied {
        Some(request) if view.row.standing.grants() => match request.reason.as_str() {
            "" => format!("{} denied that.", view.owner.0),
            reason => format!("{} denied that: {reason}", view.owner.0),
        },
        _ => String::new(),
    }
}

/// Whether the token's owner is one whose things the reader can still reach by token.
fn is_near(visit: &Visit<'_>, view: &TokenView) -> Result<bool, AppError> {
    let owners = tokens::owners(visit.app, &visit.own(ops::tokens::OWNERS))?;
    Ok(owners.iter().any(|owner| owner.login == view.owner.0))
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    page(&Visit::new(app, call, input)?, None)
}

/// Renders the page. `told`: the reason with which the owner was to be asked again, and what is wrong with it.
pub(super) fn page(visit: &Visit<'_>, told: Option<(String, Faults)>) -> Result<Answer, AppError> {
    let app = visit.app;
    let view = tokens::show(app, &visit.own(ops::tokens::SHOW), id(visit.input)?)?;
    if let Some(answer) = elsewhere(&view, &FINE_GRAINED, "") {
        return Ok(answer);
    }
    let now = app.now();
    let row = &view.row;
    let left =
        matches!(view.state, "withdrawn" | "cancelled" | "denied") && !is_near(visit, &view)?;
    let waiting = waiting(&view);
    let wants_more = view.row.standing.grants() && !waiting.is_empty();
    let sentence = match (left, view.state) {
        (false, _) => sentence(&view, now),
        (true, state) => {
            let denied = if state == "denied" {
                sentence(&view, now) + " "
            } else {
                String::new()
            };
            let owner = &view.owner.0;
            format!("{denied}You belong to {owner} no more: it reads public things only there.")
        }
    };
    let lived = Lived::new(visit, &view, sentence)?;
    let status = if told.is_some() { 422 } else { 200 };
    let (asked, faults) = told.unwrap_or_else(|| (row.justification.clone(), Faults::default()));
    visit.page(
        status,
        &Page {
            frame: visit.frame(row.name.clone()),
            menu: FINE_GRAINED.root,
            pages: &FINE_GRAINED,
            justification: row.justification.clone(),
            owner: view.owner.0.clone(),
            organization: view.owner.1,
            reach: reach(&view.in_force, &view.owner.0),
            conditions: condition_lines(&view.in_force.conditions),
            repositories: view.repositories(&view.in_force.selection),
            packages: view.packages(&view.in_force),
            unnamed: view.unnamed(&view.in_force.selection),
            permissions: named(&view.in_force.permissions),
            waiting,
            pending: view.pending.is_some(),
            askable: lived.alive
                && !left
                && view.pending.is_none()
                && (matches!(view.state, "denied" | "withdrawn" | "cancelled") || wants_more),
            lived,
            denial: denial(&view),
            asked,
            faults,
        },
    )
}
