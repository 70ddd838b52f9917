//! Rotation: the grant stays, a new value is made, and the old one goes on until a deadline, the
//! new one's first use, or the holder's word.

use jeton_domain::{Event, Expiry, Life, Maximum, Span, Time, TokenId};
use jeton_store::secrets::{self, SecretRow};
use jeton_store::tombstones::Tombstone;
use jeton_store::{WriteUnit, places, tokens};
use jeton_token::Secret;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::place;
use crate::tokens::create::add_secret;
use crate::tokens::idempotency::{Idempotency, kill_unseen};
use crate::tokens::view::{TokenView, own, view_of};
use crate::tokens::wish::{ExpiryWish, RESOURCE, expiry_wish};

/// How long both values work, if not said otherwise.
const OVERLAP: Span = Span::from_hours(24);

/// How to rotate.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RotateToken {
    /// Days, or `none`; as long as the old value lived, if not said.
    #[serde(default)]
    pub expires_in: Option<ExpiryWish>,
    /// A moment or a date.
    #[serde(default)]
    pub expires_at: Option<String>,
    /// How long the old value goes on, in seconds; may be 0.
    #[serde(default)]
    pub overlap_seconds: Option<u32>,
    /// `first_use`: the old value ends when the new one is first used.
    #[serde(default)]
    pub until: Option<String>,
    /// End an overlap that is still going on.
    #[serde(default)]
    pub replace: bool,
}

/// A rotation just made. The value is shown once.
#[derive(Debug)]
pub struct Rotated {
    /// The token.
    pub view: TokenView,
    /// The new value.
    pub secret: Secret,
    /// When the old value ends.
    pub old_ends_at: Option<Time>,
}

/// Gives one of the caller's tokens a new value.
pub fn rotate(app: &App, call: &Call, id: TokenId, how: &RotateToken, key: Option<&str>) -> Result<Rotated, AppError> {
    app.write(call, |unit, acting| {
        let row = own(unit, acting, id)?;
        if matches!(row.life, Life::Revoked { .. }) {
            return Err(AppError::conflict("life", "The token is revoked and does not come back; make a new one."));
        }
        let idempotency = Idempotency::new(app, acting, key, &(id, how))?;
        if let Some(idempotency) = idempotency
            && let Some(unseen) = idempotency.earlier(unit, acting)?
        {
            kill_unseen(unit, acting, &unseen)?;
            let secret = add_secret(unit, acting, id, unseen.expiry, Some(idempotency))?;
            return finish_rotation(unit, acting, id, secret);
        }
        let first_use = match how.until.as_deref() {
            None => false,
            Some("first_use") => true,
            Some(_) => return Err(AppError::invalid(RESOURCE, "until", "takes `first_use`")),
        };
        let living: Vec<SecretRow> =
            secrets::of_token(unit, id)?.into_iter().filter(|s| s.retired_at.is_none()).collect();
        let Some(current) = living.first().cloned() else { return Err(AppError::Missing("secret")) };
        end_earlier_overlap(unit, acting, living.get(1..).unwrap_or_default(), how.replace)?;
        let expiry = new_expiry(unit, acting, &row, &current, how)?;
        let secret = add_secret(unit, acting, id, expiry, idempotency)?;
        let overlap = how.overlap_seconds.map_or(OVERLAP, |s| Span::from_seconds(i64::from(s)));
        if overlap == Span::ZERO && !first_use {
            retire(unit, acting, &current, "rotated")?;
        } else if !current.expiry.is_over_at(acting.now) {
            secrets::set_retirement(unit, current.id, acting.now.after(overlap), first_use)?;
        }
        finish_rotation(unit, acting, id, secret)
    })
}

