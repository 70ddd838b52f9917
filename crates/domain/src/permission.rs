//! The permission catalogue: what can be given to a token, with its words for people.
//!
//! A catalogue is a static slice; [`catalogue`] chains all of them. A further catalogue (packages,
//! secrets, a guarded API's own) is one more slice in `CATALOGUES`. Keys are append-only: a stored
//! grant names them.

use serde::{Deserialize, Serialize};

use crate::level::Level;

/// What a permission is about, and so which owners and targets can have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Repositories that the token selects.
    Repository,
    /// The organization that is the token's owner.
    Organization,
    /// The account of the token's creator, when that is the token's owner.
    Account,
}

impl Scope {
    /// The word in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Repository => "repository",
            Self::Organization => "organization",
            Self::Account => "account",
        }
    }
}

/// One entry of the catalogue.
#[derive(Debug, PartialEq, Eq)]
pub struct Permission {
    /// Its stable key; GitHub's where GitHub has it.
    pub key: &'static str,
    /// What it is about.
    pub scope: Scope,
    /// Its name for people.
    pub title: &'static str,
    /// One plain sentence: what holding it means.
    pub sentence: &'static str,
    /// The levels it has, lowest first.
    pub levels: &'static [Level],
}

impl Permission {
    /// Its name for people, with what it is about where something else has a permission of that name.
    pub fn full_title(&self) -> String {
        let namesake = |other: &Self| other.title == self.title && other.scope != self.scope;
        if !catalogue().any(namesake) {
            return self.title.to_owned();
        }
        let about = match self.scope {
            Scope::Repository => "repositories",
            Scope::Organization => "organization",
            Scope::Account => "account",
        };
        format!("{} ({about})", self.title)
    }
}

const READ: &[Level] = &[Level::Read];
const WRITE: &[Level] = &[Level::Write];
const READ_WRITE: &[Level] = &[Level::Read, Level::Write];
const READ_WRITE_ADMIN: &[Level] = &[Level::Read, Level::Write, Level::Admin];

/// Comes with every repository permission.
static METADATA: Permission = Permission {
    key: "metadata",
    scope: Scope::Repository,
    title: "Metadata",
    sentence: "See that the repository exists, its name, description, visibility and who works on it.",
    levels: READ,
};

/// What is done with packages, which a token may name one by one.
const PACKAGES: Permission = Permission {
    key: "packages",
    scope: Scope::Repository,
    title: "Packages",
    sentence: "Install packages; with write, also publish and tag them; with admin, also remove them and say who reaches them.",
    levels: READ_WRITE_ADMIN,
};

/// What Jeton itself guards, `metadata` aside.
static CORE: &[Permission] = &[
    Permission {
        key: "contents",
        scope: Scope::Repository,
        title: "Contents",
        sentence: "Clone and fetch the repository; with write, also push to it.",
        levels: READ_WRITE,
    },
    Permission {
        key: "administration",
        scope: Scope::Repository,
        title: "Administration",
        sentence: "See the repository's settings, teams and collaborators; with write, change or delete them, and create repositories.",
        levels: READ_WRITE,
    },
    Permission {
        key: "members",
        scope: Scope::Organization,
        title: "Members",
        sentence: "See the organization's members and teams; with write, change them.",
        levels: READ_WRITE,
    },
    Permission {
        key: "organization_administration",
        scope: Scope::Organization,
        title: "Administration",
        sentence: "See the organization's settings, token policy and audit log; with write, change the settings.",
        levels: READ_WRITE,
    },
    Permission {
        key: "organization_personal_access_token_requests",
        scope: Scope::Organization,
        title: "Personal access token requests",
        sentence: "See the members' requests for access by token; with write, approve and deny them.",
        levels: READ_WRITE,
    },
    Permission {
        key: "organization_personal_access_tokens",
        scope: Scope::Organization,
        title: "Personal access tokens",
        sentence: "See the tokens that reach the organization; with write, withdraw their access.",
        levels: READ_WRITE,
    },
    Permission {
        key: "emails",
        scope: Scope::Account,
        title: "Email addresses",
        sentence: "See the account's e-mail addresses.",
        levels: READ,
    },
    Permission {
        key: "profile",
        scope: Scope::Account,
        title: "Profile",
        sentence: "Change the account's display name.",
        levels: WRITE,
    },
    Permission {
        key: "workflows",
        scope: Scope::Repository,
        title: "Workflows",
        sentence: "Push files that tell a build server what to run.",
        levels: WRITE,
    },
    Permission {
        key: "repository_hooks",
        scope: Scope::Repository,
        title: "Webhooks",
        sentence: "See the repository's webhooks and what they were told; with write, make, change and delete them.",
        levels: READ_WRITE,
    },
    Permission {
        key: "organization_hooks",
        scope: Scope::Organization,
        title: "Webhooks",
        sentence: "See the organization's webhooks and what they were told; with write, make, change and delete them.",
        levels: READ_WRITE,
    },
    PACKAGES,
    Permission {
        key: "actions",
        scope: Scope::Repository,
        title: "Actions",
        sentence: "See the repository's jobs; with write, open and end them.",
        levels: READ_WRITE,
    },
];

