//! `jeton request`: members ask for access by token; owners decide.

use serde_json::json;

use super::put_text;
use super::review::{Chosen, FIELDS, Filter, Pile};
use crate::error::ClientError;
use crate::server::Door;
use crate::session::Session;

/// Requests of members for access by token.
#[derive(Debug, clap::Subcommand)]
pub enum Request {
    /// List the requests that wait
    List {
        /// The organization
        org: String,
        /// Which
        #[command(flatten)]
        filter: Filter,
    },
    /// Show a request with its repositories
    Show {
        /// The organization
        org: String,
        /// Its number in the list
        id: i64,
    },
    /// Approve one or several
    Approve {
        /// The organization
        org: String,
        /// Which
        #[command(flatten)]
        chosen: Chosen,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Deny one or several
    Deny {
        /// The organization
        org: String,
        /// Which
        #[command(flatten)]
        chosen: Chosen,
        /// Why; told to the person
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
}

const PILE: Pile = Pile("personal-access-token-requests");

impl Request {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::List { org, filter } => PILE.list(session, &org, &filter),
            Self::Show { org, id } => {
                let request = session.get(Door::Own, &["orgs", &org, PILE.0, &id.to_string()])?;
                session.screen.one(FIELDS, &request)
            }
            Self::Approve {
                org,
                chosen,
                reason,
            } => decide(
                session,
                &org,
                chosen,
                reason.as_deref(),
                "approve",
                "approved",
            ),
            Self::Deny {
                org,
                chosen,
                reason,
            } => decide(session, &org, chosen, reason.as_deref(), "deny", "denied"),
        }
    }
}

fn decide(
    session: &mut Session<'_>,
    org: &str,
    chosen: Chosen,
    reason: Option<&str>,
    action: &str,
    done: &str,
) -> Result<(), ClientError> {
    let count = PILE.act(session, org, chosen, |ids| {
        let mut body = json!({ "pat_request_ids": ids, "action": action });
        put_text(&mut body, "reason", reason.map(str::to_owned));
        body
    })?;
    session.screen.done(
        &json!({ done: count }),
        &match count {
            1 => format!("1 request is {done}."),
            n => format!("{n} requests are {done}."),
        },
    )
}
