//! What the server does by itself, now and then.

use jeton_domain::Span;
use jeton_store::{Tombstone, secrets};

use crate::app::App;
use crate::error::AppError;

/// How long the digests of retired values are kept, so that their use can be reported.
const RETIRED_KEPT: Span = Span::from_days(90);

impl App {
    /// Ends overlaps whose time is over, and forgets values retired long ago.
    pub fn housekeep(&self) -> Result<(), AppError> {
        let now = self.now();
        let overdue = self.store.read(|unit| secrets::overdue(unit, now))?;
        let before = now.before(RETIRED_KEPT);
        if !overdue.is_empty() {
            self.store.write(|unit| {
                for secret in &overdue {
                    let at = secret.retires_at.unwrap_or(now);
                    secrets::retire(unit, secret.id, at, "overlap_over")?;
                    unit.tombstone(now, &Tombstone::SecretRetired(secret.id))?;
                    unit.feed(now, "token.overlap_over", secret.token)?;
                }
                secrets::forget_retired(unit, before)
            })?;
            self.settle();
        }
        Ok(())
    }
}
