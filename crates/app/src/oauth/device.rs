//! The device flow (RFC 8628): a program without a browser shows a code, a person types it at a page, sees who asks from
//! where for what, and says yes or no.
//!
//! SECURITY: the page never opens with a code filled in and a button to press: somebody who was sent a link would press
//! it. The code is typed, and whoever says yes confirmed their access lately.

use jeton_domain::{Clean, Scopes, Span, Time};
use jeton_store::applications::{self, ApplicationRow};
use jeton_store::oauth_codes::{self, DeviceRow};
use jeton_store::{QuestionState, ReadUnit, WriteUnit, users};

use super::client::{Asked, OauthRefusal};
use super::issue::{Issued, issue, note_consent};
use super::registered::kept_by;
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::links::{LinkCode, LinkUse};

/// How long a question can be answered, and the answer fetched.
pub const DEVICE_LIVES: Span = Span::from_minutes(15);
/// Seconds that a device waits between two looks, at first.
const INTERVAL: i64 = 5;

/// What a device is given to begin with.
#[derive(Debug)]
pub struct DeviceCodes {
    /// What it asks with.
    pub device: LinkCode,
    /// What its person types, as it is shown: two groups of four letters.
    pub user: String,
    /// Seconds between two looks.
    pub interval: i64,
}

/// Begins: notes who asks, from where, for what.
pub fn begin(
    app: &App,
    call: &Call,
    client_id: &str,
    scope: &str,
) -> Result<Result<DeviceCodes, OauthRefusal>, AppError> {
    app.count_question(call)?;
    app.write(call, |unit, acting| {
        let Some(application) = applications::by_client_id(unit, client_id)? else {
            return Ok(Err(OauthRefusal::CLIENT));
        };
        if !application.device_flow {
            return Ok(Err(OauthRefusal::DEVICE_FLOW));
        }
        let Asked { scopes, refreshed } = Asked::read(scope);
        let (device, typed) = (app.new_link_code(), app.new_typed_code());
        let digest = app.link_digest(LinkUse::Device, &device)?.digest;
        let user_digest = app.link_digest(LinkUse::DeviceUser, &typed)?.digest;
        let row = DeviceRow {
            application: application.id,
            scopes,
            refreshed,
            address: call.address.map(|address| address.to_string()),
            user_agent: call.user_agent.plain(),
            created_at: acting.now,
            expires_at: acting.now.after(DEVICE_LIVES),
            interval: INTERVAL,
            polled_at: None,
            state: QuestionState::Waiting,
            user: None,
        };
        oauth_codes::insert_device(unit, (&digest, &user_digest), &row)?;
        let (first, second) = typed.expose().split_at(4);
        Ok(Ok(DeviceCodes {
            user: format!("{first}-{second}"),
            device,
            interval: INTERVAL,
        }))
    })
}

/// A device's question, as its person sees it.
#[derive(Clone, Debug)]
pub struct DeviceQuestion {
    /// Who asks.
    pub application: ApplicationRow,
    /// Who keeps it; nobody, for one that is known from the start.
    pub keeper: Option<String>,
    /// For what.
    pub scopes: Scopes,
    /// From where, if that is known.
    pub address: Option<String>,
    /// What the program calls itself.
    pub user_agent: String,
    /// Since when.
    pub asked_at: Time,
}

/// The question behind a typed code. A wrong one counts: guesses are few.
pub fn look(app: &App, call: &Call, typed: &str) -> Result<DeviceQuestion, AppError> {
    let found = app.read(call, |unit, acting| {
        let Some((_, row)) = waiting(unit, acting, typed)? else {
            return Ok(Err(acting.user()?));
        };
        let application =
            applications::by_id(unit, row.application)?.ok_or(AppError::Missing("application"))?;
        Ok(Ok(DeviceQuestion {
            keeper: kept_by(unit, &application)?,
            application,
            scopes: row.scopes,
            address: row.address,
            user_agent: row.user_agent,
            asked_at: row.created_at,
        }))
    })?;
    found.or_else(|user| {
        app.count_typed(user)?;
        Err(AppError::Missing("device code"))
    })
}

