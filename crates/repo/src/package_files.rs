//! Files of packages: what was published, by the package's number and the digest of its bytes.
//!
//! What comes in is written to a file of its own first, so that nothing that broke off is ever found. Which bytes a
//! digest stands for never changes: a file is made once, and gone with the last version that it belongs to.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use jeton_decide::Permit;
use jeton_domain::{Access, Id as _, PackageId};

use crate::layout::{Data, is_full, make_private};

/// Tells what comes in at a time apart.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// Why a file of a package was not touched.
#[derive(Debug, thiserror::Error)]
pub enum PackageFileError {
    /// The permit speaks of another package, or of reading where something is written.
    #[error("the permit does not cover this use of a package's files")]
    NotPermitted,
    /// A digest is 128 digits, `0` to `9` and `a` to `f`.
    #[error("`{0}` is no digest")]
    Digest(String),
    /// A folder could not be made.
    #[error("{0}")]
    Layout(String),
    /// The file system refused.
    #[error("`{path}`: {source}")]
    Io {
        /// What was touched.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

impl PackageFileError {
    /// Whether there is no room for what was to be written.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if is_full(source))
    }

    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// A file that comes in. Dropping it removes it.
#[derive(Debug)]
pub struct Incoming {
    file: File,
    path: PathBuf,
}

impl Data {
    /// Begins to take a file in. Blocking.
    pub fn receive_package_file(&self, permit: &Permit) -> Result<Incoming, PackageFileError> {
        if permit.access() != Access::Write {
            return Err(PackageFileError::NotPermitted);
        }
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = self.tmp().join(format!("package-{number}"));
        let file = OpenOptions::new()
            .write(true)
            .read(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(PackageFileError::io(&path))?;
        Ok(Incoming { file, path })
    }

    /// Puts a file that came in where the package has its own. Blocking; what is kept outlives a loss of power.
    ///
    /// `permit`: to change that package, or to make one, which has no number before.
    pub fn keep_package_file(
        &self,
        permit: &Permit,
        package: PackageId,
        digest: &str,
        incoming: &Incoming,
    ) -> Result<(), PackageFileError> {
        let covers = permit.package().is_none_or(|own| own == package);
        if permit.access() != Access::Write || !covers || permit.account().is_none() {
            return Err(PackageFileError::NotPermitted);
        }
        let path = self.package_file(package, digest)?;
        let folder = path.parent().unwrap_or(&path);
        make_private(folder).map_err(|error| PackageFileError::Layout(error.to_string()))?;
        std::fs::rename(&incoming.path, &path).map_err(PackageFileError::io(&path))?;
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(PackageFileError::io(folder))
    }

    /// Opens a file of a package to read it. Blocking.
    pub fn open_package_file(
        &self,
        permit: &Permit,
        package: PackageId,
        digest: &str,
    ) -> Result<File, PackageFileError> {
        if permit.package() != Some(package) {
            return Err(PackageFileError::NotPermitted);
        }
        let path = self.package_file(package, digest)?;
        File::open(&path).map_err(PackageFileError::io(&path))
    }

    /// Removes a file of a package that no version needs any more. Blocking; one that is gone is no fault.
    pub fn remove_package_file(
        &self,
        permit: &Permit,
        package: PackageId,
        digest: &str,
    ) -> Result<(), PackageFileError> {
        if permit.package() != Some(package) || permit.access() != Access::Write {
            return Err(PackageFileError::NotPermitted);
        }
        gone(&self.package_file(package, digest)?)
    }

    /// The packages that have a folder here, by number. Blocking.
    pub fn package_folders(&self) -> Result<Vec<PackageId>, PackageFileError> {
        let mut found = Vec::new();
        for first in names_in(&self.packages())? {
            let first = self.packages().join(first);
            for second in names_in(&first)? {
                let numbers = names_in(&first.join(second))?;
                let ids = numbers.iter().filter_map(|name| name.parse().ok());
                found.extend(ids.filter_map(PackageId::from_i64));
            }
        }
        Ok(found)
    }

    /// The digests by which files of a package are named. Blocking.
    pub fn package_digests(&self, package: PackageId) -> Result<Vec<String>, PackageFileError> {
        let mut digests = names_in(&self.package_folder(package))?;
        digests.retain(|name| is_digest(name));
        Ok(digests)
    }

    /// Removes a file that no version needs. Blocking; one that is gone is no fault.
    ///
    /// Whoever calls knows that nothing of the package comes in meanwhile.
    pub fn discard_package_file(
        &self,
        package: PackageId,
        digest: &str,
    ) -> Result<(), PackageFileError> {
        gone(&self.package_file(package, digest)?)
    }

    fn package_folder(&self, package: PackageId) -> PathBuf {
        let number = package.get();
        let first = format!("{:02x}", (number >> 8) & 0xff);
        let second = format!("{:02x}", number & 0xff);
        let folder = self.packages().join(first).join(second);
        folder.join(number.to_string())
    }

    fn package_file(&self, package: PackageId, digest: &str) -> Result<PathBuf, PackageFileError> {
        if !is_digest(digest) {
            return Err(PackageFileError::Digest(digest.to_owned()));
        }
        Ok(self.package_folder(package).join(digest))
    }
}

fn is_digest(text: &str) -> bool {
    let is_digit = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    text.len() == 128 && text.as_bytes().iter().all(is_digit)
}

/// What a folder holds; nothing, where there is none.
fn names_in(folder: &Path) -> Result<Vec<String>, PackageFileError> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(PackageFileError::io(folder))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(PackageFileError::io(folder))?.file_name();
        names.extend(name.into_string());
    }
    names.sort();
    Ok(names)
}

fn gone(path: &Path) -> Result<(), PackageFileError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(PackageFileError::io(path)(error))
        }
        _ => Ok(()),
    }
}

impl Incoming {
    /// Makes sure that what came in is on the disk.
    pub fn finish(&mut self) -> Result<(), PackageFileError> {
        self.file
            .sync_all()
            .map_err(PackageFileError::io(&self.path))
    }

    /// What came in, from its beginning.
    pub fn reader(&self) -> Result<File, PackageFileError> {
        File::open(&self.path).map_err(PackageFileError::io(&self.path))
    }
}

impl Write for Incoming {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // What was kept is not here any more.
        let _ = std::fs::remove_file(&self.path);
    }
}
