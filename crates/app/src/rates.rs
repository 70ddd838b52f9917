//! Limits on requests: per address for anonymous requests and failures, per principal for the rest.
//!
//! Fixed windows of an hour, as the `X-RateLimit-…` headers describe them. Counters live in bounded
//! memory on one node; losing one only forgives.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jeton_decide::{Denial, Layer, Rates};
use jeton_domain::{Time, UserId, WorkloadIssuerId};

use crate::app::App;
use crate::authenticate::Authenticated;
use crate::call::{Call, Carried, Door};
use crate::error::AppError;
use crate::told::Told;

/// Requests an hour; zero means no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// REST requests without a credential, per address. Git sends one with every operation, so
    /// Git's are not counted.
    pub anonymous: u32,
    /// Requests with a credential that does not live, per address.
    pub failures: u32,
    /// Requests of one person, through all of their tokens.
    pub principal: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            anonymous: 6000,
            failures: 600,
            principal: 0,
        }
    }
}

/// Reports of leaked values an hour, per address (`semantics` section 8).
const REPORTS: u32 = 60;

/// Accounts that are made from an address in an hour: room for a class in one room.
const SIGN_UPS: u32 = 60;

/// Codes of devices that a person types in an hour: somebody who reads them off another screen errs sometimes.
const TYPED: u32 = 30;

/// Questions to a browser or a provider that a network begins in an hour without a sign-in: an office in the morning. Each
/// is a row for some minutes.
const QUESTIONS: u32 = 1000;

/// Tokens of issuers that open nothing, an hour, per address: build servers behind one address err together.
const EXCHANGES: u32 = 600;

/// Such tokens of one issuer that the log has entries of, an hour.
const LOGGED_REFUSALS: u32 = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Anonymous(IpAddr),
    Failures(IpAddr),
    Principal(UserId),
    Reports(Option<IpAddr>),
    SignUps(Option<IpAddr>),
    Questions(Option<IpAddr>),
    Typed(UserId),
    Exchanges(Option<IpAddr>),
    LoggedRefusals(WorkloadIssuerId),
}

/// Whom an address stands for. A version 6 customer is given a network of 2^64 addresses at least,
/// so those count as one; a mapped address is the version 4 one inside.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(
            || IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
            IpAddr::V4,
        ),
    }
}

/// How many times a person's limit may be given back in an hour. Who asks over and over for what stays the same is answered by
/// the same work each time.
const GIVEN_BACK: i64 = 10;

#[derive(Debug)]
struct Window {
    began: AtomicI64,
    count: AtomicI64,
    /// Of those that were counted, so many count no more.
    given_back: AtomicI64,
}

pub(crate) struct RateTable {
    limits: Limits,
    windows: quick_cache::sync::Cache<Key, Arc<Window>>,
}

