//! Webhooks of organizations and repositories, and what they were told.

mod body;
mod operations;
mod routes;

use jeton_app::hooks::{self, Among, DeliveryRow};
use jeton_app::{App, AppError, Call};
use jeton_domain::{HookDeliveryId, HookId, Id as _};
use jeton_http::{Answer, Input};
use serde_json::{Value, json};

pub use operations::{HookOperations, ORGANIZATION, REPOSITORY, REPOSITORY_TEST};
pub(crate) use routes::{REPOSITORY_ROUTES, ROUTES};

fn id(input: &Input) -> Result<HookId, AppError> {
    HookId::from_i64(input.id("hook_id")?).ok_or(AppError::Missing("webhook"))
}

fn delivery_id(input: &Input) -> Result<HookDeliveryId, AppError> {
    HookDeliveryId::from_i64(input.id("delivery_id")?).ok_or(AppError::Missing("delivery"))
}

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let list = hooks::list(app, call, page.offset(), page.size)?;
    let url = app.public_url();
    let items: Vec<Value> = list
        .items
        .iter()
        .map(|view| hooks::shape(url, view))
        .collect();
    Ok(Answer::page(input, &items, list.total))
}

fn create(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let view = hooks::register(app, call, &body::new(input)?)?;
    let shape = hooks::shape(app.public_url(), &view);
    let location = shape.get("url").and_then(Value::as_str).unwrap_or_default();
    Ok(Answer::created(&shape).header("location", location))
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let view = hooks::show(app, call, id(input)?)?;
    Ok(Answer::ok(&hooks::shape(app.public_url(), &view)))
}

fn update(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let view = hooks::edit(app, call, id(input)?, &body::edit(input)?)?;
    Ok(Answer::ok(&hooks::shape(app.public_url(), &view)))
}

fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    hooks::delete(app, call, id(input)?)?;
    Ok(Answer::empty())
}

fn config(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let view = hooks::show(app, call, id(input)?)?;
    Ok(Answer::ok(&hooks::config(&view)))
}

fn update_config(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let view = hooks::edit(app, call, id(input)?, &body::config_edit(input)?)?;
    Ok(Answer::ok(&hooks::config(&view)))
}

fn deliveries(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let among = match input.query("status") {
        Some("success") => Among::Delivered,
        Some(_) => Among::Failed,
        None => Among::Over,
    };
    let after = match input.query_number("cursor")? {
        Some(number) => Some(
            HookDeliveryId::from_i64(number)
                .ok_or_else(|| AppError::invalid("Query", "cursor", "is none that `Link` gives"))?,
        ),
        None => None,
    };
    let part = (after, input.page().size);
    let found = hooks::deliveries(app, call, id(input)?, among, part)?;
    let items: Vec<Value> = found.items.iter().map(short).collect();
    let next = found.next.map(|id| id.get().to_string());
    Ok(Answer::ok(&items).onward("cursor", next))
}

fn delivery(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let view = hooks::delivery(app, call, id(input)?, delivery_id(input)?)?;
    // What waits was not delivered yet: GitHub's shape has no words for it.
    if view.row.outcome.is_none() {
        return Err(AppError::Missing("delivery"));
    }
    let read = |text: Option<&String>| -> Value {
        text.and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or(Value::Null)
    };
    let mut shape = short(&view.row);
    if let Value::Object(fields) = &mut shape {
        let texts = &view.texts;
        fields.insert(
            "url".to_owned(),
            json!(texts.url.as_deref().unwrap_or_default()),
        );
        let request = json!({
            "headers": read(texts.request_headers.as_ref()),
            "payload": read(Some(&texts.payload)),
        });
        fields.insert("request".to_owned(), request);
        let response = json!({
            "headers": read(texts.response_headers.as_ref()),
            "payload": texts.response_body,
        });
        fields.insert("response".to_owned(), response);
    }
    Ok(Answer::ok(&shape))
}

/// A try without what was sent. `duration` in seconds.
fn short(row: &DeliveryRow) -> Value {
    let milliseconds = row.duration_ms.unwrap_or_default();
    json!({
        "id": row.id,
        "guid": row.guid,
        "delivered_at": row.delivered_at.map(jeton_domain::Time::iso),
        "redelivery": row.redelivery,
        "duration": std::time::Duration::from_millis(milliseconds.unsigned_abs()).as_secs_f64(),
        "status": hooks::said(row),
        "status_code": row.status_code.unwrap_or_default(),
        "event": row.event_name,
        "action": row.action,
        "installation_id": null,
        "repository_id": row.repository,
        "throttled_at": null,
    })
}

fn redeliver(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    hooks::redeliver(app, call, id(input)?, delivery_id(input)?)?;
    Ok(Answer::json(202, &json!({})))
}

fn ping(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    hooks::ping_hook(app, call, id(input)?)?;
    Ok(Answer::empty())
}

fn test(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    hooks::test_push(app, call, id(input)?)?;
    Ok(Answer::empty())
}
