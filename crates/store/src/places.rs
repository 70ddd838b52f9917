//! What the decision needs to know of the thing that a path names, and of a person's place in it.

use std::collections::BTreeMap;

use jeton_domain::{
    AccountId, BasePermission, OrganizationId, OrganizationPolicy, OrganizationRole, RepositoryId,
    Role, RoleSources, UserId, Visibility,
};

use crate::tokens::from_json;
use crate::{ReadUnit, Sql, StoreError, ToValue, service_accounts};

/// Ids asked for at once: chunks of one size, so that a connection prepares few statements.
const CHUNK: usize = 100;

/// An account that owns things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerPlace {
    /// Which.
    pub id: AccountId,
    /// Its name as typed.
    pub login: String,
    /// For an organization: its own policy and what members have everywhere.
    pub organization: Option<(OrganizationPolicy, BasePermission)>,
    /// The path named it by an earlier name.
    pub moved: bool,
}

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryPlace {
    /// Which.
    pub id: RepositoryId,
    /// Whose.
    pub owner: OwnerPlace,
    /// Its name as typed.
    pub name: String,
    /// Who sees it without a role.
    pub visibility: Visibility,
    /// Where its data lies.
    pub shard: u16,
    /// The path named it, or whose it is, by an earlier name.
    pub moved: bool,
}

/// A person's place with an owner and on a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// What gives a role on the repository.
    pub sources: RoleSources,
    /// A role on some repository of the owner, without membership.
    pub outside_collaborator: bool,
}

/// An owner by its folded name; where no account has it now, the one that gave it up last.
pub fn owner_by_any_name(
    unit: &mut ReadUnit<'_>,
    login_key: &str,
) -> Result<Option<OwnerPlace>, StoreError> {
    if let Some(now) = owner(unit, login_key)? {
        return Ok(Some(now));
    }
    if login_key.contains('\0') {
        return Ok(None);
    }
    let row = unit.one(
        "SELECT a.id, a.login, o.policy, o.base_permission FROM freed_names n \
         JOIN accounts a ON a.id = n.account_id LEFT JOIN organizations o ON o.account_id = a.id \
         WHERE n.login_key = $1 AND a.state <> 'deleted'",
        &[&login_key],
    )?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(OwnerPlace {
        moved: true,
        ..read_owner(&row)?
    }))
}

/// An owner by its folded name.
pub fn owner(unit: &mut ReadUnit<'_>, login_key: &str) -> Result<Option<OwnerPlace>, StoreError> {
    // No name holds it, and neither database takes it as an argument.
    if login_key.contains('\0') {
        return Ok(None);
    }
    let row = unit.one(
        "SELECT a.id, a.login, o.policy, o.base_permission FROM accounts a \
         LEFT JOIN organizations o ON o.account_id = a.id WHERE a.login_key = $1 AND a.state <> 'deleted'",
        &[&login_key],
    )?;
    row.map(|row| read_owner(&row)).transpose()
}

/// An owner by id.
pub fn owner_by_id(
    unit: &mut ReadUnit<'_>,
    id: AccountId,
) -> Result<Option<OwnerPlace>, StoreError> {
    let row = unit.one(
        "SELECT a.id, a.login, o.policy, o.base_permission FROM accounts a \
         LEFT JOIN organizations o ON o.account_id = a.id WHERE a.id = $1 AND a.state <> 'deleted'",
        &[&id],
    )?;
    row.map(|row| read_owner(&row)).transpose()
}

fn read_owner(row: &crate::Row) -> Result<OwnerPlace, StoreError> {
    let organization = match row.get::<Option<String>>(2)? {
        Some(policy) => Some((from_json(&policy)?, row.word(3, BasePermission::parse)?)),
        None => None,
    };
    Ok(OwnerPlace {
        id: row.get(0)?,
        login: row.get(1)?,
        organization,
        moved: false,
    })
}

