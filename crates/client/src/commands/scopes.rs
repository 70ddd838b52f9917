//! `jeton scopes`: what a classic token may hold.

use serde_json::Value;

use crate::error::ClientError;
use crate::server::Door;
use crate::session::Session;

/// The tree, each scope below the one that brings it.
pub(crate) fn list(session: &mut Session<'_>) -> Result<(), ClientError> {
    let scopes = session.get(Door::Own, &["scopes"])?;
    if session.screen.json {
        return session.screen.print_json(&scopes);
    }
    let entries = scopes.as_array().map(Vec::as_slice).unwrap_or_default();
    let rows = entries
        .iter()
        .map(|entry| {
            let indent = "  ".repeat(depth(entries, entry));
            let word = |name: &str| jeton_domain::plain(field(entry, name).unwrap_or_default());
            vec![format!("{indent}{}", word("name")), word("sentence")]
        })
        .collect();
    session.screen.table(&["SCOPE", "WHAT IT OPENS"], rows)
}

fn field<'a>(entry: &'a Value, name: &str) -> Option<&'a str> {
    entry.get(name).and_then(Value::as_str)
}

/// How many scopes bring it. A tree that names itself has an end, too.
fn depth(entries: &[Value], entry: &Value) -> usize {
    let above = |entry: &&Value| {
        let parent = field(entry, "parent")?;
        entries
            .iter()
            .find(|other| field(other, "name") == Some(parent))
    };
    std::iter::successors(above(&entry), above)
        .take(entries.len())
        .count()
}
