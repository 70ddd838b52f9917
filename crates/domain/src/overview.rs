//! The overview before a token is made: computed here, shown by every door.

use crate::grant::Selection;
use crate::lifetime::Expiry;
use crate::package_selection::PackageSelection;
use crate::permission::Scope;
use crate::permissions::Permissions;
use crate::scope::{ClassicScope, Scopes};
use crate::text::counted;

/// What a person reads before pressing the button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// `2 permissions for 6 of your repositories`
    pub repositories: String,
    /// `No change in permissions for your organization`, or how many.
    pub account: String,
    /// `Expires on 2027-02-19`, or that it does not.
    pub expiry: String,
    /// The button's words.
    pub button: &'static str,
}

/// How many repositories scopes reach today, of those that their user has to do with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClassicReach {
    /// Not everybody sees them: private and internal ones.
    pub private: u64,
    /// Everybody sees them.
    pub public: u64,
}

impl Overview {
    /// For a classic token with these scopes.
    pub fn of_scopes(scopes: Scopes, reach: ClassicReach, expiry: Expiry) -> Self {
        let count = |number| counted(number, "repository", "repositories");
        let repositories = if scopes.has(ClassicScope::Repo) {
            format!(
                "Everything you may do with {} that not everybody sees and {} that everybody sees, and with all that you come to reach later",
                count(reach.private),
                reach.public,
            )
        } else if scopes.has(ClassicScope::PublicRepo) {
            format!(
                "Everything you may do with {} that everybody sees, and with all such that you come to reach later",
                count(reach.public)
            )
        } else {
            "Reads public repositories".to_owned()
        };
        let others: Vec<&str> = scopes
            .normalised()
            .filter(|entry| !matches!(entry.scope, ClassicScope::Repo | ClassicScope::PublicRepo))
            .map(|entry| entry.name)
            .collect();
        let account = if others.is_empty() {
            "No other scope".to_owned()
        } else {
            format!("Other scopes: {}", others.join(", "))
        };
        Self {
            repositories,
            account,
            expiry: end(expiry),
            button: "Generate token",
        }
    }

    /// For a token of these choices. `organization` says whether the owner is one.
    pub fn new(
        permissions: &Permissions,
        selection: &Selection,
        packages: &PackageSelection,
        organization: bool,
        expiry: Expiry,
        needs_approval: bool,
    ) -> Self {
        let number = |scope| permissions.of_scope(scope).count() as u64;
        let on_repositories = number(Scope::Repository);
        let which = match selection {
            Selection::Public => "public repositories, read-only".to_owned(),
            Selection::All => "all of your repositories, present and future".to_owned(),
            Selection::Only(set) => format!("{} of your repositories", set.len()),
        };
        let named = packages
            .names()
            .map(|names| counted(names.len() as u64, "named package", "named packages"));
        let many = counted(on_repositories, "permission", "permissions");
        let repositories = match (selection, named) {
            (Selection::Public, None) => format!("Reads {which}"),
            (Selection::Public, Some(named)) => format!("{many} for {named} alone"),
            (_, None) => format!("{many} for {which}"),
            (_, Some(named)) => format!("{many} for {which}, and of packages {named} alone"),
        };
        let (scope, whose) = if organization {
            (Scope::Organization, "your organization")
        } else {
            (Scope::Account, "your account")
        };
        let account = match number(scope) {
            0 => format!("No change in permissions for {whose}"),
            n => format!("{} for {whose}", counted(n, "permission", "permissions")),
        };
        let button = if needs_approval {
            "Generate token and request access"
        } else {
            "Generate token"
        };
        Self {
            repositories,
            account,
            expiry: end(expiry),
            button,
        }
    }
}

fn end(expiry: Expiry) -> String {
    match expiry {
        Expiry::Never => "Never expires".to_owned(),
        Expiry::At(end) => format!("Expires on {}", end.date()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Id, RepositoryId};
    use crate::time::Time;

    #[test]
    fn the_installers_token() {
        let permissions = Permissions::parse([("contents", "read")]).unwrap();
        let six = Selection::Only((1..=6).filter_map(RepositoryId::from_i64).collect());
        let end = Expiry::At(Time::parse_iso("2027-02-19").unwrap());
        let overview = Overview::new(
            &permissions,
            &six,
            &PackageSelection::ByRepository,
            true,
            end,
            true,
        );
        assert_eq!(
            overview.repositories,
            "2 permissions for 6 of your repositories"
        );
        assert_eq!(
            overview.account,
            "No change in permissions for your organization"
        );
        assert_eq!(overview.expiry, "Expires on 2027-02-19");
        assert_eq!(overview.button, "Generate token and request access");
    }
}
