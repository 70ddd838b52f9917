//! What a principal is, and what it may see.

use crate::world::{
    Base, Bearer, Link, Membership, Package, Principal, Repository, Role, Target, Visibility,
};

/// "A user's role on a repository is the highest of: direct, teams (with inheritance), base permission
/// (members only), organization ownership (admin everywhere), repository ownership." Teams belong to
/// members as well.
pub(crate) fn given_role(bearer: &Bearer, repository: &Repository) -> Option<Role> {
    let opener = role_of_an_account(bearer, repository);
    match bearer.principal {
        Principal::User { .. } | Principal::Service { .. } => opener,
        // "Ceiling of a principal: … a job's one repository". It works there as whoever opened it may, and does not
        // administer it.
        Principal::Job {
            repository: own, ..
        } => match opener {
            Some(Role::Maintain | Role::Admin) if own == repository.id => Some(Role::Write),
            Some(role) if own == repository.id => Some(role),
            _ => None,
        },
    }
}

fn role_of_an_account(bearer: &Bearer, repository: &Repository) -> Option<Role> {
    let mut roles = Vec::new();
    roles.extend(repository.direct);
    if repository.membership.is_some() {
        roles.extend(repository.teams.clone());
        match repository.base {
            Base::None => {}
            Base::Read => roles.push(Role::Read),
            Base::Write => roles.push(Role::Write),
            Base::Admin => roles.push(Role::Admin),
        }
    }
    if repository.membership == Some(Membership::Owner) {
        roles.push(Role::Admin);
    }
    if !repository.owner_is_organization && behind(bearer) == repository.owner {
        roles.push(Role::Admin);
    }
    roles.into_iter().max()
}

/// "Of a linked package the repository's visibility and roles count, of an unlinked one its own": as if it were that
/// repository. A job works with what belongs to its repository, and may say that something new does.
pub(crate) fn as_repository(bearer: &Bearer, package: &Package) -> Repository {
    let id = match (package.link, bearer.principal) {
        (Link::Repository(id), _) => id,
        (
            Link::Unsaid,
            Principal::Job {
                repository: own, ..
            },
        ) => own,
        (Link::Nothing | Link::Unsaid, _) => 0,
    };
    Repository {
        id,
        ..package.like.clone()
    }
}

/// What the principal may do there now: the given role, or reading where the visibility lets it.
pub(crate) fn role(bearer: &Bearer, repository: &Repository) -> Option<Role> {
    match given_role(bearer, repository) {
        Some(role) => Some(role),
        None if seen_without_role(bearer, repository) => Some(Role::Read),
        None => None,
    }
}

/// "*internal*: every active account may read, never anonymous, never outside collaborators or service
/// accounts as such"; public: everybody.
fn seen_without_role(bearer: &Bearer, repository: &Repository) -> bool {
    match repository.visibility {
        Visibility::Public => true,
        Visibility::Private => false,
        Visibility::Internal => match bearer.principal {
            Principal::User { .. } => !is_outside_collaborator(repository),
            Principal::Service { .. } | Principal::Job { .. } => false,
        },
    }
}

/// "outside collaborator = a role on an organization's repository without membership"
fn is_outside_collaborator(repository: &Repository) -> bool {
    repository.owner_is_organization
        && repository.membership.is_none()
        && (repository.direct.is_some() || repository.role_elsewhere)
}

/// A person who reaches an organization's things without being a member of it: an outside collaborator,
/// and all the more a stranger. A service account belongs to its organization.
pub(crate) fn comes_from_outside(bearer: &Bearer, target: &Target) -> bool {
    if !matches!(bearer.principal, Principal::User { .. }) {
        return false;
    }
    match target {
        Target::Organization { membership, .. } => membership.is_none(),
        Target::Repository(repository) => {
            repository.owner_is_organization && repository.membership.is_none()
        }
        Target::Package(package) => {
            package.like.owner_is_organization && package.like.membership.is_none()
        }
        Target::Site | Target::Own | Target::Missing => false,
    }
}

/// Whose rights count: of a job, its opener's.
fn behind(bearer: &Bearer) -> i64 {
    match bearer.principal {
        Principal::User { id, .. } | Principal::Service { id } => id,
        Principal::Job { opener, .. } => opener,
    }
}

/// The principal's own account; a job has none.
pub(crate) fn account_of(bearer: &Bearer) -> Option<i64> {
    match bearer.principal {
        Principal::User { id, .. } | Principal::Service { id } => Some(id),
        Principal::Job { .. } => None,
    }
}
