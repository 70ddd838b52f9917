//! Which commits lead to which.

use std::ffi::OsString;
use std::time::Duration;

use super::path::TreePath;
use super::{Objects, ObjectsError};
use crate::Oid;
use crate::questions::{AskError, Bounds};

const WALKED: Bounds = Bounds {
    bytes: 1 << 20,
    time: Duration::from_secs(20),
    cut: false,
};

/// How long a history is counted: some hundred thousand commits. The list that wants to know waits for it.
const COUNTED: Duration = Duration::from_secs(2);
/// The same where commits are picked out of it: git goes to the beginning, however few they are, and nobody keeps the number.
const PICKED: Duration = Duration::from_millis(250);

/// Which commits of a history are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryFilter {
    /// Such as changed what stands there.
    pub path: Option<TreePath>,
    /// Such as whose author's line, `name <address>`, holds this text.
    pub author: Option<String>,
    /// The same of who put it there.
    pub committer: Option<String>,
    /// Put there at this second since 1970, or later.
    pub since: Option<i64>,
    /// Put there at this second, or before.
    pub until: Option<i64>,
}

/// How far two commits are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Distance {
    /// The last commit that both follow.
    pub base: Oid,
    /// Commits of the second that the first does not follow.
    pub ahead: u64,
    /// Commits of the first that the second does not follow.
    pub behind: u64,
}

impl Objects<'_> {
    /// A part of the history that leads to a commit, newest first.
    pub fn history(
        &self,
        from: Oid,
        filter: &HistoryFilter,
        skip: u64,
        count: usize,
    ) -> Result<Vec<Oid>, ObjectsError> {
        // Git counts in 31 bits, and no history is longer.
        let skip = format!("--skip={}", skip.min(i32::MAX as u64));
        self.walk(&arguments(
            from,
            filter,
            &[&skip, &format!("--max-count={count}")],
        ))
    }

    /// How long that history is; nothing, where git does not say so in time, or has too much to do. What leads to a commit is
    /// counted once.
    pub fn length(&self, from: Oid, filter: &HistoryFilter) -> Result<Option<u64>, ObjectsError> {
        let whole = *filter == HistoryFilter::default();
        let (repository, lengths) = (self.repository.id(), &self.questions.lengths);
        if whole && let Some(known) = lengths.get(&(repository, from)) {
            return Ok(known);
        }
        let time = if whole { COUNTED } else { PICKED };
        let bounds = Bounds { time, ..WALKED };
        let arguments = arguments(from, filter, &["--count"]);
        let said = match self
            .questions
            .ask(&self.repository, &arguments, b"", bounds)
        {
            Err(AskError::TooLong(_)) => {
                // Its next page would wait as long.
                if whole {
                    lengths.insert((repository, from), None);
                }
                return Ok(None);
            }
            Err(AskError::Busy) => return Ok(None),
            said => said?,
        };
        let said = String::from_utf8_lossy(&said);
        let counted: u64 = said
            .trim()
            .parse()
            .map_err(|_| ObjectsError::Store(format!("git counted `{}`", said.trim())))?;
        if whole {
            lengths.insert((repository, from), Some(counted));
        }
        Ok(Some(counted))
    }

    /// A part of what `head` follows and `base` does not, oldest first.
    pub fn between(
        &self,
        base: Oid,
        head: Oid,
        skip: u64,
        count: usize,
        total: u64,
    ) -> Result<Vec<Oid>, ObjectsError> {
        // Git reverses what it chose, so the part is counted from the other end.
        let last = total.saturating_sub(skip);
        let count = u64::try_from(count).unwrap_or(u64::MAX).min(last);
        let arguments = [
            "rev-list".into(),
            "--reverse".into(),
            format!("--skip={}", last - count),
            format!("--max-count={count}"),
            format!("{base}..{head}"),
            "--".into(),
        ];
        self.walk(&arguments.map(OsString::from))
    }

    /// How far two commits are apart. [`ObjectsError::Unrelated`] where they have nothing in common.
    pub fn distance(&self, base: Oid, head: Oid) -> Result<Distance, ObjectsError> {
        let arguments = ["merge-base".into(), base.to_string(), head.to_string()];
        let common = match self.walk(&arguments.map(OsString::from)) {
            Err(ObjectsError::Git(AskError::Failed { status: 1, .. })) => {
                return Err(ObjectsError::Unrelated);
            }
            common => common?.first().copied().ok_or(ObjectsError::Unrelated)?,
        };
        let arguments = [
            "rev-list".to_owned(),
            "--left-right".to_owned(),
            "--count".to_owned(),
            format!("{base}...{head}"),
            "--".to_owned(),
        ];
        let said = self
            .questions
            .ask(&self.repository, &arguments, b"", WALKED)?;
        let said = String::from_utf8_lossy(&said);
        let mut numbers = said.split_whitespace().map(str::parse);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(behind)), Some(Ok(ahead))) => Ok(Distance {
                base: common,
                ahead,
                behind,
            }),
            _ => Err(ObjectsError::Store(format!(
                "git counted `{}`",
                said.trim()
            ))),
        }
    }

    /// Whether one commit follows another, itself included. What is no commit follows nothing.
    pub fn follows(&self, old: Oid, new: Oid) -> Result<bool, ObjectsError> {
        let arguments = [
            "merge-base".to_owned(),
            "--is-ancestor".to_owned(),
            old.to_string(),
            new.to_string(),
        ];
        match self
            .questions
            .ask(&self.repository, &arguments, b"", WALKED)
        {
            Ok(_) => Ok(true),
            // 1: it does not; 128: one of them is no commit.
            Err(AskError::Failed { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn walk(&self, arguments: &[OsString]) -> Result<Vec<Oid>, ObjectsError> {
        let said = self
            .questions
            .ask(&self.repository, arguments, b"", WALKED)?;
        let lines = said
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        lines
            .map(|line| {
                Oid::from_hex(line)
                    .map_err(|_| ObjectsError::Store("git listed what is no commit".to_owned()))
            })
            .collect()
    }
}

/// What git is asked of a history. `how`: in which way.
fn arguments(from: Oid, filter: &HistoryFilter, how: &[&str]) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["rev-list".into()];
    arguments.extend(how.iter().map(OsString::from));
    let mut text = |name: &str, value: &Option<String>| {
        if let Some(value) = value {
            arguments.push(format!("--{name}={value}").into());
        }
    };
    text("author", &filter.author);
    text("committer", &filter.committer);
    if filter.author.is_some() || filter.committer.is_some() {
        arguments.extend(["--fixed-strings".into(), "--regexp-ignore-case".into()]);
    }
    let mut moment = |name: &str, value: Option<i64>| {
        if let Some(value) = value {
            arguments.push(format!("--{name}={value}").into());
        }
    };
    moment("max-age", filter.since);
    moment("min-age", filter.until);
    arguments.extend([from.to_string().into(), "--".into()]);
    if let Some(path) = &filter.path {
        arguments.push(path.as_str().into());
    }
    arguments
}
