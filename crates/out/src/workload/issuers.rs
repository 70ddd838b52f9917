//! Asking issuers for their keys, and keeping them for a while.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jeton_domain::{Span, Time, plain};
use serde::Deserialize;
use ureq::tls::{RootCerts, TlsConfig};

use super::keys::Keys;
use super::token::Unverified;
use crate::oidc::may_be_asked;
use crate::vetted::agent;
use crate::webhook::{Allowed, BadAuthorities, Target, failure};
use crate::words::authorities;

/// How long keys are believed without asking again.
const FRESH: Span = Span::from_minutes(10);
/// A key that is not known asks anew, and not more often than this: whoever writes a token names its key. After a fault, nobody
/// is asked for so long either.
const ASKED_AGAIN: Span = Span::from_seconds(30);
/// How long keys are used that could not be read again.
const HELD: Span = Span::from_hours(1);
/// Bytes of an answer.
const ANSWER_BYTES: u64 = 512 << 10;
/// Issuers that are remembered. Beyond, the memory begins anew: they are asked again, no more.
const MOST: usize = 4096;
/// Requests to issuers at a time, and those who wait for one issuer's: each holds a thread.
const AT_ONCE: usize = 32;
/// The longest wait for what somebody else asks: two answers, and what is left over.
const WAIT: Duration = Duration::from_secs(25);
/// Characters of what is said of a fault.
const SAID: usize = 300;

/// Whom issuers are asked by.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Networks beside the public ones. Where this machine is among them, it may be spoken to in clear.
    pub allowed: Allowed,
    /// Certificates (PEM) of the authorities that are believed, instead of the public ones.
    pub authorities: Option<Vec<u8>>,
}

/// What an issuer was found to be when it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Its keys were read.
    Read,
    /// They could not be, and why.
    Failed(String),
}

/// What is known of one issuer.
#[derive(Debug, Default)]
struct Known {
    memory: Mutex<Memory>,
    answered: Condvar,
}

#[derive(Debug, Default)]
struct Memory {
    held: Option<(Arc<Keys>, Time)>,
    failed: Option<(Time, String)>,
    /// Somebody asks.
    asking: bool,
    waiting: usize,
}

impl Known {
    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Issuers, and what is known of them.
#[derive(Debug)]
pub struct Issuers {
    settings: Settings,
    agent: ureq::Agent,
    known: Mutex<BTreeMap<String, Arc<Known>>>,
    running: AtomicUsize,
}

/// Whoever asks one issuer. Its end lets the next ask, however it ends.
struct Turn<'a>(&'a Known, &'a AtomicUsize);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::Relaxed);
        self.0.lock().asking = false;
        self.0.answered.notify_all();
    }
}

impl Issuers {
    /// Asks nobody yet.
    pub fn new(settings: Settings) -> Result<Self, BadAuthorities> {
        let mut tls = TlsConfig::builder();
        if let Some(pem) = &settings.authorities {
            let read = authorities(pem).map_err(BadAuthorities::from)?;
            tls = tls.root_certs(RootCerts::Specific(Arc::new(read)));
        }
        Ok(Self {
            agent: agent(tls.build(), &settings.allowed),
            settings,
            known: Mutex::new(BTreeMap::new()),
            running: AtomicUsize::new(0),
        })
    }

    /// Whether an address may be an issuer's, as far as can be told without asking: https, or this machine in clear where it is
    /// allowed; no query, and no slash behind which nothing comes but another.
    pub fn check_address(&self, issuer: &str) -> Result<(), String> {
        let target = self.target(issuer)?;
        let url = target.into_url();
        if url.query().is_some() {
            return Err("holds a query, which no issuer has".to_owned());
        }
        Ok(())
    }

    /// The keys of an issuer for one token; and, where it was asked for them, what came of that. Blocks, for half a minute at
    /// most, and seldom at all.
    pub fn keys(
        &self,
        issuer: &str,
        token: &Unverified<'_>,
        now: Time,
    ) -> (Result<Arc<Keys>, String>, Option<News>) {
        self.for_whom(issuer, now, &|keys| token.finds_key(keys))
    }

    /// Asks an issuer for its keys now, whatever is held of it: for whoever tries whether it can be asked.
    pub fn try_out(&self, issuer: &str, now: Time) -> Result<(), String> {
        self.for_whom(issuer, now, &|_| false).0.map(drop)
    }

