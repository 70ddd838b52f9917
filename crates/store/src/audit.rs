//! The audit log: each change leaves an entry in its own transaction, and each entry is a leaf that can be proved later.

use std::collections::BTreeSet;

use jeton_domain::{AccountId, Event, OrganizationId, RepositoryId, Time, TokenId, UserId};
use sha2::{Digest, Sha256};

use crate::conditions::Conditions;
use crate::{ReadUnit, Row, Seq, SideUnit, Sql, StoreError, WriteUnit};

/// Version of the body's shape; stored inside each body, covered by its leaf.
pub const SCHEMA: i64 = 1;

/// What is to be written. The named fields are both columns, to filter by, and part of the body, so that the leaf covers them.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry<'a> {
    /// What happened.
    pub event: Event,
    /// The operation of the route table that did it, or the job's name.
    pub operation: &'a str,
    /// When.
    pub at: Time,
    /// Who did it; none for the system.
    pub actor: Option<AccountId>,
    /// The organization it concerns.
    pub organization: Option<OrganizationId>,
    /// The person it concerns.
    pub user: Option<UserId>,
    /// The token it was done with, or that it was done to.
    pub token: Option<TokenId>,
    /// The repository it concerns.
    pub repository: Option<RepositoryId>,
    /// Everything else (door, address, user agent, request id, fields of the event): a JSON object without secrets.
    pub data: serde_json::Value,
    /// Sixteen fresh random bytes, so that a leaf does not tell its body once that is gone.
    pub salt: [u8; 16],
}

/// Canonical JSON (RFC 8785) of an entry: what is stored as its body and covered by its leaf.
fn body(entry: &AuditEntry<'_>) -> Result<String, StoreError> {
    let whole = serde_json::json!({
        "schema": SCHEMA,
        "event": entry.event.name(),
        "operation": entry.operation,
        "at": entry.at.micros(),
        "actor_id": entry.actor.map(AccountId::get),
        "organization_id": entry.organization.map(OrganizationId::get),
        "user_id": entry.user.map(UserId::get),
        "token_id": entry.token.map(TokenId::get),
        "repository_id": entry.repository.map(RepositoryId::get),
        "data": entry.data,
    });
    serde_json_canonicalizer::to_string(&whole)
        .map_err(|error| StoreError::query(format!("an audit body has no canonical form: {error}")))
}

/// The leaf of a body: SHA-256(0x00 ‖ salt ‖ body).
pub fn leaf(salt: &[u8; 16], body: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update([0_u8]);
    hash.update(salt);
    hash.update(body.as_bytes());
    hash.finalize().into()
}

impl WriteUnit<'_> {
    /// Writes an audit entry: if it can't be written, the change does not happen.
    pub fn audit(&mut self, entry: &AuditEntry<'_>) -> Result<(), StoreError> {
        let body = body(entry)?;
        let leaf = leaf(&entry.salt, &body);
        let (seq, n) = (self.seq(), self.audit_entries);
        self.execute_one(
            "INSERT INTO audit (seq, n, event, at, actor_id, organization_id, user_id, token_id, repository_id, operation, \
             body, salt, leaf) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            &[
                &seq,
                &n,
                &entry.event.name(),
                &entry.at,
                &entry.actor,
                &entry.organization,
                &entry.user,
                &entry.token,
                &entry.repository,
                &entry.operation,
                &body,
                &entry.salt,
                &leaf,
            ],
        )?;
        self.audit_entries += 1;
        Ok(())
    }
}

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Number of the change.
    pub seq: Seq,
    /// Place among the change's entries, from zero.
    pub n: i64,
    /// The event's stored word; a later version may have written one that this one does not know.
    pub event: String,
    /// When.
    pub at: Time,
    /// Who did it; none for the system.
    pub actor: Option<AccountId>,
    /// The operation or job that did it.
    pub operation: String,
    /// Canonical JSON; gone after the time it is kept.
    pub body: Option<String>,
    /// Gone with the body.
    pub salt: Option<[u8; 16]>,
    /// Kept for ever.
    pub leaf: [u8; 32],
}

/// Which entries to read. Each field that is set narrows further; the default reads the whole site's log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// What happened; empty for everything.
    pub events: Vec<Event>,
    /// Concerning this organization.
    pub organization: Option<OrganizationId>,
    /// Done by one of these accounts.
    pub actors: Option<BTreeSet<AccountId>>,
    /// Done by this person, or concerning them: their own log.
    pub about: Option<UserId>,
    /// Concerning this token.
    pub token: Option<TokenId>,
    /// Naming this value.
    pub value: Option<NamedValue>,
    /// Holding this text somewhere.
    pub text: Option<String>,
    /// Concerning this repository.
    pub repository: Option<RepositoryId>,
    /// Concerning one of these repositories, or none at all.
    pub within: Option<BTreeSet<RepositoryId>>,
    /// At this moment or later.
    pub from: Option<Time>,
    /// Before this moment.
    pub until: Option<Time>,
    /// Older than this entry.
    pub before: Option<(Seq, i64)>,
    /// Newer than this entry.
    pub after: Option<(Seq, i64)>,
    /// The oldest first, not the newest.
    pub oldest_first: bool,
}

