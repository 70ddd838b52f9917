//! Applications that people and organizations register, and those that the caller let in.

use jeton_app::oauth::{self, ApplicationEdit, ApplicationView, NewApplication};
use jeton_app::{App, AppError, Call};
use jeton_domain::{ApplicationId, ApplicationSecretId, Event, Id, Least, Operation, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route, Rule};
use serde_json::{Value, json};

use crate::operation::{OWNER, confirmed, person_changing, person_reading};

const OWN: TargetKind = TargetKind::Own;
const ORGANIZATION: TargetKind = TargetKind::Organization;

pub(crate) static LIST: Operation = person_reading(
    "application.list",
    "List the OAuth applications that one registered.",
    OWN,
    Least::Person,
);
pub(crate) static SHOW: Operation = person_reading(
    "application.get",
    "Show an OAuth application that one registered.",
    OWN,
    Least::Person,
);
pub(crate) static REGISTER: Operation = confirmed(person_changing(
    "application.create",
    "Register an OAuth application.",
    OWN,
    Least::Person,
    &[Event::ApplicationCreate],
));
pub(crate) static EDIT: Operation = confirmed(person_changing(
    "application.update",
    "Change an OAuth application that one registered.",
    OWN,
    Least::Person,
    &[Event::ApplicationUpdate],
));
pub(crate) static DELETE: Operation = person_changing(
    "application.delete",
    "Delete an OAuth application that one registered, and end all that it was given.",
    OWN,
    Least::Person,
    &[Event::ApplicationDestroy, Event::AccessTokenDestroy],
);
pub(crate) static ADD_SECRET: Operation = confirmed(person_changing(
    "application.add_secret",
    "Make a client secret for an OAuth application that one registered.",
    OWN,
    Least::Person,
    &[Event::ApplicationSecretAdd],
));
pub(crate) static END_SECRET: Operation = person_changing(
    "application.end_secret",
    "End a client secret of an OAuth application that one registered.",
    OWN,
    Least::Person,
    &[Event::ApplicationSecretRemove],
);
pub(crate) static ORGANIZATION_LIST: Operation = person_reading(
    "org_application.list",
    "List the OAuth applications that an organization registered.",
    ORGANIZATION,
    OWNER,
);
pub(crate) static ORGANIZATION_REGISTER: Operation = confirmed(person_changing(
    "org_application.create",
    "Register an OAuth application of an organization.",
    ORGANIZATION,
    OWNER,
    &[Event::ApplicationCreate],
));
pub(crate) static ORGANIZATION_EDIT: Operation = confirmed(person_changing(
    "org_application.update",
    "Change an OAuth application of an organization.",
    ORGANIZATION,
    OWNER,
    &[Event::ApplicationUpdate],
));
pub(crate) static ORGANIZATION_DELETE: Operation = person_changing(
    "org_application.delete",
    "Delete an OAuth application of an organization, and end all that it was given.",
    ORGANIZATION,
    OWNER,
    &[Event::ApplicationDestroy, Event::AccessTokenDestroy],
);
pub(crate) static ORGANIZATION_ADD_SECRET: Operation = confirmed(person_changing(
    "org_application.add_secret",
    "Make a client secret for an OAuth application of an organization.",
    ORGANIZATION,
    OWNER,
    &[Event::ApplicationSecretAdd],
));
pub(crate) static ORGANIZATION_END_SECRET: Operation = person_changing(
    "org_application.end_secret",
    "End a client secret of an OAuth application of an organization.",
    ORGANIZATION,
    OWNER,
    &[Event::ApplicationSecretRemove],
);
pub(crate) static CONSENTS: Operation = person_reading(
    "authorization.list",
    "List the OAuth applications that one let act for oneself.",
    OWN,
    Least::Person,
);
pub(crate) static TAKE_BACK: Operation = person_changing(
    "authorization.delete",
    "Take back what one let an OAuth application have, and end its tokens.",
    OWN,
    Least::Person,
    &[Event::AuthorizationDestroy, Event::AccessTokenDestroy],
);