    fn for_whom(
        &self,
        issuer: &str,
        now: Time,
        fits: &dyn Fn(&Keys) -> bool,
    ) -> (Result<Arc<Keys>, String>, Option<News>) {
        let known = self.known(issuer);
        let mut memory = known.lock();
        loop {
            if let Some(settled) = memory.without_asking(now, fits) {
                return (settled, None);
            }
            if !memory.asking {
                break;
            }
            if memory.waiting >= AT_ONCE {
                return (memory.or_held(now, "too many wait for its keys"), None);
            }
            memory.waiting += 1;
            let (woken, waited) = known
                .answered
                .wait_timeout(memory, WAIT)
                .unwrap_or_else(PoisonError::into_inner);
            memory = woken;
            memory.waiting -= 1;
            if waited.timed_out() {
                return (memory.or_held(now, "it takes too long to answer"), None);
            }
        }
        if self.running.fetch_add(1, Ordering::Relaxed) >= AT_ONCE {
            self.running.fetch_sub(1, Ordering::Relaxed);
            return (
                memory.or_held(now, "too many issuers are asked at once"),
                None,
            );
        }
        memory.asking = true;
        drop(memory);
        let turn = Turn(&known, &self.running);
        // Outside the lock, so that whoever has what they need waits for nobody.
        let read = self.read(issuer);
        let mut memory = known.lock();
        let told = match read {
            Ok(keys) => {
                let keys = Arc::new(keys);
                memory.held = Some((Arc::clone(&keys), now));
                memory.failed = None;
                (Ok(keys), Some(News::Read))
            }
            Err(why) => {
                let why: String = plain(&why).chars().take(SAID).collect();
                memory.failed = Some((now, why.clone()));
                (memory.or_held(now, &why), Some(News::Failed(why)))
            }
        };
        drop(memory);
        drop(turn);
        told
    }

    fn known(&self, issuer: &str) -> Arc<Known> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && !known.contains_key(issuer) {
            known.clear();
        }
        Arc::clone(known.entry(issuer.to_owned()).or_default())
    }

    fn target(&self, address: &str) -> Result<Target, String> {
        let target =
            Target::parse(address, &self.settings.allowed).map_err(|why| why.to_string())?;
        may_be_asked(&target.clone().into_url(), true)
            .map_err(|_| "does not begin with `https://`".to_owned())?;
        Ok(target)
    }

    fn read(&self, issuer: &str) -> Result<Keys, String> {
        #[derive(Deserialize)]
        struct Document {
            issuer: String,
            jwks_uri: String,
        }
        let address = format!(
            "{}/.well-known/openid-configuration",
            issuer.trim_end_matches('/')
        );
        let document: Document = serde_json::from_slice(&self.get(&address)?)
            .map_err(|_| format!("`{address}` is no OpenID Connect document"))?;
        // SECURITY: else whoever can put a file on one host could speak for another.
        if document.issuer != issuer {
            return Err(format!("`{address}` is about `{}`", document.issuer));
        }
        let keys = self.get(&document.jwks_uri)?;
        Keys::read(&keys).map_err(|why| format!("`{}` {why}", document.jwks_uri))
    }

    fn get(&self, address: &str) -> Result<Vec<u8>, String> {
        let target = self
            .target(address)
            .map_err(|why| format!("`{address}` {why}"))?;
        let request = self
            .agent
            .get(target.as_str())
            .header("accept", "application/json")
            .header("user-agent", "jeton");
        let mut answer = request
            .call()
            .map_err(|error| format!("`{address}`: {}", failure(error)))?;
        let status = answer.status().as_u16();
        match status {
            200 => {}
            300..400 => {
                return Err(format!(
                    "`{address}` leads elsewhere ({status}), and nobody goes there"
                ));
            }
            _ => return Err(format!("`{address}` answers {status}")),
        }
        answer
            .body_mut()
            .with_config()
            .limit(ANSWER_BYTES)
            .read_to_vec()
            .map_err(|error| format!("`{address}`: {}", failure(error)))
    }
}

impl Memory {
    /// What can be said without asking; nothing, where it must be asked.
    fn without_asking(
        &self,
        now: Time,
        fits: &dyn Fn(&Keys) -> bool,
    ) -> Option<Result<Arc<Keys>, String>> {
        if let Some((keys, at)) = &self.held
            && (now < at.after(ASKED_AGAIN) || (now < at.after(FRESH) && fits(keys)))
        {
            return Some(Ok(Arc::clone(keys)));
        }
        match &self.failed {
            Some((at, why)) if now < at.after(ASKED_AGAIN) => Some(self.or_held(now, why)),
            _ => None,
        }
    }

    /// What is held, where it is not too old; else why there is nothing.
    fn or_held(&self, now: Time, why: &str) -> Result<Arc<Keys>, String> {
        match &self.held {
            Some((keys, at)) if now < at.after(HELD) => Ok(Arc::clone(keys)),
            _ => Err(why.to_owned()),
        }
    }
}
