//! Removing versions and packages. What was removed is never published again.

use std::collections::{BTreeMap, BTreeSet};

use jeton_decide::Permit;
use jeton_domain::{Event, PackageId, PackageVersionId};
use jeton_store::package_versions::VersionRow;
use jeton_store::packages::PackageRow;
use jeton_store::{WriteUnit, package_versions, packages};

use super::file::version_of;
use super::{changed, document, row};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;

/// What is to be left of a package, as a client that removes versions says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remaining {
    /// The versions.
    pub versions: BTreeSet<String>,
    /// The tags.
    pub tags: BTreeMap<String, String>,
}

/// A client changes what it saw, and nothing newer.
pub(super) fn check_revision(row: &PackageRow, given: &str) -> Result<(), AppError> {
    if given == document::revision(row) {
        return Ok(());
    }
    Err(AppError::conflict(
        "changed",
        "Somebody else changed the package meanwhile; look again.",
    ))
}

/// Removes a package with all of its versions.
///
/// `revision`: as the client saw it; nothing, where it says what is to go and not what is to be left.
pub fn remove(app: &App, call: &Call, revision: Option<&str>) -> Result<(), AppError> {
    let left = app.write(call, |unit, acting| {
        let row = row(unit, acting)?;
        if let Some(revision) = revision {
            check_revision(&row, revision)?;
        }
        let versions = package_versions::all(unit, row.id)?;
        end(unit, acting, &row, &versions)?;
        destroy(unit, acting, &row)?;
        Left::of(unit, acting, &row, &versions)
    })?;
    left.discard(app);
    Ok(())
}

/// Removes the versions that are not among those that are to be left. Without any left, the package.
pub fn remove_versions(
    app: &App,
    call: &Call,
    revision: &str,
    remaining: &Remaining,
) -> Result<(), AppError> {
    let left = app.write(call, |unit, acting| {
        let row = row(unit, acting)?;
        check_revision(&row, revision)?;
        let (stay, go): (Vec<_>, Vec<_>) = package_versions::all(unit, row.id)?
            .into_iter()
            .partition(|version| remaining.versions.contains(&version.version));
        if stay.len() != remaining.versions.len() {
            return Err(AppError::Forbidden(
                "What is to be left names versions that the package does not have: versions come by publishing alone."
                    .to_owned(),
            ));
        }
        if go.is_empty() {
            return Err(AppError::Forbidden(
                "The document takes no version away, and a package is changed by other requests: `npm dist-tag`, \
                 `npm deprecate`, `npm access`."
                    .to_owned(),
            ));
        }
        end(unit, acting, &row, &go)?;
        if stay.is_empty() {
            destroy(unit, acting, &row)?;
        } else {
            settle_latest(unit, &row, &stay, remaining.tags.get("latest"))?;
            changed(unit, acting, row.id, "package.version_deleted")?;
        }
        Left::of(unit, acting, &row, &go)
    })?;
    left.discard(app);
    Ok(())
}

/// Removes the version whose file is named. One that is gone is no fault: a client that removed it from the document comes
/// for its file next.
pub fn remove_file(app: &App, call: &Call, file: &str) -> Result<(), AppError> {
    let left = app.write(call, |unit, acting| {
        let row = row(unit, acting)?;
        let number = version_of(&row.name, file).ok_or(AppError::Missing("file"))?;
        let left = remove_one(unit, acting, &row, |version| version.version == number)?;
        match left {
            Some(left) => Ok(left),
            None if package_versions::was_given(unit, row.owner, &row.name, number)? => {
                Left::of(unit, acting, &row, &[])
            }
            None => Err(AppError::Missing("version")),
        }
    })?;
    left.discard(app);
    Ok(())
}

/// Removes a version, by its number. With the last one the package goes.
pub fn remove_version(app: &App, call: &Call, id: PackageVersionId) -> Result<(), AppError> {
    let left = app.write(call, |unit, acting| {
        let row = row(unit, acting)?;
        remove_one(unit, acting, &row, |version| version.id == id)?
            .ok_or(AppError::Missing("version"))
    })?;
    left.discard(app);
    Ok(())
}

/// Removes the version that is meant; nothing, where there is none.
fn remove_one(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &PackageRow,
    is_meant: impl Fn(&VersionRow) -> bool,
) -> Result<Option<Left>, AppError> {
    let (go, stay): (Vec<_>, Vec<_>) = package_versions::all(unit, row.id)?
        .into_iter()
        .partition(is_meant);
    if go.is_empty() {
        return Ok(None);
    }
    end(unit, acting, row, &go)?;
    if stay.is_empty() {
        destroy(unit, acting, row)?;
    } else {
        settle_latest(unit, row, &stay, None)?;
        changed(unit, acting, row.id, "package.version_deleted")?;
    }
    Left::of(unit, acting, row, &go).map(Some)
}

fn end(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &PackageRow,
    versions: &[VersionRow],
) -> Result<(), AppError> {
    for version in versions {
        package_versions::delete(unit, row.id, &version.version, acting.now)?;
        acting
            .record(Event::PackageVersionDestroy)
            .with("package_id", row.id.get())
            .with("version", version.version.as_str())
            .write(unit)?;
    }
    Ok(())
}

fn destroy(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &PackageRow,
) -> Result<(), AppError> {
    changed(unit, acting, row.id, "package.deleted")?;
    packages::delete(unit, row.id, acting.now)?;
    acting
        .record(Event::PackageDestroy)
        .with("package_id", row.id.get())
        .write(unit)
}

/// Where `latest` led to something that is gone, it leads to what is named, or else to what was published last.
fn settle_latest(
    unit: &mut WriteUnit<'_>,
    row: &PackageRow,
    stay: &[VersionRow],
    named: Option<&String>,
) -> Result<(), AppError> {
    if package_versions::tags(unit, row.id)?.contains_key("latest") {
        return Ok(());
    }
    let wanted = stay.iter().find(|version| Some(&version.version) == named);
    if let Some(version) = wanted.or(stay.last()) {
        package_versions::tag(unit, row.id, "latest", &version.version)?;
    }
    Ok(())
}

/// Files that nothing needs any more, once the change is committed.
struct Left {
    permit: Permit,
    package: PackageId,
    digests: Vec<String>,
}

impl Left {
    fn of(
        unit: &mut WriteUnit<'_>,
        acting: &Acting<'_>,
        row: &PackageRow,
        versions: &[VersionRow],
    ) -> Result<Self, AppError> {
        let mut digests = Vec::new();
        for version in versions {
            if !package_versions::needs_file(unit, row.id, &version.digest)? {
                digests.push(version.digest.clone());
            }
        }
        Ok(Self {
            permit: acting.permit.clone(),
            package: row.id,
            digests,
        })
    }

    /// Removes them. One that can't be removed is left: it is found by nobody.
    fn discard(&self, app: &App) {
        for digest in &self.digests {
            let data = app.data();
            if let Err(error) = data.remove_package_file(&self.permit, self.package, digest) {
                tracing::warn!(%error, package = self.package.get(), "a file of a package was left");
            }
        }
    }
}
