//! Who works on a repository: people with role and everything that gives it, teams, invitations.

use askama::Template;
use jeton_api::ops;
use jeton_app::{App, AppError, Call, access, collaborators, invitations, organizations};
use jeton_domain::{
    Clean, Id, Least, Operation, RepositoryInvitationId, Role, TargetKind, counted,
};
use jeton_http::{Answer, Field, Form, Input, Method, Route};

use super::{Head, REPOSITORY, named, view};
use crate::operation::page as page_operation;
use crate::pager::Pager;
use crate::shown::{Through, through};
use crate::{Faults, Frame, Said, Visit};

const ADMIN: Least = Least::Repository(Role::Admin);

static PAGE: Operation = page_operation(
    "page.access",
    "Show who works on a repository, and through what.",
    TargetKind::Repository,
    ADMIN,
);
static REMOVAL: Operation = page_operation(
    "page.collaborator_removal",
    "Show what a collaborator would lose by being removed.",
    TargetKind::Repository,
    ADMIN,
);

const PATH: &str = "/{owner}/{repo}/settings/access";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, REPOSITORY, show)
        .query(&[
            Field::optional("q", Form::Text, "A part of the login."),
            Field::optional(INVITED, Form::Text, "Which page of the invitations."),
        ])
        .paged(),
    Route::new(Method::Post, PATH, ops::collaborators::PUT, REPOSITORY, put),
    Route::new(
        Method::Get,
        "/{owner}/{repo}/settings/access/{username}/remove",
        &REMOVAL,
        REPOSITORY,
        ask,
    ),
    Route::new(
        Method::Post,
        "/{owner}/{repo}/settings/access/{username}/remove",
        ops::collaborators::REMOVE,
        REPOSITORY,
        remove,
    ),
    Route::new(
        Method::Post,
        "/{owner}/{repo}/settings/access/invitations/{invitation_id}/cancel",
        ops::invitations::REPOSITORY_CANCEL,
        REPOSITORY,
        cancel,
    ),
];

/// Which page of the invitations.
const INVITED: &str = "invited";

struct Row {
    login: String,
    role: &'static str,
    /// The role that was given by name; empty where none was.
    direct: &'static str,
    outside: bool,
    /// A service account of the organization.
    service: bool,
    sources: Vec<Through>,
}

struct Waiting {
    id: i64,
    login: String,
    role: &'static str,
    inviter: String,
    ends: String,
    expired: bool,
}

struct Team {
    slug: String,
    name: String,
    role: &'static str,
}

#[derive(Template)]
#[template(path = "repositories/access.html")]
struct Page {
    frame: Frame,
    head: Head,
    people: Vec<Row>,
    total: u64,
    q: String,
    pager: Pager,
    waiting: Vec<Waiting>,
    waiting_total: u64,
    waiting_pager: Pager,
    teams: Vec<Team>,
    organization: bool,
    who: String,
    role: String,
    faults: Faults,
}

impl Page {
    #[expect(clippy::unused_self, reason = "asked by the template")]
    fn roles(&self) -> [&'static str; 5] {
        Role::ALL.map(Role::name)
    }
}

fn direct(sources: &[access::Source]) -> &'static str {
    sources
        .iter()
        .find_map(|source| match source {
            access::Source::Direct(role) => Some(role.name()),
            _ => None,
        })
        .unwrap_or_default()
}

fn page(
    visit: &Visit<'_>,
    status: u16,
    (who, role): (&str, &str),
    faults: Faults,
) -> Result<Answer, AppError> {
    let (app, input) = (visit.app, visit.input);
    let found = view(visit)?;
    let head = Head::from(&found, "access");
    let (q, at) = (input.query("q").unwrap_or_default().trim(), input.page());
    let call = visit.to(ops::access::PEOPLE, named(visit));
    let (people, total) = access::people(app, &call, q, at.offset(), at.size)?;
    let call = visit.to(ops::invitations::REPOSITORY_LIST, named(visit));
    let later = input.page_of(INVITED);
    let (waiting, waiting_total) =
        invitations::of_repository(app, &call, later.offset(), later.size)?;
    let teams = access::teams(app, &visit.to(ops::access::PEOPLE, named(visit)))?;
    visit.page(
        status,
        &Page {
            frame: visit.frame(format!("Access to {}", head.full_name())),
            people: people
                .into_iter()
                .map(|each| Row {
                    role: each.role.name(),
                    direct: direct(&each.sources),
                    sources: through(&each.sources),
                    outside: each.outside,
                    service: each.service,
                    login: each.person.login,
                })
                .collect(),
            total,
            pager: Pager::new(input, total),
            q: q.to_owned(),
            waiting_total,
            waiting_pager: Pager::of(input, INVITED, "Pages of invitations", waiting_total),
            waiting: waiting
                .into_iter()
                .map(|each| Waiting {
                    id: each.row.id.get(),
                    role: each.row.role.name(),
                    ends: each.row.expires_at.date(),
                    expired: each.state == jeton_domain::InvitationState::Expired,
                    login: each.row.login,
                    inviter: each.row.inviter_login,
                })
                .collect(),
            teams: teams
                .into_iter()
                .map(|(team, role)| Team {
                    name: team.name.plain(),
                    slug: team.slug,
                    role: role.name(),
                })
                .collect(),
            organization: found.row.owner_is_organization,
            who: who.to_owned(),
            role: role.to_owned(),
            faults,
            head,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    page(&visit, 200, ("", "read"), Faults::default())
}

fn here(input: &Input) -> String {
    format!(
        "/{}/{}/settings/access",
        input.path("owner"),
        input.path("repo")
    )
}

fn put(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let (who, word) = (input.field("username").trim(), input.field("role"));
    let faults = match Role::parse(word) {
        None => Faults::one("role", "Choose a role."),
        Some(_) if who.is_empty() => Faults::one("username", "Say whom: a login."),
        Some(role) => match collaborators::put(app, call, who, role) {
            Ok(Some(_)) => return Ok(Said::INVITED.redirect(app, &here(input))),
            Ok(None) => return Ok(Said::ROLE_GIVEN.redirect(app, &here(input))),
            Err(AppError::Missing("user")) => Faults::one("username", "Nobody is called so."),
            Err(error) => Faults::of(error)?,
        },
    };
    page(&visit, 422, (who, word), faults)
}

#[derive(Template)]
#[template(path = "repositories/removal.html")]
struct Removal {
    frame: Frame,
    head: Head,
    login: String,
    keeps: &'static str,
    tokens: Vec<String>,
    requests: String,
}

fn ask(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let loss = organizations::losses_of_collaborator(app, call, input.path("username"))?;
    let head = Head::from(&view(&visit)?, "access");
    visit.page(
        200,
        &Removal {
            frame: visit.frame(format!("Remove {}", loss.login)),
            head,
            keeps: loss.keeps.map_or("", Role::name),
            tokens: loss.tokens.iter().map(|(_, name)| name.plain()).collect(),
            requests: match loss.requests {
                0 => String::new(),
                some => counted(some, "request", "requests"),
            },
            login: loss.login,
        },
    )
}

fn remove(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    collaborators::remove(app, call, input.path("username"))?;
    Ok(Said::COLLABORATOR_REMOVED.redirect(app, &here(input)))
}

fn cancel(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let id = RepositoryInvitationId::from_i64(input.id("invitation_id")?)
        .ok_or(AppError::Missing("invitation"))?;
    invitations::cancel_repository(app, call, id)?;
    Ok(Said::INVITATION_CANCELLED.redirect(app, &here(input)))
}
