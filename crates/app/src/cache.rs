//! Caches whose only invalidator is the change feed.
//!
//! An entry remembers the number of the snapshot it was loaded from and the keys it depends on.
//! Each feed entry raises its key's stripe to its own number *before* the write that made it
//! returns. An entry is used only while none of its stripes is newer than its snapshot, so an entry
//! loaded just before a change and stored just after it is stale at birth, not wrong.
//!
//! Staleness bound: none on this node. What a write that returned has changed, no later look-up
//! misses. Keys that share a stripe only cost reloads.

use std::hash::Hash;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use jeton_store::{Committed, FeedKey, Seq};

/// Power of two.
const STRIPES: usize = 1 << 14;

/// The number of the last change to each stripe of keys.
#[derive(Debug)]
pub(crate) struct Changes {
    stripes: Vec<AtomicI64>,
    /// The number of the last change to anything but a credential.
    places: AtomicI64,
}

impl Changes {
    pub(crate) fn new() -> Self {
        Self {
            stripes: (0..STRIPES).map(|_| AtomicI64::new(0)).collect(),
            places: AtomicI64::new(0),
        }
    }

    /// Applies a commit: whatever depends on its keys is old from here on.
    pub(crate) fn apply(&self, committed: &Committed) {
        for entry in &committed.entries {
            if !matches!(entry.key, FeedKey::Token(_) | FeedKey::SignIn(_)) {
                self.places.fetch_max(committed.seq.0, Ordering::AcqRel);
            }
            self.note(entry.key, committed.seq);
        }
    }

    /// What depends on the key and was read before `seq` is old from here on.
    pub(crate) fn note(&self, key: FeedKey, seq: Seq) {
        if let Some(stripe) = self.stripes.get(usize::from(stripe_of(key))) {
            stripe.fetch_max(seq.0, Ordering::AcqRel);
        }
    }

    fn last(&self, stripe: u16) -> i64 {
        // A stripe that can't be found counts as changed always.
        self.stripes
            .get(usize::from(stripe))
            .map_or(i64::MAX, |stripe| stripe.load(Ordering::Acquire))
    }
}

/// Where the changes of a key are noted.
fn stripe_of(key: FeedKey) -> u16 {
    let (kind, id) = normal(key);
    // Fibonacci hashing: ids are our own numbers, nobody chooses them to collide.
    let mixed = (id.cast_unsigned() ^ (u64::from(kind) << 56)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    // The shift leaves fewer bits than fit; what did not fit would be found nowhere.
    u16::try_from(mixed >> (64 - STRIPES.ilog2())).unwrap_or(u16::MAX)
}

/// Users and organizations are accounts too: one number, whichever way a key names them.
fn normal(key: FeedKey) -> (u8, i64) {
    match key {
        FeedKey::Site => (0, 0),
        FeedKey::Account(id) => (1, id.get()),
        FeedKey::User(id) => (1, id.get()),
        FeedKey::Organization(id) => (1, id.get()),
        FeedKey::Repository(id) => (2, id.get()),
        FeedKey::Token(id) => (3, id.get()),
        FeedKey::SignIn(id) => (4, id.get()),
        FeedKey::Package(id) => (5, id.get()),
    }
}

/// Whether two keys name the same thing.
pub(crate) fn same(a: FeedKey, b: FeedKey) -> bool {
    normal(a) == normal(b)
}

/// A value, the snapshot it was read from, and what it depends on.
#[derive(Debug)]
pub struct Dated<T> {
    pub(crate) value: T,
    seq: Seq,
    keys: Keys,
}

/// What an entry depends on. Where changes of the first few are noted is worked out once and lies in
/// the entry itself.
#[derive(Debug)]
struct Keys {
    /// Filled up with the last of them. `None`: it depends on nothing.
    stripes: Option<[u16; 4]>,
    all: Box<[FeedKey]>,
}

impl Keys {
    fn new(keys: &[FeedKey]) -> Self {
        let stripes = keys.last().map(|last| {
            let mut stripes = [stripe_of(*last); 4];
            for (place, key) in stripes.iter_mut().zip(keys) {
                *place = stripe_of(*key);
            }
            stripes
        });
        Self {
            stripes,
            all: keys.into(),
        }
    }

    /// Whether none was changed after `seq`.
    fn stand_since(&self, seq: Seq, changes: &Changes) -> bool {
        let stands = |stripe| changes.last(stripe) <= seq.0;
        self.stripes.is_none_or(|first| {
            first.into_iter().all(stands)
                && (self.all.len() <= first.len()
                    || self.all.iter().all(|key| stands(stripe_of(*key))))
        })
    }
}

impl<T> Dated<T> {
    /// The value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// What it depends on.
    pub fn keys(&self) -> impl Iterator<Item = FeedKey> + '_ {
        self.keys.all.iter().copied()
    }

    pub(crate) fn new(value: T, seq: Seq, keys: &[FeedKey]) -> Self {
        Self {
            value,
            seq,
            keys: Keys::new(keys),
        }
    }

    /// What comes of both, and depends on what either does.
    pub(crate) fn and(&self, other: &Self, both: impl FnOnce(&T, &T) -> T) -> Self {
        let keys: Vec<FeedKey> = self.keys().chain(other.keys()).collect();
        Self::new(
            both(&self.value, &other.value),
            self.seq.min(other.seq),
            &keys,
        )
    }

    /// Whether nothing but credentials has changed since: for what depends on something that may yet be made.
    pub(crate) fn is_fresh_in_all_places(&self, changes: &Changes) -> bool {
        changes.places.load(Ordering::Acquire) <= self.seq.0
    }

    pub(crate) fn is_fresh(&self, changes: &Changes) -> bool {
        self.keys.stand_since(self.seq, changes)
    }
}

