//! What clients of GitHub's API rely on around an answer: that it can be asked for again cheaply, in pages, within limits that
//! are told, in a version and a form that are named, and at the API's own host.

use jeton_domain::Span;
use serde_json::{Value, json};

use crate::support::NOW;
use crate::support::http::{Answer, send};
use crate::world::World;

const SECRET: &str = "/api/v3/repos/acme/secret";

/// As Olivia, who owns the organization, with more headers.
fn asked(world: &World, method: &str, path: &str, more: &[(&str, &str)]) -> Answer {
    let bearer = format!("Bearer {}", world.olivia.client);
    let mut headers = vec![("authorization", bearer.as_str())];
    headers.extend(more);
    send(world.site.address(), method, path, &headers, b"")
}

fn repository(world: &World, name: &str, visibility: &str) {
    world
        .site
        .repository("acme", &world.olivia, name, visibility);
}

fn tag(answer: &Answer) -> String {
    answer.header("etag").unwrap_or_default().to_owned()
}

/// How many requests count, and how many are left.
fn left(answer: &Answer) -> (i64, i64) {
    let number = |name| answer.header(name).and_then(|text| text.parse().ok());
    (
        number("x-ratelimit-used").unwrap(),
        number("x-ratelimit-remaining").unwrap(),
    )
}

#[test]
fn a_read_that_is_known_already_is_answered_by_its_head() {
    let world = World::new(&[("rates.principal", "100")]);
    let whole = asked(&world, "GET", SECRET, &[]);
    let known = tag(&whole);
    assert!(
        known.starts_with("W/\"") && known.len() == 68,
        "{known}: {}",
        whole.text()
    );
    let again = asked(&world, "GET", SECRET, &[("if-none-match", &known)]);
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(tag(&again), known);
    assert_eq!(again.header("content-type"), None);
    assert_eq!(again.header("cache-control"), Some("private, no-store"));
    assert_eq!(again.header("vary"), whole.header("vary"));
    // It counts for nothing, then and later; what was read anew counts.
    let (used, remaining) = left(&whole);
    assert_eq!(left(&again), (used, remaining));
    let next = asked(&world, "GET", SECRET, &[]);
    assert_eq!(left(&next), (used + 1, remaining - 1));
    let limit = "/api/v3/rate_limit";
    let free = asked(&world, "GET", limit, &[]);
    let free = asked(&world, "GET", limit, &[("if-none-match", &tag(&free))]);
    assert_eq!((free.status, left(&free)), (304, left(&next)));
    for other in ["\"x\"", "W/\"\"", "x", ""] {
        let answer = asked(&world, "GET", SECRET, &[("if-none-match", other)]);
        assert_eq!((answer.status, answer.body), (200, whole.body.clone()));
    }
    // What changed is another answer; what is not read is not asked.
    let edit = json!({ "description": "another" });
    assert_eq!(world.by(&world.olivia, "PATCH", SECRET, &edit).status, 200);
    let changed = asked(&world, "GET", SECRET, &[("if-none-match", &known)]);
    assert_eq!(changed.status, 200);
    assert_ne!(tag(&changed), known);
    let absent = asked(&world, "GET", "/api/v3/repos/acme/absent", &[]);
    assert_eq!((absent.status, absent.header("etag")), (404, None));
    let health = asked(&world, "GET", "/healthz", &[]);
    assert_eq!((health.status, health.header("etag")), (200, None));
}

#[test]
fn where_the_limit_is_used_up_nothing_is_answered_by_its_head_either() {
    let world = World::new(&[("rates.principal", "100"), ("rates.anonymous", "100")]);
    let known = tag(&asked(&world, "GET", SECRET, &[]));
    while asked(&world, "GET", SECRET, &[]).status == 200 {}
    let refused = asked(&world, "GET", SECRET, &[("if-none-match", &known)]);
    assert_eq!(refused.status, 429);
    // Who carries nothing counts by address, whatever the answer is.
    let meta =
        |headers: &[(&str, &str)]| send(world.site.address(), "GET", "/api/v3/meta", headers, b"");
    let whole = meta(&[]);
    let again = meta(&[("if-none-match", &tag(&whole))]);
    assert_eq!((whole.status, again.status), (200, 304));
    assert_eq!(left(&again).0, left(&whole).0 + 1);
}

