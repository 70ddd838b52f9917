//! Random worlds. Left to chance, nearly all would end at the first steps; so most worlds begin as one
//! that is let in, one thing is broken on purpose, and a few more by chance. The rest is chance alone.

use jeton_model::{
    Access, Addresses, Base, Bearer, Carrier, Condition, Credential, Expiry, Grant, Hours, Kind, Least, Level, Maximum,
    Membership, Operation, Policy, Principal, Refs, Repository, Role, Selection, SitePolicy, Standing, Sudo, Target,
    TargetKind, Token, Visibility, World,
};

use crate::grants::{self, DAY, HOUR};
use crate::operations::OPERATIONS;
use crate::random::Random;
use crate::words;

/// The caller, where it is a person.
pub(crate) const PERSON: i64 = 1;
pub(crate) const OTHER_PERSON: i64 = 2;
pub(crate) const SERVICE: i64 = 5;
pub(crate) const ORGANIZATIONS: [i64; 3] = [11, 12, 13];
pub(crate) const REPOSITORIES: [i64; 6] = [101, 102, 103, 104, 105, 106];
/// 2026-11-21T08:00:00Z, a Saturday.
pub(crate) const SATURDAY: i64 = 1_795_248_000 * 1_000_000;

pub(crate) const ROLES: [Role; 5] = [Role::Read, Role::Triage, Role::Write, Role::Maintain, Role::Admin];
pub(crate) const VISIBILITIES: [Visibility; 3] = [Visibility::Private, Visibility::Internal, Visibility::Public];
const STANDINGS: [Standing; 6] = [
    Standing::NotNeeded,
    Standing::Pending,
    Standing::Active,
    Standing::Denied,
    Standing::Cancelled,
    Standing::Withdrawn,
];
pub(crate) const KINDS: [Kind; 7] = [
    Kind::FineGrained,
    Kind::Classic,
    Kind::Child,
    Kind::Job,
    Kind::Client,
    Kind::OauthUser,
    Kind::Session,
];

/// An endless row of worlds.
#[derive(Debug)]
pub struct Worlds {
    random: Random,
    operations: Vec<Operation>,
}

impl Worlds {
    /// The row of this seed.
    pub fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), operations: OPERATIONS.iter().map(words::model_operation).collect() }
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
pub(crate) fn any_operation(random: &mut Random, all: &[Operation], fits: fn(&Operation) -> bool) -> Option<Operation> {
    let fitting: Vec<&Operation> = all.iter().filter(|operation| fits(operation)).collect();
    random.pick(&fitting).cloned()
}

fn policy() -> Policy {
    Policy {
        fine_grained_allowed: true,
        classic_allowed: true,
        fine_grained_maximum: Maximum::Days(366),
        classic_maximum: Maximum::Unlimited,
        outside_collaborators_allowed: true,
        addresses: Addresses::Any,
    }
}

pub(crate) fn random_policy(random: &mut Random) -> Policy {
    Policy {
        fine_grained_allowed: random.chance(80),
        classic_allowed: random.chance(70),
        fine_grained_maximum: maximum(random),
        classic_maximum: maximum(random),
        outside_collaborators_allowed: random.chance(60),
        addresses: if random.chance(25) { grants::addresses(random) } else { Addresses::Any },
    }
}

pub(crate) fn random_site(random: &mut Random) -> SitePolicy {
    SitePolicy {
        fine_grained_allowed: random.maybe(15, |r| r.chance(60)),
        classic_allowed: random.maybe(15, |r| r.chance(60)),
        fine_grained_maximum: random.maybe(15, maximum),
        classic_maximum: random.maybe(15, maximum),
        outside_collaborators_allowed: random.maybe(15, |r| r.chance(50)),
        addresses: random.maybe(10, grants::addresses),
    }
}

fn maximum(random: &mut Random) -> Maximum {
    random.one([Maximum::Unlimited, Maximum::Days(366), Maximum::Days(30), Maximum::Days(7)])
}

/// Creation and end of a secret; often a whole number of days or an instant beside it, and often now.
fn lifetime(random: &mut Random, now: i64) -> (i64, Expiry) {
    let created_at = now - random.one([0, 1, HOUR, 7 * DAY, 29 * DAY, 30 * DAY]);
    let end = match random.below(4) {
        0 => return (created_at, Expiry::Never),
        1 => now + random.one([-1, 0, 1]),
        _ => created_at + random.one([7, 30, 366]) * DAY + random.one([-1, 0, 1]),
    };
    (created_at, Expiry::At(end))
}

