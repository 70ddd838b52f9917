//! The system's git: found once at start, asked for its version and for the lines in which it tells
//! clients what it can do.
//!
//! Those lines are captured, never composed: whatever git is installed, an answer made in-process
//! promises just what the child of the next request will keep.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::environment;
use crate::pack_line::{self, Line, Next};
use crate::protocol::Protocol;

/// The oldest version that is known to do what is asked of it here.
const OLDEST: (u32, u32) = (2, 39);

/// The name of the line part that depends on the repository.
const SYMREF: &str = " symref=HEAD:refs/heads/main";

/// Why the system's git can't be used.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is none.
    #[error(
        "no `git` was found in `/usr/local/bin`, `/usr/bin` or `/bin`: install Git, or name its path"
    )]
    Missing,
    /// It can't be run.
    #[error("`{path}`: {source}")]
    Run {
        /// What was run.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// It says no version that can be read.
    #[error("`{path}` gives no version: `{said}`")]
    NoVersion {
        /// What was run.
        path: PathBuf,
        /// What it printed.
        said: String,
    },
    /// It is too old.
    #[error("`{path}` is version {version}, at least {}.{} is needed", OLDEST.0, OLDEST.1)]
    TooOld {
        /// What was run.
        path: PathBuf,
        /// Its version.
        version: String,
    },
    /// It answered otherwise than Git does.
    #[error("`{path}` did not answer `{step}` as git does: {said}")]
    Unexpected {
        /// What was run.
        path: PathBuf,
        /// What it was asked.
        step: &'static str,
        /// What it printed.
        said: String,
    },
}

/// The system's git.
#[derive(Clone, Debug)]
pub struct Git {
    found: Arc<Found>,
}

#[derive(Debug)]
struct Found {
    path: PathBuf,
    version: String,
    knows_ref_format: bool,
    capabilities: Capabilities,
}

/// The lines in which this git says what it can do.
#[derive(Debug)]
pub(crate) struct Capabilities {
    /// What upload-pack says before and after ` symref=HEAD:…`.
    pub(crate) upload_before: Vec<u8>,
    pub(crate) upload_after: Vec<u8>,
    /// What receive-pack says.
    pub(crate) receive: Vec<u8>,
    /// The first line of version 1, framed.
    pub(crate) version_1: Vec<u8>,
    /// The whole answer of version 2, which names no reference.
    pub(crate) version_2: Bytes,
}

impl Git {
    /// Finds git at `path`, or in the system's folders, and learns what it can do. Blocking: it is run
    /// about ten times on scratch repositories in the folder for temporary files.
    pub fn find(path: Option<PathBuf>) -> Result<Self, GitError> {
        let path = match path {
            Some(path) => path,
            None => ["/usr/local/bin/git", "/usr/bin/git", "/bin/git"]
                .into_iter()
                .map(PathBuf::from)
                .find(|path| is_executable(path))
                .ok_or(GitError::Missing)?,
        };
        let path = path
            .canonicalize()
            .map_err(|source| GitError::Run { path, source })?;
        let version = version(&path)?;
        let scratch = Scratch::make().map_err(|source| GitError::Run {
            path: path.clone(),
            source,
        })?;
        let probe = Probe {
            git: &path,
            scratch: &scratch.0,
        };
        let knows_ref_format = probe
            .run(
                "init",
                &[
                    "init",
                    "--quiet",
                    "--bare",
                    "--template=",
                    "--ref-format=files",
                    "formatted.git",
                ],
            )
            .is_ok();
        let capabilities = probe.capabilities()?;
        Ok(Self {
            found: Arc::new(Found {
                path: path.clone(),
                version,
                knows_ref_format,
                capabilities,
            }),
        })
    }

    /// Its version, as `2.47.3`.
    pub fn version(&self) -> &str {
        &self.found.version
    }

    /// The executable.
    pub fn path(&self) -> &Path {
        &self.found.path
    }

    /// Whether `git init` takes `--ref-format`.
    pub(crate) fn knows_ref_format(&self) -> bool {
        self.found.knows_ref_format
    }

    pub(crate) fn capabilities(&self) -> &Capabilities {
        &self.found.capabilities
    }
}

fn is_executable(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

fn version(path: &Path) -> Result<String, GitError> {
    let output = environment::command(path, Path::new("/nonexistent"))
        .arg("version")
        .output()
        .map_err(|source| GitError::Run {
            path: path.to_owned(),
            source,
        })?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let read = said.strip_prefix("git version ").and_then(|rest| {
        let version = rest.split(' ').next()?;
        let mut parts = version.split('.');
        Some((
            version.to_owned(),
            (
                parts.next()?.parse::<u32>().ok()?,
                parts.next()?.parse::<u32>().ok()?,
            ),
        ))
    });
    match read {
        None => Err(GitError::NoVersion {
            path: path.to_owned(),
            said,
        }),
        Some((version, number)) if number < OLDEST => Err(GitError::TooOld {
            path: path.to_owned(),
            version,
        }),
        Some((version, _)) => Ok(version),
    }
}

/// A folder that is removed with the value.
struct Scratch(PathBuf);

impl Scratch {
    fn make() -> io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
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
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Asks git on scratch repositories.
struct Probe<'a> {
    git: &'a Path,
    scratch: &'a Path,
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

    fn run(&self, step: &'static str, args: &[&str]) -> Result<Vec<u8>, GitError> {
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

    fn capabilities(&self) -> Result<Capabilities, GitError> {
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
        if self.line("upload-pack", &empty)? != [before.as_slice(), &after].concat() {
            return Err(self.unexpected("upload-pack", &empty));
        }

        let receive = self.advertised("receive-pack", Protocol::V0, "empty.git")?;
        let receive = self.line("receive-pack", &receive)?;

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
            receive,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_git_tells_what_it_can_do() {
        let git = Git::find(None).unwrap();
        let capabilities = git.capabilities();
        let after = String::from_utf8(capabilities.upload_after.clone()).unwrap();
        assert!(after.contains(" filter"), "{after}");
        assert!(
            after.ends_with(&format!("agent=git/{}", git.version())),
            "{after}"
        );
        assert!(capabilities.receive.starts_with(b"report-status "));
        assert!(
            capabilities
                .version_2
                .ends_with(b"object-format=sha1\n0000")
        );
    }

    #[test]
    fn what_is_no_git_is_refused() {
        assert!(matches!(
            Git::find(Some("/nowhere/git".into())),
            Err(GitError::Run { .. })
        ));
        assert!(matches!(
            Git::find(Some("/bin/true".into())),
            Err(GitError::NoVersion { .. })
        ));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("git");
        std::fs::write(&path, "#!/bin/sh\necho git version 2.38.1\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(
            Git::find(Some(path)),
            Err(GitError::TooOld { .. })
        ));
    }
}
