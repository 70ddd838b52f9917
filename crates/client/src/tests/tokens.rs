//! Making, rotating, reviewing tokens.

use serde_json::json;

use super::stand_in::StandIn;
use super::{run, signed_in};

const PREVIEW: &str = r#"{"overview":{"repositories":"2 permissions for 1 of your repositories",
    "account":"No change in permissions for your organization","expiry":"Expires on 2027-02-19",
    "button":"Generate token and request access"},"faults":[]}"#;
const MADE: &str = r#"{"id":7,"name":"t","creator":"mona","owner":{"login":"alta3"},"token":"jeton_pat_VALUE","next":["The owners were asked."]}"#;
const CREATE: [&str; 13] = [
    "token",
    "create",
    "t",
    "--owner",
    "alta3",
    "--expires",
    "90",
    "--repository",
    "labs",
    "--permission",
    "contents",
    "--address",
    "10.0.0.0/8",
];

#[test]
fn the_value_alone_goes_to_standard_output() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer("POST /api/jeton/v1/tokens/preview", 200, PREVIEW);
    server.answer("POST /api/jeton/v1/tokens", 201, MADE);
    let came = run(home.path(), &CREATE, None);
    assert_eq!((came.code, came.out.as_str()), (0, "jeton_pat_VALUE\n"));
    for said in [
        "2 permissions for 1",
        "[Generate token and request access]",
        "The owners were asked.",
        "git clone",
        "curl -H",
        "CI: ",
        "-c credential.helper='!f() { echo username=x; echo \"password=$TOKEN\"; }; f' clone http",
    ] {
        assert!(came.err.contains(said), "{said}: {came:?}");
    }
    assert!(!came.err.contains("VALUE"));
    assert!(
        !came.err.contains("http.extraHeader"),
        "others on the machine can read arguments"
    );
    let asked = server.taken();
    let wanted = json!({"name": "t", "owner": "alta3", "expires_in": 90, "repositories": ["labs"],
        "permissions": {"contents": "read"}, "conditions": [{"addresses": {"only": ["10.0.0.0/8"]}}]});
    assert_eq!((&asked[0].body, &asked[1].body), (&wanted, &wanted));
    assert_eq!(asked[1].header("idempotency-key").map(str::len), Some(32));
    serde_json::from_value::<Vec<jeton_domain::Conditions>>(wanted["conditions"].clone()).unwrap();
}

#[test]
fn value_only_says_nothing_else() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer("POST /api/jeton/v1/tokens/preview", 200, PREVIEW);
    server.answer("POST /api/jeton/v1/tokens", 201, MADE);
    let came = run(home.path(), &["token", "create", "t", "--value-only"], None);
    assert_eq!(
        (came.out.as_str(), came.err.as_str()),
        ("jeton_pat_VALUE\n", "")
    );
}

#[test]
fn a_person_reads_the_overview_and_may_step_back() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer("POST /api/jeton/v1/tokens/preview", 200, PREVIEW);
    let came = run(home.path(), &CREATE, Some(&["no"]));
    assert_eq!(came.code, 1);
    assert_eq!(server.taken().len(), 1, "only the preview was asked for");
}

#[test]
fn faults_are_said_before_anything_is_made() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let faults = r#"{"overview":null,"faults":[{"field":"expires_in","code":"invalid","message":"`expires_in` is more than 7 days away"}]}"#;
    server.answer("POST /api/jeton/v1/tokens/preview", 200, faults);
    let came = run(home.path(), &CREATE, Some(&[]));
    assert_eq!(came.code, 6);
    assert!(
        came.err.contains("  `--expires` is more than 7 days away"),
        "{came:?}"
    );
    server.taken();
}

#[test]
fn a_confirmation_is_asked_for_and_the_same_request_sent_again() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer("POST /api/jeton/v1/tokens/preview", 200, PREVIEW);
    server.answer(
        "POST /api/jeton/v1/tokens",
        403,
        r#"{"message":"x","reason":"confirmation_needed"}"#,
    );
    server.answer(
        "POST /api/jeton/v1/confirm",
        200,
        r#"{"sudo_until":"2026-11-21T10:00:00Z"}"#,
    );
    server.answer("POST /api/jeton/v1/tokens", 201, MADE);
    let came = run(home.path(), &CREATE, Some(&["y", "her password"]));
    assert_eq!(
        (came.code, came.out.as_str()),
        (0, "jeton_pat_VALUE\n"),
        "{came:?}"
    );
    let asked = server.taken();
    assert_eq!(asked[2].body, json!({"password": "her password"}));
    assert_eq!(
        asked[1].header("idempotency-key"),
        asked[3].header("idempotency-key")
    );
    assert_eq!(asked[1].body, asked[3].body);
}

