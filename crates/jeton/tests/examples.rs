//! Every example of the reference, typed as it stands there: each does what its page promises, and answers with the status
//! that the route declares. What the reference shows of an answer is what came here (`JETON_WRITE_ANSWERS=1` writes it anew).

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

mod support;
#[path = "examples/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::process::Command;

use jeton_api::examples::example;
use jeton_app::Door;
use jeton_domain::Access;
use jeton_http::{Route, Table};
use serde_json::{Value, json};
use support::Site;
use support::http::send;
use world::World;

/// What an answer holds: names, and kinds of values. Of a list its first item stands for all.
fn shape(value: &Value, depth: usize) -> String {
    let inner = "  ".repeat(depth + 1);
    let end = "  ".repeat(depth);
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "true or false".to_owned(),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "text".to_owned(),
        Value::Array(items) => items.first().map_or_else(
            || "[…]".to_owned(),
            |item| format!("[{}, …]", shape(item, depth)),
        ),
        Value::Object(fields) if fields.is_empty() || depth > 2 => "{…}".to_owned(),
        Value::Object(fields) => {
            let lines: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{inner}\"{name}\": {}", shape(value, depth + 1)))
                .collect();
            format!("{{\n{}\n{end}}}", lines.join(",\n"))
        }
    }
}

/// What an object has, and nothing of what that has.
fn parts(value: &Value) -> Value {
    let hollow = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::Object(_) => json!({}),
            Value::Array(_) => json!([]),
            other => other.clone(),
        };
        (name.clone(), value)
    };
    Value::Object(value.as_object().unwrap().iter().map(hollow).collect())
}

/// Names that stand in a shape.
fn names(shape: &str) -> Vec<&str> {
    shape.split('"').skip(1).step_by(2).collect()
}

/// What the reference shows of answers, as they came now.
fn written(shapes: &BTreeMap<&str, String>) -> String {
    let parts: Vec<String> = shapes
        .iter()
        .map(|(name, shape)| format!("{name}\n{shape}\n"))
        .collect();
    parts.join("\n")
}

/// There is an administrator already: typed below, where there is none.
const NOT_TYPED: &[&str] = &["setup"];

#[test]
fn every_example_of_the_reference_does_what_its_page_promises() {
    let mut world = World::new();
    world.keep();
    let mut wrong = Vec::new();
    let mut typed = 0;
    let mut shapes = BTreeMap::new();
    for table in jeton_api::TABLES {
        for route in table.routes {
            let name = route.operation.name;
            if NOT_TYPED.contains(&name) {
                continue;
            }
            let (status, body) = world.typed(table, route);
            typed += 1;
            let promised = route.answer.0;
            if status != promised {
                wrong.push(format!("{name}: {status} instead of {promised}: {body}"));
            }
            if let Ok(json) = serde_json::from_str::<Value>(&body)
                && status == promised
            {
                let shape = match name {
                    // Of what describes everything its parts will do.
                    "operations.openapi" => shape(&parts(&json), 0),
                    _ => shape(&json, 0),
                };
                let shown = jeton_api::examples::answer(name).unwrap_or_default();
                let gone = names(shown)
                    .into_iter()
                    .find(|name| !names(&shape).contains(name));
                if let Some(gone) = gone {
                    wrong.push(format!(
                        "{name}: the reference shows `{gone}`, and it did not come: {body}"
                    ));
                }
                shapes.insert(name, shape);
            }
            let empty = body.is_empty();
            // What is refused to everybody says why.
            if empty == matches!(promised, 200..=202 | 403) {
                wrong.push(format!("{name}: {promised} and this body: {body:?}"));
            }
            if route.operation.access == Access::Write {
                world.as_kept();
            }
        }
    }
    // To bring the reference up to date: run this test with the variable set.
    if std::env::var_os("JETON_WRITE_ANSWERS").is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../api/src/answers.txt");
        std::fs::write(file, written(&shapes)).unwrap();
    }
    assert!(
        wrong.is_empty(),
        "{} of {typed}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(typed > 90, "{typed}");
}

