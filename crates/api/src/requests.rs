//! An organization's requests for access by token, as GitHub shapes them.

use jeton_app::requests::{self, MOST, Review};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Event, Id, Level, Operation, RequestId, Requirement, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde::Deserialize;
use serde_json::Value;

use crate::forms;
use crate::operation::{REVIEWER, changing, reading};
use crate::token_filter::{self, IGNORED};
use crate::token_shapes as shapes;

const READ: &[&[Requirement]] = &[&[Requirement::new(
    "organization_personal_access_token_requests",
    Level::Read,
)]];
const WRITE: &[&[Requirement]] = &[&[Requirement::new(
    "organization_personal_access_token_requests",
    Level::Write,
)]];

const fn looking(name: &'static str, sentence: &'static str) -> Operation {
    reading(name, sentence, TargetKind::Organization, READ, REVIEWER)
}

pub(crate) static LIST: Operation = looking(
    "requests.list",
    "List requests of tokens for access to the organization.",
);
pub(crate) static REPOSITORIES: Operation = looking(
    "requests.repositories",
    "List the repositories that a request asks for.",
);
pub(crate) static SHOW: Operation =
    looking("requests.get", "Show a request of a token, decided or not.");
/// Denying never asks for a confirmation, approving does: the body says which.
pub(crate) static REVIEW: Operation = changing(
    "requests.review",
    "Deny requests of tokens for access to the organization, or approve them. Approving takes a sign-in that was confirmed lately.",
    TargetKind::Organization,
    WRITE,
    REVIEWER,
    &[Event::AccessGrant, Event::RequestDeny],
);

const ORG: Names = Names::Organization("org");

/// GitHub's routes.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        "/orgs/{org}/personal-access-token-requests",
        &LIST,
        ORG,
        list,
    )
    .query(crate::token_filter::QUERY)
    .refuses_but(IGNORED)
    .paged()
    .narrowed()
    .answers(200, "Requests"),
    Route::new(
        Method::Post,
        "/orgs/{org}/personal-access-token-requests",
        &REVIEW,
        ORG,
        review_many,
    )
    .body(&[
        Field::optional(
            "pat_request_ids",
            Form::Numbers,
            "The requests, 1 to 100. Where one is unknown or does not wait any more, none is decided.",
        ),
        Field::needed(
            "action",
            Form::OneOf(&["approve", "deny"]),
            "What to do with them.",
        ),
        Field::optional(
            "reason",
            Form::Text,
            "Why, at most 1,024 characters; told to the creators.",
        ),
    ])
    .answers(202, ""),
    Route::new(
        Method::Post,
        "/orgs/{org}/personal-access-token-requests/{pat_request_id}",
        &REVIEW,
        ORG,
        review_one,
    )
    .body(&[
        Field::needed(
            "action",
            Form::OneOf(&["approve", "deny"]),
            "What to do with it.",
        ),
        Field::optional(
            "reason",
            Form::Text,
            "Why, at most 1,024 characters; told to the creator.",
        ),
    ])
    .rule(|unit, acting, input| requests::may_review(unit, acting, id(input)?).map(drop))
    .answers(204, ""),
    Route::new(
        Method::Get,
        "/orgs/{org}/personal-access-token-requests/{pat_request_id}/repositories",
        &REPOSITORIES,
        ORG,
        repositories,
    )
    .refuses_but(IGNORED)
    .paged()
    .narrowed()
    .rule(|unit, acting, input| requests::by_id(unit, acting, id(input)?).map(drop))
    .answers(200, "Repositories"),
];

/// Ours: one request, which GitHub only lists.
pub(crate) static OWN_ROUTES: &[Route] = &[Route::new(
    Method::Get,
    "/orgs/{org}/personal-access-token-requests/{pat_request_id}",
    &SHOW,
    ORG,
    show,
)
.rule(|unit, acting, input| requests::by_id(unit, acting, id(input)?).map(drop))
.answers(200, "Request")];

#[derive(Deserialize)]
struct ReviewBody {
    #[serde(default)]
    pat_request_ids: Option<Vec<i64>>,
    action: String,
    #[serde(default)]
    reason: Option<String>,
}

impl ReviewBody {
    fn review(&self) -> Review {
        Review {
            approve: self.action == "approve",
            reason: self.reason.clone().unwrap_or_default(),
        }
    }
}

fn id(input: &Input) -> Result<RequestId, AppError> {
    RequestId::from_i64(input.id("pat_request_id")?).ok_or(AppError::Missing("request"))
}

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let (filter, page) = (token_filter::read(input)?, input.page());
    let (views, total) = requests::pending_page(app, call, &filter, page.offset(), page.size)?;
    let (url, org, now) = (app.public_url(), input.path("org"), app.now());
    let items: Vec<Value> = views
        .iter()
        .map(|view| shapes::request(url, org, view, now))
        .collect();
    Ok(Answer::page(input, &items, total))
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let view = requests::show(app, call, id(input)?)?;
    Ok(Answer::ok(&shapes::request(
        app.public_url(),
        input.path("org"),
        &view,
        app.now(),
    )))
}

fn review_many(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: ReviewBody = input.read("Request")?;
    let wanted = body.pat_request_ids.as_deref().unwrap_or_default();
    if wanted.is_empty() || wanted.len() > MOST {
        return Err(AppError::invalid(
            "Request",
            "pat_request_ids",
            format!("takes 1 to {MOST} requests"),
        ));
    }
    let ids = forms::ids(wanted).map_err(|strangers| requests::unknown(&strangers))?;
    requests::review(app, call, &ids, &body.review())?;
    Ok(Answer::json(202, &serde_json::json!({})))
}

fn review_one(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: ReviewBody = input.read("Request")?;
    requests::review_one(app, call, id(input)?, &body.review())?;
    Ok(Answer::empty())
}

fn repositories(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let list = requests::repositories(app, call, id(input)?, page.offset(), page.size)?;
    Ok(crate::shapes::minimal_repositories(app, input, &list))
}
