//! Workload identity: the rules by which somebody else's signed word about a job opens a token here.
//!
//! An organization trusts an *issuer*; each of its *rules* says which of the issuer's tokens it takes, and for what. Nothing that
//! is left out means 'any': a rule without an audience, without claims that narrow, without permissions is none.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::glob;
use crate::ids::RepositoryId;
use crate::job::{LONGEST_JOB, reading};
use crate::level::Level;
use crate::permission::{PermissionKey, Scope};
use crate::permissions::Permissions;
use crate::text::is_plain;
use crate::time::Span;

/// The shortest that a rule may give.
const SHORTEST_JOB: Span = Span::from_minutes(1);
/// Bytes of a pattern, an audience, and of what of a claim is taken over.
pub const LONGEST_CLAIM: usize = 256;
/// Claims that a rule looks at, and patterns for each.
const MOST_CLAIMS: usize = 16;
/// Repositories that a rule names.
const MOST_REPOSITORIES: usize = 1000;

/// The claim that says whom a token speaks of.
const SUBJECT: &str = "sub";

/// The name of a claim, at the top of a token.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClaimName(String);

impl ClaimName {
    /// Reads a name: 1 to 64 letters, digits and `_ - . : /`, as issuers use them.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte));
        fits.then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ClaimName {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a claim's name has 1 to 64 letters, digits and `_-.:/`")
    }
}

impl From<ClaimName> for String {
    fn from(name: ClaimName) -> Self {
        name.0
    }
}

/// What a claim must look like, from its first to its last byte: `*` stands for any run without `/` and `:`, `**` for any run;
/// everything else for itself, capitals too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClaimPattern(String);

impl ClaimPattern {
    /// Reads a pattern: 1 to 256 bytes that are shown as they are, and at most 8 wild cards.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=LONGEST_CLAIM).contains(&text.len())
            && is_plain(text)
            && !text.contains(['\n', '\r', '\t'])
            && !text.contains("***")
            && text.matches('*').count() <= 8;
        fits.then(|| Self(text.to_owned()))
    }

    /// The pattern's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names the text.
    pub fn names(&self, text: &str) -> bool {
        glob::matches(self.0.as_bytes(), text.as_bytes(), glob::CLAIM)
    }

    /// Whether it leaves next to everything open: nothing stands in it but wild cards and what separates.
    fn is_open(&self) -> bool {
        self.0.bytes().all(|byte| b"*/:".contains(&byte))
    }
}

impl TryFrom<String> for ClaimPattern {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or(
            "a pattern has 1 to 256 printable characters, at most 8 wild cards among them, and no `***`",
        )
    }
}

impl From<ClaimPattern> for String {
    fn from(pattern: ClaimPattern) -> Self {
        pattern.0
    }
}

/// Patterns by claim: of each claim that is named here, one of its patterns must name what the token says.
pub type ClaimPatterns = BTreeMap<ClaimName, Vec<ClaimPattern>>;

/// Which repositories a rule opens jobs for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobRepositories {
    /// These of the organization's.
    Only(BTreeSet<RepositoryId>),
    /// That of the organization which the token itself names as `owner/name`, in this claim.
    Claimed(ClaimName),
}

/// What a job for somebody else's change gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forks {
    /// Nothing.
    Refused,
    /// What the rule gives, but each permission at `read` at most.
    ReadOnly,
}

impl Forks {
    /// The word in storage and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::ReadOnly => "read_only",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Refused, Self::ReadOnly]
            .into_iter()
            .find(|forks| forks.name() == word)
    }
}

/// Which tokens of an issuer open a job's token, and what for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadRule {
    /// Whom the token was made for: this, and nobody beside.
    pub audience: String,
    /// What its claims must look like.
    pub claims: ClaimPatterns,
    /// For which repositories.
    pub repositories: JobRepositories,
    /// The claim that says which ref the job is about.
    pub ref_claim: ClaimName,
    /// The claim that says which environment it deploys to.
    pub environment_claim: ClaimName,
    /// What a job for somebody else's change gets.
    pub forks: Forks,
    /// How such a job is known: by any of these claims.
    pub fork_claims: ClaimPatterns,
    /// The most that the job may do; at most what the issuer's service account may do then, too.
    pub permissions: Permissions,
    /// How long its token lives.
    pub length: Span,
}

