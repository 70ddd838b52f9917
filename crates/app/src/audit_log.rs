//! Reading the audit log.

use jeton_domain::{Clean, Event, OrganizationId, Time, TokenId, UserId};
use jeton_store::audit::{AuditRow, Filter, page};
use jeton_store::{ReadUnit, Seq, accounts, places};
use serde_json::Value;

use crate::app::App;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;

/// Which entries somebody wants to see.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Names of events; all, if none is given.
    pub events: Vec<String>,
    /// Who did it, by name.
    pub actor: Option<String>,
    /// At this moment or later.
    pub since: Option<Time>,
    /// Before this moment.
    pub until: Option<Time>,
    /// About this token.
    pub token: Option<TokenId>,
    /// About this repository: `owner/name`.
    pub repository: Option<String>,
    /// Where the last page ended.
    pub before: Option<Cursor>,
    /// How many at most.
    pub count: u32,
}

/// A place in the log. It orders, it grants nothing: the reader's own filter is applied anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    seq: Seq,
    n: i64,
}

impl Cursor {
    /// As text for an address.
    pub fn text(self) -> String {
        format!("{}-{}", self.seq.0, self.n)
    }

    /// Reads the text.
    pub fn parse(text: &str) -> Option<Self> {
        let (seq, n) = text.split_once('-')?;
        Some(Self {
            seq: Seq(seq.parse().ok()?),
            n: n.parse().ok()?,
        })
    }
}

/// One entry.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its place.
    pub cursor: Cursor,
    /// What happened.
    pub event: String,
    /// When.
    pub at: Time,
    /// Which operation did it.
    pub operation: String,
    /// Who did it, by the name they have now.
    pub actor: Option<String>,
    /// Everything else; nothing once the time it is kept is over.
    pub data: Option<Value>,
}

/// An organization's log.
pub fn of_organization(app: &App, call: &Call, wanted: &Wanted) -> Result<Vec<Entry>, AppError> {
    app.read(call, |unit, acting| {
        let organization: OrganizationId = acting.organization()?.id.as_organization();
        let Some(filter) = filter(unit, wanted)? else {
            return Ok(Vec::new());
        };
        entries(
            unit,
            &Filter {
                organization: Some(organization),
                ..filter
            },
            wanted,
        )
    })
}

/// What a person did, and what was done to them.
pub fn of_oneself(app: &App, call: &Call, wanted: &Wanted) -> Result<Vec<Entry>, AppError> {
    app.read(call, |unit, acting: &Acting<'_>| {
        let about: UserId = acting.user()?;
        let Some(filter) = filter(unit, wanted)? else {
            return Ok(Vec::new());
        };
        if let Some(repository) = filter.repository {
            // SECURITY: what one once did to a repository says nothing of the name it has today.
            let found = places::owners_and_visibilities(unit, [repository])?;
            let seen = crate::repositories::seen(unit, acting)?;
            if !found
                .iter()
                .any(|(id, (owner, visibility))| seen.admits(*id, *owner, *visibility))
            {
                return Ok(Vec::new());
            }
        }
        entries(
            unit,
            &Filter {
                about: Some(about),
                ..filter
            },
            wanted,
        )
    })
}

/// The whole site's log, for administrators.
pub fn of_site(app: &App, call: &Call, wanted: &Wanted) -> Result<Vec<Entry>, AppError> {
    app.read(call, |unit, _| {
        let Some(filter) = filter(unit, wanted)? else {
            return Ok(Vec::new());
        };
        entries(unit, &filter, wanted)
    })
}

fn filter(unit: &mut ReadUnit<'_>, wanted: &Wanted) -> Result<Option<Filter>, AppError> {
    let mut filter = Filter {
        token: wanted.token,
        from: wanted.since,
        until: wanted.until,
        before: wanted.before.map(|cursor| (cursor.seq, cursor.n)),
        ..Filter::default()
    };
    for name in &wanted.events {
        let event = Event::parse(name).ok_or_else(|| {
            AppError::invalid(
                "AuditLog",
                "event",
                format!(
                    "names no event: `{}`",
                    name.plain().chars().take(100).collect::<String>()
                ),
            )
        })?;
        if !filter.events.contains(&event) {
            filter.events.push(event);
        }
    }
    // SECURITY: a name that nothing has, and one that is hidden, both find nothing and say no more.
    if let Some(actor) = &wanted.actor {
        let Some(found) = places::owner(unit, &actor.to_ascii_lowercase())? else {
            return Ok(None);
        };
        filter.actor = Some(found.id);
    }
    if let Some(name) = &wanted.repository {
        let Some((owner, name)) = name.split_once('/') else {
            return Ok(None);
        };
        let found = places::repository(
            unit,
            &owner.to_ascii_lowercase(),
            &name.to_ascii_lowercase(),
        )?;
        let Some(found) = found else { return Ok(None) };
        filter.repository = Some(found.id);
    }
    Ok(Some(filter))
}

fn entries(
    unit: &mut ReadUnit<'_>,
    filter: &Filter,
    wanted: &Wanted,
) -> Result<Vec<Entry>, AppError> {
    let rows: Vec<AuditRow> = page(unit, filter, wanted.count.clamp(1, 100))?;
    rows.into_iter()
        .map(|row| {
            let actor = match row.actor {
                Some(id) => accounts::by_id(unit, id)?.map(|account| account.login),
                None => None,
            };
            Ok(Entry {
                cursor: Cursor {
                    seq: row.seq,
                    n: row.n,
                },
                event: row.event,
                at: row.at,
                operation: row.operation,
                actor,
                data: row
                    .body
                    .and_then(|body| serde_json::from_str::<Value>(&body).ok())
                    .map(data),
            })
        })
        .collect()
}

/// The event's own fields; the columns stand beside them already.
fn data(mut body: Value) -> Value {
    body.get_mut("data").map_or(Value::Null, Value::take)
}
