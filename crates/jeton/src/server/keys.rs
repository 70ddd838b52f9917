//! The root keys at start: read, made for a new database, checked against a known one.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jeton_app::Entropy;
use jeton_store::{Store, StoreError, key_checks};
use jeton_token::{KeyId, Ring, RingError, RingRefusal};
use rustix::fs::{Access, access};
use zeroize::Zeroizing;

use crate::config::Keys;
use crate::edge::Draw;

/// Why there are no keys to start with.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file is gone, and the database was written under its keys.
    #[error(
        "the key file `{path}` is missing, and this database was written under its keys: put it back from its backup; \
         to start without it would refuse every credential, and Git clients would erase what they have stored"
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Others can read the keys.
    #[error(
        "the key file `{path}` can be read by others (mode {mode:o}): make it 0600, and think about who could have read it"
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The file can't be read or made.
    #[error("the key file `{path}`: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The first start can't make it.
    #[error(
        "the key file `{path}` is not there, and can't be made in `{folder}`: {source}; let the server's account write there \
         for its first start"
    )]
    Make {
        /// The file.
        path: PathBuf,
        /// Where it would be.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What is in it is no key ring.
    #[error("{place}: {source}")]
    Ring {
        /// Where the keys came from.
        place: String,
        /// What is wrong.
        source: RingError,
    },
    /// Keys that do not belong to the database.
    #[error(transparent)]
    Refused(#[from] RingRefusal),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Tells what is wrong with the keys, as far as that can be told before anything is written. `new`: the file may be missing,
/// and will be made.
pub(crate) fn check(keys: &Keys, new: bool) -> Result<(), KeysError> {
    let (text, place) = match keys {
        Keys::Value(text) => (text.clone(), "the setting `keys`".to_owned()),
        // It may be the data folder, which is going to be made, or told with its own name.
        Keys::File(path) if !folder_of(path).is_dir() => return Ok(()),
        Keys::File(path) => match read(path)? {
            Some(text) => (text, format!("the key file `{}`", path.display())),
            None if new => return can_be_made(path),
            None => return Ok(()),
        },
    };
    match Ring::parse(&text) {
        Ok(_) => Ok(()),
        Err(source) => Err(KeysError::Ring { place, source }),
    }
}

fn can_be_made(path: &Path) -> Result<(), KeysError> {
    let folder = folder_of(path);
    access(folder, Access::WRITE_OK | Access::EXEC_OK).map_err(|source| KeysError::Make {
        path: path.to_owned(),
        folder: folder.to_owned(),
        source: source.into(),
    })
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// The key ring of a database. Makes the file for a database that has seen no key yet; refuses to go
/// on with a missing or wrong one.
pub(crate) fn ring(keys: &Keys, store: &Store, entropy: &dyn Entropy) -> Result<Ring, KeysError> {
    let known: Vec<(KeyId, [u8; 32])> = store
        .read(key_checks::all)?
        .into_iter()
        .map(|(id, value)| (KeyId::new(id), value))
        .collect();
    let (text, place) = match keys {
        Keys::Value(text) => (text.clone(), "the setting `keys`".to_owned()),
        Keys::File(path) => {
            let text = match read(path)? {
                Some(text) => text,
                None if known.is_empty() => make(path, entropy)?,
                None => return Err(KeysError::Missing { path: path.clone() }),
            };
            (text, format!("the key file `{}`", path.display()))
        }
    };
    let ring = Ring::parse(&text).map_err(|source| KeysError::Ring { place, source })?;
    let new = ring.verify(&known)?;
    if !new.rows.is_empty() {
        store.write(|unit| {
            for (id, value) in &new.rows {
                key_checks::insert(unit, id.get(), value)?;
            }
            Ok::<_, StoreError>(())
        })?;
    }
    Ok(ring)
}

fn read(path: &Path) -> Result<Option<Zeroizing<String>>, KeysError> {
    let io = |source| KeysError::Io {
        path: path.to_owned(),
        source,
    };
    match std::fs::metadata(path) {
        Ok(found) if found.mode() & 0o077 != 0 => Err(KeysError::Open {
            path: path.to_owned(),
            mode: found.mode() & 0o777,
        }),
        Ok(_) => std::fs::read_to_string(path)
            .map(|text| Some(text.into()))
            .map_err(io),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io(error)),
    }
}

fn make(path: &Path, entropy: &dyn Entropy) -> Result<Zeroizing<String>, KeysError> {
    let line = Ring::render_new(KeyId::new(1), &mut Draw(entropy));
    let text = Zeroizing::new(format!(
        "# Root keys of Jeton. Without them no stored credential works any more: keep a copy apart from the database.\n{}",
        line.expose()
    ));
    write(OpenOptions::new().create_new(true), path, &text)?;
    Ok(text)
}

/// Adds a fresh key to the file; the server writes under it from its next start on. Returns its id.
pub fn add(path: &Path, entropy: &dyn Entropy) -> Result<KeyId, KeysError> {
    let text = read(path)?.ok_or_else(|| KeysError::Missing {
        path: path.to_owned(),
    })?;
    let place = format!("the key file `{}`", path.display());
    let ring = Ring::parse(&text).map_err(|source| KeysError::Ring { place, source })?;
    let id = KeyId::new(ring.newest().get().saturating_add(1));
    let line = Ring::render_new(id, &mut Draw(entropy));
    let separator = if text.ends_with('\n') { "" } else { "\n" };
    let line = Zeroizing::new(format!("{separator}{}", line.expose()));
    write(OpenOptions::new().append(true), path, &line)?;
    Ok(id)
}

fn write(options: &mut OpenOptions, path: &Path, text: &str) -> Result<(), KeysError> {
    let io = |source| KeysError::Io {
        path: path.to_owned(),
        source,
    };
    let mut file = options.write(true).mode(0o600).open(path).map_err(io)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(io)?;
    // The name is to survive a crash too.
    std::fs::File::open(folder_of(path))
        .and_then(|folder| folder.sync_all())
        .map_err(io)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use jeton_domain::Time;
    use jeton_store::{Incarnation, Options};

    use super::*;
    use crate::edge::SystemEntropy;

    fn store(folder: &Path) -> Store {
        let options = Options::new(Time::from_seconds(1), Incarnation(1));
        Store::open_sqlite(&folder.join("jeton.db"), &options).unwrap()
    }

    #[test]
    fn keys_are_made_once_kept_private_and_missed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let keys = Keys::File(path.clone());
        let store = store(folder.path());
        let first = ring(&keys, &store, &SystemEntropy).unwrap();
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
        let id = first.newest();
        assert_eq!(
            ring(&keys, &store, &SystemEntropy).unwrap().check_value(id),
            first.check_value(id)
        );

        assert_eq!(add(&path, &SystemEntropy).unwrap(), KeyId::new(2));
        let grown = ring(&keys, &store, &SystemEntropy).unwrap();
        assert_eq!(
            grown.key_ids().collect::<Vec<_>>(),
            [KeyId::new(2), KeyId::new(1)]
        );

        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            ring(&keys, &store, &SystemEntropy),
            Err(KeysError::Open { mode: 0o640, .. })
        ));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(
            ring(&keys, &store, &SystemEntropy),
            Err(KeysError::Missing { .. })
        ));
        assert!(!path.exists());
        let wrong = Keys::Value(Zeroizing::new(
            Ring::render_new(id, &mut Draw(&SystemEntropy))
                .expose()
                .to_owned(),
        ));
        assert!(matches!(
            ring(&wrong, &store, &SystemEntropy),
            Err(KeysError::Refused(_))
        ));
    }
}
