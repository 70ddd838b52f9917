//! `jeton workload`: what is sent, and what is shown.

use serde_json::json;

use super::stand_in::StandIn;
use super::{run, signed_in};

const RULE: &str = r#"{"id":3,"issuer_id":1,"name":"Main","order":1,"audience":"https://git.example.org","claims":{"sub":["repo:acme/widget:ref:refs/heads/main"]},
    "repositories":["acme/widget"],"repository_claim":null,"ref_claim":"ref","environment_claim":"environment","forks":"refused","fork_claims":{"event_name":["pull_request"]},
    "permissions":{"contents":"write","metadata":"read"},"seconds":900,"created_at":"2026-11-21T08:00:00Z"}"#;
const AT: &str = "/api/jeton/v1/orgs/acme/workload";

#[test]
fn an_issuer_is_trusted_given_another_name_and_trusted_no_more() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let issuer = r#"{"id":1,"name":"Works","url":"https://ci.example.org","service_account":"builder","created_at":"2026-11-21T08:00:00Z","keys_read_at":null,"fault":"it is down","fault_at":"2026-11-21T08:00:00Z"}"#;
    server.answer(&format!("POST {AT}/issuers"), 201, issuer);
    let add = [
        "workload",
        "issuer",
        "add",
        "acme",
        "https://ci.example.org",
        "--name",
        "Works",
        "--service-account",
        "builder",
    ];
    let came = run(home.path(), &add, None);
    assert_eq!(came.code, 0, "{came:?}");
    let body =
        json!({ "name": "Works", "url": "https://ci.example.org", "service_account": "builder" });
    assert_eq!(server.taken()[0].body, body);
    server.answer(&format!("GET {AT}/issuers"), 200, &format!("[{issuer}]"));
    let came = run(home.path(), &["workload", "issuer", "list", "acme"], None);
    assert_eq!(
        came.out,
        "ID  NAME   ADDRESS                 SERVICE ACCOUNT  FAULT\n\
         1   Works  https://ci.example.org  builder          it is down\n",
        "{came:?}"
    );
    server.taken();
    // What is not named is sent as it is.
    server.answer(&format!("GET {AT}/issuers/1"), 200, issuer);
    server.answer(&format!("PUT {AT}/issuers/1"), 200, issuer);
    let edit = ["workload", "issuer", "edit", "acme", "1", "--name", "Other"];
    assert_eq!(run(home.path(), &edit, None).code, 0);
    let body =
        json!({ "name": "Other", "url": "https://ci.example.org", "service_account": "builder" });
    assert_eq!(server.taken()[1].body, body);
    server.answer(&format!("DELETE {AT}/issuers/1"), 204, "");
    let delete = ["workload", "issuer", "delete", "acme", "1"];
    assert_ne!(
        run(home.path(), &delete, None).code,
        0,
        "nobody is there to be asked"
    );
    assert_eq!(
        run(home.path(), &[&delete[..], &["--yes"]].concat(), None).code,
        0
    );
}

#[test]
fn a_rule_is_made_and_changed_in_what_is_named() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer(&format!("POST {AT}/issuers/1/rules"), 201, RULE);
    let create = [
        "workload",
        "rule",
        "create",
        "acme",
        "1",
        "--name",
        "Main",
        "--audience",
        "https://git.example.org",
        "--claim",
        "sub=repo:acme/widget:ref:refs/heads/main",
        "--claim",
        "sub=job=1",
        "--repo",
        "widget",
        "--permission",
        "contents=write",
        "--lives",
        "15m",
    ];
    let came = run(home.path(), &create, None);
    assert_eq!(
        (came.code, came.err.as_str()),
        (0, "The rule is made.\n"),
        "{came:?}"
    );
    assert_eq!(
        server.taken()[0].body,
        json!({
            "name": "Main", "audience": "https://git.example.org",
            "claims": { "sub": ["repo:acme/widget:ref:refs/heads/main", "job=1"] },
            "repositories": ["widget"], "repository_claim": null,
            "permissions": { "contents": "write" }, "seconds": 900,
        })
    );
    server.answer(&format!("GET {AT}/issuers/1/rules/3"), 200, RULE);
    server.answer(&format!("PUT {AT}/issuers/1/rules/3"), 200, RULE);
    let edit = [
        "workload",
        "rule",
        "edit",
        "acme",
        "1",
        "3",
        "--repository-claim",
        "repository",
        "--forks",
        "read_only",
    ];
    assert_eq!(run(home.path(), &edit, None).code, 0);
    let sent = &server.taken()[1].body;
    assert_eq!(
        (
            &sent["repository_claim"],
            &sent["repositories"],
            &sent["forks"],
            &sent["seconds"]
        ),
        (
            &json!("repository"),
            &json!(null),
            &json!("read_only"),
            &json!(900)
        )
    );
    server.answer(&format!("GET {AT}/issuers/1/rules/3"), 200, RULE);
    let came = run(
        home.path(),
        &["workload", "rule", "show", "acme", "1", "3"],
        None,
    );
    assert!(
        came.out.contains("repo:acme/widget:ref:refs/heads/main"),
        "{came:?}"
    );
    server.taken();
    server.answer(
        &format!("GET {AT}/issuers/1/rules"),
        200,
        &format!("[{RULE}]"),
    );
    let came = run(
        home.path(),
        &["workload", "rule", "list", "acme", "1"],
        None,
    );
    assert!(came.out.contains("contents: write"), "{came:?}");
}

#[test]
fn the_simulator_says_what_would_come_of_a_token_from_standard_input() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer(
        &format!("POST {AT}/simulate"),
        200,
        r#"{"opens":false,"issuer":"https://ci.example.org","issuer_id":1,"service_account":"builder","rule_id":null,"job":null,
            "token":{"holds":false,"keys":null,"signature":"its signature does not hold","time":null,"used":null},
            "rules":[{"id":3,"name":"Main","met":false,"reasons":[{"about":"aud","message":"the audience must be `a` alone, and is `b`"}]}]}"#,
    );
    let ask = ["workload", "simulate", "acme", "--repo", "acme/widget"];
    let came = run(home.path(), &ask, None);
    assert_eq!(came.code, 0, "{came:?}");
    for says in [
        "No job is opened.",
        "its signature does not hold",
        "Main",
        "the audience must be `a` alone",
    ] {
        assert!(came.out.contains(says), "{says}: {came:?}");
    }
    let body = json!({ "repository": "acme/widget", "token": "piped password" });
    assert_eq!(server.taken()[0].body, body);
    // Claims from a file.
    let file = home.path().join("claims.json");
    std::fs::write(&file, r#"{"iss":"https://stranger.example.org"}"#).unwrap();
    server.answer(
        &format!("POST {AT}/simulate"),
        200,
        r#"{"opens":false,"issuer":"https://stranger.example.org","issuer_id":null,"rules":[],"token":null,"job":null,"rule_id":null}"#,
    );
    let with = [&ask[..], &["--claims", file.to_str().unwrap()]].concat();
    let came = run(home.path(), &with, None);
    assert!(
        came.out
            .contains("trusts no issuer `https://stranger.example.org`"),
        "{came:?}"
    );
    let body =
        json!({ "repository": "acme/widget", "claims": { "iss": "https://stranger.example.org" } });
    assert_eq!(server.taken()[0].body, body);
    std::fs::write(&file, "[]").unwrap();
    assert_eq!(run(home.path(), &with, None).code, 2);
}
