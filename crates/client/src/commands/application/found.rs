//! Whose applications a command is about, and which of them is meant.

use serde_json::Value;

use crate::error::ClientError;
use crate::server::{Ask, Door};
use crate::session::Session;

/// An organization, or nobody: oneself.
#[derive(Clone, Copy)]
pub(super) struct Keeper<'a>(pub(super) Option<&'a str>);

/// An address below a keeper's applications.
pub(super) struct Path(Vec<String>);

impl Keeper<'_> {
    pub(super) fn path(self, below: &[&str]) -> Path {
        let whose: &[&str] = match &self.0 {
            Some(org) => &["orgs", org, "applications"],
            None => &["applications"],
        };
        let all = whose.iter().chain(below);
        Path(all.map(|part| (*part).to_owned()).collect())
    }
}

impl Path {
    fn parts(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }

    pub(super) fn get(&self) -> Ask {
        Ask::get(Door::Own, &self.parts())
    }

    pub(super) fn post(&self, body: Value) -> Ask {
        Ask::post(Door::Own, &self.parts(), body)
    }

    pub(super) fn patch(&self, body: Value) -> Ask {
        Ask::patch(Door::Own, &self.parts(), body)
    }

    pub(super) fn delete(&self) -> Ask {
        Ask::delete(Door::Own, &self.parts())
    }
}

/// A value as it stands in an address or a sentence.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether an application is the one that was named: by number, client id or name.
fn is_named(application: &Value, word: &str) -> bool {
    ["id", "client_id", "name"]
        .into_iter()
        .filter_map(|field| application.get(field))
        .any(|value| text(value) == word)
}

/// The one of a list that was named. A name that two bear names neither.
pub(super) fn one_of<'a>(
    mut named: impl Iterator<Item = &'a Value>,
    word: &str,
) -> Result<Option<&'a Value>, ClientError> {
    let mut named = named.by_ref().filter(|one| is_named(one, word));
    let first = named.next();
    if named.next().is_some() {
        return Err(ClientError::usage(
            format!("more than one application is called {word}"),
            "name it by its number or its client id",
        ));
    }
    Ok(first)
}

/// An application that was named, as its keeper sees it.
pub(super) fn found(
    session: &mut Session<'_>,
    keeper: Keeper<'_>,
    word: &str,
) -> Result<Value, ClientError> {
    let all = session.whole(&keeper.path(&[]).get())?;
    one_of(all.iter(), word)?.cloned().ok_or_else(|| none(word))
}

/// None is there.
pub(super) fn none(word: &str) -> ClientError {
    ClientError::other(format!("there is no application {word}"))
}

/// An application that was named, from a list in which each stands beside something: its number and its name.
pub(in crate::commands) fn named(
    all: &[Value],
    word: &str,
) -> Result<(String, String), ClientError> {
    let applications = all.iter().filter_map(|one| one.get("application"));
    let one = one_of(applications, word)?.ok_or_else(|| none(word))?;
    let field = |name: &str| one.get(name).map(text).unwrap_or_default();
    Ok((field("id"), field("name")))
}

/// Its number.
pub(super) fn number(
    session: &mut Session<'_>,
    keeper: Keeper<'_>,
    word: &str,
) -> Result<String, ClientError> {
    let one = found(session, keeper, word)?;
    Ok(one.get("id").map(text).unwrap_or_default())
}
