//! Jobs as they are shown.

use jeton_domain::TokenId;
use jeton_store::job_tokens::{self, JobRow};
use jeton_store::{ReadUnit, credentials, places};

use crate::app::App;
use crate::authenticate::Known;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::users::span;

/// A job with its names.
#[derive(Clone, Debug)]
pub struct JobView {
    /// As stored.
    pub row: JobRow,
    /// Who opened it.
    pub opener: String,
    /// Its repository, `owner/name`.
    pub repository: String,
    /// `open`, `ended` or `over`: ended by somebody, or by time.
    pub state: &'static str,
}

pub(crate) fn view_of(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    row: JobRow,
) -> Result<JobView, AppError> {
    let opener =
        credentials::holder(unit, row.opener)?.map_or_else(|| "ghost".to_owned(), |h| h.login);
    let names = places::full_names(unit, [row.repository])?;
    let state = match row.ended_at {
        Some(_) => "ended",
        None if row.ends_at.is_over_at(acting.now) => "over",
        None => "open",
    };
    Ok(JobView {
        repository: names.get(&row.repository).cloned().unwrap_or_default(),
        row,
        opener,
        state,
    })
}

/// A page of a repository's jobs, newest first, and how many there are.
pub fn list(
    app: &App,
    call: &Call,
    open: bool,
    (offset, count): (u64, u32),
) -> Result<(Vec<JobView>, u64), AppError> {
    app.read(call, |unit, acting| {
        let repository = acting.repository()?.id;
        let living = open.then_some(acting.now);
        let page = (span(offset), i64::from(count));
        let (rows, total) = job_tokens::of_repository(unit, repository, living, page)?;
        let views = rows.into_iter().map(|row| view_of(unit, acting, row));
        Ok((views.collect::<Result<_, _>>()?, total.unsigned_abs()))
    })
}

/// A job of the repository that the request names.
pub(crate) fn kept(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
) -> Result<JobRow, AppError> {
    let repository = acting.repository()?.id;
    job_tokens::by_token(unit, id)?
        .filter(|row| row.repository == repository)
        .ok_or(AppError::Missing("job"))
}

/// One of a repository's jobs.
pub fn show(app: &App, call: &Call, id: TokenId) -> Result<JobView, AppError> {
    app.read(call, |unit, acting| {
        let row = kept(unit, acting, id)?;
        view_of(unit, acting, row)
    })
}

/// The job whose token asks.
pub(crate) fn own(unit: &mut ReadUnit<'_>, acting: &Acting<'_>) -> Result<JobRow, AppError> {
    let token = acting.known().and_then(Known::token);
    let row = token.map(|id| job_tokens::by_token(unit, id)).transpose()?;
    row.flatten().ok_or(AppError::Missing("job"))
}

/// The job whose token asks.
pub fn oneself(app: &App, call: &Call) -> Result<JobView, AppError> {
    app.read(call, |unit, acting| {
        let row = own(unit, acting)?;
        view_of(unit, acting, row)
    })
}
