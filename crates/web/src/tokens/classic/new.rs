//! Making a classic token.

use jeton_api::ops;
use jeton_app::{App, AppError, Call, tokens};
use jeton_domain::Operation;
use jeton_http::{Answer, Input, Method, Names, Route};

use super::super::made;
use super::super::new::{MADE_BEFORE, SentKey, fresh_key, was_sent_before};
use super::super::purpose::Purpose;
use super::draft::Draft;
use super::form::{self, Read};
use super::overview::Prospect;
use crate::operation::{confirmed, own_page};
use crate::{Faults, Visit};

/// Asks to confirm access before anything is filled in, so that nothing is asked for twice.
static PAGE: Operation = confirmed(own_page(
    "page.classic_token_new",
    "Show the form of a new classic token.",
));

const PATH: &str = "/settings/tokens/new";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, Names::Own, show),
    Route::new(Method::Post, PATH, ops::classic::CREATE, Names::Own, make),
];

fn page(
    visit: &Visit<'_>,
    draft: Draft,
    key: String,
    told: Option<Faults>,
) -> Result<Answer, AppError> {
    let call = visit.own(ops::classic::PREVIEW);
    let preview = tokens::preview_classic(visit.app, &call, &draft.wish())?;
    let read = Read {
        scopes: preview.scopes,
        prospect: Prospect::of_preview(&preview, &draft.name, &draft.expires),
        maximum: Some(preview.maximum),
        faults: Faults::of(AppError::Invalid(preview.faults))?,
    };
    let purpose = Purpose::Make { key };
    form::page(visit, "New classic token", draft, read, purpose, told)
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    page(
        &visit,
        Draft::from_link(input.queries()),
        fresh_key(app),
        None,
    )
}

fn make(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let draft = Draft::from_form(input.form());
    let key = SentKey::of(&visit);
    if input.field("step") != "make" {
        return page(&visit, draft, key.form, None);
    }
    match tokens::create_classic(app, call, &draft.wish(), key.sent) {
        Ok(created) => made::created(&visit, &created),
        Err(error) if was_sent_before(&error) => {
            let told = Faults::one("name", MADE_BEFORE);
            page(&visit, draft, fresh_key(app), Some(told))
        }
        // What was typed is kept.
        Err(AppError::Forbidden(message)) => {
            page(&visit, draft, key.form, Some(Faults::one("name", message)))
        }
        Err(error) => page(&visit, draft, key.form, Some(Faults::of(error)?)),
    }
}
