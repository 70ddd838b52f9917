//! The audit log as a file: JSON Lines or CSV, made while it is taken, so that it may be as long as it likes.

use jeton_app::audit_log::{self, Entry, Part, Wanted};
use jeton_app::{App, AppError, Call};
use jeton_http::{Answer, Input};
use serde_json::{Map, Value};

/// Facts that many entries have: each is a column of a table. The others stand together in its last one.
const FACTS: [&str; 8] = [
    "org",
    "repo",
    "team",
    "user",
    "user_programmatic_access_id",
    "user_programmatic_access_name",
    "permission",
    "reason",
];

/// Entries in a piece.
const PIECE: u32 = 100;

/// A file's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    JsonLines,
    /// A table with a head.
    Csv,
}

/// Which log: the use case that reads it.
pub type Reads = fn(&App, &Call, &Wanted) -> Result<Vec<Entry>, AppError>;

/// An organization's.
pub const OF_ORGANIZATION: Reads = audit_log::of_organization;
/// One's own.
pub const OF_ONESELF: Reads = audit_log::of_oneself;
/// The site's.
pub const OF_SITE: Reads = audit_log::of_site;

impl Format {
    /// The format that a request names; JSON Lines, if it names none.
    pub fn of(input: &Input) -> Self {
        match input.query("format") {
            Some("csv") => Self::Csv,
            _ => Self::JsonLines,
        }
    }

    const fn media(self) -> &'static str {
        match self {
            Self::JsonLines => "application/jsonl; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    const fn file(self) -> &'static str {
        match self {
            Self::JsonLines => "attachment; filename=\"audit-log.jsonl\"",
            Self::Csv => "attachment; filename=\"audit-log.csv\"",
        }
    }

    fn head(self) -> String {
        match self {
            Self::JsonLines => String::new(),
            Self::Csv => format!(
                "created_at,action,actor,actor_id,{},operation,cursor,data\r\n",
                FACTS.join(",")
            ),
        }
    }

    fn line(self, entry: &Entry, into: &mut String) {
        match self {
            Self::JsonLines => {
                into.push_str(&crate::audit::shape(entry).to_string());
                into.push('\n');
            }
            Self::Csv => {
                let mut data = match &entry.data {
                    Some(Value::Object(data)) => data.clone(),
                    _ => Map::new(),
                };
                let number = entry.actor_id.map(|id| id.to_string()).unwrap_or_default();
                let mut cells = vec![
                    entry.at.iso(),
                    entry.event.clone(),
                    entry.actor.clone().unwrap_or_default(),
                    number,
                ];
                cells.extend(FACTS.map(|name| match data.remove(name) {
                    None | Some(Value::Null) => String::new(),
                    Some(Value::String(text)) => text,
                    Some(other) => other.to_string(),
                }));
                cells.push(entry.operation.clone());
                cells.push(entry.cursor.text());
                cells.push(if data.is_empty() {
                    String::new()
                } else {
                    Value::Object(data).to_string()
                });
                let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
                into.push_str(&cells.join(","));
                into.push_str("\r\n");
            }
        }
    }
}

/// A cell of a table.
///
/// SECURITY: a spreadsheet runs a cell that begins like a formula, and others choose what stands in many: an
/// apostrophe in front makes it a text.
fn cell(text: &str) -> String {
    let formula = text.trim_start_matches([' ', '\u{a0}']).starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]);
    let text = if formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\n', '\r', ';']) || text.starts_with('\'') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// Begins an export: what is refused is refused before the first byte. Each piece is decided anew, so that an
/// export ends where its reader may read no more.
pub fn start(
    app: &App,
    call: &Call,
    wanted: Wanted,
    format: Format,
    reads: Reads,
) -> Result<Answer, AppError> {
    let mut wanted = Wanted {
        count: PIECE,
        part: match wanted.part {
            Part::Before(_) => Part::First,
            part => part,
        },
        ..wanted
    };
    let first = reads(app, call, &wanted)?;
    let (app, call) = (app.clone(), call.clone());
    let mut waiting = Some((format.head(), first));
    let next = move || {
        let (mut text, entries) = match waiting.take() {
            Some(first) => first,
            None => match wanted.part {
                // The last piece was not full.
                Part::First => return Ok(None),
                _ => (String::new(), reads(&app, &call, &wanted)?),
            },
        };
        for entry in &entries {
            format.line(entry, &mut text);
        }
        wanted.part = match entries.last() {
            Some(last) if entries.len() == PIECE as usize => Part::After(last.cursor),
            _ => Part::First,
        };
        Ok((!text.is_empty()).then(|| text.into()))
    };
    Ok(Answer::pieces(format.media(), Box::new(next)).header("content-disposition", format.file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_begins_like_a_formula_is_a_text() {
        for (text, written) in [
            ("plain", "plain"),
            ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            (" =1", "\"' =1\""),
            ("\u{ff1d}1", "\"'\u{ff1d}1\""),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("'a", "\"'a\""),
            ("", ""),
        ] {
            assert_eq!(cell(text), written, "{text:?}");
        }
    }
}
