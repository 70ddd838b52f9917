//! Which policy holds, and what it refuses.

use crate::conditions::address_allowed;
use crate::role::comes_from_outside;
use crate::scopes::has_scopes;
use crate::world::{
    Addresses, Bearer, Expiry, Kind, Maximum, Policy, Principal, SitePolicy, Target, World,
};

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// "Per organization; the site can force each or leave it"
fn over(site: &SitePolicy, own: &Policy) -> Policy {
    Policy {
        fine_grained_allowed: site
            .fine_grained_allowed
            .unwrap_or(own.fine_grained_allowed),
        classic_allowed: site.classic_allowed.unwrap_or(own.classic_allowed),
        fine_grained_maximum: site
            .fine_grained_maximum
            .unwrap_or(own.fine_grained_maximum),
        classic_maximum: site.classic_maximum.unwrap_or(own.classic_maximum),
        outside_collaborators_allowed: site
            .outside_collaborators_allowed
            .unwrap_or(own.outside_collaborators_allowed),
        two_factor_required: site.two_factor_required.unwrap_or(own.two_factor_required),
        addresses: site
            .addresses
            .clone()
            .unwrap_or_else(|| own.addresses.clone()),
        applications: own.applications.clone(),
    }
}

/// "Users' own namespaces follow the site's policy (366 days)": the site's word, else the default.
fn for_users(site: &SitePolicy) -> Policy {
    let default = Policy {
        fine_grained_allowed: true,
        classic_allowed: true,
        fine_grained_maximum: Maximum::Days(366),
        classic_maximum: Maximum::Unlimited,
        outside_collaborators_allowed: true,
        two_factor_required: false,
        addresses: Addresses::Any,
        applications: Vec::new(),
    };
    over(site, &default)
}

/// One's own account is used where a permission over it is, and by what has scopes where a scope is.
fn is_use_of_the_account(world: &World, bearer: &Bearer) -> bool {
    let asks_a_permission =
        !world.operation.sets.is_empty() && world.operation.sets.iter().all(|set| !set.is_empty());
    asks_a_permission || (has_scopes(bearer) && !world.operation.scopes.is_empty())
}

/// The policy that holds for a target, where one does.
fn policy_of(world: &World, bearer: &Bearer) -> Option<Policy> {
    match &world.target {
        Target::Site | Target::Missing => None,
        // One's own account is ruled only where a permission over it is used: the self endpoint stays open,
        // and so does what is done by sign-in alone.
        Target::Own if !is_use_of_the_account(world, bearer) => None,
        Target::Organization { policy, .. } => Some(over(&world.site, policy)),
        Target::Repository(repository) if repository.owner_is_organization => {
            Some(over(&world.site, &repository.policy))
        }
        Target::Package(package) if package.like.owner_is_organization => {
            Some(over(&world.site, &package.like.policy))
        }
        Target::Own | Target::Repository(_) | Target::Package(_) => Some(for_users(&world.site)),
    }
}

fn is_an_organizations(target: &Target) -> bool {
    match target {
        Target::Organization { .. } => true,
        Target::Repository(repository) => repository.owner_is_organization,
        Target::Package(package) => package.like.owner_is_organization,
        Target::Site | Target::Own | Target::Missing => false,
    }
}

/// "Lifetime is checked at creation, rotation **and use**"; "total lifetime = `secret.expires_at` − `secret.created_at`"
fn lives_too_long(maximum: Maximum, created_at: i64, expires: Expiry) -> bool {
    match (maximum, expires) {
        (Maximum::Unlimited, _) => false,
        (Maximum::Days(_), Expiry::Never) => true,
        (Maximum::Days(days), Expiry::At(end)) => end - created_at > days * DAY,
    }
}

/// "fine-grained allowed · classic allowed · maximum lifetime · outside collaborators may use
/// fine-grained tokens · allowed addresses. Children obey each rule their parent obeys."
pub(crate) fn refusal(world: &World, bearer: &Bearer) -> Option<&'static str> {
    // "whatever only takes power away" asks for nothing: who leaves an organization is not held by its rules.
    if world.operation.departs {
        return None;
    }
    let policy = policy_of(world, bearer)?;
    // "two-factor required (members without it: every credential of theirs is refused here, 403)"; a service
    // account and a job are nobody who could have one.
    let a_person = matches!(bearer.principal, Principal::User { .. });
    if policy.two_factor_required && a_person && !bearer.two_factor {
        return Some("two_factor_required");
    }
    // "Children obey each rule their parent obeys": each of those is asked by itself.
    let fine_grained = bearer.kind == Kind::FineGrained;
    let classic = bearer.kind == Kind::Classic;
    if fine_grained && !policy.fine_grained_allowed {
        return Some("fine_grained_forbidden");
    }
    if classic && !policy.classic_allowed {
        return Some("classic_forbidden");
    }
    if fine_grained
        && comes_from_outside(bearer, &world.target)
        && !policy.outside_collaborators_allowed
    {
        return Some("outside_collaborator_forbidden");
    }
    // "OAuth applications (each needs the owner's approval; none at first, `gh` included)": of organizations.
    if bearer.kind == Kind::OauthUser && is_an_organizations(&world.target) {
        let approved = bearer
            .application
            .is_some_and(|application| policy.applications.contains(&application));
        if !approved {
            return Some("application_not_approved");
        }
    }
    if let Some(token) = &bearer.token {
        if fine_grained
            && lives_too_long(policy.fine_grained_maximum, token.created_at, token.expires)
        {
            return Some("lifetime_too_long");
        }
        if classic && lives_too_long(policy.classic_maximum, token.created_at, token.expires) {
            return Some("lifetime_too_long");
        }
    }
    if !address_allowed(&policy.addresses, world.address) {
        return Some("owner_address");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_life_is_still_allowed() {
        assert!(!lives_too_long(
            Maximum::Days(30),
            5,
            Expiry::At(5 + 30 * DAY)
        ));
        assert!(lives_too_long(
            Maximum::Days(30),
            5,
            Expiry::At(6 + 30 * DAY)
        ));
        assert!(lives_too_long(Maximum::Days(30), 5, Expiry::Never));
        assert!(!lives_too_long(Maximum::Unlimited, 5, Expiry::Never));
    }

    #[test]
    fn a_person_follows_the_site() {
        assert_eq!(
            for_users(&SitePolicy::default()).fine_grained_maximum,
            Maximum::Days(366)
        );
        let forced = SitePolicy {
            fine_grained_maximum: Some(Maximum::Days(7)),
            ..SitePolicy::default()
        };
        assert_eq!(for_users(&forced).fine_grained_maximum, Maximum::Days(7));
    }
}
