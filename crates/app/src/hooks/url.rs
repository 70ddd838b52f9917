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
    // The parser leaves them out or escapes them: what is stored is to be what is asked.
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(AppError::invalid(
            "Hook",
            "url",
            "holds a blank or a character that does not print",
        ));
    }
    match Target::parse(text, allowed) {
        Ok(_) => Ok(text.to_owned()),
        Err(why) => Err(AppError::invalid("Hook", "url", why)),
    }
}
