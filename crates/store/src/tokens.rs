//! Tokens: name, creator and grant. Their values are in [`crate::secrets`].
//!
//! Long: each query of one table, beside the words they share.

use std::collections::BTreeSet;

use jeton_domain::{
    AccountId, ApplicationId, Asked, ClassicScope, Conditions as Rules, CredentialKind, Ending,
    Expiry, Grant, Life, Maximum, OrganizationId, PackageSelection, Permissions, RepositoryId,
    SCOPES_VERSION, Scopes, Selection, Standing, Time, TokenId, UserId, WithdrawReason,
};
use serde::{Deserialize, Serialize};

use crate::conditions::Conditions;
use crate::token_filter::TokenFilter;
use crate::{ReadUnit, Row, Sql, StoreError, WriteUnit};

/// A token as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Its id.
    pub id: TokenId,
    /// Its kind.
    pub kind: CredentialKind,
    /// Who made it.
    pub creator: UserId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Why the owner should approve it.
    pub justification: String,
    /// What it wants. Of a kind that scopes narrow: nothing, of its creator's own account.
    pub wanted: Grant,
    /// The classic scopes that it holds, where its kind has such.
    pub scopes: Scopes,
    /// The OAuth application that it was given to.
    pub application: Option<ApplicationId>,
    /// What was approved last, if anything was.
    pub approved: Option<Asked>,
    /// The owner's say.
    pub standing: Standing,
    /// When the standing last changed.
    pub standing_at: Time,
    /// A reviewer's or the system's words on it.
    pub standing_reason: Option<String>,
    /// Alive, suspended, revoked.
    pub life: Life,
    /// When it was made.
    pub created_at: Time,
}

impl TokenRow {
    /// One that is made now: it lives, needs nobody's approval, has no scopes, and nothing is said of it.
    pub fn new(
        id: TokenId,
        kind: CredentialKind,
        (creator, name): (UserId, String),
        wanted: Grant,
        now: Time,
    ) -> Self {
        Self {
            id,
            kind,
            creator,
            name,
            description: String::new(),
            justification: String::new(),
            wanted,
            scopes: Scopes::NONE,
            application: None,
            approved: None,
            standing: Standing::NotNeeded,
            standing_at: now,
            standing_reason: None,
            life: Life::Alive,
            created_at: now,
        }
    }

    /// What is in force: wanted and approved together; without an owner's say, what is wanted; and
    /// nothing of the owner's while no approval is there.
    pub fn in_force(&self) -> Grant {
        match (&self.approved, self.standing) {
            (Some(approved), _) => Grant::in_force(&self.wanted, &approved.grant),
            (None, Standing::NotNeeded) => self.wanted.clone(),
            (None, _) => Grant {
                conditions: self.wanted.conditions.clone(),
                ..Grant::nothing_of(self.wanted.owner)
            },
        }
    }
}

/// The part of an approval that stands in one column; its repositories have a table.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredAsked {
    owner: AccountId,
    selection: String,
    /// Not there in what was stored before packages could be named.
    #[serde(default)]
    packages: PackageSelection,
    permissions: Permissions,
    conditions: Vec<Rules>,
    length: Maximum,
}

impl StoredAsked {
    pub(crate) fn of(asked: &Asked) -> Self {
        Self {
            owner: asked.grant.owner,
            selection: asked.grant.selection.name().to_owned(),
            packages: asked.grant.packages.clone(),
            permissions: asked.grant.permissions.clone(),
            conditions: asked.grant.conditions.clone(),
            length: asked.length,
        }
    }

    pub(crate) fn read(
        self,
        repositories: impl FnOnce() -> Result<BTreeSet<RepositoryId>, StoreError>,
    ) -> Result<Asked, StoreError> {
        Ok(Asked {
            grant: Grant {
                owner: self.owner,
                selection: selection(&self.selection, repositories)?,
                packages: self.packages,
                permissions: self.permissions,
                conditions: self.conditions,
            },
            length: self.length,
        })
    }
}

/// JSON for a text column.
pub(crate) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|e| StoreError::query(format!("a column can't be written as JSON: {e}")))
}

