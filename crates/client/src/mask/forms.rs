//! In which forms a value is looked for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// The characters of the shortest value that is masked: shorter ones stand in any text by chance.
pub(crate) const LEAST: usize = 4;
/// The longest value, in bytes, that is masked in base64 too, and as a whole where it has several lines.
const ENCODED: usize = 4096;

/// How many bytes stand in a line of base64 that programs break: 76 characters, and 64. Lines that something is put
/// before can't be joined.
const LINES: [usize; 2] = [57, 48];

/// What is looked for.
#[derive(Default)]
pub(super) struct Forms {
    /// However it is written: itself.
    pub(super) plain: Vec<Vec<u8>>,
    /// In base64 of the standard alphabet.
    pub(super) base64: Vec<Vec<u8>>,
}

/// Whether anything of a value is masked.
pub(crate) fn is_masked(value: &str) -> bool {
    !of(value).plain.is_empty()
}

/// The forms of a value; none, where it is too short. A value of several lines is masked line by line, because programs
/// put something before each.
pub(super) fn of(value: &str) -> Forms {
    let lines: Vec<&str> = value.lines().map(str::trim).collect();
    let mut forms = Forms::default();
    if lines.len() > 1 && value.len() > ENCODED {
        for line in lines {
            forms.add(line);
        }
        return forms;
    }
    forms.add(value);
    for line in lines {
        if line != value {
            forms.add(line);
        }
    }
    forms
}

impl Forms {
    fn add(&mut self, part: &str) {
        if part.chars().count() < LEAST {
            return;
        }
        self.plain.push(part.as_bytes().to_vec());
        if part.len() > ENCODED {
            return;
        }
        self.base64.push(STANDARD_NO_PAD.encode(part).into_bytes());
        for before in 0..3 {
            let whole = [&vec![0; before], part.as_bytes()].concat();
            let inner = 8 * before..8 * whole.len();
            // Characters that hang on the value alone, whatever stands before it and behind it: six bits each.
            let (from, to) = (inner.start.div_ceil(6), inner.end / 6);
            let encoded = STANDARD_NO_PAD.encode(whole).into_bytes();
            self.base64
                .extend(encoded.get(from..to).map(<[u8]>::to_vec));
        }
        for line in LINES {
            let lines = part.as_bytes().chunks(line);
            let lines = lines.filter(|line| line.len() >= LEAST && line.len() < part.len());
            let lines = lines.map(|line| STANDARD_NO_PAD.encode(line).into_bytes());
            self.base64.extend(lines);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(value: &str, form: &str) -> bool {
        of(value).plain.iter().any(|known| known == form.as_bytes())
    }

    #[test]
    fn short_values_have_no_forms() {
        for short in ["", "abc", "äöü", "a\n", "a\nb"] {
            assert!(!is_masked(short), "{short}");
        }
        assert!(is_masked("abcd") && is_masked("äöüß") && is_masked("a\nbc"));
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
