//! Jobs of build servers and scripts: what they may do at most, and for how long.

use crate::level::Level;
use crate::permission::{PermissionKey, Scope};
use crate::permissions::Permissions;
use crate::time::Span;

/// How a job came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobOrigin {
    /// Somebody opened it, by sign-in or token: it may do no more than that.
    Person,
    /// A CI system that an organization registered opened it.
    System,
    /// A build server's identity was exchanged for it.
    Workload,
}

impl JobOrigin {
    /// The stored name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::System => "system",
            Self::Workload => "workload",
        }
    }

    /// Reads one.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Person, Self::System, Self::Workload]
            .into_iter()
            .find(|origin| origin.name() == word)
    }
}

/// A job that is not ended ends then.
pub const LONGEST_JOB: Span = Span::from_hours(24);
/// How long a job lasts if nobody says.
pub const USUAL_JOB: Span = Span::from_hours(1);

/// What jobs may do where nobody wrote anything down: on the whole site.
pub fn site_ceiling() -> Permissions {
    of(&[
        ("metadata", Level::Read),
        ("contents", Level::Write),
        ("packages", Level::Write),
        ("actions", Level::Read),
    ])
}

/// The same, with an owner: they read, until somebody says more.
pub fn owner_ceiling() -> Permissions {
    of(&[
        ("metadata", Level::Read),
        ("contents", Level::Read),
        ("packages", Level::Read),
    ])
}

fn of(levels: &[(&'static str, Level)]) -> Permissions {
    Permissions::new(
        levels
            .iter()
            .filter_map(|(key, level)| Some((PermissionKey::parse(key)?, *level))),
    )
}

/// What may be written down as the most that jobs do: permissions over repositories alone, and none that would change how
/// the repository is kept.
pub fn may_be_ceiling(permissions: &Permissions) -> bool {
    permissions.iter().all(|(key, _)| {
        key.permission().scope == Scope::Repository && key.name() != "administration"
    })
}

/// What is left for a job that runs what a fork brought: reading.
#[must_use]
pub fn reading(permissions: &Permissions) -> Permissions {
    Permissions::new(
        permissions
            .iter()
            .filter(|(key, _)| key.has(Level::Read))
            .map(|(key, _)| (key, Level::Read)),
    )
}
