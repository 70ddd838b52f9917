//! OAuth applications, what proves them, and what people and organizations let them have.

use std::collections::BTreeSet;

use jeton_domain::{
    AccountId, ApplicationId, ApplicationSecretId, OrganizationId, Scopes, Time, UserId,
};

use crate::tokens::{SCOPES_NOW, from_json, read_scopes, scope_names, to_json};
use crate::{ReadUnit, Row, Sql, StoreError, WriteUnit};

/// An application as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationRow {
    /// Which.
    pub id: ApplicationId,
    /// Its public name in requests.
    pub client_id: String,
    /// Who keeps it; nobody, for one that is known from the start.
    pub owner: Option<AccountId>,
    /// What people call it.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Where one reads about it.
    pub url: String,
    /// Where the web flow may lead back to.
    pub callbacks: Vec<String>,
    /// It can keep a secret, and proves itself with one.
    pub confidential: bool,
    /// It may use the device flow.
    pub device_flow: bool,
    /// Its tokens live for hours and are refreshed.
    pub expiring: bool,
    /// When it was registered.
    pub created_at: Time,
}

const COLUMNS: &str = "a.id, a.client_id, a.owner_id, a.name, a.description, a.url, a.callbacks, a.confidential, \
     a.device_flow, a.expiring, a.created_at";

fn read(row: &Row) -> Result<ApplicationRow, StoreError> {
    Ok(ApplicationRow {
        id: row.get(0)?,
        client_id: row.get(1)?,
        owner: row.get(2)?,
        name: row.get(3)?,
        description: row.get(4)?,
        url: row.get(5)?,
        callbacks: from_json(&row.get::<String>(6)?)?,
        confidential: row.get(7)?,
        device_flow: row.get(8)?,
        expiring: row.get(9)?,
        created_at: row.get(10)?,
    })
}

/// The application of this client id, deleted ones left out.
pub fn by_client_id(
    unit: &mut ReadUnit<'_>,
    client_id: &str,
) -> Result<Option<ApplicationRow>, StoreError> {
    // Neither database takes it as an argument.
    if client_id.contains('\0') {
        return Ok(None);
    }
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM applications a WHERE a.client_id = $1 AND a.deleted_at IS NULL"
    ));
    unit.one(sql, &[&client_id])?.as_ref().map(read).transpose()
}

/// The application of this id, deleted ones left out.
pub fn by_id(
    unit: &mut ReadUnit<'_>,
    id: ApplicationId,
) -> Result<Option<ApplicationRow>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM applications a WHERE a.id = $1 AND a.deleted_at IS NULL"
    ));
    unit.one(sql, &[&id])?.as_ref().map(read).transpose()
}

/// Those that an account keeps, by name.
pub fn of_owner(
    unit: &mut ReadUnit<'_>,
    owner: AccountId,
) -> Result<Vec<ApplicationRow>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS} FROM applications a WHERE a.owner_id = $1 AND a.deleted_at IS NULL ORDER BY a.name, a.id"
    ));
    unit.all(sql, &[&owner])?.iter().map(read).collect()
}

/// Adds one.
pub fn insert(unit: &mut WriteUnit<'_>, row: &ApplicationRow) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO applications (id, client_id, owner_id, name, description, url, callbacks, confidential, device_flow, \
         expiring, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[
            &row.id,
            &row.client_id,
            &row.owner,
            &row.name,
            &row.description,
            &row.url,
            &to_json(&row.callbacks)?,
            &row.confidential,
            &row.device_flow,
            &row.expiring,
            &row.created_at,
        ],
    )
}

/// Changes what its keeper says of it.
pub fn update(unit: &mut WriteUnit<'_>, row: &ApplicationRow) -> Result<(), StoreError> {
    unit.execute_one(
        "UPDATE applications SET name = $2, description = $3, url = $4, callbacks = $5, device_flow = $6, expiring = $7 \
         WHERE id = $1 AND deleted_at IS NULL",
        &[
            &row.id,
            &row.name,
            &row.description,
            &row.url,
            &to_json(&row.callbacks)?,
            &row.device_flow,
            &row.expiring,
        ],
    )
}

/// Takes one away, with what proves it, what people and organizations said to it, and its codes; its row stays for the
/// log. One that is gone, or never was, is left as it is.
pub fn delete(unit: &mut WriteUnit<'_>, id: ApplicationId, at: Time) -> Result<(), StoreError> {
    unit.execute(
        "UPDATE applications SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL",
        &[&id, &at],
    )?;
    unit.execute(
        "UPDATE application_secrets SET ended_at = $2 WHERE application_id = $1 AND ended_at IS NULL",
        &[&id, &at],
    )?;
    for statement in [
        "DELETE FROM authorizations WHERE application_id = $1",
        "DELETE FROM application_approvals WHERE application_id = $1",
        "DELETE FROM authorization_codes WHERE application_id = $1",
        "DELETE FROM device_codes WHERE application_id = $1",
    ] {
        unit.execute(statement, &[&id])?;
    }
    Ok(())
}

