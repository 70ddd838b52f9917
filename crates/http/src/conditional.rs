//! Conditional reads: what an answer is known by (`ETag`), and who has it already (`If-None-Match`).

use http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH, LINK};
use http::{HeaderMap, HeaderValue, StatusCode};
use jeton_domain::hex;
use sha2::{Digest as _, Sha256};

use crate::body::{Body, Response};

/// The tags that a request names as known to it. Nothing, where it names none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known(Vec<HeaderValue>);

impl Known {
    /// What a request's headers name.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self(headers.get_all(IF_NONE_MATCH).iter().cloned().collect())
    }

    /// Whether a tag is among them, by the weak comparison of RFC 9110, 8.8.3.2. `*` is any answer that there is.
    pub(crate) fn holds(&self, tag: &str) -> bool {
        self.0
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|list| list.split(','))
            .map(str::trim)
            .any(|one| one == "*" || opaque(one) == opaque(tag))
    }
}

/// A tag without its sign of weakness. No tag of ours has a comma in it, so that lists may be split at each.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// Names an answer by its body and by the pages beside it. Who knows it already gets the head alone, with 304.
///
/// SECURITY: to be asked with the answer that was permitted and made, so that a 304 tells no more than the 200 would.
pub(crate) fn tagged(mut response: Response, bytes: &[u8], known: &Known) -> Response {
    let mut digest = Sha256::new();
    digest.update(bytes);
    // A page may stay the same while others come behind it.
    if let Some(link) = response.headers().get(LINK) {
        digest.update([0]);
        digest.update(link.as_bytes());
    }
    let tag = format!("W/\"{}\"", hex(&digest.finalize()));
    let is_known = known.holds(&tag);
    let Ok(value) = HeaderValue::try_from(tag) else {
        return response;
    };
    response.headers_mut().insert(ETAG, value);
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().remove(CONTENT_TYPE);
        *response.body_mut() = Body::empty();
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(values: &[&str]) -> Known {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IF_NONE_MATCH, HeaderValue::from_str(value).unwrap());
        }
        Known::of(&headers)
    }

    #[test]
    fn tags_are_compared_weakly_and_in_lists() {
        for (values, holds) in [
            (&["W/\"a\""][..], true),
            (&["\"a\""], true),
            (&["\"b\", W/\"a\""], true),
            (&["\"b\"", "\"c\",\"a\""], true),
            (&["*"], true),
            (&[" * "], true),
            (&[], false),
            (&[""], false),
            (&["a"], false),
            (&["\"b\""], false),
            (&["\"a"], false),
            (&["w/\"a\""], false),
            (&["\"a\";"], false),
            (&[",,,"], false),
        ] {
            assert_eq!(known(values).holds("W/\"a\""), holds, "{values:?}");
        }
        let mut binary = HeaderMap::new();
        let bytes = HeaderValue::from_bytes(b"W/\"a\"\xff").unwrap();
        binary.append(IF_NONE_MATCH, bytes);
        assert!(!Known::of(&binary).holds("W/\"a\""));
    }

    #[test]
    fn the_pages_beside_an_answer_are_part_of_what_it_is_known_by() {
        let tag = |body: &'static str, link: Option<&'static str>| {
            let mut response = Response::new(Body::whole(body));
            if let Some(link) = link {
                let headers = response.headers_mut();
                headers.insert(LINK, HeaderValue::from_static(link));
            }
            let response = tagged(response, body.as_bytes(), &Known::default());
            response.headers().get(ETAG).unwrap().clone()
        };
        assert_eq!(tag("[]", None), tag("[]", None));
        assert_ne!(tag("[]", None), tag("[1]", None));
        assert_ne!(tag("[]", None), tag("[]", Some("<x>; rel=\"next\"")));
    }
}
