//! Signing in, confirming, signing out: a person's own clients.

use jeton_domain::{Event, SignInId, Span, Time, UserId};
use jeton_store::tombstones::Tombstone;
use jeton_store::{WriteUnit, accounts, sign_ins, users};
use jeton_token::{Kind, Secret};

use crate::app::App;
use crate::authenticate::Subject;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::passwords::Password;

/// A signed-in client that is not used for this long is over.
pub const SIGN_IN_UNUSED: Span = Span::from_days(90);

/// What `sign_in` gives. The value is shown once.
#[derive(Debug)]
pub struct SignedIn {
    /// The client's value.
    pub secret: Secret,
    /// Who signed in.
    pub login: String,
    /// Administers the site.
    pub administrator: bool,
    /// When it ends, unused.
    pub expires_at: Time,
    /// Until when sudo mode lasts without use.
    pub sudo_until: Time,
}

/// Signs a person in by password. A wrong login and a wrong password are one answer, in one time.
pub fn sign_in(app: &App, call: &Call, login: &str, password: &Password, label: &str) -> Result<SignedIn, AppError> {
    let address = call.address.map(|a| a.to_string()).unwrap_or_default();
    let key = login.trim().to_ascii_lowercase();
    check_throttle(app, &key, &address)?;
    let found = app.store.read(|unit| users::by_login_or_email(unit, &key))?;
    let fits = app.password_fits(password, found.as_ref().and_then(|user| user.password_phc.as_deref()));
    let now = app.now();
    let Some(user) = found.filter(|_| fits) else {
        app.passwords.wrong(&key, &address, now);
        return Err(AppError::BadSignIn);
    };
    app.passwords.right(&key, &address);
    if user.state != "active" {
        return Err(AppError::Forbidden("The account is suspended.".to_owned()));
    }
    app.write(call, |unit, acting| {
        let signed_in = open(unit, acting, user.id, &user.login, label)?;
        acting.record(Event::UserSignIn).user(user.id, &user.login).with("label", label).write(unit)?;
        Ok(SignedIn { administrator: user.administrator, ..signed_in })
    })
}

fn check_throttle(app: &App, login: &str, address: &str) -> Result<(), AppError> {
    let wait = app.passwords.wait(login, address, app.now());
    if wait > Span::ZERO { Err(AppError::TooMany { seconds: wait.seconds().max(1) }) } else { Ok(()) }
}

/// Opens a sign-in for somebody who just showed who they are.
pub(crate) fn open(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    user: UserId,
    login: &str,
    label: &str,
) -> Result<SignedIn, AppError> {
    let app = acting.app;
    let secret = jeton_token::make(Kind::Client, app.instance(), &mut app.source());
    let key = app.ring.newest();
    let digest = app.digest(&secret)?;
    let expires_at = acting.now.after(SIGN_IN_UNUSED);
    let id: SignInId = unit.allocate()?;
    let address = acting.call.address.map(|a| a.to_string());
    sign_ins::insert(
        unit,
        &sign_ins::NewSignIn {
            id,
            user,
            digest,
            key: key.get(),
            label: &label.chars().take(100).collect::<String>(),
            now: acting.now,
            expires_at,
            address: address.as_deref(),
            user_agent: &acting.call.user_agent,
        },
    )?;
    Ok(SignedIn {
        secret,
        login: login.to_owned(),
        administrator: false,
        expires_at,
        sudo_until: acting.now.after(jeton_domain::SUDO_SLIDING),
    })
}

/// Confirms a sign-in by password: sudo mode begins anew.
pub fn confirm(app: &App, call: &Call, password: &Password) -> Result<Time, AppError> {
    let (user, id) = app.read(call, |_, acting| Ok((acting.user()?, sign_in_id(acting)?)))?;
    let address = call.address.map(|a| a.to_string()).unwrap_or_default();
    let row = app.store.read(|unit| users::by_id(unit, user))?.ok_or(AppError::Missing("person"))?;
    let key = row.login.to_ascii_lowercase();
    check_throttle(app, &key, &address)?;
    if !app.password_fits(password, row.password_phc.as_deref()) {
        app.passwords.wrong(&key, &address, app.now());
        return Err(AppError::BadSignIn);
    }
    app.passwords.right(&key, &address);
    app.write(call, |unit, acting| {
        sign_ins::prove(unit, id, acting.now)?;
        unit.feed(acting.now, "sign_in.confirmed", id)?;
        acting.record(Event::UserConfirm).user(user, &row.login).write(unit)?;
        Ok(acting.now.after(jeton_domain::SUDO_SLIDING))
    })
}

fn sign_in_id(acting: &Acting<'_>) -> Result<SignInId, AppError> {
    match acting.known().map(|known| &known.subject) {
        Some(Subject::SignIn { id, .. }) => Ok(*id),
        _ => Err(AppError::Missing("sign-in")),
    }
}

/// A person's sign-ins, and which of them asks.
pub fn list(app: &App, call: &Call) -> Result<(Vec<sign_ins::SignInRow>, SignInId), AppError> {
    app.read(call, |unit, acting| {
        Ok((sign_ins::living(unit, acting.user()?, acting.now)?, sign_in_id(acting)?))
    })
}

/// Ends a sign-in: the one named, or the one that asks.
pub fn sign_out(app: &App, call: &Call, which: Option<SignInId>) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let id = match which {
            Some(id) => id,
            None => sign_in_id(acting)?,
        };
        let user = acting.user()?;
        if !sign_ins::end(unit, user, id, acting.now)? {
            return Err(AppError::Missing("sign-in"));
        }
        unit.tombstone(acting.now, &Tombstone::SignInEnded(id))?;
        unit.feed(acting.now, "sign_in.ended", id)?;
        let login = acting.known().map(|known| known.login.clone()).unwrap_or_default();
        acting.record(Event::UserSignOut).user(user, &login).with("sign_in_id", id.get()).write(unit)
    })
}

/// Ends every sign-in of a person but `keep`.
pub(crate) fn end_all(
    unit: &mut WriteUnit<'_>,
    user: UserId,
    keep: Option<SignInId>,
    now: Time,
) -> Result<(), AppError> {
    for row in sign_ins::living(unit, user, now)? {
        if Some(row.id) != keep && sign_ins::end(unit, user, row.id, now)? {
            unit.tombstone(now, &Tombstone::SignInEnded(row.id))?;
            unit.feed(now, "sign_in.ended", row.id)?;
        }
    }
    Ok(())
}

/// Changes one's own password; one's other sign-ins end.
pub fn change_password(app: &App, call: &Call, current: &Password, new: &Password) -> Result<(), AppError> {
    confirm(app, call, current)?;
    let hash = app.hash_password(new)?;
    app.write(call, |unit, acting| {
        let user = acting.user()?;
        users::set_password(unit, user, &hash, acting.now)?;
        end_all(unit, user, Some(sign_in_id(acting)?), acting.now)?;
        unit.feed(acting.now, "user.password", user)?;
        let login = accounts::by_id(unit, user.into())?.map(|account| account.login).unwrap_or_default();
        acting.record(Event::UserPassword).user(user, &login).write(unit)
    })
}
