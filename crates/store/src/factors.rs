//! Second factors of people.

use jeton_domain::{
    AuthenticatorId, OrganizationId, OrganizationRole, PasskeyId, RecoveryCodeId, Time, UserId,
};

use crate::{ReadUnit, Row, StoreError, WriteUnit};

/// A passkey as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyRow {
    /// Its id.
    pub id: PasskeyId,
    /// Whose.
    pub user: UserId,
    /// What they call it.
    pub name: String,
    /// What the library keeps of it.
    pub public_key: String,
    /// When it was made.
    pub created_at: Time,
    /// When it was last shown.
    pub last_used_at: Option<Time>,
}

/// What is needed to add a passkey.
#[derive(Debug)]
pub struct NewPasskey<'a> {
    /// Its id.
    pub id: PasskeyId,
    /// Whose.
    pub user: UserId,
    /// By which a device names it.
    pub credential_id: &'a [u8],
    /// What they call it.
    pub name: &'a str,
    /// What the library keeps of it.
    pub public_key: &'a str,
}

/// An authenticator app as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthenticatorRow {
    /// Its id: what its seed is sealed with.
    pub id: AuthenticatorId,
    /// Whose.
    pub user: UserId,
    /// Sealed.
    pub seed: Vec<u8>,
    /// When its setting up began.
    pub created_at: Time,
    /// Since when it counts.
    pub confirmed_at: Option<Time>,
    /// The latest step whose code was taken.
    pub last_step: i64,
    /// When a code was last taken.
    pub last_used_at: Option<Time>,
}

impl std::fmt::Debug for AuthenticatorRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthenticatorRow")
            .field("id", &self.id)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// A recovery code that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryCodeRow {
    /// Its id.
    pub id: RecoveryCodeId,
    /// The keyed digest.
    pub digest: [u8; 32],
    /// Under which key.
    pub key: u32,
}

/// What a person has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// How many passkeys.
    pub passkeys: i64,
    /// An authenticator app that was confirmed.
    pub authenticator: bool,
    /// How many recovery codes are left.
    pub recovery_codes: i64,
}

impl Held {
    /// Whether a password alone is not enough. Recovery codes stand in for a factor and are none.
    pub const fn second_factor(self) -> bool {
        self.passkeys > 0 || self.authenticator
    }
}

const PASSKEY: &str =
    "SELECT id, user_id, name, public_key, created_at, last_used_at FROM passkeys";

fn passkey(row: &Row) -> Result<PasskeyRow, StoreError> {
    Ok(PasskeyRow {
        id: row.get(0)?,
        user: row.get(1)?,
        name: row.get(2)?,
        public_key: row.get(3)?,
        created_at: row.get(4)?,
        last_used_at: row.get(5)?,
    })
}

/// The condition that a person has a second factor, for a query's column that names them.
pub(crate) fn has_second(column: &'static str) -> String {
    format!(
        "(EXISTS (SELECT 1 FROM passkeys f WHERE f.user_id = {column}) \
         OR EXISTS (SELECT 1 FROM authenticators f WHERE f.user_id = {column} AND f.confirmed_at IS NOT NULL))"
    )
}

/// What a person has.
pub fn held(unit: &mut ReadUnit<'_>, user: UserId) -> Result<Held, StoreError> {
    Ok(Held {
        passkeys: unit.number("SELECT COUNT(*) FROM passkeys WHERE user_id = $1", &[&user])?,
        authenticator: confirmed(unit, user)?.is_some(),
        recovery_codes: unit.number(
            "SELECT COUNT(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL",
            &[&user],
        )?,
    })
}

/// A person's passkeys, oldest first.
pub fn passkeys(unit: &mut ReadUnit<'_>, user: UserId) -> Result<Vec<PasskeyRow>, StoreError> {
    let sql = crate::Sql::built(format!("{PASSKEY} WHERE user_id = $1 ORDER BY id"));
    unit.all(sql, &[&user])?.iter().map(passkey).collect()
}

/// The passkey that a device names so.
pub fn passkey_by_credential(
    unit: &mut ReadUnit<'_>,
    credential_id: &[u8],
) -> Result<Option<PasskeyRow>, StoreError> {
    let sql = crate::Sql::built(format!("{PASSKEY} WHERE credential_id = $1"));
    let row = unit.one(sql, &[&credential_id.to_vec()])?;
    row.as_ref().map(passkey).transpose()
}

