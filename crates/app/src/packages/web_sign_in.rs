//! Signing npm in by the browser (`npm login`): npm shows an address, its person sees there who asks from where, and lets npm
//! have a classic token for packages, or not.
//!
//! SECURITY: the address leads to a button, and somebody who was sent one would press it. So the page is shown to a sign-in
//! that was confirmed lately, says who asked and from where, and the token is given to whoever asked, once.

use std::net::IpAddr;

use jeton_domain::{Clean, Event, Span, Time, TokenName};
use jeton_store::registry_questions::{self, RegistryQuestionRow, RegistryYes};
use jeton_store::{QuestionState, ReadUnit, tokens as token_rows, users};
use jeton_token::Secret;

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::links::{LinkCode, LinkDigest, LinkUse};
use crate::rates::network;
use crate::tokens::{self, NewClassicToken, Settled};

/// How long a question can be answered, and the answer fetched.
const LIVES: Span = Span::from_minutes(10);
/// The longest that is kept of what a program says of itself, in characters.
const LONGEST: usize = 100;

/// What a program says of itself. None of it is proved.
#[derive(Clone, Copy, Debug, Default)]
pub struct AskedBy<'a> {
    /// The command: `login`.
    pub command: &'a str,
    /// The computer.
    pub hostname: &'a str,
}

/// What a program is given to begin with.
#[derive(Debug)]
pub struct Begun {
    /// What it asks with whether somebody answered.
    pub done: LinkCode,
    /// What the page is found by.
    pub page: LinkCode,
}

/// What a token for packages may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Install.
    Read,
    /// Publish, too.
    Write,
    /// Remove, too.
    Delete,
}

impl Level {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Delete];

    /// The word in forms.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Delete => "delete",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == word)
    }

    /// The scopes that a token of it has.
    pub fn scopes(self) -> Vec<String> {
        let names: &[&str] = match self {
            Self::Read => &["read:packages"],
            Self::Write => &["write:packages"],
            Self::Delete => &["write:packages", "delete:packages"],
        };
        names.iter().copied().map(str::to_owned).collect()
    }
}

/// A question that waits, as its person sees it.
#[derive(Clone, Debug)]
pub struct Question {
    /// The command, as it calls itself; empty, where it does not say.
    pub command: String,
    /// The computer, as it calls itself; empty, where it does not say.
    pub hostname: String,
    /// What the program calls itself.
    pub user_agent: String,
    /// From where it asked, if that is known.
    pub address: Option<String>,
    /// It asked from another network than who looks.
    pub elsewhere: bool,
    /// Since when.
    pub asked_at: Time,
}

/// What came of a question.
#[derive(Debug)]
pub enum Fetched {
    /// Nobody answered yet.
    Waiting,
    /// A token, which is given this once.
    Token(Secret),
}

/// Begins: notes who asks, and from where.
pub fn begin(app: &App, call: &Call, by: AskedBy<'_>) -> Result<Begun, AppError> {
    let said = |text: &str| text.plain().chars().take(LONGEST).collect::<String>();
    app.count_question(call)?;
    app.write(call, |unit, acting| {
        let (done, page) = (app.new_link_code(), app.new_link_code());
        let digest = app.link_digest(LinkUse::Registry, &done)?.digest;
        let page_digest = app.link_digest(LinkUse::RegistryPage, &page)?.digest;
        let row = RegistryQuestionRow {
            command: command(by.command),
            hostname: said(by.hostname),
            user_agent: call.user_agent.plain(),
            address: call.address.map(|address| address.to_string()),
            created_at: acting.now,
            expires_at: acting.now.after(LIVES),
            state: QuestionState::Waiting,
            allowed: None,
        };
        registry_questions::insert(unit, (&digest, &page_digest), &row)?;
        Ok(Begun { done, page })
    })
}

/// The question that a page is about.
pub fn look(app: &App, call: &Call, page: &str) -> Result<Question, AppError> {
    app.read(call, |unit, acting| {
        let (_, row) = waiting(unit, acting, page)?;
        let asked_from: Option<IpAddr> = row.address.as_deref().and_then(|text| text.parse().ok());
        let elsewhere = match (asked_from, call.address) {
            (Some(asker), Some(own)) => network(asker) != network(own),
            _ => false,
        };
        Ok(Question {
            command: row.command,
            hostname: row.hostname,
            user_agent: row.user_agent,
            address: row.address,
            elsewhere,
            asked_at: row.created_at,
        })
    })
}

/// A question that waits, by its page.
fn waiting(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    page: &str,
) -> Result<([u8; 32], RegistryQuestionRow), AppError> {
    let (digest, row) = open(unit, acting, LinkUse::RegistryPage, page)?;
    match row.state {
        QuestionState::Waiting => Ok((digest, row)),
        _ => Err(MISSING),
    }
}

