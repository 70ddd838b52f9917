//! The steps of the decision, each a small function that finds a reason or none. Their order is in
//! `decision.rs`, so that answers are stable and leak nothing.

use std::net::IpAddr;

use jeton_domain::{
    AccountId, ClassicScope, ConditionBreach, CredentialKind, Least, Level, Operation,
    OrganizationPolicy, OrganizationRole, PermissionKey, Requirement, Role, Scope, Scopes,
    Standing, Visibility,
};

use crate::facts::{Bearer, Facts, OwnerFacts, Principal, Request, Target, TokenFacts};
use crate::reason::Reason;
use crate::thing::{owner, thing};
use crate::view;

type Step = Result<(), Reason>;

/// A step that looks at a token asks it of the whole line: a child may do what it and everything that it was
/// made from may do.
fn line(bearer: &Bearer, step: impl Fn(&Bearer) -> Step) -> Step {
    bearer.line().try_for_each(step)
}

/// 4: what is suspended is refused, but never as if it were unknown: Git erases a password that
/// was answered with 401.
pub(crate) fn suspension(bearer: &Bearer) -> Step {
    line(bearer, suspended)
}

fn suspended(bearer: &Bearer) -> Step {
    if bearer.token.as_ref().is_some_and(|t| t.suspended) {
        Err(Reason::TokenSuspended)
    } else if bearer.account_suspended {
        Err(Reason::AccountSuspended)
    } else {
        Ok(())
    }
}

/// 6: the token's own address and hours.
pub(crate) fn conditions(bearer: &Bearer, request: &Request<'_>) -> Step {
    line(bearer, |one| own_conditions(one, request))
}

fn own_conditions(bearer: &Bearer, request: &Request<'_>) -> Step {
    let Some(token) = &bearer.token else {
        return Ok(());
    };
    for set in &token.grant.conditions {
        set.check_request(request.address, request.now)
            .map_err(breach)?;
    }
    Ok(())
}

fn breach(breach: ConditionBreach) -> Reason {
    match breach {
        ConditionBreach::Address => Reason::TokenAddress,
        ConditionBreach::Hours => Reason::TokenHours,
        ConditionBreach::Ref => Reason::RefForbidden,
        ConditionBreach::Force => Reason::ForceForbidden,
        ConditionBreach::Delete => Reason::DeleteForbidden,
    }
}

/// 7: the operation is closed to this kind of credential, or to that of one that it was made from.
pub(crate) fn kind(bearer: &Bearer, operation: &Operation) -> Step {
    // A sign-in is closed to nothing but what tokens do to themselves, and that its child does, too.
    let parents = bearer.parents.iter();
    let parents = parents.filter(|parent| !parent.kind.is_sign_in());
    let mut line = std::iter::once(bearer).chain(parents);
    match line.find(|one| !operation.kinds.has(one.kind)) {
        None => Ok(()),
        Some(closed) => Err(Reason::KindClosed { kind: closed.kind }),
    }
}

/// 8: the principal sees the thing.
pub(crate) fn visible(bearer: &Bearer, facts: &Facts<'_>) -> Step {
    if view::principal_sees(bearer.principal, &facts.target) {
        Ok(())
    } else {
        Err(Reason::NotVisible)
    }
}

/// 9: the token reaches the thing, and one that was made from others comes from one that is none.
pub(crate) fn reached(bearer: &Bearer, facts: &Facts<'_>, operation: &Operation) -> Step {
    rooted(bearer)?;
    line(bearer, |one| reached_alone(one, facts, operation))
}

/// A child that comes from nothing reaches nothing.
pub(crate) fn rooted(bearer: &Bearer) -> Step {
    let root = bearer.line().last().unwrap_or(bearer);
    if root.kind == CredentialKind::Child {
        Err(Reason::OtherOwner)
    } else {
        Ok(())
    }
}

