//! Paths inside a repository, as clients give them.

/// The longest path, in bytes: as long as systems take.
const MOST_BYTES: usize = 4096;
/// Bytes of a name, as Linux, macOS and Windows take it.
const MOST_NAME: usize = 255;
/// Parts of a path to write to.
const MOST_DEPTH: usize = 100;

/// What is wrong with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathFault {
    /// An empty part, `.` or `..`, a control character.
    #[error("has a part that is empty, `.`, `..`, or holds a control character")]
    Part,
    /// A part that means git's own folder to some system.
    #[error("has a part that git keeps for itself: `.git` and what some systems take for it")]
    GitsOwn,
    /// Longer than is taken.
    #[error("has more than {MOST_BYTES} bytes")]
    TooLong,
    /// A name that no common file system takes.
    #[error("has a part of more than {MOST_NAME} bytes")]
    LongName,
    /// More folders in one another than is taken: git itself refuses to read what is deeper still.
    #[error("has more than {MOST_DEPTH} parts")]
    TooDeep,
}

/// A path of one part at least, relative to the uppermost folder.
///
/// INVARIANT: no part is empty, `.` or `..`, or holds `/` or a control character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(String);

impl TreePath {
    /// A path to look at.
    pub fn parse(text: &str) -> Result<Self, PathFault> {
        if text.len() > MOST_BYTES {
            return Err(PathFault::TooLong);
        }
        let bad =
            |part: &str| matches!(part, "" | "." | "..") || part.chars().any(char::is_control);
        if text.split('/').any(bad) {
            return Err(PathFault::Part);
        }
        Ok(Self(text.to_owned()))
    }

    /// A path to write to: git's own folder, in the spellings that some file system takes for it, is refused
    /// by us with a sentence; git refuses it too.
    pub fn parse_new(text: &str) -> Result<Self, PathFault> {
        let path = Self::parse(text)?;
        if path.parts().any(is_gits_own) {
            return Err(PathFault::GitsOwn);
        }
        if path.parts().any(|part| part.len() > MOST_NAME) {
            return Err(PathFault::LongName);
        }
        if path.parts().count() > MOST_DEPTH {
            return Err(PathFault::TooDeep);
        }
        Ok(path)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// From the uppermost folder on.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// The last part.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// Where a link leads that stands here and says `target`; nothing, if that is not inside.
    pub fn linked(&self, target: &str) -> Option<Self> {
        let mut parts: Vec<&str> = self.parts().collect();
        parts.pop();
        for part in target.split('/') {
            match part {
                ".." => drop(parts.pop()?),
                "." => {}
                // An absolute one too.
                "" => return None,
                part => parts.push(part),
            }
        }
        Self::parse(&parts.join("/")).ok()
    }
}

/// As git's own check does it, and a little wider: letters of either case, with what Windows and macOS leave out.
fn is_gits_own(part: &str) -> bool {
    let seen: String = part
        .chars()
        // What macOS does not see in a name.
        .filter(|c| !matches!(*c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}'))
        .collect::<String>()
        .to_ascii_lowercase();
    let seen = seen.split(':').next().unwrap_or_default();
    matches!(seen.trim_end_matches([' ', '.']), ".git" | "git~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_paths_are_none() {
        for text in [
            "",
            "/",
            "/etc/passwd",
            "a/",
            "a//b",
            ".",
            "..",
            "a/../b",
            "./a",
            "a/.",
            "a\0b",
            "a\nb",
            "a/\u{7f}",
        ] {
            assert_eq!(TreePath::parse(text), Err(PathFault::Part), "{text:?}");
        }
        assert_eq!(TreePath::parse(&"a/".repeat(3000)), Err(PathFault::TooLong));
        for text in [
            ".git",
            ".GIT/config",
            "a/.git/hooks",
            ".git ",
            ".git.",
            ".git . .",
            "git~1",
            "GIT~1/x",
            ".g\u{200c}it",
            ".git::$INDEX_ALLOCATION/x",
        ] {
            assert_eq!(
                TreePath::parse_new(text),
                Err(PathFault::GitsOwn),
                "{text:?}"
            );
        }
        for text in [
            "a",
            "a/b c/d",
            "...",
            "-x",
            ".github/workflows/ci.yml",
            "ä/ö",
            "git",
            "a\\b",
            ".gitignore",
            "x.git",
        ] {
            assert_eq!(TreePath::parse_new(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_link_leads_to_what_is_inside_or_nowhere() {
        let at = TreePath::parse("docs/latest/link").unwrap();
        let leads = |target: &str| at.linked(target).map(|path| path.as_str().to_owned());
        assert_eq!(leads("file").as_deref(), Some("docs/latest/file"));
        assert_eq!(leads("../file").as_deref(), Some("docs/file"));
        assert_eq!(leads("./../../a").as_deref(), Some("a"));
        for outside in [
            "../../../a",
            "/etc/passwd",
            "",
            "a//b",
            "../..",
            "x\0y",
            "a/",
        ] {
            assert_eq!(leads(outside), None, "{outside:?}");
        }
    }
}