/// What a text column holds as JSON.
pub(crate) fn from_json<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text)
        .map_err(|e| StoreError::corrupt(format!("a column holds unreadable JSON: {e}")))
}

pub(crate) fn selection(
    word: &str,
    repositories: impl FnOnce() -> Result<BTreeSet<RepositoryId>, StoreError>,
) -> Result<Selection, StoreError> {
    match word {
        "public" => Ok(Selection::Public),
        "all" => Ok(Selection::All),
        "selected" => repositories().map(Selection::Only),
        other => Err(StoreError::corrupt(format!("`{other}` is no selection"))),
    }
}

fn standing(word: &str, at: Time, reason: Option<&str>) -> Option<Standing> {
    Some(match word {
        "not_needed" => Standing::NotNeeded,
        "pending" => Standing::Pending,
        "active" => Standing::Active { since: at },
        "denied" => Standing::Denied,
        "cancelled" => Standing::Cancelled,
        "withdrawn" => Standing::Withdrawn(
            reason
                .and_then(WithdrawReason::parse)
                .unwrap_or(WithdrawReason::Owner),
        ),
        _ => return None,
    })
}

const COLUMNS: &str = "t.id, t.creator_id, t.name, t.description, t.owner_id, t.justification, t.selection, \
     t.permissions, t.conditions, t.standing, t.standing_at, t.standing_reason, t.approved, t.created_at, \
     t.suspended_at, t.revoked_at, t.revoked_reason, t.kind, t.scopes, t.scopes_version, t.application_id, \
     t.packages";

/// A standing from three columns: word, moment, reason.
fn read_standing(row: &Row, first: usize) -> Result<Standing, StoreError> {
    let (at, reason): (Time, Option<String>) = (row.get(first + 1)?, row.get(first + 2)?);
    row.word(first, |word| standing(word, at, reason.as_deref()))
}

/// A life from three columns: suspended when, revoked when, revoked why.
fn read_life(row: &Row, first: usize) -> Result<Life, StoreError> {
    Ok(match (row.get(first)?, row.get(first + 1)?) {
        (_, Some(at)) => Life::Revoked {
            at,
            because: row.word(first + 2, Ending::parse)?,
        },
        (Some(at), None) => Life::Suspended { at },
        (None, None) => Life::Alive,
    })
}

fn read(unit: &mut ReadUnit<'_>, row: &Row) -> Result<TokenRow, StoreError> {
    let id: TokenId = row.get(0)?;
    let approved: Option<String> = row.get(12)?;
    let permissions: Permissions = from_json(&row.get::<String>(7)?)?;
    let conditions: Vec<Rules> = from_json(&row.get::<String>(8)?)?;
    let word: String = row.get(6)?;
    let wanted = Grant {
        owner: row.get(4)?,
        selection: selection(&word, || selected(unit, id, "token_repositories"))?,
        packages: read_packages(row, 21)?,
        permissions,
        conditions,
    };
    let approved = match approved {
        Some(text) => Some(
            from_json::<StoredAsked>(&text)?
                .read(|| selected(unit, id, "approved_repositories"))?,
        ),
        None => None,
    };
    Ok(TokenRow {
        id,
        kind: row.word(17, CredentialKind::parse)?,
        scopes: read_scopes(&row.get::<String>(18)?, row.get(19)?)?,
        application: row.get(20)?,
        creator: row.get(1)?,
        name: row.get(2)?,
        description: row.get(3)?,
        justification: row.get(5)?,
        wanted,
        approved,
        standing: read_standing(row, 9)?,
        standing_at: row.get(10)?,
        standing_reason: row.get(11)?,
        life: read_life(row, 14)?,
        created_at: row.get(13)?,
    })
}

/// The names of packages as JSON, or nothing where the token goes by repositories.
fn read_packages(row: &Row, at: usize) -> Result<PackageSelection, StoreError> {
    match row.get::<Option<String>>(at)? {
        Some(names) => Ok(PackageSelection::Named(from_json(&names)?)),
        None => Ok(PackageSelection::ByRepository),
    }
}

