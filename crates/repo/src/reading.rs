//! The references of a repository, read as git reads them: loose files first, `packed-refs` after.
//!
//! That order is what makes a reading sound beside pushes and `git pack-refs`: a reference that moves
//! into `packed-refs` is written there before its loose file goes, so it is seen in one of the two.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;
use gix::refs::{FullName, Target, file::loose, packed};

use crate::open::Readable;
use crate::refs::{Head, Peeled, Reference, RefsError};
use crate::{Oid, is_hidden};

/// How many steps a symbolic reference may take, as in git.
pub(crate) const MOST_STEPS: usize = 5;

/// How often a reading starts again when files vanish under it.
const MOST_TRIES: usize = 5;

/// All references of one moment, and the folders they were found in.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) head: Head,
    /// Sorted by name, without hidden and dangling ones.
    pub(crate) references: Vec<Reference>,
    /// What to look at to learn that nothing changed.
    pub(crate) stamps: Vec<Stamp>,
}

/// The identity of a file or folder at a moment. Git changes a reference by a rename in its folder,
/// which gives the folder a new time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    path: PathBuf,
    /// `None`: it was not there.
    seen: Option<Seen>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    inode: u64,
    bytes: u64,
    seconds: i64,
    nanoseconds: i64,
}

impl Stamp {
    fn take(path: PathBuf) -> io::Result<Self> {
        let seen = Seen::of(&path)?;
        Ok(Self { path, seen })
    }

    /// Whether the same thing is still there, as it was.
    pub(crate) fn holds(&self) -> bool {
        Seen::of(&self.path).is_ok_and(|seen| seen == self.seen)
    }

    /// Seconds since 1970 of its last change.
    pub(crate) fn seconds(&self) -> i64 {
        self.seen.map_or(0, |seen| seen.seconds)
    }
}

