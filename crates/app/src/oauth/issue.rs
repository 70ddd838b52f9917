//! Giving an application its token.

use jeton_domain::{
    AccountId, ApplicationId, CredentialKind, Ending, Event, Expiry, Scopes, Span, TokenId, UserId,
};
use jeton_store::applications::{self, ApplicationRow};
use jeton_store::tokens::TokenRow;
use jeton_store::users::UserRow;
use jeton_store::{WriteUnit, tokens, users};
use jeton_token::{Kind, Secret};

use super::client::Asked;
use crate::authorize::Acting;
use crate::error::AppError;
use crate::tokens::{add_value, end, nothing_of};

/// How long a token lives that is refreshed.
const ACCESS_LIVES: Span = Span::from_hours(8);
/// How long its refresh token does: six months.
const REFRESH_LIVES: Span = Span::from_days(184);
/// Tokens of one application that a person has at once; the oldest end for newer ones.
const MOST: usize = 10;

/// What an application was given. Shown once.
#[derive(Debug)]
pub struct Issued {
    /// The token's value.
    pub access: Secret,
    /// What it is refreshed with, where it lives for hours.
    pub refresh: Option<Secret>,
    /// What it may.
    pub scopes: Scopes,
}

impl Issued {
    /// Seconds until the token ends; nothing, where it does not end by itself.
    pub fn expires_in(&self) -> Option<i64> {
        self.refresh.as_ref().map(|_| ACCESS_LIVES.seconds())
    }

    /// Seconds until the refresh token ends.
    pub fn refresh_expires_in(&self) -> Option<i64> {
        self.refresh.as_ref().map(|_| REFRESH_LIVES.seconds())
    }
}

/// Makes a token, and notes the consent where there was none.
pub(super) fn issue(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    application: &ApplicationRow,
    user: &UserRow,
    Asked { scopes, refreshed }: Asked,
) -> Result<(TokenId, Issued), AppError> {
    note(unit, acting, application, user, scopes)?;
    let living = tokens::of_application(unit, application.id, Some(user.id))?;
    let surplus = (living.len() + 1).saturating_sub(MOST);
    for old in living.iter().take(surplus) {
        let event = Event::AccessTokenDestroy;
        end(unit, acting, old, Ending::Superseded, event)?;
    }
    let row = row(unit.allocate()?, acting, application, user.id, scopes);
    // A name of its own, which no person's token can have: theirs begin with no space.
    tokens::insert(unit, &row, &format!(" {}", row.id))?;
    let issued = values(unit, acting, &row, application.expiring || refreshed)?;
    unit.feed(acting.now, "token.created", row.id)?;
    acting
        .record(Event::AccessTokenCreate)
        .oneself(user.id, &user.login)
        .token(row.id, &row.name)
        .with("oauth_application_id", application.id.get())
        .with("oauth_application_name", application.name.as_str())
        .with("token_scopes", scopes.to_string())
        .newest_value(unit, row.id)?
        .write(unit)?;
    Ok((row.id, issued))
}

/// Makes the values of a token: one to use, and, where it expires, one to refresh it with.
pub(super) fn values(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &TokenRow,
    expiring: bool,
) -> Result<Issued, AppError> {
    let at = |span| Expiry::At(acting.now.after(span));
    // The newest value is the one that is used: it is made last.
    let (refresh, expiry) = if expiring {
        let end = at(REFRESH_LIVES);
        let refresh = add_value(unit, acting, row.id, Kind::Refresh, end, None)?;
        (Some(refresh), at(ACCESS_LIVES))
    } else {
        (None, Expiry::Never)
    };
    Ok(Issued {
        access: add_value(unit, acting, row.id, Kind::OAuth, expiry, None)?,
        refresh,
        scopes: row.scopes,
    })
}

fn row(
    id: TokenId,
    acting: &Acting<'_>,
    application: &ApplicationRow,
    user: UserId,
    scopes: Scopes,
) -> TokenRow {
    TokenRow {
        scopes,
        application: Some(application.id),
        ..TokenRow::new(
            id,
            CredentialKind::OauthUser,
            (user, application.name.clone()),
            nothing_of(user),
            acting.now,
        )
    }
}

/// The caller's word on an application: what it may have of theirs, beside what it had. Noted with the word itself, so that
/// it can be taken back before anything was fetched by it.
pub(super) fn note_consent(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    application: ApplicationId,
    scopes: Scopes,
) -> Result<(), AppError> {
    let application =
        applications::by_id(unit, application)?.ok_or(AppError::Missing("application"))?;
    let user = users::by_id(unit, acting.user()?)?.ok_or(AppError::Missing("user"))?;
    note(unit, acting, &application, &user, scopes)
}

fn note(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    application: &ApplicationRow,
    user: &UserRow,
    scopes: Scopes,
) -> Result<(), AppError> {
    let had = applications::authorization(unit, user.id, application.id)?;
    let all = had.unwrap_or_default().or(scopes);
    if had == Some(all) {
        return Ok(());
    }
    applications::authorize(unit, user.id, application.id, all, acting.now)?;
    let event = match had {
        None => Event::AuthorizationCreate,
        Some(_) => Event::AuthorizationUpdate,
    };
    unit.feed(
        acting.now,
        "authorization.changed",
        AccountId::from(user.id),
    )?;
    acting
        .record(event)
        .oneself(user.id, &user.login)
        .with("oauth_application_id", application.id.get())
        .with("oauth_application_name", application.name.as_str())
        .with("token_scopes", all.to_string())
        .write(unit)
}
