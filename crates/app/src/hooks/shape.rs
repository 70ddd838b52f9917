//! A webhook in GitHub's shape, as REST answers it and a ping tells it.

use jeton_store::hook_deliveries::{DeliveryOutcome, DeliveryRow};
use jeton_store::hooks::HookOwner;
use serde_json::{Value, json};

use super::list::HookView;
use super::settings::HIDDEN;

/// `url`: where people reach the server. The secret is never among it, only that there is one.
pub fn shape(url: &str, view: &HookView) -> Value {
    let row = &view.row;
    let at = format!("{url}/api/v3/{}/hooks/{}", view.home, row.id.get());
    let kind = match row.owner {
        HookOwner::Organization(_) => "Organization",
        HookOwner::Repository(_) => "Repository",
    };
    let tests = match row.owner {
        HookOwner::Organization(_) => None,
        HookOwner::Repository(_) => Some(("test_url", json!(format!("{at}/tests")))),
    };
    let shape = json!({
        "type": kind,
        "id": row.id,
        "name": "web",
        "active": row.active,
        "events": row.events,
        "config": config(view),
        "updated_at": row.updated_at.iso(),
        "created_at": row.created_at.iso(),
        "url": at,
        "ping_url": format!("{at}/pings"),
        "deliveries_url": format!("{at}/deliveries"),
        "last_response": last(view.last.as_ref()),
    });
    with(shape, tests)
}

/// The same object with one field more.
fn with(mut object: Value, field: Option<(&str, Value)>) -> Value {
    if let (Value::Object(fields), Some((name, value))) = (&mut object, field) {
        fields.insert(name.to_owned(), value);
    }
    object
}

/// Where it sends, and how.
pub fn config(view: &HookView) -> Value {
    let row = &view.row;
    let config = json!({
        "url": row.url,
        "content_type": row.content_type.name(),
        "insecure_ssl": if row.verifies_tls { "0" } else { "1" },
    });
    let secret = row.secret.as_ref().map(|_| ("secret", json!(HIDDEN)));
    with(config, secret)
}

/// What came of a try, in a word or two: GitHub's, where it has them.
pub fn said(row: &DeliveryRow) -> String {
    match (row.outcome, row.status_code) {
        (None, _) => "waiting".to_owned(),
        (Some(DeliveryOutcome::Delivered), _) => "OK".to_owned(),
        (Some(DeliveryOutcome::Refused), Some(code)) => format!("Invalid HTTP Response: {code}"),
        (Some(outcome), _) => match &row.fault {
            Some(fault) => fault.clone(),
            None => outcome.name().to_owned(),
        },
    }
}

fn last(row: Option<&DeliveryRow>) -> Value {
    let Some(row) = row else {
        return json!({ "code": null, "status": "unused", "message": null });
    };
    let status = match row.outcome {
        Some(DeliveryOutcome::Delivered) => "active",
        Some(DeliveryOutcome::Refused) => "misconfigured",
        _ => "connection_error",
    };
    json!({ "code": row.status_code, "status": status, "message": said(row) })
}
