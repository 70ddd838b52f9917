//! Proving oneself by a code: of the authenticator app, or one for recovery.

use jeton_domain::{Event, Time, UserId};
use jeton_store::factors::{self, Held};
use jeton_store::tombstones::Tombstone;
use jeton_store::{WriteUnit, users};

use super::authenticator::{seed_fault, unsealed};
use super::recovery;
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::notices::{self, Notice};

/// By what somebody proved themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// The password alone.
    Password,
    /// A passkey.
    Passkey,
    /// A code of the authenticator app.
    Authenticator,
    /// A recovery code.
    RecoveryCode,
}

impl Means {
    /// The word in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Passkey => "passkey",
            Self::Authenticator => "authenticator",
            Self::RecoveryCode => "recovery_code",
        }
    }
}

/// What somebody whose password was right can show besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactorsOffered {
    /// A passkey, in a browser.
    pub passkey: bool,
    /// A code of the authenticator app.
    pub authenticator: bool,
    /// A recovery code.
    pub recovery_code: bool,
}

impl FactorsOffered {
    /// The words, as answers give them.
    pub fn names(self) -> Vec<&'static str> {
        [
            (self.authenticator, Means::Authenticator),
            (self.passkey, Means::Passkey),
            (self.recovery_code, Means::RecoveryCode),
        ]
        .into_iter()
        .filter_map(|(has, means)| has.then_some(means.name()))
        .collect()
    }
}

impl From<Held> for FactorsOffered {
    fn from(held: Held) -> Self {
        Self {
            passkey: held.passkeys > 0,
            authenticator: held.authenticator,
            recovery_code: held.recovery_codes > 0,
        }
    }
}

/// Somebody whose password was right: signed in they are only when what else they need was shown.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The person.
    pub(crate) user: users::UserRow,
    /// What their guesses are counted under.
    pub(crate) key: String,
    /// What they have.
    pub(crate) held: Held,
}

impl Shown {
    /// Whether the password is all there is to show.
    pub(crate) fn is_enough(&self) -> bool {
        !self.held.second_factor()
    }
}

/// A code of a person, that is used up: of the app, or for recovery.
///
/// SECURITY: each is taken by a conditional update in the unit that opens what it opens. Of two who come
/// with one code, the second finds it used.
pub(crate) fn take_code(
    app: &App,
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    user: UserId,
    login: &str,
    code: &str,
    recovery_too: bool,
) -> Result<Means, AppError> {
    if take_step(app, unit, user, code, acting.now)? {
        return Ok(Means::Authenticator);
    }
    if recovery_too && let Some(row) = recovery::find(app, unit, user, code)? {
        if !factors::use_code(unit, row.id, acting.now)? {
            return Err(AppError::BadCode);
        }
        unit.tombstone(acting.now, &Tombstone::RecoveryCodeUsed(row.id))?;
        let left = factors::held(unit, user)?.recovery_codes;
        acting
            .record(Event::RecoveryCodeUse)
            .oneself(user, login)
            .with("codes_left", left)
            .write(unit)?;
        let notice = Notice::RecoveryCodeUsed { left };
        notices::tell(unit, app, acting.now, user, &notice)?;
        return Ok(Means::RecoveryCode);
    }
    Err(AppError::BadCode)
}

fn take_step(
    app: &App,
    unit: &mut WriteUnit<'_>,
    user: UserId,
    code: &str,
    now: Time,
) -> Result<bool, AppError> {
    let Some(row) = factors::confirmed(unit, user)? else {
        return Ok(false);
    };
    let step = unsealed(app, &row)?
        .step(code, now.seconds())
        .map_err(seed_fault)?;
    match step {
        Some(step) => Ok(factors::take_step(unit, row.id, step, now)?),
        None => Ok(false),
    }
}

/// Counts a guess at somebody's codes, does the work, and takes the guess back where it was right.
///
/// Only who knows the password, or is signed in, comes this far: so codes may be counted by account too, from
/// wherever they come, and no stranger keeps the owner out by it.
pub(crate) fn by_code<T>(
    app: &App,
    call: &Call,
    login: &str,
    work: impl FnOnce() -> Result<T, AppError>,
) -> Result<T, AppError> {
    let key = &login.to_ascii_lowercase();
    app.passwords.begin_code(key, call.address, app.now())?;
    let done = work();
    match &done {
        Ok(_) => app.passwords.right_code(key, call.address, app.now()),
        Err(AppError::BadCode) => {}
        // It was not the code that failed.
        Err(_) => app.passwords.code_not_tried(key, call.address, app.now()),
    }
    done
}
