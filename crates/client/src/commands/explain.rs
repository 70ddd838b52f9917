//! `jeton explain METHOD URL`.

use serde_json::{Value, json};

use super::put;
use crate::error::ClientError;
use crate::screen::{Column, Form};
use crate::server::{Ask, Door};
use crate::session::Session;

/// Say whether a request would be allowed, and if not, which layer refuses it. Nothing is done.
#[derive(Debug, clap::Args)]
pub struct Explain {
    /// GET, POST, …; for Git: clone or push
    method: String,
    /// The request's address, whole or from its path on
    url: String,
    /// With this token of yours (by number) instead of the credential in use
    #[arg(long, value_name = "ID")]
    token_id: Option<i64>,
    /// With push: the ref that would be written, as refs/heads/main
    #[arg(long = "ref", value_name = "NAME")]
    ref_name: Option<String>,
}

const FIELDS: &[Column] = &[
    Column("Allowed", "/allowed", Form::Text),
    Column("Status", "/status", Form::Text),
    Column("Operation", "/operation", Form::Text),
    Column("Layer", "/layer", Form::Text),
    Column("Reason", "/reason", Form::Text),
    Column("In words", "/message", Form::Text),
    Column("Would do", "/would_do", Form::Text),
    Column("Scopes that would do", "/scopes_would_do", Form::Text),
    Column("To mend it", "/fix", Form::Text),
    Column("More at", "/fix_url", Form::Text),
];

const CHECKS: &[Column] = &[
    Column("LAYER", "/layer", Form::Text),
    Column("PASSES", "/passes", Form::Text),
    Column("REASON", "/reason", Form::Text),
    Column("IN WORDS", "/message", Form::Text),
];

impl Explain {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        let mut body = json!({ "method": method(&self.method), "url": self.url });
        put(&mut body, "token_id", self.token_id.map(|id| json!(id)));
        put(&mut body, "ref", self.ref_name.map(Value::String));
        let mut answer = session.ask(&Ask::post(Door::Own, &["explain"], body))?.body;
        if session.screen.json {
            return session.screen.print_json(&answer);
        }
        let sets = answer
            .get("accepted_permissions")
            .map(alternatives)
            .filter(|words| !words.is_empty());
        put(&mut answer, "would_do", sets.map(Value::String));
        let scopes = answer.get("accepted_scopes").and_then(Value::as_array);
        let scopes = scopes.filter(|names| !names.is_empty()).map(|names| {
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            json!(names.join(" or "))
        });
        put(&mut answer, "scopes_would_do", scopes);
        session.screen.one(FIELDS, &answer)?;
        match answer.get("checks") {
            Some(Value::Array(checks)) if !checks.is_empty() => session.screen.list(CHECKS, checks),
            _ => Ok(()),
        }
    }
}

/// Methods are upper case on the wire, the two words for Git are not.
fn method(word: &str) -> String {
    let lower = word.to_ascii_lowercase();
    if matches!(lower.as_str(), "clone" | "push") {
        lower
    } else {
        word.to_ascii_uppercase()
    }
}

/// `contents: read and members: read, or administration: write`.
fn alternatives(sets: &Value) -> String {
    let word = |requirement: &Value| {
        let part = |name: &str| {
            requirement
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        format!("{}: {}", part("key"), part("level"))
    };
    let set = |set: &Value| {
        set.as_array()
            .into_iter()
            .flatten()
            .map(word)
            .collect::<Vec<_>>()
            .join(" and ")
    };
    sets.as_array()
        .into_iter()
        .flatten()
        .map(set)
        .filter(|set| !set.is_empty())
        .collect::<Vec<_>>()
        .join(", or ")
}
