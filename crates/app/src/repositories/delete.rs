//! Deleting a repository: it leaves every selection, every role on it goes, its data goes into the
//! trash.

use jeton_domain::Event;
use jeton_store::tombstones::Tombstone;
use jeton_store::{collaborators, repositories, tokens};

use super::place;
use crate::app::App;
use crate::call::Call;
use crate::departure::after_role_lost;
use crate::error::AppError;

/// Deletes a repository. A token that selected nothing else selects nothing from then on.
pub fn delete(app: &App, call: &Call) -> Result<(), AppError> {
    let gone = app.write(call, |unit, acting| {
        let repository = acting.repository()?;
        let row =
            repositories::by_id(unit, repository.id)?.ok_or(AppError::Missing("repository"))?;
        let direct = collaborators::of_repository(unit, row.id)?;
        for token in tokens::drop_repository(unit, row.id)? {
            unit.feed(acting.now, "token.repository_gone", token)?;
        }
        repositories::delete(unit, row.id, acting.now)?;
        unit.tombstone(acting.now, &Tombstone::RepositoryDeleted(row.id))?;
        unit.feed(acting.now, "repository.deleted", row.id)?;
        acting
            .record(Event::RepositoryDestroy)
            .with("visibility", row.visibility.name())
            .write(unit)?;
        for (person, _) in direct {
            // Without this repository a person may be no outside collaborator any more.
            unit.feed(acting.now, "repository.deleted", person.id)?;
            if repository.owner.organization {
                after_role_lost(unit, acting, repository.owner.id, person.id)?;
            }
        }
        Ok(row)
    })?;
    // Transfers that it had are cut by now. The row is gone: a folder that stays behind is nobody's,
    // and the sweep at start takes it.
    if let Err(error) = app.data.delete(place(&gone)) {
        tracing::warn!(%error, repository = gone.id.get(), "a deleted repository's folder is left to the sweep");
    }
    Ok(())
}