/// A repository by the folded names of a path; where no repository has them now, one that had them
/// before, be it by an earlier name of its own, of its owner, or of both.
pub fn repository(
    unit: &mut ReadUnit<'_>,
    owner_key: &str,
    name_key: &str,
) -> Result<Option<RepositoryPlace>, StoreError> {
    let owner = owner_by_any_name(unit, owner_key)?;
    let Some(owner) = owner.filter(|_| !name_key.contains('\0')) else {
        return Ok(None);
    };
    let now = unit.one(
        "SELECT id, name, visibility, shard FROM repositories WHERE owner_id = $1 AND name_key = $2 AND state = 'active'",
        &[&owner.id, &name_key],
    )?;
    let (row, moved) = match now {
        Some(row) => (Some(row), false),
        None => (
            unit.one(
                "SELECT r.id, r.name, r.visibility, r.shard FROM repository_names n \
                 JOIN repositories r ON r.id = n.repository_id \
                 WHERE n.owner_id = $1 AND n.name_key = $2 AND r.owner_id = $1 AND r.state = 'active'",
                &[&owner.id, &name_key],
            )?,
            true,
        ),
    };
    row.map(|row| {
        Ok(RepositoryPlace {
            id: row.get(0)?,
            name: row.get(1)?,
            visibility: row.word(2, Visibility::parse)?,
            shard: row.word(3, |shard| shard.parse().ok())?,
            moved: moved || owner.moved,
            owner,
        })
    })
    .transpose()
}

/// A repository by id.
pub fn repository_by_id(
    unit: &mut ReadUnit<'_>,
    id: RepositoryId,
) -> Result<Option<RepositoryPlace>, StoreError> {
    let Some(row) = unit.one(
        "SELECT id, name, visibility, shard, owner_id FROM repositories WHERE id = $1 AND state = 'active'",
        &[&id],
    )?
    else {
        return Ok(None);
    };
    let Some(owner) = owner_by_id(unit, row.get(4)?)? else {
        return Ok(None);
    };
    Ok(Some(RepositoryPlace {
        id: row.get(0)?,
        name: row.get(1)?,
        visibility: row.word(2, Visibility::parse)?,
        shard: row.word(3, |shard| shard.parse().ok())?,
        owner,
        moved: false,
    }))
}

