//! What a token has in force.

use crate::world::{Condition, Grant, Level, Selection, Token};

/// What is in force now.
pub(crate) struct InForce {
    pub(crate) owner: i64,
    pub(crate) selection: Selection,
    pub(crate) packages: Option<Vec<&'static str>>,
    pub(crate) permissions: Vec<(&'static str, Level)>,
    pub(crate) conditions: Vec<Condition>,
}

/// "In force = per key the lower of approved and wanted, repositories in both, conditions of both."
pub(crate) fn in_force(token: &Token) -> InForce {
    let Grant {
        owner,
        selection,
        permissions,
        conditions,
        ..
    } = &token.wanted;
    // Another owner approved something: that says nothing about the owner that is wanted now.
    if token.approved.owner != *owner {
        return InForce {
            owner: *owner,
            selection: Selection::Public,
            packages: None,
            permissions: Vec::new(),
            conditions: conditions.clone(),
        };
    }
    let mut lower = Vec::new();
    for (key, wanted) in permissions {
        for (approved_key, approved) in &token.approved.permissions {
            if key == approved_key {
                lower.push((
                    *key,
                    if wanted < approved {
                        *wanted
                    } else {
                        *approved
                    },
                ));
            }
        }
    }
    let mut all = conditions.clone();
    all.extend(token.approved.conditions.clone());
    InForce {
        owner: *owner,
        selection: in_both(selection, &token.approved.selection),
        packages: packages_in_both(&token.wanted, &token.approved),
        permissions: lower,
        conditions: all,
    }
}

fn in_both(a: &Selection, b: &Selection) -> Selection {
    match (a, b) {
        (Selection::Public, _) | (_, Selection::Public) => Selection::Public,
        (Selection::All, other) | (other, Selection::All) => other.clone(),
        (Selection::Only(a), Selection::Only(b)) => {
            let mut both = Vec::new();
            for id in a {
                if b.contains(id) {
                    both.push(*id);
                }
            }
            Selection::Only(both)
        }
    }
}

/// "Packages that both name. Where one goes by repositories: the names of the other, if that one has all repositories,
/// and else none."
fn packages_in_both(wanted: &Grant, approved: &Grant) -> Option<Vec<&'static str>> {
    let mut named = Vec::new();
    match (&wanted.packages, &approved.packages) {
        (None, None) => return None,
        (Some(one), Some(other)) => {
            for name in one {
                if other.contains(name) {
                    named.push(*name);
                }
            }
        }
        (Some(one), None) => {
            if approved.selection == Selection::All {
                named.clone_from(one);
            }
        }
        (None, Some(other)) => {
            if wanted.selection == Selection::All {
                named.clone_from(other);
            }
        }
    }
    Some(named)
}

impl InForce {
    /// "permission = key + level (none < read < write < admin; higher includes lower)"
    pub(crate) fn holds(&self, key: &str, level: Level) -> bool {
        self.permissions
            .iter()
            .any(|(held, at)| *held == key && *at >= level)
    }

    /// "public only (read) · all, present and future · selected …; an emptied selection stays `Only(∅)`"
    pub(crate) fn selects(&self, repository: i64) -> bool {
        match &self.selection {
            Selection::Public => false,
            Selection::All => true,
            Selection::Only(ids) => ids.contains(&repository),
        }
    }

    pub(crate) fn selects_all(&self) -> bool {
        self.selection == Selection::All
    }

    pub(crate) fn selects_some(&self) -> bool {
        match &self.selection {
            Selection::Public => false,
            Selection::All => true,
            Selection::Only(ids) => !ids.is_empty(),
        }
    }
}

/// What a permission is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Repository,
    Organization,
    Account,
}

/// The keys there are. One that is not here is about nothing and opens nothing.
pub(crate) fn scope_of(key: &str) -> Option<Scope> {
    match key {
        "metadata" | "contents" | "administration" | "workflows" | "repository_hooks"
        | "secrets" | "packages" | "actions" => Some(Scope::Repository),
        "members"
        | "organization_hooks"
        | "organization_secrets"
        | "organization_administration"
        | "organization_personal_access_token_requests"
        | "organization_personal_access_tokens" => Some(Scope::Organization),
        "emails" | "profile" | "codespaces_user_secrets" => Some(Scope::Account),
        _ => None,
    }
}
