//! Addresses of pages, with what stands in their queries.

use jeton_http::Input;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// A text as it stands in a query.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// The query of the request, with some parameters in the place of what they were.
pub(crate) fn with(input: &Input, changed: &[(&str, &str)]) -> String {
    let kept = input
        .queries()
        .iter()
        .filter(|(name, value)| !value.is_empty() && changed.iter().all(|(known, _)| known != name))
        .map(|(name, value)| (name.as_str(), value.as_str()));
    kept.chain(changed.iter().copied())
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect::<Vec<_>>()
        .join("&")
}

/// Whether a path is one of a route's.
pub(crate) fn fits(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(part), Some(segment)) if part == segment || part.starts_with('{') => {}
            _ => return false,
        }
    }
}
