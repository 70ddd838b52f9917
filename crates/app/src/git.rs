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
        // INVARIANT: noted first, decided after. A change between the first decision and the note was looked at by
        // the name alone, which may be another repository's by now.
        self.permit_again(call, Some(repository.id), None)?;
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
    seen: Seen,
    intents: Vec<(PushIntentId, PushIntent)>,
    /// Refs that are not where the push believes them.
    astray: HashSet<String>,
    refused: HashSet<String>,
}

/// What git does not tell its hooks of a push: seen in the list of commands on its way to git.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// A ref's name holds a line break.
    ///
    /// SECURITY: git gives `pre-receive` a line for each ref, so what stands after the break would be taken
    /// for a ref of the push, and stand in the log as one.
    pub line_break: bool,
    /// The push wants all of its refs or none.
    ///
    /// Git itself keeps that promise for what `update` refuses, and forgets it where a ref is hidden.
    pub atomic: bool,
    /// The client asks what became of each ref.
    pub report: bool,
}

/// What git reported of each ref of a push: whether it did what was asked.
pub type Report = HashMap<String, bool>;

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
                seen: Seen::default(),
                intents: Vec::new(),
                astray: HashSet::new(),
                refused: HashSet::new(),
            },
        );
        PushId(number)
    }

    /// Notes what was seen of a push, before git hears of it.
    pub fn note(&self, id: PushId, seen: Seen) {
        if let Some(running) = self.running().get_mut(&id.0) {
            running.seen.line_break |= seen.line_break;
            running.seen.atomic |= seen.atomic;
            running.seen.report |= seen.report;
        }
    }

    /// Ends a push when git is gone: what became of each ref goes into the log. Blocking.
    ///
    /// What git reported is believed, because two pushes may want the same of a ref, and only git knows which of
    /// them did it. Where the client has left before the report, the refs as they are have to tell.
    pub fn end(&self, id: PushId, report: &Report) -> Result<(), AppError> {
        let Some(running) = self.running().remove(&id.0) else {
            return Ok(());
        };
        let Running {
            repository,
            intents,
            refused,
            ..
        } = running;
        let unsaid = intents
            .iter()
            .map(|(_, intent)| intent)
            .filter(|intent| !report.contains_key(&intent.ref_name));
        let seen = outcomes(&self.app, Some(data_place(&repository)), unsaid);
        let ended: Vec<Ended> = intents
            .into_iter()
            .map(|(id, intent)| {
                let name = &intent.ref_name;
                let outcome = match report.get(name) {
                    Some(true) => Outcome::Updated,
                    _ if refused.contains(name) => Outcome::Refused,
                    Some(false) => Outcome::Failed,
                    None => seen.get(name).copied().unwrap_or(Outcome::Unknown),
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
        let Some((call, repository, seen)) = self
            .running()
            .get(&push.id().0)
            .map(|r| (r.call.clone(), r.repository.clone(), r.seen))
        else {
            return Err(AppError::Missing("push"));
        };
        if seen.line_break {
            return Err(AppError::Forbidden(
                "A ref's name may not hold a line break.".to_owned(),
            ));
        }
        if !seen.report {
            return Err(AppError::Forbidden(
                "This client does not ask what becomes of its push (`report-status`).".to_owned(),
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
        let mut names = HashSet::with_capacity(commands.len());
        if let Some(twice) = commands.iter().find(|command| !names.insert(&command.name)) {
            return Err(AppError::Forbidden(format!(
                "A push may name a ref once: `{}`.",
                twice.name
            )));
        }
        if seen.atomic {
            for command in commands {
                check_name(command)?;
            }
        }
        let astray = self.astray(&repository, commands)?;
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
                    .with("secret_id", secret.map(SecretId::get))
                    .write(unit)?;
                intents.push((id, intent));
            }
            Ok((acting.repository()?.clone(), intents))
        })?;
        if let Some(running) = self.running().get_mut(&push.id().0) {
            running.repository = repository;
            running.intents = intents;
            running.astray = astray;
        }
        Ok(())
    }

    fn check_ref(&self, push: &Push, command: &RefCommand) -> Result<(), AppError> {
        let Some((call, repository, astray)) = self.running().get(&push.id().0).map(|r| {
            let astray = r.astray.contains(&command.name);
            (r.call.clone(), r.repository.clone(), astray)
        }) else {
            return Err(AppError::Missing("push"));
        };
        check_name(command)?;
        if astray {
            return Err(AppError::Forbidden(
                "It is not where this push believes it. Fetch, and push again.".to_owned(),
            ));
        }
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

    /// The refs that are not where the push believes them, or that it would delete where there are none.
    ///
    /// SECURITY: git deletes a ref without a look at where it was, if only the push names an object that it does not
    /// hold; the log would then know a lie. Of all that passes here git itself makes sure once more.
    fn astray(
        &self,
        repository: &Repository,
        commands: &[RefCommand],
    ) -> Result<HashSet<String>, AppError> {
        let broken = |error: &dyn std::fmt::Display| AppError::Data(error.to_string());
        let upkeep = self.app.data.upkeep(data_place(repository));
        let upkeep = upkeep.map_err(|error| broken(&error))?;
        let names = commands.iter().map(|command| command.name.as_str());
        let tips = upkeep.tips(names).map_err(|error| broken(&error))?;
        let astray = commands
            .iter()
            .filter(|command| match tips.get(command.name.as_str()) {
                Some(tip) => *tip != command.old,
                None => !command.is_create() || command.is_delete(),
            });
        Ok(astray.map(|command| command.name.clone()).collect())
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

/// What became of refs, as far as where they are now can tell. `place`: where their data lies, if it is there.
fn outcomes<'i>(
    app: &App,
    place: Option<DataPlace>,
    intents: impl Iterator<Item = &'i PushIntent> + Clone,
) -> HashMap<String, Outcome> {
    let upkeep = place.and_then(|place| app.data.upkeep(place).ok());
    let names = intents.clone().map(|intent| intent.ref_name.as_str());
    let Some(tips) = upkeep.and_then(|upkeep| upkeep.tips(names).ok()) else {
        return HashMap::new();
    };
    let outcome = |intent: &PushIntent| {
        let tip = tips.get(intent.ref_name.as_str());
        let tip = tip.map_or_else(|| "0".repeat(40), ToString::to_string);
        if tip == intent.new_object {
            Outcome::Updated
        } else if tip == intent.old_object {
            Outcome::Failed
        } else {
            Outcome::Unknown
        }
    };
    intents
        .map(|intent| (intent.ref_name.clone(), outcome(intent)))
        .collect()
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
        let mut pushes: BTreeMap<(String, RepositoryId), Vec<(PushIntentId, PushIntent)>> =
            BTreeMap::new();
        for (id, intent) in open {
            let push = (intent.push.clone(), intent.repository);
            pushes.entry(push).or_default().push((id, intent));
        }
        for ((_, repository), intents) in pushes {
            let place = self.data_place(repository)?;
            let seen = outcomes(self, place, intents.iter().map(|(_, intent)| intent));
            let ended: Vec<Ended> = intents
                .into_iter()
                .map(|(id, intent)| Ended {
                    id,
                    outcome: seen
                        .get(&intent.ref_name)
                        .copied()
                        .unwrap_or(Outcome::Unknown),
                    intent,
                })
                .collect();
            resolve(self, &ended)?;
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
