//! Applications that people and organizations register.

use jeton_domain::{
    AccountId, ApplicationId, ApplicationSecretId, Clean, Ending, Event, OrganizationRole, Time,
    hex,
};
use jeton_store::applications::{self, ApplicationRow};
use jeton_store::{ReadUnit, Tombstone, WriteUnit, tokens};
use serde::Deserialize;
use url::Url;

use super::web_flow::is_loopback;
use super::{RESOURCE, known};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::{AppError, Faults};
use crate::links::{LinkCode, LinkUse};
use crate::place::Place;
use crate::tokens::end;

const LONGEST_NAME: usize = 60;
const LONGEST_TEXT: usize = 1024;
const MOST_CALLBACKS: usize = 10;
/// Secrets at once: one in use, one to change to.
pub const MOST_SECRETS: usize = 2;
/// Applications that one account keeps.
const MOST: usize = 100;

/// An application to be registered.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewApplication {
    /// What people call it.
    #[serde(default)]
    pub name: String,
    /// What it is.
    #[serde(default)]
    pub description: String,
    /// Where one reads about it.
    #[serde(default)]
    pub url: String,
    /// Where the web flow may lead back to.
    #[serde(default)]
    pub callbacks: Vec<String>,
    /// It can keep a secret; yes, if not said.
    #[serde(default)]
    pub confidential: Option<bool>,
    /// It may use the device flow; no, if not said.
    #[serde(default)]
    pub device_flow: Option<bool>,
    /// Its tokens live for hours and are refreshed; yes, if not said.
    #[serde(default)]
    pub expiring: Option<bool>,
}

/// What is to change; what is not said stays. Whether it keeps a secret can't be changed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationEdit {
    /// Another name.
    pub name: Option<String>,
    /// Another description.
    pub description: Option<String>,
    /// Another address.
    pub url: Option<String>,
    /// Other callbacks: all of them.
    pub callbacks: Option<Vec<String>>,
    /// Whether it may use the device flow.
    pub device_flow: Option<bool>,
    /// Whether its tokens live for hours. Those that were made stay as they are.
    pub expiring: Option<bool>,
}

/// An application as its keeper sees it.
#[derive(Debug)]
pub struct ApplicationView {
    /// As stored.
    pub row: ApplicationRow,
    /// Its secrets, oldest first, each with when it was made.
    pub secrets: Vec<(ApplicationSecretId, Time)>,
    /// How many tokens of it live.
    pub tokens: usize,
}

/// A secret just made. Shown once.
#[derive(Debug)]
pub struct NewSecret {
    /// Which.
    pub id: ApplicationSecretId,
    /// The value.
    pub value: LinkCode,
}

/// Whose applications a call is about: an organization's, or the caller's own.
pub fn keeper(acting: &Acting<'_>) -> Result<AccountId, AppError> {
    match &acting.place {
        Place::Organization(owner) if owner.membership == Some(OrganizationRole::Owner) => {
            Ok(owner.id)
        }
        Place::Organization(_) => Err(AppError::Missing("organization")),
        _ => Ok(acting.user()?.into()),
    }
}

/// The name of who keeps an application; nobody, for one that is known from the start.
pub(super) fn kept_by(
    unit: &mut ReadUnit<'_>,
    row: &ApplicationRow,
) -> Result<Option<String>, AppError> {
    let account = match row.owner {
        Some(owner) => jeton_store::accounts::by_id(unit, owner)?,
        None => None,
    };
    Ok(account.map(|account| account.login))
}

/// The applications of the organization that the call is about, or of the caller.
pub fn list(app: &App, call: &Call) -> Result<Vec<ApplicationView>, AppError> {
    app.read(call, |unit, acting| {
        let rows = applications::of_owner(unit, keeper(acting)?)?;
        rows.into_iter().map(|row| view(unit, row)).collect()
    })
}

/// One of them.
pub fn show(app: &App, call: &Call, id: ApplicationId) -> Result<ApplicationView, AppError> {
    app.read(call, |unit, acting| {
        let row = own(unit, acting, id)?;
        view(unit, row)
    })
}