/// What jobs are given.
static SECRETS: &[Permission] = &[
    Permission {
        key: "secrets",
        scope: Scope::Repository,
        title: "Secrets",
        sentence: "See which secrets the repository's jobs are given; with write, set and delete them. No value is ever shown.",
        levels: READ_WRITE,
    },
    Permission {
        key: "organization_secrets",
        scope: Scope::Organization,
        title: "Secrets",
        sentence: "See which secrets the organization keeps for jobs, and for which repositories; with write, set and delete them. No value is ever shown.",
        levels: READ_WRITE,
    },
    Permission {
        key: "codespaces_user_secrets",
        scope: Scope::Account,
        title: "Secrets",
        sentence: "See which secrets the account keeps for the jobs that its person opens; with write, set and delete them. No value is ever shown.",
        levels: READ_WRITE,
    },
];

/// All catalogues, in the order in which they are shown. Append only.
static CATALOGUES: &[&[Permission]] = &[CORE, SECRETS];

/// Every permission there is.
pub fn catalogue() -> impl Iterator<Item = &'static Permission> {
    std::iter::once(&METADATA).chain(CATALOGUES.iter().copied().flatten())
}

/// A key that is in the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct PermissionKey(&'static Permission);

impl PermissionKey {
    /// Reads a key.
    pub fn parse(key: &str) -> Option<Self> {
        catalogue().find(|p| p.key == key).map(Self)
    }

    /// `metadata`, which comes with the first repository permission and can't be taken off.
    pub fn metadata() -> Self {
        Self(&METADATA)
    }

    /// `packages`, the one permission of a token that reaches packages alone.
    pub const fn packages() -> Self {
        const { Self(&PACKAGES) }
    }

    /// The key of an entry.
    pub const fn of(permission: &'static Permission) -> Self {
        Self(permission)
    }

    /// The entry behind the key.
    pub const fn permission(self) -> &'static Permission {
        self.0
    }

    /// The key's text.
    pub const fn name(self) -> &'static str {
        self.0.key
    }

    /// Whether the permission has this level.
    pub fn has(self, level: Level) -> bool {
        self.0.levels.contains(&level)
    }
}

impl PartialEq for PermissionKey {
    fn eq(&self, other: &Self) -> bool {
        // Two of one entry need no look at the text, and nearly all are.
        std::ptr::eq(self.0, other.0) || self.0.key == other.0.key
    }
}
impl Eq for PermissionKey {}
impl PartialOrd for PermissionKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for PermissionKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.key.cmp(other.0.key)
    }
}
impl std::hash::Hash for PermissionKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.key.hash(state);
    }
}

impl Serialize for PermissionKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for PermissionKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let key = String::deserialize(deserializer)?;
        Self::parse(&key).ok_or_else(|| serde::de::Error::custom("unknown permission"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique_and_every_entry_has_words_and_levels() {
        let mut keys: Vec<_> = catalogue().map(|p| p.key).collect();
        keys.sort_unstable();
        let count = keys.len();
        keys.dedup();
        assert_eq!(keys.len(), count);
        for permission in catalogue() {
            assert!(
                !permission.levels.is_empty() && permission.levels.is_sorted(),
                "{}",
                permission.key
            );
            assert!(permission.sentence.ends_with('.'), "{}", permission.key);
        }
    }

    #[test]
    fn no_two_permissions_have_one_full_title() {
        let titles: std::collections::BTreeSet<_> =
            catalogue().map(Permission::full_title).collect();
        assert_eq!(titles.len(), catalogue().count());
        let title = |key| PermissionKey::parse(key).map(|key| key.permission().full_title());
        assert_eq!(
            title("organization_administration").as_deref(),
            Some("Administration (organization)")
        );
        assert_eq!(
            title("administration").as_deref(),
            Some("Administration (repositories)")
        );
        assert_eq!(title("members").as_deref(), Some("Members"));
    }

    #[test]
    fn metadata_is_first_and_read_only() {
        assert_eq!(PermissionKey::metadata().name(), "metadata");
        assert!(
            PermissionKey::metadata().has(Level::Read)
                && !PermissionKey::metadata().has(Level::Write)
        );
        assert_eq!(PermissionKey::parse("Metadata"), None);
    }
}
