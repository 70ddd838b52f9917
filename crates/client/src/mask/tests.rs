//! What comes out of a stream that holds values, however they are written and wherever it is cut.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use super::escapes::Step;
use super::*;

/// What comes out where the stream arrives in these pieces.
fn masked(values: &Values, pieces: &[&[u8]]) -> Vec<u8> {
    let (mut mask, mut out) = (Mask::new(values), Vec::new());
    for piece in pieces {
        mask.take(piece, &mut out);
    }
    mask.end(&mut out);
    out
}

/// What comes out of a text, whole and byte by byte.
fn told(value: &str, text: &str) -> String {
    let values = Values::of([value]).unwrap();
    let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
    let out = masked(&values, &bytes);
    assert!(masked(&values, &[text.as_bytes()]) == out, "in one piece");
    String::from_utf8(out).unwrap()
}

#[test]
fn a_value_is_masked_wherever_it_is_cut() {
    let values = Values::of(["jts_secret", "secretly", "two\nlines of it", "it's\"ö"]).unwrap();
    let text =
        b"a jts_secretly b jts_secre c \xff\xfe jts_jts_secret lines of it: two\nlines of it \
        it's\\\"\\u00f6it%27s%22%C3%b6 it&#x27;s&quot;\xc3\xb6 'it'\\''s\"\xc3\xb6' it's\\\"\\u00";
    let whole = b"a *** b jts_secre c \xff\xfe jts_*** ***: *** *** *** '***' it's\\\"\\u00";
    for first in 0..=text.len() {
        for second in first..=text.len() {
            let pieces = [&text[..first], &text[first..second], &text[second..]];
            assert_eq!(masked(&values, &pieces), whole, "{first} {second}");
        }
    }
    let bytes: Vec<&[u8]> = text.chunks(1).collect();
    assert_eq!(masked(&values, &bytes), whole);
}

#[test]
fn what_can_be_no_beginning_goes_on_at_once() {
    let values = Values::of(["abcdef"]).unwrap();
    let (mut mask, mut out) = (Mask::new(&values), Vec::new());
    mask.take(b"Name? ", &mut out);
    assert_eq!(out, b"Name? ");
    mask.take(b"xabc", &mut out);
    assert_eq!(out, b"Name? x", "three bytes may become a value");
    mask.take(b"d!", &mut out);
    assert_eq!(out, b"Name? xabcd!");
    mask.take(b"abc", &mut out);
    mask.end(&mut out);
    assert_eq!(out, b"Name? xabcd!abc", "and did not");

    // In base64 it begins with the last letter of this line, which is no line of base64.
    let (mut mask, mut out) = (Mask::new(&values), Vec::new());
    mask.take(b"100% & more: OKAY\n", &mut out);
    assert_eq!(out, b"100% & more: OKAY\n");
}

#[test]
fn no_more_is_held_than_the_longest_value() {
    let long = "a".repeat(1000);
    let values = Values::of([long.as_str()]).unwrap();
    let (mut mask, mut out) = (Mask::new(&values), Vec::new());
    for _ in 0..100 {
        mask.take(&[b'a'; 999], &mut out);
        assert!(mask.held.len() <= 1000 && mask.covered.0.len() <= 1);
    }
    mask.end(&mut out);
    assert_eq!(out, MASK);
}

#[test]
fn too_much_is_refused() {
    let much = "x".repeat(MOST + 1);
    assert!(Values::of([much.as_str()]).is_err());
}

/// However a value is escaped, it is looked for once.
#[test]
fn a_large_value_costs_no_more_than_its_length() {
    let large = (b'!'..b'y').cycle().take(48 << 10).map(char::from);
    let large: String = large.collect();
    let forms = forms::of(&large);
    assert!(forms.base64.is_empty());
    assert!(forms.plain == [large.as_bytes()]);
    for text in written(&large).into_iter().take(ESCAPED) {
        assert!(told(&large, &format!("<{text}>")) == "<***>");
    }
}

