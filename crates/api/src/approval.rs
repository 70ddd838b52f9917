//! Who decides on an organization's tokens beside its owners: rules, and reviewers.

use jeton_app::approval::{self, RuleView, RuleWish};
use jeton_app::{App, AppError, Call, reviewers};
use jeton_domain::{ApprovalRuleId, Event, Id, Operation, Who};
use jeton_http::{Answer, Input, Method, Names, Route};
use serde_json::{Value, json};

use crate::forms;
use crate::operation::{changing_settings, confirmed, seeing_settings};
use crate::token_shapes::maximum;

/// List the rules.
pub(crate) static LIST: Operation = seeing_settings(
    "approval_rule.list",
    "List the rules by which an organization approves tokens without a person.",
);
/// Show one.
pub(crate) static SHOW: Operation = seeing_settings(
    "approval_rule.get",
    "Show a rule by which an organization approves tokens without a person.",
);
/// Make one.
pub(crate) static CREATE: Operation = confirmed(changing_settings(
    "approval_rule.create",
    "Make a rule by which requests of tokens are approved at once. It decides on what is asked from then on.",
    &[Event::ApprovalRuleCreate],
));
/// Change one.
pub(crate) static REPLACE: Operation = changing_settings(
    "approval_rule.replace",
    "Replace a rule for approval. One that approves more takes a sign-in that was confirmed lately.",
    &[Event::ApprovalRuleUpdate],
);
/// Delete one.
pub(crate) static DELETE: Operation = changing_settings(
    "approval_rule.delete",
    "Delete a rule for approval. What it approved stays approved.",
    &[Event::ApprovalRuleDestroy],
);
/// List the reviewers.
pub(crate) static REVIEWERS: Operation = seeing_settings(
    "reviewer.list",
    "List the members and teams who decide on an organization's tokens without being owners.",
);
/// Add a person.
pub(crate) static ADD: Operation = confirmed(changing_settings(
    "reviewer.add",
    "Make a member a reviewer of an organization's tokens.",
    &[Event::ReviewerAdd],
));
/// Remove a person.
pub(crate) static REMOVE: Operation = changing_settings(
    "reviewer.remove",
    "Let a member review an organization's tokens no more.",
    &[Event::ReviewerRemove],
);
/// Add a team.
pub(crate) static ADD_TEAM: Operation = confirmed(changing_settings(
    "reviewer.add_team",
    "Make the members of a team, and of the teams below it, reviewers of an organization's tokens.",
    &[Event::ReviewerAdd],
));
/// Remove a team.
pub(crate) static REMOVE_TEAM: Operation = changing_settings(
    "reviewer.remove_team",
    "Let a team review an organization's tokens no more.",
    &[Event::ReviewerRemove],
);

const ORG: Names = Names::Organization("org");

