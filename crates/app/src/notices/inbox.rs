//! The page on which people read what they were told, and how they want to be told.

use jeton_domain::{Event, Time};
use jeton_store::notices::{self, Filter};
use jeton_store::{NoticeId, users};

use super::kind::{Notice, Topic};
use super::words::Words;
use crate::app::App;
use crate::call::Call;
use crate::error::AppError;
use crate::users::span;

/// A notice as its reader sees it.
#[derive(Clone, Debug)]
pub struct Item {
    /// Which.
    pub id: NoticeId,
    /// When it happened.
    pub at: Time,
    /// Whether it was read.
    pub read: bool,
    /// What it says.
    pub words: Words,
}

/// A page of notices.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The notices, newest first.
    pub items: Vec<Item>,
    /// How many there are of those.
    pub total: u64,
    /// How many were not read, of all.
    pub unread: u64,
}

/// How a person wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choices {
    /// Requests once a day, and not each at once.
    pub daily_requests: bool,
}

/// A page of the caller's notices: all or the unread ones, about everything or one thing.
pub fn list(
    app: &App,
    call: &Call,
    unread: bool,
    topic: Option<Topic>,
    offset: u64,
    count: u32,
) -> Result<Listed, AppError> {
    app.read(call, |unit, acting| {
        let user = acting.user()?;
        let filter = Filter {
            unread,
            topic: topic.map(Topic::name),
        };
        let (rows, total) = notices::page(unit, user, filter, span(offset), i64::from(count))?;
        let items = rows
            .into_iter()
            .map(|row| Item {
                id: row.id,
                at: row.created_at,
                read: row.read_at.is_some(),
                words: words(&row.kind, &row.facts),
            })
            .collect();
        Ok(Listed {
            items,
            total: total.unsigned_abs(),
            unread: notices::count_unread(unit, user)?.unsigned_abs(),
        })
    })
}

/// A notice that a newer version wrote has no words here; that there is one is said all the same.
fn words(kind: &str, facts: &str) -> Words {
    match Notice::read(kind, facts) {
        Some(notice) => notice.words(None),
        None => Words {
            subject: "Something happened".to_owned(),
            sentences: vec![format!(
                "This version of the server has no words for `{kind}`."
            )],
            quote: None,
            action: "See your security log",
            path: "/settings/security-log".to_owned(),
        },
    }
}

/// Marks one of the caller's notices as read. Somebody else's is missing.
pub fn mark_read(app: &App, call: &Call, id: NoticeId) -> Result<(), AppError> {
    let user = app.read(call, |unit, acting| {
        let user = acting.user()?;
        notices::find(unit, user, id)?.ok_or(AppError::Missing("notification"))?;
        Ok(user)
    })?;
    // It carries no authority and is nobody else's affair, so the log does not speak of it.
    let now = app.now();
    app.store
        .side(|unit| notices::mark_read(unit, user, id, now))?;
    Ok(())
}

/// Marks all of the caller's notices up to the newest that they saw as read.
pub fn mark_all_read(app: &App, call: &Call, up_to: NoticeId) -> Result<(), AppError> {
    let user = app.read(call, |_, acting| acting.user())?;
    let now = app.now();
    app.store
        .side(|unit| notices::mark_all_read(unit, user, up_to, now))?;
    Ok(())
}

/// How the caller wants to be told.
pub fn choices(app: &App, call: &Call) -> Result<Choices, AppError> {
    app.read(call, |unit, acting| {
        Ok(Choices {
            daily_requests: notices::wants_daily(unit, acting.user()?)?,
        })
    })
}

/// Sets how the caller wants to be told.
pub fn choose(app: &App, call: &Call, choices: Choices) -> Result<(), AppError> {
    app.write(call, |unit, acting| {
        let id = acting.user()?;
        if notices::wants_daily(unit, id)? == choices.daily_requests {
            return Ok(());
        }
        notices::choose_daily(unit, id, choices.daily_requests)?;
        let row = users::by_id(unit, id)?.ok_or(AppError::Missing("user"))?;
        acting
            .record(Event::UserUpdate)
            .user(id, &row.login)
            .with("daily_requests", choices.daily_requests)
            .write(unit)
    })
}
