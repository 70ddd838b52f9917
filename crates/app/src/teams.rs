//! Teams: members of an organization with roles on its repositories. A team below another has what
//! that one has. Deleting a team leaves the teams below it standing at the top, with their own roles
//! only.

mod roles;

use jeton_domain::{ClassicScope, Event, Operation, OrganizationId, Role, TeamId, TeamName};
use jeton_store::memberships::Person;
use jeton_store::organizations::{self, OrganizationRow};
use jeton_store::teams::{self, TeamRow};
use jeton_store::users::UserRow;
use jeton_store::{ReadUnit, places};

use crate::app::App;
use crate::authorize::Acting;
use crate::call::{Call, Named};
use crate::error::{AppError, name_fault};
use crate::organizations::SEE_MEMBERS;
use crate::repositories::page_of;
use crate::users::{find, span};

pub(crate) use roles::give;
pub use roles::{
    PUT_REPOSITORY, inner, may_remove_repository, put_repository, remove_repository, repositories,
    repository, role_on,
};

const RESOURCE: &str = "Team";

/// A team with the one above it and its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamView {
    /// The team.
    pub row: TeamRow,
    /// The team above it.
    pub parent: Option<TeamRow>,
    /// How many members it has itself.
    pub members: i64,
    /// How many repositories it has a role on, those of the teams above included.
    pub repositories: i64,
    /// The organization.
    pub organization: OrganizationRow,
}

/// Where a team is to stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TeamPlace {
    /// Where it stands.
    #[default]
    Keep,
    /// Below no other team.
    Top,
    /// Below this one.
    Below(TeamId),
}

/// What is to be changed; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct TeamEdit {
    /// Another name, and so another slug.
    pub name: Option<String>,
    /// Another place.
    pub place: TeamPlace,
}

/// A page of teams, and how many there are.
pub fn list(
    app: &App,
    call: &Call,
    offset: u64,
    count: u32,
) -> Result<(Vec<TeamView>, u64), AppError> {
    app.read(call, |unit, acting| {
        let id = organization(acting)?;
        let rows = teams::page(unit, id, span(offset), i64::from(count))?;
        let total = teams::count(unit, id)?;
        Ok((views(unit, acting, rows)?, total.unsigned_abs()))
    })
}

/// A page of the teams right below one, and how many there are.
pub fn below(
    app: &App,
    call: &Call,
    slug: &str,
    offset: u64,
    count: u32,
) -> Result<(Vec<TeamView>, u64), AppError> {
    app.read(call, |unit, acting| {
        let team = by_slug(unit, acting, slug)?.id;
        let rows = teams::below(unit, team, span(offset), i64::from(count))?;
        let total = teams::count_below(unit, team)?;
        Ok((views(unit, acting, rows)?, total.unsigned_abs()))
    })
}

/// Seeing what teams one is in: as seeing who belongs to the organization, with GitHub's scopes for one's own.
static SEE_OWN: Operation = Operation {
    name: "team.see_own",
    sentence: "Sees what teams the caller is in.",
    scopes: &[
        ClassicScope::ReadOrg,
        ClassicScope::User,
        ClassicScope::Repo,
    ],
    ..SEE_MEMBERS
};

/// A page of the teams that the caller is in themself, of each organization that lets the request see them, and how
/// many there are.
pub fn of_oneself(
    app: &App,
    call: &Call,
    offset: u64,
    count: u32,
) -> Result<(Vec<TeamView>, u64), AppError> {
    app.read(call, |unit, acting| {
        let user = acting.user()?;
        let mut rows = Vec::new();
        for (organization, _) in organizations::of_user(unit, user)? {
            let named = Named::Organization(organization.login);
            if acting.may(unit, &SEE_OWN, named)? {
                rows.extend(teams::of_member(unit, organization.id, user)?);
            }
        }
        let total = rows.len() as u64;
        let page = page_of(rows, offset, count);
        Ok((views(unit, acting, page)?, total))
    })
}

