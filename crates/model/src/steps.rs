//! The thirteen steps, in their order. Each gives a refusal or nothing.

use crate::conditions::{address_allowed, hours_allowed, ref_refusal};
use crate::decide::is_public;
use crate::grant::{InForce, Scope, in_force, scope_of};
use crate::policy;
use crate::role;
use crate::scopes::{self, has_scopes};
use crate::world::{
    Bearer, Carrier, Credential, Expiry, Kind, Least, Level, Link, Membership, Principal, Standing,
    Target, Verdict, Visibility, World,
};

const HOUR: i64 = 60 * 60 * 1_000_000;

#[expect(
    clippy::unnecessary_wraps,
    reason = "each step gives a refusal or nothing"
)]
fn deny(status: u16, code: &'static str) -> Option<Verdict> {
    Some(Verdict::Deny { code, status })
}

/// "1. carrier: two credentials, undecodable Basic, one of our prefixes in path or query → 400; unknown
/// scheme, bad prefix, length or checksum → 401"
pub(crate) fn carrier(world: &World) -> Option<Verdict> {
    match world.carrier {
        Carrier::Fine => None,
        Carrier::Two => deny(400, "two_credentials"),
        Carrier::Undecodable => deny(400, "undecodable_basic"),
        Carrier::InUrl => deny(400, "token_in_url"),
        Carrier::Scheme => deny(401, "unknown_scheme"),
        Carrier::Malformed => deny(401, "malformed_token"),
    }
}

/// "valid while now < `expires_at`"
fn is_over(world: &World, bearer: &Bearer) -> bool {
    match bearer.token.as_ref().map(|token| token.expires) {
        Some(Expiry::At(end)) => world.now >= end,
        Some(Expiry::Never) | None => false,
    }
}

/// "2. rate by address (anonymous and failures only; never delays a good credential) → 429"
pub(crate) fn rate_by_address(world: &World) -> Option<Verdict> {
    let good = match &world.credential {
        Credential::Live(bearer) => !is_over(world, bearer),
        _ => false,
    };
    if world.address_rate_exceeded && !good {
        deny(429, "address_rate")
    } else {
        None
    }
}

/// "3. unknown, expired, revoked, retired → **401 `Bad credentials`** everywhere, even where anonymous
/// could read: a presented credential that fails never becomes anonymous"
pub(crate) fn life(world: &World) -> Option<Verdict> {
    match &world.credential {
        Credential::None => None,
        Credential::Unknown => deny(401, "unknown_token"),
        Credential::Expired => deny(401, "expired"),
        Credential::Revoked => deny(401, "revoked"),
        Credential::Retired => deny(401, "retired"),
        Credential::Live(bearer) => {
            if is_over(world, bearer) {
                deny(401, "expired")
            } else {
                None
            }
        }
    }
}

/// "4. token or account suspended → 403, never 401"
pub(crate) fn suspension(bearer: &Bearer) -> Option<Verdict> {
    if bearer.token.as_ref().is_some_and(|token| token.suspended) {
        return deny(403, "token_suspended");
    }
    if bearer.account_suspended {
        return deny(403, "account_suspended");
    }
    None
}

/// "5. rate by principal (children share the parent's) → 429"
pub(crate) fn rate_by_principal(world: &World) -> Option<Verdict> {
    if world.principal_rate_exceeded {
        deny(429, "principal_rate")
    } else {
        None
    }
}

/// "6. the token's own address and hour conditions → 403"
pub(crate) fn address_and_hours(world: &World, bearer: &Bearer) -> Option<Verdict> {
    let token = bearer.token.as_ref()?;
    for condition in in_force(token).conditions {
        if !address_allowed(&condition.addresses, world.address) {
            return deny(403, "token_address");
        }
        if !hours_allowed(&condition.hours) {
            return deny(403, "token_hours");
        }
    }
    None
}

/// "7. route closed to this kind → 403"; of a child: "never more … than the parent", so neither what is closed to that. What is
/// closed to sign-ins is what only a token does to itself, and their children are tokens.
pub(crate) fn kind(world: &World, bearer: &Bearer) -> Option<Verdict> {
    if !world.operation.kinds.contains(&bearer.kind) {
        return deny(403, "kind_closed");
    }
    for parent in &bearer.made_from {
        if !is_sign_in(parent) && !world.operation.kinds.contains(&parent.kind) {
            return deny(403, "kind_closed");
        }
    }
    None
}

