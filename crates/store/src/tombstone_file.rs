//! The file that tombstones are appended to: one JSON object a line, each with a checksum, synced before a write returns.
//!
//! `{"entry":{…},"crc":"0a1b2c3d"}` where the checksum is CRC-32/IEEE over the text of the entry's object. A last line without
//! its line feed is what a crash leaves of an append that was never acknowledged, and is dropped; any other bad line means
//! that somebody or something changed the file, and opening is refused.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use jeton_domain::Time;

use crate::tombstones::{Tombstone, TombstoneEntry};
use crate::{Incarnation, OpenError, Seq, StoreError};

const BEFORE: &str = "{\"entry\":";
const BETWEEN: &str = ",\"crc\":\"";
const AFTER: &str = "\"}";

pub(crate) struct TombstoneFile {
    file: File,
    path: PathBuf,
    /// Bytes that are known to be whole lines.
    length: u64,
    /// Entries of commits whose append failed; tried again before anything else.
    waiting: Vec<TombstoneEntry>,
}

impl TombstoneFile {
    /// Opens the file, or makes it readable for its owner only, and reads it.
    pub(crate) fn open(path: &Path) -> Result<(Self, Vec<TombstoneEntry>), OpenError> {
        let failed = |source| OpenError::TombstoneFile {
            place: path.display().to_string(),
            source,
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(failed)?;
        let whole = text
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        let lines = text.get(..whole).unwrap_or_default();
        let mut entries = Vec::new();
        for (index, line) in lines.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let entry = parse(line.strip_suffix(b"\n").unwrap_or(line)).ok_or_else(|| {
                OpenError::Tombstones {
                    place: path.display().to_string(),
                    line: index + 1,
                }
            })?;
            entries.push(entry);
        }
        let length = u64::try_from(whole).unwrap_or(u64::MAX);
        if whole < text.len() {
            tracing::warn!(
                bytes = text.len() - whole,
                "the torn last line of the tombstone file was dropped"
            );
            file.set_len(length).map_err(failed)?;
        }
        file.sync_all().map_err(failed)?;
        // The folder's entry must survive a power cut as well.
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(failed)?;
        }
        Ok((
            Self {
                file,
                path: path.to_owned(),
                length,
                waiting: Vec::new(),
            },
            entries,
        ))
    }

    /// Appends entries and syncs. What can't be appended waits for the next call; that one fails only on its own account.
    pub(crate) fn append(&mut self, entries: &[TombstoneEntry]) -> Result<(), StoreError> {
        self.waiting.extend_from_slice(entries);
        if self.waiting.is_empty() {
            return Ok(());
        }
        let lines: String = self
            .waiting
            .iter()
            .map(|entry| line(entry) + "\n")
            .collect();
        match self.write(&lines) {
            Ok(()) => {
                self.length += u64::try_from(lines.len()).unwrap_or(u64::MAX);
                self.waiting.clear();
                Ok(())
            }
            Err(error) => {
                // Half a line must not stay before the next one. Where even this fails, the next append writes over it.
                let _ = self.file.set_len(self.length);
                if entries.is_empty() {
                    tracing::warn!(%error, waiting = self.waiting.len(), "the tombstone file still can't be written");
                    return Ok(());
                }
                Err(StoreError::Unprotected {
                    what: format!("`{}`: {error}", self.path.display()),
                })
            }
        }
    }

    fn write(&mut self, lines: &str) -> std::io::Result<()> {
        self.file.seek(SeekFrom::Start(self.length))?;
        self.file.write_all(lines.as_bytes())?;
        self.file.sync_data()
    }
}

/// The text of an entry: the same for the same entry, so it can be compared.
pub(crate) fn text(entry: &TombstoneEntry) -> String {
    // Kind and reason are words of our own, so nothing needs escaping.
    let (kind, subject, other, reason) = entry.what.parts();
    format!(
        "{{\"incarnation\":{},\"seq\":{},\"n\":{},\"at\":{},\"kind\":\"{kind}\",\"subject\":{subject},\"other\":{other},\
         \"reason\":\"{reason}\"}}",
        entry.incarnation.0,
        entry.seq.0,
        entry.n,
        entry.at.micros(),
    )
}

fn line(entry: &TombstoneEntry) -> String {
    let text = text(entry);
    let crc = crc32fast::hash(text.as_bytes());
    format!("{BEFORE}{text}{BETWEEN}{crc:08x}{AFTER}")
}

fn parse(line: &[u8]) -> Option<TombstoneEntry> {
    let line = std::str::from_utf8(line).ok()?;
    let (text, crc) = line
        .strip_prefix(BEFORE)?
        .strip_suffix(AFTER)?
        .rsplit_once(BETWEEN)?;
    if format!("{:08x}", crc32fast::hash(text.as_bytes())) != crc {
        return None;
    }
    let entry: serde_json::Value = serde_json::from_str(text).ok()?;
    let number = |name: &str| entry.get(name).and_then(serde_json::Value::as_i64);
    let word = |name: &str| entry.get(name).and_then(serde_json::Value::as_str);
    Some(TombstoneEntry {
        incarnation: Incarnation(number("incarnation")?),
        seq: Seq(number("seq")?),
        n: number("n")?,
        at: Time::from_micros(number("at")?),
        what: Tombstone::from_parts(
            word("kind")?,
            number("subject")?,
            number("other")?,
            word("reason")?,
        )?,
    })
}

#[cfg(test)]
mod tests {
    use jeton_domain::Id as _;

    use super::*;

    fn entry(seq: i64) -> TombstoneEntry {
        TombstoneEntry {
            incarnation: Incarnation(1),
            seq: Seq(seq),
            n: 0,
            at: Time::from_seconds(5),
            what: Tombstone::SecretRetired(jeton_domain::SecretId::from_i64(seq).unwrap()),
        }
    }

    #[test]
    fn what_could_not_be_appended_waits_for_the_next_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tombstones");
        let (mut file, _) = TombstoneFile::open(&path).unwrap();
        file.append(&[entry(1)]).unwrap();
        // A handle that may only read stands for a disk that takes nothing.
        let good = std::mem::replace(&mut file.file, File::open(&path).unwrap());
        assert!(matches!(
            file.append(&[entry(2)]),
            Err(StoreError::Unprotected { .. })
        ));
        file.append(&[]).unwrap();
        file.file = good;
        file.append(&[entry(3)]).unwrap();
        let (_, entries) = TombstoneFile::open(&path).unwrap();
        assert_eq!(entries, [entry(1), entry(2), entry(3)]);
    }

    #[test]
    fn a_line_reads_back_and_any_changed_byte_is_seen() {
        let text = line(&entry(7));
        assert_eq!(parse(text.as_bytes()), Some(entry(7)));
        for index in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[index] ^= 1;
            assert_eq!(parse(&bytes), None, "byte {index}");
        }
    }
}
