//! Deleting a person: what was theirs ends with them, what others depend on is handed over first or
//! with it.

use jeton_domain::{Ending, Event, Login, OrganizationRole, UserId, counted};
use jeton_store::accounts::{AccountKind, AccountState};
use jeton_store::repositories::RepositoryRow;
use jeton_store::tombstones::Tombstone;
use jeton_store::users::UserRow;
use jeton_store::{
    ReadUnit, WriteUnit, accounts, collaborators, factors, invitations, memberships, organizations,
    repositories, repository_invitations, tokens, users,
};
use jeton_store::{applications, link_codes, notices};

use super::{RESOURCE, find, keep_an_administrator};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::{AppError, FieldFault};
use crate::job_secrets::{self, SecretOwner};
use crate::repositories::{Heir, check_free_names, discard, end, hand_over};
use crate::{oauth, sign_in, tokens as token_cases};

/// The query parameter that names the heir.
const TO: &str = "repositories_to";

/// What becomes of the repositories in a deleted person's name space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing was said: there must be none.
    Unsaid,
    /// They are deleted too.
    Delete,
    /// They are handed over to this account, a person or an organization, by name.
    HandOver(String),
}

/// A deletion that can be done.
#[derive(Debug)]
pub struct Deletion {
    person: UserRow,
    repositories: Vec<RepositoryRow>,
    heir: Option<Heir>,
}

/// Deletes a person. Their name is given up.
///
/// Refused while they are the last administrator of the site or the last owner of an organization, or
/// repositories stand in their name space and nobody said what becomes of them.
pub fn delete(app: &App, call: &Call, login: &str, fate: &Fate) -> Result<(), AppError> {
    let gone = app.write(call, |unit, acting| {
        let deletion = may_delete(unit, login, fate)?;
        let row = &deletion.person;
        for repository in &deletion.repositories {
            match &deletion.heir {
                Some(heir) => hand_over(unit, acting, repository, heir)?,
                None => end(unit, acting, repository)?,
            }
        }
        end_account(unit, acting, row.id, &row.login)?;
        let mut record = acting.record(Event::UserDelete).user(row.id, &row.login);
        if !deletion.repositories.is_empty() {
            record = record.with("repositories", deletion.repositories.len());
        }
        if let Some(heir) = &deletion.heir {
            record = record.with(TO, heir.login.as_str());
        }
        record.write(unit)?;
        Ok(match deletion.heir {
            Some(_) => Vec::new(),
            None => deletion.repositories,
        })
    })?;
    for repository in &gone {
        discard(app, repository);
    }
    Ok(())
}

/// Ends an account that acts, with all that was its own: tokens, sign-ins, roles, invitations.
pub(crate) fn end_account(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    id: UserId,
    login: &str,
) -> Result<(), AppError> {
    for token in tokens::of_creator(unit, id)? {
        token_cases::end(
            unit,
            acting,
            &token,
            Ending::AccountDeleted,
            Event::TokenDestroy,
        )?;
    }
    oauth::end_all_of(unit, acting, id.into())?;
    applications::forget_person(unit, id)?;
    sign_in::end_all(unit, id, None, acting.now)?;
    for (organization, _) in organizations::of_user(unit, id)? {
        memberships::remove(unit, organization.id, id)?;
        unit.feed(acting.now, "member.removed", organization.id)?;
        let record = acting.record(Event::MemberRemove).user(id, login);
        record
            .organization(organization.id, &organization.login)
            .with("reason", Ending::AccountDeleted.name())
            .write(unit)?;
    }
    for held in collaborators::of_user(unit, id)? {
        collaborators::remove(unit, held, id)?;
        if let Some(repository) = repositories::by_id(unit, held)? {
            let record = acting.record(Event::CollaboratorRemove).user(id, login);
            record
                .of(&repository)
                .with("reason", Ending::AccountDeleted.name())
                .write(unit)?;
        }
    }
    invitations::cancel_all(unit, None, Some(id), acting.now)?;
    repository_invitations::cancel_all(unit, None, Some(id), acting.now)?;
    users::forget(unit, id)?;
    notices::forget_person(unit, id)?;
    link_codes::forget_person(unit, id)?;
    factors::forget(unit, id)?;
    job_secrets::end_of_owner(unit, SecretOwner::Person(id), acting.now)?;
    accounts::delete(unit, id.into(), acting.now)?;
    unit.tombstone(acting.now, &Tombstone::UserDeleted(id))?;
    unit.feed(acting.now, "user.deleted", id)?;
    Ok(())
}

