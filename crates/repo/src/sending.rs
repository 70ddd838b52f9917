//! A push of the server's own: what a client over REST wants is sent to `git receive-pack` as a client of Git's would send
//! it, so that it passes the same seam, the same locks and the same checks.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::children::{Registration, Runner, StartError};
use crate::hook::{RefCommand, Ticket};
use crate::objects::{NewObject, ObjectKind, ObjectsError};
use crate::open::Writable;
use crate::pack_line::{self, Line, Next};
use crate::protocol::Protocol;
use crate::questions::{Bounds, Questions};

/// The longest report of a push, in bytes: it is of few references.
const MOST_REPORT: u64 = 64 << 10;

/// Objects are stored one file each, and each is synced.
const STORED: Bounds = Bounds {
    bytes: 1 << 20,
    time: Duration::from_mins(1),
    cut: false,
};

/// What git said of the references of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// They are changed.
    Done,
    /// They are as they were: of several all are refused where one is.
    Refused,
    /// Nothing was heard.
    Unknown,
}

impl Runner {
    /// Pushes objects and changes of references: all, or none. The hooks are asked as in every push.
    pub async fn send(
        &self,
        repository: &Writable,
        ticket: Ticket,
        registration: Registration,
        commands: &[RefCommand],
        objects: &[NewObject],
    ) -> Result<Sent, StartError> {
        let mut body = Vec::new();
        // What is spoken stands behind the first reference.
        let mut spoken: &[u8] = b"\0 report-status atomic object-format=sha1\n";
        for command in commands {
            let (old, new) = (command.old.to_string(), command.new.to_string());
            let line = [
                old.as_bytes(),
                b" ",
                new.as_bytes(),
                b" ",
                command.name.as_bytes(),
                std::mem::replace(&mut spoken, b"\n"),
            ];
            if !pack_line::push(&mut body, &line) {
                return Err(StartError::Spawn(std::io::ErrorKind::InvalidInput.into()));
            }
        }
        body.extend_from_slice(b"0000");
        // What only goes has nothing to bring.
        if !commands.iter().all(RefCommand::is_delete) {
            body.extend_from_slice(&pack(objects)?);
        }
        let transfer = self
            .receive_pack(repository, Protocol::V0, ticket, registration)
            .await?;
        let ending = transfer.ending();
        let (mut input, output) = transfer.split();
        let mut report = Vec::new();
        let mut output = output.take(MOST_REPORT);
        let ((), ()) = tokio::join!(
            async {
                // Git may end without reading all of it, and says why.
                let _ = input.write_all(&body).await;
                drop(input);
            },
            async {
                // Any other end than a good one leaves what was said until then.
                let _ = output.read_to_end(&mut report).await;
            }
        );
        ending.wait().await;
        let names = commands.iter().map(|command| command.name.as_str());
        Ok(together(names.map(|name| heard(&report, name))))
    }
}

/// What was said of several, which go together.
fn together(each: impl Iterator<Item = Sent>) -> Sent {
    each.reduce(|all, one| match (all, one) {
        (Sent::Refused, _) | (_, Sent::Refused) => Sent::Refused,
        (Sent::Done, Sent::Done) => Sent::Done,
        _ => Sent::Unknown,
    })
    .unwrap_or(Sent::Unknown)
}

/// `unpack ok`, then `ok NAME` or `ng NAME WHY`.
fn heard(mut report: &[u8], name: &str) -> Sent {
    while let Next::Line(Line::Data(line), rest) = pack_line::next(report) {
        report = rest;
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let of = |word: &[u8]| {
            let said = line.strip_prefix(word)?;
            let said = said.strip_prefix(name.as_bytes())?;
            (said.is_empty() || said.starts_with(b" ")).then_some(())
        };
        if of(b"ok ").is_some() {
            return Sent::Done;
        }
        if of(b"ng ").is_some() {
            return Sent::Refused;
        }
    }
    Sent::Unknown
}

impl Questions {
    /// Stores objects that no reference leads to yet. Git looks at their form, and that what they lead to is
    /// there: [`crate::AskError::Failed`] where it is not. Blocking.
    pub fn store(&self, repository: &Writable, objects: &[NewObject]) -> Result<(), ObjectsError> {
        let pack = pack(objects).map_err(crate::AskError::Run)?;
        let arguments = ["unpack-objects", "-q", "--strict"];
        self.ask(repository, &arguments, &pack, STORED)?;
        Ok(())
    }
}

