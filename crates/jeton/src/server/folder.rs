//! The data folder: private, and one server at a time.

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why the data folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another server runs on it.
    #[error("the data folder `{path}` is already in use{}", by(*.process))]
    InUse {
        /// The folder.
        path: PathBuf,
        /// The process that holds it, as it wrote down.
        process: Option<u32>,
    },
    /// Another server, with another data folder, has the SQLite file open.
    #[error(
        "the database `{path}` is already in use{}: stop that server first, or give each one a database of its own", process.map_or_else(String::new, |process| format!(" by process {process}"))
    )]
    DatabaseInUse {
        /// The file.
        path: PathBuf,
        /// The process that holds it, as it wrote down.
        process: Option<u32>,
    },
    /// Somebody else's.
    #[error(
        "the data folder `{path}` belongs to user {owner}, and this is user {me}: do this as its owner"
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who runs.
        me: u32,
    },
    /// No socket can be made in it.
    #[error(
        "the data folder `{path}` is too deep: its path has {bytes} bytes, and sockets in it need one of at most {most}"
    )]
    TooDeep {
        /// The folder.
        path: PathBuf,
        /// The length of its path.
        bytes: usize,
        /// The greatest length.
        most: usize,
    },
    /// Nothing was ever served from it.
    #[error(
        "`{path}` is no data folder of Jeton: there is no {lacks} yet. Is the path right? `jeton serve --data {path}` begins one"
    )]
    None {
        /// The folder.
        path: PathBuf,
        /// What would be there.
        lacks: String,
    },
    /// What was ever served from it has its database elsewhere.
    #[error(
        "the data folder `{path}` is there, and its database `{database}` is not: where it is elsewhere, name it as the server \
         does, by `--config FILE`, `--database-file FILE` or the variable `JETON_DATABASE`; if it was lost, put it back from \
         its backup"
    )]
    DatabaseElsewhere {
        /// The folder.
        path: PathBuf,
        /// The file that is looked for.
        database: PathBuf,
    },
    /// The system refuses.
    #[error("the data folder: `{path}`: {source}")]
    Io {
        /// What was touched.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn by(process: Option<u32>) -> String {
    process.map_or_else(String::new, |process| {
        format!(
            " by process {process}; `jeton admin status` asks it, and only one can run at a time"
        )
    })
}

/// A data folder that is ours until this is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    // Holds the lock; the system gives it back when the process ends, however it ends.
    _lock: File,
}

/// How often a lock that is held is tried again, and after how long.
const LOOKS: usize = 5;
const LOOK: Duration = Duration::from_millis(20);

/// The longest path of a socket, in bytes: what the system takes, without the zero at its end.
const SOCKET_PATH: usize = 107;
/// The longest path of a socket below the data folder.
const LONGEST_SOCKET: &str = "/run/hooks.sock";

impl Folder {
    /// Whether it could be taken, as far as that can be told without writing anything.
    pub fn check(path: &Path) -> Result<(), FolderError> {
        let path = path
            .canonicalize()
            .or_else(|_| std::path::absolute(path))
            .map_err(|source| FolderError::Io {
                path: path.to_owned(),
                source,
            })?;
        let (bytes, most) = (path.as_os_str().len(), SOCKET_PATH - LONGEST_SOCKET.len());
        if bytes > most {
            return Err(FolderError::TooDeep { path, bytes, most });
        }
        // Where there is no lock, or it can't be opened, taking the folder will tell.
        let file = path.join("lock");
        let Ok(mut lock) = File::open(&file) else {
            return Ok(());
        };
        // Shared: those who look are not in each other's way.
        match held(&mut lock, &file, File::try_lock_shared)? {
            Held::By(process) => Err(FolderError::InUse { path, process }),
            Held::Ours => Ok(()),
        }
    }

    /// Refuses a folder that is there and somebody else's.
    pub fn check_owner(path: &Path) -> Result<(), FolderError> {
        let me = rustix::process::geteuid().as_raw();
        match path.metadata() {
            Ok(found) if found.uid() != me => Err(FolderError::Foreign {
                path: path.to_owned(),
                owner: found.uid(),
                me,
            }),
            // What can't be looked at will be told by taking it.
            _ => Ok(()),
        }
    }