#[test]
fn without_a_person_the_hint_says_how_to_confirm() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer("POST /api/jeton/v1/tokens/preview", 200, PREVIEW);
    server.answer(
        "POST /api/jeton/v1/tokens",
        403,
        r#"{"message":"x","reason":"confirmation_needed"}"#,
    );
    let came = run(home.path(), &CREATE, None);
    assert_eq!(came.code, 4);
    assert!(
        came.err
            .contains("hint: confirm that it is you: jeton confirm"),
        "{came:?}"
    );
}

#[test]
fn a_token_given_by_hand_goes_out_and_is_never_confirmed() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer(
        "POST /api/jeton/v1/orgs",
        403,
        r#"{"message":"x","reason":"confirmation_needed"}"#,
    );
    let came = run(
        home.path(),
        &["--token", "jeton_pat_OTHER", "org", "create", "x"],
        Some(&["her password"]),
    );
    assert_eq!(came.code, 4);
    assert_eq!(
        server.taken()[0].header("authorization"),
        Some("Bearer jeton_pat_OTHER")
    );
}

#[test]
fn a_rotated_value_is_handed_over_like_a_new_one() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer(
        "GET /api/jeton/v1/tokens?per_page=100",
        200,
        r#"[{"id":8,"name":"7"},{"id":7,"name":"t"}]"#,
    );
    let made = r#"{"id":7,"token":"jeton_pat_NEW","old_ends_at":"2026-11-22T08:00:00Z"}"#;
    server.answer("POST /api/jeton/v1/tokens/7/rotate", 201, made);
    let came = run(
        home.path(),
        &["token", "rotate", "t", "--overlap", "2h", "--replace"],
        None,
    );
    assert_eq!(came.out, "jeton_pat_NEW\n");
    assert!(
        came.err.contains("works until 2026-11-22 08:00"),
        "{came:?}"
    );
    let asked = server.taken();
    assert_eq!(
        asked[1].body,
        json!({"overlap_seconds": 7200, "replace": true})
    );
    assert!(asked[1].header("idempotency-key").is_some());
}

#[test]
fn an_edit_says_what_shall_be_and_nothing_else() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let list = r#"[{"id":7,"name":"t"}]"#;
    server.answer("GET /api/jeton/v1/tokens?per_page=100", 200, list);
    server.answer(
        "PATCH /api/jeton/v1/tokens/7",
        200,
        r#"{"id":7,"name":"t","pending_request":3}"#,
    );
    let came = run(
        home.path(),
        &["token", "edit", "t", "--public", "--no-conditions"],
        None,
    );
    assert!(
        came.err.contains("waits for an owner's approval"),
        "{came:?}"
    );
    assert_eq!(
        server.taken()[1].body,
        json!({"repositories": "public", "conditions": []})
    );
    server.answer("GET /api/jeton/v1/tokens?per_page=100", 200, list);
    assert_eq!(run(home.path(), &["token", "edit", "t"], None).code, 2);
    server.taken();
}

#[test]
fn an_edit_speaks_of_a_gain_only_where_one_waits() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let edited = |had: &str, has: &str| {
        let list = format!(r#"[{{"id":7,"name":"t","pending_request":{had}}}]"#);
        server.answer("GET /api/jeton/v1/tokens?per_page=100", 200, &list);
        let view = format!(r#"{{"id":7,"name":"t","pending_request":{has}}}"#);
        server.answer("PATCH /api/jeton/v1/tokens/7", 200, &view);
        let came = run(home.path(), &["token", "edit", "t", "--name", "u"], None);
        server.taken();
        came.err
    };
    assert_eq!(edited("3", "3"), "");
    assert_eq!(edited("null", "null"), "");
    let anew = edited("3", "4");
    assert!(
        anew.contains("made anew") && !anew.contains("gained"),
        "{anew}"
    );
    assert!(edited("null", "4").contains("What the token gained waits"));
}

#[test]
fn refs_are_limited_by_command_line() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let rules = |words: &[&str]| {
        server.answer(
            "GET /api/jeton/v1/tokens?per_page=100",
            200,
            r#"[{"id":7,"name":"t"}]"#,
        );
        server.answer(
            "PATCH /api/jeton/v1/tokens/7",
            200,
            r#"{"id":7,"name":"t"}"#,
        );
        let line: Vec<_> = ["token", "edit", "t"]
            .iter()
            .chain(words)
            .copied()
            .collect();
        assert_eq!(run(home.path(), &line, None).code, 0);
        let conditions = server.taken()[1].body["conditions"].clone();
        serde_json::from_value::<Vec<jeton_domain::Conditions>>(conditions.clone()).unwrap();
        conditions[0]["refs"]["only"].clone()
    };
    assert_eq!(
        rules(&[
            "--ref",
            "refs/heads/bot/*",
            "--ref",
            "refs/tags/**",
            "--no-force"
        ]),
        json!({"patterns": ["refs/heads/bot/*", "refs/tags/**"], "no_force": true, "no_delete": false})
    );
    assert_eq!(
        rules(&["--no-delete", "--address", "10.0.0.0/8"]),
        json!({"patterns": ["refs/**"], "no_force": false, "no_delete": true})
    );
}

