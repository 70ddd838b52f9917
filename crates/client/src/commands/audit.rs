//! `jeton audit`: the log.

use serde_json::Value;

use super::words::{at_least_one, moment};
use crate::error::ClientError;
use crate::screen::{Column, Form};
use crate::server::{Ask, Door};
use crate::session::Session;

/// Read the audit log: your own, an organization's, or all of it.
#[derive(Debug, clap::Args)]
pub struct Audit {
    /// An organization's log (owners)
    #[arg(long, value_name = "ORG", conflicts_with = "everything")]
    org: Option<String>,
    /// The whole site's log (administrators)
    #[arg(long = "all")]
    everything: bool,
    /// Only this event, as repo.create
    #[arg(long, value_name = "NAME")]
    event: Option<String>,
    /// Only what this person did
    #[arg(long, value_name = "LOGIN")]
    actor: Option<String>,
    /// Only what happened since: a moment, or 24h, or 7d
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    since: Option<String>,
    /// Only what happened before
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    until: Option<String>,
    /// Only about this token, by number
    #[arg(long, value_name = "ID")]
    token_id: Option<i64>,
    /// Only about this repository, as OWNER/NAME; with --org the name is enough
    #[arg(long, value_name = "OWNER/NAME")]
    repository: Option<String>,
    /// How many entries at most, newest first
    #[arg(long, default_value = "50", value_parser = at_least_one)]
    limit: usize,
}

/// How many entries one call gives at most.
const PAGE: usize = 100;

const COLUMNS: &[Column] = &[
    Column("WHEN", "/created_at|/@timestamp", Form::Moment),
    Column("EVENT", "/action", Form::Text),
    Column("ACTOR", "/actor", Form::Text),
    Column("ORGANIZATION", "/org", Form::Text),
    Column("REPOSITORY", "/repo", Form::Text),
    Column("PERSON", "/user", Form::Text),
    Column(
        "TOKEN",
        "/user_programmatic_access_name|/token_name|/token_id",
        Form::Text,
    ),
    Column("REF", "/ref", Form::Text),
    Column("OUTCOME", "/outcome", Form::Text),
    Column("FROM", "/address", Form::Text),
];

impl Audit {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        let repository = match (self.repository, &self.org) {
            (Some(name), Some(org)) if !name.contains('/') => Some(format!("{org}/{name}")),
            (Some(name), None) if !name.contains('/') => {
                return Err(ClientError::usage(
                    format!("`{name}` does not say whose repository it is"),
                    "name it OWNER/NAME",
                ));
            }
            (repository, _) => repository,
        };
        let ask = match &self.org {
            Some(org) => Ask::get(Door::GitHub, &["orgs", org, "audit-log"]),
            None if self.everything => Ask::get(Door::Own, &["site", "audit"]),
            None => Ask::get(Door::Own, &["audit"]),
        };
        let ask = ask
            .query("event", self.event)
            .query("actor", self.actor)
            .query("since", self.since)
            .query("until", self.until)
            .query("token_id", self.token_id.map(|id| id.to_string()))
            .query("repository", repository);
        let entries = read(session, &ask, self.limit)?;
        session.screen.list(COLUMNS, &entries)
    }
}

/// Newest first; a page begins behind the last entry of the one before.
fn read(session: &mut Session<'_>, ask: &Ask, limit: usize) -> Result<Vec<Value>, ClientError> {
    let mut entries: Vec<Value> = Vec::new();
    loop {
        let count = limit.saturating_sub(entries.len()).min(PAGE);
        let after = entries
            .last()
            .and_then(|entry| entry.get("cursor"))
            .and_then(Value::as_str);
        if count == 0 || (after.is_none() && !entries.is_empty()) {
            return Ok(entries);
        }
        let ask = ask
            .clone()
            .query("per_page", Some(count.to_string()))
            .query("after", after);
        let Value::Array(page) = session.ask(&ask)?.body else {
            return Err(ClientError::other("the server's answer is no log"));
        };
        let last = page.len() < count;
        entries.extend(page);
        if last {
            return Ok(entries);
        }
    }
}
