//! Signing in through an outside provider, and connecting an account to it.
//!
//! What begins a question is a form, so that no other site can begin one in a person's name: it answers with a page that
//! leads on, because a form's own answer may lead a browser to this server only (`form-action`).

use askama::Template;
use jeton_app::oidc::{
    self, BrowserValue, Finished, QUESTION_LIVES, QuestionPurpose, Returned, Started,
};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Event, Id, Least, Operation, TargetKind};
use jeton_http::{Answer, Cookie, Field, Form, Input, Method, Names, Route, SESSION};
use jeton_store::IdentityId;

use crate::operation::{confirmed, open_page, own_page, page, page_changing};
use crate::{Frame, Said, Visit, second_step, settings, sign_in};

static START: Operation = page_changing(
    open_page(
        "page.outside_sign_in",
        "Lead to the outside provider, to sign in.",
    ),
    &[],
);
static CONFIRM: Operation = page_changing(
    own_page(
        "page.outside_confirm",
        "Lead to the outside provider, to confirm access.",
    ),
    &[],
);
static CONNECT: Operation = confirmed(page_changing(
    own_page(
        "page.outside_connect",
        "Lead to the outside provider, to connect one's own account.",
    ),
    &[],
));
static FINISH: Operation = page_changing(
    open_page(
        "page.outside_answer",
        "Take the outside provider's answer: sign in, confirm access, or connect an account.",
    ),
    &[
        Event::UserSignIn,
        Event::UserSignOut,
        Event::UserCreate,
        Event::UserConfirm,
        Event::IdentityLink,
    ],
);
static LIST: Operation = own_page(
    "page.connections",
    "Show the outside accounts that open one's own.",
);
static DISCONNECT: Operation = page_changing(
    page(
        "page.outside_disconnect",
        "Disconnect an outside account from one's own.",
        TargetKind::Own,
        Least::Person,
    ),
    &[Event::IdentityUnlink],
);

pub(crate) const PATH: &str = "/settings/connections";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Post, "/login/oidc", &START, Names::Site, start),
    Route::new(
        Method::Get,
        "/login/oidc/callback",
        &FINISH,
        Names::Site,
        finish,
    )
    .query(&[
        Field::optional("code", Form::Text, "The provider's code."),
        Field::optional(
            "state",
            Form::Text,
            "What the question carried there and back.",
        ),
        Field::optional("iss", Form::Text, "Whom the provider calls itself."),
        Field::optional("error", Form::Text, "Why there is no code."),
    ]),
    Route::new(
        Method::Post,
        "/-/confirm/oidc",
        &CONFIRM,
        Names::Own,
        confirm,
    ),
    Route::new(Method::Get, PATH, &LIST, Names::Own, list),
    Route::new(Method::Post, PATH, &CONNECT, Names::Own, connect),
    Route::new(
        Method::Post,
        "/settings/connections/{identity_id}/disconnect",
        &DISCONNECT,
        Names::Own,
        disconnect,
    ),
];

/// What the browser keeps of its question.
static QUESTION: Cookie = Cookie::new("jeton_oidc", "__Host-jeton_oidc", QUESTION_LIVES.seconds());

/// What the provider is called; empty where there is none.
pub(crate) fn name(app: &App) -> String {
    app.outside_name().unwrap_or_default().to_owned()
}

fn kept(app: &App, input: &Input) -> Option<BrowserValue> {
    BrowserValue::parse(input.cookie(&QUESTION, app.public_url())?)
}

#[derive(Template)]
#[template(path = "leaving.html")]
struct LeavingPage {
    frame: Frame,
    name: String,
    url: String,
}

/// Leads the browser to the provider.
fn leave(visit: &Visit<'_>, started: &Started) -> Result<Answer, AppError> {
    let name = name(visit.app);
    let page = LeavingPage {
        frame: visit.frame(format!("On to {name}")),
        name,
        url: started.url.clone(),
    };
    let value = QUESTION.set(visit.app.public_url(), started.browser.expose());
    Ok(visit
        .page(200, &page)?
        .header("set-cookie", value)
        .header("refresh", format!("0;url={}", started.url)))
}

