//! Stopping a token, letting it go on, ending it; asking its owner.

use jeton_api::ops;
use jeton_app::{App, AppError, Call, tokens};
use jeton_domain::{CredentialKind, TokenId};
use jeton_http::{Answer, Input, Method, Names, Route};

use super::{Pages, id, show};
use crate::{Faults, Said, Visit};

const fn deed(
    path: &'static str,
    operation: &'static jeton_domain::Operation,
    handler: fn(&App, &Call, &Input) -> Result<Answer, AppError>,
) -> Route {
    Route::new(Method::Post, path, operation, Names::Own, handler)
}

pub(crate) static ROUTES: &[Route] = &[
    deed(
        "/settings/personal-access-tokens/{token_id}/suspend",
        ops::tokens::SUSPEND,
        suspend,
    ),
    deed(
        "/settings/personal-access-tokens/{token_id}/resume",
        ops::tokens::RESUME,
        resume,
    ),
    deed(
        "/settings/personal-access-tokens/{token_id}/revoke",
        ops::tokens::REVOKE,
        revoke,
    ),
    deed(
        "/settings/personal-access-tokens/{token_id}/delete",
        ops::tokens::DELETE,
        delete,
    ),
    deed(
        "/settings/personal-access-tokens/{token_id}/finish",
        ops::tokens::FINISH,
        finish,
    ),
    deed(
        "/settings/tokens/{token_id}/suspend",
        ops::tokens::SUSPEND,
        suspend,
    ),
    deed(
        "/settings/tokens/{token_id}/resume",
        ops::tokens::RESUME,
        resume,
    ),
    deed(
        "/settings/tokens/{token_id}/revoke",
        ops::tokens::REVOKE,
        revoke,
    ),
    deed(
        "/settings/tokens/{token_id}/delete",
        ops::tokens::DELETE,
        delete,
    ),
    deed(
        "/settings/tokens/{token_id}/finish",
        ops::tokens::FINISH,
        finish,
    ),
    deed(
        "/settings/personal-access-tokens/{token_id}/ask",
        ops::tokens::ASK,
        ask,
    ),
    deed(
        "/settings/personal-access-tokens/{token_id}/cancel-request",
        ops::tokens::CANCEL,
        cancel,
    ),
];

/// Back to the token's page, among those of its kind.
fn back(app: &App, said: Said, kind: CredentialKind, id: TokenId) -> Answer {
    said.redirect(app, &Pages::of_kind(kind).of_token(id))
}

fn suspend(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let id = id(input)?;
    let kind = tokens::suspend(app, call, id)?.row.kind;
    Ok(back(app, Said::TOKEN_SUSPENDED, kind, id))
}

fn resume(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let id = id(input)?;
    let kind = tokens::resume(app, call, id)?.row.kind;
    Ok(back(app, Said::TOKEN_RESUMED, kind, id))
}

fn revoke(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let id = id(input)?;
    let kind = tokens::revoke(app, call, id)?;
    Ok(back(app, Said::TOKEN_REVOKED, kind, id))
}

fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let kind = tokens::delete(app, call, id(input)?)?;
    Ok(Said::TOKEN_DELETED.redirect(app, Pages::of_kind(kind).root))
}

fn finish(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let id = id(input)?;
    let kind = tokens::finish(app, call, id)?.row.kind;
    Ok(back(app, Said::ROTATION_FINISHED, kind, id))
}

fn ask(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let id = id(input)?;
    let justification = input.field("justification");
    let given = (!justification.is_empty()).then_some(justification);
    match tokens::ask_again(app, call, id, given) {
        Ok(view) => Ok(back(app, Said::REQUEST_SENT, view.row.kind, id)),
        // What was typed is kept.
        Err(error) => {
            let faults = Faults::of(error)?;
            let visit = Visit::new(app, call, input)?;
            show::page(&visit, Some((justification.to_owned(), faults)))
        }
    }
}

fn cancel(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let id = id(input)?;
    let kind = tokens::cancel_request(app, call, id)?.row.kind;
    Ok(back(app, Said::REQUEST_CANCELLED, kind, id))
}
