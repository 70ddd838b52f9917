//! What the decision is made from. Every field is a fact at one moment, loaded from one snapshot;
//! a thing that is missing is a fact too ([`Target::Missing`]), never an early return.

use std::collections::BTreeSet;
use std::net::IpAddr;

use jeton_domain::{
    AccountId, ApplicationId, CredentialKind, Expiry, Grant, Operation, OrganizationPolicy,
    OrganizationRole, PackageId, RepositoryId, RoleSources, Scopes, Standing, SudoState, Time,
    TokenId, UserId, Visibility,
};

/// One action on one resource.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What is to be done: from the route alone.
    pub operation: &'a Operation,
    /// When.
    pub now: Time,
    /// From where, if it is known: through configured proxies only.
    pub address: Option<IpAddr>,
    /// The ref a push is about to change, where the decision is about one.
    pub ref_change: Option<RefChange<'a>>,
}

/// One ref of a push.
#[derive(Clone, Copy, Debug)]
pub struct RefChange<'a> {
    /// Its full name.
    pub name: &'a str,
    /// The new tip does not descend from the old.
    pub forced: bool,
    /// The ref goes away.
    pub deleted: bool,
    /// Commits that come with it change files that tell a build server what to run.
    pub workflows: bool,
}

/// Everything the decision looks at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// How the credential was carried.
    pub carrier: Carrier,
    /// Which limits are used up.
    pub rates: Rates,
    /// Whom the credential stands for.
    pub credential: Credential<'a>,
    /// Requests without a credential see public things on this site.
    pub anonymous_allowed: bool,
    /// What the operation is about.
    pub target: Target<'a>,
}

/// How a credential was carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// None, or one that can be read.
    Fine,
    /// Not to be read.
    Faulty(CarrierFault),
}

/// What is wrong with a carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CarrierFault {
    /// More than one credential.
    Two,
    /// `Basic` that does not decode.
    Undecodable,
    /// One of our tokens in the path or the query.
    InUrl,
    /// A scheme we don't know.
    Scheme,
    /// A value with a bad prefix, length or checksum.
    Malformed,
}

/// Limits that are used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// The address's, for anonymous requests and failures.
    pub address_exceeded: bool,
    /// The principal's.
    pub principal_exceeded: bool,
}

/// What was presented, after look-up.
#[derive(Clone, Copy, Debug)]
pub enum Credential<'a> {
    /// Nothing.
    None,
    /// Something that does not live.
    Failed(Failure),
    /// A live one.
    Live(&'a Bearer),
}

/// Why a credential does not live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No stored digest matches.
    Unknown,
    /// Its time is over.
    Expired {
        /// Since when.
        at: Time,
    },
    /// Ended for ever.
    Revoked,
    /// Replaced by a rotation.
    Retired,
}

/// A live credential and whom it stands for.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// Its kind.
    pub kind: CredentialKind,
    /// Whom it stands for.
    pub principal: Principal,
    /// The principal's account is suspended.
    pub account_suspended: bool,
    /// The person has a second factor. Of what is no person it says nothing.
    pub two_factor: bool,
    /// For tokens: the token.
    pub token: Option<TokenFacts>,
    /// For what an OAuth application was given: that application.
    pub application: Option<ApplicationId>,
    /// For sign-ins: when it was last confirmed.
    pub sudo: Option<SudoState>,
    /// For child tokens: what it was made from, nearest first, each as it is now. Theirs are empty.
    pub parents: Vec<Bearer>,
}

impl Bearer {
    /// It and all that it was made from: whatever narrows one of them narrows it.
    pub fn line(&self) -> impl Iterator<Item = &Self> + Clone {
        std::iter::once(self).chain(&self.parents)
    }
}

/// Whom a credential stands for: the ceiling of what it can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A person.
    User {
        /// Which.
        id: UserId,
        /// Administers the site.
        administrator: bool,
    },
    /// A service account: its roles, nothing internal as such.
    Service {
        /// Which.
        id: AccountId,
    },
    /// A job: its one repository, as far as whoever opened it may work there.
    Job {
        /// Which.
        repository: RepositoryId,
        /// Who opened it, a person or a service account: the target tells their roles.
        opener: UserId,
    },
}

/// A token, as far as the decision goes.
#[derive(Clone, Debug)]
pub struct TokenFacts {
    /// Which token.
    pub id: TokenId,
    /// Suspended.
    pub suspended: bool,
    /// The owner's say.
    pub standing: Standing,
    /// What is in force: approved and wanted together. Nothing to the kinds that scopes narrow.
    pub grant: Grant,
    /// The classic scopes that it holds: what narrows the kinds that have such, and nothing to the others.
    pub scopes: Scopes,
    /// Of the presented secret.
    pub lifetime: Lifetime,
}

/// When a secret was made and when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Made.
    pub created: Time,
    /// Ends.
    pub expiry: Expiry,
}

/// What an operation is about, as far as it exists.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// The server.
    Site,
    /// The caller's own account, with the policy of people's own name spaces.
    Own(&'a OrganizationPolicy),
    /// An organization.
    Organization(OrganizationTarget<'a>),
    /// A repository.
    Repository(RepositoryTarget<'a>),
    /// A package, there or to be made.
    Package(PackageTarget<'a>),
    /// Named, and not there.
    Missing,
}

/// The account that owns the thing.
#[derive(Clone, Copy, Debug)]
pub struct OwnerFacts<'a> {
    /// Which account.
    pub id: AccountId,
    /// An organization, or a person's own name space.
    pub organization: bool,
    /// The policy that holds there, the site's word applied.
    pub policy: &'a OrganizationPolicy,
    /// The principal's place in it.
    pub membership: Option<OrganizationRole>,
    /// The principal has a role on some repository of it without being a member.
    pub outside_collaborator: bool,
    /// An owner of it made the principal a reviewer of tokens. Counts for members only.
    pub reviewer: bool,
    /// The OAuth applications that it lets reach its things.
    pub applications: &'a BTreeSet<ApplicationId>,
}

/// An organization as a target. That it exists is public.
#[derive(Clone, Copy, Debug)]
pub struct OrganizationTarget<'a> {
    /// The organization.
    pub owner: OwnerFacts<'a>,
}

/// A repository as a target.
#[derive(Clone, Copy, Debug)]
pub struct RepositoryTarget<'a> {
    /// Which.
    pub id: RepositoryId,
    /// Whose.
    pub owner: OwnerFacts<'a>,
    /// Who may see it without a role.
    pub visibility: Visibility,
    /// What gives the principal a role on it.
    pub sources: RoleSources,
}

/// A package as a target.
#[derive(Clone, Copy, Debug)]
pub struct PackageTarget<'a> {
    /// Which; none that is to be made.
    pub id: Option<PackageId>,
    /// Its name without the scope.
    pub name: &'a str,
    /// The repository that it belongs to.
    pub link: PackageLink,
    /// Whose.
    pub owner: OwnerFacts<'a>,
    /// Who may see it without a role: as of its repository, where it belongs to one.
    pub visibility: Visibility,
    /// What gives the principal a role on it: on its repository, where it belongs to one.
    pub sources: RoleSources,
}

/// Which repository a package belongs to, by which a token reaches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackageLink {
    /// None: a token for chosen repositories does not reach it.
    Nothing,
    /// This one.
    Repository(RepositoryId),
    /// It is to be made, and what says so was not read yet: any that the token has chosen may be meant.
    ///
    /// SECURITY: lets in no further than to say it. What is made is decided once more.
    Unsaid,
}
