//! Signing in, confirming, signing out: a person's own clients.

use jeton_domain::{Clean, CredentialKind, Event, SignInId, Span, Time, UserId, hex};
use jeton_store::tombstones::Tombstone;
use jeton_store::{ReadUnit, WriteUnit, factors as stored, sign_ins, users, withdraw_unfetched};
use jeton_token::{Kind, Purpose, Secret};
use zeroize::Zeroizing;

use crate::app::App;
use crate::authenticate::Subject;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::factors::{self, ChallengeValue, Means, Shown, by_code, take_code};
use crate::notices::{self, Notice};
use crate::passwords::{Asker, Password};

/// A signed-in client that is not used for this long is over.
pub const SIGN_IN_UNUSED: Span = Span::from_days(90);
/// A browser's session that is not used for this long is over.
pub const SESSION_UNUSED: Span = Span::from_days(14);
/// The longest name of a client, in characters.
const LONGEST_LABEL: usize = 100;

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

/// The value of a browser's session: it goes into a cookie, and nowhere else.
pub struct SessionValue(Zeroizing<String>);

impl SessionValue {
    /// The value.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SessionValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionValue")
    }
}

/// How long a sign-in of a kind lives unused.
pub(crate) const fn unused(kind: CredentialKind) -> Span {
    match kind {
        CredentialKind::Session => SESSION_UNUSED,
        _ => SIGN_IN_UNUSED,
    }
}

/// Signs a client in by password, and by a code of whoever has a second factor. A wrong login and a wrong
/// password are one answer, in one time.
pub fn sign_in(
    app: &App,
    call: &Call,
    login: &str,
    password: &Password,
    code: Option<&str>,
    label: &str,
) -> Result<SignedIn, AppError> {
    let shown = by_password(app, call, login, password)?;
    let user = &shown.user;
    let label: String = label.plain().chars().take(LONGEST_LABEL).collect();
    let open = || {
        app.write(call, |unit, acting| {
            let means = second_step(unit, acting, &shown, code)?;
            let signed_in = open(unit, acting, user.id, &user.login, &label)?;
            acting
                .record(Event::UserSignIn)
                .oneself(user.id, &user.login)
                .with("label", label.as_str())
                .with("by", means.name())
                .write(unit)?;
            Ok(SignedIn {
                administrator: user.administrator,
                ..signed_in
            })
        })
    };
    match code {
        Some(_) if !shown.is_enough() => {
            let signed_in = by_code(app, call, &user.login, open)?;
            app.passwords.right(&shown.key, call.address, app.now());
            Ok(signed_in)
        }
        _ => open(),
    }
}

/// What comes of a password in a browser.
#[derive(Debug)]
pub enum Entered {
    /// It was all that was needed.
    In(SessionValue),
    /// A second factor is needed: the browser keeps this value for the second step.
    Second(ChallengeValue),
}

/// Signs a browser in by password, as [`sign_in`] does a client. Whoever has a second factor is led to the
/// second step.
pub fn sign_in_browser(
    app: &App,
    call: &Call,
    login: &str,
    password: &Password,
) -> Result<Entered, AppError> {
    let shown = by_password(app, call, login, password)?;
    if !shown.is_enough() {
        return factors::browser::begin(app, call, &shown).map(Entered::Second);
    }
    app.write(call, |unit, acting| {
        let means = second_step(unit, acting, &shown, None)?;
        enter(unit, acting, &shown.user, means).map(Entered::In)
    })
}

/// Opens a browser's session for somebody who showed all that is asked of them, and logs it.
pub(crate) fn enter(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    user: &users::UserRow,
    means: Means,
) -> Result<SessionValue, AppError> {
    let value = open_session(unit, acting, user.id, acting.now)?;
    acting
        .record(Event::UserSignIn)
        .oneself(user.id, &user.login)
        .with("by", means.name())
        .write(unit)?;
    Ok(value)
}