/// A page of the teams with a role on the repository, by themselves or by a team above them, and how many there are.
///
/// SECURITY: an organization's teams are its members' affair. Who administers one of its repositories from outside is
/// told of none.
pub fn of_repository(
    app: &App,
    call: &Call,
    offset: u64,
    count: u32,
) -> Result<(Vec<(TeamView, Role)>, u64), AppError> {
    app.read(call, |unit, acting| {
        let repository = acting.repository()?;
        let found = match repository.owner.membership {
            Some(_) => teams::reaching(unit, repository.id)?,
            None => Vec::new(),
        };
        let total = found.len() as u64;
        let page = page_of(found, offset, count).into_iter();
        let shown = page.map(|(row, role)| Ok((view(unit, acting, row)?, role)));
        Ok((shown.collect::<Result<_, AppError>>()?, total))
    })
}

/// One team.
pub fn show(app: &App, call: &Call, slug: &str) -> Result<TeamView, AppError> {
    app.read(call, |unit, acting| {
        let row = by_slug(unit, acting, slug)?;
        view(unit, acting, row)
    })
}

/// Makes a team without members.
pub fn create(
    app: &App,
    call: &Call,
    name: &str,
    parent: Option<TeamId>,
) -> Result<TeamView, AppError> {
    let name = TeamName::parse(name).map_err(name_fault(RESOURCE, "name"))?;
    app.write(call, |unit, acting| {
        let organization = organization(acting)?;
        if let Some(parent) = parent {
            check_parent(unit, organization, None, parent)?;
        }
        let id = teams::create(unit, organization, &name, parent, acting.now)
            .map_err(|error| AppError::unless_taken(error, "teams_slug", RESOURCE, "name"))?;
        unit.feed(acting.now, "team.created", organization)?;
        let row = teams::by_id(unit, organization, id)?.ok_or(AppError::Missing("team"))?;
        acting.record(Event::TeamCreate).team(&row).write(unit)?;
        view(unit, acting, row)
    })
}

/// Changes name or place.
pub fn update(app: &App, call: &Call, slug: &str, edit: &TeamEdit) -> Result<TeamView, AppError> {
    let name = edit
        .name
        .as_deref()
        .map(TeamName::parse)
        .transpose()
        .map_err(name_fault(RESOURCE, "name"))?;
    app.write(call, |unit, acting| {
        let organization = organization(acting)?;
        let row = by_slug(unit, acting, slug)?;
        let parent = match edit.place {
            TeamPlace::Keep => row.parent,
            TeamPlace::Top => None,
            TeamPlace::Below(parent) => Some(parent),
        };
        if let Some(parent) = parent {
            check_parent(unit, organization, Some(row.id), parent)?;
        }
        // Of a team that it stands below already it has everything.
        let below = match (row.parent, parent) {
            (Some(old), Some(new)) => teams::is_at_or_below(unit, old, new)?,
            (None, Some(_)) => false,
            (_, None) => true,
        };
        acting.confirm_if(unit, !below)?;
        let name = match &name {
            Some(name) => name.clone(),
            None => TeamName::parse(&row.name).map_err(name_fault(RESOURCE, "name"))?,
        };
        if name.as_str() == row.name && parent == row.parent {
            return by_id(unit, acting, row.id);
        }
        teams::update(unit, row.id, &name, parent)
            .map_err(|error| AppError::unless_taken(error, "teams_slug", RESOURCE, "name"))?;
        // Another place means other roles for everybody in it and below.
        unit.feed(acting.now, "team.updated", organization)?;
        let now = teams::by_id(unit, organization, row.id)?.ok_or(AppError::Missing("team"))?;
        let mut record = acting
            .record(Event::TeamUpdate)
            .team(&now)
            .with("old_team", row.slug.as_str());
        if now.name != row.name {
            record = record.changed("name", row.name.as_str());
        }
        record
            .with("parent_id", parent.map(TeamId::get))
            .write(unit)?;
        by_id(unit, acting, row.id)
    })
}

/// Deletes a team.
pub fn delete(app: &App, call: &Call, slug: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = by_slug(unit, acting, slug)?;
        teams::delete(unit, row.id)?;
        unit.feed(acting.now, "team.deleted", row.organization)?;
        acting.record(Event::TeamDestroy).team(&row).write(unit)
    })
}

/// A page of a team's own members, and how many there are.
pub fn members(
    app: &App,
    call: &Call,
    slug: &str,
    offset: u64,
    count: u32,
) -> Result<(Vec<Person>, u64), AppError> {
    app.read(call, |unit, acting| {
        let team = by_slug(unit, acting, slug)?.id;
        let people = teams::members(unit, team, span(offset), i64::from(count))?;
        Ok((people, teams::count_members(unit, team)?.unsigned_abs()))
    })
}

