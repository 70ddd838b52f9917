//! The operator's routes.

use jeton_app::{App, AppError, Call, Door, Password, admin, job_secrets};
use jeton_domain::{Access, Event, Kinds, Least, Operation, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route, Table};
use serde::Deserialize;
use serde_json::json;

const PASSWORD: Field = Field::needed("password", Form::Text, "The password.");

/// The table.
pub static TABLE: Table = Table {
    door: Door::Admin,
    prefixes: &["/admin"],
    strict_fields: true,
    routes: &[
        Route::new(Method::Get, "/status", &STATUS, Names::Site, status).answers(200, "Status"),
        Route::new(
            Method::Post,
            "/setup-code",
            &SETUP_CODE,
            Names::Site,
            setup_code,
        )
        .answers(201, "SetupCode"),
        Route::new(Method::Get, "/users", &USER_LIST, Names::Site, user_list).answers(200, "Users"),
        Route::new(
            Method::Post,
            "/users",
            &USER_CREATE,
            Names::Site,
            user_create,
        )
        .body(&[
            Field::needed("login", Form::Text, "The name."),
            Field::needed("email", Form::Text, "The address; counts as verified."),
            PASSWORD,
            Field::optional("administrator", Form::Boolean, "Administers the site."),
        ])
        .answers(201, "User"),
        Route::new(
            Method::Put,
            "/users/{login}/password",
            &USER_PASSWORD,
            Names::Site,
            user_password,
        )
        .body(&[PASSWORD])
        .answers(204, ""),
        Route::new(
            Method::Put,
            "/users/{login}/administrator",
            &USER_ADMINISTRATOR,
            Names::Site,
            user_administrator,
        )
        .answers(204, ""),
        Route::new(
            Method::Post,
            "/users/{login}/suspend",
            &USER_SUSPEND,
            Names::Site,
            user_suspend,
        )
        .answers(200, "Suspended"),
        Route::new(
            Method::Post,
            "/users/{login}/resume",
            &USER_RESUME,
            Names::Site,
            user_resume,
        )
        .answers(204, ""),
        Route::new(
            Method::Get,
            "/secrets",
            &SECRETS_STATUS,
            Names::Site,
            secrets_status,
        )
        .answers(200, "Secrets"),
        Route::new(
            Method::Post,
            "/secrets/reseal",
            &SECRETS_RESEAL,
            Names::Site,
            secrets_reseal,
        )
        .answers(200, "Secrets"),
        Route::new(
            Method::Post,
            "/secrets/rotate",
            &SECRETS_ROTATE,
            Names::Site,
            secrets_rotate,
        )
        .body(&[Field::optional(
            "place",
            Form::Text,
            "Of one place alone: an account, or a repository as OWNER/NAME.",
        )])
        .answers(200, "Rotated"),
    ],
};

const fn operation(
    name: &'static str,
    sentence: &'static str,
    access: Access,
    events: &'static [Event],
) -> Operation {
    Operation {
        name,
        sentence,
        target: TargetKind::Site,
        access,
        reads_public: false,
        sets: &[],
        scopes: &[],
        least: Least::Administrator,
        kinds: Kinds::of(&[]),
        confirm: false,
        about_itself: false,
        departs: false,
        events,
    }
}

static STATUS: Operation = operation(
    "admin.status",
    "Tells how the server is.",
    Access::Read,
    &[],
);
static SETUP_CODE: Operation = operation(
    "admin.setup_code",
    "Makes a code for the first administrator.",
    Access::Write,
    &[],
);
static USER_LIST: Operation = operation("admin.user_list", "Lists all people.", Access::Read, &[]);
static USER_CREATE: Operation = operation(
    "admin.user_create",
    "Adds a person.",
    Access::Write,
    &[Event::UserCreate],
);
static USER_PASSWORD: Operation = operation(
    "admin.user_password",
    "Gives a person another password, and ends their sign-ins.",
    Access::Write,
    &[Event::UserPassword],
);
static USER_ADMINISTRATOR: Operation = operation(
    "admin.user_administrator",
    "Makes a person an administrator.",
    Access::Write,
    &[Event::UserUpdate],
);
static USER_SUSPEND: Operation = operation(
    "admin.user_suspend",
    "Suspends a person; nothing is revoked.",
    Access::Write,
    &[Event::UserSuspend],
);
static USER_RESUME: Operation = operation(
    "admin.user_resume",
    "Lets a suspended person go on.",
    Access::Write,
    &[Event::UserResume],
);