/// Objects as git sends them: a head, each whole and compressed, a sum over all.
fn pack(objects: &[NewObject]) -> std::io::Result<Vec<u8>> {
    let count = u32::try_from(objects.len()).map_err(|_| std::io::ErrorKind::InvalidInput)?;
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend_from_slice(&count.to_be_bytes());
    for object in objects {
        head(&mut pack, object.kind, object.contents.len());
        let mut compressed = ZlibEncoder::new(&mut pack, Compression::fast());
        compressed.write_all(&object.contents)?;
        compressed.finish()?;
    }
    let mut sum = gix::hash::hasher(gix::hash::Kind::Sha1);
    sum.update(&pack);
    let sum = sum
        .try_finalize()
        .map_err(|error| std::io::Error::other(error.to_string()))?;
    pack.extend_from_slice(sum.as_slice());
    Ok(pack)
}

/// Kind and length: four bits of it beside the kind, seven in each byte that follows, the lowest first.
fn head(pack: &mut Vec<u8>, kind: ObjectKind, length: usize) {
    let kind: u8 = match kind {
        ObjectKind::Commit => 1,
        ObjectKind::Tree => 2,
        ObjectKind::Blob => 3,
        ObjectKind::Tag => 4,
    };
    let low = |length: usize, bits: usize| u8::try_from(length & bits).unwrap_or(0);
    let mut byte = kind << 4 | low(length, 0x0f);
    let mut rest = length >> 4;
    while rest > 0 {
        pack.push(byte | 0x80);
        byte = low(rest, 0x7f);
        rest >>= 7;
    }
    pack.push(byte);
}

#[cfg(test)]
mod tests {
    use super::*;
    use Sent::{Done, Refused, Unknown};

    #[test]
    fn git_reads_what_is_packed() {
        let folder = tempfile::tempdir().unwrap();
        let git = |arguments: &[&str], input: &[u8]| {
            let mut child = std::process::Command::new("git")
                .current_dir(folder.path())
                .args(arguments)
                .stdin(std::process::Stdio::piped())
                .stdout(std::process::Stdio::piped())
                .spawn()
                .unwrap();
            child.stdin.take().unwrap().write_all(input).unwrap();
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{arguments:?}");
            output.stdout
        };
        git(&["init", "-q", "--bare"], b"");
        let sizes = [0, 1, 15, 16, 127, 128, 2047, 2048, 70_000];
        let blobs: Vec<NewObject> = sizes
            .iter()
            .map(|size| NewObject::blob(vec![b'x'; *size]).unwrap())
            .collect();
        git(
            &["unpack-objects", "-q", "--strict"],
            &pack(&blobs).unwrap(),
        );
        for (blob, size) in blobs.iter().zip(sizes) {
            let read = git(&["cat-file", "blob", &blob.id.to_string()], b"");
            assert_eq!(read.len(), size);
        }
        git(&["unpack-objects", "-q"], &pack(&[]).unwrap());
    }

    #[test]
    fn a_report_is_of_the_reference_that_was_sent() {
        let report = |lines: &[&str]| {
            let mut report = Vec::new();
            for line in lines {
                pack_line::push(&mut report, &[line.as_bytes(), b"\n"]);
            }
            heard(&report, "refs/heads/x")
        };
        assert_eq!(report(&["unpack ok", "ok refs/heads/x"]), Sent::Done);
        assert_eq!(
            report(&["unpack ok", "ng refs/heads/x hook declined"]),
            Sent::Refused
        );
        for other in [
            &["unpack ok"][..],
            &["ok refs/heads/xy"],
            &["ok refs/heads"],
            &[],
        ] {
            assert_eq!(report(other), Sent::Unknown, "{other:?}");
        }
        for (each, all) in [
            (&[Done][..], Done),
            (&[Done, Done], Done),
            (&[Done, Refused], Refused),
            (&[Refused, Unknown], Refused),
            (&[Done, Unknown, Done], Unknown),
            (&[], Unknown),
        ] {
            assert_eq!(together(each.iter().copied()), all, "{each:?}");
        }
    }
}
