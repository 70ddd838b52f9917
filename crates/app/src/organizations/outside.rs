//! Outside collaborators: people with roles on an organization's repositories who do not belong to it.

use jeton_domain::{Event, RepositoryId};
use jeton_store::memberships::{self, Person};
use jeton_store::tombstones::Tombstone;
use jeton_store::users::UserRow;
use jeton_store::{ReadUnit, collaborators, places, repositories, repository_invitations};

use super::members::{end_membership, may_remove_member, may_see_factors};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::collaborators::tell_of_roles_taken;
use crate::departure::withdraw_tokens;
use crate::error::AppError;
use crate::users::{find, span};

/// An outside collaborator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideCollaborator {
    /// Who.
    pub person: Person,
    /// They have a second factor; owners are told, nobody else.
    pub second_factor: Option<bool>,
}

/// A page of them, and how many there are. `lacking`: only who has no second factor.
pub fn outside_collaborators(
    app: &App,
    call: &Call,
    lacking: bool,
    offset: u64,
    count: u32,
) -> Result<(Vec<OutsideCollaborator>, u64), AppError> {
    app.read(call, |unit, acting| {
        let owns = may_see_factors(acting, lacking)?;
        let id = acting.organization()?.id.as_organization();
        let people = memberships::outside_page(unit, id, lacking, span(offset), i64::from(count))?
            .into_iter()
            .map(|(person, second)| OutsideCollaborator {
                person,
                second_factor: owns.then_some(second),
            })
            .collect();
        let total = memberships::outside_count(unit, id, lacking)?;
        Ok((people, total.unsigned_abs()))
    })
}

/// Makes a member an outside collaborator. The roles given to them by name stay; what they had as a
/// member or through teams goes, and the standing of their tokens is withdrawn. Gives whether any role stays: without
/// one they are simply gone.
pub fn convert_member(app: &App, call: &Call, login: &str) -> Result<bool, AppError> {
    app.write(call, |unit, acting| {
        let row = may_remove_member(unit, acting, login)?;
        let owner = acting.organization()?;
        end_membership(unit, acting, &row, "converted_to_outside_collaborator")?;
        // Replayed after a restore, it takes the direct roles too: rather too little than too much.
        let organization = owner.id.as_organization();
        unit.tombstone(
            acting.now,
            &Tombstone::MembershipRemoved {
                organization,
                user: row.id,
            },
        )?;
        Ok(!collaborators::with_owner(unit, owner.id, row.id)?.is_empty())
    })
}

/// Takes every role that an outside collaborator has, and the standing of their tokens.
pub fn remove_outside_collaborator(app: &App, call: &Call, login: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let (row, roles) = may_remove_outside_collaborator(unit, acting, login)?;
        let id = acting.organization()?.id.as_organization();
        let mut taken = Vec::new();
        for id in roles {
            collaborators::remove(unit, id, row.id)?;
            unit.tombstone(
                acting.now,
                &Tombstone::CollaboratorRemoved {
                    repository: id,
                    user: row.id,
                },
            )?;
            unit.feed(acting.now, "collaborator.removed", id)?;
            if let Some(repository) = repositories::by_id(unit, id)? {
                taken.push(repository.name.clone());
                let record = acting
                    .record(Event::CollaboratorRemove)
                    .user(row.id, &row.login);
                record.repository(id, &repository.full_name()).write(unit)?;
            }
        }
        let owner = acting.organization()?.id;
        repository_invitations::cancel_for(unit, owner, row.id, acting.now)?;
        unit.feed(acting.now, "collaborator.removed", row.id)?;
        withdraw_tokens(unit, acting, id, row.id)?;
        let login = acting.organization()?.login.clone();
        tell_of_roles_taken(unit, acting, row.id, &login, taken)
    })
}

/// An outside collaborator with the repositories that they have a role on by name.
pub fn may_remove_outside_collaborator(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<(UserRow, Vec<RepositoryId>), AppError> {
    let row = find(unit, login)?;
    let owner = acting.organization()?;
    if places::membership(unit, owner.id.as_organization(), row.id)?.is_some() {
        return Err(AppError::invalid(
            "OutsideCollaborator",
            "username",
            "is a member: remove the membership",
        ));
    }
    let roles = collaborators::with_owner(unit, owner.id, row.id)?;
    if roles.is_empty() {
        return Err(AppError::Missing("outside collaborator"));
    }
    Ok((row, roles))
}
