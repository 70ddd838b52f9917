//! Reporting values that became known.

use jeton_app::leaks::{self, MOST};
use jeton_app::{App, AppError, Call, Presented};
use jeton_domain::{Event, Least, Operation, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde::Deserialize;
use serde_json::json;

use crate::operation::{NO_PERMISSION, changing, scoped};

/// Anybody may report, without a credential.
pub(crate) static REPORT: Operation = scoped(
    changing(
        "credentials.revoke",
        "Report values that became known: those that are tokens of this server are revoked.",
        TargetKind::Site,
        NO_PERMISSION,
        Least::Anyone,
        &[
            Event::TokenLeaked,
            Event::UserSignOut,
            Event::AccessRevoke,
            Event::RequestCancel,
        ],
    ),
    &[],
);

/// The route.
pub(crate) static ROUTES: &[Route] = &[Route::new(
    Method::Post,
    "/credentials/revoke",
    &REPORT,
    Names::Site,
    report,
)
.body(&[Field::needed(
    "credentials",
    Form::Texts,
    "The values, 1 to 1,000.",
)])
.answers(202, "")];

#[derive(Deserialize)]
struct Report {
    credentials: Vec<String>,
}

fn report(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let report: Report = input.read("Credential")?;
    if report.credentials.is_empty() || report.credentials.len() > MOST {
        return Err(AppError::invalid(
            "Credential",
            "credentials",
            format!("takes 1 to {MOST} values"),
        ));
    }
    let values: Vec<Presented> = report
        .credentials
        .iter()
        .filter_map(|value| jeton_token::parse(value.as_bytes()).ok())
        .map(|parsed| Presented::new(app.ring(), &parsed))
        .collect();
    leaks::report(app, call, &values)?;
    Ok(Answer::json(202, &json!({})))
}
