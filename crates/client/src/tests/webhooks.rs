//! `jeton webhook`: what is sent, what is shown, and where a secret never is.

use clap::Parser as _;
use serde_json::json;

use super::stand_in::StandIn;
use super::{Tree, run, signed_in};

const HOOK: &str = r#"{"id":7,"active":true,"events":["push","member"],"config":{"url":"https://ci.example.org/x","content_type":"json","secret":"********"},
    "created_at":"2026-11-21T08:00:00Z","updated_at":"2026-11-21T08:00:00Z","last_response":{"code":500,"status":"misconfigured","message":"Invalid HTTP Response: 500"}}"#;

#[test]
fn one_is_made_with_its_secret_from_standard_input() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer("POST /api/v3/orgs/acme/hooks", 201, HOOK);
    let command = [
        "webhook",
        "create",
        "https://ci.example.org/x",
        "--org",
        "acme",
        "--event",
        "push",
        "--event",
        "member",
        "--secret-stdin",
    ];
    let came = run(home.path(), &command, None);
    assert_eq!((came.code, came.out.as_str()), (0, ""));
    assert_eq!(came.err, "Webhook 7 is made, and is pinged.\n");
    assert_eq!(
        server.taken()[0].body,
        json!({
            "config": { "url": "https://ci.example.org/x", "content_type": "json", "secret": "piped password" },
            "events": ["push", "member"],
        })
    );
    let both = ["--org", "acme", "--repo", "acme/labs"];
    for wrong in [&[] as &[&str], &both] {
        let command = [&["jeton", "webhook", "list"], wrong].concat();
        assert!(Tree::try_parse_from(command).is_err(), "{wrong:?}");
    }
}

#[test]
fn they_are_listed_and_shown() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer(
        "GET /api/v3/repos/acme/labs/hooks?per_page=100",
        200,
        &format!("[{HOOK}]"),
    );
    let at = ["--repo", "acme/labs"];
    let came = run(
        home.path(),
        &[&["webhook", "list"], at.as_slice()].concat(),
        None,
    );
    assert_eq!(
        came.out,
        "ID  ADDRESS                   EVENTS        ON   LAST\n\
         7   https://ci.example.org/x  push, member  yes  Invalid HTTP Response: 500\n",
        "{came:?}"
    );
    server.answer("GET /api/v3/repos/acme/labs/hooks/7", 200, HOOK);
    let came = run(
        home.path(),
        &[&["webhook", "show", "7"], at.as_slice()].concat(),
        None,
    );
    assert!(came.out.contains("Secret    ********\n"), "{came:?}");
    server.answer(
        "GET /api/v3/repos/acme/labs/hooks/7/deliveries?status=failure&per_page=100",
        200,
        r#"[{"id":9,"guid":"g","delivered_at":"2026-11-21T08:00:00Z","redelivery":false,"duration":0.27,"status":"OK","status_code":200,"event":"push","action":null}]"#,
    );
    let failed = ["webhook", "deliveries", "7", "--failed"];
    let came = run(home.path(), &[failed.as_slice(), &at].concat(), None);
    assert_eq!(
        came.out,
        "ID  EVENT  OUTCOME  AT                SECONDS  GUID\n\
         9   push   OK       2026-11-21 08:00  0.27     g\n",
        "{came:?}"
    );
    server.taken();
}

#[test]
fn a_change_of_where_it_sends_leaves_the_rest_as_it_is() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let edit = |more: &[&str], asked: &[&str]| {
        for line in asked {
            server.answer(line, 200, HOOK);
        }
        let command = [&["webhook", "edit", "7", "--org", "acme"], more].concat();
        let came = run(home.path(), &command, None);
        let asked = server.taken().into_iter();
        let asked: Vec<_> = asked.map(|asked| (asked.line, asked.body)).collect();
        (came.code, asked)
    };
    let (config, hook) = (
        "PATCH /api/v3/orgs/acme/hooks/7/config".to_owned(),
        "PATCH /api/v3/orgs/acme/hooks/7".to_owned(),
    );
    let (code, asked) = edit(
        &["--url", "https://x.example/", "--secure", "--secret-stdin"],
        &[&config],
    );
    assert_eq!(code, 0);
    let body =
        json!({ "url": "https://x.example/", "insecure_ssl": "0", "secret": "piped password" });
    assert_eq!(asked, [(config.clone(), body)]);
    let (_, asked) = edit(&["--add-event", "team", "--off"], &[&hook]);
    let body = json!({ "add_events": ["team"], "active": false });
    assert_eq!(asked, [(hook.clone(), body)]);
    let (_, asked) = edit(&["--no-secret", "--event", "push"], &[&config, &hook]);
    let bodies = [json!({ "secret": "" }), json!({ "events": ["push"] })];
    assert_eq!(
        asked,
        [config, hook].into_iter().zip(bodies).collect::<Vec<_>>()
    );
    assert_eq!(edit(&[], &[]), (2, Vec::new()), "nothing is to be changed");
}

#[test]
fn one_is_tried_had_again_and_deleted() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer("POST /api/v3/orgs/acme/hooks/7/pings", 204, "");
    server.answer(
        "POST /api/v3/orgs/acme/hooks/7/deliveries/9/attempts",
        202,
        "{}",
    );
    server.answer("DELETE /api/v3/orgs/acme/hooks/7", 204, "");
    for (command, said) in [
        (vec!["ping", "7"], "Webhook 7 is pinged.\n"),
        (vec!["redeliver", "7", "9"], "Delivery 9 is made again.\n"),
        (vec!["delete", "7", "--yes"], "Webhook 7 is deleted.\n"),
    ] {
        let command = [&["webhook"], command.as_slice(), &["--org", "acme"]].concat();
        let came = run(home.path(), &command, None);
        assert_eq!((came.code, came.err.as_str()), (0, said), "{came:?}");
    }
    assert_eq!(server.taken().len(), 3);
}
