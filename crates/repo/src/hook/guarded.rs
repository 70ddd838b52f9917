//! Whether what a push brings changes files that tell a build server what to run.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::time::Duration;

use super::command::RefCommand;
use super::server::Push;
use crate::objects::{Mode, ObjectsError, TreePath};
use crate::questions::{Bounds, Questions};
use crate::{Oid, RefsError};

/// Commits that touch guarded paths, and what they change of them.
const WALKED: Bounds = Bounds {
    bytes: 32 << 20,
    time: Duration::from_secs(50),
    cut: false,
};

/// How many tips of branches are looked into, for all paths together.
const MOST_LOOKS: usize = 100_000;

/// Paths that tell a build server what to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuardedPaths(Vec<Guarded>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Guarded {
    /// All below this folder, and the folder itself turned into something else.
    Folder(String),
    /// This file.
    File(String),
    /// Whatever stands uppermost and begins so, and all below it.
    Beginning(String),
}

/// A path that can't be guarded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` must be a folder (`.github/workflows/`), a file (`Jenkinsfile`), or the beginning of a name at the top (`.woodpecker*`)"
)]
pub struct GuardedFault(String);

impl GuardedPaths {
    /// Reads paths.
    pub fn parse<'p>(paths: impl IntoIterator<Item = &'p str>) -> Result<Self, GuardedFault> {
        let read = |text: &str| {
            let fault = || GuardedFault(text.to_owned());
            let plain = |path: &str| {
                let path = TreePath::parse(path).map_err(|_| fault())?;
                let odd = path.as_str().contains(['*', '?', '[', '\\', ':']);
                if odd {
                    Err(fault())
                } else {
                    Ok(path.as_str().to_owned())
                }
            };
            if let Some(folder) = text.strip_suffix('/') {
                return plain(folder).map(Guarded::Folder);
            }
            match text.strip_suffix('*') {
                Some(beginning) if beginning.contains('/') => Err(fault()),
                Some(beginning) => plain(beginning).map(Guarded::Beginning),
                None => plain(text).map(Guarded::File),
            }
        };
        paths
            .into_iter()
            .map(read)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// For git, which looks into nothing else: what stands uppermost of each.
    fn specs(&self) -> BTreeSet<String> {
        let top = |path: &str| path.split('/').next().unwrap_or_default().to_owned();
        self.0
            .iter()
            .flat_map(|guarded| match guarded {
                Guarded::Folder(path) | Guarded::File(path) => {
                    vec![format!(":(top,literal){}", top(path))]
                }
                Guarded::Beginning(name) => {
                    vec![
                        format!(":(top,glob){name}*"),
                        format!(":(top,glob){name}*/**"),
                    ]
                }
            })
            .collect()
    }

    /// Whether what stands there now counts: it lies in what is guarded, or a link or submodule stands where the way
    /// to it leads.
    fn cover(&self, path: &str, mode: Mode) -> bool {
        let turns = matches!(mode, Mode::Link | Mode::Submodule);
        let leads_to = |inner: &str| {
            inner == path
                || inner
                    .strip_prefix(path)
                    .is_some_and(|rest| rest.starts_with('/'))
        };
        self.0.iter().any(|guarded| match guarded {
            Guarded::Folder(folder) => {
                let inside = path
                    .strip_prefix(folder.as_str())
                    .is_some_and(|rest| rest.starts_with('/'));
                inside || turns && leads_to(folder)
            }
            Guarded::File(file) => path == file || turns && leads_to(file),
            Guarded::Beginning(beginning) => path.starts_with(beginning.as_str()),
        })
    }
}

/// Something that a new commit has and none of those that it follows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    path: Vec<u8>,
    mode: Mode,
    id: Oid,
}

/// Whether commits that the repository did not have before this push put something at a guarded path that stands there
/// at no tip of a branch: a change against every commit that they follow, deletions excepted. Blocking; asked before
/// the reference changes, in either hook.
pub fn changes_guarded(
    questions: &Questions,
    push: &Push,
    command: &RefCommand,
    guarded: &GuardedPaths,
) -> Result<bool, ObjectsError> {
    if command.is_delete() || guarded.0.is_empty() {
        return Ok(false);
    }
    let brought = brought(questions, push, command.new, guarded)?;
    let new: BTreeSet<Entry> = brought
        .into_iter()
        // A path that is no text is none of ours, whatever it looks like.
        .filter(|entry| {
            std::str::from_utf8(&entry.path).is_ok_and(|path| guarded.cover(path, entry.mode))
        })
        .collect();
    if new.is_empty() {
        return Ok(false);
    }
    stand_nowhere(questions, push, new)
}

