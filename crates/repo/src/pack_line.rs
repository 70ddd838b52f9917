//! Git's pkt-line framing: four hexadecimal digits of length, themselves counted, then the bytes.

/// The most bytes that one line can carry, its length digits not counted.
const MOST: usize = 65_516;

/// One line, or one of the two separators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// Bytes.
    Data(&'a [u8]),
    /// `0001`
    Delimiter,
    /// `0000`
    Flush,
}

/// What can be read at the beginning of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next<'a> {
    /// A line and what follows it.
    Line(Line<'a>, &'a [u8]),
    /// The bytes end inside a line.
    Cut,
    /// No pkt-line.
    Malformed,
}

/// Reads the first line of `bytes`.
pub(crate) fn next(bytes: &[u8]) -> Next<'_> {
    let Some((digits, rest)) = bytes.split_first_chunk::<4>() else {
        return Next::Cut;
    };
    // `from_str_radix` takes a sign; a length is digits only.
    let length = match std::str::from_utf8(digits) {
        Ok(text) if digits.iter().all(u8::is_ascii_hexdigit) => usize::from_str_radix(text, 16),
        _ => return Next::Malformed,
    };
    match length {
        Ok(0) => Next::Line(Line::Flush, rest),
        Ok(1) => Next::Line(Line::Delimiter, rest),
        Ok(length @ 4..) if length - 4 <= MOST => match rest.split_at_checked(length - 4) {
            Some((data, rest)) => Next::Line(Line::Data(data), rest),
            None => Next::Cut,
        },
        _ => Next::Malformed,
    }
}

/// Appends a line. `false`, and nothing appended, when it is too long for one.
pub(crate) fn push(out: &mut Vec<u8>, parts: &[&[u8]]) -> bool {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    if length > MOST {
        return false;
    }
    out.extend_from_slice(format!("{:04x}", length + 4).as_bytes());
    for part in parts {
        out.extend_from_slice(part);
    }
    true
}

/// Appends `0000`.
pub(crate) fn flush(out: &mut Vec<u8>) {
    out.extend_from_slice(b"0000");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_they_were_written() {
        let mut out = Vec::new();
        assert!(push(&mut out, &[b"command=", b"ls-refs\n"]));
        flush(&mut out);
        assert_eq!(out, b"0014command=ls-refs\n0000");
        assert_eq!(
            next(&out),
            Next::Line(Line::Data(b"command=ls-refs\n"), b"0000")
        );
        assert_eq!(next(b"00010000"), Next::Line(Line::Delimiter, b"0000"));
        assert_eq!(next(b"0004x"), Next::Line(Line::Data(b""), b"x"));
        assert!(!push(&mut out, &[&vec![0; MOST + 1]]));
        assert_eq!(out.len(), 24);
    }

    #[test]
    fn what_is_no_line_is_refused() {
        for bytes in [
            &b"+004"[..],
            b"-001",
            b" 004",
            b"00g0",
            b"0002",
            b"0003",
            b"fff1",
            b"\xff\xff\xff\xff",
        ] {
            assert_eq!(next(bytes), Next::Malformed, "{bytes:?}");
        }
        for bytes in [&b""[..], b"000", b"0005", b"0014command"] {
            assert_eq!(next(bytes), Next::Cut, "{bytes:?}");
        }
    }
}
