//! Jobs of build servers and scripts: opened, listed, ended, and what they may do at most.

use std::collections::BTreeMap;

use jeton_app::job_tokens::{self, CeilingView, JobView, NewJob};
use jeton_app::{App, AppError, Call};
use jeton_domain::{
    Access, CredentialKind, Event, Id, Kinds, Least, Level, Operation, Permissions, Requirement,
    Role, TargetKind, Time, TokenId,
};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::operation::{
    ADMIN, ADMINISTRATION, ADMINISTRATION_READ, NO_PERMISSION, changing, changing_settings,
    person_changing, person_reading, reading, seeing_settings,
};
use crate::token_shapes::merge;

const ACTIONS_READ: &[&[Requirement]] = &[&[Requirement::new("actions", Level::Read)]];
const ACTIONS_WRITE: &[&[Requirement]] = &[&[Requirement::new("actions", Level::Write)]];
const WRITES: Least = Least::Repository(Role::Write);

const fn looking(name: &'static str, sentence: &'static str) -> Operation {
    let read = Least::Repository(Role::Read);
    reading(name, sentence, TargetKind::Repository, ACTIONS_READ, read)
}

const fn change(name: &'static str, sentence: &'static str, events: &'static [Event]) -> Operation {
    Operation {
        // A job opens none and ends none but itself.
        kinds: Kinds::SIGN_INS_AND_GRANTS,
        ..changing(
            name,
            sentence,
            TargetKind::Repository,
            ACTIONS_WRITE,
            WRITES,
            events,
        )
    }
}

/// List them.
pub(crate) static LIST: Operation = looking("job.list", "List a repository's jobs, newest first.");
/// Show one.
pub(crate) static SHOW: Operation = looking("job.get", "Show one of a repository's jobs.");
/// Open one.
pub(crate) static OPEN: Operation = change(
    "job.open",
    "Open a job, and be given its token: for one repository and the permissions declared, at most those that the site, the owner \
     and the repository let jobs have, and that whoever opens it has. It ends with the job, after a day at the latest.",
    &[Event::JobOpen],
);
/// End one.
pub(crate) static END: Operation = change(
    "job.end",
    "End a job, its token and all that was made from that.",
    &[Event::JobEnd],
);
/// A job about itself.
pub(crate) static SELF: Operation = Operation {
    kinds: Kinds::of(&[CredentialKind::Job]),
    access: Access::Read,
    ..reading(
        "job.self",
        "Show the job whose token asks.",
        TargetKind::Own,
        NO_PERMISSION,
        Least::Person,
    )
};
/// What it is given.
pub(crate) static SECRETS: Operation = Operation {
    kinds: Kinds::of(&[CredentialKind::Job]),
    access: Access::Write,
    events: &[Event::JobSecretsGive, Event::UserSecretsGive],
    ..reading(
        "job.secrets",
        "Give the job whose token asks the secrets that it may have: those of its repository, its organization and whoever opened it. Each time is in the log.",
        TargetKind::Own,
        NO_PERMISSION,
        Least::Person,
    )
};
/// The most that a repository's may do.
pub(crate) static CEILING: Operation = reading(
    "job.ceiling",
    "Show what a repository's jobs may do at most.",
    TargetKind::Repository,
    ADMINISTRATION_READ,
    ADMIN,
);
/// Set it.
pub(crate) static PUT_CEILING: Operation = changing(
    "job.put_ceiling",
    "Set what a repository's jobs may do at most. Giving more takes a sign-in that was confirmed lately.",
    TargetKind::Repository,
    ADMINISTRATION,
    ADMIN,
    &[Event::JobCeiling],
);
/// The most that an organization's may do.
pub(crate) static OWNER_CEILING: Operation = seeing_settings(
    "job.organization_ceiling",
    "Show what the jobs of an organization's repositories may do at most.",
);
/// Set it.
pub(crate) static PUT_OWNER_CEILING: Operation = changing_settings(
    "job.put_organization_ceiling",
    "Set what the jobs of an organization's repositories may do at most. Giving more takes a sign-in that was confirmed lately.",
    &[Event::JobCeiling],
);
/// The most that any may do.
pub(crate) static SITE_CEILING: Operation = person_reading(
    "job.site_ceiling",
    "Show what jobs may do at most on this site.",
    TargetKind::Site,
    Least::Administrator,
);
/// Set it.
pub(crate) static PUT_SITE_CEILING: Operation = person_changing(
    "job.put_site_ceiling",
    "Set what jobs may do at most on this site. Giving more takes a sign-in that was confirmed lately.",
    TargetKind::Site,
    Least::Administrator,
    &[Event::JobCeiling],
);

const NEW: &[Field] = &[
    Field::optional(
        "name",
        Form::Text,
        "What it is called, at most 40 characters.",
    ),
    Field::optional("ref", Form::Text, "The reference that it runs for."),
    Field::optional(
        "environment",
        Form::Text,
        "The environment that it runs for.",
    ),
    Field::optional(
        "permissions",
        Form::TextByName,
        "Levels by permission. More than the job may have is refused; all that it may, if not said.",
    ),
    Field::optional(
        "expires_in",
        Form::NumberIn(1, 86_400),
        "Seconds: 3,600, if not said.",
    ),
    Field::optional(
        "fork",
        Form::Boolean,
        "It runs what a fork brought: it reads, and is given no secrets.",
    ),
];

const MOST: &[Field] = &[Field::needed(
    "permissions",
    Form::TextByName,
    "Levels by permission: the whole set.",
)];

