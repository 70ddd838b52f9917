//! The rules by which an issuer's word opens a job's token.

use std::collections::BTreeMap;

use jeton_domain::{
    ClaimName, ClaimPattern, ClaimPatterns, Clean, Event, Forks, JobRepositories, Selection, Span,
    WorkloadIssuerId, WorkloadRule, WorkloadRuleId,
};
use jeton_store::workload::{self, IssuerRow, RuleRow};
use jeton_store::{ReadUnit, WriteUnit, places};
use serde::Deserialize;

use super::issuers::{about, by_id};
use super::{MOST_RULES, check_name};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::{AppError, Faults};
use crate::tokens::{RepositoriesWish, choose_repositories, read_permissions};

const RESOURCE: &str = "WorkloadRule";
const LAST_PLACE: i64 = 9999;
/// How long a job's token lives, where a rule says nothing of it.
const USUAL_SECONDS: i64 = 3600;

/// A rule as it is wished for. What lets in and what is given must be said: nothing that is left out means 'any'.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleWish {
    /// Its name: what the log says.
    pub name: String,
    /// Where it stands among the issuer's rules; after all that are there, if it is not said.
    #[serde(default)]
    pub order: Option<i64>,
    /// Whom its tokens are made for.
    pub audience: String,
    /// What their claims look like.
    pub claims: BTreeMap<String, Vec<String>>,
    /// For these repositories.
    #[serde(default)]
    pub repositories: Option<Vec<String>>,
    /// For the one that this claim names.
    #[serde(default)]
    pub repository_claim: Option<String>,
    /// The claim that says which ref a job is about.
    #[serde(default)]
    pub ref_claim: Option<String>,
    /// The claim that says which environment it deploys to.
    #[serde(default)]
    pub environment_claim: Option<String>,
    /// What a job for somebody else's change gets: `refused` or `read_only`.
    #[serde(default)]
    pub forks: Option<String>,
    /// How such a job is known.
    #[serde(default)]
    pub fork_claims: Option<BTreeMap<String, Vec<String>>>,
    /// The highest levels by key.
    pub permissions: BTreeMap<String, String>,
    /// How long a job's token lives.
    #[serde(default)]
    pub seconds: Option<i64>,
}

/// A rule with the names of what it names.
#[derive(Clone, Debug)]
pub struct RuleView {
    /// As stored.
    pub row: RuleRow,
    /// The repositories, as `owner/name`.
    pub repositories: Vec<String>,
}

/// An issuer's rules, in the order in which they are tried.
pub fn list(app: &App, call: &Call, issuer: WorkloadIssuerId) -> Result<Vec<RuleView>, AppError> {
    app.read(call, |unit, acting| {
        let issuer = by_id(unit, acting, issuer)?;
        let rows = workload::rules(unit, issuer.id)?;
        rows.into_iter().map(|row| view(unit, row)).collect()
    })
}

/// One of them.
pub fn show(
    app: &App,
    call: &Call,
    issuer: WorkloadIssuerId,
    id: WorkloadRuleId,
) -> Result<RuleView, AppError> {
    app.read(call, |unit, acting| {
        let (_, row) = rule_by_id(unit, acting, issuer, id)?;
        view(unit, row)
    })
}

/// Makes a rule.
pub fn create(
    app: &App,
    call: &Call,
    issuer: WorkloadIssuerId,
    wish: &RuleWish,
) -> Result<RuleView, AppError> {
    app.write(call, |unit, acting| {
        let issuer = by_id(unit, acting, issuer)?;
        let there = workload::rules(unit, issuer.id)?;
        if there.len() >= MOST_RULES {
            return Err(AppError::invalid(
                RESOURCE,
                "name",
                format!("would be one rule too many: an issuer has at most {MOST_RULES}"),
            ));
        }
        let rule = read(unit, acting, wish)?;
        let behind = there
            .last()
            .map_or(1, |last| (last.place + 1).min(LAST_PLACE));
        let named = (wish.name.as_str(), wish.order.unwrap_or(behind));
        let by = acting.user()?.into();
        let id =
            workload::insert_rule(unit, issuer.id, named, &rule, acting.now, by).map_err(taken)?;
        let (_, row) = rule_by_id(unit, acting, issuer.id, id)?;
        log(unit, acting, Event::WorkloadRuleCreate, &issuer, &row)?;
        view(unit, row)
    })
}

