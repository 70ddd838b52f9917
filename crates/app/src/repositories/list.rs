//! Lists of repositories, each item decided as [`super::GET`] is.

use std::collections::BTreeSet;

use jeton_decide::{
    Bearer, ListFacts, OwnerFacts, Principal, RepositoryPredicate, View, refused_by_owner,
};
use jeton_domain::{
    AccountId, Allowed, BasePermission, ClassicReach, Grant, Operation, OrganizationPolicy,
    OrganizationRole, RepositoryId, Rule, Selection, Time, UserId, Visibility,
};
use jeton_store::repositories::{self, Among, Order, RepositoryRow};
use jeton_store::{
    ReadUnit, applications, collaborators, memberships, organizations, places, service_accounts,
    teams,
};

use super::{GET, REACH, RepositoryView, view_row};
use crate::app::App;
use crate::authorize::{Acting, person};
use crate::call::Call;
use crate::error::AppError;
use crate::place::owner_of;
use crate::users::{may_find_profile, span};
use crate::walked::Walked;

/// A page of repositories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// The page.
    pub items: Vec<RepositoryView>,
    /// How many there are.
    pub total: u64,
}

/// Why somebody has to do with a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Affiliation {
    /// It is theirs.
    Owner,
    /// They have a role on it by name.
    Collaborator,
    /// It belongs to an organization of theirs.
    OrganizationMember,
}

/// Which of the repositories that the caller sees are wanted, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Only those of these; all, where it is empty.
    pub visibilities: Vec<Visibility>,
    /// Only those that the person has to do with for one of these reasons; for any, where it is empty.
    pub affiliations: Vec<Affiliation>,
    /// Only what was made then or later.
    pub since: Option<Time>,
    /// Only what was made before.
    pub before: Option<Time>,
    /// How it is sorted.
    pub order: Order,
    /// So many stand before the page.
    pub offset: u64,
    /// So many are on it at most.
    pub count: u32,
}

impl Wish {
    /// A page of all, by name.
    pub fn page(offset: u64, count: u32) -> Self {
        Self {
            offset,
            count,
            ..Self::default()
        }
    }
}

/// The repositories that the caller has to do with: their own, those of their organizations, and
/// those on which they have a role otherwise.
pub fn of_oneself(app: &App, call: &Call, wish: &Wish) -> Result<List, AppError> {
    app.read(call, |unit, acting| {
        let among = affiliated(unit, acting, &wish.affiliations)?;
        page(unit, acting, among, wish)
    })
}

/// What the caller has to do with for one of these reasons; for any, where there are none.
fn affiliated(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    wanted: &[Affiliation],
) -> Result<Among, AppError> {
    let reach = Reach::of(unit, acting)?;
    if wanted.is_empty() {
        return Ok(reach.near_or_held());
    }
    let user = acting.user()?;
    let oneself = AccountId::from(user);
    let (mut owners, mut ids) = (Vec::new(), Vec::new());
    for affiliation in wanted {
        match affiliation {
            Affiliation::Owner => owners.push(oneself),
            Affiliation::Collaborator => ids.extend(collaborators::of_user(unit, user)?),
            Affiliation::OrganizationMember => {
                owners.extend(reach.near.iter().filter(|near| **near != oneself));
                ids.extend(teams::repositories_of_user(unit, user)?);
            }
        }
    }
    Ok(Among::Either(owners, ids))
}

/// The repositories in the name space of a person or an organization, as the caller sees them.
///
/// SECURITY: on which others a person has a role is told to that person alone.
pub fn of_user(app: &App, call: &Call, login: &str, wish: &Wish) -> Result<List, AppError> {
    app.read(call, |unit, acting| {
        let owner = may_list_of_account(unit, acting, login)?;
        let own = acting.user().is_ok_and(|caller| owner == caller.into());
        let among = if wish.affiliations.is_empty() {
            Among::Owner(owner)
        } else if own {
            affiliated(unit, acting, &wish.affiliations)?
        } else if wish.affiliations.contains(&Affiliation::Owner) {
            Among::Owner(owner)
        } else {
            Among::Either(Vec::new(), Vec::new())
        };
        page(unit, acting, among, wish)
    })
}

