//! What a token's form is for.

use crate::{Faults, Seen};

/// Whether a token is made or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Made. The key under which it is: a form sent twice makes one token.
    Make { key: String },
    /// Changed: what would come of it, in sentences, and what the form was filled from.
    Change {
        path: String,
        sentences: Vec<String>,
        seen: Seen,
    },
}

impl Purpose {
    pub(super) const fn status(&self, told: Option<&Faults>) -> u16 {
        match (self, told) {
            (Self::Change { seen, .. }, _) if seen.is_stale() => 409,
            (_, Some(_)) => 422,
            (_, None) => 200,
        }
    }

    pub(super) const fn is_change(&self) -> bool {
        matches!(self, Self::Change { .. })
    }

    /// The button that does it, by its step.
    pub(super) const fn step(&self) -> &'static str {
        if self.is_change() { "save" } else { "make" }
    }
}
