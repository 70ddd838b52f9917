//! Deleting a repository: it leaves every selection, every role on it goes, its data goes into the
//! trash.

use jeton_domain::{AccountId, Event, RepositoryId, UserId};
use jeton_store::repositories::RepositoryRow;
use jeton_store::tombstones::Tombstone;
use jeton_store::{WriteUnit, collaborators, repositories, repository_invitations, tokens};

use super::{may_touch_all_refs, place};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::departure::after_role_lost;
use crate::error::AppError;
use crate::job_secrets;

/// Deletes a repository. A token that selected nothing else selects nothing from then on.
pub fn delete(app: &App, call: &Call) -> Result<(), AppError> {
    let gone = app.write(call, |unit, acting| {
        may_touch_all_refs(unit, acting)?;
        let row = repositories::by_id(unit, acting.repository()?.id)?
            .ok_or(AppError::Missing("repository"))?;
        end(unit, acting, &row)?;
        Ok(row)
    })?;
    discard(app, &gone);
    Ok(())
}

/// Deletes one in a unit that does more; its data is [discarded](discard) after the commit.
pub(crate) fn end(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &RepositoryRow,
) -> Result<(), AppError> {
    let roles = untie(unit, acting, row)?;
    repositories::delete(unit, row.id, acting.now)?;
    unit.tombstone(acting.now, &Tombstone::RepositoryDeleted(row.id))?;
    unit.feed(acting.now, "repository.deleted", row.id)?;
    acting
        .record(Event::RepositoryDestroy)
        .repository(row.id, &row.full_name())
        .with("visibility", row.visibility.name())
        .write(unit)?;
    roles.end(unit, acting)
}

/// Puts the data of a deleted repository into the trash.
pub(crate) fn discard(app: &App, gone: &RepositoryRow) {
    // Transfers that it had are cut by now. The row is gone: a folder that stays behind is nobody's,
    // and the sweep at start takes it.
    if let Err(error) = app.data.delete(place(gone)) {
        tracing::warn!(%error, repository = gone.id.get(), "a deleted repository's folder is left to the sweep");
    }
}

/// Direct roles that go with a repository.
#[must_use = "the people have to be told apart from outside collaborators once the roles are gone"]
pub(super) struct Roles {
    repository: RepositoryId,
    /// The owner under whom they were given, if that is an organization.
    organization: Option<AccountId>,
    people: Vec<UserId>,
}

/// Takes a repository out of every selection, destroys its secrets, and says who has a direct role on it.
pub(super) fn untie(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &RepositoryRow,
) -> Result<Roles, AppError> {
    for token in tokens::drop_repository(unit, row.id)? {
        unit.feed(acting.now, "token.repository_gone", token)?;
    }
    repository_invitations::cancel_all(unit, Some(row.id), None, acting.now)?;
    job_secrets::end_of_repository(unit, row.id, acting.now)?;
    let direct = collaborators::of_repository(unit, row.id)?;
    Ok(Roles {
        repository: row.id,
        organization: row.owner_is_organization.then_some(row.owner),
        people: direct.into_iter().map(|(person, _)| person.id).collect(),
    })
}

impl Roles {
    /// After the roles were taken: a restored backup takes them too, and who is neither a member nor an
    /// outside collaborator any more has no tokens there.
    pub(super) fn end(self, unit: &mut WriteUnit<'_>, acting: &Acting<'_>) -> Result<(), AppError> {
        for user in self.people {
            let tombstone = Tombstone::CollaboratorRemoved {
                repository: self.repository,
                user,
            };
            unit.tombstone(acting.now, &tombstone)?;
            unit.feed(acting.now, "collaborator.removed", user)?;
            if let Some(organization) = self.organization {
                after_role_lost(unit, acting, organization, user)?;
            }
        }
        Ok(())
    }
}
