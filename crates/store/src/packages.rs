//! Packages: their rows, and what the decision needs to know of one.

use jeton_domain::{AccountId, PackageId, RepositoryId, Time, UserId, Visibility};

use crate::places::{self, OwnerPlace, RepositoryPlace};
use crate::{ReadUnit, Row, Sql, StoreError, WriteUnit};

/// A package as the decision finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackagePlace {
    /// Which.
    pub id: PackageId,
    /// Whose.
    pub owner: OwnerPlace,
    /// Its name, without the scope.
    pub name: String,
    /// The repository that it belongs to: one that is there, and the same owner's.
    pub repository: Option<RepositoryPlace>,
    /// Who sees it without a role, where it belongs to none.
    pub visibility: Visibility,
}

/// A package as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageRow {
    /// Which.
    pub id: PackageId,
    /// Whose.
    pub owner: AccountId,
    /// The owner's name as typed.
    pub owner_login: String,
    /// The owner is an organization.
    pub owner_is_organization: bool,
    /// Its name, without the scope.
    pub name: String,
    /// The repository that it was said to belong to.
    pub repository: Option<RepositoryId>,
    /// Who sees it without a role, where it belongs to none.
    pub visibility: Visibility,
    /// What its newest version says of it.
    pub readme: String,
    /// Counts its changes.
    pub revision: i64,
    /// Since when.
    pub created_at: Time,
    /// Its last change.
    pub updated_at: Time,
}

impl PackageRow {
    /// `@owner/name`, as npm writes it: in lower case.
    pub fn full_name(&self) -> String {
        full_name(&self.owner_login, &self.name)
    }
}

/// `@owner/name`, as npm writes it: in lower case.
pub fn full_name(login: &str, name: &str) -> String {
    format!("@{}/{name}", login.to_ascii_lowercase())
}

/// What is needed to add one.
#[derive(Debug)]
pub struct NewPackage<'a> {
    /// Whose.
    pub owner: AccountId,
    /// Its name, without the scope.
    pub name: &'a str,
    /// The repository that it belongs to.
    pub repository: Option<RepositoryId>,
    /// Who sees it without a role, where it belongs to none.
    pub visibility: Visibility,
    /// Who publishes it.
    pub creator: UserId,
}

const SELECT: &str = "SELECT p.id, p.owner_id, a.login, a.kind, p.name, p.repository_id, p.visibility, p.readme, \
     p.revision, p.created_at, p.updated_at FROM packages p JOIN accounts a ON a.id = p.owner_id";

fn read(row: &Row) -> Result<PackageRow, StoreError> {
    Ok(PackageRow {
        id: row.get(0)?,
        owner: row.get(1)?,
        owner_login: row.get(2)?,
        owner_is_organization: row.get::<String>(3)? == "organization",
        name: row.get(4)?,
        repository: row.get(5)?,
        visibility: row.word(6, Visibility::parse)?,
        readme: row.get(7)?,
        revision: row.get(8)?,
        created_at: row.get(9)?,
        updated_at: row.get(10)?,
    })
}

/// A package by the folded name of its owner and its own.
pub fn place(
    unit: &mut ReadUnit<'_>,
    owner_key: &str,
    name: &str,
) -> Result<Option<PackagePlace>, StoreError> {
    let owner = places::owner(unit, owner_key)?;
    let Some(owner) = owner.filter(|_| !name.contains('\0')) else {
        return Ok(None);
    };
    let row = unit.one(
        "SELECT id, name, repository_id, visibility FROM packages \
         WHERE owner_id = $1 AND name = $2 AND state = 'active'",
        &[&owner.id, &name],
    )?;
    row.map(|row| located(unit, &row, owner)).transpose()
}

/// A package by id.
pub fn place_by_id(
    unit: &mut ReadUnit<'_>,
    id: PackageId,
) -> Result<Option<PackagePlace>, StoreError> {
    let row = unit.one(
        "SELECT id, name, repository_id, visibility, owner_id FROM packages WHERE id = $1 AND state = 'active'",
        &[&id],
    )?;
    let Some(row) = row else { return Ok(None) };
    let Some(owner) = places::owner_by_id(unit, row.get(4)?)? else {
        return Ok(None);
    };
    located(unit, &row, owner).map(Some)
}

