//! The first page of a repository: what it is, how it is cloned, what the reader may do and through what.

use askama::Template;
use jeton_app::{App, AppError, Call, access};
use jeton_domain::{Least, Level, Operation, Requirement, TargetKind};
use jeton_http::{Answer, Input, Method, Route};

use super::{Head, REPOSITORY, named, plain, view};
use crate::operation::page as page_operation;
use crate::shown::{Through, through};
use crate::{Frame, Visit, packages};

/// Public ones are seen without an account too, exactly where the API shows them.
static PAGE: Operation = Operation {
    reads_public: true,
    sets: &[&[Requirement::new("metadata", Level::Read)]],
    ..page_operation(
        "page.repository",
        "Show a repository.",
        TargetKind::Repository,
        Least::Anyone,
    )
};

pub(crate) static ROUTES: &[Route] = &[Route::new(
    Method::Get,
    "/{owner}/{repo}",
    &PAGE,
    REPOSITORY,
    show,
)];

#[derive(Template)]
#[template(path = "repositories/show.html")]
struct Page {
    frame: Frame,
    head: Head,
    description: String,
    clone: String,
    branch: String,
    role: &'static str,
    sources: Vec<Through>,
    internal: bool,
    /// Those that belong to it.
    packages: Vec<packages::Row>,
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let found = view(&visit)?;
    let head = Head::from(&found, "show");
    let (role, sources) = access::own(app, &visit.to(&PAGE, named(&visit)))?;
    let belonging = jeton_app::packages::of_repository(app, &visit.to(&PAGE, named(&visit)))?;
    visit.page(
        200,
        &Page {
            packages: belonging.iter().map(packages::Row::of).collect(),
            frame: visit.frame(head.full_name()),
            description: plain(&found.row.description),
            clone: format!("{}/{}.git", app.public_url(), head.full_name()),
            branch: found.row.default_branch.clone(),
            role: role.map_or("", jeton_domain::Role::name),
            sources: through(&sources),
            internal: head.visibility == "internal",
            head,
        },
    )
}
