//! Where things lie in the data folder. A path is made of numbers only, so that no name that
//! anybody chose can reach the file system.

use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jeton_domain::RepositoryId;

use crate::environment;
use crate::system::Git;

/// The part of the storage that a repository lies in. The row of the repository carries it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard(pub u16);

/// Where a repository lies: its shard and its id, which is never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The part of the storage.
    pub shard: Shard,
    /// The repository.
    pub id: RepositoryId,
}

impl Place {
    /// Where the row of a repository says.
    pub const fn new(shard: u16, id: RepositoryId) -> Self {
        Self {
            shard: Shard(shard),
            id,
        }
    }
}

/// What went wrong in the data folder.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// The repository is there already.
    #[error("repository {0} exists already")]
    Exists(RepositoryId),
    /// The file system refused.
    #[error("`{path}`: {source}")]
    Io {
        /// What was touched.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// `git init` failed where there is no room.
    #[error("git could not make the repository: {said}: {source}")]
    InitFull {
        /// What it said: not that there is no room, as often as not.
        said: String,
        /// What a try to write there says.
        source: io::Error,
    },
    /// `git init` failed.
    #[error("git could not make the repository: {0}")]
    Init(String),
}

/// Whether the file system, or a quota on it, has no room.
pub(crate) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded)
}

impl LayoutError {
    /// Whether there is no room for what was to be written.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Io { source, .. } | Self::InitFull { source, .. } => is_full(source),
            Self::Exists(_) | Self::Init(_) => false,
        }
    }

    fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}

/// The data folder's part that holds Git data, and files of packages: `packages`, `repos`, `trash`, `aside`, `tmp`, `run` and `home`, each open to
/// the server's own account only.
#[derive(Clone, Debug)]
pub struct Data {
    root: PathBuf,
}

impl Data {
    /// The data folder at `root`, its inner folders made where they are missing.
    ///
    /// What an earlier run left behind in `tmp` is removed: the caller holds the folder's lock.
    pub fn at(root: impl Into<PathBuf>) -> Result<Self, LayoutError> {
        let root = root.into();
        make_private(&root)?;
        let root = root.canonicalize().map_err(LayoutError::io(&root))?;
        let data = Self { root };
        let tmp = data.root.join("tmp");
        remove_while_written(&tmp).map_err(LayoutError::io(&tmp))?;
        for folder in [
            "repos", "trash", "aside", "tmp", "run", "home", "hooks", "packages",
        ] {
            make_private(&data.root.join(folder))?;
        }
        data.make_pushes_life()?;
        Ok(data)
    }

    /// Where sockets go.
    pub fn run(&self) -> PathBuf {
        self.root.join("run")
    }

    /// Where files of packages are.
    pub(crate) fn packages(&self) -> PathBuf {
        self.root.join("packages")
    }

    /// Where what comes in is written first.
    pub(crate) fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// The folder that git takes for the home of its user. It stays empty.
    pub(crate) fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// Where the hooks are, and where a git that takes no push looks for its own.
    pub(crate) fn hooks(&self) -> PathBuf {
        self.root.join("hooks")
    }

    /// Where the git of one push finds its hooks.
    pub(crate) fn push_hooks(&self, number: u64) -> PathBuf {
        self.root.join("tmp").join(format!("hooks-{number}"))
    }

    /// Where all repositories lie.
    pub(crate) fn repositories(&self) -> PathBuf {
        self.root.join("repos")
    }

    /// `repos/<shard>/<aa>/<bb>/<id>.git`: 256 repositories made one after the other share a folder.
    pub(crate) fn path(&self, place: Place) -> PathBuf {
        let id = place.id.get();
        let mut path = self.repositories();
        path.push(place.shard.0.to_string());
        path.push(format!("{:02x}", (id >> 16) & 0xff));
        path.push(format!("{:02x}", (id >> 8) & 0xff));
        path.push(format!("{id}.git"));
        path
    }