static SECRETS_STATUS: Operation = operation(
    "admin.secrets_status",
    "Tells how many secrets are kept for jobs, and how many lie under an earlier root key.",
    Access::Read,
    &[],
);
static SECRETS_RESEAL: Operation = operation(
    "admin.secrets_reseal",
    "Seals anew, under the newest root key, what lies under an earlier one.",
    Access::Write,
    &[],
);
static SECRETS_ROTATE: Operation = operation(
    "admin.secrets_rotate",
    "Replaces the pairs of keys that secrets are sealed with.",
    Access::Write,
    &[Event::SealingKeyRotate],
);

fn status(app: &App, _: &Call, _: &Input) -> Result<Answer, AppError> {
    let changes = app.changes()?;
    Ok(Answer::ok(&json!({
        "version": env!("CARGO_PKG_VERSION"),
        "url": app.public_url(),
        "instance": app.instance().as_str(),
        "database": format!("{:?}", app.engine()).to_lowercase(),
        "changes": changes.0,
        "transfers": app.streams().running(),
        "time": app.now().iso(),
    })))
}

fn setup_code(app: &App, _: &Call, _: &Input) -> Result<Answer, AppError> {
    match jeton_app::setup::new_code(app)? {
        Some(code) => Ok(Answer::created(&json!({
            "code": code,
            "link": setup_link(app.public_url(), &code),
            "command": setup_command(app.public_url(), &code),
        }))),
        None => Err(AppError::conflict(
            "administrator_exists",
            "there is an administrator already: they make further ones (`jeton admin user administrator LOGIN` does too)",
        )),
    }
}

/// What a person opens to become the first administrator.
pub(crate) fn setup_link(url: &str, code: &str) -> String {
    format!("{url}/setup/{code}")
}

/// What a person types to become the first administrator.
pub(crate) fn setup_command(url: &str, code: &str) -> String {
    format!("jeton setup {url} --code {code}")
}

fn user_list(app: &App, _: &Call, _: &Input) -> Result<Answer, AppError> {
    let users: Vec<_> = admin::list_users(app)?
        .into_iter()
        .map(|user| {
            json!({
                "login": user.login,
                "email": user.email,
                "state": user.state,
                "administrator": user.administrator,
                "created_at": user.created_at.iso(),
            })
        })
        .collect();
    Ok(Answer::ok(&users))
}

#[derive(Deserialize)]
struct NewUser {
    login: String,
    email: String,
    password: String,
    administrator: Option<bool>,
}

fn user_create(app: &App, _: &Call, input: &Input) -> Result<Answer, AppError> {
    let new: NewUser = input.read("User")?;
    let password = Password::new(new.password);
    let id = admin::create_user(
        app,
        &new.login,
        &new.email,
        &password,
        new.administrator == Some(true),
    )?;
    Ok(Answer::created(
        &json!({ "id": id.get(), "login": new.login }),
    ))
}

#[derive(Deserialize)]
struct NewPassword {
    password: String,
}

fn user_password(app: &App, _: &Call, input: &Input) -> Result<Answer, AppError> {
    let new: NewPassword = input.read("User")?;
    admin::set_password(app, input.path("login"), &Password::new(new.password))?;
    Ok(Answer::empty())
}

fn user_administrator(app: &App, _: &Call, input: &Input) -> Result<Answer, AppError> {
    admin::make_administrator(app, input.path("login"))?;
    Ok(Answer::empty())
}

fn user_suspend(app: &App, _: &Call, input: &Input) -> Result<Answer, AppError> {
    let login = input.path("login");
    admin::suspend_user(app, login)?;
    let ownerless = admin::owned_alone(app, login)?;
    Ok(Answer::ok(
        &json!({ "login": login, "organizations_without_owner": ownerless }),
    ))
}

fn user_resume(app: &App, _: &Call, input: &Input) -> Result<Answer, AppError> {
    admin::resume_user(app, input.path("login"))?;
    Ok(Answer::empty())
}

fn sealed(counts: job_secrets::SealedCounts) -> Answer {
    Answer::ok(&json!({
        "secrets": counts.secrets,
        "secrets_left": counts.secrets_left,
        "pairs": counts.pairs,
        "pairs_left": counts.pairs_left,
    }))
}

fn secrets_status(app: &App, _: &Call, _: &Input) -> Result<Answer, AppError> {
    Ok(sealed(app.sealed_secrets()?))
}

fn secrets_reseal(app: &App, _: &Call, _: &Input) -> Result<Answer, AppError> {
    Ok(sealed(app.reseal_secrets()?))
}

#[derive(Deserialize)]
struct Place {
    place: Option<String>,
}

fn secrets_rotate(app: &App, _: &Call, input: &Input) -> Result<Answer, AppError> {
    let named: Place = input.read("Place")?;
    let rotated = job_secrets::rotate_by_operator(app, named.place.as_deref())?;
    Ok(Answer::ok(&json!({ "pairs": rotated.pairs })))
}
