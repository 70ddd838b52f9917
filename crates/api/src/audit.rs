//! Reading the audit log.

use jeton_app::audit_log::{self, Cursor, Entry, Wanted};
use jeton_app::{App, AppError, Call};
use jeton_domain::{Id, Least, Operation, TargetKind, Time, TokenId};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde_json::{Value, json};

use crate::operation::{OWNER, SETTINGS_READ, person_reading, reading};

static ORGANIZATION: Operation = reading(
    "audit.organization",
    "Read the organization's audit log.",
    TargetKind::Organization,
    SETTINGS_READ,
    OWNER,
);
static OWN: Operation = person_reading(
    "audit.own",
    "Read what one did, and what was done to one's account.",
    TargetKind::Own,
    Least::Person,
);
static SITE: Operation = person_reading(
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
    Field::optional("token_id", Form::Number, "Only what concerns this token."),
    Field::optional("since", Form::Moment, "At this moment or later."),
    Field::optional("until", Form::Moment, "Before this moment."),
    Field::optional(
        "before",
        Form::Text,
        "The `cursor` of the last entry of the page before.",
    ),
    Field::optional(
        "per_page",
        Form::Number,
        "Entries on a page: 30, at most 100.",
    ),
];

/// GitHub's route.
pub(crate) static ROUTES: &[Route] = &[Route::new(
    Method::Get,
    "/orgs/{org}/audit-log",
    &ORGANIZATION,
    Names::Organization("org"),
    of_organization,
)
.query(QUERY)
.narrowed()
.answers(200, "AuditLog")];

/// Ours.
pub(crate) static OWN_ROUTES: &[Route] = &[
    Route::new(Method::Get, "/audit", &OWN, Names::Own, of_oneself)
        .query(QUERY)
        .answers(200, "AuditLog"),
    Route::new(Method::Get, "/site/audit", &SITE, Names::Site, of_site)
        .query(QUERY)
        .answers(200, "AuditLog"),
];

fn of_organization(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    Ok(answer(&audit_log::of_organization(
        app,
        call,
        &wanted(input)?,
    )?))
}

fn of_oneself(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    Ok(answer(&audit_log::of_oneself(app, call, &wanted(input)?)?))
}

fn of_site(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    Ok(answer(&audit_log::of_site(app, call, &wanted(input)?)?))
}

/// A moment inside `phrase`.
fn moment(text: &str) -> Result<Option<Time>, AppError> {
    Time::parse_iso(text).map(Some).ok_or_else(|| {
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
    let before = match input.query("before") {
        Some(text) => Some(
            Cursor::parse(text)
                .ok_or_else(|| AppError::invalid("Query", "before", "is no cursor of this log"))?,
        ),
        None => None,
    };
    let mut wanted = Wanted {
        events: input.query_all("event").map(ToOwned::to_owned).collect(),
        actor: input.query("actor").map(ToOwned::to_owned),
        since: input.query("since").and_then(Time::parse_iso),
        until: input.query("until").and_then(Time::parse_iso),
        token,
        hashed_token: None,
        repository: input.query("repository").map(ToOwned::to_owned),
        before,
        count: input.page().size,
    };
    if let Some(phrase) = input.query("phrase") {
        read_phrase(&mut wanted, phrase)?;
    }
    Ok(wanted)
}

/// GitHub's search form, as far as it says what the filters say.
fn read_phrase(wanted: &mut Wanted, phrase: &str) -> Result<(), AppError> {
    for word in phrase.split_whitespace() {
        match word.split_once(':') {
            Some(("action", name)) => wanted.events.push(name.to_owned()),
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
fn shape(entry: &Entry) -> Value {
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
            "created_at": entry.at.iso(),
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

fn answer(entries: &[Entry]) -> Answer {
    Answer::ok(&entries.iter().map(shape).collect::<Vec<_>>())
}
