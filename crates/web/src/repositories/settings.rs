//! The settings of a repository.

use askama::Template;
use jeton_api::ops;
use jeton_app::repositories::{self, RepositoryEdit, RepositoryView};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Clean, Least, Operation, Role, TargetKind};
use jeton_http::{Answer, Input, Method, Route};

use super::{Choice, Head, REPOSITORY, choices, plain, view, visibility};
use crate::operation::page as page_operation;
use crate::{Faults, Frame, Said, Seen, Values, Visit, seen};

static PAGE: Operation = page_operation(
    "page.repository_settings",
    "Show the settings of a repository.",
    TargetKind::Repository,
    Least::Repository(Role::Admin),
);

const PATH: &str = "/{owner}/{repo}/settings";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, REPOSITORY, show),
    Route::new(
        Method::Post,
        PATH,
        ops::repositories::UPDATE,
        REPOSITORY,
        save,
    ),
    Route::new(
        Method::Post,
        "/{owner}/{repo}/settings/delete",
        ops::repositories::DELETE,
        REPOSITORY,
        delete,
    ),
];

#[derive(Template)]
#[template(path = "repositories/general.html")]
struct Page {
    frame: Frame,
    head: Head,
    name: String,
    description: String,
    branch: String,
    choices: Vec<Choice>,
    seen: Seen,
    faults: Faults,
}

fn values(found: &RepositoryView) -> Values {
    seen::values([
        ("Name", found.row.name.plain()),
        ("Description", found.row.description.plain()),
        ("Default branch", found.row.default_branch.plain()),
        ("Visibility", found.row.visibility.name().to_owned()),
    ])
}

fn page(
    visit: &Visit<'_>,
    status: u16,
    found: &RepositoryView,
    seen: Option<Seen>,
    faults: Faults,
) -> Result<Answer, AppError> {
    let input = visit.input;
    // What was typed stays, but for the form of the end.
    let typed = status != 200 && !input.field("visibility").is_empty();
    let kept = |field: &str, stored: &str| {
        if typed {
            input.field(field).to_owned()
        } else {
            plain(stored)
        }
    };
    let head = Head::from(found, "settings");
    visit.page(
        status,
        &Page {
            frame: visit.frame(format!("Settings of {}", head.full_name())),
            name: kept("name", &found.row.name),
            description: kept("description", &found.row.description),
            branch: kept("default_branch", &found.row.default_branch),
            choices: choices(if typed {
                visibility(input.field("visibility")).unwrap_or(found.row.visibility)
            } else {
                found.row.visibility
            }),
            seen: seen.unwrap_or_else(|| Seen::of(&values(found))),
            faults,
            head,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let found = repositories::show(app, call)?;
    page(&visit, 200, &found, None, Faults::default())
}

fn save(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let found = repositories::show(app, call)?;
    let seen = Seen::sent(input, &values(&found));
    if seen.is_stale() {
        return page(&visit, 409, &found, Some(seen), Faults::default());
    }
    let changed = |typed: &str, stored: &str| (typed != stored).then(|| typed.to_owned());
    let edit = RepositoryEdit {
        name: changed(input.field("name").trim(), &found.row.name),
        visibility: visibility(input.field("visibility"))
            .filter(|wanted| *wanted != found.row.visibility),
        description: changed(
            input.field("description").trim(),
            &plain(&found.row.description),
        ),
        default_branch: changed(
            input.field("default_branch").trim(),
            &found.row.default_branch,
        ),
    };
    match repositories::update(app, call, &edit) {
        Ok(changed) => {
            let path = format!("/{}/settings", changed.row.full_name());
            Ok(Said::SETTINGS_SAVED.redirect(app, &path))
        }
        Err(error) => page(&visit, 422, &found, Some(seen), Faults::of(error)?),
    }
}

fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let found = view(&visit)?;
    let full_name = found.row.full_name();
    if !input
        .field("confirm")
        .trim()
        .eq_ignore_ascii_case(&full_name)
    {
        let fault = format!("Type `{full_name}` to delete it.");
        return page(&visit, 422, &found, None, Faults::one("confirm", fault));
    }
    repositories::delete(app, call)?;
    Ok(Said::REPOSITORY_DELETED.redirect(app, &format!("/{}", found.row.owner_login)))
}
