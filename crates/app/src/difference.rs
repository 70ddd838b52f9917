//! What is asked for, held against what is granted already: one comparison for REST, pages and mails.

use std::collections::{BTreeMap, BTreeSet};

use jeton_domain::{
    Asked, Conditions, Grant, Level, Maximum, PackageSelection, PermissionKey, RepositoryId,
    Selection, Widening,
};

/// A permission that changes; the same ones are told too, so that the whole can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermissionChange {
    /// Which.
    pub key: PermissionKey,
    /// What is granted.
    pub was: Option<Level>,
    /// What is asked for.
    pub is: Option<Level>,
}

/// What is asked for against what is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Nothing was granted before: all of it is new.
    pub first: bool,
    /// In which ways more is asked for.
    pub widens: BTreeSet<Widening>,
    /// Every permission of either, by key.
    pub permissions: Vec<PermissionChange>,
    /// The repositories that were selected, and those that are.
    pub selection: (Selection, Selection),
    /// The packages that were selected, and those that are.
    pub packages: (PackageSelection, PackageSelection),
    /// Named now and not before.
    pub added: BTreeSet<RepositoryId>,
    /// Named before and not now.
    pub removed: BTreeSet<RepositoryId>,
    /// How long a value might live, and how long it may then.
    pub length: (Maximum, Maximum),
    /// The conditions that held, and those that are asked for.
    pub conditions: (Vec<Conditions>, Vec<Conditions>),
    /// Conditions that come.
    pub tightened: Vec<Conditions>,
    /// Conditions that go.
    pub loosened: Vec<Conditions>,
}

impl Difference {
    /// Between what was approved, if anything was, and what is asked for.
    pub fn new(approved: Option<&Asked>, asked: &Asked) -> Self {
        let nothing = Asked {
            grant: Grant {
                selection: Selection::Only(BTreeSet::new()),
                ..Grant::nothing_of(asked.grant.owner)
            },
            length: Maximum::Days(0),
        };
        // An approval of another owner's says nothing about this one's things.
        let known = approved.filter(|approved| approved.grant.owner == asked.grant.owner);
        let was = known.unwrap_or(&nothing);
        let mut levels: BTreeMap<PermissionKey, (Option<Level>, Option<Level>)> = BTreeMap::new();
        for (key, level) in was.grant.permissions.iter() {
            levels.entry(key).or_default().0 = Some(level);
        }
        for (key, level) in asked.grant.permissions.iter() {
            levels.entry(key).or_default().1 = Some(level);
        }
        let (before, after) = (named(&was.grant.selection), named(&asked.grant.selection));
        let missing = |here: &[Conditions], there: &[Conditions]| {
            let mut list = here.to_vec();
            list.retain(|one| !there.contains(one));
            list
        };
        Self {
            first: known.is_none(),
            widens: asked.widens(was),
            permissions: levels
                .into_iter()
                .map(|(key, (was, is))| PermissionChange { key, was, is })
                .collect(),
            added: after.difference(&before).copied().collect(),
            removed: before.difference(&after).copied().collect(),
            selection: (was.grant.selection.clone(), asked.grant.selection.clone()),
            packages: (was.grant.packages.clone(), asked.grant.packages.clone()),
            length: (was.length, asked.length),
            conditions: (was.grant.conditions.clone(), asked.grant.conditions.clone()),
            tightened: missing(&asked.grant.conditions, &was.grant.conditions),
            loosened: missing(&was.grant.conditions, &asked.grant.conditions),
        }
    }

    /// The permissions that become more.
    pub fn raised(&self) -> impl Iterator<Item = &PermissionChange> {
        self.permissions
            .iter()
            .filter(|change| change.is > change.was)
    }
}

fn named(selection: &Selection) -> BTreeSet<RepositoryId> {
    match selection {
        Selection::Only(set) => set.clone(),
        Selection::All | Selection::Public => BTreeSet::new(),
    }
}

#[cfg(test)]
mod tests {
    use jeton_domain::{AccountId, Id, Permissions};

    use super::*;

    fn asked(level: &str, ids: &[i64], days: u32) -> Asked {
        Asked {
            grant: Grant {
                owner: AccountId::from_i64(3).unwrap(),
                selection: Selection::Only(
                    ids.iter()
                        .filter_map(|id| RepositoryId::from_i64(*id))
                        .collect(),
                ),
                packages: PackageSelection::ByRepository,
                permissions: Permissions::parse([("contents", level), ("metadata", "read")])
                    .unwrap(),
                conditions: vec![],
            },
            length: Maximum::Days(days),
        }
    }

    #[test]
    fn all_of_a_first_request_is_new() {
        let difference = Difference::new(None, &asked("read", &[1], 30));
        assert!(difference.first);
        assert_eq!(difference.raised().count(), 2);
        assert_eq!(difference.added.len(), 1);
        assert!(difference.widens.contains(&Widening::Permissions));
    }

    #[test]
    fn of_a_change_only_the_change_is_more() {
        let (was, is) = (asked("read", &[1, 2], 30), asked("write", &[2, 5], 7));
        let difference = Difference::new(Some(&was), &is);
        let raised: Vec<_> = difference.raised().collect();
        assert_eq!(raised.len(), 1);
        assert_eq!(
            (raised[0].was, raised[0].is),
            (Some(Level::Read), Some(Level::Write))
        );
        let ids = |set: &BTreeSet<RepositoryId>| set.iter().map(|id| id.get()).collect::<Vec<_>>();
        assert_eq!(
            (ids(&difference.added), ids(&difference.removed)),
            (vec![5], vec![1])
        );
        assert_eq!(difference.length, (Maximum::Days(30), Maximum::Days(7)));
        let expected = BTreeSet::from([Widening::Permissions, Widening::Repositories]);
        assert_eq!(difference.widens, expected);
    }

    #[test]
    fn what_another_owner_approved_counts_for_nothing() {
        let mut other = asked("read", &[1], 90);
        other.grant.permissions = Permissions::parse([("contents", "write")]).unwrap();
        other.grant.owner = AccountId::from_i64(4).unwrap();
        let difference = Difference::new(Some(&other), &asked("read", &[1], 30));
        assert!(difference.first);
        assert_eq!(difference.raised().count(), 2);
    }
}
