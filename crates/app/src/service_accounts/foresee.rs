//! What would come of handing a token over, said before it is done.

use jeton_domain::{RepositoryId, Role, Scope, Selection, TokenId, UserId, Visibility};
use jeton_store::places::{self, RepositoryPlace};
use jeton_store::{ReadUnit, service_accounts};

use super::hand_over::may_hand_over;
use super::keep::kept;
use crate::access;
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::tokens::{TokenView, view_of};

/// Most repositories that are named; the number of the others stands beside them.
const NAMED: u32 = 50;

/// A repository that a token reaches, and who may do what there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BothRoles {
    /// `owner/name`.
    pub repository: String,
    /// What the person has there.
    pub person: Option<Role>,
    /// What the service account has there.
    pub service: Option<Role>,
}

/// What would come of it.
#[derive(Clone, Debug)]
pub struct HandOverForeseen {
    /// The person's token.
    pub view: TokenView,
    /// The service accounts that could take it, by name: those that are not suspended.
    pub services: Vec<String>,
    /// With the one that was chosen: the first repositories that the token reaches.
    pub reach: Vec<BothRoles>,
    /// How many more it reaches.
    pub more: u64,
    /// Permissions over the organization itself, by key: who is no member has none of that.
    pub lost: Vec<&'static str>,
}

/// Says it. `login`: the service account, once one was chosen.
pub fn foresee(
    app: &App,
    call: &Call,
    id: TokenId,
    login: Option<&str>,
) -> Result<HandOverForeseen, AppError> {
    app.read(call, |unit, acting| {
        let row = may_hand_over(unit, acting, id)?;
        let organization = acting.organization()?.id.as_organization();
        let services = service_accounts::of_organization(unit, organization)?;
        let services = services.into_iter().filter(|row| row.state == "active");
        let held = row.in_force();
        let (reach, more) = match login {
            Some(login) => {
                let service = kept(unit, acting, login)?;
                let both = (row.creator, service.id);
                reached(unit, acting, both, &held.selection)?
            }
            None => (Vec::new(), 0),
        };
        let lost = held.permissions.of_scope(Scope::Organization);
        Ok(HandOverForeseen {
            lost: lost.map(|(key, _)| key.name()).collect(),
            view: view_of(unit, acting, row)?,
            services: services.map(|row| row.login).collect(),
            reach,
            more,
        })
    })
}

/// The first repositories that a selection reaches, and how many more.
fn reached(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    (person, service): (UserId, UserId),
    selection: &Selection,
) -> Result<(Vec<BothRoles>, u64), AppError> {
    let (ids, total): (Vec<RepositoryId>, u64) = match selection {
        Selection::Public => return Ok((Vec::new(), 0)),
        Selection::Only(set) => (
            set.iter().copied().take(NAMED as usize).collect(),
            set.len() as u64,
        ),
        Selection::All => {
            let (found, total) = access::repositories_of(unit, acting, person, 0, NAMED)?;
            (found.into_iter().map(|each| each.row.id).collect(), total)
        }
    };
    let mut reach = Vec::with_capacity(ids.len());
    for id in &ids {
        let Some(place) = places::repository_by_id(unit, *id)? else {
            continue;
        };
        reach.push(BothRoles {
            repository: format!("{}/{}", place.owner.login, place.name),
            person: role(unit, person, &place)?,
            service: role(unit, service, &place)?,
        });
    }
    Ok((reach, total.saturating_sub(ids.len() as u64)))
}

/// What an account has on a repository, with what everybody has there.
fn role(
    unit: &mut ReadUnit<'_>,
    account: UserId,
    place: &RepositoryPlace,
) -> Result<Option<Role>, AppError> {
    let roles = places::roles(unit, account, place)?;
    let reads = match place.visibility {
        Visibility::Public => true,
        // *Internal* opens nothing to who works here from outside, nor to a service account.
        Visibility::Internal => {
            let service = service_accounts::by_id(unit, account)?.is_some();
            !service && !roles.outside_collaborator
        }
        Visibility::Private => false,
    };
    Ok(roles.sources.role().max(reads.then_some(Role::Read)))
}
