//! Use of tokens: last use, and hourly counts by operation and verdict. Counted in bounded memory
//! and written in batches; a crash loses the last few seconds of it, and it carries no authority.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use jeton_domain::{AccountId, Clean, Event, SecretId, Time, TokenId, UserId};
use jeton_store::audit::AuditEntry;
use jeton_store::{StoreError, activity, places};
use serde_json::json;

use crate::app::App;
use crate::audit::log;
use crate::authenticate::{Known, Subject};
use crate::cache::Dated;
use crate::call::{Call, Door};
use crate::error::AppError;
use crate::hooks::raise::About;
use crate::hooks::tokens::Used;

/// The most distinct counts held between two flushes. What comes beyond is flushed by the next
/// flush only if it was seen before; the log, not this, is the record of changes.
const MOST: usize = 1 << 16;

/// Credentials whose use one flush of the background writes: some tens of milliseconds of work.
const A_TURN: usize = 1 << 12;

#[derive(Debug, Default)]
struct Pending {
    uses: HashMap<SecretId, LastUse>,
    counts: HashMap<CountKey, i64>,
    late: HashMap<SecretId, LateUse>,
    /// Credentials whose meters count.
    metered: Vec<Arc<Dated<Known>>>,
}

impl Pending {
    fn add(&mut self, key: CountKey, more: i64) {
        let room = self.counts.len() < MOST;
        match self.counts.get_mut(&key) {
            Some(count) => *count += more,
            None if room => {
                self.counts.insert(key, more);
            }
            None => {}
        }
    }

    /// Takes everything out, but of the credentials only so many, in the order in which they came.
    fn take(&mut self, most: usize) -> Self {
        let later = self.metered.split_off(most.min(self.metered.len()));
        let rest = Self {
            metered: later,
            ..Self::default()
        };
        std::mem::replace(self, rest)
    }

    /// Takes back what could not be written.
    fn give_back(&mut self, unwritten: Unwritten) {
        for (secret, last) in unwritten.uses {
            self.last(secret, last);
        }
        for (key, count) in unwritten.counts {
            self.add(key, count);
        }
    }

    fn late(&mut self, secret: SecretId, late: LateUse) {
        if self.late.len() < MOST || self.late.contains_key(&secret) {
            match self.late.entry(secret) {
                Entry::Occupied(mut known) => known.get_mut().count += late.count,
                Entry::Vacant(free) => {
                    free.insert(late);
                }
            }
        }
    }

    fn last(&mut self, secret: SecretId, last: LastUse) {
        if self.uses.len() < MOST || self.uses.contains_key(&secret) {
            let known = self.uses.entry(secret).or_insert(last);
            if known.at <= last.at {
                *known = last;
            }
        }
    }
}

/// What one shard had counted when it was flushed.
#[derive(Debug, Default)]
struct Unwritten {
    uses: HashMap<SecretId, LastUse>,
    counts: HashMap<CountKey, i64>,
}

impl Unwritten {
    fn uses(&self) -> impl Iterator<Item = activity::LastUse> {
        self.uses.iter().map(|(secret, last)| activity::LastUse {
            secret: *secret,
            at: last.at,
            address: last.address.map(|a| a.to_string()),
            door: last.door.name().to_owned(),
            operation: last.operation.to_owned(),
        })
    }

    /// Where they were used from, as far as that is known.
    fn places(&self) -> impl Iterator<Item = Used> {
        self.uses.iter().filter_map(|(secret, last)| {
            Some(Used {
                secret: *secret,
                address: last.address?,
                at: last.at,
            })
        })
    }

    fn counts(&self) -> impl Iterator<Item = activity::HourlyCount> {
        self.counts
            .iter()
            .map(|(key, count)| activity::HourlyCount {
                token: key.token,
                hour: key.hour,
                operation: key.operation.to_owned(),
                verdict: key.verdict.to_owned(),
                count: *count,
            })
    }
}

/// What a credential was allowed since the last flush, counted beside it in the cache: a hit of the
/// cache has it at hand, where a table of its own would be one more place in memory to go to.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<Metered>);

#[derive(Debug, Default)]
struct Metered {
    /// Allowed so often, all under this key. `None`: nothing, and no list of metered ones names it.
    counted: Option<(CountKey, i64)>,
    last: Option<LastUse>,
}

/// A retired value that was used: reported, and nothing more; whoever holds it may be the owner's
/// own forgotten job. The first use since the last flush speaks for those that followed.
#[derive(Clone, Debug)]
struct LateUse {
    token: TokenId,
    name: String,
    hashed: Option<String>,
    user: UserId,
    login: String,
    owner: Option<AccountId>,
    at: Time,
    address: Option<IpAddr>,
    door: Door,
    user_agent: String,
    request_id: String,
    operation: &'static str,
    count: i64,
}