/// A token's value as entries name it: it was done with, or made by what they tell of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedValue {
    /// Its token.
    pub token: TokenId,
    /// Who made the token.
    pub creator: UserId,
    /// What stands in an entry's `hashed_token`.
    pub hashed: String,
}

impl NamedValue {
    /// What an entry's body holds then. What somebody else wrote into an entry holds no bare quotes.
    fn written(&self) -> String {
        format!("\"hashed_token\":{}", serde_json::json!(self.hashed))
    }
}

impl AuditRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            seq: row.get(0)?,
            n: row.get(1)?,
            event: row.get(2)?,
            at: row.get(3)?,
            actor: row.get(4)?,
            operation: row.get(5)?,
            body: row.get(6)?,
            salt: row.get(7)?,
            leaf: row.get(8)?,
        })
    }
}

/// A text as it stands inside a body.
fn as_written(text: &str) -> String {
    let quoted = serde_json::json!(text).to_string();
    let inner = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(&quoted).to_owned()
}

/// Entries that the filter lets through, in its order.
pub fn page(
    unit: &mut ReadUnit<'_>,
    filter: &Filter,
    limit: u32,
) -> Result<Vec<AuditRow>, StoreError> {
    let names: Vec<&str> = filter.events.iter().map(|event| event.name()).collect();
    let written = filter.value.as_ref().map(NamedValue::written);
    let searched = filter.text.as_deref().map(as_written);
    let mut conditions = Conditions::default();
    conditions.and("seq > 0");
    conditions.narrow("organization_id = ?", filter.organization.as_ref());
    conditions.narrow("(user_id = ? OR actor_id = ?)", filter.about.as_ref());
    conditions.narrow("token_id = ?", filter.token.as_ref());
    // By two indexes: without them the whole log would be read for a word inside its bodies.
    if let Some(value) = &filter.value {
        let (token, creator) = (conditions.arg(&value.token), conditions.arg(&value.creator));
        conditions.and(&format!("(token_id = {token} OR actor_id = {creator})"));
    }
    conditions.narrow("replace(body, ?, '') <> body", written.as_ref());
    conditions.narrow("replace(body, ?, '') <> body", searched.as_ref());
    conditions.narrow("repository_id = ?", filter.repository.as_ref());
    conditions.narrow("at >= ?", filter.from.as_ref());
    conditions.narrow("at < ?", filter.until.as_ref());
    if let Some((seq, n)) = &filter.before {
        let (seq, n) = (conditions.arg(seq), conditions.arg(n));
        conditions.and(&format!("seq <= {seq} AND (seq < {seq} OR n < {n})"));
    }
    if let Some((seq, n)) = &filter.after {
        let (seq, n) = (conditions.arg(seq), conditions.arg(n));
        conditions.and(&format!("seq >= {seq} AND (seq > {seq} OR n > {n})"));
    }
    if let Some(within) = &filter.within {
        conditions.among("(repository_id IS NULL OR repository_id IN (?))", within);
    }
    if let Some(actors) = &filter.actors {
        conditions.among("actor_id IN (?)", actors);
    }
    if !names.is_empty() {
        conditions.among("event IN (?)", &names);
    }
    let limit = conditions.arg(&limit);
    let order = if filter.oldest_first {
        "seq, n"
    } else {
        "seq DESC, n DESC"
    };
    let sql = format!(
        "SELECT seq, n, event, at, actor_id, operation, body, salt, leaf FROM audit WHERE {} \
         ORDER BY {order} LIMIT {limit}",
        conditions.text()
    );
    unit.all(Sql::built(sql), conditions.args())?
        .iter()
        .map(AuditRow::read)
        .collect()
}

/// Empties entries of organizations (or, with `false`, all others) older than `before`; their leaves stay. Gives the number.
pub fn forget(
    unit: &mut SideUnit<'_>,
    of_organizations: bool,
    before: Time,
) -> Result<usize, StoreError> {
    unit.execute(
        "UPDATE audit SET body = NULL, salt = NULL \
         WHERE at < $1 AND body IS NOT NULL AND (organization_id IS NOT NULL) = ($2 = 1)",
        &[&before, &of_organizations],
    )
}
