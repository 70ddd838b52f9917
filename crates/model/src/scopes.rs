//! Classic scopes: what they include, and what they open.

use crate::world::{Bearer, Kind, Operation};

/// Each scope with those that it includes, one step down.
const INCLUDES: [(&str, &[&str]); 12] = [
    (
        "repo",
        &[
            "repo:status",
            "repo_deployment",
            "public_repo",
            "repo:invite",
            "security_events",
        ],
    ),
    ("write:packages", &["read:packages"]),
    ("admin:org", &["write:org"]),
    ("write:org", &["read:org"]),
    ("admin:public_key", &["write:public_key"]),
    ("write:public_key", &["read:public_key"]),
    ("admin:repo_hook", &["write:repo_hook"]),
    ("write:repo_hook", &["read:repo_hook"]),
    ("user", &["read:user", "user:email", "user:follow"]),
    ("project", &["read:project"]),
    ("codespace", &["codespace:secrets"]),
    ("admin:gpg_key", &["write:gpg_key"]),
];

pub(crate) fn has_scopes(bearer: &Bearer) -> bool {
    bearer.kind == Kind::Classic || bearer.kind == Kind::OauthUser
}

/// Whether a scope is there, or one that includes it.
pub(crate) fn holds(bearer: &Bearer, wanted: &str) -> bool {
    let Some(token) = &bearer.token else {
        return false;
    };
    if token.scopes.contains(&wanted) {
        return true;
    }
    INCLUDES
        .iter()
        .any(|(parent, children)| children.contains(&wanted) && holds(bearer, parent))
}

/// Whether a private thing is covered: `repo` covers everything; a scope that an operation names, what that does.
pub(crate) fn cover_private(bearer: &Bearer, operation: &Operation) -> bool {
    if holds(bearer, "repo") {
        return true;
    }
    for scope in &operation.scopes {
        if *scope != "public_repo" && holds(bearer, scope) {
            return true;
        }
    }
    false
}

/// Whether the scopes open the operation.
pub(crate) fn open(bearer: &Bearer, operation: &Operation, private: bool) -> bool {
    if operation.scopes.is_empty() {
        return true;
    }
    for scope in &operation.scopes {
        if private && *scope == "public_repo" {
            continue;
        }
        if holds(bearer, scope) {
            return true;
        }
    }
    false
}
