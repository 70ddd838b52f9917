//! People: what an account of kind `user` has besides its name.

use jeton_domain::{Login, Time, UserId};

use crate::{ReadUnit, Row, StoreError, WriteUnit, accounts};

/// A person as they are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    /// Which.
    pub id: UserId,
    /// Their name as typed.
    pub login: String,
    /// What they call themselves.
    pub name: String,
    /// `active`, `suspended` or `deleted`.
    pub state: String,
    /// Their address.
    pub email: Option<String>,
    /// When it was verified; one set by an administrator counts.
    pub email_verified_at: Option<Time>,
    /// The Argon2id hash, if they have a password.
    pub password_phc: Option<String>,
    /// Administers the site.
    pub administrator: bool,
    /// Since when.
    pub created_at: Time,
}

/// What is needed to add a person.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// Their name.
    pub login: &'a Login,
    /// What they call themselves.
    pub name: &'a str,
    /// Their address, verified by whoever adds them.
    pub email: Option<&'a str>,
    /// The Argon2id hash.
    pub password_phc: Option<&'a str>,
    /// Administers the site.
    pub administrator: bool,
}

const SELECT: &str = "SELECT a.id, a.login, a.display_name, a.state, u.email, u.email_verified_at, u.password_phc, \
     u.administrator, a.created_at FROM accounts a JOIN users u ON u.account_id = a.id";

fn read(row: &Row) -> Result<UserRow, StoreError> {
    Ok(UserRow {
        id: row.get(0)?,
        login: row.get(1)?,
        name: row.get(2)?,
        state: row.get(3)?,
        email: row.get(4)?,
        email_verified_at: row.get(5)?,
        password_phc: row.get(6)?,
        administrator: row.get(7)?,
        created_at: row.get(8)?,
    })
}

/// A person, or a service account, by id, deleted ones left out.
pub fn by_id(unit: &mut ReadUnit<'_>, id: UserId) -> Result<Option<UserRow>, StoreError> {
    let sql = crate::Sql::built(format!("{SELECT} WHERE a.id = $1 AND a.state <> 'deleted'"));
    unit.one(sql, &[&id])?.as_ref().map(read).transpose()
}

/// A person by folded login, deleted ones left out.
pub fn by_login(unit: &mut ReadUnit<'_>, login_key: &str) -> Result<Option<UserRow>, StoreError> {
    if login_key.contains('\0') {
        return Ok(None);
    }
    let sql = crate::Sql::built(format!(
        "{SELECT} WHERE a.login_key = $1 AND a.kind = 'user' AND a.state <> 'deleted'"
    ));
    unit.one(sql, &[&login_key])?.as_ref().map(read).transpose()
}

/// Whoever a role can be given to by folded login, a person or a service account, deleted ones left out.
pub fn actor_by_login(
    unit: &mut ReadUnit<'_>,
    login_key: &str,
) -> Result<Option<UserRow>, StoreError> {
    if login_key.contains('\0') {
        return Ok(None);
    }
    let sql = crate::Sql::built(format!(
        "{SELECT} WHERE a.login_key = $1 AND a.state <> 'deleted'"
    ));
    unit.one(sql, &[&login_key])?.as_ref().map(read).transpose()
}

/// A person by folded login or verified address, deleted ones left out.
pub fn by_login_or_email(
    unit: &mut ReadUnit<'_>,
    key: &str,
) -> Result<Option<UserRow>, StoreError> {
    // Nobody is called so, and neither database takes it as an argument.
    if key.contains('\0') {
        return Ok(None);
    }
    let sql = crate::Sql::built(format!(
        "{SELECT} WHERE (a.login_key = $1 OR (u.email_key = $1 AND u.email_verified_at IS NOT NULL)) \
         AND a.kind = 'user' AND a.state <> 'deleted'"
    ));
    unit.one(sql, &[&key])?.as_ref().map(read).transpose()
}

/// A person by folded verified address, deleted ones left out.
pub fn by_verified_email(
    unit: &mut ReadUnit<'_>,
    key: &str,
) -> Result<Option<UserRow>, StoreError> {
    if key.contains('\0') {
        return Ok(None);
    }
    let sql = crate::Sql::built(format!(
        "{SELECT} WHERE u.email_key = $1 AND u.email_verified_at IS NOT NULL AND a.kind = 'user' AND a.state <> 'deleted'"
    ));
    unit.one(sql, &[&key])?.as_ref().map(read).transpose()
}

