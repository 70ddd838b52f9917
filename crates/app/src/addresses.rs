//! A person's e-mail address: changed by a link that is sent to the new one.
//!
//! Until the link is used, the old address stays, and the new one is nobody's: whoever claims somebody else's address
//! blocks nobody.

use jeton_domain::{Event, Span, Time};
use jeton_store::link_codes::{self, LinkPurpose, NewLinkCode};
use jeton_store::users::UserRow;
use jeton_store::{ReadUnit, WriteUnit, users};

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::links::{LinkCode, LinkUse};
use crate::notices::{self, ADDRESS_LINK, Notice};
use crate::users::check_email;

/// Links that a person may have sent in an hour: each is a mail to somebody who may not want it.
const MOST_LINKS: i64 = 5;

/// A person's addresses as they see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// The address in use.
    pub address: Option<String>,
    /// Whether it was proved.
    pub verified: bool,
    /// One that waits for its proof.
    pub pending: Option<Pending>,
}

/// An address that waits for its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The address.
    pub address: String,
    /// Until when its link works.
    pub until: Time,
}

/// The caller's addresses.
pub fn show(app: &App, call: &Call) -> Result<Addresses, AppError> {
    app.read(call, |unit, acting| {
        let row = own(unit, acting)?;
        let waiting = link_codes::latest(unit, row.id, LinkPurpose::Address, acting.now)?;
        Ok(Addresses {
            verified: row.email_verified_at.is_some(),
            address: row.email,
            pending: waiting.map(|code| Pending {
                address: code.address,
                until: code.expires_at,
            }),
        })
    })
}

/// Asks for another address: a link goes there. Nothing changes before it is used.
pub fn ask(app: &App, call: &Call, address: &str) -> Result<(), AppError> {
    let address = address.trim();
    check_email(address)?;
    must_send(app)?;
    app.write(call, |unit, acting| {
        let row = own(unit, acting)?;
        if row.email_verified_at.is_some() && row.email.as_deref() == Some(address) {
            return Err(AppError::invalid(
                "User",
                "email",
                "is your address already",
            ));
        }
        send_link(unit, acting, &row, address)?;
        acting
            .record(Event::AddressAsk)
            .user(row.id, &row.login)
            .with("email", address)
            .write(unit)
    })
}

/// Sends the link of the address that waits once more. The earlier link ends.
pub fn resend(app: &App, call: &Call) -> Result<(), AppError> {
    must_send(app)?;
    app.write(call, |unit, acting| {
        let row = own(unit, acting)?;
        let waiting = link_codes::latest(unit, row.id, LinkPurpose::Address, acting.now)?;
        let unproved = || {
            row.email
                .clone()
                .filter(|_| row.email_verified_at.is_none())
        };
        let address = waiting
            .map(|code| code.address)
            .or_else(unproved)
            .ok_or(AppError::Missing("address"))?;
        send_link(unit, acting, &row, &address)?;
        acting
            .record(Event::AddressAsk)
            .user(row.id, &row.login)
            .with("email", address)
            .write(unit)
    })
}

/// Takes the wish for another address back: its link ends.
pub fn cancel(app: &App, call: &Call) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = own(unit, acting)?;
        if link_codes::end_all(unit, row.id, LinkPurpose::Address, acting.now)? == 0 {
            return Err(AppError::Missing("address"));
        }
        acting
            .record(Event::AddressCancel)
            .user(row.id, &row.login)
            .write(unit)
    })
}

/// What a link would do, without doing it: the address it proves. Only its own person learns anything by it.
pub fn look(app: &App, call: &Call, code: &str) -> Result<String, AppError> {
    app.read(call, |unit, acting| {
        let user = acting.user()?;
        for digest in digests(app, code)? {
            let found = link_codes::living(unit, &digest, LinkPurpose::Address, acting.now)?;
            if let Some(found) = found.filter(|found| found.user == user) {
                return Ok(found.address);
            }
        }
        Err(dead())
    })
}

