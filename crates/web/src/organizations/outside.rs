//! Outside collaborators of an organization.

use askama::Template;
use jeton_api::ops;
use jeton_app::{App, AppError, Call, Named, organizations};
use jeton_domain::{Least, Operation, OrganizationRole, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Route};

use super::losses::LossPage;
use super::{Head, ORG};
use crate::operation::page as page_operation;
use crate::pager::Pager;
use crate::shown::Loss;
use crate::{Frame, Said, Visit};

static PAGE: Operation = page_operation(
    "page.outside_collaborators",
    "Show the outside collaborators of an organization.",
    TargetKind::Organization,
    Least::Organization(OrganizationRole::Member),
);
static REMOVAL: Operation = page_operation(
    "page.outside_collaborator_removal",
    "Show what an outside collaborator would lose by being removed.",
    TargetKind::Organization,
    Least::Organization(OrganizationRole::Owner),
);

pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        "/orgs/{org}/outside-collaborators",
        &PAGE,
        ORG,
        show,
    )
    .query(&[Field::optional(
        "second_factor",
        Form::Text,
        "`none`: only who has no second factor.",
    )])
    .paged(),
    Route::new(
        Method::Get,
        "/orgs/{org}/outside-collaborators/{username}/remove",
        &REMOVAL,
        ORG,
        ask,
    ),
    Route::new(
        Method::Post,
        "/orgs/{org}/outside-collaborators/{username}/remove",
        ops::members::REMOVE_OUTSIDE,
        ORG,
        remove,
    ),
];

struct Person {
    login: String,
    /// Owners are told.
    second_factor: Option<bool>,
}

#[derive(Template)]
#[template(path = "organizations/outside.html")]
struct Page {
    frame: Frame,
    head: Head,
    people: Vec<Person>,
    lacking: bool,
    total: u64,
    pager: Pager,
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let org = input.path("org");
    let head = Head::of(&visit, org, "outside")?;
    let at = input.page();
    let call = visit.to(ops::members::OUTSIDE, Named::Organization(org.to_owned()));
    let lacking = head.owner && input.query("second_factor") == Some("none");
    let (people, total) =
        organizations::outside_collaborators(app, &call, lacking, at.offset(), at.size)?;
    visit.page(
        200,
        &Page {
            frame: visit.frame(format!("Outside collaborators of {}", head.name)),
            people: people
                .into_iter()
                .map(|each| Person {
                    login: each.person.login,
                    second_factor: each.second_factor,
                })
                .collect(),
            lacking,
            total,
            pager: Pager::new(input, total),
            head,
        },
    )
}

fn ask(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let (org, username) = (input.path("org"), input.path("username"));
    let losses = organizations::losses_of_outside_collaborator(app, call, username)?;
    let login = losses.login.clone();
    visit.page(
        200,
        &LossPage {
            frame: visit.frame(format!("Remove {login}")),
            heading: format!("Remove {login} from all repositories of {org}?"),
            who: login.clone(),
            loss: Loss::of(losses),
            action: format!("/orgs/{org}/outside-collaborators/{login}/remove"),
            button: format!("Remove {login} everywhere"),
            back: format!("/orgs/{org}/outside-collaborators"),
            keeps: format!("/orgs/{org}/people/{login}#tokens"),
            ends: "every role given to them here:",
        },
    )
}

fn remove(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    organizations::remove_outside_collaborator(app, call, input.path("username"))?;
    let path = format!("/orgs/{}/outside-collaborators", input.path("org"));
    Ok(Said::COLLABORATOR_REMOVED.redirect(app, &path))
}
