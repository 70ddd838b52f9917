//! The service accounts of an organization.

use askama::Template;
use jeton_app::service_accounts::{self, ServiceView};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Clean, Operation, Role, counted};
use jeton_http::{Answer, Input, Method, Route};

use super::{ORG, around};
use crate::around::Around;
use crate::review::owners_page;
use crate::{Frame, Visit, settings};

static PAGE: Operation = owners_page(
    "page.service_accounts",
    "Show the service accounts of an organization.",
);

pub(crate) static ROUTES: &[Route] = &[Route::new(
    Method::Get,
    "/organizations/{org}/settings/service-accounts",
    &PAGE,
    ORG,
    show,
)];

#[derive(Debug)]
struct Row {
    login: String,
    description: String,
    reach: String,
    suspended: bool,
    issues_jobs: bool,
}

impl Row {
    fn of(view: &ServiceView) -> Self {
        let row = &view.row;
        let everywhere = row.everywhere.map(Role::name);
        let named = counted(view.repositories as u64, "repository", "repositories");
        Self {
            login: row.login.clone(),
            description: row.description.plain(),
            reach: match (everywhere, view.repositories) {
                (Some(role), 0) => format!("{role} on every repository"),
                (Some(role), _) => format!("{role} on every repository, and by name on {named}"),
                (None, 0) => "no role yet".to_owned(),
                (None, _) => format!("by name on {named}"),
            },
            suspended: row.state != "active",
            issues_jobs: row.issues_jobs,
        }
    }
}

#[derive(Template)]
#[template(path = "services/list.html")]
struct Page {
    frame: Frame,
    around: Around,
    rows: Vec<Row>,
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let around = around(&visit)?;
    let views = service_accounts::list(app, call)?;
    visit.page(
        200,
        &Page {
            frame: visit.frame(format!("Service accounts of {}", around.name())),
            rows: views.iter().map(Row::of).collect(),
            around,
        },
    )
}
