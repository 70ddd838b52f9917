//! What a token's form is for.

use crate::{Faults, Seen};

/// Whether a token is made or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Made. The key under which it is: a form sent twice makes one token.
    Make { key: String },
    /// Made for the service account of that name: whoever makes it approves it.
    Serve { key: String, service: String },
    /// Changed: what would come of it, in sentences, and what the form was filled from.
    Change {
        path: String,
        sentences: Vec<String>,
        seen: Seen,
    },
}

impl Purpose {
    /// The key under which it is made.
    pub(super) fn key(&self) -> Option<&str> {
        match self {
            Self::Make { key } | Self::Serve { key, .. } => Some(key),
            Self::Change { .. } => None,
        }
    }

    /// The service account that it is made for.
    pub(super) fn service(&self) -> Option<&str> {
        match self {
            Self::Serve { service, .. } => Some(service),
            Self::Make { .. } | Self::Change { .. } => None,
        }
    }

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
