//! In which forms a value can stand in what a program says.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters of the shortest value that is masked: shorter ones stand in any text by chance.
pub(crate) const LEAST: usize = 4;
/// The longest value, in bytes, that is masked in its encoded forms too, and as a whole where it has several lines.
const ENCODED: usize = 4096;

/// How many bytes stand in a line of base64 that programs break: 76 characters, and 64.
const LINES: [usize; 2] = [57, 48];

/// What stands in a query as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// What stands in a path as it is.
const PATH: &AsciiSet = &UNRESERVED
    .remove(b'/')
    .remove(b'+')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// Whether anything of a value is masked.
pub(crate) fn is_masked(value: &str) -> bool {
    !of(value).is_empty()
}

/// The forms of a value; none, where it is too short. A value of several lines is masked line by line, because programs
/// put something before each.
pub(super) fn of(value: &str) -> Vec<Vec<u8>> {
    let lines: Vec<&str> = value.lines().map(str::trim).collect();
    let mut forms = Vec::new();
    if lines.len() > 1 && value.len() > ENCODED {
        for line in lines {
            add(line, &mut forms);
        }
        return forms;
    }
    add(value, &mut forms);
    for line in lines {
        if line != value {
            add(line, &mut forms);
        }
    }
    forms
}

fn add(part: &str, forms: &mut Vec<Vec<u8>>) {
    if part.chars().count() < LEAST {
        return;
    }
    forms.push(part.as_bytes().to_vec());
    if part.len() > ENCODED {
        return;
    }
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        forms.push(engine.encode(part).into_bytes());
        for before in 0..3 {
            let whole = [&vec![0; before], part.as_bytes()].concat();
            let inner = 8 * before..8 * whole.len();
            // Characters that hang on the value alone, whatever stands before it and behind it: six bits each.
            let (from, to) = (inner.start.div_ceil(6), inner.end / 6);
            let encoded = engine.encode(whole).into_bytes();
            forms.extend(encoded.get(from..to).map(<[u8]>::to_vec));
        }
    }
    for line in LINES {
        let lines = part.as_bytes().chunks(line);
        let lines = lines.filter(|line| line.len() >= LEAST && line.len() < part.len());
        forms.extend(lines.map(|line| STANDARD_NO_PAD.encode(line).into_bytes()));
    }
    for kept in [NON_ALPHANUMERIC, UNRESERVED, PATH] {
        let encoded: String = utf8_percent_encode(part, kept).collect();
        forms.push(encoded.replace("%20", "+").into_bytes());
        forms.push(lower(&encoded));
        forms.push(encoded.into_bytes());
    }
}

/// With small letters in the escapes: `%3d`.
fn lower(encoded: &str) -> Vec<u8> {
    let mut pieces = encoded.split('%');
    let mut lower = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).unwrap_or((piece, ""));
        lower.push('%');
        lower.push_str(&digits.to_ascii_lowercase());
        lower.push_str(rest);
    }
    lower.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(value: &str, form: &str) -> bool {
        of(value).iter().any(|known| known == form.as_bytes())
    }

    #[test]
    fn short_values_have_no_forms() {
        for short in ["", "abc", "äöü", "a\n", "a\nb"] {
            assert!(!is_masked(short), "{short}");
        }
        assert!(is_masked("abcd") && is_masked("äöüß") && is_masked("a\nbc"));
    }

    #[test]
    fn encoded_forms_are_found_wherever_the_value_stands() {
        let value = "jts_a/b+c=d";
        for before in ["", "x", "xy", "xyz", "x-access-token:"] {
            for after in ["", "!", "!!"] {
                let text = STANDARD_NO_PAD.encode(format!("{before}{value}{after}"));
                let found = of(value).iter().any(|form| {
                    form.len() > 8 && text.contains(std::str::from_utf8(form).unwrap())
                });
                assert!(found, "{before}…{after}: {text}");
            }
        }
        assert!(holds(value, "jts%5Fa%2Fb%2Bc%3Dd"));
        assert!(holds(value, "jts_a%2Fb%2Bc%3Dd"));
        assert!(holds(value, "jts_a%2fb%2bc%3dd"));
        // As `base64` breaks it.
        let long = "x".repeat(100);
        assert!(holds(&long, &STANDARD_NO_PAD.encode(&long[..57])));
        assert!(holds(&long, &STANDARD_NO_PAD.encode(&long[57..])));
        assert!(holds("a b c", "a+b+c") && holds("a b c", "a%20b%20c"));
    }

    #[test]
    fn a_value_of_several_lines_is_masked_line_by_line() {
        let key = "-----BEGIN KEY-----\r\n  abcdefgh\nxy\n-----END KEY-----\n";
        for part in ["-----BEGIN KEY-----", "abcdefgh", "-----END KEY-----", key] {
            assert!(holds(key, part), "{part}");
        }
        assert!(!holds(key, "xy"));
        let long = format!("{}\nlast line", "x".repeat(ENCODED));
        assert!(holds(&long, "last line") && !holds(&long, &long));
    }
}
