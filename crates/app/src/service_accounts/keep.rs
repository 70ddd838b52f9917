//! Making, changing and ending service accounts.

use jeton_domain::{Event, Login, Role, UserId};
use jeton_store::service_accounts::{self, ServiceRow, ServiceWords};
use jeton_store::tombstones::Tombstone;
use jeton_store::{ReadUnit, WriteUnit, accounts, collaborators, places};
use serde::Deserialize;

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::{AppError, Faults, name_fault};
use crate::tokens::check_text;
use crate::users::{check_free, end_account};

pub(super) const RESOURCE: &str = "ServiceAccount";
/// Of one organization.
const MOST: usize = 200;

/// A service account as it is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewService {
    /// Its name, among those of all accounts.
    pub login: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Its role on each repository of the organization.
    #[serde(default)]
    pub role: Option<String>,
    /// A CI system: its jobs may do what the organization lets jobs do.
    #[serde(default)]
    pub issues_jobs: bool,
}

/// What is to be changed; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceEdit {
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Its role on each repository: a role, or `none`.
    #[serde(default)]
    pub role: Option<String>,
    /// A CI system.
    #[serde(default)]
    pub issues_jobs: Option<bool>,
}

/// A service account as an owner sees it.
#[derive(Clone, Debug)]
pub struct ServiceView {
    /// As stored.
    pub row: ServiceRow,
    /// How many repositories it was given a role on by name.
    pub repositories: usize,
}

fn view(unit: &mut ReadUnit<'_>, row: ServiceRow) -> Result<ServiceView, AppError> {
    let repositories = collaborators::of_user(unit, row.id)?.len();
    Ok(ServiceView { row, repositories })
}

