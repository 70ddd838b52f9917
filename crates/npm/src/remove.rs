//! Removing packages and files.

use jeton_app::{App, AppError, Call, packages};
use jeton_http::{Answer, Input};
use serde_json::json;

pub(crate) fn package(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    packages::remove(app, call, Some(input.path("rev")))?;
    Ok(Answer::ok(&json!({ "ok": true })))
}

/// The revision says nothing about a file: what it holds never changes.
pub(crate) fn file(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    packages::remove_file(app, call, input.path("file"))?;
    Ok(Answer::ok(&json!({ "ok": true })))
}