/// Forgets what a person who is gone let applications have, and whom they asked. What they registered is deleted one by
/// one.
pub fn forget_person(unit: &mut WriteUnit<'_>, user: UserId) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM authorizations WHERE user_id = $1",
        "DELETE FROM authorization_codes WHERE user_id = $1",
        "DELETE FROM device_codes WHERE user_id = $1",
        "UPDATE application_approvals SET asked_by = NULL WHERE asked_by = $1",
    ] {
        unit.execute(statement, &[&user])?;
    }
    Ok(())
}

/// Forgets what an organization that is gone said to applications.
pub fn forget_organization(
    unit: &mut WriteUnit<'_>,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    unit.execute(
        "DELETE FROM application_approvals WHERE organization_id = $1",
        &[&organization],
    )?;
    Ok(())
}

/// Adds a secret.
pub fn add_secret(
    unit: &mut WriteUnit<'_>,
    application: ApplicationId,
    (digest, key): ([u8; 32], u32),
    by: UserId,
    at: Time,
) -> Result<ApplicationSecretId, StoreError> {
    let id: ApplicationSecretId = unit.allocate()?;
    unit.execute_one(
        "INSERT INTO application_secrets (id, application_id, digest, key_id, created_at, created_by) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[&id, &application, &digest, &key, &at, &by],
    )?;
    Ok(id)
}

/// The living secrets of an application, oldest first, each with when it was made.
pub fn secrets(
    unit: &mut ReadUnit<'_>,
    application: ApplicationId,
) -> Result<Vec<(ApplicationSecretId, Time)>, StoreError> {
    unit.all(
        "SELECT id, created_at FROM application_secrets WHERE application_id = $1 AND ended_at IS NULL ORDER BY id",
        &[&application],
    )?
    .iter()
    .map(|row| Ok((row.get(0)?, row.get(1)?)))
    .collect()
}

/// Whether a living secret of the application has one of these digests.
pub fn has_secret(
    unit: &mut ReadUnit<'_>,
    application: ApplicationId,
    digest: &[u8; 32],
) -> Result<bool, StoreError> {
    Ok(unit.number(
        "SELECT COUNT(*) FROM application_secrets WHERE application_id = $1 AND digest = $2 AND ended_at IS NULL",
        &[&application, digest],
    )? > 0)
}

/// Ends a secret. False, where there is none such.
pub fn end_secret(
    unit: &mut WriteUnit<'_>,
    application: ApplicationId,
    secret: ApplicationSecretId,
    at: Time,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "UPDATE application_secrets SET ended_at = $3 WHERE application_id = $1 AND id = $2 AND ended_at IS NULL",
        &[&application, &secret, &at],
    )? == 1)
}

/// What an organization says to an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    /// A member asked; nobody answered.
    Requested,
    /// It may reach the organization's things.
    Approved,
    /// It may not.
    Denied,
}

impl Say {
    /// The stored word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Denied => "denied",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Requested, Self::Approved, Self::Denied]
            .into_iter()
            .find(|say| say.name() == word)
    }
}

/// The applications that an organization approved.
pub fn approved(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
) -> Result<BTreeSet<ApplicationId>, StoreError> {
    unit.all(
        "SELECT application_id FROM application_approvals WHERE organization_id = $1 AND state = 'approved' \
         ORDER BY application_id",
        &[&organization],
    )?
    .iter()
    .map(|row| row.get(0))
    .collect()
}

/// The organizations that approved an application.
pub fn approving(
    unit: &mut ReadUnit<'_>,
    application: ApplicationId,
) -> Result<BTreeSet<AccountId>, StoreError> {
    unit.all(
        "SELECT organization_id FROM application_approvals WHERE application_id = $1 AND state = 'approved' \
         ORDER BY organization_id",
        &[&application],
    )?
    .iter()
    .map(|row| row.get(0))
    .collect()
}

/// An organization's say on one application; none, where nobody asked.
pub fn say(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    application: ApplicationId,
) -> Result<Option<Say>, StoreError> {
    unit.one(
        "SELECT state FROM application_approvals WHERE organization_id = $1 AND application_id = $2",
        &[&organization, &application],
    )?
    .map(|row| row.word(0, Say::parse))
    .transpose()
}

/// An application that an organization was asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Which.
    pub application: ApplicationRow,
    /// Who keeps it; nobody, for one that is known from the start.
    pub keeper: Option<String>,
    /// The organization's word.
    pub say: Say,
    /// Who asked.
    pub asked_by: Option<String>,
}

