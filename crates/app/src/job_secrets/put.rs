//! Setting a secret: for the first time, or to another value.

use std::collections::BTreeSet;

use jeton_domain::{JobSecretName, JobSecretVisibility, RepositoryId};
use jeton_store::job_secrets::{self, JobSecretRow, SecretOwner};
use jeton_store::tombstones::Tombstone;
use jeton_store::{ReadUnit, WriteUnit};

use super::value::SecretValue;
use super::{events, fault, may_decide_for_all, owner, pair, record, selected};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::seal::SealedIn;

/// Secrets that one place has at most.
const fn most(owner: SecretOwner) -> usize {
    match owner {
        SecretOwner::Organization(_) => 1000,
        SecretOwner::Repository(_) | SecretOwner::Person(_) => 100,
    }
}

/// A value as it comes.
#[derive(Clone, Debug)]
pub enum GivenValue {
    /// Sealed by the client.
    Sealed {
        /// For this pair.
        key_id: String,
        /// In base64.
        encrypted: String,
    },
    /// Typed into a page.
    Typed(SecretValue),
}

/// A secret to be set.
#[derive(Clone, Debug)]
pub struct NewSecret {
    /// Its name, in letters of either size.
    pub name: String,
    /// Its value.
    pub value: GivenValue,
    /// For which repositories an organization's is. A repository's own has none, a person's is for selected ones.
    pub visibility: Option<JobSecretVisibility>,
    /// Numbers of the repositories that are selected; as before, where nothing is said.
    pub repositories: Option<Vec<i64>>,
}

/// What setting one came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// There was none of this name.
    Made,
    /// It has another value now.
    Replaced,
}

/// Whether whoever asks may set any.
pub fn may_put(acting: &Acting<'_>) -> Result<(), AppError> {
    may_decide_for_all(acting)
}

/// Sets a secret of what the call is about.
pub fn put(app: &App, call: &Call, new: &NewSecret) -> Result<Put, AppError> {
    app.write(call, |unit, acting| {
        may_put(acting)?;
        let owner = owner(acting)?;
        let name = JobSecretName::parse(&new.name).map_err(|wrong| fault("secret_name", wrong))?;
        let value = match &new.value {
            GivenValue::Sealed { key_id, encrypted } => {
                pair::open(unit, acting, key_id, encrypted)?
            }
            GivenValue::Typed(value) => {
                let taken = value.check();
                taken.map_err(|wrong| fault("value", wrong))?;
                value.clone()
            }
        };
        let before = job_secrets::by_name(unit, owner, name.as_str())?;
        if before.is_none() {
            check_room(unit, owner)?;
        }
        let visibility = visibility(owner, new.visibility)?;
        let chosen = chosen(unit, acting, new, before.as_ref(), visibility)?;
        let row = JobSecretRow {
            id: unit.allocate()?,
            owner,
            name: name.as_str().to_owned(),
            visibility,
            created_at: before.as_ref().map_or(acting.now, |row| row.created_at),
            updated_at: acting.now,
        };
        if let Some(before) = &before {
            // A restored backup knows the earlier value, and gives it to nobody.
            job_secrets::erase(unit, before.id)?;
            unit.tombstone(acting.now, &Tombstone::JobSecretDeleted(before.id))?;
        }
        let sealed =
            app.seal_value(SealedIn::JobSecret, row.id.get(), value.expose().as_bytes())?;
        job_secrets::insert(unit, &row, &sealed)?;
        insert_chosen(unit, &row, &chosen)?;
        let events = events(owner);
        let (event, put) = match before {
            Some(_) => (events.update, Put::Replaced),
            None => (events.create, Put::Made),
        };
        record(acting, &row, event).write(unit)?;
        Ok(put)
    })
}

fn insert_chosen(
    unit: &mut WriteUnit<'_>,
    row: &JobSecretRow,
    chosen: &BTreeSet<RepositoryId>,
) -> Result<(), AppError> {
    for repository in chosen {
        job_secrets::select(unit, row.id, *repository)?;
    }
    Ok(())
}

fn check_room(unit: &mut ReadUnit<'_>, owner: SecretOwner) -> Result<(), AppError> {
    let most = most(owner);
    if job_secrets::of_owner(unit, owner)?.len() >= most {
        return Err(fault(
            "secret_name",
            format!("would be one more than the {most} secrets that there may be here"),
        ));
    }
    Ok(())
}

fn visibility(
    owner: SecretOwner,
    said: Option<JobSecretVisibility>,
) -> Result<Option<JobSecretVisibility>, AppError> {
    match (owner, said) {
        (SecretOwner::Repository(_), _) => Ok(None),
        (SecretOwner::Person(_), _) => Ok(Some(JobSecretVisibility::Selected)),
        (SecretOwner::Organization(_), Some(said)) => Ok(Some(said)),
        (SecretOwner::Organization(_), None) => Err(fault(
            "visibility",
            "says for which repositories the secret is: `all`, `private` or `selected`",
        )),
    }
}

/// The repositories of a secret that is for selected ones.
fn chosen(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    new: &NewSecret,
    before: Option<&JobSecretRow>,
    visibility: Option<JobSecretVisibility>,
) -> Result<BTreeSet<RepositoryId>, AppError> {
    let had = match before {
        Some(row) => job_secrets::selected(unit, row.id)?,
        None => Vec::new(),
    };
    match (&new.repositories, visibility) {
        (None, Some(JobSecretVisibility::Selected)) => Ok(had.into_iter().collect()),
        (Some(numbers), Some(JobSecretVisibility::Selected)) => {
            selected::chosen(unit, acting, numbers, &had)
        }
        (Some(numbers), Some(_)) if !numbers.is_empty() => Err(fault(
            selected::FIELD,
            "goes with the visibility `selected` alone",
        )),
        _ => Ok(BTreeSet::new()),
    }
}
