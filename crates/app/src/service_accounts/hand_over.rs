//! What a leaver's token still runs goes over to a service account: it gets a token of its own with the same grant, and
//! the leaver's value goes on for a few days, in which it may do only what both may.

use jeton_domain::{Event, Expiry, Life, Span, TokenId, TokenName, UserId};
use jeton_store::secrets::{self, SecretRow};
use jeton_store::service_accounts::ServiceRow;
use jeton_store::tokens::TokenRow;
use jeton_store::{ReadUnit, WriteUnit, credentials, hand_overs, tokens};
use serde::{Deserialize, Serialize};

use super::keep::kept;
use super::tokens::{Issued, again, issue, row};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::notices::{self, Notice};
use crate::tokens::Idempotency;

const RESOURCE: &str = "HandOver";
/// The leaver's value goes on so long at most, and if nobody says.
const LONGEST: Span = Span::from_days(7);

/// A hand-over as an owner wants it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// To which service account, by name.
    pub service_account: String,
    /// What the new token is called; as the leaver's, if not said.
    #[serde(default)]
    pub name: Option<String>,
    /// How long the leaver's value goes on, in seconds: seven days at most.
    #[serde(default)]
    pub overlap_seconds: Option<u32>,
}

/// What came of it.
#[derive(Debug)]
pub struct HandedOver {
    /// The service account's token, with its value.
    pub issued: Issued,
    /// When the leaver's value ends.
    pub old_ends_at: Expiry,
    /// Whose that is.
    pub leaver: String,
}

/// A person's token that reaches the organization and was not handed over before.
pub fn may_hand_over(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
) -> Result<TokenRow, AppError> {
    let organization = acting.organization()?.id;
    let row = tokens::find(unit, id)?
        .filter(|row| {
            row.wanted.owner == organization
                && row.standing.grants()
                && row.kind == jeton_domain::CredentialKind::FineGrained
                && !matches!(row.life, Life::Revoked { .. })
        })
        .ok_or(AppError::Missing("token"))?;
    let of_person = jeton_store::service_accounts::by_id(unit, row.creator)?.is_none();
    if !of_person {
        let fault = "The token is a service account's already.";
        return Err(AppError::conflict("state", fault));
    }
    if hand_overs::of_token(unit, id)?.is_some() {
        let fault = "The token was handed over before.";
        return Err(AppError::conflict("state", fault));
    }
    Ok(row)
}

/// Hands a token over. An owner confirms it: from now on somebody holds its power who is no person. `key`: sent twice, it is done
/// once.
pub fn hand_over(
    app: &App,
    call: &Call,
    id: TokenId,
    wish: &HandOver,
    key: Option<&str>,
) -> Result<HandedOver, AppError> {
    app.write(call, |unit, acting| {
        let idempotency = Idempotency::new(app, acting, key, &(id, wish))?;
        if let Some(idempotency) = idempotency
            && let Some(issued) = again(unit, acting, idempotency)?
        {
            let values = secrets::of_token(unit, id)?;
            let newest = values.first().ok_or(AppError::Missing("secret"))?;
            let old = tokens::find(unit, id)?.ok_or(AppError::Missing("token"))?;
            return Ok(HandedOver {
                issued,
                old_ends_at: newest.end(),
                leaver: login_of(unit, old.creator)?,
            });
        }
        let old = may_hand_over(unit, acting, id)?;
        let service = service(unit, acting, wish)?;
        let overlap = overlap(wish)?;
        let name = match &wish.name {
            Some(name) => TokenName::parse(name),
            None => TokenName::parse(&old.name),
        };
        let name = name.map_err(crate::error::name_fault(RESOURCE, "name"))?;
        let newest = living(unit, acting, id)?;
        let old_ends_at = shorten(unit, acting, id, overlap)?;
        // As long as the leaver's value was approved for, within what the policy allows now.
        let maximum = acting.organization()?.policy.fine_grained_maximum;
        let usual = Expiry::At(acting.now.after(Span::from_days(maximum.default_days())));
        let expiry = match newest.expiry {
            Expiry::At(_) => newest.expiry,
            Expiry::Never => usual,
        };
        let new = row(
            unit.allocate()?,
            acting,
            service.id,
            (name.as_str(), &old.description),
            old.in_force(),
        );
        let issued = issue(
            unit,
            acting,
            &service,
            &new,
            &name.key(),
            (expiry, idempotency),
        )?;
        hand_overs::insert(unit, id, new.id, service.id, acting.now)?;
        unit.feed(acting.now, "token.handed_over", id)?;
        acting
            .record(Event::TokenHandOver)
            .creator(old.creator)
            .token(id, &old.name)
            .with("service_account", service.login.as_str())
            .with("to_token_id", new.id.get())
            .with("ends_at", old_ends_at.moment().map(jeton_domain::Time::iso))
            .write(unit)?;
        tell(unit, acting, &old, &service, old_ends_at)?;
        Ok(HandedOver {
            issued,
            old_ends_at,
            leaver: login_of(unit, old.creator)?,
        })
    })
}