/// Whether a person is in a team itself; who is not is missing.
pub fn member(app: &App, call: &Call, slug: &str, login: &str) -> Result<(), AppError> {
    app.read(call, |unit, acting| {
        may_find_member(unit, acting, slug, login).map(drop)
    })
}

/// A team and somebody who is in it.
pub fn may_find_member(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    slug: &str,
    login: &str,
) -> Result<(TeamRow, UserRow), AppError> {
    let team = by_slug(unit, acting, slug)?;
    let user = find(unit, login)?;
    if teams::has_member(unit, team.id, user.id)? {
        Ok((team, user))
    } else {
        Err(AppError::Missing("team member"))
    }
}

/// A team and a member of its organization.
pub fn may_add_member(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    slug: &str,
    login: &str,
) -> Result<(TeamRow, UserRow), AppError> {
    let team = by_slug(unit, acting, slug)?;
    let user = find(unit, login)?;
    if places::membership(unit, team.organization, user.id)?.is_none() {
        return Err(AppError::invalid(
            "TeamMembership",
            "username",
            "is no member of the organization",
        ));
    }
    Ok((team, user))
}

/// Puts a member of the organization into a team.
pub fn add_member(app: &App, call: &Call, slug: &str, login: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let (team, user) = may_add_member(unit, acting, slug, login)?;
        if teams::add_member(unit, team.id, user.id)? {
            unit.feed(acting.now, "team.member", user.id)?;
            let record = acting
                .record(Event::TeamAddMember)
                .user(user.id, &user.login);
            record.team(&team).write(unit)?;
        }
        Ok(())
    })
}

/// Takes a person out of a team.
pub fn remove_member(app: &App, call: &Call, slug: &str, login: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let (team, user) = may_find_member(unit, acting, slug, login)?;
        teams::remove_member(unit, team.id, user.id)?;
        unit.feed(acting.now, "team.member", user.id)?;
        let record = acting
            .record(Event::TeamRemoveMember)
            .user(user.id, &user.login);
        record.team(&team).write(unit)
    })
}

fn organization(acting: &Acting<'_>) -> Result<OrganizationId, AppError> {
    Ok(acting.organization()?.id.as_organization())
}

/// The team that a path names.
pub fn by_slug(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    slug: &str,
) -> Result<TeamRow, AppError> {
    teams::by_slug(unit, organization(acting)?, slug)?.ok_or(AppError::Missing("team"))
}

fn by_id(unit: &mut ReadUnit<'_>, acting: &Acting<'_>, id: TeamId) -> Result<TeamView, AppError> {
    let row = teams::by_id(unit, organization(acting)?, id)?.ok_or(AppError::Missing("team"))?;
    view(unit, acting, row)
}

fn views(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    rows: Vec<TeamRow>,
) -> Result<Vec<TeamView>, AppError> {
    rows.into_iter()
        .map(|row| view(unit, acting, row))
        .collect()
}

fn view(unit: &mut ReadUnit<'_>, acting: &Acting<'_>, row: TeamRow) -> Result<TeamView, AppError> {
    let organization = organizations::by_id(unit, row.organization)?;
    let parent = match row.parent {
        Some(parent) => teams::by_id(unit, row.organization, parent)?,
        None => None,
    };
    Ok(TeamView {
        members: teams::count_members(unit, row.id)?,
        // SECURITY: counted among what the caller sees, or the number would tell of hidden ones.
        repositories: roles::count_reached(unit, acting, row.id)?,
        parent,
        organization: organization.ok_or(AppError::Missing("organization"))?,
        row,
    })
}

/// A parent is of the same organization, and not below the team itself.
fn check_parent(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    team: Option<TeamId>,
    parent: TeamId,
) -> Result<(), AppError> {
    if teams::by_id(unit, organization, parent)?.is_none() {
        return Err(AppError::missing(RESOURCE, "parent_team_id"));
    }
    match team {
        Some(team) if teams::is_at_or_below(unit, parent, team)? => Err(AppError::invalid(
            RESOURCE,
            "parent_team_id",
            "is the team itself or stands below it",
        )),
        _ => Ok(()),
    }
}
