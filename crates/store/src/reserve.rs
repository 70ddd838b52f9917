//! Room kept on the disk for what takes power away: a token must be revocable on a disk that is full.
//!
//! A file beside the database holds some space. When the disk is nearly full, a change that takes something away gives it
//! free before it is committed. From then on only such changes are made, until there is room for the file again: what was
//! kept for revoking must not be used up by the rest.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use rustix::io::Errno;

use crate::StoreError;

/// Free bytes that a change is taken to need; below it the disk counts as full.
const LOW: u64 = 1 << 20;

pub(crate) struct Reserve {
    path: PathBuf,
    bytes: u64,
    there: bool,
}

impl Reserve {
    /// Makes the file beside the database, if there is room. On a full disk it is given free: opening writes too.
    pub(crate) fn open(database: &Path, bytes: u64) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push("-reserve");
        let path = PathBuf::from(path);
        // One that a crash left half made is made anew.
        let there = std::fs::metadata(&path).is_ok_and(|found| found.blocks() * 512 >= bytes);
        let mut reserve = Self { path, bytes, there };
        reserve.release_if_low();
        if !reserve.make() {
            tracing::warn!(
                "the disk is nearly full: until there is room, only what takes something away is written"
            );
        }
        reserve
    }

    /// Before a commit. `taking`: it takes something away.
    pub(crate) fn admit(&mut self, taking: bool) -> Result<(), StoreError> {
        if taking {
            self.release_if_low();
            Ok(())
        } else if self.make() {
            Ok(())
        } else {
            Err(StoreError::Full)
        }
    }

    /// Whether anything can be written, as far as space goes.
    pub(crate) fn room(&mut self) -> Result<(), StoreError> {
        if self.make() && self.free() >= LOW {
            Ok(())
        } else {
            Err(StoreError::Full)
        }
    }

    /// Gives the space free.
    pub(crate) fn release(&mut self) {
        if !self.there {
            return;
        }
        match std::fs::remove_file(&self.path) {
            Ok(()) => {
                tracing::warn!(
                    "the disk is full: the reserve was given free, and only what takes something away is written"
                );
            }
            Err(error) => {
                tracing::error!(%error, "the disk is full, and the reserve can't be given free");
            }
        }
        self.there = false;
    }

    fn release_if_low(&mut self) {
        if self.free() < LOW {
            self.release();
        }
    }

    /// Whether it is there, made now if it was not and there is room.
    fn make(&mut self) -> bool {
        if self.there || self.free() < self.bytes + LOW {
            return self.there;
        }
        match self.allocate() {
            Ok(()) => self.there = true,
            Err(error) => {
                tracing::warn!(%error, "the reserve can't be made");
                let _ = std::fs::remove_file(&self.path);
            }
        }
        self.there
    }

    fn allocate(&self) -> io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&self.path)?;
        match fallocate(&file, FallocateFlags::empty(), 0, self.bytes) {
            Err(Errno::OPNOTSUPP) => fill(&mut file, self.bytes),
            done => Ok(done?),
        }
    }

    /// Bytes that the server's account may still use. What can't be told is taken for plenty: then the disk itself says no.
    fn free(&self) -> u64 {
        let folder = self
            .path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        statvfs(folder.unwrap_or(Path::new("."))).map_or(u64::MAX, |found| {
            found.f_bavail.saturating_mul(found.f_frsize)
        })
    }
}

/// For file systems that can't allocate ahead.
fn fill(file: &mut File, bytes: u64) -> io::Result<()> {
    const PIECE: u16 = 1 << 15;
    let piece = vec![0; usize::from(PIECE)];
    for _ in 0..bytes / u64::from(PIECE) {
        file.write_all(&piece)?;
    }
    file.sync_all()
}
