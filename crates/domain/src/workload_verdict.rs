//! What a rule says to a token: the job that it opens, or every reason why not.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::RepositoryId;
use crate::text::{is_plain, plain};
use crate::workload::{
    ClaimName, ClaimPattern, ClaimPatterns, Forks, JobRepositories, LONGEST_CLAIM, WorkloadRule,
};

/// What a token says, as far as rules look at it: texts by claim, several where the claim is a list of them. A number, `true`
/// and `false` count as their text; what is anything else has no text, and no pattern names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims(BTreeMap<String, BTreeSet<String>>);

impl Claims {
    /// From texts by claim.
    pub fn new(claims: impl IntoIterator<Item = (String, BTreeSet<String>)>) -> Self {
        Self(claims.into_iter().collect())
    }

    fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.get(name).into_iter().flatten().map(String::as_str)
    }

    /// The text of a claim that has just one.
    pub fn text(&self, name: &str) -> Option<&str> {
        let mut texts = self.texts(name);
        texts.next().filter(|_| texts.next().is_none())
    }

    /// What stands in a claim, for people.
    fn seen(&self, name: &str) -> Option<String> {
        let all: Vec<&str> = self.texts(name).take(16).collect();
        let shown = plain(&all.join(", "));
        (!all.is_empty()).then(|| shown.chars().take(LONGEST_CLAIM).collect())
    }

    /// What stands in these claims, for people, as far as they are there.
    pub fn shown<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, String> {
        names
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), self.seen(name)?)))
            .collect()
    }

    /// The text of a claim that a job can carry.
    fn carried(&self, name: &ClaimName) -> Option<String> {
        self.text(name.as_str())
            .filter(|text| (1..=LONGEST_CLAIM).contains(&text.len()) && is_plain(text))
            .map(ToOwned::to_owned)
    }

    /// The first of these claims that one of its patterns names.
    fn any_of(&self, patterns: &ClaimPatterns) -> Option<(&str, String)> {
        patterns
            .iter()
            .find(|(name, list)| self.named(name, list))
            .and_then(|(name, _)| {
                let (name, _) = self.0.get_key_value(name.as_str())?;
                Some((name.as_str(), self.seen(name)?))
            })
    }

    fn named(&self, name: &ClaimName, list: &[ClaimPattern]) -> bool {
        self.texts(name.as_str())
            .any(|text| list.iter().any(|pattern| pattern.names(text)))
    }
}

/// The repository that somebody wants a job's token for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// As `owner/name`.
    pub name: &'a str,
    /// Which of the organization's it is, if it is one.
    pub id: Option<RepositoryId>,
}

/// What a met rule opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// For this repository alone.
    pub repository: RepositoryId,
    /// About this ref, if the token says so.
    pub reference: Option<String>,
    /// For this environment, if the token says so.
    pub environment: Option<String>,
    /// It is for somebody else's change.
    pub fork: bool,
}

/// One reason why a rule is not met.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The token is for somebody else, or for somebody beside.
    #[error("the audience must be `{expected}` alone, and is {}", shown(seen.as_deref()))]
    Audience {
        /// The rule's.
        expected: String,
        /// The token's; nothing, where it has none.
        seen: Option<String>,
    },
    /// A claim looks otherwise, or is not there.
    #[error("`{name}` must look like {}, and is {}", listed(expected), shown(seen.as_deref()))]
    Claim {
        /// Which.
        name: String,
        /// What it must look like: one of these.
        expected: Vec<String>,
        /// What it is; nothing, where it is not there.
        seen: Option<String>,
    },
    /// The wanted repository is none of the rule's.
    #[error("`{name}` is no repository that the rule is for")]
    Repository {
        /// The wanted one.
        name: String,
    },
    /// It is a job for somebody else's change, and the rule refuses those.
    #[error("`{name}` is `{seen}`: a job for somebody else's change, which the rule refuses")]
    Fork {
        /// By which claim that is known.
        name: String,
        /// What it is.
        seen: String,
    },
}

fn shown(seen: Option<&str>) -> String {
    seen.map_or_else(|| "not there".to_owned(), |seen| format!("`{seen}`"))
}

fn listed(expected: &[String]) -> String {
    let quoted: Vec<String> = expected.iter().map(|one| format!("`{one}`")).collect();
    quoted.join(" or ")
}

impl Mismatch {
    /// Which claim, or what else, differs.
    pub fn about(&self) -> &str {
        match self {
            Self::Audience { .. } => "aud",
            Self::Claim { name, .. } | Self::Fork { name, .. } => name,
            Self::Repository { .. } => "repository",
        }
    }
}

