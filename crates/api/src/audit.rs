//! Reading the audit log.

use jeton_app::audit_log::{self, Cursor, Entry, Part, Wanted};
use jeton_app::{App, AppError, Call};
use jeton_domain::{ClassicScope, Event, Id, Least, Operation, TargetKind, Time, TokenId};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Neighbours, Route};
use serde_json::{Value, json};

use crate::export::{self, Format};
use crate::operation::{OWNER, SETTINGS_READ, person_reading, reading, scoped};

pub(crate) static ORGANIZATION: Operation = scoped(
    reading(
        "audit.organization",
        "Read the organization's audit log.",
        TargetKind::Organization,
        SETTINGS_READ,
        OWNER,
    ),
    &[ClassicScope::ReadAuditLog, ClassicScope::AdminOrg],
);
pub(crate) static OWN: Operation = person_reading(
    "audit.own",
    "Read what one did, and what was done to one's account.",
    TargetKind::Own,
    Least::Person,
);
pub(crate) static SITE: Operation = person_reading(
    "audit.site",
    "Read the whole site's audit log.",
    TargetKind::Site,
    Least::Administrator,
);

const QUERY: &[Field] = &[
    Field::optional("event", Form::Texts, "Only these events."),
    Field::optional(
        "phrase",
        Form::Text,
        "GitHub's form of the filters: `action:NAME actor:LOGIN repo:OWNER/NAME created:>=DATE hashed_token:DIGEST`.",
    ),
    Field::optional("actor", Form::Text, "Only what this person did."),
    Field::optional(
        "repository",
        Form::Text,
        "Only what concerns this repository: `owner/name`.",
    ),
    Field::optional(
        "text",
        Form::Text,
        "Only entries that hold this text somewhere, letter by letter.",
    ),
    Field::optional("token_id", Form::Number, "Only what concerns this token."),
    Field::optional("since", Form::Moment, "At this moment or later."),
    Field::optional("until", Form::Moment, "Before this moment."),
    Field::optional(
        "after",
        Form::Text,
        "The `cursor` of an entry: the page behind it. `Link` holds it.",
    ),
    Field::optional(
        "before",
        Form::Text,
        "The `cursor` of an entry: the page in front of it.",
    ),
    Field::optional(
        "order",
        Form::OneOf(&["desc", "asc"]),
        "`desc`: the newest first (default); `asc`: the oldest.",
    ),
    Field::optional(
        "page",
        Form::Number,
        "1 and no other: the log grows while it is read, so its pages are found by `after` and `before`.",
    ),
    Field::optional(
        "per_page",
        Form::Number,
        "Entries on a page: 30, at most 100.",
    ),
];

/// GitHub's parameters that this log does not have.
const IGNORED: &[&str] = &["include"];

/// GitHub's route.
pub(crate) static ROUTES: &[Route] = &[Route::new(
    Method::Get,
    "/orgs/{org}/audit-log",
    &ORGANIZATION,
    Names::Organization("org"),
    of_organization,
)
.query(QUERY)
.refuses_but(IGNORED)
.narrowed()
.answers(200, "AuditLog")];

/// The filters of an export: it has no pages, but for where it begins.
/// See [`Format`].
const FILES: &[&str] = &["application/jsonl", "text/csv"];

const EXPORT: &[Field] = &[
    Field::optional(
        "format",
        Form::OneOf(&["jsonl", "csv"]),
        "JSON Lines, if not said, or CSV.",
    ),
    Field::optional("event", Form::Texts, "Only these events."),
    Field::optional("phrase", Form::Text, "As in the list."),
    Field::optional("actor", Form::Text, "Only what this person did."),
    Field::optional(
        "repository",
        Form::Text,
        "Only what concerns this repository: `owner/name`.",
    ),
    Field::optional(
        "text",
        Form::Text,
        "Only entries that hold this text somewhere, letter by letter.",
    ),
    Field::optional("token_id", Form::Number, "Only what concerns this token."),
    Field::optional("since", Form::Moment, "At this moment or later."),
    Field::optional("until", Form::Moment, "Before this moment."),
    Field::optional(
        "after",
        Form::Text,
        "The `cursor` of an entry: what lies behind it.",
    ),
    Field::optional(
        "order",
        Form::OneOf(&["desc", "asc"]),
        "`desc`: the newest first (default); `asc`: the oldest.",
    ),
];

