//! Stopping a token, letting it go on, ending it; asking its owner.

use jeton_api::ops;
use jeton_app::{App, AppError, Call, tokens};
use jeton_domain::TokenId;
use jeton_http::{Answer, Input, Method, Names, Route};

use super::{MENU, id, show};
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

fn back(app: &App, said: Said, id: TokenId) -> Answer {
    said.redirect(app, &format!("{MENU}/{}", id.get()))
}

fn suspend(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let id = id(input)?;
    tokens::suspend(app, call, id)?;
    Ok(back(app, Said::TOKEN_SUSPENDED, id))
}

fn resume(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let id = id(input)?;
    tokens::resume(app, call, id)?;
    Ok(back(app, Said::TOKEN_RESUMED, id))
}

fn revoke(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let id = id(input)?;
    tokens::revoke(app, call, id)?;
    Ok(back(app, Said::TOKEN_REVOKED, id))
}

fn delete(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    tokens::delete(app, call, id(input)?)?;
    Ok(Said::TOKEN_DELETED.redirect(app, MENU))
}

fn finish(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let id = id(input)?;
    tokens::finish(app, call, id)?;
    Ok(back(app, Said::ROTATION_FINISHED, id))
}

fn ask(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let id = id(input)?;
    let justification = input.field("justification");
    let given = (!justification.is_empty()).then_some(justification);
    match tokens::ask_again(app, call, id, given) {
        Ok(_) => Ok(back(app, Said::REQUEST_SENT, id)),
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
    tokens::cancel_request(app, call, id)?;
    Ok(back(app, Said::REQUEST_CANCELLED, id))
}
