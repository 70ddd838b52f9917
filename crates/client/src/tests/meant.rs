//! Which thing is meant: tokens, repositories, servers and addresses as people name them, and what is said of them.

use serde_json::json;

use super::stand_in::StandIn;
use super::{run, signed_in};

const TOKENS: &str = "GET /api/jeton/v1/tokens?per_page=100";
/// One token's name is another's number.
const TWO: &str = r#"[{"id":8,"name":"7"},{"id":7,"name":"act"}]"#;

#[test]
fn what_fits_two_tokens_ends_neither() {
    let server = StandIn::start();
    let home = signed_in(&server);
    for words in [
        &["token", "revoke", "7"][..],
        &["token", "delete", "7"],
        &["token", "show", "7"],
        &["token", "edit", "7", "--name", "x"],
        &["token", "rotate", "7"],
        &["token", "finish", "7"],
        &["token", "suspend", "7"],
        &["token", "resume", "7"],
        &["token", "activity", "7"],
        &["token", "request", "7"],
        &["token", "cancel-request", "7"],
    ] {
        server.answer(TOKENS, 200, TWO);
        let came = run(home.path(), words, None);
        assert_eq!(came.code, 2, "{words:?}: {came:?}");
        assert!(
            came.err.contains("name of the token `7` (8)")
                && came.err.contains("number of the token `act` (7)")
                && came.err.contains("id:8 or id:7"),
            "{words:?}: {came:?}"
        );
        assert_eq!(server.taken().len(), 1, "{words:?}");
    }
}

/// A name may begin as a number is said.
#[test]
fn what_is_said_as_a_number_and_is_a_name_is_no_number() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let odd = TWO.replace(r#""name":"7""#, r#""name":"id:7""#);
    assert_ne!(odd, TWO);
    server.answer(TOKENS, 200, &odd);
    let came = run(home.path(), &["token", "revoke", "id:7"], None);
    assert_eq!(came.code, 2, "{came:?}");
    assert!(came.err.contains("id:8 or 7"), "{came:?}");
    assert_eq!(server.taken().len(), 1);
}

#[test]
fn a_token_is_told_by_name_and_number_once_it_is_ended() {
    let server = StandIn::start();
    let home = signed_in(&server);
    for (named, id, said) in [
        ("act", 7, "`act` (7) is revoked for good.\n"),
        ("8", 8, "`7` (8) is revoked for good.\n"),
        ("id:7", 7, "`act` (7) is revoked for good.\n"),
    ] {
        server.answer(TOKENS, 200, TWO);
        let done = r#"{"effective":"node"}"#;
        server.answer(&format!("POST /api/jeton/v1/tokens/{id}/revoke"), 200, done);
        let came = run(home.path(), &["token", "revoke", named], None);
        assert_eq!((came.code, came.err.as_str()), (0, said));
        server.taken();
    }
    for none in ["9", "id:9", "id:act"] {
        server.answer(TOKENS, 200, TWO);
        let came = run(home.path(), &["token", "revoke", none], None);
        assert_eq!(came.code, 5, "{none}: {came:?}");
        server.taken();
    }
}

#[test]
fn a_sign_in_over_another_ends_that_one() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let login = ["login", &server.url, "--user", "mona", "--password-stdin"];
    let again = |value: &str, status: u16| {
        let made = format!(r#"{{"token":"{value}","login":"mona"}}"#);
        server.answer("POST /api/jeton/v1/sign-in", 201, &made);
        server.answer("DELETE /api/jeton/v1/sign-in", status, "{}");
        let came = run(home.path(), &login, None);
        assert_eq!(came.code, 0, "{came:?}");
        let asked = server.taken();
        assert_eq!(asked[0].header("authorization"), None);
        (
            asked[1].header("authorization").unwrap().to_owned(),
            came.err,
        )
    };
    let (ended, said) = again("jtu_second", 204);
    assert_eq!(ended, "Bearer jtu_x");
    assert_eq!(said.lines().count(), 1, "{said}");
    // One that does not live any more is nobody's concern; one that lives on is told.
    let (ended, said) = again("jtu_third", 401);
    assert_eq!(ended, "Bearer jtu_second");
    assert_eq!(said.lines().count(), 1, "{said}");
    let (_, said) = again("jtu_fourth", 503);
    assert!(
        said.contains("could not be ended") && said.contains("jeton sign-in list"),
        "{said}"
    );
    server.answer("GET /api/jeton/v1/token", 200, "{}");
    assert_eq!(run(home.path(), &["status"], None).code, 0);
    assert_eq!(
        server.taken()[0].header("authorization"),
        Some("Bearer jtu_fourth")
    );
}

