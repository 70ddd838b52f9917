//! Rules by which an organization approves requests without a person.

use std::collections::BTreeSet;

use jeton_domain::{
    ApprovalRule, ApprovalRuleId, OrganizationId, RepositoryId, Selection, TeamId, Time, UserId,
    Who,
};

use crate::tokens::{from_json, selection, to_json};
use crate::{ReadUnit, Row, Sql, StoreError, WriteUnit};

/// A rule as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRow {
    /// Which.
    pub id: ApprovalRuleId,
    /// Its name.
    pub name: String,
    /// What it approves.
    pub rule: ApprovalRule,
    /// When it was made.
    pub created_at: Time,
}

const SELECT: &str =
    "SELECT id, name, permissions, selection, longest, who, created_at FROM approval_rules";

fn read(unit: &mut ReadUnit<'_>, row: &Row) -> Result<RuleRow, StoreError> {
    let id: ApprovalRuleId = row.get(0)?;
    let who = match row.get::<String>(5)?.as_str() {
        "members" => Who::Members,
        "teams" => Who::Teams(teams(unit, id)?),
        other => return Err(StoreError::corrupt(format!("`{other}` is nobody"))),
    };
    Ok(RuleRow {
        id,
        name: row.get(1)?,
        rule: ApprovalRule {
            permissions: from_json(&row.get::<String>(2)?)?,
            selection: selection(&row.get::<String>(3)?, || repositories(unit, id))?,
            length: from_json(&row.get::<String>(4)?)?,
            who,
        },
        created_at: row.get(6)?,
    })
}

fn repositories(
    unit: &mut ReadUnit<'_>,
    id: ApprovalRuleId,
) -> Result<BTreeSet<RepositoryId>, StoreError> {
    unit.all(
        "SELECT repository_id FROM approval_rule_repositories WHERE rule_id = $1 ORDER BY repository_id",
        &[&id],
    )?
    .iter()
    .map(|row| row.get(0))
    .collect()
}

fn teams(unit: &mut ReadUnit<'_>, id: ApprovalRuleId) -> Result<BTreeSet<TeamId>, StoreError> {
    unit.all(
        "SELECT team_id FROM approval_rule_teams WHERE rule_id = $1 ORDER BY team_id",
        &[&id],
    )?
    .iter()
    .map(|row| row.get(0))
    .collect()
}

/// An organization's rules, in the order in which they were made: the first that covers a request decides it.
pub fn of_organization(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
) -> Result<Vec<RuleRow>, StoreError> {
    let sql = Sql::built(format!("{SELECT} WHERE organization_id = $1 ORDER BY id"));
    unit.all(sql, &[&organization])?
        .iter()
        .map(|row| read(unit, row))
        .collect()
}

/// One rule of an organization.
pub fn find(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    id: ApprovalRuleId,
) -> Result<Option<RuleRow>, StoreError> {
    let sql = Sql::built(format!("{SELECT} WHERE organization_id = $1 AND id = $2"));
    match unit.one(sql, &[&organization, &id])? {
        Some(row) => read(unit, &row).map(Some),
        None => Ok(None),
    }
}

/// Adds a rule. A taken name is a conflict on `approval_rules_name`.
pub fn insert(
    unit: &mut WriteUnit<'_>,
    organization: OrganizationId,
    name: &str,
    name_key: &str,
    rule: &ApprovalRule,
    now: Time,
    by: UserId,
) -> Result<ApprovalRuleId, StoreError> {
    let id: ApprovalRuleId = unit.allocate()?;
    unit.execute_one(
        "INSERT INTO approval_rules (id, organization_id, name, name_key, permissions, selection, longest, who, \
         created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            &id,
            &organization,
            &name,
            &name_key,
            &to_json(&rule.permissions)?,
            &rule.selection.name(),
            &to_json(&rule.length)?,
            &who(rule),
            &now,
            &by,
        ],
    )?;
    add_lists(unit, id, rule)?;
    Ok(id)
}

/// Puts another rule in the place of one.
pub fn replace(
    unit: &mut WriteUnit<'_>,
    id: ApprovalRuleId,
    name: &str,
    name_key: &str,
    rule: &ApprovalRule,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE approval_rules SET name = $2, name_key = $3, permissions = $4, selection = $5, longest = $6, \
         who = $7 WHERE id = $1",
        &[
            &id,
            &name,
            &name_key,
            &to_json(&rule.permissions)?,
            &rule.selection.name(),
            &to_json(&rule.length)?,
            &who(rule),
        ],
    )?;
    drop_lists(unit, id)?;
    add_lists(unit, id, rule)
}

/// Deletes a rule. What it approved stays approved.
pub fn delete(unit: &mut WriteUnit<'_>, id: ApprovalRuleId) -> Result<(), StoreError> {
    drop_lists(unit, id)?;
    unit.execute_one("DELETE FROM approval_rules WHERE id = $1", &[&id])
}

fn who(rule: &ApprovalRule) -> &'static str {
    match rule.who {
        Who::Members => "members",
        Who::Teams(_) => "teams",
    }
}

fn drop_lists(unit: &mut WriteUnit<'_>, id: ApprovalRuleId) -> Result<(), StoreError> {
    unit.execute(
        "DELETE FROM approval_rule_repositories WHERE rule_id = $1",
        &[&id],
    )?;
    unit.execute("DELETE FROM approval_rule_teams WHERE rule_id = $1", &[&id])?;
    Ok(())
}

fn add_lists(
    unit: &mut WriteUnit<'_>,
    id: ApprovalRuleId,
    rule: &ApprovalRule,
) -> Result<(), StoreError> {
    if let Selection::Only(set) = &rule.selection {
        for repository in set {
            unit.execute_one(
                "INSERT INTO approval_rule_repositories (rule_id, repository_id) VALUES ($1, $2)",
                &[&id, repository],
            )?;
        }
    }
    if let Who::Teams(set) = &rule.who {
        for team in set {
            unit.execute_one(
                "INSERT INTO approval_rule_teams (rule_id, team_id) VALUES ($1, $2)",
                &[&id, team],
            )?;
        }
    }
    Ok(())
}
