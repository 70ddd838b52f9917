//! The secrets of a place: names, for whom, and when.

use askama::Template;
use jeton_app::job_secrets::{self, Row as Secret};
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{JobSecretVisibility, Time};
use jeton_http::{Answer, Input};

use super::{around, as_one, operations, whose};
use crate::around::Around;
use crate::pager::Pager;
use crate::words::relative;
use crate::{Frame, Said, Visit, settings};

#[derive(Debug)]
struct Row {
    name: String,
    /// For which repositories, in words; empty where that goes without saying.
    reach: &'static str,
    at: String,
    when: String,
}

impl Row {
    fn of(secret: &Secret, now: Time) -> Self {
        Self {
            name: secret.name.clone(),
            reach: match secret.visibility {
                None => "",
                Some(JobSecretVisibility::All) => "all repositories",
                Some(JobSecretVisibility::Private) => "private and internal repositories",
                Some(JobSecretVisibility::Selected) => "selected repositories",
            },
            at: secret.updated_at.iso(),
            when: relative(secret.updated_at, now),
        }
    }
}

#[derive(Template)]
#[template(path = "secrets/list.html")]
struct Page {
    frame: Frame,
    around: Around,
    whose: String,
    rows: Vec<Row>,
    pager: Pager,
    /// Of a repository: names that its organization gives its jobs too.
    inherited: Vec<String>,
}

pub(super) fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let around = around(&visit)?;
    let page = input.page();
    let listing = as_one(&visit, &around, &operations(&around).list);
    let list = job_secrets::list(app, &listing, page.offset(), page.size)?;
    let inherited = match around.home {
        Named::Repository(..) => {
            job_secrets::of_organization_for_repository(app, &listing, 0, MOST)?.items
        }
        _ => Vec::new(),
    };
    let now = app.now();
    visit.page(
        200,
        &Page {
            frame: visit.frame(format!("Secrets of {}", whose(&around))),
            whose: whose(&around),
            rows: list.items.iter().map(|row| Row::of(row, now)).collect(),
            pager: Pager::new(input, list.total),
            inherited: inherited.into_iter().map(|row| row.name).collect(),
            around,
        },
    )
}

/// As many as an organization has.
const MOST: u32 = 1000;

pub(super) fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let around = around(&visit)?;
    job_secrets::delete(app, call, input.path("secret_name"))?;
    Ok(Said::SECRET_DELETED.redirect(app, &around.root))
}

pub(super) fn rotate(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let around = around(&visit)?;
    job_secrets::rotate(app, call)?;
    Ok(Said::KEY_ROTATED.redirect(app, &around.root))
}
