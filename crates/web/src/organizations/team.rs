//! One team: its members, its repositories, its place.

use askama::Template;
use jeton_api::ops;
use jeton_app::teams::{self, TeamEdit, TeamPlace, TeamView};
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{Clean, Least, Operation, OrganizationRole, Role, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Route};

use super::teams::{Above, above, parent};
use super::{Head, ORG};
use crate::operation::page as page_operation;
use crate::pager::Pager;
use crate::{Faults, Frame, Said, Seen, Values, Visit, seen};

static PAGE: Operation = page_operation(
    "page.team",
    "Show a team of an organization.",
    TargetKind::Organization,
    Least::Organization(OrganizationRole::Member),
);

const PATH: &str = "/orgs/{org}/teams/{team}";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, ORG, show)
        .query(&[Field::optional(
            HELD,
            Form::Text,
            "Which page of the repositories.",
        )])
        .paged(),
    Route::new(Method::Post, PATH, ops::teams::UPDATE, ORG, change),
    Route::new(
        Method::Post,
        "/orgs/{org}/teams/{team}/members",
        ops::teams::ADD,
        ORG,
        add,
    ),
    Route::new(
        Method::Post,
        "/orgs/{org}/teams/{team}/members/{username}/remove",
        ops::teams::REMOVE,
        ORG,
        remove,
    ),
    Route::new(
        Method::Post,
        "/orgs/{org}/teams/{team}/repositories",
        ops::teams::PUT_REPOSITORY,
        ORG,
        give,
    ),
    Route::new(
        Method::Post,
        "/orgs/{org}/teams/{team}/repositories/{repo}/remove",
        ops::teams::REMOVE_REPOSITORY,
        ORG,
        take,
    ),
    Route::new(
        Method::Post,
        "/orgs/{org}/teams/{team}/delete",
        ops::teams::DELETE,
        ORG,
        delete,
    ),
];

/// Which page of the repositories.
const HELD: &str = "repositories";

struct Held {
    name: String,
    full_name: String,
    role: &'static str,
}

#[derive(Template)]
#[template(path = "organizations/team.html")]
struct Page {
    frame: Frame,
    head: Head,
    slug: String,
    name: String,
    parent: String,
    parent_slug: String,
    members: Vec<String>,
    total: u64,
    pager: Pager,
    repositories: Vec<Held>,
    repositories_total: u64,
    repositories_pager: Pager,
    above: Above,
    /// The name in the form.
    new_name: String,
    seen: Seen,
    username: String,
    repository: String,
    faults: Faults,
}

/// What was filled in.
#[derive(Default)]
struct Typed {
    username: String,
    repository: String,
    change: Option<Change>,
}

/// The form of name and place.
struct Change {
    name: String,
    /// The word in addresses of the team above; empty for none.
    parent: String,
    seen: Seen,
}

impl Change {
    fn of(team: &TeamView) -> Self {
        let parent = team.parent.as_ref();
        Self {
            name: team.row.name.plain(),
            parent: parent.map_or_else(String::new, |above| above.slug.clone()),
            seen: Seen::of(&values(team)),
        }
    }
}

fn values(team: &TeamView) -> Values {
    let parent = team.parent.as_ref();
    seen::values([
        ("Name", team.row.name.plain()),
        (
            "Stands below",
            parent.map_or_else(|| "no other team".to_owned(), |above| above.name.plain()),
        ),
    ])
}

impl Page {
    #[expect(clippy::unused_self, reason = "asked by the template")]
    fn roles(&self) -> [&'static str; 5] {
        Role::ALL.map(Role::name)
    }

    /// What is wrong with the repository to be given, whatever it is called.
    fn repository_fault(&self) -> &str {
        ["repo", "repository", "permission"]
            .into_iter()
            .map(|field| self.faults.at(field))
            .find(|fault| !fault.is_empty())
            .unwrap_or_default()
    }
}