impl WorkloadRule {
    /// Holds the rule against a token that is known to be its issuer's: the job, or *every* reason why not.
    ///
    /// SECURITY: says nothing of signature, time and second uses; whoever opens a job by it has looked at those before.
    pub fn judge(&self, claims: &Claims, wanted: Wanted<'_>) -> Result<Job, Vec<Mismatch>> {
        let mut reasons = Vec::new();
        // SECURITY: a token that somebody else takes too is one that somebody else can bring.
        if claims.text("aud") != Some(self.audience.as_str()) {
            reasons.push(Mismatch::Audience {
                expected: self.audience.clone(),
                seen: claims.seen("aud"),
            });
        }
        for (name, patterns) in &self.claims {
            if !claims.named(name, patterns) {
                reasons.push(Mismatch::Claim {
                    name: name.as_str().to_owned(),
                    expected: patterns.iter().map(|p| p.as_str().to_owned()).collect(),
                    seen: claims.seen(name.as_str()),
                });
            }
        }
        let fork = claims.any_of(&self.fork_claims);
        if let (Forks::Refused, Some((name, seen))) = (self.forks, &fork) {
            reasons.push(Mismatch::Fork {
                name: (*name).to_owned(),
                seen: seen.clone(),
            });
        }
        let repository = self.repository(claims, wanted, &mut reasons);
        match repository {
            Some(repository) if reasons.is_empty() => Ok(Job {
                repository,
                reference: claims.carried(&self.ref_claim),
                environment: claims.carried(&self.environment_claim),
                fork: fork.is_some(),
            }),
            _ => Err(reasons),
        }
    }

    fn repository(
        &self,
        claims: &Claims,
        wanted: Wanted<'_>,
        reasons: &mut Vec<Mismatch>,
    ) -> Option<RepositoryId> {
        let theirs = match &self.repositories {
            JobRepositories::Only(set) => wanted.id.filter(|id| set.contains(id)),
            JobRepositories::Claimed(name) => {
                let said = claims.text(name.as_str());
                if !said.is_some_and(|said| said.eq_ignore_ascii_case(wanted.name)) {
                    reasons.push(Mismatch::Claim {
                        name: name.as_str().to_owned(),
                        expected: vec![plain(wanted.name)],
                        seen: claims.seen(name.as_str()),
                    });
                    return None;
                }
                wanted.id
            }
        };
        if theirs.is_none() {
            reasons.push(Mismatch::Repository {
                name: plain(wanted.name),
            });
        }
        theirs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id as _;
    use crate::permissions::Permissions;
    use crate::time::Span;

    fn repository(number: i64) -> RepositoryId {
        RepositoryId::from_i64(number).unwrap()
    }

    fn patterns(pairs: &[(&str, &[&str])]) -> ClaimPatterns {
        let read = |text: &&str| ClaimPattern::parse(text).unwrap();
        pairs
            .iter()
            .map(|(name, list)| {
                (
                    ClaimName::parse(name).unwrap(),
                    list.iter().map(read).collect(),
                )
            })
            .collect()
    }

    fn claims(pairs: &[(&str, &[&str])]) -> Claims {
        Claims::new(pairs.iter().map(|(name, texts)| {
            let texts = texts.iter().map(|text| (*text).to_owned()).collect();
            ((*name).to_owned(), texts)
        }))
    }

    fn rule() -> WorkloadRule {
        WorkloadRule {
            audience: "https://git.example.org".to_owned(),
            claims: patterns(&[
                (
                    "sub",
                    &[
                        "repo:acme/widget:ref:refs/heads/*",
                        "repo:acme/widget:environment:*",
                    ],
                ),
                ("groups", &["ci"]),
            ]),
            repositories: JobRepositories::Only([repository(1)].into()),
            ref_claim: ClaimName::parse("ref").unwrap(),
            environment_claim: ClaimName::parse("environment").unwrap(),
            forks: Forks::Refused,
            fork_claims: WorkloadRule::usual_fork_claims(),
            permissions: Permissions::parse([("contents", "read")]).unwrap(),
            length: Span::from_hours(1),
        }
    }

    const GOOD: &[(&str, &[&str])] = &[
        ("aud", &["https://git.example.org"]),
        ("sub", &["repo:acme/widget:ref:refs/heads/main"]),
        ("groups", &["people", "ci"]),
        ("ref", &["refs/heads/main"]),
        ("event_name", &["push"]),
    ];

    fn with(name: &str, texts: &[&str]) -> Claims {
        let mut all = claims(GOOD);
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        all.0.insert(name.to_owned(), texts);
        all
    }

    const WIDGET: Wanted<'static> = Wanted {
        name: "acme/widget",
        id: Some(RepositoryId::FIRST),
    };

