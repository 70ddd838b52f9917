//! Classic tokens on the command line.

use clap::Parser as _;
use serde_json::json;

use super::stand_in::StandIn;
use super::{Tree, run, signed_in};

const TOKENS: &str = "GET /api/jeton/v1/tokens?per_page=100";
const PREVIEW: &str = r#"{"overview":{"repositories":"Everything you may do with 2 repositories",
    "account":"Other scopes: workflow","expiry":"Expires on 2027-02-19","button":"Generate token"},
    "scopes":["repo","workflow"],"refused_by":[{"owner":"alta3","sentence":"alta3 allows no classic tokens."}],
    "nearest":{"owner":"mona","permissions":{"repository":{"contents":"write","metadata":"read"},"organization":{},"other":{}}},
    "faults":[]}"#;
const MADE: &str = r#"{"id":7,"name":"old tool","kind":"classic","creator":"mona","owner":{"login":"mona"},"token":"jtp_VALUE","next":[]}"#;
const TWO: &str = r#"[{"id":7,"name":"old tool","kind":"classic","scopes":["repo","workflow"],"permissions":{},"repository_selection":"none","repositories":[],
    "owner":{"login":"mona"},"state":"active"},
    {"id":8,"name":"fine","kind":"fine_grained","scopes":[],"permissions":{"repository":{"contents":"read"}},"repository_selection":"all",
    "owner":{"login":"alta3"},"state":"active"}]"#;

#[test]
fn one_is_made_with_its_scopes_and_says_what_would_do_instead() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer("POST /api/jeton/v1/classic-tokens/preview", 200, PREVIEW);
    server.answer("POST /api/jeton/v1/classic-tokens", 201, MADE);
    let command = [
        "token",
        "create",
        "old tool",
        "--classic",
        "--scope",
        "repo",
        "--scope",
        "workflow",
        "--expires",
        "90",
        "--description",
        "legacy",
    ];
    let came = run(home.path(), &command, None);
    assert_eq!(
        (came.code, came.out.as_str()),
        (0, "jtp_VALUE\n"),
        "{came:?}"
    );
    for said in [
        "Everything you may do with 2 repositories",
        "Not at alta3: alta3 allows no classic tokens.",
        "jeton token create 'old tool' --owner mona --all-repositories -p contents=write\n",
        "/OWNER/NAME.git",
    ] {
        assert!(came.err.contains(said), "{said}: {came:?}");
    }
    assert!(!came.err.contains("VALUE"));
    let asked = server.taken();
    let wanted = json!({"name": "old tool", "description": "legacy", "expires_in": 90,
        "scopes": ["repo", "workflow"]});
    assert_eq!((&asked[0].body, &asked[1].body), (&wanted, &wanted));
    assert_eq!(asked[1].header("idempotency-key").map(str::len), Some(32));
}

#[test]
fn what_only_one_kind_has_is_not_said_of_the_other() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let alone = run(
        home.path(),
        &["token", "create", "x", "--scope", "repo"],
        None,
    );
    assert_eq!(alone.code, 2);
    assert!(
        alone.err.contains("only a classic token has scopes"),
        "{alone:?}"
    );
    for other in [
        &["--owner", "alta3"][..],
        &["--repository", "labs"],
        &["--permission", "contents"],
        &["--all-repositories"],
        &["--address", "10.0.0.0/8"],
        &["--no-force"],
        &["--justification", "why"],
    ] {
        let command = [&["jeton", "token", "create", "x", "--classic"][..], other].concat();
        assert!(Tree::try_parse_from(command).is_err(), "{other:?}");
    }
    for other in [
        ["--permission", "contents"],
        ["--scope", "gist"],
        ["--ref", "x"],
    ] {
        let edit = ["jeton", "token", "edit", "x", "--scope", "repo"];
        let alone = ["jeton", "token", "edit", "x", "--no-scopes"];
        let fits = other[0] == "--scope";
        assert_eq!(
            Tree::try_parse_from([&edit[..], &other].concat()).is_ok(),
            fits
        );
        assert_eq!(
            Tree::try_parse_from([&alone[..], &other].concat()).is_ok(),
            !fits
        );
    }
    assert_eq!(server.taken().len(), 0, "nothing was asked for");
}

