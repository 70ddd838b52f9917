//! Signing in and out, and the first administrator.

use askama::Template;
use jeton_api::ops;
use jeton_app::sign_in::Entered;
use jeton_app::{App, AppError, Call, Named, Password, setup, sign_in, users};
use jeton_domain::{Operation, Registration};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route, SESSION, is_local};

use crate::operation::open_page;
use crate::words;
use crate::{Faults, Frame, Said, Visit, oidc, second_step};

static LOGIN: Operation = open_page("page.login", "Show the sign-in page.");
static SETUP: Operation = open_page("page.setup", "Show the page of the first administrator.");

const RETURN_TO: &[Field] = &[Field::optional(
    "return_to",
    Form::Text,
    "The page to go on to.",
)];

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/login", &LOGIN, Names::Site, form).query(RETURN_TO),
    Route::new(
        Method::Post,
        "/login",
        ops::session::SIGN_IN,
        Names::Site,
        enter,
    ),
    Route::new(
        Method::Post,
        "/logout",
        ops::session::END,
        Names::Own,
        leave,
    ),
    Route::new(
        Method::Get,
        "/setup/{code}",
        &SETUP,
        Names::Site,
        setup_form,
    ),
    Route::new(
        Method::Post,
        "/setup/{code}",
        ops::session::SETUP,
        Names::Site,
        set_up,
    ),
];

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    login: String,
    return_to: String,
    fault: String,
    /// What the outside provider is called; empty where there is none.
    outside: String,
    /// Anybody may make an account.
    join: bool,
}

/// The sign-in page after something went wrong on the way in.
pub(crate) fn refused(visit: &Visit<'_>, status: u16, fault: String) -> Result<Answer, AppError> {
    visit.page(
        status,
        &SignInPage {
            frame: visit.frame("Sign in"),
            login: String::new(),
            return_to: "/".to_owned(),
            fault,
            outside: oidc::name(visit.app),
            join: may_join(visit)?,
        },
    )
}

fn may_join(visit: &Visit<'_>) -> Result<bool, AppError> {
    let call = visit.to(&LOGIN, Named::Site);
    Ok(users::registration(visit.app, &call)? == Registration::Open)
}

/// Pages below `/login` that wait for who is signed in: an application's question, and a device's.
const WAITING: [&str; 2] = ["/login/oauth/authorize", "/login/device"];

/// Below it, each sign-in of npm has a page of its own.
const NPM: &str = "/login/npm/";

/// Where a sign-in leads: a page of ours, and not out again.
pub(crate) fn target(path: &str) -> &str {
    let page = path.split(['?', '#']).next().unwrap_or_default();
    let out_again = page.starts_with("/login") || page.starts_with("/logout");
    let npm = page
        .strip_prefix(NPM)
        .is_some_and(|code| !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if is_local(path) && (!out_again || npm || WAITING.contains(&page)) {
        path
    } else {
        "/"
    }
}

fn form(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let return_to = target(input.query("return_to").unwrap_or_default());
    if visit.viewer.is_some() {
        return Ok(Answer::see_other(return_to));
    }
    visit.page(
        200,
        &SignInPage {
            frame: visit.frame("Sign in"),
            login: String::new(),
            return_to: return_to.to_owned(),
            fault: String::new(),
            outside: oidc::name(app),
            join: may_join(&visit)?,
        },
    )
}

fn enter(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let return_to = target(input.field("return_to"));
    let login = input.field("login");
    let password = Password::new(input.field("password").to_owned());
    let (status, fault) = match sign_in::sign_in_browser(app, call, login, &password) {
        Ok(Entered::Second(step)) => return Ok(second_step::lead(app, &step, return_to)),
        Ok(Entered::In(value)) => {
            // A session that this browser had before is over with it.
            if visit.viewer.is_some() {
                sign_in::sign_out(app, &visit.own(ops::session::END), None)?;
            }
            let cookie = SESSION.set(app.public_url(), value.expose());
            return Ok(Answer::see_other(return_to).header("set-cookie", cookie));
        }
        Err(AppError::BadSignIn) => (422, "Login or password is wrong.".to_owned()),
        Err(AppError::TooMany { seconds }) => (429, words::wait(seconds)),
        Err(error @ AppError::Busy) => (503, error.to_string()),
        Err(AppError::Forbidden(sentence)) => (403, sentence),
        Err(other) => return Err(other),
    };
    again(&visit, status, login, return_to, fault)
}

/// The page once more, with what was wrong.
pub(crate) fn again(
    visit: &Visit<'_>,
    status: u16,
    login: &str,
    return_to: &str,
    fault: String,
) -> Result<Answer, AppError> {
    visit.page(
        status,
        &SignInPage {
            frame: visit.frame("Sign in"),
            login: login.to_owned(),
            return_to: return_to.to_owned(),
            fault,
            outside: oidc::name(visit.app),
            join: may_join(visit)?,
        },
    )
}

fn leave(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    sign_in::sign_out(app, call, None)?;
    Ok(Said::SIGNED_OUT
        .redirect(app, "/login")
        .header("set-cookie", SESSION.dropped(app.public_url())))
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    frame: Frame,
    login: String,
    email: String,
    faults: Faults,
}

fn setup_form(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    setup::is_open(app)?;
    let visit = Visit::new(app, call, input)?;
    visit.page(
        200,
        &SetupPage {
            frame: Frame {
                // The page itself is what a notice without an administrator leads to.
                said: None,
                ..visit.frame("Make the first administrator")
            },
            login: String::new(),
            email: String::new(),
            faults: Faults::default(),
        },
    )
}

fn set_up(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    setup::is_open(app)?;
    let visit = Visit::new(app, call, input)?;
    let (code, login, email) = (
        input.path("code"),
        input.field("login"),
        input.field("email"),
    );
    let again = Password::new(input.field("password").to_owned());
    let password = Password::new(input.field("password").to_owned());
    let faults = match setup::redeem(app, call, code, login.trim(), email.trim(), &password) {
        Ok(_) => {
            let call = visit.to(ops::session::SIGN_IN, Named::Site);
            return match sign_in::sign_in_browser(app, &call, login.trim(), &again)? {
                Entered::In(value) => {
                    let cookie = SESSION.set(app.public_url(), value.expose());
                    Ok(Answer::see_other("/").header("set-cookie", cookie))
                }
                Entered::Second(step) => Ok(second_step::lead(app, &step, "/")),
            };
        }
        Err(AppError::Forbidden(sentence)) => Faults::one("code", sentence),
        Err(error) => Faults::of(error)?,
    };
    visit.page(
        422,
        &SetupPage {
            frame: visit.frame("Make the first administrator"),
            login: login.to_owned(),
            email: email.to_owned(),
            faults,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn a_sign_in_leads_to_pages_that_wait_for_it_and_never_out_again() {
        for path in [
            "/settings/tokens/new?scopes=repo",
            "/login/oauth/authorize?client_id=x&state=y",
            "/login/device",
            "/login/device?user_code=ABCD-1234",
            "/login/npm/00ff",
        ] {
            assert_eq!(target(path), path);
        }
        for path in [
            "",
            "//evil.example",
            "https://evil.example",
            "/login",
            "/login?return_to=/login/device",
            "/login/device/../../logout",
            "/login/oauth/authorize/x",
            "/login/npm/",
            "/login/npm/../logout",
            "/login/npm/00ff/deny",
            "/logout",
        ] {
            assert_eq!(target(path), "/", "{path}");
        }
    }
}
