//! What is particular to browsers: the session that a cookie holds, forms, who may send them, and the headers
//! that keep a page to itself.

use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HOST, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue};
use jeton_app::{App, Call, Carried, Presented};
use jeton_decide::CarrierFault;
use jeton_token::Ring;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use crate::answer::Answer;
use crate::cookie::SESSION;
use crate::json::JsonFault;
use crate::refusal::Refused;
use crate::route::Method;

/// The field of a form that names the session which it was made for.
pub const FORM_KEY: &str = "csrf";
/// Fields of one form: a token may select a thousand repositories.
const MOST_FIELDS: usize = 4096;
/// Scripts and styles come from this server's own files and from nowhere else; no page stands in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// A refusal at the pages' door, with what is needed to put it into a page.
#[derive(Clone, Debug)]
pub struct Faced {
    /// The refusal.
    pub refused: Refused,
    /// The request.
    pub call: Call,
    /// How it was asked.
    pub method: Method,
    /// The path and query of the request.
    pub path: String,
    /// The form that was sent, the field that names the session left out.
    pub form: Vec<(String, String)>,
    /// What forms of the answer carry.
    pub form_key: String,
    /// A token came: whoever sent it reads no pages, and is led to none.
    pub token: bool,
}

/// Puts a refusal into a page.
pub type Face = fn(&App, &Faced) -> Answer;

/// The fields of a form that was refused; lies beside the answer until the page is made.
#[derive(Clone, Debug)]
pub(crate) struct Posted(pub(crate) Vec<(String, String)>);

/// The session that a request carries.
///
/// SECURITY: a cookie that can't be a session is no credential that works, and so not nothing.
pub(crate) fn carried(headers: &HeaderMap, public_url: &str, ring: &Ring) -> Carried {
    match SESSION.of(headers, public_url) {
        None => Carried::Nothing,
        Some(value) => Presented::session(ring, value)
            .map_or(Carried::Faulty(CarrierFault::Malformed), Carried::Value),
    }
}

/// Whether a token came to a page.
pub(crate) fn holds_authorization(headers: &HeaderMap) -> bool {
    headers.contains_key(AUTHORIZATION)
}

