//! OAuth applications on the command line.

use serde_json::json;

use super::stand_in::StandIn;
use super::{run, signed_in};

const OWN: &str = "GET /api/jeton/v1/applications";
const OF_ACME: &str = "GET /api/jeton/v1/orgs/acme/applications";
const ASKED: &str = "GET /api/jeton/v1/orgs/acme/application-approvals";
const TWO: &str = r#"[{"id":7,"client_id":"aa11","name":"Board","description":"","url":"","callbacks":["https://b.example/"],
    "confidential":true,"device_flow":false,"expiring":true,"created_at":"2026-11-21T08:00:00Z","tokens":3,
    "secrets":[{"id":9,"created_at":"2026-11-21T09:00:00Z"}]},
    {"id":8,"client_id":"bb22","name":"Twice","tokens":0},{"id":10,"client_id":"cc33","name":"Twice","tokens":0}]"#;

#[test]
fn one_is_registered_and_its_secret_alone_is_data() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let made = r#"{"id":7,"client_id":"aa11","name":"Board","secrets":[]}"#;
    server.answer("POST /api/jeton/v1/orgs/acme/applications", 201, made);
    let words = [
        "app",
        "create",
        "Board",
        "--org",
        "acme",
        "--callback",
        "https://b.example/1",
        "--callback",
        "https://b.example/2",
        "--device-flow",
        "yes",
        "--expiring",
        "no",
    ];
    let came = run(home.path(), &words, None);
    assert_eq!(came.code, 0, "{came:?}");
    assert!(came.out.contains("Client id  aa11"), "{came:?}");
    let wanted = json!({ "name": "Board", "confidential": true, "device_flow": true, "expiring": false,
        "callbacks": ["https://b.example/1", "https://b.example/2"] });
    assert_eq!(server.taken()[0].body, wanted);

    server.answer(OF_ACME, 200, TWO);
    let secret = r#"{"id":9,"client_secret":"the value"}"#;
    server.answer(
        "POST /api/jeton/v1/orgs/acme/applications/7/secrets",
        201,
        secret,
    );
    let words = ["app", "secret", "add", "Board", "--org", "acme"];
    let came = run(home.path(), &words, None);
    assert_eq!(
        (came.code, came.out.as_str()),
        (0, "the value\n"),
        "{came:?}"
    );
    assert!(!came.err.contains("the value"), "{came:?}");
}

#[test]
fn one_is_named_by_number_client_id_or_name_and_a_name_of_two_is_nobodys() {
    let server = StandIn::start();
    let home = signed_in(&server);
    for word in ["7", "aa11", "Board"] {
        server.answer(OWN, 200, TWO);
        let came = run(home.path(), &["app", "show", word], None);
        assert_eq!(came.code, 0, "{word}: {came:?}");
        for said in [
            "Living tokens    3",
            "SECRET  MADE",
            "9       2026-11-21 09:00",
        ] {
            assert!(came.out.contains(said), "{said}: {came:?}");
        }
    }
    server.answer(OWN, 200, TWO);
    let came = run(home.path(), &["app", "show", "Twice"], None);
    assert_eq!(came.code, 2, "{came:?}");
    assert!(
        came.err
            .contains("more than one application is called Twice")
    );
    server.answer(OWN, 200, TWO);
    let came = run(home.path(), &["app", "delete", "nothing", "--yes"], None);
    assert!(
        came.code != 0 && came.err.contains("there is no application nothing"),
        "{came:?}"
    );
    // Nothing is sent where nothing is to be changed.
    let came = run(home.path(), &["app", "edit", "Board"], None);
    assert_eq!(came.code, 2, "{came:?}");
}

#[test]
fn deleting_says_what_ends_and_asks() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer(OWN, 200, TWO);
    let came = run(home.path(), &["app", "delete", "Board"], Some(&["no"]));
    assert_ne!(came.code, 0, "{came:?}");
    assert_eq!(server.taken().len(), 1, "it was only looked for");
    server.answer(OWN, 200, TWO);
    server.answer("DELETE /api/jeton/v1/applications/7", 204, "");
    let came = run(home.path(), &["app", "delete", "Board", "--yes"], None);
    assert_eq!(came.code, 0, "{came:?}");
    assert!(came.err.contains("Board is deleted"), "{came:?}");
}

#[test]
fn an_owner_decides_about_what_was_asked_and_about_what_was_not() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let asked = r#"[{"application":{"id":7,"client_id":"aa11","name":"Board","url":""},"state":"requested","asked_by":"mia"}]"#;
    for (word, approved) in [("approve", true), ("deny", false)] {
        server.answer(ASKED, 200, asked);
        server.answer(
            "PUT /api/jeton/v1/orgs/acme/application-approvals/7",
            204,
            "",
        );
        let came = run(home.path(), &["app", "access", word, "acme", "Board"], None);
        assert_eq!(came.code, 0, "{came:?}");
        assert_eq!(server.taken()[1].body, json!({ "approved": approved }));
    }
    // By its client id the organization is asked first.
    server.answer(ASKED, 200, "[]");
    server.answer("POST /api/jeton/v1/orgs/acme/application-requests", 204, "");
    server.answer(ASKED, 200, asked);
    server.answer(
        "PUT /api/jeton/v1/orgs/acme/application-approvals/7",
        204,
        "",
    );
    let came = run(
        home.path(),
        &["app", "access", "approve", "acme", "aa11"],
        None,
    );
    assert_eq!(came.code, 0, "{came:?}");
    assert_eq!(server.taken()[1].body, json!({ "client_id": "aa11" }));
    // A number says all.
    server.answer(ASKED, 200, "[]");
    server.answer(
        "PUT /api/jeton/v1/orgs/acme/application-approvals/12",
        204,
        "",
    );
    let came = run(home.path(), &["app", "access", "deny", "acme", "12"], None);
    assert_eq!(came.code, 0, "{came:?}");
    assert_eq!(server.taken().len(), 2);
}

#[test]
fn what_one_let_in_is_listed_and_taken_back() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let list = "GET /api/jeton/v1/authorizations";
    let consents = r#"[{"application":{"id":1,"client_id":"178c","name":"GitHub CLI","url":""},"scopes":["repo","gist"],
        "created_at":"2026-11-21T08:00:00Z","tokens":2,"last_used_at":null}]"#;
    server.answer(list, 200, consents);
    let came = run(home.path(), &["authorization", "list"], None);
    assert!(
        came.out.contains("GitHub CLI") && came.out.contains("repo"),
        "{came:?}"
    );
    server.taken();
    server.answer(list, 200, consents);
    server.answer("DELETE /api/jeton/v1/authorizations/1", 204, "");
    let words = ["authorization", "revoke", "GitHub CLI", "--yes"];
    let came = run(home.path(), &words, None);
    assert_eq!(came.code, 0, "{came:?}");
    assert_eq!(
        server.taken()[1].line,
        "DELETE /api/jeton/v1/authorizations/1"
    );
}
