//! What webhooks are told of: GitHub's words where it has them, and one of our own.

use crate::text::Clean as _;

/// Where a webhook hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookOn {
    /// On an organization: it hears of the organization and of each of its repositories.
    Organization,
    /// On one repository.
    Repository,
}

macro_rules! hook_events {
    ($($variant:ident = $name:literal, $repository:literal, [$($action:literal),*], $sentence:literal;)*) => {
        /// A kind of thing that webhooks are told of. Append only: the names are stored.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum HookEvent {
            $(#[doc = $sentence] $variant,)*
        }

        impl HookEvent {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name, as the header `X-GitHub-Event` has it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// One sentence for people.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)* }
            }

            /// Whether a webhook of a repository hears of it too.
            pub const fn in_repositories(self) -> bool {
                match self { $(Self::$variant => $repository,)* }
            }

            /// What happens to such a thing, in GitHub's words; of some kinds it need not be said. Nothing else is told.
            pub const fn actions(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($action),*],)* }
            }

            /// Reads a name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|event| event.name() == name)
            }
        }
    };
}

hook_events! {
    Ping = "ping", true, [], "A webhook was made, or somebody tries it.";
    Push = "push", true, [], "A branch or a tag was made, moved or deleted by a push, or by what writes over REST.";
    Repository = "repository", true,
        ["created", "deleted", "edited", "renamed", "transferred", "publicized", "privatized"],
        "A repository was created, changed, renamed, handed over, made public or private, or deleted.";
    Member = "member", true, ["added", "edited", "removed"],
        "A person was given a role on a repository, has another one, or lost it.";
    Team = "team", true, ["created", "edited", "deleted", "added_to_repository", "removed_from_repository"],
        "A team was created, changed or deleted, or has another role on a repository.";
    Membership = "membership", false, ["added", "removed"], "A person joined or left a team.";
    Organization = "organization", false, ["member_added", "member_removed", "member_invited", "renamed", "deleted"],
        "Somebody was invited, joined or left; or the organization was renamed or deleted.";
    TokenRequest = "personal_access_token_request", false, ["created", "approved", "denied", "cancelled"],
        "A fine-grained token asks for access, or its request was answered or taken back.";
    Token = "personal_access_token", false, ["revoked", "expiring", "new_place"],
        "A token that reaches the organization expires soon, was revoked, or was used in a new place.";
    Create = "create", true, [], "A branch or a tag was made.";
    Delete = "delete", true, [], "A branch or a tag was deleted.";
    Public = "public", true, [], "A private or internal repository was made public.";
    TeamAdd = "team_add", true, [], "A team was given a role on a repository.";
    Meta = "meta", true, ["deleted"], "This webhook was deleted.";
}

/// Hears of everything that is told there, now and later.
pub const ALL_HOOK_EVENTS: &str = "*";

/// What GitHub's webhooks hear of besides, and nothing here is told of: clients of GitHub's choose it with the rest.
const ELSEWHERE: &[&str] = &[
    "branch_protection_configuration",
    "branch_protection_rule",
    "bypass_request_push_ruleset",
    "bypass_request_secret_scanning",
    "check_run",
    "check_suite",
    "code_scanning_alert",
    "commit_comment",
    "content_reference",
    "custom_property",
    "custom_property_promoted_to_enterprise",
    "custom_property_values",
    "dependabot_alert",
    "deploy_key",
    "deployment",
    "deployment_protection_rule",
    "deployment_review",
    "deployment_status",
    "discussion",
    "discussion_comment",
    "dismissal_request_code_scanning",
    "dismissal_request_secret_scanning",
    "exemption_request_push_ruleset",
    "exemption_request_secret_scanning",
    "fork",
    "gollum",
    "issue_comment",
    "issue_dependencies",
    "issues",
    "label",
    "merge_group",
    "milestone",
    "org_block",
    "package",
    "page_build",
    "project",
    "project_card",
    "project_column",
    "projects_v2",
    "projects_v2_item",
    "projects_v2_status_update",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "pull_request_review_thread",
    "registry_package",
    "release",
    "repository_advisory",
    "repository_dispatch",
    "repository_import",
    "repository_ruleset",
    "repository_vulnerability_alert",
    "secret_scanning_alert",
    "secret_scanning_alert_location",
    "secret_scanning_scan",
    "security_and_analysis",
    "star",
    "status",
    "sub_issues",
    "watch",
    "workflow_dispatch",
    "workflow_job",
    "workflow_run",
];