/// Ours.
pub(crate) static OWN_ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        "/orgs/{org}/audit-log/export",
        &ORGANIZATION,
        Names::Organization("org"),
        export_organization,
    )
    .query(EXPORT)
    .narrowed()
    .gives_file(FILES),
    Route::new(Method::Get, "/audit/export", &OWN, Names::Own, export_own)
        .query(EXPORT)
        .gives_file(FILES),
    Route::new(
        Method::Get,
        "/site/audit/export",
        &SITE,
        Names::Site,
        export_site,
    )
    .query(EXPORT)
    .gives_file(FILES),
    Route::new(Method::Get, "/audit", &OWN, Names::Own, of_oneself)
        .query(QUERY)
        .answers(200, "AuditLog"),
    Route::new(Method::Get, "/site/audit", &SITE, Names::Site, of_site)
        .query(QUERY)
        .answers(200, "AuditLog"),
];

fn of_organization(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let wanted = wanted(input)?;
    let entries = audit_log::of_organization(app, call, &wanted)?;
    Ok(answer(input, &wanted, entries))
}

fn of_oneself(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let wanted = wanted(input)?;
    let entries = audit_log::of_oneself(app, call, &wanted)?;
    Ok(answer(input, &wanted, entries))
}

fn of_site(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let wanted = wanted(input)?;
    let entries = audit_log::of_site(app, call, &wanted)?;
    Ok(answer(input, &wanted, entries))
}

fn export_organization(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let format = Format::of(input);
    export::start(app, call, wanted(input)?, format, export::OF_ORGANIZATION)
}

fn export_own(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let format = Format::of(input);
    export::start(app, call, wanted(input)?, format, export::OF_ONESELF)
}

fn export_site(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let format = Format::of(input);
    export::start(app, call, wanted(input)?, format, export::OF_SITE)
}

/// A moment inside `phrase`.
fn moment(text: &str) -> Result<Option<Time>, AppError> {
    Time::parse_bound(text).map(Some).ok_or_else(|| {
        AppError::invalid(
            "Query",
            "phrase",
            "takes dates and moments in ISO 8601 after `created:`",
        )
    })
}

/// Reads the query. What can't be read is refused: a filter that vanished would show too much.
fn wanted(input: &Input) -> Result<Wanted, AppError> {
    let token = match input.query_number("token_id")? {
        Some(number) => Some(
            TokenId::from_i64(number)
                .ok_or_else(|| AppError::invalid("Query", "token_id", "is no id"))?,
        ),
        None => None,
    };
    let mut wanted = Wanted {
        events: input.query_all("event").map(ToOwned::to_owned).collect(),
        actor: input.query("actor").map(ToOwned::to_owned),
        since: input.query("since").and_then(Time::parse_bound),
        until: input.query("until").and_then(Time::parse_bound),
        token,
        hashed_token: None,
        repository: input.query("repository").map(ToOwned::to_owned),
        text: input.query("text").map(ToOwned::to_owned),
        part: part(input)?,
        oldest_first: input.query("order") == Some("asc"),
        // One more tells whether there is another page.
        count: input.page().size + 1,
    };
    if let Some(phrase) = input.query("phrase") {
        read_phrase(&mut wanted, phrase)?;
    }
    Ok(wanted)
}

/// Which part of the log. An empty cursor is none, as in GitHub's own links.
fn part(input: &Input) -> Result<Part, AppError> {
    if input.page().number != 1 {
        return Err(AppError::invalid(
            "Query",
            "page",
            "is 1 and no other here: follow `Link`, or give the last entry's `cursor` as `after`",
        ));
    }
    let cursor = |name: &'static str| match input.query(name) {
        None | Some("") => Ok(None),
        Some(text) => Cursor::parse(text)
            .map(Some)
            .ok_or_else(|| AppError::invalid("Query", name, "is no cursor of this log")),
    };
    match (cursor("after")?, cursor("before")?) {
        (None, None) => Ok(Part::First),
        (Some(after), None) => Ok(Part::After(after)),
        (None, Some(before)) => Ok(Part::Before(before)),
        (Some(_), Some(_)) => Err(AppError::invalid(
            "Query",
            "before",
            "does not go with `after`",
        )),
    }
}

