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

/// Many by their numbers: all or none, and what stands in the way is named.
#[test]
fn numbers_that_stand_in_the_way_are_named() {
    let server = Server::start();
    let (ann, bob) = (server.kit.person("ann"), server.kit.person("bob"));
    let alta3 = server.kit.organization("alta3", &ann);
    let member = jeton_domain::OrganizationRole::Member;
    server.kit.member(&alta3, &bob, member);
    let ask = |name: &str| {
        let new = json!({ "name": name, "owner": "alta3", "repositories": "all",
            "permissions": { "contents": "read" } });
        let made = server.by(&bob, "POST", &format!("{OWN}/tokens"), new);
        assert_eq!(made.status, 201, "{made:?}");
        let number = |field: &str| made.body[field].as_i64().unwrap();
        (number("id"), number("pending_request"))
    };
    let ((one, first), (two, second), (_, third)) = (ask("1"), ask("2"), ask("3"));
    let review = |ids: &[i64]| {
        let body = json!({ "action": "approve", "pat_request_ids": ids });
        server.by(&ann, "POST", REQUESTS, body)
    };
    let withdraw = |ids: &[i64]| {
        let body = json!({ "action": "revoke", "pat_ids": ids });
        server.by(&ann, "POST", GRANTS, body)
    };
    let ids = |list: &str| -> Value {
        let got = server.get(&ann, list);
        got.body
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["id"].clone())
            .collect()
    };
    assert_eq!(review(&[first, second, first]).status, 202);
    let stale = review(&[third, first, second]);
    assert_eq!((stale.status, stale.text("reason")), (409, "not_pending"));
    let named = format!("Not pending any more: {first} and {second}. Nothing was decided.");
    assert_eq!(stale.text("message"), named);
    let unknown = review(&[third, 999, -1]);
    let fault = &unknown.body["errors"][0];
    assert_eq!((unknown.status, &fault["code"]), (422, &json!("missing")));
    let unknown = review(&[third, 999, 998]);
    let fault = &unknown.body["errors"][0];
    assert_eq!((unknown.status, &fault["code"]), (422, &json!("missing")));
    assert!(fault["message"].as_str().unwrap().contains("999 and 998"));
    assert_eq!(ids(REQUESTS), json!([third]));

    assert_eq!(withdraw(&[one]).status, 202);
    let unknown = withdraw(&[two, 999]);
    let fault = &unknown.body["errors"][0];
    assert_eq!((unknown.status, &fault["field"]), (422, &json!("pat_ids")));
    assert!(fault["message"].as_str().unwrap().contains("names 999,"));
    assert_eq!(ids(GRANTS), json!([two]));
    // By a list of a moment ago: the one has been asked for again, the other wants more.
    let asked = server.by(
        &bob,
        "POST",
        &format!("{OWN}/tokens/{one}/request"),
        json!({}),
    );
    assert_eq!(asked.status, 200, "{asked:?}");
    let more = json!({ "permissions": { "contents": "write" } });
    let wider = server.by(&bob, "PATCH", &format!("{OWN}/tokens/{two}"), more);
    assert_eq!(wider.status, 200, "{wider:?}");
    let waiting = ids(REQUESTS).as_array().unwrap().len();
    assert_eq!(withdraw(&[one, two, two]).status, 202);
    let left = ids(REQUESTS).as_array().unwrap().len();
    assert_eq!((waiting, left), (3, 2), "the wish for more went with it");
    assert_eq!(ids(GRANTS), json!([]));
    let alone = format!("{GRANTS}/{two}");
    let again = server.by(&ann, "POST", &alone, json!({ "action": "revoke" }));
    assert_eq!(again.status, 204);
}

const REQUESTS: &str = "/api/v3/orgs/alta3/personal-access-token-requests";
const GRANTS: &str = "/api/v3/orgs/alta3/personal-access-tokens";

