//! Passkeys: made, called, removed, and shown in a browser.

use jeton_domain::{Clean, Event, PasskeyId, SignInId, Time, UserId};
use jeton_factors::{Answer, Challenge, PasskeyFault, Passkeys, Person, StoredPasskey};
use jeton_store::challenges::Purpose;
use jeton_store::factors::{self, NewPasskey, PasskeyRow};
use jeton_store::tombstones::Tombstone;
use jeton_store::{ReadUnit, WriteUnit, identities, users};

use super::challenge::{AskedBrowser, ChallengeValue, keep, take};
use super::{Codes, PASSKEY, RESOURCE, changed, codes_with_the_first, settle_codes};
use crate::app::App;
use crate::authenticate::Subject;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;

/// Characters of a passkey's name.
const NAME_LIMIT: usize = 60;
/// What one is called that nobody named.
const UNNAMED: &str = "Passkey";
/// So many are more than anybody has, and as many as a browser can be asked for at once.
const MOST: i64 = 25;

/// A stored thing that can't be read is a defect; what a browser sent is a refusal.
#[expect(clippy::needless_pass_by_value, reason = "given to `map_err`")]
pub(super) fn fault(error: PasskeyFault) -> AppError {
    match error {
        PasskeyFault::NoHost => AppError::conflict(
            "state",
            "Passkeys need a server that is reached by a host name; this one is reached by a number.",
        ),
        PasskeyFault::Stored => AppError::Data(error.to_string()),
        PasskeyFault::Unreadable | PasskeyFault::Refused(_) | PasskeyFault::Foreign => {
            tracing::debug!(%error, "a passkey was refused");
            AppError::BadPasskey
        }
    }
}

fn library(app: &App) -> Result<&Passkeys, AppError> {
    app.passkeys
        .as_ref()
        .ok_or_else(|| fault(PasskeyFault::NoHost))
}

fn stored(rows: &[PasskeyRow]) -> Vec<StoredPasskey> {
    rows.iter()
        .map(|row| StoredPasskey {
            person: row.user.get(),
            key: row.public_key.clone(),
        })
        .collect()
}

/// The session that asks.
fn session(acting: &Acting<'_>) -> Result<SignInId, AppError> {
    match acting.known().map(|known| &known.subject) {
        Some(Subject::SignIn { id, .. }) => Ok(*id),
        _ => Err(AppError::Missing("sign-in")),
    }
}

fn name(typed: &str) -> Result<String, AppError> {
    let name = typed.plain();
    let name = name.trim();
    if name.chars().count() > NAME_LIMIT {
        return Err(AppError::invalid(
            RESOURCE,
            "name",
            format!("is longer than {NAME_LIMIT} characters"),
        ));
    }
    Ok(if name.is_empty() { UNNAMED } else { name }.to_owned())
}

fn room(held: &factors::Held) -> Result<(), AppError> {
    if held.passkeys < MOST {
        return Ok(());
    }
    Err(AppError::conflict(
        "state",
        format!("You have {MOST} passkeys, which is the most; remove one first."),
    ))
}

/// Asks the caller's browser to make a passkey.
pub fn ask_to_make(app: &App, call: &Call) -> Result<AskedBrowser, AppError> {
    let (session, user, asked) = app.read(call, |unit, acting| {
        let user = acting.user()?;
        let row = users::by_id(unit, user)?.ok_or(AppError::Missing("person"))?;
        room(&factors::held(unit, user)?)?;
        let has = stored(&factors::passkeys(unit, user)?);
        let person = Person {
            id: user.get(),
            login: &row.login,
            name: if row.name.is_empty() {
                &row.login
            } else {
                &row.name
            },
        };
        let asked = library(app)?.make(person, &has).map_err(fault)?;
        Ok((session(acting)?, user, asked))
    })?;
    let to = session.get().to_string();
    keep(
        app,
        Purpose::Make,
        &to,
        session.get(),
        Some(user),
        asked,
        app.now(),
    )
}

