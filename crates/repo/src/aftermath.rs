//! What a server does about pushes that a killed one had begun, before it serves.
//!
//! Git is told of the server's end by a signal and goes, but not at once: until it is gone a reference
//! may still change, and a lock may still be its own. So each push holds a file locked for as long
//! as one of its processes lives, and a start waits for that before it judges what it finds.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::layout::{Data, LayoutError, Place};
use crate::open::OpenError;
use crate::sweep::{is_incoming, sweep};

/// Between two looks at whether a push still lives.
const LOOK: Duration = Duration::from_millis(10);

impl Data {
    /// Locked, shared, by each push that lives (`shim`).
    pub(crate) fn pushes_life(&self) -> PathBuf {
        self.run().join("pushes")
    }

    pub(crate) fn make_pushes_life(&self) -> Result<(), LayoutError> {
        let path = self.pushes_life();
        let made = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path);
        made.map(drop)
            .map_err(|source| LayoutError::Io { path, source })
    }

    /// Waits until nothing lives of the pushes that an earlier server began; `false` where `patience` ends
    /// before. Called before a transfer is started. Blocking.
    pub fn outlive_pushes(&self, patience: Duration) -> Result<bool, LayoutError> {
        let path = self.pushes_life();
        let failed = |source| LayoutError::Io {
            path: path.clone(),
            source,
        };
        let life = File::open(&path).map_err(failed)?;
        let mut waited = Duration::ZERO;
        loop {
            match life.try_lock() {
                Ok(()) => return Ok(true),
                Err(TryLockError::WouldBlock) if waited >= patience => return Ok(false),
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK),
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
            waited += LOOK;
        }
    }

    /// Removes locks and half received objects, however young. `changing`: references were about to change,
    /// so each may have a lock; else only the few places are looked at where one can be. Gives the number of
    /// what was removed. Blocking.
    ///
    /// INVARIANT: no process works on the repository; see [`Data::outlive_pushes`].
    pub fn clear_remains(&self, place: Place, changing: bool) -> Result<usize, OpenError> {
        let repository = self.open(place)?;
        let mut removed = 0;
        let cleared = if changing {
            sweep(repository.folder(), false, None, &mut removed)
        } else {
            clear_few(
                &repository.path("HEAD.lock"),
                &repository.path("objects"),
                &mut removed,
            )
        };
        cleared.map_err(|source| OpenError::Io {
            id: place.id,
            source,
        })?;
        Ok(removed)
    }
}

/// Without an open intent of the log only the server's own lock, and what came before the log was asked.
fn clear_few(head: &Path, objects: &Path, removed: &mut usize) -> io::Result<()> {
    match std::fs::remove_file(head) {
        Ok(()) => *removed += 1,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    for entry in std::fs::read_dir(objects)? {
        let entry = entry?;
        if is_incoming(&entry.file_name().to_string_lossy()) {
            std::fs::remove_dir_all(entry.path())?;
            *removed += 1;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jeton_domain::RepositoryId;

    use super::*;
    use crate::layout::Shard;
    use crate::system::Git;

    #[test]
    fn a_start_waits_for_a_push_that_lives() {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::at(folder.path()).unwrap();
        assert!(data.outlive_pushes(Duration::ZERO).unwrap());
        let push = File::open(data.pushes_life()).unwrap();
        push.lock_shared().unwrap();
        assert!(!data.outlive_pushes(LOOK).unwrap());
        let ends = std::thread::spawn(move || {
            std::thread::sleep(LOOK * 5);
            drop(push);
        });
        assert!(data.outlive_pushes(Duration::from_mins(1)).unwrap());
        ends.join().unwrap();
    }

    #[test]
    fn locks_and_half_received_objects_go_however_young() {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::at(folder.path()).unwrap();
        let id = RepositoryId::try_from(1).unwrap();
        let place = Place {
            shard: Shard(0),
            id,
        };
        data.create(&Git::find(None).unwrap(), place).unwrap();
        let path = data.open(place).unwrap().folder().to_owned();
        let leave = || {
            for lock in ["HEAD.lock", "refs/heads/main.lock", "packed-refs.lock"] {
                std::fs::write(path.join(lock), "").unwrap();
            }
            std::fs::create_dir(path.join("objects/tmp_objdir-incoming-x")).unwrap();
        };
        leave();
        assert_eq!(data.clear_remains(place, false).unwrap(), 2);
        assert!(path.join("refs/heads/main.lock").exists());
        assert_eq!(data.clear_remains(place, true).unwrap(), 2);
        leave();
        assert_eq!(data.clear_remains(place, true).unwrap(), 4);
        assert_eq!(data.clear_remains(place, true).unwrap(), 0);
        assert!(path.join("HEAD").exists() && path.join("objects/pack").exists());
    }
}
