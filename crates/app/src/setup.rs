//! The first administrator: by a code that is printed once, works for an hour, and is dead once an
//! administrator exists.

use jeton_domain::{Event, Login, Span, UserId, hex};
use jeton_store::{ReadUnit, setup_codes, users};
use jeton_token::Purpose;

use crate::app::App;
use crate::call::Call;
use crate::error::{AppError, name_fault};
use crate::passwords::{Asker, Password};

/// How long a code works.
pub const CODE_LIVES: Span = Span::from_hours(1);

/// Makes a code, unless an administrator exists. It ends all earlier codes.
pub fn new_code(app: &App) -> Result<Option<String>, AppError> {
    // Every start asks. With an administrator nothing is written, so that a start on a full disk goes on.
    if app.store.read(users::has_administrator)? {
        return Ok(None);
    }
    let bytes: [u8; 20] = app.random();
    let code = hex(&bytes);
    let digest = code_digest(app, &code)?;
    let now = app.now();
    app.store.write(|unit| {
        if users::has_administrator(unit)? {
            return Ok(None);
        }
        setup_codes::replace(unit, &digest, now, now.after(CODE_LIVES))?;
        Ok(Some(code))
    })
}

fn code_digest(app: &App, code: &str) -> Result<[u8; 32], AppError> {
    let digest = app
        .ring
        .digest(Purpose::Link, app.ring.newest(), code.as_bytes());
    digest
        .map(|d| *d.as_bytes())
        .ok_or_else(|| AppError::Data("the newest key is missing".to_owned()))
}

/// Makes the first administrator.
pub fn redeem(
    app: &App,
    call: &Call,
    code: &str,
    login: &str,
    email: &str,
    password: &Password,
) -> Result<UserId, AppError> {
    let parsed = || Login::parse(login).map_err(name_fault("User", "login"));
    AppError::together([
        parsed().map(drop),
        crate::users::check_email(email),
        password.check_new(),
    ])?;
    let login = parsed()?;
    // Once it is dead nobody makes the server hash passwords through this door.
    app.store.read(may_redeem)?;
    let digest = code_digest(app, code)?;
    let hash = app.hash_password_for(Asker::stranger(call.address), password)?;
    app.write(call, |unit, acting| {
        // Both conditions in the unit: two who come at once can't both win.
        if users::has_administrator(unit)? || !setup_codes::redeem(unit, &digest, acting.now)? {
            return Err(dead());
        }
        crate::users::check_free(unit, &login, "User")?;
        let id = users::create(
            unit,
            &users::NewUser {
                login: &login,
                name: "",
                email: Some(email),
                password_phc: Some(&hash),
                administrator: true,
            },
            acting.now,
        )
        .map_err(crate::users::taken)?;
        unit.feed(acting.now, "user.created", id)?;
        acting
            .record(Event::UserCreate)
            .oneself(id, login.as_str())
            .with("administrator", true)
            .write(unit)?;
        Ok(id)
    })
}

/// Whether a code may still make somebody the first administrator.
pub fn may_redeem(unit: &mut ReadUnit<'_>) -> Result<(), AppError> {
    if users::has_administrator(unit)? {
        return Err(dead());
    }
    Ok(())
}

/// Whether somebody can still become the first administrator.
pub fn is_open(app: &App) -> Result<(), AppError> {
    app.store.read(may_redeem)
}

/// Nobody administers the site yet.
pub fn awaits_administrator(app: &App) -> Result<bool, AppError> {
    Ok(!app.store.read(users::has_administrator)?)
}

fn dead() -> AppError {
    AppError::Forbidden(
        "The code is not valid: it was used, is older than an hour, or an administrator exists already.".to_owned(),
    )
}
