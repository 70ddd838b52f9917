//! The server's inside: what every use case needs, made once at start.

use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use jeton_domain::{Operation, SitePolicy, Time};
use jeton_factors::Passkeys;
use jeton_out::mail::Mailer;
use jeton_repo::{Data, Git, Questions, Transfers};
use jeton_store::{Committed, Engine, FeedEntry, ReadUnit, Seq, Store};
use jeton_token::{InstanceHint, Ring, Secret};

use crate::activity::Activity;
use crate::authorize::Acting;
use crate::cache::{Cache, Changes, Slot};
use crate::call::{Door, Named};
use crate::credentials::Credentials;
use crate::edge::{Clock, Entropy, Forward, Source};
use crate::error::AppError;
use crate::packages::KeptPackages;
use crate::passwords::Passwords;
use crate::place::{Place, PlaceKey};
use crate::rates::{Limits, RateTable};
use crate::serving::Serving;
use crate::shown::Shown;
use crate::streams::Streams;

/// Short questions that are asked of git at a time: each is a process.
const QUESTIONS: usize = 16;

/// The longest wait for a place among them.
const QUEUE: Duration = Duration::from_secs(5);

/// What the binary gives.
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The keys.
    pub ring: Ring,
    /// Names this server in its tokens.
    pub instance: InstanceHint,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The system's generator.
    pub entropy: Arc<dyn Entropy>,
    /// Git's data.
    pub data: Data,
    /// The system's git.
    pub git: Git,
    /// Running transfers.
    pub transfers: Transfers,
    /// Where people reach the server: no slash at the end.
    pub public_url: String,
    /// Sends mail, where the operator set it up.
    pub mailer: Option<Mailer>,
    /// Limits on requests.
    pub limits: Limits,
    /// Runs the waits that cutting transfers needs.
    pub runtime: tokio::runtime::Handle,
}

/// What a method and an address lead to: the route tables' own answer.
pub struct Resolved {
    /// What would be done.
    pub operation: &'static Operation,
    /// To what.
    pub named: Named,
    /// Through which door.
    pub door: Door,
    /// The status of success.
    pub status: u16,
    /// The status by an earlier name of a repository.
    pub moved: u16,
    /// What the use case demands beyond the decision, as far as it hangs on who and what alone.
    pub rule: Box<Rule>,
}

type Rule = dyn Fn(&mut ReadUnit<'_>, &Acting<'_>) -> Result<(), AppError>;

impl std::fmt::Debug for Resolved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolved")
            .field("operation", &self.operation.name)
            .field("named", &self.named)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Asks the route tables.
pub(crate) struct Resolver(Box<Resolve>);

type Resolve = dyn Fn(&str, &str) -> Option<Resolved> + Send + Sync;

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Resolver")
    }
}

/// The server's inside. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    inner: Arc<Inner>,
}

impl std::ops::Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.inner
    }
}

