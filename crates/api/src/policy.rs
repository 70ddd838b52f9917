//! An organization's policy for tokens.

use jeton_app::foresight::{self, Preview, Window};
use jeton_app::organizations::{self, PolicyView};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Event, Level, Operation, Requirement, TargetKind, Time};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Page, Route};
use jeton_store::factors::WithoutFactor;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::forms;
use crate::operation::{OWNER, changing_settings, reading, seeing_settings};

pub(crate) static GET: Operation = seeing_settings(
    "policy.get",
    "Show an organization's policy for tokens: its own, and what holds.",
);
pub(crate) static UPDATE: Operation = changing_settings(
    "policy.update",
    "Change settings of an organization's policy for tokens. Giving more takes a sign-in that was confirmed lately.",
    &[
        Event::PolicyUpdate,
        Event::RestrictionEnable,
        Event::RestrictionDisable,
        Event::AutoApprovalEnable,
        Event::AutoApprovalDisable,
        Event::LimitSet,
        Event::LimitUnset,
        Event::AccessGrant,
        Event::TwoFactorRequire,
        Event::TwoFactorRequireNot,
    ],
);

/// What it tells are members' tokens: a token needs to be let see those.
const FORESIGHT: &[&[Requirement]] = &[&[
    Requirement::new("organization_administration", Level::Read),
    Requirement::new("organization_personal_access_tokens", Level::Read),
]];
pub(crate) static PREVIEW: Operation = reading(
    "policy.preview",
    "Tell what a change of an organization's policy would break, without making it: which tokens would stop working, whose they are and when they were last used, and who would be refused for want of a second factor.",
    TargetKind::Organization,
    FORESIGHT,
    OWNER,
);
pub(crate) static EXPIRING: Operation = reading(
    "policy.expiring",
    "List the tokens for an organization's things that stop by themselves soon.",
    TargetKind::Organization,
    &[&[Requirement::new(
        "organization_personal_access_tokens",
        Level::Read,
    )]],
    OWNER,
);

const ORG: Names = Names::Organization("org");

/// The settings, each of which may be left out.
const SETTINGS: &[Field] = &[
    Field::optional(
        "fine_grained_allowed",
        Form::Boolean,
        "Fine-grained tokens may reach it.",
    ),
    Field::optional(
        "classic_allowed",
        Form::Boolean,
        "Classic tokens may reach it.",
    ),
    Field::optional(
        "approval_required",
        Form::Boolean,
        "A fine-grained token needs an owner's approval.",
    ),
    Field::optional(
        "fine_grained_maximum",
        forms::MAXIMUM,
        "`{\"days\": 366}` or `\"unlimited\"`.",
    ),
    Field::optional(
        "classic_maximum",
        forms::MAXIMUM,
        "`{\"days\": 366}` or `\"unlimited\"`.",
    ),
    Field::optional(
        "outside_collaborators_allowed",
        Form::Boolean,
        "Outside collaborators may reach it by fine-grained token.",
    ),
    Field::optional(
        "members_create_repositories",
        Form::Boolean,
        "Members may create repositories.",
    ),
    Field::optional(
        "two_factor_required",
        Form::Boolean,
        "People without a second factor are refused, whatever credential they come with. Who sets it has one.",
    ),
    Field::optional(
        "pending_maximum",
        forms::MAXIMUM,
        "How long a request waits before it is over: `{\"days\": 30}` or `\"unlimited\"`.",
    ),
    Field::optional(
        "addresses",
        forms::ADDRESSES,
        "`\"unrestricted\"` or `{\"only\": [\"192.0.2.0/24\"]}`.",
    ),
];

/// Ours.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/orgs/{org}/policy", &GET, ORG, show).answers(200, "Policy"),
    Route::new(Method::Patch, "/orgs/{org}/policy", &UPDATE, ORG, update)
        .body(SETTINGS)
        .answers(200, "Policy"),
    Route::new(
        Method::Post,
        "/orgs/{org}/policy/preview",
        &PREVIEW,
        ORG,
        preview,
    )
    .body(SETTINGS)
    .paged()
    .answers(200, "PolicyPreview"),
    Route::new(
        Method::Get,
        "/orgs/{org}/expiring",
        &EXPIRING,
        ORG,
        expiring,
    )
    .query(&[Field::optional(
        "days",
        Form::NumberIn(1, 366),
        "Within how many days: 30, if not said.",
    )])
    .paged()
    .answers(200, "ExpiringTokens"),
];

fn shape(view: &PolicyView) -> Value {
    json!({ "own": view.own, "effective": view.effective, "forced": view.forced, "version": view.version })
}

fn show(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    Ok(Answer::ok(&shape(&organizations::policy(app, call)?)))
}

fn settings(input: &Input) -> Result<Map<String, Value>, AppError> {
    let mut settings: Map<String, Value> = input.read("Policy")?;
    // Null counts as left out, here as everywhere.
    settings.retain(|_, value| !value.is_null());
    Ok(settings)
}

fn preview(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let preview = foresight::organization(app, call, &settings(input)?, window(page))?;
    Ok(Answer::page(
        input,
        &foreseen(&preview),
        preview.tokens.total,
    ))
}

fn expiring(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let days = input.query_number("days")?.unwrap_or(30);
    let days = u32::try_from(days).unwrap_or(u32::MAX);
    let (tokens, total) = foresight::expiring(app, call, days, window(input.page()))?;
    let items: Vec<Value> = tokens
        .iter()
        .map(|token| {
            json!({
                "id": token.id,
                "name": token.name,
                "creator": token.creator,
                "ends_at": token.at.iso(),
            })
        })
        .collect();
    Ok(Answer::page(input, &items, total))
}

/// The part of a list that a page shows.
pub(crate) const fn window(page: Page) -> Window {
    Window {
        offset: page.offset(),
        count: page.size,
    }
}

/// What a change would do, as it is answered.
pub(crate) fn foreseen<P: Serialize>(preview: &Preview<P>) -> Value {
    let classic = &preview.tokens.classic;
    let holders: Vec<Value> = classic
        .holders
        .iter()
        .map(|(login, count)| json!({ "creator": login, "count": count }))
        .collect();
    let tokens: Vec<Value> = preview
        .tokens
        .page
        .iter()
        .map(|token| {
            json!({
                "id": token.id,
                "name": token.name,
                "creator": token.creator,
                "owner": token.owner,
                "reason": token.reason.code(),
                "sentence": token.reason.sentence(),
                "effect": if token.stops { "stops" } else { "restricted" },
                "last_used_at": token.used_at.map(Time::iso),
                "last_used_from": token.used_from,
            })
        })
        .collect();
    json!({
        "policy": preview.wished,
        "version": preview.version,
        "needs_confirmation": preview.confirm,
        "requests_approved": preview.approved,
        "people_locked_out_total": preview.locked_out.total,
        "people_locked_out": preview.locked_out.people.iter().map(locked_out).collect::<Vec<_>>(),
        "tokens_total": preview.tokens.total,
        "creators_total": preview.tokens.people,
        "reasons": preview.tokens.reasons,
        "classic_tokens_total": classic.total,
        "classic_creators_total": classic.people,
        "classic_reasons": classic.reasons,
        "classic_tokens": holders,
        "tokens": tokens,
    })
}

fn locked_out(lacking: &WithoutFactor) -> Value {
    json!({
        "id": lacking.user,
        "login": lacking.login,
        "member": lacking.role.is_some(),
    })
}

fn update(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    Ok(Answer::ok(&shape(&organizations::patch_policy(
        app,
        call,
        &settings(input)?,
    )?)))
}
