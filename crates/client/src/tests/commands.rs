//! Signing in, refusals, lists and where requests go.
//!
//! Long: every command against one recorded server, beside each other.

use std::net::TcpListener;

use serde_json::{Value, json};

use super::stand_in::StandIn;
use super::{run, signed_in};

#[test]
fn signing_in_keeps_the_sign_in_and_signing_out_ends_it() {
    let server = StandIn::start();
    let home = tempfile::tempdir().unwrap();
    server.answer(
        "POST /api/jeton/v1/sign-in",
        201,
        r#"{"token":"jtu_secret","login":"Mona"}"#,
    );
    let came = run(
        home.path(),
        &["login", &server.url, "--user", "mona"],
        Some(&["her password"]),
    );
    assert_eq!((came.code, came.out.as_str()), (0, ""));
    assert!(
        came.err.contains("as Mona") && !came.err.contains("jtu_"),
        "{came:?}"
    );
    let asked = server.taken();
    assert_eq!(
        asked[0].body,
        json!({"login": "mona", "password": "her password", "label": "jeton command line"})
    );
    assert_eq!(asked[0].line, "POST /api/jeton/v1/sign-in");
    assert_eq!(
        asked[0].header("authorization"),
        None,
        "no older credential goes along"
    );

    server.answer(
        "GET /api/jeton/v1/token",
        200,
        r#"{"kind":"sign_in","creator":"Mona","expires_at":"2027-02-19T08:00:00Z"}"#,
    );
    let came = run(home.path(), &["status"], None);
    assert_eq!(
        came.out,
        format!(
            "Server   {}\nLogin    Mona\nKind     sign-in\nExpires  2027-02-19 08:00\n",
            server.url
        )
    );
    assert_eq!(
        server.taken()[0].header("authorization"),
        Some("Bearer jtu_secret")
    );

    server.answer("DELETE /api/jeton/v1/sign-in", 204, "");
    assert_eq!(run(home.path(), &["logout"], None).code, 0);
    server.taken();
    let came = run(home.path(), &["status"], None);
    assert_eq!(came.code, 3);
    assert!(
        came.err.contains("error: you are not signed in")
            && came
                .err
                .contains(&format!("hint: sign in: jeton login {}\n", server.url)),
        "{came:?}"
    );
}

#[test]
fn a_sign_in_that_the_server_has_forgotten_is_forgotten_here_too() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer(
        "DELETE /api/jeton/v1/sign-in",
        401,
        r#"{"message":"Bad credentials"}"#,
    );
    assert_eq!(run(home.path(), &["logout"], None).code, 0);
    server.taken();
    assert_eq!(run(home.path(), &["status"], None).code, 3);
}

#[test]
fn the_first_administrator_is_signed_in_at_once() {
    let server = StandIn::start();
    let home = tempfile::tempdir().unwrap();
    server.answer(
        "POST /api/jeton/v1/setup",
        201,
        r#"{"id":1,"login":"noor"}"#,
    );
    server.answer(
        "POST /api/jeton/v1/sign-in",
        201,
        r#"{"token":"jtu_x","login":"noor"}"#,
    );
    let line = [
        "setup",
        &server.url,
        "--code",
        "abc",
        "--login",
        "noor",
        "--email",
        "n@x.example",
        "--password-stdin",
    ];
    assert_eq!(run(home.path(), &line, None).code, 0);
    let asked = server.taken();
    assert_eq!(
        asked[0].body,
        json!({"code": "abc", "login": "noor", "email": "n@x.example", "password": "piped password"})
    );
}

#[test]
fn two_different_new_passwords_change_nothing() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let came = run(
        home.path(),
        &["user", "password"],
        Some(&["present", "new one", "new ome"]),
    );
    assert_eq!(came.code, 2);
    assert!(server.taken().is_empty());
}

const NEEDED: &str = r#"{"message":"A second factor is needed.","reason":"second_factor_needed","factors":["authenticator"]}"#;

