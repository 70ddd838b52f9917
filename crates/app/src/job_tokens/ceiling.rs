//! The most that jobs may do: the site's word, the owner's, the repository's.

use std::collections::BTreeMap;

use jeton_domain::{
    AccountId, Event, Permissions, RepositoryId, may_be_ceiling, owner_ceiling, site_ceiling,
};
use jeton_store::job_tokens::{self, CeilingOf};
use jeton_store::{FeedKey, ReadUnit, StoreError};

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::place::Place;

const RESOURCE: &str = "JobPermissions";

/// What is written down, and what comes of it.
#[derive(Clone, Debug)]
pub struct CeilingView {
    /// What is said here, or what holds where nobody said anything.
    pub own: Permissions,
    /// Somebody said it here.
    pub said: bool,
    /// What jobs may do here at most, with everybody's word.
    pub most: Permissions,
}

/// The words that hold in one place: each said there, or what holds where nobody said anything.
fn words(unit: &mut ReadUnit<'_>, of: CeilingOf) -> Result<CeilingView, StoreError> {
    let said = job_tokens::ceiling(unit, of)?;
    let (above, usual) = match of {
        CeilingOf::Site => (None, site_ceiling()),
        CeilingOf::Owner(_) => (Some(words(unit, CeilingOf::Site)?.most), owner_ceiling()),
        // A repository says nothing of its own, until it does.
        CeilingOf::Repository(owner, _) => {
            let owner = words(unit, CeilingOf::Owner(owner))?;
            (Some(owner.most), owner.own)
        }
    };
    let (own, said) = (said.clone().unwrap_or(usual), said.is_some());
    Ok(CeilingView {
        most: above.map_or_else(|| own.clone(), |above| above.and(&own)),
        own,
        said,
    })
}

/// What a repository's jobs may do at most.
pub(crate) fn allowed(
    unit: &mut ReadUnit<'_>,
    owner: AccountId,
    repository: RepositoryId,
) -> Result<Permissions, StoreError> {
    Ok(words(unit, CeilingOf::Repository(owner, repository))?.most)
}

/// The place that the request is about, and what changes with its word.
fn place(acting: &Acting<'_>) -> Result<(CeilingOf, FeedKey), AppError> {
    match &acting.place {
        Place::Site => Ok((CeilingOf::Site, FeedKey::Site)),
        Place::Organization(owner) => Ok((CeilingOf::Owner(owner.id), FeedKey::Account(owner.id))),
        Place::Repository(repository) => Ok((
            CeilingOf::Repository(repository.owner.id, repository.id),
            FeedKey::Repository(repository.id),
        )),
        Place::Own(_) | Place::Package(_) | Place::Missing => Err(AppError::Missing("place")),
    }
}

/// What holds where the request is about.
pub fn ceiling(app: &App, call: &Call) -> Result<CeilingView, AppError> {
    app.read(call, |unit, acting| {
        let (of, _) = place(acting)?;
        Ok(words(unit, of)?)
    })
}

/// Writes down what is to hold there. Giving more takes a sign-in that was confirmed lately.
pub fn set_ceiling(
    app: &App,
    call: &Call,
    wish: &BTreeMap<String, String>,
) -> Result<CeilingView, AppError> {
    app.write(call, |unit, acting| {
        let wanted = read(wish)?;
        let (of, key) = place(acting)?;
        let now = words(unit, of)?;
        acting.confirm_if(unit, !now.own.include(&wanted))?;
        job_tokens::set_ceiling(unit, of, &wanted)?;
        unit.feed(acting.now, "job.ceiling", key)?;
        let levels = |held: &Permissions| {
            let pairs = held
                .iter()
                .map(|(key, level)| (key.name().to_owned(), level.name().into()));
            serde_json::Value::Object(pairs.collect())
        };
        acting
            .record(Event::JobCeiling)
            .with("permissions", levels(&wanted))
            .with("permissions_was", levels(&now.own))
            .write(unit)?;
        Ok(words(unit, of)?)
    })
}

fn read(wish: &BTreeMap<String, String>) -> Result<Permissions, AppError> {
    let pairs = wish
        .iter()
        .map(|(key, level)| (key.as_str(), level.as_str()));
    let wanted =
        Permissions::parse(pairs).map_err(|fault| AppError::Invalid(vec![fault.into()]))?;
    if may_be_ceiling(&wanted) {
        Ok(wanted)
    } else {
        Err(AppError::invalid(
            RESOURCE,
            "permissions",
            "of jobs are about a repository's contents and what belongs to them, and never `administration`",
        ))
    }
}
