//! One-time links that were sent to an address, kept as digests.

use jeton_domain::{Time, UserId};

use crate::{ReadUnit, Row, SideUnit, StoreError, WriteUnit};

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Proves the address.
    Address,
    /// Sets a new password.
    PasswordReset,
}

impl LinkPurpose {
    const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::PasswordReset => "password_reset",
        }
    }
}

/// A link as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkCodeRow {
    /// For whom.
    pub user: UserId,
    /// The address it was sent to.
    pub address: String,
    /// When it was made.
    pub created_at: Time,
    /// Until when it works.
    pub expires_at: Time,
}

/// A link to be recorded.
#[derive(Clone, Copy, Debug)]
pub struct NewLinkCode<'a> {
    /// Its digest.
    pub digest: [u8; 32],
    /// Under which key.
    pub key: u32,
    /// What it is for.
    pub purpose: LinkPurpose,
    /// For whom.
    pub user: UserId,
    /// The address it is sent to.
    pub address: &'a str,
    /// Now.
    pub now: Time,
    /// Until when it works.
    pub expires_at: Time,
}

fn read(row: &Row) -> Result<LinkCodeRow, StoreError> {
    Ok(LinkCodeRow {
        user: row.get(0)?,
        address: row.get(1)?,
        created_at: row.get(2)?,
        expires_at: row.get(3)?,
    })
}

/// Records a link.
pub fn insert(unit: &mut WriteUnit<'_>, new: &NewLinkCode<'_>) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO link_codes (digest, key_id, purpose, user_id, address, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            &new.digest,
            &new.key,
            &new.purpose.name(),
            &new.user,
            &new.address,
            &new.now,
            &new.expires_at,
        ],
    )
}

/// A link that still works.
pub fn living(
    unit: &mut ReadUnit<'_>,
    digest: &[u8; 32],
    purpose: LinkPurpose,
    now: Time,
) -> Result<Option<LinkCodeRow>, StoreError> {
    unit.one(
        "SELECT user_id, address, created_at, expires_at FROM link_codes \
         WHERE digest = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3",
        &[digest, &purpose.name(), &now],
    )?
    .as_ref()
    .map(read)
    .transpose()
}

/// Uses a link up: of two who come at once one gets it. Nothing where it is unknown, over or used.
pub fn redeem(
    unit: &mut WriteUnit<'_>,
    digest: &[u8; 32],
    purpose: LinkPurpose,
    now: Time,
) -> Result<Option<LinkCodeRow>, StoreError> {
    unit.one(
        "UPDATE link_codes SET used_at = $3 WHERE digest = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3 \
         RETURNING user_id, address, created_at, expires_at",
        &[digest, &purpose.name(), &now],
    )?
    .as_ref()
    .map(read)
    .transpose()
}

/// The latest link of that kind which still works for a person.
pub fn latest(
    unit: &mut ReadUnit<'_>,
    user: UserId,
    purpose: LinkPurpose,
    now: Time,
) -> Result<Option<LinkCodeRow>, StoreError> {
    unit.all(
        "SELECT user_id, address, created_at, expires_at FROM link_codes WHERE user_id = $1 AND purpose = $2 \
         AND used_at IS NULL AND expires_at > $3 ORDER BY created_at DESC, digest LIMIT 1",
        &[&user, &purpose.name(), &now],
    )?
    .first()
    .map(read)
    .transpose()
}

/// How many links of that kind were made for a person since a moment.
pub fn count_since(
    unit: &mut ReadUnit<'_>,
    user: UserId,
    purpose: LinkPurpose,
    since: Time,
) -> Result<i64, StoreError> {
    unit.number(
        "SELECT COUNT(*) FROM link_codes WHERE user_id = $1 AND purpose = $2 AND created_at > $3",
        &[&user, &purpose.name(), &since],
    )
}

/// Ends all of a person's links of that kind that were not used.
pub fn end_all(
    unit: &mut WriteUnit<'_>,
    user: UserId,
    purpose: LinkPurpose,
    now: Time,
) -> Result<usize, StoreError> {
    unit.execute(
        "UPDATE link_codes SET used_at = $3 WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL",
        &[&user, &purpose.name(), &now],
    )
}

/// Drops a person's links.
pub fn forget_person(unit: &mut WriteUnit<'_>, user: UserId) -> Result<(), StoreError> {
    unit.execute("DELETE FROM link_codes WHERE user_id = $1", &[&user])?;
    Ok(())
}

/// Drops those that ended before `before`.
pub fn forget(unit: &mut SideUnit<'_>, before: Time) -> Result<usize, StoreError> {
    unit.execute("DELETE FROM link_codes WHERE expires_at < $1", &[&before])
}
