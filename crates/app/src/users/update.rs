//! Changing a person: name, address, password, administration of the site.

use jeton_domain::{Event, Login};
use jeton_store::users::UserRow;
use jeton_store::{WriteUnit, accounts, users};

use super::{
    RESOURCE, UserView, check_email, check_name, find, keep_an_administrator, rename, taken, view,
};
use crate::addresses;
use crate::app::App;
use crate::authenticate::Subject;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::{AppError, name_fault};
use crate::notices::{self, Notice};
use crate::passwords::Password;
use crate::sign_in;

/// What is to be changed; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct UserEdit {
    /// Another name; the old one is given up.
    pub login: Option<String>,
    /// What they call themselves.
    pub name: Option<String>,
    /// Their address, which counts as verified.
    pub email: Option<String>,
    /// Another password; their sign-ins end.
    pub password: Option<Password>,
    /// Administers the site.
    pub administrator: Option<bool>,
}

/// Changes a person.
pub fn update(app: &App, call: &Call, login: &str, edit: &UserEdit) -> Result<UserView, AppError> {
    app.permit(call)?;
    let new_login = edit
        .login
        .as_deref()
        .map(Login::parse)
        .transpose()
        .map_err(name_fault(RESOURCE, "login"))?;
    if let Some(email) = &edit.email {
        check_email(email)?;
    }
    let hash = edit
        .password
        .as_ref()
        .map(|password| app.hash_password(password))
        .transpose()?;
    app.write(call, |unit, acting| {
        let row = find(unit, login)?;
        acting.confirm_if(unit, adds_power(edit, &row))?;
        if let Some(new) = &new_login
            && new.as_str() != row.login
        {
            rename(unit, row.id.into(), &row.login, new, RESOURCE, acting.now)?;
            let record = acting.record(Event::UserRename).user(row.id, new.as_str());
            record.with("old_login", row.login.as_str()).write(unit)?;
        }
        if let Some(hash) = &hash {
            set_password(unit, acting, &row, hash)?;
        }
        change_facts(unit, acting, &row, edit)?;
        unit.feed(acting.now, "user.updated", row.id)?;
        view(unit, row.id)
    })
}

/// Whoever sets a password or an address can sign in by it, and a name that is given up takes an
/// administrator to come back. Administering no more, or being shown by another name, gives nobody
/// anything.
fn adds_power(edit: &UserEdit, row: &UserRow) -> bool {
    let differs = |new: &Option<String>, old: Option<&String>| new.is_some() && new.as_ref() != old;
    edit.password.is_some()
        || differs(&edit.login, Some(&row.login))
        || differs(&edit.email, row.email.as_ref())
        || edit.administrator > Some(row.administrator)
}

fn set_password(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &UserRow,
    hash: &str,
) -> Result<(), AppError> {
    users::set_password(unit, row.id, hash, acting.now)?;
    // Whoever knew the old password is out; the one who changes their own stays.
    let keep = match acting.known().map(|known| (&known.subject, known.user)) {
        Some((Subject::SignIn { id, .. }, user)) if user == row.id => Some(*id),
        _ => None,
    };
    sign_in::end_all(unit, row.id, keep, acting.now)?;
    acting
        .record(Event::UserPassword)
        .user(row.id, &row.login)
        .write(unit)?;
    let by = match acting.known() {
        Some(known) if known.user == row.id => String::new(),
        Some(known) => known.login.clone(),
        None => "The operator of the site".to_owned(),
    };
    let notice = Notice::PasswordChanged { by };
    notices::tell(unit, acting.app, acting.now, row.id, &notice)
}

/// The parts that one entry of the log speaks of.
fn change_facts(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &UserRow,
    edit: &UserEdit,
) -> Result<(), AppError> {
    let mut record = acting.record(Event::UserUpdate).user(row.id, &row.login);
    let mut changed = false;
    if let Some(name) = edit.name.as_ref().filter(|name| **name != row.name) {
        check_name(RESOURCE, name)?;
        accounts::set_display_name(unit, row.id.into(), name)?;
        (record, changed) = (record.with("name", name.as_str()), true);
    }
    if let Some(email) = edit
        .email
        .as_ref()
        .filter(|email| row.email.as_ref() != Some(*email))
    {
        users::set_email(unit, row.id, email, acting.now).map_err(taken)?;
        addresses::tell_changed(unit, acting, row, email)?;
        (record, changed) = (record.with("email", email.as_str()), true);
    }
    if let Some(administrator) = edit
        .administrator
        .filter(|administrator| *administrator != row.administrator)
    {
        if !administrator {
            keep_an_administrator(unit, row)?;
        }
        users::set_administrator(unit, row.id, administrator)?;
        (record, changed) = (record.with("administrator", administrator), true);
    }
    if changed { record.write(unit) } else { Ok(()) }
}

/// Changes what the caller calls themself.
pub fn rename_display(app: &App, call: &Call, name: &str) -> Result<UserView, AppError> {
    check_name(RESOURCE, name)?;
    app.write(call, |unit, acting| {
        let id = acting.user()?;
        let row = users::by_id(unit, id)?.ok_or(AppError::Missing("user"))?;
        let edit = UserEdit {
            name: Some(name.to_owned()),
            ..UserEdit::default()
        };
        change_facts(unit, acting, &row, &edit)?;
        unit.feed(acting.now, "user.updated", id)?;
        view(unit, id)
    })
}
