//! The repositories that a secret of an organization or a person is for.
//!
//! SECURITY: a request sees and changes those that it reaches. Others that were selected stay, and are not told.

use std::collections::BTreeSet;

use jeton_domain::{Id as _, JobSecretVisibility, RepositoryId};
use jeton_store::job_secrets::{self, JobSecretRow, SecretOwner};
use jeton_store::repositories::{self as rows, Among, Order, RepositoryRow};
use jeton_store::{ReadUnit, WriteUnit};

use super::{RESOURCE, events, fault, kept, owner, record};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::repositories::{List, reached, view_row};
use crate::users::span;

/// The field that names them.
pub(super) const FIELD: &str = "selected_repository_ids";

/// Repositories that one secret is for at most.
const MOST: usize = 1000;

/// A page of the repositories that a secret is for, as far as the caller reaches them.
pub fn repositories(
    app: &App,
    call: &Call,
    name: &str,
    offset: u64,
    count: u32,
) -> Result<List, AppError> {
    app.read(call, |unit, acting| {
        let row = kept(unit, acting, name)?;
        let selected = job_secrets::selected(unit, row.id)?;
        let (predicate, among) = (reached(unit, acting)?, Among::Either(Vec::new(), selected));
        let total = rows::count(unit, &predicate, &among)?.unsigned_abs();
        let mut items = Vec::new();
        let part = (span(offset), i64::from(count));
        for row in rows::page(unit, &predicate, &among, Order::Name, part)? {
            items.push(view_row(unit, acting, row)?);
        }
        Ok(List { items, total })
    })
}

/// Has a secret be for these repositories, and for no other that the caller reaches.
pub fn set_repositories(
    app: &App,
    call: &Call,
    name: &str,
    numbers: &[i64],
) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = selectable(unit, acting, name)?;
        let had = job_secrets::selected(unit, row.id)?;
        let chosen = chosen(unit, acting, numbers, &had)?;
        let had: BTreeSet<RepositoryId> = had.into_iter().collect();
        acting.confirm_if(unit, !chosen.is_subset(&had))?;
        for gone in had.difference(&chosen) {
            job_secrets::unselect(unit, row.id, *gone)?;
        }
        for new in chosen.difference(&had) {
            job_secrets::select(unit, row.id, *new)?;
        }
        note(unit, acting, &row)
    })
}

/// Has a secret be for one more repository.
pub fn select(app: &App, call: &Call, name: &str, number: i64) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = selectable(unit, acting, name)?;
        let repository = reached_one(unit, acting, number)?;
        let had = job_secrets::selected(unit, row.id)?;
        if had.contains(&repository.id) {
            return Ok(());
        }
        acting.confirm_if(unit, true)?;
        check_number(had.len() + 1)?;
        job_secrets::select(unit, row.id, repository.id)?;
        note(unit, acting, &row)
    })
}

/// Has a secret be for a repository no more.
pub fn unselect(app: &App, call: &Call, name: &str, number: i64) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = selectable(unit, acting, name)?;
        let repository = reached_one(unit, acting, number)?;
        if !job_secrets::selected(unit, row.id)?.contains(&repository.id) {
            return Ok(());
        }
        job_secrets::unselect(unit, row.id, repository.id)?;
        note(unit, acting, &row)
    })
}

/// Leaves an entry, and the moment.
fn note(unit: &mut WriteUnit<'_>, acting: &Acting<'_>, row: &JobSecretRow) -> Result<(), AppError> {
    job_secrets::set_visibility(unit, row.id, JobSecretVisibility::Selected, acting.now)?;
    let numbers: Vec<i64> = job_secrets::selected(unit, row.id)?
        .into_iter()
        .map(RepositoryId::get)
        .collect();
    record(acting, row, events(row.owner).update)
        .with(crate::audit::REPOSITORIES, numbers)
        .write(unit)
}

/// A secret that is for selected repositories.
pub fn selectable(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    name: &str,
) -> Result<JobSecretRow, AppError> {
    let row = kept(unit, acting, name)?;
    if row.visibility == Some(JobSecretVisibility::Selected) {
        return Ok(row);
    }
    Err(AppError::conflict(
        "state",
        "The secret is not for selected repositories; set its visibility to `selected` first.",
    ))
}

/// A repository by its number, where the request reaches it and a secret of this place could be for it.
pub fn reached_one(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    number: i64,
) -> Result<RepositoryRow, AppError> {
    let id = RepositoryId::from_i64(number).ok_or(AppError::Missing("repository"))?;
    reached_of(unit, acting, vec![id])?
        .pop()
        .ok_or(AppError::Missing("repository"))
}

/// Of these, those that the request reaches and that a secret of this place could be for.
fn reached_of(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    ids: Vec<RepositoryId>,
) -> Result<Vec<RepositoryRow>, AppError> {
    let owner = owner(acting)?;
    let part = (0, i64::try_from(ids.len()).unwrap_or(i64::MAX));
    let among = Among::Either(Vec::new(), ids);
    let predicate = reached(unit, acting)?;
    let mut found = rows::page(unit, &predicate, &among, Order::Name, part)?;
    found.retain(|row| match owner {
        SecretOwner::Organization(id) => row.owner == id.into(),
        SecretOwner::Repository(_) | SecretOwner::Person(_) => true,
    });
    Ok(found)
}

/// What a secret is for from then on: `numbers`, all of which must be reached, and of what it `had` the rest that is not reached.
pub(super) fn chosen(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    numbers: &[i64],
    had: &[RepositoryId],
) -> Result<BTreeSet<RepositoryId>, AppError> {
    check_number(numbers.len())?;
    let asked: Vec<RepositoryId> = numbers
        .iter()
        .filter_map(|number| RepositoryId::from_i64(*number))
        .collect();
    let mut chosen: BTreeSet<RepositoryId> = reached_of(unit, acting, asked)?
        .iter()
        .map(|row| row.id)
        .collect();
    let strangers: Vec<i64> = numbers
        .iter()
        .copied()
        .filter(|number| !chosen.iter().any(|id| id.get() == *number))
        .collect();
    if !strangers.is_empty() {
        return Err(AppError::strangers(
            RESOURCE,
            FIELD,
            &strangers,
            "repository that it could be for",
        ));
    }
    let told: BTreeSet<RepositoryId> = reached_of(unit, acting, had.to_vec())?
        .iter()
        .map(|row| row.id)
        .collect();
    chosen.extend(had.iter().copied().filter(|id| !told.contains(id)));
    check_number(chosen.len())?;
    Ok(chosen)
}

fn check_number(count: usize) -> Result<(), AppError> {
    if count <= MOST {
        return Ok(());
    }
    Err(fault(FIELD, format!("takes at most {MOST} repositories")))
}
