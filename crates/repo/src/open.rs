//! Opening a repository, which takes a permit that names it.

use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jeton_decide::Permit;
use jeton_domain::{Access, RepositoryId};

use crate::layout::{Data, Place};

/// Why a repository was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The permit speaks of another repository, of none, or of reading where writing was asked.
    #[error("the permit does not cover this use of repository {0}")]
    NotPermitted(RepositoryId),
    /// There is no Git data for it.
    #[error("repository {0} has no Git data")]
    Missing(RepositoryId),
    /// The folder holds something that no repository of ours has.
    #[error("repository {id} holds `{what}`, which Jeton never writes: git is not run on it")]
    Foreign {
        /// The repository.
        id: RepositoryId,
        /// A file, or a configuration key.
        what: String,
    },
    /// The file system refused.
    #[error("repository {id}: {source}")]
    Io {
        /// The repository.
        id: RepositoryId,
        /// Why it failed.
        source: io::Error,
    },
}

/// A repository that may be read.
///
/// INVARIANT: made by [`Data::open_read`] and [`Data::open_write`] only, with a permit.
#[derive(Clone, Debug)]
pub struct Readable {
    place: Place,
    folder: Arc<Path>,
}

/// A repository that may be read and written.
///
/// INVARIANT: made by [`Data::open_write`] only, with a permit to write.
#[derive(Clone, Debug)]
pub struct Writable(Readable);

impl Data {
    /// Opens a repository for reading. One `stat`.
    pub fn open_read(&self, permit: &Permit, place: Place) -> Result<Readable, OpenError> {
        if permit.repository() != Some(place.id) {
            return Err(OpenError::NotPermitted(place.id));
        }
        self.open(place)
    }

    /// Opens a repository for reading and writing. One `stat`.
    pub fn open_write(&self, permit: &Permit, place: Place) -> Result<Writable, OpenError> {
        if permit.repository() != Some(place.id) || permit.access() != Access::Write {
            return Err(OpenError::NotPermitted(place.id));
        }
        self.open(place).map(Writable)
    }

    /// INVARIANT: callers have seen a permit, or read no content (`upkeep`), or tell those who keep a webhook there what was
    /// pushed (`pushed`).
    pub(crate) fn open(&self, place: Place) -> Result<Readable, OpenError> {
        let folder = self.path(place);
        match folder.metadata() {
            Ok(data) if data.is_dir() => Ok(Readable {
                place,
                folder: folder.into(),
            }),
            Ok(_) => Err(OpenError::Missing(place.id)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(OpenError::Missing(place.id))
            }
            Err(source) => Err(OpenError::Io {
                id: place.id,
                source,
            }),
        }
    }
}

impl Readable {
    /// The repository.
    pub fn id(&self) -> RepositoryId {
        self.place.id
    }

    /// Where it lies.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn path(&self, inner: &str) -> PathBuf {
        self.folder.join(inner)
    }

    /// Refuses a repository whose own files could make git run programs, read other repositories'
    /// objects or answer otherwise than what was captured at start.
    ///
    /// SECURITY: git takes a repository's `config` as orders. Ours hold three lines; whatever else
    /// stands there came by another way.
    pub(crate) fn vet(&self) -> Result<(), OpenError> {
        let id = self.id();
        let foreign = |what: &str| {
            Err(OpenError::Foreign {
                id,
                what: what.to_owned(),
            })
        };
        let config = std::fs::read_to_string(self.path("config"))
            .map_err(|source| OpenError::Io { id, source })?;
        if let Some(line) = config.lines().find(|line| !is_plain_setting(line)) {
            return foreign(line.trim());
        }
        for file in [
            "objects/info/alternates",
            "objects/info/http-alternates",
            "commondir",
            "config.worktree",
            "shallow",
        ] {
            if self.path(file).exists() {
                return foreign(file);
            }
        }
        Ok(())
    }
}

/// Whether a line of a configuration file is one of those that `git init` writes for our format.
fn is_plain_setting(line: &str) -> bool {
    let line = line.trim();
    if line.is_empty() || line == "[core]" {
        return true;
    }
    matches!(
        line.split_once('=')
            .map(|(key, value)| (key.trim(), value.trim())),
        Some(
            ("repositoryformatversion", "0")
                | ("bare", "true")
                | (
                    "filemode" | "symlinks" | "ignorecase" | "precomposeunicode",
                    "true" | "false"
                )
        )
    )
}

impl Deref for Writable {
    type Target = Readable;

    fn deref(&self) -> &Readable {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lines_of_git_init_are_plain() {
        for line in [
            "[core]",
            "\trepositoryformatversion = 0",
            "\tfilemode = true",
            "bare = true",
            "",
            "  ",
        ] {
            assert!(is_plain_setting(line), "{line:?}");
        }
        for line in [
            "\trepositoryformatversion = 1",
            "bare = false",
            "[extensions]",
            "objectformat = sha256",
            "refstorage = reftable",
            "[include]",
            "path = /etc/passwd",
            "[core] hooksPath = /tmp",
            "hooksPath = /tmp",
            "alternateRefsCommand = id",
            "filemode = true \\",
            "[core]\u{b}fsmonitor = x",
            "# comment",
        ] {
            assert!(!is_plain_setting(line), "{line:?}");
        }
    }
}
