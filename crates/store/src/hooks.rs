//! Webhooks of organizations and repositories.

use jeton_domain::{AccountId, HookId, OrganizationId, RepositoryId, Time};

use crate::tokens::{from_json, to_json};
use crate::{ReadUnit, Row, SideUnit, Sql, StoreError, WriteUnit};

/// What a webhook hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HookOwner {
    /// An organization, and each of its repositories.
    Organization(OrganizationId),
    /// One repository.
    Repository(RepositoryId),
}

impl HookOwner {
    fn columns(self) -> (Option<OrganizationId>, Option<RepositoryId>) {
        match self {
            Self::Organization(id) => (Some(id), None),
            Self::Repository(id) => (None, Some(id)),
        }
    }
}

/// How a delivery's body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookContentType {
    /// As JSON.
    Json,
    /// As the field `payload` of a form.
    Form,
}

impl HookContentType {
    /// The stored word, and GitHub's.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Form => "form",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Json, Self::Form]
            .into_iter()
            .find(|kind| kind.name() == word)
    }
}

/// A webhook as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookRow {
    /// Which.
    pub id: HookId,
    /// What it hangs on.
    pub owner: HookOwner,
    /// Where deliveries go.
    pub url: String,
    /// How their bodies are written.
    pub content_type: HookContentType,
    /// What they are signed with, sealed.
    pub secret: Option<Vec<u8>>,
    /// The receiver's certificate must hold.
    pub verifies_tls: bool,
    /// Names of what it hears of; `*` for all.
    pub events: Vec<String>,
    /// It is told anything at all.
    pub active: bool,
    /// Who made it.
    pub created_by: AccountId,
    /// When.
    pub created_at: Time,
    /// When it was changed.
    pub updated_at: Time,
    /// Tries in a row that came to nothing.
    pub failures: i64,
    /// Until when nothing is sent after them.
    pub rests_until: Option<Time>,
}

const COLUMNS: &str = "id, organization_id, repository_id, url, content_type, secret, verifies_tls, events, active, \
     created_by, created_at, updated_at, failures, rests_until";

fn read(row: &Row) -> Result<HookRow, StoreError> {
    let owner = match (row.get(1)?, row.get(2)?) {
        (Some(id), None) => HookOwner::Organization(id),
        (None, Some(id)) => HookOwner::Repository(id),
        _ => return Err(StoreError::corrupt("a webhook hangs on nothing or on both")),
    };
    Ok(HookRow {
        id: row.get(0)?,
        owner,
        url: row.get(3)?,
        content_type: row.word(4, HookContentType::parse)?,
        secret: row.get(5)?,
        verifies_tls: row.get(6)?,
        events: from_json(&row.get::<String>(7)?)?,
        active: row.get(8)?,
        created_by: row.get(9)?,
        created_at: row.get(10)?,
        updated_at: row.get(11)?,
        failures: row.get(12)?,
        rests_until: row.get(13)?,
    })
}

/// Adds one.
pub fn insert(unit: &mut WriteUnit<'_>, row: &HookRow) -> Result<(), StoreError> {
    let (organization, repository) = row.owner.columns();
    unit.execute_one(
        "INSERT INTO hooks (id, organization_id, repository_id, url, content_type, secret, verifies_tls, events, active, \
         created_by, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &[
            &row.id,
            &organization,
            &repository,
            &row.url,
            &row.content_type.name(),
            &row.secret,
            &row.verifies_tls,
            &to_json(&row.events)?,
            &row.active,
            &row.created_by,
            &row.created_at,
            &row.updated_at,
        ],
    )
}

/// Changes what its keepers say of it. It rests no more: they may have mended it.
pub fn update(unit: &mut WriteUnit<'_>, row: &HookRow) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE hooks SET url = $2, content_type = $3, secret = $4, verifies_tls = $5, events = $6, active = $7, \
         updated_at = $8, failures = 0, rests_until = NULL WHERE id = $1 AND deleted_at IS NULL",
        &[
            &row.id,
            &row.url,
            &row.content_type.name(),
            &row.secret,
            &row.verifies_tls,
            &to_json(&row.events)?,
            &row.active,
            &row.updated_at,
        ],
    )
}

