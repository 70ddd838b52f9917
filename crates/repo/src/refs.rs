//! The references of a repository: what can be asked of them, and HEAD's change.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use gix::bstr::ByteSlice;
use gix::refs::Target;

use crate::open::{OpenError, Readable, Writable};
use crate::reading::{MOST_STEPS, Raw, read_loose, read_packed};
use crate::{HIDDEN_REFS, Oid, is_hidden};

/// Why the references could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum RefsError {
    /// Something lies there that is no reference of ours; git may know better.
    #[error("the references hold `{0}`, which is not understood here")]
    NotUnderstood(String),
    /// The repository is not one of ours.
    #[error(transparent)]
    Repository(#[from] OpenError),
    /// A branch with a name that git would not take.
    #[error("`{0}` is no branch name")]
    NoBranchName(String),
    /// Somebody else is changing the same file.
    #[error("another change of HEAD is under way")]
    Locked,
    /// The file system refused.
    #[error("`{path}`: {source}")]
    Io {
        /// What was touched.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

impl RefsError {
    /// Whether there is no room for what was to be written.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if crate::layout::is_full(source))
    }

    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// One reference, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its full name.
    pub name: String,
    /// The object that it, or the reference it names, points to.
    pub target: Oid,
    /// The reference that it names in the end, where it is a symbolic one.
    pub symbolic: Option<String>,
    /// What `packed-refs` knows of the object behind a tag; nothing when the object must be asked.
    pub(crate) peeled: Option<Peeled>,
}

/// The object behind a tag object: a fact about an object id that never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peeled {
    /// The object is no tag.
    NoTag,
    /// The tag, or the last tag of a chain, points here.
    To(Oid),
}

/// What HEAD says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// It names a branch; `tip` is `None` while that branch has no commit.
    Branch {
        /// Full name of the branch.
        name: String,
        /// What the branch points to.
        tip: Option<Oid>,
    },
    /// It names an object.
    Detached(Oid),
}

/// What a repository takes on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Bytes of its files.
    pub bytes: u64,
    /// Files and folders.
    pub files: usize,
}

impl Readable {
    /// All references that clients see, sorted by name. Blocking.
    pub fn refs(&self) -> Result<Vec<Reference>, RefsError> {
        Ok(self.reading()?.references)
    }

    /// What HEAD says. Blocking.
    pub fn head(&self) -> Result<Head, RefsError> {
        Ok(self.reading()?.head)
    }

    /// Whether HEAD names this branch (full name). One file is read, however many references there are. Blocking.
    pub fn is_head(&self, branch: &str) -> Result<bool, RefsError> {
        let path = self.path("HEAD");
        let head = std::fs::read_to_string(&path).map_err(RefsError::io(&path))?;
        Ok(head.trim_end() == format!("ref: {branch}"))
    }

    /// The branch that HEAD names (full name), whether it has commits or not; nothing where it names an object. One
    /// file is read. Blocking.
    pub fn head_name(&self) -> Result<Option<String>, RefsError> {
        Ok(match read_loose(&self.path("HEAD"), "HEAD")? {
            Some(Target::Symbolic(name)) => Some(name.as_bstr().to_str_lossy().into_owned()),
            Some(Target::Object(_)) | None => None,
        })
    }

    /// What a reference points to that clients see; `None` when there is none. Blocking.
    pub fn seen_tip(&self, name: &str) -> Result<Option<Oid>, RefsError> {
        if is_hidden(name) {
            return Ok(None);
        }
        self.tip(name)
    }

    /// What a reference points to, hidden ones included; `None` when there is none. Blocking.
    pub fn tip(&self, name: &str) -> Result<Option<Oid>, RefsError> {
        Ok(self.tips([name])?.remove(name))
    }