pub(crate) fn sudo(random: &mut Random, now: i64) -> Sudo {
    let before = |random: &mut Random| {
        now - random.one([0, HOUR, 2 * HOUR, 12 * HOUR, 20 * HOUR]) + random.one([-1, 0, 1])
    };
    Sudo { proved_at: before(random), used_at: before(random) }
}

pub(crate) const fn is_sign_in(kind: Kind) -> bool {
    matches!(kind, Kind::Client | Kind::Session)
}

const fn has_scopes(kind: Kind) -> bool {
    matches!(kind, Kind::Classic | Kind::OauthUser)
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
        Kind::Job => Principal::Job { repository: 101 },
        Kind::FineGrained if random.chance(6) => Principal::Service { id: SERVICE },
        _ => Principal::User { id: PERSON, administrator },
    };
    let organization = random.chance(75);
    let own_account = if matches!(principal, Principal::Service { .. }) { SERVICE } else { PERSON };
    let owner = match operation.target {
        TargetKind::Repository if !organization => own_account,
        TargetKind::Own => own_account,
        _ => 11,
    };
    let membership = matches!(principal, Principal::User { .. }).then(|| match operation.least {
        Least::Organization(needed) => needed,
        _ => random.one([Membership::Member, Membership::Member, Membership::Owner]),
    });
    let direct = match (operation.least, principal) {
        (_, Principal::Job { .. }) => None,
        (Least::Repository(needed), _) => Some(needed),
        _ => Some(Role::Read),
    };
    let target = match operation.target {
        TargetKind::Site => Target::Site,
        TargetKind::Own => Target::Own,
        TargetKind::Organization => Target::Organization { id: owner, policy: policy(), membership },
        TargetKind::Repository => Target::Repository(Box::new(Repository {
            id: 101,
            owner,
            owner_is_organization: organization,
            policy: policy(),
            visibility: random.one([
                Visibility::Private,
                Visibility::Private,
                Visibility::Private,
                Visibility::Internal,
                Visibility::Public,
            ]),
            membership: if organization { membership } else { None },
            direct: if organization { direct } else { None },
            teams: vec![],
            base: random.one([Base::None, Base::Read]),
            role_elsewhere: false,
        })),
    };
    let permissions = good_permissions(random, &operation);
    let grant = Grant {
        owner,
        selection: if random.chance(50) { Selection::All } else { Selection::Only(vec![101, 104]) },
        permissions: if has_scopes(kind) { vec![] } else { permissions },
        conditions: vec![],
    };
    let token = (!is_sign_in(kind)).then(|| Token {
        suspended: false,
        standing: random.one([Standing::NotNeeded, Standing::Active]),
        wanted: grant.clone(),
        approved: grant,
        created_at: now - DAY,
        expires: Expiry::At(now + 6 * DAY),
    });
    World {
        now,
        address: grants::address(random),
        carrier: Carrier::Fine,
        address_rate_exceeded: false,
        principal_rate_exceeded: false,
        anonymous_allowed: random.chance(70),
        site: SitePolicy::default(),
        credential: Credential::Live(Box::new(Bearer {
            kind,
            principal,
            account_suspended: false,
            token,
            sudo: is_sign_in(kind).then_some(Sudo { proved_at: now - HOUR, used_at: now - HOUR }),
        })),
        operation,
        target,
        reference: None,
    }
}

/// One of the operation's sets, and now and then more.
fn good_permissions(random: &mut Random, operation: &Operation) -> Vec<(&'static str, Level)> {
    let at = random.below(operation.sets.len());
    let mut held = operation.sets.get(at).cloned().unwrap_or_default();
    // What no catalogue has can't be held.
    held.retain(|(key, _)| jeton_domain::PermissionKey::parse(key).is_some());
    if operation.target == TargetKind::Repository {
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
            Kind::Job => Principal::Job { repository: random.one(REPOSITORIES) },
            _ => random.one([
                Principal::User { id: PERSON, administrator: false },
                Principal::User { id: PERSON, administrator: true },
                Principal::Service { id: SERVICE },
            ]),
        };
        bearer.token = (!is_sign_in(kind)).then(|| wild_token(random, world.now, kind));
        bearer.sudo = if is_sign_in(kind) { random.maybe(80, |r| sudo(r, world.now)) } else { None };
    }
    for _ in 0..6 {
        disturb(random, &mut world);
    }
    fit_principal(&mut world);
    world
}

