//! The first administrator, signing in and out, confirming, one's own password.

use jeton_app::sign_in::{self, SignedIn};
use jeton_app::{App, AppError, Call, Password, setup};
use jeton_domain::{Event, Id, Least, Operation, SignInId, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde::Deserialize;
use serde_json::json;

use crate::operation::{NO_PERMISSION, changing, person_changing, person_reading};
use crate::shapes;

/// Anybody may: it is the way in.
const fn anybody(
    name: &'static str,
    sentence: &'static str,
    events: &'static [Event],
) -> Operation {
    changing(
        name,
        sentence,
        TargetKind::Site,
        NO_PERMISSION,
        Least::Anyone,
        events,
    )
}

pub(crate) static SETUP: Operation = anybody(
    "setup",
    "Make the first administrator, by a code that works once.",
    &[Event::UserCreate],
);
pub(crate) static SIGN_IN: Operation = anybody(
    "sign_in",
    "Sign a client in by password, and by a code where there is a second factor.",
    &[Event::UserSignIn, Event::RecoveryCodeUse],
);
/// Neither adds power by itself: it shows the secret that everything which does asks for.
pub(crate) static CONFIRM: Operation = person_changing(
    "sign_in.confirm",
    "Confirm the sign-in by password or code, so that it may add power for two hours.",
    TargetKind::Own,
    Least::Person,
    &[Event::UserConfirm],
);
pub(crate) static LIST: Operation = person_reading(
    "sign_in.list",
    "List one's own signed-in clients.",
    TargetKind::Own,
    Least::Person,
);
pub(crate) static END: Operation = person_changing(
    "sign_in.end",
    "Sign a client of one's own out.",
    TargetKind::Own,
    Least::Person,
    &[Event::UserSignOut],
);
pub(crate) static PASSWORD: Operation = person_changing(
    "user.change_password",
    "Change one's own password; one's other sign-ins end.",
    TargetKind::Own,
    Least::Person,
    &[Event::UserPassword],
);

/// Ours.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Post,
        "/setup",
        &SETUP,
        Names::Site,
        first_administrator,
    )
    .body(&[
        Field::needed(
            "code",
            Form::Text,
            "The code that the server printed; it works once, for an hour.",
        ),
        Field::needed("login", Form::Text, "The administrator's name."),
        Field::needed("email", Form::Text, "Their e-mail address."),
        Field::needed(
            "password",
            Form::Text,
            "Their password, at least 10 characters.",
        ),
    ])
    .rule(|unit, _, _| setup::may_redeem(unit))
    .answers(201, "User"),
    Route::new(Method::Post, "/sign-in", &SIGN_IN, Names::Site, sign_in)
        .body(&[
            Field::needed("login", Form::Text, "Name or verified e-mail address."),
            Field::needed("password", Form::Text, "The password."),
            Field::optional(
                "code",
                Form::Text,
                "A code of the authenticator app, or a recovery code, where there is a second factor.",
            ),
            Field::optional("label", Form::Text, "What to call this client in the list."),
        ])
        .answers(201, "SignedIn"),
    Route::new(Method::Post, "/confirm", &CONFIRM, Names::Own, confirm)
        .body(&[
            Field::optional("password", Form::Text, "The password; or"),
            Field::optional("code", Form::Text, "a code of the authenticator app."),
        ])
        .answers(200, "Confirmed"),
    Route::new(Method::Get, "/sign-ins", &LIST, Names::Own, list).answers(200, "SignIns"),
    Route::new(
        Method::Delete,
        "/sign-ins/{sign_in_id}",
        &END,
        Names::Own,
        end,
    )
    .rule(|unit, acting, input| sign_in::may_sign_out(unit, acting, id(input)?))
    .answers(204, ""),
    Route::new(Method::Delete, "/sign-in", &END, Names::Own, end_this).answers(204, ""),
    Route::new(Method::Post, "/password", &PASSWORD, Names::Own, password)
        .body(&[
            Field::needed("current", Form::Text, "The password as it is."),
            Field::needed(
                "new",
                Form::Text,
                "The password as it shall be, at least 10 characters.",
            ),
        ])
        .answers(204, ""),
];

#[derive(Deserialize)]
struct Setup {
    code: String,
    login: String,
    email: String,
    password: String,
}

fn first_administrator(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Setup = input.read("User")?;
    let password = Password::new(body.password);
    let id = setup::redeem(app, call, &body.code, &body.login, &body.email, &password)?;
    let view = jeton_app::users::made(app, id)?;
    Ok(Answer::created(&shapes::user(&view)))
}

#[derive(Deserialize)]
struct SignInBody {
    login: String,
    password: String,
    code: Option<String>,
    label: Option<String>,
}

fn sign_in(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: SignInBody = input.read("SignIn")?;
    let label = body.label.unwrap_or_default();
    let signed_in: SignedIn = sign_in::sign_in(
        app,
        call,
        &body.login,
        &Password::new(body.password),
        body.code.as_deref(),
        &label,
    )?;
    Ok(Answer::created(&json!({
        "token": signed_in.secret.expose(),
        "login": signed_in.login,
        "administrator": signed_in.administrator,
        "expires_at": signed_in.expires_at.iso(),
        "sudo_until": signed_in.sudo_until.iso(),
    })))
}

#[derive(Deserialize)]
struct Confirm {
    password: Option<String>,
    code: Option<String>,
}

fn confirm(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Confirm = input.read("SignIn")?;
    let until = match (body.password, body.code) {
        (Some(password), None) => sign_in::confirm(app, call, &Password::new(password))?,
        (None, Some(code)) => sign_in::confirm_by_code(app, call, &code)?,
        _ => {
            return Err(AppError::invalid(
                "SignIn",
                "password",
                "or `code` is needed, and not both",
            ));
        }
    };
    Ok(Answer::ok(&json!({ "sudo_until": until.iso() })))
}

fn list(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    let (rows, current) = sign_in::list(app, call)?;
    let items: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({
                "id": row.id.get(),
                "label": row.label,
                "created_at": row.created_at.iso(),
                "last_seen_at": row.last_seen_at.iso(),
                "expires_at": row.expires_at.iso(),
                "address": row.address,
                "user_agent": row.user_agent,
                "current": row.id == current,
            })
        })
        .collect();
    Ok(Answer::ok(&items))
}

fn id(input: &Input) -> Result<SignInId, AppError> {
    SignInId::from_i64(input.id("sign_in_id")?).ok_or(AppError::Missing("sign-in"))
}

fn end(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    sign_in::sign_out(app, call, Some(id(input)?))?;
    Ok(Answer::empty())
}

fn end_this(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    sign_in::sign_out(app, call, None)?;
    Ok(Answer::empty())
}

#[derive(Deserialize)]
struct PasswordBody {
    current: String,
    new: String,
}

fn password(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: PasswordBody = input.read("User")?;
    sign_in::change_password(
        app,
        call,
        &Password::new(body.current),
        &Password::new(body.new),
    )?;
    Ok(Answer::empty())
}
