//! Workload identity: issuers whose word an organization trusts, their rules, and what would come of a token.

use jeton_app::workload::{
    self, Asked, Checks, IssuerWish, RuleView, RuleWish, Simulation, Weighed,
};
use jeton_app::{App, AppError, Call};
use jeton_domain::{
    Event, Id, JobRepositories, Mismatch, Operation, WorkloadIssuerId, WorkloadRuleId,
};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use jeton_store::workload::IssuerRow;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::operation::{changing_settings, confirmed, seeing_settings};

pub(crate) static ISSUERS: Operation = seeing_settings(
    "workload_issuer.list",
    "List the issuers whose word about jobs an organization trusts.",
);
pub(crate) static ISSUER: Operation = seeing_settings(
    "workload_issuer.get",
    "Show an issuer whose word about jobs an organization trusts.",
);
pub(crate) static ADD: Operation = confirmed(changing_settings(
    "workload_issuer.create",
    "Trust an issuer's word about jobs. Nothing comes of it before it has a rule.",
    &[Event::WorkloadIssuerCreate],
));
pub(crate) static UPDATE: Operation = changing_settings(
    "workload_issuer.update",
    "Give a trusted issuer another name or service account. Another service account takes a sign-in that was confirmed lately.",
    &[Event::WorkloadIssuerUpdate],
);
pub(crate) static DELETE: Operation = changing_settings(
    "workload_issuer.delete",
    "Trust an issuer no more. Its rules go with it; tokens that were opened live on for the rest of their time.",
    &[Event::WorkloadIssuerDestroy],
);
pub(crate) static RULES: Operation = seeing_settings(
    "workload_rule.list",
    "List the rules of a trusted issuer, in the order in which they are tried.",
);
pub(crate) static RULE: Operation = seeing_settings(
    "workload_rule.get",
    "Show a rule by which an issuer's word opens a job's token.",
);
pub(crate) static CREATE: Operation = confirmed(changing_settings(
    "workload_rule.create",
    "Make a rule by which an issuer's word opens a job's token.",
    &[Event::WorkloadRuleCreate],
));
pub(crate) static REPLACE: Operation = changing_settings(
    "workload_rule.replace",
    "Replace a rule. One that lets in or gives more takes a sign-in that was confirmed lately.",
    &[Event::WorkloadRuleUpdate],
);
pub(crate) static DELETE_RULE: Operation = changing_settings(
    "workload_rule.delete",
    "Delete a rule. Tokens that were opened by it live on for the rest of their time.",
    &[Event::WorkloadRuleDestroy],
);
pub(crate) static SIMULATE: Operation = seeing_settings(
    "workload.simulate",
    "Say which rule a token, or what one would say, meets, and why not the others. Nothing is opened or used up.",
);

const ORG: Names = Names::Organization("org");

const ISSUER_FIELDS: &[Field] = &[
    Field::needed(
        "name",
        Form::Text,
        "What it is called here: at most 80 characters.",
    ),
    Field::needed(
        "url",
        Form::Text,
        "Its address, to the letter as its tokens name it: `https://token.actions.githubusercontent.com`. It stays.",
    ),
    Field::needed(
        "service_account",
        Form::Text,
        "The service account of the organization that opens its jobs. No job may do more than it.",
    ),
];

const RULE_FIELDS: &[Field] = &[
    Field::needed("name", Form::Text, "Its name: at most 80 characters."),
    Field::optional(
        "order",
        Form::NumberIn(1, 9999),
        "Where it stands: the lowest is tried first. After all others, if not said.",
    ),
    Field::needed(
        "audience",
        Form::Text,
        "Whom its tokens are made for: this, and nobody beside.",
    ),
    Field::needed(
        "claims",
        Form::Object,
        "What their claims look like, each by one of its patterns: `{\"sub\": [\"repo:acme/widget:ref:refs/heads/*\"]}`. `*` \
         stands for any run without `/` and `:`, `**` for any run.",
    ),
    Field::optional(
        "repositories",
        Form::Texts,
        "The repositories that it opens jobs for, by name. This, or `repository_claim`.",
    ),
    Field::optional(
        "repository_claim",
        Form::Text,
        "The claim that names the repository as `owner/name`. It must be one of this organization.",
    ),
    Field::optional(
        "ref_claim",
        Form::Text,
        "The claim that says which ref a job is about: `ref`, if not said.",
    ),
    Field::optional(
        "environment_claim",
        Form::Text,
        "The claim that says which environment it deploys to: `environment`, if not said.",
    ),
    Field::optional(
        "forks",
        Form::OneOf(&["refused", "read_only"]),
        "What a job for somebody else's change gets: nothing, if not said, or each permission at `read`.",
    ),
    Field::optional(
        "fork_claims",
        Form::Object,
        "How such a job is known: any of these claims looks so. If not said, by `event_name` and `pipeline_source`.",
    ),
    Field::needed(
        "permissions",
        Form::TextByName,
        "The highest level of each permission: `{\"contents\": \"write\"}`.",
    ),
    Field::optional(
        "seconds",
        Form::NumberIn(60, 86400),
        "How long a job's token lives: an hour, if not said.",
    ),
];

