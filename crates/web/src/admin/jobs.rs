//! Letters that wait, and letters that could not be sent.

use askama::Template;
use jeton_app::notices::{self, QueuedLetter};
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{Event, Id, Operation};
use jeton_http::{Answer, Input, Method, Names, Route};
use jeton_store::JobId;

use super::{JOBS, admin_page};
use crate::operation::page_changing;
use crate::review::counted;
use crate::{Frame, Said, Visit};

static PAGE: Operation = admin_page("page.jobs", "Show letters that wait or could not be sent.");
static RETRY: Operation = page_changing(
    admin_page("page.job_retry", "Have a letter that waits tried at once."),
    &[Event::LetterRetry],
);

pub(super) const ROUTES: &[Route] = &[
    Route::new(Method::Get, JOBS, &PAGE, Names::Site, show),
    Route::new(
        Method::Post,
        "/admin/jobs/{job_id}/retry",
        &RETRY,
        Names::Site,
        retry,
    ),
];

struct Letter {
    id: i64,
    to: String,
    topic: &'static str,
    tries: String,
    when: String,
    how: &'static str,
    fault: String,
}

#[derive(Template)]
#[template(path = "admin/jobs.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
    sends: bool,
    waiting: Vec<Letter>,
    waiting_words: String,
    failed: Vec<Letter>,
    failed_words: String,
}

/// How it ended, for who has to mend it.
fn how(outcome: &str) -> &'static str {
    match outcome {
        "refused" => "The mail server refused it for good.",
        "gave_up" => "It was tried for days.",
        "unknown" => "It was handed over, and no answer came: it may have arrived.",
        _ => "It could not be read any more.",
    }
}

fn letter(letter: QueuedLetter) -> Letter {
    Letter {
        id: letter.id.get(),
        to: letter.to,
        topic: letter.topic.map_or("", notices::Topic::name),
        tries: counted(letter.tries.unsigned_abs(), "try", "tries"),
        when: letter.done_at.unwrap_or(letter.due_at).minute(),
        how: how(&letter.outcome),
        fault: letter.fault,
    }
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let queue = notices::queue(app, &visit.to(&PAGE, Named::Site))?;
    visit.page(
        200,
        &Page {
            frame: visit.frame("Letters"),
            menu: JOBS,
            sends: queue.sends,
            waiting_words: counted(queue.waiting_total, "letter waits", "letters wait"),
            waiting: queue.waiting.into_iter().map(letter).collect(),
            failed_words: counted(
                queue.failed_total,
                "letter could not be sent",
                "letters could not be sent",
            ),
            failed: queue.failed.into_iter().map(letter).collect(),
        },
    )
}

fn retry(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let id = JobId::from_i64(input.id("job_id")?).ok_or(AppError::Missing("letter"))?;
    notices::retry(app, call, id)?;
    Ok(Said::LETTER_RETRIED.redirect(app, JOBS))
}
