//! A lost answer, asked for again with the same key: the unseen value is killed, another is given.

use jeton_domain::{Span, UserId};
use jeton_store::secrets::{self, SecretRow};
use jeton_store::tombstones::Tombstone;
use jeton_store::{ReadUnit, WriteUnit};
use jeton_token::Purpose;

use crate::app::App;
use crate::authorize::Acting;
use crate::error::AppError;

/// How long a key is remembered.
const REMEMBERED: Span = Span::from_minutes(10);
const LONGEST_KEY: usize = 255;

/// A caller's key and what it was sent with, as keyed digests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Idempotency {
    key: [u8; 32],
    body: [u8; 32],
}

impl Idempotency {
    /// Digests a key, which belongs to the caller and the operation, and a body.
    pub(crate) fn new(
        app: &App,
        acting: &Acting<'_>,
        key: Option<&str>,
        body: &impl serde::Serialize,
    ) -> Result<Option<Self>, AppError> {
        let Some(key) = key else { return Ok(None) };
        if key.is_empty() || key.len() > LONGEST_KEY {
            return Err(AppError::invalid(
                "Idempotency-Key",
                "Idempotency-Key",
                "takes 1 to 255 bytes",
            ));
        }
        let user: UserId = acting.user()?;
        let digest = |text: &str| {
            app.ring
                .digest(Purpose::Link, app.ring.newest(), text.as_bytes())
                .map(|d| *d.as_bytes())
                .ok_or_else(|| AppError::Data("the newest key is missing".to_owned()))
        };
        let body =
            serde_json::to_string(body).map_err(|error| AppError::Data(error.to_string()))?;
        Ok(Some(Self {
            key: digest(&format!(
                "idempotency\n{user}\n{}\n{key}",
                acting.call.operation.name
            ))?,
            body: digest(&format!("body\n{body}"))?,
        }))
    }

    /// For the new row.
    pub(crate) fn pair(self) -> ([u8; 32], [u8; 32]) {
        (self.key, self.body)
    }

    /// The value given under this key before, if it can still be replaced: asked for with the same body,
    /// the newest of its token, and not used yet.
    ///
    /// INVARIANT: of a token's values none but the newest lives without a deadline. What takes the place
    /// of the newest keeps that; what took the place of another would be a second.
    pub(crate) fn earlier(
        self,
        unit: &mut ReadUnit<'_>,
        acting: &Acting<'_>,
    ) -> Result<Option<SecretRow>, AppError> {
        let since = acting.now.before(REMEMBERED);
        let Some((secret, body)) = secrets::by_idempotency(unit, &self.key, since)? else {
            return Ok(None);
        };
        if body != self.body {
            return Err(AppError::invalid(
                "Idempotency-Key",
                "Idempotency-Key",
                "was used with another body; take a new key",
            ));
        }
        let newest = secrets::of_token(unit, secret.token)?.into_iter().next();
        let gone = if secret.first_used_at.is_some() {
            "The value given under this key is in use already; rotate the token instead."
        } else if newest.is_none_or(|newest| newest.id != secret.id) {
            "The token got another value since the one given under this key; take a new key."
        } else if secret.end().is_over_at(acting.now) {
            "The value given under this key is over; take a new key."
        } else {
            return Ok(Some(secret));
        };
        Err(AppError::conflict("idempotency_used", gone))
    }
}

/// Ends a value that nobody saw.
pub(crate) fn kill_unseen(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    secret: &SecretRow,
) -> Result<(), AppError> {
    secrets::retire(unit, secret.id, acting.now, "unseen")?;
    unit.tombstone(acting.now, &Tombstone::SecretRetired(secret.id))?;
    Ok(())
}