fn login_of(unit: &mut ReadUnit<'_>, id: UserId) -> Result<String, AppError> {
    let holder = credentials::holder(unit, id)?;
    Ok(holder.map_or_else(|| "ghost".to_owned(), |holder| holder.login))
}

/// The newest value of a token that works.
fn living(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
) -> Result<SecretRow, AppError> {
    let mut values = secrets::of_token(unit, id)?.into_iter();
    values
        .find(|secret| !secret.end().is_over_at(acting.now))
        .ok_or_else(|| {
            let fault = "No value of the token works any more: there is nothing to hand over.";
            AppError::conflict("life", fault)
        })
}

/// Lets each value of a token end with the overlap, if it does not end before. When the newest does.
fn shorten(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
    overlap: Span,
) -> Result<Expiry, AppError> {
    let last = acting.now.after(overlap);
    let mut newest = None;
    for value in secrets::of_token(unit, id)? {
        if value.end().is_over_at(acting.now) {
            continue;
        }
        let end = value.end().earlier(Expiry::At(last));
        secrets::set_retirement(unit, value.id, end.moment().unwrap_or(last), false)?;
        newest.get_or_insert(end);
    }
    newest.ok_or(AppError::Missing("secret"))
}

/// Tells whose token it was. Who hands their own over knows.
fn tell(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    old: &TokenRow,
    service: &ServiceRow,
    ends: Expiry,
) -> Result<(), AppError> {
    if acting.user()? == old.creator {
        return Ok(());
    }
    let notice = Notice::TokenHandedOver {
        organization: acting.organization()?.login.clone(),
        id: old.id.get(),
        token: old.name.clone(),
        service: service.login.clone(),
        by: acting.login().to_owned(),
        until: ends.moment().unwrap_or(acting.now),
    };
    notices::tell(unit, acting.app, acting.now, old.creator, &notice)
}

fn service(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    wish: &HandOver,
) -> Result<ServiceRow, AppError> {
    match kept(unit, acting, &wish.service_account) {
        Err(AppError::Missing(_)) => Err(AppError::missing(RESOURCE, "service_account")),
        Ok(row) if row.state != "active" => Err(AppError::invalid(
            RESOURCE,
            "service_account",
            "is suspended",
        )),
        other => other,
    }
}

fn overlap(wish: &HandOver) -> Result<Span, AppError> {
    let overlap = wish
        .overlap_seconds
        .map_or(LONGEST, |seconds| Span::from_seconds(i64::from(seconds)));
    if overlap > LONGEST {
        let fault = format!("takes at most {} seconds: seven days", LONGEST.seconds());
        return Err(AppError::invalid(RESOURCE, "overlap_seconds", fault));
    }
    Ok(overlap)
}
