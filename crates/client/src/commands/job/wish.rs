//! What a job shall be: the options that opening and running share.

use jeton_domain::Span;
use serde_json::{Value, json};

use super::jobs;
use crate::commands::words::{FullName, PermissionWord, length, levels, permission_help};
use crate::commands::{put, put_text};
use crate::error::ClientError;
use crate::server::{Ask, Door};
use crate::session::Session;

/// Which repository a job is for, and what it may do.
#[derive(Clone, Debug, clap::Args)]
pub struct JobWish {
    /// The repository that it is for
    #[arg(long, value_name = "OWNER/NAME")]
    pub(super) repo: FullName,
    /// The reference that it runs for
    #[arg(long = "ref", value_name = "REF")]
    pub(super) reference: Option<String>,
    /// The environment that it runs for
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// A permission, as KEY=LEVEL; KEY alone means read; may be repeated
    #[arg(long = "permission", short = 'p', value_name = "KEY=LEVEL", help = permission_help())]
    permissions: Vec<PermissionWord>,
    /// It runs what a fork brought: it reads, and is given no secrets
    #[arg(long)]
    pub(super) fork: bool,
    /// How long it may last, at most a day [default: 1h]
    #[arg(long, value_name = "LENGTH", value_parser = length)]
    lasts: Option<Span>,
    /// What it is called in the list and the log
    #[arg(long)]
    name: Option<String>,
}

/// The options that stand for fields of a job.
const OPTIONS: &[(&str, &str)] = &[
    ("permissions", "--permission"),
    ("expires_in", "--lasts"),
    ("ref", "--ref"),
    ("environment", "--environment"),
    ("name", "--name"),
];

impl JobWish {
    /// Opens the job. The answer holds its token's value.
    pub(super) fn open(self, session: &mut Session<'_>) -> Result<Value, ClientError> {
        let mut body = json!({});
        put_text(&mut body, "name", self.name);
        put_text(&mut body, "ref", self.reference);
        put_text(&mut body, "environment", self.environment);
        put(&mut body, "permissions", levels(self.permissions)?);
        let seconds = self.lasts.map(|lasts| json!(lasts.seconds()));
        put(&mut body, "expires_in", seconds);
        put(&mut body, "fork", self.fork.then_some(json!(true)));
        let ask = Ask::post(Door::Own, &jobs(&self.repo, &[]), body);
        session
            .ask(&ask)
            .map(|reply| reply.body)
            .map_err(|error| error.in_options(OPTIONS))
    }
}
