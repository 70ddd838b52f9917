//! The secrets that a job is given, by its own token alone.

use super::list::own;
use crate::app::App;
use crate::call::Call;
use crate::error::AppError;
use crate::job_secrets::{GivenSecret, SecretsJob, give};

/// Gives the job whose token asks what it may have now. Each time is in the log.
pub fn secrets(app: &App, call: &Call) -> Result<Vec<GivenSecret>, AppError> {
    app.write(call, |unit, acting| {
        let job = own(unit, acting)?;
        let job = SecretsJob {
            repository: job.repository,
            opener: job.opener,
            fork: job.fork,
        };
        give(unit, acting, &job)
    })
}
