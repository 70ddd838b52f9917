//! Running transfers, and how a commit ends those that it took the permit from.
//!
//! Each transfer remembers its call and the keys its decision depends on. When a feed entry names
//! one of them, the decision is made again from fresh facts; if it is 'no' now, the transfer is cut
//! and waited for before the write returns. Expiry and limits do not cut what began before them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use jeton_decide::{Reason, RefChange};
use jeton_domain::RepositoryId;
use jeton_repo::{Registration, StreamKey, Transfers};
use jeton_store::{FeedEntry, FeedKey};

use crate::app::App;
use crate::cache::same;
use crate::call::Call;
use crate::error::AppError;

/// One kind of stream key is used: the number of a stream.
const STREAM: u8 = 1;

/// Running transfers.
#[derive(Debug)]
pub struct Streams {
    transfers: Transfers,
    runtime: tokio::runtime::Handle,
    next: AtomicI64,
    running: Mutex<HashMap<i64, Watched>>,
}

#[derive(Clone, Debug)]
struct Watched {
    call: Call,
    /// What the decision depends on; everything, until it was made.
    keys: Option<Vec<FeedKey>>,
    /// On what it was permitted.
    repository: Option<RepositoryId>,
    /// The refs that a push was permitted to change, and git is changing.
    refs: Vec<Arc<PermittedRef>>,
}

/// A change of a ref that was permitted, or is being decided.
#[derive(Debug)]
pub(crate) struct PermittedRef {
    pub(crate) name: String,
    /// Also where it was not asked, because it did not matter then.
    pub(crate) forced: bool,
    pub(crate) deleted: bool,
    /// Also where it was not looked for.
    pub(crate) workflows: bool,
}

/// One running transfer. Dropping it ends the watch, not the transfer.
#[derive(Debug)]
pub struct Stream {
    app: App,
    number: i64,
}

impl Streams {
    /// Waits for something, on a thread that may block.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Does something that nobody waits for, on a thread that may block.
    pub(crate) fn later(&self, work: impl FnOnce() + Send + 'static) {
        self.runtime.spawn_blocking(work);
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.app.streams.forget(self.number);
    }
}

impl Stream {
    /// Names what was decided about and what the decision depends on, once it is made.
    pub fn depends_on(&self, repository: RepositoryId, keys: &[FeedKey]) {
        if let Ok(mut running) = self.app.streams.running.lock()
            && let Some(watched) = running.get_mut(&self.number)
        {
            watched.keys = Some(keys.to_vec());
            watched.repository = Some(repository);
        }
    }
}

impl Streams {
    pub(crate) fn new(transfers: Transfers, runtime: tokio::runtime::Handle) -> Self {
        Self {
            transfers,
            runtime,
            next: AtomicI64::new(1),
            running: Mutex::new(HashMap::new()),
        }
    }

    fn forget(&self, number: i64) {
        if let Ok(mut running) = self.running.lock() {
            running.remove(&number);
        }
    }

    /// Notes a ref that a push is to change. Note first, decide after, as with the transfer itself.
    pub(crate) fn will_change(&self, request: &str, change: PermittedRef) {
        self.of_push(request, |refs| refs.push(Arc::new(change)));
    }

    /// Takes that back: the ref was refused, and the rest of the push goes on without it.
    pub(crate) fn will_not_change(&self, request: &str, name: &str) {
        self.of_push(request, |refs| refs.retain(|change| change.name != name));
    }

    fn of_push(&self, request: &str, change: impl FnOnce(&mut Vec<Arc<PermittedRef>>)) {
        if let Ok(mut running) = self.running.lock()
            && let Some(watched) = running
                .values_mut()
                .find(|watched| watched.call.request_id == request)
        {
            change(&mut watched.refs);
        }
    }

    /// How many there are.
    pub fn running(&self) -> usize {
        self.transfers.running()
    }

    /// How many of them were permitted already; the others are being decided.
    pub fn permitted(&self) -> usize {
        self.running.lock().map_or(0, |running| {
            let known = running.values().filter(|one| one.repository.is_some());
            known.count()
        })
    }

    /// Cuts all, at the end of the server.
    pub async fn cut_all(&self) -> usize {
        self.transfers.cut_all().await
    }

    /// Looks at every transfer that one of the entries concerns, and cuts those that are permitted
    /// no more. Returns when they are gone. Runs on a thread that may block.
    pub(crate) fn settle(&self, app: &App, entries: &[FeedEntry]) {
        let concerned: Vec<(i64, Watched)> = match self.running.lock() {
            Ok(running) => running
                .iter()
                .filter(|(_, watched)| {
                    watched.keys.as_ref().is_none_or(|keys| {
                        keys.iter()
                            .any(|key| entries.iter().any(|entry| same(entry.key, *key)))
                    })
                })
                .map(|(number, watched)| (*number, watched.clone()))
                .collect(),
            Err(_) => return,
        };
        let lost: Vec<StreamKey> = concerned
            .into_iter()
            .filter(|(_, watched)| !still_permitted(app, watched))
            .map(|(number, _)| StreamKey(STREAM, number))
            .collect();
        if !lost.is_empty() {
            self.runtime.block_on(self.transfers.cut_any(&lost));
        }
    }
}

/// Whether a transfer that began may go on, with all that it was permitted.
fn still_permitted(app: &App, watched: &Watched) -> bool {
    let (call, repository) = (&watched.call, watched.repository);
    let changes = watched.refs.iter().map(|permitted| {
        Some(RefChange {
            name: &permitted.name,
            forced: permitted.forced,
            deleted: permitted.deleted,
            workflows: permitted.workflows,
        })
    });
    std::iter::once(None).chain(changes).all(|change| {
        match app.permit_again(call, repository, change) {
            Ok(()) => true,
            Err(AppError::Refused(refusal)) => match refusal.denial.reason {
                Reason::Expired { .. }
                | Reason::AddressRate
                | Reason::PrincipalRate
                | Reason::TokenHours => true,
                // A rotation's deadline and its successor's first use are times that run out. A value that
                // somebody ends at once may be in the wrong hands.
                Reason::Retired => app
                    .authenticate(&call.carried)
                    .is_ok_and(|who| who.known().is_some_and(|known| !known.retired.ended)),
                _ => false,
            },
            // What can't be known is not trusted.
            Err(_) => false,
        }
    })
}

impl App {
    /// Registers a transfer. Register first, decide after: a commit between the two is seen by one
    /// of them.
    pub fn watch(&self, call: &Call) -> (Stream, Registration) {
        let number = self.streams.next.fetch_add(1, Ordering::Relaxed);
        if let Ok(mut running) = self.streams.running.lock() {
            running.insert(
                number,
                Watched {
                    call: call.clone(),
                    keys: None,
                    repository: None,
                    refs: Vec::new(),
                },
            );
        }
        let registration = self.streams.transfers.enter([StreamKey(STREAM, number)]);
        (
            Stream {
                app: self.clone(),
                number,
            },
            registration,
        )
    }
}
