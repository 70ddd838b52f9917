//! Giving the file of a version.

use std::fs::File;
use std::io::Read as _;

use bytes::Bytes;
use jeton_store::{package_versions, packages};

use super::publish::file_fault;
use crate::app::App;
use crate::call::Call;
use crate::error::AppError;

/// Read at a time, in bytes.
const PIECE: usize = 64 << 10;

/// A file that is being given. Each piece is decided afresh, from memory where nothing has changed: what takes the
/// permit away cuts it.
#[derive(Debug)]
pub struct Tarball {
    app: App,
    call: Call,
    file: File,
    left: u64,
    /// Size, in bytes.
    pub bytes: u64,
    /// SHA-512 in hexadecimal.
    pub digest: String,
}

/// The version whose file has this name: `left-pad-1.0.0.tgz` of `left-pad`.
pub(super) fn version_of<'a>(package: &str, file: &'a str) -> Option<&'a str> {
    file.strip_prefix(package)?
        .strip_prefix('-')?
        .strip_suffix(".tgz")
}

/// The file of that name of a package.
pub fn tarball(app: &App, call: &Call, name: &str) -> Result<Tarball, AppError> {
    app.read(call, |unit, acting| {
        acting.keep(unit.seq());
        let package = acting.package()?;
        let id = package.id.ok_or(AppError::Missing("package"))?;
        packages::by_id(unit, id)?.ok_or(AppError::Missing("package"))?;
        let number = version_of(&package.name, name).ok_or(AppError::Missing("file"))?;
        let version =
            package_versions::get(unit, id, number)?.ok_or(AppError::Missing("version"))?;
        let file = app
            .data()
            .open_package_file(&acting.permit, id, &version.digest)
            .map_err(|error| file_fault(&error))?;
        let bytes = u64::try_from(version.bytes).unwrap_or_default();
        Ok(Tarball {
            app: app.clone(),
            call: call.clone(),
            file,
            left: bytes,
            bytes,
            digest: version.digest,
        })
    })
}

impl Tarball {
    /// The next piece; nothing at the end. On a thread that may block.
    pub fn piece(&mut self) -> Result<Option<Bytes>, AppError> {
        if self.left == 0 {
            return Ok(None);
        }
        if self.left < self.bytes {
            self.app.permit_again(&self.call, None, None)?;
        }
        let mut piece = Vec::with_capacity(PIECE);
        let most = self.left.min(PIECE as u64);
        let read = (&mut self.file).take(most).read_to_end(&mut piece);
        let read = read.map_err(|error| AppError::Data(error.to_string()))? as u64;
        if read == 0 {
            return Err(AppError::Data("a file of a package is cut off".to_owned()));
        }
        self.left -= read;
        Ok(Some(piece.into()))
    }
}
