//! The form of a classic token, for making one and for changing one.

use askama::Template;
use jeton_app::AppError;
use jeton_http::Answer;

use super::super::expiry::{Choice, expiries};
use super::super::purpose::Purpose;
use super::super::told::Told;
use super::super::{CLASSIC, Pages};
use super::draft::Draft;
use super::overview::Prospect;
use super::scopes::{self, Row};
use crate::{Faults, Frame, Visit, settings, words};
use jeton_domain::{Maximum, Scopes};

#[derive(Template)]
#[template(path = "tokens/classic_form.html")]
struct Page {
    frame: Frame,
    menu: &'static str,
    pages: &'static Pages,
    purpose: Purpose,
    told: Told,
    draft: Draft,
    /// The longest that is offered, in a sentence.
    longest: String,
    expiries: Vec<Choice>,
    dated: bool,
    tree: Vec<Row>,
    prospect: Prospect,
    faults: Faults,
}

impl Page {
    /// The page that the form stands below.
    fn back(&self) -> &'static str {
        self.pages.root
    }

    fn button(&self) -> &'static str {
        if self.purpose.is_change() {
            "Save the changes"
        } else {
            "Generate token"
        }
    }
}

/// What the server makes of a draft.
pub(super) struct Read {
    /// With all that they include.
    pub(super) scopes: Scopes,
    pub(super) prospect: Prospect,
    pub(super) faults: Faults,
    /// Of a token that is made.
    pub(super) maximum: Option<Maximum>,
}

/// Renders the form. `told`: the faults that the use case found when the form was sent; without any, only those are shown
/// of what was filled in.
pub(super) fn page(
    visit: &Visit<'_>,
    title: &str,
    mut draft: Draft,
    read: Read,
    purpose: Purpose,
    told: Option<Faults>,
) -> Result<Answer, AppError> {
    draft.sent |= told.is_some();
    let status = purpose.status(told.as_ref());
    let mut faults = told.unwrap_or_else(|| {
        read.faults.only(|field| match field {
            "name" => !draft.name.is_empty(),
            "expires_at" => draft.expires != "date" || !draft.expires_at.is_empty(),
            _ => true,
        })
    });
    if draft.lacks_date() {
        faults = faults.say("expires_at", "Choose a date.");
    }
    if let Some(unknown) = draft.unknown.first() {
        let sentence =
            format!("The link asks for `{unknown}`, which is no scope and was left out.");
        faults = faults.and("scopes", sentence);
    }
    let maximum = read.maximum.unwrap_or(Maximum::Unlimited);
    visit.page(
        status,
        &Page {
            frame: visit.frame(title),
            menu: CLASSIC.root,
            pages: &CLASSIC,
            purpose,
            told: Told::new(draft.sent, &faults),
            longest: format!(
                "This server allows {}. An organization may allow less, and refuses what lives longer.",
                words::maximum(maximum)
            ),
            expiries: expiries(&draft.expires, maximum, visit.app.now()),
            dated: draft.expires == "date",
            tree: scopes::tree(read.scopes),
            prospect: read.prospect,
            faults,
            draft,
        },
    )
}
