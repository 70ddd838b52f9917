//! `repository`, `public` and `member`.

use jeton_domain::{AccountId, Event, Id as _, Role};
use jeton_store::{ReadUnit, organizations};
use serde_json::{Value, json};

use super::super::Thing;
use super::facts::somebody;
use super::{Matter, Telling, changes, fields};
use crate::error::AppError;

/// What became of a repository.
pub(super) fn changed(
    unit: &mut ReadUnit<'_>,
    telling: &Telling<'_>,
) -> Result<Option<Matter>, AppError> {
    let from = |field| telling.word(field).map(|from| json!({ "from": from }));
    let (action, changed): (_, Vec<(&'static str, Value)>) = match telling.entry.event {
        Event::RepositoryCreate => ("created", Vec::new()),
        Event::RepositoryDestroy => ("deleted", Vec::new()),
        Event::RepositoryUpdate => {
            let before = telling.about.changed.iter();
            let before = before.map(|(field, from)| (*field, json!({ "from": from })));
            ("edited", before.collect())
        }
        Event::RepositoryRename => {
            let name = json!({ "name": from("old_name") });
            ("renamed", vec![("repository", name)])
        }
        Event::RepositoryTransfer => {
            let from = json!({ "from": former_owner(unit, telling)? });
            ("transferred", vec![("owner", from)])
        }
        _ if is_public(telling) => ("publicized", Vec::new()),
        _ => ("privatized", Vec::new()),
    };
    let mut fields = fields([]);
    if !changed.is_empty() {
        fields.insert("changes".to_owned(), changes(changed));
    }
    Ok(Some((Some(action), fields)))
}

/// `public`: a repository that everybody sees from now on.
pub(super) fn publicized(telling: &Telling<'_>) -> Option<Matter> {
    is_public(telling).then(|| (None, fields([])))
}

fn is_public(telling: &Telling<'_>) -> bool {
    telling.word("visibility") == Some("public")
}

/// Whose a repository was before it was handed over.
fn former_owner(unit: &mut ReadUnit<'_>, telling: &Telling<'_>) -> Result<Value, AppError> {
    let before = |field| {
        let found = telling
            .about
            .changed
            .iter()
            .find(|(name, _)| *name == field);
        found.map(|(_, value)| value)
    };
    let id = before("id").and_then(Value::as_i64);
    let Some(id) = id.and_then(AccountId::from_i64) else {
        return Ok(Value::Null);
    };
    let shape = |thing| (telling.shape)(telling.url, thing);
    if let Some(row) = organizations::by_id(unit, id.as_organization())? {
        return Ok(json!({ "organization": shape(Thing::Organization(&row)) }));
    }
    let login = before("login").and_then(Value::as_str);
    let person = somebody(unit, id.as_user(), login)?;
    Ok(json!({ "user": shape(Thing::Person(&person)) }))
}

/// What became of a person's role on one.
pub(super) fn member(
    unit: &mut ReadUnit<'_>,
    telling: &Telling<'_>,
) -> Result<Option<Matter>, AppError> {
    let Some(user) = telling.entry.user else {
        return Ok(None);
    };
    let member = somebody(unit, user, telling.word("user"))?;
    let mut fields = fields([(
        "member",
        (telling.shape)(telling.url, Thing::Person(&member)),
    )]);
    let old = |role: &str| Role::parse(role).map(old_word);
    let (is, was) = (telling.word("permission"), telling.word("old_permission"));
    let action = match telling.entry.event {
        Event::CollaboratorAdd => {
            let told = json!({
                "permission": { "to": is.and_then(old) },
                "role_name": { "to": is },
            });
            fields.insert("changes".to_owned(), told);
            "added"
        }
        Event::CollaboratorUpdate => {
            let told = json!({
                "old_permission": { "from": was },
                "permission": { "from": was, "to": is },
            });
            fields.insert("changes".to_owned(), told);
            "edited"
        }
        _ => "removed",
    };
    Ok(Some((Some(action), fields)))
}

/// The three words that GitHub had for roles before it had five.
const fn old_word(role: Role) -> &'static str {
    match role {
        Role::Read | Role::Triage => "read",
        Role::Write | Role::Maintain => "write",
        Role::Admin => "admin",
    }
}
