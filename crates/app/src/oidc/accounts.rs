//! Which account an identity opens.

use jeton_domain::{Clean, Event, Login};
use jeton_out::oidc::Identity;
use jeton_store::users::UserRow;
use jeton_store::{WriteUnit, identities, users};

use super::{Outside, finish};
use crate::authorize::Acting;
use crate::error::AppError;

/// Characters of a login.
const LOGIN_LENGTH: usize = 39;
/// Endings that are tried where a login is taken.
const ENDINGS: u32 = 100;

/// The account, connected or made where the operator lets that be.
pub(super) fn account(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    outside: &Outside,
    identity: &Identity,
) -> Result<UserRow, AppError> {
    if let Some(row) = identities::by_subject(unit, &identity.issuer, &identity.subject)? {
        return users::by_id(unit, row.user)?.ok_or(AppError::Missing("person"));
    }
    let address = Outside::vouched(identity);
    let same = match address {
        Some(address) => users::by_verified_email(unit, &address.to_lowercase())?,
        None => None,
    };
    match same {
        // SECURITY: the operator trusts the provider with every address here.
        Some(user) if outside.connect_by_address => {
            finish::add(unit, acting, identity, user.id, &user.login)?;
            Ok(user)
        }
        // They own the address, so this tells them nothing about anybody else.
        Some(_) => Err(AppError::conflict(
            "not_connected",
            format!(
                "An account here has your address, and is not connected to {name}. Sign in to it by password, then connect \
                 {name} under Settings → Password and authentication.",
                name = outside.name
            ),
        )),
        None if outside.create_accounts => made(unit, acting, identity, address),
        None => Err(AppError::conflict(
            "not_connected",
            format!(
                "No account here is connected to you at {name}. Sign in by password and connect {name} under Settings → \
                 Password and authentication, or ask an administrator for an account.",
                name = outside.name
            ),
        )),
    }
}

fn made(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    identity: &Identity,
    address: Option<&str>,
) -> Result<UserRow, AppError> {
    let login = free_login(unit, identity)?;
    let name: String = identity
        .name
        .as_deref()
        .unwrap_or_default()
        .plain()
        .chars()
        .take(100)
        .collect();
    let id = users::create(
        unit,
        &users::NewUser {
            login: &login,
            name: &name,
            email: address,
            password_phc: None,
            administrator: false,
        },
        acting.now,
    )
    .map_err(crate::users::taken)?;
    unit.feed(acting.now, "user.created", id)?;
    acting
        .record(Event::UserCreate)
        .oneself(id, login.as_str())
        .with("through", identity.issuer.as_str())
        .write(unit)?;
    finish::add(unit, acting, identity, id, login.as_str())?;
    users::by_id(unit, id)?.ok_or(AppError::Missing("person"))
}

/// A login like the one they have there. Never one that somebody has, had, or may not have.
fn free_login(unit: &mut WriteUnit<'_>, identity: &Identity) -> Result<Login, AppError> {
    let wished = identity
        .username
        .as_deref()
        .or_else(|| Outside::vouched(identity)?.split('@').next())
        .unwrap_or("user");
    let base = shaped(wished);
    for ending in 0..ENDINGS {
        let text = if ending == 0 {
            base.clone()
        } else {
            let ending = format!("-{}", ending + 1);
            let room = LOGIN_LENGTH - ending.len();
            let head: String = base.chars().take(room).collect();
            format!("{}{ending}", head.trim_end_matches('-'))
        };
        let Ok(login) = Login::parse(&text) else {
            continue;
        };
        if crate::users::check_free(unit, &login, "User").is_ok() {
            return Ok(login);
        }
    }
    Err(AppError::conflict(
        "state",
        "No login like yours is free here. Ask an administrator for an account.",
    ))
}

/// What of a name can stand in a login: the part before an `@`, other characters as single dashes.
fn shaped(wished: &str) -> String {
    let wished = wished.split('@').next().unwrap_or_default();
    let mut text = String::new();
    for c in wished.chars().take(200) {
        if c.is_ascii_alphanumeric() {
            text.push(c);
        } else if !text.is_empty() && !text.ends_with('-') {
            text.push('-');
        }
    }
    let text: String = text.chars().take(LOGIN_LENGTH).collect();
    match text.trim_end_matches('-') {
        "" => "user".to_owned(),
        text => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_they_are_called_there_a_login_comes_of_it() {
        for (there, here) in [
            ("ada", "ada"),
            ("Ada.Lovelace", "Ada-Lovelace"),
            ("ada@example.org", "ada"),
            ("--a__b--", "a-b"),
            ("", "user"),
            ("@", "user"),
            ("\u{202e}\u{200b}", "user"),
            ("<script>", "script"),
            ("zoë", "zo"),
        ] {
            assert_eq!(shaped(there), here, "{there:?}");
        }
        assert_eq!(shaped(&"a".repeat(500)).len(), LOGIN_LENGTH);
        assert!(Login::parse(&shaped(&"a.".repeat(500))).is_ok());
    }
}
