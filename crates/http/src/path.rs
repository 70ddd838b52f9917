//! Paths are decoded once, here; whatever could be read in two ways is no path (`semantics` 13).

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// What stands in a decoded path for an encoded `/`. No path holds it otherwise, so no text of a route is met
/// by it; a parameter that takes the rest of a path reads it as the `/` that it is, and no other parameter
/// takes it.
pub(crate) const ENCODED_SLASH: char = '\u{1}';

/// The decoded path, or nothing for one that is answered as any unknown path is: empty segments, dot
/// segments, control characters, broken encodings, anything but UTF-8. An encoded `/` separates segments as a plain
/// one does and stays told apart from it ([`ENCODED_SLASH`]): GitHub's clients send names of refs and files so.
///
/// A path may end in one `/`, which is kept: a route either has it or not.
pub(crate) fn decoded(raw: &str) -> Option<Cow<'_, str>> {
    let segments = raw.strip_prefix('/')?;
    if !well_encoded(raw) {
        return None;
    }
    let mut slashes = false;
    let mut rest = segments.split('/').peekable();
    while let Some(segment) = rest.next() {
        let last = rest.peek().is_none();
        let segment = percent_decode_str(segment).decode_utf8().ok()?;
        if segment.is_empty() && last {
            continue;
        }
        // A path may end in one, encoded or not: beginnings of references do.
        let segment = match segment.strip_suffix('/') {
            Some(rest) if last && !rest.is_empty() => {
                slashes = true;
                Cow::Owned(rest.to_owned())
            }
            _ => segment,
        };
        let hostile = |part: &str| {
            matches!(part, "" | "." | "..") || part.chars().any(|c| c == '\\' || c.is_control())
        };
        if segment.split('/').any(hostile) {
            return None;
        }
        slashes |= segment.contains('/');
    }
    if !slashes {
        return percent_decode_str(raw).decode_utf8().ok();
    }
    let marked = raw.replace("%2F", "%01").replace("%2f", "%01");
    let decoded = percent_decode_str(&marked).decode_utf8().ok()?.into_owned();
    Some(Cow::Owned(decoded))
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
            ("/a%2Fb/c%2fd", "/a\u{1}b/c\u{1}d"),
            ("/a%252Fb%2Fc", "/a%2Fb\u{1}c"),
            ("/a%2F", "/a\u{1}"),
            ("/a/b%2Fc%2f", "/a/b\u{1}c\u{1}"),
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
            "/%2F",
            "/a/%2Fb",
            "/a%2F%2F",
            "/a%2F/",
            "/a%2F/b",
            "/a%2F%2Fb",
            "/a%2F..%2Fb",
            "/a%2f.",
            "/..%2Fa",
            "/a%2F%01",
            "/a%01b",
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
