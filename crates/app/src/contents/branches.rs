//! Branches and tags by their names.

use jeton_repo::{Commit, Oid};

use super::Reading;
use crate::error::AppError;

pub(super) const BRANCHES: &str = "refs/heads/";
const TAGS: &str = "refs/tags/";

/// A branch or tag, and the commit that it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its name, without `refs/heads/` or `refs/tags/`.
    pub name: String,
    /// Its commit.
    pub commit: Oid,
}

/// A page of the branches by name, and how many there are.
pub fn branches(
    reading: &Reading<'_>,
    offset: u64,
    count: u32,
) -> Result<(Vec<Branch>, u64), AppError> {
    named(reading, BRANCHES, offset, count)
}

/// The same of tags. Those that lead to no commit are not listed.
pub fn tags(
    reading: &Reading<'_>,
    offset: u64,
    count: u32,
) -> Result<(Vec<Branch>, u64), AppError> {
    named(reading, TAGS, offset, count)
}

fn named(
    reading: &Reading<'_>,
    space: &str,
    offset: u64,
    count: u32,
) -> Result<(Vec<Branch>, u64), AppError> {
    let mut found: Vec<Branch> = Vec::new();
    for reference in reading.data.refs()? {
        if let Some(name) = reference.name.strip_prefix(space)
            && let Some(commit) = reading.objects.peeled(reference.target)?
        {
            let name = name.to_owned();
            found.push(Branch { name, commit });
        }
    }
    let total = found.len() as u64;
    Ok((crate::repositories::page_of(found, offset, count), total))
}

/// One branch, with its commit.
pub fn branch(reading: &Reading<'_>, name: &str) -> Result<(Branch, Commit), AppError> {
    let full = format!("{BRANCHES}{name}");
    let tip = reading
        .data
        .tip(&full)?
        .ok_or(AppError::Missing("branch"))?;
    let commit = reading.objects.commit(tip)?;
    let branch = Branch {
        name: name.to_owned(),
        commit: tip,
    };
    Ok((branch, commit))
}
