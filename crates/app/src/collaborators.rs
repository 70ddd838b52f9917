//! Direct roles on repositories, and who has a role at all.

use jeton_domain::{AccountId, Event, Role, UserId, Visibility};
use jeton_store::memberships::{self, Person};
use jeton_store::tombstones::Tombstone;
use jeton_store::users::UserRow;
use jeton_store::{
    ReadUnit, collaborators, places, repository_invitations, service_accounts, users,
};

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::departure::after_role_lost;
use crate::error::AppError;
use crate::invitations::{self, RepositoryInvitation};
use crate::notices::{self, Notice};
use crate::organizations::person;
use crate::place::Repository;
use crate::repositories::page_of;

const RESOURCE: &str = "Collaborator";

/// A person with a role on a repository, wherever it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collaborator {
    /// Who.
    pub person: Person,
    /// The highest of their roles.
    pub role: Role,
}

/// Which people a list is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Affiliation {
    /// Everybody with a role.
    All,
    /// Those with a direct role.
    Direct,
    /// Those with a direct role who are no members.
    Outside,
}

/// A page of the people with a role, by name, and how many there are. `least`: who has this role, or more.
pub fn list(
    app: &App,
    call: &Call,
    affiliation: Affiliation,
    least: Option<Role>,
    (offset, count): (u64, u32),
) -> Result<(Vec<Collaborator>, u64), AppError> {
    app.read(call, |unit, acting| {
        let repository = acting.repository()?;
        let mut people: Vec<Person> = collaborators::of_repository(unit, repository.id)?
            .into_iter()
            .map(|(person, _)| person)
            .collect();
        if affiliation == Affiliation::All {
            people.extend(others(unit, repository)?);
        }
        people.sort_by_key(|person| person.login.to_ascii_lowercase());
        people.dedup_by_key(|person| person.id);
        let mut found = Vec::new();
        for person in people {
            let roles = roles(unit, repository, person.id)?;
            let member = roles.sources.membership.is_some();
            if let Some(role) = roles.sources.role()
                && !(affiliation == Affiliation::Outside && member)
                && least.is_none_or(|least| role >= least)
            {
                found.push(Collaborator { person, role });
            }
        }
        let total = found.len() as u64;
        Ok((page_of(found, offset, count), total))
    })
}

/// Who may have a role without a direct one: the owner's members, or the owner.
fn others(unit: &mut ReadUnit<'_>, repository: &Repository) -> Result<Vec<Person>, AppError> {
    if repository.owner.organization {
        let members = memberships::page(
            unit,
            repository.owner.id.as_organization(),
            None,
            0,
            i64::MAX,
        )?;
        return Ok(members.into_iter().map(|(person, _)| person).collect());
    }
    Ok(users::by_id(unit, repository.owner.id.as_user())?
        .as_ref()
        .map(person)
        .into_iter()
        .collect())
}

/// Whether a person has a role; who has none is missing.
pub fn check(app: &App, call: &Call, login: &str) -> Result<(), AppError> {
    app.read(call, |unit, acting| may_find(unit, acting, login))
}

/// Somebody with a role, wherever it comes from.
pub fn may_find(unit: &mut ReadUnit<'_>, acting: &Acting<'_>, login: &str) -> Result<(), AppError> {
    let user = actor(unit, acting, login)?;
    let found = roles(unit, acting.repository()?, user.id)?;
    if found.sources.role().is_some() {
        Ok(())
    } else {
        Err(AppError::Missing("collaborator"))
    }
}

/// A person, or a service account of the organization whose repository it is: another's is as if it were not there.
fn actor(unit: &mut ReadUnit<'_>, acting: &Acting<'_>, login: &str) -> Result<UserRow, AppError> {
    let found = users::actor_by_login(unit, &login.to_ascii_lowercase())?;
    let row = found.ok_or(AppError::Missing("user"))?;
    match service_accounts::by_id(unit, row.id)? {
        Some(service) if AccountId::from(service.organization) != acting.repository()?.owner.id => {
            Err(AppError::Missing("user"))
        }
        _ => Ok(row),
    }
}

