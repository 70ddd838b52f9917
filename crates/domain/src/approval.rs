//! Rules by which an organization approves requests of tokens without a person.

use std::collections::BTreeSet;

use crate::grant::{Asked, Selection};
use crate::ids::TeamId;
use crate::lifetime::Maximum;
use crate::package_selection::PackageSelection;
use crate::permissions::Permissions;

/// Whose requests a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Every member's.
    Members,
    /// Those of members of these teams, and of teams below them; nobody's where the list is empty.
    Teams(BTreeSet<TeamId>),
}

/// What a rule approves: nothing beyond any of its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalRule {
    /// The highest permissions.
    pub permissions: Permissions,
    /// The repositories: all of the organization's, or these.
    pub selection: Selection,
    /// The longest life of a value.
    pub length: Maximum,
    /// Whose requests.
    pub who: Who,
}

impl Who {
    /// Whether a member in these teams, their parents counted, is one of them.
    pub fn has(&self, teams: &BTreeSet<TeamId>) -> bool {
        match self {
            Self::Members => true,
            Self::Teams(named) => !named.is_disjoint(teams),
        }
    }

    fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Members, _) => true,
            (Self::Teams(_), Self::Members) => false,
            (Self::Teams(all), Self::Teams(some)) => some.is_subset(all),
        }
    }
}

impl ApprovalRule {
    /// Whether it approves what a member asks for who is in these teams, their parents counted.
    pub fn covers(&self, asked: &Asked, teams: &BTreeSet<TeamId>) -> bool {
        self.who.has(teams)
            && self.permissions.include(&asked.grant.permissions)
            && self.selection.includes(&asked.grant.selection)
            && PackageSelection::ByRepository.includes(&self.selection, &asked.grant.packages)
            && self.length.and(asked.length) == asked.length
    }

    /// Whether it approves all that `other` does.
    pub fn includes(&self, other: &Self) -> bool {
        self.who.includes(&other.who)
            && self.permissions.include(&other.permissions)
            && self.selection.includes(&other.selection)
            && self.length.and(other.length) == other.length
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::Grant;
    use crate::ids::{AccountId, Id, RepositoryId};

    fn repository(n: i64) -> RepositoryId {
        RepositoryId::from_i64(n).unwrap()
    }

    fn team(n: i64) -> TeamId {
        TeamId::from_i64(n).unwrap()
    }

    fn permissions(pairs: &[(&str, &str)]) -> Permissions {
        Permissions::parse(pairs.iter().copied()).unwrap()
    }

    fn rule() -> ApprovalRule {
        ApprovalRule {
            permissions: permissions(&[("contents", "read"), ("metadata", "read")]),
            selection: Selection::Only([repository(1), repository(2)].into()),
            length: Maximum::Days(30),
            who: Who::Teams([team(7)].into()),
        }
    }

    fn asked() -> Asked {
        Asked {
            grant: Grant {
                owner: AccountId::from_i64(3).unwrap(),
                selection: Selection::Only([repository(1)].into()),
                packages: PackageSelection::ByRepository,
                permissions: permissions(&[("contents", "read"), ("metadata", "read")]),
                conditions: vec![],
            },
            length: Maximum::Days(30),
        }
    }

    #[test]
    fn a_rule_covers_what_is_within_each_of_its_limits() {
        let teams = BTreeSet::from([team(7), team(8)]);
        assert!(rule().covers(&asked(), &teams));
        assert!(!rule().covers(&asked(), &BTreeSet::from([team(8)])));
        let beyond: [fn(&mut Asked); 6] = [
            |a| a.grant.permissions = permissions(&[("contents", "write"), ("metadata", "read")]),
            |a| {
                a.grant.permissions =
                    permissions(&[("administration", "read"), ("metadata", "read")]);
            },
            |a| a.grant.selection = Selection::All,
            |a| a.grant.selection = Selection::Only([repository(3)].into()),
            |a| a.grant.packages = PackageSelection::Named(["a".to_owned()].into()),
            |a| a.length = Maximum::Days(31),
        ];
        for (n, change) in beyond.into_iter().enumerate() {
            let mut more = asked();
            change(&mut more);
            assert!(!rule().covers(&more, &teams), "{n}");
        }
        let mut endless = asked();
        endless.length = Maximum::Unlimited;
        assert!(!rule().covers(&endless, &teams));
    }

    #[test]
    fn a_rule_for_no_team_covers_nobody() {
        let nobody = ApprovalRule {
            who: Who::Teams(BTreeSet::new()),
            ..rule()
        };
        assert!(!nobody.covers(&asked(), &BTreeSet::from([team(7)])));
        let everybody = ApprovalRule {
            who: Who::Members,
            ..rule()
        };
        assert!(everybody.covers(&asked(), &BTreeSet::new()));
    }

    #[test]
    fn each_limit_that_is_lifted_makes_a_rule_wider() {
        let looser: [fn(&mut ApprovalRule); 4] = [
            |r| r.permissions = permissions(&[("contents", "write"), ("metadata", "read")]),
            |r| r.selection = Selection::All,
            |r| r.length = Maximum::Unlimited,
            |r| r.who = Who::Members,
        ];
        for (n, change) in looser.into_iter().enumerate() {
            let mut wide = rule();
            change(&mut wide);
            assert!(wide.includes(&rule()), "{n}");
            assert!(!rule().includes(&wide), "{n}");
        }
        assert!(rule().includes(&rule()));
    }
}
