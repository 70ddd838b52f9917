//! What installers ask for, in memory: documents of packages as they were written, and small files.
//!
//! What is kept was read in one snapshot with the decision that let it be seen, and is given again only to whom a
//! decision of the present lets see it, and only while nothing that it depends on has changed.

use std::sync::Arc;

use bytes::Bytes;
use jeton_domain::{AccountId, PackageId};
use jeton_store::{FeedKey, Seq};
use quick_cache::Weighter;

use super::document::Form;
use super::show::Registry;
use crate::cache::{Changes, Dated};

/// Bytes of all that is kept.
const BYTES: u64 = 64 << 20;
/// As many things as are expected.
const EXPECTED: usize = 1 << 14;

/// Bytes as they go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Themselves.
    pub bytes: Bytes,
    /// Names them, in quotes.
    pub tag: String,
}

/// What is kept of a package.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// Its document: how much it tells, and for whom its addresses are.
    Document(Form, Registry),
    /// A file, by its name.
    File(String),
}

type Key = (PackageId, Part);

#[derive(Clone, Debug)]
struct Weight;

impl Weighter<Key, Arc<Dated<Written>>> for Weight {
    fn weight(&self, _: &Key, kept: &Arc<Dated<Written>>) -> u64 {
        // With what surrounds it.
        kept.value().bytes.len() as u64 + 512
    }
}

/// What was asked for lately.
pub(crate) struct KeptPackages(quick_cache::sync::Cache<Key, Arc<Dated<Written>>, Weight>);

impl std::fmt::Debug for KeptPackages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptPackages").finish_non_exhaustive()
    }
}

impl KeptPackages {
    pub(crate) fn new() -> Self {
        Self(quick_cache::sync::Cache::with_weighter(
            EXPECTED, BYTES, Weight,
        ))
    }

    pub(super) fn get(&self, id: PackageId, part: Part, changes: &Changes) -> Option<Written> {
        let kept = self.0.get(&(id, part))?;
        kept.is_fresh(changes).then(|| kept.value().clone())
    }

    /// Keeps what was read at `seq`. A document names the package's owner.
    pub(super) fn put(
        &self,
        (id, owner): (PackageId, AccountId),
        part: Part,
        written: &Written,
        seq: Seq,
    ) {
        let keys = [FeedKey::Package(id), FeedKey::Account(owner)];
        let dated = Dated::new(written.clone(), seq, &keys);
        self.0.insert((id, part), Arc::new(dated));
    }
}
