//! Where a webhook may lead.

use ::url::Url;
use jeton_out::webhook::{Allowed, Target};

use crate::app::Inner;
use crate::error::AppError;

/// Reads an address that somebody wants a webhook to have. Names in it are looked up and vetted when something is sent.
pub fn check(app: &Inner, text: &str) -> Result<Url, AppError> {
    let public = Allowed::default();
    let allowed = app
        .hooks
        .get()
        .map_or(&public, |hooks| hooks.sender.allowed());
    Target::parse(text, allowed)
        .map(Target::into_url)
        .map_err(|why| AppError::invalid("Hook", "url", why))
}
