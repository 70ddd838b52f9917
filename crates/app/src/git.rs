//! Git's side of the use cases: permits for transfers, the checks of a push, and what it leaves in
//! the log.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use jeton_decide::{Permit, RefChange};
use jeton_domain::{AccountId, Event, RefRules, RepositoryId, Time};
use jeton_repo::hook::{Push, PushChecks, PushId, RefCommand, Verdict, check_ref_name, is_forced};
use jeton_repo::{Place as DataPlace, Registration, Shard};
use jeton_store::audit::AuditEntry;
use jeton_store::push_intents::{self, Outcome, PushIntent};
use jeton_store::{FeedKey, PushIntentId, StoreError, WriteUnit, places};
use serde_json::json;

use crate::app::App;
use crate::authenticate::Subject;
use crate::call::{Call, Door};
use crate::error::AppError;
use crate::place::{Place, Repository};
use crate::streams::Stream;

/// The most refs that one push may change.
const MOST_REFS: usize = 5_000;

/// The longest name of a ref, in bytes. Looked at before anything is written: an intent stands in the log
/// whether its ref is refused later or not.
const LONGEST_REF: usize = 512;

/// A permitted transfer: watched from before the decision on.
#[derive(Debug)]
pub struct Transfer {
    /// Keeps the watch; drop it when the transfer is over.
    pub stream: Stream,
    /// What the git process is registered under.
    pub registration: Registration,
    /// The proof.
    pub permit: Permit,
    /// The repository.
    pub repository: Repository,
}

impl Transfer {
    /// Where the repository's data lies.
    pub fn place(&self) -> DataPlace {
        data_place(&self.repository)
    }
}

pub(crate) fn data_place(repository: &Repository) -> DataPlace {
    DataPlace {
        shard: Shard(repository.shard),
        id: repository.id,
    }
}

impl App {
    /// Registers and decides one request of Git's. Both requests of an operation come here.
    pub fn begin_transfer(&self, call: &Call) -> Result<Transfer, AppError> {
        let (stream, registration) = self.watch(call);
        let (permit, place) = self.permit(call)?;
        let mut keys: Vec<FeedKey> = place.keys().collect();
        keys.extend(permit.token().map(FeedKey::Token));
        if let Some(Subject::SignIn { id, .. }) = self
            .authenticate(&call.carried)?
            .live(self.now())
            .map(|known| &known.subject)
        {
            keys.push(FeedKey::SignIn(*id));
        }
        stream.depends_on(&keys);
        match place.value() {
            Place::Repository(repository) => Ok(Transfer {
                stream,
                registration,
                permit,
                repository: repository.clone(),
            }),
            _ => Err(AppError::Missing("repository")),
        }
    }
}

/// Pushes that are under way, and the checks that the hooks ask for.
#[derive(Debug)]
pub struct Pushes {
    app: App,
    next: AtomicI64,
    running: Mutex<HashMap<i64, Running>>,
}

#[derive(Debug)]
struct Running {
    call: Call,
    repository: Repository,
    intents: Vec<(PushIntentId, PushIntent)>,
    refused: HashSet<String>,
}