/// One of the applications of the organization that the call is about, or of the caller.
pub fn own(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: ApplicationId,
) -> Result<ApplicationRow, AppError> {
    let keeper = keeper(acting)?;
    applications::by_id(unit, id)?
        .filter(|row| row.owner == Some(keeper))
        .ok_or(AppError::Missing("application"))
}

fn view(unit: &mut ReadUnit<'_>, row: ApplicationRow) -> Result<ApplicationView, AppError> {
    Ok(ApplicationView {
        secrets: applications::secrets(unit, row.id)?,
        tokens: tokens::of_application(unit, row.id, None)?.len(),
        row,
    })
}

/// Registers one.
pub fn register(app: &App, call: &Call, new: &NewApplication) -> Result<ApplicationView, AppError> {
    app.write(call, |unit, acting| {
        let keeper = keeper(acting)?;
        if applications::of_owner(unit, keeper)?.len() >= MOST {
            return Err(AppError::invalid(
                RESOURCE,
                "name",
                format!("can't be had: there are {MOST} already"),
            ));
        }
        let row = ApplicationRow {
            id: unit.allocate()?,
            client_id: hex(&app.random::<10>()),
            owner: Some(keeper),
            name: new.name.trim().to_owned(),
            description: new.description.clone(),
            url: new.url.clone(),
            callbacks: new.callbacks.clone(),
            confidential: new.confidential.unwrap_or(true),
            device_flow: new.device_flow.unwrap_or(false),
            expiring: new.expiring.unwrap_or(true),
            created_at: acting.now,
        };
        check(&row)?;
        applications::insert(unit, &row)?;
        note(unit, acting, &row, Event::ApplicationCreate)?;
        view(unit, row)
    })
}

/// Changes one.
pub fn edit(
    app: &App,
    call: &Call,
    id: ApplicationId,
    edit: &ApplicationEdit,
) -> Result<ApplicationView, AppError> {
    app.write(call, |unit, acting| {
        let mut row = own(unit, acting, id)?;
        if let Some(name) = &edit.name {
            name.trim().clone_into(&mut row.name);
        }
        if let Some(description) = &edit.description {
            row.description.clone_from(description);
        }
        if let Some(url) = &edit.url {
            row.url.clone_from(url);
        }
        if let Some(callbacks) = &edit.callbacks {
            row.callbacks.clone_from(callbacks);
        }
        row.device_flow = edit.device_flow.unwrap_or(row.device_flow);
        row.expiring = edit.expiring.unwrap_or(row.expiring);
        check(&row)?;
        applications::update(unit, &row)?;
        note(unit, acting, &row, Event::ApplicationUpdate)?;
        view(unit, row)
    })
}

fn note(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &ApplicationRow,
    event: Event,
) -> Result<(), AppError> {
    if let Some(owner) = row.owner {
        unit.feed(acting.now, "application.changed", owner)?;
    }
    acting
        .record(event)
        .with("oauth_application_id", row.id.get())
        .with("oauth_application_name", row.name.as_str())
        .write(unit)
}

/// SECURITY: an address to be led back to is https, or on the person's own machine: what is sent there is a code.
fn check(row: &ApplicationRow) -> Result<(), AppError> {
    let mut faults = Faults::default();
    if row.name.is_empty()
        || row.name.chars().nth(LONGEST_NAME).is_some()
        || row.name.plain() != row.name
    {
        faults.add(
            RESOURCE,
            "name",
            format!("takes 1 to {LONGEST_NAME} characters that print"),
        );
    } else if known::is_mixed(&row.name) {
        let fault = "mixes letters of several scripts, of which some look like others";
        faults.add(RESOURCE, "name", fault);
    } else if let Some(known) = known::taken_for(&row.name) {
        faults.add(RESOURCE, "name", format!("would be taken for {known}"));
    }
    if row.description.chars().nth(LONGEST_TEXT).is_some()
        || !jeton_domain::is_plain(&row.description)
    {
        faults.add(
            RESOURCE,
            "description",
            format!("takes at most {LONGEST_TEXT} characters that print"),
        );
    }
    let page = |text: &str| {
        text.parse::<Url>()
            .is_ok_and(|url| matches!(url.scheme(), "https" | "http"))
    };
    if row.url.len() > LONGEST_TEXT || !(row.url.is_empty() || page(&row.url)) {
        faults.add(
            RESOURCE,
            "url",
            "takes an address such as https://example.com",
        );
    }
    let back = |text: &String| {
        text.len() <= LONGEST_TEXT
            && text.parse::<Url>().is_ok_and(|url| {
                let plain = url.fragment().is_none()
                    && url.username().is_empty()
                    && url.password().is_none();
                plain && (url.scheme() == "https" || is_loopback(&url))
            })
    };
    let needs_one = row.callbacks.is_empty() && !row.device_flow;
    if needs_one || row.callbacks.len() > MOST_CALLBACKS || !row.callbacks.iter().all(back) {
        faults.add(
            RESOURCE,
            "callbacks",
            format!("takes 1 to {MOST_CALLBACKS} addresses that begin with https://, or with http://127.0.0.1"),
        );
    }
    faults.check()
}