/// Ours.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/orgs/{org}/approval-rules", &LIST, ORG, list)
        .answers(200, "ApprovalRules"),
    Route::new(
        Method::Post,
        "/orgs/{org}/approval-rules",
        &CREATE,
        ORG,
        create,
    )
    .body(forms::RULE)
    .answers(201, "ApprovalRule"),
    Route::new(
        Method::Get,
        "/orgs/{org}/approval-rules/{rule_id}",
        &SHOW,
        ORG,
        show,
    )
    .rule(|unit, acting, input| approval::by_id(unit, acting, id(input)?).map(drop))
    .answers(200, "ApprovalRule"),
    Route::new(
        Method::Put,
        "/orgs/{org}/approval-rules/{rule_id}",
        &REPLACE,
        ORG,
        replace,
    )
    .body(forms::RULE)
    .rule(|unit, acting, input| approval::by_id(unit, acting, id(input)?).map(drop))
    .answers(200, "ApprovalRule"),
    Route::new(
        Method::Delete,
        "/orgs/{org}/approval-rules/{rule_id}",
        &DELETE,
        ORG,
        delete,
    )
    .rule(|unit, acting, input| approval::by_id(unit, acting, id(input)?).map(drop))
    .answers(204, ""),
    Route::new(
        Method::Get,
        "/orgs/{org}/token-reviewers",
        &REVIEWERS,
        ORG,
        list_reviewers,
    )
    .answers(200, "Reviewers"),
    Route::new(
        Method::Put,
        "/orgs/{org}/token-reviewers/users/{username}",
        &ADD,
        ORG,
        add,
    )
    .rule(|unit, acting, input| reviewers::may_add(unit, acting, input.path("username")).map(drop))
    .answers(204, ""),
    Route::new(
        Method::Delete,
        "/orgs/{org}/token-reviewers/users/{username}",
        &REMOVE,
        ORG,
        remove,
    )
    .rule(|unit, acting, input| {
        reviewers::may_remove(unit, acting, input.path("username")).map(drop)
    })
    .answers(204, ""),
    Route::new(
        Method::Put,
        "/orgs/{org}/token-reviewers/teams/{team_slug}",
        &ADD_TEAM,
        ORG,
        add_team,
    )
    .rule(|unit, acting, input| {
        reviewers::may_add_team(unit, acting, input.path("team_slug")).map(drop)
    })
    .answers(204, ""),
    Route::new(
        Method::Delete,
        "/orgs/{org}/token-reviewers/teams/{team_slug}",
        &REMOVE_TEAM,
        ORG,
        remove_team,
    )
    .rule(|unit, acting, input| {
        reviewers::may_remove_team(unit, acting, input.path("team_slug")).map(drop)
    })
    .answers(204, ""),
];

fn id(input: &Input) -> Result<ApprovalRuleId, AppError> {
    ApprovalRuleId::from_i64(input.id("rule_id")?).ok_or(AppError::Missing("rule"))
}

fn shape(view: &RuleView) -> Value {
    let rule = &view.row.rule;
    json!({
        "id": view.row.id,
        "name": view.row.name,
        "permissions": rule.permissions,
        "repository_selection": rule.selection.name(),
        "repositories": view.repositories,
        "maximum_days": maximum(rule.length),
        "who": match rule.who { Who::Members => "members", Who::Teams(_) => "teams" },
        "teams": view.teams,
        "created_at": view.row.created_at.iso(),
    })
}

fn list(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    let rules: Vec<Value> = approval::list(app, call)?.iter().map(shape).collect();
    Ok(Answer::ok(&rules))
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    Ok(Answer::ok(&shape(&approval::show(app, call, id(input)?)?)))
}

fn create(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let wish: RuleWish = input.read("ApprovalRule")?;
    Ok(Answer::created(&shape(&approval::create(
        app, call, &wish,
    )?)))
}

fn replace(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let wish: RuleWish = input.read("ApprovalRule")?;
    Ok(Answer::ok(&shape(&approval::replace(
        app,
        call,
        id(input)?,
        &wish,
    )?)))
}

fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    approval::delete(app, call, id(input)?)?;
    Ok(Answer::empty())
}

fn list_reviewers(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    let reviewers = reviewers::list(app, call)?;
    let people: Vec<Value> = reviewers
        .people
        .iter()
        .map(|one| json!({ "id": one.id, "login": one.handle, "since": one.since.iso() }))
        .collect();
    let teams: Vec<Value> = reviewers
        .teams
        .iter()
        .map(|one| json!({ "id": one.id, "slug": one.handle, "name": one.name, "since": one.since.iso() }))
        .collect();
    Ok(Answer::ok(&json!({ "users": people, "teams": teams })))
}

fn add(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    reviewers::add(app, call, input.path("username"))?;
    Ok(Answer::empty())
}

fn remove(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    reviewers::remove(app, call, input.path("username"))?;
    Ok(Answer::empty())
}

fn add_team(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    reviewers::add_team(app, call, input.path("team_slug"))?;
    Ok(Answer::empty())
}

fn remove_team(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    reviewers::remove_team(app, call, input.path("team_slug"))?;
    Ok(Answer::empty())
}