#[test]
fn a_304_tells_no_more_than_the_200_would() {
    let world = World::new(&[]);
    let known = tag(&asked(&world, "GET", SECRET, &[]));
    let by = |credential: Option<&str>, tag: &str| {
        let bearer = format!("Bearer {}", credential.unwrap_or_default());
        let mut headers = vec![("if-none-match", tag)];
        if credential.is_some() {
            headers.push(("authorization", &bearer));
        }
        send(world.site.address(), "GET", SECRET, &headers, b"")
    };
    for tag in [known.as_str(), "*"] {
        assert_eq!(by(Some(&world.olivia.client), tag).status, 304);
        assert_eq!(by(None, tag).status, 404, "nobody is told of {tag}");
        let failed = by(Some(&"0".repeat(64)), tag);
        assert_eq!(failed.status, 401);
        assert_eq!(failed.header("etag"), None);
    }
    // The tag of one who sees less is another one.
    repository(&world, "open", "public");
    let path = "/api/v3/repos/acme/open";
    let mine = asked(&world, "GET", path, &[]);
    let theirs = send(
        world.site.address(),
        "GET",
        path,
        &[("if-none-match", &tag(&mine))],
        b"",
    );
    assert_eq!(theirs.status, 200, "{}", theirs.text());
    assert_ne!(tag(&theirs), tag(&mine));
}

#[test]
fn a_head_is_the_answer_without_its_body() {
    let world = World::new(&[]);
    for path in [
        SECRET,
        "/api/v3/user/repos?per_page=1",
        "/api/v3/absent",
        "/healthz",
    ] {
        let whole = asked(&world, "GET", path, &[]);
        let head = asked(&world, "HEAD", path, &[]);
        assert_eq!((head.status, head.body.len()), (whole.status, 0), "{path}");
        assert_eq!(head.bytes().1, whole.bytes().1, "{path}");
    }
    let known = tag(&asked(&world, "GET", SECRET, &[]));
    let same = asked(&world, "HEAD", SECRET, &[("if-none-match", &known)]);
    assert_eq!(same.status, 304);
}

#[test]
fn pages_lead_to_each_other_and_back_from_beyond_their_end() {
    let world = World::new(&[]);
    for name in ["a1", "a2", "a3", "a4"] {
        repository(&world, name, "private");
    }
    let all = world.by(
        &world.olivia,
        "GET",
        "/api/v3/orgs/acme/repos",
        &Value::Null,
    );
    let count = all.json().as_array().unwrap().len();
    assert_eq!(all.header("link"), None);
    let last = count.div_ceil(2);
    let path = |page: &str| format!("/api/v3/orgs/acme/repos?per_page=2&page={page}");
    let links = |page: &str| {
        let answer = world.by(&world.olivia, "GET", &path(page), &Value::Null);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let url = world.site.url();
        let link = answer.header("link").unwrap_or_default().replace(url, "");
        let link = link
            .replace("/api/v3/orgs/acme/repos?", "")
            .replace("&per_page=2", "");
        (answer.json().as_array().unwrap().len(), link)
    };
    let next = format!("<page=2>; rel=\"next\", <page={last}>; rel=\"last\"");
    for first in ["1", "0", "-1", "x", "1e3", "%00"] {
        assert_eq!(links(first), (2, next.clone()), "{first}");
    }
    let back = format!("<page=1>; rel=\"first\", <page={last}>; rel=\"prev\"");
    for beyond in ["99", "4294967295", "4294967296", "99999999999999999999"] {
        assert_eq!(links(beyond), (0, back.clone()), "{beyond}");
    }
}

