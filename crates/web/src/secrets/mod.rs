//! Secrets for jobs: the same pages below the settings of a repository, of an organization, and one's own.

mod form;
mod list;
mod routes;

use jeton_api::ops;
use jeton_api::ops::job_secrets::SecretOperations;
use jeton_app::{AppError, Call, Named};
use jeton_domain::Operation;

use crate::Visit;
use crate::around::Around;

pub(crate) use routes::{ORGANIZATION_ROUTES, OWN_ROUTES, REPOSITORY_ROUTES};

/// Below the settings of a repository or an organization.
pub(crate) const BELOW: &str = "/secrets";
/// Among one's own settings.
pub(crate) const OWN: &str = "/settings/secrets";
/// The field in which a secret is typed.
pub(crate) const VALUE: &str = "value";

/// What stands around these pages.
fn around(visit: &Visit<'_>) -> Result<Around, AppError> {
    Around::of(visit, BELOW, OWN)
}

/// What is done with the secrets of a place.
const fn operations(around: &Around) -> &'static SecretOperations {
    match around.home {
        Named::Repository(..) => &ops::job_secrets::REPOSITORY_SECRETS,
        Named::Own => &ops::job_secrets::PERSON_SECRETS,
        _ => &ops::job_secrets::ORGANIZATION_SECRETS,
    }
}

/// The request as another one about the same place.
fn as_one(visit: &Visit<'_>, around: &Around, operation: &'static Operation) -> Call {
    visit.to(operation, around.home.clone())
}

/// Whose they are, in words.
fn whose(around: &Around) -> String {
    match around.home {
        Named::Own => "your own".to_owned(),
        _ => around.name(),
    }
}
