//! Reading the audit log.

use std::collections::BTreeSet;

use jeton_decide::granted;
use jeton_domain::{
    AccountId, Clean, Event, Id, OrganizationId, Reach, RepositoryId, Time, TokenId, UserId,
};
use jeton_store::audit::{AuditRow, Filter, NamedValue, page};
use jeton_store::{ReadUnit, Seq, accounts, places, secrets, tokens};
use serde_json::Value;

use crate::app::App;
use crate::audit::REPOSITORIES;
use crate::authorize::Acting;
use crate::call::Call;
use crate::error::AppError;
use crate::repositories::REACH;

/// How many entries one look gives at most: a page, and one that tells whether there is another.
const MOST: u32 = 101;

/// Which entries somebody wants to see.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Names of events; all, if none is given.
    pub events: Vec<String>,
    /// Who did it, by a name that they have, or had when they gave it up or were deleted.
    pub actor: Option<String>,
    /// At this moment or later.
    pub since: Option<Time>,
    /// Before this moment.
    pub until: Option<Time>,
    /// About this token.
    pub token: Option<TokenId>,
    /// Naming the value with this digest, as entries write it.
    pub hashed_token: Option<String>,
    /// Holding this text somewhere, letter by letter.
    pub text: Option<String>,
    /// About this repository: `owner/name`; in an organization's log its name will do.
    pub repository: Option<String>,
    /// Which part of the list.
    pub part: Part,
    /// The oldest first, not the newest.
    pub oldest_first: bool,
    /// How many at most.
    pub count: u32,
}

/// A part of a list, in the order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// From its beginning.
    #[default]
    First,
    /// Behind an entry.
    After(Cursor),
    /// The last ones in front of an entry.
    Before(Cursor),
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
    /// Who did it: tells namesakes apart, of whom one was deleted or renamed.
    pub actor_id: Option<AccountId>,
    /// Their name, the one they have now.
    pub actor: Option<String>,
    /// Everything else; nothing once the time it is kept is over.
    pub data: Option<Value>,
}

