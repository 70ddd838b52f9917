//! Proof that the decision was asked and said yes.

use jeton_domain::{Access, AccountId, Operation, PackageId, RepositoryId, Time, TokenId};

use crate::facts::{Principal, Target};
use crate::thing::owner;

/// With whose eyes the permitted request looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The principal's, narrowed by the token.
    Principal,
    /// Exactly what a request without any credential would see.
    Anonymous,
}

/// Leave to do one operation on one thing. Only `decide` makes one.
#[derive(Clone, Debug)]
pub struct Permit {
    operation: &'static str,
    access: Access,
    principal: Option<Principal>,
    token: Option<TokenId>,
    view: View,
    account: Option<AccountId>,
    repository: Option<RepositoryId>,
    package: Option<PackageId>,
    decided_at: Time,
}

impl Permit {
    pub(crate) fn new(
        operation: &Operation,
        principal: Option<Principal>,
        token: Option<TokenId>,
        view: View,
        target: &Target<'_>,
        now: Time,
    ) -> Self {
        let repository = match target {
            Target::Repository(repository) => Some(repository.id),
            _ => None,
        };
        let package = match target {
            Target::Package(package) => package.id,
            _ => None,
        };
        Self {
            operation: operation.name,
            access: operation.access,
            principal,
            token,
            view,
            account: owner(target).map(|owner| owner.id),
            repository,
            package,
            decided_at: now,
        }
    }

    /// What is permitted.
    pub const fn operation(&self) -> &'static str {
        self.operation
    }

    /// Whether it may change something.
    pub const fn access(&self) -> Access {
        self.access
    }

    /// Who asked; nobody, for a request without a credential.
    pub const fn principal(&self) -> Option<Principal> {
        self.principal
    }

    /// The token that was used.
    pub const fn token(&self) -> Option<TokenId> {
        self.token
    }

    /// With whose eyes.
    pub const fn view(&self) -> View {
        self.view
    }

    /// The organization, or the owner of the repository or package, that it is about.
    pub const fn account(&self) -> Option<AccountId> {
        self.account
    }

    /// The repository that it is about.
    pub const fn repository(&self) -> Option<RepositoryId> {
        self.repository
    }

    /// The package that it is about.
    pub const fn package(&self) -> Option<PackageId> {
        self.package
    }

    /// When it was decided.
    pub const fn decided_at(&self) -> Time {
        self.decided_at
    }
}
