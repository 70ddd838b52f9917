//! An organization's service accounts, their tokens, and what is handed over to them.

use jeton_app::service_accounts::{
    self, HandOver, Issued, NewService, NewServiceToken, RotateServiceToken, ServiceEdit,
    ServiceView,
};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Event, Operation, Role, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde_json::{Value, json};

use crate::operation::{OWNER, confirmed, person_changing, seeing_settings};
use crate::tokens::{effective, id};
use crate::{forms, token_shapes as shapes};

/// By an owner's own sign-in: no token makes what would outlive it.
const fn change(name: &'static str, sentence: &'static str, events: &'static [Event]) -> Operation {
    person_changing(name, sentence, TargetKind::Organization, OWNER, events)
}

/// List them.
pub(crate) static LIST: Operation = seeing_settings(
    "service_account.list",
    "List an organization's service accounts.",
);
/// Show one.
pub(crate) static SHOW: Operation = seeing_settings(
    "service_account.get",
    "Show one of an organization's service accounts.",
);
/// Make one.
pub(crate) static CREATE: Operation = confirmed(change(
    "service_account.create",
    "Make a service account: an account of the organization's that is no person's. Nobody signs in to it.",
    &[Event::ServiceCreate],
));
/// Change one.
pub(crate) static EDIT: Operation = change(
    "service_account.edit",
    "Change a service account. Giving it more takes a sign-in that was confirmed lately.",
    &[Event::ServiceUpdate],
);
/// Delete one.
pub(crate) static DELETE: Operation = change(
    "service_account.delete",
    "Delete a service account, with its tokens and its roles. Its name is given up.",
    &[
        Event::ServiceDestroy,
        Event::TokenDestroy,
        Event::ChildTokenDestroy,
        Event::JobEnd,
        Event::AccessRevoke,
        Event::RequestCancel,
        Event::CollaboratorRemove,
        Event::UserSignOut,
    ],
);
/// Stop one.
pub(crate) static SUSPEND: Operation = change(
    "service_account.suspend",
    "Stop a service account for a while: its tokens and jobs are refused.",
    &[Event::ServiceSuspend],
);
/// Let one go on.
pub(crate) static RESUME: Operation = confirmed(change(
    "service_account.resume",
    "Let a suspended service account go on.",
    &[Event::ServiceResume],
));
/// List its tokens.
pub(crate) static TOKENS: Operation = seeing_settings(
    "service_token.list",
    "List the tokens of a service account, newest first.",
);
/// Make one.
pub(crate) static MAKE_TOKEN: Operation = confirmed(change(
    "service_token.create",
    "Make a token of a service account, for things of the organization.",
    &[
        Event::TokenCreate,
        Event::AccessGrant,
        Event::TokenRegenerate,
    ],
));
/// Rotate one.
pub(crate) static ROTATE_TOKEN: Operation = confirmed(change(
    "service_token.rotate",
    "Give a token of a service account a new value; the old one goes on for a while.",
    &[Event::TokenRegenerate],
));
/// End one.
pub(crate) static REVOKE_TOKEN: Operation = change(
    "service_token.revoke",
    "End a token of a service account for ever.",
    &[
        Event::TokenDestroy,
        Event::AccessRevoke,
        Event::RequestCancel,
    ],
);
/// Hand one over.
pub(crate) static HAND_OVER: Operation = confirmed(change(
    "token.hand_over",
    "Hand what a person's token runs over to a service account: it gets a token with the same grant, and the person's value \
     goes on for seven days at most, in which it may do only what both may.",
    &[
        Event::TokenHandOver,
        Event::TokenCreate,
        Event::AccessGrant,
        Event::TokenRegenerate,
    ],
));

const ROLES: &[&str] = &["none", "read", "triage", "write", "maintain", "admin"];

const NEW: &[Field] = &[
    Field::needed(
        "login",
        Form::Text,
        "Its name, among those of all accounts.",
    ),
    Field::optional(
        "description",
        Form::Text,
        "What it is for, at most 1,024 characters.",
    ),
    Field::optional(
        "role",
        Form::OneOf(ROLES),
        "Its role on each repository of the organization: `none`, if not said. On single ones it is given a role as a collaborator.",
    ),
    Field::optional(
        "issues_jobs",
        Form::Boolean,
        "It is a CI system: the jobs that it opens may do what the organization lets jobs do, and not only what its own token may.",
    ),
];

