//! People: made, changed, stopped and let go on by administrators of the site.

mod delete;
mod sign_up;
mod update;

use jeton_domain::{AccountId, Clean, Event, Login, OrganizationRole, UserId, is_plain};
use jeton_store::accounts::{self, Account, AccountKind, AccountState};
use jeton_store::organizations::OrganizationRow;
use jeton_store::tombstones::Tombstone;
use jeton_store::users::UserRow;
use jeton_store::{ReadUnit, WriteUnit, organizations, places, users};

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::{AppError, name_fault};
use crate::passwords::Password;
use crate::walked::Walked;

pub use delete::{Deletion, Fate, delete, may_delete};
pub(crate) use delete::{end_account, owned_alone};
pub use sign_up::{SignUp, SignedUp, may_sign_up, registration, sign_up, sign_up_browser};
pub use update::{UserEdit, rename_display, update};

const RESOURCE: &str = "User";
/// Characters of a display name.
const NAME_LIMIT: usize = 255;

/// A person to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Their name.
    pub login: String,
    /// Their address; one that an administrator sets counts as verified.
    pub email: String,
    /// Their first password.
    pub password: Password,
    /// What they call themselves.
    pub name: String,
    /// Administers the site.
    pub administrator: bool,
}

/// A person as administrators, and the person, see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserView {
    /// The person.
    pub row: UserRow,
    /// The organizations they belong to.
    pub organizations: Vec<String>,
}

/// What everybody may know of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub login: String,
    /// What people call it.
    pub name: String,
    /// An organization.
    pub organization: bool,
    /// Administers the site.
    pub administrator: bool,
    /// Since when.
    pub created_at: jeton_domain::Time,
}

impl UserView {
    fn new(row: UserRow, organizations: Vec<(OrganizationRow, OrganizationRole)>) -> Self {
        let names = organizations.into_iter().map(|(row, _)| row.login);
        Self {
            row,
            organizations: names.collect(),
        }
    }

    /// What everybody may know of them.
    pub fn profile(&self) -> Profile {
        let row = &self.row;
        Profile {
            id: row.id.get(),
            login: row.login.clone(),
            name: row.name.clone(),
            organization: false,
            administrator: row.administrator,
            created_at: row.created_at,
        }
    }
}

/// What stands in commits that a person makes here as their address, where they say none.
///
/// Their own is nobody's business, and a commit is for ever: it names the account instead.
pub fn commit_address(app: &App, row: &UserRow) -> String {
    let host = app.host();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    format!("{}+{}@users.noreply.{host}", row.id.get(), row.login)
}

/// Makes a person.
pub fn create(app: &App, call: &Call, new: &NewUser) -> Result<UserView, AppError> {
    // Decided before the hash is made, which is dear, and again where it counts.
    app.permit(call)?;
    let login = Login::parse(&new.login).map_err(name_fault(RESOURCE, "login"))?;
    check_email(&new.email)?;
    check_name(RESOURCE, &new.name)?;
    let hash = app.hash_password(&new.password)?;
    app.write(call, |unit, acting| {
        check_free(unit, &login, RESOURCE)?;
        let id = users::create(
            unit,
            &users::NewUser {
                login: &login,
                name: &new.name,
                email: Some(&new.email),
                password_phc: Some(&hash),
                administrator: new.administrator,
            },
            acting.now,
        )
        .map_err(taken)?;
        unit.feed(acting.now, "user.created", id)?;
        acting
            .record(Event::UserCreate)
            .user(id, login.as_str())
            .with("administrator", new.administrator)
            .write(unit)?;
        view(unit, id)
    })
}

/// The person that setup just made.
pub fn made(app: &App, id: UserId) -> Result<UserView, AppError> {
    app.store.read(|unit| view(unit, id))
}

/// A page of people, and how many there are.
pub fn list(
    app: &App,
    call: &Call,
    offset: u64,
    count: u32,
) -> Result<(Vec<UserView>, u64), AppError> {
    app.read(call, |unit, _| {
        let rows = users::page(unit, span(offset), i64::from(count))?;
        let total = accounts::count(unit, AccountKind::User)?;
        let views = rows
            .into_iter()
            .map(|row| with_organizations(unit, row))
            .collect::<Result<_, _>>()?;
        Ok((views, total.unsigned_abs()))
    })
}

/// A page of the people whose login, name or address holds a text, and how many there are.
pub fn search(
    app: &App,
    call: &Call,
    text: &str,
    offset: u64,
    count: u32,
) -> Result<(Vec<UserView>, u64), AppError> {
    app.read(call, |unit, _| {
        let key = text.to_lowercase();
        let (rows, total) = users::search(unit, &key, span(offset), i64::from(count))?;
        let views = rows
            .into_iter()
            .map(|row| with_organizations(unit, row))
            .collect::<Result<_, _>>()?;
        Ok((views, total.unsigned_abs()))
    })
}

/// One person.
pub fn show(app: &App, call: &Call, login: &str) -> Result<UserView, AppError> {
    app.read(call, |unit, _| {
        let row = find(unit, login)?;
        with_organizations(unit, row)
    })
}

