//! How far this database had come, written down outside it: so a restored backup is noticed even if nothing was taken away
//! after it was made, and no number is given out twice.
//!
//! One line of fixed length beside the tombstone file, written over after each commit: incarnation, number of the change,
//! highest id that was ever given out, checksum. It is not synced: a loss of power may leave an older line, which is no reason for an alarm, and a line is never
//! ahead of what the database has made durable. What can't be read counts as not there.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use crate::{Incarnation, OpenError, Seq};

/// What the line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) incarnation: Incarnation,
    pub(crate) seq: Seq,
    /// Of all kinds.
    pub(crate) id: i64,
}

pub(crate) struct HighWater {
    file: File,
    id: i64,
    /// Said once, not at each change.
    complained: bool,
}

impl HighWater {
    /// Opens the file beside the tombstones, or makes it, and reads it.
    pub(crate) fn open(tombstones: &Path) -> Result<(Self, Option<Mark>), OpenError> {
        let mut path = tombstones.as_os_str().to_owned();
        path.push(".seq");
        let failed = |source| OpenError::TombstoneFile {
            place: Path::new(&path).display().to_string(),
            source,
        };
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        let text = std::io::read_to_string(&file).unwrap_or_default();
        let mark = parse(&text);
        Ok((
            Self {
                file,
                id: mark.map_or(0, |mark| mark.id),
                complained: false,
            },
            mark,
        ))
    }

    /// Writes down that this change is committed. `id` is the highest that it gave out, or 0.
    pub(crate) fn note(&mut self, incarnation: Incarnation, seq: Seq, id: i64) {
        self.id = self.id.max(id);
        let line = line(Mark {
            incarnation,
            seq,
            id: self.id,
        });
        if let Err(error) = self.file.write_all_at(line.as_bytes(), 0)
            && !self.complained
        {
            self.complained = true;
            // It carries no authority: what is lost is the notice of a restored backup.
            tracing::warn!(%error, "how far the database had come could not be written down beside the tombstones");
        }
    }
}

fn line(mark: Mark) -> String {
    let numbers = format!(
        "{:020} {:020} {:020}",
        mark.incarnation.0, mark.seq.0, mark.id
    );
    format!("{numbers} {:08x}\n", crc32fast::hash(numbers.as_bytes()))
}

fn parse(text: &str) -> Option<Mark> {
    let mut words = text.split_whitespace();
    let mut number = || words.next()?.parse().ok();
    let mark = Mark {
        incarnation: Incarnation(number()?),
        seq: Seq(number()?),
        id: number()?,
    };
    (line(mark) == text).then_some(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_and_a_changed_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tombstones");
        let (mut file, mark) = HighWater::open(&path).unwrap();
        assert_eq!(mark, None);
        file.note(Incarnation(i64::MAX), Seq(1_000), 40);
        file.note(Incarnation(7), Seq(9), 3);
        let (_, mark) = HighWater::open(&path).unwrap();
        let last = Mark {
            incarnation: Incarnation(7),
            seq: Seq(9),
            id: 40,
        };
        assert_eq!(mark, Some(last), "ids only rise");
        let text = line(last);
        for index in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[index] ^= 1;
            assert_eq!(parse(std::str::from_utf8(&bytes).unwrap()), None, "{index}");
        }
    }
}
