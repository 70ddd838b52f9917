//! Values that somebody shows to be known: whatever of them is ours is revoked.

use jeton_domain::{Ending, Event, Life, Time};
use jeton_store::sign_ins::SignInRow;
use jeton_store::tokens::TokenRow;
use jeton_store::tombstones::Tombstone;
use jeton_store::{ReadUnit, WriteUnit, secrets, sign_ins, tokens};
use jeton_token::Kind;

use crate::app::App;
use crate::authorize::Acting;
use crate::call::{Call, Presented, Shape};
use crate::error::AppError;
use crate::notices::{self, Notice};
use crate::tokens::end;

/// The most values in one report.
pub const MOST: usize = 1000;

/// Revokes every value that is a living credential of ours. Says nothing about which were.
///
/// A value that was rotated out, or is over, is no credential any more, and rotating is the right
/// answer to a leak: reporting it afterwards does not end the token.
pub fn report(app: &App, call: &Call, values: &[Presented]) -> Result<(), AppError> {
    if values.len() > MOST {
        return Err(AppError::invalid(
            "Credential",
            "credentials",
            format!("names more than {MOST} values"),
        ));
    }
    end_known(app, call, values).map(drop)
}

/// Ends those of the values that are living credentials of ours. Whether there was one.
pub(crate) fn end_known(app: &App, call: &Call, values: &[Presented]) -> Result<bool, AppError> {
    app.count_report(call)?;
    // Junk, of which anybody may send much, stops no writer.
    let known = app.read(call, |unit, acting| {
        values.iter().try_fold(false, |any, value| {
            Ok(any || find(unit, value, acting.now)?.is_some())
        })
    })?;
    if !known {
        return Ok(false);
    }
    app.write(call, |unit, acting| {
        for value in values {
            match find(unit, value, acting.now)? {
                Some(Found::Token(row)) => {
                    end(unit, acting, &row, Ending::Leaked, Event::TokenLeaked)?;
                }
                Some(Found::SignIn(row)) => end_sign_in(unit, acting, &row)?,
                None => {}
            }
        }
        Ok(true)
    })
}

enum Found {
    Token(Box<TokenRow>),
    SignIn(SignInRow),
}

fn find(unit: &mut ReadUnit<'_>, value: &Presented, now: Time) -> Result<Option<Found>, AppError> {
    for (_, digest) in value.digests() {
        let found = match value.shape() {
            Shape::Token(
                Kind::FineGrained | Kind::Classic | Kind::OAuth | Kind::Refresh | Kind::Short,
            ) => match secrets::by_digest(unit, digest.as_bytes())? {
                Some((secret, _)) if !secret.end().is_over_at(now) => {
                    tokens::find(unit, secret.token)?
                        .filter(|row| !matches!(row.life, Life::Revoked { .. }))
                        .map(|row| Found::Token(Box::new(row)))
                }
                _ => None,
            },
            Shape::Token(Kind::Client) => sign_ins::by_digest(unit, digest.as_bytes())?
                .filter(|row| row.ended_at.is_none())
                .map(Found::SignIn),
            Shape::Session => None,
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn end_sign_in(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &SignInRow,
) -> Result<(), AppError> {
    if !sign_ins::end(unit, row.user, row.id, acting.now)? {
        return Ok(());
    }
    unit.tombstone(acting.now, &Tombstone::SignInEnded(row.id))?;
    unit.feed(acting.now, "sign_in.ended", row.id)?;
    acting
        .record(Event::UserSignOut)
        .creator(row.user)
        .with("explanation", Ending::Leaked.name())
        .with("sign_in_id", row.id.get())
        .write(unit)?;
    notices::tell(
        unit,
        acting.app,
        acting.now,
        row.user,
        &Notice::SignInRevoked {},
    )
}