/// See [`App`].
#[derive(Debug)]
pub struct Inner {
    pub(crate) store: Store,
    pub(crate) ring: Ring,
    pub(crate) instance: InstanceHint,
    clock: Forward<Arc<dyn Clock>>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) data: Data,
    pub(crate) git: Git,
    pub(crate) questions: Questions,
    pub(crate) public_url: String,
    pub(crate) mailer: Option<Mailer>,
    /// Nothing where the server is reached by no host name.
    pub(crate) passkeys: Option<Passkeys>,
    pub(crate) changes: Arc<Changes>,
    pub(crate) credentials: Credentials,
    pub(crate) places: Cache<PlaceKey, Place>,
    /// Paths that lead a person, or nobody in particular, nowhere.
    pub(crate) closed: Cache<PlaceKey, Place>,
    pub(crate) site_policy: Slot<SitePolicy>,
    pub(crate) shown: Shown,
    pub(crate) kept_packages: KeptPackages,
    pub(crate) activity: Activity,
    pub(crate) rate_table: RateTable,
    pub(crate) passwords: Passwords,
    pub(crate) streams: Streams,
    pub(crate) resolver: OnceLock<Resolver>,
    /// What git is run with, once a door serves it.
    pub(crate) serving: OnceLock<Weak<Serving>>,
    /// The outside provider, where the operator has one.
    pub(crate) outside: OnceLock<Arc<crate::oidc::Outside>>,
    /// What webhooks are told with.
    pub(crate) hooks: OnceLock<crate::hooks::Hooks>,
    pub(crate) token_places: crate::hooks::tokens::KnownPlaces,
    /// Whom issuers of workloads' tokens are asked by.
    pub(crate) issuers: OnceLock<jeton_out::workload::Issuers>,
    /// The address of the registry's own, where the operator gave it one: no slash at the end.
    registry_url: OnceLock<String>,
    /// Feed entries of commits whose transfers were not looked at yet.
    unsettled: Arc<Mutex<Vec<FeedEntry>>>,
    /// Held while transfers are cut.
    settling: Mutex<()>,
    /// The token up to which the unused ones were looked for; after a restart it begins again.
    pub(crate) unused_looked: AtomicI64,
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        let changes = Arc::new(Changes::new());
        let unsettled = Arc::new(Mutex::new(Vec::new()));
        let (seen, pending) = (Arc::clone(&changes), Arc::clone(&unsettled));
        parts
            .store
            .subscribe(Box::new(move |committed: &Committed| {
                seen.apply(committed);
                if let Ok(mut pending) = pending.lock() {
                    pending.extend(committed.entries.iter().cloned());
                }
            }));
        Self {
            inner: Arc::new(Inner {
                store: parts.store,
                ring: parts.ring,
                instance: parts.instance,
                clock: Forward::new(parts.clock),
                entropy: parts.entropy,
                questions: Questions::new(parts.git.clone(), &parts.data, QUESTIONS, QUEUE),
                data: parts.data,
                git: parts.git,
                passkeys: Passkeys::new(&parts.public_url).ok(),
                public_url: parts.public_url,
                mailer: parts.mailer,
                changes,
                // Bounds: about 400 bytes an entry, so half a gigabyte where a million tokens are busy.
                credentials: Credentials::new(1 << 20),
                places: Cache::new(1 << 17),
                closed: Cache::new(1 << 16),
                site_policy: Slot::new(),
                shown: Shown::new(),
                kept_packages: KeptPackages::new(),
                activity: Activity::new(),
                rate_table: RateTable::new(parts.limits),
                passwords: Passwords::new(),
                streams: Streams::new(parts.transfers, parts.runtime),
                resolver: OnceLock::new(),
                serving: OnceLock::new(),
                outside: OnceLock::new(),
                hooks: OnceLock::new(),
                token_places: crate::hooks::tokens::KnownPlaces::default(),
                issuers: OnceLock::new(),
                registry_url: OnceLock::new(),
                unsettled,
                settling: Mutex::new(()),
                unused_looked: AtomicI64::new(0),
            }),
        }
    }

    /// Lets `explain` ask the route tables, which stand above the use cases. Given once, by the wiring.
    pub fn set_resolver(
        &self,
        resolve: impl Fn(&str, &str) -> Option<Resolved> + Send + Sync + 'static,
    ) {
        // A second resolver would be of a second router over the same inside: the first stays.
        let _ = self.resolver.set(Resolver(Box::new(resolve)));
    }

    /// Lets webhooks be told. Given once, by the wiring.
    pub fn set_hooks(&self, hooks: crate::hooks::Hooks) {
        // A second would tell through another sender what the first fixed: the first stays.
        let _ = self.hooks.set(hooks);
    }

    /// What a method and a path with its query lead to.
    pub fn resolve(&self, method: &str, path: &str) -> Option<Resolved> {
        self.resolver
            .get()
            .and_then(|resolver| (resolver.0)(method, path))
    }

    /// Cuts the transfers that a commit took the permit from, and waits until they are gone. Called
    /// after every write; what another thread committed meanwhile is settled with it.
    pub(crate) fn settle(&self) {
        // INVARIANT: whoever finds nothing left to settle waited for the thread that took it: no
        // write returns while the transfers that it ended still run.
        let _one_at_a_time = self
            .settling
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let entries = match self.unsettled.lock() {
            Ok(mut pending) => std::mem::take(&mut *pending),
            Err(poisoned) => std::mem::take(&mut *poisoned.into_inner()),
        };
        if !entries.is_empty() {
            self.streams.settle(self, &entries);
        }
    }
}

impl Inner {
    /// Now, never backwards.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// The keys.
    pub fn ring(&self) -> &Ring {
        &self.ring
    }

    /// The number of the last change: also whether the database answers.
    pub fn changes(&self) -> Result<Seq, AppError> {
        Ok(self.store.seq()?)
    }

    /// Whether the disk has room for changes.
    pub fn room(&self) -> Result<(), AppError> {
        Ok(self.store.room()?)
    }

    /// Which database it is.
    pub fn engine(&self) -> Engine {
        self.store.engine()
    }

    /// Git's data.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// Running transfers.
    pub fn streams(&self) -> &Streams {
        &self.streams
    }

    /// Names this server in its tokens.
    pub fn instance(&self) -> &InstanceHint {
        &self.instance
    }

    /// Where people reach the server: no slash at the end.
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// The address of the registry's own, where the operator gave it one: no slash at the end.
    pub fn registry_url(&self) -> Option<&str> {
        self.registry_url.get().map(String::as_str)
    }

    /// Gives the registry an address of its own. Once, at start.
    pub fn set_registry_url(&self, url: String) {
        let _ = self.registry_url.set(url);
    }

    /// The host in it, as people know the server by.
    pub fn host(&self) -> &str {
        self.public_url
            .split_once("://")
            .map_or(self.public_url.as_str(), |(_, host)| host)
    }

    /// Fresh random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// The digest of a fresh value under the newest key.
    pub(crate) fn digest(&self, secret: &Secret) -> Result<[u8; 32], AppError> {
        let digest = self.ring.token_digest(self.ring.newest(), &secret.parsed());
        digest
            .map(|d| *d.as_bytes())
            .ok_or_else(|| AppError::Data("the newest key is missing".to_owned()))
    }

    /// The token crate's view of the generator.
    pub(crate) fn source(&self) -> Source<'_> {
        Source(self.entropy.as_ref())
    }
}
