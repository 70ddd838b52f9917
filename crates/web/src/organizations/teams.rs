//! The teams of an organization, and making one.

use askama::Template;
use jeton_api::ops;
use jeton_app::{App, AppError, Call, Named, teams};
use jeton_domain::{Clean, Id, Least, Operation, OrganizationRole, TargetKind, TeamId, counted};
use jeton_http::{Answer, Input, Method, Route};

use super::{Head, ORG};
use crate::operation::page as page_operation;
use crate::pager::Pager;
use crate::{Faults, Frame, Said, Visit};

static PAGE: Operation = page_operation(
    "page.teams",
    "Show the teams of an organization.",
    TargetKind::Organization,
    Least::Organization(OrganizationRole::Member),
);

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/orgs/{org}/teams", &PAGE, ORG, show).paged(),
    Route::new(
        Method::Post,
        "/orgs/{org}/teams",
        ops::teams::CREATE,
        ORG,
        make,
    ),
];

struct Row {
    slug: String,
    name: String,
    /// The team above it; empty for none.
    parent: String,
    numbers: String,
}

/// A team that a new one can stand below.
pub(super) struct Above {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) chosen: bool,
}

#[derive(Template)]
#[template(path = "organizations/teams.html")]
struct Page {
    frame: Frame,
    head: Head,
    teams: Vec<Row>,
    total: u64,
    pager: Pager,
    name: String,
    above: Vec<Above>,
    faults: Faults,
}

/// The teams that another can stand below: the first hundred.
pub(super) fn above(
    visit: &Visit<'_>,
    org: &str,
    but: Option<TeamId>,
    chosen: Option<TeamId>,
) -> Result<Vec<Above>, AppError> {
    let call = visit.to(ops::teams::LIST, Named::Organization(org.to_owned()));
    let (teams, _) = teams::list(visit.app, &call, 0, 100)?;
    Ok(teams
        .into_iter()
        .filter(|team| Some(team.row.id) != but)
        .map(|team| Above {
            id: team.row.id.get(),
            name: team.row.name.plain(),
            chosen: chosen == Some(team.row.id),
        })
        .collect())
}

/// A team's number out of a form; nothing where none is chosen.
pub(super) fn parent(input: &Input) -> Result<Option<TeamId>, AppError> {
    match input.field("parent") {
        "" => Ok(None),
        text => {
            let id = text.parse().ok().and_then(TeamId::from_i64);
            id.map(Some).ok_or(AppError::Missing("team"))
        }
    }
}

fn page(visit: &Visit<'_>, status: u16, name: &str, faults: Faults) -> Result<Answer, AppError> {
    let (app, input) = (visit.app, visit.input);
    let org = input.path("org");
    let head = Head::of(visit, org, "teams")?;
    let at = input.page();
    let call = visit.to(ops::teams::LIST, Named::Organization(org.to_owned()));
    let (found, total) = teams::list(app, &call, at.offset(), at.size)?;
    visit.page(
        status,
        &Page {
            frame: visit.frame(format!("Teams of {}", head.name)),
            teams: found
                .into_iter()
                .map(|team| Row {
                    numbers: format!(
                        "{} · {}",
                        counted(team.members.unsigned_abs(), "member", "members"),
                        counted(
                            team.repositories.unsigned_abs(),
                            "repository",
                            "repositories"
                        )
                    ),
                    name: team.row.name.plain(),
                    parent: team
                        .parent
                        .map_or_else(String::new, |above| above.name.plain()),
                    slug: team.row.slug,
                })
                .collect(),
            total,
            pager: Pager::new(input, total),
            name: name.to_owned(),
            above: if head.owner {
                above(visit, org, None, parent(input)?)?
            } else {
                Vec::new()
            },
            faults,
            head,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    page(&visit, 200, "", Faults::default())
}

fn make(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let name = input.field("name").trim();
    match teams::create(app, call, name, parent(input)?) {
        Ok(made) => {
            let path = format!("/orgs/{}/teams/{}", input.path("org"), made.row.slug);
            Ok(Said::TEAM_MADE.redirect(app, &path))
        }
        Err(error) => page(&visit, 422, name, Faults::of(error)?),
    }
}