#[derive(Clone, Copy, Debug)]
struct LastUse {
    at: Time,
    address: Option<IpAddr>,
    door: Door,
    operation: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct CountKey {
    token: TokenId,
    hour: Time,
    operation: &'static str,
    verdict: &'static str,
}

/// What was not written yet. Spread over shards, so that two requests seldom wait for each other.
#[derive(Debug)]
pub(crate) struct Activity {
    shards: Vec<Mutex<Pending>>,
}

impl Activity {
    pub(crate) fn new() -> Self {
        Self {
            shards: (0..16).map(|_| Mutex::default()).collect(),
        }
    }

    fn shard(&self, token: TokenId) -> Option<&Mutex<Pending>> {
        let at = usize::try_from(token.get()).unwrap_or_default() % self.shards.len().max(1);
        self.shards.get(at)
    }

    /// Counts one decision about a token.
    pub(crate) fn count(
        &self,
        call: &Call,
        known: Option<&Known>,
        verdict: &'static str,
        now: Time,
    ) {
        let Some(token) = known.and_then(Known::token) else {
            return;
        };
        let key = CountKey {
            token,
            hour: now.hour(),
            operation: call.operation.name,
            verdict,
        };
        let Some(Ok(mut pending)) = self.shard(token).map(Mutex::lock) else {
            return;
        };
        pending.add(key, 1);
    }

    /// As [`Activity::count`] and [`Activity::seen`] of an allowed request, in the credential's meter.
    pub(crate) fn used(&self, call: &Call, dated: &Arc<Dated<Known>>, now: Time) {
        let known = dated.value();
        let Subject::Token { token, .. } = known.subject else {
            return;
        };
        let Ok(mut meter) = known.meter.0.lock() else {
            return;
        };
        let key = CountKey {
            token,
            hour: now.hour(),
            operation: call.operation.name,
            verdict: "allow",
        };
        let last = LastUse {
            at: now,
            address: call.address,
            door: call.door,
            operation: call.operation.name,
        };
        match &mut meter.counted {
            Some((counted, count)) if *counted == key => *count += 1,
            other => {
                // INVARIANT: no flush holds a shard while it waits for a meter, so this waits for no one who waits.
                let Some(Ok(mut pending)) = self.shard(token).map(Mutex::lock) else {
                    return;
                };
                match other.replace((key, 1)) {
                    Some((earlier, count)) => pending.add(earlier, count),
                    None if pending.metered.len() < MOST => pending.metered.push(Arc::clone(dated)),
                    None => {
                        *other = None;
                        pending.add(key, 1);
                        if let Subject::Token { secret, .. } = known.subject {
                            pending.last(secret, last);
                        }
                        return;
                    }
                }
            }
        }
        meter.last = Some(last);
    }

    /// Notes that a retired value was used.
    pub(crate) fn late(&self, call: &Call, known: Option<&Known>, now: Time) {
        let Some(known) = known else { return };
        let Subject::Token {
            token,
            secret,
            name,
            ..
        } = &known.subject
        else {
            return;
        };
        let Some(Ok(mut pending)) = self.shard(*token).map(Mutex::lock) else {
            return;
        };
        let late = LateUse {
            token: *token,
            name: name.clone(),
            hashed: known.hashed.clone(),
            user: known.user,
            login: known.login.clone(),
            owner: known.bearer.token.as_ref().map(|held| held.grant.owner),
            at: now,
            address: call.address,
            door: call.door,
            user_agent: call.user_agent.plain(),
            request_id: call.request_id.clone(),
            operation: call.operation.name,
            count: 1,
        };
        pending.late(*secret, late);
    }

    /// Notes where a secret was last used.
    pub(crate) fn seen(&self, call: &Call, known: &Known, now: Time) {
        let Subject::Token { token, secret, .. } = known.subject else {
            return;
        };
        let Some(Ok(mut pending)) = self.shard(token).map(Mutex::lock) else {
            return;
        };
        pending.last(
            secret,
            LastUse {
                at: now,
                address: call.address,
                door: call.door,
                operation: call.operation.name,
            },
        );
    }
}

impl App {
    /// Writes what was counted since the last flush. What can't be written is kept for the next.
    pub fn flush_activity(&self) -> Result<(), AppError> {
        self.flush_some(usize::MAX)
    }

    /// As [`App::flush_activity`], of [`A_TURN`] credentials at the most, those first that have waited
    /// longest: where a great many are busy, the writing of it takes little from the answering.
    pub fn flush_a_turn(&self) -> Result<(), AppError> {
        self.flush_some(A_TURN.div_ceil(self.activity.shards.len()))
    }

