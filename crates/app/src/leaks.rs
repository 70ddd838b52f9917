//! Values that somebody shows to be known: whatever of them is ours is revoked.

use jeton_domain::{Ending, Event};
use jeton_store::tombstones::Tombstone;
use jeton_store::{secrets, sign_ins, tokens};
use jeton_token::Kind;

use crate::app::App;
use crate::call::{Call, Presented};
use crate::error::AppError;
use crate::tokens::end;

/// The most values in one report.
pub const MOST: usize = 1000;

/// Revokes every value that is a living credential of ours. Says nothing about which were.
pub fn report(app: &App, call: &Call, values: &[Presented]) -> Result<(), AppError> {
    app.count_report(call)?;
    app.write(call, |unit, acting| {
        for value in values {
            for (_, digest) in value.digests() {
                match value.kind() {
                    Kind::FineGrained => {
                        if let Some((secret, _)) = secrets::by_digest(unit, digest.as_bytes())?
                            && let Some(row) = tokens::find(unit, secret.token)?
                        {
                            end(unit, acting, &row, Ending::Leaked, Event::TokenLeaked)?;
                        }
                    }
                    Kind::Client => {
                        if let Some(row) = sign_ins::by_digest(unit, digest.as_bytes())?
                            && sign_ins::end(unit, row.user, row.id, acting.now)?
                        {
                            unit.tombstone(acting.now, &Tombstone::SignInEnded(row.id))?;
                            unit.feed(acting.now, "sign_in.ended", row.id)?;
                            acting
                                .record(Event::UserSignOut)
                                .user(row.user, "")
                                .with("explanation", Ending::Leaked.name())
                                .with("sign_in_id", row.id.get())
                                .write(unit)?;
                        }
                    }
                    Kind::Classic | Kind::Short | Kind::OAuth | Kind::Refresh => {}
                }
            }
        }
        Ok(())
    })
}