/// Adds a passkey. A credential that somebody has already breaks `passkeys_credential`.
pub fn add_passkey(
    unit: &mut WriteUnit<'_>,
    new: &NewPasskey<'_>,
    now: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO passkeys (id, user_id, credential_id, name, public_key, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            &new.id,
            &new.user,
            &new.credential_id.to_vec(),
            &new.name,
            &new.public_key,
            &now,
        ],
    )
}

/// Calls a passkey of a person otherwise. False where they have none such.
pub fn rename_passkey(
    unit: &mut WriteUnit<'_>,
    user: UserId,
    id: PasskeyId,
    name: &str,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "UPDATE passkeys SET name = $3 WHERE id = $1 AND user_id = $2",
        &[&id, &user, &name],
    )? == 1)
}

/// Removes a passkey of a person. False where they have none such.
pub fn remove_passkey(
    unit: &mut WriteUnit<'_>,
    user: UserId,
    id: PasskeyId,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "DELETE FROM passkeys WHERE id = $1 AND user_id = $2",
        &[&id, &user],
    )? == 1)
}

/// Notes that a passkey was shown, with the counter that it showed. It is stale where `before` is no longer
/// what is stored: of two answers with one counter only the first holds.
pub fn passkey_used(
    unit: &mut WriteUnit<'_>,
    id: PasskeyId,
    before: &str,
    public_key: &str,
    now: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE passkeys SET public_key = $3, last_used_at = $4 WHERE id = $1 AND public_key = $2",
        &[&id, &before, &public_key, &now],
    )
}

const AUTHENTICATOR: &str = "SELECT id, user_id, seed, created_at, confirmed_at, last_step, last_used_at FROM authenticators";

fn authenticator(row: &Row) -> Result<AuthenticatorRow, StoreError> {
    Ok(AuthenticatorRow {
        id: row.get(0)?,
        user: row.get(1)?,
        seed: row.get(2)?,
        created_at: row.get(3)?,
        confirmed_at: row.get(4)?,
        last_step: row.get(5)?,
        last_used_at: row.get(6)?,
    })
}

/// The authenticator app that a person uses.
pub fn confirmed(
    unit: &mut ReadUnit<'_>,
    user: UserId,
) -> Result<Option<AuthenticatorRow>, StoreError> {
    let sql = crate::Sql::built(format!(
        "{AUTHENTICATOR} WHERE user_id = $1 AND confirmed_at IS NOT NULL"
    ));
    let row = unit.one(sql, &[&user])?;
    row.as_ref().map(authenticator).transpose()
}

/// The authenticator app that a person sets up.
pub fn beginning(
    unit: &mut ReadUnit<'_>,
    user: UserId,
) -> Result<Option<AuthenticatorRow>, StoreError> {
    let sql = crate::Sql::built(format!(
        "{AUTHENTICATOR} WHERE user_id = $1 AND confirmed_at IS NULL"
    ));
    let row = unit.one(sql, &[&user])?;
    row.as_ref().map(authenticator).transpose()
}

/// Begins to set an authenticator up. What was begun before is forgotten.
pub fn begin(
    unit: &mut WriteUnit<'_>,
    id: AuthenticatorId,
    user: UserId,
    sealed: &[u8],
    now: Time,
) -> Result<(), StoreError> {
    unit.execute(
        "DELETE FROM authenticators WHERE user_id = $1 AND confirmed_at IS NULL",
        &[&user],
    )?;
    unit.execute_one(
        "INSERT INTO authenticators (id, user_id, seed, created_at) VALUES ($1, $2, $3, $4)",
        &[&id, &user, &sealed.to_vec(), &now],
    )
}

/// From now on it counts. `step`: that of the code that proved it, which is used up.
pub fn confirm(
    unit: &mut WriteUnit<'_>,
    id: AuthenticatorId,
    step: i64,
    now: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE authenticators SET confirmed_at = $3, last_step = $2, last_used_at = $3 \
         WHERE id = $1 AND confirmed_at IS NULL",
        &[&id, &step, &now],
    )
}

/// Uses a step's code up. False where that one or a later one was taken: of two who come with one code
/// only the first wins.
pub fn take_step(
    unit: &mut WriteUnit<'_>,
    id: AuthenticatorId,
    step: i64,
    now: Time,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "UPDATE authenticators SET last_step = $2, last_used_at = $3 \
         WHERE id = $1 AND last_step < $2 AND confirmed_at IS NOT NULL",
        &[&id, &step, &now],
    )? == 1)
}

/// Removes an authenticator.
pub fn remove_authenticator(
    unit: &mut WriteUnit<'_>,
    id: AuthenticatorId,
) -> Result<(), StoreError> {
    unit.execute_one("DELETE FROM authenticators WHERE id = $1", &[&id])
}

