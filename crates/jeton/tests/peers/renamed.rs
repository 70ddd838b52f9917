//! An earlier name of a repository. Slipped here once: only two routes asked whether a name was an earlier
//! one, so the others deleted, changed and took pushes by it. Proved: every route of REST that names a
//! repository leads from an earlier name to the present one and does nothing by it; Git's answer by either
//! name alike; and both give the same answer as for a missing one to whom the repository is hidden.

use jeton::server::TABLES;
use jeton_app::Door;
use jeton_http::{Method, Route};
use serde_json::{Value, json};

use crate::support::http::{Answer, basic, send};
use crate::support::routes::target;
use crate::world::World;

/// `code` is called `lab` now.
fn renamed() -> World {
    let world = World::new();
    let olivia = Some(world.olivia.client.as_str());
    let must = |method, path: &str, body| world.site.must(method, path, olivia, &body);
    must("POST", "/api/v3/orgs/acme/teams", json!({ "name": "core" }));
    must(
        "PUT",
        "/api/v3/orgs/acme/teams/core/repos/acme/code",
        json!({ "permission": "pull" }),
    );
    must("PATCH", "/api/v3/repos/acme/code", json!({ "name": "lab" }));
    world
}

/// Every route that names a repository, first or second in its path, under each of its prefixes.
fn routes(doors: &[Door]) -> Vec<(&'static Route, &'static str)> {
    TABLES
        .iter()
        .filter(|table| doors.contains(&table.door))
        .flat_map(|table| table.routes.iter().map(move |route| (table, route)))
        .filter(|(_, route)| route.path.contains("{repo}"))
        .flat_map(|(table, route)| table.prefixes.iter().map(move |prefix| (route, *prefix)))
        .collect()
}

const ALL: &[Door] = &[Door::Api, Door::Admin, Door::Git];

/// An answer without what differs between any two requests, and between two names.
fn plain(answer: Answer, name: &str) -> (u16, Vec<(String, String)>, String) {
    let id = answer
        .header("x-github-request-id")
        .unwrap_or("-")
        .to_owned();
    let named = format!("acme/{name}");
    let plain = |text: &str| text.replace(&id, "ID").replace(&named, "acme/NAME");
    let (status, headers, body) = answer.bytes();
    let headers = headers
        .into_iter()
        .filter(|(name, _)| name != "content-length")
        .map(|(name, value)| (name, plain(&value)))
        .collect();
    (status, headers, plain(&body))
}

fn ask(world: &World, method: Method, target: &str, authorization: Option<&str>) -> Answer {
    let path = target.split('?').next().unwrap_or_default();
    let git = ["git-upload-pack", "git-receive-pack"]
        .into_iter()
        .find(|service| path.ends_with(service));
    let media = git.map_or_else(
        || "application/json".to_owned(),
        |service| format!("application/x-{service}-request"),
    );
    let body: &[u8] = match (method, git) {
        (Method::Get | Method::Delete, _) => b"",
        (_, Some(_)) => b"0000",
        (_, None) => br#"{"name":"taken","visibility":"public","permission":"admin"}"#,
    };
    let mut headers: Vec<(&str, &str)> = Vec::new();
    headers.extend(authorization.map(|value| ("authorization", value)));
    if !body.is_empty() {
        headers.push(("content-type", &media));
    }
    send(world.site.address(), method.name(), target, &headers, body)
}

#[test]
fn every_route_leads_from_an_earlier_name_and_does_nothing_by_it() {
    let world = renamed();
    let state = || {
        [
            "/api/v3/repos/acme/lab",
            "/api/v3/repos/acme/lab/collaborators",
            "/api/v3/orgs/acme/teams/core/repos",
            "/api/v3/orgs/acme/audit-log",
        ]
        .map(|path| {
            let answer = world.get(&world.olivia.client, path);
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            answer.json()
        })
    };
    let full = world.owners(
        "full",
        &json!("all"),
        &json!({
            "administration": "write", "contents": "write", "members": "write",
            "repository_hooks": "write",
        }),
    );
    let before = state();
    let routes = routes(&[Door::Api]);
    assert!(routes.len() > 18, "{}", routes.len());
    for (route, prefix) in routes {
        let (old, new) = (target(route, prefix, "code"), target(route, prefix, "lab"));
        for value in [&world.olivia.client, &full.value] {
            let answer = ask(&world, route.method, &old, Some(&basic("x", value)));
            let what = format!("{} {old}: {}", route.method.name(), answer.text());
            let status = if route.method == Method::Get {
                301
            } else {
                307
            };
            assert_eq!(answer.status, status, "{what}");
            let location = answer.header("location").unwrap_or_default();
            let path = location.strip_prefix(world.site.url()).unwrap_or(location);
            assert_eq!(path, new, "{what}");
        }
    }
    assert_eq!(state(), before);
}