/// Ours.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        "/orgs/{org}/workload/issuers",
        &ISSUERS,
        ORG,
        list,
    )
    .answers(200, "WorkloadIssuers"),
    Route::new(Method::Post, "/orgs/{org}/workload/issuers", &ADD, ORG, add)
        .body(ISSUER_FIELDS)
        .answers(201, "WorkloadIssuer"),
    Route::new(
        Method::Get,
        "/orgs/{org}/workload/issuers/{issuer_id}",
        &ISSUER,
        ORG,
        show,
    )
    .rule(|unit, acting, input| workload::by_id(unit, acting, id(input)?).map(drop))
    .answers(200, "WorkloadIssuer"),
    Route::new(
        Method::Put,
        "/orgs/{org}/workload/issuers/{issuer_id}",
        &UPDATE,
        ORG,
        update,
    )
    .body(ISSUER_FIELDS)
    .rule(|unit, acting, input| workload::by_id(unit, acting, id(input)?).map(drop))
    .answers(200, "WorkloadIssuer"),
    Route::new(
        Method::Delete,
        "/orgs/{org}/workload/issuers/{issuer_id}",
        &DELETE,
        ORG,
        delete,
    )
    .rule(|unit, acting, input| workload::by_id(unit, acting, id(input)?).map(drop))
    .answers(204, ""),
    Route::new(
        Method::Get,
        "/orgs/{org}/workload/issuers/{issuer_id}/rules",
        &RULES,
        ORG,
        list_rules,
    )
    .rule(|unit, acting, input| workload::by_id(unit, acting, id(input)?).map(drop))
    .answers(200, "WorkloadRules"),
    Route::new(
        Method::Post,
        "/orgs/{org}/workload/issuers/{issuer_id}/rules",
        &CREATE,
        ORG,
        create,
    )
    .body(RULE_FIELDS)
    .rule(|unit, acting, input| workload::by_id(unit, acting, id(input)?).map(drop))
    .answers(201, "WorkloadRule"),
    Route::new(
        Method::Get,
        "/orgs/{org}/workload/issuers/{issuer_id}/rules/{workload_rule_id}",
        &RULE,
        ORG,
        show_rule,
    )
    .rule(|unit, acting, input| {
        workload::rule_by_id(unit, acting, id(input)?, rule_id(input)?).map(drop)
    })
    .answers(200, "WorkloadRule"),
    Route::new(
        Method::Put,
        "/orgs/{org}/workload/issuers/{issuer_id}/rules/{workload_rule_id}",
        &REPLACE,
        ORG,
        replace,
    )
    .body(RULE_FIELDS)
    .rule(|unit, acting, input| {
        workload::rule_by_id(unit, acting, id(input)?, rule_id(input)?).map(drop)
    })
    .answers(200, "WorkloadRule"),
    Route::new(
        Method::Delete,
        "/orgs/{org}/workload/issuers/{issuer_id}/rules/{workload_rule_id}",
        &DELETE_RULE,
        ORG,
        delete_rule,
    )
    .rule(|unit, acting, input| {
        workload::rule_by_id(unit, acting, id(input)?, rule_id(input)?).map(drop)
    })
    .answers(204, ""),
    Route::new(
        Method::Post,
        "/orgs/{org}/workload/simulate",
        &SIMULATE,
        ORG,
        simulate,
    )
    .body(&[
        Field::needed(
            "repository",
            Form::Text,
            "The repository that a job's token is wanted for, as `owner/name`.",
        ),
        Field::optional(
            "token",
            Form::Text,
            "A token. What the issuer's keys say of it is said too. This, or `claims`.",
        ),
        Field::optional(
            "claims",
            Form::Object,
            "What a token would say, `iss` and `aud` among it.",
        ),
    ])
    .answers(200, "WorkloadSimulation"),
];

fn id(input: &Input) -> Result<WorkloadIssuerId, AppError> {
    WorkloadIssuerId::from_i64(input.id("issuer_id")?).ok_or(AppError::Missing("issuer"))
}

fn rule_id(input: &Input) -> Result<WorkloadRuleId, AppError> {
    WorkloadRuleId::from_i64(input.id("workload_rule_id")?).ok_or(AppError::Missing("rule"))
}

fn issuer_shape(row: &IssuerRow) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "url": row.url,
        "service_account": row.opener_login,
        "created_at": row.created_at.iso(),
        "keys_read_at": row.keys_read_at.map(jeton_domain::Time::iso),
        "fault": row.fault.as_ref().map(|(_, why)| why),
        "fault_at": row.fault.as_ref().map(|(at, _)| at.iso()),
    })
}