#[test]
fn with_json_a_refused_creation_says_one_line() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer("POST /api/jeton/v1/tokens/preview", 200, PREVIEW);
    let taken =
        r#"{"message":"Validation Failed","errors":[{"field":"name","code":"already_exists"}]}"#;
    server.answer("POST /api/jeton/v1/tokens", 422, taken);
    let came = run(home.path(), &["token", "create", "t", "--json"], None);
    assert_eq!((came.code, came.out.as_str()), (6, ""));
    let said: serde_json::Value = serde_json::from_str(&came.err).unwrap();
    assert_eq!(said["details"], json!(["`name`: already_exists"]));
}

#[test]
fn conditions_are_shown_in_words_with_those_still_in_force() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let view = r#"{"id":7,"name":"t","state":"active","conditions":[],"in_force":{"conditions":[
        {"hours":{"within":{"zone":"Europe/Berlin","from":480,"to":1080,"days":31}}}]}}"#;
    server.answer(
        "GET /api/jeton/v1/tokens?per_page=100",
        200,
        &format!("[{view}]"),
    );
    server.answer("GET /api/jeton/v1/tokens/7", 200, view);
    let came = run(home.path(), &["token", "show", "t"], None);
    assert!(
        came.out
            .contains("none; in force now: only Mon–Fri 08:00–18:00 Europe/Berlin"),
        "{came:?}"
    );
}

#[test]
fn a_token_that_was_denied_says_why_and_says_nothing_else() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let view = "{\"name\":\"t\",\"standing\":\"denied\",\"standing_reason\":\"not \u{202e}yet\\u001b[2J\"}";
    server.answer("GET /api/jeton/v1/token", 200, view);
    let came = run(home.path(), &["token", "self"], None);
    assert!(came.out.contains("Reason    not yet[2J\n"), "{came:?}");
}

#[test]
fn approving_all_that_fit_approves_no_other() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let pile = "/api/v3/orgs/alta3/personal-access-token-requests";
    let list = r#"[
        {"id":1,"owner":{"login":"Tomas"},"permissions":{"repository":{"contents":"read"}}},
        {"id":2,"owner":{"login":"tomas"},"permissions":{"repository":{"contents":"read"}}},
        {"id":3,"owner":{"login":"tomas"},"permissions":{"repository":{"administration":"write"}}},
        {"id":4,"owner":{"login":"mallory"},"permissions":{"repository":{"contents":"read"}}}]"#;
    server.answer(
        &format!("GET {pile}?permission=contents&per_page=100"),
        200,
        list,
    );
    server.answer(
        &format!("GET {pile}/1/repositories?per_page=100"),
        200,
        r#"[{"full_name":"alta3/labs"}]"#,
    );
    server.answer(
        &format!("GET {pile}/2/repositories?per_page=100"),
        200,
        r#"[{"full_name":"alta3/payroll"}]"#,
    );
    server.answer(&format!("POST {pile}"), 202, "{}");
    let line = [
        "request",
        "approve",
        "alta3",
        "--all",
        "--owner",
        "tomas",
        "--permission",
        "contents",
        "--repository",
        "labs",
        "--reason",
        "fine",
    ];
    let came = run(home.path(), &line, None);
    assert_eq!(
        (came.code, came.err.as_str()),
        (0, "1 request is approved.\n")
    );
    assert_eq!(
        server.taken().last().unwrap().body,
        json!({"pat_request_ids": [1], "action": "approve", "reason": "fine"})
    );
}

#[test]
fn many_are_decided_a_hundred_at_a_time() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let ids: Vec<String> = (1..=150).map(|n| n.to_string()).collect();
    let pile = "POST /api/v3/orgs/alta3/personal-access-tokens";
    server.answer(pile, 202, "{}");
    server.answer(pile, 202, "{}");
    let line: Vec<&str> = ["grant", "revoke", "alta3"]
        .into_iter()
        .chain(ids.iter().map(String::as_str))
        .collect();
    assert_eq!(run(home.path(), &line, None).code, 0);
    let counts: Vec<_> = server
        .taken()
        .iter()
        .map(|asked| asked.body["pat_ids"].as_array().unwrap().len())
        .collect();
    assert_eq!(counts, [100, 50]);
}

#[test]
fn some_must_be_named_or_all_be_said() {
    use clap::Parser;
    for line in [
        vec!["jeton", "request", "approve", "alta3"],
        vec!["jeton", "request", "approve", "alta3", "1", "--all"],
        vec!["jeton", "request", "deny", "alta3", "1", "--owner", "x"],
        vec![
            "jeton",
            "token",
            "create",
            "t",
            "--public",
            "--all-repositories",
        ],
    ] {
        assert!(super::Tree::try_parse_from(&line).is_err(), "{line:?}");
    }
    // A filter without --all names nobody.
    assert!(
        super::Tree::try_parse_from(["jeton", "request", "approve", "alta3", "--owner", "x"])
            .is_err()
    );
}
