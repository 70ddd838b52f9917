//! Reminders that a token ends by its expiry or because nobody uses it: seven days, three days and one day before, and when it
//! did.

use jeton_domain::{Span, Time, TokenId, UserId};
use jeton_store::WriteUnit;
use jeton_store::reminders::{self, Due, Ending};

use super::kind::Notice;
use super::tell::tell_keepers;
use crate::app::App;
use crate::error::AppError;
use crate::hooks;

/// The days before the end at which people are reminded, the next to the end first.
const STAGES: [u32; 4] = [0, 1, 3, 7];
/// How late an end is still told: a server that was off for longer has other news.
const LATE: Span = Span::from_days(2);
/// Reminders in one commit.
const AT_ONCE: i64 = 100;

/// The secrets that a stage is about now: from the end of the stage before to its own.
fn due(place: usize, days: u32, now: Time) -> Due {
    let earlier = place.checked_sub(1).and_then(|at| STAGES.get(at).copied());
    Due {
        days: i64::from(days),
        after: earlier.map_or(now.before(LATE), |days| now.after(Span::from_days(days))),
        until: now.after(Span::from_days(days)),
        length: if days == 0 {
            Span::ZERO
        } else {
            Span::from_days(days + 1)
        },
    }
}

impl App {
    /// Reminds people of tokens that end. A reminder that was missed is not made up for: the latest counts.
    pub(crate) fn remind(&self) -> Result<(), AppError> {
        let now = self.now();
        for (place, days) in STAGES.into_iter().enumerate() {
            let due = due(place, days, now);
            loop {
                let found = self.store.read(|unit| reminders::due(unit, due, AT_ONCE))?;
                if found.is_empty() {
                    break;
                }
                self.store.write(|unit| {
                    // Read again where nobody can come between: what was revoked meanwhile is not spoken of.
                    for ending in reminders::due(unit, due, AT_ONCE)? {
                        if reminders::note(unit, ending.secret, due.days)? {
                            let notice = notice(&ending, due.days);
                            let whose = (ending.token, ending.creator);
                            self.remind_of(unit, whose, due.days, &notice, now)?;
                        }
                    }
                    Ok::<_, AppError>(())
                })?;
            }
        }
        Ok(())
    }

    /// Reminds whoever keeps it, and whoever else hears of it, of the end of one token in so many days; none: it ended.
    pub(crate) fn remind_of(
        &self,
        unit: &mut WriteUnit<'_>,
        (token, creator): (TokenId, UserId),
        days: i64,
        notice: &Notice,
        now: Time,
    ) -> Result<(), AppError> {
        tell_keepers(unit, self, now, creator, notice)?;
        if days > 0 {
            hooks::tokens::expiring(self, unit, token, days, now)?;
        }
        Ok(())
    }
}

/// The reminder that is due of something that ends later: days before the end.
pub(crate) fn stage(ends_at: Time, now: Time) -> Option<i64> {
    let mut days = STAGES.into_iter().filter(|days| *days > 0);
    days.find(|days| ends_at <= now.after(Span::from_days(*days)))
        .map(i64::from)
}

fn notice(ending: &Ending, days: i64) -> Notice {
    let (id, token, at) = (ending.token.get(), ending.name.clone(), ending.expires_at);
    if days == 0 {
        Notice::TokenExpired { id, token, at }
    } else {
        Notice::TokenExpiring {
            id,
            token,
            days,
            at,
            unused: false,
            application: false,
        }
    }
}
