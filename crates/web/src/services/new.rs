//! Making a service account.

use askama::Template;
use jeton_api::ops;
use jeton_app::service_accounts::{self, NewService};
use jeton_app::{App, AppError, Call};
use jeton_domain::Operation;
use jeton_http::{Answer, Input, Method, Route};

use super::{NO_ROLE, ORG, RoleChoice, around, page_of, roles};
use crate::around::Around;
use crate::operation::confirmed;
use crate::review::owners_page;
use crate::{Faults, Frame, Said, Visit, settings};

static PAGE: Operation = confirmed(owners_page(
    "page.service_account_new",
    "Show the form of a new service account.",
));

const PATH: &str = "/organizations/{org}/settings/service-accounts/new";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, ORG, show),
    Route::new(Method::Post, PATH, ops::service_accounts::CREATE, ORG, make),
];

#[derive(Template)]
#[template(path = "services/new.html")]
struct Page {
    frame: Frame,
    around: Around,
    login: String,
    description: String,
    roles: Vec<RoleChoice>,
    issues_jobs: bool,
    faults: Faults,
}

fn page(visit: &Visit<'_>, status: u16, faults: Faults) -> Result<Answer, AppError> {
    let input = visit.input;
    let chosen = match input.field("role") {
        "" => NO_ROLE,
        word => word,
    };
    visit.page(
        status,
        &Page {
            frame: visit.frame("New service account"),
            around: around(visit)?,
            login: input.field("login").to_owned(),
            description: input.field("description").to_owned(),
            roles: roles(chosen),
            issues_jobs: input.field("issues_jobs") == "on",
            faults,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    page(&Visit::new(app, call, input)?, 200, Faults::default())
}

fn make(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let role = input.field("role");
    let new = NewService {
        login: input.field("login").trim().to_owned(),
        description: input.field("description").to_owned(),
        role: (!role.is_empty()).then(|| role.to_owned()),
        issues_jobs: input.field("issues_jobs") == "on",
    };
    match service_accounts::create(app, call, &new) {
        Ok(view) => {
            let path = page_of(&around(&visit)?, &view.row.login);
            Ok(Said::SERVICE_MADE.redirect(app, &path))
        }
        Err(error) => page(&visit, 422, Faults::of(error)?),
    }
}