fn reached_alone(bearer: &Bearer, facts: &Facts<'_>, operation: &Operation) -> Step {
    if bearer.kind.is_sign_in() {
        return Ok(());
    }
    if bearer.kind.has_scopes() {
        return match facts.target {
            Target::Repository(repository) if !covers(bearer, operation, repository.visibility) => {
                Err(Reason::ScopeMissing)
            }
            Target::Package(package) if !covers_package(bearer, operation, package.visibility) => {
                Err(Reason::ScopeMissing)
            }
            _ => Ok(()),
        };
    }
    let owner = match facts.target {
        // A token may always look at itself; whatever takes a permission takes an owner's word.
        Target::Own(_) | Target::Site if !operation.needs_permission() => return Ok(()),
        Target::Own(_) => account(bearer.principal),
        Target::Site | Target::Missing => bearer.token.as_ref().map(|token| token.grant.owner),
        Target::Organization(_) | Target::Repository(_) | Target::Package(_) => {
            owner(&facts.target).map(|owner| owner.id)
        }
    };
    // A kind that a grant narrows reaches nothing without one.
    let Some(token) = &bearer.token else {
        return Err(Reason::OtherOwner);
    };
    standing(token.standing)?;
    if Some(token.grant.owner) != owner {
        return Err(Reason::OtherOwner);
    }
    if let Some(thing) = thing(&facts.target) {
        if !thing.selected_by(&token.grant) {
            return Err(Reason::NotSelected);
        }
        if !token
            .grant
            .permissions
            .cover(PermissionKey::metadata(), Level::Read)
        {
            return Err(Reason::NoMetadata);
        }
    }
    Ok(())
}

/// The scopes of a credential; none, where it has no token to hold some.
fn scopes(bearer: &Bearer) -> Scopes {
    bearer
        .token
        .as_ref()
        .map_or(Scopes::NONE, |token| token.scopes)
}

/// Whether some scope covers repositories of this visibility: what is public needs none; what is not is
/// covered by `repo`, and for an operation that a scope of its own opens by that one, too.
pub(crate) fn covers(bearer: &Bearer, operation: &Operation, visibility: Visibility) -> bool {
    let held = scopes(bearer);
    visibility == Visibility::Public
        || held.has(ClassicScope::Repo)
        || operation
            .scopes
            .iter()
            .any(|scope| *scope != ClassicScope::PublicRepo && held.has(*scope))
}

/// The same of packages, which `repo` does not include: whoever reads them, and one of the operation's own scopes.
fn covers_package(bearer: &Bearer, operation: &Operation, visibility: Visibility) -> bool {
    let held = scopes(bearer);
    visibility == Visibility::Public
        || held.has(ClassicScope::ReadPackages)
        || operation.scopes.iter().any(|scope| held.has(*scope))
}

/// 11 for scopes: any one of the operation's. `public_repo` opens nothing that is not public.
pub(crate) fn scope(bearer: &Bearer, operation: &Operation, public: bool) -> Step {
    let held = scopes(bearer);
    let holds =
        |scope: &ClassicScope| held.has(*scope) && (public || *scope != ClassicScope::PublicRepo);
    if operation.scopes.is_empty() || operation.scopes.iter().any(holds) {
        Ok(())
    } else {
        Err(Reason::ScopeNeeded {
            scopes: operation.scopes,
        })
    }
}

/// The principal's own account; a job has none.
fn account(principal: Principal) -> Option<AccountId> {
    match principal {
        Principal::User { id, .. } => Some(id.into()),
        Principal::Service { id } => Some(id),
        Principal::Job { .. } => None,
    }
}

fn standing(standing: Standing) -> Step {
    match standing {
        Standing::NotNeeded | Standing::Active { .. } => Ok(()),
        Standing::Pending => Err(Reason::StandingPending),
        Standing::Denied => Err(Reason::StandingDenied),
        Standing::Cancelled => Err(Reason::StandingCancelled),
        Standing::Withdrawn(_) => Err(Reason::StandingWithdrawn),
    }
}

