//! The first page of an organization or a person: their repositories, as far as the reader may see them.

use askama::Template;
use jeton_api::ops;
use jeton_app::repositories::Wish;
use jeton_app::{App, AppError, Call, Named, factors, organizations, repositories, users};
use jeton_domain::{Clean, Operation};
use jeton_http::{Answer, Input, Method, Names, Route};

use super::Head;
use crate::operation::open_page;
use crate::pager::Pager;
use crate::shown::Repository;
use crate::{Frame, Visit};

static PAGE: Operation = open_page(
    "page.owner",
    "Show an organization or a person with their repositories.",
);

pub(crate) static ROUTES: &[Route] =
    &[Route::new(Method::Get, "/{owner}", &PAGE, Names::Site, show).paged()];

#[derive(Template)]
#[template(path = "organizations/owner.html")]
struct OrganizationPage {
    frame: Frame,
    head: Head,
    repositories: Vec<Repository>,
    total: u64,
    may_create: bool,
    /// It requires a second factor, and the reader, who works there, has none.
    factor_missing: bool,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "organizations/user.html")]
struct PersonPage {
    frame: Frame,
    login: String,
    name: String,
    repositories: Vec<Repository>,
    total: u64,
    oneself: bool,
    pager: Pager,
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let asked = input.path("owner");
    let profile = users::profile(app, &visit.to(ops::people::PROFILE, Named::Site), asked)?;
    if profile.organization {
        organization(&visit, &profile.login)
    } else {
        person(&visit, &profile)
    }
}

fn organization(visit: &Visit<'_>, login: &str) -> Result<Answer, AppError> {
    let (app, input) = (visit.app, visit.input);
    let named = Named::Organization(login.to_owned());
    let view = organizations::show(app, &visit.to(ops::organizations::GET, named.clone()))?;
    let head = Head::from(&view, "repositories");
    // Whom the organization refuses for the lack of one sees it as everybody does.
    let factor_missing = visit.viewer.is_some() && !head.member && {
        let own = factors::list(app, &visit.own(ops::factors::LIST))?;
        !own.held.second_factor() && own.requiring.contains(&head.login)
    };
    let page = input.page();
    let call = visit.to(ops::repositories::OF_ORGANIZATION, named);
    let list = repositories::of_organization(app, &call, &Wish::page(page.offset(), page.size))?;
    visit.page(
        200,
        &OrganizationPage {
            frame: visit.frame(head.name.clone()),
            repositories: list.items.iter().map(Repository::of).collect(),
            total: list.total,
            may_create: head.owner || head.member && view.effective.members_create_repositories,
            factor_missing,
            pager: Pager::new(input, list.total),
            head,
        },
    )
}

fn person(visit: &Visit<'_>, profile: &users::Profile) -> Result<Answer, AppError> {
    let (app, input) = (visit.app, visit.input);
    let page = input.page();
    let call = visit.to(ops::people::REPOSITORIES, Named::Site);
    let list = repositories::of_user(
        app,
        &call,
        &profile.login,
        &Wish::page(page.offset(), page.size),
    )?;
    let oneself = visit
        .viewer
        .as_ref()
        .is_some_and(|viewer| viewer.login == profile.login);
    visit.page(
        200,
        &PersonPage {
            frame: visit.frame(profile.login.clone()),
            login: profile.login.clone(),
            name: profile.name.plain(),
            repositories: list.items.iter().map(Repository::of).collect(),
            total: list.total,
            oneself,
            pager: Pager::new(input, list.total),
        },
    )
}
