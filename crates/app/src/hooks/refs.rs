//! `create` and `delete`: branches and tags that came and went, by a push or by what writes over REST.

use jeton_domain::{HookEvent, Time};
use jeton_store::WriteUnit;
use jeton_store::places::RepositoryPlace;
use jeton_store::push_intents::PushIntent;
use serde_json::json;

use super::payload::{self, Facts, somebody};
use super::pushes::{hear, object};
use super::tell::{Told, tell};
use crate::app::Inner;
use crate::error::AppError;

/// Tags that one push makes, or deletes, for which it is told. Of more none is, as at GitHub.
const MOST_TAGS: usize = 3;

/// How many tags one push made and deleted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    made: usize,
    deleted: usize,
}

impl Counts {
    pub(super) fn of<'i>(updated: impl Iterator<Item = &'i PushIntent>) -> Self {
        let mut counts = Self::default();
        for intent in updated {
            match (named(&intent.ref_name), change(intent)) {
                (Some((TAG, _)), Some(HookEvent::Create)) => counts.made += 1,
                (Some((TAG, _)), Some(_)) => counts.deleted += 1,
                _ => {}
            }
        }
        counts
    }

    const fn too_many(self, event: HookEvent) -> bool {
        let count = match event {
            HookEvent::Create => self.made,
            _ => self.deleted,
        };
        count > MOST_TAGS
    }
}

const BRANCH: &str = "branch";
const TAG: &str = "tag";

/// What a ref is, in GitHub's word, and its name there; nothing for what is neither branch nor tag, of which nobody is told.
pub(super) fn named(ref_name: &str) -> Option<(&'static str, &str)> {
    let branch = ref_name.strip_prefix("refs/heads/");
    let tag = ref_name.strip_prefix("refs/tags/");
    branch
        .map(|name| (BRANCH, name))
        .or(tag.map(|name| (TAG, name)))
}

/// Whether a ref came or went; nothing for one that moved.
fn change(intent: &PushIntent) -> Option<HookEvent> {
    match (object(&intent.old_object), object(&intent.new_object)) {
        (None, Some(_)) => Some(HookEvent::Create),
        (Some(_), None) => Some(HookEvent::Delete),
        _ => None,
    }
}

/// Has webhooks told of a branch or a tag that came or went. `counts`: of the whole push; `login`: what whoever pushed was called.
pub(super) fn raise(
    app: &Inner,
    unit: &mut WriteUnit<'_>,
    place: &RepositoryPlace,
    (intent, counts): (&PushIntent, Counts),
    login: Option<&str>,
    now: Time,
) -> Result<(), AppError> {
    let (Some((kind, name)), Some(event)) = (named(&intent.ref_name), change(intent)) else {
        return Ok(());
    };
    if kind == TAG && counts.too_many(event) {
        return Ok(());
    }
    let hooks = hear(unit, place, event)?;
    if hooks.is_empty() {
        return Ok(());
    }
    let mut facts = Facts::at(unit, None, Some(intent.repository))?;
    facts.sender = Some(somebody(unit, intent.actor.as_user(), login)?);
    let mut payload = json!({ "ref": name, "ref_type": kind, "pusher_type": "user" });
    if let (HookEvent::Create, Some(row), Some(fields)) =
        (event, &facts.repository, payload.as_object_mut())
    {
        fields.insert("master_branch".to_owned(), json!(row.default_branch));
        let description = Some(&row.description).filter(|text| !text.is_empty());
        fields.insert("description".to_owned(), json!(description));
    }
    facts.put(payload::shape(app)?, app.public_url(), &mut payload);
    let told = Told {
        event,
        action: None,
        payload,
    };
    tell(app, unit, hooks, &told, now)
}
