//! Repositories, their earlier names, and lists of them by a closed predicate.

use jeton_decide::{Clause, RepositoryPredicate};
use jeton_domain::{AccountId, Reach, RepositoryId, RepositoryName, Time, Visibility};

use crate::sql::like;
use crate::{ReadUnit, Row, Sql, StoreError, ToValue, Value, WriteUnit, in_list};

/// A repository as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryRow {
    /// Which.
    pub id: RepositoryId,
    /// Whose.
    pub owner: AccountId,
    /// The owner's name as typed.
    pub owner_login: String,
    /// The owner is an organization.
    pub owner_is_organization: bool,
    /// Its name as typed.
    pub name: String,
    /// Who sees it without a role.
    pub visibility: Visibility,
    /// Where its data lies.
    pub shard: u16,
    /// The branch that a clone checks out.
    pub default_branch: String,
    /// What it is.
    pub description: String,
    /// Since when.
    pub created_at: Time,
}

impl RepositoryRow {
    /// `owner/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner_login, self.name)
    }
}

/// What is needed to add one.
#[derive(Debug)]
pub struct NewRepository<'a> {
    /// Whose.
    pub owner: AccountId,
    /// Its name.
    pub name: &'a RepositoryName,
    /// Who sees it without a role.
    pub visibility: Visibility,
    /// Where its data lies.
    pub shard: u16,
    /// The branch that a clone checks out.
    pub default_branch: &'a str,
    /// What it is.
    pub description: &'a str,
}

const SELECT: &str = "SELECT r.id, r.owner_id, a.login, a.kind, r.name, r.visibility, r.shard, r.default_branch, \
     r.description, r.created_at FROM repositories r JOIN accounts a ON a.id = r.owner_id";

fn read(row: &Row) -> Result<RepositoryRow, StoreError> {
    Ok(RepositoryRow {
        id: row.get(0)?,
        owner: row.get(1)?,
        owner_login: row.get(2)?,
        owner_is_organization: row.get::<String>(3)? == "organization",
        name: row.get(4)?,
        visibility: row.word(5, Visibility::parse)?,
        shard: row.word(6, |shard| shard.parse().ok())?,
        default_branch: row.get(7)?,
        description: row.get(8)?,
        created_at: row.get(9)?,
    })
}

/// Adds a repository. A taken name is a conflict on `repositories_name`.
pub fn insert(
    unit: &mut WriteUnit<'_>,
    new: &NewRepository<'_>,
    now: Time,
) -> Result<RepositoryId, StoreError> {
    let id: RepositoryId = unit.allocate()?;
    unit.execute_one(
        "INSERT INTO repositories (id, owner_id, name, name_key, visibility, shard, default_branch, description, \
         created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            &id,
            &new.owner,
            &new.name.as_str(),
            &new.name.key(),
            &new.visibility.name(),
            &new.shard.to_string(),
            &new.default_branch,
            &new.description,
            &now,
        ],
    )?;
    Ok(id)
}

/// A repository by id, deleted ones left out.
pub fn by_id(
    unit: &mut ReadUnit<'_>,
    id: RepositoryId,
) -> Result<Option<RepositoryRow>, StoreError> {
    let sql = Sql::built(format!("{SELECT} WHERE r.id = $1 AND r.state = 'active'"));
    unit.one(sql, &[&id])?.as_ref().map(read).transpose()
}

/// A repository by id, whatever became of it: for what is told of its end.
pub fn ever_by_id(
    unit: &mut ReadUnit<'_>,
    id: RepositoryId,
) -> Result<Option<RepositoryRow>, StoreError> {
    let sql = Sql::built(format!("{SELECT} WHERE r.id = $1"));
    unit.one(sql, &[&id])?.as_ref().map(read).transpose()
}

/// How many repositories an account has.
pub fn count_of_owner(unit: &mut ReadUnit<'_>, owner: AccountId) -> Result<i64, StoreError> {
    unit.number(
        "SELECT COUNT(*) FROM repositories WHERE owner_id = $1 AND state = 'active'",
        &[&owner],
    )
}

/// Every account that has repositories.
pub fn owners(unit: &mut ReadUnit<'_>) -> Result<Vec<AccountId>, StoreError> {
    unit.all(
        "SELECT DISTINCT owner_id FROM repositories WHERE state = 'active' ORDER BY owner_id",
        &[],
    )?
    .iter()
    .map(|row| row.get(0))
    .collect()
}

/// What the data folder must hold of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Part of the data folder.
    pub shard: u16,
    /// Which one.
    pub id: RepositoryId,
    /// The branch that its HEAD names.
    pub default_branch: String,
}

/// Every repository, deleted ones left out.
pub fn places(unit: &mut ReadUnit<'_>) -> Result<Vec<Kept>, StoreError> {
    unit.all(
        "SELECT shard, id, default_branch FROM repositories WHERE state = 'active' ORDER BY id",
        &[],
    )?
    .iter()
    .map(|row| {
        Ok(Kept {
            shard: row.word(0, |shard| shard.parse().ok())?,
            id: row.get(1)?,
            default_branch: row.get(2)?,
        })
    })
    .collect()
}

