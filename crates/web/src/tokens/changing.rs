//! Changing a token by its form, whatever its kind: shown as it is, looked at again, saved where nobody changed it since.

use jeton_api::ops;
use jeton_app::tokens::{self, TokenView};
use jeton_app::{App, AppError, Call};
use jeton_domain::TokenId;
use jeton_http::{Answer, Input};

use super::{Pages, elsewhere, id};
use crate::{Faults, Said, Seen, Values, Visit};

/// What a kind's form holds.
pub(super) trait Changing: Sized {
    /// Where the kind is at home.
    const PAGES: &'static Pages;

    /// From a form.
    fn from_form(form: &[(String, String)]) -> Self;

    /// From the token.
    fn from_token(view: &TokenView) -> Self;

    /// Everything that the form holds.
    fn values(&self) -> Values;

    /// Renders the form. `told`: what is wrong, where it was sent to be saved.
    fn form(
        self,
        visit: &Visit<'_>,
        view: &TokenView,
        seen: Seen,
        told: Option<Faults>,
    ) -> Result<Answer, AppError>;

    /// Makes the token that the form was filled from as it says.
    fn save(&self, app: &App, call: &Call, id: TokenId, now: &Self) -> Result<(), AppError>;
}

/// The token as it is now.
fn now(visit: &Visit<'_>) -> Result<TokenView, AppError> {
    tokens::show(visit.app, &visit.own(ops::tokens::SHOW), id(visit.input)?)
}

pub(super) fn show<D: Changing>(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let view = now(&visit)?;
    if let Some(answer) = elsewhere(&view, D::PAGES, "/edit") {
        return Ok(answer);
    }
    let draft = D::from_token(&view);
    let seen = Seen::of(&draft.values());
    draft.form(&visit, &view, seen, None)
}

pub(super) fn save<D: Changing>(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let draft = D::from_form(input.form());
    let view = now(&visit)?;
    if input.field("step") != "save" {
        return draft.form(&visit, &view, Seen::kept(input), None);
    }
    let now = D::from_token(&view);
    let seen = Seen::sent(input, &now.values());
    if seen.is_stale() {
        return draft.form(&visit, &view, seen, None);
    }
    match draft.save(app, call, view.row.id, &now) {
        Ok(()) => Ok(Said::TOKEN_CHANGED.redirect(app, &D::PAGES.of_token(view.row.id))),
        Err(error) => draft.form(&visit, &view, seen, Some(Faults::of(error)?)),
    }
}
