//! A rule as its form holds it.

use std::collections::BTreeMap;

use jeton_app::workload::{RuleView, RuleWish};
use jeton_domain::{
    ClaimPatterns, Forks, JobRepositories, Level, PermissionKey, Scope, WorkloadRule, plain,
};
use jeton_http::Input;

use crate::levels::{self, Entry};
use crate::{Faults, Values, seen};

/// Seconds that the form suggests.
const SECONDS: &str = "3600";

/// What is filled in.
#[derive(Clone, Debug)]
pub(super) struct RuleForm {
    pub(super) name: String,
    /// Empty: after all others.
    pub(super) order: String,
    pub(super) audience: String,
    /// `CLAIM=PATTERN`, one a line.
    pub(super) claims: String,
    /// The token names the repository, in `repository_claim`.
    pub(super) claimed: bool,
    pub(super) repositories: String,
    pub(super) repository_claim: String,
    pub(super) ref_claim: String,
    pub(super) environment_claim: String,
    /// A job for somebody else's change reads.
    pub(super) forks_read: bool,
    /// As `claims`; empty: as usual.
    pub(super) fork_claims: String,
    pub(super) permissions: Vec<Entry>,
    pub(super) seconds: String,
}

fn entries(chosen: impl Fn(&'static str) -> String) -> Vec<Entry> {
    levels::entries(
        Level::Write,
        |one| {
            one.scope == Scope::Repository && one.levels.iter().any(|level| *level <= Level::Write)
        },
        chosen,
    )
}

/// Patterns as they are typed.
fn typed(patterns: &ClaimPatterns) -> String {
    let lines: Vec<String> = patterns
        .iter()
        .flat_map(|(name, list)| {
            let named = list.iter();
            named.map(|pattern| format!("{}={}", name.as_str(), pattern.as_str()))
        })
        .collect();
    lines.join("\n")
}

/// Reads `CLAIM=PATTERN`, one a line.
fn read(field: &str, text: &str) -> Result<BTreeMap<String, Vec<String>>, Faults> {
    let mut claims = BTreeMap::<String, Vec<String>>::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.split_once('=') {
            Some((name, pattern)) if !name.is_empty() && !pattern.is_empty() => {
                let list = claims.entry(name.trim().to_owned()).or_default();
                list.push(pattern.trim().to_owned());
            }
            _ => {
                let shown: String = plain(line).chars().take(80).collect();
                let words = format!(
                    "`{shown}` says nothing: write a claim, `=` and a pattern, as in `ref=refs/heads/main`."
                );
                return Err(Faults::one(field, words));
            }
        }
    }
    Ok(claims)
}

