//! Random repositories for a list, and a credential that passes the steps about itself.

use jeton_model::{
    Access, Base, Bearer, Carrier, Credential, Expiry, Kind, Least, Membership, Operation, Policy,
    Principal, Repository, Role, SitePolicy, Standing, Target, TargetKind, World,
};

use crate::cast::{
    ORGANIZATIONS, OTHER_PERSON, PERSON, REPOSITORIES, ROLES, SATURDAY, SERVICE, VISIBILITIES,
};
use crate::credentials::{any_job, application, descend, is_sign_in, wild_token};
use crate::grants;
use crate::operations::OPERATIONS;
use crate::policies::{random_policy, random_site};
use crate::random::Random;
use crate::words;
use crate::worlds;

/// A world without a target, and the repositories that there are.
#[derive(Clone, Debug)]
pub struct ListWorld {
    /// Everything but the target.
    pub world: World,
    /// All repositories.
    pub repositories: Vec<Repository>,
}

/// What one owner is to the caller.
#[derive(Clone, Debug)]
struct Owner {
    id: i64,
    organization: bool,
    policy: Policy,
    membership: Option<Membership>,
    base: Base,
}

/// An operation that a list can show items of: whoever may read the thing may do it.
fn lists_items(operation: &Operation) -> bool {
    operation.target == TargetKind::Repository
        && operation.access == Access::Read
        && !operation.confirm
        && matches!(
            operation.least,
            Least::Anyone | Least::Person | Least::Repository(Role::Read)
        )
}

impl ListWorld {
    fn random(random: &mut Random, operations: &[Operation]) -> Option<Self> {
        let operation = worlds::any_operation(random, operations, lists_items)?;
        let credential = if random.chance(8) {
            Credential::None
        } else {
            live(random, &operation)?
        };
        let world = World {
            now: SATURDAY,
            address: grants::address(random),
            carrier: Carrier::Fine,
            address_rate_exceeded: false,
            principal_rate_exceeded: false,
            anonymous_allowed: random.chance(60),
            site: if random.chance(50) {
                random_site(random)
            } else {
                SitePolicy::default()
            },
            credential,
            operation,
            target: Target::Missing,
            reference: None,
        };
        let principal = match &world.credential {
            Credential::Live(bearer) => Some(bearer.principal),
            _ => None,
        };
        let repositories = repositories(random, principal);
        Some(Self {
            world,
            repositories,
        })
    }
}

/// A credential that passes the steps about itself.
fn live(random: &mut Random, operation: &Operation) -> Option<Credential> {
    let kind = random.pick(&operation.kinds)?;
    let principal = match kind {
        Kind::Job => any_job(random),
        _ if random.chance(15) => Principal::Service { id: SERVICE },
        _ => Principal::User {
            id: PERSON,
            administrator: random.chance(10),
        },
    };
    let mut token = (!is_sign_in(kind)).then(|| wild_token(random, SATURDAY, kind));
    if let Some(token) = &mut token {
        token.suspended = false;
        token.wanted.conditions.clear();
        token.approved.conditions.clear();
        if matches!(token.expires, Expiry::At(end) if end <= SATURDAY) {
            token.expires = Expiry::At(SATURDAY + 1);
        }
        // Most lists should show something.
        if random.chance(70) {
            token.standing = Standing::Active;
        }
        if random.chance(50) && !token.wanted.permissions.is_empty() {
            token
                .wanted
                .permissions
                .extend(operation.sets.first().into_iter().flatten().copied());
            token.wanted.permissions =
                grants::with_metadata(std::mem::take(&mut token.wanted.permissions));
            token
                .wanted
                .permissions
                .sort_by_key(|(key, level)| (*key, std::cmp::Reverse(*level)));
            token.wanted.permissions.dedup_by_key(|(key, _)| *key);
            token
                .wanted
                .permissions
                .retain(|(key, _)| jeton_domain::PermissionKey::parse(key).is_some());
            token.approved = token.wanted.clone();
        }
    }
    let mut bearer = Bearer {
        kind,
        principal,
        account_suspended: false,
        two_factor: random.chance(70),
        token,
        application: application(kind),
        sudo: None,
        made_from: vec![],
    };
    descend(random, &mut bearer);
    // What it was made from selects less by now.
    if random.chance(40)
        && let Some(token) = bearer
            .made_from
            .last_mut()
            .and_then(|one| one.token.as_mut())
    {
        token.approved.selection = grants::selection(random);
    }
    Some(Credential::Live(Box::new(bearer)))
}

fn repositories(random: &mut Random, principal: Option<Principal>) -> Vec<Repository> {
    let person = matches!(
        principal,
        Some(Principal::User { .. } | Principal::Job { opener: PERSON, .. })
    );
    let has_roles = principal.is_some();
    let mut owners: Vec<Owner> = Vec::new();
    for id in [PERSON, OTHER_PERSON, SERVICE]
        .into_iter()
        .chain(ORGANIZATIONS)
    {
        let organization = ORGANIZATIONS.contains(&id);
        let place = random.one([
            None,
            Some(Membership::Member),
            Some(Membership::Member),
            Some(Membership::Owner),
        ]);
        owners.push(Owner {
            id,
            organization,
            policy: random_policy(random),
            membership: if organization && person { place } else { None },
            base: random.one([Base::None, Base::Read, Base::Write, Base::Admin]),
        });
    }
    let mut all: Vec<Repository> = Vec::new();
    for id in REPOSITORIES {
        let Some(owner) = owners.get(random.below(owners.len())) else {
            continue;
        };
        all.push(Repository {
            id,
            owner: owner.id,
            owner_is_organization: owner.organization,
            policy: owner.policy.clone(),
            visibility: random.one(VISIBILITIES),
            membership: owner.membership,
            direct: if has_roles && random.chance(25) {
                Some(random.one(ROLES))
            } else {
                None
            },
            teams: if has_roles && random.chance(20) {
                vec![random.one(ROLES)]
            } else {
                vec![]
            },
            base: owner.base,
            role_elsewhere: false,
        });
    }
    let direct: Vec<(i64, i64)> = all
        .iter()
        .filter(|one| one.direct.is_some())
        .map(|one| (one.owner, one.id))
        .collect();
    for one in &mut all {
        one.role_elsewhere = direct
            .iter()
            .any(|(owner, id)| *owner == one.owner && *id != one.id);
    }
    all
}

/// An endless row of lists.
#[derive(Debug)]
pub struct Lists {
    random: Random,
    operations: Vec<Operation>,
}

impl Lists {
    /// The row of this seed.
    pub fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            operations: OPERATIONS.iter().map(words::model_operation).collect(),
        }
    }
}

impl Iterator for Lists {
    type Item = ListWorld;

    fn next(&mut self) -> Option<ListWorld> {
        ListWorld::random(&mut self.random, &self.operations)
    }
}