#[test]
fn after_signing_out_the_server_is_remembered() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer("DELETE /api/jeton/v1/sign-in", 204, "");
    assert_eq!(run(home.path(), &["logout"], None).code, 0);
    server.answer(
        "POST /api/jeton/v1/sign-in",
        201,
        r#"{"token":"jtu_y","login":"otto"}"#,
    );
    let login = ["login", "--user", "otto", "--password-stdin"];
    let came = run(home.path(), &login, None);
    assert_eq!(came.code, 0, "{came:?}");
    server.taken();
    let empty = tempfile::tempdir().unwrap();
    let came = run(empty.path(), &login, None);
    assert_eq!(came.code, 2);
    assert!(
        came.err.contains("hint: name it: jeton login URL"),
        "{came:?}"
    );
}

#[test]
fn a_number_said_twice_counts_once() {
    let server = StandIn::start();
    let home = signed_in(&server);
    for (words, pile, field) in [
        (["grant", "revoke"], "personal-access-tokens", "pat_ids"),
        (
            ["request", "deny"],
            "personal-access-token-requests",
            "pat_request_ids",
        ),
    ] {
        server.answer(&format!("POST /api/v3/orgs/alta3/{pile}"), 202, "{}");
        let line = [words[0], words[1], "alta3", "5", "3", "5"];
        let came = run(home.path(), &line, None);
        assert!(came.code == 0 && came.err.contains('2'), "{came:?}");
        assert_eq!(server.taken()[0].body[field], json!([5, 3]));
    }
}