/// The events of that name; or, as at GitHub, all of a kind, by what stands before the point.
fn events(name: &str) -> Vec<String> {
    if Event::parse(name).is_some() {
        return vec![name.to_owned()];
    }
    let names = Event::ALL.iter().map(|event| event.name());
    let of_kind = names.filter(|event| event.split('.').next() == Some(name));
    of_kind.map(str::to_owned).collect()
}

/// GitHub's search form, as far as it says what the filters say.
fn read_phrase(wanted: &mut Wanted, phrase: &str) -> Result<(), AppError> {
    for word in phrase.split_whitespace() {
        match word.split_once(':') {
            Some(("action", name)) => {
                let named = events(name);
                if named.is_empty() {
                    return Err(AppError::invalid(
                        "Query",
                        "phrase",
                        "names no event and no kind of events after `action:`",
                    ));
                }
                wanted.events.extend(named);
            }
            Some(("actor", login)) => wanted.actor = Some(login.to_owned()),
            // Some clients put it in quotes.
            Some(("hashed_token", hashed)) => {
                wanted.hashed_token = Some(hashed.trim_matches('"').to_owned());
            }
            Some(("repo", name)) => wanted.repository = Some(name.to_owned()),
            Some(("created", range)) => read_range(wanted, range)?,
            _ => {
                return Err(AppError::invalid(
                    "Query",
                    "phrase",
                    "takes `action:`, `actor:`, `repo:`, `created:` and `hashed_token:`",
                ));
            }
        }
    }
    Ok(())
}

fn read_range(wanted: &mut Wanted, range: &str) -> Result<(), AppError> {
    if let Some(text) = range.strip_prefix(">=") {
        wanted.since = moment(text)?;
    } else if let Some(text) = range.strip_prefix("<=").or_else(|| range.strip_prefix('<')) {
        wanted.until = moment(text)?;
    } else {
        let start = moment(range)?;
        wanted.since = start;
        wanted.until = start.map(|start| start.after(jeton_domain::Span::from_days(1)));
    }
    Ok(())
}

/// One entry: the event's own fields beside GitHub's common ones.
pub(crate) fn shape(entry: &Entry) -> Value {
    let mut body = match &entry.data {
        Some(Value::Object(fields)) => Value::Object(fields.clone()),
        _ => json!({}),
    };
    crate::token_shapes::merge(
        &mut body,
        json!({
            "@timestamp": entry.at.micros() / 1000,
            "_document_id": entry.cursor.text(),
            "cursor": entry.cursor.text(),
            "action": entry.event,
            "created_at": entry.at.micros() / 1000,
            "operation": entry.operation,
        }),
    );
    if let Some(actor) = &entry.actor {
        crate::token_shapes::merge(
            &mut body,
            json!({ "actor": actor, "actor_id": entry.actor_id }),
        );
    }
    body
}

/// A page of at most `size` entries, and links to its neighbours where there are any.
fn answer(input: &Input, wanted: &Wanted, mut entries: Vec<Entry>) -> Answer {
    let size = input.page().size as usize;
    let more = entries.len() > size;
    // The one too many is the farthest from where the page was looked for.
    let (before, after) = match wanted.part {
        Part::First => (false, more),
        Part::After(_) => (true, more),
        Part::Before(_) => (more, true),
    };
    if more {
        match wanted.part {
            Part::Before(_) => drop(entries.remove(0)),
            Part::First | Part::After(_) => entries.truncate(size),
        }
    }
    let cursor = |entry: Option<&Entry>, there: bool| {
        entry.filter(|_| there).map(|entry| entry.cursor.text())
    };
    let neighbours = Neighbours {
        before: cursor(entries.first(), before),
        after: cursor(entries.last(), after),
    };
    Answer::ok(&entries.iter().map(shape).collect::<Vec<_>>()).between(neighbours)
}
