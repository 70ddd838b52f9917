//! `jeton sign-in`: where a person is signed in.

use crate::error::ClientError;
use crate::screen::{Column, Form};
use crate::server::{Ask, Door};
use crate::session::Session;

/// Your sign-ins on all machines.
#[derive(Debug, clap::Subcommand)]
pub enum SignInCommand {
    /// List them
    List,
    /// End one
    End {
        /// Its number in the list
        id: i64,
    },
}

const COLUMNS: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("LABEL", "/label", Form::Text),
    Column("CREATED", "/created_at", Form::Moment),
    Column("LAST SEEN", "/last_seen_at", Form::Moment),
    Column("ENDS", "/expires_at", Form::Moment),
    Column("ADDRESS", "/address", Form::Text),
    Column("THIS ONE", "/current", Form::Flag),
];

impl SignInCommand {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::List => {
                // They come all at once: nobody has pages of them.
                let found = session.get(Door::Own, &["sign-ins"])?;
                let items = found.as_array().map_or(&[][..], Vec::as_slice);
                session.screen.list(COLUMNS, items)
            }
            Self::End { id } => {
                let ask = Ask::delete(Door::Own, &["sign-ins", &id.to_string()]);
                session.change(&ask, &format!("Sign-in {id} has ended."))
            }
        }
    }
}
