//! What the outside gives to the use cases: the clock and the system's generator.

use std::sync::atomic::{AtomicI64, Ordering};

use jeton_domain::Time;

/// Tells the time.
pub trait Clock: Send + Sync + std::fmt::Debug + 'static {
    /// Now.
    fn now(&self) -> Time;
}

/// Gives random bytes. The system's generator, but in tests.
pub trait Entropy: Send + Sync + std::fmt::Debug + 'static {
    /// Fills the bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// A clock that never runs backwards: what expired once stays expired on this node.
#[derive(Debug)]
pub(crate) struct Forward<C> {
    clock: C,
    last: AtomicI64,
}

impl<C> Forward<C> {
    pub(crate) fn new(clock: C) -> Self {
        Self {
            clock,
            last: AtomicI64::new(0),
        }
    }
}

impl Forward<std::sync::Arc<dyn Clock>> {
    pub(crate) fn now(&self) -> Time {
        let now = self.clock.now().micros();
        Time::from_micros(self.last.fetch_max(now, Ordering::Relaxed).max(now))
    }
}

/// The token crate's view of a generator.
pub(crate) struct Source<'a>(pub(crate) &'a dyn Entropy);

impl jeton_token::Random for Source<'_> {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}
