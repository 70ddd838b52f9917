//! The people of the site: found, looked at, suspended and resumed.

use askama::Template;
use jeton_api::ops;
use jeton_app::{App, AppError, Call, Named, users};
use jeton_domain::Operation;
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};

use super::{USERS, admin_page};
use crate::pager::Pager;
use crate::review::counted;
use crate::{Frame, Said, Visit};

static LIST: Operation = admin_page("page.users", "Show the people of the site.");
static SHOW: Operation = admin_page("page.user", "Show one person.");

pub(super) const ROUTES: &[Route] = &[
    Route::new(Method::Get, USERS, &LIST, Names::Site, list)
        .query(&[Field::optional(
            "q",
            Form::Text,
            "A part of a login, a name or an address.",
        )])
        .paged(),
    Route::new(
        Method::Get,
        "/admin/users/{username}",
        &SHOW,
        Names::Site,
        show,
    ),
    // Which of the two is done stands in the form; each is an operation of its own.
    Route::new(
        Method::Post,
        "/admin/users/{username}",
        &SHOW,
        Names::Site,
        change,
    ),
];

#[derive(Template)]
#[template(path = "admin/users.html")]
struct ListPage {
    frame: Frame,
    menu: &'static str,
    q: String,
    rows: Vec<Row>,
    total: String,
    pager: Pager,
}

struct Row {
    login: String,
    name: String,
    administrator: bool,
    suspended: bool,
}

#[derive(Template)]
#[template(path = "admin/user.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what a page shows or does not"
)]
struct ShowPage {
    frame: Frame,
    menu: &'static str,
    login: String,
    name: String,
    email: String,
    verified: bool,
    since: String,
    administrator: bool,
    suspended: bool,
    organizations: Vec<String>,
    /// Of those, where no other owner can act.
    alone: String,
    oneself: bool,
    fault: String,
}

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let q = input.query("q").unwrap_or_default().trim().to_owned();
    let at = input.page();
    let (views, total) = if q.is_empty() {
        users::list(app, call, at.offset(), at.size)?
    } else {
        users::search(app, call, &q, at.offset(), at.size)?
    };
    visit.page(
        200,
        &ListPage {
            frame: visit.frame("People"),
            menu: USERS,
            rows: views
                .into_iter()
                .map(|view| Row {
                    login: view.row.login,
                    name: view.row.name,
                    administrator: view.row.administrator,
                    suspended: view.row.state == "suspended",
                })
                .collect(),
            total: counted(total, "person", "people"),
            pager: Pager::new(input, total),
            q,
        },
    )
}

fn page(visit: &Visit<'_>, status: u16, fault: String) -> Result<Answer, AppError> {
    let call = visit.to(&SHOW, Named::Site);
    let login = visit.input.path("username");
    let view = users::show(visit.app, &call, login)?;
    let alone = users::owns_alone(visit.app, &call, login)?;
    let own = visit.viewer.as_ref().map(|viewer| viewer.login.as_str());
    visit.page(
        status,
        &ShowPage {
            frame: visit.frame(view.row.login.clone()),
            menu: USERS,
            verified: view.row.email_verified_at.is_some(),
            email: view.row.email.unwrap_or_else(|| "None".to_owned()),
            since: view.row.created_at.date(),
            administrator: view.row.administrator,
            suspended: view.row.state == "suspended",
            organizations: view.organizations,
            alone: alone.join(", "),
            oneself: own == Some(view.row.login.as_str()),
            login: view.row.login,
            name: view.row.name,
            fault,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    page(&visit, 200, String::new())
}

fn change(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let login = input.path("username");
    let to = |operation| visit.to(operation, Named::Site);
    let done = if input.field("action") == "resume" {
        users::resume(app, &to(ops::users::RESUME), login).map(|_| Said::USER_RESUMED)
    } else {
        users::suspend(app, &to(ops::users::SUSPEND), login).map(|_| Said::USER_SUSPENDED)
    };
    match done {
        Ok(said) => Ok(said.redirect(app, &format!("{USERS}/{login}"))),
        Err(AppError::Conflict { message, .. }) => page(&visit, 409, message),
        Err(error) => Err(error),
    }
}