    /// As [`Self::tip`] of many, those that are there: the packed ones are read once. Blocking.
    pub fn tips<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Result<HashMap<&'n str, Oid>, RefsError> {
        let (mut packed, mut tips) = (None, HashMap::new());
        for name in names {
            if let Some(tip) = self.follow(name, &mut packed)? {
                tips.insert(name, tip);
            }
        }
        Ok(tips)
    }

    fn follow(
        &self,
        name: &str,
        packed: &mut Option<BTreeMap<String, Raw>>,
    ) -> Result<Option<Oid>, RefsError> {
        if name != "HEAD" && !is_reference_path(name) {
            return Ok(None);
        }
        let mut name = name.to_owned();
        for _ in 0..=MOST_STEPS {
            let target = match read_loose(&self.path(&name), &name) {
                Ok(Some(target)) => target,
                Ok(None) => {
                    if packed.is_none() {
                        let mut raw = BTreeMap::new();
                        read_packed(&self.path("packed-refs"), &mut raw)?;
                        *packed = Some(raw);
                    }
                    let found = packed.as_ref().and_then(|packed| packed.get(&name));
                    return Ok(found.and_then(|found| found.target.clone().try_into_id().ok()));
                }
                Err(error) => return Err(error),
            };
            match target {
                Target::Object(id) => return Ok(Some(id)),
                Target::Symbolic(next) => name = next.as_bstr().to_str_lossy().into_owned(),
            }
        }
        Ok(None)
    }

    /// Whether there are references that clients do not see. Blocking.
    pub(crate) fn has_hidden_refs(&self) -> Result<bool, RefsError> {
        // Every folder of loose ones may be a leftover; what is in `packed-refs` is there.
        if self.path(HIDDEN_REFS).exists() {
            return Ok(true);
        }
        let path = self.path("packed-refs");
        match std::fs::read(&path) {
            Ok(packed) => Ok(packed.find(format!(" {HIDDEN_REFS}/")).is_some()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(RefsError::io(&path)(error)),
        }
    }

    /// Whether no client sees any reference. Blocking.
    pub fn is_empty(&self) -> Result<bool, RefsError> {
        Ok(self.reading()?.references.is_empty())
    }

    /// What the repository takes on disk; `None` where it lies in more than so many files and folders. Blocking; walks the whole
    /// folder.
    pub fn size_on_disk(&self, most: usize) -> io::Result<Option<Size>> {
        let (mut size, mut folders) = (Size::default(), vec![self.folder().to_owned()]);
        while let Some(folder) = folders.pop() {
            let entries = match std::fs::read_dir(&folder) {
                // What a push removes meanwhile takes no room.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                size.files += 1;
                if size.files > most {
                    return Ok(None);
                }
                match entry.metadata() {
                    Ok(data) if data.is_dir() => folders.push(entry.path()),
                    Ok(data) => size.bytes += data.blocks() * 512,
                    Err(_) => {}
                }
            }
        }
        Ok(Some(size))
    }
}

impl Readable {
    /// INVARIANT: callers hold a writing permit, or bring HEAD to what its row says (`upkeep`).
    pub(crate) fn write_head(&self, branch: &str) -> Result<(), RefsError> {
        use std::io::Write;
        let _alone = head_changes();
        if !branch.starts_with("refs/heads/") || crate::hook::check_ref_name(branch).is_err() {
            return Err(RefsError::NoBranchName(branch.to_owned()));
        }
        let lock = self.path("HEAD.lock");
        let mut file = match std::fs::File::create_new(&lock) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(RefsError::Locked);
            }
            Err(source) => return Err(RefsError::Io { path: lock, source }),
        };
        let done = file
            .write_all(format!("ref: {branch}\n").as_bytes())
            .and_then(|()| file.sync_all())
            .and_then(|()| std::fs::rename(&lock, self.path("HEAD")));
        if done.is_err() {
            let _ = std::fs::remove_file(&lock);
        }
        done.map_err(RefsError::io(&lock))
    }
}

impl Writable {
    /// Makes HEAD name `branch` (full name, `refs/heads/…`), whether it has commits or not. Blocking.
    pub fn set_head(&self, branch: &str) -> Result<(), RefsError> {
        self.write_head(branch)
    }
}

/// Held while this process has a lock on a HEAD, for microseconds: a lock that is there while somebody else
/// holds this was left by a git, or by another run.
pub(crate) fn head_changes() -> MutexGuard<'static, ()> {
    static CHANGES: Mutex<()> = Mutex::new(());
    CHANGES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a name can be a file below `refs`.
fn is_reference_path(name: &str) -> bool {
    name.starts_with("refs/") && gix::validate::reference::name(name.into()).is_ok()
}