    /// Whether somebody was served from here: what a command for operators needs, lest a misspelt path become a new
    /// and empty installation. `database` is the SQLite file, if it is one.
    pub fn known(path: &Path, database: Option<&Path>) -> Result<(), FolderError> {
        let (there, lacks) = match database {
            Some(file) => (file.is_file(), format!("database `{}`", file.display())),
            None => (path.join("lock").is_file(), "file `lock` in it".to_owned()),
        };
        let elsewhere = || {
            ["keys", "tombstones"]
                .iter()
                .any(|name| path.join(name).exists())
        };
        if there {
            Ok(())
        } else if let Some(database) = database.filter(|_| elsewhere()) {
            Err(FolderError::DatabaseElsewhere {
                path: path.to_owned(),
                database: database.to_owned(),
            })
        } else {
            Err(FolderError::None {
                path: path.to_owned(),
                lacks,
            })
        }
    }

    /// Makes the folder where it is missing, closes it to others, and takes it.
    pub fn take(path: &Path) -> Result<Self, FolderError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| FolderError::Io { path, source }
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(at(path))?;
        let path = path.canonicalize().map_err(at(path))?;
        Self::check_owner(&path)?;
        let found = path.metadata().map_err(at(&path))?;
        if found.mode() & 0o077 != 0 {
            std::fs::set_permissions(&path, Permissions::from_mode(0o700)).map_err(at(&path))?;
        }
        let lock = match lock(&path.join("lock"))? {
            Taken::Ours(lock) => lock,
            Taken::By(process) => return Err(FolderError::InUse { path, process }),
        };
        Ok(Self { path, _lock: lock })
    }

    /// Absolute.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Takes a SQLite file that lies outside the data folder, whose lock does not reach it: two data folders can name one
/// database, and each server would miss the other's revocations.
pub(super) fn take_database(database: &Path) -> Result<File, FolderError> {
    // Two names of one file are one database.
    let path = match database.canonicalize() {
        Ok(path) => path,
        Err(_) => database.to_owned(),
    };
    let mut beside = path.clone().into_os_string();
    beside.push(".lock");
    match lock(Path::new(&beside))? {
        Taken::Ours(lock) => Ok(lock),
        Taken::By(process) => Err(FolderError::DatabaseInUse { path, process }),
    }
}

enum Taken {
    /// Until the file is closed.
    Ours(File),
    /// By somebody, who wrote down the number of the process.
    By(Option<u32>),
}

fn lock(file: &Path) -> Result<Taken, FolderError> {
    let at = |source| FolderError::Io {
        path: file.to_owned(),
        source,
    };
    let mut lock = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(file)
        .map_err(at)?;
    // Somebody who only looks is gone in a moment.
    let mut holder = held(&mut lock, file, File::try_lock)?;
    for _ in 0..LOOKS {
        if matches!(holder, Held::Ours) {
            break;
        }
        std::thread::sleep(LOOK);
        holder = held(&mut lock, file, File::try_lock)?;
    }
    if let Held::By(process) = holder {
        return Ok(Taken::By(process));
    }
    lock.set_len(0)
        .and_then(|()| writeln!(lock, "{}", std::process::id()))
        .map_err(at)?;
    Ok(Taken::Ours(lock))
}

enum Held {
    /// Until the file is closed.
    Ours,
    /// By somebody, who wrote down the number of the process.
    By(Option<u32>),
}

/// Locks the file until it is closed; or who holds it, as they wrote down.
fn held(
    lock: &mut File,
    file: &Path,
    try_lock: fn(&File) -> Result<(), TryLockError>,
) -> Result<Held, FolderError> {
    match try_lock(lock) {
        Ok(()) => Ok(Held::Ours),
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            // Only for the message: a holder that wrote nothing is still a holder.
            let _ = lock.rewind().and_then(|()| lock.read_to_string(&mut text));
            Ok(Held::By(text.trim().parse().ok()))
        }
        Err(TryLockError::Error(source)) => Err(FolderError::Io {
            path: file.to_owned(),
            source,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_elsewhere_has_one_holder_under_all_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a.db"), folder.path().join("b.db"));
        std::fs::write(&path, "").unwrap();
        std::os::unix::fs::symlink(&path, &other).unwrap();
        let first = take_database(&path).unwrap();
        let said = take_database(&other).unwrap_err().to_string();
        let process = format!("already in use by process {}", std::process::id());
        assert!(said.contains("a.db") && said.contains(&process), "{said}");
        drop(first);
        take_database(&other).unwrap();
    }

    #[test]
    fn a_folder_is_private_and_has_one_holder() {
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("deep/data");
        let first = Folder::take(&path).unwrap();
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o700);
        let second = Folder::take(&path).unwrap_err().to_string();
        assert!(
            second.contains(&format!("already in use by process {}", std::process::id())),
            "{second}"
        );
        drop(first);
        std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        Folder::take(&path).unwrap();
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o700);
    }
}
