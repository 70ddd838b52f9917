//! Making an account by oneself: by the link of an invitation, or where the site is open to everybody.
//!
//! SECURITY: whether an address has an account is never told. Without a link an address stands there
//! unverified, which takes it from nobody, and only what is mailed to it proves it.

use jeton_domain::{Event, Login, Registration, UserId};
use jeton_store::invitations::{InvitationRow, Invitee};
use jeton_store::{ReadUnit, WriteUnit, users};

use super::{RESOURCE, UserView, check_email, check_free, check_name, view};
use crate::addresses;
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::{AppError, name_fault};
use crate::invitations;
use crate::passwords::{Asker, Password};
use crate::sign_in::{SessionValue, open_session};

/// An account that somebody makes for themself.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// The code of an invitation by e-mail; nothing where the site is open.
    pub code: Option<String>,
    /// Their name.
    pub login: String,
    /// Their address. With an invitation it is the one that the link was sent to, whatever stands here.
    pub email: String,
    /// What they call themselves.
    pub name: String,
    /// Their password.
    pub password: Password,
}

/// An account that was just made.
#[derive(Clone, Debug)]
pub struct SignedUp {
    /// Who.
    pub view: UserView,
    /// The organization that they are a member of at once, by name.
    pub organization: Option<String>,
    /// The address was proved by the link.
    pub verified: bool,
}

/// Makes an account; with an invitation also a membership, in one go.
pub fn sign_up(app: &App, call: &Call, new: &SignUp) -> Result<SignedUp, AppError> {
    signed_up(app, call, new, |_, _, _| Ok(())).map(|(made, ())| made)
}

/// As [`sign_up`], and signs the browser in in the same step.
pub fn sign_up_browser(
    app: &App,
    call: &Call,
    new: &SignUp,
) -> Result<(SignedUp, SessionValue), AppError> {
    signed_up(app, call, new, |unit, acting, user| {
        let value = open_session(unit, acting, user, acting.now)?;
        let row = users::by_id(unit, user)?.ok_or(AppError::Missing("user"))?;
        acting
            .record(Event::UserSignIn)
            .oneself(user, &row.login)
            .write(unit)?;
        Ok(value)
    })
}

/// Who may make an account: for the page that says so.
pub fn registration(app: &App, call: &Call) -> Result<Registration, AppError> {
    app.read(call, |_, acting| Ok(acting.site.registration))
}

fn signed_up<T>(
    app: &App,
    call: &Call,
    new: &SignUp,
    then: impl FnOnce(&mut WriteUnit<'_>, &Acting<'_>, UserId) -> Result<T, AppError>,
) -> Result<(SignedUp, T), AppError> {
    // What can be refused without a hash is, first: hashes are dear, and anybody may ask.
    app.read(call, |unit, acting| {
        may_sign_up(unit, acting, new).map(drop)
    })?;
    let login = || Login::parse(new.login.trim()).map_err(name_fault(RESOURCE, "login"));
    let email = match new.code {
        Some(_) => Ok(()),
        None => check_email(&new.email),
    };
    AppError::together([
        login().map(drop),
        check_name(RESOURCE, &new.name),
        email,
        new.password.check_new(),
    ])?;
    let login = login()?;
    app.count_sign_up(call)?;
    let hash = app.hash_password_for(Asker::stranger(call.address), &new.password)?;
    app.write(call, |unit, acting| {
        let invitation = may_sign_up(unit, acting, new)?;
        check_free(unit, &login, RESOURCE)?;
        let id = make(unit, acting, &login, new, invitation.as_ref(), &hash)?;
        let organization = match invitation {
            Some(row) => {
                let row_of = users::by_id(unit, id)?.ok_or(AppError::Missing("user"))?;
                let joined = invitations::admit(unit, acting, row, &row_of)?;
                Some(joined.row.organization_login)
            }
            None => None,
        };
        let more = then(unit, acting, id)?;
        let made = SignedUp {
            view: view(unit, id)?,
            verified: organization.is_some(),
            organization,
        };
        Ok((made, more))
    })
}

fn make(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    login: &Login,
    new: &SignUp,
    invitation: Option<&InvitationRow>,
    hash: &str,
) -> Result<UserId, AppError> {
    let proved = invitation.and_then(|row| match &row.invitee {
        Invitee::Address(email) => Some(email.as_str()),
        Invitee::Person { .. } => None,
    });
    let id = users::create(
        unit,
        &users::NewUser {
            login,
            name: &new.name,
            email: proved,
            password_phc: Some(hash),
            administrator: false,
        },
        acting.now,
    )
    .map_err(|error| {
        if error.is_conflict_on("users_verified_email") {
            // Said to whoever reads the address's mail, who may know it.
            AppError::conflict(
                "account_exists",
                "An account with this address is there already. Sign in to it to accept the invitation.",
            )
        } else {
            AppError::unless_taken(error, "accounts_login", RESOURCE, "login")
        }
    })?;
    if proved.is_none() {
        users::claim_email(unit, id, new.email.trim())?;
        // Without mail nothing waits for a link that never comes: an administrator confirms the address.
        if acting.app.mailer.is_some() {
            let row = users::by_id(unit, id)?.ok_or(AppError::Missing("user"))?;
            addresses::send_link(unit, acting, &row, new.email.trim())?;
        }
    }
    unit.feed(acting.now, "user.created", id)?;
    acting
        .record(Event::UserCreate)
        .oneself(id, login.as_str())
        .with(
            "through",
            invitation.map_or("registration", |_| "invitation"),
        )
        .write(unit)?;
    Ok(id)
}

/// Whether the site lets them in now, and by which invitation.
pub fn may_sign_up(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    new: &SignUp,
) -> Result<Option<InvitationRow>, AppError> {
    let registration = acting.site.registration;
    if registration == Registration::Closed {
        return Err(AppError::Forbidden(
            "Only administrators of this site make accounts. Ask one of them for yours.".to_owned(),
        ));
    }
    let Some(code) = &new.code else {
        if registration == Registration::Open {
            return Ok(None);
        }
        return Err(AppError::Forbidden(
            "Accounts are made by invitation here. Ask an owner of an organization to invite you, and open the \
             link in their mail."
                .to_owned(),
        ));
    };
    let row = invitations::by_code(unit, acting, code)?;
    match row.state(acting.now) {
        jeton_domain::InvitationState::Pending => {}
        state => return Err(invitations::over(&row, state)),
    }
    match &row.invitee {
        Invitee::Address(_) => Ok(Some(row)),
        Invitee::Person { login, .. } => Err(AppError::Forbidden(format!(
            "This invitation is for the account `{login}`. Sign in as `{login}` to accept it."
        ))),
    }
}
