//! Git's side of the use cases: permits for transfers, the checks of a push, and what it leaves in
//! the log.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use jeton_decide::{Permit, RefChange};
use jeton_domain::{AccountId, Event, RefRules, RepositoryId, SecretId, Time};
use jeton_repo::hook::{Push, PushChecks, PushId, RefCommand, Verdict, check_ref_name, is_forced};
use jeton_repo::{Place as DataPlace, Registration, Shard};
use jeton_store::audit::{AuditEntry, Filter, page};
use jeton_store::push_intents::{self, Outcome, PushIntent};
use jeton_store::{FeedKey, PushIntentId, ReadUnit, StoreError, places};
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::authenticate::Subject;
use crate::call::{Call, Door};
use crate::error::AppError;
use crate::place::{Place, Repository};
use crate::streams::{PermittedRef, Stream};

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
        let Place::Repository(repository) = place.value() else {
            return Err(AppError::Missing("repository"));
        };
        stream.depends_on(repository.id, &keys);
        Ok(Transfer {
            stream,
            registration,
            permit,
            repository: repository.clone(),
        })
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
    /// A ref's name holds a line break.
    broken: bool,
    /// All refs or none.
    atomic: bool,
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
                broken: false,
                atomic: false,
                intents: Vec::new(),
                refused: HashSet::new(),
            },
        );
        PushId(number)
    }

    /// Notes that a ref's name holds a line break, before git hears of it.
    ///
    /// SECURITY: git gives `pre-receive` a line for each ref, so what stands after the break would be taken
    /// for a ref of the push, and stand in the log as one.
    pub fn line_break(&self, id: PushId) {
        if let Some(running) = self.running().get_mut(&id.0) {
            running.broken = true;
        }
    }

    /// Notes that the push wants all of its refs or none, before git hears of it.
    ///
    /// Git itself keeps that promise for what `update` refuses, and forgets it where a ref is hidden.
    pub fn atomic(&self, id: PushId) {
        if let Some(running) = self.running().get_mut(&id.0) {
            running.atomic = true;
        }
    }

    /// Ends a push when git is gone: what became of each ref goes into the log. Blocking.
    pub fn end(&self, id: PushId) -> Result<(), AppError> {
        let Some(running) = self.running().remove(&id.0) else {
            return Ok(());
        };
        if running.intents.is_empty() {
            return Ok(());
        }
        let place = data_place(&running.repository);
        let ended: Vec<Ended> = running
            .intents
            .into_iter()
            .map(|(id, intent)| {
                let outcome = if running.refused.contains(&intent.ref_name) {
                    Outcome::Refused
                } else {
                    outcome(&self.app, place, &intent)
                };
                Ended {
                    id,
                    intent,
                    outcome,
                }
            })
            .collect();
        resolve(&self.app, &ended)
    }

    fn check_push(&self, push: &Push, commands: &[RefCommand]) -> Result<(), AppError> {
        let Some((call, repository, broken, atomic)) = self
            .running()
            .get(&push.id().0)
            .map(|r| (r.call.clone(), r.repository.clone(), r.broken, r.atomic))
        else {
            return Err(AppError::Missing("push"));
        };
        if broken {
            return Err(AppError::Forbidden(
                "A ref's name may not hold a line break.".to_owned(),
            ));
        }
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
        if atomic {
            for command in commands {
                check_name(command)?;
            }
        }
        // The permit again, inside the unit: what was withdrawn since the push began stops it here.
        let (repository, intents) = self.app.write(&call, |unit, acting| {
            acting.place.still(repository.id)?;
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
            Ok((acting.repository()?.clone(), intents))
        })?;
        if let Some(running) = self.running().get_mut(&push.id().0) {
            running.repository = repository;
            running.intents = intents;
        }
        Ok(())
    }

    fn check_ref(&self, push: &Push, command: &RefCommand) -> Result<(), AppError> {
        let Some((call, repository)) = self
            .running()
            .get(&push.id().0)
            .map(|r| (r.call.clone(), r.repository.clone()))
        else {
            return Err(AppError::Missing("push"));
        };
        check_name(command)?;
        if command.is_delete() {
            self.check_not_default(&repository, &command.name)?;
        }
        let (plain, deleted) = (
            !command.is_create() && !command.is_delete(),
            command.is_delete(),
        );
        let asked = plain && self.forbids_force(&call)?;
        let forced = asked && {
            is_forced(&self.app.git, push, command)
                .map_err(|error| AppError::Data(error.to_string()))?
        };
        let noted = PermittedRef {
            name: command.name.clone(),
            forced: forced || (plain && !asked),
            deleted,
        };
        self.app.streams.will_change(&call.request_id, noted);
        let change = RefChange {
            name: &command.name,
            forced,
            deleted,
        };
        let decided = self
            .app
            .permit_again(&call, Some(repository.id), Some(change));
        if decided.is_err() {
            let request = &call.request_id;
            self.app.streams.will_not_change(request, &command.name);
        }
        decided
    }

    /// Git refuses it too, with advice for the server's configuration, which nobody who pushes can follow.
    fn check_not_default(&self, repository: &Repository, name: &str) -> Result<(), AppError> {
        let upkeep = self.app.data.upkeep(data_place(repository));
        let broken = |error: &dyn std::fmt::Display| AppError::Data(error.to_string());
        let is_default = upkeep
            .map_err(|error| broken(&error))?
            .is_head(name)
            .map_err(|error| broken(&error))?;
        if !is_default {
            return Ok(());
        }
        let branch = name.trim_start_matches("refs/heads/");
        Err(AppError::Forbidden(format!(
            "`{branch}` is the default branch. Choose another one first: \
             `jeton repo edit {}/{} --default-branch BRANCH`",
            repository.owner.login, repository.name
        )))
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

    fn notice(&self, push: &Push) -> Option<String> {
        let running = self.running();
        let repository = &running.get(&push.id().0)?.repository;
        repository.moved.then(|| {
            format!(
                "This repository moved. Please use the new location: {}/{}/{}.git",
                self.app.public_url(),
                repository.owner.login,
                repository.name
            )
        })
    }
}

