//! A team's roles on the repositories of its organization.

use jeton_domain::{
    Access, ClassicScope, Event, Kinds, Least, Level, Operation, OrganizationRole, Requirement,
    Role, TargetKind, TeamId,
};
use jeton_store::repositories::{Among, Order, RepositoryRow};
use jeton_store::teams::TeamRow;
use jeton_store::{ReadUnit, WriteUnit, repositories as rows, teams};

use super::by_slug;
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::repositories::{RepositoryView, reached, view_row};
use crate::users::span;

/// Giving a team a role on a repository, which a request that makes one may ask for too.
pub static PUT_REPOSITORY: Operation = Operation {
    name: "team_repository.set",
    sentence: "Give a team a role on a repository of its organization. Giving more takes a sign-in that was confirmed lately.",
    target: TargetKind::Organization,
    access: Access::Write,
    reads_public: false,
    sets: &[&[
        Requirement::new("administration", Level::Write),
        Requirement::new("members", Level::Read),
        Requirement::new("metadata", Level::Read),
    ]],
    scopes: &[ClassicScope::AdminOrg],
    least: Least::Organization(OrganizationRole::Owner),
    kinds: Kinds::SIGN_INS_AND_GRANTS.and_scoped(),
    confirm: false,
    about_itself: false,
    departs: false,
    events: &[Event::TeamAddRepository],
};

/// The repositories that a team has a role on, those of the teams above included, as far as the
/// caller sees them; with the role, and how many there are.
pub fn repositories(
    app: &App,
    call: &Call,
    slug: &str,
    offset: u64,
    count: u32,
) -> Result<(Vec<(RepositoryView, Role)>, u64), AppError> {
    app.read(call, |unit, acting| {
        let team = by_slug(unit, acting, slug)?.id;
        let (predicate, among) = (reached(unit, acting)?, among(unit, team)?);
        let total = rows::count(unit, &predicate, &among)?.unsigned_abs();
        let mut views = Vec::new();
        let part = (span(offset), i64::from(count));
        for row in rows::page(unit, &predicate, &among, Order::Name, part)? {
            if let Some(role) = teams::role_on(unit, team, row.id)? {
                views.push((view_row(unit, acting, row)?, role));
            }
        }
        Ok((views, total))
    })
}

/// On how many repositories a team has a role, as far as the caller reaches them.
pub(super) fn count_reached(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    team: TeamId,
) -> Result<i64, AppError> {
    let (predicate, among) = (reached(unit, acting)?, among(unit, team)?);
    Ok(rows::count(unit, &predicate, &among)?)
}

fn among(unit: &mut ReadUnit<'_>, team: TeamId) -> Result<Among, AppError> {
    let held = teams::repositories(unit, team)?;
    Ok(Among::Either(Vec::new(), held))
}

/// The role of a team on a repository.
pub fn repository(
    app: &App,
    call: &Call,
    slug: &str,
    owner: &str,
    name: &str,
) -> Result<(RepositoryView, Role), AppError> {
    app.read(call, |unit, acting| {
        let (row, role) = role_on(unit, acting, slug, owner, name)?;
        Ok((view_row(unit, acting, row)?, role))
    })
}

/// A repository and the role that a team has on it.
pub fn role_on(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    slug: &str,
    owner: &str,
    name: &str,
) -> Result<(RepositoryRow, Role), AppError> {
    let (team, row) = inner(unit, acting, slug, owner, name)?;
    let role =
        teams::role_on(unit, team.id, row.id)?.ok_or(AppError::Missing("team repository"))?;
    Ok((row, role))
}

/// Gives a team a role on a repository of its organization, or changes it.
pub fn put_repository(
    app: &App,
    call: &Call,
    slug: &str,
    owner: &str,
    name: &str,
    role: Role,
) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let (team, row) = inner(unit, acting, slug, owner, name)?;
        let now = teams::own_role(unit, team.id, row.id)?;
        acting.confirm_if(unit, Some(role) > now)?;
        give(unit, acting, &team, &row, role, now)
    })
}

/// `now`: the team's own role until then.
pub(crate) fn give(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    team: &TeamRow,
    row: &RepositoryRow,
    role: Role,
    now: Option<Role>,
) -> Result<(), AppError> {
    teams::set_repository(unit, team.id, row.id, role)?;
    unit.feed(acting.now, "team.repository", row.id)?;
    acting
        .record(Event::TeamAddRepository)
        .repository(row.id, &row.full_name())
        .team(team)
        .with("permission", role.name())
        .with("old_permission", now.map(Role::name))
        .write(unit)
}

/// Takes a team's own role on a repository.
pub fn remove_repository(
    app: &App,
    call: &Call,
    slug: &str,
    owner: &str,
    name: &str,
) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let (team, row) = may_remove_repository(unit, acting, slug, owner, name)?;
        teams::remove_repository(unit, team.id, row.id)?;
        unit.feed(acting.now, "team.repository", row.id)?;
        acting
            .record(Event::TeamRemoveRepository)
            .repository(row.id, &row.full_name())
            .team(&team)
            .write(unit)
    })
}

/// A team and a repository that it has a role on itself, not by a team above it.
pub fn may_remove_repository(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    slug: &str,
    owner: &str,
    name: &str,
) -> Result<(TeamRow, RepositoryRow), AppError> {
    let (team, row) = inner(unit, acting, slug, owner, name)?;
    if teams::own_role(unit, team.id, row.id)?.is_some() {
        Ok((team, row))
    } else {
        Err(AppError::Missing("team repository"))
    }
}

/// A team, and a repository of its organization that a path names beside it.
///
/// SECURITY: the decision was about the organization; that the caller and their token reach this
/// repository too is asked here, as the list asks it of each of its items.
pub fn inner(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    slug: &str,
    owner: &str,
    name: &str,
) -> Result<(TeamRow, RepositoryRow), AppError> {
    let team = by_slug(unit, acting, slug)?;
    let found = acting.beside(unit, owner, name)?;
    let row = rows::by_id(unit, found.id)?
        .filter(|row| acting.organization().is_ok_and(|org| org.id == row.owner))
        .ok_or(AppError::Missing("repository"))?;
    Ok((team, row))
}
