//! One token, in sentences.

use std::collections::BTreeSet;

use askama::Template;
use jeton_api::ops;
use jeton_app::tokens::{self, TokenView};
use jeton_app::{App, AppError, Call};
use jeton_domain::{
    Expiry, Grant, Life, Operation, Permissions, RepositoryId, Scope, Selection, Time,
    condition_lines, counted,
};
use jeton_http::{Answer, Input, Method, Names, Route};

use super::list::{ends, tone, used};
use super::{MENU, id};
use crate::chart::{self, Chart};
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

/// A value of a token, in words.
#[derive(Debug)]
struct Value {
    name: String,
    made: String,
    ends: String,
    used: String,
    /// It goes on beside a newer one.
    overlaps: bool,
}

#[derive(Template)]
#[template(path = "tokens/show.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what a page shows or does not"
)]
struct Page {
    frame: Frame,
    menu: &'static str,
    id: i64,
    name: String,
    description: String,
    justification: String,
    owner: String,
    organization: bool,
    state: &'static str,
    tone: &'static str,
    sentence: String,
    expires: String,
    used: String,
    made: String,
    /// What stands over what it reaches.
    may: &'static str,
    reach: Vec<String>,
    /// In force, a line each.
    conditions: Vec<String>,
    repositories: Vec<String>,
    unnamed: usize,
    permissions: Vec<(String, &'static str)>,
    /// What is wanted, and not in force.
    waiting: Vec<String>,
    values: Vec<Value>,
    alive: bool,
    suspended: bool,
    pending: bool,
    /// The owner said no, or took it back, and may be asked again: with this reason.
    askable: bool,
    /// What the owner said to more than the token has; empty where it was not asked, or has not answered.
    denial: String,
    asked: String,
    faults: Faults,
    overlap: bool,
    chart: Chart,
}

/// Whether it may do so now, or when.
fn may(state: &str) -> &'static str {
    match state {
        "refused" => "What it may do once the policy lets it",
        "suspended" => "What it may do once it is resumed",
        "expired" | "retired" => "What it may do with a new value",
        "revoked" => "What it could do",
        _ => "What it may do now",
    }
}

/// What a grant reaches, in sentences.
fn reach(grant: &Grant, owner: &str) -> Vec<String> {
    let on = |scope| grant.permissions.of_scope(scope).count() as u64;
    let which = match &grant.selection {
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
    if wanted.conditions != held.conditions && view.row.standing.grants() {
        found.push(match condition_lines(&wanted.conditions) {
            lines if lines.is_empty() => "no conditions".to_owned(),
            lines => format!("other conditions ({})", lines.join("; ")),
        });
    }
    found
}

fn values(view: &TokenView, now: Time) -> Vec<Value> {
    view.secrets
        .iter()
        .filter(|secret| !secret.end().is_over_at(now))
        .enumerate()
        .map(|(at, secret)| {
            let last = view.uses.iter().find(|used| used.secret == secret.id);
            Value {
                name: secret
                    .public_name
                    .clone()
                    .unwrap_or_else(|| secret.id.get().to_string()),
                made: words::relative(secret.created_at, now),
                ends: match secret.end() {
                    Expiry::At(end) => end.minute(),
                    Expiry::Never => "never".to_owned(),
                },
                used: last.map_or_else(
                    || "never used".to_owned(),
                    |last| format!("last used {}", words::relative(last.at, now)),
                ),
                overlaps: at > 0,
            }
        })
        .collect()
}

fn sentence(view: &TokenView, now: Time) -> String {
    let reason = view.row.standing_reason.as_deref().unwrap_or_default();
    match (&view.state_sentence, view.state) {
        (Some(sentence), _) => words::quoted(sentence),
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
        (None, "expired") => {
            "Its value has ended, and what uses it is refused. Regenerate it for a new one with the same rights.".to_owned()
        }
        (None, "suspended") if view.secrets.iter().all(|value| value.end().is_over_at(now)) => {
            "What uses it is refused until you resume it. Its value has ended, too: regenerate it.".to_owned()
        }
        (None, "suspended") => "What uses it is refused until you resume it.".to_owned(),
        (None, "revoked") => "It is over for good. Make another one for what still needs it.".to_owned(),
        (None, _) => String::new(),
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
    let now = app.now();
    let usage = visit.own(ops::tokens::ACTIVITY);
    let usage = tokens::usage(app, &usage, view.row.id, 24 * chart::DAYS)?;
    let counts = usage.hours.iter().map(|hour| {
        let allowed = hour.verdict == "allow";
        (hour.hour, allowed, hour.count.unsigned_abs())
    });
    let row = &view.row;
    let alive = !matches!(row.life, Life::Revoked { .. });
    let values = if alive {
        values(&view, now)
    } else {
        Vec::new()
    };
    let left =
        matches!(view.state, "withdrawn" | "cancelled" | "denied") && !is_near(visit, &view)?;
    let waiting = waiting(&view);
    let wants_more = view.row.standing.grants() && !waiting.is_empty();
    let status = if told.is_some() { 422 } else { 200 };
    let (asked, faults) = told.unwrap_or_else(|| (row.justification.clone(), Faults::default()));
    visit.page(
        status,
        &Page {
            frame: visit.frame(row.name.clone()),
            menu: MENU,
            id: row.id.get(),
            name: row.name.clone(),
            description: row.description.clone(),
            justification: row.justification.clone(),
            owner: view.owner.0.clone(),
            organization: view.owner.1,
            state: view.shown_state(),
            tone: tone(view.shown_state()),
            sentence: match (left, view.state) {
                (false, _) => sentence(&view, now),
                (true, state) => {
                    let denied = if state == "denied" {
                        sentence(&view, now) + " "
                    } else {
                        String::new()
                    };
                    let owner = &view.owner.0;
                    format!(
                        "{denied}You belong to {owner} no more: it reads public things only there."
                    )
                }
            },
            expires: ends(&view, now).0,
            used: used(&view, now),
            made: words::relative(row.created_at, now),
            may: may(view.shown_state()),
            reach: reach(&view.in_force, &view.owner.0),
            conditions: condition_lines(&view.in_force.conditions),
            repositories: view.repositories(&view.in_force.selection),
            unnamed: view.unnamed(&view.in_force.selection),
            permissions: named(&view.in_force.permissions),
            waiting,
            overlap: values.iter().any(|value| value.overlaps),
            values,
            chart: Chart::new(counts, now),
            alive,
            suspended: matches!(row.life, Life::Suspended { .. }),
            pending: view.pending.is_some(),
            askable: alive
                && !left
                && view.pending.is_none()
                && (matches!(view.state, "denied" | "withdrawn" | "cancelled") || wants_more),
            denial: denial(&view),
            asked,
            faults,
        },
    )
}
