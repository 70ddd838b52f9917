//! Signing in through an outside `OpenID` Connect provider.
//!
//! A *question* goes to the provider by way of the person's browser and comes back as an answer. The browser holds the one
//! value that belongs to it, in a cookie; the database holds a digest of it, and whether it was used. State, nonce and verifier
//! are made from that value, so a stolen database finishes no question, and an answer without its cookie is nobody's.
//!
//! SECURITY: an account is found by issuer and subject alone. An address counts only where the provider vouches for it and the
//! operator lets it connect accounts, and never opens one by itself.

mod accounts;
mod connected;
mod finish;
mod start;

use std::sync::Arc;

use jeton_domain::{Span, hex};
use jeton_out::oidc::{Identity, Provider};
use jeton_store::identities::Purpose;
use jeton_token::Purpose as KeyPurpose;
use zeroize::Zeroizing;

use crate::app::App;
use crate::error::AppError;

pub use connected::{connected, disconnect, may_disconnect};
pub use finish::{Finished, Returned, finish, not_ours};
pub use start::{Started, start};

/// What a question is for.
pub type QuestionPurpose = Purpose;

/// How long a question waits for its answer.
pub const QUESTION_LIVES: Span = Span::from_minutes(10);
/// Characters of the value that a browser holds: 32 random bytes in hexadecimal.
const BROWSER_LENGTH: usize = 64;

/// What the operator says of the provider, and of whom to let in through it.
#[derive(Debug)]
pub struct Outside {
    /// The provider.
    pub provider: Provider,
    /// What people call it: on the button.
    pub name: String,
    /// Somebody who comes for the first time gets an account.
    pub create_accounts: bool,
    /// An account with the same verified address is connected without asking its owner.
    pub connect_by_address: bool,
    /// Domains of verified addresses that are let in; none: all.
    pub domains: Vec<String>,
    /// Words of `amr` or `acr` that stand for two factors.
    pub two_factors: Vec<String>,
}

impl Outside {
    /// Whether the provider says, in words that the operator takes, that the person showed two factors.
    fn is_strong(&self, identity: &Identity) -> bool {
        self.two_factors
            .iter()
            .any(|word| identity.methods.contains(word) || identity.context.as_ref() == Some(word))
    }

    /// The address that the provider vouches for.
    fn vouched(identity: &Identity) -> Option<&str> {
        identity
            .email
            .as_deref()
            .filter(|email| identity.email_verified && crate::users::check_email(email).is_ok())
    }

    /// Whether somebody from there may come in at all.
    fn lets_in(&self, identity: &Identity) -> bool {
        if self.domains.is_empty() {
            return true;
        }
        Self::vouched(identity)
            .and_then(|email| email.rsplit_once('@'))
            .is_some_and(|(_, domain)| {
                self.domains
                    .iter()
                    .any(|allowed| allowed.eq_ignore_ascii_case(domain))
            })
    }
}

/// What the person's browser holds of a question.
pub struct BrowserValue(Zeroizing<String>);

impl BrowserValue {
    fn fresh(app: &App) -> Self {
        let bytes = Zeroizing::new(app.random::<32>());
        Self(Zeroizing::new(hex(&*bytes)))
    }

    /// Reads a cookie. Nothing, if it can't be one.
    pub fn parse(text: &str) -> Option<Self> {
        let well = text.len() == BROWSER_LENGTH && text.bytes().all(|b| b.is_ascii_hexdigit());
        well.then(|| Self(Zeroizing::new(text.to_ascii_lowercase())))
    }

    /// The value, for the cookie.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is made from it for one use: nobody gets from one to another.
    fn made(&self, app: &App, what: &str) -> Result<[u8; 32], AppError> {
        let text = Zeroizing::new(format!("provider question\n{what}\n{}", &*self.0));
        app.ring
            .digest(KeyPurpose::Link, app.ring.newest(), text.as_bytes())
            .map(|digest| *digest.as_bytes())
            .ok_or_else(|| AppError::Data("the newest key is missing".to_owned()))
    }

    /// Under which the database keeps the question.
    fn digest(&self, app: &App) -> Result<[u8; 32], AppError> {
        self.made(app, "digest")
    }

    /// Goes to the provider and comes back beside the code.
    fn state(&self, app: &App) -> Result<String, AppError> {
        Ok(hex(&self.made(app, "state")?))
    }

    /// Comes back inside the ID token.
    fn nonce(&self, app: &App) -> Result<String, AppError> {
        Ok(hex(&self.made(app, "nonce")?))
    }

    /// Proves at the exchange that the question was ours.
    fn verifier(&self, app: &App) -> Result<String, AppError> {
        Ok(hex(&self.made(app, "verifier")?))
    }
}

impl std::fmt::Debug for BrowserValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BrowserValue")
    }
}

impl App {
    /// What to call the outside provider, where there is one.
    pub fn outside_name(&self) -> Option<&str> {
        self.outside.get().map(|outside| outside.name.as_str())
    }

    /// Lets people sign in through an outside provider. Given once, by the wiring.
    pub fn set_outside(&self, outside: Outside) {
        // A second one would be of a second configuration of the same server: the first stays.
        let _ = self.outside.set(Arc::new(outside));
    }
}

fn outside(app: &App) -> Result<Arc<Outside>, AppError> {
    app.outside
        .get()
        .cloned()
        .ok_or(AppError::Missing("provider"))
}

/// The provider could not be asked, or its answer does not hold. What it said goes to the log, not to the browser.
fn failed(error: &jeton_out::oidc::OidcError, name: &str, request: &str) -> AppError {
    use jeton_out::oidc::OidcError;
    tracing::warn!(%error, request, "the sign-in provider");
    match error {
        OidcError::Unavailable(_) | OidcError::Setting(_) => AppError::conflict(
            "provider_unavailable",
            format!(
                "{name} does not answer as it should. Try again in a minute, or sign in by password."
            ),
        ),
        OidcError::Code(_) => AppError::conflict(
            "provider_code",
            format!("{name} takes the code no more. Begin again."),
        ),
        OidcError::Identity(_) => AppError::conflict(
            "provider_identity",
            format!(
                "What {name} said could not be verified. Begin again; if it happens twice, tell an administrator."
            ),
        ),
    }
}
