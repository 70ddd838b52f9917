//! The command `ls-refs` of protocol version 2.

use bytes::Bytes;

use super::snapshot::Snapshot;
use crate::Oid;
use crate::pack_line::{self, Line, Next};
use crate::refs::{Head, Peeled};

/// A longer request is left to git.
const MOST_BYTES: usize = 64 * 1024;

/// With more prefixes than this git ignores them all; such a request is left to it.
const MOST_PREFIXES: usize = 4096;

/// A request for references.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LsRefs {
    peel: bool,
    symrefs: bool,
    unborn: bool,
    prefixes: Vec<Vec<u8>>,
}

/// What the beginning of a request's body says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peek {
    /// It is a whole request for references.
    LsRefs(LsRefs),
    /// It may become one.
    NeedMore,
    /// It is something else, or unusual: git is to answer it.
    Other,
}

impl LsRefs {
    /// Looks at the beginning of a request's body with protocol version 2. `ended`: there is no more.
    pub fn peek(body: &[u8], ended: bool) -> Peek {
        if body.len() > MOST_BYTES {
            return Peek::Other;
        }
        match Self::parse(body, ended) {
            Some(peek) => peek,
            None => Peek::Other,
        }
    }

    fn parse(mut body: &[u8], ended: bool) -> Option<Peek> {
        let mut request = Self::default();
        let more = (!ended).then_some(Peek::NeedMore);
        let mut section = Section::Command;
        loop {
            let line = match pack_line::next(body) {
                Next::Cut => return more,
                Next::Malformed => return None,
                Next::Line(line, rest) => {
                    body = rest;
                    line
                }
            };
            section = match (section, line) {
                (Section::Command, Line::Data(line)) if chomp(line) == b"command=ls-refs" => {
                    Section::Capabilities
                }
                (Section::Capabilities, Line::Data(line)) if is_known_capability(chomp(line)) => {
                    Section::Capabilities
                }
                (Section::Capabilities, Line::Delimiter) => Section::Arguments,
                (Section::Arguments, Line::Data(line)) => {
                    request.argument(chomp(line))?;
                    Section::Arguments
                }
                (Section::Capabilities | Section::Arguments, Line::Flush) => break,
                _ => return None,
            };
        }
        // One request in a body: what follows it is nothing that a client sends.
        match (body.is_empty(), ended) {
            (true, true) => Some(Peek::LsRefs(request)),
            (true, false) => Some(Peek::NeedMore),
            (false, _) => None,
        }
    }

    fn argument(&mut self, argument: &[u8]) -> Option<()> {
        match argument {
            b"peel" => self.peel = true,
            b"symrefs" => self.symrefs = true,
            b"unborn" => self.unborn = true,
            _ => {
                self.prefixes
                    .push(argument.strip_prefix(b"ref-prefix ")?.to_vec());
                if self.prefixes.len() > MOST_PREFIXES {
                    return None;
                }
            }
        }
        Some(())
    }

    /// The answer, as git gives it. `None`: no pkt-line can hold it.
    pub(super) fn answer(&self, snapshot: &Snapshot) -> Option<Bytes> {
        let mut out = Vec::with_capacity(64 + 96 * snapshot.references.len());
        match &snapshot.head {
            Head::Branch { name, tip } if tip.is_some() || (self.unborn && self.symrefs) => {
                self.line(&mut out, *tip, "HEAD", Some(name), snapshot.head_peeled)?;
            }
            Head::Detached(id) => {
                self.line(&mut out, Some(*id), "HEAD", None, snapshot.head_peeled)?;
            }
            Head::Branch { .. } => {}
        }
        for found in &snapshot.references {
            self.line(
                &mut out,
                Some(found.target),
                &found.name,
                found.symbolic.as_deref(),
                found.peeled,
            )?;
        }
        pack_line::flush(&mut out);
        Some(Bytes::from(out))
    }

    fn line(
        &self,
        out: &mut Vec<u8>,
        target: Option<Oid>,
        name: &str,
        symbolic: Option<&str>,
        peeled: Option<Peeled>,
    ) -> Option<()> {
        let asked = |prefix: &Vec<u8>| name.as_bytes().starts_with(prefix);
        if !self.prefixes.is_empty() && !self.prefixes.iter().any(asked) {
            return Some(());
        }
        let (mut hex, mut behind) = ([0; 40], [0; 40]);
        let first: &[u8] = match target {
            Some(id) => {
                let _ = id.hex_to_buf(&mut hex);
                &hex
            }
            None => b"unborn",
        };
        let mut parts: Vec<&[u8]> = vec![first, b" ", name.as_bytes()];
        if let Some(last) = symbolic.filter(|_| self.symrefs) {
            parts.extend_from_slice(&[b" symref-target:", last.as_bytes()]);
        }
        if let Some(Peeled::To(id)) = peeled.filter(|_| self.peel) {
            let _ = id.hex_to_buf(&mut behind);
            parts.extend_from_slice(&[b" peeled:", &behind]);
        }
        parts.push(b"\n");
        pack_line::push(out, &parts).then_some(())
    }
}

/// Where in the request a line stands.
enum Section {
    Command,
    Capabilities,
    Arguments,
}

fn chomp(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").unwrap_or(line)
}

/// Capabilities that do not change the answer.
fn is_known_capability(line: &[u8]) -> bool {
    line.starts_with(b"agent=") || line == b"object-format=sha1"
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: &[u8] =
        b"0014command=ls-refs\n0015agent=git/2.47.3\n0016object-format=sha100010009peel\n\
        000csymrefs\n000bunborn\n0014ref-prefix HEAD\n001bref-prefix refs/heads/\n0000";

    #[test]
    fn the_usual_request_is_understood() {
        let Peek::LsRefs(request) = LsRefs::peek(USUAL, true) else {
            panic!("not understood")
        };
        assert!(request.peel && request.symrefs && request.unborn);
        assert_eq!(
            request.prefixes,
            [b"HEAD".to_vec(), b"refs/heads/".to_vec()]
        );
        assert_eq!(
            LsRefs::peek(b"0014command=ls-refs\n0000", true),
            Peek::LsRefs(LsRefs::default())
        );
    }

    #[test]
    fn every_beginning_needs_more_and_is_nothing_when_it_ends_there() {
        for end in 0..USUAL.len() {
            assert_eq!(LsRefs::peek(&USUAL[..end], false), Peek::NeedMore, "{end}");
            assert_eq!(LsRefs::peek(&USUAL[..end], true), Peek::Other, "{end}");
        }
        assert_eq!(LsRefs::peek(USUAL, false), Peek::NeedMore);
    }

    #[test]
    fn anything_unusual_is_left_to_git() {
        for body in [
            &b"0012command=fetch\n0000"[..],
            b"0000",
            b"00010000",
            b"garbage!",
            b"0014command=ls-refs\n0014command=ls-refs\n0000",
            b"0014command=ls-refs\n0019object-format=sha256\n0000",
            b"0014command=ls-refs\n0013server-option=x0000",
            b"0014command=ls-refs\n0001000aunknown0000",
            b"0014command=ls-refs\n000100000000",
            b"0014command=ls-refs\n00010001",
        ] {
            assert_eq!(
                LsRefs::peek(body, true),
                Peek::Other,
                "{:?}",
                String::from_utf8_lossy(body)
            );
        }
        assert_eq!(LsRefs::peek(b"0012command=fetch\n", false), Peek::Other);
        assert_eq!(
            LsRefs::peek(&vec![b'0'; MOST_BYTES + 1], false),
            Peek::Other
        );
    }
}
