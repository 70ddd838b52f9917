//! What a route says of itself: the same entry is enforced, shown and documented (law 2).

use crate::event::Event;
use crate::kind::Kinds;
use crate::level::Level;
use crate::permission::PermissionKey;
use crate::role::{OrganizationRole, Role};
use crate::scope::ClassicScope;

/// Whether an operation only looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Looks.
    Read,
    /// Changes something.
    Write,
}

/// What an operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetKind {
    /// The server as a whole.
    Site,
    /// The caller's own account and what hangs on it.
    Own,
    /// An organization named in the path.
    Organization,
    /// A repository named in the path.
    Repository,
    /// A package named in the path, or to be made there.
    Package,
}

/// What the principal must at least be. A token never adds to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Least {
    /// Anybody at all, also without a credential.
    Anyone,
    /// Any live credential.
    Person,
    /// A role on the repository, or on the package.
    Repository(Role),
    /// A place in the organization.
    Organization(OrganizationRole),
    /// An owner of the organization, or a member whom one made a reviewer of tokens.
    Reviewer,
    /// An administrator of the site.
    Administrator,
}

/// One permission at one level, as an operation asks for it. Constant, so that route tables can be
/// constants; a test reads every key against the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The permission's key.
    pub key: &'static str,
    /// The least level.
    pub level: Level,
}

impl Requirement {
    /// `key` at `level`.
    pub const fn new(key: &'static str, level: Level) -> Self {
        Self { key, level }
    }

    /// The catalogue's entry; nothing grants a key that is not in it.
    pub fn permission(&self) -> Option<PermissionKey> {
        PermissionKey::parse(self.key)
    }
}

/// An operation of a door.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that have nothing to do with each other"
)]
pub struct Operation {
    /// Stable and unique over all doors: `repository.get`, `git.fetch`.
    pub name: &'static str,
    /// One sentence for people: what it does.
    pub sentence: &'static str,
    /// What it is about.
    pub target: TargetKind,
    /// Whether it only looks.
    pub access: Access,
    /// Reads what anybody may read, without a credential too.
    pub reads_public: bool,
    /// Alternative sets of permissions for fine-grained credentials: all of one set must hold. One
    /// empty set means that none is needed; no set at all means that no permission opens it.
    pub sets: &'static [&'static [Requirement]],
    /// Alternative classic scopes, for credentials that have such: any one will do, and where there is none,
    /// none is needed. `public_repo` counts for public repositories alone.
    pub scopes: &'static [ClassicScope],
    /// What the principal must be.
    pub least: Least,
    /// Who may call it.
    pub kinds: Kinds,
    /// A sign-in must have been confirmed lately, because the operation adds power.
    pub confirm: bool,
    /// It only looks at the credential that asks: no use of it, so it ends no overlap of a rotation.
    pub about_itself: bool,
    /// It only ends the caller's own place with the owner: none of the owner's rules holds back who wants to go.
    pub departs: bool,
    /// What it may leave in the audit log; nothing else can be recorded under it.
    pub events: &'static [Event],
}

impl Operation {
    /// Whether a fine-grained credential needs a permission for it.
    pub fn needs_permission(&self) -> bool {
        !self.sets.iter().any(|set| set.is_empty())
    }

    /// Whether some set of permissions opens it to a fine-grained credential, and nothing less does.
    pub fn takes_permission(&self) -> bool {
        !self.sets.is_empty() && self.needs_permission()
    }
}
