//! Classic scopes (`semantics` section 9): coarse words that say what a credential may do of what its
//! user may, wherever that is. GitHub's words, so that its clients can ask for them.

use std::fmt;

use crate::level::Level;
use crate::operation::Requirement;
use crate::permissions::Permissions;

/// One classic scope.
///
/// Append only: what is stored names them, and their order is their bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "each stands with its words in the table")]
pub enum ClassicScope {
    Repo,
    RepoStatus,
    RepoDeployment,
    PublicRepo,
    RepoInvite,
    SecurityEvents,
    Workflow,
    WritePackages,
    ReadPackages,
    DeletePackages,
    AdminOrg,
    WriteOrg,
    ReadOrg,
    AdminPublicKey,
    WritePublicKey,
    ReadPublicKey,
    AdminRepoHook,
    WriteRepoHook,
    ReadRepoHook,
    AdminOrgHook,
    Gist,
    Notifications,
    User,
    ReadUser,
    UserEmail,
    UserFollow,
    DeleteRepo,
    Project,
    ReadProject,
    AdminGpgKey,
    WriteGpgKey,
    ReadGpgKey,
    Codespace,
    CodespaceSecrets,
    ReadAuditLog,
}

/// What is known of one scope.
#[derive(Debug)]
pub struct ScopeEntry {
    /// Which.
    pub scope: ClassicScope,
    /// Its name: GitHub's.
    pub name: &'static str,
    /// The scope that includes it.
    pub parent: Option<ClassicScope>,
    /// The version of the table that brought it. A token made before holds it only if it asked for it itself.
    pub since: u16,
    /// What it opens here, in a sentence for people.
    pub sentence: &'static str,
    /// Something on this server asks for it, or for what it includes. The others are taken, so that clients
    /// that ask for them work, and open nothing.
    pub used: bool,
    /// The permissions of a fine-grained token that come nearest to it.
    pub nearest: &'static [Requirement],
}

/// The version of the table that tokens are made with now.
pub const SCOPES_VERSION: u16 = 1;

const NOTHING: &str = "Nothing on this server asks for it.";

const fn read(key: &'static str) -> Requirement {
    Requirement::new(key, Level::Read)
}

const fn write(key: &'static str) -> Requirement {
    Requirement::new(key, Level::Write)
}

const fn admin(key: &'static str) -> Requirement {
    Requirement::new(key, Level::Admin)
}

const fn used(
    scope: ClassicScope,
    name: &'static str,
    parent: Option<ClassicScope>,
    sentence: &'static str,
    nearest: &'static [Requirement],
) -> ScopeEntry {
    ScopeEntry {
        scope,
        name,
        parent,
        since: 1,
        sentence,
        used: true,
        nearest,
    }
}

const fn idle(scope: ClassicScope, name: &'static str, parent: Option<ClassicScope>) -> ScopeEntry {
    ScopeEntry {
        scope,
        name,
        parent,
        since: 1,
        sentence: NOTHING,
        used: false,
        nearest: &[],
    }
}

use ClassicScope as S;

