//! The tokens that reach an organization's things, as GitHub shapes them.

use jeton_app::grants::{self, MOST};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Event, Id, Level, Operation, Requirement, TargetKind, TokenId};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde::Deserialize;
use serde_json::Value;

use crate::forms;
use crate::operation::{REVIEWER, changing, reading};
use crate::token_filter::{self, IGNORED};
use crate::token_shapes as shapes;

const READ: &[&[Requirement]] = &[&[Requirement::new(
    "organization_personal_access_tokens",
    Level::Read,
)]];

const WRITE: &[&[Requirement]] = &[&[Requirement::new(
    "organization_personal_access_tokens",
    Level::Write,
)]];

const fn looking(name: &'static str, sentence: &'static str) -> Operation {
    reading(name, sentence, TargetKind::Organization, READ, REVIEWER)
}

pub(crate) static LIST: Operation = looking(
    "grants.list",
    "List the tokens that reach the organization's things.",
);
pub(crate) static REPOSITORIES: Operation = looking(
    "grants.repositories",
    "List the repositories that a token reaches.",
);
pub(crate) static REVOKE: Operation = changing(
    "grants.revoke",
    "Withdraw tokens' access to the organization's things.",
    TargetKind::Organization,
    WRITE,
    REVIEWER,
    &[Event::AccessRevoke, Event::RequestCancel],
);

const ORG: Names = Names::Organization("org");

/// The routes.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        "/orgs/{org}/personal-access-tokens",
        &LIST,
        ORG,
        list,
    )
    .query(crate::token_filter::QUERY)
    .refuses_but(IGNORED)
    .paged()
    .narrowed()
    .answers(200, "Grants"),
    Route::new(
        Method::Post,
        "/orgs/{org}/personal-access-tokens",
        &REVOKE,
        ORG,
        revoke_many,
    )
    .body(&[
        Field::needed("action", Form::OneOf(&["revoke"]), "What to do with them."),
        Field::needed(
            "pat_ids",
            Form::Numbers,
            "The tokens, 1 to 100. Where one is unknown nothing is done; one whose access is over already is passed by.",
        ),
    ])
    .answers(202, ""),
    Route::new(
        Method::Post,
        "/orgs/{org}/personal-access-tokens/{pat_id}",
        &REVOKE,
        ORG,
        revoke_one,
    )
    .body(&[Field::needed(
        "action",
        Form::OneOf(&["revoke"]),
        "What to do with it.",
    )])
    .rule(|unit, acting, input| grants::may_revoke(unit, acting, id(input)?).map(drop))
    .answers(204, ""),
    Route::new(
        Method::Get,
        "/orgs/{org}/personal-access-tokens/{pat_id}/repositories",
        &REPOSITORIES,
        ORG,
        repositories,
    )
    .refuses_but(IGNORED)
    .paged()
    .narrowed()
    .rule(|unit, acting, input| grants::by_id(unit, acting, id(input)?).map(drop))
    .answers(200, "Repositories"),
];

#[derive(Deserialize)]
struct Many {
    pat_ids: Vec<i64>,
}

#[derive(Deserialize)]
struct One {
    #[serde(rename = "action")]
    _action: String,
}

fn id(input: &Input) -> Result<TokenId, AppError> {
    TokenId::from_i64(input.id("pat_id")?).ok_or(AppError::Missing("token"))
}

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let (filter, page) = (token_filter::read(input)?, input.page());
    let (views, total) = grants::active_page(app, call, &filter, page.offset(), page.size)?;
    let (url, org, now) = (app.public_url(), input.path("org"), app.now());
    let items: Vec<Value> = views
        .iter()
        .map(|view| shapes::active(url, org, view, now))
        .collect();
    Ok(Answer::page(input, &items, total))
}

fn revoke_many(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: Many = input.read("Grant")?;
    if body.pat_ids.is_empty() || body.pat_ids.len() > MOST {
        return Err(AppError::invalid(
            "Grant",
            "pat_ids",
            format!("takes 1 to {MOST} tokens"),
        ));
    }
    let ids = forms::ids(&body.pat_ids).map_err(|strangers| grants::unknown(&strangers))?;
    grants::revoke(app, call, &ids)?;
    Ok(Answer::json(202, &serde_json::json!({})))
}

fn revoke_one(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let _: One = input.read("Grant")?;
    grants::revoke_one(app, call, id(input)?)?;
    Ok(Answer::empty())
}

fn repositories(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let list = grants::repositories(app, call, id(input)?, page.offset(), page.size)?;
    Ok(crate::shapes::minimal_repositories(app, input, &list))
}
