//! Random worlds. Left to chance, nearly all would end at the first steps; so most worlds begin as one
//! that is let in, one thing is broken on purpose, and a few more by chance. The rest is chance alone.

use jeton_model::{
    Base, Bearer, Carrier, Credential, Expiry, Grant, Kind, Least, Level, Link, Membership,
    Operation, Package, Principal, Repository, Role, Selection, SitePolicy, Standing, Sudo, Target,
    TargetKind, Token, Visibility, World,
};

use crate::aims::{AIMS, any};
use crate::cast::{KINDS, ORGANIZATIONS, PERSON, SATURDAY, SERVICE};
use crate::changes::{disturb, fit_principal};
use crate::credentials::{any_job, application, descend, has_scopes, is_sign_in, sudo, wild_token};
use crate::grants::{self, DAY, HOUR, PACKAGE};
use crate::operations::OPERATIONS;
use crate::policies::policy;
use crate::random::Random;
use crate::words;

/// An endless row of worlds.
#[derive(Debug)]
pub struct Worlds {
    random: Random,
    operations: Vec<Operation>,
}

impl Worlds {
    /// The row of this seed.
    pub fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            operations: OPERATIONS.iter().map(words::model_operation).collect(),
        }
    }
}

impl Iterator for Worlds {
    type Item = World;

    fn next(&mut self) -> Option<World> {
        let random = &mut self.random;
        if random.chance(12) {
            let operation = any_operation(random, &self.operations, any)?;
            return Some(wild(random, operation));
        }
        let aim = random.one(AIMS);
        let operation = any_operation(random, &self.operations, aim.operation)?;
        let mut world = good(random, operation, aim.kind);
        (aim.spoil)(random, &mut world);
        if random.chance(45) {
            for _ in 0..=random.below(2) {
                disturb(random, &mut world);
            }
        }
        Some(world)
    }
}

/// Nothing only where the table has no operation that fits.
pub(crate) fn any_operation(
    random: &mut Random,
    all: &[Operation],
    fits: fn(&Operation) -> bool,
) -> Option<Operation> {
    let fitting: Vec<&Operation> = all.iter().filter(|operation| fits(operation)).collect();
    random.pick(&fitting).cloned()
}

/// A world that lets the request in, as far as the operation and the kind can be.
fn good(random: &mut Random, operation: Operation, wanted: Option<Kind>) -> World {
    let now = SATURDAY + i64::try_from(random.below(7 * 24 * 60)).unwrap_or(0) * grants::MINUTE;
    let kind = wanted
        .filter(|kind| operation.kinds.contains(kind))
        .or_else(|| random.pick(&operation.kinds))
        .unwrap_or(Kind::Session);
    let administrator = operation.least == Least::Administrator || random.chance(10);
    let principal = match kind {
        Kind::Job => Principal::Job {
            repository: 101,
            opener: random.one([PERSON, PERSON, SERVICE]),
        },
        Kind::FineGrained if random.chance(6) => Principal::Service { id: SERVICE },
        _ => Principal::User {
            id: PERSON,
            administrator,
        },
    };
    let organization = random.chance(75);
    let own_account = match principal {
        Principal::Service { .. }
        | Principal::Job {
            opener: SERVICE, ..
        } => SERVICE,
        Principal::User { .. } | Principal::Job { .. } => PERSON,
    };
    let owner = match operation.target {
        TargetKind::Repository | TargetKind::Package if !organization => own_account,
        TargetKind::Own => own_account,
        _ => 11,
    };
    let target = good_target(random, &operation, principal, owner);
    let permissions = good_permissions(random, &operation);
    let grant = Grant {
        owner,
        selection: if random.chance(50) {
            Selection::All
        } else {
            Selection::Only(vec![101, 104])
        },
        packages: grants::good_packages(random),
        permissions: if has_scopes(kind) {
            vec![]
        } else {
            permissions
        },
        conditions: vec![],
    };
    let token = (!is_sign_in(kind)).then(|| Token {
        suspended: false,
        standing: random.one([Standing::NotNeeded, Standing::Active]),
        wanted: grant.clone(),
        approved: grant,
        scopes: if has_scopes(kind) {
            vec![random.pick(&operation.scopes).unwrap_or("repo")]
        } else {
            vec![]
        },
        created_at: now - DAY,
        expires: Expiry::At(now + 6 * DAY),
    });
    let mut bearer = Bearer {
        kind,
        principal,
        account_suspended: false,
        two_factor: random.chance(70),
        token,
        application: application(kind),
        sudo: is_sign_in(kind).then_some(Sudo {
            proved_at: now - HOUR,
            used_at: now - HOUR,
        }),
        made_from: vec![],
    };
    descend(random, &mut bearer);
    World {
        now,
        address: grants::address(random),
        carrier: Carrier::Fine,
        address_rate_exceeded: false,
        principal_rate_exceeded: false,
        anonymous_allowed: random.chance(70),
        site: SitePolicy::default(),
        credential: Credential::Live(Box::new(bearer)),
        operation,
        target,
        reference: None,
    }
}

