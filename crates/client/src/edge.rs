//! The edge: the only place of this crate that reads the clock, the system's randomness and the
//! environment. Everything else takes what it needs as arguments.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jeton_domain::Time;

use crate::error::ClientError;

/// The moment, by the system's clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the edge: a command a person typed begins now"
)]
pub(crate) fn now() -> Time {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Time::from_seconds(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Measures how long something takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge: measures what a person waits for"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Where programs are looked for.
#[expect(
    clippy::disallowed_methods,
    reason = "the edge: the demo's children find `git` where the person's shell does"
)]
pub(crate) fn program_path() -> OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

/// This executable.
pub(crate) fn program() -> Result<PathBuf, ClientError> {
    std::env::current_exe().map_err(|error| {
        ClientError::other(format!("where this program lies is not known: {error}"))
    })
}

/// All variables, for a command that is run with most of them.
pub(crate) fn variables() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os()
}

/// A folder that a variable of the system names; no option, so that none is offered for it.
#[expect(
    clippy::disallowed_methods,
    reason = "the edge: where a person's own files are"
)]
pub(crate) fn folder(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}

/// `2 * N` random hexadecimal digits from the system's generator.
pub(crate) fn random_hex<const N: usize>() -> Result<String, ClientError> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes)
        .map_err(|_| ClientError::other("the system gives no random numbers"))?;
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    Ok(bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect())
}
