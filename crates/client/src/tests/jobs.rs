//! A command under a job: what it is given, and what happens where something is refused.

use serde_json::json;

use super::stand_in::StandIn;
use super::{Came, run, signed_in};

const OPEN: &str = "POST /api/jeton/v1/repos/alta3/labs/jobs";
const SECRETS: &str = "GET /api/jeton/v1/job/secrets";
const END: &str = "DELETE /api/jeton/v1/token";
const OPENED: &str = r#"{"id":7,"repository":"alta3/labs","token":"jts_job"}"#;

/// `jeton job run` with these options and this script, which may write into the home.
fn job(server: &StandIn, home: &std::path::Path, options: &[&str], script: &str) -> Came {
    server.answer(OPEN, 201, OPENED);
    server.answer(END, 200, "{}");
    let script = format!("cd '{}'\n{script}", home.display());
    let line = ["job", "run", "--repo", "alta3/labs"];
    let command = ["--", "sh", "-ec", script.as_str()];
    run(home, &[&line, options, &command].concat(), None)
}

#[test]
fn a_command_is_given_the_jobs_secrets() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let secrets = json!({ "secrets": [
        { "name": "DEPLOY_KEY", "value": "line one\nline two" },
        { "name": "PIN", "value": "123" },
    ]});
    server.answer(SECRETS, 200, &secrets.to_string());
    let options = [
        "--ref",
        "refs/heads/main",
        "-p",
        "contents:write",
        "--lasts",
        "30m",
    ];
    let script =
        "printf %s \"$DEPLOY_KEY$PIN\" > given; printf %s \"$GITHUB_TOKEN $JETON_JOB\" > token";
    let came = job(&server, home.path(), &options, script);
    assert_eq!(came.code, 0, "{came:?}");
    assert!(
        came.err.contains("`PIN` has fewer than 4 characters"),
        "{came:?}"
    );
    assert!(!came.err.contains("DEPLOY_KEY"), "{came:?}");
    let read = |name: &str| std::fs::read_to_string(home.path().join(name)).unwrap();
    assert_eq!(read("given"), "line one\nline two123");
    assert_eq!(read("token"), "jts_job 7");
    let taken = server.taken();
    let wish = json!({ "ref": "refs/heads/main", "permissions": { "contents": "write" }, "expires_in": 1800 });
    assert_eq!(taken[0].body, wish);
    assert_eq!(taken[0].header("authorization"), Some("Bearer jtu_x"));
    for asked in &taken[1..] {
        assert_eq!(
            asked.header("authorization"),
            Some("Bearer jts_job"),
            "{asked:?}"
        );
    }
    assert_eq!(taken[2].line, END);
}

#[test]
fn a_server_without_secrets_is_said_only_where_it_is_asked_for() {
    let server = StandIn::start();
    let home = signed_in(&server);
    for (options, said) in [
        (&[][..], ""),
        (&["--verbose"], "This server has no secrets for jobs.\n"),
    ] {
        server.answer(SECRETS, 404, r#"{"message":"Not Found"}"#);
        let came = job(&server, home.path(), options, "true");
        assert_eq!((came.code, came.err.as_str()), (0, said), "{came:?}");
        server.taken();
    }
}

/// SECURITY: what a fork brought is given none, whatever the server would say.
#[test]
fn a_job_for_a_fork_asks_for_no_secrets() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let came = job(&server, home.path(), &["--fork"], "exit 5");
    assert_eq!(came.code, 5, "{came:?}");
    let lines: Vec<_> = server.taken().into_iter().map(|asked| asked.line).collect();
    assert_eq!(lines, [OPEN, END]);
}

#[test]
fn nothing_runs_where_its_secrets_are_refused_and_the_job_ends() {
    let server = StandIn::start();
    let home = signed_in(&server);
    for (status, body, code, said) in [
        (
            200,
            r#"{"secrets":[{"name":"LD_PRELOAD","value":"x"}]}"#,
            2,
            "`LD_PRELOAD`",
        ),
        (200, r#"{"secrets":[{"name":"A"}]}"#, 1, "holds no secrets"),
        (200, "[]", 1, "holds no secrets"),
        (403, r#"{"message":"no"}"#, 4, "no"),
    ] {
        server.answer(SECRETS, status, body);
        let came = job(&server, home.path(), &[], "touch ran");
        assert_eq!(came.code, code, "{came:?}");
        assert!(came.err.contains(said), "{came:?}");
        assert!(!home.path().join("ran").exists(), "{body}");
        server.taken();
    }
}

/// As shells say it, and the job is over all the same.
#[test]
fn a_command_that_can_not_be_run_is_told_of() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let no_program = home.path().join("no-program");
    std::fs::write(&no_program, "no program").unwrap();
    for (command, code, said) in [
        ("jeton-there-is-none", 127, "there is no such command"),
        ("/nowhere/at/all", 127, "there is no such command"),
        (no_program.to_str().unwrap(), 126, "can't be executed"),
    ] {
        server.answer(OPEN, 201, OPENED);
        server.answer(SECRETS, 404, "{}");
        server.answer(END, 200, "{}");
        let line = ["job", "run", "--repo", "alta3/labs", "--", command];
        let came = run(home.path(), &line, None);
        assert_eq!(came.code, code, "{came:?}");
        let first = format!("error: `{command}`: {said}");
        assert!(came.err.starts_with(&first), "{came:?}");
        let lines: Vec<_> = server.taken().into_iter().map(|asked| asked.line).collect();
        assert_eq!(lines, [OPEN, SECRETS, END]);
    }
}

#[test]
fn a_job_that_can_not_be_ended_is_told_of() {
    let server = StandIn::start();
    let home = signed_in(&server);
    server.answer(OPEN, 201, OPENED);
    server.answer(SECRETS, 404, "{}");
    server.answer(END, 503, r#"{"message":"later"}"#);
    let came = run(
        home.path(),
        &["job", "run", "--repo", "alta3/labs", "--", "false"],
        None,
    );
    assert_eq!(came.code, 1, "the command's own: {came:?}");
    assert!(came.err.contains("jeton job end alta3/labs 7"), "{came:?}");
    server.taken();
}