/// Somebody who can be given a direct role.
pub fn may_put(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<UserRow, AppError> {
    let user = actor(unit, acting, login)?;
    if acting.repository()?.owner.id == AccountId::from(user.id) {
        return Err(AppError::invalid(
            RESOURCE,
            "username",
            "owns the repository",
        ));
    }
    Ok(user)
}

/// Somebody who has a direct role.
pub fn may_remove(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<UserRow, AppError> {
    let user = actor(unit, acting, login)?;
    match collaborators::role(unit, acting.repository()?.id, user.id)? {
        Some(_) => Ok(user),
        None => Err(AppError::Missing("collaborator")),
    }
}

/// What a person may do, public reading included.
pub fn permission(app: &App, call: &Call, login: &str) -> Result<(Person, Option<Role>), AppError> {
    app.read(call, |unit, acting| {
        let user = actor(unit, acting, login)?;
        let repository = acting.repository()?;
        let found = roles(unit, repository, user.id)?;
        let open = match repository.visibility {
            Visibility::Public => true,
            Visibility::Internal => !found.outside_collaborator,
            Visibility::Private => false,
        };
        Ok((
            person(&user),
            found.sources.role().or(open.then_some(Role::Read)),
        ))
    })
}

/// Gives a person a direct role, or changes it: at once where they belong to the organization that owns
/// the repository or work on it already. Everybody else is invited, and has the role once they accept.
pub fn put(
    app: &App,
    call: &Call,
    login: &str,
    role: Role,
) -> Result<Option<RepositoryInvitation>, AppError> {
    app.write(call, |unit, acting| {
        let user = may_put(unit, acting, login)?;
        let repository = acting.repository()?;
        if !invitations::at_once(unit, acting, &user)? {
            let offered = invitations::offered(unit, acting, user.id)?;
            acting.confirm_if(unit, Some(role) > offered)?;
            return invitations::offer(unit, acting, &user, role).map(Some);
        }
        // One that waits from before they joined has nothing more to offer.
        repository_invitations::cancel_one(unit, repository.id, user.id, acting.now)?;
        let now = collaborators::role(unit, repository.id, user.id)?;
        acting.confirm_if(unit, Some(role) > now)?;
        let event = match now {
            Some(now) if now == role => return Ok(None),
            Some(_) => Event::CollaboratorUpdate,
            None => Event::CollaboratorAdd,
        };
        collaborators::set(unit, repository.id, user.id, role, acting.now)?;
        fed(unit, acting, user.id)?;
        acting
            .record(event)
            .user(user.id, &user.login)
            .with("permission", role.name())
            .with("old_permission", now.map(Role::name))
            .write(unit)?;
        Ok(None)
    })
}

/// Takes a person's direct role. With the last one goes the standing of their tokens there.
pub fn remove(app: &App, call: &Call, login: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let user = may_remove(unit, acting, login)?;
        let repository = acting.repository()?;
        collaborators::remove(unit, repository.id, user.id)?;
        repository_invitations::cancel_one(unit, repository.id, user.id, acting.now)?;
        unit.tombstone(
            acting.now,
            &Tombstone::CollaboratorRemoved {
                repository: repository.id,
                user: user.id,
            },
        )?;
        fed(unit, acting, user.id)?;
        acting
            .record(Event::CollaboratorRemove)
            .user(user.id, &user.login)
            .write(unit)?;
        if repository.owner.organization {
            after_role_lost(unit, acting, repository.owner.id, user.id)?;
        }
        let names = vec![repository.name.clone()];
        tell_of_roles_taken(unit, acting, user.id, &repository.owner.login, names)
    })
}

/// As many repositories as a letter names.
const NAMED: usize = 20;

/// Tells a person that roles of theirs were taken; who gave them up knows it.
pub(crate) fn tell_of_roles_taken(
    unit: &mut jeton_store::WriteUnit<'_>,
    acting: &Acting<'_>,
    user: UserId,
    owner: &str,
    mut repositories: Vec<String>,
) -> Result<(), AppError> {
    if repositories.is_empty() || acting.user().ok() == Some(user) {
        return Ok(());
    }
    let more = repositories.len().saturating_sub(NAMED);
    repositories.truncate(NAMED);
    let notice = Notice::RolesTaken {
        owner: owner.to_owned(),
        repositories,
        more: i64::try_from(more).unwrap_or(i64::MAX),
    };
    notices::tell(unit, acting.app, acting.now, user, &notice)
}

/// A role is part of what is known of the person (in the whole organization, for who is an outside
/// collaborator) and of the repository.
fn fed(
    unit: &mut jeton_store::WriteUnit<'_>,
    acting: &Acting<'_>,
    user: UserId,
) -> Result<(), AppError> {
    unit.feed(acting.now, "collaborator.changed", user)?;
    unit.feed(acting.now, "collaborator.changed", acting.repository()?.id)?;
    Ok(())
}

fn roles(
    unit: &mut ReadUnit<'_>,
    repository: &Repository,
    user: UserId,
) -> Result<places::Roles, AppError> {
    let place =
        places::repository_by_id(unit, repository.id)?.ok_or(AppError::Missing("repository"))?;
    Ok(places::roles(unit, user, &place)?)
}
