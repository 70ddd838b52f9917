//! Use of tokens: last use, and hourly counts by operation and verdict. Counted in bounded memory
//! and written in batches; a crash loses the last few seconds of it, and it carries no authority.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

use jeton_domain::{Event, SecretId, Time, TokenId, UserId};
use jeton_store::audit::AuditEntry;
use jeton_store::{StoreError, activity};
use serde_json::json;

use crate::app::App;
use crate::authenticate::{Known, Subject};
use crate::call::{Call, Door};

/// The most distinct counts held between two flushes. What comes beyond is flushed by the next
/// flush only if it was seen before; the log, not this, is the record of changes.
const MOST: usize = 1 << 16;

#[derive(Debug, Default)]
struct Pending {
    uses: HashMap<SecretId, LastUse>,
    counts: HashMap<CountKey, i64>,
    late: HashMap<SecretId, LateUse>,
}

/// A retired value that was used: reported, and nothing more; whoever holds it may be the owner's
/// own forgotten job.
#[derive(Clone, Debug)]
struct LateUse {
    token: TokenId,
    name: String,
    user: UserId,
    at: Time,
    address: Option<IpAddr>,
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
        Self { shards: (0..16).map(|_| Mutex::default()).collect() }
    }

    fn shard(&self, token: TokenId) -> Option<&Mutex<Pending>> {
        let at = usize::try_from(token.get()).unwrap_or_default() % self.shards.len().max(1);
        self.shards.get(at)
    }

    /// Counts one decision about a token.
    pub(crate) fn count(&self, call: &Call, known: Option<&Known>, verdict: &'static str, now: Time) {
        let Some(token) = known.and_then(Known::token) else { return };
        let key = CountKey { token, hour: now.hour(), operation: call.operation.name, verdict };
        let Some(Ok(mut pending)) = self.shard(token).map(Mutex::lock) else { return };
        let room = pending.counts.len() < MOST;
        match pending.counts.get_mut(&key) {
            Some(count) => *count += 1,
            None if room => {
                pending.counts.insert(key, 1);
            }
            None => {}
        }
    }

    /// Notes that a retired value was used.
    pub(crate) fn late(&self, call: &Call, known: Option<&Known>, now: Time) {
        let Some(known) = known else { return };
        let Subject::Token { token, secret, name, .. } = &known.subject else { return };
        let Some(Ok(mut pending)) = self.shard(*token).map(Mutex::lock) else { return };
        if pending.late.len() < MOST || pending.late.contains_key(secret) {
            let late = pending.late.entry(*secret).or_insert_with(|| LateUse {
                token: *token,
                name: name.clone(),
                user: known.user,
                at: now,
                address: call.address,
                count: 0,
            });
            late.count += 1;
        }
    }

    /// Notes where a secret was last used.
    pub(crate) fn seen(&self, call: &Call, known: &Known, now: Time) {
        let Subject::Token { token, secret, .. } = known.subject else { return };
        let Some(Ok(mut pending)) = self.shard(token).map(Mutex::lock) else { return };
        if pending.uses.len() < MOST || pending.uses.contains_key(&secret) {
            pending.uses.insert(
                secret,
                LastUse { at: now, address: call.address, door: call.door, operation: call.operation.name },
            );
        }
    }
}

impl App {
    /// Writes what was counted since the last flush.
    pub fn flush_activity(&self) -> Result<(), StoreError> {
        let mut uses = Vec::new();
        let mut counts = Vec::new();
        let mut late = Vec::new();
        for shard in &self.activity.shards {
            let Ok(mut pending) = shard.lock() else { continue };
            uses.extend(std::mem::take(&mut pending.uses).into_iter().map(|(secret, last)| activity::LastUse {
                secret,
                at: last.at,
                address: last.address.map(|a| a.to_string()),
                door: last.door.name().to_owned(),
                operation: last.operation.to_owned(),
            }));
            late.extend(std::mem::take(&mut pending.late));
            counts.extend(std::mem::take(&mut pending.counts).into_iter().map(|(key, count)| {
                activity::HourlyCount {
                    token: key.token,
                    hour: key.hour,
                    operation: key.operation.to_owned(),
                    verdict: key.verdict.to_owned(),
                    count,
                }
            }));
        }
        // The report stands in the log; that the counts could not be written does not stop it.
        let reported = if late.is_empty() { Ok(()) } else { self.report_late(&late) };
        if !uses.is_empty() || !counts.is_empty() {
            self.store.side(|unit| activity::write(unit, &uses, &counts))?;
        }
        reported
    }

    /// One entry in its owner's log for each retired value that was used since the last flush.
    fn report_late(&self, late: &[(SecretId, LateUse)]) -> Result<(), StoreError> {
        self.store.write(|unit| {
            for (secret, late) in late {
                unit.audit(&AuditEntry {
                    event: Event::TokenRetiredUse,
                    operation: "token.retired_use",
                    at: late.at,
                    actor: None,
                    organization: None,
                    user: Some(late.user),
                    token: Some(late.token),
                    repository: None,
                    data: json!({
                        "user_programmatic_access_name": late.name,
                        "secret_id": secret.get(),
                        "address": late.address.map(|a| a.to_string()),
                        "count": late.count,
                    }),
                    salt: self.random(),
                })?;
            }
            Ok(())
        })
    }
}
