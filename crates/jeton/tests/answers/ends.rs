//! When the value ends, on every answer to a live token and on no other.

use jeton_domain::Span;
use serde_json::{Value, json};

use crate::support::http::{basic, send};
use crate::world::World;

const HEADER: &str = "github-authentication-token-expiration";
const SECRET: &str = "/api/v3/repos/acme/secret";
const FETCH: &str = "/acme/secret.git/info/refs?service=git-upload-pack";
const PUSH: &str = "/acme/secret.git/info/refs?service=git-receive-pack";

/// The status, and what the header says, if it is there.
fn asked(world: &World, method: &str, target: &str, value: &str) -> (u16, Option<String>) {
    let authorization = if target.starts_with("/api") {
        format!("Bearer {value}")
    } else {
        basic("x", value)
    };
    let headers = [("authorization", authorization.as_str())];
    let answer = send(world.site.address(), method, target, &headers, b"");
    (answer.status, answer.header(HEADER).map(str::to_owned))
}

#[test]
fn every_answer_to_a_live_token_tells_its_end_the_very_first_too() {
    let world = World::new(&[]);
    let first = world.token("first");
    let own = format!("/api/jeton/v1/tokens/{}", first.id);
    let view = world.by(&world.mia, "GET", &own, &Value::Null).json();
    let iso = view["expires_at"].as_str().unwrap();
    let end = Some(format!("{} UTC", iso.replace('T', " ").replace('Z', "")));

    assert_eq!(
        asked(&world, "GET", FETCH, &first.value),
        (200, end.clone()),
        "the first use"
    );
    for (method, target, status) in [
        ("GET", FETCH, 200),
        ("GET", PUSH, 403),
        (
            "GET",
            "/acme/absent.git/info/refs?service=git-upload-pack",
            404,
        ),
        ("GET", "/api/jeton/v1/check", 204),
        ("GET", SECRET, 200),
        ("DELETE", SECRET, 403),
        ("GET", "/api/v3/repos/acme/absent", 404),
        ("GET", "/api/v3/nothing", 404),
        ("GET", "/nothing/at/all", 404),
        // A page: it takes no token.
        ("GET", "/nothing", 403),
    ] {
        // Twice: the second time from memory.
        for _ in 0..2 {
            let told = asked(&world, method, target, &first.value);
            assert_eq!(told, (status, end.clone()), "{method} {target}");
        }
    }
    let fresh = world.token("fresh");
    let told = asked(&world, "GET", PUSH, &fresh.value);
    assert!(
        told.0 == 403 && told.1.is_some(),
        "a first use that is refused: {told:?}"
    );

    // Of a sign-in's end nothing is said.
    for target in [FETCH, SECRET] {
        let told = asked(&world, "GET", target, &world.mia.client);
        assert_eq!(told, (200, None), "{target}");
    }
    // What does not live has none.
    let revoke = json!({ "credentials": [fresh.value] });
    let path = "/api/v3/credentials/revoke";
    assert_eq!(world.site.call("POST", path, None, &revoke).status, 202);
    world.site.later(Span::from_days(40));
    for target in [FETCH, SECRET] {
        for value in [&first.value, &fresh.value] {
            assert_eq!(asked(&world, "GET", target, value), (401, None), "{target}");
        }
    }
}
