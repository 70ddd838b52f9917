//! Proof that the decision was asked and said yes.

use jeton_domain::{Access, AccountId, Operation, RepositoryId, Time, TokenId};

use crate::facts::{Principal, Target};

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
        let (account, repository) = match target {
            Target::Repository(repository) => (Some(repository.owner.id), Some(repository.id)),
            Target::Organization(organization) => (Some(organization.owner.id), None),
            Target::Site | Target::Own(_) | Target::Missing => (None, None),
        };
        Self {
            operation: operation.name,
            access: operation.access,
            principal,
            token,
            view,
            account,
            repository,
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

    /// The organization, or the repository's owner, that it is about.
    pub const fn account(&self) -> Option<AccountId> {
        self.account
    }

    /// The repository that it is about.
    pub const fn repository(&self) -> Option<RepositoryId> {
        self.repository
    }

    /// When it was decided.
    pub const fn decided_at(&self) -> Time {
        self.decided_at
    }
}
