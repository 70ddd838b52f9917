//! Asking the system's git, on scratch repositories, in which lines it tells clients what it can do.

use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::environment;
use crate::pack_line::{self, Line, Next};
use crate::protocol::Protocol;
use crate::system::GitError;

/// The name of the line part that depends on the repository.
const SYMREF: &str = " symref=HEAD:refs/heads/main";

/// The lines in which this git says what it can do.
#[derive(Debug)]
pub(crate) struct Capabilities {
    /// What upload-pack says before and after ` symref=HEAD:…`.
    pub(crate) upload_before: Vec<u8>,
    pub(crate) upload_after: Vec<u8>,
    /// What upload-pack says of a repository that shows no reference: versions differ there.
    pub(crate) upload_empty: Vec<u8>,
    /// What receive-pack says.
    pub(crate) receive: Vec<u8>,
    /// What receive-pack says of such a repository.
    pub(crate) receive_empty: Vec<u8>,
    /// The first line of version 1, framed.
    pub(crate) version_1: Vec<u8>,
    /// The whole answer of version 2, which names no reference.
    pub(crate) version_2: Bytes,
}

/// A folder that is removed with the value.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn make() -> io::Result<Self> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let name = format!(
            "jeton-git-{}-{}",
            std::process::id(),
            MADE.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        // Fails where somebody made it first: no file of another's is written or run.
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Asks git on scratch repositories.
pub(crate) struct Probe<'a> {
    pub(crate) git: &'a Path,
    pub(crate) scratch: &'a Path,
}

impl Probe<'_> {
    fn command(&self) -> Command {
        let mut command = environment::command(self.git, self.scratch);
        // The answers depend on this configuration, so it is the one that every child gets.
        environment::configure(&mut command, self.scratch, 0);
        command.current_dir(self.scratch);
        for name in [
            "GIT_AUTHOR_NAME",
            "GIT_AUTHOR_EMAIL",
            "GIT_COMMITTER_NAME",
            "GIT_COMMITTER_EMAIL",
        ] {
            command.env(name, "scratch");
        }
        command
    }

    pub(crate) fn run(&self, step: &'static str, args: &[&str]) -> Result<Vec<u8>, GitError> {
        self.output(step, self.command().args(args))
    }

    fn output(&self, step: &'static str, command: &mut Command) -> Result<Vec<u8>, GitError> {
        let output = command.output().map_err(|source| GitError::Run {
            path: self.git.to_owned(),
            source,
        })?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(self.unexpected(step, &output.stderr))
    }

    fn unexpected(&self, step: &'static str, said: &[u8]) -> GitError {
        let said = String::from_utf8_lossy(said.get(..400).unwrap_or(said))
            .trim()
            .to_owned();
        GitError::Unexpected {
            path: self.git.to_owned(),
            step,
            said,
        }
    }

    fn advertised(
        &self,
        service: &'static str,
        protocol: Protocol,
        folder: &str,
    ) -> Result<Vec<u8>, GitError> {
        let mut command = self.command();
        if let Some(variable) = protocol.variable() {
            command.env("GIT_PROTOCOL", variable);
        }
        self.output(
            service,
            command.args([
                service,
                "--stateless-rpc",
                "--http-backend-info-refs",
                folder,
            ]),
        )
    }

    pub(crate) fn capabilities(&self) -> Result<Capabilities, GitError> {
        for folder in ["empty.git", "one.git"] {
            let args = [
                "init",
                "--quiet",
                "--bare",
                "--template=",
                "--initial-branch=main",
                folder,
            ];
            self.run("init", &args)?;
        }
        let tree = self.run(
            "hash-object",
            &[
                "-C",
                "one.git",
                "hash-object",
                "-t",
                "tree",
                "-w",
                "--stdin",
            ],
        )?;
        let commit = self.run(
            "commit-tree",
            &["-C", "one.git", "commit-tree", "-m", "scratch", text(&tree)],
        )?;
        self.run(
            "update-ref",
            &[
                "-C",
                "one.git",
                "update-ref",
                "refs/heads/main",
                text(&commit),
            ],
        )?;

        let empty = self.advertised("upload-pack", Protocol::V0, "empty.git")?;
        let one = self.advertised("upload-pack", Protocol::V0, "one.git")?;
        let whole = self.line("upload-pack", &one)?;
        let (before, after) = whole
            .windows(SYMREF.len())
            .position(|window| window == SYMREF.as_bytes())
            .and_then(|at| {
                Some((
                    whole.get(..at)?.to_vec(),
                    whole.get(at + SYMREF.len()..)?.to_vec(),
                ))
            })
            .ok_or_else(|| self.unexpected("upload-pack", &one))?;
        let receive_empty = self.advertised("receive-pack", Protocol::V0, "empty.git")?;
        let receive = self.line("receive-pack", &receive_empty)?;

        let first = self.advertised("upload-pack", Protocol::V1, "empty.git")?;
        let version_1 = match pack_line::next(&first) {
            Next::Line(Line::Data(b"version 1\n"), rest) if rest == empty => first
                .get(..first.len() - rest.len())
                .unwrap_or_default()
                .to_vec(),
            _ => return Err(self.unexpected("upload-pack", &first)),
        };

        let second = self.advertised("upload-pack", Protocol::V2, "empty.git")?;
        if second != self.advertised("upload-pack", Protocol::V2, "one.git")?
            || !second.starts_with(b"000eversion 2\n")
        {
            return Err(self.unexpected("upload-pack", &second));
        }
        Ok(Capabilities {
            upload_before: before,
            upload_after: after,
            upload_empty: empty,
            receive,
            receive_empty,
            version_1,
            version_2: Bytes::from(second),
        })
    }

    /// What stands between the NUL and the line end of the first line.
    fn line(&self, step: &'static str, body: &[u8]) -> Result<Vec<u8>, GitError> {
        if let Next::Line(Line::Data(line), _) = pack_line::next(body)
            && let Some(nul) = line.iter().position(|&byte| byte == 0)
            && let Some(capabilities) = line
                .get(nul + 1..)
                .and_then(|rest| rest.strip_suffix(b"\n"))
        {
            return Ok(capabilities.to_vec());
        }
        Err(self.unexpected(step, body))
    }
}

/// One line of output as an argument. Other than text there is none: git refuses the empty argument.
fn text(output: &[u8]) -> &str {
    std::str::from_utf8(output).unwrap_or_default().trim()
}