/// A claim's name, if one is typed.
fn claim(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

impl RuleForm {
    pub(super) fn new(audience: &str) -> Self {
        Self {
            name: String::new(),
            order: String::new(),
            audience: audience.to_owned(),
            claims: String::new(),
            claimed: false,
            repositories: String::new(),
            repository_claim: String::new(),
            ref_claim: String::new(),
            environment_claim: String::new(),
            forks_read: false,
            fork_claims: String::new(),
            permissions: entries(|_| String::new()),
            seconds: SECONDS.to_owned(),
        }
    }

    pub(super) fn of(view: &RuleView) -> Self {
        let rule = &view.row.rule;
        let (claimed, repository_claim) = match &rule.repositories {
            JobRepositories::Claimed(name) => (true, name.as_str().to_owned()),
            JobRepositories::Only(_) => (false, String::new()),
        };
        let usual = rule.fork_claims == WorkloadRule::usual_fork_claims();
        Self {
            name: view.row.name.clone(),
            order: view.row.place.to_string(),
            audience: rule.audience.clone(),
            claims: typed(&rule.claims),
            claimed,
            repositories: view.repositories.join("\n"),
            repository_claim,
            ref_claim: rule.ref_claim.as_str().to_owned(),
            environment_claim: rule.environment_claim.as_str().to_owned(),
            forks_read: rule.forks == Forks::ReadOnly,
            fork_claims: if usual {
                String::new()
            } else {
                typed(&rule.fork_claims)
            },
            permissions: entries(|key| {
                let held = PermissionKey::parse(key).and_then(|key| rule.permissions.level(key));
                held.map_or_else(String::new, |level| level.name().to_owned())
            }),
            seconds: rule.length.seconds().to_string(),
        }
    }

    /// As it was sent. SECURITY: what is not chosen is never the widest.
    pub(super) fn sent(input: &Input) -> Self {
        let text = |name: &str| input.field(name).trim().to_owned();
        Self {
            name: text("name"),
            order: text("order"),
            audience: text("audience"),
            claims: text("claims"),
            claimed: input.field("which") == "claim",
            repositories: text("repositories"),
            repository_claim: text("repository_claim"),
            ref_claim: text("ref_claim"),
            environment_claim: text("environment_claim"),
            forks_read: input.field("forks") == Forks::ReadOnly.name(),
            fork_claims: text("fork_claims"),
            permissions: entries(|key| text(&format!("permission.{key}"))),
            seconds: text("seconds"),
        }
    }

    /// What a change is made from.
    pub(super) fn values(&self) -> Values {
        let which = if self.claimed {
            format!("that in the claim {}", self.repository_claim)
        } else {
            "only these".to_owned()
        };
        let forks = if self.forks_read { "reads" } else { "refused" };
        let mut values = seen::values([
            ("Name", self.name.clone()),
            ("Order", self.order.clone()),
            ("Audience", self.audience.clone()),
            ("Repositories", which),
            ("Claim of the ref", self.ref_claim.clone()),
            ("Claim of the environment", self.environment_claim.clone()),
            ("Somebody else's change", forks.to_owned()),
            ("Seconds", self.seconds.clone()),
        ]);
        let chosen = |what: &str, text: &str| -> Values {
            text.lines()
                .map(|line| seen::chosen(format!("{what} {line}")))
                .collect()
        };
        values.extend(chosen("Claim", &self.claims));
        values.extend(chosen("Somebody else's by", &self.fork_claims));
        values.extend(chosen("Repository", &self.repositories));
        let held = self
            .permissions
            .iter()
            .filter(|entry| !entry.level.is_empty());
        values.extend(held.map(|entry| (entry.title.clone(), format!("up to {}", entry.level))));
        values
    }

    /// As the use case takes it.
    pub(super) fn wish(&self, org: &str) -> Result<RuleWish, Faults> {
        // SECURITY: whoever typed names meant them.
        if self.claimed && !self.repositories.is_empty() {
            let words = "You named repositories: choose “Only these”, or empty the list.";
            return Err(Faults::one("repositories", words));
        }
        let number = |field: &str, text: &str| {
            let words = "Takes a whole number.";
            text.parse::<i64>().map_err(|_| Faults::one(field, words))
        };
        let order = match self.order.as_str() {
            "" => None,
            typed => Some(number("order", typed)?),
        };
        let own = format!("{org}/").to_ascii_lowercase();
        let names = self.repositories.split([' ', ',', '\n', '\r', '\t']);
        let names = names.filter(|name| !name.is_empty()).map(|name| {
            let bare = name.get(own.len()..);
            let is_own = name.to_ascii_lowercase().starts_with(&own);
            bare.filter(|_| is_own).unwrap_or(name).to_owned()
        });
        let fork_claims = read("fork_claims", &self.fork_claims)?;
        Ok(RuleWish {
            name: self.name.clone(),
            order,
            audience: self.audience.clone(),
            claims: read("claims", &self.claims)?,
            repositories: (!self.claimed).then(|| names.collect()),
            repository_claim: self.claimed.then(|| self.repository_claim.clone()),
            ref_claim: claim(&self.ref_claim),
            environment_claim: claim(&self.environment_claim),
            forks: Some(
                if self.forks_read {
                    Forks::ReadOnly
                } else {
                    Forks::Refused
                }
                .name()
                .to_owned(),
            ),
            fork_claims: (!fork_claims.is_empty()).then_some(fork_claims),
            permissions: levels::chosen(&self.permissions),
            seconds: Some(number("seconds", &self.seconds)?),
        })
    }
}
