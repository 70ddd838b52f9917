//! Making a repository.

use jeton_domain::{
    AccountId, Event, Level, OrganizationRole, PermissionKey, RepositoryId, RepositoryName, Role,
    Selection, TeamId, Visibility,
};
use jeton_repo::{Place as DataPlace, Shard};
use jeton_store::teams::{self as team_rows, TeamRow};
use jeton_store::{ReadUnit, StoreError, WriteUnit, collaborators, repositories};

use super::{GET, RESOURCE, RepositoryView, new_name, view_row};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::place::Place;
use crate::teams;

/// Characters of a description.
const DESCRIPTION_LIMIT: usize = 350;

/// A repository to be made.
#[derive(Clone, Debug)]
pub struct NewRepository {
    /// Its name.
    pub name: String,
    /// Who sees it without a role.
    pub visibility: Visibility,
    /// What it is.
    pub description: String,
    /// It gets a first commit at once, by the same caller.
    pub begun: bool,
    /// This team of the organization reads it from the first moment on.
    pub team: Option<TeamId>,
}

/// New repositories go here, until there is more than one part of the storage.
const SHARD: u16 = 0;

/// Makes a repository in the organization that the call is about, or in the caller's own name space.
pub fn create(app: &App, call: &Call, new: &NewRepository) -> Result<RepositoryView, AppError> {
    let name = new_name(&new.name)?;
    check_description(&new.description)?;
    let mut made = None;
    let result = app.write(call, |unit, acting| {
        let (owner, login) = may_create(acting)?;
        covered(acting, new.visibility)?;
        if new.begun {
            may_begin(acting)?;
        }
        let team = new.team.map(|team| may_give(unit, acting, team));
        let team = team.transpose()?;
        let row = insert(unit, acting, owner, &login, &name, new)?;
        if let Some(team) = team {
            teams::give(unit, acting, &team, &row, Role::Read, None)?;
        }
        let place = super::place(&row);
        made = Some(place);
        // The last step before the commit: a failure here leaves no row, and a row is never without
        // its folder but for a loss of power, which the sweep at start mends.
        app.data.create(&app.git, place)?;
        view_row(unit, acting, row)
    });
    match (&result, made) {
        // A commit of unknown outcome counts as done.
        (
            Ok(_)
            | Err(AppError::Store(
                StoreError::UnknownOutcome { .. } | StoreError::Unprotected { .. },
            )),
            _,
        )
        | (Err(_), None) => {}
        (Err(_), Some(place)) => discard(app, place),
    }
    result
}

/// Takes away the folder of a repository that did not come to be; if that fails, the sweep does it.
fn discard(app: &App, place: DataPlace) {
    if let Err(error) = app.data.delete(place) {
        tracing::warn!(%error, repository = place.id.get(), "a folder without a repository is left to the sweep");
    }
}

fn insert(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    owner: AccountId,
    login: &str,
    name: &RepositoryName,
    new: &NewRepository,
) -> Result<repositories::RepositoryRow, AppError> {
    release_former(unit, acting, owner, name)?;
    let id = repositories::insert(
        unit,
        &repositories::NewRepository {
            owner,
            name,
            visibility: new.visibility,
            shard: Shard(SHARD).0,
            default_branch: "main",
            description: &new.description,
        },
        acting.now,
    )
    .map_err(|error| AppError::unless_taken(error, "repositories_name", RESOURCE, "name"))?;
    unit.feed(acting.now, "repository.created", id)?;
    acting
        .record(Event::RepositoryCreate)
        .repository(id, &format!("{login}/{}", name.as_str()))
        .with("visibility", new.visibility.name())
        .write(unit)?;
    keep_maker(unit, acting, id, &format!("{login}/{}", name.as_str()))?;
    repositories::by_id(unit, id)?.ok_or(AppError::Missing("repository"))
}

/// Whoever makes a repository in an organization keeps it, also where they have nothing else there: their
/// own `admin`, which a token that made it for them does not hold by itself. Owners hold it already.
fn keep_maker(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    id: RepositoryId,
    full_name: &str,
) -> Result<(), AppError> {
    let Place::Organization(owner) = &acting.place else {
        return Ok(());
    };
    if owner.membership == Some(OrganizationRole::Owner) {
        return Ok(());
    }
    let known = acting.known().ok_or(AppError::Missing("person"))?;
    collaborators::set(unit, id, known.user, Role::Admin, acting.now)?;
    unit.feed(acting.now, "collaborator.changed", known.user)?;
    unit.feed(acting.now, "collaborator.changed", id)?;
    acting
        .record(Event::CollaboratorAdd)
        .repository(id, full_name)
        .user(known.user, &known.login)
        .with("permission", Role::Admin.name())
        .write(unit)
}

