//! Looking for packages.

use jeton_app::packages::{self, Found};
use jeton_app::{App, AppError, Call};
use jeton_http::{Answer, Input};
use serde_json::{Map, Value, json};

/// What npm asks for, if it does not say.
const SIZE: i64 = 20;
/// On one page.
const MOST: i64 = 250;

pub(crate) fn search(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let text = input.query("text").unwrap_or_default();
    let number = |name, otherwise: i64, most: i64| -> Result<usize, AppError> {
        let given = input.query_number(name)?.unwrap_or(otherwise);
        Ok(usize::try_from(given.clamp(0, most)).unwrap_or_default())
    };
    let from = number("from", 0, 10_000)?;
    let size = number("size", SIZE, MOST)?;
    let (found, total) = packages::search(app, call, text, (from, size))?;
    let objects: Vec<Value> = found.iter().map(shown).collect();
    let time = app.now().to_string();
    Ok(Answer::ok(
        &json!({ "objects": objects, "total": total, "time": time }),
    ))
}

fn shown(found: &Found) -> Value {
    let latest = found.latest.as_ref();
    let manifest: Map<String, Value> = latest
        .and_then(|version| serde_json::from_str(&version.manifest).ok())
        .unwrap_or_default();
    let said = |field: &str| manifest.get(field).cloned().unwrap_or(Value::Null);
    let publisher = latest.map_or("", |version| version.publisher.as_str());
    json!({
        "package": {
            "name": found.row.full_name(),
            "scope": found.row.owner_login.to_ascii_lowercase(),
            "version": latest.map(|version| version.version.as_str()),
            "description": said("description"),
            "keywords": manifest.get("keywords").cloned().unwrap_or_else(|| json!([])),
            "date": latest.map_or(found.row.updated_at, |version| version.published_at).to_string(),
            "links": {},
            "publisher": { "username": publisher },
            "maintainers": [{ "username": publisher }],
        },
        "score": { "final": 1, "detail": { "quality": 1, "popularity": 1, "maintenance": 1 } },
        "searchScore": 1,
    })
}
