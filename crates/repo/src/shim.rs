//! The body of the hidden command `git-run`: the step between the server and git that ties git's life
//! to the server's.
//!
//! A parent-death signal belongs to the process that asks for it and survives `exec`, so the step asks
//! and then becomes git. The signal comes when the *thread* that started the process ends: the
//! server starts children from one thread that lives as long as it does.

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use rustix::process::{Signal, getppid, set_parent_process_death_signal};

/// What a shell says for a command that can't be run.
const CANNOT_RUN: u8 = 126;

/// Becomes the command in `args`: the server's process id, `--`, a program, its arguments. Returns only
/// when that failed; what went wrong is then on standard error.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let Err(what) = become_command(args.into_iter());
    // Nothing is left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "jeton git-run: {what}");
    ExitCode::from(CANNOT_RUN)
}

fn become_command(
    mut args: impl Iterator<Item = OsString>,
) -> Result<std::convert::Infallible, String> {
    let usage = || "usage: git-run PARENT -- PROGRAM [ARGUMENT…]".to_owned();
    let parent: i32 = args
        .next()
        .and_then(|arg| arg.to_str()?.parse().ok())
        .ok_or_else(usage)?;
    if args.next().as_deref() != Some("--".as_ref()) {
        return Err(usage());
    }
    let program = args.next().ok_or_else(usage)?;
    set_parent_process_death_signal(Some(Signal::TERM)).map_err(|error| error.to_string())?;
    // The server may have ended before the signal was asked for.
    if getppid().map(rustix::process::Pid::as_raw_pid) != Some(parent) {
        return Err("the server that started this is gone".to_owned());
    }
    let error = Command::new(&program).args(args).exec();
    Err(format!("`{}`: {error}", program.display()))
}
