//! Lists: the shipped predicate against the decision about each repository, both deciders' own.

use std::collections::BTreeSet;

use jeton_decide::{Bearer as Shipped, ListFacts, RepositoryPredicate, refused_by_owner};
use jeton_domain::{AccountId, RepositoryId, SitePolicy, Visibility};
use jeton_model::{Base, Membership, Repository, Target, Verdict, World};

use crate::compare::{Answers, compare, shipped};
use crate::facts::{self, Told, Unsayable};
pub use crate::list_worlds::{ListWorld, Lists};
use crate::operations::operation;
use crate::words;

/// Accounts and repositories, as whoever loads them for a list would say it.
#[derive(Debug)]
pub struct ToldList {
    told: Told,
    anonymous_allowed: bool,
    item: &'static jeton_domain::Operation,
    whole: BTreeSet<AccountId>,
    held: BTreeSet<RepositoryId>,
    outside_of: BTreeSet<AccountId>,
    refusing: BTreeSet<AccountId>,
}

impl ToldList {
    /// Tells a list's world.
    pub fn new(list: &ListWorld) -> Result<Self, Unsayable> {
        let told = Told::new(&list.world)?;
        let site = facts::site_policy(&list.world.site);
        let mut this = Self {
            anonymous_allowed: list.world.anonymous_allowed,
            item: operation(list.world.operation.name).ok_or(Unsayable("operation"))?,
            whole: BTreeSet::new(),
            held: BTreeSet::new(),
            outside_of: BTreeSet::new(),
            refusing: BTreeSet::new(),
            told,
        };
        for repository in &list.repositories {
            this.hear(repository, &site, list.world.address)?;
        }
        Ok(this)
    }

    fn hear(
        &mut self,
        repository: &Repository,
        site: &SitePolicy,
        address: Option<std::net::IpAddr>,
    ) -> Result<(), Unsayable> {
        let bearer = self.told.bearer();
        let owner = facts::account(repository.owner)?;
        let policy = facts::policy_of(site, repository);
        let approved = facts::applications(&repository.policy)?;
        let target = facts::repository_target(self.told.behind(), repository, &policy, &approved)?;
        if bearer.is_some_and(|bearer| refused_by_owner(bearer, target.owner, address).is_some()) {
            self.refusing.insert(owner);
        }
        let member_of_all = repository.membership.is_some() && repository.base != Base::None;
        if target.sources.owns || repository.membership == Some(Membership::Owner) || member_of_all
        {
            self.whole.insert(owner);
        }
        let by_team = repository.membership.is_some() && !repository.teams.is_empty();
        if repository.direct.is_some() || by_team {
            self.held.insert(target.id);
        }
        if target.owner.outside_collaborator {
            self.outside_of.insert(owner);
        }
        Ok(())
    }

    /// The predicate that the shipped crate makes of it, or that `repositories` makes of it.
    pub fn with<T>(&self, repositories: impl FnOnce(Option<&Shipped>, &ListFacts<'_>) -> T) -> T {
        let list = ListFacts {
            item: self.item,
            anonymous_allowed: self.anonymous_allowed,
            whole: &self.whole,
            held: &self.held,
            outside_of: &self.outside_of,
            refusing: &self.refusing,
        };
        repositories(self.told.bearer(), &list)
    }
}

/// The naive decider's list.
pub fn naive(list: &ListWorld) -> Vec<i64> {
    jeton_model::list(&list.world, &list.repositories)
        .into_iter()
        .map(|(id, _)| id)
        .collect()
}

fn one(list: &ListWorld, repository: &Repository) -> World {
    World {
        target: Target::Repository(Box::new(repository.clone())),
        ..list.world.clone()
    }
}

/// The shipped decision, one by one.
fn one_by_one(list: &ListWorld) -> Result<Vec<i64>, Unsayable> {
    let mut seen = Vec::new();
    for repository in &list.repositories {
        if matches!(shipped(&one(list, repository))?, Verdict::Allow { .. }) {
            seen.push(repository.id);
        }
    }
    Ok(seen)
}

/// Whether the two deciders differ on one of them where a reading is still open.
fn is_open(list: &ListWorld) -> bool {
    list.repositories
        .iter()
        .any(|repository| matches!(compare(&one(list, repository)), Answers::Open(_)))
}

/// What a predicate is asked about: each repository with its owner and visibility.
pub fn items(list: &ListWorld) -> Result<Vec<(RepositoryId, AccountId, Visibility)>, Unsayable> {
    let item = |one: &Repository| {
        let (id, owner) = (facts::repository_id(one.id)?, facts::account(one.owner)?);
        Ok((id, owner, words::visibility(one.visibility)))
    };
    list.repositories.iter().map(item).collect()
}

fn admitted(predicate: &RepositoryPredicate, list: &ListWorld) -> Result<Vec<i64>, Unsayable> {
    let admits = |(id, owner, visibility): &(RepositoryId, AccountId, Visibility)| {
        predicate.admits(*id, *owner, *visibility)
    };
    Ok(items(list)?
        .iter()
        .filter(|item| admits(item))
        .map(|(id, ..)| id.get())
        .collect())
}

/// What came of many lists.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many there were.
    pub lists: u64,
    /// Repositories let in, in all.
    pub admitted: u64,
    /// And kept out.
    pub refused: u64,
    /// Lists where predicate and decisions differ.
    pub differ: u64,
    /// The first few of those.
    pub examples: Vec<String>,
}

impl Tally {
    /// Compares so many lists of a seed.
    pub fn of(lists: u64, seed: u64) -> Self {
        let mut tally = Self::default();
        let mut source = Lists::new(seed);
        while tally.lists < lists
            && let Some(list) = source.next()
        {
            tally.lists += 1;
            match difference(&list) {
                Ok(admitted) => {
                    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
                    tally.admitted += count(admitted);
                    tally.refused += count(list.repositories.len() - admitted);
                }
                Err(text) => {
                    tally.differ += 1;
                    if tally.examples.len() < 3 {
                        tally
                            .examples
                            .push(format!("list {} of seed {seed}: {text}", tally.lists));
                    }
                }
            }
        }
        tally
    }
}

/// How many are let in where predicate, decision one by one and naive decider agree, else a text for people. Where a reading is open, the
/// predicate must at least equal its own decision.
pub fn difference(list: &ListWorld) -> Result<usize, String> {
    let unsayable =
        |Unsayable(what): Unsayable| format!("the shipped types can't say: {what}\nof {list:#?}");
    let told = ToldList::new(list).map_err(unsayable)?;
    let predicate = told.with(jeton_decide::repositories);
    let by_predicate = admitted(&predicate, list).map_err(unsayable)?;
    let by_decision = one_by_one(list).map_err(unsayable)?;
    let naive = naive(list);
    if by_predicate == by_decision && (by_predicate == naive || is_open(list)) {
        Ok(by_predicate.len())
    } else {
        Err(format!(
            "the predicate lets in {by_predicate:?}, the decision one by one {by_decision:?}, the naive one {naive:?}\n\
             {predicate:#?}\nof {list:#?}"
        ))
    }
}
