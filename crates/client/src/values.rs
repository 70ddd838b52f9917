//! Values of answers as people read them.

use serde_json::Value;

/// `2026-11-21T08:00:00Z` as `2026-11-21 08:00`; `none` is an end that never comes.
pub(crate) fn minutes(iso: &str) -> String {
    match (iso.get(..10), iso.get(11..16)) {
        _ if iso == "none" => "never".to_owned(),
        (Some(date), Some(time)) if iso.ends_with('Z') => format!("{date} {time}"),
        _ => iso.to_owned(),
    }
}

/// Whether an answer is about a classic token.
pub(crate) fn is_classic(token: &Value) -> bool {
    token.get("kind").and_then(Value::as_str) == Some("classic")
}

/// The scopes of a classic token; nothing of another.
pub(crate) fn scopes(token: &Value) -> String {
    match token.get("scopes").map(text) {
        _ if !is_classic(token) => String::new(),
        Some(names) if !names.is_empty() => names,
        _ => "none".to_owned(),
    }
}

/// GitHub's word for a selection, in words.
pub(crate) fn reach(token: &Value) -> String {
    if is_classic(token) {
        return "whatever its user reaches".to_owned();
    }
    // The list leaves out what whoever looks may not see: so many more.
    let unnamed = token
        .get("unnamed_repositories")
        .and_then(Value::as_u64)
        .and_then(|unnamed| usize::try_from(unnamed).ok())
        .unwrap_or_default();
    let count = token
        .get("repositories")
        .and_then(Value::as_array)
        .map(|listed| listed.len() + unnamed);
    let repositories = match (
        token.get("repository_selection").and_then(Value::as_str),
        count,
    ) {
        (Some("none"), _) => "public only".to_owned(),
        (Some("subset"), Some(1)) => "1 repository".to_owned(),
        (Some("subset"), Some(count)) => format!("{count} repositories"),
        (Some("subset"), None) => "some".to_owned(),
        (word, _) => word.unwrap_or_default().to_owned(),
    };
    match token
        .get("packages")
        .and_then(Value::as_array)
        .map(Vec::len)
    {
        None | Some(0) => repositories,
        Some(1) => format!("{repositories}, 1 package"),
        Some(many) => format!("{repositories}, {many} packages"),
    }
}

/// The longest life of a value.
pub(crate) fn life(request: &Value) -> String {
    match request.get("maximum_days") {
        None => String::new(),
        Some(Value::Null) => "without end".to_owned(),
        Some(days) => format!("{} days", text(days)),
    }
}

/// Keys and levels, whether they stand in one object or in one for each scope.
pub(crate) fn permissions(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (key, level) in value.as_object().into_iter().flatten() {
        match level {
            Value::String(level) => found.push(format!("{key}: {level}")),
            nested => found.extend(permissions(nested)),
        }
    }
    found
}

/// Any value in words.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(on) => if *on { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| format!("{name} {}", text(value)))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// A word as a shell reads it whole.
pub(crate) fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    if !name.is_empty() && name.chars().all(plain) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', "'\\''"))
    }
}