const EDITED: &[Field] = &[
    Field::optional("description", Form::Text, "Another description."),
    Field::optional(
        "role",
        Form::OneOf(ROLES),
        "Another role on each repository.",
    ),
    Field::optional("issues_jobs", Form::Boolean, "Whether it is a CI system."),
];

const NEW_TOKEN: &[Field] = &[
    Field::needed(
        "name",
        Form::Text,
        "The token's name, at most 40 characters, unique among the account's.",
    ),
    Field::optional(
        "description",
        Form::Text,
        "What it is for, at most 1,024 characters.",
    ),
    Field::optional(
        "expires_in",
        forms::EXPIRES_IN,
        "Days, 1 to 366, or `none`. 30, if not said.",
    ),
    Field::optional(
        "expires_at",
        forms::EXPIRES_AT,
        "A date or moment, instead of `expires_in`.",
    ),
    Field::optional(
        "repositories",
        forms::SELECTION,
        "`public`, `all`, or a list of names. `public`, if not said.",
    ),
    Field::optional(
        "packages",
        forms::PACKAGES,
        "`by_repository`, or a list of names, as in making a token of one's own.",
    ),
    Field::optional("permissions", Form::TextByName, "Levels by permission."),
    Field::optional(
        "conditions",
        forms::CONDITIONS,
        "Conditions, as in making a token of one's own.",
    ),
];

const ROTATED: &[Field] = &[
    Field::optional(
        "expires_in",
        forms::EXPIRES_IN,
        "Days, or `none`. 30, if not said.",
    ),
    Field::optional(
        "expires_at",
        forms::EXPIRES_AT,
        "A date or moment, instead of `expires_in`.",
    ),
    Field::optional(
        "overlap_seconds",
        Form::NumberIn(0, 4_294_967_295),
        "How long the old value goes on: 86,400 if not said; may be 0.",
    ),
];

const HANDED: &[Field] = &[
    Field::needed(
        "service_account",
        Form::Text,
        "The service account, by name.",
    ),
    Field::optional(
        "name",
        Form::Text,
        "What its token is called: as the person's, if not said.",
    ),
    Field::optional(
        "overlap_seconds",
        Form::NumberIn(0, 604_800),
        "How long the person's value goes on: 604,800, seven days, if not said.",
    ),
];

const ORG: Names = Names::Organization("org");

/// The routes.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        "/orgs/{org}/service-accounts",
        &LIST,
        ORG,
        list,
    )
    .answers(200, "ServiceAccounts"),
    Route::new(
        Method::Post,
        "/orgs/{org}/service-accounts",
        &CREATE,
        ORG,
        create,
    )
    .body(NEW)
    .answers(201, "ServiceAccount"),
    Route::new(
        Method::Get,
        "/orgs/{org}/service-accounts/{service}",
        &SHOW,
        ORG,
        show,
    )
    .rule(|unit, acting, input| service_accounts::kept(unit, acting, name(input)).map(drop))
    .answers(200, "ServiceAccount"),
    Route::new(
        Method::Patch,
        "/orgs/{org}/service-accounts/{service}",
        &EDIT,
        ORG,
        edit,
    )
    .body(EDITED)
    .rule(|unit, acting, input| service_accounts::kept(unit, acting, name(input)).map(drop))
    .answers(200, "ServiceAccount"),
    Route::new(
        Method::Delete,
        "/orgs/{org}/service-accounts/{service}",
        &DELETE,
        ORG,
        delete,
    )
    .rule(|unit, acting, input| service_accounts::kept(unit, acting, name(input)).map(drop))
    .answers(204, ""),
    Route::new(
        Method::Post,
        "/orgs/{org}/service-accounts/{service}/suspend",
        &SUSPEND,
        ORG,
        suspend,
    )
    .rule(|unit, acting, input| service_accounts::may_suspend(unit, acting, name(input)).map(drop))
    .answers(200, "ServiceAccount"),
    Route::new(
        Method::Post,
        "/orgs/{org}/service-accounts/{service}/resume",
        &RESUME,
        ORG,
        resume,
    )
    .rule(|unit, acting, input| service_accounts::may_resume(unit, acting, name(input)).map(drop))
    .answers(200, "ServiceAccount"),
    Route::new(
        Method::Get,
        "/orgs/{org}/service-accounts/{service}/tokens",
        &TOKENS,
        ORG,
        tokens,
    )
    .rule(|unit, acting, input| service_accounts::kept(unit, acting, name(input)).map(drop))
    .answers(200, "Tokens"),
    Route::new(
        Method::Post,
        "/orgs/{org}/service-accounts/{service}/tokens",
        &MAKE_TOKEN,
        ORG,
        make_token,
    )
    .body(NEW_TOKEN)
    .rule(|unit, acting, input| service_accounts::kept(unit, acting, name(input)).map(drop))
    .answers(201, "NewToken"),
    Route::new(
        Method::Post,
        "/orgs/{org}/service-accounts/{service}/tokens/{token_id}/rotate",
        &ROTATE_TOKEN,
        ORG,
        rotate_token,
    )
    .body(ROTATED)
    .rule(|unit, acting, input| {
        service_accounts::kept_token(unit, acting, name(input), id(input)?).map(drop)
    })
    .answers(201, "NewToken"),
    Route::new(
        Method::Delete,
        "/orgs/{org}/service-accounts/{service}/tokens/{token_id}",
        &REVOKE_TOKEN,
        ORG,
        revoke_token,
    )
    .rule(|unit, acting, input| {
        service_accounts::kept_token(unit, acting, name(input), id(input)?).map(drop)
    })
    .answers(200, "Effective"),
    Route::new(
        Method::Post,
        "/orgs/{org}/personal-access-tokens/{token_id}/hand-over",
        &HAND_OVER,
        ORG,
        hand_over,
    )
    .body(HANDED)
    .rule(|unit, acting, input| service_accounts::may_hand_over(unit, acting, id(input)?).map(drop))
    .answers(201, "HandedOver"),
];

