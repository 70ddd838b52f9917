//! What a token asks for, what was approved, and what both together put in force.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::conditions::Conditions;
use crate::ids::{AccountId, RepositoryId};
use crate::lifetime::Maximum;
use crate::package_selection::PackageSelection;
use crate::permission::PermissionKey;
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
    /// Which packages.
    pub packages: PackageSelection,
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
    /// Other packages.
    Packages,
    /// A condition less, or a looser one.
    Conditions,
    /// A longer life.
    Length,
}

impl Grant {
    /// Nothing that not everybody may, of an owner.
    pub const fn nothing_of(owner: AccountId) -> Self {
        Self {
            owner,
            selection: Selection::Public,
            packages: PackageSelection::ByRepository,
            permissions: Permissions::none(),
            conditions: Vec::new(),
        }
    }

    /// In force: per key the lower of approved and wanted, repositories in both, conditions of both.
    #[must_use]
    pub fn in_force(wanted: &Self, approved: &Self) -> Self {
        if wanted.owner != approved.owner {
            // An approval of one owner says nothing about another's things.
            return Self {
                conditions: wanted.conditions.clone(),
                ..Self::nothing_of(wanted.owner)
            };
        }
        let mut bound = wanted.clone();
        bound.bind(&approved.conditions);
        Self {
            owner: wanted.owner,
            selection: wanted.selection.and(&approved.selection),
            packages: wanted.packages.and(
                &wanted.selection,
                &approved.packages,
                &approved.selection,
            ),
            permissions: wanted.permissions.and(&approved.permissions),
            conditions: bound.conditions,
        }
    }

    /// Has these sets of conditions hold, too.
    pub fn bind(&mut self, sets: &[Conditions]) {
        for set in sets {
            // What another set stops anyway need not be asked twice.
            if !self.holds(set) {
                self.conditions.push(set.clone());
            }
        }
    }

    /// Whether one of its sets of conditions stops all that this one stops.
    fn holds(&self, condition: &Conditions) -> bool {
        let mut sets = self.conditions.iter();
        condition.is_none() || sets.any(|set| set.is_no_looser_than(condition))
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
        // Whoever may do nothing with packages asks for none.
        let (held, wanted) = (&approved.grant, &self.grant);
        if wanted
            .permissions
            .level(PermissionKey::packages())
            .is_some()
            && !held.packages.includes(&held.selection, &wanted.packages)
        {
            ways.insert(Widening::Packages);
        }
        // Set by set: one that was approved, and that no set asked for now stops as much as, is looser until a reviewer
        // says otherwise; one more only narrows.
        let mut approved_sets = approved.grant.conditions.iter();
        if approved_sets.any(|set| !self.grant.holds(set)) {
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
                packages: PackageSelection::ByRepository,
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

    fn of_packages(selection: Selection, names: Option<&[&str]>) -> Asked {
        let mut asked = asked(1, selection, &[("packages", "write")], 30);
        let names = names.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        asked.grant.packages = names.into();
        asked
    }

    #[test]
    fn packages_in_force_are_those_that_both_name() {
        let names = |a: &Asked, b: &Asked| {
            let both = Grant::in_force(&a.grant, &b.grant);
            assert_eq!(both.packages, Grant::in_force(&b.grant, &a.grant).packages);
            both.packages
                .names()
                .map(|names| names.iter().cloned().collect::<Vec<_>>())
        };
        let two = of_packages(Selection::Public, Some(&["a", "b"]));
        let other = of_packages(Selection::Public, Some(&["b", "c"]));
        let all = of_packages(Selection::All, None);
        let some = of_packages(only(&[1]), None);
        assert_eq!(names(&two, &other), Some(vec!["b".to_owned()]));
        assert_eq!(
            names(&all, &two),
            Some(vec!["a".to_owned(), "b".to_owned()])
        );
        assert_eq!(names(&some, &two), Some(vec![]));
        assert_eq!(names(&some, &all), None);
    }

    #[test]
    fn other_packages_are_asked_for() {
        let more = |wanted: &Asked, approved: &Asked| {
            wanted.widens(approved).contains(&Widening::Packages)
        };
        let one = of_packages(Selection::Public, Some(&["a"]));
        let two = of_packages(Selection::Public, Some(&["a", "b"]));
        let all = of_packages(Selection::All, None);
        let some = of_packages(only(&[1]), None);
        assert!(!more(&one, &two) && more(&two, &one));
        // Whoever has all of them has those; whoever goes by some repositories may not.
        assert!(!more(&two, &all) && more(&two, &some));
        assert!(more(&some, &two) && more(&all, &two) && !more(&some, &all));
        let mut without = all.clone();
        without.grant.permissions = Permissions::parse([("contents", "read")]).unwrap();
        assert!(!more(&without, &two));
    }

    #[test]
    fn a_tighter_condition_takes_the_place_of_another_and_a_looser_one_waits() {
        let from = |network: &str| Conditions {
            addresses: Allowed::Only(vec![network.parse().unwrap()]),
            ..Conditions::default()
        };
        let bound = |sets: &[Conditions]| {
            let mut asked = asked(1, only(&[1]), &[], 30);
            asked.grant.conditions = sets.to_vec();
            asked
        };
        let (wide, narrow) = (bound(&[from("10.0.0.0/8")]), bound(&[from("10.1.0.0/16")]));
        assert!(narrow.widens(&wide).is_empty());
        assert!(wide.widens(&narrow).contains(&Widening::Conditions));
        let now = Grant::in_force(&narrow.grant, &wide.grant);
        assert_eq!(now, narrow.grant);
        // What waits is bound by what was approved.
        let waiting = Grant::in_force(&wide.grant, &narrow.grant);
        assert_eq!(waiting.conditions.len(), 2);
        // One of several that is left out is looser, whatever the others are.
        let both = bound(&[from("10.0.0.0/8"), from("192.0.2.0/24")]);
        assert!(!narrow.widens(&both).is_empty());
        assert!(both.widens(&wide).is_empty());
        // A set that asks for nothing is no loss.
        assert!(
            bound(&[])
                .widens(&bound(&[Conditions::default()]))
                .is_empty()
        );
    }
}
