//! Members who decide on tokens without being owners.

use askama::Template;
use jeton_api::ops;
use jeton_app::reviewers::{self, Reviewer};
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{Operation, TeamId, UserId};
use jeton_http::{Answer, Input, Method, Names, Route};

use super::{Menu, REVIEWERS, owners_page};
use crate::{Faults, Frame, Said, Visit};

static LIST: Operation = owners_page(
    "page.reviewers",
    "Show who reviews an organization's tokens.",
);

const PATH: &str = "/organizations/{org}/settings/reviewers";
const ORG: Names = Names::Organization("org");

pub(super) const ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &LIST, ORG, list),
    // What is done stands in the form; each is an operation of its own.
    Route::new(Method::Post, PATH, &LIST, ORG, change),
];

#[derive(Template)]
#[template(path = "review/reviewers.html")]
struct Page {
    frame: Frame,
    menu: Menu,
    people: Vec<Reviewer<UserId>>,
    teams: Vec<Reviewer<TeamId>>,
    login: String,
    team: String,
    faults: Faults,
}

fn page(visit: &Visit<'_>, status: u16, faults: Faults) -> Result<Answer, AppError> {
    let menu = Menu::of(visit, REVIEWERS)?;
    let call = visit.to(&LIST, Named::Organization(menu.org.clone()));
    let reviewers = reviewers::list(visit.app, &call)?;
    visit.page(
        status,
        &Page {
            frame: visit.frame("Reviewers"),
            menu,
            people: reviewers.people,
            teams: reviewers.teams,
            login: visit.input.field("login").to_owned(),
            team: visit.input.field("team").to_owned(),
            faults,
        },
    )
}

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    page(&visit, 200, Faults::default())
}

fn change(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let named = Named::Organization(input.path("org").to_owned());
    let to = |operation| visit.to(operation, named.clone());
    let (login, team) = (input.field("login").trim(), input.field("team").trim());
    let (done, said) = match input.field("action") {
        "add" => (
            reviewers::add(app, &to(ops::approval::ADD), login),
            Said::REVIEWER_ADDED,
        ),
        "add_team" => (
            reviewers::add_team(app, &to(ops::approval::ADD_TEAM), team),
            Said::REVIEWER_ADDED,
        ),
        _ if team.is_empty() => (
            reviewers::remove(app, &to(ops::approval::REMOVE), login),
            Said::REVIEWER_REMOVED,
        ),
        _ => (
            reviewers::remove_team(app, &to(ops::approval::REMOVE_TEAM), team),
            Said::REVIEWER_REMOVED,
        ),
    };
    match done {
        Ok(()) => {
            let path = Menu::of(&visit, REVIEWERS)?.path(REVIEWERS);
            Ok(said.redirect(app, &path))
        }
        // Somebody else removed them before, or nobody is called so.
        Err(AppError::Missing("reviewer")) => {
            let path = Menu::of(&visit, REVIEWERS)?.path(REVIEWERS);
            Ok(Said::REVIEWER_REMOVED.redirect(app, &path))
        }
        Err(AppError::Missing("team")) => {
            page(&visit, 422, Faults::one("team", "No team is called so."))
        }
        Err(AppError::Missing(_)) => {
            page(&visit, 422, Faults::one("login", "Nobody is called so."))
        }
        Err(error) => page(&visit, 422, Faults::of(error)?),
    }
}