/// What new commits have at the paths that git is asked about, and none of those that they follow.
fn brought(
    questions: &Questions,
    push: &Push,
    tip: Oid,
    guarded: &GuardedPaths,
) -> Result<Vec<Entry>, ObjectsError> {
    let repository = push.contents();
    let objects = repository.path("objects");
    let mut variables: Vec<(&str, &OsStr)> = vec![("GIT_LITERAL_PATHSPECS", "0".as_ref())];
    if let Some(quarantine) = push.quarantine() {
        variables.extend([
            ("GIT_OBJECT_DIRECTORY", quarantine.as_os_str()),
            ("GIT_ALTERNATE_OBJECT_DIRECTORIES", objects.as_os_str()),
            ("GIT_QUARANTINE_PATH", quarantine.as_os_str()),
        ]);
    }
    let specs = guarded.specs();
    let ask = |arguments: &[&str], input: &[u8]| {
        let arguments: Vec<OsString> = arguments
            .iter()
            .copied()
            .chain(["--"])
            .chain(specs.iter().map(String::as_str))
            .map(OsString::from)
            .collect();
        questions.ask_in(repository, &variables, &arguments, input, WALKED)
    };
    let tip = tip.to_string();
    // Without `--full-history` a merge would hide what came with one of its sides.
    let commits = ask(&["rev-list", "--full-history", &tip, "--not", "--all"], b"")?;
    if commits.is_empty() {
        return Ok(Vec::new());
    }
    let flags = [
        "diff-tree",
        "--stdin",
        "-r",
        "-c",
        "--root",
        "--raw",
        "-z",
        "--no-renames",
        "--no-commit-id",
    ];
    let listed = ask(&flags, &commits)?;
    raw(&listed).ok_or_else(|| ObjectsError::Store("git listed changes in another form".to_owned()))
}

/// `:MODE MODE ID ID M\0path\0`, with a colon, a mode and an id more for each further commit that is followed.
fn raw(listed: &[u8]) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut fields = listed.split(|byte| *byte == 0);
    while let Some(head) = fields.next() {
        if head.is_empty() {
            continue;
        }
        let head = std::str::from_utf8(head).ok()?;
        let rest = head.trim_start_matches(':');
        let followed = head.len() - rest.len();
        let words: Vec<&str> = rest.split(' ').collect();
        if followed == 0 || words.len() != 2 * followed + 3 {
            return None;
        }
        let path = fields.next()?.to_vec();
        let (mode, id) = (words.get(followed)?, words.get(2 * followed + 1)?);
        if *mode == "000000" {
            continue;
        }
        entries.push(Entry {
            path,
            mode: Mode::parse(mode)?,
            id: Oid::from_hex(id.as_bytes()).ok()?,
        });
    }
    Some(entries)
}

/// Whether one of them stands at no tip of a branch, as the branches stood before.
fn stand_nowhere(
    questions: &Questions,
    push: &Push,
    mut new: BTreeSet<Entry>,
) -> Result<bool, ObjectsError> {
    let repository = push.contents();
    let objects = questions.objects(repository);
    let mut looks = 0;
    for reference in repository.refs()? {
        if !reference.name.starts_with("refs/heads/") {
            continue;
        }
        looks += new.len();
        if looks > MOST_LOOKS {
            return Err(
                RefsError::NotUnderstood("more branches than are looked into".to_owned()).into(),
            );
        }
        let root = objects.commit(reference.target)?.tree;
        let mut left = BTreeSet::new();
        for entry in new {
            let path = std::str::from_utf8(&entry.path).ok();
            let path = path.and_then(|path| TreePath::parse(path).ok());
            let there = path
                .map(|path| objects.at(root, &path))
                .transpose()?
                .flatten();
            let same = there.is_some_and(|there| there.id == entry.id && there.mode == entry.mode);
            if !same {
                left.insert(entry);
            }
        }
        if left.is_empty() {
            return Ok(false);
        }
        new = left;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_folders_files_or_beginnings() {
        let paths =
            GuardedPaths::parse([".github/workflows/", "Jenkinsfile", ".woodpecker*"]).unwrap();
        for (path, mode) in [
            (".github/workflows/ci.yml", Mode::File),
            (".github/workflows/deep/er", Mode::Executable),
            (".github/workflows", Mode::Link),
            (".github/workflows", Mode::Submodule),
            (".github", Mode::Link),
            (".github", Mode::Submodule),
            ("Jenkinsfile", Mode::File),
            (".woodpecker.yml", Mode::File),
            (".woodpecker/x/y", Mode::File),
        ] {
            assert!(paths.cover(path, mode), "{path} {mode:?}");
        }
        for (path, mode) in [
            (".github/dependabot.yml", Mode::File),
            (".github/workflows", Mode::File),
            (".github/workflows-old/x", Mode::File),
            (".github", Mode::File),
            (".git", Mode::Link),
            ("x/.github/workflows/ci.yml", Mode::File),
            ("x/Jenkinsfile", Mode::File),
            ("Jenkinsfile2", Mode::File),
            ("x/.woodpecker.yml", Mode::File),
        ] {
            assert!(!paths.cover(path, mode), "{path} {mode:?}");
        }
        for odd in [
            "", "/", "/x", "a//b", "../x", "a/*", "a/b*", "*", "**", "a*b", "a\0", ":(top)x",
            "x/../y/",
        ] {
            assert!(GuardedPaths::parse([odd]).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn changes_of_merges_are_read_as_those_of_others() {
        let (a, b, c) = ("1".repeat(40), "2".repeat(40), "3".repeat(40));
        let listed = format!(
            ":000000 100644 {a} {b} A\0one\0::100644 100644 120000 {a} {b} {c} MM\0two\0:100644 000000 {a} {b} D\0gone\0"
        );
        let read = raw(listed.as_bytes()).unwrap();
        let read: Vec<_> = read
            .iter()
            .map(|e| (e.path.as_slice(), e.mode, e.id.to_string()))
            .collect();
        assert_eq!(
            read,
            [(&b"one"[..], Mode::File, b), (&b"two"[..], Mode::Link, c)]
        );
        for odd in [
            "x\0y\0",
            ":1 2 3\0x\0",
            &format!(":100644 100644 {a} {a} M"),
        ] {
            assert_eq!(raw(odd.as_bytes()), None, "{odd:?}");
        }
    }
}
