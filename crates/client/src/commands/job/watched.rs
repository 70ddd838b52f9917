//! A command at work: what it says is masked on its way, signals go on to it, its end is waited for.

use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

use crate::error::ClientError;
use crate::exit::of_signal;
use crate::mask::{Mask, Values};

/// What is passed on. What can't be caught ends us, not the command: the job's time ends the token then.
const PASSED: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];
/// What a terminal sends to all who run in front.
const TYPED: [i32; 2] = [SIGINT, SIGQUIT];
/// How much is read at once, in bytes.
const PIECE: usize = 64 << 10;
/// How long output is still read, once the command has ended, where something that it left behind keeps a stream open.
const GRACE: Duration = Duration::from_secs(1);

/// Signals that wait to be passed on.
pub(super) struct Signals(signal_hook::iterator::Signals);

impl Signals {
    /// From here on they end nothing by themselves.
    pub(super) fn catch() -> Result<Self, ClientError> {
        signal_hook::iterator::Signals::new(PASSED)
            .map(Self)
            .map_err(|error| ClientError::other(format!("signals can't be caught: {error}")))
    }

    /// One that has come already.
    pub(super) fn first(&mut self) -> Option<i32> {
        self.0.pending().next()
    }
}

/// Runs a command to its end. Its exit code; 128 and the number of a signal that ended it.
pub(super) fn watch(
    command: &mut Command,
    values: &Arc<Values>,
    signals: Signals,
) -> Result<u8, ClientError> {
    let before_people =
        io::stdin().is_terminal() || io::stdout().is_terminal() || io::stderr().is_terminal();
    if !before_people {
        // A group of its own, so that a signal reaches what it started, too. In a terminal it stays in ours: it would not
        // be allowed to read.
        command.process_group(0);
    }
    let program = PathBuf::from(command.get_program());
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(ClientError::not_run(&program))?;
    follow(child, values, signals, before_people).map_err(ClientError::file(&program))
}

/// A command that runs, to its end.
fn follow(
    mut child: Child,
    values: &Arc<Values>,
    signals: Signals,
    before_people: bool,
) -> io::Result<u8> {
    let (done, ends) = mpsc::channel();
    let mut open = 0;
    if let Some(from) = child.stdout.take() {
        let to = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        pass(from, to, values, done.clone());
        open += 1;
    }
    if let Some(from) = child.stderr.take() {
        let to = File::from(io::stderr().as_fd().try_clone_to_owned()?);
        pass(from, to, values, done);
        open += 1;
    }
    let status = wait(child, signals, before_people)?;
    for _ in 0..open {
        if ends.recv_timeout(GRACE).is_err() {
            break;
        }
    }
    Ok(code(status))
}

/// Masks a stream on a thread of its own, and says when it is over.
fn pass(
    mut from: impl Read + Send + 'static,
    mut to: File,
    values: &Arc<Values>,
    done: mpsc::Sender<()>,
) {
    let values = Arc::clone(values);
    thread::spawn(move || {
        // Where nobody reads any more, the stream closes for the command as well.
        let _ = copy(&mut from, &mut to, &values);
        drop(from);
        let _ = done.send(());
    });
}

fn copy(from: &mut impl Read, to: &mut impl Write, values: &Values) -> io::Result<()> {
    let (mut mask, mut piece, mut out) = (Mask::new(values), vec![0; PIECE], Vec::new());
    loop {
        match from.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => mask.take(piece.get(..read).unwrap_or_default(), &mut out),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        to.write_all(&out)?;
        to.flush()?;
        out.clear();
    }
    mask.end(&mut out);
    to.write_all(&out)
}

/// INVARIANT: no signal is sent once the command was reaped: its number may be another's by then.
fn wait(mut child: Child, mut signals: Signals, before_people: bool) -> io::Result<ExitStatus> {
    let pid = Pid::from_child(&child);
    let handle = signals.0.handle();
    let relay = thread::spawn(move || {
        for signal in signals.0.forever() {
            let Some(named) = Signal::from_named_raw(signal) else {
                continue;
            };
            // It may have ended in this moment.
            let _ = match before_people {
                true if TYPED.contains(&signal) => Ok(()),
                true => kill_process(pid, named),
                false => kill_process_group(pid, named),
            };
        }
    });
    let over = loop {
        let left = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        match waitid(WaitId::Pid(pid), left) {
            Err(rustix::io::Errno::INTR) => {}
            over => break over,
        }
    };
    handle.close();
    // It panics nowhere.
    let _ = relay.join();
    over?;
    child.wait()
}

fn code(status: ExitStatus) -> u8 {
    match (status.code(), status.signal()) {
        (Some(code), _) => u8::try_from(code).unwrap_or(u8::MAX),
        (None, Some(signal)) => of_signal(signal),
        (None, None) => u8::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out its text byte by byte, and is interrupted before each.
    struct Slow<'a>(&'a [u8], bool);

    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(ErrorKind::Interrupted.into());
            }
            let Some((first, rest)) = self.0.split_first() else {
                return Ok(0);
            };
            self.0 = rest;
            into[0] = *first;
            Ok(1)
        }
    }

    #[test]
    fn a_stream_is_masked_however_it_arrives() {
        let values = Values::of(["jts_value"]).unwrap();
        let mut out = Vec::new();
        let mut from = Slow(b"one jts_value\xff two jts_val", false);
        copy(&mut from, &mut out, &values).unwrap();
        assert_eq!(out, b"one ***\xff two jts_val");
    }

    #[test]
    fn the_exit_code_is_the_commands() {
        let run = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]).stdin(Stdio::null());
            let values = Arc::new(Values::of(["unsaid"]).unwrap());
            watch(&mut command, &values, Signals::catch().unwrap()).unwrap()
        };
        assert_eq!(run("exit 0"), 0);
        assert_eq!(run("exit 7"), 7);
        assert_eq!(run("kill -9 $$"), 128 + 9);
        // What stays behind with its streams holds nobody up for long.
        assert_eq!(run("sleep 20 & exit 3"), 3);
        let mut nothing = Command::new("/nowhere/at/all");
        let values = Arc::new(Values::of(["unsaid"]).unwrap());
        let signals = Signals::catch().unwrap();
        let refused = watch(&mut nothing, &values, signals).unwrap_err();
        assert_eq!(refused.exit().code(), 127);
    }
}
