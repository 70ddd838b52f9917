//! What an emergency would end: tokens and sign-ins by whose they are, what they reach and when their values
//! were made.

use jeton_domain::{AccountId, CredentialKind, SignInId, Time, TokenId, UserId};

use crate::conditions::Conditions;
use crate::tokens::kind_is_one_of;
use crate::{ReadUnit, Sql, StoreError};

/// Which ones. Each that is said narrows further.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aim {
    /// Tokens of these kinds; none, where there is none.
    pub kinds: Vec<CredentialKind>,
    /// Made by this person.
    pub user: Option<UserId>,
    /// For this account's things.
    pub owner: Option<AccountId>,
    /// With a value that was made before this moment and is not replaced.
    pub before: Option<Time>,
}

/// A token that would be ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AimedToken {
    /// Which.
    pub id: TokenId,
    /// Its name.
    pub name: String,
    /// Who made it.
    pub creator: String,
    /// Whose things it reaches.
    pub owner: String,
    /// When it was made.
    pub created_at: Time,
    /// When it was last used.
    pub used_at: Option<Time>,
}

impl Aim {
    fn tokens(&self) -> Conditions<'_> {
        let mut conditions = Conditions::default();
        conditions.and("t.revoked_at IS NULL AND t.deleted_at IS NULL");
        conditions.and(&kind_is_one_of(&self.kinds));
        conditions.narrow("t.creator_id = ?", self.user.as_ref());
        conditions.narrow("t.owner_id = ?", self.owner.as_ref());
        conditions.narrow(
            "EXISTS (SELECT 1 FROM secrets s WHERE s.token_id = t.id AND s.retired_at IS NULL AND s.created_at < ?)",
            self.before.as_ref(),
        );
        conditions
    }
}

/// How many tokens, and how many people made them.
pub fn count(unit: &mut ReadUnit<'_>, aim: &Aim) -> Result<(i64, i64), StoreError> {
    let conditions = aim.tokens();
    let sql = Sql::built(format!(
        "SELECT COUNT(*), COUNT(DISTINCT t.creator_id) FROM tokens t WHERE {}",
        conditions.text()
    ));
    match unit.one(sql, conditions.args())? {
        Some(row) => Ok((row.get(0)?, row.get(1)?)),
        None => Ok((0, 0)),
    }
}

/// A page of them, the oldest first.
pub fn page(
    unit: &mut ReadUnit<'_>,
    aim: &Aim,
    offset: i64,
    count: i64,
) -> Result<Vec<AimedToken>, StoreError> {
    let mut conditions = aim.tokens();
    let (count, offset) = (conditions.arg(&count), conditions.arg(&offset));
    let sql = Sql::built(format!(
        "SELECT t.id, t.name, c.login, o.login, t.created_at, \
         (SELECT MAX(u.at) FROM last_uses u JOIN secrets v ON v.id = u.secret_id WHERE v.token_id = t.id) \
         FROM tokens t JOIN accounts c ON c.id = t.creator_id JOIN accounts o ON o.id = t.owner_id \
         WHERE {} ORDER BY t.id LIMIT {count} OFFSET {offset}",
        conditions.text()
    ));
    unit.all(sql, conditions.args())?
        .iter()
        .map(|row| {
            Ok(AimedToken {
                id: row.get(0)?,
                name: row.get(1)?,
                creator: row.get(2)?,
                owner: row.get(3)?,
                created_at: row.get(4)?,
                used_at: row.get(5)?,
            })
        })
        .collect()
}

/// The next of them behind one, so many at most.
pub fn next(
    unit: &mut ReadUnit<'_>,
    aim: &Aim,
    behind: i64,
    count: i64,
) -> Result<Vec<TokenId>, StoreError> {
    let mut conditions = aim.tokens();
    conditions.narrow("t.id > ?", Some(&behind));
    let count = conditions.arg(&count);
    let sql = Sql::built(format!(
        "SELECT t.id FROM tokens t WHERE {} ORDER BY t.id LIMIT {count}",
        conditions.text()
    ));
    unit.all(sql, conditions.args())?
        .iter()
        .map(|row| row.get(0))
        .collect()
}

/// The sign-ins that live, of one kind, but for one that goes on.
pub fn sign_ins(
    unit: &mut ReadUnit<'_>,
    aim: &Aim,
    kind: &str,
    but: Option<SignInId>,
    now: Time,
) -> Result<Vec<(SignInId, UserId)>, StoreError> {
    let but = but.map_or(0, SignInId::get);
    let mut conditions = Conditions::default();
    conditions.and("ended_at IS NULL");
    conditions.narrow("kind = ?", Some(&kind));
    conditions.narrow("id <> ?", Some(&but));
    conditions.narrow("expires_at > ?", Some(&now));
    conditions.narrow("user_id = ?", aim.user.as_ref());
    conditions.narrow("created_at < ?", aim.before.as_ref());
    let sql = Sql::built(format!(
        "SELECT id, user_id FROM sign_ins WHERE {} ORDER BY id",
        conditions.text()
    ));
    unit.all(sql, conditions.args())?
        .iter()
        .map(|row| Ok((row.get(0)?, row.get(1)?)))
        .collect()
}
