//! What git reports of a push (`report-status`), read from its answer on the way to the client.

use std::collections::hash_map::Entry;

use jeton_app::git::Report;

use crate::commands::LONGEST;

/// The most refs that are kept of a report: more than a push may change.
const MOST: usize = 1 << 13;

/// Reads the report, with or without side bands around it. Memory: two lines, and a name for each ref.
#[derive(Debug, Default)]
pub(crate) struct ReportScan {
    outer: Lines,
    /// What came on the first band.
    inner: Lines,
    report: Report,
}

impl ReportScan {
    /// Takes the next piece of git's answer.
    pub(crate) fn take(&mut self, mut piece: &[u8]) {
        while let Some(line) = self.outer.next(&mut piece) {
            match line.split_first() {
                Some((1, mut banded)) => {
                    while let Some(line) = self.inner.next(&mut banded) {
                        note(&mut self.report, line);
                    }
                }
                Some((2 | 3, _)) | None => {}
                Some(_) => note(&mut self.report, line),
            }
        }
    }

    /// What was reported so far.
    pub(crate) fn report(self) -> Report {
        self.report
    }
}

fn note(report: &mut Report, line: &[u8]) {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let (name, done) = match line.split_at_checked(3) {
        Some((b"ok ", name)) => (name, true),
        Some((b"ng ", rest)) => (rest.split(|&b| b == b' ').next().unwrap_or(rest), false),
        // How the pack was unpacked, and what a ref was called before a rewrite.
        _ => return,
    };
    let name = String::from_utf8_lossy(name).into_owned();
    // SECURITY: a name may hold a blank where Git refuses it for that, and what is read of it then may be another
    // ref's name. So what was done stays done, whatever else is said under its name.
    let full = report.len() >= MOST;
    match report.entry(name) {
        Entry::Occupied(mut known) => *known.get_mut() |= done,
        Entry::Vacant(free) if !full => {
            free.insert(done);
        }
        Entry::Vacant(_) => {}
    }
}

/// Puts pkt-lines together.
#[derive(Debug, Default)]
struct Lines {
    /// Of a line: its digits, then what is in it.
    line: Vec<u8>,
    /// The last line was given away.
    given: bool,
    /// What came is no pkt-line: nothing behind it is read.
    lost: bool,
}

impl Lines {
    /// The next whole line's content, less what it took from `piece`; empty for a flush. `None`: more is needed.
    fn next(&mut self, piece: &mut &[u8]) -> Option<&[u8]> {
        if std::mem::take(&mut self.given) {
            self.line.clear();
        }
        while !self.lost {
            let wanted = self.wanted()?;
            let missing = wanted.saturating_sub(self.line.len());
            if missing == 0 {
                self.given = true;
                return self.line.get(4..);
            }
            let (taken, rest) = piece.split_at(missing.min(piece.len()));
            if taken.is_empty() {
                return None;
            }
            self.line.extend_from_slice(taken);
            *piece = rest;
        }
        None
    }

    /// How long the line is with its digits, as far as they are there.
    fn wanted(&mut self) -> Option<usize> {
        let Some(digits) = self.line.get(..4) else {
            return Some(4);
        };
        let digits = std::str::from_utf8(digits).ok();
        let length = digits.and_then(|digits| usize::from_str_radix(digits, 16).ok());
        match length {
            Some(0) => Some(4),
            Some(length @ 4..=LONGEST) => Some(length),
            _ => {
                self.lost = true;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(content: &[u8]) -> Vec<u8> {
        [format!("{:04x}", content.len() + 4).as_bytes(), content].concat()
    }

    fn banded(band: u8, content: &[u8]) -> Vec<u8> {
        line(&[&[band], content].concat())
    }

    /// As a whole and byte by byte.
    fn read(answer: &[u8]) -> Vec<(String, bool)> {
        let mut whole = ReportScan::default();
        whole.take(answer);
        let mut parts = ReportScan::default();
        for byte in answer {
            parts.take(&[*byte]);
        }
        assert_eq!(whole.report, parts.report);
        let mut report: Vec<_> = whole.report().into_iter().collect();
        report.sort();
        report
    }

    fn report() -> Vec<u8> {
        [
            line(b"unpack ok\n"),
            line(b"ok refs/heads/a\n"),
            line(b"option refname refs/heads/other\n"),
            line(b"ng refs/heads/b hook declined ok refs/heads/c\n"),
            b"0000".to_vec(),
        ]
        .concat()
    }

    #[test]
    fn a_report_is_read_with_bands_and_without() {
        let told = vec![
            ("refs/heads/a".to_owned(), true),
            ("refs/heads/b".to_owned(), false),
        ];
        let report = report();
        assert_eq!(read(&report), told);
        let (first, second) = report.split_at(23);
        let bands = [
            banded(2, b"ok refs/heads/said-by-a-hook\n"),
            banded(1, first),
            banded(2, &line(b"ok refs/heads/said-by-a-hook\n")),
            banded(1, second),
            b"0000".to_vec(),
        ]
        .concat();
        assert_eq!(read(&bands), told);
    }

    #[test]
    fn what_was_done_stays_done_whatever_is_said_of_a_name_with_a_blank() {
        let done = line(b"ok refs/heads/c\n");
        let odd = line(b"ng refs/heads/c x funny refname\n");
        for answer in [[&done[..], &odd].concat(), [&odd[..], &done].concat()] {
            assert_eq!(read(&answer), [("refs/heads/c".to_owned(), true)]);
        }
    }

    #[test]
    fn what_is_no_report_says_nothing_and_takes_no_room() {
        for answer in [
            &b""[..],
            b"0000",
            b"00",
            b"0003ok refs/heads/a",
            b"zzzz",
            b"ffff",
        ] {
            assert!(read(answer).is_empty(), "{answer:?}");
        }
        let many: Vec<u8> = (0..2 * MOST)
            .flat_map(|n| line(format!("ok refs/heads/{n}").as_bytes()))
            .collect();
        let mut scan = ReportScan::default();
        scan.take(&many);
        assert_eq!(scan.report.len(), MOST);
        assert!(scan.outer.line.capacity() < 1 << 17);
    }
}