const REPO: Names = Names::Repository("owner", "repo");
const ORG: Names = Names::Organization("org");

/// The routes.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/repos/{owner}/{repo}/jobs", &LIST, REPO, list)
        .paged()
        .query(&[Field::optional(
            "state",
            Form::OneOf(&["open", "all"]),
            "Those alone that are open: `open`.",
        )])
        .answers(200, "Jobs"),
    Route::new(
        Method::Post,
        "/repos/{owner}/{repo}/jobs",
        &OPEN,
        REPO,
        open,
    )
    .body(NEW)
    .rule(|unit, acting, _| job_tokens::may_open(unit, acting))
    .answers(201, "OpenedJob"),
    Route::new(
        Method::Get,
        "/repos/{owner}/{repo}/jobs/{token_id}",
        &SHOW,
        REPO,
        show,
    )
    .rule(|unit, acting, input| job_tokens::may_end(unit, acting, id(input)?).map(drop))
    .answers(200, "Job"),
    Route::new(
        Method::Delete,
        "/repos/{owner}/{repo}/jobs/{token_id}",
        &END,
        REPO,
        end,
    )
    .rule(|unit, acting, input| job_tokens::may_end(unit, acting, id(input)?).map(drop))
    .answers(200, "Effective"),
    Route::new(Method::Get, "/job", &SELF, Names::Own, oneself).answers(200, "Job"),
    Route::new(Method::Get, "/job/secrets", &SECRETS, Names::Own, secrets)
        .answers(200, "GivenSecrets"),
    Route::new(
        Method::Get,
        "/repos/{owner}/{repo}/job-permissions",
        &CEILING,
        REPO,
        ceiling,
    )
    .answers(200, "JobPermissions"),
    Route::new(
        Method::Put,
        "/repos/{owner}/{repo}/job-permissions",
        &PUT_CEILING,
        REPO,
        put_ceiling,
    )
    .body(MOST)
    .answers(200, "JobPermissions"),
    Route::new(
        Method::Get,
        "/orgs/{org}/job-permissions",
        &OWNER_CEILING,
        ORG,
        ceiling,
    )
    .answers(200, "JobPermissions"),
    Route::new(
        Method::Put,
        "/orgs/{org}/job-permissions",
        &PUT_OWNER_CEILING,
        ORG,
        put_ceiling,
    )
    .body(MOST)
    .answers(200, "JobPermissions"),
    Route::new(
        Method::Get,
        "/site/job-permissions",
        &SITE_CEILING,
        Names::Site,
        ceiling,
    )
    .answers(200, "JobPermissions"),
    Route::new(
        Method::Put,
        "/site/job-permissions",
        &PUT_SITE_CEILING,
        Names::Site,
        put_ceiling,
    )
    .body(MOST)
    .answers(200, "JobPermissions"),
];

fn id(input: &Input) -> Result<TokenId, AppError> {
    TokenId::from_i64(input.id("token_id")?).ok_or(AppError::Missing("job"))
}

fn levels(held: &Permissions) -> Map<String, Value> {
    let pairs = held.iter();
    pairs
        .map(|(key, level)| (key.name().to_owned(), json!(level.name())))
        .collect()
}

fn job(view: &JobView) -> Value {
    let row = &view.row;
    json!({
        "id": row.token,
        "name": row.name,
        "repository": view.repository,
        "opener": view.opener,
        "origin": row.origin.name(),
        "ref": row.reference,
        "environment": row.environment,
        "fork": row.fork,
        "permissions": levels(&row.permissions),
        "state": view.state,
        "opened_at": row.opened_at.iso(),
        "ends_at": row.ends_at.iso(),
        "ended_at": row.ended_at.map(Time::iso),
    })
}

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let open = input.query("state") == Some("open");
    let (views, total) = job_tokens::list(app, call, open, (page.offset(), page.size))?;
    let items: Vec<Value> = views.iter().map(job).collect();
    Ok(Answer::page(input, &items, total))
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    Ok(Answer::ok(&job(&job_tokens::show(app, call, id(input)?)?)))
}

fn oneself(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    Ok(Answer::ok(&job(&job_tokens::oneself(app, call)?)))
}

fn secrets(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    let given = job_tokens::secrets(app, call)?;
    let list: Vec<Value> = given
        .iter()
        .map(|secret| json!({ "name": secret.name, "value": secret.value.expose() }))
        .collect();
    Ok(Answer::ok(&json!({ "secrets": list })))
}

fn open(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let new: NewJob = input.read("Job")?;
    let opened = job_tokens::open(app, call, &new)?;
    let mut body = job(&opened.view);
    merge(&mut body, json!({ "token": opened.secret.expose() }));
    Ok(Answer::created(&body))
}

fn end(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    job_tokens::end(app, call, id(input)?)?;
    Ok(crate::tokens::effective())
}

#[derive(Deserialize)]
struct Wish {
    permissions: BTreeMap<String, String>,
}

fn wish(input: &Input) -> Result<BTreeMap<String, String>, AppError> {
    Ok(input.read::<Wish>("JobPermissions")?.permissions)
}

fn most(view: &CeilingView) -> Answer {
    Answer::ok(&json!({
        "permissions": levels(&view.own),
        "said_here": view.said,
        "effective": levels(&view.most),
    }))
}

fn ceiling(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    Ok(most(&job_tokens::ceiling(app, call)?))
}

fn put_ceiling(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    Ok(most(&job_tokens::set_ceiling(app, call, &wish(input)?)?))
}