pub(crate) fn wild_token(random: &mut Random, now: i64, kind: Kind) -> Token {
    let owner = random.one([PERSON, OTHER_PERSON, 11, 11, 11, 12]);
    let wanted = grants::grant(random, owner, now);
    let approved = if random.chance(50) { wanted.clone() } else { grants::grant(random, owner, now) };
    let (created_at, expires) = lifetime(random, now);
    let mut token =
        Token { suspended: random.chance(5), standing: random.one(STANDINGS), wanted, approved, created_at, expires };
    if has_scopes(kind) {
        token.wanted.permissions.clear();
        token.approved.permissions.clear();
    }
    token
}

/// Facts that can't be together: a job is in no organization, a service account is no member.
fn fit_principal(world: &mut World) {
    let Credential::Live(bearer) = &world.credential else { return };
    let (in_organizations, has_roles) = match bearer.principal {
        Principal::User { .. } => (true, true),
        Principal::Service { .. } => (false, true),
        Principal::Job { .. } => (false, false),
    };
    match &mut world.target {
        Target::Organization { membership, .. } if !in_organizations => *membership = None,
        Target::Repository(repository) => {
            if !in_organizations {
                repository.membership = None;
            }
            if !has_roles {
                repository.direct = None;
                repository.teams.clear();
                repository.role_elsewhere = false;
            }
        }
        _ => {}
    }
}

/// Changes one thing by chance.
fn disturb(random: &mut Random, world: &mut World) {
    let now = world.now;
    match random.below(12) {
        0 => world.address = grants::address(random),
        1 => world.anonymous_allowed = random.chance(50),
        2 => world.site = random_site(random),
        3 => world.address_rate_exceeded = random.chance(60),
        4 => with_policy(world, |own| *own = random_policy(random)),
        5 => with_repository(world, |repository| repository.visibility = random.one(VISIBILITIES)),
        6 | 7 => disturb_roles(random, world),
        8 | 9 => {
            with_token(world, |token| match random.below(6) {
                0 => token.standing = random.one(STANDINGS),
                1 => token.wanted.selection = grants::selection(random),
                2 => {
                    token.approved.permissions.retain(|_| random.chance(60));
                    token.approved.permissions = grants::with_metadata(std::mem::take(&mut token.approved.permissions));
                }
                3 => token.wanted.owner = random.one([PERSON, 11, 12]),
                4 => (token.created_at, token.expires) = lifetime(random, now),
                _ => token.approved.conditions.push(grants::condition(random, now)),
            });
        }
        10 => {
            if world.operation.target == TargetKind::Repository && world.operation.access == Access::Write {
                world.reference = Some(grants::reference(random));
            }
        }
        _ => {
            if matches!(world.target, Target::Organization { .. } | Target::Repository(_)) && random.chance(30) {
                world.target = Target::Missing;
            }
        }
    }
    fit_principal(world);
}

fn disturb_roles(random: &mut Random, world: &mut World) {
    let place = random.one([None, Some(Membership::Member), Some(Membership::Owner)]);
    match &mut world.target {
        Target::Organization { membership, .. } => *membership = place,
        Target::Repository(repository) => {
            repository.membership = if repository.owner_is_organization { place } else { None };
            repository.direct = random.maybe(40, |r| r.one(ROLES));
            repository.teams = ROLES.into_iter().filter(|_| random.chance(10)).collect();
            repository.base = random.one([Base::None, Base::Read, Base::Write, Base::Admin]);
            repository.role_elsewhere = random.chance(30);
        }
        _ => {}
    }
}

fn with_policy(world: &mut World, change: impl FnOnce(&mut Policy)) {
    match &mut world.target {
        Target::Organization { policy, .. } => change(policy),
        Target::Repository(repository) => change(&mut repository.policy),
        _ => {}
    }
}

fn with_repository(world: &mut World, change: impl FnOnce(&mut Repository)) {
    if let Target::Repository(repository) = &mut world.target {
        change(repository);
    }
}