#[test]
fn the_limit_of_an_address_is_told_to_who_carries_nothing_that_lives() {
    let world = World::new(&[("rates.anonymous", "3"), ("rates.failures", "2")]);
    let ask =
        |headers: &[(&str, &str)]| send(world.site.address(), "GET", "/api/v3/zen", headers, b"");
    let told = |answer: &Answer| -> Vec<String> {
        ["limit", "remaining", "used", "reset", "resource"]
            .iter()
            .map(|name| {
                answer
                    .header(&format!("x-ratelimit-{name}"))
                    .unwrap_or("-")
                    .to_owned()
            })
            .collect()
    };
    // What made this world was counted too.
    world.site.later(Span::from_hours(1));
    let reset = NOW.after(Span::from_hours(2)).micros() / 1_000_000;
    let words = |limit: i64, used: i64| -> Vec<String> {
        let left = limit - used;
        vec![
            limit.to_string(),
            left.to_string(),
            used.to_string(),
            reset.to_string(),
            "core".to_owned(),
        ]
    };
    for used in 1..=3 {
        let answer = ask(&[]);
        assert_eq!((answer.status, told(&answer)), (200, words(3, used)));
    }
    let over = ask(&[]);
    assert_eq!(over.status, 429, "{}", over.text());
    assert_eq!(over.header("retry-after"), Some("3600"));
    assert_eq!(over.header("x-ratelimit-remaining"), Some("0"));
    // What fails counts for itself, and never holds back what lives.
    let bad = [("authorization", "Bearer nothing")];
    let failed = ask(&bad);
    assert_eq!((failed.status, told(&failed)[0].as_str()), (401, "2"));
    assert_eq!(asked(&world, "GET", "/api/v3/zen", &[]).status, 200);
    world.site.later(Span::from_hours(1));
    assert_eq!(ask(&[]).status, 200);
}

#[test]
fn form_and_version_are_named_and_what_can_t_be_spoken_is_refused() {
    let world = World::new(&[]);
    let well = asked(
        &world,
        "GET",
        SECRET,
        &[
            ("accept", "application/vnd.github+json"),
            ("x-github-api-version", "2026-03-10"),
        ],
    );
    assert_eq!(well.status, 200);
    assert_eq!(
        well.header("x-github-media-type"),
        Some("github.v3; format=json")
    );
    assert_eq!(
        well.header("x-github-api-version-selected"),
        Some("2022-11-28")
    );
    for (header, status, reason) in [
        (("accept", "text/html"), 415, "not_acceptable"),
        (("x-github-api-version", "2008-01-01"), 400, "api_version"),
        (("x-github-api-version", "latest"), 400, "api_version"),
    ] {
        let refused = asked(&world, "GET", SECRET, &[header]);
        assert_eq!(refused.status, status, "{}", refused.text());
        assert_eq!(refused.json()["reason"], reason);
        // Only who may be answered at all learns of it; our own operations and other doors don't ask.
        let nobody = send(world.site.address(), "GET", SECRET, &[header], b"");
        assert_eq!(nobody.status, 404);
        for path in ["/api/jeton/v1/tokens", "/healthz"] {
            assert_eq!(asked(&world, "GET", path, &[header]).status, 200, "{path}");
        }
    }
    let versions = asked(&world, "GET", "/api/v3/versions", &[]);
    assert_eq!(versions.json(), json!(["2022-11-28"]));
    // Nothing is done before it is known that the answer can be told.
    let bearer = format!("Bearer {}", world.olivia.client);
    let headers = [
        ("authorization", bearer.as_str()),
        ("accept", "text/html"),
        ("content-type", "application/json"),
    ];
    let body = br#"{"description":"done all the same"}"#;
    let refused = send(world.site.address(), "PATCH", SECRET, &headers, body);
    assert_eq!(refused.status, 415);
    let shown = asked(&world, "GET", SECRET, &[]).json();
    assert_ne!(shown["description"], "done all the same");
}

