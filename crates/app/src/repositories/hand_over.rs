//! Handing repositories over to another owner: what tied others to them under the old one ends.

use jeton_domain::{AccountId, Event, RepositoryName};
use jeton_store::repositories::{self, RepositoryRow};
use jeton_store::{ReadUnit, WriteUnit};

use super::RESOURCE;
use super::create::release_former;
use super::delete::untie;
use crate::authorize::Acting;
use crate::error::{AppError, FieldFault};
use crate::hooks::{Owner, end_of_owner};

/// Who gets repositories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heir {
    /// Which account.
    pub(crate) id: AccountId,
    /// Its name.
    pub(crate) login: String,
    /// An organization, or a person.
    pub(crate) organization: bool,
}

/// Whether all of the names are free with the heir: one that is not leaves all where they are.
pub(crate) fn check_free_names(
    unit: &mut ReadUnit<'_>,
    rows: &[RepositoryRow],
    heir: &Heir,
    field: &'static str,
) -> Result<(), AppError> {
    let there = repositories::of_owner(unit, heir.id)?;
    let taken: Vec<FieldFault> = rows
        .iter()
        .filter(|row| {
            there
                .iter()
                .any(|other| other.name.eq_ignore_ascii_case(&row.name))
        })
        .map(|row| FieldFault {
            resource: RESOURCE,
            field: field.into(),
            code: "already_exists",
            message: format!(
                "{} has a repository called `{}` already: rename one of the two first",
                heir.login, row.name
            ),
        })
        .collect();
    if taken.is_empty() {
        Ok(())
    } else {
        Err(AppError::Invalid(taken))
    }
}

/// Hands one over. It leaves every selection, every role on it ends, its webhooks and secrets are deleted, and no old path
/// leads to it.
///
/// The data stays where it is: its folder is named by the repository's number.
pub(crate) fn hand_over(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &RepositoryRow,
    heir: &Heir,
) -> Result<(), AppError> {
    let name = RepositoryName::parse(&row.name)
        .map_err(|fault| AppError::invalid(RESOURCE, "name", fault))?;
    release_former(unit, acting, heir.id, &name)?;
    let roles = untie(unit, acting, row)?;
    end_of_owner(unit, acting, Owner::Repository(row.id))?;
    repositories::transfer(unit, row.id, heir.id)
        .map_err(|error| AppError::unless_taken(error, "repositories_name", RESOURCE, "name"))?;
    unit.feed(acting.now, "repository.transferred", row.id)?;
    unit.feed(acting.now, "repository.transferred", heir.id)?;
    roles.end(unit, acting)?;
    let mut record = acting
        .record(Event::RepositoryTransfer)
        .repository(row.id, &format!("{}/{}", heir.login, row.name))
        .with("old_repo", row.full_name())
        .changed("login", row.owner_login.as_str())
        .changed("id", row.owner.get());
    if heir.organization {
        record = record.organization(heir.id.as_organization(), &heir.login);
    } else {
        record = record.user(heir.id.as_user(), &heir.login);
    }
    record.write(unit)
}
