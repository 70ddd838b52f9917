//! What webhooks are told of a push: read from Git's data before the unit that notes what became of it.

use std::collections::HashMap;

use jeton_domain::{AccountId, HookEvent, HookId, RepositoryId, Time};
use jeton_repo::{Oid, Place as DataPlace, Pushed};
use jeton_store::places::{self, RepositoryPlace};
use jeton_store::push_intents::PushIntent;
use jeton_store::{ReadUnit, WriteUnit};
use serde_json::{Value, json};

use super::payload::{self, Facts, somebody};
use super::raise::listening;
use super::refs::{self, Counts};
use super::tell::{Told, tell};
use super::{Shape, Thing};
use crate::app::{App, Inner};
use crate::error::AppError;

/// Refs of one push whose commits are read; of the others it is told where they lead.
const WHOLE_REFS: usize = 20;

/// The most refs of one push that webhooks hear of. GitHub tells of none where there are more than five thousand.
const MOST_REFS: usize = 500;

/// What webhooks are to be told of a push.
#[derive(Debug, Default)]
pub(crate) struct Brought {
    /// Its commits, by ref. Of a ref that is not here nobody is told.
    by_ref: HashMap<String, Pushed>,
    counts: Counts,
}

/// Where a repository's data lies of whose pushes anybody is told.
#[derive(Debug)]
pub(crate) struct HeardAt {
    data: DataPlace,
    /// What a push brought is told too, and not only that a branch or a tag was made or deleted.
    commits: bool,
}

/// The same; nothing where nobody listens.
pub(crate) fn heard_at(
    unit: &mut ReadUnit<'_>,
    repository: RepositoryId,
) -> Result<Option<HeardAt>, AppError> {
    let Some(place) = places::repository_by_id(unit, repository)? else {
        return Ok(None);
    };
    let mut hear = |event| Ok::<_, AppError>(!hear(unit, &place, event)?.is_empty());
    let commits = hear(HookEvent::Push)?;
    let any = commits || hear(HookEvent::Create)? || hear(HookEvent::Delete)?;
    Ok(any.then(|| HeardAt {
        data: DataPlace::new(place.shard, place.id),
        commits,
    }))
}

/// Reads what a push brought. Of what can't be read the event names the ref's ends alone.
pub(crate) fn read<'i>(
    app: &App,
    at: &HeardAt,
    updated: impl Iterator<Item = &'i PushIntent> + Clone,
) -> Brought {
    let mut brought = Brought {
        counts: Counts::of(updated.clone()),
        ..Brought::default()
    };
    let Ok(upkeep) = app.data.upkeep(at.data) else {
        return brought;
    };
    let told = updated.filter(|intent| refs::named(&intent.ref_name).is_some());
    for (number, intent) in told.take(MOST_REFS).enumerate() {
        let ends = (object(&intent.old_object), object(&intent.new_object));
        let whole = number < WHOLE_REFS;
        let pushed = if at.commits {
            app.questions.pushed(&upkeep, &intent.ref_name, ends, whole)
        } else {
            Ok(Pushed::default())
        };
        let pushed = pushed.unwrap_or_else(|error| {
            tracing::warn!(%error, repository = intent.repository.get(), "what a push brought could not be read");
            Pushed::default()
        });
        brought.by_ref.insert(intent.ref_name.clone(), pushed);
    }
    brought
}

impl Brought {
    /// Has webhooks told of one ref that a push updated. `login`: what whoever pushed was called.
    pub(crate) fn raise(
        &self,
        app: &Inner,
        unit: &mut WriteUnit<'_>,
        place: &RepositoryPlace,
        intent: &PushIntent,
        login: Option<&str>,
        now: Time,
    ) -> Result<(), AppError> {
        let Some(pushed) = self.by_ref.get(&intent.ref_name) else {
            return Ok(());
        };
        refs::raise(app, unit, place, (intent, self.counts), login, now)?;
        let hooks = hear(unit, place, HookEvent::Push)?;
        if hooks.is_empty() {
            return Ok(());
        }
        let told = told(app, unit, (intent, pushed), login)?;
        tell(app, unit, hooks, &told, now)
    }
}

/// What is told of one ref of a push. `login`: what whoever pushed was called.
pub(super) fn told<'a>(
    app: &Inner,
    unit: &mut ReadUnit<'_>,
    (intent, pushed): (&PushIntent, &Pushed),
    login: Option<&str>,
) -> Result<Told<'a>, AppError> {
    let shape = payload::shape(app)?;
    let mut facts = Facts::at(unit, None, Some(intent.repository))?;
    facts.sender = Some(somebody(unit, intent.actor.as_user(), login)?);
    let mut payload = payload(app, shape, &facts, intent, pushed);
    facts.put(shape, app.public_url(), &mut payload);
    Ok(Told {
        event: HookEvent::Push,
        action: None,
        payload,
    })
}

/// Whom an event of Git there is told.
pub(super) fn hear(
    unit: &mut ReadUnit<'_>,
    place: &RepositoryPlace,
    event: HookEvent,
) -> Result<Vec<HookId>, AppError> {
    let owner: &jeton_store::places::OwnerPlace = &place.owner;
    let organization = owner.organization.is_some().then_some(owner.id);
    let organization = organization.map(AccountId::as_organization);
    listening(unit, event, organization, Some(place.id))
}

/// An object's id; nothing for zeros.
pub(super) fn object(text: &str) -> Option<Oid> {
    Oid::from_hex(text.as_bytes())
        .ok()
        .filter(|id| !id.is_null())
}

fn payload(
    app: &Inner,
    shape: Shape,
    facts: &Facts,
    intent: &PushIntent,
    pushed: &Pushed,
) -> Value {
    let url = app.public_url();
    let (created, deleted) = (
        object(&intent.old_object).is_none(),
        object(&intent.new_object).is_none(),
    );
    let commit = |commit| match &facts.repository {
        Some(repository) => shape(url, Thing::Pushed(repository, commit)),
        None => Value::Null,
    };
    let full = facts
        .repository
        .as_ref()
        .map(jeton_store::repositories::RepositoryRow::full_name)
        .unwrap_or_default();
    let short = |id: &str| id.chars().take(12).collect::<String>();
    let (before, after) = (short(&intent.old_object), short(&intent.new_object));
    let compare = match (created, deleted) {
        (true, _) => format!("{url}/{full}/commit/{after}"),
        (_, true) => format!("{url}/{full}/commit/{before}"),
        _ => format!("{url}/{full}/compare/{before}...{after}"),
    };
    json!({
        "ref": intent.ref_name,
        "before": intent.old_object,
        "after": intent.new_object,
        "created": created,
        "deleted": deleted,
        "forced": pushed.forced,
        "base_ref": null,
        "compare": compare,
        "commits": pushed.commits.iter().map(commit).collect::<Vec<_>>(),
        "head_commit": pushed.head.as_ref().map(commit),
        // No address: what a person reads mail by is theirs.
        "pusher": {
            "name": facts.sender.as_ref().map(|person| person.login.as_str()),
            "email": null,
        },
    })
}
