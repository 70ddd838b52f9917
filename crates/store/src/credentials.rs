//! Whom a credential stands for.

use jeton_domain::UserId;

use crate::{ReadUnit, StoreError};

/// The person, or service account, behind a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that have nothing to do with each other"
)]
pub struct Holder {
    /// Which.
    pub id: UserId,
    /// Their name as typed.
    pub login: String,
    /// `active`, `suspended` or `deleted`.
    pub state: String,
    /// Administers the site.
    pub administrator: bool,
    /// Has a verified e-mail address.
    pub verified: bool,
    /// Has a second factor.
    pub two_factor: bool,
    /// No person, but a service account.
    pub service: bool,
}

/// The account with this id, deleted or not.
pub fn holder(unit: &mut ReadUnit<'_>, id: UserId) -> Result<Option<Holder>, StoreError> {
    unit.one(
        "SELECT a.login, a.state, u.administrator, CASE WHEN u.email_verified_at IS NULL THEN 0 ELSE 1 END, \
         CASE WHEN EXISTS (SELECT 1 FROM passkeys p WHERE p.user_id = a.id) \
           OR EXISTS (SELECT 1 FROM authenticators t WHERE t.user_id = a.id AND t.confirmed_at IS NOT NULL) \
           THEN 1 ELSE 0 END, \
         CASE WHEN a.kind = 'service' THEN 1 ELSE 0 END \
         FROM accounts a JOIN users u ON u.account_id = a.id WHERE a.id = $1",
        &[&id],
    )?
    .map(|row| {
        Ok(Holder {
            id,
            login: row.get(0)?,
            state: row.get(1)?,
            administrator: row.get(2)?,
            verified: row.get(3)?,
            two_factor: row.get(4)?,
            service: row.get(5)?,
        })
    })
    .transpose()
}
