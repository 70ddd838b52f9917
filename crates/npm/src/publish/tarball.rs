//! Looking through the file of a version: nothing in it leads out of the folder that it is unpacked into, and it is what the
//! document says.

use std::fs::File;
use std::io::{self, BufReader, Read};

use flate2::read::MultiGzDecoder;
use serde_json::Value;
use tar::{Archive, EntryType, PaxExtensions};

use super::fault::Fault;

/// Entries of a file.
const MOST_ENTRIES: usize = 50_000;
/// Bytes of all that is packed in a file.
const MOST_UNPACKED: u64 = 1 << 30;
/// How many times as large as itself a file may unpack to, once that is more than [`ANYWAY`].
const MOST_RATIO: u64 = 200;
/// Bytes that any file may unpack to.
const ANYWAY: u64 = 8 << 20;
/// Bytes of a package.json.
const MOST_MANIFEST: u64 = 1 << 20;
/// Bytes of a long name or of what else stands before an entry.
const MOST_EXTENSION: u64 = 16 << 10;
/// The longest path, in bytes.
const MOST_PATH: usize = 4096;

fn bad(what: impl Into<String>) -> Fault {
    Fault::File(what.into())
}

/// Bounded in what comes out of it.
struct Bounded<R> {
    inner: R,
    left: u64,
}

/// More came out than may.
#[derive(Debug, thiserror::Error)]
#[error("it unpacks to more than it may")]
struct Bomb;

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other(Bomb))?;
        Ok(read)
    }
}

/// Looks through a file of `bytes` bytes.
pub(crate) fn check(file: File, bytes: u64, name: &str, version: &str) -> Result<(), Fault> {
    let left = bytes
        .saturating_mul(MOST_RATIO)
        .clamp(ANYWAY, MOST_UNPACKED);
    let unpacked = Bounded {
        inner: MultiGzDecoder::new(BufReader::new(file)),
        left,
    };
    let mut archive = Archive::new(unpacked);
    let entries = archive.entries().map_err(unreadable)?.raw(true);
    let (mut count, mut path, mut found) = (0, None, false);
    for entry in entries {
        let mut entry = entry.map_err(unreadable)?;
        count += 1;
        if count > MOST_ENTRIES {
            return Err(bad(format!("it has more than {MOST_ENTRIES} entries")));
        }
        let kind = entry.header().entry_type();
        match kind {
            EntryType::XHeader | EntryType::GNULongName => {
                let said = extension(&mut entry)?;
                path = match kind {
                    EntryType::XHeader => said_path(&said)?.or(path),
                    _ => Some(until_zero(&said)),
                };
                continue;
            }
            EntryType::XGlobalHeader => {
                // Git's archives say their commit here.
                if said_path(&extension(&mut entry)?)?.is_some() {
                    return Err(bad("it has one path for all of its entries"));
                }
                continue;
            }
            EntryType::Regular | EntryType::Continuous | EntryType::Directory => {}
            EntryType::Symlink | EntryType::Link | EntryType::GNULongLink => {
                return Err(bad("it holds a link, which no package has"));
            }
            _ => return Err(bad("it holds something that is neither file nor folder")),
        }
        let path = match path.take() {
            Some(path) => path,
            None => entry.path_bytes().into_owned(),
        };
        check_path(&path)?;
        check_root(&path)?;
        if path == b"package/package.json" && kind != EntryType::Directory {
            if found {
                return Err(bad("it holds `package/package.json` twice"));
            }
            found = true;
            let mut text = Vec::new();
            let read = (&mut entry).take(MOST_MANIFEST + 1).read_to_end(&mut text);
            read.map_err(unreadable)?;
            check_manifest(&text, name, version)?;
        }
    }
    if !found {
        return Err(bad("it holds no `package/package.json`"));
    }
    check_end(archive.into_inner())
}

