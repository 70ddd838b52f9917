//! The thing a path names, with the caller's place in it, as the decision wants to know it.

use std::collections::BTreeSet;
use std::sync::Arc;

use jeton_decide::{
    OrganizationTarget, OwnerFacts, PackageLink, PackageTarget, RepositoryTarget, Target,
};
use jeton_domain::{
    AccountId, ApplicationId, OrganizationPolicy, OrganizationRole, RepositoryId, RoleSources,
    SitePolicy, UserId, Visibility,
};
use jeton_store::{
    FeedKey, ReadUnit, Seq, StoreError, applications, packages, places, reviewers, settings,
};

use crate::app::App;
use crate::cache::Dated;
use crate::call::{Door, Named};
use crate::error::AppError;
use crate::package_place::{Package, new_package, package_of};

/// An owner with the policy that holds there and the caller's place in it.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that have nothing to do with each other"
)]
pub struct Owner {
    /// Which account.
    pub id: AccountId,
    /// Its name.
    pub login: String,
    /// An organization, or a person.
    pub organization: bool,
    /// What holds there, the site's word applied.
    pub policy: OrganizationPolicy,
    /// The caller's place.
    pub membership: Option<OrganizationRole>,
    /// The caller has a role on some repository there without being a member.
    pub outside_collaborator: bool,
    /// An owner made the caller a reviewer of tokens.
    pub reviewer: bool,
    /// The OAuth applications that it lets reach its things.
    pub applications: BTreeSet<ApplicationId>,
    /// The path named it by an earlier name.
    pub moved: bool,
}

/// A repository with the caller's roles on it.
#[derive(Clone, Debug)]
pub struct Repository {
    /// Which.
    pub id: RepositoryId,
    /// Its name.
    pub name: String,
    /// Whose.
    pub owner: Owner,
    /// Who sees it without a role.
    pub visibility: Visibility,
    /// Where its data lies.
    pub shard: u16,
    /// What gives the caller a role.
    pub sources: RoleSources,
    /// The path named it, or its owner, by an earlier name.
    pub moved: bool,
}

/// What a path named.
#[derive(Clone, Debug)]
pub enum Place {
    /// The server.
    Site,
    /// The caller's own account, under the policy of people's own name spaces.
    Own(OrganizationPolicy),
    /// An organization.
    Organization(Owner),
    /// A repository.
    Repository(Repository),
    /// A package.
    Package(Package),
    /// Nothing that is there.
    Missing,
}

impl Owner {
    /// Whether a token of the person who found it waits for an owner's word before it reaches things here:
    /// an owner's never; a member's where the policy says so; always that of somebody who does not
    /// belong to the organization, as nobody there made them a member.
    pub(crate) fn asks_for_approval(&self) -> bool {
        self.organization
            && match self.membership {
                Some(OrganizationRole::Owner) => false,
                Some(OrganizationRole::Member) => self.policy.approval_required,
                None => true,
            }
    }

    pub(crate) fn facts(&self) -> OwnerFacts<'_> {
        OwnerFacts {
            id: self.id,
            organization: self.organization,
            policy: &self.policy,
            membership: self.membership,
            outside_collaborator: self.outside_collaborator,
            reviewer: self.reviewer,
            applications: &self.applications,
        }
    }
}

impl Place {
    /// As the decision sees it.
    pub fn target(&self) -> Target<'_> {
        match self {
            Self::Site => Target::Site,
            Self::Own(policy) => Target::Own(policy),
            Self::Organization(owner) => Target::Organization(OrganizationTarget {
                owner: owner.facts(),
            }),
            Self::Repository(repository) => Target::Repository(RepositoryTarget {
                id: repository.id,
                owner: repository.owner.facts(),
                visibility: repository.visibility,
                sources: repository.sources,
            }),
            Self::Package(package) => Target::Package(PackageTarget {
                id: package.id,
                name: &package.name,
                link: package.link,
                owner: package.owner.facts(),
                visibility: package.visibility,
                sources: package.sources,
            }),
            Self::Missing => Target::Missing,
        }
    }

    /// Leads from an earlier name to the present one, at a door that does. Asked wherever a request was
    /// permitted, before anything is done: whether an earlier name leads anywhere is no use case's own affair.
    ///
    /// SECURITY: only behind the decision, which keeps what was renamed as hidden as anything else.
    pub(crate) fn by_present_name(&self, door: Door) -> Result<(), AppError> {
        if !door.leads_to_present_names() {
            return Ok(());
        }
        match self {
            Self::Repository(repository) if repository.moved => Err(AppError::Moved {
                owner: repository.owner.login.clone(),
                name: Some(repository.name.clone()),
            }),
            Self::Organization(owner) if owner.moved => Err(AppError::Moved {
                owner: owner.login.clone(),
                name: None,
            }),
            _ => Ok(()),
        }
    }

    /// That a name still leads where it did: what was begun on a repository is not decided by the rights
    /// on another that has taken its earlier name.
    pub(crate) fn still(&self, id: RepositoryId) -> Result<(), AppError> {
        match self {
            Self::Repository(repository) if repository.id != id => {
                Err(AppError::Forbidden(format!(
                    "`{}/{}` is another repository now.",
                    repository.owner.login, repository.name
                )))
            }
            _ => Ok(()),
        }
    }

    /// The account whose things it is about.
    pub fn owner(&self) -> Option<&Owner> {
        match self {
            Self::Organization(owner) => Some(owner),
            Self::Repository(repository) => Some(&repository.owner),
            Self::Package(package) => Some(&package.owner),
            Self::Site | Self::Own(_) | Self::Missing => None,
        }
    }
}