/// As [`read_packages`] reads them.
fn packages_cell(packages: &PackageSelection) -> Result<Option<String>, StoreError> {
    packages.names().map(to_json).transpose()
}

/// The version of the table of scopes, as a cell.
pub(crate) const SCOPES_NOW: i64 = SCOPES_VERSION as i64;

/// Normalised names, by the table of the version that they were stored with.
pub(crate) fn read_scopes(text: &str, version: i64) -> Result<Scopes, StoreError> {
    let named = text
        .split(' ')
        .filter(|name| !name.is_empty())
        .map(|name| {
            ClassicScope::parse(name)
                .ok_or_else(|| StoreError::corrupt(format!("`{name}` is no scope")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let version = u16::try_from(version)
        .map_err(|_| StoreError::corrupt(format!("{version} is no version of scopes")))?;
    Ok(Scopes::of(&named, version))
}

/// As [`read_scopes`] reads them.
pub(crate) fn scope_names(scopes: Scopes) -> String {
    let names: Vec<&str> = scopes.normalised().map(|entry| entry.name).collect();
    names.join(" ")
}

fn selected(
    unit: &mut ReadUnit<'_>,
    id: TokenId,
    table: &str,
) -> Result<BTreeSet<RepositoryId>, StoreError> {
    let sql = match table {
        "token_repositories" => {
            "SELECT repository_id FROM token_repositories WHERE token_id = $1 ORDER BY repository_id"
        }
        _ => {
            "SELECT repository_id FROM approved_repositories WHERE token_id = $1 ORDER BY repository_id"
        }
    };
    unit.all(sql, &[&id])?
        .iter()
        .map(|row| row.get(0))
        .collect()
}

fn read_all(unit: &mut ReadUnit<'_>, rows: &[Row]) -> Result<Vec<TokenRow>, StoreError> {
    rows.iter().map(|row| read(unit, row)).collect()
}

/// The token, deleted ones left out.
pub fn find(unit: &mut ReadUnit<'_>, id: TokenId) -> Result<Option<TokenRow>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM tokens t WHERE t.id = $1 AND t.deleted_at IS NULL"
    ));
    match unit.one(sql, &[&id])? {
        Some(row) => read(unit, &row).map(Some),
        None => Ok(None),
    }
}

/// The token, deleted ones too: their values are known as revoked, not as unknown.
pub fn find_also_deleted(
    unit: &mut ReadUnit<'_>,
    id: TokenId,
) -> Result<Option<TokenRow>, StoreError> {
    let sql = Sql::built(format!("SELECT {COLUMNS} FROM tokens t WHERE t.id = $1"));
    match unit.one(sql, &[&id])? {
        Some(row) => read(unit, &row).map(Some),
        None => Ok(None),
    }
}

/// A person's tokens, newest first.
pub fn of_creator(unit: &mut ReadUnit<'_>, creator: UserId) -> Result<Vec<TokenRow>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM tokens t WHERE t.creator_id = $1 AND t.deleted_at IS NULL ORDER BY t.id DESC"
    ));
    let rows = unit.all(sql, &[&creator])?;
    read_all(unit, &rows)
}

/// The tokens that name an account as their resource owner, newest first.
pub fn of_owner(unit: &mut ReadUnit<'_>, owner: AccountId) -> Result<Vec<TokenRow>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM tokens t WHERE t.owner_id = $1 AND t.deleted_at IS NULL ORDER BY t.id DESC"
    ));
    let rows = unit.all(sql, &[&owner])?;
    read_all(unit, &rows)
}

/// Of tokens `t`: their kind is one of these.
pub(crate) fn kind_is_one_of(kinds: &[CredentialKind]) -> String {
    let quoted: Vec<String> = kinds
        .iter()
        .map(|kind| format!("'{}'", kind.name()))
        .collect();
    match quoted.as_slice() {
        // No list of a query may be empty.
        [] => "1 = 0".to_owned(),
        _ => format!("t.kind IN ({})", quoted.join(", ")),
    }
}

