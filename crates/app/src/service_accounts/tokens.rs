//! Tokens of service accounts: made by owners, governed by the organization's policy.

use std::collections::BTreeMap;

use jeton_domain::{
    Conditions, CredentialKind, Ending, Event, Expiry, Grant, Life, Span, TokenId, UserId,
};
use jeton_store::secrets::{self, SecretRow};
use jeton_store::service_accounts::ServiceRow;
use jeton_store::tokens::TokenRow;
use jeton_store::{ReadUnit, WriteUnit, hand_overs, tokens};
use jeton_token::{Kind, Secret};
use serde::{Deserialize, Serialize};

use super::keep::kept;
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::tokens::{
    self as token_cases, ExpiryWish, Idempotency, NewToken, PackagesWish, Preview,
    RepositoriesWish, TokenView, add_value, asked, expiry_wish, preview_of, replace_unseen,
    view_of, wished,
};

const RESOURCE: &str = "PersonalAccessToken";
/// How long both values work, if not said otherwise.
const OVERLAP: Span = Span::from_hours(24);

/// A token as it is asked for.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NewServiceToken {
    /// Its name, unique among the service account's.
    #[serde(default)]
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Days, or `none`.
    #[serde(default)]
    pub expires_in: Option<ExpiryWish>,
    /// A moment or a date.
    #[serde(default)]
    pub expires_at: Option<String>,
    /// Which repositories.
    #[serde(default)]
    pub repositories: Option<RepositoriesWish>,
    /// Which packages, by name; those of the repositories, if not said.
    #[serde(default)]
    pub packages: Option<PackagesWish>,
    /// Levels by key.
    #[serde(default)]
    pub permissions: BTreeMap<String, String>,
    /// Under which conditions.
    #[serde(default)]
    pub conditions: Vec<Conditions>,
}

/// How to rotate one.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RotateServiceToken {
    /// Days, or `none`.
    #[serde(default)]
    pub expires_in: Option<ExpiryWish>,
    /// A moment or a date.
    #[serde(default)]
    pub expires_at: Option<String>,
    /// How long the old value goes on, in seconds; may be 0.
    #[serde(default)]
    pub overlap_seconds: Option<u32>,
}

/// A token with a value that is shown once.
#[derive(Debug)]
pub struct Issued {
    /// The token.
    pub view: TokenView,
    /// The value.
    pub secret: Secret,
    /// The same was asked for before, and the value made then ended for this one.
    pub again: bool,
}

/// A token of a service account that the request names.
pub fn kept_token(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: &str,
    id: TokenId,
) -> Result<TokenRow, AppError> {
    let service = kept(unit, acting, login)?;
    tokens::find(unit, id)?
        .filter(|row| row.creator == service.id && row.kind.is_personal())
        .ok_or(AppError::Missing("token"))
}

/// A token of a service account, as an owner sees it.
#[derive(Clone, Debug)]
pub struct ServiceTokenView {
    /// The token.
    pub view: TokenView,
    /// The person's whose work it does.
    pub before: Option<TokenView>,
}

/// A service account's tokens, newest first.
pub fn tokens_of(app: &App, call: &Call, login: &str) -> Result<Vec<ServiceTokenView>, AppError> {
    app.read(call, |unit, acting| {
        let service = kept(unit, acting, login)?;
        let handed = hand_overs::of_service(unit, service.id)?;
        let mut rows = tokens::of_creator(unit, service.id)?;
        rows.retain(|row| row.kind.is_personal());
        let mut views = Vec::with_capacity(rows.len());
        for row in rows {
            let before = handed.iter().find(|handed| handed.to == row.id);
            let before = before.map(|handed| tokens::find(unit, handed.token));
            let before = before.transpose()?.flatten();
            views.push(ServiceTokenView {
                before: before.map(|row| view_of(unit, acting, row)).transpose()?,
                view: view_of(unit, acting, row)?,
            });
        }
        Ok(views)
    })
}

/// As a person's token would be asked for. Its owner is the organization.
fn wish(acting: &Acting<'_>, new: &NewServiceToken) -> Result<NewToken, AppError> {
    Ok(NewToken {
        name: new.name.clone(),
        description: new.description.clone(),
        owner: Some(acting.organization()?.login.clone()),
        justification: String::new(),
        expires_in: new.expires_in.clone(),
        expires_at: new.expires_at.clone(),
        repositories: new.repositories.clone(),
        packages: new.packages.clone(),
        permissions: new.permissions.clone(),
        conditions: new.conditions.clone(),
    })
}

/// What a form shows while an owner is choosing. Changes nothing.
pub fn preview_token(
    app: &App,
    call: &Call,
    login: &str,
    new: &NewServiceToken,
) -> Result<Preview, AppError> {
    app.read(call, |unit, acting| {
        let service = kept(unit, acting, login)?;
        preview_of(unit, acting, &wish(acting, new)?, service.id, false)
    })
}

/// Gives the value that was asked for under the same key before, and that nobody saw, another time.
pub(super) fn again(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    idempotency: Idempotency,
) -> Result<Option<Issued>, AppError> {
    let Some(unseen) = idempotency.earlier(unit, acting)? else {
        return Ok(None);
    };
    let (row, secret) = replace_unseen(unit, acting, idempotency, &unseen)?;
    let view = view_of(unit, acting, row)?;
    Ok(Some(Issued {
        view,
        secret,
        again: true,
    }))
}