/// Loads what is named, as `user` finds it.
pub(crate) fn load(
    unit: &mut ReadUnit<'_>,
    named: &Named,
    user: Option<UserId>,
    site: &SitePolicy,
) -> Result<Place, StoreError> {
    match named {
        Named::Site => Ok(Place::Site),
        Named::Own => Ok(Place::Own(site.for_users())),
        Named::Organization(login) => {
            let found = places::owner_by_any_name(unit, &login.to_ascii_lowercase())?;
            organization_of(unit, found, user, site)
        }
        Named::OrganizationNumber(id) => {
            let found = match id {
                Some(id) => places::owner_by_id(unit, (*id).into())?,
                None => None,
            };
            organization_of(unit, found, user, site)
        }
        Named::RepositoryNumber(id) => {
            let found = match id {
                Some(id) => places::repository_by_id(unit, *id)?,
                None => None,
            };
            match found {
                Some(found) => repository_of(unit, found, user, site).map(Place::Repository),
                None => Ok(Place::Missing),
            }
        }
        Named::Repository(login, name) => {
            match places::repository(
                unit,
                &login.to_ascii_lowercase(),
                &name.to_ascii_lowercase(),
            )? {
                Some(found) => repository_of(unit, found, user, site).map(Place::Repository),
                None => Ok(Place::Missing),
            }
        }
        Named::Package(login, name) => {
            match packages::place(unit, &login.to_ascii_lowercase(), name)? {
                Some(found) => package_of(unit, found, user, site).map(Place::Package),
                None => Ok(Place::Missing),
            }
        }
        Named::NewPackage(login, name) => {
            let key = login.to_ascii_lowercase();
            if let Some(found) = packages::place(unit, &key, name)? {
                return package_of(unit, found, user, site).map(Place::Package);
            }
            match places::owner(unit, &key)? {
                Some(owner) => new_package(unit, owner, name, user, site).map(Place::Package),
                None => Ok(Place::Missing),
            }
        }
    }
}

/// An organization as `user` finds it; a person is none.
fn organization_of(
    unit: &mut ReadUnit<'_>,
    found: Option<places::OwnerPlace>,
    user: Option<UserId>,
    site: &SitePolicy,
) -> Result<Place, StoreError> {
    match found.filter(|found| found.organization.is_some()) {
        Some(found) => owner_of(unit, found, user, site).map(Place::Organization),
        None => Ok(Place::Missing),
    }
}

/// Oneself, and the organizations where one is a member or an outside collaborator.
pub(crate) fn owners_near(
    unit: &mut ReadUnit<'_>,
    user: UserId,
    site: &SitePolicy,
) -> Result<Vec<Owner>, StoreError> {
    let mut owners = Vec::new();
    for id in places::owners_near(unit, user)? {
        if let Some(found) = places::owner_by_id(unit, id)? {
            owners.push(owner_of(unit, found, Some(user), site)?);
        }
    }
    Ok(owners)
}