/// Uses a link: the address is the caller's, proved. Works for the account that asked, and for no other.
pub fn verify(app: &App, call: &Call, code: &str) -> Result<String, AppError> {
    let digests = digests(app, code)?;
    app.write(call, |unit, acting| {
        let row = own(unit, acting)?;
        let mut found = None;
        for digest in &digests {
            // Of another account's link not even the use is spent.
            let link = link_codes::living(unit, digest, LinkPurpose::Address, acting.now)?;
            if link.is_some_and(|link| link.user == row.id) {
                found = link_codes::redeem(unit, digest, LinkPurpose::Address, acting.now)?;
                break;
            }
        }
        let link = found.ok_or_else(dead)?;
        // Whoever else proved it first has it; whoever holds the link reads that address, so may know.
        users::set_email(unit, row.id, &link.address, acting.now).map_err(crate::users::taken)?;
        link_codes::end_all(unit, row.id, LinkPurpose::Address, acting.now)?;
        // A reset that went to the old address ends with it.
        link_codes::end_all(unit, row.id, LinkPurpose::PasswordReset, acting.now)?;
        unit.feed(acting.now, "user.updated", row.id)?;
        acting
            .record(Event::AddressVerify)
            .user(row.id, &row.login)
            .with("email", link.address.as_str())
            .write(unit)?;
        tell_changed(unit, acting, &row, &link.address)?;
        Ok(link.address)
    })
}

/// Tells a person that their address is another one, at the old one too. `row`: as it was.
pub(crate) fn tell_changed(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &UserRow,
    address: &str,
) -> Result<(), AppError> {
    if row.email.as_deref() == Some(address) {
        return Ok(());
    }
    let notice = Notice::AddressChanged {
        address: address.to_owned(),
    };
    notices::tell(unit, acting.app, acting.now, row.id, &notice)?;
    match row
        .email
        .as_deref()
        .filter(|_| row.email_verified_at.is_some())
    {
        Some(old) => notices::write_to(
            unit,
            acting.app,
            acting.now,
            old,
            Some(row.id),
            &notice,
            None,
        ),
        None => Ok(()),
    }
}

/// Makes a link to an address and queues the letter; earlier ones end.
pub(crate) fn send_link(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &UserRow,
    address: &str,
) -> Result<(), AppError> {
    let (app, now) = (acting.app, acting.now);
    let since = now.before(Span::from_hours(1));
    if link_codes::count_since(unit, row.id, LinkPurpose::Address, since)? >= MOST_LINKS {
        return Err(AppError::TooMany { seconds: 3600 });
    }
    link_codes::end_all(unit, row.id, LinkPurpose::Address, now)?;
    let code = app.new_link_code();
    let stored = app.link_digest(LinkUse::Address, &code)?;
    link_codes::insert(
        unit,
        &NewLinkCode {
            digest: stored.digest,
            key: stored.key,
            purpose: LinkPurpose::Address,
            user: row.id,
            address,
            now,
            expires_at: now.after(ADDRESS_LINK),
        },
    )?;
    let notice = Notice::AddressProof {
        login: row.login.clone(),
    };
    notices::write_to(unit, app, now, address, Some(row.id), &notice, Some(&code))
}

fn own(unit: &mut ReadUnit<'_>, acting: &Acting<'_>) -> Result<UserRow, AppError> {
    users::by_id(unit, acting.user()?)?.ok_or(AppError::Missing("user"))
}

fn digests(app: &App, code: &str) -> Result<Vec<[u8; 32]>, AppError> {
    let code = LinkCode::parse(code).ok_or_else(dead)?;
    let digests = app.link_digests(LinkUse::Address, &code);
    Ok(digests.into_iter().map(|stored| stored.digest).collect())
}

pub(crate) fn must_send(app: &App) -> Result<(), AppError> {
    if app.sends_mail() {
        Ok(())
    } else {
        Err(AppError::conflict(
            "no_mail",
            "This server sends no mail: ask an administrator of the site.",
        ))
    }
}

fn dead() -> AppError {
    AppError::Forbidden(
        "The link does not work: it was used, is older than a day, was replaced by a newer one, or belongs to another account."
            .to_owned(),
    )
}
