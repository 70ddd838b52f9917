//! A set of permissions with their levels, as a token wants them, an owner approved them, or both
//! together give them.

use serde::{Deserialize, Serialize};

use crate::grant::Selection;
use crate::level::Level;
use crate::package_selection::PackageSelection;
use crate::permission::{PermissionKey, Scope, catalogue};

/// What is wrong with a wanted permission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PermissionFault {
    /// No such key.
    #[error("`{0}` is no permission")]
    UnknownKey(String),
    /// No such level.
    #[error("`{1}` is no level of `{0}`")]
    UnknownLevel(String, String),
    /// The permission exists but not at that level.
    #[error("`{0}` has no level `{1}`")]
    LevelNotOffered(&'static str, &'static str),
    /// An account permission for an organization.
    #[error("`{0}` is about an account, and the owner is an organization")]
    AccountForOrganization(&'static str),
    /// An organization permission for a person's own things.
    #[error("`{0}` is about an organization, and the owner is a person")]
    OrganizationForAccount(&'static str),
    /// 'Public repositories' carries none.
    #[error("a token for public repositories can hold no permission, and `{0}` is one")]
    PublicOnly(&'static str),
}

/// Permissions with levels; at most one level per key, sorted by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions(Vec<(PermissionKey, Level)>);

/// A permission that is asked for and not had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beyond {
    /// Which.
    pub key: PermissionKey,
    /// At what level.
    pub wanted: Level,
    /// At what level it is had, if at all.
    pub held: Option<Level>,
}

impl Beyond {
    /// In words that follow `permissions`. `whose`: who has less, with the verb: `the token has`.
    pub fn said(&self, whose: &str) -> String {
        let (key, wanted) = (self.key.name(), self.wanted.name());
        let held = self.held.map_or("nothing of it", Level::name);
        format!("ask for `{key}: {wanted}`, and {whose} {held}")
    }
}

impl Permissions {
    /// None at all.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// From pairs; of two levels for one key the higher counts. `metadata: read` is added where a
    /// repository permission is there.
    pub fn new(pairs: impl IntoIterator<Item = (PermissionKey, Level)>) -> Self {
        let mut set = Self::none();
        for (key, level) in pairs {
            set.raise(key, level);
        }
        if set
            .0
            .iter()
            .any(|(key, _)| key.permission().scope == Scope::Repository)
        {
            set.raise(PermissionKey::metadata(), Level::Read);
        }
        set
    }

    /// Reads keys and levels as they come from outside.
    pub fn parse<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, PermissionFault> {
        let mut read = Vec::new();
        for (key, level) in pairs {
            let parsed = PermissionKey::parse(key)
                .ok_or_else(|| PermissionFault::UnknownKey(key.to_owned()))?;
            let wanted = Level::parse(level)
                .ok_or_else(|| PermissionFault::UnknownLevel(key.to_owned(), level.to_owned()))?;
            if !parsed.has(wanted) {
                return Err(PermissionFault::LevelNotOffered(
                    parsed.name(),
                    wanted.name(),
                ));
            }
            read.push((parsed, wanted));
        }
        Ok(Self::new(read))
    }

    /// What is here and not in `held`, and what is here at a higher level than there.
    pub fn more_and_higher(&self, held: &Self) -> (Self, Self) {
        let (mut more, mut higher) = (Self::none(), Self::none());
        for beyond in self.beyond(held) {
            let kind = if beyond.held.is_some() {
                &mut higher
            } else {
                &mut more
            };
            kind.raise(beyond.key, beyond.wanted);
        }
        (more, higher)
    }

    fn raise(&mut self, key: PermissionKey, level: Level) {
        match self.0.binary_search_by(|(k, _)| k.cmp(&key)) {
            Ok(at) => {
                if let Some((_, held)) = self.0.get_mut(at) {
                    *held = (*held).max(level);
                }
            }
            Err(at) => self.0.insert(at, (key, level)),
        }
    }

    /// The level held for a key.
    pub fn level(&self, key: PermissionKey) -> Option<Level> {
        // A handful: going through them is quicker than halving.
        let found = self.0.iter().find(|(held, _)| *held == key);
        found.map(|(_, level)| *level)
    }

    /// Whether the key is held at least at that level.
    pub fn cover(&self, key: PermissionKey, level: Level) -> bool {
        self.level(key).is_some_and(|held| held >= level)
    }

    /// Whether everything in `other` is held here too, at least as high.
    pub fn include(&self, other: &Self) -> bool {
        other.iter().all(|(key, level)| self.cover(key, level))
    }

    /// What of it `held` has not, or not as high.
    pub fn beyond<'a>(&'a self, held: &'a Self) -> impl Iterator<Item = Beyond> + 'a {
        let more = self.iter().filter(|(key, level)| !held.cover(*key, *level));
        more.map(|(key, wanted)| Beyond {
            key,
            wanted,
            held: held.level(key),
        })
    }

    /// Per key the lower of both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self(
            self.iter()
                .filter_map(|(key, level)| other.level(key).map(|theirs| (key, level.min(theirs))))
                .collect(),
        )
    }

    /// Key and level, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (PermissionKey, Level)> + '_ {
        self.0.iter().copied()
    }

    /// Those about one scope.
    pub fn of_scope(&self, scope: Scope) -> impl Iterator<Item = (PermissionKey, Level)> + '_ {
        self.iter()
            .filter(move |(key, _)| key.permission().scope == scope)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a token of this owner and selection may hold them: account permissions only for
    /// oneself, organization permissions only for an organization, none with 'public only' but for packages that
    /// are named.
    pub fn check_owner(
        &self,
        owner_is_organization: bool,
        selection: &Selection,
        packages: &PackageSelection,
    ) -> Result<(), PermissionFault> {
        let named = packages.names().is_some();
        let about_packages =
            |key| key == PermissionKey::packages() || key == PermissionKey::metadata();
        for (key, _) in self.iter() {
            match key.permission().scope {
                _ if *selection == Selection::Public && !(named && about_packages(key)) => {
                    return Err(PermissionFault::PublicOnly(key.name()));
                }
                Scope::Account if owner_is_organization => {
                    return Err(PermissionFault::AccountForOrganization(key.name()));
                }
                Scope::Organization if !owner_is_organization => {
                    return Err(PermissionFault::OrganizationForAccount(key.name()));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Serialize for Permissions {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Permissions {
    /// Stored sets only: a key that left the catalogue grants nothing and is left out, so that an
    /// older or newer table never widens a token.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = std::collections::BTreeMap::<String, Level>::deserialize(deserializer)?;
        let known = catalogue().filter_map(|p| {
            let key = PermissionKey::of(p);
            stored
                .get(p.key)
                .filter(|level| key.has(**level))
                .map(|level| (key, *level))
        });
        let mut set = Self::none();
        for (key, level) in known {
            set.raise(key, level);
        }
        Ok(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(pairs: &[(&str, &str)]) -> Permissions {
        Permissions::parse(pairs.iter().copied()).unwrap()
    }

    #[test]
    fn metadata_comes_with_the_first_repository_permission() {
        assert_eq!(
            set(&[("contents", "read")]),
            set(&[("contents", "read"), ("metadata", "read")])
        );
        assert!(
            set(&[("members", "read")])
                .level(PermissionKey::metadata())
                .is_none()
        );
    }

    #[test]
    fn both_together_are_the_lower_per_key() {
        let both =
            set(&[("contents", "write"), ("members", "read")]).and(&set(&[("contents", "read")]));
        assert_eq!(both, set(&[("contents", "read")]));
    }

    #[test]
    fn what_is_more_and_what_is_higher_is_said_and_nothing_of_what_was_there() {
        let wished = set(&[
            ("contents", "write"),
            ("workflows", "write"),
            ("members", "read"),
        ]);
        let (more, higher) =
            wished.more_and_higher(&set(&[("contents", "read"), ("members", "read")]));
        let names = |set: &Permissions| -> Vec<_> {
            let levels = set.iter().map(|(key, level)| (key.permission().key, level));
            levels.collect()
        };
        assert_eq!(names(&more), [("workflows", Level::Write)]);
        assert_eq!(names(&higher), [("contents", Level::Write)]);
    }

    #[test]
    fn what_does_not_exist_is_refused_by_name() {
        let refused = |pairs: &[(&str, &str)]| {
            Permissions::parse(pairs.iter().copied())
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            refused(&[("content", "read")]),
            "`content` is no permission"
        );
        assert_eq!(
            refused(&[("contents", "rwx")]),
            "`rwx` is no level of `contents`"
        );
        assert_eq!(
            refused(&[("contents", "admin")]),
            "`contents` has no level `admin`"
        );
        assert_eq!(
            refused(&[("profile", "read")]),
            "`profile` has no level `read`"
        );
    }

    #[test]
    fn permissions_fit_their_owner() {
        let (all, by_repository) = (Selection::All, PackageSelection::ByRepository);
        let named = PackageSelection::Named(["a".to_owned()].into());
        let public = Selection::Public;
        let packages = set(&[("packages", "write")]);
        assert!(packages.check_owner(true, &public, &named).is_ok());
        assert!(packages.check_owner(true, &public, &by_repository).is_err());
        let more = set(&[("packages", "write"), ("contents", "read")]);
        assert!(more.check_owner(true, &public, &named).is_err());
        assert!(
            set(&[("emails", "read")])
                .check_owner(true, &all, &by_repository)
                .is_err()
        );
        assert!(
            set(&[("members", "read")])
                .check_owner(false, &all, &by_repository)
                .is_err()
        );
        assert!(
            set(&[("contents", "read")])
                .check_owner(true, &Selection::Public, &by_repository)
                .is_err()
        );
        assert!(
            set(&[("contents", "read"), ("members", "read")])
                .check_owner(true, &all, &by_repository)
                .is_ok()
        );
    }

    #[test]
    fn an_unknown_stored_key_grants_nothing() {
        let read: Permissions =
            serde_json::from_str(r#"{"contents":"read","gone":"admin","emails":"write"}"#).unwrap();
        assert_eq!(read.len(), 1);
    }
}
