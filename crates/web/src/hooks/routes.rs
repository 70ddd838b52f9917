//! The pages' addresses: the same below organizations and below repositories.

use jeton_api::ops::hooks::{HookOperations, ORGANIZATION, REPOSITORY, REPOSITORY_TEST};
use jeton_domain::{Least, Operation, Role, TargetKind};
use jeton_http::{Field, Form, Method, Names, Route};

use super::{delivery, form, list, show};
use crate::operation::page;
use crate::review::owners_page;

static ORGANIZATION_PAGE: Operation = owners_page(
    "page.organization_hooks",
    "Show the webhooks of an organization, and what they were told.",
);
static REPOSITORY_PAGE: Operation = page(
    "page.repository_hooks",
    "Show the webhooks of a repository, and what they were told.",
    TargetKind::Repository,
    Least::Repository(Role::Admin),
);

const PART: &[Field] = &[Field::optional(
    "cursor",
    Form::Number,
    "Behind which delivery the page begins.",
)];

macro_rules! routes {
    ($at:literal, $names:expr, $page:expr, $of:expr, $($more:expr,)*) => {{
        const OF: &HookOperations = &$of;
        const NAMES: Names = $names;
        &[
            Route::new(Method::Get, $at, &$page, NAMES, list::show).paged(),
            Route::new(Method::Get, concat!($at, "/new"), &$page, NAMES, form::blank),
            Route::new(Method::Post, concat!($at, "/new"), &OF.create, NAMES, form::make),
            Route::new(Method::Get, concat!($at, "/{hook_id}"), &$page, NAMES, show::show)
                .query(PART),
            Route::new(Method::Get, concat!($at, "/{hook_id}/edit"), &$page, NAMES, form::filled),
            Route::new(Method::Post, concat!($at, "/{hook_id}/edit"), &OF.update, NAMES, form::save),
            Route::new(Method::Post, concat!($at, "/{hook_id}/ping"), &OF.ping, NAMES, show::ping),
            Route::new(
                Method::Post,
                concat!($at, "/{hook_id}/delete"),
                &OF.delete,
                NAMES,
                show::delete,
            ),
            Route::new(
                Method::Get,
                concat!($at, "/{hook_id}/deliveries/{delivery_id}"),
                &$page,
                NAMES,
                delivery::show,
            ),
            Route::new(
                Method::Post,
                concat!($at, "/{hook_id}/deliveries/{delivery_id}/redeliver"),
                &OF.redeliver,
                NAMES,
                show::redeliver,
            ),
            $($more,)*
        ]
    }};
}

/// Of organizations.
pub(crate) static ROUTES: &[Route] = routes!(
    "/organizations/{org}/settings/hooks",
    Names::Organization("org"),
    ORGANIZATION_PAGE,
    ORGANIZATION,
);

/// Of repositories.
pub(crate) static REPOSITORY_ROUTES: &[Route] = routes!(
    "/{owner}/{repo}/settings/hooks",
    Names::Repository("owner", "repo"),
    REPOSITORY_PAGE,
    REPOSITORY,
    Route::new(
        Method::Post,
        "/{owner}/{repo}/settings/hooks/{hook_id}/test",
        &REPOSITORY_TEST,
        Names::Repository("owner", "repo"),
        show::test,
    ),
);
