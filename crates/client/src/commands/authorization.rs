//! `jeton authorization`: the OAuth applications that you let act for you.

use super::application::named;
use crate::error::ClientError;
use crate::person::sure;
use crate::screen::{Column, Form};
use crate::server::{Ask, Door};
use crate::session::Session;

/// OAuth applications that you let act for you.
#[derive(Debug, clap::Subcommand)]
pub enum Authorization {
    /// List them with their scopes
    List,
    /// Take back what one has: its tokens end
    Revoke {
        /// Which: its number, its client id or its name
        app: String,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
}

const COLUMNS: &[Column] = &[
    Column("ID", "/application/id", Form::Text),
    Column("NAME", "/application/name", Form::Text),
    Column("SCOPES", "/scopes", Form::Text),
    Column("TOKENS", "/tokens", Form::Text),
    Column("SINCE", "/created_at", Form::Moment),
    Column("LAST USED", "/last_used_at", Form::Moment),
];

impl Authorization {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        let list = Ask::get(Door::Own, &["authorizations"]);
        match self {
            Self::List => {
                let items = session.whole(&list)?;
                session.screen.list(COLUMNS, &items)
            }
            Self::Revoke { app, yes } => {
                let all = session.whole(&list)?;
                let (id, name) = named(&all, &app)?;
                let question = format!("Take back what {name} has? Its tokens end.");
                sure(session.person, yes, &question)?;
                session.change(
                    &Ask::delete(Door::Own, &["authorizations", &id]),
                    &format!("What {name} had is taken back."),
                )
            }
        }
    }
}
