//! An authenticator app: set up in two steps, so that nobody is asked for codes that their app does not show.

use jeton_domain::{AuthenticatorId, Event, Span};
use jeton_factors::Seed;
use jeton_store::ReadUnit;
use jeton_store::factors::{self, AuthenticatorRow};
use jeton_store::tombstones::Tombstone;

use super::{AUTHENTICATOR, Codes, RESOURCE, changed, codes_with_the_first, settle_codes};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::seal::SealedIn;

/// How long what was begun can be finished.
const BEGUN: Span = Span::from_hours(1);

/// An authenticator in the making: shown once.
#[derive(Debug)]
pub struct Beginning {
    /// The seed.
    pub seed: Seed,
    /// Whose.
    pub login: String,
}

impl Beginning {
    /// The seed as people type it.
    pub fn expose_key(&self) -> Result<String, AppError> {
        self.seed.expose_key().map_err(seed_fault)
    }

    /// What an app reads from a picture. `host`: how people know this server.
    pub fn expose_url(&self, host: &str) -> Result<String, AppError> {
        self.seed.expose_url(&self.login, host).map_err(seed_fault)
    }
}

pub(super) fn seed_fault(error: jeton_factors::SeedFault) -> AppError {
    AppError::Data(error.to_string())
}

/// The seed of a stored authenticator.
pub(super) fn unsealed(app: &App, row: &AuthenticatorRow) -> Result<Seed, AppError> {
    let bytes = app.unseal(SealedIn::AuthenticatorSeed, row.id.get(), &row.seed)?;
    Seed::from_stored(&bytes).map_err(seed_fault)
}

/// Begins to set one up: makes a seed. It counts for nothing until a code of it was shown.
pub fn begin_authenticator(app: &App, call: &Call) -> Result<Beginning, AppError> {
    app.write(call, |unit, acting| {
        let user = acting.user()?;
        let seed = Seed::new(app.random());
        let id: AuthenticatorId = unit.allocate()?;
        let sealed = app.seal(SealedIn::AuthenticatorSeed, id.get(), seed.expose())?;
        factors::begin(unit, id, user, &sealed, acting.now)?;
        changed(unit, acting, Event::FactorBegin, AUTHENTICATOR, None)?;
        let login = acting.login().to_owned();
        Ok(Beginning { seed, login })
    })
}

/// What the caller is setting up, once more.
pub fn begun_authenticator(app: &App, call: &Call) -> Result<Beginning, AppError> {
    app.read(call, |unit, acting| {
        let row =
            factors::beginning(unit, acting.user()?)?.ok_or(AppError::Missing("authenticator"))?;
        let login = acting.login().to_owned();
        Ok(Beginning {
            seed: unsealed(app, &row)?,
            login,
        })
    })
}

/// Finishes it by a code of it. An earlier authenticator is replaced. With the first factor come recovery
/// codes.
pub fn finish_authenticator(app: &App, call: &Call, code: &str) -> Result<Codes, AppError> {
    app.write(call, |unit, acting| {
        let user = acting.user()?;
        let begun = may_finish_authenticator(unit, acting)?;
        let step = unsealed(app, &begun)?
            .step(code, acting.now.seconds())
            .map_err(seed_fault)?;
        let Some(step) = step else {
            return Err(AppError::invalid(
                RESOURCE,
                "code",
                "is not what the app shows now: look at the clock of the device, and type the next one",
            ));
        };
        let before = factors::held(unit, user)?;
        if let Some(old) = factors::confirmed(unit, user)? {
            factors::remove_authenticator(unit, old.id)?;
            unit.tombstone(acting.now, &Tombstone::AuthenticatorRemoved(old.id))?;
        }
        factors::confirm(unit, begun.id, step, acting.now)?;
        changed(unit, acting, Event::FactorAdd, AUTHENTICATOR, None)?;
        codes_with_the_first(unit, acting, before)
    })
}

/// What was begun, and is not over.
pub fn may_finish_authenticator(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
) -> Result<AuthenticatorRow, AppError> {
    factors::beginning(unit, acting.user()?)?
        .filter(|row| !row.created_at.after(BEGUN).is_over_at(acting.now))
        .ok_or_else(|| {
            AppError::conflict("state", "No authenticator is being set up; begin again.")
        })
}

/// The one that there is.
pub fn may_remove_authenticator(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
) -> Result<AuthenticatorRow, AppError> {
    factors::confirmed(unit, acting.user()?)?.ok_or(AppError::Missing("authenticator"))
}

/// Removes it.
pub fn remove_authenticator(app: &App, call: &Call) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let row = may_remove_authenticator(unit, acting)?;
        factors::remove_authenticator(unit, row.id)?;
        unit.tombstone(acting.now, &Tombstone::AuthenticatorRemoved(row.id))?;
        changed(unit, acting, Event::FactorRemove, AUTHENTICATOR, None)?;
        settle_codes(unit, acting)
    })
}