/// Who has this login, or verified address, and knows the password. Whoever has a second factor is not
/// signed in by that: see [`second_step`].
pub(crate) fn by_password(
    app: &App,
    call: &Call,
    login: &str,
    password: &Password,
) -> Result<Shown, AppError> {
    // SECURITY: guesses count under the name that was typed, whosever it is: counted under the account, one guess by an
    // address would tell whose it is to whoever has used up the guesses by login.
    let key = login.trim().to_ascii_lowercase();
    let found = app
        .store
        .read(|unit| users::by_login_or_email(unit, &key))?;
    let asker = app.passwords.begin(&key, call.address, app.now())?;
    let stored = found.as_ref().and_then(|user| user.password_phc.as_deref());
    let fits = checked(app, call, &key, asker, password, stored)?;
    let user = found.filter(|_| fits).ok_or(AppError::BadSignIn)?;
    let held = app.store.read(|unit| stored::held(unit, user.id))?;
    let shown = Shown { user, key, held };
    if shown.is_enough() {
        app.passwords.right(&shown.key, call.address, app.now());
    } else {
        // SECURITY: a password alone takes no wrong code back, or whoever knows it could guess on for ever.
        app.passwords.not_tried(&shown.key, call.address, app.now());
    }
    if shown.user.state != "active" {
        return Err(AppError::Forbidden("The account is suspended.".to_owned()));
    }
    Ok(shown)
}

/// Inside the unit that opens the sign-in: that the password still is the one, and what else was shown.
///
/// SECURITY: what is needed is read again here: a factor that was added while the password was checked is
/// asked for.
pub(crate) fn second_step(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    shown: &Shown,
    code: Option<&str>,
) -> Result<Means, AppError> {
    let user = &shown.user;
    still_fits(unit, user)?;
    let held = stored::held(unit, user.id)?;
    match code {
        _ if !held.second_factor() => Ok(Means::Password),
        Some(code) => take_code(acting.app, unit, acting, user.id, &user.login, code, true),
        None => Err(AppError::FactorNeeded(held.into())),
    }
}

/// Whether the password fits. A guess that a crowd kept from being tried does not count.
fn checked(
    app: &App,
    call: &Call,
    key: &str,
    asker: Asker,
    password: &Password,
    stored: Option<&str>,
) -> Result<bool, AppError> {
    let fits = app.password_fits(asker, password, stored);
    if let Err(AppError::Busy) = fits {
        app.passwords.not_tried(key, call.address, app.now());
    }
    fits
}

/// Hashing takes its time: a password that was changed meanwhile opens nothing, so that changing
/// it ends everything that the old one opened.
fn still_fits(unit: &mut ReadUnit<'_>, checked: &users::UserRow) -> Result<(), AppError> {
    let now = users::by_id(unit, checked.id)?;
    if now.is_some_and(|now| now.password_phc == checked.password_phc && now.state == checked.state)
    {
        Ok(())
    } else {
        Err(AppError::BadSignIn)
    }
}

/// Opens a client's sign-in for somebody who just showed who they are.
pub(crate) fn open(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    user: UserId,
    login: &str,
    label: &str,
) -> Result<SignedIn, AppError> {
    let app = acting.app;
    let secret = jeton_token::make(Kind::Client, app.instance(), &mut app.source());
    let digest = app.digest(&secret)?;
    let expires_at = insert(
        unit,
        acting,
        CredentialKind::Client,
        user,
        digest,
        label,
        acting.now,
    )?;
    Ok(SignedIn {
        secret,
        login: login.to_owned(),
        administrator: false,
        expires_at,
        sudo_until: acting.now.after(jeton_domain::SUDO_SLIDING),
    })
}

/// Opens a browser's session for somebody who just showed who they are.
///
/// SECURITY: its value is always a fresh one, so nobody can hand another a session to sign in to.
pub(crate) fn open_session(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    user: UserId,
    proved_at: Time,
) -> Result<SessionValue, AppError> {
    let app = acting.app;
    let bytes = Zeroizing::new(app.random::<32>());
    let value = SessionValue(Zeroizing::new(hex(&*bytes)));
    let digest = app
        .ring
        .digest(
            Purpose::Session,
            app.ring.newest(),
            value.expose().as_bytes(),
        )
        .ok_or_else(|| AppError::Data("the newest key is missing".to_owned()))?;
    let label = "";
    insert(
        unit,
        acting,
        CredentialKind::Session,
        user,
        *digest.as_bytes(),
        label,
        proved_at,
    )?;
    Ok(value)
}

