//! What every payload names beside its own matter.

use jeton_domain::{OrganizationId, RepositoryId, UserId};
use jeton_store::audit::AuditEntry;
use jeton_store::hooks::HookOwner;
use jeton_store::memberships::Person;
use jeton_store::organizations::{self, OrganizationRow};
use jeton_store::repositories::{self, RepositoryRow};
use jeton_store::{ReadUnit, users};
use serde_json::Value;

use super::super::{Shape, Thing};
use crate::error::AppError;
use crate::organizations::person;

/// Where something happened, and who did it.
#[derive(Debug, Default)]
pub(in crate::hooks) struct Facts {
    pub(in crate::hooks) organization: Option<OrganizationRow>,
    pub(in crate::hooks) repository: Option<RepositoryRow>,
    pub(in crate::hooks) sender: Option<Person>,
}

impl Facts {
    /// Of what a webhook hangs on.
    pub(in crate::hooks) fn of(
        unit: &mut ReadUnit<'_>,
        owner: HookOwner,
    ) -> Result<Self, AppError> {
        match owner {
            HookOwner::Organization(id) => Self::at(unit, Some(id), None),
            HookOwner::Repository(id) => Self::at(unit, None, Some(id)),
        }
    }

    /// Of an entry of the log. Where nobody did it, it is whom it concerns.
    pub(super) fn of_entry(
        unit: &mut ReadUnit<'_>,
        entry: &AuditEntry<'_>,
    ) -> Result<Self, AppError> {
        let mut facts = Self::at(unit, entry.organization, entry.repository)?;
        let actor = entry.actor.map(|actor| (actor.as_user(), "actor"));
        let user = entry.user.map(|user| (user, "user"));
        if let Some((id, field)) = actor.or(user) {
            let said = entry.data.get(field).and_then(Value::as_str);
            facts.sender = Some(somebody(unit, id, said)?);
        }
        Ok(facts)
    }

    /// Of where something happened, also where it is gone since.
    pub(in crate::hooks) fn at(
        unit: &mut ReadUnit<'_>,
        organization: Option<OrganizationId>,
        repository: Option<RepositoryId>,
    ) -> Result<Self, AppError> {
        let repository = match repository {
            Some(id) => repositories::ever_by_id(unit, id)?,
            None => None,
        };
        let of_repository = repository
            .as_ref()
            .filter(|row| row.owner_is_organization)
            .map(|row| row.owner.as_organization());
        let organization = match of_repository.or(organization) {
            Some(id) => organizations::by_id(unit, id)?,
            None => None,
        };
        Ok(Self {
            organization,
            repository,
            sender: None,
        })
    }

    /// Names them in a payload.
    pub(in crate::hooks) fn put(&self, shape: Shape, url: &str, payload: &mut Value) {
        let Some(fields) = payload.as_object_mut() else {
            return;
        };
        let named = [
            (
                "repository",
                self.repository.as_ref().map(Thing::Repository),
            ),
            (
                "organization",
                self.organization.as_ref().map(Thing::Organization),
            ),
            ("sender", self.sender.as_ref().map(Thing::Person)),
        ];
        for (field, thing) in named {
            if let Some(thing) = thing {
                fields.insert(field.to_owned(), shape(url, thing));
            }
        }
    }
}

/// A person by id; of one who is gone, what was said of them.
pub(in crate::hooks) fn somebody(
    unit: &mut ReadUnit<'_>,
    id: UserId,
    said: Option<&str>,
) -> Result<Person, AppError> {
    let there = users::by_id(unit, id)?;
    Ok(there.as_ref().map_or_else(
        || Person {
            id,
            login: said.unwrap_or("ghost").to_owned(),
            administrator: false,
        },
        person,
    ))
}
