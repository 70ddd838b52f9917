//! One server per database: a lock that PostgreSQL keeps for as long as one connection of ours lives.
//!
//! Caches are true inside one process. A second server on the same database would miss the first one's revocations, and
//! the first one its. SQLite needs nothing of this kind: its file lies where a lock of the file system reaches.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use postgres::Client;
use postgres::fallible_iterator::FallibleIterator as _;

use crate::postgres::{PostgresServer, describe, map_error};
use crate::{OpenError, StoreError};

/// The lock's number: `jeton` in ASCII.
const LOCK: i64 = 0x6a_65_74_6f_6e;

/// How often the lock is asked for: that of a server which just ended is gone a moment later. Some two seconds.
const TRIES: u32 = 40;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(50);

/// How soon a release is noticed. A connection that is closed from the other side is noticed at once.
const TICK: Duration = Duration::from_millis(100);
/// After how many of these the connection is asked whether it is still the one that holds the lock: each second.
const PROOF: u32 = 10;

/// A database that no other server can take until this is dropped.
#[derive(Debug)]
pub struct Claim {
    released: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Claim {
    /// Takes the database. `lost` is called with the cause if the connection ends although nobody released it: from that
    /// moment another server may take the database, so whoever claimed it must stop answering. A closed connection is
    /// noticed at once, a network that swallows everything within four seconds.
    pub fn take(
        url: &str,
        patience: Duration,
        lost: impl FnOnce(String) + Send + 'static,
    ) -> Result<Self, OpenError> {
        let server = PostgresServer::prepare(url, patience)?;
        let place = server.place();
        let at = |error| OpenError::at(&place, error);
        let mut client = server.client().map_err(at)?;
        let mut tries = 0;
        while !locked(&mut client).map_err(at)? {
            tries += 1;
            if tries == TRIES {
                return Err(OpenError::Claimed { place });
            }
            std::thread::sleep(PAUSE);
        }
        let backend = backend(&mut client).map_err(|what| at(StoreError::Unavailable { what }))?;
        let released = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&released);
        let thread = std::thread::Builder::new()
            .name("jeton-claim".to_owned())
            .spawn(move || {
                if let Err(what) = hold(&mut client, backend, &seen) {
                    lost(what);
                }
            })
            .map_err(|error| {
                at(StoreError::Unavailable {
                    what: error.to_string(),
                })
            })?;
        Ok(Self {
            released,
            thread: Some(thread),
        })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.released.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It said what there was to say through `lost`.
            let _ = thread.join();
        }
    }
}

fn locked(client: &mut Client) -> Result<bool, StoreError> {
    client
        .query_one("SELECT pg_try_advisory_lock($1)", &[&LOCK])
        .and_then(|row| row.try_get(0))
        .map_err(|error| map_error(&error))
}

/// The process that serves the connection. Another one than before: something between us and the server exchanged it,
/// and the lock stayed behind.
fn backend(client: &mut Client) -> Result<i32, String> {
    client
        .query_one("SELECT pg_backend_pid()", &[])
        .and_then(|row| row.try_get(0))
        .map_err(|error| describe(&error))
}

/// Returns when it was released; the error is why it was lost.
fn hold(client: &mut Client, own: i32, released: &AtomicBool) -> Result<(), String> {
    let mut ticks = 0;
    loop {
        client
            .notifications()
            .timeout_iter(TICK)
            .next()
            .map_err(|error| describe(&error))?;
        if released.load(Ordering::Relaxed) {
            // Before the connection ends, so that whoever waits for it does not have to wait for that.
            let _ = client.query_one("SELECT pg_advisory_unlock($1)", &[&LOCK]);
            return Ok(());
        }
        if client.is_closed() {
            return Err("the connection was closed".to_owned());
        }
        ticks += 1;
        if ticks == PROOF {
            if backend(client)? != own {
                return Err("the connection is served by another process than before: a pool in between must keep it".to_owned());
            }
            ticks = 0;
        }
    }
}
