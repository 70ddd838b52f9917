//! `jeton audit`: the log.

use super::words::moment;
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
    #[arg(long, value_name = "ID", conflicts_with = "org")]
    token_id: Option<i64>,
    /// Only about this repository, as OWNER/NAME
    #[arg(long, value_name = "OWNER/NAME")]
    repository: Option<String>,
    /// How many entries at most, newest first
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

const COLUMNS: &[Column] = &[
    Column("WHEN", "/@timestamp|/created_at|/at", Form::Moment),
    Column("EVENT", "/action|/event", Form::Text),
    Column("ACTOR", "/actor/login|/actor", Form::Text),
    Column("ORGANIZATION", "/org|/organization|/data/org", Form::Text),
    Column("REPOSITORY", "/repo|/repository|/data/repo", Form::Text),
    Column("PERSON", "/user|/data/user", Form::Text),
    Column("TOKEN", "/token_name|/data/token_name|/token_id", Form::Text),
    Column("FROM", "/actor_ip|/address", Form::Text),
];

impl Audit {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        let ask = match &self.org {
            Some(org) => Ask::get(Door::GitHub, &["orgs", org, "audit-log"]).query("phrase", self.phrase()),
            None => Ask::get(Door::Own, &["audit"])
                .query("all", self.everything.then_some("1"))
                .query("event", self.event)
                .query("actor", self.actor)
                .query("since", self.since)
                .query("until", self.until)
                .query("token_id", self.token_id.map(|id| id.to_string()))
                .query("repository", self.repository),
        };
        let entries = session.all(ask, self.limit)?;
        session.screen.list(COLUMNS, &entries)
    }

    /// GitHub's search words for an organization's log.
    fn phrase(&self) -> Option<String> {
        let words = [
            self.event.as_ref().map(|event| format!("action:{event}")),
            self.actor.as_ref().map(|actor| format!("actor:{actor}")),
            self.repository.as_ref().map(|repository| format!("repo:{repository}")),
            self.since.as_ref().map(|since| format!("created:>={since}")),
            self.until.as_ref().map(|until| format!("created:<{until}")),
        ];
        let words: Vec<_> = words.into_iter().flatten().collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}
