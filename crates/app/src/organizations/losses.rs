//! What somebody would lose, said before they go or are removed. The going itself is done by the use
//! cases that do it.

use jeton_domain::{AccountId, OrganizationRole, TokenId, UserId};
use jeton_store::users::UserRow;
use jeton_store::{ReadUnit, collaborators, memberships, repositories, requests, teams, tokens};

use super::members::{may_leave, may_remove_member};
use super::outside::may_remove_outside_collaborator;
use crate::access::{self, RepositoryAccess};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;

/// Most repositories that are named; the number of all stands beside them.
const NAMED: u32 = 20;

/// What goes with a person's place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Who.
    pub login: String,
    /// Teams that they are in, by name.
    pub teams: Vec<String>,
    /// Repositories on which they lose a role: the first of them.
    pub repositories: Vec<RepositoryAccess>,
    /// How many those are.
    pub repositories_total: u64,
    /// The owner's rules refuse the caller: teams and repositories are not named.
    pub withheld: bool,
    /// Some of those roles were given to them by name: they stay where a member becomes an outside collaborator.
    pub named: bool,
    /// Tokens whose access is withdrawn.
    pub tokens: Vec<(TokenId, String)>,
    /// Requests of theirs that wait for an owner.
    pub requests: u64,
    /// Why it can't be done at all.
    pub blocked: Option<String>,
}

/// What the caller loses by leaving.
pub fn losses_of_leaving(app: &App, call: &Call) -> Result<Losses, AppError> {
    app.read(call, |unit, acting| {
        let id = acting.user()?;
        let row = jeton_store::users::by_id(unit, id)?.ok_or(AppError::Missing("user"))?;
        let going = may_leave(unit, acting);
        let mut losses = of(unit, acting, &row, going)?;
        // SECURITY: going is open to whom the owner's rules shut out; what is there is not.
        losses.withheld = acting.is_shut_out()?;
        if losses.withheld {
            losses.teams.clear();
            losses.repositories.clear();
        }
        Ok(losses)
    })
}

/// What a member loses by being removed.
pub fn losses_of_member(app: &App, call: &Call, login: &str) -> Result<Losses, AppError> {
    app.read(call, |unit, acting| {
        let (row, _) = super::member_row(unit, acting, login)?;
        let going = may_remove_member(unit, acting, login);
        of(unit, acting, &row, going)
    })
}

/// What an outside collaborator loses by being removed from all repositories.
pub fn losses_of_outside_collaborator(
    app: &App,
    call: &Call,
    login: &str,
) -> Result<Losses, AppError> {
    app.read(call, |unit, acting| {
        let (row, _) = may_remove_outside_collaborator(unit, acting, login)?;
        of(unit, acting, &row, Ok(()))
    })
}

fn of<T>(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    row: &UserRow,
    going: Result<T, AppError>,
) -> Result<Losses, AppError> {
    let blocked = match going {
        Ok(_) => None,
        Err(AppError::Conflict { message, .. }) => Some(message),
        Err(other) => return Err(other),
    };
    let organization = acting.organization()?.id;
    let in_teams = teams::of_member(unit, organization.as_organization(), row.id)?;
    let (repositories, repositories_total) =
        access::repositories_of(unit, acting, row.id, 0, NAMED)?;
    let (tokens, requests) = tokens_of(unit, organization, row.id)?;
    let named = !collaborators::with_owner(unit, organization, row.id)?.is_empty();
    Ok(Losses {
        login: row.login.clone(),
        teams: in_teams.into_iter().map(|team| team.name).collect(),
        repositories,
        repositories_total,
        withheld: false,
        named,
        tokens,
        requests,
        blocked,
    })
}

/// As `departure` withdraws them.
fn tokens_of(
    unit: &mut ReadUnit<'_>,
    organization: AccountId,
    user: UserId,
) -> Result<(Vec<(TokenId, String)>, u64), AppError> {
    let waiting = requests::count_waiting(unit, organization.as_organization(), user)?;
    Ok((
        tokens::grants_of(unit, user, organization)?,
        waiting.unsigned_abs(),
    ))
}

/// What somebody loses with their direct role on one repository: the role they keep by other ways, and
/// the tokens whose access goes where it was their last tie to the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleLoss {
    /// Who.
    pub login: String,
    /// What they have left here.
    pub keeps: Option<jeton_domain::Role>,
    /// Tokens whose access to the whole organization is withdrawn.
    pub tokens: Vec<(TokenId, String)>,
    /// Requests of theirs that wait for an owner.
    pub requests: u64,
}

/// What a collaborator loses with their direct role on the repository.
pub fn losses_of_collaborator(app: &App, call: &Call, login: &str) -> Result<RoleLoss, AppError> {
    app.read(call, |unit, acting| {
        let user = crate::collaborators::may_remove(unit, acting, login)?;
        let repository = acting.repository()?;
        let place = jeton_store::places::repository_by_id(unit, repository.id)?
            .ok_or(AppError::Missing("repository"))?;
        let mut sources = jeton_store::places::roles(unit, user.id, &place)?.sources;
        sources.direct = None;
        let owner = repository.owner.id;
        let others = collaborators::with_owner(unit, owner, user.id)?
            .into_iter()
            .filter(|id| *id != repository.id)
            .count();
        let last = repository.owner.organization && sources.membership.is_none() && others == 0;
        let (tokens, requests) = if last {
            tokens_of(unit, owner, user.id)?
        } else {
            (Vec::new(), 0)
        };
        Ok(RoleLoss {
            login: user.login,
            keeps: sources.role(),
            tokens,
            requests,
        })
    })
}

/// How much a setting for all members is about: owners are not held by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MembersCounted {
    /// Members who are no owners.
    pub members: u64,
    /// The organization's repositories.
    pub repositories: u64,
    /// Those members' tokens with access to the organization.
    pub tokens: u64,
}

/// How much a change of the base permission, or of who makes repositories, is about.
pub fn members_counted(app: &App, call: &Call) -> Result<MembersCounted, AppError> {
    app.read(call, |unit, acting| {
        let owner = acting.organization()?.id;
        let organization = owner.as_organization();
        let members = memberships::count(unit, organization, Some(OrganizationRole::Member))?;
        Ok(MembersCounted {
            members: members.unsigned_abs(),
            repositories: repositories::count_of_owner(unit, owner)?.unsigned_abs(),
            tokens: tokens::grants_of_members(unit, organization)?.unsigned_abs(),
        })
    })
}

/// How many repositories stand where an organization or a person is to be deleted.
pub fn repositories_left(app: &App, call: &Call) -> Result<u64, AppError> {
    app.read(call, |unit, acting| {
        let owner = acting.organization()?.id;
        Ok(repositories::count_of_owner(unit, owner)?.unsigned_abs())
    })
}
