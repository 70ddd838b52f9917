//! Bad input: a clear error, and nothing lost or half done. Each kind of it, and where it is tried:
//!
//! | kind | tests |
//! |---|---|
//! | unknown, malformed, truncated tokens | `walk.rs`: `a_credential_that_fails_is_refused_by_every_route_and_carrier`; `http::a_credential_that_can_t_be_read_is_refused_at_every_door`; `jeton-token`: `tests/vectors.rs` |
//! | another instance's tokens | `peers.rs`: `another_servers_token_is_nobodys` |
//! | names too long, taken, reserved, look-alikes, `..`, dashes, `.git`, encoded separators | here: `names_that_can_t_be_are_refused_by_field`; in paths: `peers.rs`: `hostile_names_reach_nothing`; `jeton-domain`: `name.rs` |
//! | permissions and levels that do not exist, account permissions for an organization | here: `wishes_that_can_t_be_are_refused_by_field`; `jeton-app`: `permissions_are_those_of_the_catalogue_and_fit_the_owner` |
//! | expiry in the past, beyond the maximum, at the exact instant | here: `wishes_that_can_t_be_are_refused_by_field`; `peers.rs`: `it_ends_at_the_same_instant_at_both_doors`; `jeton-app`: `an_expiry_holds_to_the_instant`, `the_owners_maximum_bounds_and_shrinks_the_default` |
//! | two reviewers at once | here: `of_two_reviewers_at_once_one_decides`; `jeton-app`: `of_two_reviewers_at_once_exactly_one_wins` |
//! | deletion of a repository that a token selects | here: `a_deleted_repository_leaves_the_selection_and_its_namesake_is_not_reached` |
//! | the last owner leaving | here: `the_last_owner_stays`; `jeton-app`: `the_last_owner_can_not_go` |
//! | a database that is locked, or from a newer version | `start::a_database_that_is_newer_locked_or_none_is_refused_and_left_alone`; under way: here: `a_database_that_is_locked_meanwhile_loses_nothing` |
//! | a database that is read-only, or full | at the start: `start::a_database_that_can_not_be_written_is_refused`; under way, at both doors: `storage.rs`; `jeton-store`: `a_full_disk_changes_nothing_and_space_mends_it` |
//! | a data folder in use | `start::a_data_folder_has_one_server` |
//! | bodies too large, not JSON, wrongly encoded | `http::bodies_that_are_no_json_or_too_large_are_refused_as_github_does`; at Git: `git::requests_that_no_git_sends_are_refused_and_do_no_harm` |
//! | slow clients | `http::slow_and_oversized_clients_are_let_go`; `git::a_client_that_does_not_take_its_pack_is_let_go` |

use serde_json::{Value, json};

use crate::world::{Answer, World};

impl World {
    fn send(&self, value: &str, line: &str, body: &Value) -> Answer {
        let bearer = format!("authorization: Bearer {value}");
        let headers = [bearer.as_str(), "content-type: application/json"];
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.ask(line, &headers, &body)
    }

    #[track_caller]
    fn well(&self, value: &str, line: &str, body: &Value) -> Value {
        let answer = self.send(value, line, body);
        assert!((200..300).contains(&answer.status), "{line}: {answer:?}");
        serde_json::from_str(&answer.body).unwrap_or_default()
    }
}

