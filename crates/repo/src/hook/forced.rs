//! Whether a change of a reference loses history.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use super::command::RefCommand;
use super::server::Push;
use crate::environment;
use crate::system::Git;

/// The longest that git may walk.
const MOST: Duration = Duration::from_mins(1);

/// How often it is looked whether git has ended.
const LOOK: Duration = Duration::from_millis(1);

/// Why it could not be told.
#[derive(Debug, thiserror::Error)]
pub enum ForcedError {
    /// Git could not be run.
    #[error("git could not be started: {0}")]
    Run(#[from] io::Error),
    /// Git could not tell.
    #[error("git could not compare the two commits")]
    Unknown,
    /// Git took too long.
    #[error("comparing the two commits took too long")]
    TooLong,
}

/// Whether the new tip does not descend from the old one. Making and deleting are not forced. Blocking;
/// asked before the reference changes, in either hook.
pub fn is_forced(git: &Git, push: &Push, command: &RefCommand) -> Result<bool, ForcedError> {
    if command.is_create() || command.is_delete() || command.old == command.new {
        return Ok(false);
    }
    let repository = push.contents();
    let mut compare = environment::command(git.path(), "/nonexistent".as_ref());
    environment::configure(&mut compare, "/nonexistent".as_ref(), 0);
    compare.env("GIT_DIR", repository.folder());
    if let Some(quarantine) = push.quarantine() {
        compare
            .env("GIT_OBJECT_DIRECTORY", quarantine)
            .env(
                "GIT_ALTERNATE_OBJECT_DIRECTORIES",
                repository.path("objects"),
            )
            .env("GIT_QUARANTINE_PATH", quarantine);
    }
    let (old, new) = (command.old.to_string(), command.new.to_string());
    let mut child = compare
        .args(["merge-base", "--is-ancestor", &old, &new])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut waited = Duration::ZERO;
    loop {
        if let Some(status) = child.try_wait()? {
            return match status.code() {
                Some(0) => Ok(false),
                Some(1) => Ok(true),
                _ => Err(ForcedError::Unknown),
            };
        }
        if waited >= MOST {
            let _ = child.kill();
            let _ = child.wait();
            return Err(ForcedError::TooLong);
        }
        std::thread::sleep(LOOK);
        waited += LOOK;
    }
}
