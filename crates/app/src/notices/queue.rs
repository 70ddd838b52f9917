//! What waits to be sent, and what could not be: for administrators of the site.

use jeton_domain::{Clean as _, Event, Id as _, Time};
use jeton_store::jobs::{self, JobRow};
use jeton_store::{JobId, ReadUnit, users};

use super::kind::Topic;
use super::tell::MailJob;
use crate::app::App;
use crate::call::Call;
use crate::error::AppError;

/// As many of each kind as are shown.
const SHOWN: i64 = 50;

/// A letter that waits, or came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedLetter {
    /// The job's number.
    pub id: JobId,
    /// Whom it is for: a login or an address; empty once it is over.
    pub to: String,
    /// What it is about, and no more: what happens inside an organization is its owners' business.
    pub topic: Option<Topic>,
    /// How often it was tried.
    pub tries: i64,
    /// When it is tried next.
    pub due_at: Time,
    /// When it was over.
    pub done_at: Option<Time>,
    /// How.
    pub outcome: String,
    /// What the mail server said.
    pub fault: String,
}

/// What waits, and what came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Mail goes out from here at all.
    pub sends: bool,
    /// The next to be tried.
    pub waiting: Vec<QueuedLetter>,
    /// How many wait.
    pub waiting_total: u64,
    /// The last that came to nothing.
    pub failed: Vec<QueuedLetter>,
    /// How many came to nothing, as long as it is kept.
    pub failed_total: u64,
}

/// What waits to be sent, and what could not be.
pub fn queue(app: &App, call: &Call) -> Result<Queue, AppError> {
    app.read(call, |unit, _| {
        let (waiting, waiting_total) = jobs::waiting(unit, SHOWN)?;
        let (failed, failed_total) = jobs::failed(unit, SHOWN)?;
        Ok(Queue {
            sends: app.sends_mail(),
            waiting: letters(unit, waiting)?,
            waiting_total: waiting_total.unsigned_abs(),
            failed: letters(unit, failed)?,
            failed_total: failed_total.unsigned_abs(),
        })
    })
}

fn letters(unit: &mut ReadUnit<'_>, rows: Vec<JobRow>) -> Result<Vec<QueuedLetter>, AppError> {
    rows.into_iter()
        .map(|row| {
            let mail: Option<MailJob> = serde_json::from_str(&row.payload).ok();
            let to = match &mail {
                Some(MailJob {
                    address: Some(address),
                    ..
                }) => address.clone(),
                Some(MailJob {
                    user: Some(user), ..
                }) => users::by_id(unit, *user)?.map_or_else(String::new, |user| user.login),
                _ => String::new(),
            };
            Ok(QueuedLetter {
                id: row.id,
                to: to.plain(),
                topic: mail.map(|mail| mail.notice.topic()),
                tries: row.attempts,
                due_at: row.due_at,
                done_at: row.done_at,
                outcome: row.outcome.unwrap_or_default(),
                fault: row.fault.unwrap_or_default(),
            })
        })
        .collect()
}

/// Has a letter that waits tried at once.
pub fn retry(app: &App, call: &Call, id: JobId) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        if !jobs::hurry(unit, id, acting.now)? {
            return Err(AppError::Missing("letter that waits"));
        }
        acting
            .record(Event::LetterRetry)
            .with("job_id", id.get())
            .write(unit)
    })
}