#[test]
fn a_rotation_says_what_becomes_of_the_old_value_and_that_the_new_one_is_shown_once() {
    let server = StandIn::start();
    let home = signed_in(&server);
    for (words, ends, said) in [
        (
            &["--overlap", "0"][..],
            "null",
            "The old value of `t` (7) has ended.",
        ),
        (
            &["--until-first-use"],
            r#""2026-11-22T08:00:00Z""#,
            "works until the new one is used, at the latest until 2026-11-22 08:00",
        ),
    ] {
        server.answer(TOKENS, 200, r#"[{"id":7,"name":"t"}]"#);
        let made = format!(r#"{{"id":7,"token":"jeton_pat_NEW","old_ends_at":{ends}}}"#);
        server.answer("POST /api/jeton/v1/tokens/7/rotate", 201, &made);
        let line: Vec<_> = ["token", "rotate", "t"]
            .iter()
            .chain(words)
            .copied()
            .collect();
        let came = run(home.path(), &line, None);
        assert_eq!(came.out, "jeton_pat_NEW\n");
        assert!(
            came.err.contains(said) && came.err.contains("shown this once"),
            "{came:?}"
        );
        server.taken();
    }
}

#[test]
fn a_token_shows_a_running_rotation_and_codes_as_words() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer(TOKENS, 200, r#"[{"id":7,"name":"t"}]"#);
    let view = r#"{"id":7,"name":"t","state":"withdrawn","standing":"withdrawn","standing_reason":"member_removed",
        "owner":{"login":"beta"},"in_force":{"permissions":{},"repository_selection":"none"},
        "secrets":[{"expires_at":"2999-01-01T00:00:00Z"},
        {"expires_at":"2998-01-01T00:00:00Z","retires_at":"2997-01-01T00:00:00Z","until_first_use":true}]}"#;
    server.answer("GET /api/jeton/v1/tokens/7", 200, view);
    let shown = run(home.path(), &["token", "show", "t"], None).out;
    for part in [
        "Older value  works until the new one is used, at the latest until 2997-01-01 00:00 (UTC)\n",
        "Reason       its creator is no member any more\n",
        "In force     nothing of beta's\n",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("member_removed"), "{shown}");
    // Programs get the code, and nothing of our own.
    server.answer(TOKENS, 200, r#"[{"id":7,"name":"t"}]"#);
    server.answer("GET /api/jeton/v1/tokens/7", 200, view);
    let shown = run(home.path(), &["token", "show", "t", "--json"], None).out;
    assert!(
        shown.contains("member_removed") && !shown.contains("older_value"),
        "{shown}"
    );
}

#[test]
fn a_waiting_token_says_what_it_wants_and_that_none_of_it_is_in_force() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let view = r#"{"kind":"fine_grained","name":"t","standing":"pending","state":"pending","owner":{"login":"beta"},
        "repository_selection":"subset","unnamed_repositories":1,"repositories":[],
        "permissions":{"repository":{"contents":"read"}},"in_force":{"permissions":{},"repository_selection":"none"}}"#;
    server.answer("GET /api/jeton/v1/token", 200, view);
    let said = run(home.path(), &["token", "self"], None).out;
    for part in [
        "Kind         fine-grained token\n",
        "Standing     waits for approval\n",
        "Permissions  contents: read\n",
        "Reaches      1 repository\n",
        "In force     nothing of beta's\n",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn the_log_of_a_repository_is_asked_for_with_its_owner() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let route = "GET /api/v3/orgs/acme/audit-log?repository=acme%2Flabs&per_page=50";
    for name in ["labs", "acme/labs"] {
        server.answer(route, 200, "[]");
        let words = ["audit", "--org", "acme", "--repository", name];
        assert_eq!(run(home.path(), &words, None).code, 0);
        server.taken();
    }
    let came = run(home.path(), &["audit", "--repository", "labs"], None);
    assert!(
        came.code == 2 && came.err.contains("name it OWNER/NAME"),
        "{came:?}"
    );
    assert!(server.taken().is_empty());
}

#[test]
fn a_repository_of_ones_own_or_of_the_teams_organization_is_named_alone() {
    let server = StandIn::start();
    let home = signed_in(&server);
    for (words, line) in [
        (
            &["repo", "rename", "notes", "n2"][..],
            "PATCH /api/v3/repos/mona/notes",
        ),
        (
            &["repo", "visibility", "notes", "public"],
            "PATCH /api/v3/repos/mona/notes",
        ),
        (
            &["repo", "edit", "notes", "--description", "x"],
            "PATCH /api/v3/repos/mona/notes",
        ),
        (
            &["repo", "delete", "notes", "--yes"],
            "DELETE /api/v3/repos/mona/notes",
        ),
        (&["repo", "show", "notes"], "GET /api/v3/repos/mona/notes"),
        (
            &["repo", "collaborator", "add", "notes", "tomas"],
            "PUT /api/v3/repos/mona/notes/collaborators/tomas",
        ),
    ] {
        server.answer("GET /api/v3/user", 200, r#"{"login":"mona"}"#);
        server.answer(line, 200, "{}");
        let came = run(home.path(), words, None);
        assert_eq!(came.code, 0, "{words:?}: {came:?}");
        server.taken();
    }
    for (verb, method) in [("add", "PUT"), ("remove", "DELETE")] {
        let line = format!("{method} /api/v3/orgs/acme/teams/core/repos/acme/labs");
        server.answer(&line, 204, "");
        let words = ["team", "repo", verb, "acme", "core", "labs"];
        let came = run(home.path(), &words, None);
        assert!(
            came.code == 0 && came.err.contains("on acme/labs"),
            "{came:?}"
        );
        server.taken();
    }
}

#[test]
fn a_single_address_is_a_network_of_itself() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer("PATCH /api/jeton/v1/orgs/acme/policy", 200, "{}");
    let words = ["policy", "set", "acme", "--addresses", "127.0.0.1, ::1"];
    assert_eq!(run(home.path(), &words, None).code, 0);
    assert_eq!(
        server.taken()[0].body,
        json!({"addresses": {"only": ["127.0.0.1/32", "::1/128"]}})
    );
    server.answer(TOKENS, 200, r#"[{"id":7,"name":"t"}]"#);
    server.answer("PATCH /api/jeton/v1/tokens/7", 200, "{}");
    let words = ["token", "edit", "t", "--address", "192.0.2.1"];
    assert_eq!(run(home.path(), &words, None).code, 0);
    assert_eq!(
        server.taken()[1].body["conditions"][0]["addresses"],
        json!({"only": ["192.0.2.1/32"]})
    );
}

#[test]
fn a_permission_at_two_levels_is_refused() {
    let server = StandIn::start();
    let home = signed_in(&server);
    for verb in ["create", "edit"] {
        let words = [
            "token",
            verb,
            "t",
            "-p",
            "contents=write",
            "-p",
            "contents=read",
        ];
        let came = run(home.path(), &words, None);
        assert!(
            came.code == 2 && came.err.contains("`contents` is asked for twice"),
            "{came:?}"
        );
    }
    assert!(server.taken().is_empty(), "nothing was asked");
}

#[test]
fn what_takes_away_is_not_said_to_add_power() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer(
        "DELETE /api/v3/repos/a/b",
        403,
        r#"{"message":"x","reason":"confirmation_needed"}"#,
    );
    server.answer("POST /api/jeton/v1/confirm", 200, "{}");
    server.answer("DELETE /api/v3/repos/a/b", 204, "");
    let says = Some(&["her password"][..]);
    let came = run(home.path(), &["repo", "delete", "a/b", "--yes"], says);
    assert_eq!(came.code, 0, "{came:?}");
    assert!(
        came.err.contains("This can't be undone: please confirm") && !came.err.contains("power"),
        "{came:?}"
    );
    server.taken();
}

#[test]
fn people_may_see_themselves() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let no = r#"{"message":"Only administrators of the site may do this."}"#;
    for (login, code) in [("Mona", 0), ("tomas", 4)] {
        server.answer(&format!("GET /api/jeton/v1/users/{login}"), 403, no);
        server.answer("GET /api/v3/user", 200, r#"{"id":3,"login":"mona"}"#);
        let came = run(home.path(), &["user", "show", login], None);
        assert_eq!(came.code, code, "{came:?}");
        assert_eq!(came.out.contains("mona"), code == 0, "{came:?}");
        server.taken();
    }
}

#[test]
fn the_last_owner_is_told_the_command_with_the_organizations_name() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer(
        "POST /api/jeton/v1/orgs/acme/leave",
        409,
        r#"{"message":"`mona` is the last owner of acme; make somebody else an owner first","reason":"last_owner"}"#,
    );
    let came = run(home.path(), &["org", "member", "leave", "acme"], None);
    assert_eq!(came.code, 7);
    assert!(
        came.err.contains(
            "hint: jeton org member role acme LOGIN owner; jeton org member list acme shows whom\n"
        ),
        "{came:?}"
    );
    server.taken();
}

