//! Which streams are running, and for whom, so that a revocation can end them.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Something that a stream hangs on: a kind (token, user, organization, repository, by the caller's own
/// numbering) and an id of that kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamKey(pub u8, pub i64);

/// The streams that are running. One for a server; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Transfers {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    next: AtomicU64,
    streams: Mutex<HashMap<u64, Entry>>,
}

#[derive(Debug)]
struct Entry {
    keys: HashSet<StreamKey>,
    phase: watch::Sender<Phase>,
}

/// INVARIANT: goes forward only: entered, running, ended; cut may come at any time before the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Phase {
    running: bool,
    cut: bool,
    ended: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Entry>> {
        // Each change under the lock is one call, so a panic elsewhere leaves the map whole.
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transfers {
    /// Enters a stream that is about to start.
    ///
    /// SECURITY: enter first, decide after. A cut that comes between the two makes the start fail; were
    /// the order the other way round, a revocation in between would find nothing to cut.
    pub fn enter(&self, keys: impl IntoIterator<Item = StreamKey>) -> Registration {
        let id = self.shared.next.fetch_add(1, Ordering::Relaxed);
        let (phase, watch) = watch::channel(Phase::default());
        self.shared.lock().insert(
            id,
            Entry {
                keys: keys.into_iter().collect(),
                phase,
            },
        );
        Registration {
            shared: Arc::clone(&self.shared),
            id,
            watch,
        }
    }

    /// Ends every stream that hangs on one of the keys. Returns when their processes are gone, with
    /// their number.
    pub async fn cut_any(&self, keys: &[StreamKey]) -> usize {
        self.cut(|entry| keys.iter().any(|key| entry.keys.contains(key)))
            .await
    }

    /// Ends every stream that hangs on all of the keys (this user *and* this repository).
    pub async fn cut_every(&self, keys: &[StreamKey]) -> usize {
        self.cut(|entry| keys.iter().all(|key| entry.keys.contains(key)))
            .await
    }

    /// Ends all streams.
    pub async fn cut_all(&self) -> usize {
        self.cut(|_| true).await
    }

    /// How many streams are entered or running.
    pub fn running(&self) -> usize {
        self.shared.lock().len()
    }

    async fn cut(&self, concerned: impl Fn(&Entry) -> bool) -> usize {
        let mut waiting = Vec::new();
        for entry in self.shared.lock().values().filter(|entry| concerned(entry)) {
            entry.phase.send_modify(|phase| phase.cut = true);
            // One that does not run yet will find itself cut when it starts.
            if entry.phase.borrow().running {
                waiting.push(entry.phase.subscribe());
            }
        }
        let count = waiting.len();
        for mut phase in waiting {
            // An error says that the entry is gone: ended.
            let _ = phase.wait_for(|phase| phase.ended).await;
        }
        count
    }
}

/// A stream's place in [`Transfers`]; it is left with the value.
#[derive(Debug)]
pub struct Registration {
    shared: Arc<Shared>,
    id: u64,
    watch: watch::Receiver<Phase>,
}

impl Registration {
    /// Declares the stream running. `false`: it was cut before, and must not run.
    pub(super) fn start(&self) -> bool {
        self.shared.lock().get(&self.id).is_some_and(|entry| {
            // One call, so that a cut comes before and is seen, or after and waits.
            entry.phase.send_if_modified(|phase| {
                if !phase.cut {
                    phase.running = true;
                }
                !phase.cut
            })
        })
    }

    /// Waits until the stream is cut.
    pub(super) async fn cut(&mut self) {
        if self.watch.wait_for(|phase| phase.cut).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some(entry) = self.shared.lock().remove(&self.id) {
            entry.phase.send_modify(|phase| phase.ended = true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: StreamKey = StreamKey(1, 7);
    const USER: StreamKey = StreamKey(2, 7);
    const REPOSITORY: StreamKey = StreamKey(3, 9);

    #[tokio::test]
    async fn one_cut_before_its_start_never_starts() {
        let transfers = Transfers::default();
        let registration = transfers.enter([TOKEN, USER]);
        assert_eq!(transfers.cut_any(&[TOKEN]).await, 0);
        assert!(!registration.start());
        drop(registration);
        assert_eq!(transfers.running(), 0);
        assert!(
            transfers.enter([TOKEN]).start(),
            "a cut concerns what was there"
        );
    }

    #[tokio::test]
    async fn a_cut_returns_when_the_stream_has_left() {
        let transfers = Transfers::default();
        let mut registration = transfers.enter([TOKEN, USER, REPOSITORY]);
        assert!(registration.start());
        let other = transfers.enter([StreamKey(1, 8), USER]);
        assert!(other.start());
        let cutter = tokio::spawn({
            let transfers = transfers.clone();
            async move { transfers.cut_every(&[USER, REPOSITORY]).await }
        });
        registration.cut().await;
        tokio::task::yield_now().await;
        assert!(!cutter.is_finished());
        drop(registration);
        assert_eq!(cutter.await.unwrap(), 1);
        assert_eq!(transfers.running(), 1);
        assert_eq!(transfers.cut_any(&[StreamKey(1, 9)]).await, 0);
    }
}
