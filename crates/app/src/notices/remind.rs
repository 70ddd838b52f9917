//! Reminders that a token ends: seven days, three days and one day before, and when it did.

use jeton_domain::{Span, Time};
use jeton_store::reminders::{self, Due, Ending};

use super::kind::Notice;
use super::tell::tell;
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
                            tell(unit, self, now, ending.creator, &notice(&ending, due.days))?;
                            if due.days > 0 {
                                hooks::tokens::expiring(self, unit, ending.token, due.days, now)?;
                            }
                        }
                    }
                    Ok::<_, AppError>(())
                })?;
            }
        }
        Ok(())
    }
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
        }
    }
}