#[test]
fn a_code_is_asked_for_where_the_server_wants_one() {
    let server = StandIn::start();
    let home = tempfile::tempdir().unwrap();
    let line = "POST /api/jeton/v1/sign-in";
    server.answer(line, 401, NEEDED);
    server.answer(line, 201, r#"{"token":"jtu_secret","login":"Mona"}"#);
    let came = run(
        home.path(),
        &["login", &server.url, "--user", "mona"],
        Some(&["her password", "123456"]),
    );
    assert_eq!(came.code, 0, "{came:?}");
    let asked = server.taken();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].body.get("code"), None);
    assert_eq!(
        asked[1].body,
        json!({"login": "mona", "password": "her password", "code": "123456", "label": "jeton command line"})
    );
    // Nobody is there: it says how to give it, and gives it at once where it is said.
    server.answer(line, 401, NEEDED);
    let piped = ["login", &server.url, "--user", "mona", "--password-stdin"];
    let came = run(home.path(), &piped, None);
    assert!(
        came.code == 3 && came.err.contains("--code CODE"),
        "{came:?}"
    );
    server.taken();
    server.answer(line, 201, r#"{"token":"jtu_secret","login":"Mona"}"#);
    let given = [&piped[..], &["--code", "abcde-fghjk"]].concat();
    assert_eq!(run(home.path(), &given, None).code, 0);
    let asked = server.taken();
    assert_eq!(asked[0].body.get("code"), Some(&json!("abcde-fghjk")));
}

#[test]
fn a_code_confirms_in_place_of_the_password() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer(
        "POST /api/jeton/v1/confirm",
        200,
        r#"{"sudo_until":"2027-02-19T08:00:00Z"}"#,
    );
    let came = run(home.path(), &["confirm", "--code", "123456"], None);
    assert_eq!(came.code, 0, "{came:?}");
    assert_eq!(server.taken()[0].body, json!({"code": "123456"}));
}

#[test]
fn refusals_have_exit_codes_and_hints() {
    let server = StandIn::start();
    let home = signed_in(&server);
    for (status, code, hint) in [
        (401, 3, "jeton login"),
        (403, 4, "more at http://h/fix"),
        (404, 5, "looks as if it were not there"),
        (422, 6, ""),
        (409, 7, ""),
        (429, 8, "try again in 7 s"),
        (503, 8, "try again in 7 s"),
        (500, 1, "request id r-1"),
    ] {
        let body = r#"{"message":"No","fix_url":"http://h/fix","request_id":"r-1"}"#;
        server.answer_with("GET /api/v3/orgs/alta3", status, "Retry-After: 7\r\n", body);
        let came = run(home.path(), &["org", "show", "alta3"], None);
        assert_eq!((came.code, came.out.as_str()), (code, ""), "{status}");
        assert!(
            came.err.starts_with(&format!("error: No ({status})\n")) && came.err.contains(hint),
            "{came:?}"
        );
        server.taken();
    }
}

#[test]
fn a_server_that_is_not_there_is_a_network_error() {
    let home = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let came = run(
        home.path(),
        &["--host", &url, "--token", "x", "status"],
        None,
    );
    assert_eq!(came.code, 9);
    assert!(
        came.err.contains("hint: is the server running there?"),
        "{came:?}"
    );
}

#[test]
fn nothing_is_sent_in_clear_text_to_another_machine() {
    let home = tempfile::tempdir().unwrap();
    // An address that nothing can answer: an attempt would be a network error, 9.
    let came = run(
        home.path(),
        &["--host", "http://192.0.2.1", "--token", "x", "status"],
        None,
    );
    assert_eq!(came.code, 2);
    assert!(
        came.err.contains("plain http to another machine") && came.err.contains("--insecure-http"),
        "{came:?}"
    );
}

#[test]
fn a_page_that_is_no_json_is_another_server() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer("GET /api/v3/orgs/alta3", 200, "<html>");
    let came = run(home.path(), &["org", "show", "alta3"], None);
    assert_eq!(came.code, 9);
    assert!(came.err.contains("is it a Jeton server?"), "{came:?}");
}

