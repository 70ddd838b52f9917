//! What the operator does beside the doors: on the machine itself, over the server's own socket or
//! with the server stopped. Being there is the authority; the log says so.

use jeton_domain::{Event, Login, SealingKeyId, UserId};
use jeton_store::audit::AuditEntry;
use jeton_store::job_secrets::SecretOwner;
use jeton_store::tombstones::Tombstone;
use jeton_store::users::{self, UserRow};
use jeton_store::{WriteUnit, accounts, repositories};
use serde_json::json;

use crate::app::App;
use crate::audit::log;
use crate::call::Door;
use crate::error::{AppError, name_fault};
use crate::hooks::raise::About;
use crate::passwords::Password;

/// Makes a person; the way to the first administrator that needs no link.
pub fn create_user(
    app: &App,
    login: &str,
    email: &str,
    password: &Password,
    administrator: bool,
) -> Result<UserId, AppError> {
    let login = Login::parse(login).map_err(name_fault("User", "login"))?;
    crate::users::check_email(email)?;
    let hash = app.hash_password(password)?;
    let id = change(app, Event::UserCreate, "admin.user_create", |unit| {
        crate::users::check_free(unit, &login, "User")?;
        let new = users::NewUser {
            login: &login,
            name: "",
            email: Some(email),
            password_phc: Some(&hash),
            administrator,
        };
        let id = users::create(unit, &new, app.now()).map_err(crate::users::taken)?;
        Ok((id, login.as_str().to_owned()))
    })?;
    Ok(id)
}

/// All people, by name.
pub fn list_users(app: &App) -> Result<Vec<UserRow>, AppError> {
    Ok(app
        .store
        .read(|unit| users::page(unit, 0, i64::from(u32::MAX)))?)
}

/// Gives a person another password; their sign-ins end.
pub fn set_password(app: &App, login: &str, password: &Password) -> Result<(), AppError> {
    let hash = app.hash_password(password)?;
    change(app, Event::UserPassword, "admin.user_password", |unit| {
        let user = find(unit, login)?;
        users::set_password(unit, user.id, &hash, app.now())?;
        crate::sign_in::end_all(unit, user.id, None, app.now())?;
        Ok((user.id, user.login))
    })
    .map(drop)
}

/// Makes a person an administrator.
pub fn make_administrator(app: &App, login: &str) -> Result<(), AppError> {
    change(app, Event::UserUpdate, "admin.user_administrator", |unit| {
        let user = find(unit, login)?;
        users::set_administrator(unit, user.id, true)?;
        Ok((user.id, user.login))
    })
    .map(drop)
}

/// Stops a person: every credential of theirs is refused, nothing is revoked.
pub fn suspend_user(app: &App, login: &str) -> Result<(), AppError> {
    change(app, Event::UserSuspend, "admin.user_suspend", |unit| {
        let user = find(unit, login)?;
        accounts::suspend(unit, user.id.into(), app.now()).map_err(|error| {
            AppError::faster(error, "state", "The person is suspended already.")
        })?;
        unit.tombstone(app.now(), &Tombstone::UserSuspended(user.id))?;
        Ok((user.id, user.login))
    })
    .map(drop)
}

/// Organizations, by name, in which nobody but this person could act as an owner.
pub fn owned_alone(app: &App, login: &str) -> Result<Vec<String>, AppError> {
    app.store.read(|unit| {
        let user = users::by_login(unit, &login.to_ascii_lowercase())?
            .ok_or(AppError::Missing("person"))?;
        crate::users::owned_alone(unit, &user)
    })
}

/// Lets a suspended person go on.
pub fn resume_user(app: &App, login: &str) -> Result<(), AppError> {
    change(app, Event::UserResume, "admin.user_resume", |unit| {
        let user = find(unit, login)?;
        accounts::resume(unit, user.id.into())
            .map_err(|error| AppError::faster(error, "state", "The person is not suspended."))?;
        unit.tombstone(app.now(), &Tombstone::UserResumed(user.id))?;
        Ok((user.id, user.login))
    })
    .map(drop)
}

/// Leaves an entry of a pair of keys that the operator had replaced.
pub(crate) fn log_rotation(
    app: &App,
    unit: &mut WriteUnit<'_>,
    owner: SecretOwner,
    made: SealingKeyId,
) -> Result<(), AppError> {
    let mut entry = AuditEntry {
        event: Event::SealingKeyRotate,
        operation: "admin.secrets_rotate",
        at: app.now(),
        actor: None,
        organization: None,
        user: None,
        token: None,
        repository: None,
        data: json!({ "door": Door::Admin.name(), "key_id": made.to_string() }),
        salt: app.random(),
    };
    match owner {
        SecretOwner::Organization(id) => entry.organization = Some(id),
        SecretOwner::Person(id) => entry.user = Some(id),
        SecretOwner::Repository(id) => {
            entry.repository = Some(id);
            if let Some(row) = repositories::by_id(unit, id)? {
                entry.organization = row
                    .owner_is_organization
                    .then(|| row.owner.as_organization());
            }
        }
    }
    log(app, unit, &entry, &About::default())
}

fn find(unit: &mut WriteUnit<'_>, login: &str) -> Result<UserRow, AppError> {
    users::by_login(unit, &login.to_ascii_lowercase())?.ok_or(AppError::Missing("person"))
}

/// One change by the operator: the work, the feed, the log.
fn change(
    app: &App,
    event: Event,
    operation: &'static str,
    work: impl FnOnce(&mut WriteUnit<'_>) -> Result<(UserId, String), AppError>,
) -> Result<UserId, AppError> {
    let changed = app.store.write(|unit| {
        let (user, login) = work(unit)?;
        unit.feed(app.now(), "user.changed_by_operator", user)?;
        let entry = AuditEntry {
            event,
            operation,
            at: app.now(),
            actor: None,
            organization: None,
            user: Some(user),
            token: None,
            repository: None,
            data: json!({ "door": Door::Admin.name(), "user": login }),
            salt: app.random(),
        };
        log(app, unit, &entry, &About::default())?;
        Ok::<_, AppError>(user)
    });
    app.settle();
    changed
}