/// A list without names is no empty one: how many are left out stands beside it.
#[test]
fn a_waiting_token_is_told_how_many_repositories_it_asks_for() {
    let server = Server::start();
    let (ann, bob) = (server.kit.person("ann"), server.kit.person("bob"));
    let alta3 = server.kit.organization("alta3", &ann);
    let private = jeton_domain::Visibility::Private;
    let labs = server
        .kit
        .repository((alta3.account(), "alta3"), "labs", private);
    server
        .kit
        .collaborator(&labs, &bob, jeton_domain::Role::Write);
    let new = json!({ "name": "t", "owner": "alta3", "repositories": ["labs"],
        "permissions": { "contents": "read" } });
    let made = server.by(&bob, "POST", &format!("{OWN}/tokens"), new);
    assert_eq!(made.status, 201, "{made:?}");
    let own = |path: &str| server.ask(Some(made.text("token")), "GET", path, Value::Null);
    let told = || {
        let body = own(&format!("{OWN}/token")).body;
        let of = |grant: &Value| {
            let named = grant["repositories"].as_array().unwrap().len();
            (named, grant["unnamed_repositories"].as_u64().unwrap())
        };
        (of(&body), of(&body["in_force"]))
    };
    assert_eq!(told(), ((0, 1), (0, 0)));
    let path = format!("{REQUESTS}/{}", made.body["pending_request"]);
    let yes = json!({ "action": "approve" });
    assert_eq!(server.by(&ann, "POST", &path, yes).status, 204);
    assert_eq!(told(), ((1, 0), (1, 0)));
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

#[test]
fn a_value_is_never_said_to_be_replaced_after_its_own_end() {
    let server = Server::start();
    let ann = server.kit.person("ann");
    let tokens = format!("{OWN}/tokens");
    let body = json!({ "name": "t", "expires_in": 7 });
    let made = server.by(&ann, "POST", &tokens, body);
    server.kit.advance(jeton_domain::Span::from_minutes(60));
    let one = format!("{tokens}/{}", made.body["id"]);
    let body = json!({ "overlap_seconds": 7 * 24 * 3600 });
    let rotated = server.by(&ann, "POST", &format!("{one}/rotate"), body);
    assert_eq!(rotated.status, 201, "{rotated:?}");
    let shown = server.get(&ann, &one);
    let secrets = shown.body["secrets"].as_array().unwrap();
    let old = secrets.last().unwrap();
    assert_eq!(old["retires_at"], old["expires_at"], "{shown:?}");
}

/// Whichever of two keys were believed, the other sender's retry would make a second value.
#[test]
fn two_idempotency_keys_are_none() {
    use std::io::{Read, Write};
    let server = Server::start();
    let ann = server.kit.person("ann");
    let ask = |keys: &str| {
        let body = json!({ "name": "t" }).to_string();
        let head = format!(
            "POST {OWN}/tokens HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\n{keys}Content-Length: {}\r\n\r\n{body}",
            ann.value(),
            body.len()
        );
        let mut stream = std::net::TcpStream::connect(server.address()).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let two = ask("Idempotency-Key: a\r\nidempotency-key: b\r\n");
    assert!(two.starts_with("HTTP/1.1 422 "), "{two}");
    assert!(two.contains("stands more than once"), "{two}");
    let one = ask("Idempotency-Key: a\r\n");
    assert!(one.starts_with("HTTP/1.1 201 "), "{one}");
}

/// What the reference shows of conditions can be sent as it stands.
#[test]
fn the_example_of_conditions_is_taken() {
    let example = TABLES
        .iter()
        .flat_map(|table| table.routes)
        .filter(|route| route.operation.name == "token.create")
        .flat_map(|route| route.body)
        .find(|field| field.name == "conditions")
        .and_then(|field| field.sentence.split('`').nth(1))
        .unwrap();
    let set: Value = serde_json::from_str(example).unwrap();
    assert_eq!(set.as_object().unwrap().len(), 3, "{set}");
    let server = Server::start();
    let ann = server.kit.person("ann");
    let body = json!({ "name": "t", "conditions": [set] });
    let made = server.by(&ann, "POST", &format!("{OWN}/tokens"), body);
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.body["conditions"][0], set);
}