/// Behind the block of zeros that ended it there is nothing but zeros.
///
/// SECURITY: some readers go on after one such block, and would find other files there than the ones that were looked at.
fn check_end(mut rest: impl Read) -> Result<(), Fault> {
    let mut block = [0; 8 << 10];
    loop {
        let read = rest.read(&mut block).map_err(unreadable)?;
        match block.get(..read) {
            None | Some([]) => return Ok(()),
            Some(bytes) if bytes.iter().all(|byte| *byte == 0) => {}
            Some(_) => return Err(bad("it goes on behind its end")),
        }
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "handed to `map_err`, which gives it away"
)]
fn unreadable(error: io::Error) -> Fault {
    if holds_bomb(&error) {
        bad("it unpacks to more than it may")
    } else {
        bad("it is no gzipped tar archive, or it is cut off")
    }
}

/// The archive's reader wraps what it is told.
fn holds_bomb(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| {
        let source = inner.source().and_then(|source| source.downcast_ref());
        inner.is::<Bomb>()
            || inner.downcast_ref().is_some_and(holds_bomb)
            || source.is_some_and(holds_bomb)
    })
}

/// What stands before an entry and is about it.
fn extension(entry: &mut impl Read) -> Result<Vec<u8>, Fault> {
    let mut said = Vec::new();
    let read = entry.take(MOST_EXTENSION + 1).read_to_end(&mut said);
    read.map_err(unreadable)?;
    if said.len() as u64 > MOST_EXTENSION {
        return Err(bad("it has a name that is too long"));
    }
    Ok(said)
}

fn until_zero(bytes: &[u8]) -> Vec<u8> {
    let end = bytes.iter().position(|byte| *byte == 0);
    bytes
        .get(..end.unwrap_or(bytes.len()))
        .unwrap_or(bytes)
        .to_vec()
}

/// The path that an extended header gives the entry behind it.
///
/// SECURITY: one that says another size is refused: two readers would find different entries.
fn said_path(said: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    let mut path = None;
    for record in PaxExtensions::new(said) {
        let record = record.map_err(unreadable)?;
        match record.key_bytes() {
            b"path" => path = Some(record.value_bytes().to_vec()),
            b"size" => return Err(bad("it has an entry that tells its size twice")),
            b"linkpath" => return Err(bad("it holds a link, which no package has")),
            key if key.starts_with(b"GNU.sparse") => {
                return Err(bad("it holds something that is neither file nor folder"));
            }
            _ => {}
        }
    }
    Ok(path)
}

/// Below the folder that it is unpacked into, and called in a way that every system takes.
fn check_path(path: &[u8]) -> Result<(), Fault> {
    let refused = || bad("it holds a path that leads out of it, or is none");
    let text = std::str::from_utf8(path).map_err(|_| refused())?;
    let text = text.strip_suffix('/').unwrap_or(text);
    let parts = text.split('/');
    let hostile = text.len() > MOST_PATH
        || text.contains('\\')
        || text.chars().any(char::is_control)
        || text.as_bytes().get(1) == Some(&b':')
        || parts.clone().any(|part| matches!(part, "" | "." | ".."));
    if hostile { Err(refused()) } else { Ok(()) }
}

/// Clients take the first folder off, whatever it is called, and some disks know no capitals: what lies in another folder, or
/// under another spelling, would take the place of what was looked at.
fn check_root(path: &[u8]) -> Result<(), Fault> {
    const MANIFEST: &[u8] = b"package/package.json";
    if path != b"package" && !path.starts_with(b"package/") {
        return Err(bad("it holds something beside the folder `package`"));
    }
    if path.eq_ignore_ascii_case(MANIFEST) && path != MANIFEST {
        return Err(bad("it holds `package/package.json` in another spelling"));
    }
    Ok(())
}

/// The file is of that package and that version.
fn check_manifest(text: &[u8], name: &str, version: &str) -> Result<(), Fault> {
    if text.len() as u64 > MOST_MANIFEST {
        return Err(bad("its package.json is too large"));
    }
    // What editors put before a text.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let manifest: Value =
        serde_json::from_slice(text).map_err(|_| bad("its package.json is no JSON"))?;
    let says = |field: &str| manifest.get(field).and_then(Value::as_str);
    // `npm` takes off what it need not have: `v1.0.0`, `=1.0.0`.
    let number = says("version").map(|said| said.trim().trim_start_matches(['v', '=']));
    if says("name") != Some(name) || number != Some(version) {
        return Err(bad(
            "its package.json has another name or version than the document",
        ));
    }
    Ok(())
}
