//! Questions that wait for an answer: good once, and for minutes.

use jeton_domain::{Time, UserId};

use crate::{ReadUnit, Row, SideUnit, StoreError, WriteUnit};

/// What a question is for. An answer to one never answers another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A passkey is to be made, in a session.
    Make,
    /// A session is to be confirmed by passkey.
    Confirm,
    /// Anybody is to sign in by passkey.
    SignIn,
    /// A passkey is to complete a sign-in whose password was right.
    Second,
    /// A sign-in whose password was right waits for the second factor.
    Step,
}

impl Purpose {
    /// The stored word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Make => "make",
            Self::Confirm => "confirm",
            Self::SignIn => "sign_in",
            Self::Second => "second",
            Self::Step => "step",
        }
    }
}

/// A question as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChallengeRow {
    /// Whose answer is expected; `None` where anybody's is.
    pub user: Option<UserId>,
    /// What it is bound to: a sign-in's number; 0 where the browser's own value binds it.
    pub bound: i64,
    /// What has to be kept.
    pub state: String,
}

/// What is needed to ask.
#[derive(Debug)]
pub struct NewChallenge<'a> {
    /// The keyed digest of the value that the browser has.
    pub digest: [u8; 32],
    /// What it is for.
    pub purpose: Purpose,
    /// What it is bound to.
    pub bound: i64,
    /// Whose answer is expected.
    pub user: Option<UserId>,
    /// What has to be kept.
    pub state: &'a str,
    /// Now.
    pub now: Time,
    /// Until when it may be answered.
    pub expires_at: Time,
}

fn read(row: &Row) -> Result<ChallengeRow, StoreError> {
    Ok(ChallengeRow {
        user: row.get(0)?,
        bound: row.get(1)?,
        state: row.get(2)?,
    })
}

/// Asks. Of what is bound to one sign-in, the newest question of a kind is the only one; what nobody
/// answered in time goes.
pub fn ask(unit: &mut SideUnit<'_>, new: &NewChallenge<'_>) -> Result<(), StoreError> {
    unit.execute("DELETE FROM challenges WHERE expires_at <= $1", &[&new.now])?;
    if new.bound != 0 {
        unit.execute(
            "DELETE FROM challenges WHERE purpose = $1 AND bound = $2",
            &[&new.purpose.name(), &new.bound],
        )?;
    }
    unit.execute_one(
        INSERT,
        &[
            &new.digest,
            &new.purpose.name(),
            &new.bound,
            &new.user,
            &new.state,
            &new.now,
            &new.expires_at,
        ],
    )
}

const INSERT: &str = "INSERT INTO challenges (digest, purpose, bound, user_id, state, created_at, expires_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// As [`ask`], in a change's own unit, of what is bound to its value alone.
pub fn ask_within(unit: &mut WriteUnit<'_>, new: &NewChallenge<'_>) -> Result<(), StoreError> {
    unit.execute_one(
        INSERT,
        &[
            &new.digest,
            &new.purpose.name(),
            &new.bound,
            &new.user,
            &new.state,
            &new.now,
            &new.expires_at,
        ],
    )
}

/// Takes a question away to be answered: it is gone, whatever comes of the answer.
pub fn take(
    unit: &mut SideUnit<'_>,
    digest: &[u8; 32],
    purpose: Purpose,
    now: Time,
) -> Result<Option<ChallengeRow>, StoreError> {
    unit.one(
        "DELETE FROM challenges WHERE digest = $1 AND purpose = $2 AND expires_at > $3 RETURNING user_id, bound, state",
        &[digest, &purpose.name(), &now],
    )?
    .as_ref()
    .map(read)
    .transpose()
}

/// Uses a question up together with what it opens. False where somebody was quicker.
pub fn end(unit: &mut WriteUnit<'_>, digest: &[u8; 32]) -> Result<bool, StoreError> {
    Ok(unit.execute("DELETE FROM challenges WHERE digest = $1", &[digest])? == 1)
}

/// Looks at a question that stays.
pub fn look(
    unit: &mut ReadUnit<'_>,
    digest: &[u8; 32],
    purpose: Purpose,
    now: Time,
) -> Result<Option<ChallengeRow>, StoreError> {
    unit.one(
        "SELECT user_id, bound, state FROM challenges WHERE digest = $1 AND purpose = $2 AND expires_at > $3",
        &[digest, &purpose.name(), &now],
    )?
    .as_ref()
    .map(read)
    .transpose()
}
