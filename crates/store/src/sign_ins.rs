//! Signed-in clients and browsers of people.

use jeton_domain::{CredentialKind, SignInId, SudoState, Time, UserId};

use crate::{ReadUnit, Row, SideUnit, StoreError, WriteUnit};

/// A sign-in as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInRow {
    /// Its id.
    pub id: SignInId,
    /// A client or a browser.
    pub kind: CredentialKind,
    /// Whose.
    pub user: UserId,
    /// What the person called it.
    pub label: String,
    /// When it began.
    pub created_at: Time,
    /// When it was last used, to the hour.
    pub last_seen_at: Time,
    /// When it ends, if it is not used before.
    pub expires_at: Time,
    /// Sudo mode.
    pub sudo: SudoState,
    /// When it was ended.
    pub ended_at: Option<Time>,
    /// From where it began.
    pub address: Option<String>,
    /// With what it began.
    pub user_agent: Option<String>,
}

/// What is needed to add one.
#[derive(Debug)]
pub struct NewSignIn<'a> {
    /// Its id.
    pub id: SignInId,
    /// A client or a browser.
    pub kind: CredentialKind,
    /// Whose.
    pub user: UserId,
    /// The keyed digest of its value.
    pub digest: [u8; 32],
    /// Under which key.
    pub key: u32,
    /// What the person called it.
    pub label: &'a str,
    /// Now.
    pub now: Time,
    /// When the person last showed a secret: sudo mode counts from then.
    pub proved_at: Time,
    /// When it ends, unused.
    pub expires_at: Time,
    /// From where.
    pub address: Option<&'a str>,
    /// With what.
    pub user_agent: &'a str,
}

fn read(row: &Row) -> Result<SignInRow, StoreError> {
    Ok(SignInRow {
        id: row.get(0)?,
        user: row.get(1)?,
        label: row.get(2)?,
        created_at: row.get(3)?,
        last_seen_at: row.get(4)?,
        expires_at: row.get(5)?,
        sudo: SudoState {
            proved_at: row.get(6)?,
            used_at: row.get(7)?,
        },
        ended_at: row.get(8)?,
        address: row.get(9)?,
        user_agent: row.get(10)?,
        kind: row.word(11, |word| {
            CredentialKind::parse(word).filter(|kind| kind.is_sign_in())
        })?,
    })
}

/// The sign-in with this digest.
pub fn by_digest(
    unit: &mut ReadUnit<'_>,
    digest: &[u8; 32],
) -> Result<Option<SignInRow>, StoreError> {
    unit.one(
        "SELECT id, user_id, label, created_at, last_seen_at, expires_at, proved_at, confirmed_at, ended_at, address, \
         user_agent, kind FROM sign_ins WHERE digest = $1",
        &[digest],
    )?
    .as_ref()
    .map(read)
    .transpose()
}

/// The sign-in with this id.
pub fn by_id(unit: &mut ReadUnit<'_>, id: SignInId) -> Result<Option<SignInRow>, StoreError> {
    unit.one(
        "SELECT id, user_id, label, created_at, last_seen_at, expires_at, proved_at, confirmed_at, ended_at, address, \
         user_agent, kind FROM sign_ins WHERE id = $1",
        &[&id],
    )?
    .as_ref()
    .map(read)
    .transpose()
}

/// A person's sign-ins that are not over, newest first.
pub fn living(
    unit: &mut ReadUnit<'_>,
    user: UserId,
    now: Time,
) -> Result<Vec<SignInRow>, StoreError> {
    unit.all(
        "SELECT id, user_id, label, created_at, last_seen_at, expires_at, proved_at, confirmed_at, ended_at, address, \
         user_agent, kind FROM sign_ins WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY id DESC",
        &[&user, &now],
    )?
    .iter()
    .map(read)
    .collect()
}

/// Adds a sign-in.
pub fn insert(unit: &mut WriteUnit<'_>, new: &NewSignIn<'_>) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO sign_ins (id, kind, user_id, digest, key_id, label, created_at, last_seen_at, expires_at, proved_at, \
         confirmed_at, address, user_agent) VALUES ($1, $10, $2, $3, $4, $5, $6, $6, $7, $11, $11, $8, $9)",
        &[&new.id, &new.user, &new.digest, &new.key, &new.label, &new.now, &new.expires_at, &new.address, &new.user_agent, &new.kind.name(), &new.proved_at],
    )
}

/// Whether a sign-in of the person began from this address with this client.
pub fn known_before(
    unit: &mut ReadUnit<'_>,
    user: UserId,
    address: Option<&str>,
    user_agent: &str,
) -> Result<bool, StoreError> {
    Ok(unit.number(
        "SELECT COUNT(*) FROM sign_ins WHERE user_id = $1 AND user_agent = $3 \
         AND (address = $2 OR (address IS NULL AND CAST($2 AS TEXT) IS NULL))",
        &[&user, &address, &user_agent],
    )? > 0)
}

/// Ends a person's sign-in; false where it was over.
pub fn end(
    unit: &mut WriteUnit<'_>,
    user: UserId,
    id: SignInId,
    at: Time,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "UPDATE sign_ins SET ended_at = $3 WHERE id = $1 AND user_id = $2 AND ended_at IS NULL",
        &[&id, &user, &at],
    )? == 1)
}

/// Notes that a secret was shown: sudo mode begins anew.
pub fn prove(unit: &mut WriteUnit<'_>, id: SignInId, at: Time) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE sign_ins SET proved_at = $2, confirmed_at = $2 WHERE id = $1 AND ended_at IS NULL",
        &[&id, &at],
    )
}

/// Slides sudo mode, and the sign-in's own end. Carries no authority: it only lengthens what is on.
pub fn slide(
    unit: &mut SideUnit<'_>,
    id: SignInId,
    seen: Time,
    expires_at: Time,
    sudo_used: bool,
) -> Result<(), StoreError> {
    unit.execute(
        "UPDATE sign_ins SET last_seen_at = $2, expires_at = $3, \
         confirmed_at = CASE WHEN $4 = 1 THEN $2 ELSE confirmed_at END WHERE id = $1 AND ended_at IS NULL",
        &[&id, &seen, &expires_at, &sudo_used],
    )?;
    Ok(())
}

/// Digests a value anew under a newer key, when its old key's digest was matched.
pub fn redigest(
    unit: &mut WriteUnit<'_>,
    id: SignInId,
    digest: &[u8; 32],
    key: u32,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE sign_ins SET digest = $2, key_id = $3 WHERE id = $1",
        &[&id, digest, &key],
    )
}
