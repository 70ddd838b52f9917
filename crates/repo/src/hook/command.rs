//! What a push wants done to one reference, as git says it.

use crate::Oid;

/// One line of a push: this reference from here to there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefCommand {
    /// Full name of the reference, as the client sent it: see [`super::check_ref_name`], which refuses
    /// what stands here for bytes that are no UTF-8.
    pub name: String,
    /// What it pointed to; the null id where it is new.
    pub old: Oid,
    /// What it is to point to; the null id where it is to go.
    pub new: Oid,
}

/// What is no line of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// Not `old new name`.
    #[error("a line must be two object ids and a name")]
    Shape,
    /// An id that is none.
    #[error("an object id is forty lower-case hexadecimal digits")]
    Id,
}

impl RefCommand {
    /// A change of a reference from what it points to, if there is one, to what it is to point to, if it is to stay.
    pub fn change(name: String, old: Option<Oid>, new: Option<Oid>) -> Self {
        let null = Oid::null(gix::hash::Kind::Sha1);
        Self {
            name,
            old: old.unwrap_or(null),
            new: new.unwrap_or(null),
        }
    }

    /// Whether the reference is new.
    pub fn is_create(&self) -> bool {
        self.old.is_null()
    }

    /// Whether the reference is to go.
    pub fn is_delete(&self) -> bool {
        self.new.is_null()
    }

    /// Reads the lines that git gives `pre-receive`.
    pub(super) fn parse_all(lines: &[u8]) -> Result<Vec<Self>, CommandError> {
        let Some(lines) = lines.strip_suffix(b"\n") else {
            return Err(CommandError::Shape);
        };
        lines
            .split(|&byte| byte == b'\n')
            .map(Self::parse)
            .collect()
    }

    fn parse(line: &[u8]) -> Result<Self, CommandError> {
        // Git checks a name later, so it may hold anything but a line break, spaces too.
        let mut parts = line.splitn(3, |&byte| byte == b' ');
        let (Some(old), Some(new), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(CommandError::Shape);
        };
        if name.is_empty() {
            return Err(CommandError::Shape);
        }
        Ok(Self {
            name: String::from_utf8_lossy(name).into_owned(),
            old: id(old)?,
            new: id(new)?,
        })
    }
}

fn id(hex: &[u8]) -> Result<Oid, CommandError> {
    let plain = hex.len() == 40
        && hex
            .iter()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !plain {
        return Err(CommandError::Id);
    }
    Oid::from_hex(hex).map_err(|_| CommandError::Id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "1234567890123456789012345678901234567890";
    const NULL: &str = "0000000000000000000000000000000000000000";

    #[test]
    fn lines_are_read() {
        let lines = format!("{NULL} {A} refs/heads/new\n{A} {NULL} refs/heads/old\n");
        let commands = RefCommand::parse_all(lines.as_bytes()).unwrap();
        assert_eq!(commands.len(), 2);
        assert!(commands[0].is_create() && !commands[0].is_delete());
        assert!(commands[1].is_delete() && !commands[1].is_create());
        assert_eq!(commands[1].name, "refs/heads/old");
        assert_eq!(commands[0].new.to_string(), A);
    }

    #[test]
    fn anything_else_is_refused() {
        for (lines, error) in [
            (String::new(), CommandError::Shape),
            ("\n".to_owned(), CommandError::Shape),
            (format!("{A} {A} refs/heads/x"), CommandError::Shape),
            (format!("{A} {A} refs/heads/x\ny\n"), CommandError::Shape),
            (format!("{A} {A} \n"), CommandError::Shape),
            (format!("{A} {A}\n"), CommandError::Shape),
            (format!("{A} {A} refs/heads/x\n\n"), CommandError::Shape),
            (
                format!("{} {A} refs/heads/x\n", "A".repeat(40)),
                CommandError::Id,
            ),
            (format!("{} {A} refs/heads/x\n", &A[1..]), CommandError::Id),
            (format!("{A}0 {A} refs/heads/x\n"), CommandError::Id),
        ] {
            assert_eq!(
                RefCommand::parse_all(lines.as_bytes()),
                Err(error),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn a_name_is_taken_whole_for_the_check_to_refuse() {
        let head = format!("{A} {A} refs/heads/");
        for (name, read) in [(&b"x y"[..], "x y"), (b" ", " "), (b"\xff", "\u{fffd}")] {
            let line = [head.as_bytes(), name, b"\n"].concat();
            let [command] = &RefCommand::parse_all(&line).unwrap()[..] else {
                panic!("one line");
            };
            assert_eq!(command.name, format!("refs/heads/{read}"));
            assert!(super::super::check_ref_name(&command.name).is_err());
        }
    }
}
