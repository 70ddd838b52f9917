//! Paths are decoded once, here; whatever could be read in two ways is no path (`semantics` 13).

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The decoded path, or nothing for one that is answered as any unknown path is: empty segments, dot
/// segments, encoded separators, control characters, broken encodings, anything but UTF-8.
///
/// A path may end in one `/`, which is kept: a route either has it or not.
pub(crate) fn decoded(raw: &str) -> Option<Cow<'_, str>> {
    let segments = raw.strip_prefix('/')?;
    if !well_encoded(raw) {
        return None;
    }
    let mut rest = segments.split('/').peekable();
    while let Some(segment) = rest.next() {
        let last = rest.peek().is_none();
        let segment = percent_decode_str(segment).decode_utf8().ok()?;
        let dots = matches!(segment.as_ref(), "." | "..");
        if dots
            || segment.is_empty() && !last
            || segment
                .chars()
                .any(|c| matches!(c, '/' | '\\') || c.is_control())
        {
            return None;
        }
    }
    percent_decode_str(raw).decode_utf8().ok()
}

/// Each `%` is followed by two hexadecimal digits.
fn well_encoded(raw: &str) -> bool {
    raw.split('%').skip(1).all(|after| {
        after
            .as_bytes()
            .first_chunk::<2>()
            .is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_paths_are_decoded_once() {
        for (raw, path) in [
            ("/", "/"),
            ("/api/v3/", "/api/v3/"),
            ("/alta3/labs.git/info/refs", "/alta3/labs.git/info/refs"),
            ("/alta3/l%61bs", "/alta3/labs"),
            ("/a/%252F", "/a/%2F"),
            ("/a/na%C3%AFve", "/a/naïve"),
            ("/a/...", "/a/..."),
            ("/a/.b", "/a/.b"),
        ] {
            assert_eq!(decoded(raw).as_deref(), Some(path), "{raw}");
        }
    }

    #[test]
    fn hostile_paths_are_none() {
        for raw in [
            "",
            "a",
            "*",
            "//",
            "//a",
            "/a//b",
            "/a//",
            "/.",
            "/..",
            "/a/../b",
            "/a/.",
            "/a/./b",
            "/%2e%2e/b",
            "/%2E",
            "/a/.%2e",
            "/a%2Fb",
            "/a%2fb",
            "/a%5Cb",
            "/a%5cb",
            "/a\\b",
            "/a%00",
            "/a%0a",
            "/a%0D",
            "/a%1b",
            "/a%7f",
            "/%",
            "/a%2",
            "/a%zz",
            "/a%%32%46",
            "/a%ff",
            "/a%c0%af",
            "/a%e2%80",
            "/a%C2%85",
        ] {
            assert_eq!(decoded(raw), None, "{raw}");
        }
    }
}
