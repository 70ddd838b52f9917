//! What a job is given: the one way on which values leave.
//!
//! A job of a repository has the secrets of that repository, those of its organization that are for it, and those of the person
//! who opened it that are for it. Where several have one name, the nearest counts: the repository's, then the
//! organization's, then the person's.

use std::collections::BTreeMap;

use jeton_domain::{Event, RepositoryId, Role, UserId};
use jeton_store::job_secrets::{self, JobSecretRow, SecretOwner};
use jeton_store::places::{self, RepositoryPlace};
use jeton_store::{ReadUnit, WriteUnit, users};

use super::list::visible;
use super::value::SecretValue;
use crate::authorize::Acting;
use crate::error::AppError;
use crate::seal::SealedIn;

/// A job, as far as its secrets hang on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretsJob {
    /// Its repository.
    pub repository: RepositoryId,
    /// Who opened it.
    pub opener: UserId,
    /// It runs what came from a fork: somebody may have written it who could not write to the repository.
    pub fork: bool,
}

/// A secret that a job has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenSecret {
    /// Its name: a variable's.
    pub name: String,
    /// Whose it is.
    pub owner: SecretOwner,
    /// Its value.
    pub value: SecretValue,
}

/// The names of what a job may have now, sorted, each with whose it is.
pub fn names(
    unit: &mut ReadUnit<'_>,
    job: &SecretsJob,
) -> Result<Vec<(String, SecretOwner)>, AppError> {
    let named = found(unit, job)?.map(|(_, rows)| rows).unwrap_or_default();
    Ok(named
        .into_values()
        .map(|row| (row.name, row.owner))
        .collect())
}

/// Gives a job what it may have now, sorted by name. Each time leaves an entry with the names: of the repository's and the
/// organization's in the organization's log, of the person's in theirs.
pub fn give(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    job: &SecretsJob,
) -> Result<Vec<GivenSecret>, AppError> {
    let Some((place, rows)) = found(unit, job)? else {
        return Ok(Vec::new());
    };
    let mut given = Vec::with_capacity(rows.len());
    for row in rows.into_values() {
        let sealed = job_secrets::value(unit, row.id)?.ok_or(AppError::Missing("secret"))?;
        let opened = acting
            .app
            .unseal(SealedIn::JobSecret, row.id.get(), &sealed.bytes)?;
        let broken = |_| AppError::Data(format!("the secret {} is no text any more", row.id));
        given.push(GivenSecret {
            value: SecretValue::opened(opened.to_vec()).map_err(broken)?,
            name: row.name,
            owner: row.owner,
        });
    }
    note(unit, acting, job, &place, &given)?;
    Ok(given)
}

fn note(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    job: &SecretsJob,
    place: &RepositoryPlace,
    given: &[GivenSecret],
) -> Result<(), AppError> {
    let personal = |secret: &&GivenSecret| matches!(secret.owner, SecretOwner::Person(_));
    let name = |secret: &GivenSecret| secret.name.clone();
    let shared: Vec<String> = given
        .iter()
        .filter(|one| !personal(one))
        .map(name)
        .collect();
    let own: Vec<String> = given.iter().filter(personal).map(name).collect();
    let full_name = format!("{}/{}", place.owner.login, place.name);
    if !shared.is_empty() {
        let mut record = acting
            .record(Event::JobSecretsGive)
            .repository(job.repository, &full_name)
            .with("secrets", shared);
        if place.owner.organization.is_some() {
            record = record.organization(place.owner.id.as_organization(), &place.owner.login);
        }
        record.write(unit)?;
    }
    if !own.is_empty() {
        let opener = users::by_id(unit, job.opener)?.ok_or(AppError::Missing("person"))?;
        acting
            .record(Event::UserSecretsGive)
            .user(job.opener, &opener.login)
            .with("repo", full_name)
            .with("secrets", own)
            .write(unit)?;
    }
    Ok(())
}

/// Where a job runs, and what it may have there, by name.
type Found = (RepositoryPlace, BTreeMap<String, JobSecretRow>);

/// What a job may have. Nothing at all for one of a fork, for one whose opener could not write to the
/// repository by now, and where there is no such repository any more.
fn found(unit: &mut ReadUnit<'_>, job: &SecretsJob) -> Result<Option<Found>, AppError> {
    if job.fork {
        return Ok(None);
    }
    let Some(place) = places::repository_by_id(unit, job.repository)? else {
        return Ok(None);
    };
    // SECURITY: whoever writes could read the secrets by what they push; nobody less gets them by opening a job.
    let role = places::roles(unit, job.opener, &place)?.sources.role();
    if role < Some(Role::Write) {
        return Ok(None);
    }
    let mut owners = vec![SecretOwner::Person(job.opener)];
    if place.owner.organization.is_some() {
        owners.push(SecretOwner::Organization(place.owner.id.as_organization()));
    }
    owners.push(SecretOwner::Repository(place.id));
    let mut rows = BTreeMap::new();
    // The nearest last: it takes the name.
    for owner in owners {
        for row in job_secrets::for_repository(unit, owner, place.id, visible(place.visibility))? {
            rows.insert(row.name.clone(), row);
        }
    }
    Ok(Some((place, rows)))
}
