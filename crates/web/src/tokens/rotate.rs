//! A new value for a token, while the old one goes on for a while.

use askama::Template;
use jeton_api::ops;
use jeton_app::tokens::{self, ExpiryWish, NewClassicToken, NewToken, RotateToken, TokenView};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Expiry, Life, LifeFault, Maximum, Operation, Span, Time};
use jeton_http::{Answer, Input, Method, Names, Route};

use super::expiry::{Choice, lengths};
use super::made::Earlier;
use super::new::{SentKey, fresh_key, was_sent_before};
use super::{CLASSIC, Pages, id, made};
use crate::operation::{confirmed, own_page};
use crate::{Faults, Frame, Visit, settings, words};

static PAGE: Operation = confirmed(own_page(
    "page.token_rotate",
    "Show the form that gives a token a new value.",
));

const PATH: &str = "/settings/personal-access-tokens/{token_id}/rotate";
const CLASSIC_PATH: &str = "/settings/tokens/{token_id}/rotate";

const fn form_at(path: &'static str) -> Route {
    Route::new(Method::Get, path, &PAGE, Names::Own, show)
}

const fn deed_at(path: &'static str) -> Route {
    Route::new(Method::Post, path, ops::tokens::ROTATE, Names::Own, rotate)
}

pub(crate) static ROUTES: &[Route] = &[
    form_at(PATH),
    deed_at(PATH),
    form_at(CLASSIC_PATH),
    deed_at(CLASSIC_PATH),
];

/// How long the old value goes on: seconds, in words.
pub(crate) const OVERLAPS: [(u32, &str); 5] = [
    (0, "It ends at once"),
    (3600, "For one hour"),
    (86_400, "For one day"),
    (604_800, "For seven days"),
    (2_592_000, "For 30 days"),
];
pub(crate) const DEFAULT_OVERLAP: u32 = 86_400;

#[derive(Template)]
#[template(path = "tokens/rotate.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
    pages: &'static Pages,
    id: i64,
    name: String,
    key: String,
    expiries: Vec<Choice>,
    /// The owner's maximum in a sentence.
    longest: String,
    /// None where no value goes on.
    overlaps: Vec<Choice>,
    first_use: bool,
    suspended: bool,
    /// An earlier value still goes on.
    overlap: bool,
    faults: Faults,
    fault: String,
}

impl Page {
    #[expect(clippy::unused_self, reason = "the template asks the page")]
    fn label<'a>(&self, field: &'a str) -> &'a str {
        match field {
            "expires_in" | "expires_at" => "The new value lives",
            other => other,
        }
    }
}

/// The longest that a new token of that kind and owner may live.
fn maximum(visit: &Visit<'_>, view: &TokenView) -> Result<Maximum, AppError> {
    let app = visit.app;
    if Pages::of(view) == &CLASSIC {
        let call = visit.own(ops::classic::PREVIEW);
        let preview = tokens::preview_classic(app, &call, &NewClassicToken::default())?;
        return Ok(preview.maximum);
    }
    let new = NewToken {
        owner: Some(view.owner.0.clone()),
        ..NewToken::default()
    };
    Ok(tokens::preview(app, &visit.own(ops::tokens::PREVIEW), &new)?.maximum)
}

/// How long the new value lives where nothing is chosen: as long as the one before, as far as the owner lets it.
fn as_before(view: &TokenView, lets: &str, maximum: Maximum, now: Time) -> String {
    let Some(last) = view.secrets.first() else {
        return "As long as the value before".to_owned();
    };
    let length = match last.expiry {
        Expiry::At(end) => {
            Maximum::Days(u32::try_from(end.since(last.created_at).days_up()).unwrap_or(u32::MAX))
        }
        Expiry::Never => Maximum::Unlimited,
    };
    match length.and(maximum) {
        Maximum::Unlimited => "For ever, as the value before".to_owned(),
        Maximum::Days(days) => {
            let as_before = last
                .expiry
                .moment()
                .filter(|_| length == Maximum::Days(days));
            let (as_long, span) = match as_before {
                Some(end) => (
                    "As long as the value before".to_owned(),
                    end.since(last.created_at),
                ),
                None => (format!("As long as {lets} lets it"), Span::from_days(days)),
            };
            format!("{as_long}: {days} days ({})", now.after(span).date())
        }
    }
}

