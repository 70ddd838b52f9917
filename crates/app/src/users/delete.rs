//! Deleting a person: what was theirs ends with them, what others depend on has to be handed over first.

use jeton_domain::{Ending, Event, OrganizationRole};
use jeton_store::tombstones::Tombstone;
use jeton_store::users::UserRow;
use jeton_store::{
    ReadUnit, accounts, collaborators, memberships, organizations, repositories, tokens, users,
};

use super::{find, keep_an_administrator};
use crate::app::App;
use crate::call::Call;
use crate::error::AppError;
use crate::{sign_in, tokens as token_cases};

/// Deletes a person. Their name is given up.
///
/// Refused while they are the last administrator of the site, the last owner of an organization, or
/// repositories stand in their name space.
pub fn delete(app: &App, call: &Call, login: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = find(unit, login)?;
        keep_an_administrator(unit, &row)?;
        check_duties(unit, &row)?;
        for token in tokens::of_creator(unit, row.id)? {
            token_cases::end(
                unit,
                acting,
                &token,
                Ending::AccountDeleted,
                Event::TokenDestroy,
            )?;
        }
        sign_in::end_all(unit, row.id, None, acting.now)?;
        for (organization, _) in organizations::of_user(unit, row.id)? {
            memberships::remove(unit, organization.id, row.id)?;
            unit.feed(acting.now, "member.removed", organization.id)?;
        }
        for repository in collaborators::of_user(unit, row.id)? {
            collaborators::remove(unit, repository, row.id)?;
        }
        users::forget(unit, row.id)?;
        accounts::delete(unit, row.id.into(), acting.now)?;
        unit.tombstone(acting.now, &Tombstone::UserDeleted(row.id))?;
        unit.feed(acting.now, "user.deleted", row.id)?;
        acting
            .record(Event::UserDelete)
            .user(row.id, &row.login)
            .write(unit)
    })
}

fn check_duties(unit: &mut ReadUnit<'_>, row: &UserRow) -> Result<(), AppError> {
    for (organization, role) in organizations::of_user(unit, row.id)? {
        if role == OrganizationRole::Owner
            && memberships::other_active_owners(unit, organization.id, row.id)? == 0
        {
            return Err(AppError::conflict(
                "last_owner",
                format!(
                    "`{}` is the last owner of {}; make somebody else an owner first",
                    row.login, organization.login
                ),
            ));
        }
    }
    let left = repositories::count_of_owner(unit, row.id.into())?;
    if left > 0 {
        return Err(AppError::conflict(
            "owns_repositories",
            format!(
                "{left} repositories stand in the name space of `{}`; delete them first",
                row.login
            ),
        ));
    }
    Ok(())
}
