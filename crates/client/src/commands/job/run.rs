//! `jeton job run`.

use std::ffi::OsString;
use std::process::Command;
use std::sync::Arc;

use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use tempfile::TempDir;

use super::opened::{Opened, Secret};
use super::variables::{self, Given};
use super::watched::{Signals, watch};
use super::wish::JobWish;
use crate::edge;
use crate::error::ClientError;
use crate::hidden::Hidden;
use crate::mask::{LEAST, Values, is_masked};
use crate::session::Session;

/// Run a command as a job. It is given a token of its own, which ends with it, as `GITHUB_TOKEN`, and the job's secrets
/// as variables; Git and npm use the token by themselves. What it says is shown with `***` in the place of their values.
/// Its exit code is that of the command, 128 and the number of the signal where one ended it; 127 where there is no such
/// command, and 126 where it can't be executed.
#[derive(Debug, clap::Args)]
pub struct JobRun {
    #[command(flatten)]
    wish: JobWish,
    /// Say what else is worth knowing
    #[arg(long)]
    verbose: bool,
    /// The command and its arguments
    #[arg(
        last = true,
        required = true,
        num_args = 1..,
        value_name = "COMMAND"
    )]
    command: Vec<OsString>,
}

impl JobRun {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        // From here on a signal ends nothing by itself: a job that was opened is ended.
        let mut signals = Signals::catch()?;
        // SECURITY: another process of this person could read the opener's credential out of this one's environment.
        // The system may not know how; then it is as it was.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
        let made = self.wish.clone().open(session)?;
        let mut job = Opened::read(session, &made)?;
        let done = match signals.first() {
            Some(signal) => Err(ClientError::ended_by(signal)),
            None => self.under(session, &job, signals),
        };
        if let Err(error) = job.end() {
            session.screen.note(&format!(
                "Job {} could not be ended ({error}): jeton job end {} {}, or its time ends it.",
                job.id, job.repository, job.id
            ));
        }
        done
    }

    /// Runs the command while the job is open.
    fn under(
        &self,
        session: &mut Session<'_>,
        job: &Opened,
        signals: Signals,
    ) -> Result<(), ClientError> {
        let opener = session.server()?.credential.clone();
        let secrets = self.secrets(session, job)?;
        variables::check(&secrets)?;
        let hidden = secrets.iter().map(|secret| &secret.value);
        let hidden = hidden.chain([&job.token]).chain(&opener);
        let values = Values::of(hidden.map(Hidden::expose))?;
        let folder = npm_folder(job)?;
        let given = Given {
            job,
            reference: self.wish.reference.as_deref(),
            npm: &folder.path().join(NPM_FILE),
            secrets: &secrets,
        };
        let Some((program, arguments)) = self.command.split_first() else {
            return Err(ClientError::usage("no command is named", "behind --"));
        };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(given.unless_said())
            .envs(variables::left(edge::variables(), opener.as_ref()))
            .envs(given.variables());
        let code = watch(&mut command, &Arc::new(values), signals)?;
        if code == 0 {
            Ok(())
        } else {
            Err(ClientError::Ended(code))
        }
    }

    fn secrets(&self, session: &mut Session<'_>, job: &Opened) -> Result<Vec<Secret>, ClientError> {
        // SECURITY: what a fork brought is never given any, whatever the server would answer.
        if self.wish.fork {
            return Ok(Vec::new());
        }
        let Some(secrets) = job.secrets()? else {
            if self.verbose {
                session.screen.note("This server has no secrets for jobs.");
            }
            return Ok(Vec::new());
        };
        for secret in &secrets {
            if !is_masked(secret.value.expose()) {
                session.screen.note(&format!(
                    "The secret `{}` has fewer than {LEAST} characters: it is not masked.",
                    secret.name
                ));
            }
        }
        Ok(secrets)
    }
}

const NPM_FILE: &str = "npmrc";

/// npm's configuration, in a folder that goes with the job: where packages of this owner are, and which variable holds
/// the token. The value itself is in no file.
fn npm_folder(job: &Opened) -> Result<TempDir, ClientError> {
    let folder = tempfile::Builder::new().prefix("jeton-job-").tempdir();
    let folder = folder.map_err(ClientError::file(&std::env::temp_dir()))?;
    let address = &job.server.address;
    let owner = job.repository.split('/').next().unwrap_or_default();
    let text = format!(
        "@{}:registry={address}/npm/\n//{}/npm/:_authToken=${{GITHUB_TOKEN}}\n",
        owner.to_ascii_lowercase(),
        address.authority()
    );
    let file = folder.path().join(NPM_FILE);
    std::fs::write(&file, text).map_err(ClientError::file(&file))?;
    Ok(folder)
}
