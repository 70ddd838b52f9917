//! Changes to a world.

use jeton_model::{
    Access, Base, Bearer, Credential, Membership, Policy, Principal, Repository, Target,
    TargetKind, Token, World,
};

use crate::cast::{PERSON, ROLES, STANDINGS, VISIBILITIES};
use crate::credentials::{lifetime, scopes};
use crate::grants;
use crate::policies::{random_policy, random_site};
use crate::random::Random;

/// Facts that can't be together: a job is in no organization, a service account is no member.
pub(crate) fn fit_principal(world: &mut World) {
    let Credential::Live(bearer) = &world.credential else {
        return;
    };
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
pub(crate) fn disturb(random: &mut Random, world: &mut World) {
    let now = world.now;
    match random.below(13) {
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
                Target::Organization { .. } | Target::Repository(_)
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
    match &mut world.target {
        Target::Organization {
            membership,
            reviewer,
            ..
        } => {
            *membership = place;
            *reviewer = random.chance(30);
        }
        Target::Repository(repository) => {
            repository.membership = if repository.owner_is_organization {
                place
            } else {
                None
            };
            repository.direct = random.maybe(40, |r| r.one(ROLES));
            repository.teams = ROLES.into_iter().filter(|_| random.chance(10)).collect();
            repository.base = random.one([Base::None, Base::Read, Base::Write, Base::Admin]);
            repository.role_elsewhere = random.chance(30);
        }
        _ => {}
    }
}

pub(crate) fn with_policy(world: &mut World, change: impl FnOnce(&mut Policy)) {
    match &mut world.target {
        Target::Organization { policy, .. } => change(policy),
        Target::Repository(repository) => change(&mut repository.policy),
        _ => {}
    }
}

pub(crate) fn with_repository(world: &mut World, change: impl FnOnce(&mut Repository)) {
    if let Target::Repository(repository) = &mut world.target {
        change(repository);
    }
}

pub(crate) fn with_bearer(world: &mut World, change: impl FnOnce(&mut Bearer)) {
    if let Credential::Live(bearer) = &mut world.credential {
        change(bearer);
    }
}

pub(crate) fn with_token(world: &mut World, change: impl FnOnce(&mut Token)) {
    with_bearer(world, |bearer| {
        if let Some(token) = &mut bearer.token {
            change(token);
        }
    });
}