#[test]
fn a_value_in_json_is_masked() {
    let value = "a/\"b\\c\n\t\u{1}äö€😀";
    for json in [
        r#"a/\"b\\c\n\t\u0001äö€😀"#,
        r#"a/\"b\\c\n\t\u0001\u00e4\u00f6\u20ac\ud83d\ude00"#,
        r#"a\/\"b\\c\u000a\u0009\u0001\u00E4\u00F6\u20AC\uD83D\uDE00"#,
    ] {
        let read: String = serde_json::from_str(&format!("\"{json}\"")).unwrap();
        assert_eq!(read, value);
        let text = format!("{{\"token\":\"{json}\"}}");
        assert_eq!(told(value, &text), "{\"token\":\"***\"}");
    }
    assert_eq!(told("a&b<c>", r"a\u0026b\u003cc\u003e"), "***");
}

#[test]
fn a_value_in_html_is_masked() {
    let value = "a\"b&c<d>e'f";
    for html in [
        "a&quot;b&amp;c&lt;d&gt;e&#x27;f",
        "a&quot;b&amp;c&lt;d&gt;e&#39;f",
        "a&#34;b&amp;c&lt;d&gt;e&#39;f",
        "a&quot;b&amp;c&lt;d&gt;e&#039;f",
        "a&quot;b&amp;c&lt;d&gt;e&apos;f",
        "a\"b&amp;c&lt;d&gt;e'f",
    ] {
        assert_eq!(told(value, &format!("<p>{html}</p>")), "<p>***</p>");
    }
}

#[test]
fn a_value_in_an_address_is_masked() {
    let value = "a b/c+d=ä~_e";
    for address in [
        "a%20b%2Fc%2Bd%3D%C3%A4~_e",
        "a%20b%2fc%2bd%3d%c3%a4~_e",
        "a+b%2Fc%2Bd%3D%C3%A4%7E%5Fe",
        "a+b%2fc%2bd%3d%c3%a4%7e_e",
        "a%20b/c+d=%C3%A4~_e",
    ] {
        let text = format!("/x?token={address}&y=1");
        assert_eq!(told(value, &text), "/x?token=***&y=1");
    }
}