fn finish_rotation(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
    secret: Secret,
) -> Result<Rotated, AppError> {
    unit.feed(acting.now, "token.rotated", id)?;
    let row = tokens::find(unit, id)?.ok_or(AppError::Missing("token"))?;
    acting.record(Event::TokenRegenerate).token(id, &row.name).write(unit)?;
    let view = view_of(unit, row, acting.now)?;
    let old_ends_at = view
        .secrets
        .iter()
        .skip(1)
        .filter(|s| !s.end().is_over_at(acting.now))
        .filter_map(|s| s.end().moment())
        .max();
    Ok(Rotated { view, secret, old_ends_at })
}

/// At most two values live at once.
fn end_earlier_overlap(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    older: &[SecretRow],
    replace: bool,
) -> Result<(), AppError> {
    for secret in older.iter().filter(|secret| !secret.end().is_over_at(acting.now)) {
        if !replace {
            return Err(AppError::conflict(
                "overlap",
                "An earlier rotation is still in its overlap; finish it, or say `replace`.",
            ));
        }
        retire(unit, acting, secret, "replaced")?;
    }
    Ok(())
}

fn retire(unit: &mut WriteUnit<'_>, acting: &Acting<'_>, secret: &SecretRow, why: &str) -> Result<(), AppError> {
    secrets::retire(unit, secret.id, acting.now, why)?;
    unit.tombstone(acting.now, &Tombstone::SecretRetired(secret.id))?;
    Ok(())
}

/// As asked, or as long as the old value lived; within the owner's maximum and the approved length.
fn new_expiry(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &tokens::TokenRow,
    current: &SecretRow,
    how: &RotateToken,
) -> Result<Expiry, AppError> {
    let found = places::owner_by_id(unit, row.wanted.owner)?.ok_or(AppError::Missing("owner"))?;
    let owner = place::owner_of(unit, found, Some(acting.user()?), &acting.site)?;
    let maximum = owner.policy.fine_grained_maximum;
    let wish = expiry_wish(how.expires_in.as_ref(), how.expires_at.as_deref(), acting.now)
        .map_err(|fault| AppError::invalid(RESOURCE, "expires_at", fault))?;
    let expiry = match (wish, current.expiry) {
        (Some(expiry), _) => expiry,
        (None, Expiry::At(end)) => {
            let as_before = Expiry::At(acting.now.after(end.since(current.created_at)));
            // Without a wish of its own a rotation mends a lifetime that became too long.
            match maximum {
                Maximum::Days(days) => as_before.earlier(Expiry::At(acting.now.after(Span::from_days(days)))),
                Maximum::Unlimited => as_before,
            }
        }
        (None, Expiry::Never) => match maximum {
            Maximum::Days(days) => Expiry::At(acting.now.after(Span::from_days(days))),
            Maximum::Unlimited => Expiry::Never,
        },
    };
    let expiry = expiry.check(acting.now, maximum).map_err(|refusal| AppError::Invalid(vec![refusal.into()]))?;
    if let Some(approved) = &row.approved
        && !approved.length.allows(acting.now, expiry)
    {
        return Err(AppError::invalid(
            RESOURCE,
            "expires_at",
            "is longer than the owner approved: choose a shorter life, or make a new token and ask",
        ));
    }
    Ok(expiry)
}

/// Ends the overlap now: only the newest value goes on.
pub fn finish(app: &App, call: &Call, id: TokenId) -> Result<TokenView, AppError> {
    app.write(call, |unit, acting| {
        let row = own(unit, acting, id)?;
        let older: Vec<SecretRow> = secrets::of_token(unit, id)?
            .into_iter()
            .skip(1)
            .filter(|secret| !secret.end().is_over_at(acting.now))
            .collect();
        if older.is_empty() {
            return Err(AppError::conflict("overlap", "No earlier value of the token works any more."));
        }
        for secret in &older {
            retire(unit, acting, secret, "finished")?;
        }
        unit.feed(acting.now, "token.rotation_finished", id)?;
        acting.record(Event::TokenRotationFinish).token(id, &row.name).write(unit)?;
        view_of(unit, row, acting.now)
    })
}