pub(super) fn check_description(description: &str) -> Result<(), AppError> {
    if description.chars().count() > DESCRIPTION_LIMIT {
        let fault = format!("is longer than {DESCRIPTION_LIMIT} characters");
        return Err(AppError::invalid(RESOURCE, "description", fault));
    }
    if !jeton_domain::is_plain(description) {
        let fault = "holds a character that does not print";
        return Err(AppError::invalid(RESOURCE, "description", fault));
    }
    Ok(())
}

/// A name that led to a renamed repository leads to the new one from here on.
pub(super) fn release_former(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    owner: AccountId,
    name: &RepositoryName,
) -> Result<(), AppError> {
    if let Some(former) = repositories::former(unit, owner, name)? {
        repositories::forget_former(unit, owner, name)?;
        // SECURITY: caches know the renamed one under this name too.
        unit.feed(acting.now, "repository.name_taken", former)?;
    }
    Ok(())
}

/// The team that is to read what is made, where the caller may give it a role.
///
/// SECURITY: who may not learns nothing of which teams there are: that is asked first.
fn may_give(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    team: TeamId,
) -> Result<TeamRow, AppError> {
    let Ok(organization) = acting.organization() else {
        let fault = "goes with a repository of an organization";
        return Err(AppError::invalid(RESOURCE, "team_id", fault));
    };
    acting.also(unit, &teams::PUT_REPOSITORY)?;
    team_rows::by_id(unit, organization.id.as_organization(), team)?
        .ok_or_else(|| AppError::missing(RESOURCE, "team_id"))
}

/// What has scopes makes nothing that they would not cover.
fn covered(acting: &Acting<'_>, visibility: Visibility) -> Result<(), AppError> {
    let covers = acting.known().is_some_and(|known| {
        !known.bearer.kind.has_scopes()
            || jeton_decide::scopes_cover(&known.bearer, &GET, visibility)
    });
    if covers {
        Ok(())
    } else {
        Err(AppError::Forbidden(format!(
            "The token makes public repositories only: for {} one it needs the scope `repo`.",
            match visibility {
                Visibility::Internal => "an internal",
                _ => "a private",
            }
        )))
    }
}

/// Whether the caller may put a first commit into what they make: asked before it is made, so that nothing is left
/// behind where they may not.
fn may_begin(acting: &Acting<'_>) -> Result<(), AppError> {
    let contents = PermissionKey::parse("contents");
    let writes = acting
        .known()
        .is_some_and(|known| match &known.bearer.token {
            Some(token) if !known.bearer.kind.has_scopes() => {
                contents.is_some_and(|key| token.grant.permissions.cover(key, Level::Write))
            }
            // A role on what one made, and the scope that made it, write it too.
            _ => true,
        });
    if writes {
        Ok(())
    } else {
        Err(AppError::Forbidden(
            "A first commit takes `contents: write`, and the token does not have it.".to_owned(),
        ))
    }
}

/// Whose the repository will be, if the caller may make one there.
pub fn may_create(acting: &Acting<'_>) -> Result<(AccountId, String), AppError> {
    let known = acting.known().ok_or(AppError::Missing("person"))?;
    let (owner, login) = match &acting.place {
        Place::Organization(owner) => {
            let open = owner.policy.members_create_repositories;
            match owner.membership {
                Some(OrganizationRole::Owner) => {}
                Some(OrganizationRole::Member) if open => {}
                Some(OrganizationRole::Member) => {
                    return Err(AppError::Forbidden(format!(
                        "Only owners of {} create repositories.",
                        owner.login
                    )));
                }
                None => {
                    return Err(AppError::Forbidden(format!(
                        "Only members of {} create repositories.",
                        owner.login
                    )));
                }
            }
            (owner.id, owner.login.clone())
        }
        _ => (AccountId::from(known.user), known.login.clone()),
    };
    // SECURITY: a new repository is part of 'all repositories' of its owner and of no selection, so
    // only a token for all of this owner's things may make one.
    if !known.bearer.kind.has_scopes()
        && let Some(token) = &known.bearer.token
        && (token.grant.owner != owner
            || !token.standing.grants()
            || token.grant.selection != Selection::All)
    {
        return Err(AppError::Forbidden(format!(
            "The token does not reach all repositories of {login}."
        )));
    }
    Ok((owner, login))
}
