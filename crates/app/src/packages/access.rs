//! Who sees a package, and who has a role on it.

use std::collections::{BTreeMap, BTreeSet};

use jeton_decide::PackageLink;
use jeton_domain::{AccountId, Event, Role, UserId, Visibility};
use jeton_store::accounts::AccountKind;
use jeton_store::teams::TeamRow;
use jeton_store::{
    ReadUnit, collaborators as repository_people, memberships, package_roles, packages, teams,
    users,
};

use super::{changed, row, seen};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::package_place::Package;
use crate::users::may_find_profile as find_profile;

/// People who are told of one package.
const MOST_PEOPLE: usize = 1_000;

/// A person with a role on a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collaborator {
    /// Their name.
    pub login: String,
    /// The highest that they have.
    pub role: Role,
}

/// A package whose visibility and roles are its repository's is changed there.
pub(super) fn own_access(package: &Package) -> Result<(), AppError> {
    match (package.link, &package.repository) {
        (PackageLink::Nothing, _) => Ok(()),
        (_, Some(repository)) => Err(AppError::Forbidden(format!(
            "The package belongs to `{0}/{repository}`: who reaches that reaches it, so change it there.",
            package.owner.login
        ))),
        (_, None) => Err(AppError::Missing("package")),
    }
}

/// Whether who sees a package is its own affair.
pub fn may_set_visibility(_: &mut ReadUnit<'_>, acting: &Acting<'_>) -> Result<(), AppError> {
    own_access(acting.package()?)
}

/// Who sees a package without a role.
pub fn visibility(app: &App, call: &Call) -> Result<Visibility, AppError> {
    app.read(call, |_, acting| Ok(acting.package()?.visibility))
}

/// Chooses who sees a package without a role.
pub fn set_visibility(app: &App, call: &Call, wanted: Visibility) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let package = acting.package()?;
        may_set_visibility(unit, acting)?;
        if package.visibility == wanted {
            return Ok(());
        }
        acting.confirm_if(unit, wanted > package.visibility)?;
        let row = row(unit, acting)?;
        packages::set_visibility(unit, row.id, wanted)?;
        changed(unit, acting, row.id, "package.visibility")?;
        acting
            .record(Event::PackageVisibility)
            .with("package_id", row.id.get())
            .with("visibility", wanted.name())
            .with("old_visibility", package.visibility.name())
            .write(unit)
    })
}

/// Who has a role on a package, by name.
pub fn collaborators(app: &App, call: &Call) -> Result<Vec<Collaborator>, AppError> {
    app.read(call, |unit, acting| {
        let id = acting.package()?.id.ok_or(AppError::Missing("package"))?;
        let place = packages::place_by_id(unit, id)?.ok_or(AppError::Missing("package"))?;
        let mut people: BTreeSet<UserId> = BTreeSet::new();
        if place.owner.organization.is_some() {
            let organization = place.owner.id.as_organization();
            people.extend(memberships::all(unit, organization)?);
        } else {
            people.insert(place.owner.id.as_user());
        }
        if let Some(repository) = &place.repository {
            let named = repository_people::of_repository(unit, repository.id)?;
            people.extend(named.iter().map(|(person, _)| person.id));
        } else {
            let named = package_roles::people(unit, id)?;
            people.extend(named.iter().map(|(person, _)| *person));
        }
        let mut found = Vec::new();
        for user in people.into_iter().take(MOST_PEOPLE) {
            let role = package_roles::roles(unit, user, &place)?.sources.role();
            if let (Some(role), Some(row)) = (role, users::by_id(unit, user)?) {
                found.push(Collaborator {
                    login: row.login,
                    role,
                });
            }
        }
        found.sort_by(|a, b| a.login.cmp(&b.login));
        Ok(found)
    })
}

