//! Recovery codes: made ten at a time, shown once, each good once.

use jeton_domain::{Event, RecoveryCodeId, Time, UserId};
use jeton_factors::{RECOVERY_CODES, RecoveryCode};
use jeton_store::factors::{self, RecoveryCodeRow};
use jeton_store::tombstones::Tombstone;
use jeton_store::{ReadUnit, WriteUnit};
use jeton_token::{Digest, KeyId, Purpose};
use zeroize::Zeroizing;

use super::changed;
use crate::app::{App, Inner};
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;

/// Codes that were just made; none where there was no need.
#[derive(Debug)]
pub struct Codes(Vec<RecoveryCode>);

impl Codes {
    pub(super) const fn none() -> Self {
        Self(Vec::new())
    }

    /// As people read them. Shown once.
    pub fn expose(&self) -> Vec<String> {
        self.0.iter().map(RecoveryCode::expose).collect()
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Makes the caller's codes anew; the earlier ones are worth nothing from here on.
pub fn make_recovery_codes(app: &App, call: &Call) -> Result<Codes, AppError> {
    app.write(call, |unit, acting| {
        may_make_recovery_codes(unit, acting)?;
        replace(unit, acting)
    })
}

/// Whether the caller has what the codes stand in for.
pub fn may_make_recovery_codes(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
) -> Result<(), AppError> {
    if factors::held(unit, acting.user()?)?.second_factor() {
        return Ok(());
    }
    Err(AppError::conflict(
        "state",
        "Recovery codes stand in for a second factor: add a passkey or an authenticator app first.",
    ))
}

/// Puts ten new codes in the place of what there was.
pub(super) fn replace(unit: &mut WriteUnit<'_>, acting: &Acting<'_>) -> Result<Codes, AppError> {
    let (app, user) = (acting.app, acting.user()?);
    forget(unit, user, acting.now)?;
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    while codes.len() < RECOVERY_CODES {
        let drawn = Zeroizing::new(app.random::<64>());
        let Some(code) = RecoveryCode::draw(&drawn) else {
            continue;
        };
        let key = app.ring.newest();
        let row = RecoveryCodeRow {
            id: unit.allocate::<RecoveryCodeId>()?,
            digest: *digest(app, key, user, &code)
                .ok_or_else(|| AppError::Data("the newest key is missing".to_owned()))?
                .as_bytes(),
            key: key.get(),
        };
        factors::add_code(unit, user, &row, acting.now)?;
        codes.push(code);
    }
    changed(
        unit,
        acting,
        Event::RecoveryCodesMake,
        "recovery_codes",
        None,
    )?;
    Ok(Codes(codes))
}

/// Takes a person's codes away, for a restored backup too.
pub(super) fn forget(unit: &mut WriteUnit<'_>, user: UserId, now: Time) -> Result<(), AppError> {
    for code in factors::unused(unit, user)? {
        unit.tombstone(now, &Tombstone::RecoveryCodeUsed(code.id))?;
    }
    Ok(factors::forget_codes(unit, user)?)
}

fn digest(app: &Inner, key: KeyId, user: UserId, code: &RecoveryCode) -> Option<Digest> {
    app.ring
        .digest(Purpose::Link, key, &code.to_digest(user.get()))
}

/// The row of a code that is left.
pub(super) fn find(
    app: &Inner,
    unit: &mut ReadUnit<'_>,
    user: UserId,
    typed: &str,
) -> Result<Option<RecoveryCodeRow>, AppError> {
    let Some(code) = RecoveryCode::parse(typed) else {
        return Ok(None);
    };
    for row in factors::unused(unit, user)? {
        let typed = digest(app, KeyId::new(row.key), user, &code);
        if typed.is_some_and(|typed| typed == Digest::from_bytes(row.digest)) {
            return Ok(Some(row));
        }
    }
    Ok(None)
}