/// The tree, parents before their children: as it is shown.
static TABLE: [ScopeEntry; 35] = [
    used(
        S::Repo,
        "repo",
        None,
        "Everything with every repository that its user reaches, private ones too: code, settings, people.",
        &[write("contents"), write("administration")],
    ),
    idle(S::RepoStatus, "repo:status", Some(S::Repo)),
    idle(S::RepoDeployment, "repo_deployment", Some(S::Repo)),
    used(
        S::PublicRepo,
        "public_repo",
        Some(S::Repo),
        "The same with public repositories alone.",
        &[write("contents"), write("administration")],
    ),
    used(
        S::RepoInvite,
        "repo:invite",
        Some(S::Repo),
        "See, accept and decline invitations to repositories.",
        &[],
    ),
    idle(S::SecurityEvents, "security_events", Some(S::Repo)),
    used(
        S::Workflow,
        "workflow",
        None,
        "Change workflow files, which `repo` alone does not.",
        &[write("workflows")],
    ),
    used(
        S::WritePackages,
        "write:packages",
        None,
        "Install packages and publish them.",
        &[write("packages")],
    ),
    used(
        S::ReadPackages,
        "read:packages",
        Some(S::WritePackages),
        "Install packages that are not public.",
        &[read("packages")],
    ),
    used(
        S::DeletePackages,
        "delete:packages",
        None,
        "Remove versions of packages, and packages, and say who reaches them.",
        &[admin("packages")],
    ),
    used(
        S::AdminOrg,
        "admin:org",
        None,
        "Keep organizations: their settings, members, teams and secrets.",
        &[
            write("members"),
            write("organization_administration"),
            write("organization_secrets"),
        ],
    ),
    used(
        S::WriteOrg,
        "write:org",
        Some(S::AdminOrg),
        "Change one's own memberships.",
        &[read("members")],
    ),
    used(
        S::ReadOrg,
        "read:org",
        Some(S::WriteOrg),
        "See members, teams and one's own memberships.",
        &[read("members")],
    ),
    idle(S::AdminPublicKey, "admin:public_key", None),
    idle(
        S::WritePublicKey,
        "write:public_key",
        Some(S::AdminPublicKey),
    ),
    idle(S::ReadPublicKey, "read:public_key", Some(S::WritePublicKey)),
    used(
        S::AdminRepoHook,
        "admin:repo_hook",
        None,
        "Keep the webhooks of repositories, and delete them.",
        &[write("repository_hooks")],
    ),
    used(
        S::WriteRepoHook,
        "write:repo_hook",
        Some(S::AdminRepoHook),
        "See, make and change the webhooks of repositories.",
        &[write("repository_hooks")],
    ),
    used(
        S::ReadRepoHook,
        "read:repo_hook",
        Some(S::WriteRepoHook),
        "See the webhooks of repositories.",
        &[read("repository_hooks")],
    ),
    used(
        S::AdminOrgHook,
        "admin:org_hook",
        None,
        "Keep the webhooks of organizations.",
        &[write("organization_hooks")],
    ),
    idle(S::Gist, "gist", None),
    idle(S::Notifications, "notifications", None),
    used(
        S::User,
        "user",
        None,
        "See and change one's own profile and addresses.",
        &[read("emails"), write("profile")],
    ),
    used(
        S::ReadUser,
        "read:user",
        Some(S::User),
        "See what one's own profile shows to oneself alone.",
        &[],
    ),
    used(
        S::UserEmail,
        "user:email",
        Some(S::User),
        "See one's own e-mail addresses.",
        &[read("emails")],
    ),
    idle(S::UserFollow, "user:follow", Some(S::User)),
    used(
        S::DeleteRepo,
        "delete_repo",
        None,
        "Delete repositories.",
        &[write("administration")],
    ),
    idle(S::Project, "project", None),
    idle(S::ReadProject, "read:project", Some(S::Project)),
    idle(S::AdminGpgKey, "admin:gpg_key", None),
    idle(S::WriteGpgKey, "write:gpg_key", Some(S::AdminGpgKey)),
    idle(S::ReadGpgKey, "read:gpg_key", Some(S::WriteGpgKey)),
    used(
        S::Codespace,
        "codespace",
        None,
        "Keep one's own secrets for jobs.",
        &[write("codespaces_user_secrets")],
    ),
    used(
        S::CodespaceSecrets,
        "codespace:secrets",
        Some(S::Codespace),
        "Keep one's own secrets for jobs.",
        &[write("codespaces_user_secrets")],
    ),
    used(
        S::ReadAuditLog,
        "read:audit_log",
        None,
        "Read the log of organizations.",
        &[read("organization_administration")],
    ),
];

impl ClassicScope {
    /// All of them, parents before their children.
    pub fn all() -> &'static [ScopeEntry] {
        &TABLE
    }

    /// Its entry.
    pub fn entry(self) -> &'static ScopeEntry {
        // The table stands in the enum's order, which a test holds it to.
        let [first, ..] = &TABLE;
        TABLE.get(self as usize).unwrap_or(first)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        TABLE
            .iter()
            .find(|entry| entry.name == name)
            .map(|entry| entry.scope)
    }

    const fn bit(self) -> u64 {
        1 << self as u8
    }
}

/// A set of scopes with all that they include.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u64);

impl Scopes {
    /// None: what everybody may.
    pub const NONE: Self = Self(0);

    /// These, with what they include in a table of this version: a scope that came later is not among it.
    pub fn of(scopes: &[ClassicScope], version: u16) -> Self {
        let mut bits = scopes.iter().fold(0, |bits, scope| bits | scope.bit());
        // Parents stand before their children: one way through reaches all of them.
        for entry in TABLE.iter().filter(|entry| entry.since <= version) {
            if entry.parent.is_some_and(|parent| bits & parent.bit() != 0) {
                bits |= entry.scope.bit();
            }
        }
        Self(bits)
    }