impl Seen {
    fn of(path: &Path) -> io::Result<Option<Self>> {
        match std::fs::symlink_metadata(path) {
            Ok(data) => Ok(Some(Self {
                inode: data.ino(),
                bytes: data.size(),
                seconds: data.mtime(),
                nanoseconds: data.mtime_nsec(),
            })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What a name points to before symbolic ones are followed.
pub(crate) struct Raw {
    pub(crate) target: Target,
    peeled: Option<Peeled>,
}

/// A reading that found the ground moving: worth another try.
enum Stop {
    Moved,
    Failed(RefsError),
}

impl From<RefsError> for Stop {
    fn from(error: RefsError) -> Self {
        Self::Failed(error)
    }
}

impl Readable {
    /// Reads everything. Blocking.
    pub(crate) fn reading(&self) -> Result<Reading, RefsError> {
        self.vet()?;
        for _ in 0..MOST_TRIES {
            match self.try_reading() {
                Ok(reading) => return Ok(reading),
                Err(Stop::Moved) => {}
                Err(Stop::Failed(error)) => return Err(error),
            }
        }
        Err(RefsError::NotUnderstood(
            "files that change at every look".to_owned(),
        ))
    }

    fn try_reading(&self) -> Result<Reading, Stop> {
        let stamp = |inner: &str| {
            let path = self.path(inner);
            Stamp::take(path.clone()).map_err(|error| RefsError::io(&path)(error))
        };
        // The folder itself tells when HEAD, `config`, `packed-refs` or an unexpected file comes.
        let mut stamps = vec![
            stamp("")?,
            stamp("HEAD")?,
            stamp("packed-refs")?,
            stamp("config")?,
        ];
        let mut raw = BTreeMap::new();
        walk(&self.path("refs"), "refs", &mut stamps, &mut raw)?;
        read_packed(&self.path("packed-refs"), &mut raw)?;
        let head = read_loose(&self.path("HEAD"), "HEAD")?.ok_or(Stop::Moved)?;
        let head = match head {
            Target::Object(id) => Head::Detached(id),
            Target::Symbolic(name) => {
                let (name, tip) = follow(&raw, name.as_bstr().to_str_lossy().into_owned());
                Head::Branch {
                    name,
                    tip: tip.map(|(id, _)| id),
                }
            }
        };
        let references = raw
            .iter()
            .filter(|(name, _)| !is_hidden(name))
            .filter_map(|(name, found)| match &found.target {
                Target::Object(target) => Some(Reference {
                    name: name.clone(),
                    target: *target,
                    symbolic: None,
                    peeled: found.peeled,
                }),
                Target::Symbolic(next) => {
                    let (last, tip) = follow(&raw, next.as_bstr().to_str_lossy().into_owned());
                    let (target, peeled) = tip?;
                    Some(Reference {
                        name: name.clone(),
                        target,
                        symbolic: Some(last),
                        peeled,
                    })
                }
            })
            .collect();
        Ok(Reading {
            head,
            references,
            stamps,
        })
    }
}

/// Follows names to the last one and what it points to.
fn follow(
    raw: &BTreeMap<String, Raw>,
    mut name: String,
) -> (String, Option<(Oid, Option<Peeled>)>) {
    for _ in 0..MOST_STEPS {
        match raw.get(&name) {
            Some(Raw {
                target: Target::Object(id),
                peeled,
            }) => return (name, Some((*id, *peeled))),
            Some(Raw {
                target: Target::Symbolic(next),
                ..
            }) => name = next.as_bstr().to_str_lossy().into_owned(),
            None => break,
        }
    }
    (name, None)
}

/// Reads a folder of loose references. Its stamp is taken first: a change during the reading makes
/// the stamp old, never the reading older than its stamp.
fn walk(
    folder: &Path,
    prefix: &str,
    stamps: &mut Vec<Stamp>,
    raw: &mut BTreeMap<String, Raw>,
) -> Result<(), Stop> {
    stamps.push(Stamp::take(folder.to_owned()).map_err(RefsError::io(folder))?);
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Stop::Moved),
        Err(error) => return Err(RefsError::io(folder)(error).into()),
    };
    for entry in entries {
        let entry = entry.map_err(RefsError::io(folder))?;
        let file_name = entry.file_name();
        let Some(part) = file_name.to_str() else {
            return Err(
                RefsError::NotUnderstood(format!("{prefix}/{}", file_name.display())).into(),
            );
        };
        // Git skips the same names: its own locks, and what begins with a dot.
        if part.starts_with('.') || part.as_bytes().ends_with(b".lock") {
            continue;
        }
        let name = format!("{prefix}/{part}");
        let kind = entry.file_type().map_err(RefsError::io(folder))?;
        if kind.is_dir() {
            match walk(&entry.path(), &name, stamps, raw) {
                // An emptied folder that git removed: the stamp above tells later readers.
                Err(Stop::Moved) => {}
                other => other?,
            }
        } else if kind.is_file() {
            if gix::validate::reference::name(name.as_str().into()).is_err() {
                continue;
            }
            // A file that is gone was deleted, or moved into `packed-refs`, which is read later.
            if let Some(target) = read_loose(&entry.path(), &name)? {
                raw.insert(
                    name,
                    Raw {
                        target,
                        peeled: None,
                    },
                );
            }
        } else {
            return Err(RefsError::NotUnderstood(name).into());
        }
    }
    Ok(())
}

pub(crate) fn read_loose(path: &Path, name: &str) -> Result<Option<Target>, RefsError> {
    let contents = match std::fs::read(path) {
        Ok(contents) => contents,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound
                    | io::ErrorKind::IsADirectory
                    | io::ErrorKind::NotADirectory
                    // Longer than a file's name can be: no file has it.
                    | io::ErrorKind::InvalidFilename
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(RefsError::io(path)(error)),
    };
    let not_understood = || RefsError::NotUnderstood(name.to_owned());
    let full = FullName::try_from(name).map_err(|_| not_understood())?;
    let read = loose::Reference::try_from_path(full, &contents, gix::hash::Kind::Sha1)
        .map_err(|_| not_understood())?;
    if let Target::Symbolic(next) = &read.target
        && next.as_bstr().to_str().is_err()
    {
        return Err(not_understood());
    }
    Ok(Some(read.target))
}

/// Adds what `packed-refs` holds and no loose file overrides.
pub(crate) fn read_packed(path: &Path, raw: &mut BTreeMap<String, Raw>) -> Result<(), RefsError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(RefsError::io(path)(error)),
    };
    let not_understood = |what: &str| RefsError::NotUnderstood(what.to_owned());
    // Only with this word does an absent `^` line mean that the object is no tag.
    let first = bytes.lines().next().unwrap_or_default();
    let knows_tags = first.starts_with(b"# pack-refs with:")
        && first.split_str(b" ").any(|word| word == b"fully-peeled");
    let lines = packed::Iter::new(&bytes, gix::hash::Kind::Sha1)
        .map_err(|_| not_understood("packed-refs"))?;
    for line in lines {
        let line = line.map_err(|_| not_understood("packed-refs"))?;
        let name = line
            .name
            .as_bstr()
            .to_str()
            .map_err(|_| not_understood("packed-refs"))?;
        if raw.contains_key(name) {
            continue;
        }
        let peeled = match line.object {
            Some(_) => Some(Peeled::To(line.object())),
            None if knows_tags => Some(Peeled::NoTag),
            None => None,
        };
        raw.insert(
            name.to_owned(),
            Raw {
                target: Target::Object(line.target()),
                peeled,
            },
        );
    }
    Ok(())
}
