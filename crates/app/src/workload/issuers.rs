//! The issuers whose word an organization trusts.

use jeton_domain::{AccountId, Event, OrganizationId, WorkloadIssuerId};
use jeton_store::workload::{self, IssuerRow, NewIssuer};
use jeton_store::{ReadUnit, WriteUnit, service_accounts};
use serde::Deserialize;

use super::{MOST_ISSUERS, asker, check_name};
use crate::app::App;
use crate::audit::Record;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::{AppError, Faults};

const RESOURCE: &str = "WorkloadIssuer";

/// An issuer as it is wished for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerWish {
    /// What it is called here.
    pub name: String,
    /// Its address, as its tokens name it.
    pub url: String,
    /// The service account that opens its jobs, by login.
    pub service_account: String,
}

/// The issuers that an organization trusts, oldest first.
pub fn list(app: &App, call: &Call) -> Result<Vec<IssuerRow>, AppError> {
    app.read(call, |unit, acting| {
        Ok(workload::issuers(unit, organization(acting)?)?)
    })
}

/// One of them.
pub fn show(app: &App, call: &Call, id: WorkloadIssuerId) -> Result<IssuerRow, AppError> {
    app.read(call, |unit, acting| by_id(unit, acting, id))
}

/// Trusts an issuer. Nothing comes of it before it has a rule.
pub fn add(app: &App, call: &Call, wish: &IssuerWish) -> Result<IssuerRow, AppError> {
    app.write(call, |unit, acting| {
        let organization = organization(acting)?;
        if workload::issuers(unit, organization)?.len() >= MOST_ISSUERS {
            return Err(AppError::invalid(
                RESOURCE,
                "url",
                format!("would be one too many: an organization trusts at most {MOST_ISSUERS}"),
            ));
        }
        let mut faults = Faults::default();
        check_name(RESOURCE, &wish.name, &mut faults);
        faults.take(RESOURCE, "url", asker(app)?.check_address(&wish.url));
        let opener = opener(unit, organization, &wish.service_account, &mut faults)?;
        faults.check()?;
        let new = NewIssuer {
            organization,
            name: &wish.name,
            url: &wish.url,
            opener: opener.ok_or(AppError::Missing("service account"))?,
            now: acting.now,
            by: acting.user()?.into(),
        };
        let id = workload::insert_issuer(unit, &new).map_err(|error| {
            if error.is_conflict_on("workload_issuers_url") {
                AppError::taken(RESOURCE, "url")
            } else {
                taken(error)
            }
        })?;
        let row = by_id(unit, acting, id)?;
        log(unit, acting, Event::WorkloadIssuerCreate, &row)?;
        Ok(row)
    })
}

/// Gives an issuer another name or service account. Its address stays: another is another issuer. Another service account takes a
/// sign-in that was confirmed lately.
pub fn update(
    app: &App,
    call: &Call,
    id: WorkloadIssuerId,
    wish: &IssuerWish,
) -> Result<IssuerRow, AppError> {
    app.write(call, |unit, acting| {
        let organization = organization(acting)?;
        let old = by_id(unit, acting, id)?;
        let mut faults = Faults::default();
        check_name(RESOURCE, &wish.name, &mut faults);
        if wish.url != old.url {
            faults.add(
                RESOURCE,
                "url",
                "stays as it is: another address is another issuer",
            );
        }
        let opener = opener(unit, organization, &wish.service_account, &mut faults)?;
        faults.check()?;
        let opener = opener.ok_or(AppError::Missing("service account"))?;
        acting.confirm_if(unit, opener != old.opener)?;
        if opener == old.opener && wish.name == old.name {
            return Ok(old);
        }
        workload::update_issuer(unit, id, &wish.name, opener).map_err(taken)?;
        let row = by_id(unit, acting, id)?;
        log(unit, acting, Event::WorkloadIssuerUpdate, &row)?;
        Ok(row)
    })
}

/// Trusts an issuer no more. Its rules go with it; tokens that were opened live on for the rest of their time.
pub fn delete(app: &App, call: &Call, id: WorkloadIssuerId) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = by_id(unit, acting, id)?;
        workload::delete_issuer(unit, id)?;
        log(unit, acting, Event::WorkloadIssuerDestroy, &row)
    })
}

/// An issuer of the organization that a request is about.
pub fn by_id(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: WorkloadIssuerId,
) -> Result<IssuerRow, AppError> {
    workload::issuer(unit, organization(acting)?, id)?.ok_or(AppError::Missing("issuer"))
}

pub(super) fn organization(acting: &Acting<'_>) -> Result<OrganizationId, AppError> {
    Ok(acting.organization()?.id.as_organization())
}

/// The service account that opens jobs.
fn opener(
    unit: &mut ReadUnit<'_>,
    organization: OrganizationId,
    login: &str,
    faults: &mut Faults,
) -> Result<Option<AccountId>, AppError> {
    let found = service_accounts::by_login(unit, organization, &login.to_ascii_lowercase())?
        .filter(|account| account.state == "active");
    if found.is_none() {
        faults.add(
            RESOURCE,
            "service_account",
            "names no service account of the organization that may act",
        );
    }
    Ok(found.map(|account| account.id.into()))
}

fn taken(error: jeton_store::StoreError) -> AppError {
    AppError::unless_taken(error, "workload_issuers_name", RESOURCE, "name")
}

fn log(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    event: Event,
    row: &IssuerRow,
) -> Result<(), AppError> {
    unit.feed(
        acting.now,
        "organization.workload",
        acting.organization()?.id,
    )?;
    about(acting.record(event), row)
        .with("service_account", row.opener_login.as_str())
        .write(unit)
}

/// Which issuer an entry is about.
pub(super) fn about<'a>(record: Record<'a>, row: &IssuerRow) -> Record<'a> {
    record
        .with("workload_issuer_id", row.id.get())
        .with("workload_issuer", row.name.as_str())
        .with("workload_issuer_url", row.url.as_str())
}
