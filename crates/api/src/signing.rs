//! Whom a commit or tag names, as requests say it.

use jeton_app::AppError;
use jeton_domain::Time;
use jeton_http::{Field, Form};
use jeton_repo::Signature;
use serde::Deserialize;

/// The longest name or address, in bytes.
const LONGEST: usize = 254;
/// The longest message, in bytes.
const LONGEST_MESSAGE: usize = 64 << 10;

/// The fields of somebody.
pub(crate) const PERSON: Form = Form::Record(&[
    Field::needed("name", Form::Text, "Their name."),
    Field::needed(
        "email",
        Form::Text,
        "Their address, as it will stand in the commit.",
    ),
    Field::optional("date", Form::Moment, "When; now where nothing is said."),
]);

/// Somebody, as they are given.
#[derive(Debug, Deserialize)]
pub(crate) struct Person {
    name: String,
    email: String,
    date: Option<String>,
}

impl Person {
    /// As it stands in a commit. `now`: the moment where none is given.
    pub(crate) fn signature(
        self,
        resource: &'static str,
        field: &'static str,
        now: Time,
    ) -> Result<Signature, AppError> {
        let odd = |text: &str| {
            text.trim().is_empty()
                || text.len() > LONGEST
                || text
                    .chars()
                    .any(|c| matches!(c, '<' | '>') || c.is_control())
        };
        if odd(&self.name) || odd(&self.email) {
            return Err(AppError::invalid(
                resource,
                field,
                "needs a name and an address of at most 254 bytes, without `<`, `>` and control characters",
            ));
        }
        let at = match self.date.as_deref() {
            None => now,
            Some(date) => Time::parse_iso(date).ok_or_else(|| {
                AppError::invalid(resource, field, "has a date before 1970 or behind 9999")
            })?,
        };
        Ok(Signature {
            name: self.name.trim().to_owned(),
            email: self.email.trim().to_owned(),
            seconds: at.micros().div_euclid(1_000_000),
        })
    }
}

/// Somebody who may be given.
pub(crate) fn given(
    person: Option<Person>,
    resource: &'static str,
    field: &'static str,
    now: Time,
) -> Result<Option<Signature>, AppError> {
    person
        .map(|person| person.signature(resource, field, now))
        .transpose()
}

/// What is said of a commit or tag.
pub(crate) fn message(resource: &'static str, message: String) -> Result<String, AppError> {
    if message.trim().is_empty() || message.len() > LONGEST_MESSAGE || message.contains('\0') {
        return Err(AppError::invalid(
            resource,
            "message",
            "is empty, longer than 64 KiB, or holds a NUL",
        ));
    }
    Ok(message)
}
