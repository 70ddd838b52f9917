//! Where a webhook may lead.

use jeton_out::webhook::{Allowed, Target};

use crate::app::Inner;
use crate::error::AppError;

/// Reads an address that somebody wants a webhook to have, and gives it as it is stored. Names in it are looked up and vetted
/// when something is sent.
pub(super) fn check(app: &Inner, text: &str) -> Result<String, AppError> {
    let public = Allowed::default();
    let allowed = app
        .hooks
        .get()
        .map_or(&public, |hooks| hooks.sender.allowed());
    match Target::parse(text, allowed) {
        Ok(_) => Ok(text.to_owned()),
        Err(why) => Err(AppError::invalid("Hook", "url", why)),
    }
}