fn with_bearer(world: &mut World, change: impl FnOnce(&mut Bearer)) {
    if let Credential::Live(bearer) = &mut world.credential {
        change(bearer);
    }
}

fn with_token(world: &mut World, change: impl FnOnce(&mut Token)) {
    with_bearer(world, |bearer| {
        if let Some(token) = &mut bearer.token {
            change(token);
        }
    });
}

/// One thing to break.
#[derive(Clone, Copy)]
struct Aim {
    operation: fn(&Operation) -> bool,
    kind: Option<Kind>,
    spoil: fn(&mut Random, &mut World),
}

const fn aim(operation: fn(&Operation) -> bool, kind: Option<Kind>, spoil: fn(&mut Random, &mut World)) -> Aim {
    Aim { operation, kind, spoil }
}

const fn any(_: &Operation) -> bool {
    true
}

fn owned(operation: &Operation) -> bool {
    fine(operation) && !operation.reads_public && matches!(operation.target, TargetKind::Organization | TargetKind::Repository)
}

fn of_repository(operation: &Operation) -> bool {
    owned(operation) && operation.target == TargetKind::Repository
}

/// Open to fine-grained tokens, and some permission opens it.
fn fine(operation: &Operation) -> bool {
    operation.kinds.contains(&Kind::FineGrained) && !operation.sets.is_empty()
}

fn needs(operation: &Operation) -> bool {
    fine(operation) && !operation.reads_public && !operation.sets.iter().any(Vec::is_empty)
}

fn confirms(operation: &Operation) -> bool {
    operation.confirm && !operation.reads_public
}

const FINE: Option<Kind> = Some(Kind::FineGrained);

fn standing(world: &mut World, standing: Standing) {
    with_token(world, |token| token.standing = standing);
}

fn in_organization(world: &mut World) {
    with_repository(world, |repository| {
        repository.owner_is_organization = true;
        repository.owner = 11;
    });
    if matches!(world.target, Target::Repository(_)) {
        with_token(world, |token| {
            token.wanted.owner = 11;
            token.approved.owner = 11;
        });
    }
}

fn condition(world: &mut World, condition: Condition) {
    with_token(world, |token| token.wanted.conditions.push(condition));
}

