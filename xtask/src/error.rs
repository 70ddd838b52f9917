//! What can go wrong while a command of this tool runs.

use std::path::{Path, PathBuf};

/// A failure of the tool itself or of a program that it needs; what the checks *find* is no error but a result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0}")]
    Usage(String),
    #[error("cannot start `{program}`: {source}")]
    Start {
        program: String,
        source: std::io::Error,
    },
    #[error("`{program}` failed: {what}")]
    Program { program: String, what: String },
    #[error("`{path}`: {source}")]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("`{program}` printed what cannot be read: {source}")]
    Json {
        program: String,
        source: serde_json::Error,
    },
}

impl Error {
    /// For `map_err` on operations that speak of one file.
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}
