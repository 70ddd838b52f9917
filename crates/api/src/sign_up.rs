//! Making an account of one's own.

use jeton_app::users::{self, SignUp};
use jeton_app::{App, AppError, Call, Password};
use jeton_domain::{Event, Least, Operation, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde::Deserialize;

use crate::operation::{NO_PERMISSION, changing};
use crate::shapes;

/// Anybody may ask; the site's policy says who is let in.
pub(crate) static SIGN_UP: Operation = changing(
    "sign_up",
    "Make an account of one's own: with the code of an invitation by e-mail, or where the site is open.",
    TargetKind::Site,
    NO_PERMISSION,
    Least::Anyone,
    &[
        Event::UserCreate,
        Event::UserSignIn,
        Event::InvitationAccept,
        Event::MemberAdd,
        Event::TeamAddMember,
    ],
);

/// Ours.
pub(crate) static ROUTES: &[Route] = &[Route::new(
    Method::Post,
    "/sign-up",
    &SIGN_UP,
    Names::Site,
    sign_up,
)
.body(&[
    Field::optional(
        "code",
        Form::Text,
        "What stands at the end of the link of an invitation by e-mail; it proves the address and makes a member at once.",
    ),
    Field::needed("login", Form::Name, "The account's name."),
    Field::optional(
        "email",
        Form::Text,
        "Its address, where there is no code.",
    ),
    Field::optional("name", Form::Text, "What they call themselves."),
    Field::needed(
        "password",
        Form::Text,
        "The password, at least 10 characters.",
    ),
])
.answers(201, "User")];

#[derive(Deserialize)]
struct Body {
    code: Option<String>,
    login: String,
    email: Option<String>,
    name: Option<String>,
    password: String,
}

fn sign_up(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Body = input.read("User")?;
    let new = SignUp {
        code: body.code,
        login: body.login,
        email: body.email.unwrap_or_default(),
        name: body.name.unwrap_or_default(),
        password: Password::new(body.password),
    };
    let made = users::sign_up(app, call, &new)?;
    Ok(Answer::created(&shapes::user(&made.view)))
}
