//! What stands before every route: the head of a request, its host, its framing, its method. Bytes on a
//! socket, as no client would send them.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::unnecessary_wraps,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::format_collect,
    reason = "a test"
)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use jeton_app::{App, AppError, Call, Door};
use jeton_http::{Answer, Field, Form, Input, Method, Names, OWN_PREFIXES, Route, SITE, Table};
use jeton_testkit::operations;
use serde_json::{Value, json};

use crate::support::Server;

mod support;

/// Says what came.
fn said(_: &App, _: &Call, input: &Input) -> Result<Answer, AppError> {
    let page = input.page();
    let body: Value = input.read("Thing")?;
    Ok(Answer::ok(
        &json!({ "page": page.number, "size": page.size, "body": body, "sort": input.query("sort") }),
    ))
}

fn numbered(_: &App, _: &Call, input: &Input) -> Result<Answer, AppError> {
    Ok(Answer::ok(&input.id("id")?))
}

const SORT: &[Field] = &[Field::optional("sort", Form::OneOf(&["name"]), "By what.")];
static ROUTES: [Route; 3] = [
    Route::new(Method::Get, "/said", &operations::SITE, Names::Site, said)
        .query(SORT)
        .paged(),
    Route::new(Method::Post, "/said", &operations::SITE, Names::Site, said)
        .body(&[Field::optional("text", Form::Text, "Anything.")]),
    Route::new(
        Method::Get,
        "/things/{id}",
        &operations::SITE,
        Names::Site,
        numbered,
    ),
];
static OWN: Table = Table {
    door: Door::Api,
    prefixes: OWN_PREFIXES,
    strict_fields: true,
    routes: &ROUTES,
};
static SHAPED: Table = Table {
    door: Door::Api,
    prefixes: &["/api/v3"],
    strict_fields: false,
    routes: &ROUTES,
};

fn serve() -> Server {
    Server::start(vec![&SITE, &OWN, &SHAPED])
}

impl Server {
    /// Sends bytes, waits for the server to close, and gives back everything that it said.
    fn say(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        // No `unwrap_or`: a reset is what must not come.
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8(answer).unwrap()
    }

    /// One request that asks to close.
    fn ask(&self, line: &str, headers: &str) -> String {
        self.say(format!("{line}\r\nconnection: close\r\n{headers}\r\n").as_bytes())
    }

    fn get(&self, target: &str) -> (u16, Value) {
        let answer = self.ask(&format!("GET {target} HTTP/1.1\r\nhost: x"), "");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        (
            status(&answer),
            serde_json::from_str(body).unwrap_or(Value::Null),
        )
    }
}

fn status(answer: &str) -> u16 {
    answer
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.get(2..5)?.parse().ok())
        .unwrap_or_else(|| panic!("no status in {answer:?}"))
}

/// The headers' lines without the ones that differ from request to request, and the body.
fn parts(answer: &str) -> (Vec<String>, String) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<String> = head
        .split("\r\n")
        .filter(|line| !line.starts_with("date") && !line.starts_with("x-github-request-id"))
        .map(str::to_owned)
        .collect();
    lines.sort();
    (lines, body.to_owned())
}

#[test]
fn a_head_that_is_too_long_is_told_so() {
    let server = serve();
    for kilobytes in [65, 100, 200] {
        let long = format!("x-long: {}\r\n", "a".repeat(kilobytes << 10));
        let answer = server.ask("GET /healthz HTTP/1.1\r\nhost: x", &long);
        assert_eq!(status(&answer), 431, "{kilobytes} KiB: {answer}");
    }
    let many: String = (0..200).map(|n| format!("x-{n}: y\r\n")).collect();
    let answer = server.ask("GET /healthz HTTP/1.1\r\nhost: x", &many);
    assert_eq!(status(&answer), 431, "{answer}");
}

#[test]
fn an_address_that_is_too_long_is_told_so_and_the_connection_ends() {
    let server = serve();
    let at = |path: &str, length: usize| format!("{path}?{}", "a".repeat(length - path.len() - 1));
    for (path, length, expected) in [
        ("/healthz", 8192, 200),
        ("/healthz", 8193, 414),
        ("/api/jeton/v1/said", 8193, 414),
        ("/nobody/nothing/info/refs", 60_000, 414),
    ] {
        let target = at(path, length);
        // No `connection: close`: it is the server that ends it.
        let close = if expected == 200 {
            "connection: close\r\n"
        } else {
            ""
        };
        let answer =
            server.say(format!("GET {target} HTTP/1.1\r\nhost: x\r\n{close}\r\n").as_bytes());
        assert_eq!(status(&answer), expected, "{path} {length}");
        assert_eq!(
            expected == 414 && path.starts_with("/api"),
            answer.contains("url_too_long")
        );
    }
}