/// Puts another rule in the place of one. Only what lets in or gives more, or is tried at another place, asks for a confirmation.
pub fn replace(
    app: &App,
    call: &Call,
    issuer: WorkloadIssuerId,
    id: WorkloadRuleId,
    wish: &RuleWish,
) -> Result<RuleView, AppError> {
    app.write(call, |unit, acting| {
        let (issuer, old) = rule_by_id(unit, acting, issuer, id)?;
        let rule = read(unit, acting, wish)?;
        let place = wish.order.unwrap_or(old.place);
        // Another rule may be met first then, and that one may give more.
        acting.confirm_if(unit, !old.rule.includes(&rule) || place != old.place)?;
        if old.rule == rule && old.name == wish.name && old.place == place {
            return view(unit, old);
        }
        workload::replace_rule(unit, id, (&wish.name, place), &rule).map_err(taken)?;
        let (_, row) = rule_by_id(unit, acting, issuer.id, id)?;
        log(unit, acting, Event::WorkloadRuleUpdate, &issuer, &row)?;
        view(unit, row)
    })
}

/// Deletes a rule. Tokens that were opened by it live on for the rest of their time.
pub fn delete(
    app: &App,
    call: &Call,
    issuer: WorkloadIssuerId,
    id: WorkloadRuleId,
) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let (issuer, row) = rule_by_id(unit, acting, issuer, id)?;
        workload::delete_rule(unit, id)?;
        log(unit, acting, Event::WorkloadRuleDestroy, &issuer, &row)
    })
}

/// A rule of an issuer of the organization that a request is about.
pub fn rule_by_id(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    issuer: WorkloadIssuerId,
    id: WorkloadRuleId,
) -> Result<(IssuerRow, RuleRow), AppError> {
    let issuer = by_id(unit, acting, issuer)?;
    let row = workload::rule(unit, issuer.id, id)?.ok_or(AppError::Missing("rule"))?;
    Ok((issuer, row))
}

fn read(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    wish: &RuleWish,
) -> Result<WorkloadRule, AppError> {
    let mut faults = Faults::default();
    check_name(RESOURCE, &wish.name, &mut faults);
    if wish
        .order
        .is_some_and(|place| !(1..=LAST_PLACE).contains(&place))
    {
        faults.add(RESOURCE, "order", format!("is from 1 to {LAST_PLACE}"));
    }
    let claims = patterns("claims", &wish.claims, &mut faults);
    let fork_claims = match &wish.fork_claims {
        Some(said) => patterns("fork_claims", said, &mut faults),
        None => Some(WorkloadRule::usual_fork_claims()),
    };
    let repositories = repositories(unit, acting, wish, &mut faults)?;
    let ref_claim = claim("ref_claim", wish.ref_claim.as_deref(), "ref", &mut faults);
    let environment_claim = claim(
        "environment_claim",
        wish.environment_claim.as_deref(),
        "environment",
        &mut faults,
    );
    let forks = match wish.forks.as_deref() {
        None => Some(Forks::Refused),
        Some(word) => {
            let read = Forks::parse(word).ok_or("takes `refused` or `read_only`");
            faults.take(RESOURCE, "forks", read)
        }
    };
    let permissions = read_permissions(&wish.permissions, None, &mut faults);
    let (
        Some(claims),
        Some(fork_claims),
        Some(repositories),
        Some(ref_claim),
        Some(environment_claim),
        Some(forks),
        Some(permissions),
    ) = (
        claims,
        fork_claims,
        repositories,
        ref_claim,
        environment_claim,
        forks,
        permissions,
    )
    else {
        faults.check()?;
        // Something was not understood without a fault of its own: no rule is made of it.
        return Err(AppError::invalid(
            RESOURCE,
            "name",
            "could not be read with its rule",
        ));
    };
    let rule = WorkloadRule {
        audience: wish.audience.clone(),
        claims,
        repositories,
        ref_claim,
        environment_claim,
        forks,
        fork_claims,
        permissions,
        // More than any rule may have is a fault of its own, and no reckoning.
        length: Span::from_seconds(wish.seconds.unwrap_or(USUAL_SECONDS).clamp(0, 1 << 32)),
    };
    for fault in rule.faults() {
        faults.add(RESOURCE, fault.field, fault.why);
    }
    faults.check()?;
    Ok(rule)
}

