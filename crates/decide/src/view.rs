//! Who sees a thing at all.

use jeton_domain::Visibility;

use crate::facts::{Facts, Principal, RepositoryTarget, Target};

/// Whether a request without any credential would see the target: where the site closes anonymous
/// access, any live credential stands in for it.
pub(crate) fn anonymous_sees(facts: &Facts<'_>, live: bool) -> bool {
    let open = facts.anonymous_allowed || live;
    match facts.target {
        Target::Site => true,
        Target::Organization(_) => open,
        Target::Repository(repository) => open && repository.visibility == Visibility::Public,
        Target::Own(_) | Target::Missing => false,
    }
}

/// Whether the principal sees the target.
pub(crate) fn principal_sees(principal: Principal, target: &Target<'_>) -> bool {
    match target {
        Target::Site | Target::Own(_) | Target::Organization(_) => true,
        Target::Repository(repository) => sees_repository(principal, repository),
        Target::Missing => false,
    }
}

fn sees_repository(principal: Principal, repository: &RepositoryTarget<'_>) -> bool {
    if repository.visibility == Visibility::Public {
        return true;
    }
    match principal {
        // A job's ceiling is its one repository.
        Principal::Job { repository: own } => own == repository.id,
        Principal::User { .. } => {
            repository.sources.role().is_some()
                || (repository.visibility == Visibility::Internal
                    && !repository.owner.outside_collaborator)
        }
        Principal::Service { .. } => repository.sources.role().is_some(),
    }
}