/// Keeps the passkey that the caller's browser made. With the first factor come recovery codes.
pub fn make_passkey(
    app: &App,
    call: &Call,
    value: &ChallengeValue,
    answer: &str,
    called: &str,
) -> Result<Codes, AppError> {
    let called = name(called)?;
    let (session, user) = app.read(call, |_, acting| Ok((session(acting)?, acting.user()?)))?;
    let to = session.get().to_string();
    let (row, challenge) =
        take(app, Purpose::Make, &to, value, app.now())?.ok_or(AppError::BadPasskey)?;
    if row.user != Some(user) {
        return Err(AppError::BadPasskey);
    }
    let made = library(app)?.made(&challenge, answer).map_err(fault)?;
    app.write(call, |unit, acting| {
        let user = acting.user()?;
        let before = factors::held(unit, user)?;
        room(&before)?;
        let new = NewPasskey {
            id: unit.allocate()?,
            user,
            credential_id: &made.credential_id,
            name: &called,
            public_key: &made.key,
        };
        factors::add_passkey(unit, &new, acting.now).map_err(|error| {
            if error.is_conflict_on("passkeys_credential") {
                // Said alike whoever has it.
                AppError::conflict("state", "This passkey is registered already.")
            } else {
                AppError::Store(error)
            }
        })?;
        changed(unit, acting, Event::FactorAdd, PASSKEY, Some(&called))?;
        codes_with_the_first(unit, acting, before)
    })
}

/// Calls a passkey of the caller otherwise.
pub fn rename_passkey(app: &App, call: &Call, id: PasskeyId, called: &str) -> Result<(), AppError> {
    let called = name(called)?;
    app.write(call, |unit, acting| {
        if !factors::rename_passkey(unit, acting.user()?, id, &called)? {
            return Err(AppError::Missing("passkey"));
        }
        changed(unit, acting, Event::FactorUpdate, PASSKEY, Some(&called))
    })
}

/// Removes a passkey of the caller. The last way in stays.
pub fn remove_passkey(app: &App, call: &Call, id: PasskeyId) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = may_remove_passkey(unit, acting, id)?;
        factors::remove_passkey(unit, acting.user()?, id)?;
        unit.tombstone(acting.now, &Tombstone::PasskeyRemoved(id))?;
        changed(unit, acting, Event::FactorRemove, PASSKEY, Some(&row.name))?;
        settle_codes(unit, acting)
    })
}

/// The caller's passkey of this number.
pub fn may_rename_passkey(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: PasskeyId,
) -> Result<PasskeyRow, AppError> {
    named(factors::passkeys(unit, acting.user()?)?, id)
}

fn named(rows: Vec<PasskeyRow>, id: PasskeyId) -> Result<PasskeyRow, AppError> {
    let found = rows.into_iter().find(|row| row.id == id);
    found.ok_or(AppError::Missing("passkey"))
}

/// The same, where it is not the last way in.
pub fn may_remove_passkey(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: PasskeyId,
) -> Result<PasskeyRow, AppError> {
    let rows = factors::passkeys(unit, acting.user()?)?;
    let only = rows.len() == 1;
    let row = named(rows, id)?;
    if only {
        keep_a_way_in(unit, row.user)?;
    }
    Ok(row)
}

/// Whoever has no password and no outside provider gets in by a passkey alone.
fn keep_a_way_in(unit: &mut ReadUnit<'_>, user: UserId) -> Result<(), AppError> {
    let row = users::by_id(unit, user)?.ok_or(AppError::Missing("person"))?;
    if row.password_phc.is_some() || !identities::of_user(unit, user)?.is_empty() {
        return Ok(());
    }
    Err(AppError::conflict(
        "last_way_in",
        "This passkey is the only way you can sign in; add another one, or set a password first.",
    ))
}

