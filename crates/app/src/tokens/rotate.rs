//! Rotation: the grant stays, a new value is made, and the old one goes on until a deadline, the
//! new one's first use, or the holder's word.

use jeton_domain::{
    Event, Expiry, Life, Maximum, OrganizationRole, Selection, Span, Standing, Time, TokenId,
};
use jeton_store::secrets::{self, SecretRow};
use jeton_store::tombstones::Tombstone;
use jeton_store::{WriteUnit, places, requests, tokens};
use jeton_token::Secret;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::place::{self, Owner};
use crate::tokens::create::{add_secret, asked};
use crate::tokens::edit::longest;
use crate::tokens::idempotency::{Idempotency, kill_unseen};
use crate::tokens::view::{TokenView, own, own_view};
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
    /// `first_use`: the old value ends when the new one is first used, at the end of the overlap at
    /// the latest.
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
pub fn rotate(
    app: &App,
    call: &Call,
    id: TokenId,
    how: &RotateToken,
    key: Option<&str>,
) -> Result<Rotated, AppError> {
    app.write(call, |unit, acting| {
        let row = own(unit, acting, id)?;
        if matches!(row.life, Life::Revoked { .. }) {
            return Err(AppError::conflict(
                "life",
                "The token is revoked and does not come back; make a new one.",
            ));
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
        let living: Vec<SecretRow> = secrets::of_token(unit, id)?
            .into_iter()
            .filter(|s| s.retired_at.is_none())
            .collect();
        let Some(current) = living.first().cloned() else {
            return Err(AppError::Missing("secret"));
        };
        end_earlier_overlap(
            unit,
            acting,
            living.get(1..).unwrap_or_default(),
            how.replace,
        )?;
        let expiry = new_expiry(unit, acting, &row, &current, how)?;
        let secret = add_secret(unit, acting, id, expiry, idempotency)?;
        let overlap = how
            .overlap_seconds
            .map_or(OVERLAP, |s| Span::from_seconds(i64::from(s)));
        if overlap == Span::ZERO {
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
    acting
        .record(Event::TokenRegenerate)
        .token(id, &row.name)
        .write(unit)?;
    let view = own_view(unit, acting, id)?;
    let old_ends_at = view
        .secrets
        .iter()
        .skip(1)
        .filter(|s| !s.end().is_over_at(acting.now))
        .filter_map(|s| s.end().moment())
        .max();
    Ok(Rotated {
        view,
        secret,
        old_ends_at,
    })
}

/// At most two values live at once.
fn end_earlier_overlap(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    older: &[SecretRow],
    replace: bool,
) -> Result<(), AppError> {
    for secret in older
        .iter()
        .filter(|secret| !secret.end().is_over_at(acting.now))
    {
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

fn retire(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    secret: &SecretRow,
    why: &str,
) -> Result<(), AppError> {
    secrets::retire(unit, secret.id, acting.now, why)?;
    unit.tombstone(acting.now, &Tombstone::SecretRetired(secret.id))?;
    Ok(())
}

/// As asked, or as long as the old value lived; within the owner's maximum and the reviewed length.
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
    let reviewed = reviewed_length(unit, acting, row, &owner)?;
    let wish = expiry_wish(
        how.expires_in.as_ref(),
        how.expires_at.as_deref(),
        acting.now,
    )
    .map_err(|fault| AppError::invalid(RESOURCE, "expires_at", fault))?;
    let expiry = wish.unwrap_or_else(|| {
        let as_before = match current.expiry {
            Expiry::At(end) => Expiry::At(acting.now.after(end.since(current.created_at))),
            Expiry::Never => Expiry::Never,
        };
        // Without a wish of its own a rotation mends a lifetime that became too long.
        match maximum.and(reviewed) {
            Maximum::Days(days) => {
                as_before.earlier(Expiry::At(acting.now.after(Span::from_days(days))))
            }
            Maximum::Unlimited => as_before,
        }
    });
    let expiry = expiry
        .check(acting.now, maximum)
        .map_err(|refusal| AppError::Invalid(vec![refusal.into()]))?;
    if !reviewed.allows(acting.now, expiry) {
        return Err(AppError::invalid(
            RESOURCE,
            "expires_at",
            "is longer than the owner approved or is asked for: choose a shorter life, or make a new token and ask",
        ));
    }
    Ok(expiry)
}

/// The longest life of a value that the owner approved, or has before it now, or that was there when
/// the owner began to ask for approval.
///
/// SECURITY: a waiting request counts too: else a value made after it was sent would outlive what
/// the reviewer read.
fn reviewed_length(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &tokens::TokenRow,
    owner: &Owner,
) -> Result<Maximum, AppError> {
    let waiting = requests::pending_of_token(unit, row.id)?
        .map_or(Maximum::Unlimited, |request| request.asked.length);
    let approved = match (&row.approved, row.standing) {
        (Some(approved), _) => approved.length,
        (None, Standing::NotNeeded)
            if owner.organization
                && owner.policy.approval_required
                && owner.membership != Some(OrganizationRole::Owner)
                && row.wanted.selection != Selection::Public =>
        {
            let (created, expiry) = longest(unit, row, acting.now)?;
            asked(row, created, expiry).length
        }
        (None, _) => Maximum::Unlimited,
    };
    Ok(approved.and(waiting))
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
            return Err(AppError::conflict(
                "overlap",
                "No earlier value of the token works any more.",
            ));
        }
        for secret in &older {
            retire(unit, acting, secret, "finished")?;
        }
        unit.feed(acting.now, "token.rotation_finished", id)?;
        acting
            .record(Event::TokenRotationFinish)
            .token(id, &row.name)
            .write(unit)?;
        own_view(unit, acting, id)
    })
}