/// A person's place in an organization.
pub fn membership(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<OrganizationRole>, StoreError> {
    match unit.one(
        "SELECT role FROM memberships WHERE organization_id = $1 AND user_id = $2",
        &[&organization, &user],
    )? {
        Some(row) => row.word(0, OrganizationRole::parse).map(Some),
        None => Ok(None),
    }
}

/// Whether a person has a role on some repository of an organization without being a member.
pub fn is_outside_collaborator(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    user: UserId,
) -> Result<bool, StoreError> {
    if membership(unit, organization, user)?.is_some() {
        return Ok(false);
    }
    Ok(unit.number(
        "SELECT COUNT(*) FROM collaborators c JOIN repositories r ON r.id = c.repository_id \
         WHERE r.owner_id = $1 AND c.user_id = $2 AND r.state = 'active'",
        &[&organization, &user],
    )? > 0)
}

/// Everything that gives a person a role on a repository.
pub fn roles(
    unit: &mut ReadUnit<'_>,
    user: UserId,
    repository: &RepositoryPlace,
) -> Result<Roles, StoreError> {
    let direct = match unit.one(
        "SELECT role FROM collaborators WHERE repository_id = $1 AND user_id = $2",
        &[&repository.id, &user],
    )? {
        Some(row) => Some(row.word(0, Role::parse)?),
        None => None,
    };
    let Some((_, base)) = &repository.owner.organization else {
        let owns = repository.owner.id == AccountId::from(user);
        return Ok(Roles {
            sources: RoleSources {
                direct,
                owns,
                ..RoleSources::default()
            },
            outside_collaborator: false,
        });
    };
    let organization = repository.owner.id.as_organization();
    let membership = membership(unit, organization, user)?;
    let (direct, teams) = match membership {
        Some(_) => {
            let given = "SELECT g.role FROM team_repositories g JOIN mine ON mine.id = g.team_id \
                 WHERE g.repository_id = $3";
            (
                direct,
                team_role(unit, user, organization, given, &repository.id)?,
            )
        }
        // A service account is no member.
        None => (
            direct.max(service_accounts::everywhere(unit, user, organization)?),
            None,
        ),
    };
    Ok(Roles {
        sources: RoleSources {
            direct,
            teams,
            membership,
            base: Some(*base),
            owns: false,
        },
        outside_collaborator: is_outside_collaborator(unit, organization, user)?,
    })
}

/// The highest role that a person's teams give, a child team having what its parents have. `given`: the roles of
/// the teams `mine` on the thing `$3`.
pub(crate) fn team_role(
    unit: &mut ReadUnit<'_>,
    user: UserId,
    organization: OrganizationId,
    given: &str,
    thing: &dyn ToValue,
) -> Result<Option<Role>, StoreError> {
    let sql = Sql::built(format!(
        "WITH RECURSIVE mine(id, parent_id) AS ( \
           SELECT t.id, t.parent_id FROM teams t JOIN team_members m ON m.team_id = t.id \
           WHERE m.user_id = $1 AND t.organization_id = $2 \
           UNION SELECT p.id, p.parent_id FROM teams p JOIN mine c ON c.parent_id = p.id) \
         {given}"
    ));
    let rows = unit.all(sql, &[&user, &organization, thing])?;
    let roles = rows
        .iter()
        .map(|row| row.word(0, Role::parse))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(roles.into_iter().max())
}

/// `owner/name` of each repository that is there.
pub fn full_names(
    unit: &mut ReadUnit<'_>,
    ids: impl IntoIterator<Item = RepositoryId>,
) -> Result<BTreeMap<RepositoryId, String>, StoreError> {
    let ids: Vec<RepositoryId> = ids.into_iter().collect();
    let mut names = BTreeMap::new();
    for chunk in ids.chunks(CHUNK) {
        let sql = Sql::built(format!(
            "SELECT r.id, a.login, r.name FROM repositories r JOIN accounts a ON a.id = r.owner_id \
             WHERE r.state = 'active' AND r.id IN ({}) ORDER BY r.id",
            crate::in_list(1, chunk.len())
        ));
        let args: Vec<&dyn ToValue> = chunk.iter().map(|id| id as &dyn ToValue).collect();
        for row in unit.all(sql, &args)? {
            let (owner, name): (String, String) = (row.get(1)?, row.get(2)?);
            names.insert(row.get(0)?, format!("{owner}/{name}"));
        }
    }
    Ok(names)
}

/// The owner and the visibility of each repository that is there: what a list's predicate looks at.
pub fn owners_and_visibilities(
    unit: &mut ReadUnit<'_>,
    ids: impl IntoIterator<Item = RepositoryId>,
) -> Result<BTreeMap<RepositoryId, (AccountId, Visibility)>, StoreError> {
    let ids: Vec<RepositoryId> = ids.into_iter().collect();
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(CHUNK) {
        let sql = Sql::built(format!(
            "SELECT id, owner_id, visibility FROM repositories WHERE state = 'active' AND id IN ({}) ORDER BY id",
            crate::in_list(1, chunk.len())
        ));
        let args: Vec<&dyn ToValue> = chunk.iter().map(|id| id as &dyn ToValue).collect();
        for row in unit.all(sql, &args)? {
            found.insert(row.get(0)?, (row.get(1)?, row.word(2, Visibility::parse)?));
        }
    }
    Ok(found)
}

/// A person, the organizations they belong to, and those where they are an outside collaborator.
pub fn owners_near(unit: &mut ReadUnit<'_>, user: UserId) -> Result<Vec<AccountId>, StoreError> {
    unit.all(
        "SELECT m.organization_id FROM memberships m WHERE m.user_id = $1 \
         UNION SELECT r.owner_id FROM collaborators c JOIN repositories r ON r.id = c.repository_id \
         JOIN organizations o ON o.account_id = r.owner_id WHERE c.user_id = $1 AND r.state = 'active' \
         UNION SELECT u.account_id FROM users u WHERE u.account_id = $1 ORDER BY 1",
        &[&user],
    )?
    .iter()
    .map(|row| row.get(0))
    .collect()
}
