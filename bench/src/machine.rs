//! On what was measured.

use std::fmt::Write as _;
use std::process::Command;

use crate::process::run;
use crate::root;

/// One line for the head of the table.
pub(crate) fn facts() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        text.lines()
            .find(|line| line.starts_with(name))
            .and_then(|line| line.split_once(':'))
            .map_or_else(|| "?".to_owned(), |(_, value)| value.trim().to_owned())
    };
    let processor = field(&read("/proc/cpuinfo"), "model name");
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory = field(&read("/proc/meminfo"), "MemTotal");
    let gib = memory
        .trim_end_matches("kB")
        .trim()
        .parse::<f64>()
        .unwrap_or_default()
        / 1_048_576.0;
    let said = |command: &mut Command| {
        run(command).map_or_else(|_| "?".to_owned(), |text| text.trim().to_owned())
    };
    format!(
        "{processor}, {cores} cores, {gib:.0} GiB, Linux {}, {}, {}",
        read("/proc/sys/kernel/osrelease").trim(),
        said(Command::new("git").arg("--version")),
        said(Command::new("rustc").arg("--version")),
    )
}

/// What was measured: the commit that is checked out, and what differs from it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tree {
    commit: String,
    /// As `git status` tells them, but for the page that the run itself writes.
    changes: String,
}

impl Tree {
    pub(crate) fn now() -> Self {
        let git = |words: &[&str]| {
            let mut git = Command::new("git");
            run(git
                .current_dir(root())
                .arg("--no-optional-locks")
                .args(words))
        };
        let commit = git(&["rev-parse", "HEAD"]);
        let changes = git(&["status", "--porcelain", "--", ".", ":!docs/benchmarks.md"]);
        Self {
            // An unpacked archive knows none.
            commit: commit.map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned()),
            changes: changes.unwrap_or_default(),
        }
    }

    /// For the head of the page. `after`: the same when everything was measured.
    pub(crate) fn describe(&self, after: &Self) -> String {
        let mut text = format!("commit {}", self.commit);
        let changed = self.changes.lines().count();
        if changed > 0 {
            // Writing to a text does not fail.
            let _ = write!(text, " **and changes on top of it in {changed} files**");
        }
        if self != after {
            text += ", **and the tree changed while this ran**";
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_that_is_not_its_commit_says_so() {
        let tree = |commit: &str, changes: &str| Tree {
            commit: commit.into(),
            changes: changes.into(),
        };
        let clean = tree("abc", "");
        assert_eq!(clean.describe(&clean), "commit abc");
        let dirty = tree("abc", " M x\n?? y\n");
        assert_eq!(
            dirty.describe(&dirty),
            "commit abc **and changes on top of it in 2 files**"
        );
        assert!(
            clean
                .describe(&tree("abd", ""))
                .contains("changed while this ran")
        );
        assert!(clean.describe(&dirty).contains("changed while this ran"));
    }
}
