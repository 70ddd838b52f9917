//! Making an account where the site is open to everybody.

use askama::Template;
use jeton_api::ops;
use jeton_app::sign_in;
use jeton_app::users::{self, SignUp};
use jeton_app::{App, AppError, Call, Named, Password};
use jeton_domain::{Operation, Registration};
use jeton_http::{Answer, Input, Method, Names, Route, SESSION};

use crate::operation::open_page;
use crate::{Faults, Frame, Said, Visit, words};

static PAGE: Operation = open_page("page.join", "Show the form for an account of one's own.");

const PATH: &str = "/join";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, Names::Site, show),
    Route::new(Method::Post, PATH, ops::sign_up::SIGN_UP, Names::Site, join),
];

#[derive(Template)]
#[template(path = "invitations/join.html")]
struct Page {
    frame: Frame,
    open: bool,
    closed: bool,
    /// The server sends mail.
    sends: bool,
    login: String,
    name: String,
    email: String,
    faults: Faults,
}

fn page(
    visit: &Visit<'_>,
    status: u16,
    (login, name, email): (&str, &str, &str),
    faults: Faults,
) -> Result<Answer, AppError> {
    let registration = users::registration(visit.app, &visit.to(&PAGE, Named::Site))?;
    visit.page(
        status,
        &Page {
            frame: visit.frame("Make an account"),
            open: registration == Registration::Open,
            closed: registration == Registration::Closed,
            sends: visit.app.sends_mail(),
            login: login.to_owned(),
            name: name.to_owned(),
            email: email.to_owned(),
            faults,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    if visit.viewer.is_some() {
        return Ok(Answer::see_other("/"));
    }
    page(&visit, 200, ("", "", ""), Faults::default())
}

fn join(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let typed = (
        input.field("login").trim(),
        input.field("name").trim(),
        input.field("email").trim(),
    );
    let new = SignUp {
        code: None,
        login: typed.0.to_owned(),
        name: typed.1.to_owned(),
        email: typed.2.to_owned(),
        password: Password::new(input.field("password").to_owned()),
    };
    match users::sign_up_browser(app, call, &new) {
        Ok((_, session)) => {
            // A session that this browser had before is over with it.
            if visit.viewer.is_some() {
                sign_in::sign_out(app, &visit.own(ops::session::END), None)?;
            }
            let cookie = SESSION.set(app.public_url(), session.expose());
            let said = if app.sends_mail() {
                Said::ACCOUNT_MADE
            } else {
                Said::ACCOUNT_MADE_WITHOUT_MAIL
            };
            Ok(said.redirect(app, "/").header("set-cookie", cookie))
        }
        Err(AppError::TooMany { seconds }) => page(
            &visit,
            429,
            typed,
            Faults::one("login", words::wait(seconds)),
        ),
        Err(error) => page(&visit, 422, typed, Faults::of(error)?),
    }
}
