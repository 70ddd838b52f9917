//! Roles on packages that belong to no repository.

use jeton_domain::{AccountId, OrganizationId, PackageId, Role, RoleSources, TeamId, Time, UserId};

use crate::packages::PackagePlace;
use crate::places::{self, OwnerPlace, Roles, team_role};
use crate::{ReadUnit, StoreError, WriteUnit, service_accounts};

/// Everything that gives a person a role on a package: where it belongs to a repository, what gives one there.
pub fn roles(
    unit: &mut ReadUnit<'_>,
    user: UserId,
    package: &PackagePlace,
) -> Result<Roles, StoreError> {
    if let Some(repository) = &package.repository {
        return places::roles(unit, user, repository);
    }
    let mut roles = by_place(unit, user, &package.owner)?;
    let direct = unit.one(
        "SELECT role FROM package_people WHERE package_id = $1 AND user_id = $2",
        &[&package.id, &user],
    )?;
    let direct = direct.map(|row| row.word(0, Role::parse)).transpose()?;
    roles.sources.direct = roles.sources.direct.max(direct);
    if roles.sources.membership.is_some() {
        let organization = package.owner.id.as_organization();
        let given = "SELECT g.role FROM package_teams g JOIN mine ON mine.id = g.team_id WHERE g.package_id = $3";
        roles.sources.teams = team_role(unit, user, organization, given, &package.id)?;
    }
    Ok(roles)
}

/// What a person's place with an owner gives them on its packages.
pub fn by_place(
    unit: &mut ReadUnit<'_>,
    user: UserId,
    owner: &OwnerPlace,
) -> Result<Roles, StoreError> {
    let Some((_, base)) = &owner.organization else {
        return Ok(Roles {
            sources: RoleSources {
                owns: owner.id == AccountId::from(user),
                ..RoleSources::default()
            },
            outside_collaborator: false,
        });
    };
    let organization = owner.id.as_organization();
    let membership = places::membership(unit, organization, user)?;
    // A service account is no member.
    let direct = match membership {
        Some(_) => None,
        None => service_accounts::everywhere(unit, user, organization)?,
    };
    Ok(Roles {
        sources: RoleSources {
            direct,
            membership,
            base: Some(*base),
            ..RoleSources::default()
        },
        outside_collaborator: places::is_outside_collaborator(unit, organization, user)?,
    })
}

/// Gives a person a role, or changes it.
pub fn set_person(
    unit: &mut WriteUnit<'_>,
    package: PackageId,
    user: UserId,
    role: Role,
    now: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO package_people (package_id, user_id, role, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (package_id, user_id) DO UPDATE SET role = excluded.role",
        &[&package, &user, &role.name(), &now],
    )
}

/// Gives a team a role, or changes it.
pub fn set_team(
    unit: &mut WriteUnit<'_>,
    package: PackageId,
    team: TeamId,
    role: Role,
    now: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO package_teams (package_id, team_id, role, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (package_id, team_id) DO UPDATE SET role = excluded.role",
        &[&package, &team, &role.name(), &now],
    )
}

/// Takes a team's role away; false where there was none.
pub fn remove_team(
    unit: &mut WriteUnit<'_>,
    package: PackageId,
    team: TeamId,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "DELETE FROM package_teams WHERE package_id = $1 AND team_id = $2",
        &[&package, &team],
    )? == 1)
}

/// A team's role on a package.
pub fn of_team(
    unit: &mut ReadUnit<'_>,
    package: PackageId,
    team: TeamId,
) -> Result<Option<Role>, StoreError> {
    unit.one(
        "SELECT role FROM package_teams WHERE package_id = $1 AND team_id = $2",
        &[&package, &team],
    )?
    .map(|row| row.word(0, Role::parse))
    .transpose()
}

/// The packages on which a team has a role of its own, by number.
pub fn with_team(
    unit: &mut ReadUnit<'_>,
    team: TeamId,
) -> Result<Vec<(PackageId, Role)>, StoreError> {
    unit.all(
        "SELECT pt.package_id, pt.role FROM package_teams pt JOIN packages p ON p.id = pt.package_id \
         WHERE pt.team_id = $1 AND p.state = 'active' ORDER BY pt.package_id",
        &[&team],
    )?
    .iter()
    .map(|row| Ok((row.get(0)?, row.word(1, Role::parse)?)))
    .collect()
}

/// Takes every role away that a person has on packages of an organization: they leave it.
pub fn remove_person(
    unit: &mut WriteUnit<'_>,
    organization: OrganizationId,
    user: UserId,
) -> Result<(), StoreError> {
    unit.execute(
        "DELETE FROM package_people WHERE user_id = $1 AND package_id IN (SELECT id FROM packages WHERE owner_id = $2)",
        &[&user, &organization],
    )?;
    Ok(())
}

/// Takes the role away that a person has on a package by name.
pub fn end_person(
    unit: &mut WriteUnit<'_>,
    package: PackageId,
    user: UserId,
) -> Result<(), StoreError> {
    unit.execute_one(
        "DELETE FROM package_people WHERE package_id = $1 AND user_id = $2",
        &[&package, &user],
    )
}

/// The people who have a role on a package by name.
pub fn people(
    unit: &mut ReadUnit<'_>,
    package: PackageId,
) -> Result<Vec<(UserId, Role)>, StoreError> {
    unit.all(
        "SELECT user_id, role FROM package_people WHERE package_id = $1 ORDER BY user_id",
        &[&package],
    )?
    .iter()
    .map(|row| Ok((row.get(0)?, row.word(1, Role::parse)?)))
    .collect()
}
