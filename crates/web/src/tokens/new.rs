//! Making a token.

use jeton_api::ops;
use jeton_app::{App, AppError, Call, tokens};
use jeton_domain::{Operation, hex};
use jeton_http::{Answer, Input, Method, Names, Route};

use super::draft::Draft;
use super::form::page;
use super::made;
use super::purpose::Purpose;
use crate::operation::{confirmed, own_page};
use crate::{Faults, Visit};

/// Asks to confirm access before anything is filled in, so that nothing is asked for twice.
static PAGE: Operation = confirmed(own_page("page.token_new", "Show the form of a new token."));

pub(super) const PATH: &str = "/settings/personal-access-tokens/new";
const TITLE: &str = "New fine-grained token";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &PAGE, Names::Own, show),
    Route::new(Method::Post, PATH, ops::tokens::CREATE, Names::Own, make),
];

/// A key under which a form is sent: sent twice, it makes one token, with one value.
pub(crate) fn fresh_key(app: &App) -> String {
    let bytes: [u8; 16] = app.random();
    hex(&bytes)
}

/// What a form says that has made its token.
pub(crate) const MADE_BEFORE: &str = "This form has made a token already, whose value was shown once. To make another one, \
     choose a name and press again; to replace a value that was lost, regenerate the token.";

/// The key that came with a form.
pub(crate) struct SentKey<'a> {
    /// None where it is none of ours.
    pub(crate) sent: Option<&'a str>,
    /// What the form carries where it comes again.
    pub(crate) form: String,
}

impl<'a> SentKey<'a> {
    pub(crate) fn of(visit: &Visit<'a>) -> Self {
        let key = visit.input.field("key");
        let well_formed = key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
        let sent = well_formed.then_some(key);
        Self {
            sent,
            form: sent.map_or_else(|| fresh_key(visit.app), str::to_owned),
        }
    }
}

/// Whether a form with this key has done its work, and can't do it again: what it made is in use, or it says
/// something else now.
pub(crate) fn was_sent_before(error: &AppError) -> bool {
    match error {
        AppError::Conflict { code, .. } => *code == "idempotency_used",
        AppError::Invalid(faults) => faults.iter().any(|fault| fault.field == "Idempotency-Key"),
        _ => false,
    }
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let purpose = Purpose::Make {
        key: fresh_key(app),
    };
    page(
        &visit,
        TITLE,
        Draft::from_link(input.queries()),
        purpose,
        None,
    )
}

fn make(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let mut draft = Draft::from_form(input.form());
    let login = visit.viewer.as_ref().map_or("", |viewer| &viewer.login);
    draft.own = draft.owner.is_empty() || draft.owner.eq_ignore_ascii_case(login);
    let key = SentKey::of(&visit);
    let purpose = Purpose::Make {
        key: key.form.clone(),
    };
    if input.field("step") != "make" {
        return page(&visit, TITLE, draft, purpose, None);
    }
    let wish = match draft.wish() {
        Ok(wish) => wish,
        // What else is wrong is told with it.
        Err(AppError::Invalid(mut faults)) => {
            let call = visit.own(ops::tokens::PREVIEW);
            faults.extend(tokens::preview(app, &call, &draft.glance())?.faults);
            let told = Faults::of(AppError::Invalid(faults))?;
            return page(&visit, TITLE, draft, purpose, Some(told));
        }
        Err(other) => return Err(other),
    };
    // Whoever was told that nobody has to approve it hears first that somebody has, and says why.
    if draft.asks == "no" {
        let preview = tokens::preview(app, &visit.own(ops::tokens::PREVIEW), &wish)?;
        if preview.needs_approval && preview.rule.is_none() {
            let owner = draft.owner.clone();
            let told =
                format!("{owner} has to approve this token. Say why you need it, and press again.");
            return page(
                &visit,
                TITLE,
                draft,
                purpose,
                Some(Faults::one("justification", told)),
            );
        }
    }
    match tokens::create(app, call, &wish, key.sent) {
        Ok(created) => made::created(&visit, &created),
        Err(error) if was_sent_before(&error) => {
            let told = Faults::one("name", MADE_BEFORE);
            let purpose = Purpose::Make {
                key: fresh_key(app),
            };
            page(&visit, TITLE, draft, purpose, Some(told))
        }
        // What was typed is kept.
        Err(AppError::Forbidden(message)) => {
            let told = Faults::one("name", message);
            page(&visit, TITLE, draft, purpose, Some(told))
        }
        Err(error) => page(&visit, TITLE, draft, purpose, Some(Faults::of(error)?)),
    }
}
