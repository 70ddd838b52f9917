//! Reading what cargo prints as JSON.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::Error;

/// The text at a place such as `/target/name`; empty where there is none.
///
/// Absent fields are read as empty: the formats are cargo's and stable, and an empty answer fails whatever asked.
pub(crate) fn text<'a>(value: &'a Value, place: &str) -> &'a str {
    value
        .pointer(place)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The elements of the list at a place.
pub(crate) fn list<'a>(value: &'a Value, place: &str) -> impl Iterator<Item = &'a Value> {
    value
        .pointer(place)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// One program that a build made.
#[derive(Debug)]
pub(crate) struct Artifact {
    pub(crate) package_id: String,
    /// The folder of its package.
    pub(crate) folder: PathBuf,
    pub(crate) target: String,
    /// `lib`, `bin`, `test`, …
    pub(crate) kind: String,
    /// It is an executable of tests.
    pub(crate) tests: bool,
    pub(crate) program: PathBuf,
}

/// The programs named in what `cargo … --message-format=json-render-diagnostics` printed.
pub(crate) fn programs(output: &str) -> Result<Vec<Artifact>, Error> {
    let mut found = Vec::new();
    for line in output.lines().filter(|line| line.starts_with('{')) {
        let message: Value = serde_json::from_str(line).map_err(|source| Error::Json {
            program: "cargo".into(),
            source,
        })?;
        let program = text(&message, "/executable");
        if program.is_empty() {
            continue;
        }
        let manifest = Path::new(text(&message, "/manifest_path"));
        found.push(Artifact {
            package_id: text(&message, "/package_id").to_owned(),
            folder: manifest.parent().unwrap_or(manifest).to_owned(),
            target: text(&message, "/target/name").to_owned(),
            kind: text(&message, "/target/kind/0").to_owned(),
            tests: message.pointer("/profile/test") == Some(&Value::Bool(true)),
            program: PathBuf::from(program),
        });
    }
    Ok(found)
}