#[test]
fn an_earlier_name_is_as_hidden_as_the_repository() {
    let world = renamed();
    let permissions = json!({
        "administration": "write", "contents": "write", "members": "write", "repository_hooks": "write",
    });
    let narrow = world.owners("narrow", &json!(["secret"]), &permissions);
    let bare = world.owners("bare", &json!("all"), &json!({ "members": "write" }));
    for (who, value) in [
        ("nobody", None),
        ("a stranger", Some(&world.sam.client)),
        ("a token for another repository", Some(&narrow.value)),
        ("a token that reads no repository", Some(&bare.value)),
    ] {
        let header = value.map(|value| basic("x", value));
        for (route, prefix) in routes(ALL) {
            // The asker's own words are in the answer: what was asked, and by which request.
            let told = |name: &str| {
                let asked = target(route, prefix, name);
                let answer = ask(&world, route.method, &asked, header.as_deref());
                plain(answer, name)
            };
            let (old, missing) = (told("code"), told("absent"));
            assert!([401, 403, 404].contains(&old.0), "{who}: {old:?}");
            assert_eq!(
                old,
                missing,
                "{who}: {} {}",
                route.method.name(),
                route.path
            );
        }
    }
}

/// In each of Git's requests, by whatever is carried.
#[test]
fn git_is_answered_alike_by_either_name() {
    let world = renamed();
    let full = world.owners("full", &json!(["lab"]), &json!({ "contents": "write" }));
    let read = world.owners("read", &json!(["lab"]), &json!({ "contents": "read" }));
    // A token's first use is written down, whatever it is for.
    for value in [&full.value, &read.value] {
        assert_eq!(world.fetch(Some(value), "lab").status, 200);
    }
    let routes = routes(&[Door::Git]);
    assert_eq!(routes.len(), 6);
    for (route, prefix) in routes {
        for (value, refused) in [
            (&world.olivia.client, false),
            (&full.value, false),
            (&read.value, route.operation.name == "git.push"),
        ] {
            // Twice: the second time it comes from memory, if it does.
            for _ in 0..2 {
                let header = basic("x", value);
                let told = |name: &str| {
                    let target = target(route, prefix, name);
                    plain(ask(&world, route.method, &target, Some(&header)), name)
                };
                let (old, new) = (told("code"), told("lab"));
                assert_eq!(new.0, if refused { 403 } else { 200 }, "{new:?}");
                assert_eq!(old, new, "{} {}", route.method.name(), route.path);
            }
        }
    }
}

/// Nobody loses a push or a clone by a rename, and who pushes is told of it.
#[test]
fn git_goes_on_under_an_earlier_name() {
    let world = renamed();
    let token = world.owners("works", &json!(["lab"]), &json!({ "contents": "write" }));
    let old = world.url(&token.value, "code");
    let cloned = world.machine.git(&["clone", &old, "followed"]).succeeded();
    assert!(!cloned.says("redirecting"), "{}", cloned.err);
    let listed = world.machine.git(&["ls-remote", &old]).succeeded();
    assert!(listed.says("refs/heads/main"));
    let pushed = world
        .machine
        .git_in(&world.source, &["push", &old, "main:followed"])
        .succeeded();
    let notice = format!(
        "remote: This repository moved. Please use the new location: {}/acme/lab.git",
        world.site.url()
    );
    assert!(pushed.says(&notice), "{}", pushed.err);
    let there = world.get(
        &world.olivia.client,
        "/api/v3/orgs/acme/audit-log?event=git.push",
    );
    let entries = there.json();
    assert_eq!(entries[0]["repo"], "acme/lab", "{entries}");
    assert_eq!(
        world
            .site
            .call("GET", "/api/v3/repos/acme/code", None, &Value::Null)
            .status,
        404
    );
}
