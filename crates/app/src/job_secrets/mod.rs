//! Secrets for jobs: of repositories, organizations and persons. They are set and replaced, named, and deleted; nobody is
//! shown a value, and jobs alone are [given](give) them.
//!
//! On its way here a value is sealed for a [pair](pair) of keys, by whoever sets it; here it lies sealed under the newest root
//! key, bound to its row.

mod delete;
mod give;
mod list;
mod pair;
mod put;
mod reseal;
mod selected;
mod value;

use jeton_domain::{Event, JobSecretName, Selection};
use jeton_store::job_secrets::JobSecretRow;
use jeton_store::{ReadUnit, job_secrets};

use crate::audit::Record;
use crate::authorize::Acting;
use crate::error::{AppError, FieldFault};
use crate::place::Place;

pub use delete::delete;
pub(crate) use delete::{end_of_owner, end_of_repository};
pub use give::{GivenSecret, SecretsJob, give, names};
pub use jeton_store::job_secrets::{JobSecretRow as Row, SecretOwner};
pub use list::{SecretList, list, of_organization_for_repository, show};
pub use pair::{PAIR_OVERLAP, PublicKey, Rotated, public_key, rotate, rotate_by_operator};
pub use put::{GivenValue, NewSecret, Put, may_put, put};
pub use reseal::SealedCounts;
pub use selected::{reached_one, repositories, select, selectable, set_repositories, unselect};
pub use value::SecretValue;

const RESOURCE: &str = "Secret";

/// One field that can't be taken. The code is the one at which clients of GitHub's show the sentence.
fn fault(field: &'static str, message: impl std::fmt::Display) -> AppError {
    AppError::Invalid(vec![FieldFault {
        resource: RESOURCE,
        field: field.into(),
        code: "custom",
        message: format!("`{field}` {message}"),
    }])
}

/// Whose secrets a request is about.
fn owner(acting: &Acting<'_>) -> Result<SecretOwner, AppError> {
    match &acting.place {
        Place::Organization(owner) => Ok(SecretOwner::Organization(owner.id.as_organization())),
        Place::Repository(repository) => Ok(SecretOwner::Repository(repository.id)),
        Place::Own(_) => Ok(SecretOwner::Person(acting.user()?)),
        _ => Err(AppError::Missing("secret")),
    }
}

/// A secret of what the request is about. What can't be a name names none.
pub fn kept(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    name: &str,
) -> Result<JobSecretRow, AppError> {
    let owner = owner(acting)?;
    let name = JobSecretName::parse(name).map_err(|_| AppError::Missing("secret"))?;
    job_secrets::by_name(unit, owner, name.as_str())?.ok_or(AppError::Missing("secret"))
}

/// SECURITY: an organization's secret is given to jobs of other repositories too. A token for some of them would choose by it
/// what the others' jobs run with.
fn may_decide_for_all(acting: &Acting<'_>) -> Result<(), AppError> {
    let narrow = acting.known().is_some_and(|known| {
        let token = known.bearer.token.as_ref();
        !known.bearer.kind.has_scopes()
            && token.is_some_and(|token| token.grant.selection != Selection::All)
    });
    match owner(acting)? {
        SecretOwner::Organization(_) if narrow => Err(AppError::Forbidden(
            "An organization's secret is for more than some of its repositories; the token is for some of them.".to_owned(),
        )),
        _ => Ok(()),
    }
}

/// What happens to secrets, told apart by whose they are.
struct Events {
    create: Event,
    update: Event,
    remove: Event,
}

const fn events(owner: SecretOwner) -> Events {
    match owner {
        SecretOwner::Organization(_) => Events {
            create: Event::OrganizationSecretCreate,
            update: Event::OrganizationSecretUpdate,
            remove: Event::OrganizationSecretRemove,
        },
        SecretOwner::Repository(_) => Events {
            create: Event::RepositorySecretCreate,
            update: Event::RepositorySecretUpdate,
            remove: Event::RepositorySecretRemove,
        },
        SecretOwner::Person(_) => Events {
            create: Event::UserSecretCreate,
            update: Event::UserSecretUpdate,
            remove: Event::UserSecretRemove,
        },
    }
}

/// Begins an entry about a secret: its name, never its value.
fn record<'a>(acting: &'a Acting<'_>, row: &JobSecretRow, event: Event) -> Record<'a> {
    let mut record = acting.record(event).with("secret_name", row.name.as_str());
    if let SecretOwner::Person(user) = row.owner {
        record = record.user(user, acting.login());
    }
    if let Some(visibility) = row.visibility {
        record = record.with("visibility", visibility.name());
    }
    record
}
