//! The sign-ins that are kept: `hosts.toml`, which only its owner can read.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::edge;
use crate::error::ClientError;
use crate::hidden::Hidden;

const FILE: &str = "hosts.toml";

/// What is kept for one server.
#[derive(Clone, Debug)]
pub(crate) struct SignIn {
    pub(crate) login: String,
    pub(crate) token: Hidden,
    pub(crate) cacert: Option<PathBuf>,
}

/// All sign-ins of this person on this machine.
#[derive(Debug)]
pub(crate) struct Hosts {
    folder: PathBuf,
    default: Option<String>,
    kept: BTreeMap<String, SignIn>,
}

/// The form on disk. Another type than the one in memory: only here may the value be written out.
#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    default: Option<String>,
    #[serde(default)]
    hosts: BTreeMap<String, StoredSignIn>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct StoredSignIn {
    login: String,
    token: String,
    cacert: Option<PathBuf>,
}

impl Hosts {
    /// Reads the file; none is an empty one.
    ///
    /// SECURITY: a file that others can read is refused: its values may be known already.
    pub(crate) fn read(folder: PathBuf) -> Result<Self, ClientError> {
        let path = folder.join(FILE);
        let mut file = match fs::File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self {
                    folder,
                    default: None,
                    kept: BTreeMap::new(),
                });
            }
            Err(error) => return Err(ClientError::File { path, cause: error }),
        };
        // Of the open file, so that no other can be put in its place between look and read.
        let mode = file.metadata().map_err(ClientError::file(&path))?.mode();
        if mode & 0o077 != 0 {
            return Err(ClientError::BadFile {
                what: format!("can be read by others (mode {:03o})", mode & 0o777),
                hint: format!(
                    "chmod 600 '{}', and sign in anew if somebody may have looked",
                    path.display()
                ),
                path,
            });
        }
        let text = io::read_to_string(&mut file).map_err(ClientError::file(&path))?;
        let stored: Stored = toml::from_str(&text).map_err(|_| ClientError::BadFile {
            // The parser's words would show the line, and with it a credential.
            what: "can't be understood".to_owned(),
            hint: "move it away and sign in again: jeton login URL".to_owned(),
            path,
        })?;
        let hosts = stored.hosts.into_iter().map(|(host, kept)| {
            (
                host,
                SignIn {
                    login: kept.login,
                    token: Hidden::from(kept.token),
                    cacert: kept.cacert,
                },
            )
        });
        Ok(Self {
            folder,
            default: stored.default,
            kept: hosts.collect(),
        })
    }

    /// The server to speak to when none is named: the one signed in to last, or the only one.
    pub(crate) fn default_host(&self) -> Option<&str> {
        self.default.as_deref().or_else(|| match self.kept.len() {
            1 => self.kept.keys().next().map(String::as_str),
            _ => None,
        })
    }

    /// The sign-in kept for a server.
    pub(crate) fn get(&self, host: &str) -> Option<&SignIn> {
        self.kept.get(host)
    }

    /// Keeps a sign-in; its server becomes the default.
    pub(crate) fn keep(&mut self, host: &str, sign_in: SignIn) -> Result<(), ClientError> {
        self.kept.insert(host.to_owned(), sign_in);
        self.default = Some(host.to_owned());
        self.write()
    }

    /// Forgets a sign-in. The last one's server is remembered, to sign in to again.
    pub(crate) fn forget(&mut self, host: &str) -> Result<(), ClientError> {
        self.kept.remove(host);
        if self.kept.is_empty() {
            self.default = Some(host.to_owned());
        } else if self.default.as_deref() == Some(host) {
            self.default = None;
        }
        self.write()
    }

    /// Writes beside and renames: a reader sees the old file or the new one, and no moment exists in
    /// which the file has another mode than 0600.
    fn write(&self) -> Result<(), ClientError> {
        let hosts = self.kept.iter().map(|(host, kept)| {
            let token = kept.token.expose().to_owned();
            (
                host.clone(),
                StoredSignIn {
                    login: kept.login.clone(),
                    token,
                    cacert: kept.cacert.clone(),
                },
            )
        });
        let stored = Stored {
            default: self.default.clone(),
            hosts: hosts.collect(),
        };
        let text = toml::to_string(&stored)
            .map_err(|_| ClientError::other("the sign-ins can't be written as TOML"))?;
        make_private_folder(&self.folder)?;
        let beside = self
            .folder
            .join(format!(".{FILE}.{}", edge::random_hex::<8>()?));
        let written = write_private(&beside, &text)
            .and_then(|()| fs::rename(&beside, self.folder.join(FILE)));
        if written.is_err() {
            // Whatever became of it: nothing half written stays behind.
            let _ = fs::remove_file(&beside);
        }
        written.map_err(ClientError::file(&self.folder.join(FILE)))
    }
}