    /// Of at most so many credentials of each shard.
    fn flush_some(&self, most: usize) -> Result<(), AppError> {
        let mut taken = Vec::new();
        let mut late = Vec::new();
        for shard in &self.activity.shards {
            let mut pending = match shard.lock() {
                Ok(mut pending) => pending.take(most),
                Err(_) => continue,
            };
            for dated in std::mem::take(&mut pending.metered) {
                let known = dated.value();
                let Ok(mut meter) = known.meter.0.lock() else {
                    continue;
                };
                let Metered { counted, last } = std::mem::take(&mut *meter);
                drop(meter);
                if let Some((key, count)) = counted {
                    pending.add(key, count);
                }
                if let (Some(last), Subject::Token { secret, .. }) = (last, &known.subject) {
                    pending.last(*secret, last);
                }
            }
            late.extend(pending.late);
            let unwritten = Unwritten {
                uses: pending.uses,
                counts: pending.counts,
            };
            taken.push((shard, unwritten));
        }
        // The report stands in the log; that the counts could not be written does not stop it.
        let reported = if late.is_empty() {
            Ok(())
        } else {
            self.report_late(&late)
        };
        if reported.as_ref().is_err_and(is_not_there) {
            for (secret, late) in late {
                if let Some(Ok(mut pending)) = self.activity.shard(late.token).map(Mutex::lock) {
                    pending.late(secret, late);
                }
            }
        }
        let places: Vec<Used> = taken.iter().flat_map(|(_, one)| one.places()).collect();
        if let Err(error) = self.note_places(&places) {
            // Asked again with the next use from there.
            tracing::warn!(%error, "where tokens were used from could not be noted");
        }
        let uses: Vec<_> = taken.iter().flat_map(|(_, one)| one.uses()).collect();
        let counts: Vec<_> = taken.iter().flat_map(|(_, one)| one.counts()).collect();
        if !uses.is_empty() || !counts.is_empty() {
            let written = self
                .store
                .side(|unit| activity::write(unit, &uses, &counts))
                .map_err(AppError::from);
            if written.as_ref().is_err_and(is_not_there) {
                for (shard, unwritten) in taken {
                    if let Ok(mut pending) = shard.lock() {
                        pending.give_back(unwritten);
                    }
                }
            }
            written?;
        }
        reported
    }

    /// One entry in its creator's log, and in that of the organization whose things it reached, for each
    /// retired value that was used since the last flush. Nobody is its actor: who used it is not known.
    fn report_late(&self, late: &[(SecretId, LateUse)]) -> Result<(), AppError> {
        self.store.write(|unit| {
            for (secret, late) in late {
                let owner = match late.owner {
                    Some(owner) => places::owner_by_id(unit, owner)?,
                    None => None,
                };
                let owner = owner.filter(|owner| owner.organization.is_some());
                let mut data = json!({
                    "user": late.login,
                    "user_programmatic_access_id": late.token.get(),
                    "user_programmatic_access_name": late.name,
                    "hashed_token": late.hashed,
                    "secret_id": secret.get(),
                    "address": late.address.map(|a| a.to_string()),
                    "door": late.door.name(),
                    "user_agent": late.user_agent,
                    "request_id": late.request_id,
                    "count": late.count,
                });
                if let (Some(data), Some(owner)) = (data.as_object_mut(), &owner) {
                    data.insert("org".to_owned(), json!(owner.login));
                }
                let entry = AuditEntry {
                    event: Event::TokenRetiredUse,
                    operation: late.operation,
                    at: late.at,
                    actor: None,
                    organization: owner.as_ref().map(|owner| owner.id.as_organization()),
                    user: Some(late.user),
                    token: Some(late.token),
                    repository: None,
                    data,
                    salt: self.random(),
                };
                log(self, unit, &entry, &About::default())?;
            }
            Ok(())
        })
    }
}

/// Whether a write that failed left nothing behind: what may be there would be counted twice.
fn is_not_there(error: &AppError) -> bool {
    !matches!(
        error,
        AppError::Store(StoreError::UnknownOutcome { .. } | StoreError::Unprotected { .. })
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::tests::entry;

    #[test]
    fn a_turn_takes_those_first_that_waited_longest_and_leaves_the_others() {
        let mut pending = Pending::default();
        pending.metered.extend([1, 2, 3].map(entry));
        let ids = |taken: Pending| -> Vec<_> {
            let ids = taken.metered.iter().map(|entry| entry.value.user.get());
            ids.collect()
        };
        assert_eq!(ids(pending.take(2)), [1, 2]);
        pending.metered.push(entry(4));
        assert_eq!(ids(pending.take(usize::MAX)), [3, 4]);
        assert!(pending.metered.is_empty());
    }
}
