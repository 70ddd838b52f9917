//! The body of the hidden command `git-run`: the step between the server and git that ties git's life
//! to the server's.
//!
//! A parent-death signal belongs to the process that asks for it and survives `exec`, so the step asks
//! and then becomes git. The signal comes when the *thread* that started the process ends: the
//! server starts children from one thread that lives as long as it does.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::os::fd::IntoRawFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use rustix::process::{Signal, getppid, set_parent_process_death_signal};

/// What a shell says for a command that can't be run.
const CANNOT_RUN: u8 = 126;

/// Becomes the command in `args`: the server's process id, for a push the file that tells its life
/// ([`crate::Data::outlive_pushes`]), `--`, a program, its arguments. Returns only when that failed; what
/// went wrong is then on standard error.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let Err(what) = become_command(args.into_iter());
    // Nothing is left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "jeton git-run: {what}");
    ExitCode::from(CANNOT_RUN)
}

fn become_command(
    mut args: impl Iterator<Item = OsString>,
) -> Result<std::convert::Infallible, String> {
    let usage = || "usage: git-run PARENT [LIFE] -- PROGRAM [ARGUMENT…]".to_owned();
    let parent: i32 = args
        .next()
        .and_then(|arg| arg.to_str()?.parse().ok())
        .ok_or_else(usage)?;
    let end = Some(OsStr::new("--"));
    let life = args.next();
    if life.as_deref() != end && args.next().as_deref() != end {
        return Err(usage());
    }
    let program = args.next().ok_or_else(usage)?;
    set_parent_process_death_signal(Some(Signal::TERM)).map_err(|error| error.to_string())?;
    // The server may have ended before the signal was asked for.
    if getppid().map(rustix::process::Pid::as_raw_pid) != Some(parent) {
        return Err("the server that started this is gone".to_owned());
    }
    if let Some(life) = life.filter(|life| Some(life.as_os_str()) != end) {
        hold(&life).map_err(|error| format!("`{}`: {error}", life.display()))?;
    }
    let error = Command::new(&program).args(args).exec();
    Err(format!("`{}`: {error}", program.display()))
}

/// Locks a file for as long as this process and all that it starts live.
fn hold(life: &OsStr) -> io::Result<()> {
    let file = std::fs::File::open(life)?;
    file.lock_shared()?;
    rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty())?;
    // Left open, so that it goes on to git.
    let _ = file.into_raw_fd();
    Ok(())
}
