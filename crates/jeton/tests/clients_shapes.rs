//! Every GitHub-shaped answer, held against GitHub's own description of its enterprise server, which the test command installs.
//! Where one is knowingly another, `clients/deviations.txt` says which and why.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

#[path = "clients/schema.rs"]
mod schema;
mod support;
#[path = "examples/world.rs"]
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jeton_domain::Access;
use jeton_http::{GITHUB_PREFIXES, Route};
use serde_json::{Value, json};
use world::World;

/// The newest description of an enterprise server that is installed, and that of github.com.
fn descriptions() -> [Value; 2] {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/xtask");
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or(root, |target| Path::new(&target).join("xtask"));
    let folder = target.join("node_modules/@octokit/openapi/generated");
    let files = std::fs::read_dir(&folder).unwrap_or_else(|_| {
        panic!(
            "`{}` is missing: `cargo xtask test clients` installs it",
            folder.display()
        )
    });
    let newest = schema::newest(files);
    [newest, folder.join("api.github.com.json")].map(|path| {
        let mut read: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        nullable(&mut read["components"]["schemas"]);
        nullable(&mut read["components"]["responses"]);
        nullable(&mut read["paths"]);
        read
    })
}

/// OpenAPI 3.0 says of a value that may be null so in a word of its own; JSON Schema in its type.
fn nullable(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(nullable),
        Value::Object(fields) => {
            fields.values_mut().for_each(nullable);
            if fields.remove("nullable") == Some(json!(true)) {
                let inner = Value::Object(std::mem::take(fields));
                fields.insert("anyOf".to_owned(), json!([inner, { "type": "null" }]));
            }
            fields.remove("example");
            fields.remove("discriminator");
        }
        _ => {}
    }
}

/// Descriptions of the enterprise server and of github.com, which has some routes that the other lacks.
struct Github([Value; 2]);

impl Github {
    /// What GitHub answers a route with, and the description that says so: nothing, where it has no such route.
    fn answers(&self, route: &Route) -> Option<(&Value, &Value)> {
        let method = route.method.name().to_ascii_lowercase();
        let same = |theirs: &str| {
            let pairs = || theirs.split('/').zip(route.path.split('/'));
            theirs.split('/').count() == route.path.split('/').count()
                && pairs().all(|(a, b)| a == b || a.starts_with('{') && b.starts_with('{'))
        };
        self.0.iter().find_map(|description| {
            let paths = description["paths"].as_object().unwrap();
            let found = paths
                .iter()
                .find(|(theirs, path)| same(theirs) && path.get(&method).is_some());
            found.map(|(_, path)| (&path[&method]["responses"], description))
        })
    }

    /// What is wrong with an answer.
    fn faults(&self, route: &Route, status: u16, body: &Value) -> Vec<String> {
        let Some((answers, description)) = self.answers(route) else {
            return vec!["route: GitHub has none such".to_owned()];
        };
        let Some(answer) = answers.get(status.to_string()) else {
            let theirs: Vec<&String> = answers.as_object().unwrap().keys().collect();
            return vec![format!("status: GitHub answers {theirs:?}")];
        };
        let resolved = match answer["$ref"].as_str() {
            Some(at) => description.pointer(at.trim_start_matches('#')).unwrap(),
            None => answer,
        };
        let Some(schema) = resolved.pointer("/content/application~1json/schema") else {
            return match body {
                Value::Null => Vec::new(),
                _ => vec!["body: GitHub answers none".to_owned()],
            };
        };
        let whole = json!({ "allOf": [schema], "components": { "schemas": description["components"]["schemas"] } });
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft4)
            .build(&whole)
            .unwrap();
        let faults = validator.iter_errors(body).map(|error| {
            let place = schema::place(&error.instance_path().to_string());
            let said: String = error.masked().to_string().chars().take(140).collect();
            format!("{place}: {said}")
        });
        faults.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

#[test]
fn every_answer_that_github_describes_is_as_github_describes_it() {
    let github = Github(descriptions());
    let mut world = World::new();
    world.keep();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut seen = 0;
    for table in jeton_api::TABLES
        .iter()
        .filter(|table| table.prefixes == GITHUB_PREFIXES)
    {
        for route in table.routes {
            let (status, body) = world.typed(table, route);
            let body = serde_json::from_str(&body).unwrap_or(Value::Null);
            let name = format!("{} {}", route.method.name(), route.path);
            let faults = github.faults(route, status, &body);
            seen += 1;
            if !faults.is_empty() {
                found.insert(name, faults);
            }
            if route.operation.access == Access::Write {
                world.as_kept();
            }
        }
    }
    assert!(seen > 50, "{seen}");
    let known = schema::deviations(include_str!("clients/deviations.txt"));
    let found: BTreeSet<(String, String)> = found
        .into_iter()
        .flat_map(|(route, faults)| faults.into_iter().map(move |fault| (route.clone(), fault)))
        .collect();
    let new: Vec<_> = found.difference(&known).collect();
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "not in the table: {new:#?}\nin the table and no more so: {gone:#?}"
    );
}