    /// Reads names, separated by spaces or commas; with what they include today. An unknown name is told.
    pub fn parse(text: &str) -> Result<Self, UnknownScope> {
        let mut scopes = Vec::new();
        for name in text
            .split([' ', ','])
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            scopes.push(ClassicScope::parse(name).ok_or_else(|| UnknownScope(name.to_owned()))?);
        }
        Ok(Self::of(&scopes, SCOPES_VERSION))
    }

    /// Whether the scope is held, by itself or within another.
    pub const fn has(self, scope: ClassicScope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether any of them is held.
    pub fn has_any(self, scopes: &[ClassicScope]) -> bool {
        scopes.iter().any(|scope| self.has(*scope))
    }

    /// Whether something of an organization is reached with them: what is about oneself alone is not, nor is
    /// `workflow` without a scope that lets push.
    pub fn reach_organizations(self) -> bool {
        use ClassicScope::{ReadUser, User, UserEmail, Workflow};
        let apart = [User, ReadUser, UserEmail, Workflow];
        TABLE
            .iter()
            .any(|entry| entry.used && self.has(entry.scope) && !apart.contains(&entry.scope))
    }

    /// Whether all of `other` is held.
    pub const fn include(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Those in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The permissions with which a fine-grained token comes nearest to them.
    pub fn nearest(self) -> Permissions {
        let wanted = TABLE.iter().filter(|entry| self.has(entry.scope));
        let permissions = wanted
            .flat_map(|entry| entry.nearest)
            .filter_map(|wanted| Some((wanted.permission()?, wanted.level)))
            .fold(
                std::collections::BTreeMap::new(),
                |mut highest, (key, level)| {
                    let held = highest.entry(key).or_insert(level);
                    *held = level.max(*held);
                    highest
                },
            );
        Permissions::new(permissions)
    }

    /// Those that are not within another that is held: the set as it is stored and shown.
    pub fn normalised(self) -> impl Iterator<Item = &'static ScopeEntry> {
        TABLE.iter().filter(move |entry| {
            self.has(entry.scope) && !entry.parent.is_some_and(|parent| self.has(parent))
        })
    }
}

/// The normalised names, separated by commas: as `X-OAuth-Scopes` has them.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, entry) in self.normalised().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            f.write_str(entry.name)?;
        }
        Ok(())
    }
}

/// A name that is no scope's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no scope")]
pub struct UnknownScope(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scope_has_one_entry_and_parents_come_first() {
        let mut seen = Vec::new();
        for entry in &TABLE {
            assert!(!seen.contains(&entry.scope), "{}", entry.name);
            assert!(entry.parent.is_none_or(|parent| seen.contains(&parent)));
            assert!(entry.since <= SCOPES_VERSION);
            assert_eq!(ClassicScope::parse(entry.name), Some(entry.scope));
            assert_eq!(entry.scope.name(), entry.name);
            assert_eq!(entry.scope as usize, seen.len());
            seen.push(entry.scope);
        }
        assert_eq!(seen.len(), S::ReadAuditLog as usize + 1);
    }

    #[test]
    fn a_parent_brings_its_children_and_shows_alone() {
        let held = Scopes::parse("public_repo, repo workflow").unwrap();
        assert!(held.has(S::RepoStatus) && held.has(S::PublicRepo));
        assert_eq!(held.to_string(), "repo, workflow");
        let org = Scopes::parse("admin:org").unwrap();
        assert!(org.has(S::ReadOrg) && org.to_string() == "admin:org");
    }

    #[test]
    fn what_must_be_asked_for_by_itself_is_within_nothing() {
        let all_but = |left: &[S]| {
            let scopes: Vec<S> = TABLE
                .iter()
                .map(|entry| entry.scope)
                .filter(|scope| !left.contains(scope))
                .collect();
            Scopes::of(&scopes, SCOPES_VERSION)
        };
        for scope in [
            S::DeleteRepo,
            S::Workflow,
            S::WritePackages,
            S::DeletePackages,
            S::AdminOrgHook,
        ] {
            assert!(!all_but(&[scope]).has(scope), "{}", scope.name());
        }
    }

    #[test]
    fn a_child_that_came_later_does_not_reach_older_tokens() {
        let old = Scopes::of(&[S::Repo], 0);
        assert!(old.has(S::Repo) && !old.has(S::RepoStatus));
        assert_eq!(old.to_string(), "repo");
    }

    #[test]
    fn what_is_about_oneself_reaches_no_organization() {
        for (names, reaches) in [
            ("", false),
            ("user gist", false),
            ("workflow", false),
            ("public_repo", true),
            ("read:org", true),
            ("workflow repo", true),
        ] {
            let held = Scopes::parse(names).unwrap();
            assert_eq!(held.reach_organizations(), reaches, "{names}");
        }
    }

    #[test]
    fn an_unknown_name_is_told() {
        assert_eq!(
            Scopes::parse("repo root"),
            Err(UnknownScope("root".to_owned()))
        );
        assert_eq!(Scopes::parse(" , "), Ok(Scopes::NONE));
    }
}
