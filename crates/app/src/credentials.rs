//! The credentials that were looked up before, by digest.
//!
//! Among a million of them each place in memory that a look-up goes to costs more than the rest of
//! it. So the table holds pointers and nothing else, which keeps it small enough to stay near, and
//! the digest that a find is confirmed by lies in the entry that the decision reads next anyway.
//!
//! Staleness bound: none on this node, as for every cache (`cache.rs`).

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use jeton_token::Digest;

use crate::authenticate::Known;
use crate::cache::{Changes, Dated};

/// Spread over so many tables, so that two requests seldom wait for each other and no table is large
/// when it grows. Power of two, at most 256.
const SHARDS: usize = 64;

/// A bounded map. Where a table is full, one that was not asked for since the last time around goes.
pub(crate) struct Credentials {
    shards: Vec<RwLock<Shard>>,
    /// Entries of one table.
    most: usize,
}

#[derive(Default)]
struct Shard {
    table: HashTable<Arc<Dated<Known>>>,
    /// Where the search for one that may go was left.
    hand: usize,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// A digest's own bytes. They are as good as random, and nobody who lacks the key can choose them.
fn hash(digest: &Digest) -> u64 {
    let (first, _) = digest
        .as_bytes()
        .split_first_chunk()
        .unwrap_or((&[0; 8], &[]));
    u64::from_le_bytes(*first)
}

fn hash_of(entry: &Arc<Dated<Known>>) -> u64 {
    entry.value.digest.as_ref().map_or(0, hash)
}

/// Not in constant time: see [`Digest`].
fn is(entry: &Arc<Dated<Known>>, digest: &Digest) -> bool {
    let filed = entry.value.digest.as_ref();
    filed.is_some_and(|filed| filed.as_bytes() == digest.as_bytes())
}

impl Credentials {
    pub(crate) fn new(entries: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            most: entries.div_ceil(SHARDS),
        }
    }

    fn shard(&self, digest: &Digest) -> Option<&RwLock<Shard>> {
        let [.., last] = digest.as_bytes();
        self.shards.get(usize::from(*last) % SHARDS)
    }

    /// The entry, if it is there and nothing it depends on has changed.
    pub(crate) fn get(&self, digest: &Digest, changes: &Changes) -> Option<Arc<Dated<Known>>> {
        let shard = self
            .shard(digest)?
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let found = shard.table.find(hash(digest), |entry| is(entry, digest))?;
        if !found.is_fresh(changes) {
            return None;
        }
        // Written only where it changes: it lies among what other threads read.
        if !found.value.recent.load(Ordering::Relaxed) {
            found.value.recent.store(true, Ordering::Relaxed);
        }
        Some(Arc::clone(found))
    }

    /// Files an entry under its digest, in the place of an earlier one.
    pub(crate) fn put(&self, entry: Arc<Dated<Known>>) {
        let Some(digest) = entry.value.digest else {
            return;
        };
        let Some(shard) = self.shard(&digest) else {
            return;
        };
        let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
        if shard.table.len() >= self.most
            && shard
                .table
                .find(hash(&digest), |e| is(e, &digest))
                .is_none()
        {
            shard.make_room();
        }
        match shard
            .table
            .entry(hash(&digest), |e| is(e, &digest), hash_of)
        {
            Entry::Occupied(mut known) => *known.get_mut() = entry,
            Entry::Vacant(room) => drop(room.insert(entry)),
        }
    }
}

impl Shard {
    /// Takes one out that was not asked for since the hand came by last; twice around finds one.
    fn make_room(&mut self) {
        let places = self.table.num_buckets();
        for _ in 0..2 * places {
            self.hand = (self.hand + 1) % places.max(1);
            if let Ok(entry) = self.table.get_bucket_entry(self.hand)
                && !entry.get().value.recent.swap(false, Ordering::Relaxed)
            {
                entry.remove();
                return;
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::atomic::AtomicBool;

    use jeton_decide::{Bearer, Principal};
    use jeton_domain::{CredentialKind, Expiry, Id, SignInId, Time, UserId};
    use jeton_store::{FeedKey, Seq};

    use super::*;
    use crate::authenticate::{Retired, Subject};

    /// Digests that differ in the bytes that tables and places are chosen by.
    fn digest(number: u16) -> Digest {
        let mut bytes = [0; 32];
        bytes[..2].copy_from_slice(&number.to_le_bytes());
        bytes[31] = number.to_le_bytes()[0];
        Digest::from_bytes(bytes)
    }

    pub(crate) fn entry(number: u16) -> Arc<Dated<Known>> {
        entry_of(number, Seq(1))
    }

    fn entry_of(number: u16, seq: Seq) -> Arc<Dated<Known>> {
        let user = UserId::from_i64(i64::from(number)).unwrap();
        let known = Known {
            bearer: Bearer {
                kind: CredentialKind::Client,
                principal: Principal::User {
                    id: user,
                    administrator: false,
                },
                account_suspended: false,
                two_factor: true,
                application: None,
                token: None,
                sudo: None,
                parents: Vec::new(),
            },
            user,
            within: None,
            login: String::new(),
            verified: true,
            subject: Subject::SignIn {
                id: SignInId::from_i64(1).unwrap(),
                seen: Time::from_micros(0),
            },
            expiry: Expiry::Never,
            hashed: None,
            digest: Some(digest(number)),
            recent: AtomicBool::new(false),
            older_key: false,
            revoked: false,
            retired: Retired::NEVER,
            meter: crate::activity::Meter::default(),
        };
        Arc::new(Dated::new(known, seq, &[FeedKey::User(user)]))
    }

    fn has(cache: &Credentials, changes: &Changes, number: u16) -> bool {
        let found = cache.get(&digest(number), changes);
        found.is_some_and(|entry| entry.value.user.get() == i64::from(number))
    }

    #[test]
    fn what_is_asked_for_stays_when_room_is_made() {
        let (cache, changes) = (Credentials::new(SHARDS * 4), Changes::new());
        for number in 1..1_000 {
            cache.put(entry(number));
            assert!(
                has(&cache, &changes, 1),
                "1 is asked for all the time, {number}"
            );
        }
        assert!(has(&cache, &changes, 999), "it was just filed");
        let kept = |shard: &RwLock<Shard>| shard.read().unwrap().table.len();
        assert!(cache.shards.iter().all(|shard| kept(shard) <= 4));
        assert!(cache.shards.iter().map(kept).sum::<usize>() > 200);
    }

    #[test]
    fn what_changed_is_not_found_until_it_is_filed_anew() {
        let (cache, changes) = (Credentials::new(1 << 10), Changes::new());
        cache.put(entry(7));
        cache.put(entry(8));
        let user = UserId::from_i64(7).unwrap();
        changes.note(FeedKey::User(user), Seq(2));
        assert!(!has(&cache, &changes, 7));
        assert!(has(&cache, &changes, 8));
        cache.put(entry_of(7, Seq(2)));
        assert!(has(&cache, &changes, 7));
    }
}
