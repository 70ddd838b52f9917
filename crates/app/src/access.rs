//! Who has which role on what, *and through what*: person by person for a repository, repository by
//! repository for a person.

use jeton_domain::{AccountId, BasePermission, OrganizationRole, Role, RoleSources, UserId};
use jeton_store::access::{self, TeamSource};
use jeton_store::memberships::Person;
use jeton_store::repositories::RepositoryRow;
use jeton_store::teams::TeamRow;
use jeton_store::{ReadUnit, places, service_accounts, teams};

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::organizations::person;
use crate::users::{find, span};

/// One thing that gives a person a role on a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Given to them by name.
    Direct(Role),
    /// Held by a team that they are in, or by one above it.
    Team(TeamSource),
    /// What every member of the organization has.
    Base(Role),
    /// They own the organization.
    OrganizationOwner,
    /// The repository stands in their own name space.
    RepositoryOwner,
}

impl Source {
    /// The role that it gives.
    pub const fn role(&self) -> Role {
        match self {
            Self::Direct(role) | Self::Base(role) => *role,
            Self::Team(team) => team.role,
            Self::OrganizationOwner | Self::RepositoryOwner => Role::Admin,
        }
    }

    /// In words for people.
    pub fn words(&self) -> String {
        match self {
            Self::Direct(_) => "given directly".to_owned(),
            Self::Team(TeamSource {
                team,
                through: None,
                ..
            }) => format!("team {}", team.1),
            Self::Team(TeamSource {
                team,
                through: Some(through),
                ..
            }) => format!("team {}, as a member of {} below it", team.1, through.1),
            Self::Base(_) => "base permission of the organization".to_owned(),
            Self::OrganizationOwner => "owner of the organization".to_owned(),
            Self::RepositoryOwner => "owner of the repository".to_owned(),
        }
    }
}

/// A person with a role on a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonAccess {
    /// Who.
    pub person: Person,
    /// The highest of their roles: what they may.
    pub role: Role,
    /// Where it comes from, the highest first.
    pub sources: Vec<Source>,
    /// They are no member of the organization that owns it.
    pub outside: bool,
    /// It is no person, but a service account of that organization.
    pub service: bool,
}

/// A repository on which a person has a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryAccess {
    /// Which.
    pub row: RepositoryRow,
    /// The highest of their roles.
    pub role: Role,
    /// Where it comes from, the highest first.
    pub sources: Vec<Source>,
}

/// A page of the people with a role on the repository, each with every source of it; `search`: a part of
/// their login.
pub fn people(
    app: &App,
    call: &Call,
    search: &str,
    offset: u64,
    count: u32,
) -> Result<(Vec<PersonAccess>, u64), AppError> {
    app.read(call, |unit, acting| {
        let repository = acting.repository()?;
        let place = places::repository_by_id(unit, repository.id)?
            .ok_or(AppError::Missing("repository"))?;
        let everyone = matches!(
            place.owner.organization,
            Some((_, base)) if base != BasePermission::None
        );
        let page = (span(offset), i64::from(count));
        let (people, total) =
            access::people(unit, place.id, place.owner.id, everyone, search, page)?;
        let mut found = Vec::with_capacity(people.len());
        for person in people {
            let roles = places::roles(unit, person.id, &place)?.sources;
            let sources = sources(unit, person.id, &place, roles)?;
            if let Some(role) = roles.role() {
                found.push(PersonAccess {
                    service: service_accounts::by_id(unit, person.id)?.is_some(),
                    outside: place.owner.organization.is_some() && roles.membership.is_none(),
                    person,
                    role,
                    sources,
                });
            }
        }
        Ok((found, total.unsigned_abs()))
    })
}

/// The teams with a role of their own on the repository, by name.
pub fn teams(app: &App, call: &Call) -> Result<Vec<(TeamRow, Role)>, AppError> {
    app.read(call, |unit, acting| {
        Ok(teams::of_repository(unit, acting.repository()?.id)?)
    })
}

/// The caller's own role on the repository and where it comes from; nothing for who sees it without one.
pub fn own(app: &App, call: &Call) -> Result<(Option<Role>, Vec<Source>), AppError> {
    app.read(call, |unit, acting| {
        let Some(user) = acting.known().map(|known| known.user) else {
            return Ok((None, Vec::new()));
        };
        let place = places::repository_by_id(unit, acting.repository()?.id)?
            .ok_or(AppError::Missing("repository"))?;
        let roles = places::roles(unit, user, &place)?.sources;
        let sources = sources(unit, user, &place, roles)?;
        Ok((roles.role(), sources))
    })
}

fn sources(
    unit: &mut ReadUnit<'_>,
    user: UserId,
    place: &places::RepositoryPlace,
    roles: RoleSources,
) -> Result<Vec<Source>, AppError> {
    let mut found = Vec::new();
    if roles.owns {
        found.push(Source::RepositoryOwner);
    }
    if roles.membership == Some(OrganizationRole::Owner) {
        found.push(Source::OrganizationOwner);
    }
    found.extend(roles.direct.map(Source::Direct));
    if roles.membership.is_some() {
        let organization = place.owner.id.as_organization();
        let teams = access::team_sources(unit, user, place.id, organization)?;
        found.extend(teams.into_iter().map(Source::Team));
        found.extend(roles.base.and_then(BasePermission::role).map(Source::Base));
    }
    // Stable: of equal ones the more particular stays first.
    found.sort_by_key(|source| std::cmp::Reverse(source.role()));
    Ok(found)
}

/// A page of the organization's repositories on which a person has a role, each with every source of it.
pub fn of_person(
    app: &App,
    call: &Call,
    login: &str,
    offset: u64,
    count: u32,
) -> Result<(Vec<RepositoryAccess>, u64), AppError> {
    app.read(call, |unit, acting| {
        let user = may_ask_about(unit, acting, login)?;
        repositories_of(unit, acting, user.id, offset, count)
    })
}

/// Somebody with a tie to the organization.
pub fn may_ask_about(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<Person, AppError> {
    let user = find(unit, login)?;
    let organization = acting.organization()?.id.as_organization();
    let tied = places::membership(unit, organization, user.id)?.is_some()
        || places::is_outside_collaborator(unit, organization, user.id)?;
    if tied {
        Ok(person(&user))
    } else {
        Err(AppError::Missing("member"))
    }
}

pub(crate) fn repositories_of(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    user: UserId,
    offset: u64,
    count: u32,
) -> Result<(Vec<RepositoryAccess>, u64), AppError> {
    let id: AccountId = acting.organization()?.id;
    let owner = places::owner_by_id(unit, id)?.ok_or(AppError::Missing("organization"))?;
    let base = owner
        .organization
        .as_ref()
        .map_or(BasePermission::None, |(_, base)| *base);
    let organization = id.as_organization();
    let everywhere = match places::membership(unit, organization, user)? {
        Some(OrganizationRole::Owner) => true,
        Some(OrganizationRole::Member) => base != BasePermission::None,
        None => false,
    };
    let page = (span(offset), i64::from(count));
    let (rows, total) = access::repositories_of(unit, user, organization, everywhere, page)?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(place) = places::repository_by_id(unit, row.id)? else {
            continue;
        };
        let roles = places::roles(unit, user, &place)?.sources;
        let sources = sources(unit, user, &place, roles)?;
        if let Some(role) = roles.role() {
            found.push(RepositoryAccess { row, role, sources });
        }
    }
    Ok((found, total.unsigned_abs()))
}