/// An organization's log.
pub fn of_organization(app: &App, call: &Call, wanted: &Wanted) -> Result<Vec<Entry>, AppError> {
    app.read(call, |unit, acting| {
        let owner = acting.organization()?;
        let organization: OrganizationId = owner.id.as_organization();
        // Whose log it is need not be said again.
        let repository = wanted.repository.as_ref().map(|name| {
            if name.contains('/') {
                name.clone()
            } else {
                format!("{}/{name}", owner.login)
            }
        });
        let wanted = &Wanted {
            repository,
            ..wanted.clone()
        };
        let Some(filter) = seen_filter(unit, acting, wanted)? else {
            return Ok(Vec::new());
        };
        // SECURITY: a token reads of the repositories that it reaches, and of what concerns none.
        let within = match acting.known().map(|known| granted(&known.bearer, &REACH)) {
            Some(Reach::Unrestricted) => None,
            Some(Reach::Only(ids)) => Some(ids),
            None => Some(BTreeSet::new()),
        };
        // SECURITY: of what a narrowed reader finds not everything is shown, so they search no text: what they
        // find would tell of what is left out.
        if within.is_some() && filter.text.is_some() {
            return Err(AppError::invalid(
                "AuditLog",
                "text",
                "is searched with a sign-in, or a token for all repositories",
            ));
        }
        entries(
            unit,
            acting,
            &Filter {
                organization: Some(organization),
                within,
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
        let Some(filter) = seen_filter(unit, acting, wanted)? else {
            return Ok(Vec::new());
        };
        entries(
            unit,
            acting,
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
    app.read(call, |unit, acting| {
        let Some(filter) = filter(unit, wanted)? else {
            return Ok(Vec::new());
        };
        entries(unit, acting, &filter, wanted)
    })
}

/// As [`filter`], for those who do not see every repository.
fn seen_filter(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    wanted: &Wanted,
) -> Result<Option<Filter>, AppError> {
    let Some(filter) = filter(unit, wanted)? else {
        return Ok(None);
    };
    if let Some(repository) = filter.repository {
        // SECURITY: what one once did to a repository, or what was once done in an organization, says
        // nothing of the name it has today.
        let found = places::owners_and_visibilities(unit, [repository])?;
        let seen = crate::repositories::seen(unit, acting)?;
        if !found
            .iter()
            .any(|(id, (owner, visibility))| seen.admits(*id, *owner, *visibility))
        {
            return Ok(None);
        }
    }
    Ok(Some(filter))
}

fn filter(unit: &mut ReadUnit<'_>, wanted: &Wanted) -> Result<Option<Filter>, AppError> {
    let place = |cursor: Cursor| Some((cursor.seq, cursor.n));
    // In the list's own order, or against it: what stands in front of an entry is read from there.
    let (oldest_first, behind) = match wanted.part {
        Part::First => (wanted.oldest_first, None),
        Part::After(cursor) => (wanted.oldest_first, place(cursor)),
        Part::Before(cursor) => (!wanted.oldest_first, place(cursor)),
    };
    let (before, after) = if oldest_first {
        (None, behind)
    } else {
        (behind, None)
    };
    let mut filter = Filter {
        token: wanted.token,
        text: wanted.text.clone().filter(|text| !text.is_empty()),
        from: wanted.since,
        until: wanted.until,
        before,
        after,
        oldest_first,
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
        let found = accounts::people_ever_called(unit, &actor.to_ascii_lowercase())?;
        if found.is_empty() {
            return Ok(None);
        }
        filter.actors = Some(found);
    }
    if let Some(hashed) = &wanted.hashed_token {
        let Some(value) = value_of(unit, hashed)? else {
            return Ok(None);
        };
        filter.value = Some(value);
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

fn value_of(unit: &mut ReadUnit<'_>, hashed: &str) -> Result<Option<NamedValue>, AppError> {
    let Some(secret) = secrets::by_hashed(unit, hashed)? else {
        return Ok(None);
    };
    let token = tokens::find_also_deleted(unit, secret.token)?;
    Ok(token.map(|token| NamedValue {
        token: token.id,
        creator: token.creator,
        hashed: secret.hashed,
    }))
}

fn entries(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    filter: &Filter,
    wanted: &Wanted,
) -> Result<Vec<Entry>, AppError> {
    let mut rows: Vec<AuditRow> = page(unit, filter, wanted.count.clamp(1, MOST))?;
    if filter.oldest_first != wanted.oldest_first {
        rows.reverse();
    }
    let mut entries: Vec<Entry> = rows
        .into_iter()
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
                actor_id: row.actor,
                actor,
                data: row
                    .body
                    .and_then(|body| serde_json::from_str::<Value>(&body).ok())
                    .map(data),
            })
        })
        .collect::<Result<_, AppError>>()?;
    name_selected(unit, acting, filter.within.is_some(), &mut entries)?;
    Ok(entries)
}

/// The repositories that a token of an entry selected, by number.
fn selected(entry: &Entry) -> Vec<RepositoryId> {
    let numbers = entry.data.as_ref().and_then(|data| data.get(REPOSITORIES));
    let numbers = numbers.and_then(Value::as_array).into_iter().flatten();
    numbers
        .filter_map(|number| RepositoryId::from_i64(number.as_i64()?))
        .collect()
}

/// Puts the present names of those that the reader sees beside the numbers. A reader that is `narrowed`
/// gets the numbers of no others either.
fn name_selected(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    narrowed: bool,
    entries: &mut [Entry],
) -> Result<(), AppError> {
    let ids: BTreeSet<RepositoryId> = entries.iter().flat_map(selected).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let seen = crate::repositories::seen(unit, acting)?;
    let mut owners = places::owners_and_visibilities(unit, ids)?;
    owners.retain(|id, (owner, visibility)| seen.admits(*id, *owner, *visibility));
    let names = places::full_names(unit, owners.into_keys())?;
    for entry in entries {
        let mut numbers = selected(entry);
        let known: Vec<&str> = numbers
            .iter()
            .filter_map(|id| names.get(id).map(String::as_str))
            .collect();
        if let Some(Value::Object(data)) = &mut entry.data
            && data.contains_key(REPOSITORIES)
        {
            if narrowed {
                numbers.retain(|id| names.contains_key(id));
                let numbers: Vec<i64> = numbers.into_iter().map(Id::get).collect();
                data.insert(REPOSITORIES.to_owned(), Value::from(numbers));
            }
            data.insert("repositories".to_owned(), Value::from(known));
        }
    }
    Ok(())
}

/// The event's own fields; the columns stand beside them already.
fn data(mut body: Value) -> Value {
    body.get_mut("data").map_or(Value::Null, Value::take)
}
