//! What a request's head says besides its credential.

use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue};
use percent_encoding::percent_decode;

/// What the client calls itself, cut to a length and fit to be shown.
pub(super) fn user_agent(headers: &HeaderMap) -> String {
    let agent = headers
        .get(USER_AGENT)
        .map_or(&b""[..], HeaderValue::as_bytes);
    let agent = String::from_utf8_lossy(agent.get(..200).unwrap_or(agent));
    jeton_domain::plain(&agent)
}

/// Names and values, decoded. What is not UTF-8 is replaced, and so matches nothing.
pub(super) fn parse_query(query: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode(text.as_bytes())
            .decode_utf8_lossy()
            .into_owned()
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}