/// Why names can't be what a webhook hears of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HookEventFault {
    /// None is left.
    #[error("takes one event at least")]
    None,
    /// Nobody knows it.
    #[error("names an event that is not known: `{0}`")]
    Unknown(String),
    /// It comes by itself.
    #[error("can't choose `{0}`: it comes by itself")]
    ByItself(&'static str),
    /// Organizations' webhooks hear of it alone.
    #[error("can't choose `{0}` for a repository: an organization's webhook hears of it")]
    Elsewhere(&'static str),
}

/// Reads what a webhook is to hear of: each name once, in the order given; `*` stands for all and alone. Names of
/// GitHub's are taken of which nothing here is told.
pub fn choose_hook_events<'a>(
    names: impl IntoIterator<Item = &'a str>,
    on: HookOn,
) -> Result<Vec<String>, HookEventFault> {
    let mut chosen: Vec<String> = Vec::new();
    for name in names {
        match HookEvent::parse(name) {
            Some(event) if !event.is_chosen() => {
                return Err(HookEventFault::ByItself(event.name()));
            }
            Some(event) if !event.is_heard(on) => {
                return Err(HookEventFault::Elsewhere(event.name()));
            }
            None if name != ALL_HOOK_EVENTS && !ELSEWHERE.contains(&name) => {
                let shown = name.plain().chars().take(40).collect();
                return Err(HookEventFault::Unknown(shown));
            }
            Some(_) | None if chosen.iter().any(|known| known == name) => {}
            Some(_) | None => chosen.push(name.to_owned()),
        }
    }
    if chosen.iter().any(|name| name == ALL_HOOK_EVENTS) {
        chosen = vec![ALL_HOOK_EVENTS.to_owned()];
    }
    if chosen.is_empty() {
        return Err(HookEventFault::None);
    }
    Ok(chosen)
}

/// Whether who chose these hears of what has this name.
pub fn hears(chosen: &[String], name: &str) -> bool {
    chosen
        .iter()
        .any(|known| known == name || known == ALL_HOOK_EVENTS)
}

impl HookEvent {
    /// Whether one chooses it. A ping comes by itself.
    pub const fn is_chosen(self) -> bool {
        !matches!(self, Self::Ping)
    }

    /// Whether a webhook there can hear of it.
    pub const fn is_heard(self, on: HookOn) -> bool {
        match on {
            HookOn::Organization => true,
            HookOn::Repository => self.in_repositories(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_none_is_there_twice() {
        for event in HookEvent::ALL {
            assert_eq!(HookEvent::parse(event.name()), Some(*event));
        }
        assert_eq!(HookEvent::parse("pull_request"), None);
    }

    #[test]
    fn what_github_knows_is_taken_and_what_nobody_knows_is_not() {
        let read = |names: &[&str], on| choose_hook_events(names.iter().copied(), on);
        let repository = HookOn::Repository;
        assert_eq!(
            read(&["push", "pull_request", "push"], repository).unwrap(),
            ["push", "pull_request"]
        );
        assert_eq!(read(&["push", "*"], repository).unwrap(), ["*"]);
        assert_eq!(read(&[], repository), Err(HookEventFault::None));
        assert_eq!(
            read(&["pusk\u{1b}"], repository).unwrap_err().to_string(),
            "names an event that is not known: `pusk`"
        );
        assert_eq!(
            read(&["ping"], HookOn::Organization),
            Err(HookEventFault::ByItself("ping"))
        );
        assert_eq!(
            read(&["membership"], repository),
            Err(HookEventFault::Elsewhere("membership"))
        );
        assert!(read(&["membership"], HookOn::Organization).is_ok());
        for name in ELSEWHERE {
            assert_eq!(HookEvent::parse(name), None, "{name}");
        }
        assert!(ELSEWHERE.is_sorted());
    }

    #[test]
    fn a_star_hears_of_everything() {
        let of = |name: &str| vec![name.to_owned()];
        assert!(hears(&of("*"), "push") && hears(&of("push"), "push"));
        assert!(!hears(&of("push"), "*") && !hears(&of("push"), "member"));
    }

    #[test]
    fn what_concerns_people_and_tokens_is_no_repositorys() {
        let heard = |on| {
            HookEvent::ALL
                .iter()
                .filter(move |event| event.is_heard(on))
        };
        assert_eq!(heard(HookOn::Organization).count(), HookEvent::ALL.len());
        let names: Vec<_> = heard(HookOn::Repository)
            .map(|event| event.name())
            .collect();
        assert_eq!(
            names,
            [
                "ping",
                "push",
                "repository",
                "member",
                "team",
                "create",
                "delete",
                "public",
                "team_add",
                "meta"
            ]
        );
    }
}
