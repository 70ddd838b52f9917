//! Ways in through an outside provider, and the questions on their way there.

use jeton_domain::{SignInId, Time, UserId};

use crate::{IdentityId, ReadUnit, Row, SideUnit, StoreError, WriteUnit};

/// A person as a provider names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityRow {
    /// Which.
    pub id: IdentityId,
    /// Whose account it opens.
    pub user: UserId,
    /// The provider.
    pub issuer: String,
    /// The person, there.
    pub subject: String,
    /// What to show of it: their address or name there.
    pub label: String,
    /// Since when.
    pub created_at: Time,
    /// When it last opened the account.
    pub last_used_at: Option<Time>,
    /// When the provider last said that they showed two factors.
    pub strong_at: Option<Time>,
}

/// What is needed to add one.
#[derive(Debug)]
pub struct NewIdentity<'a> {
    /// Whose account it opens.
    pub user: UserId,
    /// The provider.
    pub issuer: &'a str,
    /// The person, there.
    pub subject: &'a str,
    /// What to show of it.
    pub label: &'a str,
}

const SELECT: &str = "SELECT id, user_id, issuer, subject, label, created_at, last_used_at, strong_at \
     FROM external_identities";

fn read(row: &Row) -> Result<IdentityRow, StoreError> {
    Ok(IdentityRow {
        id: row.get(0)?,
        user: row.get(1)?,
        issuer: row.get(2)?,
        subject: row.get(3)?,
        label: row.get(4)?,
        created_at: row.get(5)?,
        last_used_at: row.get(6)?,
        strong_at: row.get(7)?,
    })
}

/// The one that a provider means by a subject.
pub fn by_subject(
    unit: &mut ReadUnit<'_>,
    issuer: &str,
    subject: &str,
) -> Result<Option<IdentityRow>, StoreError> {
    let sql = crate::Sql::built(format!("{SELECT} WHERE issuer = $1 AND subject = $2"));
    unit.one(sql, &[&issuer, &subject])?
        .as_ref()
        .map(read)
        .transpose()
}

/// A person's, oldest first.
pub fn of_user(unit: &mut ReadUnit<'_>, user: UserId) -> Result<Vec<IdentityRow>, StoreError> {
    let sql = crate::Sql::built(format!("{SELECT} WHERE user_id = $1 ORDER BY id"));
    unit.all(sql, &[&user])?.iter().map(read).collect()
}

/// Adds one.
pub fn insert(
    unit: &mut WriteUnit<'_>,
    new: &NewIdentity<'_>,
    now: Time,
) -> Result<IdentityId, StoreError> {
    let id: IdentityId = unit.allocate()?;
    unit.execute_one(
        "INSERT INTO external_identities (id, user_id, issuer, subject, label, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[&id, &new.user, &new.issuer, &new.subject, &new.label, &now],
    )?;
    Ok(id)
}

/// Notes that one opened its account. `strong`: with two factors, as the provider says.
pub fn used(
    unit: &mut WriteUnit<'_>,
    id: IdentityId,
    label: &str,
    strong: bool,
    now: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE external_identities SET label = $2, last_used_at = $3, \
         strong_at = $4 WHERE id = $1",
        &[&id, &label, &now, &strong.then_some(now)],
    )
}

/// Takes one from its person; false where they have none of that number.
pub fn remove(unit: &mut WriteUnit<'_>, user: UserId, id: IdentityId) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "DELETE FROM external_identities WHERE id = $1 AND user_id = $2",
        &[&id, &user],
    )? == 1)
}

/// What a question is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To sign in.
    SignIn,
    /// To connect an account that is signed in.
    Link,
    /// To confirm a sign-in.
    Confirm,
}

impl Purpose {
    /// The stored word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Link => "link",
            Self::Confirm => "confirm",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::SignIn, Self::Link, Self::Confirm]
            .into_iter()
            .find(|purpose| purpose.name() == word)
    }
}

/// A question on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionRow {
    /// What it is for.
    pub purpose: Purpose,
    /// The sign-in that asks, but for one that is to be.
    pub sign_in: Option<SignInId>,
    /// Where the person goes afterwards.
    pub return_to: String,
    /// When it was asked.
    pub asked_at: Time,
}

/// Asks. What is over goes first, so that there are never more than those of ten minutes.
pub fn ask(
    unit: &mut SideUnit<'_>,
    digest: &[u8; 32],
    question: &QuestionRow,
    expires_at: Time,
) -> Result<(), StoreError> {
    unit.execute(
        "DELETE FROM provider_questions WHERE expires_at <= $1",
        &[&question.asked_at],
    )?;
    unit.execute_one(
        "INSERT INTO provider_questions (digest, purpose, sign_in_id, return_to, asked_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            digest,
            &question.purpose.name(),
            &question.sign_in,
            &question.return_to,
            &question.asked_at,
            &expires_at,
        ],
    )
}

/// How many are on their way.
pub fn waiting(unit: &mut ReadUnit<'_>, now: Time) -> Result<i64, StoreError> {
    unit.number(
        "SELECT COUNT(*) FROM provider_questions WHERE expires_at > $1",
        &[&now],
    )
}

/// Uses a question up, if it is known, not over and was not used: two who bring its answer at once can't both win.
///
/// A side write: it takes away, and gives nobody anything.
pub fn take(
    unit: &mut SideUnit<'_>,
    digest: &[u8; 32],
    now: Time,
) -> Result<Option<QuestionRow>, StoreError> {
    let used = unit.execute(
        "UPDATE provider_questions SET used_at = $2 WHERE digest = $1 AND used_at IS NULL AND expires_at > $2",
        &[digest, &now],
    )?;
    if used != 1 {
        return Ok(None);
    }
    unit.one(
        "SELECT purpose, sign_in_id, return_to, asked_at FROM provider_questions WHERE digest = $1",
        &[digest],
    )?
    .map(|row| {
        Ok(QuestionRow {
            purpose: row.word(0, Purpose::parse)?,
            sign_in: row.get(1)?,
            return_to: row.get(2)?,
            asked_at: row.get(3)?,
        })
    })
    .transpose()
}
