//! Routes of webhooks: the same below organizations and below repositories.

use jeton_app::hooks;
use jeton_http::{Field, Form, Method, Names, Route, Rule};

use super::body::{CONFIG, EDITED, NEW};
use super::operations::{HookOperations, ORGANIZATION, REPOSITORY, REPOSITORY_TEST};
use super::{
    config, create, delete, deliveries, delivery, delivery_id, id, list, ping, redeliver, show,
    test, update, update_config,
};
use crate::repositories;

const NEW_RULE: Rule = |_, acting, _| hooks::may_register(acting);
const KEPT: Rule = |unit, acting, input| hooks::kept(unit, acting, id(input)?).map(drop);
const DELIVERED: Rule = |unit, acting, input| {
    let (hook, delivery) = (id(input)?, delivery_id(input)?);
    hooks::ended_delivery(unit, acting, hook, delivery).map(drop)
};
const REDELIVERS: Rule = |unit, acting, input| {
    let (hook, delivery) = (id(input)?, delivery_id(input)?);
    hooks::may_redeliver(unit, acting, hook, delivery).map(drop)
};
const PINGS: Rule = |unit, acting, input| hooks::may_ping(unit, acting, id(input)?).map(drop);

const PARTS: &[Field] = &[
    Field::optional(
        "per_page",
        Form::Number,
        "How many on a page: 30, if not said, and at most 100.",
    ),
    Field::optional(
        "cursor",
        Form::Number,
        "Behind which delivery the page begins, as `Link` has it.",
    ),
    Field::optional(
        "status",
        Form::OneOf(&["success", "failure"]),
        "Those that the receiver took, or those that came to nothing.",
    ),
];

/// The paths below one kind of owner.
macro_rules! routes {
    ($at:literal, $names:expr, $of:expr, $($more:expr,)*) => {{
        const OF: &HookOperations = &$of;
        const NAMES: Names = $names;
        &[
            Route::new(Method::Get, concat!($at, "/hooks"), &OF.list, NAMES, list)
                .paged()
                .answers(200, "Webhooks"),
            Route::new(Method::Post, concat!($at, "/hooks"), &OF.create, NAMES, create)
                .rule(NEW_RULE)
                .body(NEW)
                .answers(201, "Webhook"),
            Route::new(Method::Get, concat!($at, "/hooks/{hook_id}"), &OF.get, NAMES, show)
                .rule(KEPT)
                .answers(200, "Webhook"),
            Route::new(Method::Patch, concat!($at, "/hooks/{hook_id}"), &OF.update, NAMES, update)
                .rule(KEPT)
                .body(EDITED)
                .answers(200, "Webhook"),
            Route::new(Method::Delete, concat!($at, "/hooks/{hook_id}"), &OF.delete, NAMES, delete)
                .rule(KEPT)
                .answers(204, ""),
            Route::new(Method::Get, concat!($at, "/hooks/{hook_id}/config"), &OF.config, NAMES, config)
                .rule(KEPT)
                .answers(200, "WebhookConfig"),
            Route::new(
                Method::Patch,
                concat!($at, "/hooks/{hook_id}/config"),
                &OF.update_config,
                NAMES,
                update_config,
            )
            .rule(KEPT)
            .body(CONFIG)
            .answers(200, "WebhookConfig"),
            Route {
                // A repository's tell of that one, which the token reaches.
                narrowed: matches!(NAMES, Names::Organization(_)),
                ..Route::new(
                    Method::Get,
                    concat!($at, "/hooks/{hook_id}/deliveries"),
                    &OF.deliveries,
                    NAMES,
                    deliveries,
                )
                .rule(KEPT)
                .query(PARTS)
                .answers(200, "Deliveries")
            },
            Route::new(
                Method::Get,
                concat!($at, "/hooks/{hook_id}/deliveries/{delivery_id}"),
                &OF.delivery,
                NAMES,
                delivery,
            )
            .rule(DELIVERED)
            .answers(200, "Delivery"),
            Route::new(
                Method::Post,
                concat!($at, "/hooks/{hook_id}/deliveries/{delivery_id}/attempts"),
                &OF.redeliver,
                NAMES,
                redeliver,
            )
            .rule(REDELIVERS)
            .answers(202, ""),
            Route::new(Method::Post, concat!($at, "/hooks/{hook_id}/pings"), &OF.ping, NAMES, ping)
                .rule(PINGS)
                .answers(204, ""),
            $($more,)*
        ]
    }};
}

/// GitHub's, of organizations.
pub(crate) static ROUTES: &[Route] =
    routes!("/orgs/{org}", Names::Organization("org"), ORGANIZATION,);

/// The same of repositories.
pub(crate) static REPOSITORY_ROUTES: &[Route] = routes!(
    "/repos/{owner}/{repo}",
    repositories::REPOSITORY,
    REPOSITORY,
    Route::new(
        Method::Post,
        "/repos/{owner}/{repo}/hooks/{hook_id}/tests",
        &REPOSITORY_TEST,
        repositories::REPOSITORY,
        test,
    )
    .rule(PINGS)
    .answers(204, ""),
);
