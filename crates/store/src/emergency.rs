//! What an emergency would end: tokens and sign-ins by whose they are, what they reach and when their values
//! were made.

use jeton_domain::{AccountId, SignInId, Time, TokenId, UserId};

use crate::{ReadUnit, Sql, StoreError, ToValue};

/// Which ones. Each that is said narrows further.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aim {
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
    fn tokens(&self) -> (String, Vec<&dyn ToValue>) {
        let (mut text, mut args) = (
            "t.revoked_at IS NULL AND t.deleted_at IS NULL".to_owned(),
            Vec::<&dyn ToValue>::new(),
        );
        if let Some(user) = &self.user {
            args.push(user);
            text = format!("{text} AND t.creator_id = ${}", args.len());
        }
        if let Some(owner) = &self.owner {
            args.push(owner);
            text = format!("{text} AND t.owner_id = ${}", args.len());
        }
        if let Some(before) = &self.before {
            args.push(before);
            text = format!(
                "{text} AND EXISTS (SELECT 1 FROM secrets s WHERE s.token_id = t.id AND s.retired_at IS NULL AND s.created_at < ${})",
                args.len()
            );
        }
        (text, args)
    }
}

/// How many tokens, and how many people made them.
pub fn count(unit: &mut ReadUnit<'_>, aim: &Aim) -> Result<(i64, i64), StoreError> {
    let (conditions, args) = aim.tokens();
    let sql = Sql::built(format!(
        "SELECT COUNT(*), COUNT(DISTINCT t.creator_id) FROM tokens t WHERE {conditions}"
    ));
    match unit.one(sql, &args)? {
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
    let (conditions, mut args) = aim.tokens();
    args.push(&count);
    args.push(&offset);
    let last = args.len();
    let sql = Sql::built(format!(
        "SELECT t.id, t.name, c.login, o.login, t.created_at, \
         (SELECT MAX(u.at) FROM last_uses u JOIN secrets v ON v.id = u.secret_id WHERE v.token_id = t.id) \
         FROM tokens t JOIN accounts c ON c.id = t.creator_id JOIN accounts o ON o.id = t.owner_id \
         WHERE {conditions} ORDER BY t.id LIMIT ${} OFFSET ${last}",
        last - 1
    ));
    unit.all(sql, &args)?
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
    let (conditions, mut args) = aim.tokens();
    args.push(&behind);
    args.push(&count);
    let last = args.len();
    let sql = Sql::built(format!(
        "SELECT t.id FROM tokens t WHERE {conditions} AND t.id > ${} ORDER BY t.id LIMIT ${last}",
        last - 1
    ));
    unit.all(sql, &args)?.iter().map(|row| row.get(0)).collect()
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
    let mut text = "kind = $1 AND id <> $2 AND ended_at IS NULL AND expires_at > $3".to_owned();
    let mut args: Vec<&dyn ToValue> = vec![&kind, &but, &now];
    if let Some(user) = &aim.user {
        args.push(user);
        text = format!("{text} AND user_id = ${}", args.len());
    }
    if let Some(before) = &aim.before {
        args.push(before);
        text = format!("{text} AND created_at < ${}", args.len());
    }
    let sql = Sql::built(format!(
        "SELECT id, user_id FROM sign_ins WHERE {text} ORDER BY id"
    ));
    unit.all(sql, &args)?
        .iter()
        .map(|row| Ok((row.get(0)?, row.get(1)?)))
        .collect()
}