    #[test]
    fn a_token_that_looks_as_the_rule_says_opens_a_job() {
        assert_eq!(
            rule().judge(&claims(GOOD), WIDGET),
            Ok(Job {
                repository: repository(1),
                reference: Some("refs/heads/main".to_owned()),
                environment: None,
                fork: false,
            })
        );
        let deploys = with("environment", &["production"]);
        let job = rule().judge(&deploys, WIDGET).unwrap();
        assert_eq!(job.environment.as_deref(), Some("production"));
        // What no job can carry is left out: nothing reads it as a ref then.
        for bad in ["a\u{202e}b", "", &"a".repeat(257)] {
            let job = rule().judge(&with("ref", &[bad]), WIDGET).unwrap();
            assert_eq!(job.reference, None, "{bad}");
        }
        let job = rule().judge(&with("ref", &["a", "b"]), WIDGET).unwrap();
        assert_eq!(job.reference, None, "of two, neither");
    }

    #[test]
    fn every_claim_that_differs_is_said_with_what_was_expected_and_seen() {
        let token = claims(&[
            (
                "aud",
                &["https://git.example.org", "https://other.example.org"],
            ),
            ("sub", &["repo:acme/widget:pull_request"]),
            ("event_name", &["pull_request_target"]),
        ]);
        let other = Wanted {
            name: "acme/other",
            id: Some(repository(2)),
        };
        let reasons = rule().judge(&token, other).unwrap_err();
        let said: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "the audience must be `https://git.example.org` alone, and is `https://git.example.org, https://other.example.org`",
                "`groups` must look like `ci`, and is not there",
                "`sub` must look like `repo:acme/widget:ref:refs/heads/*` or `repo:acme/widget:environment:*`, and is `repo:acme/widget:pull_request`",
                "`event_name` is `pull_request_target`: a job for somebody else's change, which the rule refuses",
                "`acme/other` is no repository that the rule is for",
            ]
        );
        let about: Vec<&str> = reasons.iter().map(Mismatch::about).collect();
        assert_eq!(about, ["aud", "groups", "sub", "event_name", "repository"]);
    }

    #[test]
    fn each_part_of_a_rule_alone_refuses() {
        for (name, texts) in [
            ("aud", &["https://git.example.org/"][..]),
            ("aud", &[]),
            ("sub", &["repo:acme/widget2:ref:refs/heads/main"]),
            ("sub", &[]),
            ("groups", &["people"]),
            ("event_name", &["pull_request"]),
            ("pipeline_source", &["merge_request_event"]),
        ] {
            let reasons = rule().judge(&with(name, texts), WIDGET).unwrap_err();
            assert_eq!(reasons.len(), 1, "{name}: {reasons:?}");
            assert_eq!(reasons[0].about(), name);
        }
        for id in [None, Some(repository(2))] {
            let wanted = Wanted { id, ..WIDGET };
            assert!(rule().judge(&claims(GOOD), wanted).is_err());
        }
    }

    #[test]
    fn a_repository_that_the_token_names_is_the_wanted_one_or_none() {
        let mut rule = rule();
        rule.repositories = JobRepositories::Claimed(ClaimName::parse("repository").unwrap());
        let asked =
            |texts: &[&str], wanted: Wanted<'_>| rule.judge(&with("repository", texts), wanted);
        assert_eq!(
            asked(&["Acme/Widget"], WIDGET).unwrap().repository,
            repository(1)
        );
        for texts in [&["acme/other"][..], &[], &["acme/widget", "acme/other"]] {
            assert!(asked(texts, WIDGET).is_err(), "{texts:?}");
        }
        let nowhere = Wanted { id: None, ..WIDGET };
        assert!(
            asked(&["acme/widget"], nowhere).is_err(),
            "no such repository here"
        );
    }

    #[test]
    fn a_job_for_somebody_elses_change_is_known_as_such_where_it_is_let_in() {
        let mut rule = rule();
        rule.forks = Forks::ReadOnly;
        let job = rule
            .judge(&with("event_name", &["pull_request"]), WIDGET)
            .unwrap();
        assert!(job.fork);
        assert!(!rule.judge(&claims(GOOD), WIDGET).unwrap().fork);
    }

    #[test]
    fn what_is_shown_of_a_token_is_short_and_plain() {
        let long = "x".repeat(5000);
        let reasons = rule().judge(&with("sub", &[&long]), WIDGET).unwrap_err();
        assert!(reasons[0].to_string().len() < 500);
        let reasons = rule()
            .judge(&with("sub", &["a\u{1b}[31m\u{202e}"]), WIDGET)
            .unwrap_err();
        assert!(reasons[0].to_string().ends_with("and is `a[31m`"));
    }
}
