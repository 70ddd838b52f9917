//! The references of a repository at one moment, kept while nothing changes.
//!
//! Staleness bound: none in a settled repository. A snapshot is used only while each folder and file
//! that it was read from is the same by inode, size and time as before the reading. Git changes a
//! reference by a rename in its folder, which changes the folder's time. File times tick in
//! milliseconds, so a change in the tick of the reading could go unseen: a snapshot whose newest time
//! lies less than [`SETTLED`] before its reading is used once and never again.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::peel::Peels;
use crate::clock;
use crate::layout::Place;
use crate::open::Readable;
use crate::reading::{Reading, Stamp};
use crate::refs::{Head, Peeled, Reference};

/// How old the newest change must be for file times to be trusted. More than the coarsest tick of a
/// file system that a server would use.
const SETTLED: Duration = Duration::from_secs(2);

/// Where more folders than this would have to be looked at, references are read afresh.
const MOST_STAMPS: usize = 256;

/// The references of one moment.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) head: Head,
    /// What HEAD's object peels to, where HEAD points to one.
    pub(crate) head_peeled: Option<Peeled>,
    /// Sorted; every [`Reference::peeled`] is known.
    pub(crate) references: Vec<Reference>,
    stamps: Vec<Stamp>,
    /// Bodies made from it, kept because most clients ask the same.
    pub(crate) upload_v0: OnceLock<Option<Bytes>>,
    pub(crate) upload_v1: OnceLock<Option<Bytes>>,
    pub(crate) receive: OnceLock<Option<Bytes>>,
}

/// Recently asked snapshots.
#[derive(Debug)]
pub(crate) struct Snapshots {
    kept: Cache<Place, Arc<Snapshot>, Weight>,
    peels: Peels,
}

/// Bytes of a snapshot, its bodies included.
#[derive(Clone, Debug)]
struct Weight;

impl Weighter<Place, Arc<Snapshot>> for Weight {
    fn weight(&self, _: &Place, snapshot: &Arc<Snapshot>) -> u64 {
        let names: usize = snapshot
            .references
            .iter()
            .map(|reference| reference.name.len())
            .sum();
        let folders: usize = snapshot.stamps.len();
        (1024 + 4 * names + 400 * snapshot.references.len() + 200 * folders) as u64
    }
}

impl Snapshots {
    pub(crate) fn new(bytes: u64) -> Self {
        // A snapshot of a repository with one reference weighs some 2 KiB.
        let items = usize::try_from(bytes / 2048).unwrap_or(usize::MAX);
        Self {
            kept: Cache::with_weighter(items, bytes, Weight),
            peels: Peels::new(),
        }
    }

    /// The snapshot of an earlier request, if nothing changed since.
    pub(crate) fn unchanged(&self, repository: &Readable) -> Option<Arc<Snapshot>> {
        let snapshot = self.kept.get(&repository.place())?;
        snapshot.stamps.iter().all(Stamp::holds).then_some(snapshot)
    }

    /// Reads the references, and keeps them if later requests can tell whether they changed. Blocking.
    pub(crate) fn read(&self, repository: &Readable) -> Option<Arc<Snapshot>> {
        let started = clock::file_time();
        let reading = match repository.reading() {
            Ok(reading) => reading,
            Err(error) => {
                tracing::debug!(repository = %repository.id(), %error, "references are left to git");
                return None;
            }
        };
        let snapshot = Arc::new(self.complete(repository, reading)?);
        if is_settled(&snapshot.stamps, started) {
            self.kept.insert(repository.place(), Arc::clone(&snapshot));
        } else {
            self.kept.remove(&repository.place());
        }
        Some(snapshot)
    }

    fn complete(&self, repository: &Readable, reading: Reading) -> Option<Snapshot> {
        let Reading {
            head,
            mut references,
            stamps,
        } = reading;
        let mut objects = None;
        for reference in &mut references {
            if reference.peeled.is_none() {
                reference.peeled = Some(self.peels.peel(
                    repository,
                    &mut objects,
                    reference.target,
                )?);
            }
        }
        let head_peeled = match &head {
            Head::Detached(id) => Some(self.peels.peel(repository, &mut objects, *id)?),
            Head::Branch {
                tip: Some(id),
                name,
            } => {
                match references.binary_search_by(|reference| reference.name.as_str().cmp(name)) {
                    Ok(at) => references.get(at).and_then(|reference| reference.peeled),
                    // HEAD names a hidden reference.
                    Err(_) => Some(self.peels.peel(repository, &mut objects, *id)?),
                }
            }
            Head::Branch { tip: None, .. } => None,
        };
        Some(Snapshot {
            head,
            head_peeled,
            references,
            stamps,
            upload_v0: OnceLock::new(),
            upload_v1: OnceLock::new(),
            receive: OnceLock::new(),
        })
    }
}

fn is_settled(stamps: &[Stamp], started: SystemTime) -> bool {
    let Ok(started) = started.duration_since(SystemTime::UNIX_EPOCH) else {
        return false;
    };
    // A stamp's time is cut to the second, so a second is added.
    let bound = i64::try_from(started.saturating_sub(SETTLED).as_secs()).unwrap_or(i64::MAX);
    stamps.len() <= MOST_STAMPS && stamps.iter().all(|stamp| stamp.seconds() < bound)
}