/// When it ends, unused.
fn insert(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    kind: CredentialKind,
    user: UserId,
    digest: [u8; 32],
    label: &str,
    proved_at: Time,
) -> Result<Time, AppError> {
    let expires_at = acting.now.after(unused(kind));
    let id: SignInId = unit.allocate()?;
    let address = acting.call.address.map(|a| a.to_string());
    tell_sign_in(unit, acting, user, address.as_deref(), label)?;
    sign_ins::insert(
        unit,
        &sign_ins::NewSignIn {
            id,
            kind,
            user,
            digest,
            key: acting.app.ring.newest().get(),
            label,
            now: acting.now,
            proved_at,
            expires_at,
            address: address.as_deref(),
            user_agent: &acting.call.user_agent,
        },
    )?;
    Ok(expires_at)
}

/// A sign-in by a client or browser that the person did not use from there before is told. Who just made their account
/// knows.
fn tell_sign_in(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    user: UserId,
    address: Option<&str>,
    label: &str,
) -> Result<(), AppError> {
    let agent = acting.call.user_agent.as_str();
    let row = users::by_id(unit, user)?.ok_or(AppError::Missing("user"))?;
    if row.created_at == acting.now || sign_ins::known_before(unit, user, address, agent)? {
        return Ok(());
    }
    let notice = Notice::SignedIn {
        client: if label.is_empty() { agent } else { label }.to_owned(),
        address: address.unwrap_or_default().to_owned(),
        at: acting.now,
    };
    notices::tell(unit, acting.app, acting.now, user, &notice)
}

/// Confirms a sign-in by password: sudo mode begins anew.
pub fn confirm(app: &App, call: &Call, password: &Password) -> Result<Time, AppError> {
    let row = known_by(app, call, password)?;
    app.write(call, |unit, acting| {
        prove(unit, acting, &row)?;
        confirmed(unit, acting, &row, Means::Password)
    })
}

/// Confirms a sign-in by a code of the authenticator app. A recovery code is for getting in, not for this.
pub fn confirm_by_code(app: &App, call: &Call, code: &str) -> Result<Time, AppError> {
    let row = oneself(app, call)?;
    by_code(app, call, &row.login, || {
        app.write(call, |unit, acting| {
            let means = take_code(app, unit, acting, row.id, &row.login, code, false)?;
            proved(unit, acting)?;
            confirmed(unit, acting, &row, means)
        })
    })
}

fn confirmed(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &users::UserRow,
    means: Means,
) -> Result<Time, AppError> {
    acting
        .record(Event::UserConfirm)
        .user(row.id, &row.login)
        .with("by", means.name())
        .write(unit)?;
    Ok(acting.now.after(jeton_domain::SUDO_SLIDING))
}

/// The caller, who holds a sign-in.
fn oneself(app: &App, call: &Call) -> Result<users::UserRow, AppError> {
    app.read(call, |unit, acting| {
        sign_in_id(acting)?;
        Ok(users::by_id(unit, acting.user()?)?)
    })?
    .ok_or(AppError::Missing("person"))
}

/// The caller, who knows their password.
fn known_by(app: &App, call: &Call, password: &Password) -> Result<users::UserRow, AppError> {
    let row = oneself(app, call)?;
    let key = row.login.to_ascii_lowercase();
    let asker = app.passwords.begin(&key, call.address, app.now())?;
    let stored = row.password_phc.as_deref();
    if !checked(app, call, &key, asker.signed_in(), password, stored)? {
        return Err(AppError::BadSignIn);
    }
    // SECURITY: it takes no wrong code back of whoever has codes to guess.
    let codes = app.store.read(|unit| stored::held(unit, row.id))?;
    if codes.second_factor() {
        app.passwords.not_tried(&key, call.address, app.now());
    } else {
        app.passwords.right(&key, call.address, app.now());
    }
    Ok(row)
}

