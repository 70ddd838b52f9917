//! Tags, and versions that should not be used any more.

use std::collections::BTreeMap;

use jeton_domain::Event;
use jeton_store::package_versions;

use super::publish::{check_room_for_tags, check_tag};
use super::{RESOURCE, changed, row};
use crate::app::App;
use crate::call::Call;
use crate::error::AppError;

/// Characters of why a version should not be used.
const LONGEST_REASON: usize = 1024;

/// The tags with the versions that they lead to.
pub fn tags(app: &App, call: &Call) -> Result<BTreeMap<String, String>, AppError> {
    app.read(call, |unit, acting| {
        let row = row(unit, acting)?;
        Ok(package_versions::tags(unit, row.id)?)
    })
}

/// Sets a tag, or moves it.
pub fn tag(app: &App, call: &Call, tag: &str, version: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        check_tag(tag)?;
        let row = row(unit, acting)?;
        if package_versions::get(unit, row.id, version)?.is_none() {
            return Err(AppError::invalid(
                RESOURCE,
                "version",
                "is none of the package",
            ));
        }
        let before = package_versions::tags(unit, row.id)?;
        let before = before.get(tag);
        if before.map(String::as_str) == Some(version) {
            return Ok(());
        }
        package_versions::tag(unit, row.id, tag, version)?;
        check_room_for_tags(unit, row.id)?;
        changed(unit, acting, row.id, "package.tagged")?;
        acting
            .record(Event::PackageTag)
            .with("package_id", row.id.get())
            .with("tag", tag)
            .with("version", version)
            .with("old_version", before.map(String::as_str))
            .write(unit)
    })
}

/// Takes a tag away. `latest` stays: it is what is installed where nothing else is said.
pub fn untag(app: &App, call: &Call, tag: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = row(unit, acting)?;
        if tag == "latest" {
            return Err(AppError::Forbidden(
                "`latest` is what is installed where nothing else is said: move it instead."
                    .to_owned(),
            ));
        }
        let before = package_versions::tags(unit, row.id)?;
        let before = before.get(tag).ok_or(AppError::Missing("tag"))?;
        package_versions::untag(unit, row.id, tag)?;
        changed(unit, acting, row.id, "package.tagged")?;
        acting
            .record(Event::PackageTag)
            .with("package_id", row.id.get())
            .with("tag", tag)
            .with("old_version", before.as_str())
            .write(unit)
    })
}

/// Says of versions why they should not be used, or, with an empty text, that they may be. Versions that are not named stay
/// as they are. How many changed.
pub fn deprecate(
    app: &App,
    call: &Call,
    reasons: &BTreeMap<String, String>,
) -> Result<usize, AppError> {
    app.write(call, |unit, acting| {
        let row = row(unit, acting)?;
        let mut versions = Vec::new();
        for (version, why) in reasons {
            let Some(now) = package_versions::get(unit, row.id, version)? else {
                return Err(AppError::invalid(
                    RESOURCE,
                    "versions",
                    format!("names `{version}`, which is none of the package"),
                ));
            };
            if why.chars().count() > LONGEST_REASON {
                return Err(AppError::invalid(
                    RESOURCE,
                    "deprecated",
                    format!("must not be longer than {LONGEST_REASON} characters"),
                ));
            }
            let why = Some(why.as_str()).filter(|why| !why.is_empty());
            if now.deprecated.as_deref() != why {
                package_versions::deprecate(unit, row.id, version, why)?;
                versions.push(version.as_str());
            }
        }
        if versions.is_empty() {
            return Ok(0);
        }
        changed(unit, acting, row.id, "package.deprecated")?;
        let count = versions.len();
        acting
            .record(Event::PackageDeprecate)
            .with("package_id", row.id.get())
            .with("versions", versions)
            .write(unit)?;
        Ok(count)
    })
}
