//! Questions to browsers: kept by the server, bound to what they are asked for, good once.

use jeton_domain::{Span, Time, UserId, hex};
use jeton_factors::{Asked, Challenge};
use jeton_store::challenges::{self, ChallengeRow, NewChallenge, Purpose};
use jeton_token::Purpose as DigestPurpose;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::app::{App, Inner};
use crate::error::AppError;

/// How long a browser may take to answer: people look for their device.
pub(crate) const ANSWER_WITHIN: Span = Span::from_minutes(5);

/// What names a question, and only its browser has.
#[derive(Clone)]
pub struct ChallengeValue(Zeroizing<String>);

impl std::fmt::Debug for ChallengeValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChallengeValue(…)")
    }
}

impl ChallengeValue {
    /// Takes what a browser sent.
    pub fn new(sent: impl Into<String>) -> Self {
        Self(Zeroizing::new(sent.into()))
    }

    /// The value.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A question for a browser.
#[derive(Clone, Debug)]
pub struct AskedBrowser {
    /// What to send back with the answer.
    pub value: ChallengeValue,
    /// What the browser's own function takes.
    pub options: Value,
}

/// A fresh value: 32 random bytes as text.
pub(crate) fn fresh(app: &Inner) -> ChallengeValue {
    let bytes = Zeroizing::new(app.random::<32>());
    ChallengeValue(Zeroizing::new(hex(&*bytes)))
}

/// What is digested: a question is found only by its value and by what it was bound to.
fn text(purpose: Purpose, to: &str, value: &ChallengeValue) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(format!("{}/{to}/{}", purpose.name(), value.0.as_str()).into_bytes())
}

/// Under the newest key, to be stored.
pub(crate) fn now_digest(
    app: &Inner,
    purpose: Purpose,
    to: &str,
    value: &ChallengeValue,
) -> Result<[u8; 32], AppError> {
    app.ring
        .digest(
            DigestPurpose::Link,
            app.ring.newest(),
            &text(purpose, to, value),
        )
        .map(|digest| *digest.as_bytes())
        .ok_or_else(|| AppError::Data("the newest key is missing".to_owned()))
}

/// Under every key, to be looked for.
pub(crate) fn digests(
    app: &Inner,
    purpose: Purpose,
    to: &str,
    value: &ChallengeValue,
) -> Vec<[u8; 32]> {
    // Nothing longer was ever handed out.
    if value.0.len() != 64 {
        return Vec::new();
    }
    let text = text(purpose, to, value);
    app.ring
        .key_ids()
        .filter_map(|key| app.ring.digest(DigestPurpose::Link, key, &text))
        .map(|digest| *digest.as_bytes())
        .collect()
}

/// Keeps a question. `to`: what it is bound to besides its value; `bound`: the sign-in whose newest question of
/// its kind it is.
pub(super) fn keep(
    app: &App,
    purpose: Purpose,
    to: &str,
    bound: i64,
    user: Option<UserId>,
    asked: Asked,
    now: Time,
) -> Result<AskedBrowser, AppError> {
    let value = fresh(app);
    let digest = now_digest(app, purpose, to, &value)?;
    let state = asked.challenge.to_text().map_err(super::passkeys::fault)?;
    app.store.side(|unit| {
        challenges::ask(
            unit,
            &NewChallenge {
                digest,
                purpose,
                bound,
                user,
                state: &state,
                now,
                expires_at: now.after(ANSWER_WITHIN),
            },
        )
    })?;
    Ok(AskedBrowser {
        value,
        options: asked.options,
    })
}

/// Takes a question that is answered now. `None`: there is none such, it is over, or it was answered.
///
/// SECURITY: it is gone in its own commit before the answer is looked at, so that no answer is tried twice.
pub(super) fn take(
    app: &App,
    purpose: Purpose,
    to: &str,
    value: &ChallengeValue,
    now: Time,
) -> Result<Option<(ChallengeRow, Challenge)>, AppError> {
    for digest in digests(app, purpose, to, value) {
        let found = app
            .store
            .side(|unit| challenges::take(unit, &digest, purpose, now))?;
        if let Some(row) = found {
            let challenge = Challenge::from_text(&row.state).map_err(super::passkeys::fault)?;
            return Ok(Some((row, challenge)));
        }
    }
    Ok(None)
}