const NEW: &[Field] = &[
    Field::needed(
        "name",
        Form::Text,
        "What people call it, at most 60 characters.",
    ),
    Field::optional(
        "description",
        Form::Text,
        "What it is, at most 1,024 characters.",
    ),
    Field::optional("url", Form::Text, "Where one reads about it."),
    Field::optional(
        "callbacks",
        Form::Texts,
        "Where the web flow may lead back to: https, or http on the person's own machine, where any port will do.",
    ),
    Field::optional(
        "confidential",
        Form::Boolean,
        "It can keep a secret; yes, if not said. A program on people's machines can't.",
    ),
    Field::optional(
        "device_flow",
        Form::Boolean,
        "It may use the device flow; no, if not said.",
    ),
    Field::optional(
        "expiring",
        Form::Boolean,
        "Its tokens live for 8 hours and are refreshed; yes, if not said.",
    ),
];
const EDITED: &[Field] = &[
    Field::optional("name", Form::Text, "Another name."),
    Field::optional("description", Form::Text, "Another description."),
    Field::optional("url", Form::Text, "Another address."),
    Field::optional("callbacks", Form::Texts, "Other callbacks: all of them."),
    Field::optional(
        "device_flow",
        Form::Boolean,
        "Whether it may use the device flow.",
    ),
    Field::optional(
        "expiring",
        Form::Boolean,
        "Whether its tokens live for hours. Those that were made stay as they are.",
    ),
];

const KEPT: Rule = |unit, acting, input| oauth::own(unit, acting, id(input)?).map(drop);
const ADDS: Rule = |unit, acting, input| oauth::may_add_secret(unit, acting, id(input)?).map(drop);
const ENDS: Rule = |unit, acting, input| {
    oauth::may_end_secret(unit, acting, id(input)?, secret_id(input)?).map(drop)
};
const BACK: Rule = |unit, acting, input| oauth::may_take_back(unit, acting, id(input)?).map(drop);
const ORG: Names = Names::Organization("org");

/// Ours.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/applications", &LIST, Names::Own, list).answers(200, "Applications"),
    Route::new(
        Method::Post,
        "/applications",
        &REGISTER,
        Names::Own,
        register,
    )
    .body(NEW)
    .answers(201, "Application"),
    Route::new(
        Method::Get,
        "/applications/{application_id}",
        &SHOW,
        Names::Own,
        show,
    )
    .rule(KEPT)
    .answers(200, "Application"),
    Route::new(
        Method::Patch,
        "/applications/{application_id}",
        &EDIT,
        Names::Own,
        edit,
    )
    .rule(KEPT)
    .body(EDITED)
    .answers(200, "Application"),
    Route::new(
        Method::Delete,
        "/applications/{application_id}",
        &DELETE,
        Names::Own,
        delete,
    )
    .rule(KEPT)
    .answers(204, ""),
    Route::new(
        Method::Post,
        "/applications/{application_id}/secrets",
        &ADD_SECRET,
        Names::Own,
        add_secret,
    )
    .rule(ADDS)
    .answers(201, "ApplicationSecret"),
    Route::new(
        Method::Delete,
        "/applications/{application_id}/secrets/{secret_id}",
        &END_SECRET,
        Names::Own,
        end_secret,
    )
    .rule(ENDS)
    .answers(204, ""),
    Route::new(
        Method::Get,
        "/orgs/{org}/applications",
        &ORGANIZATION_LIST,
        ORG,
        list,
    )
    .answers(200, "Applications"),
    Route::new(
        Method::Post,
        "/orgs/{org}/applications",
        &ORGANIZATION_REGISTER,
        ORG,
        register,
    )
    .body(NEW)
    .answers(201, "Application"),
    Route::new(
        Method::Patch,
        "/orgs/{org}/applications/{application_id}",
        &ORGANIZATION_EDIT,
        ORG,
        edit,
    )
    .rule(KEPT)
    .body(EDITED)
    .answers(200, "Application"),
    Route::new(
        Method::Delete,
        "/orgs/{org}/applications/{application_id}",
        &ORGANIZATION_DELETE,
        ORG,
        delete,
    )
    .rule(KEPT)
    .answers(204, ""),
    Route::new(
        Method::Post,
        "/orgs/{org}/applications/{application_id}/secrets",
        &ORGANIZATION_ADD_SECRET,
        ORG,
        add_secret,
    )
    .rule(ADDS)
    .answers(201, "ApplicationSecret"),
    Route::new(
        Method::Delete,
        "/orgs/{org}/applications/{application_id}/secrets/{secret_id}",
        &ORGANIZATION_END_SECRET,
        ORG,
        end_secret,
    )
    .rule(ENDS)
    .answers(204, ""),
    Route::new(
        Method::Get,
        "/authorizations",
        &CONSENTS,
        Names::Own,
        consents,
    )
    .answers(200, "Authorizations"),
    Route::new(
        Method::Delete,
        "/authorizations/{application_id}",
        &TAKE_BACK,
        Names::Own,
        take_back,
    )
    .rule(BACK)
    .answers(204, ""),
];

