//! Second factors: what people have, add, remove, and prove themselves by.
//!
//! A person who has a passkey or an authenticator app is asked for one of them besides the password, at every
//! door that takes a password. Whatever adds or removes one takes sudo mode: who found an open screen
//! makes nobody's sign-in weaker.

mod authenticator;
pub mod browser;
mod challenge;
mod passkeys;
mod prove;
mod recovery;

use jeton_domain::{Event, Time, UserId};
use jeton_store::factors::{self, Held, PasskeyRow};
use jeton_store::{ReadUnit, WriteUnit, users};

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::notices::{self, Notice};
use crate::place;

pub use authenticator::{
    Beginning, begin_authenticator, begun_authenticator, finish_authenticator,
    may_finish_authenticator, may_remove_authenticator, remove_authenticator,
};
pub use challenge::{AskedBrowser, ChallengeValue};
pub use passkeys::{
    ask_to_confirm, ask_to_make, ask_to_sign_in, confirm_by_passkey, make_passkey,
    may_remove_passkey, may_rename_passkey, remove_passkey, rename_passkey,
};
pub use prove::{FactorsOffered, Means};
pub(crate) use prove::{Shown, by_code, take_code};
pub use recovery::{Codes, make_recovery_codes, may_make_recovery_codes};

const RESOURCE: &str = "Factor";
/// The words of the log.
const PASSKEY: &str = "passkey";
const AUTHENTICATOR: &str = "authenticator";

/// What a person has, as they see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorsView {
    /// How many of what.
    pub held: Held,
    /// Their passkeys.
    pub passkeys: Vec<PasskeyRow>,
    /// Since when they have an authenticator app, and when it was last used.
    pub authenticator: Option<(Time, Option<Time>)>,
    /// They have a password.
    pub password: bool,
    /// The server is reached by a host name: passkeys can be made.
    pub passkeys_possible: bool,
    /// Organizations near them that require a second factor, by login.
    pub requiring: Vec<String>,
}

/// What the caller has.
pub fn list(app: &App, call: &Call) -> Result<FactorsView, AppError> {
    app.read(call, |unit, acting| {
        let user = acting.user()?;
        let row = users::by_id(unit, user)?.ok_or(AppError::Missing("person"))?;
        let authenticator = factors::confirmed(unit, user)?;
        Ok(FactorsView {
            held: factors::held(unit, user)?,
            passkeys: factors::passkeys(unit, user)?,
            authenticator: authenticator.and_then(|a| Some((a.confirmed_at?, a.last_used_at))),
            password: row.password_phc.is_some(),
            passkeys_possible: app.passkeys.is_some(),
            requiring: requiring(unit, acting, user)?,
        })
    })
}

/// Where everything of the person's is refused while they have no second factor.
fn requiring(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    user: UserId,
) -> Result<Vec<String>, AppError> {
    let near = place::owners_near(unit, user, &acting.site)?;
    Ok(near
        .into_iter()
        .filter(|owner| owner.organization && owner.policy.two_factor_required)
        .map(|owner| owner.login)
        .collect())
}

/// Whether a person has a second factor.
pub fn has_second(unit: &mut ReadUnit<'_>, user: UserId) -> Result<bool, AppError> {
    Ok(factors::held(unit, user)?.second_factor())
}

/// What is done after a factor came or went, in the change's own unit: caches learn it, the log says it.
fn changed(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    event: Event,
    factor: &'static str,
    name: Option<&str>,
) -> Result<(), AppError> {
    let user = acting.user()?;
    let login = acting.login();
    // What the person may do where a second factor is required depends on it.
    unit.feed(acting.now, "user.factors", user)?;
    let record = acting
        .record(event)
        .user(user, login)
        .with("factor", factor);
    match name {
        Some(name) => record.with("name", name).write(unit)?,
        None => record.write(unit)?,
    }
    let named = || name.unwrap_or_default().to_owned();
    let notice = match (event, factor) {
        (Event::FactorAdd, PASSKEY) => Notice::PasskeyAdded { name: named() },
        (Event::FactorRemove, PASSKEY) => Notice::PasskeyRemoved { name: named() },
        (Event::FactorAdd, _) => Notice::AuthenticatorAdded {},
        (Event::FactorRemove, _) => Notice::AuthenticatorRemoved {},
        (Event::RecoveryCodesMake, _) => Notice::RecoveryCodesMade {},
        // Nothing that anybody could sign in by has changed.
        _ => return Ok(()),
    };
    notices::tell(unit, acting.app, acting.now, user, &notice)
}

/// Codes for somebody who just got their first factor.
fn codes_with_the_first(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    before: Held,
) -> Result<Codes, AppError> {
    if before.recovery_codes > 0 {
        return Ok(Codes::none());
    }
    recovery::replace(unit, acting)
}

/// What is left when the last factor went: codes that stand in for nothing go too.
fn settle_codes(unit: &mut WriteUnit<'_>, acting: &Acting<'_>) -> Result<(), AppError> {
    let user = acting.user()?;
    if factors::held(unit, user)?.second_factor() {
        return Ok(());
    }
    recovery::forget(unit, user, acting.now)
}