fn waiting(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    typed: &str,
) -> Result<Option<([u8; 32], DeviceRow)>, AppError> {
    acting.app.may_type(acting.user()?)?;
    let Some(code) = LinkCode::typed(typed) else {
        return Ok(None);
    };
    for found in acting.app.link_digests(LinkUse::DeviceUser, &code) {
        if let Some(row) = oauth_codes::device_by_user_code(unit, &found.digest)? {
            let open = row.state == QuestionState::Waiting && row.expires_at > acting.now;
            return Ok(open.then_some((found.digest, row)));
        }
    }
    Ok(None)
}

/// Answers a question. A yes takes a sign-in that was confirmed lately; a no takes none.
pub fn answer(app: &App, call: &Call, typed: &str, approve: bool) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        acting.confirm_if(unit, approve)?;
        if approve && !acting.known().is_some_and(|known| known.verified) {
            return Err(AppError::Forbidden(
                "Verify your e-mail address before you let an application in.".to_owned(),
            ));
        }
        let user = acting.user()?;
        let Some((digest, row)) = waiting(unit, acting, typed)? else {
            return Err(AppError::Missing("device code"));
        };
        if !oauth_codes::answer_device(unit, &digest, approve, user, acting.now)? {
            return Err(AppError::Missing("device code"));
        }
        if approve {
            note_consent(unit, acting, row.application, row.scopes)?;
        }
        Ok(())
    })
}

/// What came of the question: a token, once.
pub fn fetch(
    app: &App,
    call: &Call,
    client_id: &str,
    device_code: &str,
) -> Result<Result<Issued, OauthRefusal>, AppError> {
    let Some(code) = LinkCode::parse(device_code) else {
        return Ok(Err(OauthRefusal::DEVICE_CODE));
    };
    app.write(call, |unit, acting| {
        for found in app.link_digests(LinkUse::Device, &code) {
            if let Some(row) = oauth_codes::device_by_code(unit, &found.digest)? {
                return fetched(unit, acting, client_id, &found.digest, &row);
            }
        }
        Ok(Err(OauthRefusal::DEVICE_CODE))
    })
}

fn fetched(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    client_id: &str,
    digest: &[u8; 32],
    row: &DeviceRow,
) -> Result<Result<Issued, OauthRefusal>, AppError> {
    let application = applications::by_id(unit, row.application)?
        // SECURITY: a code is its own client's alone.
        .filter(|application| application.client_id == client_id);
    let Some(application) = application else {
        return Ok(Err(OauthRefusal::DEVICE_CODE));
    };
    if row.expires_at <= acting.now {
        return Ok(Err(OauthRefusal::EXPIRED));
    }
    let early = row
        .polled_at
        .is_some_and(|at| acting.now < at.after(Span::from_seconds(row.interval)));
    let refusal = match row.state {
        QuestionState::Used => OauthRefusal::DEVICE_CODE,
        QuestionState::Denied => OauthRefusal::DENIED,
        QuestionState::Waiting if early => {
            let interval = row.interval + INTERVAL;
            oauth_codes::poll_device(unit, digest, interval, acting.now)?;
            OauthRefusal::slow_down(interval)
        }
        QuestionState::Waiting => {
            oauth_codes::poll_device(unit, digest, row.interval, acting.now)?;
            OauthRefusal::PENDING
        }
        QuestionState::Approved => {
            let user = row.user.ok_or(AppError::Missing("person"))?;
            let user = users::by_id(unit, user)?.filter(|user| user.state == "active");
            let Some(user) = user else {
                return Ok(Err(OauthRefusal::PERSON));
            };
            oauth_codes::use_device(unit, digest)?;
            let asked = Asked {
                scopes: row.scopes,
                refreshed: row.refreshed,
            };
            let (_, issued) = issue(unit, acting, &application, &user, asked)?;
            return Ok(Ok(issued));
        }
    };
    Ok(Err(refusal))
}
