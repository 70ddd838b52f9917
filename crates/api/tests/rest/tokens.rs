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

/// What an owner denied of more than was approved, its creator reads where the token is shown; and the log is
/// searched by a value, in GitHub's form, within what the reader sees.
#[test]
fn a_denied_widening_and_a_value_that_turned_up() {
    let server = Server::start();
    let (ann, bob) = (server.kit.person("ann"), server.kit.person("bob"));
    let alta3 = server.kit.organization("alta3", &ann);
    let member = jeton_domain::OrganizationRole::Member;
    server.kit.member(&alta3, &bob, member);
    let late = server.by(
        &bob,
        "POST",
        &format!("{OWN}/tokens"),
        json!({ "name": "late", "expires_at": "9999-12-31" }),
    );
    assert_eq!(late.status, 422);
    let message = late.body["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("beyond the maximum"), "{message}");
    let new = json!({ "name": "wid", "owner": "alta3", "repositories": "all",
        "permissions": { "contents": "read" } });
    let made = server.by(&bob, "POST", &format!("{OWN}/tokens"), new);
    assert_eq!(made.status, 201, "{made:?}");
    let token = format!("{OWN}/tokens/{}", made.body["id"]);
    let review = |made: &Value, action: &str| {
        let path = format!(
            "/api/v3/orgs/alta3/personal-access-token-requests/{}",
            made["pending_request"]
        );
        let body = json!({ "action": action, "reason": "not yet" });
        assert_eq!(server.by(&ann, "POST", &path, body).status, 204);
    };
    review(&made.body, "approve");
    let more = json!({ "permissions": { "contents": "write" } });
    let edited = server.by(&bob, "PATCH", &token, more);
    review(&edited.body, "deny");
    let value = made.text("token");
    for shown in [
        server.get(&bob, &token),
        server.ask(Some(value), "GET", &format!("{OWN}/token"), Value::Null),
    ] {
        let denied = &shown.body["denied_request"];
        assert_eq!(
            (&denied["id"], &denied["reason"]),
            (&edited.body["pending_request"], &json!("not yet")),
            "{shown:?}"
        );
        assert!(denied["decided_at"].is_string());
    }
    let again = server.by(&bob, "POST", &format!("{token}/request"), json!({}));
    assert_eq!(again.status, 200, "{again:?}");
    assert!(again.body["denied_request"].is_null() && again.body["pending_request"].is_number());

    let hashed = jeton_token::hashed(&jeton_token::parse(value.as_bytes()).unwrap());
    let log = "/api/v3/orgs/alta3/audit-log";
    let query = |phrase: &str| {
        let phrase = phrase.replace('+', "%2B").replace('"', "%22");
        server.get(&ann, &format!("{log}?phrase={phrase}"))
    };
    let found = query(&format!("hashed_token:{hashed}"));
    assert_eq!(found.status, 200, "{found:?}");
    let entries = found.body.as_array().unwrap();
    assert_eq!(
        entries.len(),
        5,
        "asked three times, answered twice: {found:?}"
    );
    assert!(
        entries
            .iter()
            .all(|e| e["hashed_token"] == json!(hashed) && e["actor_id"].is_number())
    );
    assert_eq!(
        query(&format!("hashed_token:\"{hashed}\"")).body,
        found.body
    );
    assert_eq!(query("hashed_token:nothing").body, json!([]));
}
