//! Signing in with a browser: the second step after a password, and a passkey alone.
//!
//! Between the two steps the browser holds a value, and no session: nothing is open until the second was
//! shown. The session's own value is made then, fresh.

use jeton_domain::{Span, Time, UserId, hex};
use jeton_factors::Answer;
use jeton_store::challenges::{self, NewChallenge, Purpose};
use jeton_store::users::{self, UserRow};
use jeton_store::{ReadUnit, WriteUnit, factors};
use sha2::{Digest as _, Sha256};

use super::challenge::{AskedBrowser, ChallengeValue, digests, fresh, keep, now_digest};
use super::passkeys::{answered_by, ask_known, fault, taken};
use super::{FactorsOffered, Means, Shown, by_code, take_code};
use crate::app::App;
use crate::call::Call;
use crate::error::AppError;
use crate::sign_in::{SessionValue, enter};

/// How long the second step may take: people look for their phone.
const STEP: Span = Span::from_minutes(10);

/// A sign-in that waits for its second step.
#[derive(Debug)]
pub struct Waiting {
    /// Whose.
    pub login: String,
    /// What they can show.
    pub offered: FactorsOffered,
}

/// That the password which was right still is the one.
fn mark(user: &UserRow) -> String {
    hex(&Sha256::digest(
        user.password_phc.as_deref().unwrap_or_default(),
    ))
}

/// Keeps a sign-in whose password was right.
pub(crate) fn begin(app: &App, call: &Call, shown: &Shown) -> Result<ChallengeValue, AppError> {
    // The decision, as for everything that a door is asked.
    app.read(call, |_, _| Ok(()))?;
    let value = fresh(app);
    let digest = now_digest(app, Purpose::Step, "", &value)?;
    let now = app.now();
    app.store.side(|unit| {
        challenges::ask(
            unit,
            &NewChallenge {
                digest,
                purpose: Purpose::Step,
                bound: 0,
                user: Some(shown.user.id),
                state: &mark(&shown.user),
                now,
                expires_at: now.after(STEP),
            },
        )
    })?;
    Ok(value)
}

/// As [`begin`], for somebody whom an outside provider vouched for, in the unit that notes it.
pub(crate) fn begin_within(
    unit: &mut WriteUnit<'_>,
    app: &App,
    user: &UserRow,
    now: Time,
) -> Result<ChallengeValue, AppError> {
    let value = fresh(app);
    let new = NewChallenge {
        digest: now_digest(app, Purpose::Step, "", &value)?,
        purpose: Purpose::Step,
        bound: 0,
        user: Some(user.id),
        state: &mark(user),
        now,
        expires_at: now.after(STEP),
    };
    challenges::ask_within(unit, &new)?;
    Ok(value)
}

/// The sign-in that a browser is in the middle of.
fn find(
    app: &App,
    unit: &mut ReadUnit<'_>,
    step: &ChallengeValue,
) -> Result<Option<([u8; 32], UserRow)>, AppError> {
    for digest in digests(app, Purpose::Step, "", step) {
        let Some(row) = challenges::look(unit, &digest, Purpose::Step, app.now())? else {
            continue;
        };
        let user = match row.user {
            Some(user) => users::by_id(unit, user)?,
            None => None,
        };
        // A password that was changed meanwhile opens nothing.
        return Ok(user
            .filter(|user| mark(user) == row.state && user.state == "active")
            .map(|user| (digest, user)));
    }
    Ok(None)
}

fn over() -> AppError {
    AppError::conflict("state", "The sign-in took too long; begin again.")
}

/// What is waited for. `None`: nothing, or it is over.
pub fn waiting(app: &App, call: &Call, step: &ChallengeValue) -> Result<Option<Waiting>, AppError> {
    app.read(call, |unit, _| {
        let Some((_, user)) = find(app, unit, step)? else {
            return Ok(None);
        };
        let held = factors::held(unit, user.id)?;
        Ok(Some(Waiting {
            login: user.login,
            offered: held.into(),
        }))
    })
}

/// The second step by a code: of the authenticator app, or for recovery.
pub fn second_by_code(
    app: &App,
    call: &Call,
    step: &ChallengeValue,
    code: &str,
) -> Result<SessionValue, AppError> {
    let found = app.read(call, |unit, _| find(app, unit, step))?;
    let (_, user) = found.ok_or_else(over)?;
    by_code(app, call, &user.login, || {
        app.write(call, |unit, acting| {
            let user = again(app, unit, step)?;
            let means = take_code(app, unit, acting, user.id, &user.login, code, true)?;
            enter(unit, acting, &user, means)
        })
    })
}

/// The step once more in the unit that opens the session, and used up by it.
fn again(app: &App, unit: &mut WriteUnit<'_>, step: &ChallengeValue) -> Result<UserRow, AppError> {
    let (digest, user) = find(app, unit, step)?.ok_or_else(over)?;
    if challenges::end(unit, &digest)? {
        Ok(user)
    } else {
        Err(over())
    }
}

/// Asks the browser for a passkey of the person whose sign-in waits.
pub fn ask_second(app: &App, call: &Call, step: &ChallengeValue) -> Result<AskedBrowser, AppError> {
    let (user, asked) = app.read(call, |unit, _| {
        let (_, user) = find(app, unit, step)?.ok_or_else(over)?;
        Ok((user.id, ask_known(app, unit, user.id)?))
    })?;
    let now = app.now();
    keep(
        app,
        Purpose::Second,
        step.expose(),
        0,
        Some(user),
        asked,
        now,
    )
}

/// The second step by a passkey.
pub fn second_by_passkey(
    app: &App,
    call: &Call,
    step: &ChallengeValue,
    value: &ChallengeValue,
    answer: &str,
) -> Result<SessionValue, AppError> {
    let answer = Answer::parse(answer).map_err(fault)?;
    let challenge = taken(app, Purpose::Second, step.expose(), value)?;
    app.write(call, |unit, acting| {
        let user = again(app, unit, step)?;
        let shown = answered_by(app, unit, challenge, &answer, acting.now)?;
        // SECURITY: another person's passkey is no second factor of this one.
        if shown != user.id {
            return Err(AppError::BadPasskey);
        }
        enter(unit, acting, &user, Means::Passkey)
    })
}

/// Signs a browser in by a passkey alone: it says whose it is, and its device asked for a finger or a code.
pub fn sign_in_by_passkey(
    app: &App,
    call: &Call,
    value: &ChallengeValue,
    answer: &str,
) -> Result<SessionValue, AppError> {
    let answer = Answer::parse(answer).map_err(fault)?;
    let challenge = taken(app, Purpose::SignIn, "", value)?;
    app.write(call, |unit, acting| {
        let shown = answered_by(app, unit, challenge, &answer, acting.now)?;
        let user = active(unit, shown)?;
        enter(unit, acting, &user, Means::Passkey)
    })
}

fn active(unit: &mut ReadUnit<'_>, user: UserId) -> Result<UserRow, AppError> {
    let user = users::by_id(unit, user)?.ok_or(AppError::BadPasskey)?;
    if user.state == "active" {
        Ok(user)
    } else {
        Err(AppError::Forbidden("The account is suspended.".to_owned()))
    }
}
