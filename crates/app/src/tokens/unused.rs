//! Tokens that nobody used for a year are ended, as at GitHub: classic ones, and those of OAuth applications. A fine-grained
//! token is left to its expiry.

use std::sync::atomic::Ordering;

use jeton_domain::{CredentialKind, Ending, Event, Life, Span, Time};
use jeton_store::audit::AuditEntry;
use jeton_store::tokens::{self, TokenRow};
use jeton_store::{ReadUnit, Tombstone, WriteUnit};
use serde_json::json;

use crate::app::App;
use crate::audit::log;
use crate::error::AppError;
use crate::hooks::raise::About;
use crate::notices::{self, Notice};

/// How long a token may lie unused.
const UNUSED_LIVES: Span = Span::from_days(365);
/// Tokens that one round looks at; the next round goes on behind them, so that no round reads the whole table.
const A_ROUND: i64 = 2000;

impl App {
    /// Looks at the next tokens in turn, and ends those that lay unused for too long.
    pub(crate) fn end_unused(&self) -> Result<(), AppError> {
        let now = self.now();
        let from = self.unused_looked.load(Ordering::Relaxed);
        let (last, any) = self.store.read(|unit| {
            let last = tokens::number_after(unit, from, A_ROUND)?;
            Ok::<_, AppError>((last, !unused(unit, from, last, now)?.is_empty()))
        })?;
        if any {
            let done = self.store.write(|unit| {
                // Read again where nobody can come between.
                for row in unused(unit, from, last, now)? {
                    self.end_as_unused(unit, &row, now)?;
                }
                Ok::<_, AppError>(())
            });
            self.settle();
            done?;
        }
        // Behind the last one it begins again.
        let next = last.unwrap_or(0);
        self.unused_looked.store(next, Ordering::Relaxed);
        Ok(())
    }

    fn end_as_unused(
        &self,
        unit: &mut WriteUnit<'_>,
        row: &TokenRow,
        now: Time,
    ) -> Result<(), AppError> {
        let because = Ending::Unused;
        tokens::set_life(unit, row.id, row.life.revoke(now, because))?;
        let token = row.id;
        unit.tombstone(now, &Tombstone::TokenRevoked { token, because })?;
        unit.feed(now, "token.revoked", token)?;
        let entry = AuditEntry {
            event: match row.kind {
                CredentialKind::OauthUser => Event::AccessTokenDestroy,
                _ => Event::TokenDestroy,
            },
            operation: "tokens.unused",
            at: now,
            actor: None,
            organization: None,
            user: Some(row.creator),
            token: Some(token),
            repository: None,
            data: json!({
                "user_programmatic_access_id": token.get(),
                "user_programmatic_access_name": row.name,
                "explanation": because.name(),
            }),
            salt: self.random(),
        };
        log(self, unit, &entry, &About::default())?;
        let notice = Notice::TokenRevoked {
            id: token.get(),
            token: row.name.clone(),
            because: because.name().to_owned(),
            application: row.application.is_some(),
        };
        notices::tell(unit, self, now, row.creator, &notice)
    }
}

fn unused(
    unit: &mut ReadUnit<'_>,
    from: i64,
    last: Option<i64>,
    now: Time,
) -> Result<Vec<TokenRow>, AppError> {
    let range = (from, last.unwrap_or(i64::MAX));
    let rows = tokens::unused(unit, range, now.before(UNUSED_LIVES), now, A_ROUND)?;
    Ok(rows
        .into_iter()
        .filter(|row| !matches!(row.life, Life::Revoked { .. }))
        .collect())
}
