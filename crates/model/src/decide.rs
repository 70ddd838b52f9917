//! The order of the steps, and the floor under the last six.

use crate::steps;
use crate::world::{Bearer, Credential, Least, Target, TargetKind, Verdict, Visibility, World};

/// Decides.
pub fn decide(world: &World) -> Verdict {
    if let Some(denied) = steps::carrier(world) {
        return denied;
    }
    if let Some(denied) = steps::rate_by_address(world) {
        return denied;
    }
    if let Some(denied) = steps::life(world) {
        return denied;
    }
    let Credential::Live(bearer) = &world.credential else {
        return anonymous(world);
    };
    if let Some(denied) = of_each(bearer, steps::suspension) {
        return denied;
    }
    if let Some(denied) = steps::rate_by_principal(world) {
        return denied;
    }
    if let Some(denied) = of_each(bearer, |one| steps::address_and_hours(world, one)) {
        return denied;
    }
    if let Some(denied) = steps::kind(world, bearer) {
        return denied;
    }
    match steps_8_to_13(world, bearer) {
        None => Verdict::Allow {
            anonymous_view: false,
        },
        // "**Floor**: if 8–13 deny but the same request without any credential would be allowed, allow it
        // with exactly the anonymous view. Conditions and suspension are not lifted."
        Some(_) if anybody_may(world) => Verdict::Allow {
            anonymous_view: true,
        },
        Some(denied) => denied,
    }
}

fn steps_8_to_13(world: &World, bearer: &Bearer) -> Option<Verdict> {
    if let Some(denied) = steps::visible_to_principal(world, bearer) {
        return Some(denied);
    }
    if let Some(denied) = steps::comes_from_nothing(world, bearer) {
        return Some(denied);
    }
    if let Some(denied) = of_each(bearer, |one| steps::visible_to_token(world, one)) {
        return Some(denied);
    }
    if let Some(denied) = of_each(bearer, |one| steps::policy(world, one)) {
        return Some(denied);
    }
    if let Some(denied) = of_each(bearer, |one| steps::permissions(world, one)) {
        return Some(denied);
    }
    if let Some(denied) = steps::role(world, bearer) {
        return Some(denied);
    }
    of_each(bearer, |one| steps::own_rules(world, one))
}

/// "in force(child) = child ∩ in force(parent) at every decision": the first refusal of the token itself, of what it was
/// made from, of what that was made from.
fn of_each(bearer: &Bearer, step: impl Fn(&Bearer) -> Option<Verdict>) -> Option<Verdict> {
    if let Some(denied) = step(bearer) {
        return Some(denied);
    }
    for parent in &bearer.made_from {
        if let Some(denied) = step(parent) {
            return Some(denied);
        }
    }
    None
}

/// Whether everybody sees the thing: that an organization exists is public.
pub(crate) fn is_public(target: &Target) -> bool {
    match target {
        Target::Repository(repository) => repository.visibility == Visibility::Public,
        Target::Package(package) => package.like.visibility == Visibility::Public,
        Target::Organization { .. } | Target::Site => true,
        Target::Own | Target::Missing => false,
    }
}

/// Whether the operation would be let in with nothing but what everybody has. "Where the site closes
/// anonymous access, 'anonymous' reads 'any live credential'", so here the site's switch plays no part.
fn anybody_may(world: &World) -> bool {
    if world.operation.target == TargetKind::Site {
        return world.operation.least == Least::Anyone;
    }
    world.operation.reads_public && is_public(&world.target)
}

/// "Anonymous: REST, hidden or missing: 404; routes that need a person: 401." Where the site is closed,
/// everything but what the site itself shows to everybody needs a person.
fn anonymous(world: &World) -> Verdict {
    let person_needed = Verdict::Deny {
        code: "person_needed",
        status: 401,
    };
    if world.operation.target == TargetKind::Site {
        return if anybody_may(world) {
            Verdict::Allow {
                anonymous_view: true,
            }
        } else {
            person_needed
        };
    }
    if !world.anonymous_allowed || !world.operation.reads_public {
        return person_needed;
    }
    if anybody_may(world) {
        Verdict::Allow {
            anonymous_view: true,
        }
    } else {
        Verdict::Deny {
            code: "not_visible",
            status: 404,
        }
    }
}