/// What the values are worth where they don't simply work: `goes_on`, the earlier one has not ended.
fn worth(before: &TokenView, after: &TokenView, goes_on: bool) -> String {
    let refused = |view: &TokenView| match (view.state, &view.state_sentence) {
        ("active", Some(why)) => Some(words::quoted(why)),
        _ => None,
    };
    match (refused(before), refused(after)) {
        _ if after.state == "suspended" && goes_on => {
            "The token is suspended: neither value works until you resume it.".to_owned()
        }
        _ if after.state == "suspended" => {
            "The token is suspended: the value works once you resume it.".to_owned()
        }
        (_, Some(why)) => format!("The token is refused, with the new value too: {why}"),
        (Some(why), None) if goes_on => format!(
            "The earlier value is of no use: {why} Put the new one in its place everywhere."
        ),
        _ => String::new(),
    }
}

fn form(
    visit: &Visit<'_>,
    status: u16,
    key: String,
    faults: Faults,
    fault: String,
) -> Result<Answer, AppError> {
    let (app, input) = (visit.app, visit.input);
    let id = id(input)?;
    let view = tokens::show(app, &visit.own(ops::tokens::SHOW), id)?;
    if matches!(view.row.life, Life::Revoked { .. }) {
        return Err(AppError::conflict("state", LifeFault::Revoked.to_string()));
    }
    let now = app.now();
    let chosen = input.field("expires");
    let pages = Pages::of(&view);
    let maximum = maximum(visit, &view)?;
    // Of a classic token's owners none is asked: the site alone is.
    let (lets, who) = if pages.is_classic() {
        ("this server", "This server")
    } else {
        (view.owner.0.as_str(), view.owner.0.as_str())
    };
    let mut expiries = vec![Choice {
        value: String::new(),
        title: as_before(&view, lets, maximum, now),
        chosen: chosen.is_empty(),
    }];
    expiries.extend(lengths(maximum, now).map(|(days, title)| Choice {
        value: days.to_string(),
        title,
        chosen: chosen == days.to_string(),
    }));
    let longest = match maximum {
        Maximum::Days(days) => format!("{who} lets tokens live at most {days} days."),
        Maximum::Unlimited => String::new(),
    };
    let overlap = input.field("overlap").parse().unwrap_or(DEFAULT_OVERLAP);
    let living = view
        .secrets
        .iter()
        .filter(|secret| !secret.end().is_over_at(now))
        .count();
    visit.page(
        status,
        &Page {
            frame: visit.frame("Regenerate token"),
            menu: pages.root,
            pages,
            id: id.get(),
            name: view.row.name.clone(),
            key,
            expiries,
            longest,
            overlaps: OVERLAPS
                .into_iter()
                .filter(|_| living > 0)
                .map(|(seconds, title)| Choice {
                    value: seconds.to_string(),
                    title: title.to_owned(),
                    chosen: seconds == overlap,
                })
                .collect(),
            first_use: input.field("first_use") == "yes",
            suspended: view.state == "suspended",
            overlap: living > 1,
            faults,
            fault,
        },
    )
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    form(
        &visit,
        200,
        fresh_key(app),
        Faults::default(),
        String::new(),
    )
}

fn rotate(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let SentKey { sent, form: kept } = SentKey::of(&visit);
    let how = RotateToken {
        expires_in: match input.field("expires") {
            "" => None,
            text => Some(
                text.parse()
                    .map_or_else(|_| ExpiryWish::Word(text.to_owned()), ExpiryWish::Days),
            ),
        },
        expires_at: None,
        overlap_seconds: Some(input.field("overlap").parse().unwrap_or(DEFAULT_OVERLAP)),
        until: (input.field("first_use") == "yes").then(|| "first_use".to_owned()),
        replace: input.field("replace") == "yes",
    };
    let before = tokens::show(app, &visit.own(ops::tokens::SHOW), id(input)?)?;
    match tokens::rotate(app, call, id(input)?, &how, sent) {
        Ok(rotated) => {
            let earlier = Earlier {
                ends: rotated.old_ends_at,
                refused: worth(&before, &rotated.view, rotated.old_ends_at.is_some()),
                leaver: None,
            };
            made::page(
                &visit,
                &rotated.view,
                &rotated.secret,
                earlier,
                rotated.again,
            )
        }
        Err(error) if was_sent_before(&error) => {
            let told = "This form has given the token a new value already, which was shown once. Press again to give it another one.";
            form(
                &visit,
                409,
                fresh_key(app),
                Faults::default(),
                told.to_owned(),
            )
        }
        Err(AppError::Conflict {
            code: "overlap", ..
        }) => {
            let told = "The value before this one still goes on from the last time. Choose below to end it, and press again.";
            form(&visit, 409, kept, Faults::default(), told.to_owned())
        }
        Err(AppError::Conflict { message, .. }) => {
            form(&visit, 409, kept, Faults::default(), message)
        }
        Err(error) => form(&visit, 422, kept, Faults::of(error)?, String::new()),
    }
}
