//! An organization's policy for tokens.

use jeton_app::organizations::{self, PolicyView};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Event, Operation, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde_json::{Map, Value, json};

use crate::forms;
use crate::operation::{OWNER, SETTINGS_READ, SETTINGS_WRITE, changing, reading};

pub(crate) static GET: Operation = reading(
    "policy.get",
    "Show an organization's policy for tokens: its own, and what holds.",
    TargetKind::Organization,
    SETTINGS_READ,
    OWNER,
);
pub(crate) static UPDATE: Operation = changing(
    "policy.update",
    "Change settings of an organization's policy for tokens. Giving more takes a sign-in that was confirmed lately.",
    TargetKind::Organization,
    SETTINGS_WRITE,
    OWNER,
    &[
        Event::PolicyUpdate,
        Event::RestrictionEnable,
        Event::RestrictionDisable,
        Event::AutoApprovalEnable,
        Event::AutoApprovalDisable,
        Event::LimitSet,
        Event::LimitUnset,
    ],
);

const ORG: Names = Names::Organization("org");

/// Ours.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/orgs/{org}/policy", &GET, ORG, show).answers(200, "Policy"),
    Route::new(Method::Patch, "/orgs/{org}/policy", &UPDATE, ORG, update)
        .body(&[
            Field::optional(
                "fine_grained_allowed",
                Form::Boolean,
                "Fine-grained tokens may reach it.",
            ),
            Field::optional(
                "classic_allowed",
                Form::Boolean,
                "Classic tokens may reach it. No effect yet: this version issues none.",
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
                "`{\"days\": 366}` or `\"unlimited\"`. No effect yet: this version issues no classic tokens.",
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
                "addresses",
                forms::ADDRESSES,
                "`\"unrestricted\"` or `{\"only\": [\"192.0.2.0/24\"]}`.",
            ),
        ])
        .answers(200, "Policy"),
];

fn shape(view: &PolicyView) -> Value {
    json!({ "own": view.own, "effective": view.effective, "forced": view.forced, "version": view.version })
}

fn show(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    Ok(Answer::ok(&shape(&organizations::policy(app, call)?)))
}

fn update(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let mut settings: Map<String, Value> = input.read("Policy")?;
    // Null counts as left out, here as everywhere.
    settings.retain(|_, value| !value.is_null());
    Ok(Answer::ok(&shape(&organizations::patch_policy(
        app, call, &settings,
    )?)))
}