/// Makes one. Its owner is the organization, whose owner makes it: nobody else is asked. `key`: sent twice, it makes one.
pub fn make_token(
    app: &App,
    call: &Call,
    login: &str,
    new: &NewServiceToken,
    key: Option<&str>,
) -> Result<Issued, AppError> {
    app.write(call, |unit, acting| {
        let service = kept(unit, acting, login)?;
        let idempotency = Idempotency::new(app, acting, key, &(service.id, new))?;
        if let Some(idempotency) = idempotency
            && let Some(issued) = again(unit, acting, idempotency)?
        {
            return Ok(issued);
        }
        let wish = wished(unit, acting, &wish(acting, new)?)?;
        let row = row(
            unit.allocate()?,
            acting,
            service.id,
            (wish.name.as_str(), &wish.description),
            wish.grant,
        );
        let values = (wish.expiry, idempotency);
        issue(unit, acting, &service, &row, &wish.name.key(), values)
    })
}

pub(super) fn row(
    id: TokenId,
    acting: &Acting<'_>,
    service: UserId,
    (name, description): (&str, &str),
    grant: Grant,
) -> TokenRow {
    TokenRow {
        description: description.to_owned(),
        ..TokenRow::new(
            id,
            CredentialKind::FineGrained,
            (service, name.to_owned()),
            grant,
            acting.now,
        )
    }
}

/// Writes a token of a service account down, approved by the owner who makes it, with a first value.
pub(super) fn issue(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    service: &ServiceRow,
    row: &TokenRow,
    key: &str,
    (expiry, idempotency): (Expiry, Option<Idempotency>),
) -> Result<Issued, AppError> {
    tokens::insert(unit, row, key)
        .map_err(|error| AppError::unless_taken(error, "tokens_name", RESOURCE, "name"))?;
    let secret = add_value(unit, acting, row.id, Kind::FineGrained, expiry, idempotency)?;
    acting
        .record(Event::TokenCreate)
        .user(service.id, &service.login)
        .token(row.id, &row.name)
        .reaches(&row.wanted)
        .newest_value(unit, row.id)?
        .write(unit)?;
    let asked = asked(row, acting.now, expiry);
    token_cases::approve_oneself(unit, acting, row, &asked)?;
    unit.feed(acting.now, "token.created", row.id)?;
    let row = tokens::find(unit, row.id)?.ok_or(AppError::Missing("token"))?;
    let view = view_of(unit, acting, row)?;
    Ok(Issued {
        view,
        secret,
        again: false,
    })
}

/// Gives one a new value; the old one goes on for a while. `key`: sent twice, it gives one.
pub fn rotate_token(
    app: &App,
    call: &Call,
    (login, id): (&str, TokenId),
    how: &RotateServiceToken,
    key: Option<&str>,
) -> Result<Issued, AppError> {
    app.write(call, |unit, acting| {
        let row = kept_token(unit, acting, login, id)?;
        let idempotency = Idempotency::new(app, acting, key, &(id, how))?;
        if let Some(idempotency) = idempotency
            && let Some(issued) = again(unit, acting, idempotency)?
        {
            return Ok(issued);
        }
        if matches!(row.life, Life::Revoked { .. }) {
            let fault = "The token is revoked and does not come back; make a new one.";
            return Err(AppError::conflict("life", fault));
        }
        let living: Vec<SecretRow> = secrets::of_token(unit, id)?
            .into_iter()
            .filter(|secret| !secret.end().is_over_at(acting.now))
            .collect();
        if living.len() > 1 {
            let fault = "An earlier value of this token still works: wait for its end.";
            return Err(AppError::conflict("overlap", fault));
        }
        let maximum = acting.organization()?.policy.fine_grained_maximum;
        let (within, at) = (how.expires_in.as_ref(), how.expires_at.as_deref());
        let wanted = expiry_wish(within, at, acting.now, maximum)
            .map_err(|fault| AppError::invalid(RESOURCE, "expires_in", fault))?;
        let usual = Span::from_days(maximum.default_days());
        let expiry = wanted
            .unwrap_or(Expiry::At(acting.now.after(usual)))
            .check(acting.now, maximum)
            .map_err(|refusal| AppError::Invalid(vec![refusal.into()]))?;
        let overlap = how
            .overlap_seconds
            .map_or(OVERLAP, |seconds| Span::from_seconds(i64::from(seconds)));
        for old in &living {
            secrets::set_retirement(unit, old.id, acting.now.after(overlap), false)?;
        }
        let secret = add_value(unit, acting, id, Kind::FineGrained, expiry, idempotency)?;
        tokens::set_approved(unit, id, Some(&asked(&row, acting.now, expiry)))?;
        unit.feed(acting.now, "token.rotated", id)?;
        acting
            .record(Event::TokenRegenerate)
            .creator(row.creator)
            .token(id, &row.name)
            .newest_value(unit, id)?
            .write(unit)?;
        let row = tokens::find(unit, id)?.ok_or(AppError::Missing("token"))?;
        let view = view_of(unit, acting, row)?;
        Ok(Issued {
            view,
            secret,
            again: false,
        })
    })
}

/// Ends one for ever.
pub fn revoke_token(app: &App, call: &Call, login: &str, id: TokenId) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = kept_token(unit, acting, login, id)?;
        token_cases::end(unit, acting, &row, Ending::Creator, Event::TokenDestroy)
    })
}
