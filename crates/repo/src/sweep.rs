//! Removing what killed children left behind.
//!
//! Git removes its locks when it is ended politely. After a loss of power, or a signal that can't be
//! caught, they stay, and each refuses later pushes. What it was sent and had not taken yet stays after any
//! signal. So it is swept after each push that did not end well ([`Runner`]), and when the server starts.

use std::io;
use std::path::Path;
use std::time::Duration;

use crate::children::Runner;
use crate::clock;
use crate::layout::{Data, Place};
use crate::open::OpenError;
use crate::refs::head_changes;

/// What a sweep did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swept {
    /// A push is under way there; nothing was touched.
    Busy,
    /// So many locks, unfinished files and folders of incoming objects were removed.
    Removed(usize),
}

impl Runner {
    /// Removes stale locks and unfinished objects that are at least as old as `age`, unless a push runs in
    /// the repository; none can start there meanwhile. Blocking.
    pub fn sweep(&self, data: &Data, place: Place, age: Duration) -> Result<Swept, OpenError> {
        let repository = data.upkeep(place)?;
        let Some(_alone) = self.keep_out(place) else {
            return Ok(Swept::Busy);
        };
        let mut removed = 0;
        sweep(
            repository.readable().folder(),
            false,
            Some(age),
            &mut removed,
        )
        .map_err(|source| OpenError::Io {
            id: place.id,
            source,
        })?;
        Ok(Swept::Removed(removed))
    }
}

/// The folder of objects that a push has not handed over yet.
pub(crate) fn is_incoming(name: &str) -> bool {
    name.starts_with("tmp_objdir-") || name.starts_with("incoming-")
}

/// Removes what is stale and at least so old; without an age, whatever its time says.
pub(crate) fn sweep(
    folder: &Path,
    in_objects: bool,
    age: Option<Duration>,
    removed: &mut usize,
) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        // This process's own changes of HEAD are no leftovers.
        let _no_change = (name == "HEAD.lock").then(head_changes);
        let data = match entry.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            data => data?,
        };
        let stale = (in_objects && is_incoming(&name))
            || Path::new(&*name)
                .extension()
                .is_some_and(|end| end == "lock")
            || (in_objects && name.starts_with("tmp_"));
        if stale {
            // A time in the future is a clock that was set back: not old.
            let modified = data.modified()?;
            let old = age.is_none_or(|age| {
                clock::file_time()
                    .duration_since(modified)
                    .is_ok_and(|past| past >= age)
            });
            if old {
                if data.is_dir() {
                    std::fs::remove_dir_all(&path)?;
                } else {
                    std::fs::remove_file(&path)?;
                }
                tracing::info!(path = %path.display(), "removed what a killed git left behind");
                *removed += 1;
            }
        } else if data.is_dir() {
            sweep(&path, in_objects || name == "objects", age, removed)?;
        }
    }
    Ok(())
}