/// A page of a person's tokens of some kinds, newest first, and how many there are.
pub fn page_of_creator(
    unit: &mut ReadUnit<'_>,
    creator: UserId,
    kinds: &[CredentialKind],
    offset: i64,
    count: i64,
) -> Result<(Vec<TokenRow>, i64), StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM tokens t WHERE t.creator_id = $1 AND {} AND t.deleted_at IS NULL \
         ORDER BY t.id DESC LIMIT $2 OFFSET $3",
        kind_is_one_of(kinds)
    ));
    let rows = unit.all(sql, &[&creator, &count, &offset])?;
    let total = Sql::built(format!(
        "SELECT COUNT(*) FROM tokens t WHERE t.creator_id = $1 AND {} AND t.deleted_at IS NULL",
        kind_is_one_of(kinds)
    ));
    let total = unit.number(total, &[&creator])?;
    Ok((read_all(unit, &rows)?, total))
}

/// Of tokens `t`: their standing gives them access to their owner's things.
const GRANTS: &str = "t.standing IN ('active', 'not_needed') AND t.revoked_at IS NULL AND t.deleted_at IS NULL \
     AND t.kind NOT IN ('child', 'job')";

/// A page of the tokens whose standing gives them access to an owner's things, the latest to get it
/// first if not said otherwise, and how many there are.
pub fn page_of_grants(
    unit: &mut ReadUnit<'_>,
    owner: AccountId,
    filter: &TokenFilter,
    offset: i64,
    count: i64,
) -> Result<(Vec<TokenRow>, i64), StoreError> {
    let ready = filter.ready();
    let mut conditions = Conditions::default();
    conditions.and(GRANTS);
    conditions.narrow("t.owner_id = ?", Some(&owner));
    ready.narrow_grants(&mut conditions);
    let total = Sql::built(format!(
        "SELECT COUNT(*) FROM tokens t WHERE {}",
        conditions.text()
    ));
    let total = unit.number(total, conditions.args())?;
    let (count, offset) = (conditions.arg(&count), conditions.arg(&offset));
    let way = filter.direction();
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM tokens t WHERE {} ORDER BY t.standing_at {way}, t.id {way} \
         LIMIT {count} OFFSET {offset}",
        conditions.text()
    ));
    let rows = unit.all(sql, conditions.args())?;
    Ok((read_all(unit, &rows)?, total))
}

/// Names of a person's tokens whose standing gives them access to an owner's things, newest first.
pub fn grants_of(
    unit: &mut ReadUnit<'_>,
    creator: UserId,
    owner: AccountId,
) -> Result<Vec<(TokenId, String)>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT t.id, t.name FROM tokens t WHERE t.creator_id = $1 AND t.owner_id = $2 AND {GRANTS} \
         ORDER BY t.id DESC"
    ));
    unit.all(sql, &[&creator, &owner])?
        .iter()
        .map(|row| Ok((row.get(0)?, row.get(1)?)))
        .collect()
}

/// How many tokens of an organization's members, owners apart, have access to it.
pub fn grants_of_members(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
) -> Result<i64, StoreError> {
    let sql = Sql::built(format!(
        "SELECT COUNT(*) FROM tokens t JOIN memberships m \
         ON m.organization_id = t.owner_id AND m.user_id = t.creator_id \
         WHERE t.owner_id = $1 AND m.role = 'member' AND {GRANTS}"
    ));
    unit.number(sql, &[&organization])
}

/// A token as far as a list is filtered by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenLine {
    /// Which.
    pub id: TokenId,
    /// Its name.
    pub name: String,
    /// Its owner's login.
    pub owner: String,
    /// The classic scopes that it holds, where its kind has such.
    pub scopes: Scopes,
    /// The owner's say.
    pub standing: Standing,
    /// Alive, suspended, revoked.
    pub life: Life,
    /// Its values' own ends and the moments when they stop, newest first.
    pub ends: Vec<(Expiry, Expiry)>,
}

