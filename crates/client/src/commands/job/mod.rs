//! `jeton job`: a token for one repository that ends with what it is for.

mod ceiling;
mod opened;
mod run;
mod variables;
mod watched;
mod wish;

use serde_json::Value;

pub use ceiling::{CeilingHome, JobPermissions};
pub use run::JobRun;
pub use wish::JobWish;

use super::words::FullName;
use crate::error::ClientError;
use crate::screen::{Column, Form};
use crate::server::{Ask, Door};
use crate::session::Session;

/// Jobs: a token for one repository that ends with what it is for.
#[derive(Debug, clap::Subcommand)]
pub enum Job {
    /// Run a command as a job: with a token of its own, and with secrets that its output does not show
    Run(Box<JobRun>),
    /// Open a job; the value of its token alone goes to standard output
    Open(JobWish),
    /// List a repository's jobs, newest first
    List {
        /// The repository
        #[arg(value_name = "OWNER/NAME")]
        repository: FullName,
        /// Those alone that are open
        #[arg(long)]
        open: bool,
    },
    /// Show a job
    Show {
        /// The repository
        #[arg(value_name = "OWNER/NAME")]
        repository: FullName,
        /// Its number in the list
        id: i64,
    },
    /// End a job, its token and all that was made from that
    End {
        /// The repository
        #[arg(value_name = "OWNER/NAME")]
        repository: FullName,
        /// Its number in the list
        id: i64,
    },
    /// What jobs may do at most, by the word of a repository, an organization, the site
    #[command(subcommand)]
    Permissions(JobPermissions),
}

const COLUMNS: &[Column] = &[
    Column("ID", "/id", Form::Text),
    Column("NAME", "/name", Form::Text),
    Column("STATE", "/state", Form::Text),
    Column("OPENED BY", "/opener", Form::Text),
    Column("REF", "/ref", Form::Text),
    Column("ENVIRONMENT", "/environment", Form::Text),
    Column("FORK", "/fork", Form::Flag),
    Column("PERMISSIONS", "/permissions", Form::Permissions),
    Column("OPENED", "/opened_at", Form::Moment),
    Column("ENDS", "/ended_at|/ends_at", Form::Moment),
];

const FIELDS: &[Column] = &[
    Column("Id", "/id", Form::Text),
    Column("Name", "/name", Form::Text),
    Column("Repository", "/repository", Form::Text),
    Column("State", "/state", Form::Text),
    Column("Opened by", "/opener", Form::Text),
    Column("Opened how", "/origin", Form::Text),
    Column("Ref", "/ref", Form::Text),
    Column("Environment", "/environment", Form::Text),
    Column("For a fork", "/fork", Form::Flag),
    Column("Permissions", "/permissions", Form::Permissions),
    Column("Opened", "/opened_at", Form::Moment),
    Column("Ends", "/ends_at", Form::Moment),
    Column("Ended", "/ended_at", Form::Moment),
];

impl Job {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::Run(command) => command.run(session),
            Self::Open(wish) => open(session, wish),
            Self::List { repository, open } => {
                let state = open.then_some("open");
                let ask = Ask::get(Door::Own, &jobs(&repository, &[])).query("state", state);
                session.show_all(ask, COLUMNS)
            }
            Self::Show { repository, id } => {
                let id = id.to_string();
                let shown = session.get(Door::Own, &jobs(&repository, &[&id]))?;
                session.screen.one(FIELDS, &shown)
            }
            Self::End { repository, id } => {
                let number = id.to_string();
                let ask = Ask::delete(Door::Own, &jobs(&repository, &[&number]));
                session.change(&ask, &format!("Job {id} has ended, and its token with it."))
            }
            Self::Permissions(command) => command.run(session),
        }
    }
}

fn jobs<'a>(repository: &'a FullName, rest: &[&'a str]) -> Vec<&'a str> {
    let mut path = vec!["repos", &repository.owner, &repository.name, "jobs"];
    path.extend(rest);
    path
}

fn open(session: &mut Session<'_>, wish: JobWish) -> Result<(), ClientError> {
    let made = wish.open(session)?;
    if session.screen.json {
        return session.screen.print_json(&made);
    }
    let value = value_of(&made)?.to_owned();
    let said = |pointer: &'static str, form| Column("", pointer, form).cell(&made);
    let (id, repository) = (said("/id", Form::Text), said("/repository", Form::Text));
    session.screen.note(&format!(
        "Job {id} of {repository} is open until {} (UTC): {}. jeton job end {repository} {id} ends it.",
        said("/ends_at", Form::Moment),
        said("/permissions", Form::Permissions),
    ));
    session.screen.data(&value)
}

/// The value in an answer that shows one.
fn value_of(made: &Value) -> Result<&str, ClientError> {
    made.get("token")
        .and_then(Value::as_str)
        .ok_or_else(|| ClientError::other("the server's answer holds no value"))
}