/// A repository that is gone, or another's by now, is none that it belongs to.
fn located(
    unit: &mut ReadUnit<'_>,
    row: &Row,
    owner: OwnerPlace,
) -> Result<PackagePlace, StoreError> {
    let repository = match row.get::<Option<RepositoryId>>(2)? {
        Some(id) => places::repository_by_id(unit, id)?.filter(|found| found.owner.id == owner.id),
        None => None,
    };
    Ok(PackagePlace {
        id: row.get(0)?,
        owner,
        name: row.get(1)?,
        repository,
        visibility: row.word(3, Visibility::parse)?,
    })
}

/// A package by id.
pub fn by_id(unit: &mut ReadUnit<'_>, id: PackageId) -> Result<Option<PackageRow>, StoreError> {
    let sql = Sql::built(format!("{SELECT} WHERE p.id = $1 AND p.state = 'active'"));
    unit.one(sql, &[&id])?.as_ref().map(read).transpose()
}

/// The packages of an owner, by name.
pub fn of_owner(unit: &mut ReadUnit<'_>, owner: AccountId) -> Result<Vec<PackageRow>, StoreError> {
    let sql = Sql::built(format!(
        "{SELECT} WHERE p.owner_id = $1 AND p.state = 'active' ORDER BY p.name"
    ));
    unit.all(sql, &[&owner])?.iter().map(read).collect()
}

/// The packages with numbers above `after`, in that order.
pub fn after(
    unit: &mut ReadUnit<'_>,
    after: i64,
    count: i64,
) -> Result<Vec<PackageRow>, StoreError> {
    let sql = Sql::built(format!(
        "{SELECT} WHERE p.id > $1 AND p.state = 'active' AND a.state <> 'deleted' ORDER BY p.id LIMIT $2"
    ));
    unit.all(sql, &[&after, &count])?.iter().map(read).collect()
}

/// Adds a package. A taken name is a conflict on `packages_name`.
pub fn insert(
    unit: &mut WriteUnit<'_>,
    new: &NewPackage<'_>,
    now: Time,
) -> Result<PackageId, StoreError> {
    let id: PackageId = unit.allocate()?;
    unit.execute_one(
        "INSERT INTO packages (id, owner_id, name, repository_id, visibility, created_by, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        &[
            &id,
            &new.owner,
            &new.name,
            &new.repository,
            &new.visibility.name(),
            &new.creator,
            &now,
        ],
    )?;
    Ok(id)
}

/// Counts a change.
pub fn touch(unit: &mut WriteUnit<'_>, id: PackageId, now: Time) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE packages SET revision = revision + 1, updated_at = $2 WHERE id = $1 AND state = 'active'",
        &[&id, &now],
    )
}

/// What its newest version says of it.
pub fn set_readme(unit: &mut WriteUnit<'_>, id: PackageId, readme: &str) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE packages SET readme = $2 WHERE id = $1",
        &[&id, &readme],
    )
}

/// Which repository it belongs to.
pub fn set_repository(
    unit: &mut WriteUnit<'_>,
    id: PackageId,
    repository: Option<RepositoryId>,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE packages SET repository_id = $2 WHERE id = $1",
        &[&id, &repository],
    )
}

/// Who sees it without a role.
pub fn set_visibility(
    unit: &mut WriteUnit<'_>,
    id: PackageId,
    visibility: Visibility,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE packages SET visibility = $2 WHERE id = $1",
        &[&id, &visibility.name()],
    )
}

/// Marks a package deleted; its versions are ended before, and nobody has a role on it any more.
pub fn delete(unit: &mut WriteUnit<'_>, id: PackageId, now: Time) -> Result<(), StoreError> {
    unit.execute("DELETE FROM package_people WHERE package_id = $1", &[&id])?;
    unit.execute("DELETE FROM package_teams WHERE package_id = $1", &[&id])?;
    unit.execute("DELETE FROM package_tags WHERE package_id = $1", &[&id])?;
    unit.execute_one(
        "UPDATE packages SET state = 'deleted', deleted_at = $2, readme = '', updated_at = $2 WHERE id = $1 AND state = 'active'",
        &[&id, &now],
    )
}
