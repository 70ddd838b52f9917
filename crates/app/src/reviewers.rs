//! Members who decide on an organization's tokens without being owners: made so by an owner, by name or by
//! a team.

use jeton_domain::{Event, TeamId, UserId};
use jeton_store::reviewers;
pub use jeton_store::reviewers::Reviewer;
use jeton_store::teams::TeamRow;
use jeton_store::users::UserRow;
use jeton_store::{ReadUnit, WriteUnit, places, teams};

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::users::find;

const RESOURCE: &str = "Reviewer";

/// The most people, and the most teams, that are named.
pub const MOST: usize = 100;

/// The reviewers of an organization's tokens; its owners are not among them, they always may.
#[derive(Clone, Debug, Default)]
pub struct Reviewers {
    /// People by name.
    pub people: Vec<Reviewer<UserId>>,
    /// Teams, the teams below them included.
    pub teams: Vec<Reviewer<TeamId>>,
}

/// The reviewers.
pub fn list(app: &App, call: &Call) -> Result<Reviewers, AppError> {
    app.read(call, |unit, acting| {
        let id = acting.organization()?.id.as_organization();
        Ok(Reviewers {
            people: reviewers::people(unit, id)?,
            teams: reviewers::teams(unit, id)?,
        })
    })
}

/// Makes a member a reviewer.
pub fn add(app: &App, call: &Call, login: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let id = acting.organization()?.id.as_organization();
        let row = may_add(unit, acting, login)?;
        if reviewers::add(unit, id, row.id, acting.now)? {
            unit.feed(acting.now, "organization.reviewers", id)?;
            acting
                .record(Event::ReviewerAdd)
                .user(row.id, &row.login)
                .write(unit)?;
        }
        Ok(())
    })
}

/// A member who can be made a reviewer, or is one.
pub fn may_add(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<UserRow, AppError> {
    let id = acting.organization()?.id.as_organization();
    let row = find(unit, login)?;
    if places::membership(unit, id, row.id)?.is_none() {
        return Err(AppError::invalid(
            RESOURCE,
            "login",
            "names nobody who belongs to the organization: only members review",
        ));
    }
    let known = reviewers::people(unit, id)?;
    limit(known.iter().any(|one| one.id == row.id), known.len())?;
    Ok(row)
}

/// Takes it back from a person: at once, whatever they have open.
pub fn remove(app: &App, call: &Call, login: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let id = acting.organization()?.id.as_organization();
        let row = may_remove(unit, acting, login)?;
        reviewers::remove(unit, id, row.0)?;
        unit.feed(acting.now, "organization.reviewers", id)?;
        acting
            .record(Event::ReviewerRemove)
            .user(row.0, &row.1)
            .write(unit)
    })
}

/// A person who is a reviewer by name.
pub fn may_remove(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<(UserId, String), AppError> {
    let id = acting.organization()?.id.as_organization();
    let wanted = login.to_ascii_lowercase();
    reviewers::people(unit, id)?
        .into_iter()
        .find(|reviewer| reviewer.handle.to_ascii_lowercase() == wanted)
        .map(|reviewer| (reviewer.id, reviewer.handle))
        .ok_or(AppError::Missing("reviewer"))
}

/// Makes the members of a team, and of those below it, reviewers.
pub fn add_team(app: &App, call: &Call, slug: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let id = acting.organization()?.id.as_organization();
        let team = may_add_team(unit, acting, slug)?;
        if reviewers::add_team(unit, id, team.id, acting.now)? {
            log_team(unit, acting, Event::ReviewerAdd, team.id, &team.slug)?;
        }
        Ok(())
    })
}

/// A team whose members can be made reviewers, or are.
pub fn may_add_team(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    slug: &str,
) -> Result<TeamRow, AppError> {
    let id = acting.organization()?.id.as_organization();
    let team = teams::by_slug(unit, id, slug)?.ok_or(AppError::Missing("team"))?;
    let known = reviewers::teams(unit, id)?;
    limit(known.iter().any(|one| one.id == team.id), known.len())?;
    Ok(team)
}

/// Takes it back from a team.
pub fn remove_team(app: &App, call: &Call, slug: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let id = acting.organization()?.id.as_organization();
        let (team, slug) = may_remove_team(unit, acting, slug)?;
        reviewers::remove_team(unit, id, team)?;
        log_team(unit, acting, Event::ReviewerRemove, team, &slug)
    })
}

/// A team whose members are reviewers by it.
pub fn may_remove_team(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    slug: &str,
) -> Result<(TeamId, String), AppError> {
    let id = acting.organization()?.id.as_organization();
    let wanted = slug.to_ascii_lowercase();
    reviewers::teams(unit, id)?
        .into_iter()
        .find(|reviewer| reviewer.handle == wanted)
        .map(|reviewer| (reviewer.id, reviewer.handle))
        .ok_or(AppError::Missing("reviewer"))
}

fn limit(named: bool, known: usize) -> Result<(), AppError> {
    if named || known < MOST {
        return Ok(());
    }
    Err(AppError::conflict(
        "conflict",
        format!("There are {MOST} already: name a team instead."),
    ))
}

fn log_team(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    event: Event,
    team: TeamId,
    slug: &str,
) -> Result<(), AppError> {
    let id = acting.organization()?.id.as_organization();
    unit.feed(acting.now, "organization.reviewers", id)?;
    acting
        .record(event)
        .with("team_id", team.get())
        .with("team", slug)
        .write(unit)
}
