//! The package a path names, with the caller's roles on it.

use jeton_decide::PackageLink;
use jeton_domain::{PackageId, Role, RoleSources, SitePolicy, UserId, Visibility};
use jeton_store::{ReadUnit, StoreError, package_roles, packages, places};

use crate::authorize::Acting;
use crate::error::AppError;
use crate::place::{Owner, Place, owner_with};

/// A package with the caller's roles on it.
#[derive(Clone, Debug)]
pub struct Package {
    /// Which; none that is to be made.
    pub id: Option<PackageId>,
    /// Its name, without the scope.
    pub name: String,
    /// Whose.
    pub owner: Owner,
    /// Which repository it belongs to.
    pub link: PackageLink,
    /// The name of that repository.
    pub repository: Option<String>,
    /// Who sees it without a role.
    pub visibility: Visibility,
    /// What gives the caller a role.
    pub sources: RoleSources,
}

impl Package {
    /// `@owner/name`, as npm writes it.
    pub fn full_name(&self) -> String {
        packages::full_name(&self.owner.login, &self.name)
    }
}

/// A package as `user` finds it: as its repository, where it belongs to one.
pub(crate) fn package_of(
    unit: &mut ReadUnit<'_>,
    found: packages::PackagePlace,
    user: Option<UserId>,
    site: &SitePolicy,
) -> Result<Package, StoreError> {
    let roles = match user {
        Some(user) => package_roles::roles(unit, user, &found)?,
        None => places::Roles::default(),
    };
    let owner = owner_with(unit, found.owner, roles, site)?;
    Ok(Package {
        id: Some(found.id),
        name: found.name,
        owner,
        link: link(found.repository.as_ref()),
        visibility: found
            .repository
            .as_ref()
            .map_or(found.visibility, |repository| repository.visibility),
        repository: found.repository.map(|repository| repository.name),
        sources: roles.sources,
    })
}

pub(crate) fn link(repository: Option<&places::RepositoryPlace>) -> PackageLink {
    repository.map_or(PackageLink::Nothing, |repository| {
        PackageLink::Repository(repository.id)
    })
}

/// A name under which there is no package yet. Who belongs to the owner may say what is to be there; whether they may
/// make that is decided once they have said it.
pub(crate) fn new_package(
    unit: &mut ReadUnit<'_>,
    owner: places::OwnerPlace,
    name: &str,
    user: Option<UserId>,
    site: &SitePolicy,
) -> Result<Package, StoreError> {
    let mut roles = match user {
        Some(user) => package_roles::by_place(unit, user, &owner)?,
        None => places::Roles::default(),
    };
    let belongs = roles.sources.membership.is_some() || roles.sources.direct.is_some();
    if belongs || roles.outside_collaborator {
        roles.sources.direct = Some(Role::Write);
    }
    Ok(Package {
        id: None,
        name: name.to_owned(),
        owner: owner_with(unit, owner, roles, site)?,
        link: PackageLink::Unsaid,
        repository: None,
        visibility: Visibility::Private,
        sources: roles.sources,
    })
}

impl Acting<'_> {
    /// The package it is about.
    pub fn package(&self) -> Result<&Package, AppError> {
        match &self.place {
            Place::Package(package) => Ok(package),
            _ => Err(AppError::Missing("package")),
        }
    }
}
