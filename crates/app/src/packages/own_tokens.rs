//! What `npm token` shows and ends.

use jeton_domain::{CredentialKind, TokenId};
use jeton_store::ReadUnit;

use crate::app::App;
use crate::authenticate::Known;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::tokens::{self, TokenView, children};

/// As many as are listed at once: npm asks for no further page.
const LISTED: u32 = 100;

/// The caller's tokens, newest first: of a token itself alone, as none shows another.
pub fn own_tokens(app: &App, call: &Call) -> Result<Vec<TokenView>, AppError> {
    if let Some(view) = tokens::oneself(app, call)?.token {
        return Ok(vec![view]);
    }
    let kinds = [CredentialKind::FineGrained, CredentialKind::Classic];
    Ok(tokens::list(app, call, &kinds, 0, LISTED)?.0)
}

/// A token that the caller may end here: itself, or by a sign-in one of one's own.
pub fn may_end_token(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    id: TokenId,
) -> Result<(), AppError> {
    match acting.known().and_then(Known::token) {
        Some(oneself) if oneself == id => Ok(()),
        Some(_) => Err(AppError::Missing("token")),
        None => tokens::own(unit, acting, id).map(drop),
    }
}

/// Ends it for ever.
pub fn end_token(app: &App, call: &Call, id: TokenId) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        may_end_token(unit, acting, id)?;
        let row = match acting.known().and_then(Known::token) {
            Some(_) => children::oneself_row(unit, acting)?,
            None => tokens::own(unit, acting, id)?,
        };
        children::give_up(unit, acting, &row)
    })
}