/// A person's tokens of a kind as lines, newest first.
pub fn lines_of_creator(
    unit: &mut ReadUnit<'_>,
    creator: UserId,
    kind: CredentialKind,
) -> Result<Vec<TokenLine>, StoreError> {
    let rows = unit.all(
        "SELECT t.id, t.name, o.login, t.standing, t.standing_at, t.standing_reason, t.suspended_at, t.revoked_at, \
         t.revoked_reason, s.expires_at, s.retires_at, s.retired_at, t.scopes, t.scopes_version \
         FROM tokens t JOIN accounts o ON o.id = t.owner_id JOIN secrets s ON s.token_id = t.id \
         WHERE t.creator_id = $1 AND t.kind = $2 AND t.deleted_at IS NULL ORDER BY t.id DESC, s.id DESC",
        &[&creator, &kind.name()],
    )?;
    let mut lines: Vec<TokenLine> = Vec::new();
    for row in &rows {
        let id: TokenId = row.get(0)?;
        let expiry = row
            .get::<Option<Time>>(9)?
            .map_or(Expiry::Never, Expiry::At);
        let ends = (
            expiry,
            crate::secrets::end(expiry, [row.get(10)?, row.get(11)?]),
        );
        match lines.last_mut() {
            Some(line) if line.id == id => line.ends.push(ends),
            _ => lines.push(TokenLine {
                id,
                name: row.get(1)?,
                owner: row.get(2)?,
                scopes: read_scopes(&row.get::<String>(12)?, row.get(13)?)?,
                standing: read_standing(row, 3)?,
                life: read_life(row, 6)?,
                ends: vec![ends],
            }),
        }
    }
    Ok(lines)
}

/// Whether one of a person's tokens has that name, folded.
pub fn has_name(
    unit: &mut ReadUnit<'_>,
    creator: UserId,
    name_key: &str,
) -> Result<bool, StoreError> {
    Ok(unit.number(
        "SELECT COUNT(*) FROM tokens WHERE creator_id = $1 AND name_key = $2 AND deleted_at IS NULL",
        &[&creator, &name_key],
    )? > 0)
}

/// The number of the last of so many tokens after this one; none, where there are not so many.
pub fn number_after(
    unit: &mut ReadUnit<'_>,
    after: i64,
    many: i64,
) -> Result<Option<i64>, StoreError> {
    let row = unit.one(
        "SELECT id FROM tokens WHERE id > $1 ORDER BY id LIMIT 1 OFFSET $2",
        &[&after, &(many - 1)],
    )?;
    row.map(|row| row.get(0)).transpose()
}

/// Living classic tokens, and those of OAuth applications, between two numbers of which no value was made or used since
/// then, and one would work now. At most `most`.
pub fn unused(
    unit: &mut ReadUnit<'_>,
    (after, last): (i64, i64),
    since: Time,
    now: Time,
    most: i64,
) -> Result<Vec<TokenRow>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM tokens t WHERE t.id > $1 AND t.id <= $2 AND t.kind IN ('classic', 'oauth_user') \
         AND t.revoked_at IS NULL AND t.deleted_at IS NULL \
         AND NOT EXISTS (SELECT s.id FROM secrets s WHERE s.token_id = t.id AND s.created_at > $3) \
         AND NOT EXISTS (SELECT s.id FROM secrets s JOIN last_uses u ON u.secret_id = s.id \
           WHERE s.token_id = t.id AND u.at > $3) \
         AND EXISTS (SELECT s.id FROM secrets s WHERE s.token_id = t.id AND s.retired_at IS NULL \
           AND (s.expires_at IS NULL OR s.expires_at > $4)) ORDER BY t.id LIMIT $5"
    ));
    let rows = unit.all(sql, &[&after, &last, &since, &now, &most])?;
    read_all(unit, &rows)
}

/// How many tokens there are that are not over.
pub fn count_all_living(unit: &mut ReadUnit<'_>) -> Result<i64, StoreError> {
    unit.number(
        "SELECT COUNT(*) FROM tokens WHERE deleted_at IS NULL AND revoked_at IS NULL",
        &[],
    )
}