/// Notes the proof, if the password that was shown is still the one.
fn prove(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &users::UserRow,
) -> Result<SignInId, AppError> {
    still_fits(unit, row)?;
    proved(unit, acting)
}

/// Notes that the caller proved themselves: sudo mode begins anew.
pub(crate) fn proved(unit: &mut WriteUnit<'_>, acting: &Acting<'_>) -> Result<SignInId, AppError> {
    let id = sign_in_id(acting)?;
    sign_ins::prove(unit, id, acting.now)?;
    unit.feed(acting.now, "sign_in.confirmed", id)?;
    Ok(id)
}

pub(crate) fn sign_in_id(acting: &Acting<'_>) -> Result<SignInId, AppError> {
    match acting.known().map(|known| &known.subject) {
        Some(Subject::SignIn { id, .. }) => Ok(*id),
        _ => Err(AppError::Missing("sign-in")),
    }
}

/// A person's sign-ins, and which of them asks.
pub fn list(app: &App, call: &Call) -> Result<(Vec<sign_ins::SignInRow>, SignInId), AppError> {
    app.read(call, |unit, acting| {
        Ok((
            sign_ins::living(unit, acting.user()?, acting.now)?,
            sign_in_id(acting)?,
        ))
    })
}

/// Ends a sign-in: the one named, or the one that asks.
pub fn sign_out(app: &App, call: &Call, which: Option<SignInId>) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let id = match which {
            Some(id) => id,
            None => sign_in_id(acting)?,
        };
        may_sign_out(unit, acting, id)?;
        let user = acting.user()?;
        sign_ins::end(unit, user, id, acting.now)?;
        unit.tombstone(acting.now, &Tombstone::SignInEnded(id))?;
        unit.feed(acting.now, "sign_in.ended", id)?;
        let login = acting.login();
        acting
            .record(Event::UserSignOut)
            .user(user, login)
            .with("sign_in_id", id.get())
            .write(unit)
    })
}

/// Ends every sign-in of the caller but the one that asks.
pub fn sign_out_others(app: &App, call: &Call) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let (user, own) = (acting.user()?, sign_in_id(acting)?);
        let others = sign_ins::living(unit, user, acting.now)?
            .len()
            .saturating_sub(1);
        end_all(unit, user, Some(own), acting.now)?;
        let login = acting.login();
        acting
            .record(Event::UserSignOut)
            .user(user, login)
            .with("others", others)
            .write(unit)
    })
}

/// Whether it is a living sign-in of the caller.
pub fn may_sign_out(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: SignInId,
) -> Result<(), AppError> {
    let own = sign_ins::living(unit, acting.user()?, acting.now)?;
    if own.iter().any(|row| row.id == id) {
        Ok(())
    } else {
        Err(AppError::Missing("sign-in"))
    }
}

/// Ends every sign-in of a person but `keep`. What they let a program have that has not come for it is theirs no more:
/// somebody else may have said it.
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
    Ok(withdraw_unfetched(unit, Some(user))?)
}

/// Changes one's own password; one's other sign-ins end.
pub fn change_password(
    app: &App,
    call: &Call,
    current: &Password,
    new: &Password,
) -> Result<(), AppError> {
    let row = known_by(app, call, current)?;
    let hash = app.hash_password(new)?;
    app.write(call, |unit, acting| {
        let own = prove(unit, acting, &row)?;
        users::set_password(unit, row.id, &hash, acting.now)?;
        end_all(unit, row.id, Some(own), acting.now)?;
        unit.feed(acting.now, "user.password", row.id)?;
        acting
            .record(Event::UserPassword)
            .user(row.id, &row.login)
            .write(unit)?;
        let notice = Notice::PasswordChanged { by: String::new() };
        notices::tell(unit, app, acting.now, row.id, &notice)
    })
}
