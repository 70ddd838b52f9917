//! Looking at secrets: names and moments.

use jeton_domain::{JobSecretVisibility, Visibility};
use jeton_store::job_secrets::{self, JobSecretRow, SecretOwner};

use super::{kept, owner};
use crate::app::App;
use crate::call::Call;
use crate::error::AppError;
use crate::repositories::page_of;

/// A page of secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretList {
    /// The page.
    pub items: Vec<JobSecretRow>,
    /// How many there are.
    pub total: u64,
}

impl SecretList {
    fn page(rows: Vec<JobSecretRow>, offset: u64, count: u32) -> Self {
        Self {
            total: rows.len() as u64,
            items: page_of(rows, offset, count),
        }
    }
}

/// A page of those of what the call is about, by name.
pub fn list(app: &App, call: &Call, offset: u64, count: u32) -> Result<SecretList, AppError> {
    app.read(call, |unit, acting| {
        let rows = job_secrets::of_owner(unit, owner(acting)?)?;
        Ok(SecretList::page(rows, offset, count))
    })
}

/// One of them.
pub fn show(app: &App, call: &Call, name: &str) -> Result<JobSecretRow, AppError> {
    app.read(call, |unit, acting| kept(unit, acting, name))
}

/// Those of the organization that the call's repository belongs to which are for this repository too. A person has none of
/// that kind.
pub fn of_organization_for_repository(
    app: &App,
    call: &Call,
    offset: u64,
    count: u32,
) -> Result<SecretList, AppError> {
    app.read(call, |unit, acting| {
        let repository = acting.repository()?;
        if !repository.owner.organization {
            return Ok(SecretList::default());
        }
        let owner = SecretOwner::Organization(repository.owner.id.as_organization());
        let visible = visible(repository.visibility);
        let rows = job_secrets::for_repository(unit, owner, repository.id, visible)?;
        Ok(SecretList::page(rows, offset, count))
    })
}

/// Which secrets of an organization are for a repository of this visibility, whatever is selected.
pub(super) const fn visible(seen: Visibility) -> &'static [JobSecretVisibility] {
    match seen {
        Visibility::Public => &[JobSecretVisibility::All],
        Visibility::Private | Visibility::Internal => {
            &[JobSecretVisibility::All, JobSecretVisibility::Private]
        }
    }
}
