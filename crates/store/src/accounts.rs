//! Accounts: the one name space of users, organizations and service accounts.

use std::collections::BTreeSet;

use jeton_domain::{AccountId, Login, Time};

use crate::{ReadUnit, Row, StoreError, WriteUnit};

/// What an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountKind {
    /// A person.
    User,
    /// An organization.
    Organization,
    /// A service account.
    Service,
}

/// Whether an account may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// It may.
    Active,
    /// Not now.
    Suspended {
        /// Since when.
        at: Time,
    },
    /// Never again; the row stays for the log.
    Deleted {
        /// Since when.
        at: Time,
    },
}

/// A row of `accounts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id, kept through renames.
    pub id: AccountId,
    /// What it is.
    pub kind: AccountKind,
    /// Its name as typed. Stored names were parsed once; rules may have grown stricter since, so it is text here.
    pub login: String,
    /// What people call it; may be empty.
    pub display_name: String,
    /// When it was made.
    pub created_at: Time,
    /// Whether it may act.
    pub state: AccountState,
}

impl AccountKind {
    /// The stored word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Organization => "organization",
            Self::Service => "service",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::User, Self::Organization, Self::Service]
            .into_iter()
            .find(|kind| kind.name() == word)
    }
}

impl Account {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let suspended_at: Option<Time> = row.get(6)?;
        let deleted_at: Option<Time> = row.get(7)?;
        Ok(Self {
            id: row.get(0)?,
            kind: row.word(1, AccountKind::parse)?,
            login: row.get(2)?,
            display_name: row.get(3)?,
            created_at: row.get(4)?,
            state: row.word(5, |word| match word {
                "active" => Some(AccountState::Active),
                "suspended" => suspended_at.map(|at| AccountState::Suspended { at }),
                "deleted" => deleted_at.map(|at| AccountState::Deleted { at }),
                _ => None,
            })?,
        })
    }
}

/// Makes an account. A taken name is a conflict on `accounts_login`.
pub fn create(
    unit: &mut WriteUnit<'_>,
    kind: AccountKind,
    login: &Login,
    display_name: &str,
    now: Time,
) -> Result<AccountId, StoreError> {
    let id: AccountId = unit.allocate()?;
    unit.execute_one(
        "INSERT INTO accounts (id, kind, login, login_key, display_name, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        &[&id, &kind.name(), &login.as_str(), &login.key(), &display_name, &now],
    )?;
    Ok(id)
}

/// The account with this id, deleted or not.
pub fn by_id(unit: &mut ReadUnit<'_>, id: AccountId) -> Result<Option<Account>, StoreError> {
    unit.one(
        "SELECT id, kind, login, display_name, created_at, state, suspended_at, deleted_at FROM accounts WHERE id = $1",
        &[&id],
    )?
    .as_ref()
    .map(Account::read)
    .transpose()
}

/// The account that has this name now.
pub fn by_login(unit: &mut ReadUnit<'_>, login: &Login) -> Result<Option<Account>, StoreError> {
    unit.one(
        "SELECT id, kind, login, display_name, created_at, state, suspended_at, deleted_at FROM accounts \
         WHERE login_key = $1 AND state <> 'deleted'",
        &[&login.key()],
    )?
    .as_ref()
    .map(Account::read)
    .transpose()
}

/// The account that gave this name up last, where nobody has it now and it was not given out again.
pub fn by_former_login(
    unit: &mut ReadUnit<'_>,
    login: &Login,
) -> Result<Option<Account>, StoreError> {
    unit.one(
        "SELECT a.id, a.kind, a.login, a.display_name, a.created_at, a.state, a.suspended_at, a.deleted_at \
         FROM freed_names n JOIN accounts a ON a.id = n.account_id WHERE n.login_key = $1 AND a.state <> 'deleted' \
         AND NOT EXISTS (SELECT 1 FROM accounts b WHERE b.login_key = $1 AND b.state <> 'deleted')",
        &[&login.key()],
    )?
    .as_ref()
    .map(Account::read)
    .transpose()
}

/// Every person who has this folded name, was deleted under it, or gave it up last: whom an older entry of
/// the log may mean by it.
pub fn people_ever_called(
    unit: &mut ReadUnit<'_>,
    key: &str,
) -> Result<BTreeSet<AccountId>, StoreError> {
    unit.all(
        "SELECT id FROM accounts WHERE kind = 'user' AND login_key = $1 \
         UNION SELECT account_id FROM freed_names WHERE login_key = $1",
        &[&key],
    )?
    .iter()
    .map(|row| row.get(0))
    .collect()
}

/// Accounts of a kind that are not deleted, by name, from after `after` (a folded name; `""` for the first page).
pub fn page(
    unit: &mut ReadUnit<'_>,
    kind: AccountKind,
    after: &str,
    limit: u32,
) -> Result<Vec<Account>, StoreError> {
    unit.all(
        "SELECT id, kind, login, display_name, created_at, state, suspended_at, deleted_at FROM accounts \
         WHERE kind = $1 AND login_key > $2 AND state <> 'deleted' ORDER BY login_key LIMIT $3",
        &[&kind.name(), &after, &limit],
    )?
    .iter()
    .map(Account::read)
    .collect()
}