/// What comes from memory is held to the same manners as what comes from the database.
#[test]
fn what_memory_answers_was_asked_for_in_a_form_and_version_that_are_spoken() {
    let world = World::new(&[("rates.principal", "100")]);
    let wish = json!({ "name": "desk", "owner": "acme", "repositories": ["secret"], "permissions": { "contents": "read" } });
    let token = world.site.token(&world.olivia, &wish);
    let bearer = format!("Bearer {}", token.value);
    let ask = |path: &str, header: Option<(&str, &str)>, body: &[u8]| {
        let headers: Vec<_> = [("authorization", bearer.as_str())]
            .into_iter()
            .chain(header)
            .collect();
        send(world.site.address(), "GET", path, &headers, body)
    };
    for path in ["/api/v3/user", SECRET] {
        let used = |answer: &Answer| -> u64 {
            let used = answer.header("x-ratelimit-used").unwrap();
            used.parse().unwrap()
        };
        for _ in 0..3 {
            assert_eq!(ask(path, None, b"").status, 200);
        }
        let (one, next) = (ask(path, None, b""), ask(path, None, b""));
        assert_eq!(used(&next), used(&one) + 1, "counted once");
        assert_eq!(one.header("etag"), next.header("etag"));
        for (header, status) in [
            (("accept", "text/html"), 415),
            (("x-github-api-version", "1999-01-01"), 400),
        ] {
            let refused = ask(path, Some(header), b"");
            assert_eq!(refused.status, status, "{path}: {}", refused.text());
        }
        let known = one.header("etag").unwrap().to_owned();
        assert_eq!(ask(path, Some(("if-none-match", &known)), b"").status, 304);
        // What is brought along is read, or the next request would begin with it.
        let json = ("content-type", "application/json");
        assert_eq!(ask(path, Some(json), b"[").status, 400, "{path}");
    }
}

#[test]
fn the_api_s_own_host_has_github_s_operations_without_a_prefix() {
    let world = World::new(&[("public_url", "http://github.localhost")]);
    let bearer = format!("Bearer {}", world.olivia.client);
    let at = |host: &str, path: &str| {
        let text = format!(
            "GET {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: {bearer}\r\nconnection: close\r\n\r\n"
        );
        crate::support::http::raw(world.site.address(), text.as_bytes())
    };
    let api = "api.github.localhost";
    let here = at(api, "/repos/acme/secret");
    let there = at("github.localhost", SECRET);
    assert_eq!(here.bytes(), there.bytes());
    assert_eq!(here.status, 200, "{}", here.text());
    for name in ["b1", "b2"] {
        repository(&world, name, "private");
    }
    let link = at(api, "/orgs/acme/repos?per_page=1");
    let link = link.header("link").unwrap();
    let next = "<http://api.github.localhost/orgs/acme/repos?page=2&per_page=1>; rel=\"next\"";
    assert!(link.starts_with(next), "{link}");
    // No page, no Git, no operation of ours, nothing by its prefix.
    for path in [
        SECRET,
        "/healthz",
        "/login",
        "/acme/secret",
        "/acme/secret.git/info/refs?service=git-upload-pack",
        "/api/jeton/v1/tokens",
        "/jeton/v1/tokens",
        "/..",
    ] {
        let answer = at(api, path);
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.json()["message"], "Not Found", "{path}");
    }
    // A name that moved leads to where the same client may ask.
    let renamed = json!({ "name": "hidden" });
    assert_eq!(
        world.by(&world.olivia, "PATCH", SECRET, &renamed).status,
        200
    );
    let moved = at(api, "/repos/acme/secret");
    assert_eq!(moved.status, 301);
    assert_eq!(
        moved.header("location"),
        Some("http://api.github.localhost/repos/acme/hidden")
    );
    // Any other host is served as the configured one.
    assert_eq!(at("api.example.org", "/api/v3/user").status, 200);
    let page = at("api.example.org", "/user");
    assert_eq!((page.status, page.text().contains("session")), (403, true));
}
