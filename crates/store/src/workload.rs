//! Workload identity: trusted issuers, their rules, and which of their words were used.

use std::collections::BTreeSet;

use jeton_domain::{
    AccountId, ClaimName, Forks, JobRepositories, OrganizationId, RepositoryId, Span, Time,
    WorkloadIssuerId, WorkloadRule, WorkloadRuleId,
};

use crate::tokens::{from_json, to_json};
use crate::{ReadUnit, Row, SideUnit, Sql, StoreError, WriteUnit};

/// An issuer as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerRow {
    /// Which.
    pub id: WorkloadIssuerId,
    /// Whose.
    pub organization: OrganizationId,
    /// What it is called here.
    pub name: String,
    /// Its address, as its tokens name it.
    pub url: String,
    /// The service account that opens its jobs.
    pub opener: AccountId,
    /// What that is called.
    pub opener_login: String,
    /// When it was trusted.
    pub created_at: Time,
    /// By whom.
    pub created_by: AccountId,
    /// When its keys were read last.
    pub keys_read_at: Option<Time>,
    /// When they could not be read, and why; nothing, where they could be the last time.
    pub fault: Option<(Time, String)>,
}

/// A rule as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRow {
    /// Which.
    pub id: WorkloadRuleId,
    /// Its issuer.
    pub issuer: WorkloadIssuerId,
    /// Its name.
    pub name: String,
    /// Where it stands among the issuer's: the lowest is tried first.
    pub place: i64,
    /// What it says.
    pub rule: WorkloadRule,
    /// When it was made.
    pub created_at: Time,
}

/// An issuer in the making.
#[derive(Clone, Copy, Debug)]
pub struct NewIssuer<'a> {
    /// Whose.
    pub organization: OrganizationId,
    /// What it is called here.
    pub name: &'a str,
    /// Its address.
    pub url: &'a str,
    /// The service account that opens its jobs.
    pub opener: AccountId,
    /// Now.
    pub now: Time,
    /// Who trusts it.
    pub by: AccountId,
}

const ISSUER: &str = "SELECT i.id, i.organization_id, i.name, i.url, i.opener_id, a.login, i.created_at, i.created_by, \
     i.keys_read_at, i.fault, i.fault_at FROM workload_issuers i JOIN accounts a ON a.id = i.opener_id";

const RULE: &str = "SELECT id, issuer_id, name, place, audience, claims, repository_claim, ref_claim, environment_claim, forks, \
     fork_claims, permissions, seconds, created_at FROM workload_rules";

fn read_issuer(row: &Row) -> Result<IssuerRow, StoreError> {
    let (fault, at): (Option<String>, Option<Time>) = (row.get(9)?, row.get(10)?);
    Ok(IssuerRow {
        id: row.get(0)?,
        organization: row.get(1)?,
        name: row.get(2)?,
        url: row.get(3)?,
        opener: row.get(4)?,
        opener_login: row.get(5)?,
        created_at: row.get(6)?,
        created_by: row.get(7)?,
        keys_read_at: row.get(8)?,
        fault: at.zip(fault),
    })
}

fn read_rule(unit: &mut ReadUnit<'_>, row: &Row) -> Result<RuleRow, StoreError> {
    let id: WorkloadRuleId = row.get(0)?;
    let claim = |at| row.word(at, ClaimName::parse);
    let repositories = if row.get::<Option<String>>(6)?.is_some() {
        JobRepositories::Claimed(claim(6)?)
    } else {
        JobRepositories::Only(repositories(unit, id)?)
    };
    Ok(RuleRow {
        id,
        issuer: row.get(1)?,
        name: row.get(2)?,
        place: row.get(3)?,
        rule: WorkloadRule {
            audience: row.get(4)?,
            claims: from_json(&row.get::<String>(5)?)?,
            repositories,
            ref_claim: claim(7)?,
            environment_claim: claim(8)?,
            forks: row.word(9, Forks::parse)?,
            fork_claims: from_json(&row.get::<String>(10)?)?,
            permissions: from_json(&row.get::<String>(11)?)?,
            length: Span::from_seconds(row.get(12)?),
        },
        created_at: row.get(13)?,
    })
}

fn repositories(
    unit: &mut ReadUnit<'_>,
    id: WorkloadRuleId,
) -> Result<BTreeSet<RepositoryId>, StoreError> {
    unit.all(
        "SELECT repository_id FROM workload_rule_repositories WHERE rule_id = $1 ORDER BY repository_id",
        &[&id],
    )?
    .iter()
    .map(|row| row.get(0))
    .collect()
}