#[test]
fn an_edit_goes_where_its_words_are_known() {
    let server = StandIn::start();
    let home = signed_in(&server);
    for (options, line, body) in [
        (
            &["7", "--scope", "repo", "--scope", "gist"][..],
            "PATCH /api/jeton/v1/classic-tokens/7",
            json!({"scopes": ["repo", "gist"]}),
        ),
        (
            &["7", "--no-scopes"],
            "PATCH /api/jeton/v1/classic-tokens/7",
            json!({"scopes": []}),
        ),
        (
            &["old tool", "--name", "older"],
            "PATCH /api/jeton/v1/classic-tokens/7",
            json!({"name": "older"}),
        ),
        // The server says what is wrong with these.
        (
            &["7", "--permission", "contents"],
            "PATCH /api/jeton/v1/tokens/7",
            json!({"permissions": {"contents": "read"}}),
        ),
        (
            &["7", "--no-conditions"],
            "PATCH /api/jeton/v1/tokens/7",
            json!({"conditions": []}),
        ),
        (
            &["fine", "--scope", "repo"],
            "PATCH /api/jeton/v1/classic-tokens/8",
            json!({"scopes": ["repo"]}),
        ),
        (
            &["fine", "--name", "finer"],
            "PATCH /api/jeton/v1/tokens/8",
            json!({"name": "finer"}),
        ),
    ] {
        server.answer(TOKENS, 200, TWO);
        server.answer(line, 200, MADE);
        let command = [&["token", "edit"][..], options].concat();
        let came = run(home.path(), &command, None);
        assert_eq!(came.code, 0, "{came:?}");
        assert!(!came.out.contains("VALUE"), "{came:?}");
        assert_eq!(
            server.taken().pop().map(|asked| asked.body),
            Some(body),
            "{options:?}"
        );
    }
}

#[test]
fn the_list_shows_scopes_and_narrows_to_their_kind() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer(TOKENS, 200, TWO);
    let came = run(home.path(), &["token", "list"], None);
    assert_eq!(
        came.out,
        "ID  NAME      OWNER  STATE   PERMISSIONS     SCOPES          REACHES\n\
         7   old tool  mona   active                  repo, workflow  whatever its user reaches\n\
         8   fine      alta3  active  contents: read                  all\n"
    );
    server.answer(
        "GET /api/jeton/v1/tokens?kind=classic&per_page=100",
        200,
        "[]",
    );
    let came = run(home.path(), &["token", "list", "--classic"], None);
    assert_eq!(came.err, "There are none.\n");
    assert_eq!(server.taken().len(), 2);
}

#[test]
fn the_tree_of_scopes_is_shown_as_one_and_a_hostile_one_has_an_end() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let tree = r#"[{"name":"admin:org","parent":null,"sentence":"A."},{"name":"write:org","parent":"admin:org","sentence":"B."},
        {"name":"read:org","parent":"write:org","sentence":"C."},{"name":"gist","parent":null,"sentence":"D."}]"#;
    server.answer("GET /api/jeton/v1/scopes", 200, tree);
    let came = run(home.path(), &["scopes"], None);
    assert_eq!(
        came.out,
        "SCOPE         WHAT IT OPENS\nadmin:org     A.\n  write:org   B.\n    read:org  C.\ngist          D.\n"
    );
    let round = r#"[{"name":"a","parent":"b","sentence":"\u001b[31mA"},{"name":"b","parent":"a"}]"#;
    server.answer("GET /api/jeton/v1/scopes", 200, round);
    let came = run(home.path(), &["scopes"], None);
    assert_eq!(came.code, 0, "{came:?}");
    assert!(!came.out.contains('\u{1b}'), "{came:?}");
}

#[test]
fn what_is_asked_of_a_request_names_the_scopes_that_would_do() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let answer = r#"{"allowed":false,"status":403,"accepted_permissions":[[{"key":"contents","level":"write"}]],
        "accepted_scopes":["repo","public_repo"],"checks":[]}"#;
    server.answer("POST /api/jeton/v1/explain", 200, answer);
    let came = run(home.path(), &["explain", "push", "/alta3/labs.git"], None);
    assert!(came.out.contains("contents: write"), "{came:?}");
    assert!(came.out.contains("repo or public_repo"), "{came:?}");
}
