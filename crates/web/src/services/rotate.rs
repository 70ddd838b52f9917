//! A new value for a token of a service account, while the old one goes on for a while.

use askama::Template;
use jeton_api::ops;
use jeton_app::service_accounts::{self, RotateServiceToken, ServiceTokenView};
use jeton_app::tokens::ExpiryWish;
use jeton_app::{App, AppError, Call};
use jeton_domain::{Maximum, Operation};
use jeton_http::{Answer, Input, Method, Route};

use super::{ORG, around, as_one, id, name, page_of, preview, token};
use crate::around::Around;
use crate::operation::confirmed;
use crate::review::owners_page;
use crate::tokens::draft::Draft;
use crate::tokens::expiry::{Choice, lengths};
use crate::tokens::made::Earlier;
use crate::tokens::new::{SentKey, fresh_key, was_sent_before};
use crate::tokens::rotate::{DEFAULT_OVERLAP, OVERLAPS};
use crate::{Faults, Frame, Visit, settings};

static PAGE: Operation = confirmed(owners_page(
    "page.service_token_rotate",
    "Show the form that gives a token of a service account a new value.",
));

const PATH: &str =
    "/organizations/{org}/settings/service-accounts/{service}/tokens/{token_id}/rotate";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, ORG, show),
    Route::new(
        Method::Post,
        PATH,
        ops::service_accounts::ROTATE_TOKEN,
        ORG,
        rotate,
    ),
];

#[derive(Template)]
#[template(path = "services/rotate.html")]
struct Page {
    frame: Frame,
    around: Around,
    /// The page of the service account.
    back: String,
    login: String,
    name: String,
    key: String,
    expiries: Vec<Choice>,
    overlaps: Vec<Choice>,
    fault: String,
    faults: Faults,
}

/// The token in the path.
fn found(visit: &Visit<'_>) -> Result<ServiceTokenView, AppError> {
    let id = id(visit.input)?;
    let call = as_one(visit, &PAGE);
    let tokens = service_accounts::tokens_of(visit.app, &call, name(visit.input))?;
    let mut tokens = tokens.into_iter();
    tokens
        .find(|token| token.view.row.id == id)
        .ok_or(AppError::Missing("token"))
}

fn form(
    visit: &Visit<'_>,
    status: u16,
    key: String,
    fault: String,
    faults: Faults,
) -> Result<Answer, AppError> {
    let (app, input) = (visit.app, visit.input);
    let view = found(visit)?.view;
    let around = around(visit)?;
    let maximum: Maximum = preview(visit, name(input), &Draft::default())?.maximum;
    let chosen = match input.field("expires") {
        "" => maximum.default_days().to_string(),
        typed => typed.to_owned(),
    };
    let choice = |value: String, title: String| Choice {
        chosen: value == chosen,
        value,
        title,
    };
    let mut expiries: Vec<Choice> = lengths(maximum, app.now())
        .map(|(days, title)| choice(days.to_string(), title))
        .collect();
    if maximum == Maximum::Unlimited {
        expiries.push(choice("none".to_owned(), "Never".to_owned()));
    }
    let overlap = input.field("overlap").parse().unwrap_or(DEFAULT_OVERLAP);
    visit.page(
        status,
        &Page {
            frame: visit.frame("Rotate the token"),
            back: page_of(&around, &view.creator),
            login: view.creator,
            name: view.row.name,
            key,
            expiries,
            overlaps: OVERLAPS
                .into_iter()
                .map(|(seconds, title)| Choice {
                    value: seconds.to_string(),
                    title: title.to_owned(),
                    chosen: seconds == overlap,
                })
                .collect(),
            fault,
            faults,
            around,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let key = fresh_key(app);
    form(&visit, 200, key, String::new(), Faults::default())
}

fn rotate(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let SentKey { sent, form: kept } = SentKey::of(&visit);
    let typed = input.field("expires");
    let how = RotateServiceToken {
        expires_in: (!typed.is_empty()).then(|| {
            typed
                .parse()
                .map_or_else(|_| ExpiryWish::Word(typed.to_owned()), ExpiryWish::Days)
        }),
        expires_at: None,
        overlap_seconds: Some(input.field("overlap").parse().unwrap_or(DEFAULT_OVERLAP)),
    };
    let now = app.now();
    match service_accounts::rotate_token(app, call, (name(input), id(input)?), &how, sent) {
        Ok(issued) => {
            let older = issued.view.secrets.iter().skip(1);
            let ends = older.filter_map(|secret| secret.end().moment());
            let earlier = Earlier {
                ends: ends.filter(|at| !at.is_over_at(now)).max(),
                ..Earlier::default()
            };
            token::shown(&visit, &issued, earlier)
        }
        Err(error) if was_sent_before(&error) => {
            let told = "This form has given the token a new value already, which was shown once. Press again to give it another one.";
            let key = fresh_key(app);
            form(&visit, 409, key, told.to_owned(), Faults::default())
        }
        Err(AppError::Conflict { message, .. }) => {
            form(&visit, 409, kept, message, Faults::default())
        }
        Err(error) => form(&visit, 422, kept, String::new(), Faults::of(error)?),
    }
}
