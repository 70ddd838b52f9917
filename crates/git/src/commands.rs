//! The list of commands that a push begins with, looked at on its way to git.

/// The longest pkt-line, its length included.
const LONGEST: usize = 65_520;

/// Sees whether a name in the list holds a line break. No memory; the pack behind the list is not looked at.
///
/// Git takes a name as it comes and checks it after `pre-receive`, which it has given a line for each
/// command. No git sends such a name.
#[derive(Debug, Default)]
pub(crate) struct CommandScan {
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// In the four digits: so many were read, with this value.
    Length(usize, usize),
    /// In a line: so many bytes are left of it; whether the one before was a line feed.
    Line(usize, bool),
    /// Behind the name, in what the client can do: so many bytes are left.
    Rest(usize),
    /// Behind the list, or in what is none and git refuses.
    Over,
}

impl Default for State {
    fn default() -> Self {
        Self::Length(0, 0)
    }
}

impl CommandScan {
    /// Takes the next piece of the body; whether a line break ended in it.
    pub(crate) fn take(&mut self, piece: &[u8]) -> bool {
        let mut found = false;
        for &byte in piece {
            if matches!(self.state, State::Over) {
                break;
            }
            self.state = step(self.state, byte, &mut found);
        }
        found
    }
}

fn step(state: State, byte: u8, found: &mut bool) -> State {
    match state {
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
            *found |= broken && byte != 0;
            match left {
                1 => State::default(),
                _ if byte == 0 => State::Rest(left - 1),
                _ => State::Line(left - 1, byte == b'\n'),
            }
        }
        State::Rest(1) => State::default(),
        State::Rest(left) => State::Rest(left - 1),
        State::Over => State::Over,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(body: &[u8]) -> bool {
        let whole = CommandScan::default().take(body);
        let mut scan = CommandScan::default();
        let mut parts = false;
        for byte in body {
            parts |= scan.take(&[*byte]);
        }
        assert_eq!(whole, parts);
        whole
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
}