/// A service account of the organization that the request names.
pub fn kept(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<ServiceRow, AppError> {
    let organization = acting.organization()?.id.as_organization();
    service_accounts::by_login(unit, organization, &login.to_ascii_lowercase())?
        .ok_or(AppError::Missing("service account"))
}

/// All of an organization's, by name.
pub fn list(app: &App, call: &Call) -> Result<Vec<ServiceView>, AppError> {
    app.read(call, |unit, acting| {
        let organization = acting.organization()?.id.as_organization();
        let rows = service_accounts::of_organization(unit, organization)?;
        rows.into_iter().map(|row| view(unit, row)).collect()
    })
}

/// One of them.
pub fn show(app: &App, call: &Call, login: &str) -> Result<ServiceView, AppError> {
    app.read(call, |unit, acting| {
        let row = kept(unit, acting, login)?;
        view(unit, row)
    })
}

/// The repositories on which one was given a role by name, `owner/name`, each with that role.
pub fn roles(app: &App, call: &Call, login: &str) -> Result<Vec<(String, Role)>, AppError> {
    app.read(call, |unit, acting| {
        let row = kept(unit, acting, login)?;
        let mut found = Vec::new();
        for id in collaborators::of_user(unit, row.id)? {
            let place = places::repository_by_id(unit, id)?;
            let role = collaborators::role(unit, id, row.id)?;
            if let (Some(place), Some(role)) = (place, role) {
                found.push((format!("{}/{}", place.owner.login, place.name), role));
            }
        }
        Ok(found)
    })
}

fn role(faults: &mut Faults, word: Option<&str>) -> Option<Role> {
    match word {
        None | Some("none") => None,
        Some(word) => {
            let role = Role::parse(word);
            if role.is_none() {
                let fault = "takes `none`, `read`, `triage`, `write`, `maintain` or `admin`";
                faults.add(RESOURCE, "role", fault);
            }
            role
        }
    }
}

/// Makes one.
pub fn create(app: &App, call: &Call, new: &NewService) -> Result<ServiceView, AppError> {
    let login = Login::parse(&new.login).map_err(name_fault(RESOURCE, "login"))?;
    app.write(call, |unit, acting| {
        let organization = acting.organization()?.id.as_organization();
        let mut faults = Faults::default();
        check_text(&mut faults, "description", &new.description);
        let everywhere = role(&mut faults, new.role.as_deref());
        if service_accounts::of_organization(unit, organization)?.len() >= MOST {
            let fault = format!("would be one more than {MOST} service accounts here");
            faults.add(RESOURCE, "login", fault);
        }
        faults.check()?;
        check_free(unit, &login, RESOURCE)?;
        let words = ServiceWords {
            description: &new.description,
            everywhere,
            issues_jobs: new.issues_jobs,
        };
        let by = (acting.user()?, acting.now);
        let id = service_accounts::create(unit, organization, &login, words, by)
            .map_err(|error| AppError::unless_taken(error, "accounts_login", RESOURCE, "login"))?;
        changed(unit, acting, id, "service_account.created")?;
        record(acting, Event::ServiceCreate, id, login.as_str())
            .with("role", everywhere.map(Role::name))
            .with("issues_jobs", new.issues_jobs)
            .write(unit)?;
        let row = service_accounts::by_id(unit, id)?.ok_or(AppError::Missing("service account"))?;
        view(unit, row)
    })
}

/// Changes one. More of a role, or of a say over jobs, takes a sign-in that was confirmed lately.
pub fn edit(
    app: &App,
    call: &Call,
    login: &str,
    edit: &ServiceEdit,
) -> Result<ServiceView, AppError> {
    app.write(call, |unit, acting| {
        let now = kept(unit, acting, login)?;
        let mut faults = Faults::default();
        let description = edit.description.as_deref().unwrap_or(&now.description);
        check_text(&mut faults, "description", description);
        let everywhere = match edit.role.as_deref() {
            None => now.everywhere,
            word => role(&mut faults, word),
        };
        faults.check()?;
        let issues_jobs = edit.issues_jobs.unwrap_or(now.issues_jobs);
        let more = everywhere > now.everywhere || (issues_jobs && !now.issues_jobs);
        acting.confirm_if(unit, more)?;
        let words = ServiceWords {
            description,
            everywhere,
            issues_jobs,
        };
        service_accounts::update(unit, now.id, words)?;
        changed(unit, acting, now.id, "service_account.changed")?;
        record(acting, Event::ServiceUpdate, now.id, &now.login)
            .with("role", everywhere.map(Role::name))
            .with("old_role", now.everywhere.map(Role::name))
            .with("issues_jobs", issues_jobs)
            .write(unit)?;
        let row = kept(unit, acting, login)?;
        view(unit, row)
    })
}

/// One that can be stopped.
pub fn may_suspend(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<ServiceRow, AppError> {
    let row = kept(unit, acting, login)?;
    if row.state == "active" {
        Ok(row)
    } else {
        Err(AppError::conflict("state", "It is suspended already."))
    }
}

/// One that is stopped.
pub fn may_resume(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<ServiceRow, AppError> {
    let row = kept(unit, acting, login)?;
    if row.state == "suspended" {
        Ok(row)
    } else {
        Err(AppError::conflict("state", "It is not suspended."))
    }
}

/// Stops one: its tokens and its jobs are refused until it goes on.
pub fn suspend(app: &App, call: &Call, login: &str) -> Result<ServiceView, AppError> {
    app.write(call, |unit, acting| {
        let row = may_suspend(unit, acting, login)?;
        accounts::suspend(unit, row.id.into(), acting.now)?;
        unit.tombstone(acting.now, &Tombstone::UserSuspended(row.id))?;
        changed(unit, acting, row.id, "service_account.suspended")?;
        record(acting, Event::ServiceSuspend, row.id, &row.login).write(unit)?;
        let row = kept(unit, acting, login)?;
        view(unit, row)
    })
}

/// Lets one go on.
pub fn resume(app: &App, call: &Call, login: &str) -> Result<ServiceView, AppError> {
    app.write(call, |unit, acting| {
        let row = may_resume(unit, acting, login)?;
        accounts::resume(unit, row.id.into())?;
        unit.tombstone(acting.now, &Tombstone::UserResumed(row.id))?;
        changed(unit, acting, row.id, "service_account.resumed")?;
        record(acting, Event::ServiceResume, row.id, &row.login).write(unit)?;
        let row = kept(unit, acting, login)?;
        view(unit, row)
    })
}

/// Deletes one, with all its tokens. Its name is given up.
pub fn delete(app: &App, call: &Call, login: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = kept(unit, acting, login)?;
        end(unit, acting, &row)
    })
}

/// Ends a service account, whoever asks for it.
pub(crate) fn end(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &ServiceRow,
) -> Result<(), AppError> {
    end_account(unit, acting, row.id, &row.login)?;
    record(acting, Event::ServiceDestroy, row.id, &row.login).write(unit)
}

pub(super) fn record<'a>(
    acting: &'a Acting<'_>,
    event: Event,
    id: UserId,
    login: &str,
) -> crate::audit::Record<'a> {
    acting.record(event).user(id, login)
}

fn changed(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    id: UserId,
    what: &'static str,
) -> Result<(), AppError> {
    unit.feed(acting.now, what, id)?;
    Ok(())
}
