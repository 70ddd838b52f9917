//! A forgotten password.

use askama::Template;
use jeton_app::{App, AppError, Call, Password, password_reset};
use jeton_domain::{Access, Event, Operation};
use jeton_http::{Answer, Input, Method, Names, Route};

use crate::operation::open_page;
use crate::words;
use crate::{Faults, Frame, Said, Visit};

static PAGE: Operation = open_page(
    "page.password_reset",
    "Show the page for a forgotten password.",
);
static ASK: Operation = changing(
    open_page(
        "page.password_reset.ask",
        "Ask for a link that sets a new password.",
    ),
    &[Event::PasswordResetAsk],
);
static LINK: Operation = open_page(
    "page.password_reset.link",
    "Show the page that a link for a new password leads to.",
);
static USE: Operation = changing(
    open_page("page.password_reset.use", "Set a new password by a link."),
    &[Event::UserPassword],
);

const fn changing(mut operation: Operation, events: &'static [Event]) -> Operation {
    operation.access = Access::Write;
    operation.events = events;
    operation
}

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/password_reset", &PAGE, Names::Site, form),
    Route::new(Method::Post, "/password_reset", &ASK, Names::Site, ask),
    Route::new(
        Method::Get,
        "/password_reset/{code}",
        &LINK,
        Names::Site,
        look,
    ),
    Route::new(
        Method::Post,
        "/password_reset/{code}",
        &USE,
        Names::Site,
        redeem,
    ),
];

#[derive(Template)]
#[template(path = "password_reset.html")]
struct AskPage {
    frame: Frame,
    /// The server sends mail.
    sends: bool,
    login: String,
    /// It was asked for.
    asked: bool,
    faults: Faults,
}

fn ask_page(
    visit: &Visit<'_>,
    status: u16,
    login: &str,
    asked: bool,
    faults: Faults,
) -> Result<Answer, AppError> {
    visit.page(
        status,
        &AskPage {
            frame: visit.frame("Set a new password"),
            sends: visit.app.sends_mail(),
            login: login.to_owned(),
            asked,
            faults,
        },
    )
}

fn form(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    ask_page(&visit, 200, "", false, Faults::default())
}

/// SECURITY: the same page, whoever was named.
fn ask(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let login = input.field("login");
    match password_reset::ask(app, call, login) {
        Ok(()) => ask_page(&visit, 200, "", true, Faults::default()),
        Err(AppError::TooMany { seconds }) => {
            let fault = words::wait(seconds);
            ask_page(&visit, 429, login, false, Faults::one("login", fault))
        }
        Err(error) => ask_page(&visit, 422, login, false, Faults::of(error)?),
    }
}

#[derive(Template)]
#[template(path = "password_set.html")]
struct LinkPage {
    frame: Frame,
    login: String,
    /// The link does not work.
    dead: String,
    faults: Faults,
}

fn link_page(
    visit: &Visit<'_>,
    status: u16,
    login: String,
    dead: String,
    faults: Faults,
) -> Result<Answer, AppError> {
    visit.page(
        status,
        &LinkPage {
            frame: visit.frame("Set a new password"),
            login,
            dead,
            faults,
        },
    )
}

fn look(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    match password_reset::look(app, call, input.path("code")) {
        Ok(login) => link_page(&visit, 200, login, String::new(), Faults::default()),
        Err(AppError::Forbidden(sentence)) => {
            link_page(&visit, 403, String::new(), sentence, Faults::default())
        }
        Err(error) => Err(error),
    }
}

fn redeem(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let code = input.path("code");
    let password = Password::new(input.field("password").to_owned());
    match password_reset::redeem(app, call, code, &password) {
        Ok(_) => Ok(Said::PASSWORD_SET.redirect(app, "/login")),
        Err(AppError::Forbidden(sentence)) => {
            link_page(&visit, 403, String::new(), sentence, Faults::default())
        }
        Err(error) => {
            let faults = Faults::of(error)?;
            let login = password_reset::look(app, &visit.to(&LINK, jeton_app::Named::Site), code)?;
            link_page(&visit, 422, login, String::new(), faults)
        }
    }
}
