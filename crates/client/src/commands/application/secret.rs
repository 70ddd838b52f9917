//! `jeton app secret`.

use serde_json::{Value, json};

use super::found::{Keeper, number};
use crate::error::ClientError;
use crate::session::Session;

/// What an application proves itself with.
#[derive(Debug, clap::Subcommand)]
pub enum Secret {
    /// Make one; its value is printed this once
    Add {
        /// The application
        app: String,
        /// Of an organization, instead of your own
        #[arg(long)]
        org: Option<String>,
    },
    /// End one: it proves nothing from then on
    Remove {
        /// The application
        app: String,
        /// The secret's number
        secret: i64,
        /// Of an organization, instead of your own
        #[arg(long)]
        org: Option<String>,
    },
}

impl Secret {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::Add { app, org } => {
                let keeper = Keeper(org.as_deref());
                let id = number(session, keeper, &app)?;
                let ask = keeper.path(&[&id, "secrets"]).post(json!({}));
                let made = session.ask(&ask)?.body;
                if session.screen.json {
                    return session.screen.print_json(&made);
                }
                let Some(value) = made.get("client_secret").and_then(Value::as_str) else {
                    return Err(ClientError::other("the server's answer holds no secret"));
                };
                session
                    .screen
                    .note("The secret is made. It is shown this once and kept nowhere.");
                session.screen.data(value)
            }
            Self::Remove { app, secret, org } => {
                let keeper = Keeper(org.as_deref());
                let id = number(session, keeper, &app)?;
                session.change(
                    &keeper.path(&[&id, "secrets", &secret.to_string()]).delete(),
                    "The secret has ended.",
                )
            }
        }
    }
}
