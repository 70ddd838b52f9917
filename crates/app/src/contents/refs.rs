//! References made, moved and deleted.

use jeton_decide::RefChange;
use jeton_repo::{ObjectKind, Oid, Stored};
use jeton_store::ReadUnit;

use super::write::{Change, Writing, change, ref_name};
use super::{Pointed, Reading, pointed};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;

const RESOURCE: &str = "Reference";

/// The object that a reference is to point to.
fn target(writing: &Writing<'_>, name: &str, sha: &str) -> Result<Stored, AppError> {
    let missing = || AppError::missing(RESOURCE, "sha");
    let id = Oid::from_hex(sha.as_bytes()).map_err(|_| missing())?;
    let stored = writing.reading.objects.find(id)?.ok_or_else(missing)?;
    // Git takes nothing else for a branch.
    if name.starts_with("refs/heads/") && stored.kind != ObjectKind::Commit {
        return Err(AppError::invalid(RESOURCE, "sha", "is no commit"));
    }
    Ok(stored)
}

/// Makes a reference, whose whole name is given.
pub fn create_ref(app: &App, call: &Call, name: &str, sha: &str) -> Result<Pointed, AppError> {
    let name = ref_name("ref", name)?;
    change(app, call, |writing| {
        writing.reading.not_empty()?;
        if writing.reading.data.tip(&name)?.is_some() {
            return Err(AppError::taken(RESOURCE, "ref"));
        }
        let to = target(writing, &name, sha)?;
        let change = Change {
            name: name.clone(),
            old: None,
            new: Some(to.id),
            objects: Vec::new(),
        };
        Ok((change, Pointed { name, to }))
    })
}

/// Moves a reference; where that loses history, only if `force` says so.
pub fn update_ref(
    app: &App,
    call: &Call,
    name: &str,
    sha: &str,
    force: bool,
) -> Result<Pointed, AppError> {
    change(app, call, |writing| {
        let old = existing(&writing.reading, name)?;
        let to = target(writing, &old.name, sha)?;
        let objects = &writing.reading.objects;
        if !force && old.to.id != to.id && !objects.follows(old.to.id, to.id)? {
            return Err(AppError::invalid(
                RESOURCE,
                "sha",
                "does not follow what the reference points to: it would lose history",
            ));
        }
        let change = Change {
            name: old.name.clone(),
            old: Some(old.to.id),
            new: Some(to.id),
            objects: Vec::new(),
        };
        Ok((change, Pointed { name: old.name, to }))
    })
}

/// Deletes a reference.
pub fn delete_ref(app: &App, call: &Call, name: &str) -> Result<(), AppError> {
    change(app, call, |writing| {
        let old = existing(&writing.reading, name)?;
        let change = Change {
            name: old.name,
            old: Some(old.to.id),
            new: None,
            objects: Vec::new(),
        };
        Ok((change, ()))
    })
}

/// A reference that is there, by its name without `refs/`, and whose name may be written.
fn existing(reading: &Reading<'_>, name: &str) -> Result<Pointed, AppError> {
    // Who writes is told 422 as at GitHub, and not that the address leads nowhere.
    let found = match pointed(reading, name) {
        Err(AppError::Missing(_)) => {
            return Err(AppError::invalid(RESOURCE, "ref", "does not exist"));
        }
        found => found?,
    };
    ref_name("ref", &found.name)?;
    Ok(found)
}

/// What is asked of who moves or deletes a reference, as far as its name tells.
pub fn may_write_ref(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    name: &str,
    deleted: bool,
) -> Result<(), AppError> {
    let mut found = None;
    super::rehearse(acting, |reading| {
        let reference = existing(reading, name)?;
        if deleted {
            crate::git::check_not_default(&reading.data, reading.repository, &reference.name)?;
        }
        found = Some(reference.name);
        Ok(())
    })?;
    let name = found.ok_or(AppError::Missing("reference"))?;
    acting.require_ref(
        unit,
        RefChange {
            name: &name,
            forced: false,
            deleted,
            workflows: false,
        },
    )
}
