//! `jeton grant`: the tokens that reach an organization.

use serde_json::json;

use super::review::{Chosen, Filter, Pile};
use crate::error::ClientError;
use crate::session::Session;

/// Tokens that reach an organization.
#[derive(Debug, clap::Subcommand)]
pub enum Grant {
    /// List them
    List {
        /// The organization
        org: String,
        /// Which
        #[command(flatten)]
        filter: Filter,
    },
    /// Show one with its repositories
    Show {
        /// The organization
        org: String,
        /// Its number in the list
        id: i64,
    },
    /// Withdraw the access of one or several; their holders may ask again
    Revoke {
        /// The organization
        org: String,
        /// Which
        #[command(flatten)]
        chosen: Chosen,
    },
}

const PILE: Pile = Pile("personal-access-tokens");

impl Grant {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::List { org, filter } => PILE.list(session, &org, &filter),
            Self::Show { org, id } => PILE.show(session, &org, id),
            Self::Revoke { org, chosen } => {
                let count = PILE.act(
                    session,
                    &org,
                    chosen,
                    |ids| json!({ "action": "revoke", "pat_ids": ids }),
                )?;
                session.screen.done(
                    &json!({ "withdrawn": count }),
                    &match count {
                        1 => format!("The access of 1 token to {org} is withdrawn."),
                        n => format!("The access of {n} tokens to {org} is withdrawn."),
                    },
                )
            }
        }
    }
}
