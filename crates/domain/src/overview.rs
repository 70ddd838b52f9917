//! The overview before a token is made: computed here, shown by every door.

use crate::grant::Selection;
use crate::lifetime::Expiry;
use crate::permission::Scope;
use crate::permissions::Permissions;
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

impl Overview {
    /// For a token of these choices. `organization` says whether the owner is one.
    pub fn new(
        permissions: &Permissions,
        selection: &Selection,
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
        let repositories = match selection {
            Selection::Public => format!("Reads {which}"),
            _ => format!(
                "{} for {which}",
                counted(on_repositories, "permission", "permissions")
            ),
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
        let expiry = match expiry {
            Expiry::Never => "Never expires".to_owned(),
            Expiry::At(end) => format!("Expires on {}", end.date()),
        };
        let button = if needs_approval {
            "Generate token and request access"
        } else {
            "Generate token"
        };
        Self {
            repositories,
            account,
            expiry,
            button,
        }
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
        let overview = Overview::new(&permissions, &six, true, end, true);
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
