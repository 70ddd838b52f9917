//! Signing npm in: who asks is shown, and one lets npm have a token for packages, or not.
//!
//! SECURITY: npm prints an address and nothing else, so an address that somebody was sent leads here too. The page asks for a
//! confirmed sign-in before it shows anything, and says who asked from where; nothing happens without its button.

use askama::Template;
use jeton_api::ops;
use jeton_app::packages::{self, Question, SignInLevel};
use jeton_app::tokens::{self, NewClassicToken};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Event, Operation};
use jeton_http::{Answer, Input, Method, Names, Route};

use super::CLASSIC;
use super::expiry::{self, Choice, expiries};
use crate::operation::{confirmed, own_page, page_changing};
use crate::{Faults, Frame, Said, Visit, words};

static PAGE: Operation = confirmed(own_page(
    "page.npm_sign_in",
    "Show what npm asks for that signs in by the browser.",
));
static ANSWER: Operation = page_changing(
    own_page(
        "page.npm_sign_in_answer",
        "Answer npm. A yes takes a session that was confirmed lately.",
    ),
    &[Event::RegistryApprove, Event::RegistryDeny],
);

pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/login/npm/{code}", &PAGE, Names::Own, show),
    Route::new(
        Method::Post,
        "/login/npm/{code}",
        &ANSWER,
        Names::Own,
        answer,
    ),
];

/// Characters at the end of the address that are shown to be compared.
const COMPARED: usize = 6;

/// What can be chosen, in words.
#[derive(Debug)]
struct Allowed {
    value: &'static str,
    title: &'static str,
    hint: &'static str,
    chosen: bool,
}

fn levels(chosen: SignInLevel) -> Vec<Allowed> {
    let words = |level| match level {
        SignInLevel::Read => ("Install packages", "read:packages"),
        SignInLevel::Write => ("Install and publish", "write:packages"),
        SignInLevel::Delete => (
            "Install, publish, and remove versions and packages",
            "write:packages, delete:packages",
        ),
    };
    let each = SignInLevel::ALL.into_iter().map(|level| {
        let (title, hint) = words(level);
        Allowed {
            value: level.name(),
            title,
            hint,
            chosen: level == chosen,
        }
    });
    each.collect()
}

#[derive(Template)]
#[template(path = "tokens/npm.html")]
struct Page {
    frame: Frame,
    /// The end of the address that npm printed.
    compared: String,
    command: String,
    client: String,
    hostname: String,
    address: String,
    elsewhere: bool,
    asked: String,
    levels: Vec<Allowed>,
    draft: Draft,
    expiries: Vec<Choice>,
    dated: bool,
    longest: String,
    /// Organizations that refuse such a token, each with the reason.
    refusing: Vec<(String, String)>,
    faults: Faults,
}

#[derive(Debug)]
struct Draft {
    name: String,
    level: SignInLevel,
    expires: String,
    expires_at: String,
}

impl Draft {
    /// Each sign-in gets a token of its own, and a name that says when.
    fn fresh(visit: &Visit<'_>) -> Self {
        let now = visit.app.now().to_string();
        let moment: String = now.chars().take(19).collect();
        Self {
            name: format!("npm {}", moment.replace('T', " ")),
            level: SignInLevel::Read,
            expires: String::new(),
            expires_at: String::new(),
        }
    }

    fn typed(input: &Input) -> Self {
        Self {
            name: input.field("name").to_owned(),
            level: SignInLevel::parse(input.field("level")).unwrap_or(SignInLevel::Read),
            expires: input.field("expires").to_owned(),
            expires_at: input.field("expires_at").to_owned(),
        }
    }

    fn wish(&self) -> NewClassicToken {
        let (expires_in, expires_at) = expiry::wish(&self.expires, &self.expires_at);
        NewClassicToken {
            name: self.name.clone(),
            description: String::new(),
            scopes: self.level.scopes(),
            expires_in,
            expires_at,
        }
    }
}

fn page(
    visit: &Visit<'_>,
    draft: Draft,
    question: Question,
    told: Option<Faults>,
) -> Result<Answer, AppError> {
    let call = visit.own(ops::classic::PREVIEW);
    let preview = tokens::preview_classic(visit.app, &call, &draft.wish())?;
    let code = visit.input.path("code");
    let status = if told.is_some() { 422 } else { 200 };
    // What nothing that is typed mends is said from the start.
    let faults = match told {
        Some(told) if draft.expires == "date" && draft.expires_at.is_empty() => {
            told.say("expires_at", "Choose a date.")
        }
        Some(told) => told,
        None => Faults::of(AppError::Invalid(preview.faults))?.only(|field| field == "scopes"),
    };
    visit.page(
        status,
        &Page {
            frame: visit.frame("Sign npm in"),
            compared: code
                .get(code.len().saturating_sub(COMPARED)..)
                .unwrap_or_default()
                .to_owned(),
            command: question.command,
            client: question.user_agent,
            hostname: question.hostname,
            address: question
                .address
                .unwrap_or_else(|| "an address that is not known".to_owned()),
            elsewhere: question.elsewhere,
            asked: words::relative(question.asked_at, visit.app.now()),
            levels: levels(draft.level),
            expiries: expiries(&draft.expires, preview.maximum, visit.app.now()),
            dated: draft.expires == "date",
            longest: format!(
                "This server allows {}. An organization may allow less, and refuses what lives longer.",
                words::maximum(preview.maximum)
            ),
            refusing: preview.refusing,
            draft,
            faults,
        },
    )
}

#[derive(Template)]
#[template(path = "tokens/npm_over.html")]
struct OverPage {
    frame: Frame,
}

fn over(visit: &Visit<'_>) -> Result<Answer, AppError> {
    let frame = visit.frame("Sign npm in");
    visit.page(404, &OverPage { frame })
}

fn show(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    match packages::look_at_sign_in(app, call, input.path("code")) {
        Ok(question) => page(&visit, Draft::fresh(&visit), question, None),
        Err(AppError::Missing(_)) => over(&visit),
        Err(error) => Err(error),
    }
}

fn answer(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let code = input.path("code");
    let answered = match input.field("answer") {
        "allow" => {
            let draft = Draft::typed(input);
            packages::allow(app, call, code, draft.level, draft.wish()).map(|()| true)
        }
        _ => packages::deny(app, call, code).map(|()| false),
    };
    let faults = match answered {
        Ok(true) => return Ok(Said::NPM_ALLOWED.redirect(app, CLASSIC.root)),
        Ok(false) => return Ok(Said::NPM_DENIED.redirect(app, "/")),
        Err(AppError::Missing(_)) => return over(&visit),
        Err(AppError::Forbidden(message)) => Faults::one("name", message),
        Err(error) => Faults::of(error)?,
    };
    match packages::look_at_sign_in(app, &visit.own(&PAGE), code) {
        Ok(question) => page(&visit, Draft::typed(input), question, Some(faults)),
        Err(AppError::Missing(_)) => over(&visit),
        Err(error) => Err(error),
    }
}