/// A question that waits, or was answered by a yes that nobody came for yet, and what it is stored under.
///
/// `by`: what the code is, the page's or the program's.
fn open(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    by: LinkUse,
    code: &str,
) -> Result<([u8; 32], RegistryQuestionRow), AppError> {
    let code = LinkCode::parse(code).ok_or(MISSING)?;
    for LinkDigest { digest, .. } in acting.app.link_digests(by, &code) {
        let found = match by {
            LinkUse::RegistryPage => registry_questions::by_page(unit, &digest)?,
            _ => registry_questions::by_code(unit, &digest)?,
        };
        if let Some(row) = found {
            let open = matches!(row.state, QuestionState::Waiting | QuestionState::Approved);
            let open = open && row.expires_at > acting.now;
            return open.then_some((digest, row)).ok_or(MISSING);
        }
    }
    Err(MISSING)
}

/// A question that is none, was answered, or is over.
const MISSING: AppError = AppError::Missing("sign-in of npm");

/// Lets npm have a token: made when it comes for it. Takes a sign-in that was confirmed lately.
///
/// `new`: its name, description and expiry; what it may is `level`'s.
pub fn allow(
    app: &App,
    call: &Call,
    page: &str,
    level: Level,
    new: NewClassicToken,
) -> Result<(), AppError> {
    let new = NewClassicToken {
        scopes: level.scopes(),
        ..new
    };
    app.write(call, |unit, acting| {
        acting.confirm_if(unit, true)?;
        let (digest, row) = waiting(unit, acting, page)?;
        let Settled {
            name,
            scopes,
            expiry,
            ..
        } = tokens::settle_classic(unit, acting, &new)?;
        if let Some(taken) = tokens::name_taken(unit, acting.user()?, name.as_str())? {
            return Err(AppError::Invalid(vec![taken]));
        }
        let yes = RegistryYes {
            user: acting.user()?,
            name: name.as_str().to_owned(),
            scopes,
            expiry,
        };
        if !registry_questions::approve(unit, &digest, &yes, acting.now)? {
            return Err(MISSING);
        }
        recorded(acting, Event::RegistryApprove, &row)
            .with("token_scopes", scopes.to_string())
            .write(unit)
    })
}

/// Lets npm have none.
pub fn deny(app: &App, call: &Call, page: &str) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let (digest, row) = waiting(unit, acting, page)?;
        if !registry_questions::deny(unit, &digest, acting.user()?, acting.now)? {
            return Err(MISSING);
        }
        recorded(acting, Event::RegistryDeny, &row).write(unit)
    })
}

fn recorded<'a>(
    acting: &'a Acting<'a>,
    event: Event,
    row: &RegistryQuestionRow,
) -> crate::audit::Record<'a> {
    acting
        .record(event)
        .with("asked_from", row.address.clone())
        .with("asked_by", row.user_agent.clone())
        .with("hostname", row.hostname.clone())
}

/// What came of a question. A yes is turned into a token, once; all else that does not wait is missing.
pub fn fetch(app: &App, call: &Call, done: &str) -> Result<Fetched, AppError> {
    let waits = app.read(call, |unit, acting| {
        let (_, row) = open(unit, acting, LinkUse::Registry, done)?;
        Ok(row.state == QuestionState::Waiting)
    })?;
    if waits {
        return Ok(Fetched::Waiting);
    }
    app.write(call, |unit, acting| {
        let (digest, row) = open(unit, acting, LinkUse::Registry, done)?;
        let yes = row.allowed.ok_or(MISSING)?;
        let user = users::by_id(unit, yes.user)?
            .filter(|user| user.state == "active" && acting.site.for_users().classic_allowed)
            .ok_or(MISSING)?;
        let name =
            TokenName::parse(&yes.name).map_err(|fault| AppError::Data(fault.to_string()))?;
        // Another token was given the name meanwhile.
        if token_rows::has_name(unit, user.id, &name.key())? {
            return Err(MISSING);
        }
        registry_questions::use_up(unit, &digest)?;
        let record = acting
            .record(Event::TokenCreate)
            .oneself(user.id, &user.login)
            .with("asked_by", row.user_agent.clone());
        let new = Settled {
            name,
            description: String::new(),
            scopes: yes.scopes,
            expiry: yes.expiry,
        };
        let (_, secret) = tokens::make_classic(unit, acting, record, user.id, &new, None)?;
        Ok(Fetched::Token(secret))
    })
}

/// A word that npm has for a command; nothing, where it could be a sentence.
fn command(word: &str) -> String {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
    let fits = word.len() <= 20 && word.bytes().all(letter);
    if fits { word.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use jeton_domain::Scopes;

    use super::*;

    #[test]
    fn a_level_holds_the_scopes_of_packages_and_no_others() {
        for level in Level::ALL {
            assert_eq!(Level::parse(level.name()), Some(level));
            let scopes = Scopes::parse(&level.scopes().join(" ")).unwrap();
            let names: Vec<&str> = scopes.normalised().map(|entry| entry.name).collect();
            assert!(
                names.iter().all(|name| name.ends_with(":packages")),
                "{names:?}"
            );
        }
        assert_eq!(Level::parse("admin"), None);
    }
}