#[test]
fn the_credential_follows_no_redirect_to_another_host() {
    let (server, elsewhere) = (StandIn::start(), StandIn::start());
    let home = signed_in(&server);
    let away = format!("Location: {}/api/v3/repos/a/b\r\n", elsewhere.url);
    server.answer_with("GET /api/v3/repos/a/b", 301, &away, "{}");
    assert_eq!(run(home.path(), &["repo", "show", "a/b"], None).code, 7);
    assert!(elsewhere.taken().is_empty());
    // Nor does a change happen to something that is called otherwise by now.
    server.answer_with(
        "DELETE /api/v3/repos/a/b",
        307,
        "Location: /api/v3/repos/a/c\r\n",
        "{}",
    );
    let came = run(home.path(), &["repo", "delete", "a/b", "--yes"], None);
    assert_eq!(came.code, 7, "{came:?}");
    assert!(
        came.err.contains("is called `a/c` now; nothing was done") && !came.err.contains("/api/"),
        "{came:?}"
    );
    server.answer_with(
        "GET /api/v3/repos/a/b",
        301,
        "Location: /api/v3/repositories/7\r\n",
        "{}",
    );
    server.answer("GET /api/v3/repositories/7", 200, r#"{"full_name":"a/c"}"#);
    let came = run(home.path(), &["repo", "show", "a/b"], None);
    assert_eq!((came.code, came.out.as_str()), (0, "Repository  a/c\n"));
    server.taken();
}

#[test]
fn lists_are_read_page_by_page_from_the_same_server() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let link = "Link: <http://elsewhere.example/x?page=2&per_page=100>; rel=\"next\"\r\nX-Jeton-Narrowed: token\r\n";
    server.answer_with(
        "GET /api/v3/user/repos?per_page=100",
        200,
        link,
        r#"[{"id":1,"full_name":"a/b","visibility":"private"}]"#,
    );
    server.answer(
        "GET /api/v3/user/repos?page=2&per_page=100",
        200,
        r#"[{"id":2,"full_name":"a/c","visibility":"public"}]"#,
    );
    let came = run(home.path(), &["repo", "list"], None);
    assert_eq!(
        came.out,
        "ID  REPOSITORY  VISIBILITY\n1   a/b         private\n2   a/c         public\n"
    );
    assert!(came.err.contains("shows only what it reaches"), "{came:?}");
    server.taken();
}

#[test]
fn json_is_the_servers_and_goes_to_standard_output_alone() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer(
        "GET /api/v3/orgs/alta3/outside_collaborators?per_page=100",
        200,
        r#"[{"id":7,"login":"mona","extra":{"a":1}}]"#,
    );
    let came = run(
        home.path(),
        &["--json", "org", "outside", "list", "alta3"],
        None,
    );
    assert_eq!(
        serde_json::from_str::<Value>(&came.out).unwrap(),
        json!([{"id": 7, "login": "mona", "extra": {"a": 1}}])
    );
    assert_eq!(came.err, "");
    server.taken();
}

#[test]
fn what_can_not_be_undone_is_asked_first() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let came = run(home.path(), &["repo", "delete", "a/b"], None);
    assert_eq!(came.code, 2, "nobody there: {came:?}");
    assert_eq!(
        run(home.path(), &["repo", "delete", "a/b"], Some(&["n"])).code,
        1
    );
    assert!(server.taken().is_empty());
    server.answer("DELETE /api/v3/repos/a/b", 204, "");
    assert_eq!(
        run(home.path(), &["repo", "delete", "a/b"], Some(&["y"])).code,
        0
    );
    server.taken();
}

