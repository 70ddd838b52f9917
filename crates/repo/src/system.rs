//! The system's git: found once at start, asked for its version and for the lines in which it tells
//! clients what it can do.
//!
//! Those lines are captured, never composed: whatever git is installed, an answer made in-process
//! promises just what the child of the next request will keep.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::environment;
use crate::probe::{Capabilities, Probe, Scratch};

/// The oldest version that is known to do what is asked of it here.
const OLDEST: (u32, u32) = (2, 39);

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
            scratch: scratch.folder(),
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
