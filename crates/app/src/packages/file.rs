//! Giving the file of a version.

use std::fs::File;
use std::io::Read as _;

use bytes::Bytes;
use jeton_store::package_versions;

use super::kept::{Part, Written};
use super::publish::file_fault;
use super::row;
use super::show::kept_at_once;
use crate::app::App;
use crate::call::Call;
use crate::error::AppError;

/// Read at a time, in bytes.
const PIECE: usize = 64 << 10;
/// A file up to this size, in bytes, is given whole, and kept in memory.
const WHOLE: u64 = 256 << 10;

/// A file, as it is given.
#[derive(Debug)]
pub enum GivenFile {
    /// A small one.
    Whole(Written),
    /// A large one, piece by piece.
    Pieces(Box<Tarball>),
}

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
    /// Names its bytes, in quotes.
    pub tag: String,
}

/// The version whose file has this name: `left-pad-1.0.0.tgz` of `left-pad`.
pub(super) fn version_of<'a>(package: &str, file: &'a str) -> Option<&'a str> {
    file.strip_prefix(package)?
        .strip_prefix('-')?
        .strip_suffix(".tgz")
}

/// The file of that name of a package.
pub fn tarball(app: &App, call: &Call, name: &str) -> Result<GivenFile, AppError> {
    app.read(call, |unit, acting| {
        acting.keep(unit.seq());
        let package = row(unit, acting)?;
        let number = version_of(&package.name, name).ok_or(AppError::Missing("file"))?;
        let version =
            package_versions::get(unit, package.id, number)?.ok_or(AppError::Missing("version"))?;
        let part = Part::File(name.to_owned());
        let kept = app
            .kept_packages
            .get(package.id, part.clone(), &app.changes);
        if let Some(kept) = kept {
            return Ok(GivenFile::Whole(kept));
        }
        let mut file = app
            .data()
            .open_package_file(&acting.permit, package.id, &version.digest)
            .map_err(|error| file_fault(&error))?;
        let bytes = u64::try_from(version.bytes).unwrap_or_default();
        let tag = format!("\"{}\"", version.digest.get(..32).unwrap_or_default());
        if bytes <= WHOLE {
            let whole = some_of(&mut file, bytes)?;
            if whole.len() as u64 != bytes {
                return Err(cut_off());
            }
            let written = Written {
                bytes: whole.into(),
                tag,
            };
            app.kept_packages
                .put((package.id, package.owner), part, &written, unit.seq());
            return Ok(GivenFile::Whole(written));
        }
        let pieces = Tarball {
            app: app.clone(),
            call: call.clone(),
            file,
            left: bytes,
            bytes,
            tag,
        };
        Ok(GivenFile::Pieces(Box::new(pieces)))
    })
}

/// The same of a small file, from memory alone.
pub fn tarball_at_once(app: &App, call: &Call, name: &str) -> Option<Result<Written, AppError>> {
    kept_at_once(app, call, Part::File(name.to_owned()))
}

/// As much as there is, up to so many bytes.
fn some_of(file: &mut File, most: u64) -> Result<Vec<u8>, AppError> {
    let mut bytes = Vec::with_capacity(usize::try_from(most).unwrap_or_default());
    let read = file.take(most).read_to_end(&mut bytes);
    read.map_err(|error| AppError::Data(error.to_string()))?;
    Ok(bytes)
}

fn cut_off() -> AppError {
    AppError::Data("a file of a package is cut off".to_owned())
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
        let piece = some_of(&mut self.file, self.left.min(PIECE as u64))?;
        if piece.is_empty() {
            return Err(cut_off());
        }
        self.left -= piece.len() as u64;
        Ok(Some(piece.into()))
    }
}