/// The living tokens that an application was given, of one person's or of everybody's, oldest first.
pub fn of_application(
    unit: &mut ReadUnit<'_>,
    application: ApplicationId,
    user: Option<UserId>,
) -> Result<Vec<TokenRow>, StoreError> {
    let whose = if user.is_some() {
        " AND t.creator_id = $2"
    } else {
        ""
    };
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM tokens t WHERE t.application_id = $1 AND t.revoked_at IS NULL AND t.deleted_at IS NULL{whose} \
         ORDER BY t.id"
    ));
    let rows = match &user {
        Some(user) => unit.all(sql, &[&application, user])?,
        None => unit.all(sql, &[&application])?,
    };
    read_all(unit, &rows)
}

/// How many personal tokens a person has that are not over.
pub fn count_living(unit: &mut ReadUnit<'_>, creator: UserId) -> Result<i64, StoreError> {
    unit.number(
        "SELECT COUNT(*) FROM tokens WHERE creator_id = $1 AND kind IN ('fine_grained', 'classic') \
         AND deleted_at IS NULL AND revoked_at IS NULL",
        &[&creator],
    )
}

/// Adds a token.
pub fn insert(
    unit: &mut WriteUnit<'_>,
    token: &TokenRow,
    name_key: &str,
) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO tokens (id, kind, creator_id, name, name_key, description, owner_id, justification, selection, \
         permissions, conditions, standing, standing_at, created_at, scopes, scopes_version, application_id, packages) \
         VALUES ($1, $14, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $15, $16, $17, $18)",
        &[
            &token.id,
            &token.creator,
            &token.name,
            &name_key,
            &token.description,
            &token.wanted.owner,
            &token.justification,
            &token.wanted.selection.name(),
            &to_json(&token.wanted.permissions)?,
            &to_json(&token.wanted.conditions)?,
            &token.standing.name(),
            &token.standing_at,
            &token.created_at,
            &token.kind.name(),
            &scope_names(token.scopes),
            &SCOPES_NOW,
            &token.application,
            &packages_cell(&token.wanted.packages)?,
        ],
    )?;
    insert_selection(unit, token.id, &token.wanted.selection, false)
}

/// Replaces the scopes of a token, and its words.
pub fn update_scopes(
    unit: &mut WriteUnit<'_>,
    token: &TokenRow,
    name_key: &str,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE tokens SET name = $2, name_key = $3, description = $4, scopes = $5, scopes_version = $6 \
         WHERE id = $1 AND kind = $7 AND deleted_at IS NULL",
        &[
            &token.id,
            &token.name,
            &name_key,
            &token.description,
            &scope_names(token.scopes),
            &SCOPES_NOW,
            &token.kind.name(),
        ],
    )
}

fn insert_selection(
    unit: &mut WriteUnit<'_>,
    id: TokenId,
    selection: &Selection,
    approved: bool,
) -> Result<(), StoreError> {
    let sql = if approved {
        "INSERT INTO approved_repositories (token_id, repository_id) VALUES ($1, $2)"
    } else {
        "INSERT INTO token_repositories (token_id, repository_id) VALUES ($1, $2)"
    };
    if let Selection::Only(set) = selection {
        for repository in set {
            unit.execute_one(sql, &[&id, repository])?;
        }
    }
    Ok(())
}

/// Replaces what a token wants, and its words.
pub fn update_wanted(
    unit: &mut WriteUnit<'_>,
    token: &TokenRow,
    name_key: &str,
) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE tokens SET name = $2, name_key = $3, description = $4, owner_id = $5, justification = $6, \
         selection = $7, permissions = $8, conditions = $9, packages = $10 WHERE id = $1 AND deleted_at IS NULL",
        &[
            &token.id,
            &token.name,
            &name_key,
            &token.description,
            &token.wanted.owner,
            &token.justification,
            &token.wanted.selection.name(),
            &to_json(&token.wanted.permissions)?,
            &to_json(&token.wanted.conditions)?,
            &packages_cell(&token.wanted.packages)?,
        ],
    )?;
    unit.execute(
        "DELETE FROM token_repositories WHERE token_id = $1",
        &[&token.id],
    )?;
    insert_selection(unit, token.id, &token.wanted.selection, false)
}

