//! The packages of an organization or a person, as far as the reader may see them.

use askama::Template;
use jeton_app::packages::{self, OF_ORGANIZATION, OF_USER, Whose};
use jeton_app::{App, AppError, Call, Named};
use jeton_http::{Answer, Input};

use super::Row;
use crate::organizations::Head;
use crate::pager::Pager;
use crate::{Frame, Visit};

#[derive(Template)]
#[template(path = "packages/of_organization.html")]
struct OrganizationPage {
    frame: Frame,
    head: Head,
    rows: Vec<Row>,
    total: u64,
    registry: String,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "packages/of_person.html")]
struct PersonPage {
    frame: Frame,
    login: String,
    rows: Vec<Row>,
    total: u64,
    registry: String,
    pager: Pager,
}

fn rows(visit: &Visit<'_>, call: &Call, whose: Whose<'_>) -> Result<(Vec<Row>, u64), AppError> {
    let page = visit.input.page();
    let window = (page.offset(), page.size);
    let (found, total) = packages::list(visit.app, call, whose, None, window)?;
    Ok((found.iter().map(Row::of).collect(), total))
}

pub(super) fn organization(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let org = input.path("org");
    let head = Head::of(&visit, org, "packages")?;
    let listing = visit.to(&OF_ORGANIZATION, Named::Organization(org.to_owned()));
    let (rows, total) = rows(&visit, &listing, Whose::Organization)?;
    visit.page(
        200,
        &OrganizationPage {
            frame: visit.frame(format!("Packages of {}", head.name)),
            registry: packages::Registry::Below.url(app),
            pager: Pager::new(input, total),
            head,
            rows,
            total,
        },
    )
}

pub(super) fn person(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let login = input.path("username");
    let listing = visit.to(&OF_USER, Named::Site);
    let (rows, total) = rows(&visit, &listing, Whose::Person(login))?;
    visit.page(
        200,
        &PersonPage {
            frame: visit.frame(format!("Packages of {login}")),
            login: login.to_owned(),
            registry: packages::Registry::Below.url(app),
            pager: Pager::new(input, total),
            rows,
            total,
        },
    )
}