fn check_name(command: &RefCommand) -> Result<(), AppError> {
    check_ref_name(&command.name).map_err(|fault| AppError::Forbidden(format!("{fault}")))
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

/// One ref of a push that is over.
struct Ended {
    id: PushIntentId,
    intent: PushIntent,
    outcome: Outcome,
}

/// Writes down what became of the refs of one push.
fn resolve(app: &App, ended: &[Ended]) -> Result<(), AppError> {
    let Some(Ended { intent: first, .. }) = ended.first() else {
        return Ok(());
    };
    let now = app.now();
    app.store.write(|unit| {
        let told = told(unit, first)?;
        let place = places::repository_by_id(unit, first.repository)?;
        let organization = place
            .as_ref()
            .filter(|place| place.owner.organization.is_some())
            .map(|place| place.owner.id.as_organization());
        let repository = place.map(|place| format!("{}/{}", place.owner.login, place.name));
        for Ended {
            id,
            intent,
            outcome,
        } in ended
        {
            push_intents::resolve(unit, *id, *outcome, now)?;
            // Who came from where with what, as the intent says it.
            let mut data = told.get(&intent.ref_name).cloned().unwrap_or_default();
            data.entry("repo").or_insert_with(|| json!(repository));
            let mut put = |field: &str, value: Value| data.insert(field.to_owned(), value);
            put("door", json!(Door::Git.name()));
            put("request_id", json!(intent.push));
            put("ref", json!(intent.ref_name));
            put("before", json!(intent.old_object));
            put("after", json!(intent.new_object));
            put("outcome", json!(outcome.name()));
            put("secret_id", json!(intent.secret.map(SecretId::get)));
            unit.audit(&AuditEntry {
                event: Event::GitPush,
                operation: "git.push",
                at: now,
                actor: Some(intent.actor),
                organization,
                user: None,
                token: intent.token,
                repository: Some(intent.repository),
                data: Value::Object(data),
                salt: app.random(),
            })?;
        }
        Ok::<_, StoreError>(())
    })?;
    Ok(())
}

/// What the intents of a push say in the log, by ref; nothing once the time it is kept is over.
fn told(
    unit: &mut ReadUnit<'_>,
    push: &PushIntent,
) -> Result<HashMap<String, Map<String, Value>>, StoreError> {
    let filter = Filter {
        events: vec![Event::GitPushIntent],
        actors: Some([push.actor].into()),
        repository: Some(push.repository),
        from: Some(push.created_at),
        until: Some(Time::from_micros(push.created_at.micros() + 1)),
        ..Filter::default()
    };
    // Pushes of one person to one repository in one microsecond: each has `MOST_REFS` at most.
    let rows = page(unit, &filter, u32::MAX)?;
    let data = rows.iter().filter_map(|row| {
        let body: Value = serde_json::from_str(row.body.as_deref()?).ok()?;
        let Value::Object(data) = body.get("data")?.clone() else {
            return None;
        };
        (data.get("request_id")? == push.push.as_str())
            .then(|| Some((data.get("ref")?.as_str()?.to_owned(), data)))?
    });
    Ok(data.collect())
}

impl App {
    /// Resolves what a crash left open, against the refs as they are. Returns how many there were.
    pub fn resolve_open_pushes(&self) -> Result<usize, AppError> {
        let open = self.store.read(push_intents::open)?;
        let count = open.len();
        let mut pushes: BTreeMap<(String, RepositoryId), Vec<Ended>> = BTreeMap::new();
        for (id, intent) in open {
            let place = self.data_place(intent.repository)?;
            let outcome = place.map_or(Outcome::Unknown, |place| outcome(self, place, &intent));
            let push = (intent.push.clone(), intent.repository);
            pushes.entry(push).or_default().push(Ended {
                id,
                intent,
                outcome,
            });
        }
        for ended in pushes.values() {
            resolve(self, ended)?;
        }
        Ok(count)
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
