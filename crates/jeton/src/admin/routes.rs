//! The operator's routes.

use jeton_app::{App, AppError, Call, Door};
use jeton_domain::{Access, Kinds, Least, Operation, TargetKind};
use jeton_http::{Answer, Input, Method, Names, Route, Table};
use serde_json::json;

/// The table.
pub static TABLE: Table = Table {
    door: Door::Admin,
    prefixes: &["/admin"],
    strict_fields: true,
    routes: &[
        Route::new(Method::Get, "/status", &STATUS, Names::Site, status).answers(200, "Status"),
        Route::new(Method::Post, "/setup-code", &SETUP_CODE, Names::Site, setup_code).answers(201, "SetupCode"),
    ],
};

const fn operation(name: &'static str, sentence: &'static str, access: Access) -> Operation {
    Operation {
        name,
        sentence,
        target: TargetKind::Site,
        access,
        reads_public: false,
        sets: &[],
        least: Least::Administrator,
        kinds: Kinds::of(&[]),
        confirm: false,
        event: None,
    }
}

static STATUS: Operation = operation("admin.status", "Tells how the server is.", Access::Read);
static SETUP_CODE: Operation =
    operation("admin.setup_code", "Makes a code for the first administrator.", Access::Write);

fn status(app: &App, _: &Call, _: &Input) -> Result<Answer, AppError> {
    let changes = app.store().seq()?;
    Ok(Answer::ok(&json!({
        "version": env!("CARGO_PKG_VERSION"),
        "url": app.public_url(),
        "instance": app.instance().as_str(),
        "database": format!("{:?}", app.store().engine()).to_lowercase(),
        "changes": changes.0,
        "transfers": app.streams().running(),
        "time": app.now().iso(),
    })))
}

fn setup_code(app: &App, _: &Call, _: &Input) -> Result<Answer, AppError> {
    match jeton_app::setup::new_code(app)? {
        Some(code) => Ok(Answer::created(&json!({
            "code": code,
            "command": setup_command(app.public_url(), &code),
        }))),
        None => Err(AppError::conflict(
            "administrator_exists",
            "there is an administrator already: they make further ones (`jeton admin user administrator LOGIN` does too)",
        )),
    }
}

/// What a person types to become the first administrator.
pub(crate) fn setup_command(url: &str, code: &str) -> String {
    format!("jeton setup {url} --code {code}")
}