#[test]
fn no_entries_are_no_number_of_entries() {
    use clap::Parser;
    assert!(super::Tree::try_parse_from(["jeton", "audit", "--limit", "0"]).is_err());
    assert!(super::Tree::try_parse_from(["jeton", "audit", "--limit", "1"]).is_ok());
}

#[test]
fn completions_and_advice_offer_nothing_hidden() {
    use clap::Parser;
    let home = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let script = run(home.path(), &["completions", shell], None).out;
        assert!(script.contains("config-dir"), "{shell}");
        for hidden in ["xdg-config-home", "home-folder"] {
            assert!(!script.contains(hidden), "{shell}: {hidden}");
        }
    }
    // An option that is there for its hint alone.
    let script = run(home.path(), &["completions", "fish"], None).out;
    let offered = |command: &str| {
        let place = format!("from {command}\" -l visibility");
        script.lines().any(|line| line.contains(&place))
    };
    assert!(offered("create") && !offered("edit"), "{script}");
    for typed in ["--home", "--xdg-config"] {
        let error = super::Tree::try_parse_from(["jeton", typed, "x", "status"]).unwrap_err();
        let said = error.to_string();
        assert!(
            !said.contains("home-folder") && !said.contains("xdg-config-home"),
            "{said}"
        );
    }
    let tree = <super::Tree as clap::CommandFactory>::command()
        .arg(clap::Arg::new("secret").long("secret-door").hide(true))
        .subcommand(clap::Command::new("cellar").hide(true));
    let shown = crate::shown(&tree);
    assert!(shown.get_arguments().all(|arg| !arg.is_hide_set()));
    assert!(shown.find_subcommand("cellar").is_none());
    assert!(shown.find_subcommand("token").is_some());
}
