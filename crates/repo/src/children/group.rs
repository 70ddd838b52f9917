//! A child and the process group it leads.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::time::Duration;

use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, getpid, kill_process_group, pidfd_open,
    set_child_subreaper, test_kill_process_group, waitpgid,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// From the polite signal to the other.
const GRACE: Duration = Duration::from_millis(300);

/// What the rest of the group gets to remove its temporary files after its leader is gone.
const REST: Duration = Duration::from_millis(20);

/// How long the end of the rest is waited for after the other signal; only a process that the system
/// can't end takes longer.
const PATIENCE: Duration = Duration::from_millis(500);

/// Makes this process the one that orphans of its children go to, so that it can wait until they are
/// gone. Otherwise they go to the system's first process, which in a container may never reap.
pub(super) fn adopt_orphans() -> io::Result<()> {
    Ok(set_child_subreaper(Some(getpid()))?)
}

/// A running child with a process group of its own.
///
/// INVARIANT: until `reaped`, the leader's process id is taken, if only by its zombie, so that a signal
/// to the group can't reach anybody else's.
#[derive(Debug)]
pub(super) struct Group {
    child: Child,
    pid: Pid,
    /// Readable when the leader has ended.
    ended: AsyncFd<OwnedFd>,
    reaped: bool,
}

impl Group {
    /// Takes charge of a child that was started with a process group of its own.
    #[expect(
        deprecated,
        reason = "its successor is `unsafe` for owners that could lie about their descriptor; an `OwnedFd` can't"
    )]
    pub(super) fn adopt(mut child: Child) -> io::Result<Self> {
        let watched = Pid::from_raw(child.id().cast_signed())
            .ok_or_else(|| io::Error::other("no process id"))
            .and_then(|pid| {
                let ended = pidfd_open(pid, PidfdFlags::empty())?;
                Ok((pid, AsyncFd::with_interest(ended, Interest::READABLE)?))
            });
        match watched {
            Ok((pid, ended)) => Ok(Self {
                child,
                pid,
                ended,
                reaped: false,
            }),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }

    /// Waits until the leader has ended. It is not reaped by that.
    pub(super) async fn ended(&self) {
        // An error can only mean that the descriptor is of no use: reaping will then block shortly.
        let _ = self.ended.readable().await;
    }

    /// Ends the group: politely, so that git removes its locks, then not.
    pub(super) async fn end(&self) {
        self.signal(Signal::TERM);
        if tokio::time::timeout(GRACE, self.ended()).await.is_ok() {
            tokio::time::sleep(REST).await;
        }
        self.signal(Signal::KILL);
        self.ended().await;
    }

    /// Reaps the leader, ends what is left of its group, and waits until that is gone and reaped too.
    pub(super) async fn reap(mut self) -> io::Result<ExitStatus> {
        self.signal(Signal::KILL);
        let status = self.child.wait();
        self.reaped = true;
        let gone = async {
            while !self.rest_is_gone() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, gone).await.is_err() {
            tracing::warn!(
                group = self.pid.as_raw_pid(),
                "processes outlived their signal"
            );
        }
        status
    }

    /// Reaps what the leader left behind, which has come to us ([`adopt_orphans`]).
    fn rest_is_gone(&self) -> bool {
        while let Ok(Some(_)) = waitpgid(self.pid, WaitOptions::NOHANG) {}
        test_kill_process_group(self.pid).is_err()
    }

    fn signal(&self, signal: Signal) {
        // It fails only when nobody is left.
        let _ = kill_process_group(self.pid, signal);
    }
}

impl Drop for Group {
    /// For a runtime that ends before its children: as [`Group::end`], blocking for [`GRACE`] at most.
    fn drop(&mut self) {
        const LOOK: Duration = Duration::from_millis(5);
        if self.reaped {
            return;
        }
        self.signal(Signal::TERM);
        let mut waited = Duration::ZERO;
        while waited < GRACE && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(LOOK);
            waited += LOOK;
        }
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

/// The signal that ended a process, or its exit code.
pub(super) fn code(status: ExitStatus) -> Result<i32, i32> {
    status
        .code()
        .ok_or_else(|| status.signal().unwrap_or_default())
}