/// A person's recovery codes that are left.
pub fn unused(unit: &mut ReadUnit<'_>, user: UserId) -> Result<Vec<RecoveryCodeRow>, StoreError> {
    unit.all(
        "SELECT id, digest, key_id FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL ORDER BY id",
        &[&user],
    )?
    .iter()
    .map(|row| {
        Ok(RecoveryCodeRow {
            id: row.get(0)?,
            digest: row.get(1)?,
            key: row.get(2)?,
        })
    })
    .collect()
}

/// Forgets a person's recovery codes, used and unused.
pub fn forget_codes(unit: &mut WriteUnit<'_>, user: UserId) -> Result<(), StoreError> {
    unit.execute("DELETE FROM recovery_codes WHERE user_id = $1", &[&user])?;
    Ok(())
}

/// Adds a recovery code.
pub fn add_code(
    unit: &mut WriteUnit<'_>,
    user: UserId,
    new: &RecoveryCodeRow,
    now: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO recovery_codes (id, user_id, digest, key_id, created_at) VALUES ($1, $2, $3, $4, $5)",
        &[&new.id, &user, &new.digest, &new.key, &now],
    )
}

/// Uses a recovery code up. False where somebody was quicker.
pub fn use_code(
    unit: &mut WriteUnit<'_>,
    id: RecoveryCodeId,
    now: Time,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "UPDATE recovery_codes SET used_at = $2 WHERE id = $1 AND used_at IS NULL",
        &[&id, &now],
    )? == 1)
}

/// Takes everything that a person could prove themselves by besides a password.
pub fn forget(unit: &mut WriteUnit<'_>, user: UserId) -> Result<(), StoreError> {
    unit.execute("DELETE FROM passkeys WHERE user_id = $1", &[&user])?;
    unit.execute("DELETE FROM authenticators WHERE user_id = $1", &[&user])?;
    forget_codes(unit, user)
}

/// Somebody of an organization who has no second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithoutFactor {
    /// The person.
    pub user: UserId,
    /// Their name.
    pub login: String,
    /// Their role as a member; none for an outside collaborator.
    pub role: Option<OrganizationRole>,
}

/// Members and outside collaborators of an organization without a second factor, by name. Deleted people are
/// left out.
pub fn people_without(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    offset: i64,
    count: i64,
) -> Result<Vec<WithoutFactor>, StoreError> {
    unit.all(
        "SELECT a.id, a.login, p.role FROM ( \
           SELECT m.user_id, m.role AS role FROM memberships m WHERE m.organization_id = $1 \
           UNION SELECT c.user_id, NULL FROM collaborators c JOIN repositories r ON r.id = c.repository_id \
             WHERE r.owner_id = $1 AND r.state = 'active' AND NOT EXISTS (SELECT 1 FROM memberships m \
               WHERE m.organization_id = $1 AND m.user_id = c.user_id) \
         ) p JOIN accounts a ON a.id = p.user_id \
         WHERE a.state <> 'deleted' \
           AND NOT EXISTS (SELECT 1 FROM passkeys k WHERE k.user_id = a.id) \
           AND NOT EXISTS (SELECT 1 FROM authenticators t WHERE t.user_id = a.id AND t.confirmed_at IS NOT NULL) \
         ORDER BY a.login_key LIMIT $2 OFFSET $3",
        &[&organization, &count, &offset],
    )?
    .iter()
    .map(|row| {
        Ok(WithoutFactor {
            user: row.get(0)?,
            login: row.get(1)?,
            role: match row.get::<Option<String>>(2)? {
                Some(_) => Some(row.word(2, OrganizationRole::parse)?),
                None => None,
            },
        })
    })
    .collect()
}

/// How many [`people_without`] there are.
pub fn count_without(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
) -> Result<i64, StoreError> {
    unit.number(
        "SELECT COUNT(*) FROM ( \
           SELECT m.user_id FROM memberships m WHERE m.organization_id = $1 \
           UNION SELECT c.user_id FROM collaborators c JOIN repositories r ON r.id = c.repository_id \
             WHERE r.owner_id = $1 AND r.state = 'active' \
         ) p JOIN accounts a ON a.id = p.user_id \
         WHERE a.state <> 'deleted' \
           AND NOT EXISTS (SELECT 1 FROM passkeys k WHERE k.user_id = a.id) \
           AND NOT EXISTS (SELECT 1 FROM authenticators t WHERE t.user_id = a.id AND t.confirmed_at IS NOT NULL)",
        &[&organization],
    )
}