/// Sets the owner's say, from one state to another: if the state changed before, nothing is done
/// and the unit fails as stale.
pub fn set_standing(
    unit: &mut WriteUnit<'_>,
    id: TokenId,
    from: Standing,
    to: Standing,
    at: Time,
    by: Option<UserId>,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    let reason = match to {
        Standing::Withdrawn(because) => Some(because.name()),
        _ => reason,
    };
    unit.execute_one(
        "UPDATE tokens SET standing = $3, standing_at = $4, standing_by = $5, standing_reason = $6 \
         WHERE id = $1 AND standing = $2 AND deleted_at IS NULL",
        &[&id, &from.name(), &to.name(), &at, &by, &reason],
    )
}

/// Remembers what was approved, or forgets it.
pub fn set_approved(
    unit: &mut WriteUnit<'_>,
    id: TokenId,
    approved: Option<&Asked>,
) -> Result<(), StoreError> {
    unit.execute(
        "DELETE FROM approved_repositories WHERE token_id = $1",
        &[&id],
    )?;
    let text = approved
        .map(StoredAsked::of)
        .as_ref()
        .map(to_json)
        .transpose()?;
    unit.execute_one(
        "UPDATE tokens SET approved = $2 WHERE id = $1",
        &[&id, &text],
    )?;
    match approved {
        Some(asked) => insert_selection(unit, id, &asked.grant.selection, true),
        None => Ok(()),
    }
}

/// Stores a token's life.
pub fn set_life(unit: &mut WriteUnit<'_>, id: TokenId, life: Life) -> Result<(), StoreError> {
    let (suspended, revoked, because) = match life {
        Life::Alive => (None, None, None),
        Life::Suspended { at } => (Some(at), None, None),
        Life::Revoked { at, because } => (None, Some(at), Some(because.name())),
    };
    // INVARIANT: revoked never comes back, whatever a caller computed from an older row. Two texts,
    // because PostgreSQL can't tell the type of an argument of which a condition only asks whether
    // it is there.
    let sql = if revoked.is_some() {
        "UPDATE tokens SET suspended_at = $2, revoked_at = $3, revoked_reason = $4 WHERE id = $1"
    } else {
        "UPDATE tokens SET suspended_at = $2, revoked_at = $3, revoked_reason = $4 \
         WHERE id = $1 AND revoked_at IS NULL"
    };
    unit.execute_one(sql, &[&id, &suspended, &revoked, &because])
}

/// Takes a token off its creator's list; its row stays for the log.
pub fn delete(unit: &mut WriteUnit<'_>, id: TokenId, at: Time) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE tokens SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL",
        &[&id, &at],
    )
}

/// Takes a repository out of every selection, wanted, approved and asked, and out of every rule; gives the tokens that
/// had it.
pub fn drop_repository(
    unit: &mut WriteUnit<'_>,
    repository: RepositoryId,
) -> Result<Vec<TokenId>, StoreError> {
    let rows = unit.all(
        "SELECT token_id FROM token_repositories WHERE repository_id = $1 \
         UNION SELECT token_id FROM approved_repositories WHERE repository_id = $1 ORDER BY 1",
        &[&repository],
    )?;
    let tokens = rows
        .iter()
        .map(|row| row.get(0))
        .collect::<Result<Vec<TokenId>, _>>()?;
    unit.execute(
        "DELETE FROM token_repositories WHERE repository_id = $1",
        &[&repository],
    )?;
    unit.execute(
        "DELETE FROM approved_repositories WHERE repository_id = $1",
        &[&repository],
    )?;
    unit.execute(
        "DELETE FROM approval_rule_repositories WHERE repository_id = $1",
        &[&repository],
    )?;
    unit.execute(
        "DELETE FROM workload_rule_repositories WHERE repository_id = $1",
        &[&repository],
    )?;
    unit.execute(
        "DELETE FROM request_repositories WHERE repository_id = $1",
        &[&repository],
    )?;
    Ok(tokens)
}