/// Takes an application away: all that it was given ends.
pub fn delete(app: &App, call: &Call, id: ApplicationId) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = own(unit, acting, id)?;
        end_application(unit, acting, &row)
    })
}

fn end_application(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &ApplicationRow,
) -> Result<(), AppError> {
    for token in tokens::of_application(unit, row.id, None)? {
        let event = Event::AccessTokenDestroy;
        end(unit, acting, &token, Ending::ApplicationDeleted, event)?;
    }
    applications::delete(unit, row.id, acting.now)?;
    unit.tombstone(acting.now, &Tombstone::ApplicationDeleted(row.id))?;
    note(unit, acting, row, Event::ApplicationDestroy)
}

/// Ends all that an account registered, as the account is gone: nobody could end it after that.
pub(crate) fn end_all_of(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    owner: AccountId,
) -> Result<(), AppError> {
    for row in applications::of_owner(unit, owner)? {
        end_application(unit, acting, &row)?;
    }
    Ok(())
}

/// Makes a secret for an application that keeps one.
pub fn add_secret(app: &App, call: &Call, id: ApplicationId) -> Result<NewSecret, AppError> {
    app.write(call, |unit, acting| {
        let row = may_add_secret(unit, acting, id)?;
        let value = app.new_link_code();
        let digest = app.link_digest(LinkUse::ClientSecret, &value)?;
        let stored = (digest.digest, digest.key);
        let secret = applications::add_secret(unit, row.id, stored, acting.user()?, acting.now)?;
        note(unit, acting, &row, Event::ApplicationSecretAdd)?;
        Ok(NewSecret { id: secret, value })
    })
}

/// An application that may be given one secret more.
pub fn may_add_secret(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: ApplicationId,
) -> Result<ApplicationRow, AppError> {
    let row = own(unit, acting, id)?;
    if !row.confidential {
        return Err(AppError::conflict(
            "client_secrets",
            "The application keeps no secret: it can't.",
        ));
    }
    if applications::secrets(unit, row.id)?.len() >= MOST_SECRETS {
        return Err(AppError::conflict(
            "client_secrets",
            "The application has two secrets already; end one first.",
        ));
    }
    Ok(row)
}

/// An application that has this secret.
pub fn may_end_secret(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: ApplicationId,
    secret: ApplicationSecretId,
) -> Result<ApplicationRow, AppError> {
    let row = own(unit, acting, id)?;
    let mut secrets = applications::secrets(unit, row.id)?.into_iter();
    if secrets.any(|(id, _)| id == secret) {
        Ok(row)
    } else {
        Err(AppError::Missing("secret"))
    }
}

/// Ends a secret.
pub fn end_secret(
    app: &App,
    call: &Call,
    id: ApplicationId,
    secret: ApplicationSecretId,
) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = may_end_secret(unit, acting, id, secret)?;
        applications::end_secret(unit, row.id, secret, acting.now)?;
        unit.tombstone(acting.now, &Tombstone::ApplicationSecretEnded(secret))?;
        note(unit, acting, &row, Event::ApplicationSecretRemove)
    })
}
