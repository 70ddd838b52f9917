//! Rules by which an organization approves requests of tokens without a person.

use std::collections::{BTreeMap, BTreeSet};

use jeton_domain::{
    ApprovalRule, ApprovalRuleId, Asked, Event, Maximum, OrganizationId, PackageSelection,
    RequestId, Selection, UserId, Who, is_plain,
};
use jeton_store::approval_rules::{self, RuleRow};
use jeton_store::tokens::TokenRow;
use jeton_store::{ReadUnit, WriteUnit, places, requests, reviewers, teams};
use serde::Deserialize;

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::{AppError, Faults};
use crate::organizations::maximum_fault;
use crate::requests::{Settling, settle};
use crate::tokens::{RepositoriesWish, choose_repositories, read_permissions, tell_reviewers};

const RESOURCE: &str = "ApprovalRule";

/// The most rules of an organization: each new request is held against all of them.
pub const MOST: usize = 100;
const LONGEST_NAME: usize = 80;
const MOST_TEAMS: usize = 100;

/// A rule as it is wished for. Whatever limits it must be said: nothing that is left out means 'all'.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleWish {
    /// Its name: what the log and the notice say.
    pub name: String,
    /// The highest levels by key.
    pub permissions: BTreeMap<String, String>,
    /// `all`, or names.
    pub repositories: RepositoriesWish,
    /// The longest life of a value.
    pub maximum: Maximum,
    /// `members`, or teams.
    pub who: WhoWish,
}

/// Whose requests.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum WhoWish {
    /// `members`.
    Word(String),
    /// Teams by their words in addresses.
    Teams(Vec<String>),
}

/// A rule with the names of what it names.
#[derive(Clone, Debug)]
pub struct RuleView {
    /// As stored.
    pub row: RuleRow,
    /// The repositories, as `owner/name`.
    pub repositories: Vec<String>,
    /// The teams, by their words in addresses.
    pub teams: Vec<String>,
}

/// An organization's rules, in the order in which they are tried.
pub fn list(app: &App, call: &Call) -> Result<Vec<RuleView>, AppError> {
    app.read(call, |unit, acting| {
        let id = acting.organization()?.id.as_organization();
        let rows = approval_rules::of_organization(unit, id)?;
        rows.into_iter().map(|row| view(unit, id, row)).collect()
    })
}

/// One of them.
pub fn show(app: &App, call: &Call, id: ApprovalRuleId) -> Result<RuleView, AppError> {
    app.read(call, |unit, acting| {
        let organization = acting.organization()?.id.as_organization();
        let row = by_id(unit, acting, id)?;
        view(unit, organization, row)
    })
}

/// Makes a rule. It approves what is asked from then on; what waits already, it does not touch.
pub fn create(app: &App, call: &Call, wish: &RuleWish) -> Result<RuleView, AppError> {
    app.write(call, |unit, acting| {
        let organization = acting.organization()?.id.as_organization();
        if approval_rules::of_organization(unit, organization)?.len() >= MOST {
            return Err(AppError::invalid(
                RESOURCE,
                "name",
                format!("would be one rule too many: an organization has at most {MOST}"),
            ));
        }
        let rule = read(unit, acting, wish)?;
        let key = wish.name.to_lowercase();
        let (now, by) = (acting.now, acting.user()?);
        let id = approval_rules::insert(unit, organization, &wish.name, &key, &rule, now, by)
            .map_err(|error| {
                AppError::unless_taken(error, "approval_rules_name", RESOURCE, "name")
            })?;
        log(
            unit,
            acting,
            Event::ApprovalRuleCreate,
            id,
            wish.name.as_str(),
            Some(&rule),
        )?;
        let row = by_id(unit, acting, id)?;
        view(unit, organization, row)
    })
}

/// Puts another rule in the place of one. Only what approves more asks for a confirmation.
pub fn replace(
    app: &App,
    call: &Call,
    id: ApprovalRuleId,
    wish: &RuleWish,
) -> Result<RuleView, AppError> {
    app.write(call, |unit, acting| {
        let organization = acting.organization()?.id.as_organization();
        let old = by_id(unit, acting, id)?;
        let rule = read(unit, acting, wish)?;
        acting.confirm_if(unit, !old.rule.includes(&rule))?;
        if old.rule != rule || old.name != wish.name {
            let key = wish.name.to_lowercase();
            approval_rules::replace(unit, id, &wish.name, &key, &rule).map_err(|error| {
                AppError::unless_taken(error, "approval_rules_name", RESOURCE, "name")
            })?;
            log(
                unit,
                acting,
                Event::ApprovalRuleUpdate,
                id,
                wish.name.as_str(),
                Some(&rule),
            )?;
        }
        let row = by_id(unit, acting, id)?;
        view(unit, organization, row)
    })
}

/// Deletes a rule. What it approved stays approved.
pub fn delete(app: &App, call: &Call, id: ApprovalRuleId) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = by_id(unit, acting, id)?;
        approval_rules::delete(unit, id)?;
        log(
            unit,
            acting,
            Event::ApprovalRuleDestroy,
            id,
            &row.name,
            None,
        )
    })
}

/// A rule of the organization.
pub fn by_id(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: ApprovalRuleId,
) -> Result<RuleRow, AppError> {
    let organization = acting.organization()?.id.as_organization();
    approval_rules::find(unit, organization, id)?.ok_or(AppError::Missing("rule"))
}

