//! Jobs of build servers and scripts, each with the one token that it has. (What is to be done after a commit is in
//! [`crate::jobs`].)

use jeton_domain::{AccountId, JobOrigin, Permissions, RepositoryId, Time, TokenId, UserId};

use crate::tokens::{from_json, to_json};
use crate::{ReadUnit, Row, Sql, StoreError, WriteUnit};

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRow {
    /// Its token, by whose number it is known.
    pub token: TokenId,
    /// What it is called.
    pub name: String,
    /// Who opened it.
    pub opener: UserId,
    /// Its one repository.
    pub repository: RepositoryId,
    /// The reference that it runs for.
    pub reference: Option<String>,
    /// The environment that it runs for.
    pub environment: Option<String>,
    /// It runs what a fork brought: it reads, and is given no secrets.
    pub fork: bool,
    /// How it came to be.
    pub origin: JobOrigin,
    /// What an identity provider said of it, as JSON.
    pub claims: Option<String>,
    /// What it may do.
    pub permissions: Permissions,
    /// When it was opened.
    pub opened_at: Time,
    /// When it ends by itself.
    pub ends_at: Time,
    /// When somebody ended it.
    pub ended_at: Option<Time>,
}

const SELECT: &str = "SELECT t.id, t.name, t.creator_id, j.repository_id, j.ref_name, j.environment, j.fork, j.origin, \
     j.claims, t.permissions, j.opened_at, j.ends_at, t.revoked_at FROM job_tokens j JOIN tokens t ON t.id = j.token_id";

fn read(row: &Row) -> Result<JobRow, StoreError> {
    Ok(JobRow {
        token: row.get(0)?,
        name: row.get(1)?,
        opener: row.get(2)?,
        repository: row.get(3)?,
        reference: row.get(4)?,
        environment: row.get(5)?,
        fork: row.get(6)?,
        origin: row.word(7, JobOrigin::parse)?,
        claims: row.get(8)?,
        permissions: from_json(&row.get::<String>(9)?)?,
        opened_at: row.get(10)?,
        ends_at: row.get(11)?,
        ended_at: row.get(12)?,
    })
}

/// The job of a token.
pub fn by_token(unit: &mut ReadUnit<'_>, token: TokenId) -> Result<Option<JobRow>, StoreError> {
    let sql = Sql::built(format!("{SELECT} WHERE j.token_id = $1"));
    unit.one(sql, &[&token])?.as_ref().map(read).transpose()
}

/// The one repository of a job's token.
pub fn repository(
    unit: &mut ReadUnit<'_>,
    token: TokenId,
) -> Result<Option<RepositoryId>, StoreError> {
    unit.one(
        "SELECT repository_id FROM job_tokens WHERE token_id = $1",
        &[&token],
    )?
    .map(|row| row.get(0))
    .transpose()
}

/// A page of a repository's jobs, newest first, and how many there are. `living`: those alone that are not over at
/// that moment.
pub fn of_repository(
    unit: &mut ReadUnit<'_>,
    repository: RepositoryId,
    living: Option<Time>,
    (offset, count): (i64, i64),
) -> Result<(Vec<JobRow>, i64), StoreError> {
    let fits = "j.repository_id = $1 AND t.deleted_at IS NULL \
                AND (CAST($2 AS BIGINT) IS NULL OR (t.revoked_at IS NULL AND j.ends_at > $2))";
    let sql = Sql::built(format!(
        "{SELECT} WHERE {fits} ORDER BY t.id DESC LIMIT $3 OFFSET $4"
    ));
    let rows = unit
        .all(sql, &[&repository, &living, &count, &offset])?
        .iter()
        .map(read)
        .collect::<Result<_, _>>()?;
    let sql = Sql::built(format!(
        "SELECT COUNT(*) FROM job_tokens j JOIN tokens t ON t.id = j.token_id WHERE {fits}"
    ));
    let total = unit.number(sql, &[&repository, &living])?;
    Ok((rows, total))
}

/// How many of a repository's jobs are open.
pub fn count_open(
    unit: &mut ReadUnit<'_>,
    repository: RepositoryId,
    now: Time,
) -> Result<i64, StoreError> {
    unit.number(
        "SELECT COUNT(*) FROM job_tokens j JOIN tokens t ON t.id = j.token_id \
         WHERE j.repository_id = $1 AND t.revoked_at IS NULL AND j.ends_at > $2",
        &[&repository, &now],
    )
}

/// Notes what a token of this kind is for. Its name, opener and permissions are the token's.
pub fn insert(unit: &mut WriteUnit<'_>, job: &JobRow) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO job_tokens (token_id, repository_id, ref_name, environment, fork, origin, claims, opened_at, ends_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            &job.token,
            &job.repository,
            &job.reference,
            &job.environment,
            &job.fork,
            &job.origin.name(),
            &job.claims,
            &job.opened_at,
            &job.ends_at,
        ],
    )
}

/// Where the most that jobs may do was written down. The site is the account and the repository nobody has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CeilingOf {
    /// All of the site.
    Site,
    /// All of an account's repositories.
    Owner(AccountId),
    /// One repository.
    Repository(AccountId, RepositoryId),
}

impl CeilingOf {
    fn key(self) -> (i64, i64) {
        match self {
            Self::Site => (0, 0),
            Self::Owner(owner) => (owner.get(), 0),
            Self::Repository(owner, repository) => (owner.get(), repository.get()),
        }
    }
}

/// The most that jobs may do, as it was written down for one place; nothing, where nobody did.
pub fn ceiling(unit: &mut ReadUnit<'_>, of: CeilingOf) -> Result<Option<Permissions>, StoreError> {
    let (owner, repository) = of.key();
    unit.one(
        "SELECT permissions FROM job_ceilings WHERE owner_id = $1 AND repository_id = $2",
        &[&owner, &repository],
    )?
    .map(|row| from_json(&row.get::<String>(0)?))
    .transpose()
}

/// Writes it down.
pub fn set_ceiling(
    unit: &mut WriteUnit<'_>,
    of: CeilingOf,
    permissions: &Permissions,
) -> Result<(), StoreError> {
    let (owner, repository) = of.key();
    unit.execute_one(
        "INSERT INTO job_ceilings (owner_id, repository_id, permissions) VALUES ($1, $2, $3) \
         ON CONFLICT (owner_id, repository_id) DO UPDATE SET permissions = excluded.permissions",
        &[&owner, &repository, &to_json(permissions)?],
    )
}
