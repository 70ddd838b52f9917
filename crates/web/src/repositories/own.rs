//! One's own repositories, and the invitations to others'.

use askama::Template;
use jeton_api::ops;
use jeton_app::repositories::Wish;
use jeton_app::{App, AppError, Call, invitations, repositories};
use jeton_domain::Operation;
use jeton_http::{Answer, Input, Method, Names, Route};

use crate::operation::own_page;
use crate::pager::Pager;
use crate::shown::Repository;
use crate::{Frame, Visit, settings};

static PAGE: Operation = own_page(
    "page.repositories",
    "Show the repositories that one has to do with.",
);

const PATH: &str = "/settings/repositories";

pub(crate) static ROUTES: &[Route] =
    &[Route::new(Method::Get, PATH, &PAGE, Names::Own, show).paged()];

struct Invited {
    full_name: String,
    role: &'static str,
    inviter: String,
    ends: String,
}

#[derive(Template)]
#[template(path = "repositories/own.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
    repositories: Vec<Repository>,
    total: u64,
    pager: Pager,
    invited: Vec<Invited>,
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let at = input.page();
    let wish = Wish::page(at.offset(), at.size);
    let list = repositories::of_oneself(app, &visit.own(ops::repositories::OWN), &wish)?;
    let waiting = invitations::own_repositories(app, &visit.own(ops::invitations::REPOSITORY_OWN))?;
    visit.page(
        200,
        &Page {
            frame: visit.frame("Repositories"),
            menu: PATH,
            repositories: list.items.iter().map(Repository::of).collect(),
            total: list.total,
            pager: Pager::new(input, list.total),
            invited: waiting
                .into_iter()
                .map(|each| Invited {
                    full_name: each.repository.full_name(),
                    role: each.row.role.name(),
                    ends: each.row.expires_at.date(),
                    inviter: each.row.inviter_login,
                })
                .collect(),
        },
    )
}
