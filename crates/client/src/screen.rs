//! What the person sees: data to standard output, everything else to standard error.

use std::io::{self, IsTerminal, Write};

use comfy_table::{ContentArrangement, Table, presets};
use jeton_domain::plain;
use serde_json::Value;

use crate::error::ClientError;
use crate::values::{life, minutes, permissions, reach, scopes, text};
use crate::{conditions, standing};

/// The two streams and the form that was asked for.
pub(crate) struct Screen<'a> {
    pub(crate) out: &'a mut dyn Write,
    pub(crate) err: &'a mut dyn Write,
    pub(crate) json: bool,
    /// Columns of the terminal that data goes to; none where it goes to a file or a program, which
    /// want each row in one line.
    pub(crate) terminal: bool,
}

/// How a value is written in a cell.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// As it stands; lists with commas.
    Text,
    /// A moment, to the minute.
    Moment,
    /// yes, or nothing.
    Flag,
    /// `contents: read`.
    Permissions,
    /// Of a whole token: `6 repositories`, `all`, `public only`.
    Reach,
    /// Of a whole token: its scopes, where it is a classic one.
    Scopes,
    /// Of a whole token or request: its conditions, and those in force.
    Conditions,
    /// A kind of credential.
    Kind,
    /// What the owner says of a token.
    Standing,
    /// Of a whole token: why its standing is what it is.
    Reason,
    /// Of a whole token: what it can do now.
    InForce,
    /// Of a whole token: which repositories that is for, where it is not all that it wants.
    InForceFor,
    /// Of a whole request: how long each value may live once it is approved.
    Life,
}

/// A column of a table, or a line of a description: title, where its value stands (alternatives
/// separated by `|`; the first that is there counts), form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column(
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) Form,
);

impl Screen<'_> {
    /// A line of data.
    pub(crate) fn data(&mut self, line: &str) -> Result<(), ClientError> {
        writeln!(self.out, "{line}").map_err(ClientError::Output)
    }

    /// A line for the person, beside the data.
    pub(crate) fn note(&mut self, line: &str) {
        // Nobody can be told that standard error is gone.
        let _ = writeln!(self.err, "{}", plain(line));
    }

    /// The server's JSON as it came.
    pub(crate) fn print_json(&mut self, value: &Value) -> Result<(), ClientError> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| ClientError::other(error.to_string()))?;
        self.data(&text)
    }

    /// A list: JSON, or a table.
    pub(crate) fn list(&mut self, columns: &[Column], items: &[Value]) -> Result<(), ClientError> {
        if self.json {
            return self.print_json(&Value::Array(items.to_vec()));
        }
        if items.is_empty() {
            self.note("There are none.");
            return Ok(());
        }
        // A column that says nothing of anything only takes room.
        let says = |column: &&Column| items.iter().any(|item| !column.cell(item).is_empty());
        let columns: Vec<_> = columns.iter().filter(says).collect();
        let row = |item| columns.iter().map(|column| column.cell(item)).collect();
        let titles: Vec<_> = columns.iter().map(|column| column.0).collect();
        self.table(&titles, items.iter().map(row).collect())
    }

    /// One thing: JSON, or a line for each of its fields that is there.
    pub(crate) fn one(&mut self, fields: &[Column], item: &Value) -> Result<(), ClientError> {
        if self.json {
            return self.print_json(item);
        }
        let rows = fields
            .iter()
            .map(|field| vec![field.0.to_owned(), field.cell(item)]);
        self.table(
            &[],
            rows.filter(|row| row.last().is_some_and(|cell| !cell.is_empty()))
                .collect(),
        )
    }

    /// A text of several lines, or what JSON holds, under its title; nothing where it is empty. Harmless in a terminal.
    pub(crate) fn block(&mut self, title: &str, found: Option<&Value>) -> Result<(), ClientError> {
        let text = match found {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::String(text)) => text.clone(),
            Some(value) => serde_json::to_string_pretty(value)
                .map_err(|error| ClientError::other(error.to_string()))?,
        };
        if text.trim().is_empty() {
            return Ok(());
        }
        self.data(&format!("\n{title}:"))?;
        text.lines().try_for_each(|line| self.data(&plain(line)))
    }

    /// Something was done: JSON, or a sentence beside the data.
    pub(crate) fn done(&mut self, answer: &Value, sentence: &str) -> Result<(), ClientError> {
        if self.json && !answer.is_null() {
            return self.print_json(answer);
        }
        self.note(sentence);
        Ok(())
    }

    /// A table without lines: readable, and cut by any tool.
    pub(crate) fn table(
        &mut self,
        titles: &[&str],
        rows: Vec<Vec<String>>,
    ) -> Result<(), ClientError> {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(if self.terminal {
            ContentArrangement::Dynamic
        } else {
            ContentArrangement::Disabled
        });
        if !titles.is_empty() {
            table.set_header(titles);
        }
        table.add_rows(rows);
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        let text = table.trim_fmt();
        self.data(&text)
    }
}

