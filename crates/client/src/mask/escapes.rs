//! What characters stand for where programs write them otherwise.

/// What the beginning of a text is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It may become an escape.
    More,
    /// Its first byte stands for itself.
    Plain,
    /// So many bytes stand for these.
    Escape(usize, Vec<u8>),
}

/// The longest run of quotes that is read as one.
const QUOTES: usize = 8;
/// The longest name or number of an entity: `#x0010ffff`.
const NAME: usize = 10;

/// With backslashes: JSON, programming languages, and shells (`it\'s`, `$'\n'`).
pub(super) fn backslash(text: &[u8]) -> Step {
    let Some((b'\\', rest)) = text.split_first() else {
        return Step::Plain;
    };
    match rest {
        [] => Step::More,
        [b'u', digits @ ..] => unicode(digits).unwrap_or_else(|step| step),
        [b'x', digits @ ..] => byte(digits, 4),
        [b'0'..=b'7', ..] => octal(rest),
        [one, ..] => Step::Escape(2, vec![named(*one)]),
    }
}

fn named(letter: u8) -> u8 {
    match letter {
        b'a' => 0x07,
        b'b' => 0x08,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 0x0b,
        b'f' => 0x0c,
        b'r' => b'\r',
        b'e' | b'E' => 0x1b,
        itself => itself,
    }
}

/// Four digits, or twice four where two make a character.
fn unicode(digits: &[u8]) -> Result<Step, Step> {
    let first = number(digits, 4)?;
    if !(0xd800..0xdc00).contains(&first) {
        return Ok(character(6, first));
    }
    let second = match digits.get(4..).unwrap_or_default() {
        [] | [b'\\'] => return Ok(Step::More),
        [b'\\', b'u', digits @ ..] => number(digits, 4)?,
        _ => return Ok(Step::Plain),
    };
    Ok(if (0xdc00..0xe000).contains(&second) {
        character(12, 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))
    } else {
        Step::Plain
    })
}

fn octal(digits: &[u8]) -> Step {
    let all = digits.iter().take(3);
    let all = all.take_while(|digit| (b'0'..=b'7').contains(digit));
    let (length, value) = all.fold((0, 0), |(length, value), digit| {
        (length + 1, value * 8 + u32::from(digit - b'0'))
    });
    match u8::try_from(value) {
        _ if length < 3 && length == digits.len() => Step::More,
        Ok(byte) => Step::Escape(1 + length, vec![byte]),
        Err(_) => Step::Plain,
    }
}

/// As HTML and XML write them: `&quot;`, `&#39;`, `&#x27;`.
pub(super) fn entity(text: &[u8]) -> Step {
    let Some((b'&', rest)) = text.split_first() else {
        return Step::Plain;
    };
    let in_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'#';
    let length = rest.iter().take(NAME + 1).take_while(in_name).count();
    match rest.get(length) {
        None if length <= NAME => return Step::More,
        Some(b';') => {}
        _ => return Step::Plain,
    }
    let number = match rest.get(..length).unwrap_or_default() {
        b"quot" => Some(u32::from(b'"')),
        b"apos" => Some(u32::from(b'\'')),
        b"amp" => Some(u32::from(b'&')),
        b"lt" => Some(u32::from(b'<')),
        b"gt" => Some(u32::from(b'>')),
        [b'#', b'x' | b'X', digits @ ..] => of_digits(digits, 16),
        [b'#', digits @ ..] => of_digits(digits, 10),
        _ => None,
    };
    number.map_or(Step::Plain, |number| character(length + 2, number))
}

/// As addresses write them: `%3d`.
pub(super) fn percent(text: &[u8]) -> Step {
    match text {
        [b'%', digits @ ..] => byte(digits, 3),
        _ => Step::Plain,
    }
}

/// The same in forms, where a space is `+`.
pub(super) fn form(text: &[u8]) -> Step {
    match text {
        [b'+', ..] => Step::Escape(1, b" ".to_vec()),
        _ => percent(text),
    }
}