/// The issuers that an organization trusts, oldest first.
pub fn issuers(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
) -> Result<Vec<IssuerRow>, StoreError> {
    let sql = Sql::built(format!(
        "{ISSUER} WHERE i.organization_id = $1 ORDER BY i.id"
    ));
    unit.all(sql, &[&organization])?
        .iter()
        .map(read_issuer)
        .collect()
}

/// One of them.
pub fn issuer(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    id: WorkloadIssuerId,
) -> Result<Option<IssuerRow>, StoreError> {
    let sql = Sql::built(format!(
        "{ISSUER} WHERE i.organization_id = $1 AND i.id = $2"
    ));
    let row = unit.one(sql, &[&organization, &id])?;
    row.as_ref().map(read_issuer).transpose()
}

/// The one with this address.
pub fn issuer_by_url(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    url: &str,
) -> Result<Option<IssuerRow>, StoreError> {
    let sql = Sql::built(format!(
        "{ISSUER} WHERE i.organization_id = $1 AND i.url = $2"
    ));
    let row = unit.one(sql, &[&organization, &url])?;
    row.as_ref().map(read_issuer).transpose()
}

/// Trusts an issuer. A taken name is a conflict on `workload_issuers_name`, a taken address one on `workload_issuers_url`.
pub fn insert_issuer(
    unit: &mut WriteUnit<'_>,
    new: &NewIssuer<'_>,
) -> Result<WorkloadIssuerId, StoreError> {
    let id: WorkloadIssuerId = unit.allocate()?;
    unit.execute_one(
        "INSERT INTO workload_issuers (id, organization_id, name, name_key, url, opener_id, created_at, created_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            &id,
            &new.organization,
            &new.name,
            &new.name.to_lowercase(),
            &new.url,
            &new.opener,
            &new.now,
            &new.by,
        ],
    )?;
    Ok(id)
}

/// Gives an issuer another name or service account. Its address stays: another is another issuer.
pub fn update_issuer(
    unit: &mut WriteUnit<'_>,
    id: WorkloadIssuerId,
    name: &str,
    opener: AccountId,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE workload_issuers SET name = $2, name_key = $3, opener_id = $4 WHERE id = $1",
        &[&id, &name, &name.to_lowercase(), &opener],
    )
}

/// Trusts an issuer no more. Its rules go with it.
pub fn delete_issuer(unit: &mut WriteUnit<'_>, id: WorkloadIssuerId) -> Result<(), StoreError> {
    unit.execute(
        "DELETE FROM workload_rule_repositories WHERE rule_id IN (SELECT id FROM workload_rules WHERE issuer_id = $1)",
        &[&id],
    )?;
    unit.execute("DELETE FROM workload_rules WHERE issuer_id = $1", &[&id])?;
    unit.execute_one("DELETE FROM workload_issuers WHERE id = $1", &[&id])
}

/// Writes down what came of asking an issuer for its keys: when they were read, or why they could not be.
pub fn note_keys(
    unit: &mut SideUnit<'_>,
    id: WorkloadIssuerId,
    now: Time,
    fault: Option<&str>,
) -> Result<(), StoreError> {
    match fault {
        None => unit.execute(
            "UPDATE workload_issuers SET keys_read_at = $2, fault = NULL, fault_at = NULL WHERE id = $1",
            &[&id, &now],
        )?,
        Some(why) => unit.execute(
            "UPDATE workload_issuers SET fault = $3, fault_at = $2 WHERE id = $1",
            &[&id, &now, &why],
        )?,
    };
    Ok(())
}

/// An issuer's rules, in the order in which they are tried.
pub fn rules(
    unit: &mut ReadUnit<'_>,
    issuer: WorkloadIssuerId,
) -> Result<Vec<RuleRow>, StoreError> {
    let sql = Sql::built(format!("{RULE} WHERE issuer_id = $1 ORDER BY place, id"));
    let rows = unit.all(sql, &[&issuer])?;
    rows.iter().map(|row| read_rule(unit, row)).collect()
}

/// One of them.
pub fn rule(
    unit: &mut ReadUnit<'_>,
    issuer: WorkloadIssuerId,
    id: WorkloadRuleId,
) -> Result<Option<RuleRow>, StoreError> {
    let sql = Sql::built(format!("{RULE} WHERE issuer_id = $1 AND id = $2"));
    match unit.one(sql, &[&issuer, &id])? {
        Some(row) => read_rule(unit, &row).map(Some),
        None => Ok(None),
    }
}