/// 10: what the owner's policy allows.
pub(crate) fn policy(bearer: &Bearer, facts: &Facts<'_>, request: &Request<'_>) -> Step {
    line(bearer, |one| policy_alone(one, facts, request))
}

fn policy_alone(bearer: &Bearer, facts: &Facts<'_>, request: &Request<'_>) -> Step {
    // Who goes takes nothing along: neither a missing second factor nor the network keeps them.
    if request.operation.departs {
        return Ok(());
    }
    match facts.target {
        // What no permission governs is no use of the account's things: a token's own affairs, and what
        // people do with their sign-ins, signing out included, are open under any policy.
        Target::Own(policy) if uses_account(bearer, request.operation) => {
            let tie = Tie {
                guest: false,
                unapproved: false,
            };
            policy_of(bearer, policy, tie, request.address)
        }
        Target::Organization(_) | Target::Repository(_) | Target::Package(_) => {
            owner(&facts.target).map_or(Ok(()), |owner| {
                owner_policy_alone(bearer, owner, request.address)
            })
        }
        Target::Own(_) | Target::Site | Target::Missing => Ok(()),
    }
}

/// Whether an operation on one's own account is a use of it: what takes a permission, or a scope.
fn uses_account(bearer: &Bearer, operation: &Operation) -> bool {
    operation.takes_permission() || (bearer.kind.has_scopes() && !operation.scopes.is_empty())
}

/// A person who is no member. A service account belongs to its organization.
fn is_guest(bearer: &Bearer, owner: OwnerFacts<'_>) -> bool {
    owner.organization
        && owner.membership.is_none()
        && matches!(bearer.principal, Principal::User { .. })
}

/// The owner asks for a second factor, and this person has none. Service accounts and jobs have no
/// factors: they never sign in.
fn factor_missing(bearer: &Bearer, policy: &OrganizationPolicy) -> bool {
    policy.two_factor_required
        && !bearer.two_factor
        && matches!(bearer.principal, Principal::User { .. })
}

/// What one owner says of a credential, and of what it was made from.
pub(crate) fn owner_policy(
    bearer: &Bearer,
    owner: OwnerFacts<'_>,
    address: Option<IpAddr>,
) -> Step {
    line(bearer, |one| owner_policy_alone(one, owner, address))
}

fn owner_policy_alone(bearer: &Bearer, owner: OwnerFacts<'_>, address: Option<IpAddr>) -> Step {
    let unapproved = owner.organization
        && bearer
            .application
            .is_none_or(|application| !owner.applications.contains(&application));
    let tie = Tie {
        guest: is_guest(bearer, owner),
        unapproved,
    };
    policy_of(bearer, owner.policy, tie, address)
}

/// How a credential stands to an owner, besides the policy there.
#[derive(Clone, Copy)]
struct Tie {
    /// The principal is no member.
    guest: bool,
    /// An organization that has not let the credential's OAuth application in. Over one's own things one's own
    /// consent says enough.
    unapproved: bool,
}

fn policy_of(
    bearer: &Bearer,
    policy: &OrganizationPolicy,
    tie: Tie,
    address: Option<IpAddr>,
) -> Step {
    if factor_missing(bearer, policy) {
        return Err(Reason::TwoFactorRequired);
    }
    match bearer.kind {
        CredentialKind::FineGrained => {
            if !policy.fine_grained_allowed {
                return Err(Reason::FineGrainedForbidden);
            }
            if tie.guest && !policy.outside_collaborators_allowed {
                return Err(Reason::OutsideCollaboratorForbidden);
            }
            if let Some(TokenFacts { lifetime, .. }) = &bearer.token
                && !policy
                    .fine_grained_maximum
                    .allows(lifetime.created, lifetime.expiry)
            {
                return Err(Reason::LifetimeTooLong);
            }
        }
        CredentialKind::Classic => {
            if !policy.classic_allowed {
                return Err(Reason::ClassicForbidden);
            }
            if let Some(TokenFacts { lifetime, .. }) = &bearer.token
                && !policy
                    .classic_maximum
                    .allows(lifetime.created, lifetime.expiry)
            {
                return Err(Reason::LifetimeTooLong);
            }
        }
        CredentialKind::OauthUser if tie.unapproved => return Err(Reason::ApplicationNotApproved),
        // A child is under the rules of what it was made from, each of which is asked.
        CredentialKind::OauthUser
        | CredentialKind::Child
        | CredentialKind::Job
        | CredentialKind::Client
        | CredentialKind::Session => {}
    }
    if policy.addresses.allow(address) {
        Ok(())
    } else {
        Err(Reason::OwnerAddress)
    }
}

