//! A token of a service account: made, and revoked.

use jeton_api::ops;
use jeton_app::service_accounts::{self, Issued};
use jeton_app::{App, AppError, Call};
use jeton_domain::Operation;
use jeton_http::{Answer, Input, Method, Route};

use super::{ORG, around, for_service, id, kept, name, page_of};
use crate::operation::confirmed;
use crate::review::owners_page;
use crate::tokens::draft::Draft;
use crate::tokens::form::page;
use crate::tokens::made::{self, Earlier, Home};
use crate::tokens::new::{MADE_BEFORE, SentKey, fresh_key, was_sent_before};
use crate::tokens::purpose::Purpose;
use crate::{Faults, Said, Visit};

/// Asks to confirm access before anything is filled in, so that nothing is asked for twice.
pub(super) static PAGE: Operation = confirmed(owners_page(
    "page.service_token_new",
    "Show the form of a new token of a service account.",
));

const PATH: &str = "/organizations/{org}/settings/service-accounts/{service}/tokens/new";
const TITLE: &str = "New token";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, ORG, show),
    Route::new(
        Method::Post,
        PATH,
        ops::service_accounts::MAKE_TOKEN,
        ORG,
        make,
    ),
    Route::new(
        Method::Post,
        "/organizations/{org}/settings/service-accounts/{service}/tokens/{token_id}/revoke",
        ops::service_accounts::REVOKE_TOKEN,
        ORG,
        revoke,
    ),
];

fn form(
    visit: &Visit<'_>,
    mut draft: Draft,
    key: String,
    told: Option<Faults>,
) -> Result<Answer, AppError> {
    let service = kept(visit, &PAGE)?.row.login;
    draft.owner = around(visit)?.name();
    page(visit, TITLE, draft, Purpose::Serve { key, service }, told)
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let draft = Draft::from_link(input.queries());
    form(&visit, draft, fresh_key(app), None)
}

fn make(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let draft = Draft::from_form(input.form());
    let key = SentKey::of(&visit);
    if input.field("step") != "make" {
        return form(&visit, draft, key.form, None);
    }
    let made = draft.wish().and_then(|wish| {
        service_accounts::make_token(app, call, name(input), &for_service(wish), key.sent)
    });
    match made {
        Ok(issued) => shown(&visit, &issued, Earlier::default()),
        Err(error) if was_sent_before(&error) => {
            let told = Faults::one("name", MADE_BEFORE);
            form(&visit, draft, fresh_key(app), Some(told))
        }
        Err(error) => form(&visit, draft, key.form, Some(Faults::of(error)?)),
    }
}

/// Shows a value of a service account's token, once.
pub(crate) fn shown(
    visit: &Visit<'_>,
    issued: &Issued,
    earlier: Earlier,
) -> Result<Answer, AppError> {
    let around = around(visit)?;
    let home = Home {
        page: page_of(&around, &issued.view.creator),
        title: "service account's page",
        finishes: false,
    };
    let value = (&issued.view, &issued.secret);
    made::page_at(visit, (around, home), value, earlier, issued.again)
}

fn revoke(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    service_accounts::revoke_token(app, call, name(input), id(input)?)?;
    let path = page_of(&around(&visit)?, name(input));
    Ok(Said::TOKEN_REVOKED.redirect(app, &path))
}
