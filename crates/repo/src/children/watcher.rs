//! Watching over one child from its start until its group is gone.

use std::process::ExitStatus;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jeton_domain::plain;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::sync::{OwnedRwLockReadGuard, OwnedSemaphorePermit, watch};

use super::group::{self, Group};
use super::registry::Registration;
use super::runner::Limits;
use super::transfer::{Ending, Passed};
use crate::hook::Ticket;

/// How much of git's standard error is kept for the log, in bytes.
const MOST_COMPLAINT: usize = 64 * 1024;

/// What is held while a child runs, and given back after it is reaped.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) place: OwnedSemaphorePermit,
    pub(super) inside: Option<OwnedRwLockReadGuard<()>>,
    pub(super) ticket: Option<Ticket>,
}

/// Watches over one child from its start until its group is gone.
pub(super) struct Watcher {
    pub(super) group: Group,
    pub(super) stderr: pipe::Receiver,
    pub(super) passed: Passed,
    pub(super) client_left: watch::Receiver<()>,
    pub(super) registration: Registration,
    pub(super) held: Held,
    pub(super) limits: Limits,
    pub(super) repository: i64,
    /// What it does, in the log.
    pub(super) name: &'static str,
}

impl Watcher {
    pub(super) async fn watch(self) -> Ending {
        let Self {
            group,
            stderr,
            passed,
            mut client_left,
            mut registration,
            held,
            limits,
            repository,
            name,
        } = self;
        let complaint = tokio::spawn(listen(stderr));
        let forced = tokio::select! {
            // What has ended by itself is not cut.
            biased;
            () = group.ended() => None,
            () = registration.cut() => Some(Ending::Cut),
            // Nothing is ever sent: it returns when the output was dropped.
            _ = client_left.changed() => Some(Ending::Cut),
            () = tokio::time::sleep(limits.wall) => Some(Ending::TooLong),
            () = stands_still(&passed, limits.idle) => Some(Ending::Idle),
        };
        if forced.is_some() {
            group.end().await;
        }
        let ending = match (
            forced,
            group
                .reap()
                .await
                .as_ref()
                .map(|status: &ExitStatus| group::code(*status)),
        ) {
            (Some(forced), _) => forced,
            (None, Ok(Ok(0))) => Ending::Done,
            (None, Ok(Ok(code))) => Ending::Failed(code),
            (None, Ok(Err(signal))) => Ending::Signalled(signal),
            (None, Err(_)) => Ending::Failed(-1),
        };
        let complaint = match tokio::time::timeout(Duration::from_secs(1), complaint).await {
            Ok(Ok(complaint)) => complaint,
            _ => String::new(),
        };
        match ending {
            Ending::Done | Ending::Cut => {
                tracing::debug!(repository, service = name, %ending, complaint);
            }
            _ => {
                tracing::warn!(repository, service = name, %ending, complaint, "a transfer failed");
            }
        }
        // Given back before the registration: when a cut returns, all of it is free.
        let Held {
            place,
            inside,
            ticket,
        } = held;
        drop((place, inside, ticket));
        drop(registration);
        ending
    }
}

/// Reads git's complaints to the end, keeping the first of them.
async fn listen(mut stderr: pipe::Receiver) -> String {
    let mut kept = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stderr.read(&mut buffer).await {
        let room = MOST_COMPLAINT.saturating_sub(kept.len());
        kept.extend_from_slice(buffer.get(..read.min(room)).unwrap_or_default());
    }
    plain(String::from_utf8_lossy(&kept).trim())
}

/// Returns when no byte has passed for `idle`, give or take a quarter.
async fn stands_still(passed: &Passed, idle: Duration) {
    let mut seen = passed.load(Ordering::Relaxed);
    let mut quarters = 0;
    while quarters < 4 {
        tokio::time::sleep(idle / 4).await;
        let now = passed.load(Ordering::Relaxed);
        quarters = if now == seen { quarters + 1 } else { 0 };
        seen = now;
    }
}
