//! The scopes of a classic token, as options.

use serde_json::{Value, json};

use crate::commands::put;

/// The options that only the other kind has.
pub(super) const OTHERS: [&str; 11] = [
    "justification",
    "repositories",
    "all_repositories",
    "public",
    "packages",
    "permissions",
    "addresses",
    "hours",
    "refs",
    "no_force",
    "no_delete",
];

/// What a classic token shall hold. What only the other kind has can't be said beside it.
#[derive(Debug, clap::Args)]
pub(super) struct ScopeWords {
    /// A scope of a classic token, as `repo`; may be repeated, and `jeton scopes` lists them
    #[arg(
        long = "scope",
        value_name = "SCOPE",
        conflicts_with_all = OTHERS
    )]
    scopes: Vec<String>,
}

impl ScopeWords {
    /// Some were named.
    pub(super) const fn any(&self) -> bool {
        !self.scopes.is_empty()
    }

    /// Puts what was said into a request's body.
    pub(super) fn write(self, body: &mut Value) {
        let said = self.any().then(|| json!(self.scopes));
        put(body, "scopes", said);
    }
}