/// Every application that an organization was asked about, what waits first.
pub fn asked(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
) -> Result<Vec<Approval>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS}, p.state, u.login, k.login FROM application_approvals p \
         JOIN applications a ON a.id = p.application_id LEFT JOIN accounts u ON u.id = p.asked_by \
         LEFT JOIN accounts k ON k.id = a.owner_id WHERE p.organization_id = $1 AND a.deleted_at IS NULL \
         ORDER BY CASE WHEN p.state = 'requested' THEN 0 ELSE 1 END, a.name, a.id"
    ));
    let approval = |row: &Row| {
        Ok(Approval {
            application: read(row)?,
            say: row.word(11, Say::parse)?,
            asked_by: row.get(12)?,
            keeper: row.get(13)?,
        })
    };
    unit.all(sql, &[&organization])?
        .iter()
        .map(approval)
        .collect()
}

/// Notes that a member asks. Nothing changes where the organization has said something.
pub fn ask(
    unit: &mut WriteUnit<'_>,
    organization: OrganizationId,
    application: ApplicationId,
    by: UserId,
    at: Time,
) -> Result<bool, StoreError> {
    Ok(unit.execute(
        "INSERT INTO application_approvals (organization_id, application_id, state, asked_by, asked_at) \
         VALUES ($1, $2, 'requested', $3, $4) ON CONFLICT (organization_id, application_id) DO NOTHING",
        &[&organization, &application, &by, &at],
    )? == 1)
}

/// Notes an owner's word.
pub fn decide(
    unit: &mut WriteUnit<'_>,
    organization: OrganizationId,
    application: ApplicationId,
    approve: bool,
    by: UserId,
    at: Time,
) -> Result<(), StoreError> {
    let say = if approve { Say::Approved } else { Say::Denied };
    unit.execute_one(
        "INSERT INTO application_approvals (organization_id, application_id, state, decided_by, decided_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organization_id, application_id) \
         DO UPDATE SET state = $3, decided_by = $4, decided_at = $5",
        &[&organization, &application, &say.name(), &by, &at],
    )
}

/// What a person lets an application have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRow {
    /// Which application.
    pub application: ApplicationRow,
    /// All scopes that it was ever given and that were not taken back.
    pub scopes: Scopes,
    /// Since when.
    pub created_at: Time,
}

/// What a person lets one application have.
pub fn authorization(
    unit: &mut ReadUnit<'_>,
    user: UserId,
    application: ApplicationId,
) -> Result<Option<Scopes>, StoreError> {
    unit.one(
        "SELECT scopes, scopes_version FROM authorizations WHERE user_id = $1 AND application_id = $2",
        &[&user, &application],
    )?
    .map(|row| read_scopes(&row.get::<String>(0)?, row.get(1)?))
    .transpose()
}

/// All that a person lets applications have, by name.
pub fn authorizations(
    unit: &mut ReadUnit<'_>,
    user: UserId,
) -> Result<Vec<AuthorizationRow>, StoreError> {
    let sql = Sql::built(format!(
        "SELECT {COLUMNS}, z.scopes, z.scopes_version, z.created_at FROM authorizations z \
         JOIN applications a ON a.id = z.application_id WHERE z.user_id = $1 ORDER BY a.name, a.id"
    ));
    unit.all(sql, &[&user])?
        .iter()
        .map(|row| {
            Ok(AuthorizationRow {
                application: read(row)?,
                scopes: read_scopes(&row.get::<String>(11)?, row.get(12)?)?,
                created_at: row.get(13)?,
            })
        })
        .collect()
}

/// Notes what a person lets an application have from now on.
pub fn authorize(
    unit: &mut WriteUnit<'_>,
    user: UserId,
    application: ApplicationId,
    scopes: Scopes,
    at: Time,
) -> Result<(), StoreError> {
    unit.execute_one(
        "INSERT INTO authorizations (user_id, application_id, scopes, scopes_version, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (user_id, application_id) \
         DO UPDATE SET scopes = $3, scopes_version = $4, updated_at = $5",
        &[&user, &application, &scope_names(scopes), &SCOPES_NOW, &at],
    )
}

/// Takes it all back, and the codes with which the application would be given it again. False, where there was nothing.
pub fn unauthorize(
    unit: &mut WriteUnit<'_>,
    user: UserId,
    application: ApplicationId,
) -> Result<bool, StoreError> {
    for statement in [
        "DELETE FROM authorization_codes WHERE user_id = $1 AND application_id = $2",
        "DELETE FROM device_codes WHERE user_id = $1 AND application_id = $2",
    ] {
        unit.execute(statement, &[&user, &application])?;
    }
    Ok(unit.execute(
        "DELETE FROM authorizations WHERE user_id = $1 AND application_id = $2",
        &[&user, &application],
    )? == 1)
}