#[test]
fn a_deleted_persons_repositories_have_a_stated_fate() {
    let server = StandIn::start();
    let home = signed_in(&server);
    for (fate, query) in [
        (None, ""),
        (Some("delete"), "?repositories=delete"),
        (Some("to=acme"), "?repositories_to=acme"),
    ] {
        let mut words = vec!["user", "delete", "ann", "--yes"];
        words.extend(fate.iter().flat_map(|fate| ["--repositories", fate]));
        server.answer(&format!("DELETE /api/jeton/v1/users/ann{query}"), 204, "");
        assert_eq!(run(home.path(), &words, None).code, 0, "{words:?}");
    }
    let unsaid = r#"{"message":"Validation Failed","errors":[{"field":"repositories","message":
        "`ann` owns 1 repository: say `repositories=delete` to delete what is there, or `repositories_to=ACCOUNT` to hand it over"}]}"#;
    server.answer("DELETE /api/jeton/v1/users/ann", 422, unsaid);
    let came = run(home.path(), &["user", "delete", "ann", "--yes"], None);
    assert!(
        came.err.contains("say `--repositories delete` to")
            && came.err.contains("or `--repositories to=ACCOUNT` to"),
        "{came:?}"
    );
    server.taken();
    for wrong in ["to=", "keep", "DELETE"] {
        assert!(
            wrong.parse::<crate::commands::user::Fate>().is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn a_repository_is_made_where_its_owner_is() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer("GET /api/v3/user", 200, r#"{"login":"Mona"}"#);
    server.answer(
        "POST /api/v3/orgs/alta3/repos",
        201,
        r#"{"clone_url":"http://h/alta3/labs.git"}"#,
    );
    let came = run(
        home.path(),
        &["repo", "create", "alta3/labs", "--description", "x"],
        None,
    );
    assert!(came.err.contains("http://h/alta3/labs.git"), "{came:?}");
    assert_eq!(
        server.taken()[1].body,
        json!({"name": "labs", "visibility": "private", "private": true, "description": "x"})
    );
    server.answer("GET /api/v3/user", 200, r#"{"login":"Mona"}"#);
    server.answer("POST /api/v3/user/repos", 201, "{}");
    assert_eq!(
        run(
            home.path(),
            &["repo", "create", "mona/notes", "--visibility", "public"],
            None
        )
        .code,
        0
    );
    assert_eq!(server.taken()[1].body["private"], json!(false));
}

#[test]
fn roles_go_out_in_githubs_words() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer("PUT /api/v3/orgs/alta3/memberships/tomas", 200, "{}");
    server.answer("PUT /api/v3/repos/a/b/collaborators/tomas", 201, "{}");
    server.answer("GET /api/v3/orgs/a/teams/top", 200, r#"{"id":5}"#);
    server.answer("PATCH /api/v3/orgs/a/teams/low", 200, "{}");
    assert_eq!(
        run(
            home.path(),
            &["org", "member", "role", "alta3", "tomas", "owner"],
            None
        )
        .code,
        0
    );
    assert_eq!(
        run(
            home.path(),
            &[
                "repo",
                "collaborator",
                "add",
                "a/b",
                "tomas",
                "--role",
                "write"
            ],
            None
        )
        .code,
        0
    );
    assert_eq!(
        run(
            home.path(),
            &["team", "edit", "a", "low", "--parent", "top"],
            None
        )
        .code,
        0
    );
    let bodies: Vec<_> = server.taken().into_iter().map(|asked| asked.body).collect();
    assert_eq!(bodies[0], json!({"role": "admin"}));
    assert_eq!(bodies[1], json!({"permission": "push"}));
    assert_eq!(bodies[3], json!({"parent_team_id": 5}));
}

#[test]
fn the_sites_policy_is_sent_whole_with_what_changes() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer(
        "GET /api/jeton/v1/site/policy",
        200,
        r#"{"approval_required":"leave","tokens_per_user":500}"#,
    );
    server.answer(
        "PUT /api/jeton/v1/site/policy",
        200,
        r#"{"approval_required":{"force":true},"tokens_per_user":500}"#,
    );
    let came = run(
        home.path(),
        &["policy", "site", "set", "--approval", "yes"],
        None,
    );
    assert!(came.out.contains("yes, everywhere"), "{came:?}");
    assert_eq!(
        server.taken()[1].body,
        json!({"approval_required": {"force": true}, "tokens_per_user": 500})
    );
}

#[test]
fn a_policy_is_shown_with_who_forces_what() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let policy = r#"{"own":{"approval_required":false},"effective":{"approval_required":true},"forced":["approval_required"]}"#;
    server.answer("PATCH /api/jeton/v1/orgs/alta3/policy", 200, policy);
    let came = run(
        home.path(),
        &[
            "policy",
            "set",
            "alta3",
            "--approval",
            "no",
            "--maximum-days",
            "90",
        ],
        None,
    );
    let line = came
        .out
        .lines()
        .find(|line| line.starts_with("approval"))
        .unwrap();
    assert_eq!(
        line.split("  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
            .collect::<Vec<_>>()[1..],
        ["yes", "no", "the site"]
    );
    assert_eq!(
        server.taken()[0].body,
        json!({"approval_required": false, "fine_grained_maximum": {"days": 90}})
    );
}

#[test]
fn the_log_is_read_page_by_page_behind_the_last_entry() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let page: Vec<_> = (0..100).map(|n| json!({"cursor": format!("c{n}"), "action": "repo.create", "created_at": "2026-11-21T08:00:00Z", "actor": "mona"})).collect();
    let route = "GET /api/v3/orgs/alta3/audit-log?event=repo.create&since=2026-11-21T00%3A00%3A00Z";
    server.answer(
        &format!("{route}&per_page=100"),
        200,
        &Value::Array(page).to_string(),
    );
    server.answer(
        &format!("{route}&per_page=20&after=c99"),
        200,
        r#"[{"cursor":"c100","action":"repo.create"}]"#,
    );
    let line = [
        "audit",
        "--org",
        "alta3",
        "--event",
        "repo.create",
        "--since",
        "2026-11-21",
        "--limit",
        "120",
    ];
    let came = run(home.path(), &line, None);
    assert_eq!(came.out.lines().count(), 102, "{came:?}");
    server.taken();
}

#[test]
fn explain_says_which_layer_refuses() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer("POST /api/jeton/v1/explain", 200, r#"{"allowed":false,"status":403,"operation":"git.push","layer":"permission",
        "reason":"permission_missing","message":"This needs more.","accepted_permissions":[[{"key":"contents","level":"write"}],
        [{"key":"a","level":"read"},{"key":"b","level":"read"}]],"checks":[{"layer":"token","passes":true,"reason":null}]}"#);
    let came = run(
        home.path(),
        &["explain", "PUSH", "/alta3/labs.git", "--token-id", "7"],
        None,
    );
    assert!(
        came.out
            .contains("Would do   contents: write, or a: read and b: read"),
        "{came:?}"
    );
    assert!(
        came.out.contains("permission_missing") && came.out.contains("PASSES"),
        "{came:?}"
    );
    assert_eq!(
        server.taken()[0].body,
        json!({"method": "push", "url": "/alta3/labs.git", "token_id": 7})
    );
}