/// The caller.
pub fn oneself(app: &App, call: &Call) -> Result<UserView, AppError> {
    app.read(call, |unit, acting| {
        let row = users::by_id(unit, acting.user()?)?.ok_or(AppError::Missing("user"))?;
        let organizations = organizations::of_user(unit, row.id)?;
        let ids: Vec<AccountId> = organizations.iter().map(|(row, _)| row.id.into()).collect();
        let view = UserView::new(row, organizations);
        acting.keep(unit.seq());
        app.shown.keep_person(&view, &ids, unit.seq());
        Ok(view)
    })
}

/// What everybody may know of an account. Where the site closes anonymous access, that is everybody
/// with a live credential.
pub fn profile(app: &App, call: &Call, login: &str) -> Result<Profile, AppError> {
    app.read(call, |unit, acting| {
        let account = may_find_profile(unit, acting, login)?;
        profile_of(unit, account)
    })
}

/// The same, by the account's number.
pub fn profile_by_id(app: &App, call: &Call, id: i64) -> Result<Profile, AppError> {
    app.read(call, |unit, acting| {
        let account = may_find_profile_by_id(unit, acting, id)?;
        profile_of(unit, account)
    })
}

/// An account that the caller may know of, by its number.
pub fn may_find_profile_by_id(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: i64,
) -> Result<Account, AppError> {
    acting.may_know_people()?;
    let id = AccountId::try_from(id).map_err(|_| AppError::Missing("account"))?;
    accounts::by_id(unit, id)?
        .filter(|account| !matches!(account.state, AccountState::Deleted { .. }))
        .ok_or(AppError::Missing("account"))
}

/// People and organizations behind a number: what everybody may know of them.
pub fn everywhere(
    app: &App,
    call: &Call,
    after: i64,
    count: u32,
) -> Result<Walked<Profile>, AppError> {
    app.read(call, |unit, acting| {
        acting.may_know_people()?;
        let found = accounts::after(unit, after, i64::from(count) + 1)?.into_iter();
        let profiles = found.map(|account| profile_of(unit, account));
        let profiles = profiles.collect::<Result<_, _>>()?;
        Ok(Walked::new(profiles, count, |profile: &Profile| profile.id))
    })
}

fn profile_of(unit: &mut ReadUnit<'_>, account: Account) -> Result<Profile, AppError> {
    let administrator = match account.kind {
        AccountKind::User => {
            users::by_id(unit, account.id.as_user())?.is_some_and(|user| user.administrator)
        }
        AccountKind::Organization | AccountKind::Service => false,
    };
    Ok(Profile {
        id: account.id.get(),
        login: account.login,
        name: account.display_name,
        organization: account.kind == AccountKind::Organization,
        administrator,
        created_at: account.created_at,
    })
}