/// A quote inside of quotes, as shells write it: `'it'\''s'`, `'it'"'"'s'`.
pub(super) fn quote(text: &[u8]) -> Step {
    match text {
        [b'\''] | [b'\'', b'\\'] | [b'\'', b'\\', b'\''] => Step::More,
        [b'\'', b'\\', b'\'', b'\'', ..] => Step::Escape(4, b"'".to_vec()),
        [b'\'', b'"', rest @ ..] => {
            let quotes = rest.iter().take(QUOTES + 1);
            let quotes = quotes.take_while(|byte| **byte == b'\'').count();
            match rest.get(quotes..).unwrap_or_default() {
                [] | [b'"'] if quotes <= QUOTES => Step::More,
                [b'"', b'\'', ..] if quotes > 0 => Step::Escape(4 + quotes, vec![b'\''; quotes]),
                _ => Step::Plain,
            }
        }
        _ => Step::Plain,
    }
}

/// A byte by its two digits, at the end of an escape of this length.
fn byte(digits: &[u8], length: usize) -> Step {
    match number(digits, 2).map(u8::try_from) {
        Ok(Ok(byte)) => Step::Escape(length, vec![byte]),
        Ok(Err(_)) => Step::Plain,
        Err(step) => step,
    }
}

/// A number of so many hexadecimal digits; what it is instead, where it is none.
fn number(digits: &[u8], length: usize) -> Result<u32, Step> {
    let digits = digits.get(..length).unwrap_or(digits);
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(Step::Plain);
    }
    if digits.len() < length {
        return Err(Step::More);
    }
    of_digits(digits, 16).ok_or(Step::Plain)
}

fn of_digits(digits: &[u8], radix: u32) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok()?;
    u32::from_str_radix(digits, radix).ok()
}

fn character(length: usize, number: u32) -> Step {
    char::from_u32(number).map_or(Step::Plain, |character| {
        Step::Escape(length, character.to_string().into_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a whole text stands for.
    fn read(step: fn(&[u8]) -> Step, text: &str) -> String {
        let (mut rest, mut read) = (text.as_bytes(), Vec::new());
        while let Some((first, others)) = rest.split_first() {
            match step(rest) {
                Step::Escape(length, bytes) => {
                    read.extend(bytes);
                    rest = &rest[length..];
                }
                Step::More | Step::Plain => {
                    read.push(*first);
                    rest = others;
                }
            }
        }
        String::from_utf8(read).unwrap()
    }

    #[test]
    fn escapes_stand_for_characters() {
        for (text, meant) in [
            (r#"a\"b\\c\/d\ne\tf"#, "a\"b\\c/d\ne\tf"),
            (r"\u00e4\u00E4\ud83d\ude00\u003c", "ää😀<"),
            (
                r"it\'s\ a\$b\x7f\001\303\244\E[0m",
                "it's a$b\x7f\x01ä\x1b[0m",
            ),
            // None, or half of one.
            (
                r"\u00 \ud83d! \ud83d\u0041 \xg \777 \",
                r"\u00 \ud83d! \ud83dA \xg \777 \",
            ),
        ] {
            assert_eq!(read(backslash, text), meant);
        }
        for (text, meant) in [
            ("&quot;&#34;&#x22;&#39;&#x27;&#039;&apos;", "\"\"\"''''"),
            ("&amp;&lt;&gt;&#228;&#x1F600;", "&<>ä😀"),
            (
                "a && b &amp &nope; &#xd800; &; &#;",
                "a && b &amp &nope; &#xd800; &; &#;",
            ),
        ] {
            assert_eq!(read(entity, text), meant);
        }
        assert_eq!(read(percent, "a%20b%3D%3d%C3%a4+%%41% %4"), "a b==ä+%A% %4");
        assert_eq!(read(form, "a+b%2B"), "a b+");
        for (text, meant) in [
            (r"'it'\''s'", "'it's'"),
            (r"'a'\'''\''b'", "'a''b'"),
            (r#"'it'"'"'s' 'a'"''"'b'"#, "'it's' 'a''b'"),
            (r#"'a' '\' '"' '"'x"#, r#"'a' '\' '"' '"'x"#),
        ] {
            assert_eq!(read(quote, text), meant);
        }
    }
}