fn rule_shape(view: &RuleView) -> Value {
    let rule = &view.row.rule;
    json!({
        "id": view.row.id,
        "issuer_id": view.row.issuer,
        "name": view.row.name,
        "order": view.row.place,
        "audience": rule.audience,
        "claims": rule.claims,
        "repositories": view.repositories,
        "repository_claim": match &rule.repositories {
            JobRepositories::Claimed(name) => Some(name),
            JobRepositories::Only(_) => None,
        },
        "ref_claim": rule.ref_claim,
        "environment_claim": rule.environment_claim,
        "forks": rule.forks,
        "fork_claims": rule.fork_claims,
        "permissions": rule.permissions,
        "seconds": rule.length.seconds(),
        "created_at": view.row.created_at.iso(),
    })
}

fn list(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    let issuers: Vec<Value> = workload::list(app, call)?
        .iter()
        .map(issuer_shape)
        .collect();
    Ok(Answer::ok(&issuers))
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let row = workload::show(app, call, id(input)?)?;
    Ok(Answer::ok(&issuer_shape(&row)))
}

fn add(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let wish: IssuerWish = input.read("WorkloadIssuer")?;
    Ok(Answer::created(&issuer_shape(&workload::add(
        app, call, &wish,
    )?)))
}

fn update(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let wish: IssuerWish = input.read("WorkloadIssuer")?;
    let row = workload::update(app, call, id(input)?, &wish)?;
    Ok(Answer::ok(&issuer_shape(&row)))
}

fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    workload::delete(app, call, id(input)?)?;
    Ok(Answer::empty())
}

fn list_rules(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let rules = workload::list_rules(app, call, id(input)?)?;
    let shapes: Vec<Value> = rules.iter().map(rule_shape).collect();
    Ok(Answer::ok(&shapes))
}

fn show_rule(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let view = workload::show_rule(app, call, id(input)?, rule_id(input)?)?;
    Ok(Answer::ok(&rule_shape(&view)))
}

fn create(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let wish: RuleWish = input.read("WorkloadRule")?;
    let view = workload::create_rule(app, call, id(input)?, &wish)?;
    Ok(Answer::created(&rule_shape(&view)))
}

fn replace(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let wish: RuleWish = input.read("WorkloadRule")?;
    let view = workload::replace_rule(app, call, id(input)?, rule_id(input)?, &wish)?;
    Ok(Answer::ok(&rule_shape(&view)))
}

fn delete_rule(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    workload::delete_rule(app, call, id(input)?, rule_id(input)?)?;
    Ok(Answer::empty())
}

#[derive(Deserialize)]
struct Question {
    repository: String,
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    claims: Option<Map<String, Value>>,
}

fn simulate(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let question: Question = input.read("Simulation")?;
    let asked = match (&question.token, &question.claims) {
        (Some(token), None) => Asked::Token(token),
        (None, Some(claims)) => Asked::Claims(claims),
        _ => {
            return Err(AppError::invalid(
                "Simulation",
                "token",
                "or else `claims` must be said, and not both",
            ));
        }
    };
    let found = workload::simulate(app, call, asked, &question.repository)?;
    Ok(Answer::ok(&simulation_shape(&found)))
}

fn simulation_shape(found: &Simulation) -> Value {
    let rules: Vec<Value> = found.rules.iter().map(weighed_shape).collect();
    let met = found.met();
    let job = met.and_then(|met| met.verdict.as_ref().ok());
    json!({
        "opens": found.opens(),
        "issuer": found.says,
        "issuer_id": found.issuer.as_ref().map(|issuer| issuer.id),
        "service_account": found.issuer.as_ref().map(|issuer| &issuer.opener_login),
        "token": found.checks.as_ref().map(checks_shape),
        "rule_id": met.map(|met| met.row.id),
        "job": job.map(|job| json!({
            "ref": job.reference,
            "environment": job.environment,
            "fork": job.fork,
            "permissions": found.given(),
            "seconds": met.map(|met| met.row.rule.length.seconds()),
        })),
        "rules": rules,
    })
}

/// Each check: nothing where it holds, else why not.
fn checks_shape(checks: &Checks) -> Value {
    let fault = |check: &Result<(), String>| check.as_ref().err().cloned();
    json!({
        "holds": checks.hold(),
        "keys": fault(&checks.keys),
        "signature": fault(&checks.signature),
        "time": fault(&checks.time),
        "used": fault(&checks.unused),
    })
}

fn weighed_shape(weighed: &Weighed) -> Value {
    let reasons: Vec<Value> = weighed
        .verdict
        .as_ref()
        .err()
        .into_iter()
        .flatten()
        .map(reason_shape)
        .collect();
    json!({
        "id": weighed.row.id,
        "name": weighed.row.name,
        "met": weighed.verdict.is_ok(),
        "reasons": reasons,
    })
}

fn reason_shape(reason: &Mismatch) -> Value {
    json!({ "about": reason.about(), "message": reason.to_string() })
}
