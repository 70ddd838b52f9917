//! The pages' addresses: the same below repositories, below organizations, and one's own.

use jeton_api::ops::job_secrets::{
    ORGANIZATION_SECRETS, PERSON_SECRETS, REPOSITORY_SECRETS, SecretOperations,
};
use jeton_domain::{Least, Operation, Role, TargetKind};
use jeton_http::{Method, Names, Route};

use super::{form, list};
use crate::operation::{confirmed, own_page, page};
use crate::review::owners_page;

static REPOSITORY_PAGE: Operation = page(
    "page.repository_secrets",
    "Show the secrets of a repository: their names, never their values.",
    TargetKind::Repository,
    Least::Repository(Role::Write),
);
static REPOSITORY_FORM: Operation = confirmed(page(
    "page.repository_secret",
    "Show the form that sets a secret of a repository.",
    TargetKind::Repository,
    Least::Repository(Role::Write),
));
static ORGANIZATION_PAGE: Operation = owners_page(
    "page.organization_secrets",
    "Show the secrets of an organization: their names, never their values.",
);
static ORGANIZATION_FORM: Operation = confirmed(owners_page(
    "page.organization_secret",
    "Show the form that sets a secret of an organization.",
));
static OWN_PAGE: Operation = own_page(
    "page.secrets",
    "Show one's own secrets: their names, never their values.",
);
static OWN_FORM: Operation = confirmed(own_page(
    "page.secret",
    "Show the form that sets a secret of one's own.",
));

// The form is shown to a confirmed sign-in alone: a value is not typed before somebody is asked who they are.
macro_rules! routes {
    ($at:literal, $names:expr, $page:expr, $form:expr, $of:expr) => {{
        const OF: &SecretOperations = &$of;
        const NAMES: Names = $names;
        &[
            Route::new(Method::Get, $at, &$page, NAMES, list::show).paged(),
            Route::new(
                Method::Post,
                concat!($at, "/rotate-key"),
                &OF.rotate_key,
                NAMES,
                list::rotate,
            ),
            Route::new(
                Method::Get,
                concat!($at, "/new"),
                &$form,
                NAMES,
                form::blank,
            ),
            Route::new(
                Method::Post,
                concat!($at, "/new"),
                &OF.put,
                NAMES,
                form::set,
            ),
            Route::new(
                Method::Get,
                concat!($at, "/{secret_name}/edit"),
                &$form,
                NAMES,
                form::filled,
            ),
            Route::new(
                Method::Post,
                concat!($at, "/{secret_name}/edit"),
                &OF.put,
                NAMES,
                form::set,
            ),
            Route::new(
                Method::Post,
                concat!($at, "/{secret_name}/delete"),
                &OF.delete,
                NAMES,
                list::delete,
            ),
        ]
    }};
}

/// Of repositories.
pub(crate) static REPOSITORY_ROUTES: &[Route] = routes!(
    "/{owner}/{repo}/settings/secrets",
    Names::Repository("owner", "repo"),
    REPOSITORY_PAGE,
    REPOSITORY_FORM,
    REPOSITORY_SECRETS
);

/// Of organizations.
pub(crate) static ORGANIZATION_ROUTES: &[Route] = routes!(
    "/organizations/{org}/settings/secrets",
    Names::Organization("org"),
    ORGANIZATION_PAGE,
    ORGANIZATION_FORM,
    ORGANIZATION_SECRETS
);

/// One's own.
pub(crate) static OWN_ROUTES: &[Route] = routes!(
    "/settings/secrets",
    Names::Own,
    OWN_PAGE,
    OWN_FORM,
    PERSON_SECRETS
);