/// The operation's target, with an owner and roles that are enough.
fn good_target(
    random: &mut Random,
    operation: &Operation,
    principal: Principal,
    owner: i64,
) -> Target {
    let organization = ORGANIZATIONS.contains(&owner);
    let member = matches!(
        principal,
        Principal::User { .. } | Principal::Job { opener: PERSON, .. }
    );
    let membership = member.then(|| match operation.least {
        Least::Organization(needed) => needed,
        _ => random.one([Membership::Member, Membership::Member, Membership::Owner]),
    });
    let direct = match operation.least {
        Least::Repository(needed) => Some(needed),
        _ => Some(Role::Read),
    };
    match operation.target {
        TargetKind::Site => Target::Site,
        TargetKind::Own => Target::Own,
        TargetKind::Organization => Target::Organization {
            id: owner,
            policy: policy(),
            membership,
            reviewer: operation.least == Least::Reviewer || random.chance(20),
        },
        TargetKind::Repository => {
            let membership = membership.filter(|_| organization);
            let direct = direct.filter(|_| organization);
            Target::Repository(Box::new(good_repository(random, owner, membership, direct)))
        }
        TargetKind::Package => {
            let membership = membership.filter(|_| organization);
            let direct = direct.filter(|_| organization);
            Target::Package(Box::new(Package {
                name: PACKAGE,
                link: random.one([Link::Repository(101), Link::Repository(104), Link::Unsaid]),
                like: good_repository(random, owner, membership, direct),
            }))
        }
    }
}

fn good_repository(
    random: &mut Random,
    owner: i64,
    membership: Option<Membership>,
    direct: Option<Role>,
) -> Repository {
    Repository {
        id: 101,
        owner,
        owner_is_organization: ORGANIZATIONS.contains(&owner),
        policy: policy(),
        visibility: random.one([
            Visibility::Private,
            Visibility::Private,
            Visibility::Private,
            Visibility::Internal,
            Visibility::Public,
        ]),
        membership,
        direct,
        teams: vec![],
        base: random.one([Base::None, Base::Read]),
        role_elsewhere: false,
    }
}

/// One of the operation's sets, and now and then more.
fn good_permissions(random: &mut Random, operation: &Operation) -> Vec<(&'static str, Level)> {
    let at = random.below(operation.sets.len());
    let mut held = operation.sets.get(at).cloned().unwrap_or_default();
    // What no catalogue has can't be held.
    held.retain(|(key, _)| jeton_domain::PermissionKey::parse(key).is_some());
    if matches!(
        operation.target,
        TargetKind::Repository | TargetKind::Package
    ) {
        held.push(("metadata", Level::Read));
        held.dedup_by_key(|(key, _)| *key);
    }
    for (key, level) in grants::permissions(random, 10) {
        if !held.iter().any(|(other, _)| *other == key) {
            held.push((key, level));
        }
    }
    grants::with_metadata(held)
}

/// Everything by chance.
fn wild(random: &mut Random, operation: Operation) -> World {
    let kind = random.one(KINDS);
    let mut world = good(random, operation, None);
    if random.chance(30) {
        world.credential = Credential::None;
    } else if let Credential::Live(bearer) = &mut world.credential {
        bearer.kind = kind;
        bearer.principal = match kind {
            Kind::Job => any_job(random),
            _ => random.one([
                Principal::User {
                    id: PERSON,
                    administrator: false,
                },
                Principal::User {
                    id: PERSON,
                    administrator: true,
                },
                Principal::Service { id: SERVICE },
            ]),
        };
        bearer.token = (!is_sign_in(kind)).then(|| wild_token(random, world.now, kind));
        bearer.application = application(kind);
        bearer.made_from.clear();
        if random.chance(80) {
            descend(random, bearer);
        }
        bearer.sudo = if is_sign_in(kind) {
            random.maybe(80, |r| sudo(r, world.now))
        } else {
            None
        };
    }
    for _ in 0..6 {
        disturb(random, &mut world);
    }
    fit_principal(&mut world);
    world
}