/// A team of the organization whose package it is.
fn team_of(unit: &mut ReadUnit<'_>, package: &Package, slug: &str) -> Result<TeamRow, AppError> {
    if !package.owner.organization {
        return Err(AppError::Forbidden(
            "The package belongs to a person: teams have roles on packages of their organization."
                .to_owned(),
        ));
    }
    let organization = package.owner.id.as_organization();
    teams::by_slug(unit, organization, slug)?.ok_or(AppError::Missing("team"))
}

/// Gives a team a role on a package.
pub fn set_team(app: &App, call: &Call, slug: &str, role: Role) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let package = acting.package()?;
        own_access(package)?;
        let team = team_of(unit, package, slug)?;
        let row = row(unit, acting)?;
        let now = package_roles::of_team(unit, row.id, team.id)?;
        if now == Some(role) {
            return Ok(());
        }
        acting.confirm_if(unit, Some(role) > now)?;
        package_roles::set_team(unit, row.id, team.id, role, acting.now)?;
        changed(unit, acting, row.id, "package.access")?;
        acting
            .record(Event::PackageAccess)
            .with("package_id", row.id.get())
            .with("team", team.slug.as_str())
            .with("permission", role.name())
            .with("old_permission", now.map(Role::name))
            .write(unit)
    })
}

/// Takes a team's role on a package away.
pub fn remove_team(app: &App, call: &Call, slug: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let package = acting.package()?;
        own_access(package)?;
        let team = team_of(unit, package, slug)?;
        let row = row(unit, acting)?;
        let now = package_roles::of_team(unit, row.id, team.id)?;
        if !package_roles::remove_team(unit, row.id, team.id)? {
            return Err(AppError::Missing("role"));
        }
        changed(unit, acting, row.id, "package.access")?;
        acting
            .record(Event::PackageAccess)
            .with("package_id", row.id.get())
            .with("team", team.slug.as_str())
            .with("old_permission", now.map(Role::name))
            .write(unit)
    })
}

/// Packages by their full names, with a role on each.
type ByName = BTreeMap<String, Role>;

/// The packages on which a team has a role of its own, those that the caller sees.
pub fn of_team(app: &App, call: &Call, slug: &str) -> Result<ByName, AppError> {
    app.read(call, |unit, acting| {
        let organization = acting.organization()?.id.as_organization();
        let team = teams::by_slug(unit, organization, slug)?.ok_or(AppError::Missing("team"))?;
        let mut found = BTreeMap::new();
        for (id, role) in package_roles::with_team(unit, team.id)? {
            if let Some(package) = seen(unit, acting, id)? {
                found.insert(package.full_name(), role);
            }
        }
        Ok(found)
    })
}

/// The packages of an organization that the caller sees, with the caller's role on each.
pub fn of_organization(app: &App, call: &Call) -> Result<ByName, AppError> {
    app.read(call, |unit, acting| {
        let owner = acting.organization()?.id;
        of_owner(unit, acting, owner)
    })
}

/// The same of a person's.
pub fn of_user(app: &App, call: &Call, login: &str) -> Result<ByName, AppError> {
    app.read(call, |unit, acting| {
        let owner = person(unit, acting, login)?;
        of_owner(unit, acting, owner)
    })
}

/// A person whom the caller may know of, by name.
pub(super) fn person(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<AccountId, AppError> {
    let account = find_profile(unit, acting, login)?;
    if account.kind == AccountKind::User {
        Ok(account.id)
    } else {
        Err(AppError::Missing("person"))
    }
}

/// Whether the packages of a person may be asked for.
pub fn may_list_of_person(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<(), AppError> {
    person(unit, acting, login).map(drop)
}

fn of_owner(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    owner: AccountId,
) -> Result<ByName, AppError> {
    let mut found = BTreeMap::new();
    for row in packages::of_owner(unit, owner)? {
        if let Some(package) = seen(unit, acting, row.id)? {
            let role = package.sources.role().unwrap_or(Role::Read);
            found.insert(package.full_name(), role);
        }
    }
    Ok(found)
}
