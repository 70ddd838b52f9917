//! What became of pushes: known from Git's report, or from where the refs are.

use std::collections::{BTreeMap, HashMap};

use jeton_domain::{Event, RepositoryId, SecretId, Time};
use jeton_repo::Place as DataPlace;
use jeton_store::audit::{AuditEntry, Filter, page};
use jeton_store::push_intents::{self, Outcome, PushIntent};
use jeton_store::{PushIntentId, ReadUnit, StoreError, places};
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::audit::log;
use crate::call::Door;
use crate::error::AppError;
use crate::hooks::pushes::{self, Brought};
use crate::hooks::raise::About;

/// What became of refs, as far as where they are now can tell. `place`: where their data lies, if it is there.
pub(super) fn outcomes<'i>(
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
pub(super) struct Ended {
    pub(super) id: PushIntentId,
    pub(super) intent: PushIntent,
    pub(super) outcome: Outcome,
}

/// Writes down what became of the refs of one push. `operation`: what was asked for.
pub(super) fn resolve(app: &App, operation: &'static str, ended: &[Ended]) -> Result<(), AppError> {
    let Some(Ended { intent: first, .. }) = ended.first() else {
        return Ok(());
    };
    let now = app.now();
    let brought = brought(app, first, ended)?;
    app.store.write(|unit| {
        let told = told(unit, first)?;
        let place = places::repository_by_id(unit, first.repository)?;
        let organization = place
            .as_ref()
            .filter(|place| place.owner.organization.is_some())
            .map(|place| place.owner.id.as_organization());
        let repository = place
            .as_ref()
            .map(|place| format!("{}/{}", place.owner.login, place.name));
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
            data.entry("door")
                .or_insert_with(|| json!(Door::Git.name()));
            if let (Some(place), Outcome::Updated) = (&place, *outcome) {
                let login = data.get("actor").and_then(Value::as_str);
                brought.raise(app, unit, place, intent, login, now)?;
            }
            let mut put = |field: &str, value: Value| data.insert(field.to_owned(), value);
            put("request_id", json!(intent.push));
            put("ref", json!(intent.ref_name));
            put("before", json!(intent.old_object));
            put("after", json!(intent.new_object));
            put("outcome", json!(outcome.name()));
            put("secret_id", json!(intent.secret.map(SecretId::get)));
            let entry = AuditEntry {
                event: Event::GitPush,
                operation,
                at: now,
                actor: Some(intent.actor),
                organization,
                user: None,
                token: intent.token,
                repository: Some(intent.repository),
                data: Value::Object(data),
                salt: app.random(),
            };
            log(app, unit, &entry, &About::default())?;
        }
        Ok::<_, AppError>(())
    })
}

/// What the push brought to the refs that it updated, for webhooks; nothing where none listens.
fn brought(app: &App, first: &PushIntent, ended: &[Ended]) -> Result<Brought, AppError> {
    let mut updated = ended
        .iter()
        .filter(|ended| ended.outcome == Outcome::Updated)
        .map(|ended| &ended.intent)
        .peekable();
    if updated.peek().is_none() {
        return Ok(Brought::default());
    }
    let heard = app
        .store
        .read(|unit| pushes::heard_at(unit, first.repository))?;
    Ok(heard.map_or_else(Brought::default, |at| pushes::read(app, &at, updated)))
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
            // Which operation of the doors it was, nobody knows any more; the intent's entry does.
            resolve(self, "git.push", &ended)?;
        }
        Ok(count)
    }

    /// Where a repository's data lies, for the server's own upkeep.
    pub fn data_place(&self, id: RepositoryId) -> Result<Option<DataPlace>, AppError> {
        let found = self.store.read(|unit| places::repository_by_id(unit, id))?;
        Ok(found.map(|found| DataPlace::new(found.shard, found.id)))
    }
}