pub(super) fn id(input: &Input) -> Result<ApplicationId, AppError> {
    ApplicationId::from_i64(input.id("application_id")?).ok_or(AppError::Missing("application"))
}

fn secret_id(input: &Input) -> Result<ApplicationSecretId, AppError> {
    ApplicationSecretId::from_i64(input.id("secret_id")?).ok_or(AppError::Missing("secret"))
}

pub(super) fn shape(view: &ApplicationView) -> Value {
    let row = &view.row;
    let secrets: Vec<Value> = view
        .secrets
        .iter()
        .map(|(id, at)| json!({ "id": id, "created_at": at.iso() }))
        .collect();
    json!({
        "id": row.id,
        "client_id": row.client_id,
        "name": row.name,
        "description": row.description,
        "url": row.url,
        "callbacks": row.callbacks,
        "confidential": row.confidential,
        "device_flow": row.device_flow,
        "expiring": row.expiring,
        "created_at": row.created_at.iso(),
        "secrets": secrets,
        "tokens": view.tokens,
    })
}

fn list(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    let all: Vec<Value> = oauth::list(app, call)?.iter().map(shape).collect();
    Ok(Answer::ok(&all))
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    Ok(Answer::ok(&shape(&oauth::show(app, call, id(input)?)?)))
}

fn register(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let new: NewApplication = input.read("OauthApplication")?;
    Ok(Answer::created(&shape(&oauth::register(app, call, &new)?)))
}

fn edit(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let edit: ApplicationEdit = input.read("OauthApplication")?;
    Ok(Answer::ok(&shape(&oauth::edit(
        app,
        call,
        id(input)?,
        &edit,
    )?)))
}

fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    oauth::delete(app, call, id(input)?)?;
    Ok(Answer::empty())
}

fn add_secret(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let made = oauth::add_secret(app, call, id(input)?)?;
    Ok(Answer::created(
        &json!({ "id": made.id, "client_secret": made.value.expose() }),
    ))
}

fn end_secret(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    oauth::end_secret(app, call, id(input)?, secret_id(input)?)?;
    Ok(Answer::empty())
}

fn consents(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    let all: Vec<Value> = oauth::consents(app, call)?
        .iter()
        .map(|consent| {
            let row = &consent.application;
            json!({
                "application": { "id": row.id, "client_id": row.client_id, "name": row.name, "url": row.url },
                "scopes": consent.scopes.normalised().map(|entry| entry.name).collect::<Vec<_>>(),
                "created_at": consent.since.iso(),
                "tokens": consent.tokens,
                "last_used_at": consent.used_at.map(jeton_domain::Time::iso),
            })
        })
        .collect();
    Ok(Answer::ok(&all))
}

fn take_back(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    oauth::take_back(app, call, id(input)?)?;
    Ok(Answer::empty())
}