/// Makes a folder that only its owner can enter. Parents get the usual mode.
pub(crate) fn make_private_folder(folder: &Path) -> Result<(), ClientError> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent).map_err(ClientError::file(parent))?;
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map_err(ClientError::file(folder)),
    }
}

/// Writes a new file that only its owner can read, down to the disk.
pub(crate) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mona() -> SignIn {
        SignIn {
            login: "mona".to_owned(),
            token: Hidden::from("jtu_secret".to_owned()),
            cacert: None,
        }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn a_sign_in_is_kept_in_a_file_that_only_its_owner_can_read() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".config/jeton");
        let mut hosts = Hosts::read(folder.clone()).unwrap();
        hosts.keep("https://a", mona()).unwrap();
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join(FILE)), 0o600);
        assert_eq!(
            fs::read_dir(&folder).unwrap().count(),
            1,
            "nothing is left beside it"
        );
        let again = Hosts::read(folder).unwrap();
        assert_eq!(again.default_host(), Some("https://a"));
        assert_eq!(again.get("https://a").unwrap().token.expose(), "jtu_secret");
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_with_the_way_out() {
        let home = tempfile::tempdir().unwrap();
        let mut hosts = Hosts::read(home.path().to_owned()).unwrap();
        hosts.keep("https://a", mona()).unwrap();
        for open in [0o640, 0o604, 0o660] {
            fs::set_permissions(home.path().join(FILE), fs::Permissions::from_mode(open)).unwrap();
            let error = Hosts::read(home.path().to_owned()).unwrap_err();
            assert!(
                error.to_string().contains("can be read by others"),
                "{error}"
            );
            assert!(error.hints().join("").contains("chmod 600"));
        }
    }

    #[test]
    fn a_broken_file_is_refused_without_showing_what_is_in_it() {
        let home = tempfile::tempdir().unwrap();
        write_private(&home.path().join(FILE), "[hosts.a]\ntoken = jtu_secret\n").unwrap();
        let error = Hosts::read(home.path().to_owned()).unwrap_err();
        assert!(!format!("{error} {error:?} {:?}", error.hints()).contains("jtu_secret"));
    }

    #[test]
    fn signing_out_leaves_the_others() {
        let home = tempfile::tempdir().unwrap();
        let mut hosts = Hosts::read(home.path().to_owned()).unwrap();
        hosts.keep("https://a", mona()).unwrap();
        hosts.keep("https://b", mona()).unwrap();
        assert_eq!(hosts.default_host(), Some("https://b"));
        hosts.forget("https://b").unwrap();
        let again = Hosts::read(home.path().to_owned()).unwrap();
        assert!(again.get("https://b").is_none());
        assert_eq!(again.default_host(), Some("https://a"), "the only one left");
        hosts.forget("https://a").unwrap();
        let again = Hosts::read(home.path().to_owned()).unwrap();
        assert!(again.get("https://a").is_none());
        assert_eq!(again.default_host(), Some("https://a"), "to sign in again");
    }
}