/// A page of people by name, deleted ones left out.
pub fn page(unit: &mut ReadUnit<'_>, offset: i64, count: i64) -> Result<Vec<UserRow>, StoreError> {
    let sql = crate::Sql::built(format!(
        "{SELECT} WHERE a.kind = 'user' AND a.state <> 'deleted' ORDER BY a.login_key LIMIT $1 OFFSET $2"
    ));
    unit.all(sql, &[&count, &offset])?
        .iter()
        .map(read)
        .collect()
}

/// A page of the people whose folded login or address, or name as it is written, holds a text, and how many
/// there are.
pub fn search(
    unit: &mut ReadUnit<'_>,
    text: &str,
    offset: i64,
    count: i64,
) -> Result<(Vec<UserRow>, i64), StoreError> {
    // No name holds it, and neither database takes it as an argument.
    if text.contains('\0') || text.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let fits = "a.kind = 'user' AND a.state <> 'deleted' AND (replace(a.login_key, $1, '') <> a.login_key \
                OR replace(a.display_name, $1, '') <> a.display_name \
                OR replace(coalesce(u.email_key, ''), $1, '') <> coalesce(u.email_key, ''))";
    let sql = crate::Sql::built(format!(
        "{SELECT} WHERE {fits} ORDER BY a.login_key LIMIT $2 OFFSET $3"
    ));
    let rows = unit
        .all(sql, &[&text, &count, &offset])?
        .iter()
        .map(read)
        .collect::<Result<_, _>>()?;
    let total = unit.number(
        crate::Sql::built(format!(
            "SELECT COUNT(*) FROM users u JOIN accounts a ON a.id = u.account_id WHERE {fits}"
        )),
        &[&text],
    )?;
    Ok((rows, total))
}

/// How many active administrators there are.
pub fn count_administrators(unit: &mut ReadUnit<'_>) -> Result<i64, StoreError> {
    unit.number(
        "SELECT COUNT(*) FROM users u JOIN accounts a ON a.id = u.account_id \
         WHERE u.administrator = 1 AND a.state = 'active'",
        &[],
    )
}

/// Whether any administrator can act.
pub fn has_administrator(unit: &mut ReadUnit<'_>) -> Result<bool, StoreError> {
    let found = unit.one(
        "SELECT 1 FROM users u JOIN accounts a ON a.id = u.account_id \
         WHERE u.administrator = 1 AND a.state = 'active' ORDER BY u.account_id LIMIT 1",
        &[],
    )?;
    Ok(found.is_some())
}

/// Adds a person.
pub fn create(
    unit: &mut WriteUnit<'_>,
    new: &NewUser<'_>,
    now: Time,
) -> Result<UserId, StoreError> {
    let id = accounts::create(unit, accounts::AccountKind::User, new.login, new.name, now)?;
    let verified = new.email.map(|_| now);
    let changed = new.password_phc.map(|_| now);
    unit.execute_one(
        "INSERT INTO users (account_id, email, email_key, email_verified_at, password_phc, password_changed_at, \
         administrator) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            &id,
            &new.email,
            &new.email.map(str::to_lowercase),
            &verified,
            &new.password_phc,
            &changed,
            &new.administrator,
        ],
    )?;
    Ok(id.as_user())
}

/// Sets a password.
pub fn set_password(
    unit: &mut WriteUnit<'_>,
    id: UserId,
    phc: &str,
    now: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE users SET password_phc = $2, password_changed_at = $3 WHERE account_id = $1",
        &[&id, &phc, &now],
    )
}

/// Sets an address, verified by whoever sets it.
pub fn set_email(
    unit: &mut WriteUnit<'_>,
    id: UserId,
    email: &str,
    now: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE users SET email = $2, email_key = $3, email_verified_at = $4 WHERE account_id = $1",
        &[&id, &email, &email.to_lowercase(), &now],
    )
}

/// Sets an address that nobody has proved yet.
pub fn claim_email(unit: &mut WriteUnit<'_>, id: UserId, email: &str) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE users SET email = $2, email_key = $3, email_verified_at = NULL WHERE account_id = $1",
        &[&id, &email, &email.to_lowercase()],
    )
}

/// Makes a person an administrator of the site, or no longer.
pub fn set_administrator(
    unit: &mut WriteUnit<'_>,
    id: UserId,
    administrator: bool,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE users SET administrator = $2 WHERE account_id = $1",
        &[&id, &administrator],
    )
}

/// Takes what a deleted person is reached or recognised by: address, password, ways in through others, administration.
pub fn forget(unit: &mut WriteUnit<'_>, id: UserId) -> Result<(), StoreError> {
    unit.execute("DELETE FROM external_identities WHERE user_id = $1", &[&id])?;
    unit.execute_one(
        "UPDATE users SET email = NULL, email_key = NULL, email_verified_at = NULL, password_phc = NULL, \
         administrator = 0 WHERE account_id = $1",
        &[&id],
    )
}