fn name(input: &Input) -> &str {
    input.path("service")
}

fn service(view: &ServiceView) -> Value {
    let row = &view.row;
    json!({
        "id": row.id,
        "login": row.login,
        "type": "Bot",
        "description": row.description,
        "state": row.state,
        "role": row.everywhere.map_or("none", Role::name),
        "repositories": view.repositories,
        "issues_jobs": row.issues_jobs,
        "created_at": row.created_at.iso(),
    })
}

fn list(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    let views = service_accounts::list(app, call)?;
    Ok(Answer::ok(&views.iter().map(service).collect::<Vec<_>>()))
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let view = service_accounts::show(app, call, name(input))?;
    Ok(Answer::ok(&service(&view)))
}

fn create(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let new: NewService = input.read("ServiceAccount")?;
    let view = service_accounts::create(app, call, &new)?;
    Ok(Answer::created(&service(&view)))
}

fn edit(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let edit: ServiceEdit = input.read("ServiceAccount")?;
    let view = service_accounts::edit(app, call, name(input), &edit)?;
    Ok(Answer::ok(&service(&view)))
}

fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    service_accounts::delete(app, call, name(input))?;
    Ok(Answer::empty())
}

fn suspend(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let view = service_accounts::suspend(app, call, name(input))?;
    Ok(Answer::ok(&service(&view)))
}

fn resume(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let view = service_accounts::resume(app, call, name(input))?;
    Ok(Answer::ok(&service(&view)))
}

fn tokens(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let views = service_accounts::tokens_of(app, call, name(input))?;
    let items: Vec<Value> = views.iter().map(|one| shapes::token(&one.view)).collect();
    Ok(Answer::ok(&items))
}

fn issued(issued: &Issued) -> Value {
    let mut body = shapes::token(&issued.view);
    shapes::merge(&mut body, json!({ "token": issued.secret.expose() }));
    body
}

fn make_token(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let new: NewServiceToken = input.read("PersonalAccessToken")?;
    let made =
        service_accounts::make_token(app, call, name(input), &new, input.idempotency_key()?)?;
    Ok(Answer::created(&issued(&made)))
}

fn rotate_token(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let how: RotateServiceToken = input.read("PersonalAccessToken")?;
    let which = (name(input), id(input)?);
    let rotated = service_accounts::rotate_token(app, call, which, &how, input.idempotency_key()?)?;
    Ok(Answer::created(&issued(&rotated)))
}

fn revoke_token(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    service_accounts::revoke_token(app, call, name(input), id(input)?)?;
    Ok(effective())
}

fn hand_over(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let wish: HandOver = input.read("HandOver")?;
    let done = service_accounts::hand_over(app, call, id(input)?, &wish, input.idempotency_key()?)?;
    let mut body = issued(&done.issued);
    let ends = done.old_ends_at.moment().map(jeton_domain::Time::iso);
    shapes::merge(&mut body, json!({ "old_ends_at": ends }));
    Ok(Answer::created(&body))
}
