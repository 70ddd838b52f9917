//! What an owner reads before the verdict.

use super::stand_in::StandIn;
use super::{run, signed_in};

/// A token bound to a network asks to be bound no more, and to live longer.
const LOOSER: &str = r#"{"id":41,"token_name":"cw","owner":{"login":"mona"},"repository_selection":"all",
    "permissions":{"repository":{"contents":"write"}},"created_at":"2026-11-21T08:00:00Z",
    "token_expires_at":"2026-12-01T08:00:00Z","requested_expires_at":"2027-06-09T08:00:00Z","maximum_days":200,
    "conditions":[],"in_force":{"permissions":{"repository":{"contents":"read"}},
    "conditions":[{"addresses":{"only":["10.0.0.0/8"]}}]}}"#;
const PILE: &str = "GET /api/v3/orgs/alta3/personal-access-token";

#[test]
fn a_longer_life_and_looser_conditions_stand_in_the_tables() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer(
        &format!("{PILE}-requests?per_page=100"),
        200,
        &format!("[{LOOSER}]"),
    );
    let list = run(home.path(), &["request", "list", "alta3"], None).out;
    for part in [
        "CONDITIONS",
        "none; in force now: only from 10.0.0.0/8",
        "EXPIRES IF APPROVED",
        "2026-12-01 08:00",
        "2027-06-09 08:00",
    ] {
        assert!(list.contains(part), "{part}: {list}");
    }
    let own = "GET /api/jeton/v1/orgs/alta3/personal-access-token-requests/41";
    server.answer(own, 200, LOOSER);
    let shown = run(home.path(), &["request", "show", "alta3", "41"], None).out;
    for line in [
        "Permissions          contents: write",
        "Conditions           none; in force now: only from 10.0.0.0/8",
        "In force             contents: read",
        "Life asked for       200 days",
        "Expires              2026-12-01 08:00",
        "Expires if approved  2027-06-09 08:00",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    let endless = LOOSER
        .replace("\"2027-06-09T08:00:00Z\"", "\"none\"")
        .replace("\"maximum_days\":200", "\"maximum_days\":null");
    server.answer(own, 200, &endless);
    let shown = run(home.path(), &["request", "show", "alta3", "41"], None).out;
    for line in [
        "Life asked for       without end",
        "Expires if approved  never",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
}

#[test]
fn the_conditions_of_a_grant_are_shown() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let grant = r#"[{"id":7,"token_name":"cw","conditions":[{"addresses":{"only":["10.0.0.0/8"]},
        "refs":{"only":{"patterns":["refs/heads/bot/*"],"no_force":true,"no_delete":false}}}]}]"#;
    server.answer(&format!("{PILE}s?per_page=100"), 200, grant);
    server.answer(&format!("{PILE}s/7/repositories?per_page=100"), 200, "[]");
    let shown = run(home.path(), &["grant", "show", "alta3", "7"], None).out;
    assert!(
        shown.contains("only from 10.0.0.0/8, writes only refs/heads/bot/*, no force pushes\n"),
        "{shown}"
    );
}

#[test]
fn one_of_all_that_was_dealt_with_meanwhile_keeps_no_other_waiting() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let (list, post) = (
        format!("{PILE}-requests?per_page=100"),
        "POST /api/v3/orgs/alta3/personal-access-token-requests",
    );
    let waiting = |ids: &[u32]| {
        serde_json::json!(
            ids.iter()
                .map(|id| serde_json::json!({ "id": id }))
                .collect::<Vec<_>>()
        )
        .to_string()
    };
    let gone =
        r#"{"message":"Not pending any more: 2. Nothing was decided.","reason":"not_pending"}"#;
    server.answer(&list, 200, &waiting(&[1, 2, 3]));
    server.answer(post, 409, gone);
    // A new one has come: it was not among those that were meant.
    server.answer(&list, 200, &waiting(&[1, 3, 4]));
    server.answer(post, 202, "{}");
    let said = run(home.path(), &["request", "approve", "alta3", "--all"], None);
    assert_eq!(said.code, 0, "{} {}", said.out, said.err);
    let sent: Vec<_> = server
        .taken()
        .iter()
        .filter(|asked| asked.line.starts_with("POST"))
        .map(|asked| asked.body["pat_request_ids"].clone())
        .collect();
    assert_eq!(
        sent,
        [serde_json::json!([1, 2, 3]), serde_json::json!([1, 3])]
    );
    // Those that were named are decided all or none: whoever named them hears of it.
    server.answer(post, 409, gone);
    let said = run(
        home.path(),
        &["request", "approve", "alta3", "1", "2"],
        None,
    );
    assert!(
        said.err.contains("Not pending any more: 2."),
        "{}",
        said.err
    );
}
