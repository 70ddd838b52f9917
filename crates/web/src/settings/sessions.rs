//! Where one is signed in, and signing out there.

use askama::Template;
use jeton_api::ops;
use jeton_app::{App, AppError, Call, sign_in};
use jeton_domain::{CredentialKind, Id, Operation, SignInId};
use jeton_http::{Answer, Input, Method, Names, Route};

use crate::operation::own_page;
use crate::{Frame, Said, Visit, settings};

static PAGE: Operation = own_page("page.sessions", "Show where one is signed in.");

const PATH: &str = "/settings/sessions";

pub(super) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, Names::Own, show),
    Route::new(
        Method::Post,
        "/settings/sessions/{sign_in_id}/end",
        ops::session::END,
        Names::Own,
        end,
    ),
    Route::new(
        Method::Post,
        "/settings/sessions/end-others",
        ops::session::END,
        Names::Own,
        end_others,
    ),
];

/// A sign-in as it is shown.
#[derive(Debug)]
struct Shown {
    id: i64,
    title: String,
    browser: bool,
    client: String,
    address: String,
    began: String,
    seen: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "settings/sessions.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
    sessions: Vec<Shown>,
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let (rows, current) = sign_in::list(app, &visit.own(ops::session::LIST))?;
    let sessions = rows
        .into_iter()
        .map(|row| {
            let browser = row.kind == CredentialKind::Session;
            let title = match (browser, row.label.is_empty()) {
                (_, false) => row.label,
                (true, true) => "Browser".to_owned(),
                (false, true) => "Command line".to_owned(),
            };
            Shown {
                id: row.id.get(),
                title,
                browser,
                client: row.user_agent.unwrap_or_default(),
                address: row
                    .address
                    .unwrap_or_else(|| "an unknown address".to_owned()),
                began: row.created_at.minute(),
                seen: row.last_seen_at.minute(),
                current: row.id == current,
            }
        })
        .collect();
    visit.page(
        200,
        &Page {
            frame: visit.frame("Sessions"),
            menu: PATH,
            sessions,
        },
    )
}

fn end(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let id = SignInId::from_i64(input.id("sign_in_id")?).ok_or(AppError::Missing("sign-in"))?;
    sign_in::sign_out(app, call, Some(id))?;
    Ok(Said::SESSION_ENDED.redirect(app, PATH))
}

fn end_others(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    sign_in::sign_out_others(app, call)?;
    Ok(Said::SESSIONS_ENDED.redirect(app, PATH))
}
