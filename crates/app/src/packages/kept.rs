//! Documents of packages in memory, as they were written.
//!
//! What is kept was read in one snapshot with the decision that let it be seen, and is given again only to whom a
//! decision of the present lets see it, and only while nothing that it depends on has changed.

use std::sync::Arc;

use jeton_domain::{AccountId, PackageId};
use jeton_store::{FeedKey, Seq};
use quick_cache::Weighter;

use super::document::{Form, Written};
use super::show::Registry;
use crate::cache::{Changes, Dated};

/// Bytes of all documents that are kept.
const BYTES: u64 = 64 << 20;
/// As many as are expected.
const DOCUMENTS: usize = 1 << 14;

/// What a document hangs on beside its package: how much it tells, and for whom its addresses are.
type Shape = (Form, Registry);
type Key = (PackageId, Shape);

#[derive(Clone, Debug)]
struct Weight;

impl Weighter<Key, Arc<Dated<Written>>> for Weight {
    fn weight(&self, _: &Key, kept: &Arc<Dated<Written>>) -> u64 {
        // With what surrounds it.
        kept.value().bytes.len() as u64 + 512
    }
}

/// What was asked for lately.
pub(crate) struct KeptPackuments(quick_cache::sync::Cache<Key, Arc<Dated<Written>>, Weight>);

impl std::fmt::Debug for KeptPackuments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptPackuments").finish_non_exhaustive()
    }
}

impl KeptPackuments {
    pub(crate) fn new() -> Self {
        Self(quick_cache::sync::Cache::with_weighter(
            DOCUMENTS, BYTES, Weight,
        ))
    }

    pub(super) fn get(&self, id: PackageId, shape: Shape, changes: &Changes) -> Option<Written> {
        let kept = self.0.get(&(id, shape))?;
        kept.is_fresh(changes).then(|| kept.value().clone())
    }

    /// Keeps a document that was read at `seq`. It names its owner.
    pub(super) fn put(
        &self,
        id: PackageId,
        owner: AccountId,
        shape: Shape,
        written: &Written,
        seq: Seq,
    ) {
        let keys = [FeedKey::Package(id), FeedKey::Account(owner)];
        let dated = Dated::new(written.clone(), seq, &keys);
        self.0.insert((id, shape), Arc::new(dated));
    }
}