    /// Makes an empty bare repository. Blocking. Either all of it is there afterwards, or nothing.
    pub fn create(&self, git: &Git, place: Place) -> Result<(), LayoutError> {
        let path = self.path(place);
        if path.exists() {
            return Err(LayoutError::Exists(place.id));
        }
        let draft = self
            .root
            .join("tmp")
            .join(format!("{}.git", place.id.get()));
        if draft.exists() {
            std::fs::remove_dir_all(&draft).map_err(LayoutError::io(&draft))?;
        }
        let made = self.init(git, &draft, &path);
        if made.is_err() {
            // What was half made takes room, on a full disk too. If it stays, the next start removes it.
            let _ = std::fs::remove_dir_all(&draft);
        }
        made
    }

    /// Makes it as a draft, and moves that to its path.
    fn init(&self, git: &Git, draft: &Path, path: &Path) -> Result<(), LayoutError> {
        let mut init = environment::command(git.path(), &self.home());
        init.args([
            "init",
            "--quiet",
            "--bare",
            "--template=",
            "--initial-branch=main",
            "--object-format=sha1",
        ]);
        if git.knows_ref_format() {
            init.arg("--ref-format=files");
        }
        let output = init
            .arg(draft)
            .output()
            .map_err(LayoutError::io(git.path()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(match try_room(draft) {
                Err(source) if is_full(&source) => LayoutError::InitFull { said, source },
                _ => LayoutError::Init(said),
            });
        }
        sync_folder(draft)?;
        // A path always has a parent here: it ends in at least four components of its own.
        let parent = path.parent().unwrap_or(&self.root);
        let first = !parent.exists();
        make_private(parent)?;
        std::fs::rename(draft, path).map_err(LayoutError::io(path))?;
        sync_folder(parent)?;
        if first {
            // INVARIANT: no row is ever without its folder; a loss of power must not take the folders above either.
            for above in parent.ancestors().skip(1) {
                sync_folder(above)?;
                if above == self.root {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Takes a repository out of service: a rename into `trash`. `false` when it was not there.
    ///
    /// Nothing is decided here: the row is gone by the time this is called.
    pub fn delete(&self, place: Place) -> Result<bool, LayoutError> {
        let path = self.path(place);
        let grave = self.root.join("trash").join(place.id.get().to_string());
        let buried = match std::fs::rename(&path, &grave) {
            // The id of a repository that did not come to be is given again, and its folder may lie there.
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
                std::fs::remove_dir_all(&grave).and_then(|()| std::fs::rename(&path, &grave))
            }
            tried => tried,
        };
        match buried {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(source) => return Err(LayoutError::Io { path, source }),
        }
        sync_folder(path.parent().unwrap_or(&self.root))?;
        Ok(true)
    }

    /// Whether a folder holds what somebody may miss: a reference, and where that can't be told, yes. One
    /// without `HEAD` and packed references never was a repository. Blocking.
    pub fn holds_work(&self, place: Place) -> bool {
        let path = self.path(place);
        match self.open(place).map(|repository| repository.is_empty()) {
            Ok(Ok(empty)) => !empty,
            Ok(Err(_)) => path.join("HEAD").exists() || path.join("packed-refs").exists(),
            Err(_) => true,
        }
    }

    /// Puts a repository that nobody knows where a person can find it: a rename into `aside`, from which nothing is ever
    /// removed. Where it lies then.
    pub fn set_aside(&self, place: Place) -> Result<PathBuf, LayoutError> {
        let path = self.path(place);
        let id = place.id.get();
        let mut number = 0_u32;
        let kept = loop {
            let name = match number {
                0 => format!("{id}.git"),
                more => format!("{id}-{more}.git"),
            };
            let kept = self.root.join("aside").join(name);
            if !kept.exists() {
                break kept;
            }
            number += 1;
        };
        std::fs::rename(&path, &kept).map_err(LayoutError::io(&path))?;
        sync_folder(path.parent().unwrap_or(&self.root))?;
        Ok(kept)
    }

    /// Removes for good what was deleted. Blocking, and long where repositories are large.
    pub fn sweep_trash(&self) -> Result<usize, LayoutError> {
        let trash = self.root.join("trash");
        let mut removed = 0;
        for entry in std::fs::read_dir(&trash).map_err(LayoutError::io(&trash))? {
            let path = entry.map_err(LayoutError::io(&trash))?.path();
            std::fs::remove_dir_all(&path).map_err(LayoutError::io(&path))?;
            removed += 1;
        }
        Ok(removed)
    }
}

/// Removes a folder, though a `git init` that a killed server started may still be writing in it.
fn remove_while_written(path: &Path) -> io::Result<()> {
    const TRIES: u32 = 100;
    const PAUSE: Duration = Duration::from_millis(20);
    for _ in 1..TRIES {
        match std::fs::remove_dir_all(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
                std::thread::sleep(PAUSE);
            }
            done => return done,
        }
    }
    std::fs::remove_dir_all(path)
}

/// Writes beside what a git left half made, as much as an empty repository takes at most. Git's own words do not tell why
/// it could not write, and free space does not tell of quotas.
fn try_room(beside: &Path) -> io::Result<()> {
    let probe = beside.with_extension("room");
    let written = std::fs::write(&probe, [0; 16 << 10]);
    // Gone with the folder at the next start, if not now.
    let _ = std::fs::remove_file(&probe);
    written
}

/// Makes a folder and its parents, open to the owner only. One that exists is left as it is.
pub(crate) fn make_private(path: &Path) -> Result<(), LayoutError> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(LayoutError::io(path))
}

/// Makes a rename in the folder survive a loss of power.
fn sync_folder(path: &Path) -> Result<(), LayoutError> {
    std::fs::File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(LayoutError::io(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(id: i64) -> Place {
        Place {
            shard: Shard(3),
            id: RepositoryId::try_from(id).unwrap(),
        }
    }

    #[test]
    fn a_path_is_made_of_numbers_only() {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::at(folder.path()).unwrap();
        let root = folder.path().canonicalize().unwrap();
        for (id, path) in [
            (1, "repos/3/00/00/1.git"),
            (0x1234, "repos/3/00/12/4660.git"),
            (0x00ab_cdef, "repos/3/ab/cd/11259375.git"),
            ((1 << 53) - 1, "repos/3/ff/ff/9007199254740991.git"),
        ] {
            assert_eq!(data.path(place(id)), root.join(path));
        }
    }

    #[test]
    fn a_repository_is_made_once_and_removed_once() {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::at(folder.path()).unwrap();
        let git = Git::find(None).unwrap();
        data.create(&git, place(7)).unwrap();
        let path = data.path(place(7));
        assert_eq!(
            std::fs::read_to_string(path.join("HEAD")).unwrap(),
            "ref: refs/heads/main\n"
        );
        assert!(!path.join("hooks").exists(), "git's template stays out");
        assert!(matches!(
            data.create(&git, place(7)),
            Err(LayoutError::Exists(_))
        ));
        assert!(data.delete(place(7)).unwrap());
        assert!(!data.delete(place(7)).unwrap());
        assert!(!path.exists());
        // The trash holds one of the same id already.
        data.create(&git, place(7)).unwrap();
        assert!(data.delete(place(7)).unwrap());
        assert_eq!(data.sweep_trash().unwrap(), 1);
        assert_eq!(data.sweep_trash().unwrap(), 0);
    }

    #[test]
    fn what_a_killed_creation_left_is_no_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::at(folder.path()).unwrap();
        let git = Git::find(None).unwrap();
        let draft = folder.path().join("tmp/9.git");
        std::fs::create_dir_all(draft.join("objects")).unwrap();
        std::fs::write(draft.join("HEAD"), "garbage").unwrap();
        data.create(&git, place(9)).unwrap();
        assert_eq!(
            std::fs::read_to_string(data.path(place(9)).join("HEAD")).unwrap(),
            "ref: refs/heads/main\n"
        );
    }

    #[test]
    fn a_creation_that_fails_leaves_no_draft() {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::at(folder.path()).unwrap();
        let git = Git::find(None).unwrap();
        std::fs::remove_dir(data.repositories()).unwrap();
        std::fs::write(data.repositories(), "in the way").unwrap();
        let error = data.create(&git, place(7)).unwrap_err();
        assert!(!error.is_full(), "{error}");
        let left = std::fs::read_dir(folder.path().join("tmp")).unwrap();
        assert_eq!(left.count(), 0, "a draft is left");
        let full = LayoutError::io("x")(io::ErrorKind::QuotaExceeded.into());
        assert!(full.is_full());
    }
}
