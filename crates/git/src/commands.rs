//! The list of commands that a push begins with, looked at on its way to git.

use jeton_app::git::Seen;

/// The longest pkt-line, its length included.
pub(crate) const LONGEST: usize = 65_520;

/// So much of a word is kept: more than the longest that matters here.
const LONGEST_WORD: usize = 20;

/// Sees what git does not tell its hooks: whether a name in the list holds a line break, and what the client asks for. Keeps a
/// word; the pack behind the list is not looked at.
///
/// Git takes a name as it comes and checks it after `pre-receive`, which it has given a line for each
/// command. No git sends such a name. And of an atomic push git itself would let the other refs through where one is hidden.
#[derive(Debug, Default)]
pub(crate) struct CommandScan {
    state: State,
    /// The word that is being read, in what the client can do, cut to [`LONGEST_WORD`].
    word: Vec<u8>,
    /// Of that word, what stands behind `=` is not read.
    valued: bool,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// In the four digits: so many were read, with this value.
    Length(usize, usize),
    /// In a line: so many bytes are left of it; whether the one before was a line feed.
    Line(usize, bool),
    /// Behind the name, in what the client can do: so many bytes are left.
    Rest(usize),
    /// Behind a second null byte, where git reads no further: so many bytes are left of the line.
    Unread(usize),
    /// Behind the list, or in what is none and git refuses.
    Over,
}

impl Default for State {
    fn default() -> Self {
        Self::Length(0, 0)
    }
}

impl CommandScan {
    /// Takes the next piece of the body; what ended in it.
    pub(crate) fn take(&mut self, piece: &[u8]) -> Seen {
        let mut seen = Seen::default();
        for &byte in piece {
            if matches!(self.state, State::Over) {
                break;
            }
            self.state = self.step(byte, &mut seen);
        }
        seen
    }

    fn step(&mut self, byte: u8, seen: &mut Seen) -> State {
        match self.state {
            State::Length(read, value) => {
                let Some(digit) = char::from(byte).to_digit(16) else {
                    return State::Over;
                };
                let value = value * 16 + digit as usize;
                match (read, value) {
                    (0..3, _) => State::Length(read + 1, value),
                    (_, 5..=LONGEST) => State::Line(value - 4, false),
                    (_, 4) => State::default(),
                    // The flush, or what is no length of a line.
                    _ => State::Over,
                }
            }
            State::Line(left, broken) => {
                // A line may end in a line feed of its own.
                seen.line_break |= broken && byte != 0;
                match left {
                    1 => State::default(),
                    _ if byte == 0 => State::Rest(left - 1),
                    _ => State::Line(left - 1, byte == b'\n'),
                }
            }
            State::Rest(left) => {
                match byte {
                    b'=' => self.valued = true,
                    0 | b' ' | b'\t' | b'\n' | b'\r' => self.end_word(seen),
                    _ if !self.valued && self.word.len() < LONGEST_WORD => self.word.push(byte),
                    _ => {}
                }
                match left {
                    1 => {
                        self.end_word(seen);
                        State::default()
                    }
                    _ if byte == 0 => State::Unread(left - 1),
                    _ => State::Rest(left - 1),
                }
            }
            State::Unread(1) => State::default(),
            State::Unread(left) => State::Unread(left - 1),
            State::Over => State::Over,
        }
    }

    fn end_word(&mut self, seen: &mut Seen) {
        match self.word.as_slice() {
            b"atomic" => seen.atomic = true,
            b"report-status" | b"report-status-v2" => seen.report = true,
            _ => {}
        }
        self.word.clear();
        self.valued = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(body: &[u8]) -> Seen {
        let whole = CommandScan::default().take(body);
        let mut scan = CommandScan::default();
        let mut parts = Seen::default();
        for byte in body {
            let seen = scan.take(&[*byte]);
            parts.line_break |= seen.line_break;
            parts.atomic |= seen.atomic;
            parts.report |= seen.report;
        }
        assert_eq!(whole, parts);
        whole
    }

    fn found(body: &[u8]) -> bool {
        seen(body).line_break
    }

    fn line(text: &str) -> String {
        format!("{:04x}{text}", text.len() + 4)
    }

    #[test]
    fn a_break_inside_a_name_is_found_and_nothing_else() {
        let command = format!("{} {} refs/heads/", "0".repeat(40), "1".repeat(40));
        let first = line(&format!("{command}a\0 report-status agent=x\ny"));
        for fine in [
            String::new(),
            "0000".to_owned(),
            format!("{first}0000PACK\n\n0009a\nb"),
            format!("{first}{}0000", line(&format!("{command}b\n"))),
            format!("{}0000", line(&format!("{command}b\n\0 x"))),
            format!("0004{first}0000"),
            "nonsense\n\n".to_owned(),
            "0003\n\n".to_owned(),
            "ffff\n\n".to_owned(),
        ] {
            assert!(!found(fine.as_bytes()), "{fine:?}");
        }
        for broken in [
            format!("{}0000", line(&format!("{command}a\nb\0 report-status"))),
            format!("{first}{}0000", line(&format!("{command}b\n{command}c"))),
            format!("{first}{}0000", line(&format!("{command}b\n\n"))),
            format!("0004{}0000", line("a\nb")),
        ] {
            assert!(found(broken.as_bytes()), "{broken:?}");
        }
    }

    #[test]
    fn what_a_client_asks_for_are_words_behind_the_name() {
        let command = format!("{} {} refs/heads/", "0".repeat(40), "1".repeat(40));
        for (said, atomic, report) in [
            ("a\0 report-status atomic agent=x", true, true),
            ("a\0atomic", true, false),
            ("a\0atomic\n", true, false),
            ("a\0atomic\0 report-status", true, false),
            ("a\0atomic=1 x", true, false),
            ("a\0 report-status-v2 atomic", true, true),
            ("a\0 report-status", false, true),
            (
                "a\0 report-status-v3 report-statu xreport-status",
                false,
                false,
            ),
            ("a\0 notatomic atomically agent=atomic", false, false),
            ("a\0 agent=x=atomic report-status", false, true),
            ("a\0 atomicatomicatomicatomicatomic", false, false),
            ("atomic", false, false),
            ("a atomic \0 x", false, false),
        ] {
            let body = line(&format!("{command}{said}")) + "0000PACK atomic ";
            let expected = Seen {
                line_break: false,
                atomic,
                report,
            };
            assert_eq!(seen(body.as_bytes()), expected, "{said:?}");
        }
    }
}
