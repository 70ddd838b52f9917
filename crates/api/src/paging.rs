//! Pages of lists that are at hand whole, and parts of those that are walked by numbers.

use jeton_app::{AppError, Walked};
use jeton_http::{Answer, Field, Form, Input};
use serde_json::Value;

/// The items of the page that is asked for.
pub(crate) fn slice<'a, T>(input: &Input, items: &'a [T]) -> &'a [T] {
    let page = input.page();
    let from = usize::try_from(page.offset())
        .unwrap_or(usize::MAX)
        .min(items.len());
    let to = from.saturating_add(page.size as usize).min(items.len());
    items.get(from..to).unwrap_or_default()
}

/// The number behind which a list that is walked by numbers begins.
pub(crate) const SINCE: Field = Field::optional(
    "since",
    Form::Number,
    "Only what has a larger number; `Link` says the next.",
);

/// How long a part of such a list is.
pub(crate) const PER_PAGE: Field = Field::optional(
    "per_page",
    Form::Number,
    "How many at once: 30, if not said, and at most 100.",
);

/// The number behind which the list begins; all of them where nothing is said.
pub(crate) fn since(input: &Input) -> Result<i64, AppError> {
    Ok(input.query_number("since")?.unwrap_or(0))
}

/// A part of a list that is walked by numbers.
pub(crate) fn walked<T>(walked: &Walked<T>, shape: impl Fn(&T) -> Value) -> Answer {
    let items: Vec<Value> = walked.items.iter().map(shape).collect();
    Answer::ok(&items).onward("since", walked.next.map(|number| number.to_string()))
}