impl std::fmt::Debug for RateTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RateTable")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl RateTable {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            windows: quick_cache::sync::Cache::new(1 << 16),
        }
    }

    fn window(&self, key: Key, now: Time) -> Arc<Window> {
        let hour = now.hour().micros();
        let fresh = || {
            Arc::new(Window {
                began: AtomicI64::new(hour),
                count: AtomicI64::new(0),
                given_back: AtomicI64::new(0),
            })
        };
        let window = self
            .windows
            .get_or_insert_with(&key, || Ok::<_, Infallible>(fresh()))
            .unwrap_or_else(|e| match e {});
        if window.began.swap(hour, Ordering::Relaxed) != hour {
            window.count.store(0, Ordering::Relaxed);
            window.given_back.store(0, Ordering::Relaxed);
        }
        window
    }

    pub(crate) fn limits_people(&self) -> bool {
        self.limits.principal > 0
    }

    fn limit(&self, key: Key) -> i64 {
        i64::from(match key {
            Key::Anonymous(_) => self.limits.anonymous,
            Key::Failures(_) => self.limits.failures,
            Key::Principal(_) => self.limits.principal,
            Key::Reports(_) => REPORTS,
            Key::SignUps(_) => SIGN_UPS,
            Key::Questions(_) => QUESTIONS,
            Key::Typed(_) => TYPED,
            Key::Exchanges(_) => EXCHANGES,
            Key::LoggedRefusals(_) => LOGGED_REFUSALS,
        })
    }

    fn exceeded(&self, key: Key, now: Time) -> bool {
        let limit = self.limit(key);
        limit > 0 && self.window(key, now).count.load(Ordering::Relaxed) >= limit
    }

    fn add(&self, key: Key, now: Time) {
        if self.limit(key) > 0 {
            self.window(key, now).count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Takes back what [`RateTable::add`] counted. A window that began meanwhile loses one of its own, if it has any.
    fn give_back(&self, key: Key, now: Time) {
        let (limit, window) = (self.limit(key), self.window(key, now));
        let most = limit.saturating_mul(GIVEN_BACK);
        if window.given_back.fetch_add(1, Ordering::Relaxed) < most {
            let less = |count: i64| (count > 0).then(|| count - 1);
            // Where nothing is counted there is nothing to take back.
            let _ = window
                .count
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        }
    }
}

/// What is left to a principal in this hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateState {
    /// Requests an hour; zero means no limit.
    pub limit: i64,
    /// Used so far.
    pub used: i64,
    /// When the next window begins.
    pub reset: Time,
}

impl RateState {
    /// Left in this window.
    pub fn remaining(&self) -> i64 {
        (self.limit - self.used).max(0)
    }
}

/// The operation that says what is left. It uses nothing up, and is answered where nothing is left: by it clients
/// know how long to wait.
pub const RATE_LIMIT: &str = "site.rate_limit";

fn is_free(call: &Call) -> bool {
    call.operation.name == RATE_LIMIT
}

impl App {
    /// Which limits a request finds used up. Counts nothing.
    pub(crate) fn rates(&self, call: &Call, who: &Authenticated, now: Time) -> Rates {
        let table = &self.rate_table;
        let fails = who.live(now).is_none() && !matches!(call.carried, Carried::Nothing);
        if is_free(call) && !fails {
            return Rates::default();
        }
        if let Some(known) = who.live(now) {
            let exceeded = table.exceeded(Key::Principal(known.user), now);
            return Rates {
                address_exceeded: false,
                principal_exceeded: exceeded,
            };
        }
        let key = match (&call.carried, call.address.map(network)) {
            (Carried::Nothing, Some(address)) if call.door == Door::Api => Key::Anonymous(address),
            (Carried::Value(_) | Carried::Faulty(_), Some(address)) => Key::Failures(address),
            (Carried::Nothing, _) | (_, None) => return Rates::default(),
        };
        Rates {
            address_exceeded: table.exceeded(key, now),
            principal_exceeded: false,
        }
    }

    /// Counts a request, once, by whoever decides it.
    pub(crate) fn count_request(&self, call: &Call, who: &Authenticated, now: Time) {
        if is_free(call) {
            return;
        }
        if let Some(known) = who.live(now) {
            self.rate_table.add(Key::Principal(known.user), now);
        } else if matches!(call.carried, Carried::Nothing)
            && call.door == Door::Api
            && let Some(address) = call.address
        {
            self.rate_table.add(Key::Anonymous(network(address)), now);
        }
    }

    /// What an answer tells of its request, if it says that nothing changed (304): such a one counts for nothing, where its
    /// credential lives.
    pub fn unchanged(&self, call: &Call, told: Told) -> Told {
        let Some(person) = told
            .person
            .filter(|_| told.rate.is_some() && !is_free(call))
        else {
            return told;
        };
        self.rate_table
            .give_back(Key::Principal(person), self.now());
        Told {
            rate: self.rate_left(person),
            ..told
        }
    }

    /// Counts a credential that does not live against its address.
    pub(crate) fn count_failure(
        &self,
        call: &Call,
        who: &Authenticated,
        denial: Denial,
        now: Time,
    ) {
        if denial.reason.layer() == Layer::Credential
            && matches!(call.carried, Carried::Value(_))
            && who.live(now).is_none()
            && let Some(address) = call.address
        {
            self.rate_table.add(Key::Failures(network(address)), now);
        }
    }

