//! Packages and their versions as lists and pages show them.

use jeton_decide::PackageLink;
use jeton_domain::{AccountId, PackageVersionId, Role, Visibility};
use jeton_store::ReadUnit;
use jeton_store::package_versions::{self, VersionRow};
use jeton_store::packages::{self, PackageRow};
use jeton_store::repositories::{self, RepositoryRow};

use super::access::person;
use super::{row, seen};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::{Call, Named};
use crate::error::AppError;
use crate::package_place::Package;
use crate::repositories::GET as SEE;

/// A package as somebody sees it.
#[derive(Clone, Debug)]
pub struct PackageView {
    /// What is stored.
    pub row: PackageRow,
    /// Who sees it without a role, its repository's word applied.
    pub visibility: Visibility,
    /// The repository that it belongs to.
    pub repository: Option<RepositoryRow>,
    /// How many versions there are.
    pub versions: u64,
    /// What the caller's role on it is.
    pub role: Option<Role>,
}

/// Whose packages are asked for.
#[derive(Clone, Copy, Debug)]
pub enum Whose<'a> {
    /// The organization that the request names.
    Organization,
    /// A person's, by name.
    Person(&'a str),
    /// The caller's.
    Own,
}

impl PackageView {
    /// SECURITY: its repository is told to whoever may see that, and to nobody else: a token may reach the one alone.
    fn new(
        unit: &mut ReadUnit<'_>,
        acting: &Acting<'_>,
        row: PackageRow,
        package: &Package,
    ) -> Result<Self, AppError> {
        let mut repository = None;
        if let (PackageLink::Repository(id), Some(name)) = (package.link, &package.repository) {
            // It is of the package's owner, always.
            let named = Named::Repository(package.owner.login.clone(), name.clone());
            if acting.may(unit, &SEE, named)? {
                repository = repositories::by_id(unit, id)?;
            }
        }
        let versions = package_versions::count(unit, row.id)?.unsigned_abs();
        Ok(Self {
            visibility: package.visibility,
            role: package.sources.role(),
            repository,
            versions,
            row,
        })
    }
}

/// The packages that the caller sees, by name: those from `offset` on, at most `size`, and how many there are.
///
/// `visibility`: only such.
pub fn list(
    app: &App,
    call: &Call,
    whose: Whose<'_>,
    visibility: Option<Visibility>,
    (offset, size): (u64, u32),
) -> Result<(Vec<PackageView>, u64), AppError> {
    app.read(call, |unit, acting| {
        let owner = match whose {
            Whose::Organization => acting.organization()?.id,
            Whose::Person(login) => person(unit, acting, login)?,
            Whose::Own => AccountId::from(acting.user()?),
        };
        let (mut found, mut total) = (Vec::new(), 0_u64);
        for row in packages::of_owner(unit, owner)? {
            let Some(package) = seen(unit, acting, row.id)? else {
                continue;
            };
            if visibility.is_some_and(|only| only != package.visibility) {
                continue;
            }
            if total >= offset && found.len() < size as usize {
                found.push(PackageView::new(unit, acting, row, &package)?);
            }
            total += 1;
        }
        Ok((found, total))
    })
}

/// Packages that are told of one repository at most.
const MOST: usize = 100;

/// The packages that belong to the repository which the request names, those that the caller sees.
pub fn of_repository(app: &App, call: &Call) -> Result<Vec<PackageView>, AppError> {
    app.read(call, |unit, acting| {
        let repository = acting.repository()?;
        let (id, owner) = (repository.id, repository.owner.id);
        let mut found = Vec::new();
        let rows = packages::of_owner(unit, owner)?.into_iter();
        for row in rows.filter(|row| row.repository == Some(id)).take(MOST) {
            if let Some(package) = seen(unit, acting, row.id)? {
                found.push(PackageView::new(unit, acting, row, &package)?);
            }
        }
        Ok(found)
    })
}

/// One package.
pub fn find(app: &App, call: &Call) -> Result<PackageView, AppError> {
    app.read(call, |unit, acting| {
        let row = row(unit, acting)?;
        PackageView::new(unit, acting, row, acting.package()?)
    })
}

/// A page of its versions, newest first, and how many there are.
pub fn versions(
    app: &App,
    call: &Call,
    (offset, size): (u64, u32),
) -> Result<(Vec<VersionRow>, u64), AppError> {
    app.read(call, |unit, acting| {
        let row = row(unit, acting)?;
        let total = package_versions::count(unit, row.id)?.unsigned_abs();
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let page = package_versions::page(unit, row.id, offset, i64::from(size))?;
        Ok((page, total))
    })
}

/// One version, by its number.
pub fn version_by_id(app: &App, call: &Call, id: PackageVersionId) -> Result<VersionRow, AppError> {
    app.read(call, |unit, acting| {
        let row = row(unit, acting)?;
        package_versions::by_id(unit, row.id, id)?.ok_or(AppError::Missing("version"))
    })
}

/// Whether the package that the request names has a version of that number.
pub fn has_version(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: PackageVersionId,
) -> Result<(), AppError> {
    let row = row(unit, acting)?;
    package_versions::by_id(unit, row.id, id)?
        .map(drop)
        .ok_or(AppError::Missing("version"))
}

/// Nothing that was removed comes back: what stood under a name could be something else then.
pub fn may_restore(_: &Acting<'_>) -> Result<(), AppError> {
    Err(AppError::Forbidden(
        "What was removed does not come back: its file is gone. Publish the next version."
            .to_owned(),
    ))
}
