//! What every listener does, whatever the route.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use jeton_domain::Visibility;

use crate::world::World;

#[test]
fn a_credential_that_can_t_be_read_is_refused_at_every_door() {
    let world = World::new(&[]);
    let ada = world.person("ada");
    world.repository(&ada, "open", Visibility::Public);
    let git = "GET /ada/open/info/refs?service=git-upload-pack";
    let bearer = format!("authorization: Bearer {ada}");
    let cut = format!("authorization: Bearer {}", &ada[..20]);
    for (headers, status) in [
        (vec![], 200),
        (vec![bearer.as_str()], 200),
        (vec!["authorization: Bearer jtu_nothing"], 401),
        (vec![cut.as_str()], 401),
        (vec!["authorization: Digest x"], 401),
        (vec!["authorization: Basic !!"], 400),
        (vec![bearer.as_str(), bearer.as_str()], 400),
        (vec!["authorization: Basic YWRhOnBhc3N3b3Jk"], 401),
        (vec!["cookie: session=jtu_x"], 200),
    ] {
        assert_eq!(world.ask(git, &headers, "").status, status, "{headers:?}");
    }
    assert_eq!(
        world
            .ask(&format!("{git}&access_token={ada}"), &[], "")
            .status,
        400
    );
    let answer = world.ask(git, &[&bearer], "");
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    assert_eq!(answer.header("vary"), Some("authorization, cookie"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert!(answer.header("x-github-request-id").is_some());
    assert!(
        answer
            .header("github-authentication-token-expiration")
            .is_none(),
        "a sign-in is not cached"
    );
}

#[test]
fn the_server_lives_is_ready_and_tells_its_formats() {
    let world = World::new(&[]);
    assert_eq!(world.ask("GET /healthz", &[], "").body, "ok\n");
    assert_eq!(world.ask("HEAD /healthz", &[], "").body, "");
    assert_eq!(world.ask("GET /readyz", &[], "").body, "ready\n");
    let formats = world.ask("GET /.well-known/jeton-tokens", &[], "").body;
    assert!(
        formats.contains(r#""prefix":"jeton_pat_""#) && formats.contains("credentials/revoke"),
        "{formats}"
    );
    for line in [
        "GET /nothing/at/all",
        "GET /api/v3/nothing",
        "POST /healthz",
        "BREW /healthz",
        "GET /healthz/",
    ] {
        assert_eq!(world.ask(line, &[], "").status, 404, "{line}");
    }
}

#[test]
fn slow_and_oversized_clients_are_let_go() {
    let world = World::new(&[("limits.head_time", "300ms"), ("limits.head_bytes", "8KiB")]);
    let began = Instant::now();
    let mut slow = world.connect();
    slow.write_all(b"GET /healthz HTT").unwrap();
    let mut answer = Vec::new();
    let _ = slow.read_to_end(&mut answer);
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "a slow head held the connection"
    );
    let long = format!("x-long: {}", "a".repeat(20_000));
    // Or 0: the connection is closed on a client that still sends, and the system may throw the answer away.
    let status = world.ask("GET /healthz", &[&long], "").status;
    assert!(matches!(status, 431 | 0), "{status}");
    let junk = world.raw(b"\x16\x03\x01 this is TLS\r\n\r\n");
    assert!(
        junk.is_empty() || junk.starts_with("HTTP/1.1 400"),
        "{junk}"
    );
    assert_eq!(world.ask("GET /healthz", &[], "").status, 200);
}

#[test]
fn a_credential_that_travelled_in_clear_is_refused() {
    // A proxy on this machine that says nothing of https, with a client beyond it.
    let world = World::new(&[("proxies.trusted", "127.0.0.1")]);
    let ada = world.person("ada");
    world.repository(&ada, "labs", Visibility::Public);
    let bearer = format!("authorization: Bearer {ada}");
    let git = "GET /ada/labs/info/refs?service=git-upload-pack";
    let (far, https) = ("x-forwarded-for: 198.51.100.7", "x-forwarded-proto: https");
    assert_eq!(world.ask(git, &[&bearer, far, https], "").status, 200);
    assert_eq!(world.ask(git, &[&bearer], "").status, 200);
    assert_eq!(world.ask(git, &[far], "").status, 200);
    let refused = world.ask(git, &[&bearer, far], "");
    assert_eq!(refused.status, 403);
    assert!(
        refused.body.contains("plain HTTP") && !refused.body.contains(&ada),
        "{}",
        refused.body
    );
}

#[test]
fn a_server_that_stops_finishes_what_runs_and_gives_the_folder_back() {
    let mut world = World::new(&[]);
    let address = world.running().address.unwrap();
    let data = world.folder.path().join("data");
    assert!(
        jeton::server::Folder::take(&data)
            .unwrap_err()
            .to_string()
            .contains("already in use")
    );
    let idle = world.connect();
    world.stop();
    drop(idle);
    // Another test may just be starting a process, which holds a copy of every socket for a moment.
    let end = Instant::now() + Duration::from_secs(5);
    while std::net::TcpStream::connect(address).is_ok() {
        assert!(Instant::now() < end, "somebody still listens");
        std::thread::sleep(Duration::from_millis(20));
    }
    jeton::server::Folder::take(&data).unwrap();
}

#[test]
fn bodies_that_are_no_json_or_too_large_are_refused_as_github_does() {
    let world = World::new(&[("limits.body_bytes", "4KiB"), ("limits.body_idle", "400ms")]);
    let ask = |headers: &[&str], body: &str| world.ask("POST /api/jeton/v1/sign-in", headers, body);
    let json = "content-type: application/json";
    for (headers, body, status, message) in [
        (vec![json], "{", 400, "Problems parsing JSON"),
        (vec![json], "[]", 400, "Body should be a JSON object"),
        (
            vec![json],
            r#"{"login":"a","login":"b"}"#,
            400,
            "Problems parsing JSON",
        ),
        (
            vec!["content-type: text/plain"],
            "{}",
            415,
            "application/json",
        ),
        (vec![json, "content-encoding: gzip"], "{}", 415, "encoded"),
        (vec![json], "{}", 422, "Validation Failed"),
        (
            vec![json],
            r#"{"login":1,"password":"x"}"#,
            422,
            "Validation Failed",
        ),
        (
            vec![json],
            r#"{"login":"a","password":"x","pasword":"y"}"#,
            422,
            "`pasword` is no field here",
        ),
        (
            vec![json],
            r#"{"login":"a","password":"x"}"#,
            401,
            "Login or password is wrong.",
        ),
    ] {
        let answer = ask(&headers, body);
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
        assert!(answer.body.contains(message), "{body}: {}", answer.body);
        assert!(answer.body.contains("documentation_url"), "{}", answer.body);
        assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    }
    let large = format!(r#"{{"login":"{}"}}"#, "a".repeat(5000));
    assert_eq!(ask(&[json], &large).status, 413);
    assert_eq!(ask(&[json, "transfer-encoding: chunked"], "").status, 408);
}