/// One aim for each code, and several where a world that is let in can differ most.
const AIMS: [Aim; 56] = [
    aim(any, None, |_, _| {}),
    aim(of_repository, None, |_, _| {}),
    aim(of_repository, FINE, disturb_roles),
    aim(fine, FINE, |random, world| {
        let now = world.now;
        with_token(world, |token| {
            token.wanted = grants::grant(random, token.wanted.owner, now);
            token.approved = grants::grant(random, token.wanted.owner, now);
        });
    }),
    aim(|operation| operation.reads_public, None, |random, world| {
        with_repository(world, |repository| repository.visibility = Visibility::Public);
        for _ in 0..3 {
            disturb(random, world);
        }
    }),
    aim(|operation| operation.reads_public, FINE, |random, world| {
        standing(world, random.one(STANDINGS));
        with_repository(world, |repository| repository.visibility = random.one(VISIBILITIES));
    }),
    aim(any, None, |random, world| {
        world.carrier = random.one([Carrier::Two, Carrier::Scheme]);
        if random.chance(50) {
            world.credential = Credential::None;
        }
    }),
    aim(any, None, |_, world| world.carrier = Carrier::Two),
    aim(any, None, |_, world| world.carrier = Carrier::Undecodable),
    aim(any, None, |_, world| world.carrier = Carrier::InUrl),
    aim(any, None, |_, world| world.carrier = Carrier::Scheme),
    aim(any, None, |_, world| world.carrier = Carrier::Malformed),
    aim(any, None, |random, world| {
        world.address_rate_exceeded = true;
        world.credential = if random.chance(50) { Credential::None } else { Credential::Revoked };
    }),
    aim(any, None, |_, world| world.credential = Credential::Unknown),
    aim(any, None, |_, world| world.credential = Credential::Expired),
    aim(fine, FINE, |random, world| {
        let end = world.now + random.one([-1, 0, 1]);
        with_token(world, |token| token.expires = Expiry::At(end));
    }),
    aim(any, None, |_, world| world.credential = Credential::Revoked),
    aim(any, None, |_, world| world.credential = Credential::Retired),
    aim(fine, FINE, |random, world| {
        with_bearer(world, |bearer| bearer.account_suspended = random.chance(30));
        with_token(world, |token| token.suspended = true);
    }),
    aim(any, None, |_, world| with_bearer(world, |bearer| bearer.account_suspended = true)),
    aim(any, None, |_, world| world.principal_rate_exceeded = true),
    aim(fine, FINE, |random, world| {
        let addresses = grants::addresses(random);
        condition(world, Condition { addresses, hours: Hours::Any, refs: Refs::Any });
    }),
    aim(fine, FINE, |random, world| {
        let mut any = grants::condition(random, world.now);
        while any.hours == Hours::Any {
            any = grants::condition(random, world.now);
        }
        condition(world, Condition { addresses: Addresses::Any, refs: Refs::Any, ..any });
    }),
    aim(fine, FINE, |random, world| {
        let now = world.now;
        with_token(world, |token| {
            token.wanted.conditions.push(grants::condition(random, now));
            token.approved.conditions.push(grants::condition(random, now));
        });
    }),
    aim(any, None, |_, world| world.credential = Credential::None),
    aim(any, None, |random, world| {
        world.credential = Credential::None;
        world.anonymous_allowed = random.chance(30);
    }),
    aim(|operation| operation.reads_public, None, |random, world| {
        world.credential = Credential::None;
        world.anonymous_allowed = random.chance(60);
        with_repository(world, |repository| repository.visibility = random.one(VISIBILITIES));
    }),
    aim(|operation| operation.kinds.len() < KINDS.len(), None, |random, world| {
        let kind = random.one([Kind::Classic, Kind::OauthUser]);
        let now = world.now;
        with_bearer(world, |bearer| {
            bearer.kind = kind;
            bearer.sudo = None;
            bearer.token = Some(wild_token(random, now, kind));
        });
        with_token(world, |token| {
            token.suspended = false;
            token.expires = Expiry::Never;
            token.wanted.conditions.clear();
            token.approved.conditions.clear();
        });
    }),
    aim(of_repository, None, |random, world| {
        with_repository(world, |repository| {
            repository.visibility = random.one([Visibility::Private, Visibility::Internal]);
            repository.owner_is_organization = true;
            repository.owner = 11;
            repository.membership = random.maybe(30, |_| Membership::Member);
            repository.base = Base::None;
            repository.direct = None;
            repository.role_elsewhere = random.chance(60);
        });
        fit_principal(world);
    }),
    aim(owned, None, |_, world| world.target = Target::Missing),
    aim(owned, FINE, |_, world| standing(world, Standing::Pending)),
    aim(owned, FINE, |_, world| standing(world, Standing::Denied)),
    aim(owned, FINE, |_, world| standing(world, Standing::Cancelled)),
    aim(owned, FINE, |_, world| standing(world, Standing::Withdrawn)),
    aim(owned, FINE, |random, world| with_token(world, |token| token.wanted.owner = random.one([12, OTHER_PERSON]))),
    aim(fine, FINE, |random, world| {
        let owner = random.one([PERSON, 11, 12]);
        with_token(world, |token| {
            token.wanted.owner = owner;
            token.approved.owner = owner;
        });
    }),
    aim(of_repository, FINE, |random, world| {
        with_token(world, |token| {
            token.wanted.selection =
                if random.chance(50) { Selection::Only(vec![102]) } else { Selection::Public };
        });
    }),
    aim(of_repository, FINE, |_, world| {
        with_token(world, |token| token.approved.permissions.retain(|(key, _)| *key == "members"));
    }),
    aim(|operation| owned(operation) && operation.kinds.contains(&Kind::Classic), Some(Kind::Classic), |_, _| {}),
    aim(owned, FINE, |random, world| {
        in_organization(world);
        if random.chance(50) {
            with_policy(world, |own| own.fine_grained_allowed = false);
        } else {
            world.site.fine_grained_allowed = Some(false);
        }
    }),
    aim(|operation| needs(operation) && operation.target == TargetKind::Own, Some(Kind::Classic), |_, world| {
        world.site.classic_allowed = Some(false);
    }),
    aim(|operation| needs(operation) && operation.target == TargetKind::Own, Some(Kind::Classic), |random, world| {
        let now = world.now;
        world.site.classic_allowed = random.maybe(60, |r| r.chance(30));
        world.site.classic_maximum = random.maybe(50, maximum);
        with_token(world, |token| {
            (token.created_at, token.expires) = (now - DAY, random.one([Expiry::Never, Expiry::At(now + 29 * DAY)]));
        });
    }),
    aim(owned, FINE, |random, world| {
        in_organization(world);
        let now = world.now;
        with_policy(world, |own| own.fine_grained_maximum = random.one([Maximum::Days(30), Maximum::Days(7)]));
        with_token(world, |token| {
            token.created_at = now - DAY;
            token.expires = random.one([Expiry::Never, Expiry::At(now + 29 * DAY), Expiry::At(now + 29 * DAY + 1)]);
        });
    }),
    aim(owned, FINE, |random, world| {
        in_organization(world);
        with_policy(world, |own| own.outside_collaborators_allowed = false);
        match &mut world.target {
            Target::Organization { membership, .. } => *membership = None,
            Target::Repository(repository) => {
                repository.membership = None;
                repository.direct = Some(random.one(ROLES));
            }
            _ => {}
        }
        fit_principal(world);
    }),
    aim(owned, None, |random, world| {
        in_organization(world);
        let addresses = grants::addresses(random);
        if random.chance(50) {
            with_policy(world, |own| own.addresses = addresses);
        } else {
            world.site.addresses = Some(addresses);
        }
    }),
    aim(needs, FINE, |random, world| {
        with_token(world, |token| {
            token.wanted.permissions.retain(|(key, _)| *key == "metadata" || random.chance(20));
        });
    }),
    aim(of_repository, None, |random, world| {
        with_repository(world, |repository| {
            repository.direct = Some(Role::Read);
            repository.base = Base::None;
            repository.membership = random.maybe(50, |_| Membership::Member);
            repository.owner_is_organization = true;
        });
        fit_principal(world);
    }),
    aim(
        |operation| matches!(operation.least, Least::Repository(needed) if needed > Role::Read),
        Some(Kind::Client),
        |_, world| {
            with_repository(world, |repository| {
                repository.owner_is_organization = true;
                repository.owner = 11;
                repository.membership = Some(Membership::Member);
                repository.direct = None;
                repository.base = Base::Read;
            });
        },
    ),
    aim(|operation| matches!(operation.least, Least::Organization(_)), None, |random, world| {
        if let Target::Organization { membership, .. } = &mut world.target {
            *membership = random.maybe(50, |_| Membership::Member);
        }
        fit_principal(world);
    }),
    aim(|operation| operation.least == Least::Administrator, None, |_, world| {
        with_bearer(world, |bearer| {
            if let Principal::User { administrator, .. } = &mut bearer.principal {
                *administrator = false;
            }
        });
    }),
    aim(pushes, FINE, |random, world| {
        world.reference = Some(grants::reference(random));
        let refs = grants::refs(random);
        condition(world, Condition { addresses: Addresses::Any, hours: Hours::Any, refs });
    }),
    aim(pushes, FINE, |random, world| {
        world.reference = Some(grants::reference(random));
        let refs = grants::refs(random);
        condition(world, Condition { addresses: Addresses::Any, hours: Hours::Any, refs });
    }),
    aim(pushes, FINE, |random, world| {
        world.reference = Some(jeton_model::RefChange { forced: true, ..grants::reference(random) });
        let refs = Refs::Only { patterns: vec!["refs/**"], no_force: true, no_delete: random.chance(30) };
        condition(world, Condition { addresses: Addresses::Any, hours: Hours::Any, refs });
    }),
    aim(pushes, FINE, |random, world| {
        world.reference = Some(jeton_model::RefChange { deleted: true, ..grants::reference(random) });
        let refs = Refs::Only { patterns: vec!["refs/**"], no_force: random.chance(30), no_delete: true };
        condition(world, Condition { addresses: Addresses::Any, hours: Hours::Any, refs });
    }),
    aim(confirms, Some(Kind::Session), |random, world| {
        let now = world.now;
        with_bearer(world, |bearer| bearer.sudo = random.maybe(80, |r| sudo(r, now)));
    }),
    aim(confirms, Some(Kind::Client), |random, world| {
        let now = world.now;
        with_bearer(world, |bearer| bearer.sudo = random.maybe(80, |r| sudo(r, now)));
    }),
];

fn pushes(operation: &Operation) -> bool {
    of_repository(operation) && operation.access == Access::Write && needs(operation)
}