/// Adds a rule. A taken name is a conflict on `workload_rules_name`.
pub fn insert_rule(
    unit: &mut WriteUnit<'_>,
    issuer: WorkloadIssuerId,
    (name, place): (&str, i64),
    rule: &WorkloadRule,
    now: Time,
    by: AccountId,
) -> Result<WorkloadRuleId, StoreError> {
    let id: WorkloadRuleId = unit.allocate()?;
    unit.execute_one(
        "INSERT INTO workload_rules (id, issuer_id, name, name_key, place, audience, claims, repository_claim, ref_claim, \
         environment_claim, forks, fork_claims, permissions, seconds, created_at, created_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        &[
            &id,
            &issuer,
            &name,
            &name.to_lowercase(),
            &place,
            &rule.audience,
            &to_json(&rule.claims)?,
            &repository_claim(rule),
            &rule.ref_claim.as_str(),
            &rule.environment_claim.as_str(),
            &rule.forks.name(),
            &to_json(&rule.fork_claims)?,
            &to_json(&rule.permissions)?,
            &rule.length.seconds(),
            &now,
            &by,
        ],
    )?;
    add_repositories(unit, id, rule)?;
    Ok(id)
}

/// Puts another rule in the place of one.
pub fn replace_rule(
    unit: &mut WriteUnit<'_>,
    id: WorkloadRuleId,
    (name, place): (&str, i64),
    rule: &WorkloadRule,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE workload_rules SET name = $2, name_key = $3, place = $4, audience = $5, claims = $6, repository_claim = $7, \
         ref_claim = $8, environment_claim = $9, forks = $10, fork_claims = $11, permissions = $12, seconds = $13 \
         WHERE id = $1",
        &[
            &id,
            &name,
            &name.to_lowercase(),
            &place,
            &rule.audience,
            &to_json(&rule.claims)?,
            &repository_claim(rule),
            &rule.ref_claim.as_str(),
            &rule.environment_claim.as_str(),
            &rule.forks.name(),
            &to_json(&rule.fork_claims)?,
            &to_json(&rule.permissions)?,
            &rule.length.seconds(),
        ],
    )?;
    drop_repositories(unit, id)?;
    add_repositories(unit, id, rule)
}

/// Deletes a rule. Tokens that were opened by it live on for the rest of their time.
pub fn delete_rule(unit: &mut WriteUnit<'_>, id: WorkloadRuleId) -> Result<(), StoreError> {
    drop_repositories(unit, id)?;
    unit.execute_one("DELETE FROM workload_rules WHERE id = $1", &[&id])
}

fn repository_claim(rule: &WorkloadRule) -> Option<&str> {
    match &rule.repositories {
        JobRepositories::Claimed(name) => Some(name.as_str()),
        JobRepositories::Only(_) => None,
    }
}

fn drop_repositories(unit: &mut WriteUnit<'_>, id: WorkloadRuleId) -> Result<(), StoreError> {
    unit.execute(
        "DELETE FROM workload_rule_repositories WHERE rule_id = $1",
        &[&id],
    )
    .map(drop)
}

fn add_repositories(
    unit: &mut WriteUnit<'_>,
    id: WorkloadRuleId,
    rule: &WorkloadRule,
) -> Result<(), StoreError> {
    if let JobRepositories::Only(set) = &rule.repositories {
        for repository in set {
            unit.execute_one(
                "INSERT INTO workload_rule_repositories (rule_id, repository_id) VALUES ($1, $2)",
                &[&id, repository],
            )?;
        }
    }
    Ok(())
}

/// Uses an issuer's word. A second use is a conflict on `workload_uses_pkey`. `over`: when nobody takes the word any more.
pub fn use_once(unit: &mut WriteUnit<'_>, digest: &[u8; 32], over: Time) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO workload_uses (digest, over_at) VALUES ($1, $2)",
        &[digest, &over],
    )
}

/// Whether a word was used.
pub fn was_used(unit: &mut ReadUnit<'_>, digest: &[u8; 32]) -> Result<bool, StoreError> {
    let row = unit.one("SELECT 1 FROM workload_uses WHERE digest = $1", &[digest])?;
    Ok(row.is_some())
}

/// Forgets words that were over before this moment.
pub fn forget(unit: &mut SideUnit<'_>, before: Time) -> Result<(), StoreError> {
    unit.execute("DELETE FROM workload_uses WHERE over_at < $1", &[&before])
        .map(drop)
}
