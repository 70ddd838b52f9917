//! Lists: the decision about every repository at once, as a closed predicate that storage compiles.
//! The proof keeps it equal to the decision about each one.

use std::collections::BTreeSet;

use jeton_domain::{AccountId, Operation, Reach, RepositoryId, Selection, Visibility};

use crate::facts::{Bearer, Principal};
use crate::steps;

/// What a list is decided from, besides the credential.
#[derive(Clone, Copy, Debug)]
pub struct ListFacts<'a> {
    /// The operation on each item.
    pub item: &'a Operation,
    /// Requests without a credential see public things on this site.
    pub anonymous_allowed: bool,
    /// Accounts all of whose repositories the principal reads: itself, organizations it owns,
    /// and those it is a member of where members read everything.
    pub whole: &'a BTreeSet<AccountId>,
    /// Repositories on which the principal has a role otherwise.
    pub held: &'a BTreeSet<RepositoryId>,
    /// Organizations where the principal is an outside collaborator.
    pub outside_of: &'a BTreeSet<AccountId>,
    /// Owners whose policy refuses the credential from this address ([`crate::refused_by_owner`]): of a grant,
    /// whether its one owner does; of any other credential, all that do.
    pub refusing: &'a BTreeSet<AccountId>,
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

    fn and(&self, other: &Self) -> Self {
        let both = self.visibilities.iter().copied();
        Self {
            visibilities: both.filter(|v| other.visibilities.contains(v)).collect(),
            owners: self.owners.and(&other.owners),
            except_owners: self
                .except_owners
                .union(&other.except_owners)
                .copied()
                .collect(),
            repositories: self.repositories.and(&other.repositories),
        }
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
    /// What both have.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let pairs = self.clauses.iter();
        let mut clauses: Vec<Clause> = pairs
            .flat_map(|one| other.clauses.iter().map(|two| one.and(two)))
            .collect();
        clauses.retain(|clause| !clause.is_nothing());
        Self { clauses }
    }

    /// Whether the repository is in the list.
    pub fn admits(&self, id: RepositoryId, owner: AccountId, visibility: Visibility) -> bool {
        self.clauses
            .iter()
            .any(|clause| clause.admits(id, owner, visibility))
    }
}

/// The repositories that `facts.item` would be allowed on. `bearer` is the live credential that
/// already passed the steps about itself (1 to 6), or none.
pub fn repositories(bearer: Option<&Bearer>, facts: &ListFacts<'_>) -> RepositoryPredicate {
    let mut clauses = Vec::new();
    // 7, which nothing lifts.
    if bearer.is_some_and(|bearer| steps::kind(bearer, facts.item).is_err()) {
        return RepositoryPredicate { clauses };
    }
    if facts.item.reads_public && (facts.anonymous_allowed || bearer.is_some()) {
        clauses.push(Clause {
            visibilities: vec![Visibility::Public],
            owners: Reach::Unrestricted,
            except_owners: BTreeSet::new(),
            repositories: Reach::Unrestricted,
        });
    }
    if let Some(bearer) = bearer
        && let Some(narrowing) = narrowing(bearer, facts.item)
    {
        clauses.extend(principal_clauses(bearer, facts).into_iter().map(|clause| {
            Clause {
                visibilities: clause
                    .visibilities
                    .into_iter()
                    .filter(|visibility| narrowing.visibilities.contains(visibility))
                    .collect(),
                owners: clause.owners.and(&narrowing.owners),
                repositories: clause.repositories.and(&narrowing.repositories),
                ..clause
            }
        }));
    }
    clauses.retain(|clause| !clause.is_nothing());
    RepositoryPredicate { clauses }
}

/// Which of its owner's repositories a live credential lets `item` through to, as far as that hangs on
/// the credential alone: those that are gone by now are among them, which no list has. With scopes, which have no
/// owner: those that are not public.
pub fn granted(bearer: &Bearer, item: &Operation) -> Reach<RepositoryId> {
    if steps::rooted(bearer).is_err() {
        return Reach::Only(BTreeSet::new());
    }
    bearer.line().fold(Reach::Unrestricted, |reach, one| {
        reach.and(&granted_alone(one, item))
    })
}

/// [`granted`] of one in a line.
fn granted_alone(bearer: &Bearer, item: &Operation) -> Reach<RepositoryId> {
    if bearer.kind.is_sign_in() {
        return Reach::Unrestricted;
    }
    if bearer.kind.has_scopes() {
        return if scopes_let(bearer, item, Visibility::Private) {
            Reach::Unrestricted
        } else {
            Reach::Only(BTreeSet::new())
        };
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

/// 9 and 11 for scopes, which look at nothing of a repository but who may see it.
fn scopes_let(bearer: &Bearer, item: &Operation, visibility: Visibility) -> bool {
    steps::covers(bearer, item, visibility)
        && steps::scope(bearer, item, visibility == Visibility::Public).is_ok()
}

/// What a credential lets through of what its principal may.
struct Narrowing {
    visibilities: Vec<Visibility>,
    owners: Reach<AccountId>,
    repositories: Reach<RepositoryId>,
}

/// The narrowing, or nothing where the token, or one that it was made from, lets nothing through.
fn narrowing(bearer: &Bearer, item: &Operation) -> Option<Narrowing> {
    steps::rooted(bearer).ok()?;
    let mut all = narrowing_alone(bearer, item)?;
    for parent in &bearer.parents {
        let one = narrowing_alone(parent, item)?;
        all.visibilities.retain(|v| one.visibilities.contains(v));
        all.owners = all.owners.and(&one.owners);
        all.repositories = all.repositories.and(&one.repositories);
    }
    Some(all)
}

fn narrowing_alone(bearer: &Bearer, item: &Operation) -> Option<Narrowing> {
    let everything = Narrowing {
        visibilities: Visibility::ALL.to_vec(),
        owners: Reach::Unrestricted,
        repositories: Reach::Unrestricted,
    };
    if bearer.kind.is_sign_in() {
        return Some(everything);
    }
    if bearer.kind.has_scopes() {
        return Some(Narrowing {
            visibilities: Visibility::ALL
                .into_iter()
                .filter(|visibility| scopes_let(bearer, item, *visibility))
                .collect(),
            ..everything
        });
    }
    let token = bearer.token.as_ref()?;
    Some(Narrowing {
        owners: Reach::Only(BTreeSet::from([token.grant.owner])),
        repositories: granted_alone(bearer, item),
        ..everything
    })
}

fn principal_clauses(bearer: &Bearer, facts: &ListFacts<'_>) -> Vec<Clause> {
    let refused = facts.refusing.clone();
    let clause =
        |visibilities: &[Visibility], owners, repositories, except: BTreeSet<AccountId>| Clause {
            visibilities: visibilities.to_vec(),
            owners,
            except_owners: except,
            repositories,
        };
    let every = &Visibility::ALL;
    let within = match bearer.principal {
        Principal::Job { repository, .. } => Reach::Only(BTreeSet::from([repository])),
        Principal::User { .. } | Principal::Service { .. } => Reach::Unrestricted,
    };
    let mut clauses = vec![
        clause(
            every,
            Reach::Only(facts.whole.clone()),
            within.clone(),
            refused.clone(),
        ),
        clause(
            every,
            Reach::Unrestricted,
            Reach::Only(facts.held.clone()).and(&within),
            refused.clone(),
        ),
    ];
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
