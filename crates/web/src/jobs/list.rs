//! The jobs of a repository, those that are open and those that are over.

use askama::Template;
use jeton_api::ops;
use jeton_app::job_tokens::{self, JobView};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Clean, Id as _, JobOrigin, Least, Operation, Role, TargetKind, Time, TokenId};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};

use super::BELOW;
use crate::around::Around;
use crate::operation::page;
use crate::pager::Pager;
use crate::words::{self, relative};
use crate::{Frame, Said, Visit, settings};

static PAGE: Operation = page(
    "page.jobs",
    "Show the jobs of a repository, and what each may do.",
    TargetKind::Repository,
    Least::Repository(Role::Read),
);

const REPOSITORY: Names = Names::Repository("owner", "repo");

pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        "/{owner}/{repo}/settings/jobs",
        &PAGE,
        REPOSITORY,
        show,
    )
    .query(&[Field::optional(
        "state",
        Form::Text,
        "`open`: only those that are open.",
    )])
    .paged(),
    Route::new(
        Method::Post,
        "/{owner}/{repo}/settings/jobs/{token_id}/end",
        ops::jobs::END,
        REPOSITORY,
        end,
    ),
];

#[derive(Debug)]
struct Row {
    id: i64,
    name: String,
    state: &'static str,
    open: bool,
    fork: bool,
    /// By whom, and for what.
    origin: String,
    permissions: String,
    opened: String,
    until: String,
}

impl Row {
    fn of(view: &JobView, now: Time) -> Self {
        let row = &view.row;
        let by = match row.origin {
            JobOrigin::Person => format!("opened by {}", view.opener),
            JobOrigin::System => format!("opened by the CI system {}", view.opener),
            JobOrigin::Workload => {
                format!("opened for a build server's identity, as {}", view.opener)
            }
        };
        let said = |what: &str, word: Option<&str>| {
            word.map_or_else(String::new, |word| format!(" · {what} {}", word.plain()))
        };
        let levels: Vec<String> = row
            .permissions
            .iter()
            .map(|(key, level)| format!("{}: {}", key.permission().title, words::level(level)))
            .collect();
        Self {
            id: row.token.get(),
            name: row.name.clone(),
            state: view.state,
            open: view.state == "open",
            fork: row.fork,
            origin: format!(
                "{by}{}{}",
                said("ref", row.reference.as_deref()),
                said("environment", row.environment.as_deref())
            ),
            permissions: if levels.is_empty() {
                "No permission".to_owned()
            } else {
                levels.join(", ")
            },
            opened: relative(row.opened_at, now),
            until: match row.ended_at {
                Some(at) => format!("ended {}", relative(at, now)),
                None if view.state == "open" => format!("until {}", row.ends_at.minute()),
                None => format!("over since {}", relative(row.ends_at, now)),
            },
        }
    }
}

#[derive(Template)]
#[template(path = "jobs/list.html")]
struct Page {
    frame: Frame,
    around: Around,
    rows: Vec<Row>,
    /// Only those that are open are shown.
    only_open: bool,
    /// The reader may end them.
    writes: bool,
    /// The reader may say what jobs may do.
    admin: bool,
    pager: Pager,
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let around = Around::of(&visit, BELOW, "/")?;
    let only_open = input.query("state") == Some("open");
    let at = input.page();
    let (views, total) = job_tokens::list(app, call, only_open, (at.offset(), at.size))?;
    let now = app.now();
    visit.page(
        200,
        &Page {
            frame: visit.frame(format!("Jobs of {}", around.name())),
            rows: views.iter().map(|view| Row::of(view, now)).collect(),
            only_open,
            writes: around.head.as_ref().is_some_and(|head| head.writes),
            admin: around.head.as_ref().is_some_and(|head| head.admin),
            pager: Pager::new(input, total),
            around,
        },
    )
}

fn end(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let id = TokenId::from_i64(input.id("token_id")?).ok_or(AppError::Missing("job"))?;
    job_tokens::end(app, call, id)?;
    let root = Around::of(&visit, BELOW, "/")?.root;
    Ok(Said::JOB_ENDED.redirect(app, &root))
}