/// What was typed, as much of it as an answer gives back.
fn shown(typed: &str) -> String {
    typed.plain().chars().take(80).collect()
}

fn patterns(
    field: &'static str,
    said: &BTreeMap<String, Vec<String>>,
    faults: &mut Faults,
) -> Option<ClaimPatterns> {
    let mut read = ClaimPatterns::new();
    for (name, list) in said {
        let Some(claim) = ClaimName::parse(name) else {
            let words = format!(
                "names `{}`, and a claim's name has 1 to 64 letters, digits and `_-.:/`",
                shown(name)
            );
            faults.add(RESOURCE, field, words);
            return None;
        };
        let mut all = Vec::new();
        for text in list {
            let Some(pattern) = ClaimPattern::parse(text) else {
                let words = format!(
                    "holds `{}`, and a pattern has 1 to 256 printable characters, at most 8 wild cards among them, and no `***`",
                    shown(text)
                );
                faults.add(RESOURCE, field, words);
                return None;
            };
            all.push(pattern);
        }
        read.insert(claim, all);
    }
    Some(read)
}

fn claim(
    field: &'static str,
    said: Option<&str>,
    usual: &str,
    faults: &mut Faults,
) -> Option<ClaimName> {
    let read = ClaimName::parse(said.unwrap_or(usual))
        .ok_or("needs the name of a claim: 1 to 64 letters, digits and `_-.:/`");
    faults.take(RESOURCE, field, read)
}

fn repositories(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    wish: &RuleWish,
    faults: &mut Faults,
) -> Result<Option<JobRepositories>, AppError> {
    match (&wish.repositories, &wish.repository_claim) {
        (Some(names), None) => {
            let wish = RepositoriesWish::Names(names.clone());
            let owner = acting.organization()?;
            Ok(
                match choose_repositories(unit, acting, owner, Some(&wish), faults)? {
                    Some(Selection::Only(set)) => Some(JobRepositories::Only(set)),
                    Some(Selection::All | Selection::Public) | None => None,
                },
            )
        }
        (None, Some(name)) => {
            Ok(claim("repository_claim", Some(name), "", faults).map(JobRepositories::Claimed))
        }
        (Some(_), Some(_)) | (None, None) => {
            faults.add(
                RESOURCE,
                "repositories",
                "or else `repository_claim` must be said, and not both",
            );
            Ok(None)
        }
    }
}

pub(super) fn view(unit: &mut ReadUnit<'_>, row: RuleRow) -> Result<RuleView, AppError> {
    let repositories = match &row.rule.repositories {
        JobRepositories::Only(set) => places::full_names(unit, set.iter().copied())?
            .into_values()
            .collect(),
        JobRepositories::Claimed(_) => Vec::new(),
    };
    Ok(RuleView { row, repositories })
}

fn taken(error: jeton_store::StoreError) -> AppError {
    AppError::unless_taken(error, "workload_rules_name", RESOURCE, "name")
}

fn json(value: &impl serde::Serialize) -> Result<serde_json::Value, AppError> {
    serde_json::to_value(value).map_err(|error| AppError::Data(format!("a rule: {error}")))
}

fn log(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    event: Event,
    issuer: &IssuerRow,
    row: &RuleRow,
) -> Result<(), AppError> {
    unit.feed(
        acting.now,
        "organization.workload",
        acting.organization()?.id,
    )?;
    let rule = &row.rule;
    let record = about(acting.record(event), issuer)
        .with("workload_rule_id", row.id.get())
        .with("workload_rule", row.name.as_str())
        .with("audience", rule.audience.as_str())
        .with("claims", json(&rule.claims)?)
        .with("forks", rule.forks.name())
        .with("permissions", json(&rule.permissions)?)
        .with("seconds", rule.length.seconds());
    match &rule.repositories {
        JobRepositories::Only(set) => record.selects(&Selection::Only(set.clone())),
        JobRepositories::Claimed(name) => record.with("repository_claim", name.as_str()),
    }
    .write(unit)
}