/// An owner as `user` finds it.
pub(crate) fn owner_of(
    unit: &mut ReadUnit<'_>,
    found: places::OwnerPlace,
    user: Option<UserId>,
    site: &SitePolicy,
) -> Result<Owner, StoreError> {
    let Some((policy, _)) = &found.organization else {
        return Ok(Owner {
            id: found.id,
            login: found.login,
            organization: false,
            policy: site.for_users(),
            membership: None,
            outside_collaborator: false,
            reviewer: false,
            applications: BTreeSet::new(),
            moved: found.moved,
        });
    };
    let id = found.id.as_organization();
    let (membership, outside_collaborator, reviewer) = match user {
        Some(user) => (
            places::membership(unit, id, user)?,
            places::is_outside_collaborator(unit, id, user)?,
            reviewers::is(unit, id, user)?,
        ),
        None => (None, false, false),
    };
    Ok(Owner {
        id: found.id,
        login: found.login,
        organization: true,
        policy: site.over(policy),
        membership,
        outside_collaborator,
        reviewer,
        applications: applications::approved(unit, id)?,
        moved: found.moved,
    })
}

/// A repository as `user` finds it.
pub(crate) fn repository_of(
    unit: &mut ReadUnit<'_>,
    found: places::RepositoryPlace,
    user: Option<UserId>,
    site: &SitePolicy,
) -> Result<Repository, StoreError> {
    let roles = match user {
        Some(user) => places::roles(unit, user, &found)?,
        None => places::Roles::default(),
    };
    Ok(Repository {
        id: found.id,
        name: found.name,
        owner: owner_with(unit, found.owner, roles, site)?,
        visibility: found.visibility,
        shard: found.shard,
        sources: roles.sources,
        moved: found.moved,
    })
}

/// An owner with the place in it that was found already.
pub(crate) fn owner_with(
    unit: &mut ReadUnit<'_>,
    owner: places::OwnerPlace,
    roles: places::Roles,
    site: &SitePolicy,
) -> Result<Owner, StoreError> {
    let organization = owner.id.as_organization();
    let (policy, applications) = match &owner.organization {
        Some((own, _)) => (site.over(own), applications::approved(unit, organization)?),
        None => (site.for_users(), BTreeSet::new()),
    };
    Ok(Owner {
        id: owner.id,
        login: owner.login,
        organization: owner.organization.is_some(),
        policy,
        membership: roles.sources.membership,
        outside_collaborator: roles.outside_collaborator,
        // No operation on a repository or a package asks for it.
        reviewer: false,
        applications,
        moved: owner.moved,
    })
}

/// The site's policy in one snapshot.
pub(crate) fn site_policy(unit: &mut ReadUnit<'_>) -> Result<SitePolicy, StoreError> {
    match settings::get(unit, "policy")? {
        Some(text) => serde_json::from_str(&text).map_err(|error| StoreError::Corrupt {
            what: format!("the site's policy: {error}"),
        }),
        None => Ok(SitePolicy::default()),
    }
}

/// Key of a cached place: a person (0 for nobody), and folded names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PlaceKey {
    user: i64,
    owner: String,
    name: String,
}

/// The same, borrowed.
#[derive(Hash)]
struct PlaceKeyRef<'a> {
    user: i64,
    owner: &'a str,
    name: &'a str,
}

impl quick_cache::Equivalent<PlaceKey> for PlaceKeyRef<'_> {
    fn equivalent(&self, key: &PlaceKey) -> bool {
        self.user == key.user && self.owner == key.owner && self.name == key.name
    }
}

impl App {
    /// The site's policy, cached.
    pub(crate) fn site(&self) -> Result<Arc<Dated<SitePolicy>>, StoreError> {
        if let Some(hit) = self.site_policy.get(&self.changes) {
            return Ok(hit);
        }
        self.store.read(|unit| {
            let site = site_policy(unit)?;
            Ok(self.keep_site(&site, unit.seq()))
        })
    }

    /// Keeps what a read found at `seq`.
    pub(crate) fn keep_site(&self, site: &SitePolicy, seq: Seq) -> Arc<Dated<SitePolicy>> {
        let dated = Arc::new(Dated::new(site.clone(), seq, &[FeedKey::Site]));
        self.site_policy.put(Arc::clone(&dated));
        dated
    }

    /// A thing that was looked up before and did not change since; the site and the caller's own
    /// account are always at hand.
    pub(crate) fn cached_place(
        &self,
        named: &Named,
        user: Option<UserId>,
    ) -> Option<Arc<Dated<Place>>> {
        let number;
        let (owner, name) = match named {
            Named::Repository(owner, name) => (owner.as_str(), name.as_str()),
            Named::RepositoryNumber(id) => {
                number = digits(*id);
                (NUMBER, number.as_str())
            }
            Named::Package(owner, name) => {
                number = format!("{owner}/{name}");
                (PACKAGE, number.as_str())
            }
            Named::Own => (OWN, ""),
            Named::Site => (SITE, ""),
            Named::NewPackage(..) | Named::Organization(_) | Named::OrganizationNumber(_) => {
                return None;
            }
        };
        let key = PlaceKeyRef {
            user: user.map_or(0, UserId::get),
            owner,
            name,
        };
        self.places
            .get(&key, &self.changes)
            .or_else(|| self.closed_place(&key))
    }

