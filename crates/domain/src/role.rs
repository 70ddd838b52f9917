//! Roles on repositories and in organizations, and where a person's role comes from.

use serde::{Deserialize, Serialize};

/// A role on a repository. Higher includes lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// See and fetch.
    Read,
    /// Also sort issues; on what Jeton guards the same as read.
    Triage,
    /// Also push.
    Write,
    /// Also the harmless settings.
    Maintain,
    /// Everything: collaborators, visibility, deletion.
    Admin,
}

impl Role {
    /// All, lowest first.
    pub const ALL: [Self; 5] = [
        Self::Read,
        Self::Triage,
        Self::Write,
        Self::Maintain,
        Self::Admin,
    ];

    /// The word shown and stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Triage => "triage",
            Self::Write => "write",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }

    /// Reads the word; GitHub's API also says `pull` for read and `push` for write.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "pull" => Some(Self::Read),
            "push" => Some(Self::Write),
            _ => Self::ALL.into_iter().find(|r| r.name() == word),
        }
    }
}

/// What a person is in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrganizationRole {
    /// Belongs to it.
    Member,
    /// Administers it, and every repository in it.
    Owner,
}

impl OrganizationRole {
    /// The word stored. GitHub's API calls an owner `admin`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Owner => "owner",
        }
    }

    /// Reads the stored word, or GitHub's.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "member" => Some(Self::Member),
            "owner" | "admin" => Some(Self::Owner),
            _ => None,
        }
    }
}

/// What every member has on every repository of the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BasePermission {
    /// Nothing: roles are given one by one.
    None,
    /// Read everything. The default.
    Read,
    /// Push everywhere.
    Write,
    /// Administer everything.
    Admin,
}

impl BasePermission {
    /// All, lowest first.
    pub const ALL: [Self; 4] = [Self::None, Self::Read, Self::Write, Self::Admin];

    /// The word shown and stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|b| b.name() == word)
    }

    /// The role it gives.
    pub const fn role(self) -> Option<Role> {
        match self {
            Self::None => None,
            Self::Read => Some(Role::Read),
            Self::Write => Some(Role::Write),
            Self::Admin => Some(Role::Admin),
        }
    }
}

/// Everything that can give a person a role on one repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoleSources {
    /// Given to the person by name.
    pub direct: Option<Role>,
    /// The highest that a team gives, parents included: a child team has what its parent has.
    pub teams: Option<Role>,
    /// The person's place in the owning organization.
    pub membership: Option<OrganizationRole>,
    /// The owning organization's base permission; counts for members only.
    pub base: Option<BasePermission>,
    /// The repository stands in the person's own name space.
    pub owns: bool,
}

impl RoleSources {
    /// The highest of all sources.
    pub fn role(&self) -> Option<Role> {
        let owner =
            (self.owns || self.membership == Some(OrganizationRole::Owner)).then_some(Role::Admin);
        let base = self
            .membership
            .and(self.base)
            .and_then(BasePermission::role);
        // Teams belong to members: a removed member's forgotten team row gives nothing.
        let teams = self.membership.and(self.teams);
        // No role is the lowest.
        self.direct.max(teams).max(base).max(owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_the_highest_of_its_sources() {
        let member = RoleSources {
            membership: Some(OrganizationRole::Member),
            base: Some(BasePermission::Read),
            ..RoleSources::default()
        };
        assert_eq!(member.role(), Some(Role::Read));
        assert_eq!(
            RoleSources {
                teams: Some(Role::Maintain),
                ..member
            }
            .role(),
            Some(Role::Maintain)
        );
        assert_eq!(
            RoleSources {
                membership: Some(OrganizationRole::Owner),
                ..member
            }
            .role(),
            Some(Role::Admin)
        );
    }

    #[test]
    fn base_and_teams_count_for_members_only() {
        let stranger = RoleSources {
            base: Some(BasePermission::Admin),
            teams: Some(Role::Admin),
            ..RoleSources::default()
        };
        assert_eq!(stranger.role(), None);
        assert_eq!(
            RoleSources {
                direct: Some(Role::Triage),
                ..stranger
            }
            .role(),
            Some(Role::Triage)
        );
    }
}