/// "8. thing not visible to the **principal** → 404, the same bytes as for one that does not exist"
pub(crate) fn visible_to_principal(world: &World, bearer: &Bearer) -> Option<Verdict> {
    let visible = match &world.target {
        Target::Missing => false,
        Target::Repository(repository) => role::role(bearer, repository).is_some(),
        Target::Package(package) => {
            role::role(bearer, &role::as_repository(bearer, package)).is_some()
        }
        Target::Site | Target::Own | Target::Organization { .. } => true,
    };
    if visible {
        None
    } else {
        deny(404, "not_visible")
    }
}

fn is_sign_in(bearer: &Bearer) -> bool {
    bearer.kind == Kind::Client || bearer.kind == Kind::Session
}

/// The site and one's own account have no resource owner; what needs no permission there is open to
/// every token ("The self endpoint is open to pending and policy-refused tokens").
/// A child token of which nothing is known that it was made from reaches nothing. Default deny.
pub(crate) fn comes_from_nothing(world: &World, bearer: &Bearer) -> Option<Verdict> {
    let root = bearer.made_from.last().unwrap_or(bearer);
    if root.kind == Kind::Child {
        deny(
            if is_public(&world.target) { 403 } else { 404 },
            "other_owner",
        )
    } else {
        None
    }
}

fn nothing_of_an_owner(world: &World) -> bool {
    let needs_no_permission = world.operation.sets.iter().any(Vec::is_empty);
    matches!(world.target, Target::Site | Target::Own) && needs_no_permission
}

/// "9. not visible to the **token** (standing active ∧ owner matches ∧ repository selected ∧ `metadata` ≥
/// read; classic: a scope covers it) → 404 for reads and writes alike; 403 only where an anonymous
/// request would see the thing"
pub(crate) fn visible_to_token(world: &World, bearer: &Bearer) -> Option<Verdict> {
    if is_sign_in(bearer) || nothing_of_an_owner(world) {
        return None;
    }
    let status = if is_public(&world.target) { 403 } else { 404 };
    if has_scopes(bearer) {
        // "A private thing that no scope covers is invisible to the token (404)." Only repositories are private.
        return match &world.target {
            Target::Repository(repository)
                if repository.visibility != Visibility::Public
                    && !scopes::cover_private(bearer, &world.operation) =>
            {
                deny(status, "scope_missing")
            }
            // "Never implied by `repo`": what reads packages, and what the operation itself names.
            Target::Package(package)
                if package.like.visibility != Visibility::Public
                    && !scopes::holds(bearer, "read:packages")
                    && !world
                        .operation
                        .scopes
                        .iter()
                        .any(|scope| scopes::holds(bearer, scope)) =>
            {
                deny(status, "scope_missing")
            }
            _ => None,
        };
    }
    let Some(token) = &bearer.token else {
        // Default deny: a kind that a grant narrows, without a grant, reaches nothing.
        return deny(status, "other_owner");
    };
    match token.standing {
        Standing::NotNeeded | Standing::Active => {}
        Standing::Pending => return deny(status, "standing_pending"),
        Standing::Denied => return deny(status, "standing_denied"),
        Standing::Cancelled => return deny(status, "standing_cancelled"),
        Standing::Withdrawn => return deny(status, "standing_withdrawn"),
    }
    let in_force = in_force(token);
    let owner_matches = match &world.target {
        Target::Site | Target::Missing => true,
        Target::Own => role::account_of(bearer) == Some(in_force.owner),
        Target::Organization { id, .. } => *id == in_force.owner,
        Target::Repository(repository) => repository.owner == in_force.owner,
        Target::Package(package) => package.like.owner == in_force.owner,
    };
    if !owner_matches {
        return deny(status, "other_owner");
    }
    if let Target::Repository(repository) = &world.target {
        if !in_force.selects(repository.id) {
            return deny(status, "not_selected");
        }
        if !in_force.holds("metadata", Level::Read) {
            return deny(status, "no_metadata");
        }
    }
    // "Reaches a linked package if its repository is selected; an unlinked one with 'all' only"; "a token that names
    // packages reaches these, and no others."
    if let Target::Package(package) = &world.target {
        let selected = match (&in_force.packages, package.link) {
            (Some(names), _) => names.contains(&package.name),
            (None, Link::Repository(id)) => in_force.selects(id),
            (None, Link::Nothing) => in_force.selects_all(),
            (None, Link::Unsaid) => in_force.selects_some(),
        };
        if !selected {
            return deny(status, "not_selected");
        }
        if !in_force.holds("metadata", Level::Read) {
            return deny(status, "no_metadata");
        }
    }
    None
}

/// "10. organization policy → 403"
pub(crate) fn policy(world: &World, bearer: &Bearer) -> Option<Verdict> {
    policy::refusal(world, bearer).and_then(|code| deny(403, code))
}