/// The fields that an answer finds fault with.
fn faults(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 422, "{answer:?}");
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let errors = body["errors"].as_array().unwrap();
    assert!(
        errors.iter().all(|error| error["code"].is_string()),
        "{body}"
    );
    errors
        .iter()
        .map(|error| error["field"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn names_that_can_t_be_are_refused_by_field() {
    let world = World::new(&[]);
    let ada = world.person("ada");
    world.well(&ada, "POST /api/jeton/v1/orgs", &json!({ "login": "acme" }));
    world.well(
        &ada,
        "POST /api/v3/orgs/acme/repos",
        &json!({ "name": "labs" }),
    );
    let long = |length: usize| "a".repeat(length);
    let logins = [
        "",
        "..",
        "-a",
        "a-",
        "a--b",
        "a_b",
        "a.b",
        "a b",
        "a/b",
        "a%2Fb",
        "аcme",
        "acmé",
        "acme\u{200b}",
        "admin",
        "API",
        "ghost",
        ".well-known",
        "acme",
        "ACME",
        "ada",
        &long(40),
        "a\0b",
        "a\nb",
    ];
    for login in logins {
        let made = world.send(&ada, "POST /api/jeton/v1/orgs", &json!({ "login": login }));
        assert_eq!(faults(&made), ["login"], "{login:?}");
        let renamed = world.send(
            &ada,
            "PATCH /api/jeton/v1/orgs/acme/rename",
            &json!({ "login": login }),
        );
        // Its own name is no fault, in any case.
        if !login.eq_ignore_ascii_case("acme") {
            assert_eq!(faults(&renamed), ["login"], "{login:?}");
        }
    }
    world.well(
        &ada,
        "POST /api/jeton/v1/orgs",
        &json!({ "login": long(39) }),
    );
    let repositories = [
        "",
        ".",
        "..",
        "-labs",
        ".labs",
        "labs.git",
        "labs.GIT",
        "labs.wiki",
        "labs.lock",
        "labs.atom",
        "a/b",
        "a\\b",
        "a%2Fb",
        "..%2fx",
        "a b",
        "lаbs",
        "labs\u{202e}",
        "labs",
        "LABS",
        &long(101),
        "a\0b",
    ];
    for name in repositories {
        let made = world.send(
            &ada,
            "POST /api/v3/orgs/acme/repos",
            &json!({ "name": name }),
        );
        assert_eq!(faults(&made), ["name"], "{name:?}");
    }
    world.well(
        &ada,
        "POST /api/v3/orgs/acme/repos",
        &json!({ "name": long(100) }),
    );
    world.well(
        &ada,
        "POST /api/jeton/v1/tokens",
        &json!({ "name": "taken" }),
    );
    for name in ["", " ", "taken", "TAKEN", "a\nb", "a\u{202e}b", &long(41)] {
        let made = world.send(&ada, "POST /api/jeton/v1/tokens", &json!({ "name": name }));
        assert_eq!(faults(&made), ["name"], "{name:?}");
    }
    for name in ["", "..", "/", &long(101)] {
        let made = world.send(
            &ada,
            "POST /api/v3/orgs/acme/teams",
            &json!({ "name": name }),
        );
        assert_eq!(faults(&made), ["name"], "{name:?}");
    }
    let listed = world.well(&ada, "GET /api/v3/orgs/acme/repos", &Value::Null);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let tokens = world.well(&ada, "GET /api/jeton/v1/tokens", &Value::Null);
    assert_eq!(tokens.as_array().unwrap().len(), 1);
}

#[test]
fn wishes_that_can_t_be_are_refused_by_field() {
    let world = World::new(&[]);
    let ada = world.person("ada");
    world.well(&ada, "POST /api/jeton/v1/orgs", &json!({ "login": "acme" }));
    let long = "a".repeat(1025);
    for (wish, field) in [
        (
            json!({ "permissions": { "nonsense": "read" } }),
            "permissions",
        ),
        (
            json!({ "permissions": { "contents": "sideways" } }),
            "permissions",
        ),
        (
            json!({ "permissions": { "contents": "admin" } }),
            "permissions",
        ),
        (
            json!({ "permissions": { "metadata": "write" } }),
            "permissions",
        ),
        (json!({ "permissions": { "contents": 3 } }), "permissions"),
        (json!({ "permissions": ["contents"] }), "permissions"),
        (
            json!({ "owner": "acme", "repositories": "all", "permissions": { "emails": "read" } }),
            "permissions",
        ),
        (
            json!({ "repositories": "all", "permissions": { "members": "read" } }),
            "permissions",
        ),
        (
            json!({ "repositories": "public", "permissions": { "contents": "read" } }),
            "permissions",
        ),
        (json!({ "repositories": ["nothing"] }), "repositories"),
        (json!({ "repositories": "some" }), "repositories"),
        (json!({ "repositories": [] }), "repositories"),
        // What can be read and can't be is found in `expires_at`, however it was said.
        (json!({ "expires_in": 0 }), "expires_"),
        (json!({ "expires_in": -1 }), "expires_"),
        (json!({ "expires_in": 367 }), "expires_"),
        (json!({ "expires_in": 1e300 }), "expires_"),
        (json!({ "expires_in": "none" }), "expires_"),
        (json!({ "expires_at": "2020-01-01" }), "expires_at"),
        (json!({ "expires_at": "9999-12-31" }), "expires_at"),
        (json!({ "expires_at": "2027-02-30" }), "expires_at"),
        (json!({ "expires_at": "soon" }), "expires_at"),
        (json!({ "owner": "nobody-here" }), "owner"),
        (json!({ "owner": "../acme" }), "owner"),
        (json!({ "description": long }), "description"),
        (
            json!({ "conditions": [{ "addresses": { "only": ["10.0.0.0/99"] } }] }),
            "conditions",
        ),
        (
            json!({ "conditions": [{ "hours": { "within": { "zone": "Mars/Olympus", "from": 0, "to": 9, "days": 1 } } }] }),
            "conditions",
        ),
        (
            json!({ "conditions": [{ "refs": { "only": { "patterns": ["main"] } } }] }),
            "conditions",
        ),
        (
            json!({ "conditions": [{ "nonsense": true }] }),
            "conditions",
        ),
        (json!({ "conditions": {} }), "conditions"),
        (json!({ "nonsense": true }), "nonsense"),
    ] {
        let mut body = json!({ "name": "t" });
        body.as_object_mut()
            .unwrap()
            .extend(wish.as_object().unwrap().clone());
        let found = faults(&world.send(&ada, "POST /api/jeton/v1/tokens", &body));
        assert!(
            found.iter().any(|found| found.starts_with(field)),
            "{wish}: {found:?}"
        );
    }
    // Every field at once, and nothing made; what hangs on the owner waits until there is one.
    let all = json!({ "name": "", "owner": "no-one", "expires_in": 9, "description": long });
    let mut found = faults(&world.send(&ada, "POST /api/jeton/v1/tokens", &all));
    found.sort();
    assert_eq!(found, ["description", "name", "owner"]);
    assert_eq!(
        world.well(&ada, "GET /api/jeton/v1/tokens", &Value::Null),
        json!([])
    );
}

/// `acme` of ada and ann, with bob as a member whose token waits for both.
fn waiting() -> (World, [String; 3], i64) {
    let world = World::new(&[]);
    let people = ["ada", "ann", "bob"].map(|login| world.person(login));
    let ada = &people[0];
    world.well(ada, "POST /api/jeton/v1/orgs", &json!({ "login": "acme" }));
    world.well(
        ada,
        "PUT /api/v3/orgs/acme/memberships/ann",
        &json!({ "role": "admin" }),
    );
    world.well(
        ada,
        "PUT /api/v3/orgs/acme/memberships/bob",
        &json!({ "role": "member" }),
    );
    for invited in &people[1..] {
        let own = world.well(invited, "GET /api/jeton/v1/invitations", &Value::Null);
        let accept = format!("POST /api/jeton/v1/invitations/{}/accept", own[0]["id"]);
        world.well(invited, &accept, &json!({}));
    }
    world.well(
        ada,
        "POST /api/v3/orgs/acme/repos",
        &json!({ "name": "labs" }),
    );
    let wish = json!({
        "name": "t", "owner": "acme", "repositories": ["labs"], "permissions": { "contents": "read" },
    });
    world.well(&people[2], "POST /api/jeton/v1/tokens", &wish);
    let path = "GET /api/v3/orgs/acme/personal-access-token-requests";
    let id = world.well(ada, path, &Value::Null)[0]["id"]
        .as_i64()
        .unwrap();
    (world, people, id)
}

#[test]
fn of_two_reviewers_at_once_one_decides() {
    for round in 0..4 {
        let (world, [ada, ann, bob], id) = waiting();
        let review = |who: &str, action: &str| {
            let line = format!("POST /api/v3/orgs/acme/personal-access-token-requests/{id}");
            world.send(who, &line, &json!({ "action": action })).status
        };
        let (approved, denied) = std::thread::scope(|scope| {
            let approves = scope.spawn(|| review(&ada, "approve"));
            let denies = scope.spawn(|| review(&ann, "deny"));
            (approves.join().unwrap(), denies.join().unwrap())
        });
        let standing =
            world.well(&bob, "GET /api/jeton/v1/tokens", &Value::Null)[0]["standing"].clone();
        match (approved, denied) {
            (204, 404 | 409) => assert_eq!(standing, "active", "round {round}"),
            (404 | 409, 204) => assert_eq!(standing, "denied", "round {round}"),
            both => panic!("round {round}: {both:?}"),
        }
        assert!(
            [404, 409].contains(&review(&ada, "approve")),
            "decided is decided"
        );
    }
}

#[test]
fn a_deleted_repository_leaves_the_selection_and_its_namesake_is_not_reached() {
    let (world, [ada, _, bob], id) = waiting();
    let line = format!("POST /api/v3/orgs/acme/personal-access-token-requests/{id}");
    world.well(&ada, &line, &json!({ "action": "approve" }));
    world.well(&ada, "DELETE /api/v3/repos/acme/labs", &Value::Null);
    let shown = || world.well(&bob, "GET /api/jeton/v1/tokens", &Value::Null)[0].clone();
    assert_eq!(shown()["repositories"], json!([]), "{}", shown());
    world.well(
        &ada,
        "POST /api/v3/orgs/acme/repos",
        &json!({ "name": "labs" }),
    );
    let rotate = format!("POST /api/jeton/v1/tokens/{}/rotate", shown()["id"]);
    let fresh = world.well(&bob, &rotate, &json!({}))["token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        world
            .send(&fresh, "GET /api/v3/repos/acme/labs", &Value::Null)
            .status,
        404
    );
    let git = "GET /acme/labs/info/refs?service=git-upload-pack";
    assert_eq!(world.send(&fresh, git, &Value::Null).status, 404);
    assert_eq!(
        world.send(&bob, git, &Value::Null).status,
        200,
        "its person sees it"
    );
}

#[test]
fn the_last_owner_stays() {
    let (world, [ada, ann, _], _) = waiting();
    world.well(&ann, "POST /api/jeton/v1/orgs/acme/leave", &json!({}));
    for (line, body) in [
        ("POST /api/jeton/v1/orgs/acme/leave", json!({})),
        ("DELETE /api/v3/orgs/acme/members/ada", Value::Null),
        ("DELETE /api/v3/orgs/acme/memberships/ada", Value::Null),
        (
            "PUT /api/v3/orgs/acme/memberships/ada",
            json!({ "role": "member" }),
        ),
        ("PUT /api/v3/orgs/acme/outside_collaborators/ada", json!({})),
    ] {
        let answer = world.send(&ada, line, &body);
        assert_eq!(answer.status, 409, "{line}: {answer:?}");
        assert!(answer.body.contains("last owner"), "{line}: {answer:?}");
    }
    let role = world.well(&ada, "GET /api/v3/orgs/acme/memberships/ada", &Value::Null);
    assert_eq!(role["role"], "admin");
}

#[test]
fn a_database_that_is_locked_meanwhile_loses_nothing() {
    let world = World::new(&[]);
    let ada = world.person("ada");
    world.well(
        &ada,
        "POST /api/jeton/v1/tokens",
        &json!({ "name": "before" }),
    );
    let path = world.folder.path().join("data/jeton.db");
    let other = rusqlite::Connection::open(path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = world.send(
        &ada,
        "POST /api/jeton/v1/tokens",
        &json!({ "name": "during" }),
    );
    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(
        !refused.body.contains("sqlite") && refused.header("retry-after").is_some(),
        "{refused:?}"
    );
    let told: Value = serde_json::from_str(&refused.body).unwrap();
    assert_eq!(
        (&told["reason"], &told["message"]),
        (&json!("busy"), &json!("The server is busy; try again."))
    );
    let names = || {
        let list = world.well(&ada, "GET /api/jeton/v1/tokens", &Value::Null);
        list.as_array()
            .unwrap()
            .iter()
            .map(|t| t["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(), ["before"], "what is there can be read");
    other.execute_batch("ROLLBACK").unwrap();
    world.well(
        &ada,
        "POST /api/jeton/v1/tokens",
        &json!({ "name": "during" }),
    );
    assert_eq!(names().len(), 2);
}
