//! Ending a job before its time.

use jeton_domain::{Ending, Event, TokenId};
use jeton_store::job_tokens::JobRow;
use jeton_store::{ReadUnit, tokens};

use super::list::kept;
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::tokens as token_cases;

/// A job that can be ended.
pub fn may_end(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
) -> Result<JobRow, AppError> {
    kept(unit, acting, id)
}

/// Ends a job, its token and all that was made from that. Ending what is over changes nothing.
pub fn end(app: &App, call: &Call, id: TokenId) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let job = may_end(unit, acting, id)?;
        let row = tokens::find_also_deleted(unit, job.token)?.ok_or(AppError::Missing("job"))?;
        token_cases::end(unit, acting, &row, Ending::JobEnded, Event::JobEnd)
    })
}