/// People and organizations that are not deleted, by number, behind the one that is given.
pub fn after(unit: &mut ReadUnit<'_>, number: i64, count: i64) -> Result<Vec<Account>, StoreError> {
    unit.all(
        "SELECT id, kind, login, display_name, created_at, state, suspended_at, deleted_at FROM accounts \
         WHERE id > $1 AND kind IN ('user', 'organization') AND state <> 'deleted' ORDER BY id LIMIT $2",
        &[&number, &count],
    )?
    .iter()
    .map(Account::read)
    .collect()
}

/// A page of the accounts of a kind by name, so many passed by.
pub fn page_at(
    unit: &mut ReadUnit<'_>,
    kind: AccountKind,
    offset: i64,
    count: i64,
) -> Result<Vec<Account>, StoreError> {
    unit.all(
        "SELECT id, kind, login, display_name, created_at, state, suspended_at, deleted_at FROM accounts \
         WHERE kind = $1 AND state <> 'deleted' ORDER BY login_key LIMIT $2 OFFSET $3",
        &[&kind.name(), &count, &offset],
    )?
    .iter()
    .map(Account::read)
    .collect()
}

/// How many accounts of a kind are not deleted.
pub fn count(unit: &mut ReadUnit<'_>, kind: AccountKind) -> Result<i64, StoreError> {
    unit.number(
        "SELECT COUNT(*) FROM accounts WHERE kind = $1 AND state <> 'deleted'",
        &[&kind.name()],
    )
}

/// Changes the shown name.
pub fn set_display_name(
    unit: &mut WriteUnit<'_>,
    id: AccountId,
    display_name: &str,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE accounts SET display_name = $2 WHERE id = $1",
        &[&id, &display_name],
    )
}

/// Suspends an active account; [`StoreError::Stale`] if it is not active.
pub fn suspend(unit: &mut WriteUnit<'_>, id: AccountId, now: Time) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE accounts SET state = 'suspended', suspended_at = $2 WHERE id = $1 AND state = 'active'",
        &[&id, &now],
    )
}

/// Lets a suspended account act again; [`StoreError::Stale`] if it is not suspended.
pub fn resume(unit: &mut WriteUnit<'_>, id: AccountId) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE accounts SET state = 'active', suspended_at = NULL WHERE id = $1 AND state = 'suspended'",
        &[&id],
    )
}

/// Marks an account deleted and its name freed; [`StoreError::Stale`] if it already is.
pub fn delete(unit: &mut WriteUnit<'_>, id: AccountId, now: Time) -> Result<(), StoreError> {
    free_name(unit, id, now)?;
    unit.execute_one(
        "UPDATE accounts SET state = 'deleted', deleted_at = $2 WHERE id = $1 AND state <> 'deleted'",
        &[&id, &now],
    )
}

/// Gives an account another name; the old one is freed. A taken name is a conflict on `accounts_login`.
pub fn rename(
    unit: &mut WriteUnit<'_>,
    id: AccountId,
    login: &Login,
    now: Time,
) -> Result<(), StoreError> {
    let changed = unit.execute(
        "UPDATE accounts SET login = $2 WHERE id = $1 AND login_key = $3 AND state <> 'deleted'",
        &[&id, &login.as_str(), &login.key()],
    )?;
    if changed == 1 {
        // Only the spelling changed: no name is freed.
        return Ok(());
    }
    free_name(unit, id, now)?;
    unit.execute_one(
        "UPDATE accounts SET login = $2, login_key = $3 WHERE id = $1 AND state <> 'deleted'",
        &[&id, &login.as_str(), &login.key()],
    )
}

fn free_name(unit: &mut WriteUnit<'_>, id: AccountId, now: Time) -> Result<(), StoreError> {
    unit.execute(
        "INSERT INTO freed_names (login_key, freed_at, account_id) \
         SELECT login_key, $2, id FROM accounts WHERE id = $1 AND state <> 'deleted' \
         ON CONFLICT (login_key) DO UPDATE SET freed_at = excluded.freed_at, account_id = excluded.account_id",
        &[&id, &now],
    )?;
    Ok(())
}

/// Whose name it was, if the name was given up and not given out again.
pub fn freed_by(unit: &mut ReadUnit<'_>, login: &Login) -> Result<Option<AccountId>, StoreError> {
    unit.one(
        "SELECT account_id FROM freed_names WHERE login_key = $1",
        &[&login.key()],
    )?
    .map(|row| row.get(0))
    .transpose()
}

/// An administrator gives a freed name out again.
pub fn release_name(unit: &mut WriteUnit<'_>, login: &Login) -> Result<(), StoreError> {
    unit.execute_one(
        "DELETE FROM freed_names WHERE login_key = $1",
        &[&login.key()],
    )
}