/// A person or an organization that the caller may know of: clients follow the address that an owner has for its
/// repositories, whatever it is.
pub fn may_list_of_account(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<AccountId, AppError> {
    Ok(may_find_profile(unit, acting, login)?.id)
}

/// The repositories of the organization that the call is about, as the caller sees them.
pub fn of_organization(app: &App, call: &Call, wish: &Wish) -> Result<List, AppError> {
    app.read(call, |unit, acting| {
        let owner = acting.organization()?.id;
        page(unit, acting, Among::Owner(owner), wish)
    })
}

/// Repositories behind a number, whoever owns them: those that everybody sees; where `internal` are wanted too, those
/// that every account sees. Private ones have their place in lists of owners.
pub fn everywhere(
    app: &App,
    call: &Call,
    after: i64,
    internal: bool,
    count: u32,
) -> Result<Walked<RepositoryRow>, AppError> {
    app.read(call, |unit, acting| {
        acting.may_know_people()?;
        let mut predicate = seen(unit, acting)?;
        only(&mut predicate, |seen| match seen {
            Visibility::Public => true,
            Visibility::Internal => internal,
            Visibility::Private => false,
        });
        let part = (0, i64::from(count) + 1);
        let rows = repositories::page(unit, &predicate, &Among::After(after), Order::Number, part)?;
        Ok(Walked::new(rows, count, |row| row.id.get()))
    })
}

/// Words of a search; more say nothing more.
const MOST_WORDS: usize = 8;
/// Characters of a search.
const LONGEST_SEARCH: usize = 100;

/// Names of the caller's own or an organization's repositories in which every word of `search` stands, as far as
/// the caller sees them: for choosing among thousands. An owner that is none has none.
pub fn search(
    app: &App,
    call: &Call,
    owner: &str,
    search: &str,
    most: u32,
) -> Result<List, AppError> {
    let words: Vec<String> = search
        .chars()
        .take(LONGEST_SEARCH)
        .collect::<String>()
        .split_whitespace()
        .take(MOST_WORDS)
        .map(str::to_owned)
        .collect();
    app.read(call, |unit, acting| {
        let key = owner.to_ascii_lowercase();
        if key.contains('\0') {
            return Ok(List::default());
        }
        match places::owner(unit, &key)? {
            Some(found) => {
                let among = Among::Named(found.id, words);
                page(unit, acting, among, &Wish::page(0, most))
            }
            None => Ok(List::default()),
        }
    })
}

/// A page of the repositories that a grant of the caller's organization covers, as far as the caller
/// sees them; none for one that covers what is public.
pub(crate) fn of_grant(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    grant: &Grant,
    offset: u64,
    count: u32,
) -> Result<List, AppError> {
    let among = match &grant.selection {
        Selection::All => Among::Owner(grant.owner),
        Selection::Only(set) => Among::Either(Vec::new(), set.iter().copied().collect()),
        Selection::Public => Among::Either(Vec::new(), Vec::new()),
    };
    page(unit, acting, among, &Wish::page(offset, count))
}

fn page(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    among: Among,
    wish: &Wish,
) -> Result<List, AppError> {
    let mut predicate = seen(unit, acting)?;
    if !wish.visibilities.is_empty() {
        only(&mut predicate, |seen| wish.visibilities.contains(&seen));
    }
    let among = Among::Made(Box::new(among), wish.since, wish.before);
    let total = repositories::count(unit, &predicate, &among)?.unsigned_abs();
    let part = (span(wish.offset), i64::from(wish.count));
    let mut items = Vec::new();
    for row in repositories::page(unit, &predicate, &among, wish.order, part)? {
        items.push(view_row(unit, acting, row)?);
    }
    Ok(List { items, total })
}

/// Narrows to some visibilities.
fn only(predicate: &mut RepositoryPredicate, wanted: impl Fn(Visibility) -> bool) {
    for clause in &mut predicate.clauses {
        clause.visibilities.retain(|seen| wanted(*seen));
    }
    predicate
        .clauses
        .retain(|clause| !clause.visibilities.is_empty());
}

/// Which repositories the request may see.
pub(crate) fn seen(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
) -> Result<RepositoryPredicate, AppError> {
    predicate(unit, acting, &GET)
}

/// Which repositories the request reaches, beyond what everybody sees.
pub(crate) fn reached(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
) -> Result<RepositoryPredicate, AppError> {
    predicate(unit, acting, &REACH)
}

/// How many repositories another credential of the caller's would see, of all that they have to do with or of one
/// owner's.
pub(crate) fn reached_by(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    bearer: &Bearer,
    owner: Option<AccountId>,
) -> Result<ClassicReach, AppError> {
    let reach = Reach::of(unit, acting)?;
    let among = owner.map_or_else(|| reach.near_or_held(), Among::Owner);
    let all = predicate_of(unit, acting, Some(bearer), &GET)?;
    let mut public = all.clone();
    only(&mut public, |seen| seen == Visibility::Public);
    let all = repositories::count(unit, &all, &among)?.unsigned_abs();
    let public = repositories::count(unit, &public, &among)?.unsigned_abs();
    Ok(ClassicReach {
        private: all.saturating_sub(public),
        public,
    })
}

fn predicate(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    item: &Operation,
) -> Result<RepositoryPredicate, AppError> {
    let bearer: Option<&Bearer> = match acting.permit.view() {
        View::Principal => acting.known().map(|known| &known.bearer),
        // SECURITY: a request that was let in as anybody's sees what anybody sees.
        View::Anonymous => None,
    };
    predicate_of(unit, acting, bearer, item)
}

fn predicate_of(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    bearer: Option<&Bearer>,
    item: &Operation,
) -> Result<RepositoryPredicate, AppError> {
    let Some(person) = bearer.and(person(&acting.permit)) else {
        return predicate_with(unit, acting, bearer, item, &Reach::default());
    };
    let reach = Reach::of_account(unit, person)?;
    let seen = predicate_with(unit, acting, bearer, item, &reach)?;
    match acting.known().and_then(|known| known.within) {
        Some(other) => {
            let reach = Reach::of_account(unit, other)?;
            let other = Principal::Service { id: other.into() };
            let bearer = bearer.map(|bearer| Bearer {
                principal: other,
                ..bearer.clone()
            });
            let theirs = predicate_with(unit, acting, bearer.as_ref(), item, &reach)?;
            Ok(seen.and(&theirs))
        }
        None => Ok(seen),
    }
}

fn predicate_with(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    bearer: Option<&Bearer>,
    item: &Operation,
    reach: &Reach,
) -> Result<RepositoryPredicate, AppError> {
    let refusing = match bearer {
        Some(bearer) => refusing(unit, acting, bearer)?,
        None => BTreeSet::new(),
    };
    let facts = ListFacts {
        item,
        // Where the site closes anonymous access, any live credential stands in for it.
        anonymous_allowed: acting.site.anonymous_allowed || acting.known().is_some(),
        whole: &reach.whole,
        held: &reach.held,
        outside_of: &reach.outside_of,
        refusing: &refusing,
    };
    Ok(jeton_decide::repositories(bearer, &facts))
}

/// What a person has to do with.
#[derive(Debug, Default)]
struct Reach {
    /// Accounts all of whose repositories the person reads.
    whole: BTreeSet<AccountId>,
    /// Those, and organizations that the person belongs to without reading everything.
    near: BTreeSet<AccountId>,
    /// Repositories with a role by name or by team.
    held: BTreeSet<RepositoryId>,
    /// Organizations where the person works from outside.
    outside_of: BTreeSet<AccountId>,
}

impl Reach {
    /// All that the person has to do with.
    fn near_or_held(&self) -> Among {
        Among::Either(
            self.near.iter().copied().collect(),
            self.held.iter().copied().collect(),
        )
    }

    fn of(unit: &mut ReadUnit<'_>, acting: &Acting<'_>) -> Result<Self, AppError> {
        match person(&acting.permit) {
            Some(user) => Self::of_account(unit, user),
            None => Ok(Self::default()),
        }
    }

    fn of_account(unit: &mut ReadUnit<'_>, user: UserId) -> Result<Self, AppError> {
        let mut reach = Self::default();
        reach.whole.insert(user.into());
        for (row, role) in organizations::of_user(unit, user)? {
            reach.near.insert(row.id.into());
            if role == OrganizationRole::Owner || row.base != BasePermission::None {
                reach.whole.insert(row.id.into());
            }
        }
        if let Some(service) = service_accounts::by_id(unit, user)? {
            reach.near.insert(service.organization.into());
            if service.everywhere.is_some() {
                reach.whole.insert(service.organization.into());
            }
        }
        reach.near.insert(user.into());
        reach.held.extend(collaborators::of_user(unit, user)?);
        reach.held.extend(teams::repositories_of_user(unit, user)?);
        reach.outside_of.extend(
            memberships::outside_of(unit, user)?
                .into_iter()
                .map(AccountId::from),
        );
        Ok(reach)
    }
}

/// The owners whose policy refuses the credential from where it comes: of a token with an owner, whether that one
/// does; else all that do.
pub(crate) fn refusing(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    bearer: &Bearer,
) -> Result<BTreeSet<AccountId>, AppError> {
    let (site, address) = (&acting.site, acting.call.address);
    let refused = |owner: OwnerFacts<'_>| refused_by_owner(bearer, owner, address).is_some();
    if let Some(token) = bearer.token.as_ref().filter(|_| !bearer.kind.has_scopes()) {
        let Some(found) = places::owner_by_id(unit, token.grant.owner)? else {
            return Ok(BTreeSet::new());
        };
        let owner = owner_of(unit, found, person(&acting.permit), site)?;
        return Ok(BTreeSet::from([owner.id])
            .into_iter()
            .filter(|_| refused(owner.facts()))
            .collect());
    }
    let approving = match bearer.application {
        Some(application) => applications::approving(unit, application)?,
        None => BTreeSet::new(),
    };
    let (approved, none) = (bearer.application.into_iter().collect(), BTreeSet::new());
    // Whether somebody is a guest matters to tokens with an owner alone.
    let facts = |id: AccountId, organization, policy| OwnerFacts {
        id,
        organization,
        policy,
        membership: None,
        outside_collaborator: false,
        reviewer: false,
        applications: if approving.contains(&id) {
            &approved
        } else {
            &none
        },
    };
    let nobody_refuses_a_sign_in = site.addresses == Rule::Force(Allowed::Unrestricted)
        && site.two_factor_required == Rule::Force(false);
    if bearer.kind.is_sign_in() && nobody_refuses_a_sign_in {
        return Ok(BTreeSet::new());
    }
    let mut refusing = BTreeSet::new();
    let organizations: Vec<(AccountId, OrganizationPolicy)> = organizations::policies(unit)?
        .into_iter()
        .map(|(id, own)| (id, site.over(&own)))
        .collect();
    for (id, policy) in &organizations {
        if refused(facts(*id, true, policy)) {
            refusing.insert(*id);
        }
    }
    // Whatever the site forces holds in people's own name spaces too.
    let of_people = site.for_users();
    let of_people = |id| refused(facts(id, false, &of_people));
    let known: BTreeSet<AccountId> = organizations.iter().map(|(id, _)| *id).collect();
    let oneself = acting.user()?.into();
    if of_people(oneself) {
        let owners = repositories::owners(unit)?.into_iter();
        refusing.extend(owners.filter(|owner| !known.contains(owner)));
    }
    Ok(refusing)
}
