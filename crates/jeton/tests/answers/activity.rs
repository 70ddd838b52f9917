//! What a token was used for, and the small answers of a token's life, whole.

use jeton_domain::Span;
use serde_json::{Value, json};

use crate::support::http::{Answer, send};
use crate::world::World;

const SECRET: &str = "/api/v3/repos/acme/secret";

/// The rows that were written of a token's use.
fn rows(world: &World) -> i64 {
    let file = world.site.folder().join("data/jeton.db");
    let open = rusqlite::Connection::open(file).unwrap();
    open.query_row("SELECT COUNT(*) FROM usage_hours", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn activity_tells_the_last_use_and_counts_each_operation_by_verdict() {
    let world = World::new(&[("proxies.trusted", "127.0.0.1")]);
    let token = world.token("used");
    let bearer = format!("Bearer {}", token.value);
    let ask = |method: &str, target: &str, from: &str, body: &str| {
        let headers = [
            ("authorization", bearer.as_str()),
            ("x-forwarded-for", from),
            ("x-forwarded-proto", "https"),
            ("content-type", "application/json"),
        ];
        let address = world.site.address();
        send(address, method, target, &headers, body.as_bytes()).status
    };
    let fetch = "/acme/secret.git/info/refs?service=git-upload-pack";
    let push = "/acme/secret.git/info/refs?service=git-receive-pack";
    let path = format!("/api/jeton/v1/tokens/{}/activity", token.id);
    let activity =
        |query: &str| world.by(&world.mia, "GET", &format!("{path}{query}"), &Value::Null);
    // Never used: nothing is told, and nothing is made up.
    let unused = activity("").json();
    assert_eq!(
        (&unused["last_use"], &unused["hours"]),
        (&Value::Null, &json!([]))
    );

    for _ in 0..5 {
        assert_eq!(ask("GET", SECRET, "198.51.100.7", ""), 200);
    }
    assert_eq!(
        ask("PATCH", SECRET, "198.51.100.7", r#"{"description":"x"}"#),
        403
    );
    assert_eq!(
        ask("GET", "/api/v3/repos/acme/absent", "198.51.100.7", ""),
        404
    );
    for _ in 0..3 {
        assert_eq!(ask("GET", fetch, "198.51.100.8", ""), 200);
    }
    world.site.later(Span::from_hours(2));
    assert_eq!(ask("GET", fetch, "2001:db8::9", ""), 200);
    world.site.later(Span::from_seconds(7));
    assert_eq!(ask("GET", push, "203.0.113.5", ""), 403);

    let told = activity("");
    assert_eq!(told.status, 200, "{}", told.text());
    let body = told.json();
    // A refusal is counted, and is no use.
    assert_eq!(
        body["last_use"],
        json!({
            "at": "2026-11-21T10:00:00Z", "address": "2001:db8::9", "door": "git", "operation": "git.fetch",
        })
    );
    let secrets = body["secrets"].as_array().unwrap();
    assert_eq!(secrets.len(), 1);
    assert_eq!(secrets[0]["last_used_at"], "2026-11-21T10:00:00Z");
    assert!(!told.text().contains(&token.value), "{}", told.text());
    let mut hours: Vec<String> = body["hours"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hour| {
            let text = |name: &str| hour[name].as_str().unwrap();
            format!(
                "{} {} {} {}",
                text("hour"),
                text("operation"),
                text("verdict"),
                hour["count"]
            )
        })
        .collect();
    hours.sort();
    assert_eq!(
        hours,
        [
            "2026-11-21T08:00:00Z git.fetch allow 3",
            "2026-11-21T08:00:00Z repository.get allow 5",
            "2026-11-21T08:00:00Z repository.get not_visible 1",
            "2026-11-21T08:00:00Z repository.update permission_missing 1",
            "2026-11-21T10:00:00Z git.fetch allow 1",
            "2026-11-21T10:00:00Z git.push permission_missing 1",
        ]
    );
    // Twelve requests, six rows: counts are written, not requests.
    assert_eq!(rows(&world), 6);
    let late = activity("?hours=1").json();
    assert_eq!(late["hours"].as_array().unwrap().len(), 2, "{late}");
    // Nobody else's business, not even the owner's of what it reaches.
    let other = world.by(&world.olivia, "GET", &path, &Value::Null);
    assert_eq!(other.status, 404, "{}", other.text());
    let itself = world
        .site
        .call("GET", &path, Some(&token.value), &Value::Null);
    assert_eq!(itself.status, 403, "{}", itself.text());
}

#[test]
fn an_overlap_is_finished_and_a_request_is_taken_back() {
    let world = World::new(&[]);
    let act = |id: i64, what: &str, body: &Value| {
        let path = format!("/api/jeton/v1/tokens/{id}/{what}");
        world.by(&world.mia, "POST", &path, body)
    };
    let reads = |value: &str| world.site.call("GET", SECRET, Some(value), &Value::Null);
    let token = world.token("rotated");
    let rotated = act(token.id, "rotate", &json!({}));
    assert_eq!(rotated.status, 201, "{}", rotated.text());
    let fresh = rotated.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(
        (reads(&token.value).status, reads(&fresh).status),
        (200, 200)
    );
    let finished = act(token.id, "finish", &Value::Null);
    assert_eq!(finished.status, 200, "{}", finished.text());
    let body = finished.json();
    assert_eq!(
        (&body["id"], &body["name"], &body["state"]),
        (&json!(token.id), &json!("rotated"), &json!("active"))
    );
    let retired: Vec<&Value> = body["secrets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|secret| &secret["retired_at"])
        .collect();
    // Of those that are still told, the new one goes on.
    assert!(retired.contains(&&Value::Null), "{body}");
    let live = retired.iter().filter(|at| at.is_null()).count();
    assert_eq!(live, 1, "{body}");
    let gone = reads(&token.value);
    assert_eq!(
        (gone.status, &gone.json()["reason"]),
        (401, &json!("retired"))
    );
    assert_eq!(reads(&fresh).status, 200);
    let twice = act(token.id, "finish", &Value::Null);
    assert_eq!(
        (twice.status, &twice.json()["reason"]),
        (409, &json!("overlap"))
    );

    let wish = json!({
        "name": "waits", "owner": "acme", "repositories": ["secret"], "permissions": { "contents": "read" },
    });
    let waits = world.site.token(&world.mia, &wish);
    assert_eq!(waits.made["state"], "pending");
    assert!(!waits.made["pending_request"].is_null());
    let back = act(waits.id, "cancel-request", &Value::Null);
    assert_eq!(back.status, 200, "{}", back.text());
    let body = back.json();
    assert_eq!(
        (&body["standing"], &body["pending_request"], &body["life"]),
        (&json!("cancelled"), &Value::Null, &json!("alive"))
    );
    let requests = "/api/v3/orgs/acme/personal-access-token-requests";
    let listed = world.by(&world.olivia, "GET", requests, &Value::Null);
    assert_eq!(listed.json(), json!([]), "nothing waits");
    assert_eq!(reads(&waits.value).status, 404);
    let twice = act(waits.id, "cancel-request", &Value::Null);
    assert_eq!(twice.status, 409, "{}", twice.text());
    assert!(twice.json()["reason"].is_string(), "{}", twice.text());
}

#[test]
fn a_check_says_by_its_status_alone_whether_a_credential_lives() {
    let world = World::new(&[]);
    let check = |value: Option<&str>| {
        world
            .site
            .call("GET", "/api/jeton/v1/check", value, &Value::Null)
    };
    let lives = |answer: &Answer, what: &str| {
        assert_eq!(
            (answer.status, answer.text()),
            (204, String::new()),
            "{what}"
        );
        assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    };
    let token = world.token("checked");
    let value = Some(token.value.as_str());
    // From storage, and then from memory.
    lives(&check(value), "a token");
    lives(&check(value), "a token again");
    lives(&check(Some(&world.mia.client)), "a sign-in");
    let nobody = check(None);
    assert_eq!(
        (nobody.status, &nobody.json()["message"]),
        (401, &json!("Requires authentication"))
    );
    let ends = |what: &str, status: u16, reason: &str| {
        let done = world
            .site
            .token_call(&world.mia, &token, what, &Value::Null);
        assert_eq!(done.status, 200, "{}", done.text());
        let told = check(value);
        assert_eq!(
            (told.status, &told.json()["reason"]),
            (status, &json!(reason)),
            "{what}"
        );
    };
    ends("suspend", 403, "token_suspended");
    let done = world
        .site
        .token_call(&world.mia, &token, "resume", &Value::Null);
    assert_eq!(done.status, 200);
    lives(&check(value), "a resumed token");
    // The owner's no is nothing about its life.
    let grant = format!("/api/v3/orgs/acme/personal-access-tokens/{}", token.id);
    world.by(
        &world.olivia,
        "POST",
        &grant,
        &json!({ "action": "revoke" }),
    );
    lives(&check(value), "a withdrawn token");
    ends("revoke", 401, "revoked");
}

#[test]
fn a_grants_repositories_are_those_in_force() {
    let world = World::new(&[]);
    world
        .site
        .repository("acme", &world.olivia, "more", "private");
    let token = world.token("granted");
    let path = format!(
        "/api/v3/orgs/acme/personal-access-tokens/{}/repositories",
        token.id
    );
    let names = |answer: &Answer| -> Vec<String> {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let list = answer.json();
        let names = list.as_array().unwrap().iter();
        names
            .map(|repository| {
                assert!(repository["id"].is_i64() && repository["owner"]["login"] == "acme");
                repository["full_name"].as_str().unwrap().to_owned()
            })
            .collect()
    };
    let listed = || world.by(&world.olivia, "GET", &path, &Value::Null);
    assert_eq!(names(&listed()), ["acme/secret"]);
    // Wanted and not approved yet: not in force.
    let wider = format!("/api/jeton/v1/tokens/{}", token.id);
    let body = json!({ "repositories": ["secret", "more"] });
    let edited = world.by(&world.mia, "PATCH", &wider, &body);
    assert_eq!(edited.status, 200, "{}", edited.text());
    assert_eq!(names(&listed()), ["acme/secret"]);
    world.site.approve("acme", &world.olivia, &token);
    let mut both = names(&listed());
    both.sort();
    assert_eq!(both, ["acme/more", "acme/secret"]);
    let member = world.by(&world.mia, "GET", &path, &Value::Null);
    assert_eq!(member.status, 403, "{}", member.text());
    let nobody = world.site.call("GET", &path, None, &Value::Null);
    assert_eq!(nobody.status, 401, "{}", nobody.text());
    // A token of the owner with the permission, and one without.
    let holds = |name: &str, permissions: Value| {
        let wish = json!({ "name": name, "owner": "acme", "repositories": "all", "permissions": permissions });
        let token = world.site.token(&world.olivia, &wish);
        world
            .site
            .call("GET", &path, Some(&token.value), &Value::Null)
    };
    let reads = json!({ "organization_personal_access_tokens": "read" });
    let mut seen = names(&holds(
        "reads",
        json!({ "organization_personal_access_tokens": "read", "contents": "read" }),
    ));
    seen.sort();
    assert_eq!(seen, ["acme/more", "acme/secret"]);
    // It holds nothing on repositories, so it sees none of their names.
    assert_eq!(names(&holds("blind", reads)), Vec::<String>::new());
    let refused = holds("none", json!({ "contents": "read" }));
    assert_eq!(
        (refused.status, &refused.json()["reason"]),
        (403, &json!("permission_missing"))
    );
}