impl Column {
    /// The value's text, harmless in a terminal.
    pub(crate) fn cell(&self, item: &Value) -> String {
        let found = self
            .1
            .split('|')
            .filter_map(|pointer| item.pointer(pointer))
            .find(|value| !value.is_null());
        found
            .map(|value| plain(&self.2.write(value)))
            .unwrap_or_default()
    }
}

impl Form {
    fn write(self, value: &Value) -> String {
        match (self, value) {
            (Self::Flag, Value::Bool(on)) => if *on { "yes" } else { "" }.to_owned(),
            (Self::Moment, Value::String(text)) => minutes(text),
            // GitHub's `@timestamp`: milliseconds.
            (Self::Moment, Value::Number(number)) => number
                .as_i64()
                .map(|ms| minutes(&jeton_domain::Time::from_micros(ms.saturating_mul(1000)).iso()))
                .unwrap_or_default(),
            (Self::Permissions, Value::Object(_)) => permissions(value).join(", "),
            (Self::Reach, Value::Object(_)) => reach(value),
            (Self::Scopes, item) => scopes(item),
            (Self::Conditions, item) => conditions::of(item),
            (Self::Life, item) => life(item),
            (Self::Kind, Value::String(code)) => standing::kind(code),
            (Self::Standing, Value::String(code)) => standing::standing(code),
            (Self::Reason, item) => standing::reason(item),
            (Self::InForce, item) => standing::in_force(item),
            (Self::InForceFor, item) => standing::in_force_for(item),
            (_, value) => text(value),
        }
    }
}

/// Whether data goes to a terminal.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const COLUMNS: &[Column] = &[
        Column("NAME", "/name", Form::Text),
        Column("WHEN", "/@timestamp|/created_at", Form::Moment),
        Column("PERMISSIONS", "/permissions", Form::Permissions),
        Column("OWNER", "/owner/login", Form::Text),
    ];

    fn shown(json_wanted: bool, act: impl FnOnce(&mut Screen<'_>)) -> (String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        act(&mut Screen {
            out: &mut out,
            err: &mut err,
            json: json_wanted,
            terminal: false,
        });
        (
            String::from_utf8(out).unwrap(),
            String::from_utf8(err).unwrap(),
        )
    }

    #[test]
    fn a_list_is_a_table_for_people() {
        let items = [
            json!({"name": "a", "created_at": "2026-11-21T08:00:30Z", "permissions": {"repository": {"contents": "read"}, "organization": {}}, "owner": {"login": "alta3"}}),
            json!({"name": "a longer name", "@timestamp": 1_795_248_000_000_i64, "permissions": {"contents": "write"}, "owner": null}),
        ];
        let (out, err) = shown(false, |screen| screen.list(COLUMNS, &items).unwrap());
        assert_eq!(
            out,
            "NAME           WHEN              PERMISSIONS      OWNER\n\
             a              2026-11-21 08:00  contents: read   alta3\n\
             a longer name  2026-11-21 08:00  contents: write\n"
        );
        assert_eq!(err, "");
    }

    #[test]
    fn a_list_is_the_servers_json_for_programs() {
        let items = [json!({"name": "x\u{202e}", "more": [1]})];
        let (out, _) = shown(true, |screen| screen.list(COLUMNS, &items).unwrap());
        assert_eq!(
            serde_json::from_str::<Value>(&out).unwrap(),
            json!([{"name": "x\u{202e}", "more": [1]}])
        );
        let (out, _) = shown(true, |screen| screen.list(COLUMNS, &[]).unwrap());
        assert_eq!(out, "[]\n");
    }

    #[test]
    fn what_a_token_reaches_is_said_in_words() {
        let reach = |token: &Value| Column("", "", Form::Reach).cell(token);
        let some = json!({"repository_selection": "subset", "repositories": ["a/b", "a/c"]});
        assert_eq!(reach(&some), "2 repositories");
        let hidden = json!({"repository_selection": "subset", "unnamed_repositories": 1, "repositories": []});
        assert_eq!(reach(&hidden), "1 repository");
        assert_eq!(
            reach(&json!({"repository_selection": "all", "repositories": []})),
            "all"
        );
        assert_eq!(
            reach(&json!({"repository_selection": "none"})),
            "public only"
        );
        assert_eq!(reach(&json!({"kind": "client"})), "");
    }

    #[test]
    fn nothing_is_said_beside_the_data() {
        assert_eq!(
            shown(false, |screen| screen.list(COLUMNS, &[]).unwrap()),
            (String::new(), "There are none.\n".to_owned())
        );
    }

    #[test]
    fn hostile_names_can_not_move_the_cursor() {
        let items = [json!({"name": "a\u{1b}[2Jb\r\nc\u{202e}"})];
        let (out, _) = shown(false, |screen| screen.list(&COLUMNS[..1], &items).unwrap());
        assert_eq!(out, "NAME\na[2Jb  c\n");
    }

    #[test]
    fn a_description_leaves_out_what_is_not_there() {
        let (out, _) = shown(false, |screen| {
            screen
                .one(COLUMNS, &json!({"name": "a", "owner": {"login": "o"}}))
                .unwrap();
        });
        assert_eq!(out, "NAME   a\nOWNER  o\n");
    }
}
