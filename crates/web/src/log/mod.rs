//! The audit log as pages: of an organization, of oneself, of the site. Searched, walked, exported.

mod export;

use askama::Template;
use jeton_app::audit_log::{self, Cursor, Entry, Part, Wanted};
use jeton_app::{App, AppError, Call};
use jeton_domain::{
    Clean, Event, EventLog, Id, Least, Operation, Span, TargetKind, Time, TokenId, first_of,
};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Route};
use serde_json::{Map, Value};

use crate::operation::{own_page, page};
use crate::review::{LOG, Menu, owners_page, with};
use crate::{Faults, Frame, Visit, admin, settings};

static ORGANIZATION: Operation = owners_page("page.audit_log", "Show an organization's audit log.");
static OWN: Operation = own_page("page.security_log", "Show one's own log.");
static SITE: Operation = page(
    "page.site_log",
    "Show the site's audit log.",
    TargetKind::Site,
    Least::Administrator,
);

/// The filters. What can't be read is said, and nothing is shown.
pub(crate) const QUERY: &[Field] = &[
    Field::optional("text", Form::Text, "Only entries that hold this text."),
    Field::optional("actor", Form::Text, "Only what this person did."),
    Field::optional("event", Form::Text, "Only this event."),
    Field::optional(
        "repository",
        Form::Text,
        "Only what concerns this repository.",
    ),
    Field::optional("token_id", Form::Text, "Only what concerns this token."),
    Field::optional("since", Form::Text, "From this day on."),
    Field::optional("until", Form::Text, "Up to this day."),
    Field::optional("after", Form::Text, "Behind this entry."),
    Field::optional("before", Form::Text, "In front of this entry."),
    Field::optional(
        "format",
        Form::OneOf(&["jsonl", "csv"]),
        "The form of an export.",
    ),
];

const PATH: &str = "/organizations/{org}/settings/audit-log";
const OWN_PATH: &str = "/settings/security-log";
const SITE_PATH: &str = "/admin/audit-log";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Get,
        PATH,
        &ORGANIZATION,
        Names::Organization("org"),
        of_organization,
    )
    .query(QUERY),
    Route::new(Method::Get, OWN_PATH, &OWN, Names::Own, of_oneself).query(QUERY),
    Route::new(Method::Get, SITE_PATH, &SITE, Names::Site, of_site).query(QUERY),
    export::OF_ORGANIZATION,
    export::OF_ONESELF,
    export::OF_SITE,
];

const SIZE: u32 = 50;

#[derive(Template)]
#[template(path = "log/of_organization.html")]
struct OrganizationPage {
    frame: Frame,
    menu: Menu,
    form: LogForm,
    rows: Vec<Row>,
    newer: Option<String>,
    older: Option<String>,
    exports: Exports,
}

#[derive(Template)]
#[template(path = "log/own.html")]
struct OwnPage {
    frame: Frame,
    menu: &'static str,
    form: LogForm,
    rows: Vec<Row>,
    newer: Option<String>,
    older: Option<String>,
    exports: Exports,
}

#[derive(Template)]
#[template(path = "log/site.html")]
struct SitePage {
    frame: Frame,
    menu: &'static str,
    form: LogForm,
    rows: Vec<Row>,
    newer: Option<String>,
    older: Option<String>,
    exports: Exports,
}