/// 11: all of one alternative set of permissions.
pub(crate) fn permission(bearer: &Bearer, facts: &Facts<'_>, operation: &Operation) -> Step {
    line(bearer, |one| permission_alone(one, facts, operation))
}

fn permission_alone(bearer: &Bearer, facts: &Facts<'_>, operation: &Operation) -> Step {
    if bearer.kind.is_sign_in() {
        return Ok(());
    }
    if bearer.kind.has_scopes() {
        let public = match facts.target {
            Target::Repository(repository) => repository.visibility == Visibility::Public,
            Target::Package(package) => package.visibility == Visibility::Public,
            // What is to be made there may be public; that it is, its use case sees to.
            _ => true,
        };
        return scope(bearer, operation, public);
    }
    match &bearer.token {
        Some(token) => set_holds(token, operation, |scope| fits(scope, &facts.target)),
        None if operation.needs_permission() => Err(Reason::PermissionMissing {
            sets: operation.sets,
        }),
        None => Ok(()),
    }
}

/// 9 and 11 for lists of repositories, where they depend on the token alone.
pub(crate) fn token_permissions(token: &TokenFacts, operation: &Operation) -> Step {
    if !token
        .grant
        .permissions
        .cover(PermissionKey::metadata(), Level::Read)
    {
        return Err(Reason::NoMetadata);
    }
    set_holds(token, operation, |scope| scope != Scope::Account)
}

fn set_holds(token: &TokenFacts, operation: &Operation, fits: impl Fn(Scope) -> bool) -> Step {
    let holds = |wanted: &Requirement| {
        wanted.permission().is_some_and(|key| {
            fits(key.permission().scope) && token.grant.permissions.cover(key, wanted.level)
        })
    };
    if operation.sets.iter().any(|set| set.iter().all(holds)) {
        Ok(())
    } else {
        Err(Reason::PermissionMissing {
            sets: operation.sets,
        })
    }
}

/// A permission is about a kind of thing: one for an account opens nothing of an organization.
/// Repository permissions count on an organization too, for what is to be made there.
fn fits(scope: Scope, target: &Target<'_>) -> bool {
    match (scope, target) {
        (Scope::Repository, _)
        | (
            Scope::Organization,
            Target::Organization(_) | Target::Repository(_) | Target::Package(_),
        )
        | (Scope::Account, Target::Own(_)) => true,
        (Scope::Organization | Scope::Account, _) => false,
    }
}

