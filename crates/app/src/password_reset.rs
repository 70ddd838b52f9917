//! A forgotten password: a link to the verified address sets a new one.
//!
//! SECURITY: whoever asks learns nothing, neither from the answer nor from its time, of whether an account exists: the
//! request is put down and answered before anybody is looked up.

use jeton_domain::{Event, Span, UserId};
use jeton_store::link_codes::{self, LinkCodeRow, LinkPurpose, NewLinkCode};
use jeton_store::{ReadUnit, users};

use crate::addresses::must_send;
use crate::app::App;
use crate::call::Call;
use crate::error::AppError;
use crate::links::{LinkCode, LinkUse};
use crate::notices::{self, Notice, RESET_LINK};
use crate::passwords::{Asker, Password};
use crate::sign_in;

/// Links for one person in an hour: enough for somebody whose mail is slow, too few to fill a mailbox.
const MOST_LINKS: i64 = 3;
/// The longest login or address that is looked at.
const LONGEST: usize = 254;

/// Asks for a link, by login or verified address. The answer is the same whether there is such an account.
pub fn ask(app: &App, call: &Call, who: &str) -> Result<(), AppError> {
    must_send(app)?;
    app.permit(call)?;
    let typed = who.trim().to_lowercase();
    if typed.is_empty() {
        return Err(AppError::invalid("User", "login", "must be given"));
    }
    app.passwords.begin_reset(call.address, app.now())?;
    if typed.len() > LONGEST {
        return Ok(());
    }
    // Everything that depends on the account happens where nobody waits for it.
    let (own, call) = (app.clone(), call.clone());
    app.streams.later(move || {
        if let Err(error) = send(&own, &call, &typed) {
            tracing::error!(%error, request = %call.request_id, "a link for a new password could not be made");
        }
    });
    Ok(())
}

fn send(app: &App, call: &Call, typed: &str) -> Result<(), AppError> {
    let found = app
        .store
        .read(|unit| users::by_login_or_email(unit, typed))?;
    let Some(row) = found.filter(|row| row.state == "active" && row.email_verified_at.is_some())
    else {
        return Ok(());
    };
    let Some(address) = row.email.clone() else {
        return Ok(());
    };
    let code = app.new_link_code();
    let stored = app.link_digest(LinkUse::PasswordReset, &code)?;
    app.write(call, |unit, acting| {
        let now = acting.now;
        let since = now.before(Span::from_hours(1));
        if link_codes::count_since(unit, row.id, LinkPurpose::PasswordReset, since)? >= MOST_LINKS {
            return Ok(());
        }
        link_codes::end_all(unit, row.id, LinkPurpose::PasswordReset, now)?;
        link_codes::insert(
            unit,
            &NewLinkCode {
                digest: stored.digest,
                key: stored.key,
                purpose: LinkPurpose::PasswordReset,
                user: row.id,
                address: &address,
                now,
                expires_at: now.after(RESET_LINK),
            },
        )?;
        acting
            .record(Event::PasswordResetAsk)
            .user(row.id, &row.login)
            .write(unit)?;
        let notice = Notice::PasswordResetLink {
            login: row.login.clone(),
        };
        notices::write_to(unit, app, now, &address, Some(row.id), &notice, Some(&code))
    })
}

/// Whether a link works, and for whom: shown above the form.
pub fn look(app: &App, call: &Call, code: &str) -> Result<String, AppError> {
    app.read(call, |unit, acting| {
        for digest in digests(app, code)? {
            let found = link_codes::living(unit, &digest, LinkPurpose::PasswordReset, acting.now)?;
            if let Some(link) = found {
                return login(unit, &link);
            }
        }
        Err(dead())
    })
}

/// The account's name, if the link's address is still its own.
fn login(unit: &mut ReadUnit<'_>, link: &LinkCodeRow) -> Result<String, AppError> {
    let row = users::by_id(unit, link.user)?.ok_or_else(dead)?;
    let same = row.email.as_deref() == Some(link.address.as_str());
    if row.state == "active" && same && row.email_verified_at.is_some() {
        Ok(row.login)
    } else {
        Err(dead())
    }
}

/// Uses a link: the password is the new one and all sign-ins end. Second factors stay: whoever reads the mail is not
/// thereby who holds the passkey.
pub fn redeem(app: &App, call: &Call, code: &str, password: &Password) -> Result<UserId, AppError> {
    // A dead link makes nobody hash anything.
    look(app, call, code)?;
    let digests = digests(app, code)?;
    let hash = app.hash_password_for(Asker::stranger(call.address), password)?;
    app.write(call, |unit, acting| {
        let now = acting.now;
        let mut found = None;
        for digest in &digests {
            found = link_codes::redeem(unit, digest, LinkPurpose::PasswordReset, now)?;
            if found.is_some() {
                break;
            }
        }
        let link = found.ok_or_else(dead)?;
        let login = login(unit, &link)?;
        users::set_password(unit, link.user, &hash, now)?;
        link_codes::end_all(unit, link.user, LinkPurpose::PasswordReset, now)?;
        sign_in::end_all(unit, link.user, None, now)?;
        unit.feed(now, "user.password", link.user)?;
        acting
            .record(Event::UserPassword)
            .oneself(link.user, &login)
            .with("explanation", "reset")
            .write(unit)?;
        notices::tell(unit, app, now, link.user, &Notice::PasswordReset {})?;
        Ok(link.user)
    })
}

fn digests(app: &App, code: &str) -> Result<Vec<[u8; 32]>, AppError> {
    let code = LinkCode::parse(code).ok_or_else(dead)?;
    let digests = app.link_digests(LinkUse::PasswordReset, &code);
    Ok(digests.into_iter().map(|stored| stored.digest).collect())
}

fn dead() -> AppError {
    AppError::Forbidden(
        "The link does not work: it was used, is older than an hour, or was replaced by a newer one. Ask for another one."
            .to_owned(),
    )
}