/// Whether a form comes from a page of this server, as far as the browser tells.
///
/// Browsers that say nothing are let through to the form's own key: forms of nobody's session have none, and
/// those browsers are older than the cookie's `SameSite`.
pub(crate) fn is_own(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text(&HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(&ORIGIN) else {
        return true;
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    origin == public_url || host.is_some() && host == text(&HOST)
}

/// Whether a form was made for the session that sends it.
pub(crate) fn fits(form: &[(String, String)], key: &str) -> bool {
    let mut given = form.iter().filter(|(name, _)| name == FORM_KEY);
    match (given.next(), given.next()) {
        (Some((_, value)), None) => value.as_bytes().ct_eq(key.as_bytes()).into(),
        _ => false,
    }
}

/// Whether the body is called a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let media = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let media = media.and_then(|text| text.split(';').next()).map(str::trim);
    media.is_some_and(|m| m.eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

/// A form as an object of texts. A field that stands twice is refused: two readers could take different ones.
pub(crate) fn fields(headers: &HeaderMap, bytes: &[u8]) -> Result<Map<String, Value>, JsonFault> {
    let mut fields = Map::new();
    for (name, value) in form(headers, bytes)? {
        if fields.insert(name, Value::String(value)).is_some() {
            return Err(JsonFault::Form(
                "a field of the form stands twice".to_owned(),
            ));
        }
    }
    Ok(fields)
}

/// Reads a form. Line ends come as one character, whatever the browser sent.
pub(crate) fn form(headers: &HeaderMap, bytes: &[u8]) -> Result<Vec<(String, String)>, JsonFault> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    if !is_form(headers) || headers.contains_key(CONTENT_ENCODING) {
        let sentence = "a page takes `application/x-www-form-urlencoded`".to_owned();
        return Err(JsonFault::Media(sentence));
    }
    let broken = |what: &str| JsonFault::Form(what.to_owned());
    let decoded = |part: &[u8]| {
        let spaced: Vec<u8> = part
            .iter()
            .map(|byte| if *byte == b'+' { b' ' } else { *byte })
            .collect();
        let bytes: Vec<u8> = percent_encoding::percent_decode(&spaced).collect();
        String::from_utf8(bytes)
            .map(|text| text.replace("\r\n", "\n").replace('\r', "\n"))
            .map_err(|_| broken("the form is not UTF-8"))
    };
    let pairs = bytes.split(|byte| *byte == b'&').filter(|p| !p.is_empty());
    let mut fields = Vec::new();
    for pair in pairs {
        if fields.len() == MOST_FIELDS {
            return Err(broken("the form has too many fields"));
        }
        let at = pair.iter().position(|byte| *byte == b'=');
        let (name, value) = pair.split_at(at.unwrap_or(pair.len()));
        fields.push((decoded(name)?, decoded(value.get(1..).unwrap_or_default())?));
    }
    Ok(fields)
}

/// Whether a text is an address of this server's own, to be led to: one that begins with a single slash. Browsers read
/// a backslash as a slash, and drop line ends and tabs.
pub fn is_local(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|byte| (0x21..0x7f).contains(&byte))
}

/// Headers of every page.
pub(crate) fn guard(headers: &mut HeaderMap) {
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("x-frame-options", "DENY"),
        // Not `no-referrer`: browsers then send `Origin: null` with our own forms.
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    // But what is meant for others' pages says so itself.
    headers
        .entry("cross-origin-resource-policy")
        .or_insert(HeaderValue::from_static("same-origin"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        headers
    }

    #[test]
    fn a_form_of_another_site_is_none_of_ours() {
        let url = "https://git.example.org";
        for (own, pairs) in [
            (true, vec![("sec-fetch-site", "same-origin")]),
            (true, vec![("sec-fetch-site", "none")]),
            (false, vec![("sec-fetch-site", "same-site")]),
            (
                false,
                vec![("sec-fetch-site", "cross-site"), ("origin", url)],
            ),
            (true, vec![("origin", url)]),
            (
                false,
                vec![("origin", "https://git.example.org.evil.example")],
            ),
            (false, vec![("origin", "null"), ("host", "git.example.org")]),
            (
                false,
                vec![
                    ("origin", "https://evil.example"),
                    ("host", "git.example.org"),
                ],
            ),
            (
                true,
                vec![
                    ("origin", "http://127.0.0.1:3000"),
                    ("host", "127.0.0.1:3000"),
                ],
            ),
            (true, vec![]),
        ] {
            assert_eq!(is_own(&headers(&pairs), url), own, "{pairs:?}");
        }
    }

    #[test]
    fn a_form_is_read_as_browsers_write_it() {
        let head = headers(&[(
            "content-type",
            "application/x-www-form-urlencoded;charset=utf-8",
        )]);
        let read = |text: &str| form(&head, text.as_bytes());
        let pairs = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            let own = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
            list.iter().map(own).collect()
        };
        assert_eq!(
            read("a=1+2&a=%2B&b&=x&&c=%0D%0A").unwrap(),
            pairs(&[("a", "1 2"), ("a", "+"), ("b", ""), ("", "x"), ("c", "\n")])
        );
        assert!(matches!(read("a=%FF"), Err(JsonFault::Form(_))));
        let many = "a=1&".repeat(MOST_FIELDS + 1);
        assert!(matches!(read(&many), Err(JsonFault::Form(_))));
        assert!(matches!(
            form(&headers(&[("content-type", "multipart/form-data")]), b"a=1"),
            Err(JsonFault::Media(_))
        ));
    }

    #[test]
    fn only_a_path_of_ours_is_led_to() {
        for path in ["/", "/settings/tokens?a=b#c", "/-/confirm"] {
            assert!(is_local(path), "{path}");
        }
        for path in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/a b",
            "/\n/evil",
            "settings",
            "/é",
        ] {
            assert!(!is_local(path), "{path:?}");
        }
    }

    #[test]
    fn a_form_fits_its_own_session_alone() {
        let form = |keys: &[&str]| -> Vec<(String, String)> {
            keys.iter()
                .map(|key| ("csrf".to_owned(), (*key).to_owned()))
                .collect()
        };
        assert!(fits(&form(&["abc"]), "abc"));
        for wrong in [
            form(&[]),
            form(&["abd"]),
            form(&["abc", "abc"]),
            form(&[""]),
        ] {
            assert!(!fits(&wrong, "abc"), "{wrong:?}");
        }
    }
}
