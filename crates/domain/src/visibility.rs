//! Who may see a repository without holding a role on it.

use serde::{Deserialize, Serialize};

/// A repository's visibility (`semantics` section 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Those with a role only.
    Private,
    /// Every active person of this server reads it; nobody anonymous, no outside collaborator of
    /// its owner and no service account as such. For tokens it counts as private.
    Internal,
    /// Everybody reads it.
    Public,
}

impl Visibility {
    /// All, most closed first.
    pub const ALL: [Self; 3] = [Self::Private, Self::Internal, Self::Public];

    /// The word in the API, the command line and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Internal => "internal",
            Self::Public => "public",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.name() == word)
    }
}
