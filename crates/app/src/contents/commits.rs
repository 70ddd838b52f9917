//! Commits: a history, one of them, and two compared.

use jeton_repo::{Changes, Commit, Distance, HistoryFilter, Oid};

use super::Reading;
use crate::error::AppError;

/// The largest diff or series of letters that is given as text, in bytes.
const MOST_TEXT: usize = 16 << 20;

/// A commit, and what it changes against the first that it follows.
#[derive(Clone, Debug)]
pub struct CommitView {
    /// The commit.
    pub commit: Commit,
    /// What it changes.
    pub changes: Changes,
}

/// Two commits compared.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The first.
    pub base: Commit,
    /// The id of the second.
    pub head: Oid,
    /// The last that both follow.
    pub common: Commit,
    /// How far apart they are.
    pub distance: Distance,
    /// Commits of the second that the first does not follow, oldest first: a page of them.
    pub commits: Vec<Commit>,
    /// What the second changes since both had the same.
    pub changes: Changes,
}

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// So many stand before it.
    pub offset: u64,
    /// So many at most.
    pub count: u32,
}

/// Where a list of commits begins: at what `name` means, or at the default branch.
pub fn newest(reading: &Reading<'_>, name: Option<&str>) -> Result<Oid, AppError> {
    reading.not_empty()?;
    reading.commit_of(name)
}

/// A part of the history that leads to a commit: newest first, and whether more come.
pub fn commits(
    reading: &Reading<'_>,
    from: Oid,
    filter: &HistoryFilter,
    part: Part,
) -> Result<(Vec<Commit>, bool), AppError> {
    let count = part.count as usize;
    let mut ids = reading
        .objects
        .history(from, filter, part.offset, count + 1)?;
    let more = ids.len() > count;
    ids.truncate(count);
    Ok((all(reading, &ids)?, more))
}

/// How many commits that history has; nothing, where counting them takes too long.
pub fn length(
    reading: &Reading<'_>,
    from: Oid,
    filter: &HistoryFilter,
) -> Result<Option<u64>, AppError> {
    Ok(reading.objects.length(from, filter)?)
}

fn all(reading: &Reading<'_>, ids: &[Oid]) -> Result<Vec<Commit>, AppError> {
    let read = ids.iter().map(|id| reading.objects.commit(*id));
    Ok(read.collect::<Result<_, _>>()?)
}

/// The commit that a name means, where nothing else could be asked for: 422 for a name that means none, as GitHub has it.
pub fn found_commit(reading: &Reading<'_>, name: &str) -> Result<Commit, AppError> {
    reading.not_empty()?;
    let found = reading.objects.commit_named(name)?;
    let id = found.ok_or_else(|| no_commit(name))?;
    Ok(reading.objects.commit(id)?)
}

/// What GitHub has below a commit and nobody keeps here: an address that is not there, and no name.
const BELOW: &[&str] = &[
    "branches-where-head",
    "check-runs",
    "check-suites",
    "comments",
    "pulls",
    "status",
    "statuses",
];

fn no_commit(name: &str) -> AppError {
    match name.rsplit_once('/') {
        Some((_, last)) if BELOW.contains(&last) => AppError::Missing("address"),
        _ => AppError::NoCommit(name.to_owned()),
    }
}

/// One commit with what it changes.
pub fn commit(reading: &Reading<'_>, name: &str) -> Result<CommitView, AppError> {
    let commit = found_commit(reading, name)?;
    let changes = reading
        .objects
        .changes(commit.parents.first().copied(), commit.id)?;
    Ok(CommitView { commit, changes })
}

impl CommitView {
    /// One commit as `git diff` prints what it changes.
    pub fn diff(reading: &Reading<'_>, name: &str) -> Result<Vec<u8>, AppError> {
        let commit = found_commit(reading, name)?;
        let old = commit.parents.first().copied();
        Ok(reading.objects.diff(old, commit.id, MOST_TEXT)?)
    }

    /// One commit as a letter.
    pub fn letter(reading: &Reading<'_>, name: &str) -> Result<Vec<u8>, AppError> {
        let commit = found_commit(reading, name)?;
        Ok(reading.objects.letters(None, commit.id, MOST_TEXT)?)
    }
}

/// Two names between three dots. A name of another repository (`owner:branch`) means nothing here.
fn ends(reading: &Reading<'_>, named: &str) -> Result<(Oid, Oid), AppError> {
    let (base, head) = named
        .split_once("...")
        .ok_or(AppError::Missing("comparison"))?;
    let of = |name: &str| {
        // GitHub's `OWNER:NAME`, for forks; no name holds a colon by itself.
        let name = match name.split_once(':') {
            Some((owner, name)) if owner.eq_ignore_ascii_case(&reading.repository.owner.login) => {
                name
            }
            _ => name,
        };
        let found = reading.objects.commit_named(name)?;
        found.ok_or(AppError::Missing("commit"))
    };
    Ok((of(base)?, of(head)?))
}

/// Compares `base...head`.
pub fn compared(reading: &Reading<'_>, named: &str, part: Part) -> Result<Compared, AppError> {
    let (base, head) = ends(reading, named)?;
    let objects = &reading.objects;
    let distance = objects.distance(base, head)?;
    let count = part.count as usize;
    let ids = objects.between(base, head, part.offset, count, distance.ahead)?;
    // The files belong to the comparison as a whole, and stand on its first page.
    let changes = if part.offset == 0 {
        objects.changes(Some(distance.base), head)?
    } else {
        Changes::default()
    };
    Ok(Compared {
        base: objects.commit(base)?,
        head,
        common: objects.commit(distance.base)?,
        commits: all(reading, &ids)?,
        distance,
        changes,
    })
}

impl Compared {
    /// The comparison as `git diff base...head` prints it.
    pub fn diff(reading: &Reading<'_>, named: &str) -> Result<Vec<u8>, AppError> {
        let (base, head) = ends(reading, named)?;
        let common = reading.objects.distance(base, head)?.base;
        Ok(reading.objects.diff(Some(common), head, MOST_TEXT)?)
    }

    /// The commits of the second as letters.
    pub fn letters(reading: &Reading<'_>, named: &str) -> Result<Vec<u8>, AppError> {
        let (base, head) = ends(reading, named)?;
        Ok(reading.objects.letters(Some(base), head, MOST_TEXT)?)
    }
}