/// Whose earlier name a name is, so that whoever takes it knows what is not reached by it any more.
pub fn former(
    unit: &mut ReadUnit<'_>,
    owner: AccountId,
    name: &RepositoryName,
) -> Result<Option<RepositoryId>, StoreError> {
    unit.one(
        "SELECT repository_id FROM repository_names WHERE owner_id = $1 AND name_key = $2",
        &[&owner, &name.key()],
    )?
    .map(|row| row.get(0))
    .transpose()
}

/// An earlier name leads nowhere any more.
pub fn forget_former(
    unit: &mut WriteUnit<'_>,
    owner: AccountId,
    name: &RepositoryName,
) -> Result<(), StoreError> {
    unit.execute(
        "DELETE FROM repository_names WHERE owner_id = $1 AND name_key = $2",
        &[&owner, &name.key()],
    )?;
    Ok(())
}

/// Gives a repository another name; the old one leads to it until it is used again. A taken name is a
/// conflict on `repositories_name`.
pub fn rename(
    unit: &mut WriteUnit<'_>,
    id: RepositoryId,
    name: &RepositoryName,
) -> Result<(), StoreError> {
    unit.execute(
        "INSERT INTO repository_names (owner_id, name_key, repository_id) \
         SELECT owner_id, name_key, id FROM repositories WHERE id = $1 AND name_key <> $2 \
         ON CONFLICT (owner_id, name_key) DO UPDATE SET repository_id = excluded.repository_id",
        &[&id, &name.key()],
    )?;
    unit.execute_one(
        "UPDATE repositories SET name = $2, name_key = $3 WHERE id = $1 AND state = 'active'",
        &[&id, &name.as_str(), &name.key()],
    )
}

/// Changes who sees a repository without a role.
pub fn set_visibility(
    unit: &mut WriteUnit<'_>,
    id: RepositoryId,
    visibility: Visibility,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE repositories SET visibility = $2 WHERE id = $1 AND state = 'active'",
        &[&id, &visibility.name()],
    )
}

/// Changes description and default branch.
pub fn describe(
    unit: &mut WriteUnit<'_>,
    id: RepositoryId,
    description: &str,
    default_branch: &str,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE repositories SET description = $2, default_branch = $3 WHERE id = $1 AND state = 'active'",
        &[&id, &description, &default_branch],
    )
}

/// Every repository of an account, by name.
pub fn of_owner(
    unit: &mut ReadUnit<'_>,
    owner: AccountId,
) -> Result<Vec<RepositoryRow>, StoreError> {
    let sql = Sql::built(format!(
        "{SELECT} WHERE r.owner_id = $1 AND r.state = 'active' ORDER BY r.name_key"
    ));
    unit.all(sql, &[&owner])?.iter().map(read).collect()
}

/// Gives a repository to another account. No role on it goes along, and no earlier name leads to it. A
/// taken name is a conflict on `repositories_name`.
pub fn transfer(
    unit: &mut WriteUnit<'_>,
    id: RepositoryId,
    to: AccountId,
) -> Result<(), StoreError> {
    loosen(unit, id)?;
    unit.execute_one(
        "UPDATE repositories SET owner_id = $2 WHERE id = $1 AND state = 'active'",
        &[&id, &to],
    )
}

/// Marks a repository deleted and takes every role on it; its row stays for the log.
pub fn delete(unit: &mut WriteUnit<'_>, id: RepositoryId, now: Time) -> Result<(), StoreError> {
    loosen(unit, id)?;
    unit.execute_one(
        "UPDATE repositories SET state = 'deleted', deleted_at = $2 WHERE id = $1 AND state = 'active'",
        &[&id, &now],
    )
}

/// Whether there is, or was, a repository of this number.
pub fn is_known(unit: &mut ReadUnit<'_>, id: RepositoryId) -> Result<bool, StoreError> {
    let row = unit.one("SELECT id FROM repositories WHERE id = $1", &[&id])?;
    Ok(row.is_some())
}

/// Takes a repository's earlier names and every role on it.
fn loosen(unit: &mut WriteUnit<'_>, id: RepositoryId) -> Result<(), StoreError> {
    unit.execute(
        "DELETE FROM repository_names WHERE repository_id = $1",
        &[&id],
    )?;
    unit.execute("DELETE FROM collaborators WHERE repository_id = $1", &[&id])?;
    unit.execute(
        "DELETE FROM team_repositories WHERE repository_id = $1",
        &[&id],
    )?;
    Ok(())
}

/// A part of all repositories that a list speaks of, before anybody's eyes narrow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Among {
    /// Those of one owner.
    Owner(AccountId),
    /// Those of these owners, and these themselves.
    Either(Vec<AccountId>, Vec<RepositoryId>),
    /// Those of one owner in whose name each of these words stands, however it is written.
    Named(AccountId, Vec<String>),
    /// Those behind this number.
    After(i64),
    /// Of these, what was made at the first moment or later, and before the second.
    Made(Box<Among>, Option<Time>, Option<Time>),
}

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Owner and name.
    #[default]
    Name,
    /// The same, the last first.
    NameDescending,
    /// When it was made.
    Made,
    /// The same, the newest first.
    MadeDescending,
    /// Its number.
    Number,
}

