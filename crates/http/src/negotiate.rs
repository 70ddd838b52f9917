//! What a client asks GitHub's operations to speak: the media type of the answer, and the version of the API.

use http::header::ACCEPT;
use http::{HeaderMap, StatusCode};
use jeton_domain::Time;

use crate::codes::Code;
use crate::refusal::Refused;

/// The version of GitHub's REST API whose shapes are answered, whichever a client names.
pub const VERSION: &str = "2022-11-28";
pub(crate) const ASKED_VERSION: &str = "x-github-api-version";

/// What can't be spoken is refused before anything is done.
///
/// A later version than ours is no fault: what clients read of it stands in ours too, and the answer names the version that
/// it has (`X-GitHub-Api-Version-Selected`). An earlier one never was; what is no date was meant otherwise.
pub(crate) fn refusal(headers: &HeaderMap) -> Option<Refused> {
    for value in headers.get_all(ASKED_VERSION) {
        if !value
            .to_str()
            .is_ok_and(|asked| is_date(asked) && asked >= VERSION)
        {
            let sentence =
                format!("`X-GitHub-Api-Version` is none that is known here: `{VERSION}` is.");
            return Some(Refused::new(StatusCode::BAD_REQUEST, sentence).reason(Code::ApiVersion));
        }
    }
    let mut accepted = headers.get_all(ACCEPT).iter().peekable();
    accepted.peek()?;
    let takes_json = accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        // gh 2.23 sends the header with nothing in it.
        .any(|range| range.trim().is_empty() || takes_json(range));
    (!takes_json).then(|| {
        let sentence = "`Accept` names no media type that this has: it is `application/json`.";
        Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, sentence).reason(Code::NotAcceptable)
    })
}

/// `2022-11-28`, and a day that there is.
fn is_date(text: &str) -> bool {
    text.len() == 10 && Time::parse_bound(text).is_some()
}

/// Whether one range of `Accept` takes JSON: it itself, a range over it, or a name of GitHub's, which all are JSON where a
/// route has no other form.
fn takes_json(range: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default().to_ascii_lowercase();
    let refused = parts.any(|part| {
        let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
        weight.is_some_and(|weight| weight.trim_end_matches(['0', '.']).is_empty())
    });
    let takes = matches!(
        media.as_str(),
        "*/*" | "application/*" | "application/json" | "text/json"
    ) || media.starts_with("application/vnd.github");
    takes && !refused
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn asked(name: &'static str, values: &[&str]) -> Option<StatusCode> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        refusal(&headers).map(|refused| refused.status)
    }

    #[test]
    fn whatever_takes_json_gets_it_and_nothing_else_does() {
        for accept in [
            &[][..],
            &["*/*"],
            &["application/json"],
            &[""],
            &[" , text/html"],
            &["Application/JSON; charset=utf-8"],
            &["application/vnd.github.v3+json"],
            &["application/vnd.github+json"],
            // gh 2.23 sends names of previews.
            &["application/vnd.github.nebula-preview"],
            &["text/html,application/xhtml+xml,*/*;q=0.8"],
            &["text/html", "application/*;q=0.1"],
            &["application/xml;q=0, application/json;q=1.0"],
        ] {
            assert_eq!(asked("accept", accept), None, "{accept:?}");
        }
        for accept in [
            &["text/html"][..],
            &["application/xml, text/plain"],
            &["application/json;q=0"],
            &["*/*;q=0.000"],
            &["json"],
            &["application/jsonp"],
            &["applicati\u{f6}n/json"],
        ] {
            assert_eq!(
                asked("accept", accept),
                Some(StatusCode::UNSUPPORTED_MEDIA_TYPE),
                "{accept:?}"
            );
        }
    }

    #[test]
    fn a_later_version_is_taken_and_what_never_was_is_not() {
        for version in ["2022-11-28", "2026-03-10", "2099-01-01"] {
            assert_eq!(asked(ASKED_VERSION, &[version]), None, "{version}");
        }
        for version in [
            "",
            "2022-11-27",
            "2022-13-45",
            "2008-04-10",
            "v3",
            "2026-03-10 ",
            "2026-3-100",
            "2026/03/10",
            "20260310--",
            "\u{661}\u{662}-11-28",
        ] {
            assert_eq!(
                asked(ASKED_VERSION, &[version]),
                Some(StatusCode::BAD_REQUEST),
                "{version:?}"
            );
        }
        // Two readers could take different ones.
        let twice = asked(ASKED_VERSION, &["2022-11-28", "x"]);
        assert_eq!(twice, Some(StatusCode::BAD_REQUEST));
    }
}
