//! An earlier name of a repository. Slipped here once: only two routes asked whether a name was an earlier
//! one, so the others deleted, changed and took pushes by it. Proved: every route that names a repository
//! leads from an earlier name to the present one, does nothing by it, and is the same answer as for a
//! missing one to whom the repository is hidden.

use jeton::server::TABLES;
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
fn routes() -> Vec<(&'static Route, &'static str)> {
    let found: Vec<_> = TABLES
        .iter()
        .flat_map(|table| table.routes.iter().map(move |route| (table, route)))
        .filter(|(_, route)| route.path.contains("{repo}"))
        .flat_map(|(table, route)| table.prefixes.iter().map(move |prefix| (route, *prefix)))
        .collect();
    assert!(found.len() > 22, "{}", found.len());
    found
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
        &json!({ "administration": "write", "contents": "write", "members": "write" }),
    );
    let before = state();
    for (route, prefix) in routes() {
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
    let permissions = json!({ "administration": "write", "contents": "write", "members": "write" });
    let narrow = world.owners("narrow", &json!(["secret"]), &permissions);
    let bare = world.owners("bare", &json!("all"), &json!({ "members": "write" }));
    for (who, value) in [
        ("nobody", None),
        ("a stranger", Some(&world.sam.client)),
        ("a token for another repository", Some(&narrow.value)),
        ("a token that reads no repository", Some(&bare.value)),
    ] {
        let header = value.map(|value| basic("x", value));
        for (route, prefix) in routes() {
            // The asker's own words are in the answer: what was asked, and by which request.
            let told = |name: &str| {
                let asked = target(route, prefix, name);
                let answer = ask(&world, route.method, &asked, header.as_deref());
                let id = answer
                    .header("x-github-request-id")
                    .unwrap_or("-")
                    .to_owned();
                let named = format!("acme/{name}");
                let plain = |text: &str| text.replace(&id, "ID").replace(&named, "acme/NAME");
                let (status, headers, body) = answer.bytes();
                let headers: Vec<_> = headers
                    .into_iter()
                    .filter(|(name, _)| name != "content-length")
                    .map(|(name, value)| (name, plain(&value)))
                    .collect();
                (status, headers, plain(&body))
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

/// Git follows in its first request, and keeps to where it was led: nobody loses a push or a clone by a
/// rename, and neither is made at the earlier name.
#[test]
fn git_follows_a_rename() {
    let world = renamed();
    let token = world.owners("works", &json!(["lab"]), &json!({ "contents": "write" }));
    let old = world.url(&token.value, "code");
    let cloned = world.machine.git(&["clone", &old, "followed"]).succeeded();
    assert!(cloned.says("redirecting to"), "git says so");
    let listed = world.machine.git(&["ls-remote", &old]).succeeded();
    assert!(listed.says("refs/heads/main"));
    world
        .machine
        .git_in(&world.source, &["push", &old, "main:followed"])
        .succeeded();
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
