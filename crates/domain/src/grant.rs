//! What a token asks for, what was approved, and what both together put in force.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::conditions::Conditions;
use crate::ids::{AccountId, RepositoryId};
use crate::lifetime::Maximum;
use crate::permissions::Permissions;

/// Which repositories of its owner a token reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// None of its own: it reads what anybody may.
    Public,
    /// Every one, present and future.
    All,
    /// These. An emptied selection stays empty.
    Only(BTreeSet<RepositoryId>),
}

impl Selection {
    /// The most repositories a selection may name.
    pub const MOST: usize = 1000;

    /// Whether the selection has the repository in it.
    pub fn covers(&self, id: RepositoryId) -> bool {
        match self {
            Self::Public => false,
            Self::All => true,
            Self::Only(set) => set.contains(&id),
        }
    }

    /// What both select.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Public, _) | (_, Self::Public) => Self::Public,
            (Self::All, selection) | (selection, Self::All) => selection.clone(),
            (Self::Only(a), Self::Only(b)) => Self::Only(a.intersection(b).copied().collect()),
        }
    }

    /// Whether everything in `other` is selected here too.
    pub fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) | (_, Self::Public) => true,
            (Self::Only(a), Self::Only(b)) => b.is_subset(a),
            (Self::Public | Self::Only(_), Self::All) => false,
            (Self::Public, Self::Only(set)) => set.is_empty(),
        }
    }

    /// The stored word; GitHub's API says `none`, `all`, `subset`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::All => "all",
            Self::Only(_) => "selected",
        }
    }
}

/// What a token may reach of one owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Whose things.
    pub owner: AccountId,
    /// Which repositories.
    pub selection: Selection,
    /// What with them.
    pub permissions: Permissions,
    /// Under which conditions; all sets must hold.
    pub conditions: Vec<Conditions>,
}

/// A grant together with how long a secret of it may live: what a request asks for and a reviewer
/// approves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The grant.
    pub grant: Grant,
    /// The longest life of a secret that was reviewed, in days rounded up.
    pub length: Maximum,
}

/// In what way something asks for more than was approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Widening {
    /// Another owner.
    Owner,
    /// A permission, or a higher level.
    Permissions,
    /// More repositories.
    Repositories,
    /// A condition less, or a looser one.
    Conditions,
    /// A longer life.
    Length,
}

impl Grant {
    /// In force: per key the lower of approved and wanted, repositories in both, conditions of both.
    #[must_use]
    pub fn in_force(wanted: &Self, approved: &Self) -> Self {
        if wanted.owner != approved.owner {
            // An approval of one owner says nothing about another's things.
            return Self {
                owner: wanted.owner,
                selection: Selection::Public,
                permissions: Permissions::none(),
                conditions: wanted.conditions.clone(),
            };
        }
        let mut conditions = wanted.conditions.clone();
        for condition in &approved.conditions {
            if !conditions.contains(condition) {
                conditions.push(condition.clone());
            }
        }
        Self {
            owner: wanted.owner,
            selection: wanted.selection.and(&approved.selection),
            permissions: wanted.permissions.and(&approved.permissions),
            conditions,
        }
    }
}

impl Asked {
    /// In which ways `self` asks for more than `approved`. Nothing: it needs nobody.
    pub fn widens(&self, approved: &Self) -> BTreeSet<Widening> {
        let mut ways = BTreeSet::new();
        if self.grant.owner != approved.grant.owner {
            ways.insert(Widening::Owner);
        }
        if !approved.grant.permissions.include(&self.grant.permissions) {
            ways.insert(Widening::Permissions);
        }
        if !approved.grant.selection.includes(&self.grant.selection) {
            ways.insert(Widening::Repositories);
        }
        // Conditions are compared as wholes: one that was approved and is gone or changed is
        // looser until a reviewer says otherwise; one more only narrows.
        if approved
            .grant
            .conditions
            .iter()
            .any(|c| !self.grant.conditions.contains(c))
        {
            ways.insert(Widening::Conditions);
        }
        if self.length.and(approved.length) != self.length {
            ways.insert(Widening::Length);
        }
        ways
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;
    use crate::policy::Allowed;

    fn repository(n: i64) -> RepositoryId {
        RepositoryId::from_i64(n).unwrap()
    }

    fn asked(owner: i64, selection: Selection, permissions: &[(&str, &str)], days: u32) -> Asked {
        Asked {
            grant: Grant {
                owner: AccountId::from_i64(owner).unwrap(),
                selection,
                permissions: Permissions::parse(permissions.iter().copied()).unwrap(),
                conditions: vec![],
            },
            length: Maximum::Days(days),
        }
    }

    fn only(ids: &[i64]) -> Selection {
        Selection::Only(ids.iter().map(|n| repository(*n)).collect())
    }

    #[test]
    fn in_force_is_what_both_give() {
        let wanted = asked(1, only(&[1, 2]), &[("contents", "write")], 30).grant;
        let approved = asked(
            1,
            only(&[2, 3]),
            &[("contents", "read"), ("administration", "read")],
            30,
        )
        .grant;
        let both = Grant::in_force(&wanted, &approved);
        assert_eq!(both.selection, only(&[2]));
        assert_eq!(
            both.permissions,
            Permissions::parse([("contents", "read")]).unwrap()
        );
        assert_eq!(both, Grant::in_force(&approved, &wanted));
    }

    #[test]
    fn another_owners_approval_gives_nothing() {
        let wanted = asked(1, Selection::All, &[("contents", "read")], 30).grant;
        let approved = asked(2, Selection::All, &[("contents", "read")], 30).grant;
        let both = Grant::in_force(&wanted, &approved);
        assert!(both.permissions.is_empty());
        assert!(!both.selection.covers(repository(1)));
    }

    #[test]
    fn an_emptied_selection_stays_empty() {
        assert!(!only(&[]).covers(repository(1)));
        assert_eq!(Selection::All.and(&only(&[])), only(&[]));
    }

    #[test]
    fn every_way_of_asking_for_more_is_named() {
        let approved = asked(1, only(&[1, 2]), &[("contents", "read")], 30);
        let widens = |other: &Asked| other.widens(&approved).into_iter().collect::<Vec<_>>();
        assert!(widens(&approved).is_empty());
        assert!(widens(&asked(1, only(&[1]), &[], 7)).is_empty());
        assert_eq!(widens(&asked(2, only(&[1]), &[], 7)), [Widening::Owner]);
        assert_eq!(
            widens(&asked(1, only(&[1]), &[("contents", "write")], 7)),
            [Widening::Permissions]
        );
        assert_eq!(
            widens(&asked(1, Selection::All, &[], 7)),
            [Widening::Repositories]
        );
        assert_eq!(widens(&asked(1, only(&[1]), &[], 31)), [Widening::Length]);
        let mut bound = approved.clone();
        bound.grant.conditions.push(Conditions {
            addresses: Allowed::Only(vec![]),
            ..Conditions::default()
        });
        assert!(bound.widens(&approved).is_empty());
        assert_eq!(
            approved.widens(&bound).into_iter().collect::<Vec<_>>(),
            [Widening::Conditions]
        );
    }
}
