//! Who has which role on what and through what, and what somebody would lose: ours.

use jeton_app::access::{self, Source};
use jeton_app::organizations::{self, Losses};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Least, Operation, Role, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde_json::{Value, json};

use crate::operation::{MEMBER, METADATA, OWNER, departing, person_reading, reading};
use crate::repositories::REPOSITORY;
use crate::shapes;

pub(crate) static PEOPLE: Operation = reading(
    "access.of_repository",
    "List the people with a role on a repository, each with everything that gives it to them.",
    TargetKind::Repository,
    METADATA,
    Least::Repository(Role::Write),
);
/// SECURITY: they name repositories that a confined token may not read of: a person's own sign-in asks.
pub(crate) static OF_PERSON: Operation = person_reading(
    "access.of_person",
    "List the repositories of an organization on which a person has a role, each with everything that gives it to them.",
    TargetKind::Organization,
    OWNER,
);
pub(crate) static LOSSES: Operation = person_reading(
    "membership.losses",
    "Show what a member would lose by being removed, without removing them.",
    TargetKind::Organization,
    OWNER,
);
pub(crate) static LEAVING: Operation = departing(person_reading(
    "organization.leave_preview",
    "Show what the caller would lose by leaving an organization, without leaving it.",
    TargetKind::Organization,
    MEMBER,
));

const ORG: Names = Names::Organization("org");

/// Ours.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        "/repos/{owner}/{repo}/access",
        &PEOPLE,
        REPOSITORY,
        people,
    )
    .query(&[Field::optional("q", Form::Text, "A part of the login.")])
    .paged()
    .answers(200, "RepositoryAccess"),
    Route::new(
        Method::Get,
        "/orgs/{org}/members/{username}/access",
        &OF_PERSON,
        ORG,
        of_person,
    )
    .paged()
    .rule(|unit, acting, input| {
        access::may_ask_about(unit, acting, input.path("username")).map(drop)
    })
    .answers(200, "PersonAccess"),
    Route::new(
        Method::Get,
        "/orgs/{org}/members/{username}/losses",
        &LOSSES,
        ORG,
        losses,
    )
    .rule(|unit, acting, input| {
        organizations::member_row(unit, acting, input.path("username")).map(drop)
    })
    .answers(200, "Losses"),
    Route::new(Method::Get, "/orgs/{org}/leave", &LEAVING, ORG, leaving).answers(200, "Losses"),
];

fn sources(sources: &[Source]) -> Vec<Value> {
    sources
        .iter()
        .map(|source| {
            let (kind, team, through) = match source {
                Source::Direct(_) => ("direct", None, None),
                Source::Team(team) => (
                    "team",
                    Some(&team.team.0),
                    team.through.as_ref().map(|through| &through.0),
                ),
                Source::Base(_) => ("base_permission", None, None),
                Source::OrganizationOwner => ("organization_owner", None, None),
                Source::RepositoryOwner => ("repository_owner", None, None),
            };
            json!({
                "through": kind,
                "role": source.role().name(),
                "team": team,
                "member_of": through,
                "sentence": source.words(),
            })
        })
        .collect()
}

fn people(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let search = input.query("q").unwrap_or_default();
    let (found, total) = access::people(app, call, search, page.offset(), page.size)?;
    let items: Vec<_> = found
        .iter()
        .map(|each| {
            json!({
                "user": shapes::person(app.public_url(), &each.person),
                "role": each.role.name(),
                "outside": each.outside,
                "sources": sources(&each.sources),
            })
        })
        .collect();
    Ok(Answer::page(input, &items, total))
}

fn repository(each: &access::RepositoryAccess) -> Value {
    json!({
        "repository": each.row.full_name(),
        "role": each.role.name(),
        "sources": sources(&each.sources),
    })
}

fn of_person(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let login = input.path("username");
    let (found, total) = access::of_person(app, call, login, page.offset(), page.size)?;
    let items: Vec<_> = found.iter().map(repository).collect();
    Ok(Answer::page(input, &items, total))
}

fn lost(losses: &Losses) -> Answer {
    let tokens: Vec<_> = losses
        .tokens
        .iter()
        .map(|(id, name)| json!({ "id": id.get(), "name": name }))
        .collect();
    Answer::ok(&json!({
        "login": losses.login,
        "teams": losses.teams,
        "repositories": losses.repositories.iter().map(repository).collect::<Vec<_>>(),
        "repositories_total": losses.repositories_total,
        "tokens": tokens,
        "requests": losses.requests,
        "blocked": losses.blocked,
    }))
}

fn losses(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let login = input.path("username");
    Ok(lost(&organizations::losses_of_member(app, call, login)?))
}

fn leaving(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    Ok(lost(&organizations::losses_of_leaving(app, call)?))
}