type Exports = Vec<(&'static str, String)>;

/// What is filled in.
#[derive(Clone, Debug, Default)]
struct LogForm {
    text: String,
    actor: String,
    event: String,
    repository: String,
    token: String,
    since: String,
    until: String,
    events: Vec<(&'static str, &'static str)>,
    fault: String,
    any: bool,
}

struct Row {
    sentence: String,
    actor: String,
    at: String,
    minute: String,
    event: String,
    facts: Vec<(String, String)>,
}

/// What a page of the log shows.
struct Shown {
    form: LogForm,
    rows: Vec<Row>,
    newer: Option<String>,
    older: Option<String>,
    exports: Exports,
}

fn text(input: &Input, name: &str) -> String {
    input.query(name).unwrap_or_default().trim().to_owned()
}

impl LogForm {
    fn of(input: &Input, shows: impl Fn(EventLog) -> bool) -> Self {
        let text = |name| text(input, name);
        Self {
            text: text("text"),
            actor: text("actor"),
            event: text("event"),
            repository: text("repository"),
            token: text("token_id"),
            since: text("since"),
            until: text("until"),
            events: Event::ALL
                .iter()
                .filter(|event| shows(event.log()))
                .map(|event| (event.name(), event.sentence()))
                .collect(),
            fault: String::new(),
            any: input
                .queries()
                .iter()
                .any(|(name, value)| !value.is_empty() && name != "after" && name != "before"),
        }
    }
}

/// Reads the filters. What can't be read is refused: a filter that vanished would show too much.
pub(crate) fn wanted(input: &Input) -> Result<Wanted, AppError> {
    let text = |name: &'static str| Some(text(input, name)).filter(|text| !text.is_empty());
    let day = |name: &'static str| match text(name) {
        None => Ok(None),
        Some(day) => Time::parse_iso(&day)
            .map(Some)
            .ok_or_else(|| AppError::invalid("AuditLog", name, "takes a day such as 2026-11-21")),
    };
    let cursor = |name: &'static str| match text(name) {
        None => Ok(None),
        Some(place) => Cursor::parse(&place)
            .map(Some)
            .ok_or_else(|| AppError::invalid("AuditLog", name, "is no place in the log")),
    };
    let token = match text("token_id") {
        None => None,
        Some(number) => Some(
            number
                .parse()
                .ok()
                .and_then(TokenId::from_i64)
                .ok_or_else(|| AppError::invalid("AuditLog", "token_id", "takes a number"))?,
        ),
    };
    Ok(Wanted {
        events: text("event").into_iter().collect(),
        actor: text("actor"),
        since: day("since")?,
        // A day that is named belongs to what is looked for.
        until: day("until")?.map(|day| day.after(Span::from_days(1))),
        token,
        hashed_token: None,
        text: text("text"),
        repository: text("repository"),
        part: match (cursor("after")?, cursor("before")?) {
            (_, Some(before)) => Part::Before(before),
            (Some(after), None) => Part::After(after),
            (None, None) => Part::First,
        },
        oldest_first: false,
        count: SIZE + 1,
    })
}

/// One use case for each log.
type Reads = fn(&App, &Call, &Wanted) -> Result<Vec<Entry>, AppError>;

fn look(
    visit: &Visit<'_>,
    reads: Reads,
    path: &str,
    shows: impl Fn(EventLog) -> bool,
) -> Result<Shown, AppError> {
    let input = visit.input;
    let of_one = path != OWN_PATH && path != SITE_PATH;
    let mut form = LogForm::of(input, shows);
    let read = wanted(input).and_then(|wanted| {
        let part = wanted.part;
        reads(visit.app, visit.call, &wanted).map(|entries| (entries, part))
    });
    let (mut entries, part) = match read {
        Ok(read) => read,
        Err(error) => {
            let faults = Faults::of(error)?;
            let first = faults.all().first();
            form.fault = first.map_or_else(String::new, |(_, words)| words.clone());
            (Vec::new(), Part::First)
        }
    };
    let more = entries.len() > SIZE as usize;
    let (newer, older) = match part {
        Part::First => (false, more),
        Part::After(_) => (true, more),
        Part::Before(_) => (more, true),
    };
    if more {
        match part {
            Part::Before(_) => drop(entries.remove(0)),
            Part::First | Part::After(_) => entries.truncate(SIZE as usize),
        }
    }
    let link = |entry: Option<&Entry>, there: bool, name: &str, other: &str| {
        let place = entry.filter(|_| there)?.cursor.text();
        Some(format!("?{}", with(input, &[(name, &place), (other, "")])))
    };
    let export = |format| {
        let query = with(input, &[("format", format), ("after", ""), ("before", "")]);
        format!("{path}/export?{query}")
    };
    Ok(Shown {
        newer: link(entries.first(), newer, "before", "after"),
        older: link(entries.last(), older, "after", "before"),
        rows: entries.iter().map(|entry| row(entry, of_one)).collect(),
        exports: vec![("JSON Lines", export("jsonl")), ("CSV", export("csv"))],
        form,
    })
}

/// The facts that say what an entry is about, in the order of a sentence.
const ABOUT: &[&str] = &[
    "user_programmatic_access_name",
    "approval_rule",
    "workload_issuer",
    "workload_rule",
    "user",
    "email",
    "team",
    "repo",
    "ref",
];

/// The items of a list that a page names; exports name all.
const NAMED: usize = 10;

