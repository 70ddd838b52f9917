//! Tokens that nobody used for a year are ended, as at GitHub: classic ones, and those of OAuth applications. Their people are
//! reminded before. A fine-grained token is left to its expiry.

use std::sync::atomic::Ordering;

use jeton_domain::{CredentialKind, Ending, Event, Life, Span, Time, TokenId};
use jeton_store::audit::AuditEntry;
use jeton_store::tokens::{self, TokenRow};
use jeton_store::{ReadUnit, Tombstone, WriteUnit, activity, reminders, secrets, users};
use serde_json::json;

use crate::app::App;
use crate::audit::log;
use crate::error::AppError;
use crate::hooks::raise::About;
use crate::notices::{self, Notice, stage};

/// How long a token may lie unused.
const UNUSED_LIVES: Span = Span::from_days(365);
/// After so long somebody may be reminded: seven days before.
const UNUSED_TOLD: Span = Span::from_days(358);
/// Tokens that one round looks at; the next round goes on behind them, so that no round reads the whole table.
const A_ROUND: i64 = 2000;

impl App {
    /// Looks at the next tokens in turn, ends those that lay unused for too long, and reminds people of those that soon will
    /// have.
    pub(crate) fn end_unused(&self) -> Result<(), AppError> {
        let now = self.now();
        let from = self.unused_looked.load(Ordering::Relaxed);
        let (last, any) = self.store.read(|unit| {
            let last = tokens::number_after(unit, from, A_ROUND)?;
            let any = !unused(unit, from, last, now)?.is_empty()
                || !reminded(unit, from, last, now)?.is_empty();
            Ok::<_, AppError>((last, any))
        })?;
        if any {
            let done = self.store.write(|unit| {
                // Read again where nobody can come between.
                for row in unused(unit, from, last, now)? {
                    self.end_as_unused(unit, &row, now)?;
                }
                for reminder in reminded(unit, from, last, now)? {
                    self.remind_of_unused(unit, &reminder, now)?;
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

/// A reminder that is due of a token that nobody uses.
struct Reminder {
    row: TokenRow,
    ends_at: Time,
    /// Before that.
    days: i64,
}

impl App {
    fn remind_of_unused(
        &self,
        unit: &mut WriteUnit<'_>,
        Reminder { row, ends_at, days }: &Reminder,
        now: Time,
    ) -> Result<(), AppError> {
        reminders::note_unused(unit, row.id, *ends_at, *days)?;
        let notice = Notice::TokenExpiring {
            id: row.id.get(),
            token: row.name.clone(),
            days: *days,
            at: *ends_at,
            unused: true,
            application: row.application.is_some(),
        };
        self.remind_of(unit, (row.id, row.creator), *days, &notice, now)
    }
}

/// Those of which this reminder, or a later one, was not given yet: of tokens that live, and that no expiry ends sooner, of people
/// who are active.
fn reminded(
    unit: &mut ReadUnit<'_>,
    from: i64,
    last: Option<i64>,
    now: Time,
) -> Result<Vec<Reminder>, AppError> {
    let range = (from, last.unwrap_or(i64::MAX));
    let rows = tokens::unused(unit, range, now.before(UNUSED_TOLD), now, A_ROUND)?;
    let mut due = Vec::new();
    for row in rows {
        let ends_at = ends_unused(unit, row.id)?;
        let Some(days) = stage(ends_at, now).filter(|_| row.life == Life::Alive && ends_at > now)
        else {
            continue;
        };
        let active = users::by_id(unit, row.creator)?.is_some_and(|user| user.state == "active");
        let lives = secrets::of_token(unit, row.id)?
            .iter()
            .any(|secret| !secret.end().is_over_at(ends_at));
        if active && lives && !reminders::is_unused_told(unit, row.id, ends_at, days)? {
            due.push(Reminder { row, ends_at, days });
        }
    }
    Ok(due)
}

/// When a token ends, if nobody uses it.
fn ends_unused(unit: &mut ReadUnit<'_>, token: TokenId) -> Result<Time, AppError> {
    let made = secrets::of_token(unit, token)?;
    let made = made.iter().map(|secret| secret.created_at);
    let used = activity::last_uses(unit, token)?;
    let last = made.chain(used.iter().map(|used| used.at)).max();
    Ok(last.map_or(Time::from_micros(0), |last| last.after(UNUSED_LIVES)))
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