/// 12: what the principal is.
pub(crate) fn role(bearer: &Bearer, facts: &Facts<'_>, operation: &Operation) -> Step {
    match (operation.least, &facts.target) {
        (Least::Anyone | Least::Person, _) => Ok(()),
        (Least::Repository(needs), Target::Repository(_) | Target::Package(_)) => {
            let has = thing(&facts.target).and_then(|thing| match bearer.principal {
                // A job works on its one repository, at most as whoever opened it may, and does not administer it.
                Principal::Job {
                    repository: own, ..
                } if thing.is_of(own) => thing.sources.role().map(|role| role.min(Role::Write)),
                Principal::Job { .. } => None,
                Principal::User { .. } | Principal::Service { .. } => thing.sources.role(),
            });
            // Reading what everybody may read takes no role. Asked last: seldom is it what decides.
            let open =
                || needs == Role::Read && view::principal_sees(bearer.principal, &facts.target);
            if has.is_some_and(|has| has >= needs) || open() {
                Ok(())
            } else {
                Err(Reason::RoleTooLow { has, needs })
            }
        }
        // Whoever opened a job may be a member; the job is none.
        (Least::Organization(needs), Target::Organization(organization)) if !is_job(bearer) => {
            member(organization.owner, needs)
        }
        (Least::Reviewer, Target::Organization(organization)) if !is_job(bearer) => {
            reviewer(organization.owner)
        }
        (Least::Administrator, _) => match bearer.principal {
            Principal::User {
                administrator: true,
                ..
            } => Ok(()),
            _ => Err(Reason::AdministratorNeeded),
        },
        // An operation whose least role is about another kind of thing is a fault of the table;
        // a test finds it, and here it opens nothing.
        (Least::Repository(needs), _) => Err(Reason::RoleTooLow { has: None, needs }),
        (Least::Organization(needs), _) => Err(Reason::MembershipTooLow { needs }),
        (Least::Reviewer, _) => Err(Reason::MembershipTooLow {
            needs: OrganizationRole::Owner,
        }),
    }
}

fn is_job(bearer: &Bearer) -> bool {
    matches!(bearer.principal, Principal::Job { .. })
}

fn member(owner: OwnerFacts<'_>, needs: OrganizationRole) -> Step {
    if owner.membership.is_some_and(|has| has >= needs) {
        Ok(())
    } else {
        Err(Reason::MembershipTooLow { needs })
    }
}

/// An owner, or a member who was made a reviewer: whoever left the organization reviews nothing there.
fn reviewer(owner: OwnerFacts<'_>) -> Step {
    if owner.reviewer && owner.membership.is_some() {
        Ok(())
    } else {
        member(owner, OrganizationRole::Owner)
    }
}

/// Whether a credential lets files be changed that tell a build server what to run: it, and whatever it was made from.
pub fn may_change_workflows(bearer: &Bearer) -> bool {
    bearer.line().all(lets_workflows)
}

/// People's own sign-ins let it; a fine-grained token with `workflows: write`; one with scopes where `workflow` is among
/// them, which none includes.
fn lets_workflows(bearer: &Bearer) -> bool {
    if bearer.kind.is_sign_in() {
        return true;
    }
    if bearer.kind.has_scopes() {
        return scopes(bearer).has(ClassicScope::Workflow);
    }
    let wanted = Requirement::new("workflows", Level::Write);
    bearer.token.as_ref().is_some_and(|token| {
        wanted
            .permission()
            .is_some_and(|key| token.grant.permissions.cover(key, wanted.level))
    })
}

/// 13: ref conditions and the operation's own rules.
pub(crate) fn rules(bearer: &Bearer, request: &Request<'_>) -> Step {
    line(bearer, |one| rules_alone(one, request))
}

fn rules_alone(bearer: &Bearer, request: &Request<'_>) -> Step {
    if let (Some(change), Some(token)) = (request.ref_change, &bearer.token) {
        for set in &token.grant.conditions {
            set.check_ref(change.name, change.forced, change.deleted)
                .map_err(breach)?;
        }
    }
    if request.ref_change.is_some_and(|change| change.workflows) && !lets_workflows(bearer) {
        return Err(Reason::WorkflowNeeded);
    }
    // A token has no sudo mode: what it may add, its permissions say. A sign-in that does not know
    // when it was confirmed was not.
    let confirmed =
        !bearer.kind.is_sign_in() || bearer.sudo.is_some_and(|sudo| sudo.is_on(request.now));
    if request.operation.confirm && !confirmed {
        Err(Reason::ConfirmationNeeded)
    } else {
        Ok(())
    }
}