/// `of_one`: the log is one organization's, which goes without saying.
fn row(entry: &Entry, of_one: bool) -> Row {
    let nothing = Map::new();
    let data = entry.data.as_ref().and_then(Value::as_object);
    let data = data.unwrap_or(&nothing);
    let sentence = match Event::parse(&entry.event) {
        Some(event) => event.sentence(),
        None => &entry.event,
    };
    let about = about(data, of_one);
    Row {
        sentence: if about.is_empty() {
            sentence.to_owned()
        } else {
            format!("{}: {}", sentence.trim_end_matches('.'), about.join(", "))
        },
        actor: entry
            .actor
            .clone()
            .unwrap_or_else(|| "the server".to_owned()),
        at: entry.at.iso(),
        minute: entry.at.minute(),
        event: entry.event.clone(),
        facts: facts(data),
    }
}

fn about(data: &Map<String, Value>, of_one: bool) -> Vec<String> {
    let text = |name: &str| data.get(name).and_then(Value::as_str).map(Clean::plain);
    let mut about: Vec<String> = ABOUT.iter().filter_map(|name| text(name)).collect();
    if !of_one && !data.contains_key("repo") {
        about.extend(text("org"));
    }
    about
}

/// What else is known, in words: of a policy only what changed, of many things the first.
fn facts(data: &Map<String, Value>) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    for (name, value) in data {
        match (name.as_str(), value) {
            (_, Value::Null) => {}
            ("policy", Value::Object(new)) if data.contains_key("old_policy") => {
                facts.extend(changes(data.get("old_policy"), new));
            }
            ("old_policy", _) if data.contains_key("policy") => {}
            // Their names stand beside them, as far as the reader sees them.
            ("repository_ids", Value::Array(ids)) if has_names(data) => {
                let names = data.get("repositories").map(items).unwrap_or_default();
                let names = first_of(&names, ids.len(), NAMED);
                facts.push(("repositories".to_owned(), names));
            }
            ("repositories", Value::Array(_)) if data.contains_key("repository_ids") => {}
            _ => facts.push((name.clone(), plainly(value))),
        }
    }
    facts
}

fn has_names(data: &Map<String, Value>) -> bool {
    let names = data.get("repositories").and_then(Value::as_array);
    names.is_some_and(|names| !names.is_empty())
}

/// The settings that changed, each with what it was.
fn changes<'a>(
    old: Option<&'a Value>,
    new: &'a Map<String, Value>,
) -> impl Iterator<Item = (String, String)> + 'a {
    new.iter().filter_map(move |(setting, is)| {
        let was = old.and_then(|old| old.get(setting)).unwrap_or(&Value::Null);
        (was != is).then(|| {
            let words = format!("{} instead of {}", plainly(is), plainly(was));
            (setting.clone(), words)
        })
    })
}

fn items(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .map(plainly)
        .collect()
}

/// A value as a person reads it.
pub(crate) fn plainly(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) => first_of(&items(value), list.len(), NAMED),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| format!("{name} {}", plainly(value));
            fields.iter().map(field).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

fn of_organization(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let menu = Menu::of(&visit, LOG)?;
    let path = menu.path(LOG);
    let shown = look(&visit, audit_log::of_organization, &path, |log| {
        matches!(log, EventLog::Organization | EventLog::Both)
    })?;
    visit.page(
        200,
        &OrganizationPage {
            frame: visit.frame("Audit log"),
            menu,
            form: shown.form,
            rows: shown.rows,
            newer: shown.newer,
            older: shown.older,
            exports: shown.exports,
        },
    )
}

fn of_oneself(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let shown = look(&visit, audit_log::of_oneself, OWN_PATH, |log| {
        log != EventLog::Site
    })?;
    visit.page(
        200,
        &OwnPage {
            frame: visit.frame("Security log"),
            menu: OWN_PATH,
            form: shown.form,
            rows: shown.rows,
            newer: shown.newer,
            older: shown.older,
            exports: shown.exports,
        },
    )
}

fn of_site(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let visit = Visit::new(app, call, input)?;
    let shown = look(&visit, audit_log::of_site, SITE_PATH, |_| true)?;
    visit.page(
        200,
        &SitePage {
            frame: visit.frame("Audit log"),
            menu: admin::LOG,
            form: shown.form,
            rows: shown.rows,
            newer: shown.newer,
            older: shown.older,
            exports: shown.exports,
        },
    )
}
