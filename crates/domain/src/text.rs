//! Free text is hostile in terminals, logs and mails too (law 15).

/// Text that holds no control and no bidirectional formatting character.
pub trait Clean {
    /// The text with each such character left out, and line ends and tabs as single spaces.
    fn plain(&self) -> String;
}

impl Clean for str {
    fn plain(&self) -> String {
        plain(self)
    }
}

/// Whether a text holds nothing that [`plain`] would leave out; line ends and tabs may stand in it.
pub fn is_plain(text: &str) -> bool {
    text.chars()
        .all(|c| matches!(c, '\n' | '\r' | '\t') || !(c.is_control() || is_formatting(c)))
}

/// See [`Clean::plain`].
pub fn plain(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\n' | '\r' | '\t' => Some(' '),
            c if c.is_control() || is_formatting(c) => None,
            c => Some(c),
        })
        .collect()
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|half| char::from_digit(half.into(), 16))
        .collect()
}

/// Characters that show nothing of their own, or change how others are shown: bidirectional
/// marks, embeddings, overrides and isolates, zero-width characters, soft hyphens and fillers, an empty Braille cell, line and
/// paragraph separators, interlinear marks, and the invisible 'tag' block.
fn is_formatting(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A number with its thing: `1 repository`, `2 repositories`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The first `most` of these names, and how many more there are: `a, b and 3 more`. Nothing, where none is known.
pub fn first_of(names: &[String], total: usize, most: usize) -> String {
    let shown: Vec<&str> = names.iter().take(most).map(String::as_str).collect();
    match total.saturating_sub(shown.len()) {
        _ if shown.is_empty() => String::new(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_names_its_first_and_says_how_many_more_there_are() {
        let names = ["a", "b", "c"].map(ToOwned::to_owned);
        assert_eq!(first_of(&names, 3, 3), "a, b, c");
        assert_eq!(first_of(&names, 3, 2), "a, b and 1 more");
        assert_eq!(
            first_of(&names, 5, 5),
            "a, b, c and 2 more",
            "two have no name here"
        );
        assert_eq!(first_of(&[], 5, 5), "");
    }

    #[test]
    fn terminal_sequences_and_bidi_marks_are_left_out() {
        assert_eq!(plain("a\u{1b}[31mb\u{202e}c\u{200b}\u{7}"), "a[31mbc");
        assert_eq!(plain("two\nlines\tand a tab"), "two lines and a tab");
        assert!(!is_plain("\u{202e}") && !is_plain("\u{1b}[31m") && is_plain("two\nlines — 漢字"));
        assert_eq!(plain("naïve — 漢字"), "naïve — 漢字");
    }
}
