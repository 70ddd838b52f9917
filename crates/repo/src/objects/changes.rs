//! What one tree has that another has not: files, lines, patches.

use std::collections::HashMap;
use std::time::Duration;

use super::read::Mode;
use super::{Objects, ObjectsError};
use crate::Oid;
use crate::questions::Bounds;

/// The most files of a change that are told.
pub const MOST_CHANGES: usize = 3_000;

/// Git's lists of what changed.
const LISTED: Bounds = Bounds {
    bytes: 16 << 20,
    time: Duration::from_secs(20),
    cut: true,
};

/// The patches of one change together; those beyond are left out.
const PATCHED: Bounds = Bounds {
    bytes: 4 << 20,
    time: Duration::from_secs(20),
    cut: true,
};

/// The folder that holds nothing, which git knows without having it.
const NOTHING: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was not there before.
    Added,
    /// It is not there any more.
    Removed,
    /// It holds something else, or is something else.
    Modified,
    /// It has another name.
    Renamed,
}

impl ChangeKind {
    /// The word in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Modified => "modified",
            Self::Renamed => "renamed",
        }
    }
}

/// One file that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its path, now or last. What is not UTF-8 is shown with replacements.
    pub path: String,
    /// Its path before, where that was another.
    pub previous: Option<String>,
    /// What became of it.
    pub kind: ChangeKind,
    /// What it is now, or was last.
    pub mode: Mode,
    /// What it holds now, or held last.
    pub id: Oid,
    /// Lines that came; nothing for what is no text.
    pub additions: u64,
    /// Lines that went.
    pub deletions: u64,
    /// The lines, in git's form without its head; nothing for what is no text, or too long to be told.
    pub patch: Option<String>,
}

/// What changed, in git's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// [`MOST_CHANGES`] at most.
    pub files: Vec<Change>,
    /// Lines that came, in the files that are told.
    pub additions: u64,
    /// Lines that went.
    pub deletions: u64,
}

const FLAGS: [&str; 8] = [
    "diff-tree",
    "-r",
    "-M",
    "--no-commit-id",
    "--full-index",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
];

impl Objects<'_> {
    /// What `new` has that `old`, or nothing at all, has not. Both are commits or folders.
    pub fn changes(&self, old: Option<Oid>, new: Oid) -> Result<Changes, ObjectsError> {
        let ends = ends(old, new);
        let ask = |flags: &[&str], bounds| {
            let arguments: Vec<&str> = FLAGS
                .iter()
                .chain(flags)
                .copied()
                .chain(ends.iter().map(String::as_str))
                .collect();
            self.questions
                .ask(&self.repository, &arguments, b"", bounds)
        };
        let mut files = raw(&ask(&["--raw", "-z"], LISTED)?);
        let lines = numbers(&ask(&["--numstat", "-z"], LISTED)?);
        let mut patches = patches(&ask(&["--patch"], PATCHED)?);
        let mut changes = Changes::default();
        for file in &mut files {
            if let Some(Some((additions, deletions))) = lines.get(&file.path) {
                (file.additions, file.deletions) = (*additions, *deletions);
                changes.additions += additions;
                changes.deletions += deletions;
                file.patch = patches.remove(&file.path);
            }
        }
        changes.files = files;
        Ok(changes)
    }

    /// The same as `git diff` prints it: at most so many bytes, or [`crate::AskError::TooMuch`].
    pub fn diff(&self, old: Option<Oid>, new: Oid, most: usize) -> Result<Vec<u8>, ObjectsError> {
        let ends = ends(old, new);
        let mut arguments: Vec<&str> = FLAGS.to_vec();
        arguments.push("--patch");
        arguments.extend(ends.iter().map(String::as_str));
        let bounds = Bounds {
            bytes: most,
            cut: false,
            ..PATCHED
        };
        Ok(self
            .questions
            .ask(&self.repository, &arguments, b"", bounds)?)
    }

    /// Commits as letters, as `git format-patch` prints them, oldest first: `base..head`, or `head` alone.
    pub fn letters(
        &self,
        base: Option<Oid>,
        head: Oid,
        most: usize,
    ) -> Result<Vec<u8>, ObjectsError> {
        let range = base.map_or_else(|| head.to_string(), |base| format!("{base}..{head}"));
        let mut arguments = vec![
            "format-patch",
            "--stdout",
            "--no-signature",
            "--no-ext-diff",
            "--no-textconv",
        ];
        if base.is_none() {
            arguments.push("-1");
        }
        arguments.extend([range.as_str(), "--"]);
        let bounds = Bounds {
            bytes: most,
            cut: false,
            ..PATCHED
        };
        Ok(self
            .questions
            .ask(&self.repository, &arguments, b"", bounds)?)
    }
}

