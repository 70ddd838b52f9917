//! Git's side of the use cases: permits for transfers, the checks of a push, and what it leaves in
//! the log.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use jeton_decide::{Permit, RefChange, may_change_workflows};
use jeton_domain::{AccountId, Event, RefRules, SecretId};
use jeton_repo::hook::{
    GuardedPaths, Push, PushChecks, PushId, RefCommand, Verdict, changes_guarded, check_ref_name,
    is_forced,
};
use jeton_repo::{Place as DataPlace, Readable, Registration};
use jeton_store::push_intents::{self, Outcome, PushIntent};
use jeton_store::{FeedKey, PushIntentId};

mod adopt;
mod outcomes;

use crate::app::App;
use crate::authenticate::Subject;
use crate::call::Call;
use crate::error::AppError;
use crate::place::{Place, Repository};
use crate::streams::{PermittedRef, Stream};
use adopt::adopt;
use outcomes::{Ended, outcomes, resolve};

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
    DataPlace::new(repository.shard, repository.id)
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
    guarded: GuardedPaths,
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
    /// The first refusal, for whoever asked without Git.
    why: Option<AppError>,
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
    /// For one server. `guarded`: the paths that tell a build server what to run.
    pub fn new(app: App, guarded: GuardedPaths) -> Self {
        Self {
            app,
            guarded,
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
                why: None,
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
            call,
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
        // First, so that who hears of the push hears of a repository whose default branch is there.
        adopt(&self.app, call.operation.name, &repository, &ended)?;
        resolve(&self.app, call.operation.name, &ended)
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
            let sentence = "It is not where this push believes it. Fetch, and push again.";
            return Err(AppError::conflict("changed", sentence));
        }
        if command.is_delete() {
            check_not_default(push.contents(), &repository, &command.name)?;
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
        let looked = !deleted && self.is_held_from_workflows(&call)?;
        let workflows = looked && {
            let questions = &self.app.questions;
            changes_guarded(questions, push, command, &self.guarded)?
        };
        let noted = PermittedRef {
            name: command.name.clone(),
            forced: forced || (plain && !asked),
            deleted,
            workflows: workflows || (!deleted && !looked),
        };
        self.app.streams.will_change(&call.request_id, noted);
        let change = RefChange {
            name: &command.name,
            forced,
            deleted,
            workflows,
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

    /// Whether asking git about ancestry can change the answer: a token that forbids it, or one that it was made from.
    fn forbids_force(&self, call: &Call) -> Result<bool, AppError> {
        let who = self.app.authenticate(&call.carried)?;
        Ok(who.live(self.app.now()).is_some_and(|known| {
            let tokens = known.bearer.line().filter_map(|one| one.token.as_ref());
            tokens
                .flat_map(|token| &token.grant.conditions)
                .any(|set| matches!(set.refs, RefRules::Only { no_force: true, .. }))
        }))
    }

    /// Whether looking for changes of guarded paths can change the answer.
    fn is_held_from_workflows(&self, call: &Call) -> Result<bool, AppError> {
        let who = self.app.authenticate(&call.carried)?;
        Ok(who
            .live(self.app.now())
            .is_none_or(|known| !may_change_workflows(&known.bearer)))
    }

    fn verdict(&self, push: &Push, result: Result<(), AppError>) -> Verdict {
        let Err(error) = result else {
            return Verdict::Accept;
        };
        let text = match &error {
            AppError::Refused(refusal) => {
                let mend = refusal.fix.command.iter();
                let mend = mend.map(|command| format!("To mend it: {command}"));
                let said = refusal.sentences().into_iter().chain(mend);
                said.collect::<Vec<_>>().join("\n")
            }
            AppError::Forbidden(sentence) => sentence.clone(),
            AppError::Conflict { message, .. } => message.clone(),
            error => {
                tracing::error!(%error, "a push could not be checked");
                "The push could not be checked. Try again.".to_owned()
            }
        };
        if let Some(running) = self.running().get_mut(&push.id().0) {
            running.why.get_or_insert(error);
        }
        Verdict::Refuse(text)
    }

    /// Why a push was refused that the server itself sends for somebody; asked before it ends.
    pub(crate) fn why(&self, id: PushId) -> Option<AppError> {
        self.running().get_mut(&id.0)?.why.take()
    }
}

impl PushChecks for Pushes {
    fn pre_receive(&self, push: &Push, commands: &[RefCommand]) -> Verdict {
        self.verdict(push, self.check_push(push, commands))
    }

    fn update(&self, push: &Push, command: &RefCommand) -> Verdict {
        let verdict = self.verdict(push, self.check_ref(push, command));
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

/// Git refuses it too, with advice for the server's configuration, which nobody who pushes can follow.
pub(crate) fn check_not_default(
    data: &Readable,
    repository: &Repository,
    name: &str,
) -> Result<(), AppError> {
    if !data.is_head(name)? {
        return Ok(());
    }
    let branch = name.trim_start_matches("refs/heads/");
    Err(AppError::Forbidden(format!(
        "`{branch}` is the default branch. Choose another one first: \
         `jeton repo edit {}/{} --default-branch BRANCH`",
        repository.owner.login, repository.name
    )))
}

fn check_name(command: &RefCommand) -> Result<(), AppError> {
    check_ref_name(&command.name).map_err(|fault| AppError::Forbidden(format!("{fault}")))
}