/// What is wrong with a rule: which field, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {why}")]
pub struct RuleFault {
    /// The field.
    pub field: &'static str,
    /// Why, without a full stop.
    pub why: &'static str,
}

impl WorkloadRule {
    /// How a job for somebody else's change is known, where a rule says nothing of it. GitHub, Forgejo and Gitea say what
    /// happened in `event_name`, GitLab in `pipeline_source`.
    pub fn usual_fork_claims() -> ClaimPatterns {
        let usual = [
            ("event_name", &["pull_request", "pull_request_*"][..]),
            (
                "pipeline_source",
                &["merge_request_event", "external_pull_request_event"],
            ),
        ];
        usual
            .iter()
            .filter_map(|(name, patterns)| {
                let patterns = patterns.iter().filter_map(|text| ClaimPattern::parse(text));
                Some((ClaimName::parse(name)?, patterns.collect()))
            })
            .collect()
    }

    /// Everything that is wrong with it.
    pub fn faults(&self) -> Vec<RuleFault> {
        let mut faults = Vec::new();
        let mut add = |wrong: bool, field, why| {
            if wrong {
                faults.push(RuleFault { field, why });
            }
        };
        add(
            !(1..=LONGEST_CLAIM).contains(&self.audience.len())
                || !is_plain(&self.audience)
                || self.audience.contains(char::is_whitespace)
                || self.audience.contains('*'),
            "audience",
            "needs 1 to 256 characters without blanks and wild cards: the one that the tokens are made for",
        );
        let many = |patterns: &ClaimPatterns| {
            patterns.len() > MOST_CLAIMS
                || patterns
                    .values()
                    .any(|list| list.is_empty() || list.len() > MOST_CLAIMS)
        };
        add(
            many(&self.claims),
            "claims",
            "takes at most 16 claims with 1 to 16 patterns each",
        );
        add(
            many(&self.fork_claims),
            "fork_claims",
            "takes at most 16 claims with 1 to 16 patterns each",
        );
        let named = |name: &str| self.claims.keys().any(|claim| claim.as_str() == name);
        let repository = match &self.repositories {
            JobRepositories::Claimed(claim) => named(claim.as_str()),
            JobRepositories::Only(_) => named("repository") || named("project_path"),
        };
        add(
            !named(SUBJECT) && !repository,
            "claims",
            "must say what `sub`, or the claim that names the repository, looks like",
        );
        // SECURITY: a public issuer makes tokens for everybody. One claim at least must leave out most of them.
        let narrows = |list: &Vec<ClaimPattern>| !list.iter().any(ClaimPattern::is_open);
        add(
            !self.claims.values().any(narrows),
            "claims",
            "would take any token of the issuer: one claim at least needs more than wild cards",
        );
        if let JobRepositories::Only(set) = &self.repositories {
            add(
                set.is_empty() || set.len() > MOST_REPOSITORIES,
                "repositories",
                "takes 1 to 1000 repositories",
            );
        }
        add(
            self.permissions.is_empty()
                || self
                    .permissions
                    .iter()
                    .any(|(key, _)| key.permission().scope != Scope::Repository),
            "permissions",
            "takes one permission on repositories at least, and no others",
        );
        add(
            self.permissions
                .iter()
                .any(|(_, level)| level == Level::Admin),
            "permissions",
            "takes `read` and `write`: a job administers nothing",
        );
        add(
            self.length < SHORTEST_JOB || self.length > LONGEST_JOB,
            "seconds",
            "is from 60 to 86400",
        );
        faults
    }

    /// Whether it lets in and gives all that `other` does. What can't be told counts as no.
    pub fn includes(&self, other: &Self) -> bool {
        let repositories = match (&self.repositories, &other.repositories) {
            (JobRepositories::Only(all), JobRepositories::Only(some)) => some.is_subset(all),
            (all, some) => all == some,
        };
        // Every claim that is asked for here is asked for there, by no more patterns.
        let claims = self.claims.iter().all(|(name, patterns)| {
            other
                .claims
                .get(name)
                .is_some_and(|theirs| theirs.iter().all(|one| patterns.contains(one)))
        });
        repositories
            && claims
            && self.audience == other.audience
            && self.ref_claim == other.ref_claim
            && self.environment_claim == other.environment_claim
            && self.fork_claims == other.fork_claims
            && (self.forks == other.forks || self.forks == Forks::ReadOnly)
            && self.permissions.include(&other.permissions)
            && self.length >= other.length
    }

