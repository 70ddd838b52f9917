//! A team's roles on the repositories of its organization.

use jeton_domain::{AccountId, Event, Role, TeamId};
use jeton_store::repositories::RepositoryRow;
use jeton_store::teams::TeamRow;
use jeton_store::{ReadUnit, repositories as rows, teams};

use super::by_slug;
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::repositories::{RepositoryView, page_of, seen, view_row};

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
        let all = visible(unit, acting, team)?;
        let total = all.len() as u64;
        let mut views = Vec::new();
        for row in page_of(all, offset, count) {
            if let Some(role) = teams::role_on(unit, team, row.id)? {
                views.push((view_row(unit, acting, row)?, role));
            }
        }
        Ok((views, total))
    })
}

/// The repositories that a team has a role on, as far as the caller sees them.
pub(super) fn visible(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    team: TeamId,
) -> Result<Vec<RepositoryRow>, AppError> {
    let predicate = seen(unit, acting)?;
    let mut found = Vec::new();
    for id in teams::repositories(unit, team)? {
        let row = rows::by_id(unit, id)?;
        found.extend(row.filter(|row| predicate.admits(row.id, row.owner, row.visibility)));
    }
    Ok(found)
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
        teams::set_repository(unit, team.id, row.id, role)?;
        unit.feed(acting.now, "team.repository", row.id)?;
        acting
            .record(Event::TeamAddRepository)
            .repository(row.id, &row.full_name())
            .with("team", team.slug.as_str())
            .with("permission", role.name())
            .write(unit)
    })
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
            .with("team", team.slug.as_str())
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
    if teams::has_repository(unit, team.id, row.id)? {
        Ok((team, row))
    } else {
        Err(AppError::Missing("team repository"))
    }
}

/// A team, and a repository of its organization that a path names beside it.
///
/// SECURITY: the decision was about the organization; that the caller and their token reach this
/// repository too is asked here, by the same decision that lists ask.
pub fn inner(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    slug: &str,
    owner: &str,
    name: &str,
) -> Result<(TeamRow, RepositoryRow), AppError> {
    let team = by_slug(unit, acting, slug)?;
    let organization: AccountId = acting.organization()?.id;
    let found = jeton_store::places::repository(
        unit,
        &owner.to_ascii_lowercase(),
        &name.to_ascii_lowercase(),
    )?;
    let found = found
        .filter(|found| found.owner.id == organization)
        .ok_or(AppError::Missing("repository"))?;
    let row = rows::by_id(unit, found.id)?.ok_or(AppError::Missing("repository"))?;
    let predicate = seen(unit, acting)?;
    if predicate.admits(row.id, row.owner, row.visibility) && reaches(acting, &row) {
        Ok((team, row))
    } else {
        Err(AppError::Missing("repository"))
    }
}

/// A public repository is seen by every token, and reached only by one that selects it.
fn reaches(acting: &Acting<'_>, row: &RepositoryRow) -> bool {
    match acting.known().and_then(|known| known.bearer.token.as_ref()) {
        Some(token) => token.grant.owner == row.owner && token.grant.selection.covers(row.id),
        None => true,
    }
}