/// Takes one away with its secret; its row stays, for its deliveries. Where something waits for it still, the secret stays
/// [until that is over](end_orphans).
pub fn delete(unit: &mut WriteUnit<'_>, id: HookId, at: Time) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE hooks SET deleted_at = $2, secret = CASE WHEN EXISTS (SELECT d.id FROM hook_deliveries d \
         WHERE d.hook_id = $1 AND d.delivered_at IS NULL) THEN secret END WHERE id = $1 AND deleted_at IS NULL",
        &[&id, &at],
    )
}

/// Lets one rest no longer: somebody asks for a try at once.
pub fn wake(unit: &mut WriteUnit<'_>, id: HookId) -> Result<(), StoreError> {
    unit.execute(
        "UPDATE hooks SET failures = 0, rests_until = NULL WHERE id = $1 AND rests_until IS NOT NULL",
        &[&id],
    )?;
    Ok(())
}

/// Takes those away that hang on what is gone, and the secrets of all that are gone, once they were told all that waited for
/// them.
pub fn end_orphans(unit: &mut SideUnit<'_>, now: Time) -> Result<usize, StoreError> {
    unit.execute(
        "UPDATE hooks SET deleted_at = COALESCE(deleted_at, $1), secret = NULL \
         WHERE (deleted_at IS NULL OR secret IS NOT NULL) AND (deleted_at IS NOT NULL \
         OR repository_id IN (SELECT id FROM repositories WHERE deleted_at IS NOT NULL) \
         OR organization_id IN (SELECT id FROM accounts WHERE deleted_at IS NOT NULL)) \
         AND NOT EXISTS (SELECT d.id FROM hook_deliveries d WHERE d.hook_id = hooks.id AND d.delivered_at IS NULL)",
        &[&now],
    )
}

/// The webhook of this id, deleted ones left out.
pub fn by_id(unit: &mut ReadUnit<'_>, id: HookId) -> Result<Option<HookRow>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM hooks WHERE id = $1 AND deleted_at IS NULL"
    ));
    unit.one(sql, &[&id])?.as_ref().map(read).transpose()
}

/// The same, one that is deleted too.
pub fn ever_by_id(unit: &mut ReadUnit<'_>, id: HookId) -> Result<Option<HookRow>, StoreError> {
    let sql = Sql::built(format!("SELECT {COLUMNS} FROM hooks WHERE id = $1"));
    unit.one(sql, &[&id])?.as_ref().map(read).transpose()
}

/// All that hang on an organization or on a repository, the oldest first.
pub fn of_owner(unit: &mut ReadUnit<'_>, owner: HookOwner) -> Result<Vec<HookRow>, StoreError> {
    let (organization, repository) = owner.columns();
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM hooks WHERE deleted_at IS NULL AND (organization_id = $1 OR repository_id = $2) ORDER BY id"
    ));
    unit.all(sql, &[&organization, &repository])?
        .iter()
        .map(read)
        .collect()
}

/// The active ones that may hear of something there: of the organization, and of the repository.
pub fn listening(
    unit: &mut ReadUnit<'_>,
    organization: Option<OrganizationId>,
    repository: Option<RepositoryId>,
) -> Result<Vec<HookRow>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM hooks WHERE deleted_at IS NULL AND active = 1 \
         AND (organization_id = $1 OR repository_id = $2) ORDER BY id"
    ));
    unit.all(sql, &[&organization, &repository])?
        .iter()
        .map(read)
        .collect()
}

/// A try came to something: it has failed no more.
pub fn succeeded(unit: &mut WriteUnit<'_>, id: HookId) -> Result<(), StoreError> {
    unit.execute(
        "UPDATE hooks SET failures = 0, rests_until = NULL WHERE id = $1 AND (failures <> 0 OR rests_until IS NOT NULL)",
        &[&id],
    )?;
    Ok(())
}

/// A try came to nothing: all that waits for the webhook waits until then.
pub fn failed(unit: &mut WriteUnit<'_>, id: HookId, until: Time) -> Result<(), StoreError> {
    unit.execute(
        "UPDATE hooks SET failures = failures + 1, rests_until = $2 WHERE id = $1",
        &[&id, &until],
    )?;
    Ok(())
}

/// Nothing is sent there until then, though nothing failed: it is slow.
pub fn rest(unit: &mut WriteUnit<'_>, id: HookId, until: Time) -> Result<(), StoreError> {
    unit.execute(
        "UPDATE hooks SET rests_until = $2 WHERE id = $1",
        &[&id, &until],
    )?;
    Ok(())
}
