//! Lists: the decision about every repository at once, as a closed predicate that storage compiles.
//! The proof keeps it equal to the decision about each one.

use std::collections::BTreeSet;
use std::net::IpAddr;

use jeton_domain::{
    AccountId, Operation, OrganizationPolicy, Reach, RepositoryId, Selection, Visibility,
};

use crate::facts::{Bearer, OwnerFacts, Principal};
use crate::steps;

/// What a list is decided from, besides the credential.
#[derive(Clone, Copy, Debug)]
pub struct ListFacts<'a> {
    /// The operation on each item.
    pub item: &'a Operation,
    /// From where.
    pub address: Option<IpAddr>,
    /// Requests without a credential see public things on this site.
    pub anonymous_allowed: bool,
    /// Accounts all of whose repositories the principal reads: itself, organizations it owns,
    /// and those it is a member of where members read everything.
    pub whole: &'a BTreeSet<AccountId>,
    /// Repositories on which the principal has a role otherwise.
    pub held: &'a BTreeSet<RepositoryId>,
    /// Organizations where the principal is an outside collaborator.
    pub outside_of: &'a BTreeSet<AccountId>,
    /// Owners that limit addresses or ask for a second factor, with their policies.
    pub limiting: &'a [(AccountId, &'a OrganizationPolicy)],
    /// For a token: its owner.
    pub token_owner: Option<OwnerFacts<'a>>,
}

/// Repositories that meet all of its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Any of these visibilities.
    pub visibilities: Vec<Visibility>,
    /// One of these owners.
    pub owners: Reach<AccountId>,
    /// None of these owners.
    pub except_owners: BTreeSet<AccountId>,
    /// One of these repositories.
    pub repositories: Reach<RepositoryId>,
}

impl Clause {
    /// Whether the repository meets all of it.
    pub fn admits(&self, id: RepositoryId, owner: AccountId, visibility: Visibility) -> bool {
        self.visibilities.contains(&visibility)
            && self.owners.covers(owner)
            && !self.except_owners.contains(&owner)
            && self.repositories.covers(id)
    }

    fn is_nothing(&self) -> bool {
        self.visibilities.is_empty() || self.owners.is_nothing() || self.repositories.is_nothing()
    }
}

/// Repositories that meet any of the clauses; without clauses, none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryPredicate {
    /// The clauses.
    pub clauses: Vec<Clause>,
}

impl RepositoryPredicate {
    /// Whether the repository is in the list.
    pub fn admits(&self, id: RepositoryId, owner: AccountId, visibility: Visibility) -> bool {
        self.clauses
            .iter()
            .any(|clause| clause.admits(id, owner, visibility))
    }
}

/// The repositories that `facts.item` would be allowed on. `bearer` is the live credential that
/// already passed the steps about itself (1 to 7), or none.
pub fn repositories(bearer: Option<&Bearer>, facts: &ListFacts<'_>) -> RepositoryPredicate {
    let mut clauses = Vec::new();
    if facts.item.reads_public && (facts.anonymous_allowed || bearer.is_some()) {
        clauses.push(Clause {
            visibilities: vec![Visibility::Public],
            owners: Reach::Unrestricted,
            except_owners: BTreeSet::new(),
            repositories: Reach::Unrestricted,
        });
    }
    if let Some(bearer) = bearer
        && let Some(narrowing) = token_reach(bearer, facts)
    {
        clauses.extend(
            principal_clauses(bearer, facts)
                .into_iter()
                .map(|clause| Clause {
                    owners: clause.owners.and(&narrowing.owners),
                    repositories: clause.repositories.and(&narrowing.repositories),
                    ..clause
                }),
        );
    }
    clauses.retain(|clause| !clause.is_nothing());
    RepositoryPredicate { clauses }
}

/// Which of its owner's repositories a live credential lets `item` through to, as far as that hangs on
/// the credential alone: those that are gone by now are among them, which no list has.
pub fn granted(bearer: &Bearer, item: &Operation) -> Reach<RepositoryId> {
    if bearer.kind.is_sign_in() {
        return Reach::Unrestricted;
    }
    match &bearer.token {
        Some(token) if token.standing.grants() && steps::token_permissions(token, item).is_ok() => {
            match &token.grant.selection {
                Selection::Public => Reach::Only(BTreeSet::new()),
                Selection::All => Reach::Unrestricted,
                Selection::Only(set) => Reach::Only(set.clone()),
            }
        }
        Some(_) | None => Reach::Only(BTreeSet::new()),
    }
}

struct TokenReach {
    owners: Reach<AccountId>,
    repositories: Reach<RepositoryId>,
}

/// What the token lets through, or nothing where standing, policy or permissions refuse all.
fn token_reach(bearer: &Bearer, facts: &ListFacts<'_>) -> Option<TokenReach> {
    if bearer.kind.is_sign_in() {
        return Some(TokenReach {
            owners: Reach::Unrestricted,
            repositories: Reach::Unrestricted,
        });
    }
    let (Some(token), Some(owner)) = (&bearer.token, facts.token_owner) else {
        return None;
    };
    let repositories = granted(bearer, facts.item);
    if repositories.is_nothing() {
        return None;
    }
    steps::owner_policy(
        bearer,
        owner.policy,
        steps::is_guest(bearer, owner),
        facts.address,
    )
    .ok()?;
    if token.grant.owner != owner.id {
        return None;
    }
    Some(TokenReach {
        owners: Reach::Only(BTreeSet::from([owner.id])),
        repositories,
    })
}

fn principal_clauses(bearer: &Bearer, facts: &ListFacts<'_>) -> Vec<Clause> {
    let refused: BTreeSet<AccountId> = facts
        .limiting
        .iter()
        .filter(|(_, policy)| {
            !policy.addresses.allow(facts.address) || steps::factor_missing(bearer, policy)
        })
        .map(|(owner, _)| *owner)
        .collect();
    let clause =
        |visibilities: &[Visibility], owners, repositories, except: BTreeSet<AccountId>| Clause {
            visibilities: visibilities.to_vec(),
            owners,
            except_owners: except,
            repositories,
        };
    let every = &Visibility::ALL;
    let mut clauses = match bearer.principal {
        Principal::Job { repository } => {
            vec![clause(
                every,
                Reach::Unrestricted,
                Reach::Only(BTreeSet::from([repository])),
                refused.clone(),
            )]
        }
        Principal::User { .. } | Principal::Service { .. } => vec![
            clause(
                every,
                Reach::Only(facts.whole.clone()),
                Reach::Unrestricted,
                refused.clone(),
            ),
            clause(
                every,
                Reach::Unrestricted,
                Reach::Only(facts.held.clone()),
                refused.clone(),
            ),
        ],
    };
    if matches!(bearer.principal, Principal::User { .. }) {
        let except = refused.union(facts.outside_of).copied().collect();
        clauses.push(clause(
            &[Visibility::Internal],
            Reach::Unrestricted,
            Reach::Unrestricted,
            except,
        ));
    }
    // Everybody's role on a public thing is the anonymous clause's; a token's reach of it, though,
    // is part of its owner's things.
    let except = refused;
    clauses.push(clause(
        &[Visibility::Public],
        Reach::Unrestricted,
        Reach::Unrestricted,
        except,
    ));
    clauses
}