impl Pushes {
    /// For one server.
    pub fn new(app: App) -> Self {
        Self {
            app,
            next: AtomicI64::new(1),
            running: Mutex::default(),
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<i64, Running>> {
        self.running
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Begins a push that was permitted.
    pub fn begin(&self, call: &Call, repository: &Repository) -> PushId {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.running().insert(
            number,
            Running {
                call: call.clone(),
                repository: repository.clone(),
                intents: Vec::new(),
                refused: HashSet::new(),
            },
        );
        PushId(number)
    }

    /// Ends a push when git is gone: what became of each ref goes into the log. Blocking.
    pub fn end(&self, id: PushId) -> Result<(), AppError> {
        let Some(running) = self.running().remove(&id.0) else {
            return Ok(());
        };
        if running.intents.is_empty() {
            return Ok(());
        }
        let app = &self.app;
        let now = app.now();
        let outcomes = outcomes(app, &running.repository, &running.intents, &running.refused);
        app.store.write(|unit| {
            for ((id, intent), outcome) in running.intents.iter().zip(outcomes) {
                resolve(unit, app, *id, intent, outcome, now)?;
            }
            Ok::<_, StoreError>(())
        })?;
        Ok(())
    }

    fn check_push(&self, push: &Push, commands: &[RefCommand]) -> Result<(), AppError> {
        let Some((call, repository)) = self
            .running()
            .get(&push.id().0)
            .map(|r| (r.call.clone(), r.repository.clone()))
        else {
            return Err(AppError::Missing("push"));
        };
        if repository.id != push.repository() {
            return Err(AppError::Missing("push"));
        }
        if commands
            .iter()
            .any(|command| command.name.len() > LONGEST_REF)
        {
            return Err(AppError::Forbidden(format!(
                "A ref's name may have at most {LONGEST_REF} bytes."
            )));
        }
        if commands.len() > MOST_REFS {
            return Err(AppError::Forbidden(format!(
                "A push may change at most {MOST_REFS} refs."
            )));
        }
        // The permit again, inside the unit: what was withdrawn since the push began stops it here.
        let intents = self.app.write(&call, |unit, acting| {
            let (token, secret) = match acting.known().map(|known| &known.subject) {
                Some(Subject::Token { token, secret, .. }) => (Some(*token), Some(*secret)),
                _ => (None, None),
            };
            let actor = AccountId::from(acting.user()?);
            let mut intents = Vec::with_capacity(commands.len());
            for command in commands {
                let intent = PushIntent {
                    repository: repository.id,
                    token,
                    secret,
                    actor,
                    push: call.request_id.clone(),
                    ref_name: command.name.clone(),
                    old_object: command.old.to_string(),
                    new_object: command.new.to_string(),
                    created_at: acting.now,
                };
                let id = push_intents::insert(unit, &intent)?;
                acting
                    .record(Event::GitPushIntent)
                    .with("ref", intent.ref_name.as_str())
                    .with("before", intent.old_object.as_str())
                    .with("after", intent.new_object.as_str())
                    .write(unit)?;
                intents.push((id, intent));
            }
            Ok(intents)
        })?;
        if let Some(running) = self.running().get_mut(&push.id().0) {
            running.intents = intents;
        }
        Ok(())
    }

    fn check_ref(&self, push: &Push, command: &RefCommand) -> Result<(), AppError> {
        let Some(call) = self.running().get(&push.id().0).map(|r| r.call.clone()) else {
            return Err(AppError::Missing("push"));
        };
        check_ref_name(&command.name).map_err(|fault| AppError::Forbidden(format!("{fault}")))?;
        let plain = !command.is_create() && !command.is_delete();
        let forced = plain && self.forbids_force(&call)? && {
            is_forced(&self.app.git, push, command)
                .map_err(|error| AppError::Data(error.to_string()))?
        };
        let change = RefChange {
            name: &command.name,
            forced,
            deleted: command.is_delete(),
        };
        self.app.permit_again(&call, Some(change))
    }

    /// Whether asking git about ancestry can change the answer.
    fn forbids_force(&self, call: &Call) -> Result<bool, AppError> {
        let who = self.app.authenticate(&call.carried)?;
        Ok(who
            .live(self.app.now())
            .and_then(|known| known.bearer.token.as_ref())
            .is_some_and(|token| {
                token
                    .grant
                    .conditions
                    .iter()
                    .any(|c| matches!(c.refs, RefRules::Only { no_force: true, .. }))
            }))
    }

    fn verdict(result: Result<(), AppError>) -> Verdict {
        match result {
            Ok(()) => Verdict::Accept,
            Err(AppError::Refused(refusal)) => Verdict::Refuse(refusal.sentences().join("\n")),
            Err(AppError::Forbidden(sentence)) => Verdict::Refuse(sentence),
            Err(error) => {
                tracing::error!(%error, "a push could not be checked");
                Verdict::Refuse("The push could not be checked. Try again.".to_owned())
            }
        }
    }
}

impl PushChecks for Pushes {
    fn pre_receive(&self, push: &Push, commands: &[RefCommand]) -> Verdict {
        Self::verdict(self.check_push(push, commands))
    }

    fn update(&self, push: &Push, command: &RefCommand) -> Verdict {
        let verdict = Self::verdict(self.check_ref(push, command));
        if matches!(verdict, Verdict::Refuse(_))
            && let Some(running) = self.running().get_mut(&push.id().0)
        {
            running.refused.insert(command.name.clone());
        }
        verdict
    }
}

/// What the refs say became of each intent.
fn outcomes(
    app: &App,
    repository: &Repository,
    intents: &[(PushIntentId, PushIntent)],
    refused: &HashSet<String>,
) -> Vec<Outcome> {
    intents
        .iter()
        .map(|(_, intent)| {
            if refused.contains(&intent.ref_name) {
                Outcome::Refused
            } else {
                outcome(app, data_place(repository), intent)
            }
        })
        .collect()
}

fn outcome(app: &App, place: DataPlace, intent: &PushIntent) -> Outcome {
    let Ok(tip) = app
        .data
        .upkeep(place)
        .map_err(|_| ())
        .and_then(|r| r.tip(&intent.ref_name).map_err(|_| ()))
    else {
        return Outcome::Unknown;
    };
    let tip = tip.map_or_else(|| "0".repeat(40), |oid| oid.to_string());
    if tip == intent.new_object {
        Outcome::Updated
    } else if tip == intent.old_object {
        Outcome::Failed
    } else {
        Outcome::Unknown
    }
}

fn resolve(
    unit: &mut WriteUnit<'_>,
    app: &App,
    id: PushIntentId,
    intent: &PushIntent,
    outcome: Outcome,
    now: Time,
) -> Result<(), StoreError> {
    push_intents::resolve(unit, id, outcome, now)?;
    let place = places::repository_by_id(unit, intent.repository)?;
    let organization = place
        .as_ref()
        .filter(|place| place.owner.organization.is_some())
        .map(|place| place.owner.id.as_organization());
    let login = place.as_ref().map(|place| place.owner.login.clone());
    let name = place.map(|place| format!("{}/{}", place.owner.login, place.name));
    unit.audit(&AuditEntry {
        event: Event::GitPush,
        operation: "git.push",
        at: now,
        actor: Some(intent.actor),
        organization,
        user: None,
        token: intent.token,
        repository: Some(intent.repository),
        data: json!({
            "door": Door::Git.name(),
            "org": organization.and(login),
            "repo": name,
            "ref": intent.ref_name,
            "before": intent.old_object,
            "after": intent.new_object,
            "outcome": outcome.name(),
            "request_id": intent.push,
            "secret_id": intent.secret.map(jeton_domain::SecretId::get),
        }),
        salt: app.random(),
    })
}

impl App {
    /// Resolves what a crash left open, against the refs as they are. Returns how many there were.
    pub fn resolve_open_pushes(&self) -> Result<usize, AppError> {
        let open = self.store.read(push_intents::open)?;
        let now = self.now();
        for (id, intent) in &open {
            let place = self
                .store
                .read(|unit| places::repository_by_id(unit, intent.repository))?;
            let outcome = place.map_or(Outcome::Unknown, |found| {
                outcome(
                    self,
                    DataPlace {
                        shard: Shard(found.shard),
                        id: found.id,
                    },
                    intent,
                )
            });
            self.store
                .write(|unit| resolve(unit, self, *id, intent, outcome, now))?;
        }
        Ok(open.len())
    }

    /// Where a repository's data lies, for the server's own upkeep.
    pub fn data_place(&self, id: RepositoryId) -> Result<Option<DataPlace>, AppError> {
        let found = self.store.read(|unit| places::repository_by_id(unit, id))?;
        Ok(found.map(|found| DataPlace {
            shard: Shard(found.shard),
            id: found.id,
        }))
    }
}