/// Asks for a passkey of a person, for `purpose`, bound to `to`.
pub(crate) fn ask_known(
    app: &App,
    unit: &mut ReadUnit<'_>,
    user: UserId,
) -> Result<jeton_factors::Asked, AppError> {
    let has = factors::passkeys(unit, user)?;
    if has.is_empty() {
        return Err(AppError::conflict(
            "state",
            "There is no passkey to ask for.",
        ));
    }
    library(app)?.ask(&stored(&has)).map_err(fault)
}

/// Asks the caller's browser for a passkey, to confirm the session.
pub fn ask_to_confirm(app: &App, call: &Call) -> Result<AskedBrowser, AppError> {
    let (session, user, asked) = app.read(call, |unit, acting| {
        let user = acting.user()?;
        Ok((session(acting)?, user, ask_known(app, unit, user)?))
    })?;
    let to = session.get().to_string();
    keep(
        app,
        Purpose::Confirm,
        &to,
        session.get(),
        Some(user),
        asked,
        app.now(),
    )
}

/// Confirms the caller's session by a passkey: sudo mode begins anew.
pub fn confirm_by_passkey(
    app: &App,
    call: &Call,
    value: &ChallengeValue,
    answer: &str,
) -> Result<Time, AppError> {
    let (session, user) = app.read(call, |_, acting| Ok((session(acting)?, acting.user()?)))?;
    let answer = Answer::parse(answer).map_err(fault)?;
    let to = session.get().to_string();
    let (row, challenge) =
        take(app, Purpose::Confirm, &to, value, app.now())?.ok_or(AppError::BadPasskey)?;
    if row.user != Some(user) {
        return Err(AppError::BadPasskey);
    }
    app.write(call, |unit, acting| {
        let shown = answered_by(app, unit, challenge, &answer, acting.now)?;
        // SECURITY: another person's passkey proves that person, not this one.
        if shown != acting.user()? {
            return Err(AppError::BadPasskey);
        }
        crate::sign_in::proved(unit, acting)?;
        let login = acting.login();
        acting
            .record(Event::UserConfirm)
            .user(shown, login)
            .with("by", super::Means::Passkey.name())
            .write(unit)?;
        Ok(acting.now.after(jeton_domain::SUDO_SLIDING))
    })
}

/// Asks a browser for any passkey that it holds for this server. `to`: what binds the question to the browser.
pub fn ask_to_sign_in(app: &App, call: &Call) -> Result<AskedBrowser, AppError> {
    app.read(call, |_, _| Ok(()))?;
    app.count_question(call)?;
    let asked = library(app)?.ask_anybody().map_err(fault)?;
    keep(app, Purpose::SignIn, "", 0, None, asked, app.now())
}

/// Whose passkey was shown: the person that the stored passkey belongs to. Its counter goes on.
pub(crate) fn answered_by(
    app: &App,
    unit: &mut WriteUnit<'_>,
    challenge: Challenge,
    answer: &Answer,
    now: Time,
) -> Result<UserId, AppError> {
    let row = factors::passkey_by_credential(unit, answer.credential_id())?
        .ok_or(AppError::BadPasskey)?;
    let own = StoredPasskey {
        person: row.user.get(),
        key: row.public_key.clone(),
    };
    let used = library(app)?
        .answered(challenge, answer, &own)
        .map_err(fault)?;
    factors::passkey_used(unit, row.id, &row.public_key, &used.key, now)?;
    Ok(row.user)
}

/// The answer to a question that was asked of anybody, or for the second step of a sign-in.
pub(crate) fn taken(
    app: &App,
    purpose: Purpose,
    to: &str,
    value: &ChallengeValue,
) -> Result<Challenge, AppError> {
    let found = take(app, purpose, to, value, app.now())?;
    found
        .map(|(_, challenge)| challenge)
        .ok_or(AppError::BadPasskey)
}
