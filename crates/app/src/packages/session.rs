//! Who asks, in npm's words.

use jeton_domain::{Operation, Time};
use jeton_store::users as rows;
use jeton_token::{Kind, parse};

use crate::app::App;
use crate::authorize::Acting;
use crate::call::{Call, Carried, Named, Presented};
use crate::error::AppError;
use crate::tokens::children;
use crate::{factors, leaks, users};

/// The login of whoever asks.
pub fn whoami(app: &App, call: &Call) -> Result<String, AppError> {
    app.read(call, |_, acting| Ok(acting.login().to_owned()))
}

/// A person's name, and the address that stands for them: their own is nobody's business.
pub fn person(app: &App, call: &Call, login: &str) -> Result<(String, String), AppError> {
    app.read(call, |unit, _| {
        let user = users::find(unit, login)?;
        let address = users::commit_address(app, &user);
        Ok((user.login, address))
    })
}

/// What npm shows of whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnProfile {
    /// Their name in paths.
    pub login: String,
    /// What they call themselves.
    pub name: String,
    /// The address that stands for them.
    pub address: String,
    /// Whether they proved theirs.
    pub verified: bool,
    /// Whether they have a second factor.
    pub second_factor: bool,
    /// Since when.
    pub created_at: Time,
}

/// The caller.
pub fn profile(app: &App, call: &Call) -> Result<OwnProfile, AppError> {
    app.read(call, |unit, acting| {
        let user = acting.user()?;
        let row = rows::by_id(unit, user)?.ok_or(AppError::Missing("user"))?;
        Ok(OwnProfile {
            address: users::commit_address(app, &row),
            verified: acting.known().is_some_and(|known| known.verified),
            second_factor: factors::has_second(unit, user)?,
            login: row.login,
            name: row.name,
            created_at: row.created_at,
        })
    })
}

/// Nobody changes a profile here: npm sends a password for some of it.
pub fn may_change_profile(acting: &Acting<'_>) -> Result<(), AppError> {
    Err(AppError::Forbidden(format!(
        "A profile, a password and a second factor are changed on the pages: {}/settings/profile. No password is taken here.",
        acting.app.public_url()
    )))
}

/// Nobody makes a token here: npm sends a password for it.
pub fn may_make_token(acting: &Acting<'_>) -> Result<(), AppError> {
    Err(AppError::Forbidden(format!(
        "Tokens are made by `npm login`, by `jeton token create`, or at {}/settings/personal-access-tokens/new. No password is \
         taken here.",
        acting.app.public_url()
    )))
}

/// Ends the token whose value stands in an address, as npm sends it to sign out: who holds a value may always give it up, and one
/// that stood in an address is worth nothing any more.
///
/// `end`: ending one of the caller's tokens, which whoever holds the value does; it names the caller's own things.
pub fn sign_out(
    app: &App,
    call: &Call,
    end: &'static Operation,
    value: &str,
) -> Result<(), AppError> {
    let parsed = parse(value.as_bytes()).map_err(|_| AppError::Missing("token"))?;
    let value = Presented::new(app.ring(), &parsed);
    let call = Call {
        // What the request was is said nowhere: it holds the value.
        asked: String::new(),
        ..call.clone()
    };
    let holder = Call {
        carried: Carried::Value(value.clone()),
        ..call.to(end, Named::Own)
    };
    match children::end_oneself(app, &holder) {
        // A sign-in of a program's, or a token that is refused here: its value was shown all the same.
        Err(why @ (AppError::Refused(_) | AppError::Missing(_))) => {
            let ended = leaks::end_known(app, &call, &[value])?;
            if ended { Ok(()) } else { Err(why) }
        }
        ended => ended,
    }
}

/// Whether a token that came as a password lives, and is that of the person who is named: their login as it is written.
///
/// `call`: the request, as about to do what every live credential may. A password of an account is none of ours, and is
/// looked at no further.
pub fn sign_in(app: &App, call: &Call, login: &str, token: &str) -> Result<String, AppError> {
    let Ok(parsed) = parse(token.as_bytes()) else {
        return Err(AppError::Forbidden(
            "The password here is a token of this server, and never that of an account: make one, or use `npm login \
             --auth-type=web`."
                .to_owned(),
        ));
    };
    let call = Call {
        carried: Carried::Value(Presented::new(app.ring(), &parsed)),
        ..call.clone()
    };
    let own = whoami(app, &call)?;
    if parsed.kind() == Kind::Client {
        return Err(AppError::Forbidden(
            "This is a sign-in of a program, which reaches all that you reach: npm takes a token. Make one for packages, or use \
             `npm login --auth-type=web`."
                .to_owned(),
        ));
    }
    if own.eq_ignore_ascii_case(login) {
        Ok(own)
    } else {
        Err(AppError::Forbidden(format!(
            "The token is `{own}`'s, and somebody else was named."
        )))
    }
}
