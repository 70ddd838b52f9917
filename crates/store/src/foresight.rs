//! Walks over the values that work today: what a change of policy would break, and what ends soon.

use jeton_domain::{AccountId, CredentialKind, Expiry, Scopes, SecretId, Time, TokenId, UserId};

use crate::factors::has_second;
use crate::{ReadUnit, Row, Sql, StoreError};

/// A value of a token that works today, as far as a policy looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Working {
    /// Which value.
    pub secret: SecretId,
    /// Of which token.
    pub token: TokenId,
    /// Of which kind.
    pub kind: CredentialKind,
    /// Who made the token.
    pub creator: UserId,
    /// Whose things it reaches.
    pub owner: AccountId,
    /// When the value was made.
    pub created_at: Time,
    /// When it ends.
    pub expiry: Expiry,
    /// The classic scopes that it holds, where its kind has such.
    pub scopes: Scopes,
    /// Its creator belongs to the owner, where that is an organization.
    pub member: bool,
    /// When it was last used.
    pub used_at: Option<Time>,
    /// From where.
    pub used_from: Option<String>,
    /// Its creator has a second factor.
    pub two_factor: bool,
}

/// Where a walk stands: behind this value of this token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    token: TokenId,
    secret: SecretId,
}

impl Working {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            token: row.get(0)?,
            secret: row.get(1)?,
            creator: row.get(2)?,
            owner: row.get(3)?,
            created_at: row.get(4)?,
            expiry: row
                .get::<Option<Time>>(5)?
                .map_or(Expiry::Never, Expiry::At),
            member: row.get::<Option<i64>>(6)?.is_some(),
            used_at: row.get(7)?,
            used_from: row.get(8)?,
            two_factor: row.get(9)?,
            kind: row.word(10, CredentialKind::parse)?,
            scopes: crate::tokens::read_scopes(&row.get::<String>(11)?, row.get(12)?)?,
        })
    }

    /// Behind this one.
    pub fn step(&self) -> Step {
        Step {
            token: self.token,
            secret: self.secret,
        }
    }
}

/// Alive, with a say of the owner's that lets it in, and neither over nor replaced. `$1`: now.
const WORKS: &str = "t.revoked_at IS NULL AND t.deleted_at IS NULL AND t.suspended_at IS NULL \
     AND t.standing IN ('active', 'not_needed') AND t.kind NOT IN ('child', 'job') AND s.retired_at IS NULL \
     AND (s.expires_at IS NULL OR s.expires_at > $1) AND (s.retires_at IS NULL OR s.retires_at > $1)";

/// Whose values a walk looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Of tokens for one account's things.
    Of(AccountId),
    /// Of everybody's.
    Everybody,
    /// Of classic tokens, which are for nobody's things in particular, of an organization's members and outside
    /// collaborators: as if they were for its things.
    ClassicNear(AccountId),
}

/// The next values that work now, a token's own beside each other.
pub fn working(
    unit: &mut ReadUnit<'_>,
    whose: Whose,
    behind: Option<Step>,
    now: Time,
    count: i64,
) -> Result<Vec<Working>, StoreError> {
    let (token, secret) = behind.map_or((0, 0), |step| (step.token.get(), step.secret.get()));
    let (organization, narrowed) = match whose {
        Whose::Of(_) => ("t.owner_id", " AND t.owner_id = $5"),
        Whose::Everybody => ("t.owner_id", ""),
        Whose::ClassicNear(_) => (
            "$5",
            " AND t.kind = 'classic' AND (m.user_id IS NOT NULL OR EXISTS (SELECT 1 FROM collaborators c \
             JOIN repositories r ON r.id = c.repository_id \
             WHERE c.user_id = t.creator_id AND r.owner_id = $5 AND r.deleted_at IS NULL))",
        ),
    };
    let second = has_second("t.creator_id");
    let sql = Sql::built(format!(
        "SELECT t.id, s.id, t.creator_id, t.owner_id, s.created_at, s.expires_at, m.user_id, u.at, u.address, \
         CASE WHEN {second} THEN 1 ELSE 0 END, t.kind, t.scopes, t.scopes_version \
         FROM tokens t JOIN secrets s ON s.token_id = t.id \
         LEFT JOIN memberships m ON m.organization_id = {organization} AND m.user_id = t.creator_id \
         LEFT JOIN last_uses u ON u.secret_id = s.id \
         WHERE t.id >= $2 AND (t.id > $2 OR s.id > $3) AND {WORKS}{narrowed} \
         ORDER BY t.id, s.id LIMIT $4"
    ));
    let rows = match &whose {
        Whose::Of(owner) | Whose::ClassicNear(owner) => {
            unit.all(sql, &[&now, &token, &secret, &count, owner])?
        }
        Whose::Everybody => unit.all(sql, &[&now, &token, &secret, &count])?,
    };
    let mut values = rows
        .iter()
        .map(Working::read)
        .collect::<Result<Vec<_>, _>>()?;
    if let Whose::ClassicNear(organization) = whose {
        for value in &mut values {
            value.owner = organization;
        }
    }
    Ok(values)
}

/// A token that stops by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Which.
    pub token: TokenId,
    /// When the last of its values ends.
    pub at: Time,
}

/// The last moment of a value: its own end, or the end of a rotation's overlap.
const END: &str = "CASE WHEN s.expires_at IS NULL THEN s.retires_at \
     WHEN s.retires_at IS NULL OR s.expires_at < s.retires_at THEN s.expires_at ELSE s.retires_at END";

/// A page of an owner's tokens that stop before a moment, the next to stop first, and how many there are.
pub fn ending(
    unit: &mut ReadUnit<'_>,
    owner: AccountId,
    now: Time,
    before: Time,
    offset: i64,
    count: i64,
) -> Result<(Vec<Ending>, i64), StoreError> {
    // By the indexes of ends: of most tokens no value ends soon. A token with a value that has no end does not
    // stop; MAX would pass NULL by.
    let ends = format!(
        "SELECT t.id AS id, MAX({END}) AS last FROM tokens t JOIN secrets s ON s.token_id = t.id \
         WHERE t.owner_id = $2 AND {WORKS} AND t.id IN ( \
           SELECT x.token_id FROM secrets x WHERE x.retired_at IS NULL AND x.expires_at > $1 AND x.expires_at < $3 \
           UNION ALL SELECT x.token_id FROM secrets x WHERE x.retired_at IS NULL AND x.retires_at IS NOT NULL \
             AND x.retires_at > $1 AND x.retires_at < $3) \
         GROUP BY t.id \
         HAVING MAX({END}) < $3 AND COUNT({END}) = COUNT(*)"
    );
    let sql = Sql::built(format!(
        "SELECT e.id, e.last FROM ({ends}) e ORDER BY e.last, e.id LIMIT $4 OFFSET $5"
    ));
    let rows = unit
        .all(sql, &[&now, &owner, &before, &count, &offset])?
        .iter()
        .map(|row| {
            Ok(Ending {
                token: row.get(0)?,
                at: row.get(1)?,
            })
        })
        .collect::<Result<_, StoreError>>()?;
    let total = unit.number(
        Sql::built(format!("SELECT COUNT(*) FROM ({ends}) e")),
        &[&now, &owner, &before],
    )?;
    Ok((rows, total))
}
