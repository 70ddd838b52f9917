//! Suspending, resuming, revoking and deleting. What takes power away never asks for sudo mode.

use jeton_domain::{
    CredentialKind, Ending, Event, Life, Standing, TokenId, UserId, WithdrawReason,
};
use jeton_store::tokens::TokenRow;
use jeton_store::tombstones::Tombstone;
use jeton_store::{ReadUnit, WriteUnit, tokens};

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::notices::{self, Notice};
use crate::tokens::create::owner_login;
use crate::tokens::edit::cancel_pending;
use crate::tokens::view::{TokenView, not_revoked, own, own_view};

/// Stops a token; it can be resumed.
pub fn suspend(app: &App, call: &Call, id: TokenId) -> Result<TokenView, AppError> {
    app.write(call, |unit, acting| {
        let (row, life) = may_suspend(unit, acting, id)?;
        change(
            unit,
            acting,
            &row,
            life,
            Event::TokenSuspend,
            &Tombstone::TokenSuspended(id),
        )
    })
}

/// A token of the caller's that can be stopped, and what its life is then.
pub fn may_suspend(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
) -> Result<(TokenRow, Life), AppError> {
    let row = not_revoked(unit, acting, id)?;
    let life = row.life.suspend(acting.now)?;
    Ok((row, life))
}

/// Lets a suspended token go on.
pub fn resume(app: &App, call: &Call, id: TokenId) -> Result<TokenView, AppError> {
    app.write(call, |unit, acting| {
        let (row, life) = may_resume(unit, acting, id)?;
        change(
            unit,
            acting,
            &row,
            life,
            Event::TokenResume,
            &Tombstone::TokenResumed(id),
        )
    })
}

/// A token of the caller's that is stopped, and what its life is when it goes on.
pub fn may_resume(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
) -> Result<(TokenRow, Life), AppError> {
    let row = not_revoked(unit, acting, id)?;
    let life = row.life.resume()?;
    Ok((row, life))
}

fn change(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &TokenRow,
    life: Life,
    event: Event,
    tombstone: &Tombstone,
) -> Result<TokenView, AppError> {
    tokens::set_life(unit, row.id, life)?;
    unit.tombstone(acting.now, tombstone)?;
    unit.feed(acting.now, "token.life", row.id)?;
    acting.record(event).token(row.id, &row.name).write(unit)?;
    own_view(unit, acting, row.id)
}

/// Ends a token for ever. It stays listed. Returns its kind.
pub fn revoke(app: &App, call: &Call, id: TokenId) -> Result<CredentialKind, AppError> {
    app.write(call, |unit, acting| {
        let row = own(unit, acting, id)?;
        end(unit, acting, &row, Ending::Creator, Event::TokenDestroy)?;
        Ok(row.kind)
    })
}

/// Ends a token for ever and takes it off the list. Returns its kind.
pub fn delete(app: &App, call: &Call, id: TokenId) -> Result<CredentialKind, AppError> {
    app.write(call, |unit, acting| {
        let row = own(unit, acting, id)?;
        if matches!(row.life, Life::Revoked { .. }) {
            // It was ended before; that it leaves the list is a change of its own.
            acting
                .record(Event::TokenDestroy)
                .token(row.id, &row.name)
                .with("deleted", true)
                .write(unit)?;
        } else {
            end(unit, acting, &row, Ending::Creator, Event::TokenDestroy)?;
        }
        tokens::delete(unit, id, acting.now)?;
        unit.feed(acting.now, "token.deleted", id)?;
        Ok(row.kind)
    })
}

/// Ends a token, whoever asks for it; ending what is over changes nothing and says nothing.
pub(crate) fn end(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &TokenRow,
    because: Ending,
    event: Event,
) -> Result<(), AppError> {
    if matches!(row.life, Life::Revoked { .. }) {
        return Ok(());
    }
    cancel_pending(unit, acting, row, "token_ended")?;
    tokens::set_life(unit, row.id, row.life.revoke(acting.now, because))?;
    unit.tombstone(
        acting.now,
        &Tombstone::TokenRevoked {
            token: row.id,
            because,
        },
    )?;
    unit.feed(acting.now, "token.revoked", row.id)?;
    let mut record = acting
        .record(event)
        .token(row.id, &row.name)
        .creator(row.creator)
        .with("explanation", because.name());
    // Made by a machine and meant to end: its one entry is in its owner's log too, and nobody is written to.
    if matches!(row.kind, CredentialKind::Child | CredentialKind::Job) {
        if let (login, true) = owner_login(unit, row)? {
            record = record.organization(row.wanted.owner.as_organization(), &login);
        }
        return record.write(unit);
    }
    record.write(unit)?;
    access_ended(unit, acting, row, because.name())?;
    // Whose application was given a newer one has just signed in with it.
    if because == Ending::Superseded {
        return Ok(());
    }
    tell_unless_own(unit, acting, row, |id, token| Notice::TokenRevoked {
        id,
        token,
        because: because.name().to_owned(),
        application: row.application.is_some(),
    })
}

fn gone(unit: &mut ReadUnit<'_>, user: UserId) -> Result<bool, AppError> {
    Ok(jeton_store::users::by_id(unit, user)?.is_none())
}

/// Who did it themself knows.
fn tell_unless_own(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &TokenRow,
    notice: impl FnOnce(i64, String) -> Notice,
) -> Result<(), AppError> {
    // Nor is anybody told who is gone.
    if acting.user().ok() == Some(row.creator) || gone(unit, row.creator)? {
        return Ok(());
    }
    let notice = notice(row.id.get(), row.name.clone());
    notices::tell_keepers(unit, acting.app, acting.now, row.creator, &notice)
}

/// An organization's log tells when a token that had access there has it no more. Of people's own
/// tokens there is nobody to be told.
fn access_ended(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &TokenRow,
    why: &str,
) -> Result<(), AppError> {
    let (login, organization) = owner_login(unit, row)?;
    if !organization || !row.standing.grants() {
        return Ok(());
    }
    let held = row.in_force();
    acting
        .record(Event::AccessRevoke)
        .token(row.id, &row.name)
        .creator(row.creator)
        .organization(row.wanted.owner.as_organization(), &login)
        .reaches(&held)
        .held(held)
        .with("explanation", why)
        .write(unit)
}

/// Takes a token's access to its owner's things back. Its life goes on.
pub(crate) fn withdraw(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    row: &TokenRow,
    because: WithdrawReason,
) -> Result<(), AppError> {
    cancel_pending(unit, acting, row, because.name())?;
    if row.standing == Standing::Pending {
        // Never had access; the request that waited is gone.
        unit.feed(acting.now, "token.request_cancelled", row.id)?;
        return Ok(());
    }
    let withdrawn = row.standing.withdraw(because)?;
    let by = acting.user().ok();
    tokens::set_standing(unit, row.id, row.standing, withdrawn, acting.now, by, None)?;
    tokens::set_approved(unit, row.id, None)?;
    unit.tombstone(
        acting.now,
        &Tombstone::StandingWithdrawn {
            token: row.id,
            because,
        },
    )?;
    unit.feed(acting.now, "token.withdrawn", row.id)?;
    access_ended(unit, acting, row, because.name())?;
    let (organization, _) = owner_login(unit, row)?;
    tell_unless_own(unit, acting, row, |id, token| Notice::AccessWithdrawn {
        organization,
        id,
        token,
        because: because.name().to_owned(),
    })
}
