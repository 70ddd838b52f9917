//! What organizations say to OAuth applications.

use jeton_app::oauth;
use jeton_app::{App, AppError, Call};
use jeton_domain::{Event, Operation, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde::Deserialize;
use serde_json::{Value, json};

use super::registered::id;
use crate::operation::{MEMBER, OWNER, SETTINGS_READ, person_changing, reading};

pub(crate) static LIST: Operation = reading(
    "application_approval.list",
    "List the OAuth applications that an organization was asked about, and what it said.",
    TargetKind::Organization,
    SETTINGS_READ,
    OWNER,
);
/// What adds nothing needs no confirmation, letting an application in does: the body says which.
///
/// SECURITY: no token opens it. An application that is let in goes on when the token has ended.
pub(crate) static DECIDE: Operation = person_changing(
    "application_approval.set",
    "Let an OAuth application reach an organization's things, or keep it out. Letting it in takes a sign-in that was confirmed lately.",
    TargetKind::Organization,
    OWNER,
    &[Event::ApplicationApprove, Event::ApplicationDeny],
);
pub(crate) static ASK: Operation = person_changing(
    "application_approval.ask",
    "Ask an organization's owners to let an OAuth application in.",
    TargetKind::Organization,
    MEMBER,
    &[Event::ApplicationAsk],
);

const ORG: Names = Names::Organization("org");

/// Ours.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        "/orgs/{org}/application-approvals",
        &LIST,
        ORG,
        list,
    )
    .answers(200, "ApplicationApprovals"),
    Route::new(
        Method::Put,
        "/orgs/{org}/application-approvals/{application_id}",
        &DECIDE,
        ORG,
        decide,
    )
    .rule(|unit, acting, input| oauth::may_decide(unit, acting, id(input)?).map(drop))
    .body(&[Field::needed(
        "approved",
        Form::Boolean,
        "Whether it may reach the organization's things.",
    )])
    .answers(204, ""),
    Route::new(
        Method::Post,
        "/orgs/{org}/application-requests",
        &ASK,
        ORG,
        ask,
    )
    .body(&[Field::needed(
        "client_id",
        Form::Text,
        "The application's client id.",
    )])
    .rule(|unit, acting, input| {
        let client_id = input.body().get("client_id").and_then(Value::as_str);
        match client_id {
            Some(client_id) => oauth::may_ask(unit, acting, client_id).map(drop),
            None => Ok(()),
        }
    })
    .answers(204, ""),
];

fn list(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    let all: Vec<Value> = oauth::approvals(app, call)?
        .iter()
        .map(|approval| {
            let row = &approval.application;
            json!({
                "application": { "id": row.id, "client_id": row.client_id, "name": row.name, "url": row.url, "keeper": approval.keeper },
                "state": approval.say.name(),
                "asked_by": approval.asked_by,
            })
        })
        .collect();
    Ok(Answer::ok(&all))
}

#[derive(Deserialize)]
struct Decision {
    approved: bool,
}

fn decide(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let decision: Decision = input.read("ApplicationApproval")?;
    oauth::decide_application(app, call, id(input)?, decision.approved)?;
    Ok(Answer::empty())
}

#[derive(Deserialize)]
struct Asking {
    client_id: String,
}

fn ask(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let asking: Asking = input.read("ApplicationApproval")?;
    oauth::ask(app, call, &asking.client_id)?;
    Ok(Answer::empty())
}
