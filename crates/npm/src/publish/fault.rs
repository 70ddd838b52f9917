//! Why what a client put was not taken.

use std::io;

use http::StatusCode;
use jeton_app::AppError;
use jeton_http::{BodyError, Code, Refused};

use super::document::{MOST_FILE, MOST_PART};

/// Why a document was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The body.
    #[error(transparent)]
    Body(BodyError),
    /// It is no JSON.
    #[error("the document is no JSON: {0}")]
    NotJson(String),
    /// What it says can't be.
    #[error("{0}")]
    Document(String),
    /// A part other than the file.
    #[error("a part of the document is larger than {} MiB", MOST_PART >> 20)]
    TooLarge,
    /// The file.
    #[error("the file is larger than {} MiB", MOST_FILE >> 20)]
    FileTooLarge,
    /// What is in the file.
    #[error("the file can't be taken: {0}")]
    File(String),
    /// The disk.
    #[error("the disk: {0}")]
    Disk(io::Error),
    /// The use case.
    #[error(transparent)]
    App(#[from] AppError),
}

impl Fault {
    /// As it is answered.
    pub(crate) fn refused(&self, app: &jeton_app::App, call: &jeton_app::Call) -> Refused {
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        match self {
            Self::App(error) => Refused::from_error(app, call.door, error, &call.request_id),
            Self::Body(error) => Refused::from_body(error),
            Self::NotJson(_) => {
                Refused::new(StatusCode::BAD_REQUEST, sentence(self)).reason(Code::NotJson)
            }
            Self::TooLarge | Self::FileTooLarge => {
                Refused::new(StatusCode::PAYLOAD_TOO_LARGE, sentence(self))
                    .reason(Code::BodyTooLarge)
            }
            Self::Document(_) | Self::File(_) => {
                Refused::new(unprocessable, sentence(self)).reason(Code::BadPackage)
            }
            Self::Disk(error) => {
                let error = if matches!(
                    error.kind(),
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
                ) {
                    AppError::DataFull(error.to_string())
                } else {
                    AppError::Data(error.to_string())
                };
                Refused::from_error(app, call.door, &error, &call.request_id)
            }
        }
    }
}

/// With a capital letter and a full stop.
fn sentence(fault: &Fault) -> String {
    let text = fault.to_string();
    let mut characters = text.chars();
    let first = characters
        .next()
        .map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), characters.as_str())
}