    /// Counts a report of leaked values.
    pub(crate) fn count_report(&self, call: &Call) -> Result<(), AppError> {
        // Those whose address is not known share one window.
        self.count_of(Key::Reports(call.address.map(network)))
    }

    /// Counts an account that somebody makes for themself.
    pub(crate) fn count_sign_up(&self, call: &Call) -> Result<(), AppError> {
        self.count_of(Key::SignUps(call.address.map(network)))
    }

    /// Counts a question that is kept for somebody who is not signed in.
    pub(crate) fn count_question(&self, call: &Call) -> Result<(), AppError> {
        self.count_of(Key::Questions(call.address.map(network)))
    }

    /// Whether a person may type a further code of a device.
    pub(crate) fn may_type(&self, user: UserId) -> Result<(), AppError> {
        self.room_for(Key::Typed(user))
    }

    /// Whether a further token of an issuer may be brought from an address.
    pub(crate) fn may_exchange(&self, call: &Call) -> Result<(), AppError> {
        self.room_for(Key::Exchanges(call.address.map(network)))
    }

    /// Counts a token of an issuer that opened nothing.
    pub(crate) fn count_exchange(&self, call: &Call) {
        let key = Key::Exchanges(call.address.map(network));
        self.rate_table.add(key, self.now());
    }

    /// Whether a token of an issuer that opened nothing leaves an entry: so many of each issuer's do.
    pub(crate) fn may_log_refusal(&self, issuer: WorkloadIssuerId) -> bool {
        self.count_of(Key::LoggedRefusals(issuer)).is_ok()
    }

    fn room_for(&self, key: Key) -> Result<(), AppError> {
        if self.rate_table.exceeded(key, self.now()) {
            return Err(AppError::TooMany {
                seconds: self.retry_after(),
            });
        }
        Ok(())
    }

    /// Counts a code that was no device's.
    pub(crate) fn count_typed(&self, user: UserId) -> Result<(), AppError> {
        self.count_of(Key::Typed(user))
    }

    fn count_of(&self, key: Key) -> Result<(), AppError> {
        self.room_for(key)?;
        self.rate_table.add(key, self.now());
        Ok(())
    }

    /// What is left to a person in this hour.
    pub fn rate_state(&self, user: UserId) -> RateState {
        self.state_of(Key::Principal(user))
    }

    /// What is left to a credential's person, or without one to the address; nothing where there is no
    /// limit.
    pub(crate) fn rate_state_of(&self, call: &Call, user: Option<UserId>) -> Option<RateState> {
        match user {
            Some(user) => self.rate_left(user),
            None => self.rate_left_to_address(call),
        }
    }

    /// What is left to the address of a request that carried nothing which lives; nothing where there is no limit.
    pub(crate) fn rate_left_to_address(&self, call: &Call) -> Option<RateState> {
        let network = network(call.address?);
        let key = match &call.carried {
            Carried::Nothing => Key::Anonymous(network),
            Carried::Value(_) | Carried::Faulty(_) => Key::Failures(network),
        };
        Some(self.state_of(key)).filter(|state| state.limit > 0)
    }

    /// What is left to a person in this hour; nothing where there is no limit.
    pub(crate) fn rate_left(&self, user: UserId) -> Option<RateState> {
        let limited = self.rate_table.limits_people();
        limited.then(|| self.rate_state(user))
    }

    fn state_of(&self, key: Key) -> RateState {
        let now = self.now();
        let window = self.rate_table.window(key, now);
        RateState {
            limit: self.rate_table.limit(key),
            used: window.count.load(Ordering::Relaxed),
            reset: now.hour().after(jeton_domain::Span::from_hours(1)),
        }
    }

    /// When a request that met a limit may try again.
    pub fn retry_after(&self) -> i64 {
        let now = self.now();
        now.hour()
            .after(jeton_domain::Span::from_hours(1))
            .since(now)
            .seconds()
            .max(1)
    }
}