/// An account that the caller may know of.
pub fn may_find_profile(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<Account, AppError> {
    acting.may_know_people()?;
    let Ok(login) = Login::parse(login) else {
        return Err(AppError::Missing("account"));
    };
    if let Some(found) = accounts::by_login(unit, &login)? {
        return Ok(found);
    }
    // Nobody has it now: it leads to whoever gave it up.
    Err(match accounts::by_former_login(unit, &login)? {
        Some(former) if acting.call.door.leads_to_present_names() => AppError::Moved {
            owner: former.login,
            name: None,
        },
        _ => AppError::Missing("account"),
    })
}

/// A person who was stopped.
#[derive(Debug)]
pub struct Suspended {
    /// The person.
    pub view: UserView,
    /// Organizations, by name, in which no owner can act now.
    pub ownerless: Vec<String>,
}

/// Stops a person: every credential of theirs is refused, nothing is revoked.
pub fn suspend(app: &App, call: &Call, login: &str) -> Result<Suspended, AppError> {
    app.write(call, |unit, acting| {
        let row = may_suspend(unit, acting, login)?;
        accounts::suspend(unit, row.id.into(), acting.now)?;
        unit.tombstone(acting.now, &Tombstone::UserSuspended(row.id))?;
        unit.feed(acting.now, "user.suspended", row.id)?;
        acting
            .record(Event::UserSuspend)
            .user(row.id, &row.login)
            .write(unit)?;
        Ok(Suspended {
            view: view(unit, row.id)?,
            ownerless: owned_alone(unit, &row)?,
        })
    })
}

/// The organizations, by name, in which no owner can act without this person: none can while they are stopped.
pub fn owns_alone(app: &App, call: &Call, login: &str) -> Result<Vec<String>, AppError> {
    app.read(call, |unit, _| {
        let row = find(unit, login)?;
        owned_alone(unit, &row)
    })
}

/// A person who can be stopped: the last owner of an organization too. It takes power away and can be
/// undone, and whoever makes an organization of their own would be safe from it otherwise. Not oneself: who is
/// stopped can't undo it.
pub fn may_suspend(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
) -> Result<UserRow, AppError> {
    let row = find(unit, login)?;
    if row.state != "active" {
        return Err(AppError::conflict(
            "state",
            format!("`{}` is suspended already", row.login),
        ));
    }
    keep_an_administrator(unit, &row)?;
    if acting.known().is_some_and(|known| known.user == row.id) {
        return Err(AppError::conflict(
            "state",
            "You can't suspend yourself: ask another administrator.",
        ));
    }
    Ok(row)
}

/// A person who is stopped.
pub fn may_resume(unit: &mut ReadUnit<'_>, login: &str) -> Result<UserRow, AppError> {
    let row = find(unit, login)?;
    if row.state == "suspended" {
        Ok(row)
    } else {
        Err(AppError::conflict(
            "state",
            format!("`{}` is not suspended", row.login),
        ))
    }
}

/// Lets a suspended person go on.
pub fn resume(app: &App, call: &Call, login: &str) -> Result<UserView, AppError> {
    app.write(call, |unit, acting| {
        let row = may_resume(unit, login)?;
        accounts::resume(unit, row.id.into())?;
        unit.tombstone(acting.now, &Tombstone::UserResumed(row.id))?;
        unit.feed(acting.now, "user.resumed", row.id)?;
        acting
            .record(Event::UserResume)
            .user(row.id, &row.login)
            .write(unit)?;
        view(unit, row.id)
    })
}

/// A person by the name in a path.
pub fn find(unit: &mut ReadUnit<'_>, login: &str) -> Result<UserRow, AppError> {
    users::by_login(unit, &login.to_ascii_lowercase())?.ok_or(AppError::Missing("user"))
}

pub(crate) fn view(unit: &mut ReadUnit<'_>, id: UserId) -> Result<UserView, AppError> {
    let row = users::by_id(unit, id)?.ok_or(AppError::Missing("user"))?;
    with_organizations(unit, row)
}

fn with_organizations(unit: &mut ReadUnit<'_>, row: UserRow) -> Result<UserView, AppError> {
    let organizations = organizations::of_user(unit, row.id)?;
    Ok(UserView::new(row, organizations))
}

/// A name that was given up comes back only by an administrator's release of it: whoever knew the
/// former holder would take the new one for them.
pub(crate) fn check_free(
    unit: &mut ReadUnit<'_>,
    login: &Login,
    resource: &'static str,
) -> Result<(), AppError> {
    if places::owner(unit, &login.key())?.is_some() {
        return Err(AppError::taken(resource, "login"));
    }
    if accounts::freed_by(unit, login)?.is_some() {
        return Err(AppError::Invalid(vec![crate::FieldFault {
            resource,
            field: "login".into(),
            code: "already_exists",
            message:
                "`login` was somebody's name before; an administrator can release it for use again"
                    .to_owned(),
        }]));
    }
    Ok(())
}

/// The last active administrator stays one: nobody could make another.
pub(crate) fn keep_an_administrator(
    unit: &mut ReadUnit<'_>,
    row: &UserRow,
) -> Result<(), AppError> {
    if row.administrator && row.state == "active" && users::count_administrators(unit)? < 2 {
        return Err(AppError::conflict(
            "last_administrator",
            format!(
                "`{}` is the last administrator of the site; make another one first",
                row.login
            ),
        ));
    }
    Ok(())
}

pub(crate) fn taken(error: jeton_store::StoreError) -> AppError {
    if error.is_conflict_on("users_verified_email") {
        AppError::taken(RESOURCE, "email")
    } else {
        AppError::unless_taken(error, "accounts_login", RESOURCE, "login")
    }
}

/// An address that mail could reach: one `@` with something on both sides, nothing that a header
/// could be broken with.
pub(crate) fn check_email(email: &str) -> Result<(), AppError> {
    let well = email.len() <= 254
        && email.split_once('@').is_some_and(|(local, host)| {
            !local.is_empty() && !host.is_empty() && !host.contains('@')
        })
        // What can't be seen would make two addresses look like one.
        && is_plain(email)
        && !email
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';'));
    if well {
        Ok(())
    } else {
        Err(AppError::invalid(RESOURCE, "email", "is no e-mail address"))
    }
}

/// A display name of whatever has one.
pub(crate) fn check_name(resource: &'static str, name: &str) -> Result<(), AppError> {
    if name.chars().count() > NAME_LIMIT {
        return Err(AppError::invalid(
            resource,
            "name",
            format!("is longer than {NAME_LIMIT} characters"),
        ));
    }
    // A name stands among other words: what turns those around, or can't be seen, is no part of one.
    if name.plain() != name {
        let sentence = "holds a character that does not print";
        return Err(AppError::invalid(resource, "name", sentence));
    }
    Ok(())
}

/// A place in a list as storage counts it.
pub(crate) fn span(offset: u64) -> i64 {
    i64::try_from(offset).unwrap_or(i64::MAX)
}

/// Renames an account of either kind.
pub(crate) fn rename(
    unit: &mut WriteUnit<'_>,
    id: jeton_domain::AccountId,
    from: &str,
    to: &Login,
    resource: &'static str,
    now: jeton_domain::Time,
) -> Result<(), AppError> {
    if !from.eq_ignore_ascii_case(to.as_str()) {
        check_free(unit, to, resource)?;
    }
    accounts::rename(unit, id, to, now)
        .map_err(|error| AppError::unless_taken(error, "accounts_login", resource, "login"))
}