/// The rule that approves what a person asks of an organization, if one does. Only members' requests:
/// nobody there made an outside collaborator a member.
pub(crate) fn rule_for(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    person: UserId,
    asked: &Asked,
) -> Result<Option<RuleRow>, AppError> {
    let rules = approval_rules::of_organization(unit, organization)?;
    if rules.is_empty() || places::membership(unit, organization, person)?.is_none() {
        return Ok(None);
    }
    let teams = reviewers::teams_of(unit, organization, person)?;
    Ok(rules.into_iter().find(|row| row.rule.covers(asked, &teams)))
}

/// Whether the organization's rules have a say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// They do.
    Apply,
    /// A person decides.
    Pass,
}

/// Approves a request that a rule covers, right after it was made; else those who decide are told.
pub(crate) fn by_rule(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    token: &TokenRow,
    id: RequestId,
    rules: Rules,
) -> Result<(), AppError> {
    let organization = token.wanted.owner.as_organization();
    let request = requests::find(unit, organization, id)?.ok_or(AppError::Missing("request"))?;
    let found = match rules {
        Rules::Apply => rule_for(unit, organization, request.creator, &request.asked)?,
        Rules::Pass => None,
    };
    match found {
        Some(row) => settle(unit, acting, &request, &Settling::Rule(&row.name)),
        None => tell_reviewers(unit, acting, token, &request.asked, id),
    }
}

fn read(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    wish: &RuleWish,
) -> Result<ApprovalRule, AppError> {
    let mut faults = Faults::default();
    let owner = acting.organization()?;
    let name = wish.name.as_str();
    if name.trim() != name || name.is_empty() || name.chars().nth(LONGEST_NAME).is_some() {
        let words =
            format!("needs 1 to {LONGEST_NAME} characters, the first and the last no blank");
        faults.add(RESOURCE, "name", words);
    } else if !is_plain(name) {
        faults.add(
            RESOURCE,
            "name",
            "holds a control or formatting character that is not shown",
        );
    }
    let selection =
        choose_repositories(unit, acting, owner, Some(&wish.repositories), &mut faults)?;
    if selection == Some(Selection::Public) {
        faults.add(
            RESOURCE,
            "repositories",
            "takes `all` or a list of repositories",
        );
    }
    let selection = selection.filter(|chosen| *chosen != Selection::Public);
    let permissions = read_permissions(
        &wish.permissions,
        selection
            .as_ref()
            .map(|selection| (owner, selection, &PackageSelection::ByRepository)),
        &mut faults,
    );
    if let Some(fault) = maximum_fault(wish.maximum) {
        faults.add(RESOURCE, "maximum", fault);
    }
    let who = who(unit, owner.id.as_organization(), &wish.who, &mut faults)?;
    faults.check()?;
    match (selection, permissions, who) {
        (Some(selection), Some(permissions), Some(who)) => Ok(ApprovalRule {
            permissions,
            selection,
            length: wish.maximum,
            who,
        }),
        // Something was not understood without a fault of its own: nothing is approved.
        _ => Err(AppError::invalid(
            RESOURCE,
            "name",
            "could not be read with its rule",
        )),
    }
}

fn who(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    wish: &WhoWish,
    faults: &mut Faults,
) -> Result<Option<Who>, AppError> {
    let slugs = match wish {
        WhoWish::Word(word) if word == "members" => return Ok(Some(Who::Members)),
        WhoWish::Word(_) => {
            faults.add(RESOURCE, "who", "takes `members` or a list of teams");
            return Ok(None);
        }
        WhoWish::Teams(slugs) => slugs,
    };
    if slugs.is_empty() || slugs.len() > MOST_TEAMS {
        faults.add(RESOURCE, "who", format!("takes 1 to {MOST_TEAMS} teams"));
        return Ok(None);
    }
    let mut found = BTreeSet::new();
    for slug in slugs {
        if let Some(team) = teams::by_slug(unit, organization, slug)? {
            found.insert(team.id);
        } else {
            let shown: String = jeton_domain::plain(slug).chars().take(80).collect();
            faults.add(
                RESOURCE,
                "who",
                format!("names `{shown}`, which is no team here"),
            );
            return Ok(None);
        }
    }
    Ok(Some(Who::Teams(found)))
}

fn view(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    row: RuleRow,
) -> Result<RuleView, AppError> {
    let repositories = match &row.rule.selection {
        Selection::Only(set) => places::full_names(unit, set.iter().copied())?
            .into_values()
            .collect(),
        Selection::All | Selection::Public => Vec::new(),
    };
    let mut named = Vec::new();
    if let Who::Teams(set) = &row.rule.who {
        for id in set {
            named.extend(teams::by_id(unit, organization, *id)?.map(|team| team.slug));
        }
    }
    Ok(RuleView {
        row,
        repositories,
        teams: named,
    })
}

fn log(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    event: Event,
    id: ApprovalRuleId,
    name: &str,
    rule: Option<&ApprovalRule>,
) -> Result<(), AppError> {
    let owner = acting.organization()?;
    unit.feed(acting.now, "organization.approval_rule", owner.id)?;
    let mut record = acting
        .record(event)
        .with("approval_rule_id", id.get())
        .with("approval_rule", name);
    if let Some(rule) = rule {
        let permissions = serde_json::to_value(&rule.permissions)
            .map_err(|error| AppError::Data(format!("a rule's permissions: {error}")))?;
        let days = match rule.length {
            Maximum::Days(days) => Some(days),
            Maximum::Unlimited => None,
        };
        let who = match &rule.who {
            Who::Members => "members".to_owned(),
            Who::Teams(teams) => format!("{} teams", teams.len()),
        };
        record = record
            .with("permissions", permissions)
            .with("maximum_days", days)
            .with("who", who)
            .selects(&rule.selection);
    }
    record.write(unit)
}