    /// A path that was found to lead somebody nowhere, be it that the thing is hidden from them or that it
    /// is missing, while nothing that it could lead to has changed since: any change but one of a
    /// credential.
    ///
    /// SECURITY: which of the two it is, is not kept, and the time of the answer does not tell it: both
    /// come from here.
    fn closed_place(&self, key: &PlaceKeyRef<'_>) -> Option<Arc<Dated<Place>>> {
        self.closed
            .get(key, &self.changes)
            .filter(|kept| kept.is_fresh_in_all_places(&self.changes))
    }

    /// What is named, as `user` finds it. Organizations are never cached.
    ///
    /// SECURITY: a refusal from memory comes sooner than one from the database. What is missing and what
    /// `user` does not see are kept alike, as paths that lead nowhere, or the time of the answer would
    /// tell the one from the other.
    pub(crate) fn place(
        &self,
        named: &Named,
        user: Option<UserId>,
    ) -> Result<Arc<Dated<Place>>, StoreError> {
        if let Some(hit) = self.cached_place(named, user) {
            return Ok(hit);
        }
        self.store.read(|unit| {
            let site = site_policy(unit)?;
            let place = load(unit, named, user, &site)?;
            Ok(self.keep_place(named, user, place, &site, unit.seq()))
        })
    }

    /// Keeps what a read found at `seq` for the next look-up.
    pub(crate) fn keep_place(
        &self,
        named: &Named,
        user: Option<UserId>,
        place: Place,
        site: &SitePolicy,
        seq: Seq,
    ) -> Arc<Dated<Place>> {
        let mut keys = vec![FeedKey::Site];
        keys.extend(user.map(FeedKey::User));
        keys.extend(place.owner().map(|owner| FeedKey::Account(owner.id)));
        // Keyed by the path as it came: another spelling of the same name is another entry.
        let path = match named {
            Named::Repository(owner, name) => Some((owner.clone(), name.clone())),
            Named::RepositoryNumber(id) => Some((NUMBER.to_owned(), digits(*id))),
            Named::Package(owner, name) => Some((PACKAGE.to_owned(), format!("{owner}/{name}"))),
            _ => None,
        };
        let key = match (named, &place) {
            (_, Place::Repository(repository)) if sees(user, &place, site) => {
                keys.push(FeedKey::Repository(repository.id));
                path.clone()
            }
            (Named::Package(..), Place::Package(package)) if sees(user, &place, site) => {
                keys.extend(package.id.map(FeedKey::Package));
                if let PackageLink::Repository(id) = package.link {
                    keys.push(FeedKey::Repository(id));
                }
                path.clone()
            }
            (Named::Own, _) => Some((OWN.to_owned(), String::new())),
            (Named::Site, _) => Some((SITE.to_owned(), String::new())),
            _ => None,
        };
        let user = user.map_or(0, UserId::get);
        if let (Some((owner, name)), None) = (path, &key) {
            let nowhere = Arc::new(Dated::new(Place::Missing, seq, &[]));
            self.closed.put(PlaceKey { user, owner, name }, nowhere);
        }
        let dated = Arc::new(Dated::new(place, seq, &keys));
        if let Some((owner, name)) = key {
            let key = PlaceKey { user, owner, name };
            self.places.put(key, Arc::clone(&dated));
        }
        dated
    }
}

/// A number in a key; that of nothing is none.
fn digits(id: Option<RepositoryId>) -> String {
    id.map_or_else(String::new, |id| id.get().to_string())
}

/// Whether the path leads `user` anywhere. Decides nothing, but where the next look-up is answered.
fn sees(user: Option<UserId>, place: &Place, site: &SitePolicy) -> bool {
    match (user, place) {
        (Some(user), place) => jeton_decide::person_sees(user, &place.target()),
        (None, Place::Repository(repository)) => {
            site.anonymous_allowed && repository.visibility == Visibility::Public
        }
        (None, Place::Package(package)) => {
            site.anonymous_allowed && package.visibility == Visibility::Public
        }
        (None, _) => false,
    }
}

/// Keys that no name can be: names hold no `/`.
const OWN: &str = "/own";
const NUMBER: &str = "/number";
const SITE: &str = "/site";
const PACKAGE: &str = "/package";
