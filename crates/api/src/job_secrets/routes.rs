//! Routes of secrets: the same below repositories, organizations and persons.

use jeton_app::job_secrets;
use jeton_http::{Field, Form, Method, Names, Route, Rule};

use super::operations::{
    ORGANIZATION_SECRETS, ORGANIZATION_SELECTION, PERSON_SECRETS, PERSON_SELECTION,
    REPOSITORY_ORGANIZATION, REPOSITORY_SECRETS, SecretOperations, SelectionOperations,
};
use super::{
    NAME, delete, list, of_organization, public_key, put, repositories, rotate_key, select,
    set_repositories, show, unselect,
};
use crate::repositories::REPOSITORY;

const ENCRYPTED_VALUE: Field = Field::needed(
    "encrypted_value",
    Form::Text,
    "The value, sealed with the public key (libsodium's `crypto_box_seal`), in base64. Text of at most 48 KB.",
);
const KEY_ID: Field = Field::needed("key_id", Form::Text, "Which public key that was.");
const REPOSITORY_IDS: Form = Form::Either(&[Form::Numbers, Form::Texts]);
const SELECTED: Field = Field::optional(
    "selected_repository_ids",
    REPOSITORY_IDS,
    "The repositories that it is for, where it is for selected ones; as before, where nothing is said.",
);
const OF_REPOSITORY: &[Field] = &[ENCRYPTED_VALUE, KEY_ID];
const OF_ORGANIZATION: &[Field] = &[
    ENCRYPTED_VALUE,
    KEY_ID,
    Field::needed(
        "visibility",
        Form::OneOf(&["all", "private", "selected"]),
        "For which repositories it is: all, those that not everybody sees, or selected ones.",
    ),
    SELECTED,
];
const OF_PERSON: &[Field] = &[ENCRYPTED_VALUE, KEY_ID, SELECTED];
const SELECTION: &[Field] = &[Field::needed(
    "selected_repository_ids",
    REPOSITORY_IDS,
    "The repositories that it is for from now on.",
)];

const KEPT: Rule =
    |unit, acting, input| job_secrets::kept(unit, acting, input.path(NAME)).map(drop);
const PUTS: Rule = |_, acting, _| job_secrets::may_put(acting);
const SELECTS: Rule =
    |unit, acting, input| job_secrets::selectable(unit, acting, input.path(NAME)).map(drop);
const SELECTS_ONE: Rule = |unit, acting, input| {
    job_secrets::selectable(unit, acting, input.path(NAME))?;
    job_secrets::reached_one(unit, acting, input.id("repository_id")?).map(drop)
};

/// The paths below one kind of owner.
macro_rules! routes {
    ($at:literal, $names:expr, $of:expr, $body:expr, $($more:expr,)*) => {{
        const OF: &SecretOperations = &$of;
        const NAMES: Names = $names;
        &[
            Route::new(Method::Get, concat!($at, "/secrets"), &OF.list, NAMES, list)
                .paged()
                .answers(200, "Secrets"),
            Route::new(
                Method::Get,
                concat!($at, "/secrets/public-key"),
                &OF.public_key,
                NAMES,
                public_key,
            )
            .answers(200, "PublicKey"),
            Route::new(Method::Get, concat!($at, "/secrets/{secret_name}"), &OF.get, NAMES, show)
                .rule(KEPT)
                .answers(200, "Secret"),
            Route::new(Method::Put, concat!($at, "/secrets/{secret_name}"), &OF.put, NAMES, put)
                .rule(PUTS)
                .body($body)
                .answers(201, "Empty")
                .or_answers(204),
            Route::new(Method::Delete, concat!($at, "/secrets/{secret_name}"), &OF.delete, NAMES, delete)
                .rule(KEPT)
                .answers(204, ""),
            $($more,)*
        ]
    }};
}

/// The same for the repositories that a secret is for.
macro_rules! selections {
    ($at:literal, $names:expr, $of:expr, $body:expr, $selection:expr) => {{
        const SELECTION_OF: &SelectionOperations = &$selection;
        const AT: Names = $names;
        routes!(
            $at,
            $names,
            $of,
            $body,
            Route::new(
                Method::Get,
                concat!($at, "/secrets/{secret_name}/repositories"),
                &SELECTION_OF.list,
                AT,
                repositories,
            )
            .rule(KEPT)
            .paged()
            .narrowed()
            .answers(200, "SecretRepositories"),
            Route::new(
                Method::Put,
                concat!($at, "/secrets/{secret_name}/repositories"),
                &SELECTION_OF.set,
                AT,
                set_repositories,
            )
            .rule(SELECTS)
            .body(SELECTION)
            .answers(204, ""),
            Route::new(
                Method::Put,
                concat!($at, "/secrets/{secret_name}/repositories/{repository_id}"),
                &SELECTION_OF.select,
                AT,
                select,
            )
            .rule(SELECTS_ONE)
            .answers(204, ""),
            Route::new(
                Method::Delete,
                concat!($at, "/secrets/{secret_name}/repositories/{repository_id}"),
                &SELECTION_OF.unselect,
                AT,
                unselect,
            )
            .rule(SELECTS_ONE)
            .answers(204, ""),
        )
    }};
}

/// GitHub's, of repositories.
pub(crate) static REPOSITORY_ROUTES: &[Route] = routes!(
    "/repos/{owner}/{repo}/actions",
    REPOSITORY,
    REPOSITORY_SECRETS,
    OF_REPOSITORY,
    Route::new(
        Method::Get,
        "/repos/{owner}/{repo}/actions/organization-secrets",
        &REPOSITORY_ORGANIZATION,
        REPOSITORY,
        of_organization,
    )
    .paged()
    .answers(200, "Secrets"),
);

/// The same of organizations.
pub(crate) static ORGANIZATION_ROUTES: &[Route] = selections!(
    "/orgs/{org}/actions",
    Names::Organization("org"),
    ORGANIZATION_SECRETS,
    OF_ORGANIZATION,
    ORGANIZATION_SELECTION
);

/// The same of persons: GitHub's address for what one's own jobs are given.
pub(crate) static PERSON_ROUTES: &[Route] = selections!(
    "/user/codespaces",
    Names::Own,
    PERSON_SECRETS,
    OF_PERSON,
    PERSON_SELECTION
);

/// Ours: replacing the pair of keys.
pub(crate) static OWN_ROUTES: &[Route] = &[
    Route::new(
        Method::Post,
        "/repos/{owner}/{repo}/secrets/public-key",
        &REPOSITORY_SECRETS.rotate_key,
        REPOSITORY,
        rotate_key,
    )
    .answers(201, "PublicKey"),
    Route::new(
        Method::Post,
        "/orgs/{org}/secrets/public-key",
        &ORGANIZATION_SECRETS.rotate_key,
        Names::Organization("org"),
        rotate_key,
    )
    .answers(201, "PublicKey"),
    Route::new(
        Method::Post,
        "/user/secrets/public-key",
        &PERSON_SECRETS.rotate_key,
        Names::Own,
        rotate_key,
    )
    .answers(201, "PublicKey"),
];
