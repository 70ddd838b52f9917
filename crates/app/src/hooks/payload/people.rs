//! `organization`.

use jeton_domain::{Event, Id as _, InvitationId, OrganizationRole};
use jeton_store::{ReadUnit, invitations};
use serde_json::{Value, json};

use super::super::Thing;
use super::facts::somebody;
use super::{Matter, Telling, fields};
use crate::error::AppError;
use crate::invitations::Invitation;

/// What became of an organization and of who belongs to it.
pub(super) fn changed(
    unit: &mut ReadUnit<'_>,
    telling: &Telling<'_>,
) -> Result<Option<Matter>, AppError> {
    Ok(match telling.entry.event {
        Event::OrganizationDelete => Some((Some("deleted"), fields([]))),
        Event::OrganizationRename => {
            let from = json!({ "login": { "from": telling.word("old_login") } });
            Some((Some("renamed"), fields([("changes", from)])))
        }
        Event::MemberAdd => member(unit, telling, "member_added")?,
        Event::MemberRemove => member(unit, telling, "member_removed")?,
        Event::InvitationCreate => invited(unit, telling)?,
        _ => None,
    })
}

fn member(
    unit: &mut ReadUnit<'_>,
    telling: &Telling<'_>,
    action: &'static str,
) -> Result<Option<Matter>, AppError> {
    let (Some(user), Some(organization)) = (telling.entry.user, &telling.facts.organization) else {
        return Ok(None);
    };
    let person = somebody(unit, user, telling.word("user"))?;
    let role = telling.word("permission").and_then(OrganizationRole::parse);
    let role = role.unwrap_or(OrganizationRole::Member);
    let membership = Thing::Membership(organization, &person, role);
    let told = (telling.shape)(telling.url, membership);
    Ok(Some((Some(action), fields([("membership", told)]))))
}

fn invited(unit: &mut ReadUnit<'_>, telling: &Telling<'_>) -> Result<Option<Matter>, AppError> {
    let number = telling.entry.data.get("invitation_id");
    let Some(id) = number
        .and_then(Value::as_i64)
        .and_then(InvitationId::from_i64)
    else {
        return Ok(None);
    };
    let Some(row) = invitations::by_id(unit, id)? else {
        return Ok(None);
    };
    let invitation = Invitation::new(unit, row, telling.entry.at)?;
    let mut told = fields([(
        "invitation",
        (telling.shape)(telling.url, Thing::Invitation(&invitation)),
    )]);
    if let Some(user) = telling.entry.user {
        let person = somebody(unit, user, telling.word("user"))?;
        let user = (telling.shape)(telling.url, Thing::Person(&person));
        told.insert("user".to_owned(), user);
    }
    Ok(Some((Some("member_invited"), told)))
}
