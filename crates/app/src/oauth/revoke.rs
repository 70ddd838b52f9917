//! What a confidential application does to its own tokens: look, change the value, end; and revocation (RFC 7009).

use jeton_domain::{CredentialKind, Ending, Event, Expiry, Life, Scopes, Time, UserId};
use jeton_store::applications::{self, ApplicationRow};
use jeton_store::secrets::SecretRow;
use jeton_store::tokens::TokenRow;
use jeton_store::{ReadUnit, Tombstone, WriteUnit, secrets, tokens, users};
use jeton_token::{Kind, Secret};

use super::client::{ClientProof, OauthRefusal, confidential, proved};
use super::refresh::{RESET, find, retire_all};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::{Call, Presented};
use crate::error::AppError;
use crate::tokens::{add_value, end};

/// A token of an application's own, as it may know it.
#[derive(Debug)]
pub struct Checked {
    /// The application.
    pub application: ApplicationRow,
    /// The token's number.
    pub id: i64,
    /// Whose it is.
    pub user: UserId,
    /// Their name.
    pub login: String,
    /// What it may.
    pub scopes: Scopes,
    /// Since when.
    pub created_at: Time,
    /// When the value that was shown ends.
    pub expiry: Expiry,
    /// The log's word for the value.
    pub hashed: String,
    /// The new value, where it was changed.
    pub value: Option<Secret>,
}

/// A living token of this application's, by the value that it is used with.
///
/// SECURITY: a refresh token is not such a value: what is said of it, or made in its place, would live as long as it.
fn own(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    application: &ApplicationRow,
    value: &str,
) -> Result<(SecretRow, TokenRow), AppError> {
    by_value(unit, acting, application, value, &[Kind::OAuth])
}

/// A living token of this application's, by a value of one of these kinds.
///
/// SECURITY: another's, and one that is over, are as if they were not there.
fn by_value(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    application: &ApplicationRow,
    value: &str,
    kinds: &[Kind],
) -> Result<(SecretRow, TokenRow), AppError> {
    let missing = || AppError::Missing("token");
    let parsed = jeton_token::parse(value.as_bytes()).ok();
    let parsed = parsed.filter(|parsed| kinds.contains(&parsed.kind()));
    let presented = Presented::new(acting.app.ring(), &parsed.ok_or_else(missing)?);
    find(unit, &presented)?
        .filter(|(secret, token)| {
            token.application == Some(application.id)
                && token.life == Life::Alive
                && token.kind == CredentialKind::OauthUser
                && !secret.end().is_over_at(acting.now)
        })
        .ok_or_else(missing)
}

fn checked(
    unit: &mut ReadUnit<'_>,
    application: ApplicationRow,
    secret: SecretRow,
    token: &TokenRow,
) -> Result<Checked, AppError> {
    let user = users::by_id(unit, token.creator)?.ok_or(AppError::Missing("token"))?;
    Ok(Checked {
        application,
        id: token.id.get(),
        user: user.id,
        login: user.login,
        scopes: token.scopes,
        created_at: token.created_at,
        expiry: secret.expiry,
        hashed: secret.hashed,
        value: None,
    })
}

/// Whether a value lives, and whose it is. Asked by its own application alone.
pub fn check(
    app: &App,
    call: &Call,
    client: &ClientProof,
    value: &str,
) -> Result<Checked, AppError> {
    app.read(call, |unit, acting| {
        let application = confidential(unit, app, client)?;
        let (secret, token) = own(unit, acting, &application, value)?;
        checked(unit, application, secret, &token)
    })
}

/// Ends a value and makes another of the same token, which ends when the first one would have.
///
/// SECURITY: who resets a token fears that others know it, so what refreshes it ends with it. Another one is not made in its
/// place: by a value of hours nobody gets one of months.
pub fn reset(
    app: &App,
    call: &Call,
    client: &ClientProof,
    value: &str,
) -> Result<Checked, AppError> {
    app.write(call, |unit, acting| {
        let application = confidential(unit, app, client)?;
        let (secret, token) = own(unit, acting, &application, value)?;
        retire_all(unit, acting, &token, RESET)?;
        let new = add_value(unit, acting, token.id, Kind::OAuth, secret.expiry, None)?;
        unit.feed(acting.now, "token.rotated", token.id)?;
        let newest = secrets::of_token(unit, token.id)?
            .into_iter()
            .next()
            .ok_or(AppError::Missing("token"))?;
        let found = checked(unit, application, newest, &token)?;
        acting
            .record(Event::AccessTokenRegenerate)
            .oneself(found.user, &found.login)
            .token(token.id, &token.name)
            .with("oauth_application_id", found.application.id.get())
            .newest_value(unit, token.id)?
            .write(unit)?;
        Ok(Checked {
            value: Some(new),
            ..found
        })
    })
}

/// Ends a token, by its own application.
pub fn end_token(
    app: &App,
    call: &Call,
    client: &ClientProof,
    value: &str,
) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let application = confidential(unit, app, client)?;
        let (_, token) = own(unit, acting, &application, value)?;
        end(
            unit,
            acting,
            &token,
            Ending::Creator,
            Event::AccessTokenDestroy,
        )
    })
}

/// Ends all that the person behind a value lets the application have.
pub fn end_grant(
    app: &App,
    call: &Call,
    client: &ClientProof,
    value: &str,
) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let application = confidential(unit, app, client)?;
        let (_, token) = own(unit, acting, &application, value)?;
        end_all(unit, acting, &application, token.creator)
    })
}

/// Ends all of a person's tokens of an application, and the consent.
pub(super) fn end_all(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    application: &ApplicationRow,
    user: UserId,
) -> Result<(), AppError> {
    for token in tokens::of_application(unit, application.id, Some(user))? {
        end(
            unit,
            acting,
            &token,
            Ending::Creator,
            Event::AccessTokenDestroy,
        )?;
    }
    if applications::unauthorize(unit, user, application.id)? {
        unit.tombstone(
            acting.now,
            &Tombstone::AuthorizationEnded {
                user,
                application: application.id,
            },
        )?;
        unit.feed(acting.now, "authorization.changed", user)?;
        let login = users::by_id(unit, user)?.map_or_else(|| "ghost".to_owned(), |user| user.login);
        acting
            .record(Event::AuthorizationDestroy)
            .oneself(user, &login)
            .with("oauth_application_id", application.id.get())
            .with("oauth_application_name", application.name.as_str())
            .write(unit)?;
    }
    Ok(())
}

/// RFC 7009: ends the token behind a value, whichever of its values that is. What is no token of the client's is no
/// fault: it does not live for it either way.
pub fn revoke(
    app: &App,
    call: &Call,
    client: &ClientProof,
    value: &str,
) -> Result<Result<(), OauthRefusal>, AppError> {
    app.write(call, |unit, acting| {
        let Some(application) = proved(unit, app, client)? else {
            return Ok(Err(OauthRefusal::CLIENT));
        };
        let kinds = [Kind::OAuth, Kind::Refresh];
        match by_value(unit, acting, &application, value, &kinds) {
            Ok((_, token)) => {
                end(
                    unit,
                    acting,
                    &token,
                    Ending::Creator,
                    Event::AccessTokenDestroy,
                )?;
                Ok(Ok(()))
            }
            Err(AppError::Missing(_)) => Ok(Ok(())),
            Err(other) => Err(other),
        }
    })
}
