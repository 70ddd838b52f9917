//! Running other programs, the clock and the environment: the edge of this tool.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::error::Error;

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// A command with the workspace as its folder and no colour in its output.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(root())
        .stdin(Stdio::null())
        .env("CARGO_TERM_COLOR", "never");
    command
}

/// `cargo` with arguments.
pub(crate) fn cargo(words: &[&str]) -> Command {
    let mut cargo = command("cargo");
    cargo.args(words);
    cargo
}

/// How a command is named in messages.
fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

/// Runs a short command and gives its standard output; standard error is shown only if it fails.
pub(crate) fn read(command: &mut Command) -> Result<String, Error> {
    let output = command.output().map_err(|source| Error::Start {
        program: name(command),
        source,
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Error::Program {
        program: name(command),
        what: format!(
            "{}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        ),
    })
}

/// Whether a short command starts and succeeds.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What a command left behind that ran with its output in a file.
#[derive(Debug)]
pub(crate) struct Logged {
    pub(crate) status: ExitStatus,
    pub(crate) text: String,
    pub(crate) log: PathBuf,
    /// It did not end within its limit and was killed.
    pub(crate) cut: bool,
}

/// Runs a command with both outputs in the file `log`, at most for `limit`; says each minute that it still runs.
///
/// The output goes to a file and not through a pipe, because a process that a test left behind would keep a pipe open
/// and this tool waiting.
pub(crate) fn run_logged(
    command: &mut Command,
    log: &Path,
    limit: Duration,
) -> Result<Logged, Error> {
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
    }
    let out = std::fs::File::create(log).map_err(Error::file(log))?;
    let err = out.try_clone().map_err(Error::file(log))?;
    let program = name(command);
    let start = |source| Error::Start {
        program: program.clone(),
        source,
    };
    let mut child = command.stdout(out).stderr(err).spawn().map_err(start)?;
    let clock = Stopwatch::start();
    let mut minutes = 1;
    let mut cut = false;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(start)? {
            break status;
        }
        if clock.elapsed() > limit && !cut {
            cut = true;
            child.kill().map_err(start)?;
        }
        if clock.elapsed() > Duration::from_mins(minutes) {
            println!("     … {} ({clock})", log.display());
            minutes += 1;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let bytes = std::fs::read(log).map_err(Error::file(log))?;
    Ok(Logged {
        status,
        text: String::from_utf8_lossy(&bytes).into_owned(),
        log: log.to_owned(),
        cut,
    })
}

/// The first of these programs' folders that is on the `PATH`.
#[expect(
    clippy::disallowed_methods,
    reason = "finding a program is this tool's own business; it has no configuration to read it from"
)]
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// Whether a variable of the environment names a folder that is there.
#[expect(
    clippy::disallowed_methods,
    reason = "what a test run may use is told by its environment, and this is where it is read"
)]
pub(crate) fn names_folder(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|folder| Path::new(&folder).is_dir())
}

/// The user id that this process runs as; `None` where the system has no `/proc`.
pub(crate) fn user() -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    Some(std::fs::metadata("/proc/self").ok()?.uid())
}

/// Measures and shows how long something took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "durations of a test run are measured here, at the edge"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

impl fmt::Display for Stopwatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} s", self.elapsed().as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut sh = command("sh");
        sh.args(["-c", script]);
        sh
    }

    #[test]
    fn a_failed_command_says_what_it_printed() {
        let error = read(&mut sh("echo broken >&2; exit 3")).unwrap_err();
        assert!(error.to_string().contains("broken"), "{error}");
        assert_eq!(read(&mut sh("echo fine")).unwrap(), "fine\n");
    }

    #[test]
    fn a_logged_command_that_hangs_is_cut_although_its_child_holds_the_output() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("deep/out.log");
        let hung = run_logged(
            &mut sh("echo begun; sleep 5 & sleep 5"),
            &log,
            Duration::from_millis(200),
        )
        .unwrap();
        assert!(hung.cut && !hung.status.success());
        assert_eq!(hung.text, "begun\n");
        let fine = run_logged(&mut sh("echo a; echo b >&2"), &log, Duration::from_secs(5)).unwrap();
        assert!(!fine.cut && fine.status.success());
        assert_eq!(fine.text, "a\nb\n");
    }
}
