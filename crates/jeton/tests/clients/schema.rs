//! GitHub's own descriptions, and the tables of what is knowingly otherwise here.

#![allow(dead_code, reason = "each test target uses its part")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// The descriptions of the newest enterprise server that is installed.
pub struct Webhooks(Value);

impl Webhooks {
    pub fn read(modules: &Path) -> Self {
        let folder = modules.join("@octokit/openapi-webhooks/generated");
        let files = std::fs::read_dir(&folder).unwrap_or_else(|_| {
            panic!(
                "`{}` is missing: `cargo xtask test clients` installs it",
                folder.display()
            )
        });
        Self(serde_json::from_slice(&std::fs::read(newest(files)).unwrap()).unwrap())
    }

    /// What is wrong with a payload.
    pub fn faults(&self, event: &str, action: &str, payload: &Value) -> BTreeSet<String> {
        let name = [event, action].join("-").replace('_', "-");
        let name = name.trim_end_matches('-');
        let at = format!("/webhooks/{name}/post/requestBody/content/application~1json/schema");
        let Some(schema) = self.0.pointer(&at) else {
            return [format!("event: GitHub has no `{name}`")].into();
        };
        let whole = json!({ "allOf": [schema], "components": self.0["components"] });
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .build(&whole)
            .unwrap();
        let faults = validator.iter_errors(payload).map(|error| {
            let said: String = error.masked().to_string().chars().take(140).collect();
            format!("{}: {said}", place(&error.instance_path().to_string()))
        });
        faults.collect()
    }
}

/// The description of the newest enterprise server in a folder.
pub fn newest(files: std::fs::ReadDir) -> PathBuf {
    let versions = files.map(|file| file.unwrap().path()).filter_map(|path| {
        let name = path.file_name()?.to_str()?;
        let version = name.strip_prefix("ghes-")?.strip_suffix(".json")?;
        let (major, minor) = version.split_once('.')?;
        let version: (u32, u32) = (major.parse().ok()?, minor.parse().ok()?);
        Some((version, path.clone()))
    });
    versions.max().unwrap().1
}

/// Where in a body something is, whichever item of a list it is.
pub fn place(path: &str) -> String {
    let part = |part: &str| match part.parse::<usize>() {
        Ok(_) => "*".to_owned(),
        Err(_) => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// A committed table of what is knowingly otherwise: what, fault; the third part is the reason.
pub fn deviations(text: &str) -> BTreeSet<(String, String)> {
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let parts: Vec<&str> = line.split(" | ").collect();
            let [what, fault, reason] = parts.as_slice() else {
                panic!("not three parts: {line}");
            };
            assert!(reason.len() > 10, "no reason: {line}");
            ((*what).to_owned(), (*fault).to_owned())
        })
        .collect()
}