impl Order {
    const fn sql(self) -> &'static str {
        match self {
            Self::Name => "a.login_key, r.name_key",
            Self::NameDescending => "a.login_key DESC, r.name_key DESC",
            Self::Made => "r.created_at, r.id",
            Self::MadeDescending => "r.created_at DESC, r.id DESC",
            Self::Number => "r.id",
        }
    }
}

/// A predicate as a condition on `r`, with its arguments.
#[derive(Debug, Default)]
struct Compiled {
    sql: String,
    values: Vec<Value>,
}

impl Compiled {
    fn list(&mut self, items: impl Iterator<Item = Value>) -> String {
        let first = self.values.len() + 1;
        self.values.extend(items);
        in_list(first, self.values.len() + 1 - first)
    }

    fn clause(&mut self, clause: &Clause) -> String {
        let list = self.list(clause.visibilities.iter().map(|v| v.name().to_value()));
        let mut parts = vec![format!("r.visibility IN ({list})")];
        if let Reach::Only(owners) = &clause.owners {
            let list = self.list(owners.iter().map(ToValue::to_value));
            parts.push(format!("r.owner_id IN ({list})"));
        }
        if !clause.except_owners.is_empty() {
            let list = self.list(clause.except_owners.iter().map(ToValue::to_value));
            parts.push(format!("r.owner_id NOT IN ({list})"));
        }
        if let Reach::Only(ids) = &clause.repositories {
            let list = self.list(ids.iter().map(ToValue::to_value));
            parts.push(format!("r.id IN ({list})"));
        }
        format!("({})", parts.join(" AND "))
    }

    fn among(&mut self, among: &Among) -> String {
        match among {
            Among::Owner(owner) => {
                let list = self.list(std::iter::once(owner.to_value()));
                format!("r.owner_id IN ({list})")
            }
            Among::Either(owners, ids) => {
                let owners = self.list(owners.iter().map(ToValue::to_value));
                let ids = self.list(ids.iter().map(ToValue::to_value));
                format!("(r.owner_id IN ({owners}) OR r.id IN ({ids}))")
            }
            Among::Named(owner, words) => {
                let list = self.list(std::iter::once(owner.to_value()));
                words
                    .iter()
                    .fold(format!("r.owner_id IN ({list})"), |sql, word| {
                        let pattern = self.list(std::iter::once(like(word).to_value()));
                        format!("{sql} AND r.name_key LIKE {pattern} ESCAPE '!'")
                    })
            }
            Among::After(number) => {
                let number = self.list(std::iter::once(number.to_value()));
                format!("r.id > {number}")
            }
            Among::Made(among, since, before) => {
                let mut sql = self.among(among);
                for (moment, how) in [(since, ">="), (before, "<")] {
                    if let Some(moment) = moment {
                        let moment = self.list(std::iter::once(moment.to_value()));
                        sql = format!("{sql} AND r.created_at {how} {moment}");
                    }
                }
                sql
            }
        }
    }

    fn arguments(&self) -> Vec<&dyn ToValue> {
        self.values
            .iter()
            .map(|value| value as &dyn ToValue)
            .collect()
    }
}

/// A predicate and what it is applied to, as SQL. Without clauses it holds for nothing.
fn compile(predicate: &RepositoryPredicate, among: &Among) -> Compiled {
    let mut compiled = Compiled::default();
    let clauses: Vec<String> = predicate
        .clauses
        .iter()
        .map(|clause| compiled.clause(clause))
        .collect();
    let seen = if clauses.is_empty() {
        "1 = 0".to_owned()
    } else {
        clauses.join(" OR ")
    };
    let among = compiled.among(among);
    compiled.sql = format!("r.state = 'active' AND {among} AND ({seen})");
    compiled
}

/// A page of the repositories that the predicate admits.
pub fn page(
    unit: &mut ReadUnit<'_>,
    predicate: &RepositoryPredicate,
    among: &Among,
    order: Order,
    (offset, count): (i64, i64),
) -> Result<Vec<RepositoryRow>, StoreError> {
    let compiled = compile(predicate, among);
    let next = compiled.values.len() + 1;
    let sql = format!(
        "{SELECT} WHERE {} ORDER BY {} LIMIT ${next} OFFSET ${}",
        compiled.sql,
        order.sql(),
        next + 1
    );
    let mut arguments = compiled.arguments();
    arguments.push(&count);
    arguments.push(&offset);
    unit.all(Sql::built(sql), &arguments)?
        .iter()
        .map(read)
        .collect()
}

/// How many there are.
pub fn count(
    unit: &mut ReadUnit<'_>,
    predicate: &RepositoryPredicate,
    among: &Among,
) -> Result<i64, StoreError> {
    let compiled = compile(predicate, among);
    let sql = format!("SELECT COUNT(*) FROM repositories r WHERE {}", compiled.sql);
    unit.number(Sql::built(sql), &compiled.arguments())
}
