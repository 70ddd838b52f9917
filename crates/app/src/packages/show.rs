//! Looking at a package.

use jeton_store::{package_versions, packages};
use serde_json::{Map, Value};

use super::document::{self, Form};
use super::kept::{Part, Written};
use super::operations::COLLABORATORS;
use super::{keepers, row};
use crate::app::App;
use crate::call::Call;
use crate::error::AppError;
use crate::place::Place;
use crate::users::commit_address;

/// By which name the registry was asked: addresses in its answers are for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Registry {
    /// Below the server's own.
    Below,
    /// Its own host.
    Apart,
}

impl Registry {
    /// Where it is, without a slash at the end.
    pub fn url(self, app: &App) -> String {
        match (self, app.registry_url()) {
            (Self::Apart, Some(url)) => url.to_owned(),
            _ => format!("{}/npm", app.public_url()),
        }
    }
}

/// A package with all of its versions.
pub fn packument(
    app: &App,
    call: &Call,
    form: Form,
    registry: Registry,
) -> Result<Written, AppError> {
    app.read(call, |unit, acting| {
        acting.keep(unit.seq());
        let row = row(unit, acting)?;
        if form == Form::Full && acting.would(&COLLABORATORS, &acting.place) {
            // Who keeps it is not everybody's to know, so this is kept for nobody.
            let versions = package_versions::all(unit, row.id)?;
            let tags = package_versions::tags(unit, row.id)?;
            let keepers = keepers::of(unit, &row)?;
            let keepers: Vec<(String, String)> = keepers
                .into_iter()
                .map(|user| (user.login.clone(), commit_address(app, &user)))
                .collect();
            let registry = registry.url(app);
            return Ok(document::write(
                form, &registry, &row, &versions, &tags, &keepers,
            ));
        }
        let part = Part::Document(form, registry);
        if let Some(kept) = app.kept_packages.get(row.id, part.clone(), &app.changes) {
            return Ok(kept);
        }
        let versions = package_versions::all(unit, row.id)?;
        let tags = package_versions::tags(unit, row.id)?;
        let written = document::write(form, &registry.url(app), &row, &versions, &tags, &[]);
        app.kept_packages
            .put((row.id, row.owner), part, &written, unit.seq());
        Ok(written)
    })
}

/// The same, from memory alone; `None` where that is not enough: the full form tells some readers more than others.
pub fn packument_at_once(
    app: &App,
    call: &Call,
    form: Form,
    registry: Registry,
) -> Option<Result<Written, AppError>> {
    if form == Form::Full {
        return None;
    }
    kept_at_once(app, call, Part::Document(form, registry))
}

/// What is kept of the package that the request names, from memory alone.
pub(super) fn kept_at_once(
    app: &App,
    call: &Call,
    part: Part,
) -> Option<Result<Written, AppError>> {
    app.at_once(call, |_, place, _| {
        let Place::Package(package) = place.value() else {
            return None;
        };
        let written = app.kept_packages.get(package.id?, part, &app.changes)?;
        place.is_fresh(&app.changes).then_some(written)
    })
}

/// One version, by its number or by a tag that leads to it.
pub fn version(
    app: &App,
    call: &Call,
    named: &str,
    registry: Registry,
) -> Result<Map<String, Value>, AppError> {
    app.read(call, |unit, acting| {
        let row = row(unit, acting)?;
        let tags = package_versions::tags(unit, row.id)?;
        let number = tags.get(named).map_or(named, String::as_str);
        let version =
            package_versions::get(unit, row.id, number)?.ok_or(AppError::Missing("version"))?;
        Ok(document::version(&registry.url(app), &row, &version))
    })
}

/// Signatures of where a version was built, as its publisher sent them.
pub fn attestations(app: &App, call: &Call, version: &str) -> Result<String, AppError> {
    app.read(call, |unit, acting| {
        let id = acting.package()?.id.ok_or(AppError::Missing("package"))?;
        packages::by_id(unit, id)?.ok_or(AppError::Missing("package"))?;
        package_versions::attestations(unit, id, version)?.ok_or(AppError::Missing("attestations"))
    })
}