fn ends(old: Option<Oid>, new: Oid) -> [String; 3] {
    let old = old.map_or_else(|| NOTHING.to_owned(), |old| old.to_string());
    [old, new.to_string(), "--".to_owned()]
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `:100644 100755 <id> <id> M\0path\0`, and two paths for `R100`. A list that was cut ends with the last whole one.
fn raw(listed: &[u8]) -> Vec<Change> {
    let mut files = Vec::new();
    let mut fields = listed.split(|byte| *byte == 0);
    while let Some(head) = fields.next()
        && files.len() < MOST_CHANGES
    {
        let head = shown(head);
        let parts: Vec<&str> = head.trim_start_matches(':').split(' ').collect();
        let [old_mode, new_mode, old, new, status] = parts.as_slice() else {
            break;
        };
        let Some(first) = fields.next() else {
            break;
        };
        let renamed = status.starts_with('R');
        let (path, previous) = match renamed.then(|| fields.next()) {
            None => (shown(first), None),
            Some(Some(second)) => (shown(second), Some(shown(first))),
            Some(None) => break,
        };
        let kind = match status.chars().next() {
            Some('A') => ChangeKind::Added,
            Some('D') => ChangeKind::Removed,
            Some('R') => ChangeKind::Renamed,
            _ => ChangeKind::Modified,
        };
        let (mode, id) = if kind == ChangeKind::Removed {
            (old_mode, old)
        } else {
            (new_mode, new)
        };
        let (Some(mode), Ok(id)) = (Mode::parse(mode), Oid::from_hex(id.as_bytes())) else {
            continue;
        };
        files.push(Change {
            path,
            previous,
            kind,
            mode,
            id,
            additions: 0,
            deletions: 0,
            patch: None,
        });
    }
    files
}

/// `3\t1\tpath\0`, and `3\t1\t\0before\0now\0`; dashes for what is no text.
fn numbers(listed: &[u8]) -> HashMap<String, Option<(u64, u64)>> {
    let mut found = HashMap::new();
    let mut fields = listed.split(|byte| *byte == 0);
    while let Some(line) = fields.next() {
        let mut parts = line.splitn(3, |byte| *byte == b'\t');
        let (Some(came), Some(went), Some(path)) = (parts.next(), parts.next(), parts.next())
        else {
            break;
        };
        let path = if path.is_empty() {
            match fields.nth(1) {
                Some(now) => shown(now),
                None => break,
            }
        } else {
            shown(path)
        };
        let count = |digits: &[u8]| shown(digits).parse::<u64>().ok();
        found.insert(path, count(came).zip(count(went)));
    }
    found
}

/// The hunks of each file by its path. A file whose end was cut off is left out.
fn patches(printed: &[u8]) -> HashMap<String, String> {
    let whole = printed.len() < PATCHED.bytes;
    let mut found = HashMap::new();
    let mut sections = sections(printed);
    if !whole {
        sections.pop();
    }
    for section in sections {
        // The hunks tell how many lines they have, so no line of a file is taken for a head.
        let Some(at) = position(section, b"\n@@ ") else {
            continue;
        };
        let (Some(head), Some(hunks)) = (section.get(..=at), section.get(at + 1..)) else {
            continue;
        };
        let named = |mark: &[u8]| {
            let line = head
                .split(|byte| *byte == b'\n')
                .find_map(|line| line.strip_prefix(mark))?;
            unquoted(line)
        };
        let path = match named(b"+++ ") {
            Some(path) if path != b"/dev/null" => Some(path),
            _ => named(b"--- "),
        };
        let Some(path) = path.as_deref().and_then(|path| path.get(2..)) else {
            continue;
        };
        let hunks = shown(hunks);
        found.insert(
            shown(path),
            hunks.strip_suffix('\n').unwrap_or(&hunks).to_owned(),
        );
    }
    found
}

/// Each `diff --git …` with what follows it. Lines of files begin with ` `, `+`, `-` or `\`, so a line that begins
/// so is a head.
fn sections(printed: &[u8]) -> Vec<&[u8]> {
    let mut starts = Vec::new();
    let mut at = 0;
    for line in printed.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b"diff --git ") {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([printed.len()]);
    starts
        .iter()
        .zip(ends)
        .filter_map(|(start, end)| printed.get(*start..end))
        .collect()
}

fn position(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len())
        .position(|window| window == wanted)
}

/// A path as git prints it: between quotes with escapes where it holds what a line can't; a tab ends one that
/// holds spaces.
fn unquoted(line: &[u8]) -> Option<Vec<u8>> {
    let Some(inner) = line.strip_prefix(b"\"") else {
        return Some(line.strip_suffix(b"\t").unwrap_or(line).to_vec());
    };
    let (path, _) = gix::quote::ansi_c::undo(line.into()).ok()?;
    (!inner.is_empty()).then(|| path.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_that_were_cut_end_with_what_is_whole() {
        let id = "1".repeat(40);
        let line =
            format!(":100644 100644 {id} {id} M\0a.txt\0:100644 100644 {id} {id} R090\0b\0c\0");
        let whole = raw(line.as_bytes());
        assert_eq!(whole.len(), 2);
        assert_eq!(
            (
                whole[1].path.as_str(),
                whole[1].previous.as_deref(),
                whole[1].kind
            ),
            ("c", Some("b"), ChangeKind::Renamed)
        );
        for end in 0..line.len() {
            assert!(raw(&line.as_bytes()[..end]).len() <= 2);
            numbers(&line.as_bytes()[..end]);
        }
    }

    #[test]
    fn hunks_are_found_by_their_files() {
        let printed = b"diff --git a/a b/a\nindex 1..2 100644\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-diff --git a/x b/x\n+y\n\
            diff --git \"a/\\303\\244\" \"b/\\303\\244\"\n--- \"a/\\303\\244\"\n+++ \"b/\\303\\244\"\n@@ -1 +0,0 @@\n-x\n\
            diff --git a/gone b/gone\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\
            diff --git a/m b/m\nold mode 100644\nnew mode 100755\n";
        let found = patches(printed);
        assert_eq!(found.len(), 3);
        assert_eq!(found["a"], "@@ -1 +1 @@\n-diff --git a/x b/x\n+y");
        assert_eq!(found["ä"], "@@ -1 +0,0 @@\n-x");
        assert_eq!(found["gone"], "@@ -1 +0,0 @@\n-x");
    }
}
