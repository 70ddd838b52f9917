//! A person's own tokens at this door.

use jeton_api::TABLES;
use serde_json::{Value, json};

use crate::server::Server;

const OWN: &str = "/api/jeton/v1";

/// A rotation that is to end with the new value's first use is not ended by what only looks at the
/// credential: a proxy's check, a question, the limit.
#[test]
fn looking_at_a_credential_is_no_use_of_it() {
    let looking = [
        ("GET", format!("{OWN}/token"), Value::Null, 200),
        ("GET", format!("{OWN}/check"), Value::Null, 204),
        ("GET", "/api/v3/rate_limit".to_owned(), Value::Null, 404),
        (
            "POST",
            format!("{OWN}/explain"),
            json!({ "method": "GET", "url": "/api/v3/user" }),
            200,
        ),
    ];
    let mut named: Vec<&str> = TABLES
        .iter()
        .flat_map(|table| table.routes)
        .map(|route| route.operation)
        .filter(|operation| operation.about_itself)
        .map(|operation| operation.name)
        .collect();
    named.sort_unstable();
    assert_eq!(
        named,
        ["explain", "site.rate_limit", "token.check", "token.self"],
        "each has a row"
    );
    let server = Server::start();
    let ann = server.kit.person("ann");
    let made = server.by(
        &ann,
        "POST",
        &format!("{OWN}/tokens"),
        json!({ "name": "t" }),
    );
    assert_eq!(made.status, 201, "{made:?}");
    let rotate = format!("{OWN}/tokens/{}/rotate", made.body["id"]);
    let rotated = server.by(&ann, "POST", &rotate, json!({ "until": "first_use" }));
    let (old, new) = (made.text("token"), rotated.text("token"));
    let lives = |value: &str| {
        let asked = server.ask(Some(value), "GET", &format!("{OWN}/check"), Value::Null);
        asked.status == 204
    };
    for (method, path, body, status) in looking {
        // Twice, as what was seen once is answered from memory.
        for _ in 0..2 {
            let got = server.ask(Some(new), method, &path, body.clone());
            assert_eq!(got.status, status, "{path}: {got:?}");
        }
        assert!(lives(old), "{path}");
    }
    let used = server.ask(Some(new), "GET", "/api/v3/user", Value::Null);
    assert_eq!(used.status, 200, "{used:?}");
    assert!(!lives(old) && lives(new));
}