/// Account permissions count on one's own account, organization permissions on an organization and its
/// repositories, repository permissions everywhere.
fn counts_here(key: &str, target: &Target) -> bool {
    match scope_of(key) {
        Some(Scope::Repository) => true,
        Some(Scope::Organization) => {
            matches!(
                target,
                Target::Organization { .. } | Target::Repository(_) | Target::Package(_)
            )
        }
        Some(Scope::Account) => matches!(target, Target::Own),
        None => false,
    }
}

fn whole_set_holds(set: &[(&'static str, Level)], in_force: &InForce, target: &Target) -> bool {
    for (key, level) in set {
        if !counts_here(key, target) || !in_force.holds(key, *level) {
            return false;
        }
    }
    true
}

/// "11. no permission set → 403"; "A route has alternative *sets* of permissions; all of one set must hold."
pub(crate) fn permissions(world: &World, bearer: &Bearer) -> Option<Verdict> {
    if is_sign_in(bearer) {
        return None;
    }
    if has_scopes(bearer) {
        let private = matches!(
            &world.target,
            Target::Repository(repository) if repository.visibility != Visibility::Public
        ) || matches!(
            &world.target,
            Target::Package(package) if package.like.visibility != Visibility::Public
        );
        return if scopes::open(bearer, &world.operation, private) {
            None
        } else {
            deny(403, "scope_needed")
        };
    }
    let in_force = in_force(bearer.token.as_ref()?);
    for set in &world.operation.sets {
        if whole_set_holds(set, &in_force, &world.target) {
            return None;
        }
    }
    deny(403, "permission_missing")
}

/// "12. role too low → 403"; "A token never adds rights."
pub(crate) fn role(world: &World, bearer: &Bearer) -> Option<Verdict> {
    match world.operation.least {
        Least::Anyone | Least::Person => None,
        Least::Repository(needed) => {
            let has = match &world.target {
                Target::Repository(repository) => role::role(bearer, repository),
                Target::Package(package) => {
                    role::role(bearer, &role::as_repository(bearer, package))
                }
                _ => None,
            };
            if has.is_some_and(|has| has >= needed) {
                None
            } else {
                deny(403, "role_too_low")
            }
        }
        // Its opener may be a member; a job is none.
        Least::Organization(_) | Least::Reviewer
            if matches!(bearer.principal, Principal::Job { .. }) =>
        {
            deny(403, "membership_too_low")
        }
        Least::Organization(needed) => {
            let has: Option<Membership> = match &world.target {
                Target::Organization { membership, .. } => *membership,
                _ => None,
            };
            if has.is_some_and(|has| has >= needed) {
                None
            } else {
                deny(403, "membership_too_low")
            }
        }
        // "reviewers who are not owners (a role)": members whom an owner made one.
        Least::Reviewer => match &world.target {
            Target::Organization {
                membership: Some(Membership::Owner),
                ..
            }
            | Target::Organization {
                membership: Some(Membership::Member),
                reviewer: true,
                ..
            } => None,
            _ => deny(403, "membership_too_low"),
        },
        Least::Administrator => {
            let administrator = matches!(
                bearer.principal,
                Principal::User {
                    administrator: true,
                    ..
                }
            );
            if administrator {
                None
            } else {
                deny(403, "administrator_needed")
            }
        }
    }
}

/// "13. ref conditions, the route's own rules → 403, or per ref"; "Sudo mode: …; two hours sliding, at most
/// 12 h after the last proof". Tokens have no sudo mode.
pub(crate) fn own_rules(world: &World, bearer: &Bearer) -> Option<Verdict> {
    if let (Some(token), Some(change)) = (&bearer.token, world.reference) {
        for condition in in_force(token).conditions {
            if let Some(code) = ref_refusal(&condition.refs, change) {
                return deny(403, code);
            }
        }
    }
    // "`workflows: write` is needed for any ref whose new commits change a guarded path"; "people's own sign-ins need
    // nothing".
    if world.reference.is_some_and(|change| change.workflows) && !is_sign_in(bearer) {
        let held = if has_scopes(bearer) {
            scopes::holds(bearer, "workflow")
        } else {
            let token = bearer.token.as_ref();
            token.is_some_and(|token| in_force(token).holds("workflows", Level::Write))
        };
        if !held {
            return deny(403, "workflow_needed");
        }
    }
    if world.operation.confirm && is_sign_in(bearer) {
        let on = bearer.sudo.is_some_and(|sudo| {
            world.now < sudo.used_at + 2 * HOUR && world.now < sudo.proved_at + 12 * HOUR
        });
        if !on {
            return deny(403, "confirmation_needed");
        }
    }
    None
}
