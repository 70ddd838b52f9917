//! The one decision (`semantics` section 6): a pure function of [`Facts`] and a [`Request`].
//!
//! A credential must live, its kind must be open for the operation, and what the principal may do
//! now, what the token has in force, what the organization allows and the token's conditions must
//! together cover the one action on the one resource. Everything else is denied.
//!
//! Only this crate makes a [`Permit`], and nothing guarded is read or changed without one.

mod credential;
mod decision;
mod explain;
mod facts;
mod list;
mod permit;
mod reason;
mod steps;
mod thing;
mod view;

pub use decision::{Decision, Denial, decide};
pub use explain::{Check, Verdict, explain};
pub use facts::{
    Bearer, Carrier, CarrierFault, Credential, Facts, Failure, Lifetime, OrganizationTarget,
    OwnerFacts, PackageLink, PackageTarget, Principal, Rates, RefChange, RepositoryTarget, Request,
    Target, TokenFacts,
};
pub use list::{Clause, ListFacts, RepositoryPredicate, granted, repositories};
pub use permit::{Permit, View};
pub use reason::{Layer, Reason, Status};
pub use steps::may_change_workflows;

/// Why an owner's policy refuses a credential from this address, whatever it is used for. No permit: for
/// what a credential is told of itself.
pub fn refused_by_owner(
    bearer: &Bearer,
    owner: OwnerFacts<'_>,
    address: Option<std::net::IpAddr>,
) -> Option<Reason> {
    steps::owner_policy(bearer, owner, address).err()
}

/// Whether the scopes of a credential cover `operation` on repositories of this visibility. No permit: for what is to be
/// made of such a visibility.
pub fn scopes_cover(
    bearer: &Bearer,
    operation: &jeton_domain::Operation,
    visibility: jeton_domain::Visibility,
) -> bool {
    steps::covers(bearer, operation, visibility)
}

/// Whether a person sees the target at all, whatever credential they come with. No permit: for what
/// may be remembered of it.
pub fn person_sees(user: jeton_domain::UserId, target: &Target<'_>) -> bool {
    view::principal_sees(
        Principal::User {
            id: user,
            administrator: false,
        },
        target,
    )
}