fn start(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    match oidc::start(app, call, QuestionPurpose::SignIn, input.field("return_to")) {
        Ok(started) => leave(&visit, &started),
        Err(AppError::Conflict { message, .. }) => sign_in::refused(&visit, 409, message),
        Err(error) => Err(error),
    }
}

fn confirm(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let return_to = input.field("return_to");
    leave(
        &visit,
        &oidc::start(app, call, QuestionPurpose::Confirm, return_to)?,
    )
}

fn connect(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    leave(
        &visit,
        &oidc::start(app, call, QuestionPurpose::Link, PATH)?,
    )
}

fn finish(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let done = match kept(app, input) {
        Some(browser) => oidc::finish(
            app,
            call,
            &Returned {
                browser: &browser,
                state: input.query("state").unwrap_or_default(),
                code: input.query("code"),
                issuer: input.query("iss"),
                error: input.query("error"),
            },
        ),
        None => Err(oidc::not_ours()),
    };
    let answer = match done {
        Ok(Finished::SignedIn { session, return_to }) => {
            // A session that this browser had before is over with it.
            if visit.viewer.is_some() {
                let end = visit.own(jeton_api::ops::session::END);
                jeton_app::sign_in::sign_out(app, &end, None)?;
            }
            let cookie = SESSION.set(app.public_url(), session.expose());
            Answer::see_other(sign_in::target(&return_to)).header("set-cookie", cookie)
        }
        Ok(Finished::Second { step, return_to }) => {
            second_step::lead(app, &step, sign_in::target(&return_to))
        }
        Ok(Finished::Connected { .. }) => Said::CONNECTED.redirect(app, PATH),
        Ok(Finished::Confirmed { return_to }) => Answer::see_other(sign_in::target(&return_to)),
        Err(AppError::Conflict { message, .. } | AppError::Forbidden(message)) => {
            match visit.viewer {
                Some(_) => shown(&visit, 409, message)?,
                None => sign_in::refused(&visit, 409, message)?,
            }
        }
        Err(other) => return Err(other),
    };
    Ok(answer.header("set-cookie", QUESTION.dropped(app.public_url())))
}

/// One connected account.
#[derive(Debug)]
struct Row {
    id: i64,
    label: String,
    issuer: String,
    since: String,
    used: String,
}

#[derive(Template)]
#[template(path = "settings/connections.html")]
struct Connections {
    frame: Frame,
    menu: &'static str,
    name: String,
    rows: Vec<Row>,
    fault: String,
}

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    shown(&visit, 200, String::new())
}

fn shown(visit: &Visit<'_>, status: u16, fault: String) -> Result<Answer, AppError> {
    let rows = oidc::connected(visit.app, &visit.own(&LIST))?;
    let page = Connections {
        frame: visit.frame("Connected accounts"),
        menu: PATH,
        name: name(visit.app),
        rows: rows
            .into_iter()
            .map(|row| Row {
                id: row.id.get(),
                label: row.label,
                issuer: row.issuer,
                since: row.created_at.date(),
                used: row
                    .last_used_at
                    .map_or_else(|| "never".to_owned(), jeton_domain::Time::date),
            })
            .collect(),
        fault,
    };
    visit.page(status, &page)
}

fn disconnect(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let id = IdentityId::from_i64(input.id("identity_id")?);
    let id = id.ok_or(AppError::Missing("connection"))?;
    match oidc::disconnect(app, call, id) {
        Ok(()) => Ok(Said::DISCONNECTED.redirect(app, PATH)),
        Err(AppError::Conflict { message, .. }) => shown(&visit, 409, message),
        Err(other) => Err(other),
    }
}
