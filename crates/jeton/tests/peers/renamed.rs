//! An earlier name of a repository, and of an organization. Slipped here once: only two routes asked whether a name
//! was an earlier one, so the others deleted, changed and took pushes by it. Proved: every route of REST that names
//! a repository or an organization leads from an earlier name to the present one and does nothing by it; Git's
//! answer by either name alike; and both give the same answer as for a missing one to whom the repository is hidden.

use jeton::server::TABLES;
use jeton_app::Door;
use jeton_http::{Method, Names, Route};
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

/// The same, and `acme` is called `ajax` now.
fn owner_renamed() -> World {
    let world = renamed();
    world.site.must(
        "PATCH",
        "/api/jeton/v1/orgs/acme/rename",
        Some(&world.olivia.client),
        &json!({ "login": "ajax" }),
    );
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
    plain_of(answer, "acme", name)
}

fn plain_of(answer: Answer, owner: &str, name: &str) -> (u16, Vec<(String, String)>, String) {
    let id = answer
        .header("x-github-request-id")
        .unwrap_or("-")
        .to_owned();
    let named = format!("{owner}/{name}");
    let plain = |text: &str| text.replace(&id, "ID").replace(&named, "OWNER/NAME");
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

/// What is asked for by an earlier name is at the present one: a read is asked again, and anything else with what it carries.
#[track_caller]
fn leads(world: &World, method: Method, (old, new): (&str, &str), header: &str) {
    let answer = ask(world, method, old, Some(header));
    let what = format!("{} {old}: {}", method.name(), answer.text());
    let status = if method == Method::Get { 301 } else { 307 };
    assert_eq!(answer.status, status, "{what}");
    let location = answer.header("location").unwrap_or_default();
    let path = location.strip_prefix(world.site.url()).unwrap_or(location);
    assert_eq!(path, new, "{what}");
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
            "repository_hooks": "write", "secrets": "write", "actions": "write",
        }),
    );
    let before = state();
    let routes = routes(&[Door::Api]);
    assert!(routes.len() > 18, "{}", routes.len());
    for (route, prefix) in routes {
        let (old, new) = (target(route, prefix, "code"), target(route, prefix, "lab"));
        for value in [&world.olivia.client, &full.value] {
            leads(&world, route.method, (&old, &new), &basic("x", value));
        }
    }
    assert_eq!(state(), before);
}

#[test]
fn an_earlier_name_is_as_hidden_as_the_repository() {
    let world = renamed();
    let permissions = json!({
        "administration": "write", "contents": "write", "members": "write", "repository_hooks": "write",
        "actions": "write",
        "secrets": "write",
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

/// By the owner's earlier name and by both: a repository at its present address, and an organization at its own.
#[test]
fn every_route_leads_from_an_owners_earlier_name_and_does_nothing_by_it() {
    let world = owner_renamed();
    let state = || {
        [
            "/api/v3/orgs/ajax",
            "/api/v3/orgs/ajax/members",
            "/api/v3/orgs/ajax/teams",
            "/api/v3/orgs/ajax/teams/core/repos",
            "/api/v3/repos/ajax/lab",
            "/api/v3/repos/ajax/lab/collaborators",
            "/api/v3/orgs/ajax/audit-log",
        ]
        .map(|path| {
            let answer = world.get(&world.olivia.client, path);
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            answer.json()
        })
    };
    let before = state();
    let header = basic("x", &world.olivia.client);
    let mut asked = (0, 0);
    for table in TABLES.iter().filter(|table| table.door == Door::Api) {
        for (route, prefix) in table
            .routes
            .iter()
            .flat_map(|route| table.prefixes.iter().map(move |prefix| (route, *prefix)))
        {
            for name in ["code", "lab"] {
                let old = target(route, prefix, name);
                let new = match route.names {
                    Names::Repository(..) => old.replacen(&format!("acme/{name}"), "ajax/lab", 1),
                    Names::Organization(_) => old.replacen("acme", "ajax", 1),
                    _ => continue,
                };
                leads(&world, route.method, (&old, &new), &header);
                match route.names {
                    Names::Organization(_) => asked.0 += 1,
                    _ => asked.1 += 1,
                }
            }
        }
    }
    assert!(asked.0 > 100 && asked.1 > 100, "{asked:?}");
    assert_eq!(state(), before);
    // People, too.
    for path in ["/api/v3/users/acme", "/api/v3/users/ACME/repos?page=2"] {
        let answer = world.ask("GET", path, None);
        assert_eq!(answer.status, 301, "{path}: {}", answer.text());
        let new = path.replace("acme", "ajax").replace("ACME", "ajax");
        let location = answer.header("location").unwrap_or_default();
        assert_eq!(location, format!("{}{new}", world.site.url()));
    }
}

#[test]
fn by_an_owners_earlier_name_a_repository_is_as_hidden_as_by_the_present_one() {
    let world = owner_renamed();
    let permissions = json!({
        "administration": "write", "contents": "write", "members": "write", "repository_hooks": "write",
        "actions": "write",
        "secrets": "write",
    });
    let wish = json!({
        "name": "narrow", "owner": "ajax", "repositories": ["secret"], "permissions": permissions,
    });
    let narrow = world.site.token(&world.olivia, &wish);
    for (who, value) in [
        ("nobody", None),
        ("a stranger", Some(&world.sam.client)),
        ("a token for another repository", Some(&narrow.value)),
    ] {
        let header = value.map(|value| basic("x", value));
        for (route, prefix) in routes(ALL)
            .into_iter()
            .filter(|(route, _)| !matches!(route.names, Names::Organization(_)))
        {
            let told = |owner: &str, name: &str| {
                let asked = target(route, prefix, name);
                let asked = asked.replacen("acme", owner, 1);
                let answer = ask(&world, route.method, &asked, header.as_deref());
                plain_of(answer, owner, name)
            };
            let old = told("acme", "code");
            let what = format!("{who}: {} {}", route.method.name(), route.path);
            assert!([401, 403, 404].contains(&old.0), "{what}: {old:?}");
            assert_eq!(old, told("acme", "lab"), "{what}");
            assert_eq!(old, told("acme", "absent"), "{what}");
            assert_eq!(old, told("nosuch", "code"), "{what}");
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

/// By the owner's earlier name, and by both.
#[test]
fn git_goes_on_under_an_owners_earlier_name() {
    let world = owner_renamed();
    let wish = json!({
        "name": "works", "owner": "ajax", "repositories": ["lab"], "permissions": { "contents": "write" },
    });
    let token = world.site.token(&world.olivia, &wish);
    for name in ["code", "lab"] {
        // `world.url` names `acme`.
        let old = world.url(&token.value, name);
        let listed = world.machine.git(&["ls-remote", &old]).succeeded();
        assert!(listed.says("refs/heads/main"));
        let to = format!("main:by-{name}");
        let pushed = world
            .machine
            .git_in(&world.source, &["push", &old, &to])
            .succeeded();
        let notice = format!(
            "remote: This repository moved. Please use the new location: {}/ajax/lab.git",
            world.site.url()
        );
        assert!(pushed.says(&notice), "{}", pushed.err);
    }
    let there = world.get(
        &world.olivia.client,
        "/api/v3/orgs/ajax/audit-log?event=git.push",
    );
    assert_eq!(there.json()[0]["repo"], "ajax/lab");
    // A selection holds for the repository, whatever it and its owner are called.
    let outside = world.url(&token.value, "secret");
    world
        .machine
        .git(&["ls-remote", &outside])
        .failed_with(&["not found"]);
}
