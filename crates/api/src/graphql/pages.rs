//! Parts of lists: where one begins, and what stands beside it.

use async_graphql::{OutputType, SimpleObject};

use super::absent::{Issue, Label, Milestone, Project, ProjectV2, PullRequest, RepositoryTopic};
use super::owner::{Organization, User};
use super::repository::Repository;
use super::{Answered, limits, typed};

/// What is asked of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Items before.
    pub(super) offset: u64,
    /// Items, at most.
    pub(super) count: u32,
}

/// Where in a list one is.
#[derive(SimpleObject)]
pub(super) struct PageInfo {
    has_next_page: bool,
    has_previous_page: bool,
    start_cursor: Option<String>,
    end_cursor: Option<String>,
}

/// A part of a list, and how many there are.
#[derive(SimpleObject)]
#[graphql(concrete(name = "IssueConnection", params(Issue)))]
#[graphql(concrete(name = "LabelConnection", params(Label)))]
#[graphql(concrete(name = "MilestoneConnection", params(Milestone)))]
#[graphql(concrete(name = "OrganizationConnection", params(Organization)))]
#[graphql(concrete(name = "ProjectConnection", params(Project)))]
#[graphql(concrete(name = "ProjectV2Connection", params(ProjectV2)))]
#[graphql(concrete(name = "PullRequestConnection", params(PullRequest)))]
#[graphql(concrete(name = "RepositoryConnection", params(Repository)))]
#[graphql(concrete(name = "RepositoryTopicConnection", params(RepositoryTopic)))]
#[graphql(concrete(name = "UserConnection", params(User)))]
pub(super) struct Connection<T: OutputType> {
    nodes: Vec<T>,
    total_count: u64,
    page_info: PageInfo,
}

impl<T: OutputType> Connection<T> {
    pub(super) fn of(part: Part, nodes: Vec<T>, total: u64) -> Self {
        Self {
            page_info: PageInfo::of(part, nodes.len(), total),
            total_count: total,
            nodes,
        }
    }

    /// Of what there is nothing, of which not too much may be asked for all the same.
    pub(super) fn none(first: Option<i32>) -> Answered<Self> {
        Ok(Self::of(Part::of(first, None)?, Vec::new(), 0))
    }
}

impl Part {
    /// Reads GitHub's arguments.
    pub(super) fn of(first: Option<i32>, after: Option<&str>) -> Answered<Self> {
        Ok(Self {
            offset: after.map_or(Ok(0), items_before)?,
            count: limits::items(first)?,
        })
    }

    /// The part of a whole list.
    pub(super) fn out_of<T>(self, items: Vec<T>) -> impl Iterator<Item = T> {
        let skipped = usize::try_from(self.offset).unwrap_or(usize::MAX);
        items.into_iter().skip(skipped).take(self.count as usize)
    }
}

/// What stands in a cursor: how many items are before.
fn items_before(after: &str) -> Answered<u64> {
    let digits = after.strip_prefix("after:").unwrap_or_default();
    let only_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse::<u32>() {
        Ok(items) if only_digits => Ok(items.into()),
        _ => Err(typed(
            "INVALID_CURSOR_ARGUMENTS",
            "`after` is no place in a list of this server.",
        )),
    }
}

impl PageInfo {
    /// Of `shown` items of a part, out of `total`.
    pub(super) fn of(part: Part, shown: usize, total: u64) -> Self {
        let cursor = |items: u64| (shown > 0).then(|| format!("after:{items}"));
        let end = part.offset.saturating_add(shown as u64);
        Self {
            has_next_page: shown > 0 && end < total,
            has_previous_page: part.offset > 0,
            start_cursor: cursor(part.offset.saturating_add(1)),
            end_cursor: cursor(end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_behind_its_item_and_nothing_else_is_one() {
        let part = |after| Part::of(Some(2), Some(after)).ok();
        assert_eq!(
            Part::of(None, None).ok(),
            Some(Part {
                offset: 0,
                count: 30
            })
        );
        let first = Part::of(Some(2), None).unwrap();
        let info = PageInfo::of(first, 2, 3);
        assert!(info.has_next_page && !info.has_previous_page);
        let second = part(info.end_cursor.as_deref().unwrap()).unwrap();
        assert_eq!(
            second,
            Part {
                offset: 2,
                count: 2
            }
        );
        assert_eq!(
            second.out_of(vec!["a", "b", "c"]).collect::<Vec<_>>(),
            ["c"]
        );
        assert!(!PageInfo::of(second, 1, 3).has_next_page);
        // Beyond the end there is nothing, and nothing to go on from.
        let beyond = PageInfo::of(part("after:4294967295").unwrap(), 0, 3);
        assert_eq!((beyond.has_next_page, beyond.end_cursor), (false, None));
        for wrong in [
            "",
            "after:",
            "after:-1",
            "after:+1",
            "after:4294967296",
            "2",
            "after:1 ",
        ] {
            assert_eq!(part(wrong), None, "{wrong}");
        }
    }
}
