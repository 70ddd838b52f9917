//! `jeton secret`: what is sent, and that the value is sealed before it is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Parser as _;
use crypto_box::SecretKey;
use serde_json::{Value, json};

use super::stand_in::StandIn;
use super::{Tree, run, signed_in};

/// What a stand-in's pair opens of what was sent.
fn opened(pair: &SecretKey, body: &Value) -> String {
    let sealed = STANDARD.decode(body["encrypted_value"].as_str().unwrap());
    String::from_utf8(pair.unseal(&sealed.unwrap()).unwrap()).unwrap()
}

fn key(pair: &SecretKey) -> String {
    json!({ "key_id": "12", "key": STANDARD.encode(pair.public_key().as_bytes()) }).to_string()
}

#[test]
fn one_is_sealed_before_it_is_sent() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let pair = SecretKey::from_bytes([7; 32]);
    let at = "/api/v3/repos/acme/labs/actions/secrets";
    server.answer(&format!("GET {at}/public-key"), 200, &key(&pair));
    server.answer(&format!("PUT {at}/DEPLOY"), 201, "{}");
    let command = ["secret", "set", "DEPLOY", "--repo", "acme/labs"];
    let came = run(home.path(), &command, None);
    assert_eq!((came.code, came.out.as_str()), (0, ""), "{came:?}");
    assert_eq!(came.err, "The secret DEPLOY is set.\n");
    let sent = server.taken().pop().unwrap().body;
    assert_eq!(opened(&pair, &sent), "piped\nvalue");
    assert_eq!(sent["key_id"], "12");
    assert_eq!(sent.as_object().unwrap().len(), 2);
    assert!(!sent.to_string().contains("piped"));
    // What somebody types is not shown, and is no argument either.
    server.answer(&format!("GET {at}/public-key"), 200, &key(&pair));
    server.answer(&format!("PUT {at}/DEPLOY"), 204, "");
    let came = run(home.path(), &command, Some(&["typed"]));
    assert_eq!(came.code, 0, "{came:?}");
    let sent = server.taken().pop().unwrap().body;
    assert_eq!(opened(&pair, &sent), "typed");
    let argument = ["jeton", "secret", "set", "DEPLOY", "value", "--user"];
    assert!(Tree::try_parse_from(argument).is_err());
}

#[test]
fn one_of_an_organization_says_for_which_repositories_it_is() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let pair = SecretKey::from_bytes([7; 32]);
    let at = "/api/v3/orgs/acme/actions/secrets";
    for (more, said) in [
        (&[] as &[&str], json!({ "visibility": "private" })),
        (&["--visibility", "all"], json!({ "visibility": "all" })),
        (
            &["--for", "acme/labs"],
            json!({ "visibility": "selected", "selected_repository_ids": [7] }),
        ),
    ] {
        if more.contains(&"--for") {
            server.answer("GET /api/v3/repos/acme/labs", 200, r#"{"id":7}"#);
        }
        server.answer(&format!("GET {at}/public-key"), 200, &key(&pair));
        server.answer(&format!("PUT {at}/DEPLOY"), 201, "{}");
        let command = [&["secret", "set", "DEPLOY", "--org", "acme"], more].concat();
        let came = run(home.path(), &command, None);
        assert_eq!(came.code, 0, "{came:?}");
        let mut sent = server.taken().pop().unwrap().body;
        let fields = sent.as_object_mut().unwrap();
        fields.retain(|name, _| name != "encrypted_value" && name != "key_id");
        assert_eq!(sent, said);
    }
}

#[test]
fn they_are_listed_and_deleted() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer(
        "GET /api/v3/user/codespaces/secrets?per_page=100",
        200,
        r#"{"total_count":1,"secrets":[{"name":"DEPLOY","created_at":"2026-11-21T08:00:00Z","updated_at":"2026-11-21T09:00:00Z","visibility":"selected"}]}"#,
    );
    let came = run(home.path(), &["secret", "list", "--user"], None);
    assert_eq!(
        came.out, "NAME    FOR       CHANGED\nDEPLOY  selected  2026-11-21 09:00\n",
        "{came:?}"
    );
    server.answer("DELETE /api/v3/user/codespaces/secrets/DEPLOY", 204, "");
    let delete = ["secret", "delete", "DEPLOY", "--user", "--yes"];
    let came = run(home.path(), &delete, None);
    assert_eq!(
        (came.code, came.err.as_str()),
        (0, "The secret DEPLOY is deleted.\n")
    );
    server.answer(
        "POST /api/jeton/v1/orgs/acme/secrets/public-key",
        201,
        r#"{"key_id":"13","key":"x"}"#,
    );
    let rotate = ["secret", "rotate-key", "--org", "acme"];
    assert_eq!(run(home.path(), &rotate, None).code, 0);
}
