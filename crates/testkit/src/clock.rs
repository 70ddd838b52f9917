//! A clock that stands still until a test moves it.

use std::sync::atomic::{AtomicI64, Ordering};

use jeton_app::Clock;
use jeton_domain::{Span, Time};

/// Shows the same moment until it is moved.
#[derive(Debug)]
pub struct FrozenClock(AtomicI64);

impl FrozenClock {
    /// Stands at `now`.
    pub fn at(now: Time) -> Self {
        Self(AtomicI64::new(now.micros()))
    }

    /// Moves forward.
    pub fn advance(&self, span: Span) {
        self.0.fetch_add(span.micros(), Ordering::SeqCst);
    }
}

impl Clock for FrozenClock {
    fn now(&self) -> Time {
        Time::from_micros(self.0.load(Ordering::SeqCst))
    }
}