/// The words of Bash are as `printf %q`, `set -x`, `declare -p` and `${…@Q}` print them; of dash as `export -p` does.
#[test]
fn a_value_in_quotes_of_a_shell_is_masked() {
    for (value, text, said) in [
        ("it's so", r"it\'s\ so", "***"),
        ("it's so", r"+ : 'it'\''s so'", "+ : '***'"),
        ("it's so", r#"export A='it'"'"'s so'"#, "export A='***'"),
        ("a''b'", r"'a'\'''\''b'\'''", "'***'"),
        ("a''b", r#"'a'"''"'b'"#, "'***'"),
        ("'lead", r"''\''lead'", "'***'"),
        (
            "a\"b$c`d\\e",
            r#"declare -x A="a\"b\$c\`d\\e""#,
            "declare -x A=\"***\"",
        ),
        ("a\"b$c`d\\e", r#"a\"b\$c\`d\\e"#, "***"),
        ("~a,{b}!^", r"\~a\,\{b\}\!\^", "***"),
        (
            "it's\n2\t\u{1}\u{1b}[0m\u{7f}",
            r"$'it\'s\n2\t\001\E[0m\177'",
            "$'***'",
        ),
        ("äö x", r"$'\303\244\303\266 x'", "$'***'"),
        // An octal number that the stream ends in.
        ("abc\u{1}", r"abc\1", "***"),
        ("abc\u{1}", r"abc\", r"abc\"),
    ] {
        assert_eq!(told(value, text), said);
    }
}

#[test]
fn base64_is_masked_wherever_the_value_stands_in_it() {
    let value = "jts_a/b+c=d?>~";
    for before in ["", "x", "xy", "xyz", "x-access-token:"] {
        for after in ["~", "~!", "~!!"] {
            let whole = format!("{before}{value}{after}");
            let (from, to) = inner(before, value);
            for text in [STANDARD.encode(&whole), URL_SAFE.encode(&whole)] {
                let said = format!("{}***{}", &text[..from], &text[to..]);
                assert_eq!(told(value, &text), said);
            }
        }
    }
    assert_eq!(told(value, &STANDARD_NO_PAD.encode(value)), "***");
}

#[test]
fn base64_in_lines_is_masked_wherever_they_break() {
    let value = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_".repeat(3);
    for before in [
        "",
        "x",
        "xy",
        "user:",
        "x-access-token:",
        &"b".repeat(46),
        &"b".repeat(56),
    ] {
        for width in [76, 64, 60] {
            for end in ["\n", "\r\n", "\n  ", "\\n", "\\r\\n"] {
                let text = STANDARD.encode(format!("{before}{value}~~"));
                let lines: Vec<&str> = (0..text.len())
                    .step_by(width)
                    .map(|at| &text[at..text.len().min(at + width)])
                    .collect();
                let (from, to) = inner(before, &value);
                let place = |at: usize| at + at / width * end.len();
                let lines = lines.join(end);
                let said = format!(
                    "{}***{}",
                    &lines[..place(from)],
                    &lines[place(to - 1) + 1..]
                );
                assert_eq!(told(&value, &lines), said, "{before} {width} {end:?}");
            }
        }
    }
    // Shorter lines are no lines of base64.
    let (short, text) = (&value[..45], STANDARD.encode(&value[..45]));
    let broken = |at: usize| format!("{}\n{}", &text[..at], &text[at..]);
    assert_eq!(told(short, &broken(40)), "***");
    assert_eq!(told(short, &broken(39)), broken(39));
    // Lines that something is put before, where the value is alone.
    let text = STANDARD_NO_PAD.encode(&value);
    let lines: Vec<String> = text
        .as_bytes()
        .chunks(76)
        .map(|line| format!("app | {}", std::str::from_utf8(line).unwrap()))
        .collect();
    assert_eq!(
        told(&value, &lines.join("\n")),
        "app | ***\napp | ***\napp | ***\napp | ***"
    );
}

/// From which character on, and up to which, base64 hangs on a value alone.
fn inner(before: &str, value: &str) -> (usize, usize) {
    let (from, to) = (before.len() * 8, (before.len() + value.len()) * 8);
    (from.div_ceil(6), to / 6)
}

/// How many of what `written` gives are escapes; the rest is base64.
const ESCAPED: usize = 12;

/// How programs write a value.
fn written(value: &str) -> Vec<String> {
    const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
    const PATH: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'"').add(b'<').add(b'>');
    let json = serde_json::to_string(value).unwrap();
    let json = json[1..json.len() - 1].to_owned();
    let units = |character: char| -> String {
        let mut units = [0; 2];
        let units = character.encode_utf16(&mut units).iter();
        units.fold(String::new(), |text, unit| format!("{text}\\u{unit:04x}"))
    };
    let ascii = json.chars().map(|one| {
        if one.is_ascii() {
            one.to_string()
        } else {
            units(one)
        }
    });
    let html = value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let query = utf8_percent_encode(value, QUERY).to_string();
    let special = |one: char| !one.is_ascii_alphanumeric();
    let word = |one: char| {
        if special(one) {
            format!("\\{one}")
        } else {
            one.to_string()
        }
    };
    let word: String = value.chars().map(word).collect();
    let base64 = STANDARD.encode(value);
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    vec![
        value.to_owned(),
        ascii.collect(),
        json,
        html.replace('"', "&quot;").replace('\'', "&#x27;"),
        html.replace('"', "&#34;").replace('\'', "&#39;"),
        html,
        lower(&query),
        query.replace("%20", "+"),
        utf8_percent_encode(value, PATH).to_string(),
        value.replace('\'', "'\\''"),
        value.replace('\'', "'\"'\"'"),
        word,
        lines.join("\r\n"),
        base64.trim_end_matches('=').to_owned(),
        URL_SAFE.encode(value),
    ]
}

/// The slow way: every byte that any form covers, wherever it stands in whatever the text is read as.
fn slowly(values: &[String], text: &[u8]) -> Vec<u8> {
    let mut covered = vec![false; text.len()];
    let forms: Vec<_> = values.iter().map(|value| forms::of(value)).collect();
    let mut cover = |read: &[(u8, usize, usize)], form: &[u8]| {
        for part in read.windows(form.len()) {
            if part
                .iter()
                .zip(form)
                .all(|(&(byte, ..), form)| byte == *form)
            {
                covered[part[0].1..part[part.len() - 1].2].fill(true);
            }
        }
    };
    for way in Way::ESCAPED.into_iter().chain([Way::Itself]) {
        let (mut read, mut at) = (Vec::new(), 0);
        while at < text.len() {
            // What the text ends in the middle of is no escape, but an octal number, which may be shorter.
            let rest = [&text[at..], &[NOWHERE]].concat();
            match way.step(&rest) {
                Step::Escape(length, bytes) => {
                    read.extend(bytes.iter().map(|byte| (*byte, at, at + length)));
                    at += length;
                }
                Step::More | Step::Plain => {
                    read.push((text[at], at, at + 1));
                    at += 1;
                }
            }
        }
        for form in forms.iter().flat_map(|forms| &forms.plain) {
            cover(&read, form);
        }
    }
    let joined = joined(text);
    for form in forms.iter().flat_map(|forms| &forms.base64) {
        cover(&joined, form);
    }
    let mut out = Vec::new();
    for (at, &byte) in text.iter().enumerate() {
        if !covered[at] {
            out.push(byte);
        } else if at == 0 || !covered[at - 1] {
            out.extend_from_slice(MASK);
        }
    }
    out
}

/// Base64 in one line.
fn joined(text: &[u8]) -> Vec<(u8, usize, usize)> {
    let (mut read, mut at, mut run, mut between) = (Vec::new(), 0, 0, false);
    while at < text.len() {
        let rest = &text[at..];
        let ends = [&b"\n"[..], b"\r", b"\\n", b"\\r"];
        let end = ends.into_iter().find(|end| rest.starts_with(end));
        if let Some(end) = end.filter(|_| between || run >= 40) {
            (at, run, between) = (at + end.len(), 0, true);
        } else if between && (rest[0] == b' ' || rest[0] == b'\t') {
            at += 1;
        } else {
            let byte = match rest[0] {
                b'-' => b'+',
                b'_' => b'/',
                byte => byte,
            };
            let is_base64 = byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
            run = if is_base64 { run + 1 } else { 0 };
            read.push((byte, at, at + 1));
            (at, between) = (at + 1, false);
        }
    }
    read
}

fn cut<'a>(whole: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(whole.len() + 1)).collect();
    cuts.extend([0, whole.len()]);
    cuts.sort_unstable();
    cuts.windows(2)
        .map(|pair| &whole[pair[0]..pair[1]])
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Few letters, so that values overlap, hold one another and begin in one another, and so do escapes.
    #[test]
    fn all_cuts_give_what_the_slow_way_gives(
        values in prop::collection::vec("[ab%\"'\\\\&ä\n]{1,7}|[ab]{60,70}", 1..5),
        text in prop::collection::vec("[abA-Z0-9=%\"'\\\\&;#+\n]{0,3}", 0..12),
        at in prop::collection::vec(any::<prop::sample::Index>(), 12),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut whole = Vec::new();
        for (piece, at) in text.iter().zip(&at) {
            whole.extend_from_slice(piece.as_bytes());
            let written = written(&values[at.index(values.len())]);
            whole.extend_from_slice(written[at.index(written.len())].as_bytes());
        }
        let known = Values::of(values.iter().map(String::as_str)).unwrap();
        let out = masked(&known, &cut(&whole, &cuts));
        prop_assert_eq!(&out, &slowly(&values, &whole));
        for value in values.iter().filter(|value| is_masked(value)) {
            prop_assert!(!out.windows(value.len()).any(|part| part == value.as_bytes()));
        }
    }

    #[test]
    fn a_value_is_masked_however_it_is_written(
        value in "[ab%\"'\\\\&<>ä€😀/+=~\t\n]{4,9}|[a-z_]{60,70}",
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let known = Values::of([value.as_str()]).unwrap();
        for text in written(&value) {
            let whole = format!("({text})");
            let out = masked(&known, &cut(whole.as_bytes(), &cuts));
            let out = String::from_utf8_lossy(&out).replace('=', "");
            prop_assert_eq!(out, "(***)", "{}", whole);
        }
    }
}

/// With small letters in the escapes: `%3d`.
fn lower(query: &str) -> String {
    let mut pieces = query.split('%');
    let first = pieces.next().unwrap().to_owned();
    pieces.fold(first, |text, piece| {
        let (digits, rest) = piece.split_at(2);
        format!("{text}%{}{rest}", digits.to_ascii_lowercase())
    })
}
