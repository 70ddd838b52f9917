//! Reading Rust source as text: what is code, what is a comment, a string or a test.
//!
//! Enough of the lexical rules to blank out what a law does not speak about; every blanked character becomes a space, so
//! that line numbers stay.

/// What stays readable beside code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Only code: comments and the contents of strings are blanked.
    Code,
    /// Code and the contents of strings; only comments are blanked.
    Strings,
}

/// The part of a source file that ships: without comments and without items marked `#[cfg(test)]`.
pub(crate) fn shipped(source: &str, keep: Keep) -> String {
    let code = blank(source, Keep::Code);
    let mut text = match keep {
        Keep::Code => code.clone(),
        Keep::Strings => blank(source, keep),
    };
    for (from, to) in test_items(&code) {
        for place in text.iter_mut().take(to).skip(from) {
            if *place != '\n' {
                *place = ' ';
            }
        }
    }
    text.into_iter().collect()
}

/// The lines (counted from 1) of `text` in which `needle` stands.
pub(crate) fn lines_with<'a>(text: &'a str, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
    lines_where(text, move |line| line.contains(needle))
}

/// The lines (counted from 1) of `text` that a test picks.
pub(crate) fn lines_where<'a>(
    text: &'a str,
    pick: impl Fn(&str) -> bool + 'a,
) -> impl Iterator<Item = usize> + 'a {
    text.lines()
        .enumerate()
        .filter(move |(_, line)| pick(line))
        .map(|(index, _)| index + 1)
}

/// Whether `word` stands in `line` as a whole word.
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line
            .get(at + word.len()..)
            .and_then(|text| text.chars().next());
        !before.is_some_and(in_word) && !after.is_some_and(in_word)
    })
}

/// Whether `c` can stand inside a name.
pub(crate) fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn blank(source: &str, keep: Keep) -> Vec<char> {
    let input: Vec<char> = source.chars().collect();
    let mut output = input.clone();
    let mut at = 0;
    while let Some(&c) = input.get(at) {
        let next = input.get(at + 1).copied();
        let (end, hide) = match (c, next) {
            ('/', Some('/')) => (end_of_line(&input, at), true),
            ('/', Some('*')) => (end_of_block(&input, at), true),
            ('"', _) => (end_of_string(&input, at), keep == Keep::Code),
            ('r', Some('"' | '#')) if starts_raw(&input, at) => {
                (end_of_raw(&input, at), keep == Keep::Code)
            }
            ('\'', _) => {
                let end = end_of_char(&input, at);
                (end, keep == Keep::Code && end > at + 1)
            }
            _ => (at + 1, false),
        };
        if hide {
            for place in output.iter_mut().take(end).skip(at) {
                if *place != '\n' {
                    *place = ' ';
                }
            }
        }
        at = end.max(at + 1);
    }
    output
}

fn end_of_line(input: &[char], from: usize) -> usize {
    (from..input.len())
        .find(|&at| input.get(at) == Some(&'\n'))
        .unwrap_or(input.len())
}

/// Block comments nest.
fn end_of_block(input: &[char], from: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = from;
    while let Some(&c) = input.get(at) {
        match (c, input.get(at + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                at += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    input.len()
}

fn end_of_string(input: &[char], from: usize) -> usize {
    let mut at = from + 1;
    while let Some(&c) = input.get(at) {
        match c {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    input.len()
}

/// `r"`, `r#"`, with `b` or `c` before it; not the end of a longer name and not a raw identifier.
fn starts_raw(input: &[char], at: usize) -> bool {
    let before = |steps: usize| at.checked_sub(steps).and_then(|place| input.get(place));
    let alone = match before(1) {
        Some('b' | 'c') => !before(2).is_some_and(|&c| in_word(c)),
        Some(&c) => !in_word(c),
        None => true,
    };
    let hashes = input.iter().skip(at + 1).take_while(|&&c| c == '#').count();
    alone && input.get(at + 1 + hashes) == Some(&'"')
}

fn end_of_raw(input: &[char], from: usize) -> usize {
    let hashes = input
        .iter()
        .skip(from + 1)
        .take_while(|&&c| c == '#')
        .count();
    let mut at = from + 2 + hashes;
    while let Some(&c) = input.get(at) {
        let closing = input.iter().skip(at + 1).take(hashes);
        if c == '"' && closing.filter(|&&c| c == '#').count() == hashes {
            return at + 1 + hashes;
        }
        at += 1;
    }
    input.len()
}

/// A character literal, or only the quote of a lifetime.
fn end_of_char(input: &[char], from: usize) -> usize {
    match (input.get(from + 1), input.get(from + 2)) {
        (Some('\\'), _) => (from + 3..input.len())
            .find(|&at| input.get(at) == Some(&'\''))
            .map_or(input.len(), |at| at + 1),
        (Some(_), Some('\'')) => from + 3,
        _ => from + 1,
    }
}

/// Where the items marked `#[cfg(test)]` begin and end.
fn test_items(code: &[char]) -> Vec<(usize, usize)> {
    let mark: Vec<char> = "#[cfg(test)]".chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at + mark.len() <= code.len() {
        if code.get(at..at + mark.len()) == Some(mark.as_slice()) {
            let end = end_of_item(code, at + mark.len());
            found.push((at, end));
            at = end;
        } else {
            at += 1;
        }
    }
    found
}

/// An item ends at its first `;` outside brackets, or at the brace that closes its first one.
fn end_of_item(code: &[char], from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, &c) in code.iter().enumerate().skip(from) {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_blanked_and_lines_stay() {
        let source = "a(); // std::env\n/* x /* y */ unsafe */ b(\"SELECT \\\" x\");\nc(r#\"quote \" in\"#, 'x', '\\'', b\"z\");\nfn f<'a>(v: &'a str) {}\n";
        let code = shipped(source, Keep::Code);
        assert_eq!(code.lines().count(), source.lines().count());
        for hidden in ["std::env", "unsafe", "SELECT", "quote", "z"] {
            assert!(!code.contains(hidden), "`{hidden}` in {code}");
        }
        for kept in ["a();", "b(", "fn f<'a>(v: &'a str) {}"] {
            assert!(code.contains(kept), "no `{kept}` in {code}");
        }
        let strings = shipped(source, Keep::Strings);
        assert!(strings.contains("SELECT") && strings.contains("quote \" in"));
        assert!(!strings.contains("std::env") && !strings.contains("unsafe"));
    }

    #[test]
    fn items_marked_as_tests_do_not_ship() {
        let source = "#[cfg(test)]\nuse std::fs;\nfn ships() { let a = [1; 2]; }\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n  fn t() -> [u8; 2] { \"}\"; panic!() }\n}\nfn after() {}\n";
        let code = shipped(source, Keep::Code);
        assert!(!code.contains("fs") && !code.contains("panic") && !code.contains("allow"));
        assert!(code.contains("fn ships") && code.contains("fn after"));
        assert_eq!(lines_with(&code, "fn after").collect::<Vec<_>>(), [9]);
    }

    #[test]
    fn words_are_whole() {
        assert!(has_word("pub unsafe fn", "unsafe"));
        assert!(!has_word("unsafe_code", "unsafe"));
        assert!(!has_word("is_unsafe", "unsafe"));
    }
}
