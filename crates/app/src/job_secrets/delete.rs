//! Deleting secrets: their bytes are destroyed, not marked.

use jeton_domain::{RepositoryId, Time};
use jeton_store::job_secrets::{self, SecretOwner};
use jeton_store::tombstones::Tombstone;
use jeton_store::{WriteUnit, sealing_keys};

use super::{events, kept, record};
use crate::app::App;
use crate::call::Call;
use crate::error::AppError;

/// Deletes a secret of what the call is about.
pub fn delete(app: &App, call: &Call, name: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = kept(unit, acting, name)?;
        job_secrets::erase(unit, row.id)?;
        unit.tombstone(acting.now, &Tombstone::JobSecretDeleted(row.id))?;
        record(acting, &row, events(row.owner).remove).write(unit)
    })
}

/// Destroys all secrets of what goes, or goes to somebody else, and the keys that they are sealed with. The entry of what
/// happened to it stands for theirs.
pub(crate) fn end_of_owner(
    unit: &mut WriteUnit<'_>,
    owner: SecretOwner,
    now: Time,
) -> Result<(), AppError> {
    for row in job_secrets::of_owner(unit, owner)? {
        job_secrets::erase(unit, row.id)?;
        unit.tombstone(now, &Tombstone::JobSecretDeleted(row.id))?;
    }
    Ok(sealing_keys::destroy_of_owner(unit, owner)?)
}

/// The same of a repository, which leaves every selection too.
pub(crate) fn end_of_repository(
    unit: &mut WriteUnit<'_>,
    repository: RepositoryId,
    now: Time,
) -> Result<(), AppError> {
    job_secrets::unselect_everywhere(unit, repository)?;
    end_of_owner(unit, SecretOwner::Repository(repository), now)
}

impl App {
    /// Destroys what is left of owners that are gone: a restored backup may have brought it.
    pub(crate) fn destroy_orphaned_secrets(&self) -> Result<(), AppError> {
        let now = self.now();
        if self.store.read(job_secrets::gone_owners)?.is_empty() {
            return Ok(());
        }
        let done = self.store.write(|unit| {
            for owner in job_secrets::gone_owners(unit)? {
                end_of_owner(unit, owner, now)?;
            }
            Ok::<_, AppError>(())
        });
        self.settle();
        done
    }
}
