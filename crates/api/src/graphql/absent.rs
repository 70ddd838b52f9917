//! What repositories have at GitHub and none has here. Each field says what is true of all of them: there is none, or no;
//! and where something could be that nobody looks for (a licence, a language), nothing.

#![expect(
    clippy::used_underscore_binding,
    reason = "of nothing, no argument of GitHub's picks anything"
)]

use async_graphql::{Enum, ID, Object};

use super::owner::User;
use super::pages::Connection;
use super::repository::Repository;
use super::{Answered, limits};

/// There is none.
enum Never {}

impl Never {
    fn says<T>(&self) -> T {
        match *self {}
    }
}

/// Types that have no value: whatever a field of one says, there is nothing to say it of.
macro_rules! absent {
    ($($name:ident { $($field:ident: $type:ty),+ $(,)? })+) => {$(
        pub(super) struct $name(Never);

        #[Object]
        impl $name {
            $(async fn $field(&self) -> $type {
                self.0.says()
            })+
        }
    )+};
}

absent! {
    CodeOfConduct { key: String, name: String, url: Option<String> }
    FundingLink { platform: String, url: String }
    Issue { id: ID, number: i32, title: String, url: String }
    IssueTemplate { name: String, title: Option<String>, body: Option<String>, about: Option<String> }
    Label { id: ID, color: String, name: String, description: Option<String> }
    Language { id: ID, name: String, color: Option<String> }
    LanguageConnection { edges: Vec<LanguageEdge>, nodes: Vec<Language>, total_count: i32, total_size: i32 }
    LanguageEdge { size: i32, node: Language }
    License { key: String, name: String, nickname: Option<String> }
    Milestone {
        id: ID, number: i32, title: String, description: Option<String>, due_on: Option<String>,
    }
    Project { id: ID, name: String, number: i32, body: Option<String>, resource_path: String }
    ProjectV2 {
        id: ID, number: i32, title: String, resource_path: String, closed: bool, url: String,
    }
    PullRequest { id: ID, number: i32, title: String, url: String }
    PullRequestTemplate { body: Option<String>, filename: Option<String> }
    Release {
        name: Option<String>, tag_name: String, url: String, published_at: Option<String>,
    }
    RepositoryContactLink { about: String, name: String, url: String }
    RepositoryTopic { topic: Topic }
    Topic { name: String }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum IssueState {
    Closed,
    Open,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum MilestoneState {
    Closed,
    Open,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum ProjectState {
    Closed,
    Open,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum PullRequestState {
    Closed,
    Merged,
    Open,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum PullRequestMergeMethod {
    Merge,
    Rebase,
    Squash,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum SubscriptionState {
    Ignored,
    Subscribed,
    Unsubscribed,
}

/// Fields of a repository, the same of each.
pub(super) struct Absent;

#[Object]
impl Absent {
    /// There are no forks.
    async fn is_fork(&self) -> bool {
        false
    }

    /// There are no forks.
    async fn parent(&self) -> Option<Repository> {
        None
    }

    /// There are no forks.
    async fn fork_count(&self) -> i32 {
        0
    }

    /// Nothing is archived.
    async fn is_archived(&self) -> bool {
        false
    }

    /// Nothing is archived.
    async fn archived_at(&self) -> Option<String> {
        None
    }

    /// Nothing is a template.
    async fn is_template(&self) -> bool {
        false
    }

    /// Nothing is made from a template.
    async fn template_repository(&self) -> Option<Repository> {
        None
    }

    /// Nothing is a mirror.
    async fn is_mirror(&self) -> bool {
        false
    }

    /// Nothing is a mirror.
    async fn mirror_url(&self) -> Option<String> {
        None
    }

    /// No repository says something about its owner's page.
    async fn is_user_configuration_repository(&self) -> bool {
        false
    }

    /// There are no stars.
    async fn stargazer_count(&self) -> i32 {
        0
    }

    /// There are no stars.
    async fn viewer_has_starred(&self) -> bool {
        false
    }

    /// Nobody can watch a repository.
    async fn watchers(&self, first: Option<i32>) -> Answered<Connection<User>> {
        Connection::none(first)
    }

    /// Nobody can watch a repository.
    async fn viewer_subscription(&self) -> Option<SubscriptionState> {
        None
    }

    /// There are no issues.
    async fn has_issues_enabled(&self) -> bool {
        false
    }

    /// There are no issues.
    async fn is_blank_issues_enabled(&self) -> bool {
        false
    }

    /// There are no issues.
    async fn issues(
        &self,
        first: Option<i32>,
        #[graphql(name = "states")] _states: Option<Vec<IssueState>>,
    ) -> Answered<Connection<Issue>> {
        Connection::none(first)
    }

    /// There are no issues.
    async fn issue_templates(&self) -> Option<Vec<IssueTemplate>> {
        Some(Vec::new())
    }

    /// There are no issues beside which one could stand.
    async fn contact_links(&self) -> Option<Vec<RepositoryContactLink>> {
        Some(Vec::new())
    }

    /// There are no issues that could have one.
    async fn labels(&self, first: Option<i32>) -> Answered<Option<Connection<Label>>> {
        Connection::none(first).map(Some)
    }

    /// There are no issues that could belong to one.
    async fn milestones(
        &self,
        first: Option<i32>,
        #[graphql(name = "states")] _states: Option<Vec<MilestoneState>>,
    ) -> Answered<Option<Connection<Milestone>>> {
        Connection::none(first).map(Some)
    }

    /// There are no issues that somebody could be given.
    async fn assignable_users(&self, first: Option<i32>) -> Answered<Connection<User>> {
        Connection::none(first)
    }

    /// There is no conversation in which somebody could be named.
    async fn mentionable_users(&self, first: Option<i32>) -> Answered<Connection<User>> {
        Connection::none(first)
    }

    /// There are no wikis.
    async fn has_wiki_enabled(&self) -> bool {
        false
    }

    /// There are no projects.
    async fn has_projects_enabled(&self) -> bool {
        false
    }

    /// There are no projects.
    async fn projects(
        &self,
        first: Option<i32>,
        #[graphql(name = "states")] _states: Option<Vec<ProjectState>>,
    ) -> Answered<Connection<Project>> {
        Connection::none(first)
    }

    /// There are no projects.
    #[graphql(name = "projectsV2")]
    async fn projects_v2(
        &self,
        first: Option<i32>,
        #[graphql(name = "query")] _query: Option<String>,
    ) -> Answered<Connection<ProjectV2>> {
        Connection::none(first)
    }

    /// There are no discussions.
    async fn has_discussions_enabled(&self) -> bool {
        false
    }

    /// There are no pull requests.
    async fn pull_requests(
        &self,
        first: Option<i32>,
        #[graphql(name = "states")] _states: Option<Vec<PullRequestState>>,
    ) -> Answered<Connection<PullRequest>> {
        Connection::none(first)
    }

    /// There are no pull requests.
    async fn pull_request_templates(&self) -> Option<Vec<PullRequestTemplate>> {
        Some(Vec::new())
    }

    /// There are no pull requests that could be merged.
    async fn merge_commit_allowed(&self) -> bool {
        false
    }

    /// There are no pull requests that could be merged.
    async fn rebase_merge_allowed(&self) -> bool {
        false
    }

    /// There are no pull requests that could be merged.
    async fn squash_merge_allowed(&self) -> bool {
        false
    }

    /// There are no pull requests that could be merged.
    async fn delete_branch_on_merge(&self) -> bool {
        false
    }

    /// There are no pull requests that could be merged. GitHub's type knows no such word: it is the one that holds where
    /// nobody chose.
    async fn viewer_default_merge_method(&self) -> PullRequestMergeMethod {
        PullRequestMergeMethod::Merge
    }

    /// There are no releases.
    async fn latest_release(&self) -> Option<Release> {
        None
    }

    /// There are no topics.
    async fn repository_topics(&self, first: Option<i32>) -> Answered<Connection<RepositoryTopic>> {
        Connection::none(first)
    }

    /// No page of its own elsewhere is kept.
    async fn homepage_url(&self) -> Option<String> {
        None
    }

    /// No picture can be given to a repository.
    async fn uses_custom_open_graph_image(&self) -> bool {
        false
    }

    /// There are no links to those who pay for something.
    async fn funding_links(&self) -> Vec<FundingLink> {
        Vec::new()
    }

    /// Nobody looks for one among the files: not known.
    async fn license_info(&self) -> Option<License> {
        None
    }

    /// Nobody looks for one among the files: not known.
    async fn code_of_conduct(&self) -> Option<CodeOfConduct> {
        None
    }

    /// Nobody looks for one among the files: not known.
    async fn is_security_policy_enabled(&self) -> Option<bool> {
        None
    }

    /// Nobody looks for one among the files: not known.
    async fn security_policy_url(&self) -> Option<String> {
        None
    }

    /// Nobody looks into the files: not known.
    async fn primary_language(&self) -> Option<Language> {
        None
    }

    /// Nobody looks into the files: not known.
    async fn languages(&self, first: Option<i32>) -> Answered<Option<LanguageConnection>> {
        limits::items(first)?;
        Ok(None)
    }
}