fn page(visit: &Visit<'_>, status: u16, typed: Typed, faults: Faults) -> Result<Answer, AppError> {
    let (app, input) = (visit.app, visit.input);
    let (org, slug) = (input.path("org"), input.path("team"));
    let head = Head::of(visit, org, "teams")?;
    let named = Named::Organization(org.to_owned());
    let team = teams::show(app, &visit.to(ops::teams::GET, named.clone()), slug)?;
    let at = input.page();
    let call = visit.to(ops::teams::MEMBERS, named.clone());
    let (members, total) = teams::members(app, &call, slug, at.offset(), at.size)?;
    let call = visit.to(ops::teams::REPOSITORIES, named);
    let later = input.page_of(HELD);
    let (given, repositories_total) =
        teams::repositories(app, &call, slug, later.offset(), later.size)?;
    let name = team.row.name.plain();
    let change = typed.change.unwrap_or_else(|| Change::of(&team));
    visit.page(
        status,
        &Page {
            frame: visit.frame(format!("Team {name}")),
            above: if head.owner {
                above(visit, org, Some(team.row.id), &change.parent)?
            } else {
                Above::default()
            },
            new_name: change.name,
            seen: change.seen,
            username: typed.username,
            repository: typed.repository,
            slug: team.row.slug,
            name,
            parent: team
                .parent
                .as_ref()
                .map_or_else(String::new, |above| above.name.plain()),
            parent_slug: team.parent.map_or_else(String::new, |above| above.slug),
            members: members.into_iter().map(|person| person.login).collect(),
            total,
            pager: Pager::new(input, total),
            repositories: given
                .iter()
                .map(|(view, role)| Held {
                    name: view.row.name.clone(),
                    full_name: view.row.full_name(),
                    role: role.name(),
                })
                .collect(),
            repositories_total,
            repositories_pager: Pager::of(input, HELD, "Pages of repositories", repositories_total),
            faults,
            head,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    page(&visit, 200, Typed::default(), Faults::default())
}

fn here(input: &Input) -> String {
    format!("/orgs/{}/teams/{}", input.path("org"), input.path("team"))
}

fn change(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let seen = Seen::sent(input, &values(&teams::show(app, call, input.path("team"))?));
    let stale = seen.is_stale();
    let name = input.field("name").trim().to_owned();
    let typed = Typed {
        change: Some(Change {
            name: name.clone(),
            parent: input.field("parent").trim().to_owned(),
            seen,
        }),
        ..Typed::default()
    };
    if stale {
        return page(&visit, 409, typed, Faults::default());
    }
    let done = parent(&visit).and_then(|parent| {
        let edit = TeamEdit {
            name: Some(name),
            place: parent.map_or(TeamPlace::Top, TeamPlace::Below),
        };
        teams::update(app, call, input.path("team"), &edit)
    });
    match done {
        Ok(changed) => {
            let path = format!("/orgs/{}/teams/{}", input.path("org"), changed.row.slug);
            Ok(Said::TEAM_CHANGED.redirect(app, &path))
        }
        Err(error) => page(&visit, 422, typed, Faults::of(error)?),
    }
}

fn add(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let username = input.field("username").trim();
    let faults = match teams::add_member(app, call, input.path("team"), username) {
        Ok(()) => return Ok(Said::TEAM_CHANGED.redirect(app, &here(input))),
        Err(AppError::Missing("user")) => Faults::one("username", "Nobody is called so."),
        Err(error) => Faults::of(error)?,
    };
    let typed = Typed {
        username: username.to_owned(),
        ..Typed::default()
    };
    page(&visit, 422, typed, faults)
}

fn remove(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    teams::remove_member(app, call, input.path("team"), input.path("username"))?;
    Ok(Said::TEAM_CHANGED.redirect(app, &here(input)))
}

fn give(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let org = input.path("org");
    let typed = input.field("repository").trim();
    // The owner is this organization: it need not be typed, and may be.
    let name = typed
        .strip_prefix(org)
        .and_then(|rest| rest.strip_prefix('/'))
        .unwrap_or(typed);
    let Some(role) = Role::parse(input.field("role")) else {
        return Err(AppError::invalid("Team", "permission", "is no role"));
    };
    let given = teams::put_repository(app, call, input.path("team"), org, name, role);
    let faults = match given {
        Ok(()) => return Ok(Said::TEAM_CHANGED.redirect(app, &here(input))),
        Err(AppError::Missing("repository")) => {
            Faults::one("repository", "There is no repository of this name here.")
        }
        Err(AppError::Refused(refusal)) if refusal.denial.status.code() == 404 => {
            Faults::one("repository", "There is no repository of this name here.")
        }
        Err(error) => Faults::of(error)?,
    };
    let typed = Typed {
        repository: typed.to_owned(),
        ..Typed::default()
    };
    page(&visit, 422, typed, faults)
}

fn take(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let (org, team, name) = (input.path("org"), input.path("team"), input.path("repo"));
    teams::remove_repository(app, call, team, org, name)?;
    Ok(Said::TEAM_CHANGED.redirect(app, &here(input)))
}

fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    teams::delete(app, call, input.path("team"))?;
    Ok(Said::TEAM_DELETED.redirect(app, &format!("/orgs/{}/teams", input.path("org"))))
}
