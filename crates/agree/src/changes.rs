//! Changes to a world.

use jeton_model::{
    Access, Base, Bearer, Credential, Link, Membership, Policy, Principal, Repository, Target,
    TargetKind, Token, World,
};

use crate::cast::{APPLICATION, PERSON, REPOSITORIES, ROLES, STANDINGS, VISIBILITIES};
use crate::credentials::{lifetime, scopes};
use crate::grants;
use crate::policies::{random_policy, random_site};
use crate::random::Random;

/// Facts that can't be together: a service account is no member, nor what it opened.
pub(crate) fn fit_principal(world: &mut World) {
    let Credential::Live(bearer) = &world.credential else {
        return;
    };
    let (in_organizations, has_roles) = match bearer.principal {
        Principal::User { .. } => (true, true),
        Principal::Service { .. } => (false, true),
        Principal::Job { opener, .. } => (opener == PERSON, true),
    };
    if let Target::Organization { membership, .. } = &mut world.target
        && !in_organizations
    {
        *membership = None;
    }
    with_repository(world, |repository| {
        if !in_organizations {
            repository.membership = None;
        }
        if !has_roles {
            repository.direct = None;
            repository.teams.clear();
            repository.role_elsewhere = false;
        }
    });
}

/// Changes one thing by chance.
pub(crate) fn disturb(random: &mut Random, world: &mut World) {
    let now = world.now;
    match random.below(14) {
        13 => with_parent(random, world),
        12 => with_bearer(world, |bearer| bearer.two_factor = random.chance(50)),
        0 => world.address = grants::address(random),
        1 => world.anonymous_allowed = random.chance(50),
        2 => world.site = random_site(random),
        3 => world.address_rate_exceeded = random.chance(60),
        4 => with_policy(world, |own| *own = random_policy(random)),
        5 => with_repository(world, |repository| {
            repository.visibility = random.one(VISIBILITIES);
        }),
        6 | 7 => disturb_roles(random, world),
        8 | 9 => {
            with_token(world, |token| match random.below(7) {
                0 => token.standing = random.one(STANDINGS),
                1 => token.wanted.selection = grants::selection(random),
                2 => {
                    token.approved.permissions.retain(|_| random.chance(60));
                    token.approved.permissions =
                        grants::with_metadata(std::mem::take(&mut token.approved.permissions));
                }
                3 => token.wanted.owner = random.one([PERSON, 11, 12]),
                5 if !token.scopes.is_empty() => token.scopes = scopes(random),
                4 => (token.created_at, token.expires) = lifetime(random, now),
                _ => token
                    .approved
                    .conditions
                    .push(grants::condition(random, now)),
            });
        }
        10 => {
            if world.operation.target == TargetKind::Repository
                && world.operation.access == Access::Write
            {
                world.reference = Some(grants::reference(random));
            }
        }
        _ => {
            if matches!(
                world.target,
                Target::Organization { .. } | Target::Repository(_) | Target::Package(_)
            ) && random.chance(30)
            {
                world.target = Target::Missing;
            }
        }
    }
    fit_principal(world);
}

pub(crate) fn disturb_roles(random: &mut Random, world: &mut World) {
    let place = random.one([None, Some(Membership::Member), Some(Membership::Owner)]);
    if let Target::Organization {
        membership,
        reviewer,
        ..
    } = &mut world.target
    {
        *membership = place;
        *reviewer = random.chance(30);
    }
    if let Target::Package(package) = &mut world.target {
        package.link = link(random);
    }
    with_repository(world, |repository| {
        repository.membership = if repository.owner_is_organization {
            place
        } else {
            None
        };
        repository.direct = random.maybe(40, |r| r.one(ROLES));
        repository.teams = ROLES.into_iter().filter(|_| random.chance(10)).collect();
        repository.base = random.one([Base::None, Base::Read, Base::Write, Base::Admin]);
        repository.role_elsewhere = random.chance(30);
    });
}

/// Any repository, or none, or one that nobody has named yet.
pub(crate) fn link(random: &mut Random) -> Link {
    match random.below(4) {
        0 => Link::Nothing,
        1 => Link::Unsaid,
        _ => Link::Repository(random.one(REPOSITORIES)),
    }
}

pub(crate) fn with_policy(world: &mut World, change: impl FnOnce(&mut Policy)) {
    match &mut world.target {
        Target::Organization { policy, .. } => change(policy),
        Target::Repository(repository) => change(&mut repository.policy),
        Target::Package(package) => change(&mut package.like.policy),
        _ => {}
    }
}

/// A repository, or what a package has like one.
pub(crate) fn with_repository(world: &mut World, change: impl FnOnce(&mut Repository)) {
    match &mut world.target {
        Target::Repository(repository) => change(repository),
        Target::Package(package) => change(&mut package.like),
        _ => {}
    }
}

pub(crate) fn with_bearer(world: &mut World, change: impl FnOnce(&mut Bearer)) {
    if let Credential::Live(bearer) = &mut world.credential {
        change(bearer);
    }
}

/// Changes something of what a child was made from.
fn with_parent(random: &mut Random, world: &mut World) {
    let now = world.now;
    let at = random.below(3);
    with_bearer(world, |bearer| {
        let Some(parent) = bearer.made_from.get_mut(at) else {
            return;
        };
        parent.application = random.maybe(50, |_| APPLICATION).or(parent.application);
        let Some(token) = &mut parent.token else {
            return;
        };
        match random.below(7) {
            0 => token.standing = random.one(STANDINGS),
            1 => token.wanted.selection = grants::selection(random),
            2 => token.wanted.permissions.clear(),
            3 => token.wanted.owner = random.one([PERSON, 11, 12]),
            4 => token.suspended = true,
            5 => token.scopes = scopes(random),
            _ => token
                .approved
                .conditions
                .push(grants::condition(random, now)),
        }
    });
}

pub(crate) fn with_token(world: &mut World, change: impl FnOnce(&mut Token)) {
    with_bearer(world, |bearer| {
        if let Some(token) = &mut bearer.token {
            change(token);
        }
    });
}