    /// What a job gets that asks for this, or for all that there is; nothing where nothing is left.
    pub fn gives(&self, asked: Option<&Permissions>, fork: bool) -> Option<Permissions> {
        let given = asked.map_or_else(
            || self.permissions.clone(),
            |asked| self.permissions.and(asked),
        );
        let given = if fork { reading(&given) } else { given };
        // What comes with every other permission is nothing by itself, unless nothing else was wished for.
        let more =
            |held: &Permissions| held.iter().any(|(key, _)| key != PermissionKey::metadata());
        let wished = asked.unwrap_or(&self.permissions);
        let left = more(&given) || (!given.is_empty() && !more(wished));
        left.then_some(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id as _;

    fn patterns(pairs: &[(&str, &[&str])]) -> ClaimPatterns {
        pairs
            .iter()
            .map(|(name, list)| {
                let list = list.iter().map(|text| ClaimPattern::parse(text).unwrap());
                (ClaimName::parse(name).unwrap(), list.collect())
            })
            .collect()
    }

    fn permissions(pairs: &[(&str, &str)]) -> Permissions {
        Permissions::parse(pairs.iter().copied()).unwrap()
    }

    fn repositories(numbers: &[i64]) -> JobRepositories {
        JobRepositories::Only(
            numbers
                .iter()
                .map(|number| RepositoryId::from_i64(*number).unwrap())
                .collect(),
        )
    }

    type Change = fn(&mut WorkloadRule);

    fn rule() -> WorkloadRule {
        WorkloadRule {
            audience: "https://git.example.org".to_owned(),
            claims: patterns(&[("sub", &["repo:acme/widget:ref:refs/heads/*"])]),
            repositories: repositories(&[1, 2]),
            ref_claim: ClaimName::parse("ref").unwrap(),
            environment_claim: ClaimName::parse("environment").unwrap(),
            forks: Forks::Refused,
            fork_claims: WorkloadRule::usual_fork_claims(),
            permissions: permissions(&[("contents", "write"), ("repository_hooks", "read")]),
            length: Span::from_hours(1),
        }
    }

    #[test]
    fn a_pattern_is_anchored_and_its_wild_cards_know_their_segments() {
        for (pattern, named, not_named) in [
            (
                "repo:acme/*:ref:refs/heads/main",
                &["repo:acme/widget:ref:refs/heads/main"][..],
                &[
                    // Who names an environment as they like does not get past the colon.
                    "repo:acme/widget:environment:x:ref:refs/heads/main",
                    "repo:acme/widget/x:ref:refs/heads/main",
                    "xrepo:acme/widget:ref:refs/heads/main",
                    "repo:acme/widget:ref:refs/heads/main2",
                    "repo:Acme/widget:ref:refs/heads/main",
                ][..],
            ),
            (
                "repo:acme/**",
                &["repo:acme/a:b/c", "repo:acme/"],
                &["repo:acme", "repo:acmes/a"],
            ),
            ("main", &["main"], &["Main", "main\n", "", "amain"]),
            ("*", &["a", ""], &["a/b", "a:b"]),
            // No expressions: what looks like one stands for itself.
            ("a.c|d", &["a.c|d"], &["abc", "d"]),
        ] {
            let read = ClaimPattern::parse(pattern).unwrap();
            for text in named {
                assert!(read.names(text), "{pattern} on {text}");
            }
            for text in not_named {
                assert!(!read.names(text), "{pattern} on {text}");
            }
        }
    }

    #[test]
    fn what_is_no_pattern_and_no_name_is_refused() {
        let long = "a".repeat(257);
        for bad in [
            "",
            "a\u{202e}",
            "a\nb",
            "***",
            "*a*a*a*a*a*a*a*a*a",
            long.as_str(),
        ] {
            assert_eq!(ClaimPattern::parse(bad), None, "{bad:?}");
        }
        assert!(ClaimPattern::parse(&"a".repeat(256)).is_some());
        let long = "a".repeat(65);
        for bad in ["", "a b", "a\"", "ä", long.as_str()] {
            assert_eq!(ClaimName::parse(bad), None, "{bad:?}");
        }
        for good in [
            "sub",
            "kubernetes.io",
            "https://example.org/team",
            "job_workflow_ref",
        ] {
            assert!(ClaimName::parse(good).is_some(), "{good}");
        }
    }

    #[test]
    fn a_sound_rule_has_no_faults_and_each_fault_names_its_field() {
        assert_eq!(rule().faults(), []);
        let many: Vec<&str> = vec!["a"; 17];
        let broken: [(&str, Change); 15] = [
            ("audience", |r| r.audience = String::new()),
            ("audience", |r| r.audience = "a*".to_owned()),
            ("audience", |r| r.audience = "a b".to_owned()),
            ("audience", |r| r.audience = "a".repeat(257)),
            ("claims", |r| r.claims = patterns(&[])),
            ("claims", |r| r.claims = patterns(&[("sub", &["*"])])),
            ("claims", |r| r.claims = patterns(&[("sub", &["**/*:*"])])),
            // One pattern that takes anything makes the others mean nothing.
            ("claims", |r| {
                r.claims = patterns(&[("sub", &["repo:a", "**"])]);
            }),
            ("claims", |r| r.claims = patterns(&[("actor", &["ann"])])),
            ("claims", |r| r.claims = patterns(&[("sub", &[])])),
            ("repositories", |r| r.repositories = repositories(&[])),
            ("permissions", |r| r.permissions = Permissions::none()),
            ("permissions", |r| {
                r.permissions = permissions(&[("members", "read"), ("contents", "read")]);
            }),
            ("seconds", |r| r.length = Span::from_seconds(59)),
            ("seconds", |r| r.length = Span::from_seconds(86401)),
        ];
        for (n, (field, change)) in broken.into_iter().enumerate() {
            let mut wrong = rule();
            change(&mut wrong);
            let fields: Vec<_> = wrong.faults().iter().map(|fault| fault.field).collect();
            assert!(fields.contains(&field), "{n}: {fields:?}");
        }
        let mut long = rule();
        long.claims.insert(
            ClaimName::parse("ref").unwrap(),
            many.iter().filter_map(|a| ClaimPattern::parse(a)).collect(),
        );
        assert_eq!(long.faults().len(), 1);
        // An open subject is taken where another claim narrows.
        let mut narrowed = rule();
        narrowed.claims = patterns(&[("sub", &["*"]), ("repository", &["acme/*"])]);
        assert_eq!(narrowed.faults(), []);
    }

    #[test]
    fn a_job_gets_the_lower_of_what_it_asks_and_what_the_rule_gives() {
        let all = rule().permissions;
        assert_eq!(rule().gives(None, false), Some(all));
        let asked = permissions(&[("contents", "read"), ("administration", "write")]);
        assert_eq!(
            rule().gives(Some(&asked), false),
            Some(permissions(&[("contents", "read")]))
        );
        let nothing = permissions(&[("administration", "write")]);
        assert_eq!(
            rule().gives(Some(&nothing), false),
            None,
            "metadata alone is nothing"
        );
        let metadata = permissions(&[("metadata", "read")]);
        assert_eq!(rule().gives(Some(&metadata), false), Some(metadata));
        assert_eq!(
            rule().gives(None, true),
            Some(permissions(&[
                ("contents", "read"),
                ("repository_hooks", "read")
            ])),
            "a job for somebody else's change reads"
        );
    }

    #[test]
    fn each_limit_that_is_lifted_makes_a_rule_wider() {
        let looser: [Change; 7] = [
            |r| {
                r.permissions =
                    permissions(&[("contents", "write"), ("repository_hooks", "write")]);
            },
            |r| r.repositories = repositories(&[1, 2, 3]),
            |r| r.length = Span::from_hours(2),
            |r| r.forks = Forks::ReadOnly,
            |r| {
                let sub = ClaimName::parse("sub").unwrap();
                let list = r.claims.get_mut(&sub).unwrap();
                list.push(ClaimPattern::parse("repo:acme/other").unwrap());
            },
            |r| r.audience = "other".to_owned(),
            |r| r.fork_claims = patterns(&[]),
        ];
        for (n, change) in looser.into_iter().enumerate() {
            let mut wide = rule();
            change(&mut wide);
            assert!(!rule().includes(&wide), "{n}");
        }
        let mut tight = rule();
        tight
            .claims
            .extend(patterns(&[("environment", &["production"])]));
        tight.length = Span::from_minutes(5);
        assert!(rule().includes(&tight) && rule().includes(&rule()));
        assert!(!tight.includes(&rule()));
    }
}
