//! How much there is, without reading any of it: told of every repository that is shown.

use jeton_repo::Size;

use super::Reading;
use crate::error::AppError;

/// Files and folders of one repository that are counted.
const MOST_FILES: usize = 20_000;

/// Whether nobody pushed anything yet.
pub fn is_empty(reading: &Reading<'_>) -> Result<bool, AppError> {
    reading.is_empty()
}

/// What the repository takes on disk; nothing where it lies in too many files to count them for one question.
pub fn size(reading: &Reading<'_>) -> Result<Option<Size>, AppError> {
    let size = reading.data.size_on_disk(MOST_FILES);
    size.map_err(|error| AppError::Data(error.to_string()))
}

/// Whether somebody pushed this branch.
pub fn has_branch(reading: &Reading<'_>, name: &str) -> Result<bool, AppError> {
    let tip = reading.data.seen_tip(&format!("refs/heads/{name}"))?;
    Ok(tip.is_some())
}
