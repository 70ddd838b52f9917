//! What can go wrong in a benchmark.

use std::io;
use std::path::Path;

/// Why a row was not measured. A peer that is missing skips its rows; everything else ends the run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{what}`: {source}")]
    Io { what: String, source: io::Error },
    #[error("{program} {what}")]
    Program { program: String, what: String },
    #[error("{0} is not here and can't be installed")]
    Missing(String),
    #[error("the world: {0}")]
    World(String),
    #[error("{0}")]
    Measure(String),
}

impl Error {
    pub(crate) fn io(what: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let what = what.as_ref().display().to_string();
        move |source| Self::Io { what, source }
    }

    pub(crate) fn program(program: &str, what: impl Into<String>) -> Self {
        Self::Program {
            program: program.to_owned(),
            what: what.into(),
        }
    }

    /// Anything that the server's own crates say while the world is made.
    pub(crate) fn world(error: impl std::fmt::Display) -> Self {
        Self::World(error.to_string())
    }
}
