//! The teams of an organization, and making one.

use askama::Template;
use jeton_api::ops;
use jeton_app::{App, AppError, Call, Named, teams};
use jeton_domain::{Clean, Least, Operation, OrganizationRole, TargetKind, TeamId, counted};
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

/// Teams that are offered at once.
const OFFERED: u32 = 100;

/// The place of a team, as a form offers it. Teams are named by their words in addresses, so that one that is not
/// offered can be typed.
#[derive(Default)]
pub(super) struct Above {
    /// Words and names of teams that it can stand below.
    pub(super) offered: Vec<(String, String)>,
    /// Those are all that there are.
    pub(super) all: bool,
    /// The one that is chosen; empty for none.
    pub(super) chosen: String,
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
    above: Above,
    faults: Faults,
}

/// The teams that another can stand below; `but` is that other.
pub(super) fn above(
    visit: &Visit<'_>,
    org: &str,
    but: Option<TeamId>,
    chosen: &str,
) -> Result<Above, AppError> {
    let call = visit.to(ops::teams::LIST, Named::Organization(org.to_owned()));
    let (teams, total) = teams::list(visit.app, &call, 0, OFFERED)?;
    Ok(Above {
        offered: teams
            .into_iter()
            .filter(|team| Some(team.row.id) != but)
            .map(|team| (team.row.slug, team.row.name.plain()))
            .collect(),
        all: total <= u64::from(OFFERED),
        chosen: chosen.to_owned(),
    })
}

/// The team that a form puts another below; nothing where none is named.
pub(super) fn parent(visit: &Visit<'_>) -> Result<Option<TeamId>, AppError> {
    let slug = visit.input.field("parent").trim();
    if slug.is_empty() {
        return Ok(None);
    }
    let named = Named::Organization(visit.input.path("org").to_owned());
    match teams::show(visit.app, &visit.to(ops::teams::GET, named), slug) {
        Ok(team) => Ok(Some(team.row.id)),
        Err(AppError::Missing("team")) => {
            let fault = "names no team of this organization";
            Err(AppError::invalid("Team", "parent_team_id", fault))
        }
        Err(error) => Err(error),
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
                above(visit, org, None, input.field("parent").trim())?
            } else {
                Above::default()
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
    let made = parent(&visit).and_then(|parent| teams::create(app, call, name, parent));
    match made {
        Ok(made) => {
            let path = format!("/orgs/{}/teams/{}", input.path("org"), made.row.slug);
            Ok(Said::TEAM_MADE.redirect(app, &path))
        }
        Err(error) => page(&visit, 422, name, Faults::of(error)?),
    }
}
