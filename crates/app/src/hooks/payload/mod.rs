//! What webhooks are told, in GitHub's shapes.

mod facts;
mod people;
mod repositories;
mod teams;
mod tokens;

use jeton_domain::{Event, HookEvent};
use jeton_store::WriteUnit;
use jeton_store::audit::AuditEntry;
use serde_json::{Map, Value};

use super::Shape;
use super::raise::About;
use crate::app::Inner;
use crate::error::AppError;

pub(super) use facts::{Facts, somebody};
pub(super) use tokens::told as told_token;

/// The matter of a payload: GitHub's word for what happened, where it has one, and the fields beside `sender`, `organization`
/// and `repository`.
type Matter = (Option<&'static str>, Map<String, Value>);

/// What an entry is told from.
struct Telling<'a> {
    shape: Shape,
    /// Where people reach the server.
    url: &'a str,
    entry: &'a AuditEntry<'a>,
    about: &'a About<'a>,
    facts: Facts,
}

impl Telling<'_> {
    /// A field of the entry that is text.
    fn word(&self, field: &str) -> Option<&str> {
        self.entry.data.get(field)?.as_str()
    }
}

/// What shapes things. Without it nothing can be told, and that is a defect of the wiring.
pub(super) fn shape(app: &Inner) -> Result<Shape, AppError> {
    let hooks = app.hooks.get();
    hooks
        .map(|hooks| hooks.shape)
        .ok_or_else(|| AppError::Data("nothing shapes what webhooks are told".to_owned()))
}

/// The payload of an entry as one kind of event; none where it is nothing that GitHub's webhooks tell.
pub(super) fn payload(
    app: &Inner,
    shape: Shape,
    unit: &mut WriteUnit<'_>,
    (entry, event): (&AuditEntry<'_>, HookEvent),
    about: &About<'_>,
) -> Result<Option<(Option<&'static str>, Value)>, AppError> {
    let telling = Telling {
        shape,
        url: app.public_url(),
        entry,
        about,
        facts: Facts::of_entry(unit, entry)?,
    };
    let matter = match entry.event {
        _ if event == HookEvent::Public => repositories::publicized(&telling),
        _ if event == HookEvent::TeamAdd => teams::added(unit, &telling)?,
        Event::RepositoryCreate
        | Event::RepositoryUpdate
        | Event::RepositoryRename
        | Event::RepositoryVisibility
        | Event::RepositoryTransfer
        | Event::RepositoryDestroy => repositories::changed(unit, &telling)?,
        Event::CollaboratorAdd | Event::CollaboratorUpdate | Event::CollaboratorRemove => {
            repositories::member(unit, &telling)?
        }
        Event::TeamCreate
        | Event::TeamUpdate
        | Event::TeamDestroy
        | Event::TeamAddRepository
        | Event::TeamRemoveRepository => teams::changed(unit, &telling)?,
        Event::TeamAddMember | Event::TeamRemoveMember => teams::membership(unit, &telling)?,
        Event::AccessRevoke => tokens::revoked(unit, &telling)?,
        Event::AccessGrant
        | Event::RequestCreate
        | Event::RequestDeny
        | Event::RequestCancel
        | Event::RequestExpire => tokens::request(unit, &telling)?,
        _ => people::changed(unit, &telling)?,
    };
    Ok(matter.map(|(action, mut fields)| {
        if let Some(action) = action {
            fields.insert("action".to_owned(), action.into());
        }
        let mut payload = Value::Object(fields);
        telling.facts.put(shape, telling.url, &mut payload);
        (action, payload)
    }))
}

/// `{field: {"from": …}}` and so on, as GitHub tells what changed.
fn changes(of: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let fields = of.into_iter().map(|(field, from)| (field.to_owned(), from));
    Value::Object(fields.collect())
}

/// Fields by name.
fn fields<const N: usize>(of: [(&str, Value); N]) -> Map<String, Value> {
    of.into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
