//! soft-serve `withAccess`. Slipped: a missing repository answered before the check and a hidden one
//! after it. Proved: both are one answer, and it takes about the same time, whoever asks.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::world::{World, fetch_target};

/// One kept connection.
struct Line(BufReader<TcpStream>);

impl Line {
    fn new(world: &World) -> Self {
        let stream = TcpStream::connect(world.site.address()).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    /// Status and body of a request, and how long it took.
    fn ask(&mut self, target: &str, value: Option<&str>) -> (String, Vec<u8>, Duration) {
        let header = value.map_or_else(String::new, |v| format!("authorization: Bearer {v}\r\n"));
        let request = format!("GET {target} HTTP/1.1\r\nhost: x\r\n{header}\r\n");
        let began = Instant::now();
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut status, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).unwrap();
            if status.is_empty() {
                status.clone_from(&line);
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        (status, body, began.elapsed())
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Asks in turns and gives the two medians, after the two answers were found to be the same.
fn compare(
    world: &World,
    hidden: &str,
    missing: &str,
    value: Option<&str>,
) -> (Duration, Duration) {
    let mut line = Line::new(world);
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for round in 0..220 {
        let (a, b) = (line.ask(hidden, value), line.ask(missing, value));
        // The asker's own word is in the body: what was asked.
        let plain = |body: &[u8]| {
            let text = String::from_utf8_lossy(body);
            text.replace("acme/absent", "acme/secret")
        };
        assert_eq!((&a.0, plain(&a.1)), (&b.0, plain(&b.1)));
        assert!(a.0.contains("404") || a.0.contains("401"), "{}", a.0);
        // The first ones fill what can be filled.
        if round >= 20 {
            first.push(a.2);
            second.push(b.2);
        }
    }
    (median(first), median(second))
}

#[test]
fn hidden_and_missing_take_about_the_same_time() {
    let world = World::new();
    let stranger = world.site.token(
        &world.sam,
        &json!({ "name": "s", "repositories": "all", "permissions": { "contents": "read" } }),
    );
    // Its person sees the repository, the token does not.
    let narrow = world.owners("narrow", &json!(["code"]), &json!({ "contents": "read" }));
    let pending = world.asked("pending", &json!(["code"]), &json!({ "contents": "read" }));
    for (who, value) in [
        ("nobody", None),
        ("a stranger's token", Some(stranger.value.as_str())),
        ("a stranger's sign-in", Some(&world.sam.client)),
        ("a member's sign-in", Some(&world.mia.client)),
        ("a narrow token", Some(&narrow.value)),
        ("a waiting token", Some(&pending.value)),
    ] {
        for (hidden, missing) in [
            (fetch_target("secret"), fetch_target("absent")),
            (
                "/api/v3/repos/acme/secret".to_owned(),
                "/api/v3/repos/acme/absent".to_owned(),
            ),
        ] {
            // A busy machine may spoil some comparisons, not eight.
            let mut tries = (0..8).map(|_| {
                let (hidden, missing) = compare(&world, &hidden, &missing, value);
                println!("{who}: hidden {hidden:?}, missing {missing:?}");
                let (less, more) = (hidden.min(missing), hidden.max(missing));
                more.as_secs_f64() / less.as_secs_f64()
            });
            assert!(tries.any(|ratio| ratio < 1.2), "{who}: {hidden}");
        }
    }
}

/// The same for what is remembered of a path that led one person nowhere: every change that lets them in
/// counts from the next request on, and every one that keeps them out.
#[test]
fn what_was_closed_to_a_person_opens_and_closes_at_once() {
    let world = World::new();
    let wish = json!({ "name": "s", "owner": "acme", "repositories": "all", "permissions": { "contents": "read" } });
    world
        .site
        .member("acme", &world.olivia, &world.sam, "member");
    let token = world.site.token(&world.sam, &wish);
    world.site.approve("acme", &world.olivia, &token);
    let owner = Some(world.olivia.client.as_str());
    let must = |method, path: &str, body| world.site.must(method, path, owner, &body);
    let at = |name: &str| {
        // Twice by each of both: the second time it comes from memory, if there is one.
        let all = [
            world.get(&world.sam.client, &format!("/api/v3/repos/acme/{name}")),
            world.get(&world.sam.client, &format!("/api/v3/repos/acme/{name}")),
            world.fetch(Some(&token.value), name),
            world.fetch(Some(&token.value), name),
        ]
        .map(|answer| answer.status);
        assert_eq!(all, [all[0]; 4], "{name}");
        all[0]
    };
    assert_eq!((at("secret"), at("later")), (404, 404));
    let collaborator = "/api/v3/repos/acme/secret/collaborators/sam";
    must("PUT", collaborator, json!({ "permission": "pull" }));
    assert_eq!(at("secret"), 200, "a role");
    must("DELETE", collaborator, json!(null));
    assert_eq!(at("secret"), 404, "no role");
    let team = json!({ "name": "core" });
    must("POST", "/api/v3/orgs/acme/teams", team);
    let place = "/api/v3/orgs/acme/teams/core/repos/acme/secret";
    must("PUT", place, json!({ "permission": "pull" }));
    assert_eq!(at("secret"), 404, "a team without them");
    let member = "/api/v3/orgs/acme/teams/core/memberships/sam";
    must("PUT", member, json!({}));
    assert_eq!(at("secret"), 200, "with them");
    must("DELETE", member, json!(null));
    assert_eq!(at("secret"), 404, "without them again");
    for (base, status) in [("read", 200), ("none", 404)] {
        let body = json!({ "default_repository_permission": base });
        must("PATCH", "/api/v3/orgs/acme", body);
        assert_eq!(at("secret"), status, "base permission {base}");
    }
    for (visibility, status) in [("internal", 200), ("private", 404), ("public", 200)] {
        let body = json!({ "visibility": visibility });
        must("PATCH", "/api/v3/repos/acme/secret", body);
        assert_eq!(at("secret"), status, "{visibility}");
    }
    world
        .site
        .repository("acme", &world.olivia, "later", "internal");
    assert_eq!(at("later"), 200, "made");
    must("DELETE", "/api/v3/repos/acme/later", json!(null));
    assert_eq!(at("later"), 404, "deleted");
}

/// Whatever is remembered of a path that led nobody anywhere, it is forgotten when the path leads
/// somewhere, and the other way round, by each change that can make it so.
#[test]
fn what_was_closed_opens_and_closes_at_once() {
    let world = World::new();
    let owner = Some(world.olivia.client.as_str());
    let must = |method, path: &str, body| world.site.must(method, path, owner, &body);
    let at = |path: &str| {
        let target = format!("/{path}.git/info/refs?service=git-upload-pack");
        // Twice: the second time it comes from memory, if there is one.
        let first = world.ask("GET", &target, None).status;
        assert_eq!(world.ask("GET", &target, None).status, first, "{path}");
        let rest = world
            .ask("GET", &format!("/api/v3/repos/{path}"), None)
            .status;
        // By an earlier name Git is served, and REST leads on.
        let there = matches!(rest, 200 | 301);
        assert_eq!(there, first == 200, "{path}: {rest}");
        first
    };
    for path in ["acme/later", "acme/secret", "acme/moved", "beta/secret"] {
        assert_eq!(at(path), 401, "{path}");
    }
    world
        .site
        .repository("acme", &world.olivia, "later", "public");
    assert_eq!(at("acme/later"), 200, "made");
    must("DELETE", "/api/v3/repos/acme/later", json!(null));
    assert_eq!(at("acme/later"), 401, "deleted");
    let visibility = |visibility: &str| {
        must(
            "PATCH",
            "/api/v3/repos/acme/secret",
            json!({ "visibility": visibility }),
        );
    };
    visibility("public");
    assert_eq!(at("acme/secret"), 200, "shown");
    visibility("private");
    assert_eq!(at("acme/secret"), 401, "hidden");
    visibility("internal");
    assert_eq!(at("acme/secret"), 401, "internal");
    visibility("public");
    must(
        "PATCH",
        "/api/v3/repos/acme/secret",
        json!({ "name": "moved" }),
    );
    assert_eq!(at("acme/moved"), 200, "renamed");
    must(
        "PATCH",
        "/api/v3/repos/acme/moved",
        json!({ "name": "secret" }),
    );
    must(
        "PATCH",
        "/api/jeton/v1/orgs/acme/rename",
        json!({ "login": "beta" }),
    );
    assert_eq!(
        (at("beta/secret"), at("acme/secret")),
        (200, 200),
        "the owner's name"
    );
    let hide = json!({ "visibility": "private" });
    must("PATCH", "/api/v3/repos/beta/secret", hide);
    assert_eq!(
        (at("beta/secret"), at("acme/secret")),
        (401, 401),
        "hidden by both"
    );
}