/// A bounded map of dated values.
pub(crate) struct Cache<K, T> {
    entries: quick_cache::sync::Cache<K, Arc<Dated<T>>>,
}

impl<K, T> std::fmt::Debug for Cache<K, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}

impl<K: Hash + Eq, T> Cache<K, T> {
    pub(crate) fn new(entries: usize) -> Self {
        Self {
            entries: quick_cache::sync::Cache::new(entries),
        }
    }

    /// The entry, if it is there and nothing it depends on has changed.
    pub(crate) fn get<Q>(&self, key: &Q, changes: &Changes) -> Option<Arc<Dated<T>>>
    where
        Q: Hash + quick_cache::Equivalent<K> + ?Sized,
    {
        self.entries
            .get(key)
            .filter(|entry| entry.is_fresh(changes))
    }

    pub(crate) fn put(&self, key: K, entry: Arc<Dated<T>>) {
        self.entries.insert(key, entry);
    }
}

/// A cache of one value.
#[derive(Debug)]
pub(crate) struct Slot<T>(RwLock<Option<Arc<Dated<T>>>>);

impl<T> Slot<T> {
    pub(crate) fn new() -> Self {
        Self(RwLock::new(None))
    }

    /// The value, if it is there and nothing it depends on has changed.
    pub(crate) fn get(&self, changes: &Changes) -> Option<Arc<Dated<T>>> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|kept| kept.is_fresh(changes)).cloned()
    }

    pub(crate) fn put(&self, value: Arc<Dated<T>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }
}

#[cfg(test)]
mod tests {
    use jeton_domain::{Id, TokenId};

    use super::*;

    #[test]
    fn an_entry_depends_on_every_key_however_many_there_are() {
        for count in 0..7 {
            let keys: Vec<_> = (1..=count)
                .filter_map(|id| TokenId::from_i64(id).map(FeedKey::Token))
                .collect();
            let dated = Dated::new((), Seq(1), &keys);
            assert_eq!(dated.keys().collect::<Vec<_>>(), keys);
            for key in &keys {
                let changes = Changes::new();
                assert!(dated.is_fresh(&changes));
                changes.note(*key, Seq(2));
                assert!(!dated.is_fresh(&changes), "{key:?} of {count}");
            }
        }
    }
}
