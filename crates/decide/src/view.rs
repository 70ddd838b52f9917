//! Who sees a thing at all.

use jeton_domain::Visibility;

use crate::facts::{Facts, Principal, Target};
use crate::thing::{Thing, thing};

/// Whether a request without any credential would see the target: where the site closes anonymous
/// access, any live credential stands in for it.
pub(crate) fn anonymous_sees(facts: &Facts<'_>, live: bool) -> bool {
    let open = facts.anonymous_allowed || live;
    match facts.target {
        Target::Site => true,
        Target::Organization(_) => open,
        Target::Repository(repository) => open && repository.visibility == Visibility::Public,
        Target::Package(package) => open && package.visibility == Visibility::Public,
        Target::Own(_) | Target::Missing => false,
    }
}

/// Whether the principal sees the target.
pub(crate) fn principal_sees(principal: Principal, target: &Target<'_>) -> bool {
    match target {
        Target::Site | Target::Own(_) | Target::Organization(_) => true,
        Target::Repository(_) | Target::Package(_) => {
            thing(target).is_some_and(|thing| sees_thing(principal, &thing))
        }
        Target::Missing => false,
    }
}

fn sees_thing(principal: Principal, thing: &Thing<'_>) -> bool {
    if thing.visibility == Visibility::Public {
        return true;
    }
    match principal {
        // A job's ceiling is its one repository, with what belongs to it, while whoever opened it has a role there.
        Principal::Job {
            repository: own, ..
        } => thing.is_of(own) && thing.sources.role().is_some(),
        Principal::User { .. } => {
            thing.sources.role().is_some()
                || (thing.visibility == Visibility::Internal && !thing.owner.outside_collaborator)
        }
        Principal::Service { .. } => thing.sources.role().is_some(),
    }
}
