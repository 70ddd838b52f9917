//! What a push brought to a ref, for the webhooks of whoever keeps the repository.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::objects::{Commit, ObjectsError};
use crate::questions::{Bounds, Questions};
use crate::upkeep::Upkeep;
use crate::{Objects, Oid};

/// The most commits of one ref that are told, the newest.
pub const MOST_PUSHED: usize = 2_048;

/// Bytes of all their messages together; of a push with more, the newest commits are told.
const MESSAGES: usize = 4 << 20;

const LISTED: Bounds = Bounds {
    bytes: 1 << 20,
    time: Duration::from_secs(20),
    cut: true,
};

/// A commit that was pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushedCommit {
    /// The commit.
    pub commit: Commit,
    /// No other ref led to it.
    pub distinct: bool,
    /// Paths that it has and its parent has not. Of a merge nothing is told.
    pub added: Vec<String>,
    /// Paths that its parent has and it has not.
    pub removed: Vec<String>,
    /// Paths that hold something else.
    pub modified: Vec<String>,
}

/// What a push did to a ref.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pushed {
    /// What came, the oldest first. Of tags nothing.
    pub commits: Vec<PushedCommit>,
    /// The commit that the ref leads to now.
    pub head: Option<PushedCommit>,
    /// The ref led to something that it follows no more.
    pub forced: bool,
}

impl Questions {
    /// What a push did to a ref: where it was, where it is, each nothing where there was, or is, no ref. `whole`: the commits
    /// too, which takes Git several seconds at worst; without, only where the ref leads.
    pub fn pushed(
        &self,
        upkeep: &Upkeep,
        name: &str,
        (old, new): (Option<Oid>, Option<Oid>),
        whole: bool,
    ) -> Result<Pushed, ObjectsError> {
        let objects = self.objects(upkeep.readable());
        let Some(new) = new else {
            return Ok(Pushed::default());
        };
        let mut pushed = Pushed::default();
        let Some(head) = objects.peeled(new)? else {
            return Ok(pushed);
        };
        if !name.starts_with("refs/heads/") || !whole {
            let told = self.told(&objects, &[head], &HashSet::new())?;
            pushed.head = told.into_iter().next();
            return Ok(pushed);
        }
        pushed.forced = match old {
            Some(old) => !objects.follows(old, new)?,
            None => false,
        };
        let own = self.walk(&objects, name, old, head, true)?;
        let came = match old {
            Some(_) => self.walk(&objects, name, old, head, false)?,
            None => own.clone(),
        };
        let own: HashSet<Oid> = own.into_iter().collect();
        pushed.commits = self.told(&objects, &came, &own)?;
        pushed.head = match pushed.commits.last() {
            Some(last) if last.commit.id == head => Some(last.clone()),
            _ => self.told(&objects, &[head], &own)?.into_iter().next(),
        };
        Ok(pushed)
    }

    /// What leads to `head` and did not to `old`, the oldest first. `own`: and to no other ref either.
    fn walk(
        &self,
        objects: &Objects<'_>,
        name: &str,
        old: Option<Oid>,
        head: Oid,
        own: bool,
    ) -> Result<Vec<Oid>, ObjectsError> {
        let mut arguments = vec![
            "rev-list".to_owned(),
            "--reverse".to_owned(),
            format!("--max-count={MOST_PUSHED}"),
            head.to_string(),
            "--not".to_owned(),
        ];
        arguments.extend(old.map(|old| old.to_string()));
        if own {
            // Not `--all`: HEAD is among them, and may lead to this very ref.
            arguments.extend([
                format!("--exclude={name}"),
                "--glob=refs/heads".to_owned(),
                "--tags".to_owned(),
            ]);
        }
        arguments.push("--".to_owned());
        let said = self.ask(objects.repository(), &arguments, b"", LISTED)?;
        let lines = said.split(|byte| *byte == b'\n');
        Ok(lines.filter_map(|line| Oid::from_hex(line).ok()).collect())
    }

    fn told(
        &self,
        objects: &Objects<'_>,
        ids: &[Oid],
        own: &HashSet<Oid>,
    ) -> Result<Vec<PushedCommit>, ObjectsError> {
        let mut room = MESSAGES;
        let mut commits = Vec::new();
        for id in ids.iter().rev() {
            let commit = objects.commit(*id)?;
            match room.checked_sub(commit.message.len()) {
                Some(left) => room = left,
                None if commits.is_empty() => room = 0,
                None => break,
            }
            commits.push(commit);
        }
        commits.reverse();
        let mut input = String::new();
        for commit in &commits {
            input.push_str(&commit.id.to_string());
            input.push('\n');
        }
        let arguments = [
            "diff-tree",
            "--stdin",
            "-r",
            "-z",
            "--root",
            "--no-renames",
            "--name-status",
        ];
        let said = self.ask(objects.repository(), &arguments, input.as_bytes(), LISTED)?;
        let mut paths = paths(&said);
        Ok(commits
            .into_iter()
            .map(|commit| {
                let mut told = paths.remove(&commit.id).unwrap_or_default();
                let mut take = |kind| told.remove(&kind).unwrap_or_default();
                PushedCommit {
                    distinct: own.contains(&commit.id),
                    added: take(Kind::Added),
                    removed: take(Kind::Removed),
                    modified: take(Kind::Modified),
                    commit,
                }
            })
            .collect())
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Added,
    Removed,
    Modified,
}

type Paths = HashMap<Kind, Vec<String>>;

/// Git's list: a commit's id, then letter and path of each file. What is cut off in the middle is left out.
fn paths(said: &[u8]) -> HashMap<Oid, Paths> {
    let mut found: HashMap<Oid, Paths> = HashMap::new();
    let mut commit = None;
    let mut kind = None;
    for part in said.split_inclusive(|byte| *byte == 0) {
        let Some((0, part)) = part.split_last() else {
            break;
        };
        match (kind.take(), commit) {
            (Some(kind), Some(commit)) => {
                let paths = found.entry(commit).or_default().entry(kind).or_default();
                paths.push(String::from_utf8_lossy(part).into_owned());
            }
            _ => match part {
                b"A" => kind = Some(Kind::Added),
                b"D" => kind = Some(Kind::Removed),
                [_] => kind = Some(Kind::Modified),
                id => commit = Oid::from_hex(id).ok(),
            },
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gits_list_is_read_and_what_is_cut_left_out() {
        let (one, two) = ("1".repeat(40), "2".repeat(40));
        let said = format!("{one}\0A\0a\0M\0A\0D\0c d\0{two}\0T\0x\0A\0cut");
        let found = paths(said.as_bytes());
        let of = |id: &str, kind| found[&Oid::from_hex(id.as_bytes()).unwrap()].get(&kind);
        assert_eq!(of(&one, Kind::Added), Some(&vec!["a".to_owned()]));
        assert_eq!(of(&one, Kind::Modified), Some(&vec!["A".to_owned()]));
        assert_eq!(of(&one, Kind::Removed), Some(&vec!["c d".to_owned()]));
        assert_eq!(of(&two, Kind::Modified), Some(&vec!["x".to_owned()]));
        assert_eq!(of(&two, Kind::Added), None);
    }
}
