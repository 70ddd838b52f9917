//! `team`, `team_add` and `membership`.

use jeton_domain::{Event, Role};
use jeton_store::ReadUnit;
use jeton_store::teams;
use serde_json::{Value, json};

use super::super::Thing;
use super::facts::somebody;
use super::{Matter, Telling, changes, fields};
use crate::error::AppError;

/// The team of an entry in its shape.
fn team(unit: &mut ReadUnit<'_>, telling: &Telling<'_>) -> Result<Option<Value>, AppError> {
    let (Some(row), Some(organization)) = (telling.about.team, &telling.facts.organization) else {
        return Ok(None);
    };
    let parent = match row.parent {
        Some(parent) => teams::by_id(unit, row.organization, parent)?,
        None => None,
    };
    let team = Thing::Team(organization, row, parent.as_ref());
    Ok(Some((telling.shape)(telling.url, team)))
}

/// What became of a team.
pub(super) fn changed(
    unit: &mut ReadUnit<'_>,
    telling: &Telling<'_>,
) -> Result<Option<Matter>, AppError> {
    let Some(team) = team(unit, telling)? else {
        return Ok(None);
    };
    let mut fields = fields([("team", team)]);
    let before = telling.about.changed.iter();
    let before = before.map(|(field, from)| (*field, json!({ "from": from })));
    let action = match telling.entry.event {
        Event::TeamCreate => "created",
        Event::TeamDestroy => "deleted",
        Event::TeamRemoveRepository => "removed_from_repository",
        Event::TeamUpdate => {
            fields.insert("changes".to_owned(), changes(before));
            "edited"
        }
        _ => match telling.word("old_permission").and_then(Role::parse) {
            None => "added_to_repository",
            Some(was) => {
                let held = json!({
                    "admin": was >= Role::Admin,
                    "push": was >= Role::Write,
                    "pull": true,
                });
                let told = json!({ "repository": { "permissions": { "from": held } } });
                fields.insert("changes".to_owned(), told);
                "edited"
            }
        },
    };
    Ok(Some((Some(action), fields)))
}

/// `team_add`: a team that has a role on a repository from now on, where it had none.
pub(super) fn added(
    unit: &mut ReadUnit<'_>,
    telling: &Telling<'_>,
) -> Result<Option<Matter>, AppError> {
    if telling.word("old_permission").is_some() {
        return Ok(None);
    }
    let team = team(unit, telling)?;
    Ok(team.map(|team| (None, fields([("team", team)]))))
}

/// Who joined or left one.
pub(super) fn membership(
    unit: &mut ReadUnit<'_>,
    telling: &Telling<'_>,
) -> Result<Option<Matter>, AppError> {
    let (Some(team), Some(user)) = (team(unit, telling)?, telling.entry.user) else {
        return Ok(None);
    };
    let member = somebody(unit, user, telling.word("user"))?;
    let action = match telling.entry.event {
        Event::TeamAddMember => "added",
        _ => "removed",
    };
    let told = fields([
        ("scope", "team".into()),
        (
            "member",
            (telling.shape)(telling.url, Thing::Person(&member)),
        ),
        ("team", team),
    ]);
    Ok(Some((Some(action), told)))
}
