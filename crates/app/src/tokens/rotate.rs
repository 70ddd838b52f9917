//! Rotation: the grant stays, a new value is made, and the old one goes on until a deadline, the
//! new one's first use, or the holder's word.
//!
//! A value that is to live longer than the owner approved is more power: it is made to live as long as
//! was approved, the rest is asked for, and an approval lengthens it.

use jeton_domain::{Asked, Event, Expiry, Maximum, Selection, Span, Standing, Time, TokenId};
use jeton_store::secrets::{self, SecretRow};
use jeton_store::tokens::TokenRow;
use jeton_store::tombstones::Tombstone;
use jeton_store::{ReadUnit, WriteUnit, places, requests, tokens};
use jeton_token::Secret;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::place::{self, Owner};
use crate::tokens::create::{add_secret, asked};
use crate::tokens::edit::{Change, longest, settle};
use crate::tokens::idempotency::{Idempotency, kill_unseen};
use crate::tokens::view::{TokenView, kept_on, own, own_view};
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
    /// When the new value is to end, if the owner approves it.
    pub asked_end: Option<Expiry>,
    /// The same was asked for before, and the value made then ended for this one.
    pub again: bool,
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
        let row = kept_on(unit, acting, id)?;
        let idempotency = Idempotency::new(app, acting, key, &(id, how))?;
        if let Some(idempotency) = idempotency
            && let Some(unseen) = idempotency.earlier(unit, acting)?
        {
            kill_unseen(unit, acting, &unseen)?;
            let secret = add_secret(unit, acting, &row, unseen.expiry, Some(idempotency))?;
            return Ok(Rotated {
                again: true,
                ..finish_rotation(unit, acting, id, secret)?
            });
        }
        let first_use = match how.until.as_deref() {
            None => false,
            Some("first_use") => true,
            Some(_) => return Err(AppError::invalid(RESOURCE, "until", "takes `first_use`")),
        };
        let all = secrets::of_token(unit, id)?;
        let living: Vec<SecretRow> = all
            .iter()
            .filter(|s| s.retired_at.is_none())
            .cloned()
            .collect();
        // Where a backup lost the newest value none is left that lives, and the token goes on.
        let Some(current) = living.first().or(all.first()).cloned() else {
            return Err(AppError::Missing("secret"));
        };
        end_earlier_overlap(
            unit,
            acting,
            living.get(1..).unwrap_or_default(),
            how.replace,
        )?;
        let life = new_life(unit, acting, &row, &current, how)?;
        let secret = add_secret(unit, acting, &row, life.expiry, idempotency)?;
        if let Some(more) = life.more {
            let change = Change {
                old: &row,
                new: &row,
                had: more.had,
                wanted: more.wanted,
                lengthen: more.lengthen,
                why: "rotated",
            };
            settle(unit, acting, &change)?;
        }
        let overlap = how
            .overlap_seconds
            .map_or(OVERLAP, |s| Span::from_seconds(i64::from(s)));
        if current.retired_at.is_some() {
            // It ended before, and does not come back.
        } else if overlap == Span::ZERO {
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
        .newest_value(unit, id)?
        .write(unit)?;
    let view = own_view(unit, acting, id)?;
    let old_ends_at = view
        .secrets
        .iter()
        .skip(1)
        .filter(|s| !s.end().is_over_at(acting.now))
        .filter_map(|s| s.end().moment())
        .max();
    let asked_end = requests::pending_of_token(unit, id)?.and_then(|request| request.lengthen);
    Ok(Rotated {
        view,
        secret,
        old_ends_at,
        asked_end,
        again: false,
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

/// How long a new value lives.
struct NewLife {
    expiry: Expiry,
    /// What has to be settled with the owner, where that is more than was reviewed.
    more: Option<More>,
}

struct More {
    had: Asked,
    wanted: Asked,
    /// Where the value ends sooner than was wished: when it is to end once that is approved.
    lengthen: Option<Expiry>,
}

/// As asked, or as long as the old value lived; within the owner's maximum. What goes beyond the
/// reviewed length waits for the owner.
fn new_life(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &TokenRow,
    current: &SecretRow,
    how: &RotateToken,
) -> Result<NewLife, AppError> {
    let found = places::owner_by_id(unit, row.wanted.owner)?.ok_or(AppError::Missing("owner"))?;
    let owner = place::owner_of(unit, found, Some(acting.user()?), &acting.site)?;
    let maximum = owner.policy.maximum(row.kind);
    let (created, expiry) = longest(unit, row, acting.now)?;
    let had = asked(row, created, expiry);
    let reviewed = Reviewed::of(unit, row, &owner, &had)?;
    let wish = expiry_wish(
        how.expires_in.as_ref(),
        how.expires_at.as_deref(),
        acting.now,
        maximum,
    )
    .map_err(|fault| AppError::invalid(RESOURCE, "expires_at", fault))?;
    let expiry = wish.unwrap_or_else(|| {
        let as_before = match current.expiry {
            Expiry::At(end) => Expiry::At(acting.now.after(end.since(current.created_at))),
            Expiry::Never => Expiry::Never,
        };
        // Without a wish of its own a rotation mends a lifetime that became too long.
        as_before.earlier(maximum.and(reviewed.both()).end(acting.now))
    });
    let wish = expiry
        .check(acting.now, maximum)
        .map_err(|refusal| AppError::Invalid(vec![refusal.into()]))?;
    if reviewed.both().allows(acting.now, wish) {
        return Ok(NewLife {
            expiry: wish,
            more: None,
        });
    }
    let expiry = if owner.asks_for_approval() {
        wish.earlier(reviewed.approved.end(acting.now))
    } else {
        wish
    };
    let mut wanted = asked(row, acting.now, wish);
    wanted.length = wanted.length.or(had.length);
    Ok(NewLife {
        expiry,
        more: Some(More {
            had,
            wanted,
            lengthen: (expiry != wish).then_some(wish),
        }),
    })
}

/// The longest life of a value that the owner has read of.
struct Reviewed {
    /// Approved, or there when the owner began to ask for approval.
    approved: Maximum,
    /// Asked for.
    ///
    /// SECURITY: a waiting request counts too: else a value made after it was sent would outlive what
    /// the reviewer reads.
    waiting: Maximum,
}

impl Reviewed {
    fn of(
        unit: &mut WriteUnit<'_>,
        row: &TokenRow,
        owner: &Owner,
        had: &Asked,
    ) -> Result<Self, AppError> {
        let waiting = requests::pending_of_token(unit, row.id)?
            .map_or(Maximum::Unlimited, |request| request.asked.length);
        let approved = match (&row.approved, row.standing) {
            (Some(approved), _) => approved.length,
            (None, Standing::NotNeeded)
                if owner.asks_for_approval() && row.wanted.selection != Selection::Public =>
            {
                had.length
            }
            (None, _) => Maximum::Unlimited,
        };
        Ok(Self { approved, waiting })
    }

    fn both(&self) -> Maximum {
        self.approved.and(self.waiting)
    }
}

/// Lets a token's newest value end when its creator asked for, now that the owner approved it. One that
/// is over stays over, and one that the owner's maximum would refuse then stays as it is.
pub(crate) fn lengthen(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &TokenRow,
    end: Expiry,
) -> Result<bool, AppError> {
    let Some(newest) = secrets::of_token(unit, row.id)?.into_iter().next() else {
        return Ok(false);
    };
    let maximum = acting.organization()?.policy.fine_grained_maximum;
    let is_longer = newest.expiry != end && newest.expiry.earlier(end) == newest.expiry;
    if !is_longer || newest.end().is_over_at(acting.now) || !maximum.allows(newest.created_at, end)
    {
        return Ok(false);
    }
    secrets::set_expiry(unit, newest.id, end)?;
    Ok(true)
}

/// Ends the overlap now: only the newest value goes on.
pub fn finish(app: &App, call: &Call, id: TokenId) -> Result<TokenView, AppError> {
    app.write(call, |unit, acting| {
        let (row, older) = may_finish(unit, acting, id)?;
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

/// A token of the caller's with the earlier values that still work.
pub fn may_finish(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
) -> Result<(TokenRow, Vec<SecretRow>), AppError> {
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
    Ok((row, older))
}
