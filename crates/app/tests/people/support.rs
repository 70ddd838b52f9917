//! How tests look at what came out.

#![allow(
    dead_code,
    clippy::needless_pass_by_value,
    reason = "more than one test binary takes what it needs, and hands over what it has no use for"
)]

use jeton_app::{AppError, Call};
use jeton_testkit::Kit;

/// Status and reason of a refusal.
pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T, AppError>) -> (u16, &'static str) {
    match result {
        Err(AppError::Refused(refusal)) => {
            (refusal.denial.status.code(), refusal.denial.reason.code())
        }
        other => panic!("not refused: {other:?}"),
    }
}

/// The stable word of a conflict.
pub(crate) fn conflict<T: std::fmt::Debug>(result: Result<T, AppError>) -> &'static str {
    match result {
        Err(AppError::Conflict { code, .. }) => code,
        other => panic!("no conflict: {other:?}"),
    }
}

/// Field and code of the one fault.
pub(crate) fn fault<T: std::fmt::Debug>(
    result: Result<T, AppError>,
) -> (&'static str, &'static str) {
    match result {
        Err(AppError::Invalid(faults)) => match faults.as_slice() {
            [one] => match &one.field {
                std::borrow::Cow::Borrowed(field) => (field, one.code),
                std::borrow::Cow::Owned(other) => panic!("no field of ours: `{other}`"),
            },
            other => panic!("{other:?}"),
        },
        other => panic!("not invalid: {other:?}"),
    }
}

/// The present name that an earlier one leads to.
pub(crate) fn leads<T: std::fmt::Debug>(result: Result<T, AppError>) -> String {
    match result {
        Err(AppError::Moved { owner, name }) => match name {
            Some(name) => format!("{owner}/{name}"),
            None => owner,
        },
        other => panic!("leads nowhere: {other:?}"),
    }
}

pub(crate) fn is_missing<T: std::fmt::Debug>(result: Result<T, AppError>) -> bool {
    matches!(result, Err(AppError::Missing(_)))
}

pub(crate) fn is_forbidden<T: std::fmt::Debug>(result: Result<T, AppError>) -> bool {
    matches!(result, Err(AppError::Forbidden(_)))
}

/// Whether a call is permitted, decided from the caches where they have it: what a door asks.
pub(crate) fn permitted(kit: &Kit, call: &Call) -> bool {
    kit.app().permit(call).is_ok()
}

/// The log's events in order.
pub(crate) fn events(kit: &Kit) -> Vec<String> {
    let rows = kit
        .store()
        .read(|unit| unit.all("SELECT event FROM audit ORDER BY seq, n", &[]))
        .unwrap();
    rows.iter().map(|row| row.get(0).unwrap()).collect()
}

/// Numbers of rows, for what a use case must have taken away.
pub(crate) fn count(kit: &Kit, sql: &'static str) -> i64 {
    kit.store().read(|unit| unit.number(sql, &[])).unwrap()
}
