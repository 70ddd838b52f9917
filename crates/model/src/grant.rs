//! What a token has in force.

use crate::world::{Condition, Grant, Level, Selection, Token};

/// What is in force now.
pub(crate) struct InForce {
    pub(crate) owner: i64,
    pub(crate) selection: Selection,
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
    } = &token.wanted;
    // Another owner approved something: that says nothing about the owner that is wanted now.
    if token.approved.owner != *owner {
        return InForce {
            owner: *owner,
            selection: Selection::Public,
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
        "metadata" | "contents" | "administration" | "workflows" | "repository_hooks" => {
            Some(Scope::Repository)
        }
        "members"
        | "organization_hooks"
        | "organization_administration"
        | "organization_personal_access_token_requests"
        | "organization_personal_access_tokens" => Some(Scope::Organization),
        "emails" | "profile" => Some(Scope::Account),
        _ => None,
    }
}