#[test]
fn the_example_that_makes_the_first_administrator_makes_one() {
    let site = Site::start();
    let code = site.running().setup_code.clone().unwrap();
    let (table, route) = jeton_api::TABLES
        .iter()
        .flat_map(|table| table.routes.iter().map(move |route| (table, route)))
        .find(|(_, route)| route.operation.name == "setup")
        .unwrap();
    let command = example(table, route).command;
    let out = Command::new("sh")
        .args(["-euc", &command.replacen("curl", "curl -fsS", 1)])
        .env("JETON", site.url())
        .env("CODE", code)
        .output()
        .unwrap();
    assert!(out.status.success(), "{out:?}");
    let body = json!({ "login": "mona", "password": "correct horse battery staple" });
    let signed_in = send(
        site.address(),
        "POST",
        "/api/jeton/v1/sign-in",
        &[("content-type", "application/json")],
        body.to_string().as_bytes(),
    );
    assert_eq!(signed_in.status, 201, "{}", signed_in.text());
    assert_eq!(signed_in.json()["administrator"], json!(true));
}

/// A path of a route, with something in each of its places.
fn any_path(table: &Table, route: &Route) -> String {
    let parts: Vec<&str> = route
        .path
        .split('/')
        .map(|part| if part.starts_with('{') { "7" } else { part })
        .collect();
    format!("{}{}", table.prefixes[0], parts.join("/"))
}

#[test]
fn every_refusal_leads_to_a_page_about_its_operation() {
    let site = Site::with(&[("rates.failures", "0")]);
    let bearer = format!("Bearer {}", support::world::UNKNOWN);
    let mut seen = 0;
    for table in jeton_api::TABLES {
        for route in table.routes {
            let refused = send(
                site.address(),
                route.method.name(),
                &any_path(table, route),
                &[("authorization", bearer.as_str())],
                b"",
            );
            assert_eq!(refused.status, 401, "{}", refused.text());
            // Plain text has no address in it.
            if table.door == Door::Git {
                continue;
            }
            let said = refused.json()["documentation_url"]
                .as_str()
                .unwrap()
                .to_owned();
            let path = said.strip_prefix(site.url()).unwrap();
            assert_eq!(path, format!("/docs/operations/{}", route.operation.name));
            let page = send(site.address(), "GET", path, &[], b"");
            assert_eq!(page.status, 200, "{path}");
            let text = page.text();
            assert!(
                text.contains(&format!("<h1>{}</h1>", route.operation.name)),
                "{path}"
            );
            for need in route.operation.sets.iter().flat_map(|set| set.iter()) {
                let link = format!("/docs/permissions/{}", need.key);
                assert!(text.contains(&link), "{path} does not lead to {link}");
                assert_eq!(
                    send(site.address(), "GET", &link, &[], b"").status,
                    200,
                    "{link}"
                );
            }
            seen += 1;
        }
    }
    assert!(seen > 90);
    // What is no operation leads to all of them.
    let nowhere = send(site.address(), "GET", "/api/v3/nowhere", &[], b"");
    let said = nowhere.json()["documentation_url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(said, format!("{}/docs/operations", site.url()));
}

#[test]
fn what_is_read_is_read_without_a_session_unless_the_site_is_closed() {
    let site = Site::start();
    let root = site.person("root-of-it", true);
    let pages = [
        "/docs",
        "/docs/operations?q=rotate&kind=sign-in",
        "/docs/operations/git.push",
        "/docs/permissions",
        "/docs/permissions/contents",
        "/docs/closed",
        "/docs/use",
        "/docs/operate",
    ];
    for path in pages {
        let page = send(site.address(), "GET", path, &[], b"");
        assert_eq!(page.status, 200, "{path}: {}", page.text());
    }
    let found = send(
        site.address(),
        "GET",
        "/docs/operations?permission=contents&q=%3Cscript%3E",
        &[],
        b"",
    );
    assert!(!found.text().contains("<script>") && found.text().contains("Nothing fits"));
    for path in [
        "/docs/operations/nothing",
        "/docs/permissions/nothing",
        "/docs/nothing",
    ] {
        assert_eq!(
            send(site.address(), "GET", path, &[], b"").status,
            404,
            "{path}"
        );
    }
    let mut policy = site.must(
        "GET",
        "/api/jeton/v1/site/policy",
        Some(&root.client),
        &Value::Null,
    );
    policy["anonymous_allowed"] = json!(false);
    site.must(
        "PUT",
        "/api/jeton/v1/site/policy",
        Some(&root.client),
        &policy,
    );
    for path in pages {
        let closed = send(site.address(), "GET", path, &[], b"");
        assert_ne!(closed.status, 200, "{path}");
    }
}
