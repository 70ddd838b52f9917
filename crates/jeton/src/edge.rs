//! Where the outside comes in: the system's clock and generator, and the command as it was typed.

use jeton_app::{Clock, Entropy};
use jeton_domain::Time;

/// The system's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where time comes from"
        )]
        let now = std::time::SystemTime::now();
        let since = now
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Time::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// The system's generator.
#[derive(Clone, Copy, Debug)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(
            clippy::expect_used,
            reason = "a server that can't draw random bytes must not go on; the kernel's generator fails only where \
                      its call is forbidden"
        )]
        getrandom::fill(bytes).expect("the system's generator");
    }
}

/// The command that this process was started by, with a space before each word. No flag holds a secret.
pub(crate) fn command() -> String {
    let given: Vec<String> = std::env::args_os()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    crate::typed::words(given.iter().map(String::as_str))
}

/// The token crate's view of a generator.
pub(crate) struct Draw<'a>(pub(crate) &'a dyn Entropy);

impl jeton_token::Random for Draw<'_> {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}