#[test]
fn a_request_names_one_host() {
    let server = serve();
    for (head, expected) in [
        ("GET /api/jeton/v1/said HTTP/1.1\r\nhost: x", 200),
        ("GET /api/jeton/v1/said HTTP/1.1\r\nhost: [::1]:8080", 200),
        ("GET /api/jeton/v1/said HTTP/1.1", 400),
        ("GET /api/jeton/v1/said HTTP/1.1\r\nhost:", 400),
        ("GET /api/jeton/v1/said HTTP/1.1\r\nhost: x\r\nhost: x", 400),
        ("GET /api/jeton/v1/said HTTP/1.1\r\nhost: x\r\nhost: y", 400),
        ("GET /api/jeton/v1/said HTTP/1.1\r\nhost: a@x", 400),
        ("GET /api/jeton/v1/said HTTP/1.1\r\nhost: a b", 400),
        ("GET /api/jeton/v1/said HTTP/1.1\r\nhost: x/y", 400),
        ("GET /api/jeton/v1/said HTTP/1.0", 200),
        ("GET /api/jeton/v1/said HTTP/1.0\r\nhost: x\r\nhost: x", 400),
        // In the absolute form the target names the host; the header is there all the same.
        ("GET http://x/api/jeton/v1/said HTTP/1.1\r\nhost: x", 200),
        (
            "GET https://other.example/api/jeton/v1/said HTTP/1.1\r\nhost: x",
            200,
        ),
        ("GET http://x/api/jeton/v1/said HTTP/1.1", 400),
        (
            "GET http://u:p@x/api/jeton/v1/said HTTP/1.1\r\nhost: x",
            400,
        ),
    ] {
        let answer = server.ask(head, "");
        assert_eq!(status(&answer), expected, "{head}: {answer}");
        if expected == 400 {
            assert!(answer.contains("connection: close"), "{answer}");
            assert!(answer.contains(r#""reason":"bad_host""#), "{answer}");
        }
    }
}

#[test]
fn framing_that_two_could_read_in_two_ways_ends_the_connection() {
    let server = serve();
    let post = "POST /api/jeton/v1/said HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let hidden = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    // RFC 9112, 6.1: the encoding counts, and nothing that follows on the connection is read as a
    // request, in whichever order the two stand.
    for both in [
        "content-length: 4\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 4\r\n",
    ] {
        let answer =
            server.say(format!("{post}{both}\r\n2\r\n{{}}\r\n0\r\n\r\n{hidden}").as_bytes());
        assert_eq!(status(&answer), 200, "{answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    }
    for wrong in [
        "content-length: 2\r\ncontent-length: 3\r\n",
        "content-length: +2\r\n",
        "content-length: 2, 2\r\n",
        "content-length: -1\r\n",
        "content-length: 99999999999999999999\r\n",
        "transfer-encoding: gzip\r\n",
        "transfer-encoding: chunked, gzip\r\n",
        "transfer-encoding: identity\r\n",
        // A header that goes on in the next line, a name with a space, a control character.
        "x-a: b\r\n c\r\ncontent-length: 2\r\n",
        "content-length : 2\r\n",
        "x-a: b\0c\r\ncontent-length: 2\r\n",
        "content length: 2\r\n",
        ": x\r\n",
    ] {
        let answer = server.say(format!("{post}{wrong}\r\n{{}}{hidden}").as_bytes());
        assert_eq!(status(&answer), 400, "{wrong}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{wrong}: {answer}");
    }
    let old = "POST /api/jeton/v1/said HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_eq!(status(&server.say(old.as_bytes())), 400);
    for line in [
        "GET /healthz",
        "GET  /healthz HTTP/1.1",
        "GET /healthz HTTP/1.1 ",
        "GET /healthz HTTP/2.0",
        "GET /heal thz HTTP/1.1",
        "G\u{e9}T /healthz HTTP/1.1",
    ] {
        let answer = server.say(format!("{line}\r\nhost: x\r\n\r\n").as_bytes());
        assert_eq!(status(&answer), 400, "{line}: {answer}");
    }
}

#[test]
fn head_is_get_without_its_body() {
    let server = serve();
    for target in [
        "/healthz",
        "/.well-known/jeton-tokens",
        "/api/jeton/v1/said",
        "/api/jeton/v1/said?sort=x",
        "/api/jeton/v1/nothing",
        "/nobody/nothing",
    ] {
        let line = |method: &str| format!("{method} {target} HTTP/1.1\r\nhost: x");
        let (head, body) = parts(&server.ask(&line("HEAD"), ""));
        let (as_get, whole) = parts(&server.ask(&line("GET"), ""));
        assert_eq!((head, body.as_str()), (as_get, ""), "{target}");
        assert!(!whole.is_empty(), "{target}");
    }
}

#[test]
fn a_method_that_no_route_has_is_not_found() {
    let server = serve();
    for method in [
        "OPTIONS", "TRACE", "PROPFIND", "BREW", "DELETE", "get", "PUT", "PATCH",
    ] {
        for target in ["/healthz", "/api/jeton/v1/said", "*", "/"] {
            let answer = server.ask(&format!("{method} {target} HTTP/1.1\r\nhost: x"), "");
            assert_eq!(status(&answer), 404, "{method} {target}: {answer}");
        }
    }
    let answer = server.ask("CONNECT x:443 HTTP/1.1\r\nhost: x:443", "");
    assert_eq!(status(&answer), 404, "{answer}");
}

#[test]
fn one_connection_serves_in_order_and_an_old_client_once() {
    let server = serve();
    let line = |n: u32| format!("GET /api/v3/said?page={n} HTTP/1.1\r\nhost: x\r\n\r\n");
    let three = [
        line(1),
        line(2),
        "GET /api/v3/said?page=3 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_owned(),
    ];
    let answer = server.say(three.concat().as_bytes());
    let at = |n: u32| answer.find(&format!("\"page\":{n}")).unwrap();
    assert!(at(1) < at(2) && at(2) < at(3), "{answer}");
    // HTTP/1.0 closes by itself, and keeps only if it is asked to.
    let began = Instant::now();
    let once = server.say(b"GET /healthz HTTP/1.0\r\n\r\n");
    assert!(
        once.starts_with("HTTP/1.") && once.ends_with("ok\n"),
        "{once}"
    );
    assert!(began.elapsed() < Duration::from_secs(5));
    let kept = server.say(
        b"GET /healthz HTTP/1.0\r\nconnection: keep-alive\r\n\r\nGET /healthz HTTP/1.0\r\n\r\n",
    );
    assert_eq!(kept.matches("ok\n").count(), 2, "{kept}");
    // What comes behind a request that asked to close is nobody's.
    let closed = [
        "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        &line(1),
    ];
    assert_eq!(
        server
            .say(closed.concat().as_bytes())
            .matches("HTTP/1.1 ")
            .count(),
        1
    );
}

#[test]
fn a_number_in_a_path_is_written_in_one_way() {
    let server = serve();
    assert_eq!(server.get("/api/jeton/v1/things/7"), (200, json!(7)));
    for wrong in [
        "07",
        "+7",
        "-7",
        "7.0",
        "7e0",
        "0x7",
        "%207",
        "9007199254740992",
        "٧",
    ] {
        let target = format!("/api/jeton/v1/things/{wrong}");
        assert_eq!(
            status(&server.ask(&format!("GET {target} HTTP/1.1\r\nhost: x"), "")),
            404,
            "{wrong}"
        );
    }
}

#[test]
fn a_query_is_what_the_route_declares() {
    let server = serve();
    let first = json!({ "page": 1, "size": 30, "body": {}, "sort": null });
    for target in [
        "/said",
        "/said?page=0&per_page=0",
        "/said?page=1&per_page=30",
    ] {
        for prefix in ["/api/jeton/v1", "/api/v3"] {
            assert_eq!(
                server.get(&format!("{prefix}{target}")),
                (200, first.clone())
            );
        }
    }
    let far = json!({ "page": 4_294_967_295_u32, "size": 100, "body": {}, "sort": "name" });
    let query = "?page=99999999999999&per_page=1000&sort=name";
    assert_eq!(server.get(&format!("/api/v3/said{query}")), (200, far));
    // What the table that others shaped does not know it ignores, ours refuses by name.
    for (query, says) in [
        (
            "srot=name",
            "`srot` is no parameter here; there are `sort`, `page`, `per_page`",
        ),
        (
            "page=abc",
            "`page` must be a whole number. Which page, from 1.",
        ),
        ("per_page=-1", "`per_page` must be a whole number."),
        ("page=1&page=2", "`page` stands twice"),
        ("sort", "`sort` must be `name`. By what."),
    ] {
        let (status, body) = server.get(&format!("/api/jeton/v1/said?{query}"));
        assert_eq!(
            (status, &body["message"], &body["reason"]),
            (422, &json!("Validation Failed"), &json!("invalid"))
        );
        let message = body["errors"][0]["message"].as_str().unwrap();
        assert!(message.starts_with(says), "{query}: {message}");
        let (status, body) = server.get(&format!("/api/v3/said?{query}"));
        if query == "sort" {
            assert_eq!((status, &body["errors"][0]["field"]), (422, &json!("sort")));
        } else {
            assert_eq!((status, body), (200, first.clone()), "{query}");
        }
    }
}
