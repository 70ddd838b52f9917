//! Who keeps a package, by name: npm's `owner`, which says who publishes it.

use std::collections::BTreeSet;

use jeton_domain::{AccountId, Event, Role, UserId};
use jeton_store::packages::PackageRow;
use jeton_store::users::UserRow;
use jeton_store::{ReadUnit, WriteUnit, package_roles, places, users as user_rows};

use super::access::own_access;
use super::remove::check_revision;
use super::{changed, row};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::package_place::Package;
use crate::users;

/// People whom a package names at most.
const MOST: usize = 100;

/// Whose it is, and who was given a role by name that publishes: by number.
pub(super) fn of(unit: &mut ReadUnit<'_>, row: &PackageRow) -> Result<Vec<UserRow>, AppError> {
    let mut ids: Vec<UserId> = Vec::new();
    if !row.owner_is_organization {
        ids.push(row.owner.as_user());
    }
    let named = package_roles::people(unit, row.id)?;
    ids.extend(publishing(&named));
    let mut found = Vec::new();
    for id in ids {
        found.extend(user_rows::by_id(unit, id)?);
    }
    Ok(found)
}

fn publishing(named: &[(UserId, Role)]) -> impl Iterator<Item = UserId> {
    named
        .iter()
        .filter(|(_, role)| *role >= Role::Write)
        .map(|(user, _)| *user)
}

/// Says who keeps a package: whoever is new is given the role write, and who is left out loses the role that they have by name.
///
/// `names`: all of them, as the client saw the package at `revision`.
pub fn set_keepers(
    app: &App,
    call: &Call,
    revision: &str,
    names: &[String],
) -> Result<(), AppError> {
    if names.len() > MOST {
        return Err(AppError::Forbidden(format!(
            "A package has at most {MOST} people by name: give a team a role."
        )));
    }
    app.write(call, |unit, acting| {
        let package = acting.package()?;
        own_access(package)?;
        let row = row(unit, acting)?;
        check_revision(&row, revision)?;
        let had: BTreeSet<UserId> = publishing(&package_roles::people(unit, row.id)?).collect();
        let wanted = wanted(unit, package, names, &had)?;
        acting.confirm_if(unit, !wanted.is_subset(&had))?;
        for user in wanted.difference(&had) {
            package_roles::set_person(unit, row.id, *user, Role::Write, acting.now)?;
            note(unit, acting, &row, *user, Some(Role::Write))?;
        }
        for user in had.difference(&wanted) {
            package_roles::end_person(unit, row.id, *user)?;
            note(unit, acting, &row, *user, None)?;
        }
        changed(unit, acting, row.id, "package.access")
    })
}

/// The people who are named, but for whose it is.
fn wanted(
    unit: &mut ReadUnit<'_>,
    package: &Package,
    names: &[String],
    had: &BTreeSet<UserId>,
) -> Result<BTreeSet<UserId>, AppError> {
    let mut wanted = BTreeSet::new();
    let mut stays = package.owner.organization;
    for name in names {
        let user = users::find(unit, name)?;
        if package.owner.id == AccountId::from(user.id) {
            stays = true;
        } else if had.contains(&user.id) {
            wanted.insert(user.id);
        } else {
            may_keep(unit, package, &user)?;
            wanted.insert(user.id);
        }
    }
    if stays {
        return Ok(wanted);
    }
    Err(AppError::Forbidden(format!(
        "The package is `{0}`'s: its name says so, and nobody takes it from them.",
        package.owner.login
    )))
}

/// Somebody new: a person who is there, and belongs to the organization whose package it is.
fn may_keep(unit: &mut ReadUnit<'_>, package: &Package, user: &UserRow) -> Result<(), AppError> {
    if user.state != "active" {
        return Err(AppError::Missing("user"));
    }
    let belongs = !package.owner.organization || {
        let organization = package.owner.id.as_organization();
        places::membership(unit, organization, user.id)?.is_some()
    };
    if belongs {
        return Ok(());
    }
    Err(AppError::Forbidden(format!(
        "`{}` is no member of `{}`: invite them first.",
        user.login, package.owner.login
    )))
}

fn note(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &PackageRow,
    user: UserId,
    role: Option<Role>,
) -> Result<(), AppError> {
    let login = user_rows::by_id(unit, user)?.map_or_else(String::new, |user| user.login);
    acting
        .record(Event::PackageAccess)
        .user(user, &login)
        .with("package_id", row.id.get())
        .with("permission", role.map(Role::name))
        .write(unit)
}
