//! Small objects that were read lately, of all repositories: what a branch leads to is asked for again and again.
//!
//! An object's id says all that it holds, so nothing here goes out of date. Kept by repository: what one holds, another may
//! not.

use std::sync::Arc;

use jeton_domain::RepositoryId;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::read::ObjectKind;
use crate::Oid;

/// Bytes of all that is kept, and of the largest.
const ALL: u64 = 64 << 20;
const LARGEST: usize = 64 << 10;
/// What an entry takes beside its contents, about.
const BESIDE: u64 = 160;

/// One object as it is stored.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) kind: ObjectKind,
    pub(super) contents: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Bytes;

impl Weighter<(RepositoryId, Oid), Arc<Kept>> for Bytes {
    fn weight(&self, _: &(RepositoryId, Oid), kept: &Arc<Kept>) -> u64 {
        BESIDE + kept.contents.len() as u64
    }
}

/// See above. Clones share what is kept.
#[derive(Clone)]
pub(crate) struct Recent(Arc<Cache<(RepositoryId, Oid), Arc<Kept>, Bytes>>);

impl std::fmt::Debug for Recent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recent").finish_non_exhaustive()
    }
}

impl Recent {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Cache::with_weighter(1 << 14, ALL, Bytes)))
    }

    pub(super) fn get(&self, repository: RepositoryId, id: Oid) -> Option<Arc<Kept>> {
        self.0.get(&(repository, id))
    }

    /// Keeps an object that was read, if it is small.
    pub(super) fn keep(&self, repository: RepositoryId, id: Oid, kind: ObjectKind, read: &[u8]) {
        if read.len() <= LARGEST {
            let contents = read.to_vec();
            let kept = Arc::new(Kept { kind, contents });
            self.0.insert((repository, id), kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use jeton_domain::Id as _;

    use super::*;

    #[test]
    fn what_one_repository_holds_is_kept_for_it_alone_and_large_things_for_none() {
        let recent = Recent::new();
        let [one, other] = [1, 2].map(|id| RepositoryId::from_i64(id).unwrap());
        let [small, large] = [1, 2].map(|byte| Oid::from([byte; 20]));
        recent.keep(one, small, ObjectKind::Blob, b"words");
        recent.keep(one, large, ObjectKind::Blob, &vec![0; LARGEST + 1]);
        let kept = recent.get(one, small).unwrap();
        assert_eq!(
            (kept.kind, kept.contents.as_slice()),
            (ObjectKind::Blob, b"words".as_slice())
        );
        assert!(recent.get(other, small).is_none());
        assert!(recent.get(one, large).is_none());
    }

    #[test]
    fn all_together_has_its_bound() {
        let recent = Recent::new();
        let one = RepositoryId::from_i64(1).unwrap();
        let contents = vec![0; LARGEST];
        let ids = (0..3000_u32).map(|n| {
            let mut id = [0; 20];
            id[..4].copy_from_slice(&n.to_be_bytes());
            Oid::from(id)
        });
        let ids: Vec<_> = ids.collect();
        for id in &ids {
            recent.keep(one, *id, ObjectKind::Blob, &contents);
        }
        let kept = ids.iter().filter(|id| recent.get(one, **id).is_some());
        let bytes = kept.count() * LARGEST;
        assert!((1..=64 << 20).contains(&bytes), "{bytes}");
    }
}
