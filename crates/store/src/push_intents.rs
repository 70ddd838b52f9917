//! What a push is about to do to refs: written before git does it, resolved after, or against the refs at start.

use jeton_domain::{AccountId, RepositoryId, SecretId, Time, TokenId};

use crate::{PushIntentId, ReadUnit, Row, StoreError, WriteUnit};

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The ref has the new value.
    Updated,
    /// A check refused it.
    Refused,
    /// Git failed, and the ref is as it was.
    Failed,
    /// The ref has neither value: something else changed it since.
    Unknown,
}

/// One ref of one push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushIntent {
    /// Whose ref.
    pub repository: RepositoryId,
    /// With which token, where it was one.
    pub token: Option<TokenId>,
    /// With which of its secrets.
    pub secret: Option<SecretId>,
    /// Who pushed.
    pub actor: AccountId,
    /// Which push: the same text for all its refs.
    pub push: String,
    /// The ref's full name.
    pub ref_name: String,
    /// 40 hexadecimal digits; zeros if there was none.
    pub old_object: String,
    /// 40 hexadecimal digits; zeros if it is to be deleted.
    pub new_object: String,
    /// When.
    pub created_at: Time,
}

impl Outcome {
    /// The stored word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Updated => "updated",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl PushIntent {
    fn read(row: &Row) -> Result<(PushIntentId, Self), StoreError> {
        let intent = Self {
            repository: row.get(1)?,
            token: row.get(2)?,
            secret: row.get(3)?,
            actor: row.get(4)?,
            push: row.get(5)?,
            ref_name: row.get(6)?,
            old_object: row.get(7)?,
            new_object: row.get(8)?,
            created_at: row.get(9)?,
        };
        Ok((row.get(0)?, intent))
    }
}

/// Records an intent.
pub fn insert(unit: &mut WriteUnit<'_>, intent: &PushIntent) -> Result<PushIntentId, StoreError> {
    let id: PushIntentId = unit.allocate()?;
    unit.execute_one(
        "INSERT INTO push_intents (id, repository_id, token_id, secret_id, actor_id, push, ref_name, old_object, new_object, \
         created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            &id,
            &intent.repository,
            &intent.token,
            &intent.secret,
            &intent.actor,
            &intent.push,
            &intent.ref_name,
            &intent.old_object,
            &intent.new_object,
            &intent.created_at,
        ],
    )?;
    Ok(id)
}

/// Records how it ended; [`StoreError::Stale`] if that is known already.
pub fn resolve(
    unit: &mut WriteUnit<'_>,
    id: PushIntentId,
    outcome: Outcome,
    now: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE push_intents SET outcome = $2, resolved_at = $3 WHERE id = $1 AND outcome IS NULL",
        &[&id, &outcome.name(), &now],
    )
}

/// All that nobody resolved, oldest first: at start, what a crash left.
pub fn open(unit: &mut ReadUnit<'_>) -> Result<Vec<(PushIntentId, PushIntent)>, StoreError> {
    unit.all(
        "SELECT id, repository_id, token_id, secret_id, actor_id, push, ref_name, old_object, new_object, created_at \
         FROM push_intents WHERE outcome IS NULL ORDER BY id",
        &[],
    )?
    .iter()
    .map(PushIntent::read)
    .collect()
}
