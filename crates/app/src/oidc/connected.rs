//! A person's own ways in through the provider.

use jeton_domain::Event;
use jeton_store::identities::IdentityRow;
use jeton_store::{IdentityId, ReadUnit, factors, identities, users};

use super::finish;
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::notices::{self, Notice};

/// The caller's, oldest first.
pub fn connected(app: &App, call: &Call) -> Result<Vec<IdentityRow>, AppError> {
    app.read(call, |unit, acting| {
        Ok(identities::of_user(unit, acting.user()?)?)
    })
}

/// Whether the caller has that one, and another way in beside it.
pub fn may_disconnect(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: IdentityId,
) -> Result<IdentityRow, AppError> {
    let user = acting.user()?;
    let own = identities::of_user(unit, user)?;
    let row = own
        .iter()
        .find(|row| row.id == id)
        .ok_or(AppError::Missing("connection"))?;
    let person = users::by_id(unit, user)?.ok_or(AppError::Missing("person"))?;
    let passkeys = factors::held(unit, user)?.passkeys;
    if person.password_phc.is_none() && passkeys == 0 && own.len() == 1 {
        return Err(AppError::conflict(
            "last_way_in",
            "It is the only way into your account. Set a password or add a passkey first.",
        ));
    }
    Ok(row.clone())
}

/// Takes a way in away. It only takes: no confirmation is asked for.
pub fn disconnect(app: &App, call: &Call, id: IdentityId) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = may_disconnect(unit, acting, id)?;
        identities::remove(unit, row.user, id)?;
        unit.feed(acting.now, "user.identity", row.user)?;
        let login = acting.login();
        acting
            .record(Event::IdentityUnlink)
            .user(row.user, login)
            .with("issuer", row.issuer.as_str())
            .with("identity", row.label.as_str())
            .write(unit)?;
        let provider = finish::provider(app, &row.issuer);
        let notice = Notice::IdentityUnlinked { provider };
        notices::tell(unit, app, acting.now, row.user, &notice)
    })
}