#[test]
fn a_policy_without_a_change_is_not_sent() {
    let server = StandIn::start();
    let home = signed_in(&server);
    assert_eq!(run(home.path(), &["policy", "set", "alta3"], None).code, 2);
    assert_eq!(run(home.path(), &["policy", "site", "set"], None).code, 2);
    assert_eq!(run(home.path(), &["repo", "edit", "a/b"], None).code, 2);
    assert!(server.taken().is_empty());
}

#[test]
fn members_are_listed_with_who_owns() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let route = "GET /api/v3/orgs/alta3/members?role";
    server.answer(
        &format!("{route}=admin&per_page=100"),
        200,
        r#"[{"id":2,"login":"lena"}]"#,
    );
    server.answer(
        &format!("{route}=member&per_page=100"),
        200,
        r#"[{"id":3,"login":"tomas"}]"#,
    );
    let came = run(home.path(), &["org", "member", "list", "alta3"], None);
    assert_eq!(
        came.out,
        "ID  LOGIN  ROLE\n2   lena   owner\n3   tomas  member\n"
    );
    server.taken();
    // Programs read the same.
    server.answer(
        &format!("{route}=admin&per_page=100"),
        200,
        r#"[{"id":2,"login":"lena","site_admin":false}]"#,
    );
    server.answer(&format!("{route}=member&per_page=100"), 200, "[]");
    let words = ["org", "member", "list", "alta3", "--json"];
    let came = run(home.path(), &words, None);
    assert_eq!(
        serde_json::from_str::<Value>(&came.out).unwrap(),
        json!([{"id": 2, "login": "lena", "site_admin": false, "role": "owner"}])
    );
}