/// Whether a person can be deleted, with this fate of their repositories.
pub fn may_delete(unit: &mut ReadUnit<'_>, login: &str, fate: &Fate) -> Result<Deletion, AppError> {
    let person = find(unit, login)?;
    keep_an_administrator(unit, &person)?;
    keep_owners(unit, &person)?;
    let heir = match fate {
        Fate::Unsaid | Fate::Delete => None,
        Fate::HandOver(to) => Some(heir(unit, &person, to)?),
    };
    let rows = repositories::of_owner(unit, person.id.into())?;
    if *fate == Fate::Unsaid && !rows.is_empty() {
        return Err(unsaid(&person, rows.len()));
    }
    if let Some(heir) = &heir {
        check_free_names(unit, &rows, heir, TO)?;
    }
    Ok(Deletion {
        person,
        repositories: rows,
        heir,
    })
}

fn unsaid(person: &UserRow, number: usize) -> AppError {
    AppError::Invalid(vec![FieldFault {
        resource: RESOURCE,
        field: "repositories".into(),
        code: "missing_field",
        message: format!(
            "`{}` owns {}: say `repositories=delete` to delete what is there, or \
             `repositories_to=ACCOUNT` to hand it over",
            person.login,
            counted(number as u64, "repository", "repositories")
        ),
    }])
}

/// Who gets the repositories: an active person or an organization. An administrator's word stands for
/// the heir's right to make repositories there.
fn heir(unit: &mut ReadUnit<'_>, person: &UserRow, to: &str) -> Result<Heir, AppError> {
    let found = match Login::parse(to) {
        Ok(login) => accounts::by_login(unit, &login)?,
        Err(_) => None,
    };
    let found = found.filter(|account| account.kind != AccountKind::Service);
    let Some(account) = found else {
        return Err(AppError::missing(RESOURCE, TO));
    };
    if account.id == person.id.into() {
        return Err(AppError::invalid(
            RESOURCE,
            TO,
            "is the person who is to be deleted",
        ));
    }
    if account.state != AccountState::Active {
        return Err(AppError::invalid(RESOURCE, TO, "is suspended"));
    }
    Ok(Heir {
        id: account.id,
        login: account.login,
        organization: account.kind == AccountKind::Organization,
    })
}

/// The last owner of an organization who can act stays one: nobody else could make another.
fn keep_owners(unit: &mut ReadUnit<'_>, row: &UserRow) -> Result<(), AppError> {
    let alone = owned_alone(unit, row)?;
    if alone.is_empty() {
        return Ok(());
    }
    Err(AppError::conflict(
        "last_owner",
        format!(
            "`{}` is the last owner of {}; make somebody else an owner there first",
            row.login,
            alone.join(", ")
        ),
    ))
}

/// Organizations, by name, of which they are an owner and nobody else who can act is.
pub(crate) fn owned_alone(unit: &mut ReadUnit<'_>, row: &UserRow) -> Result<Vec<String>, AppError> {
    let mut alone = Vec::new();
    for (organization, role) in organizations::of_user(unit, row.id)? {
        if role == OrganizationRole::Owner
            && memberships::other_active_owners(unit, organization.id, row.id)? == 0
        {
            alone.push(organization.login);
        }
    }
    Ok(alone)
}
