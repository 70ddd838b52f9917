//! An organization's own machines: a CI system whose jobs are given secrets, and what a leaver leaves to it.

use serde_json::{Value, json};

use super::machines::Works;
use crate::support::world::Token;

/// `jeton …` by the owner, who has just signed in; what it prints, without its line end.
fn by_ann(works: &Works, words: &[&str]) -> String {
    let (code, said) = works.said(&[("JETON_TOKEN", &works.ann.client)], words);
    assert_eq!(code, 0, "{words:?}: {said:?}");
    said.out.trim_end().to_owned()
}

fn token(value: &str) -> Token {
    Token {
        id: 0,
        value: value.to_owned(),
        made: Value::Null,
    }
}

const BUILD: &str = r#"
git clone -q "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" built
test -f built/README.md || test -d built
git ls-remote "$GITHUB_SERVER_URL/acme/other" > other 2>&1 && exit 9
test -n "$DEPLOY_KEY"
echo "the key is $DEPLOY_KEY"
printf '%s' "$GITHUB_TOKEN" > leaked
"#;

#[test]
fn a_ci_systems_jobs_are_given_secrets_and_its_own_token_reads_nothing() {
    let works = Works::new();
    let made = by_ann(
        &works,
        &[
            "service",
            "create",
            "acme",
            "ci",
            "--role",
            "write",
            "--issues-jobs",
        ],
    );
    assert_eq!(made, "", "words go beside the data");
    let value = by_ann(
        &works,
        &[
            "service",
            "token",
            "acme",
            "ci",
            "opens",
            "--all-repositories",
            "--permission",
            "actions=write",
        ],
    );
    assert!(value.starts_with("jeton_pat_"), "{value}");
    works
        .site
        .job_secret(&works.mia, "repos/acme/app/actions", "DEPLOY_KEY", &[]);
    let (code, said) = works.run(&token(&value), &["--permission", "contents:read"], BUILD);
    assert_eq!(code, 0, "{said:?}");
    assert!(said.out.contains("the key is ***"), "{said:?}");
    let leaked = std::fs::read_to_string(works.machine.path("leaked")).unwrap();
    assert_eq!(works.status(&leaked), 401, "after the job it is dead");
    assert_eq!(works.jobs()[0]["origin"], "system");
    assert_eq!(works.jobs()[0]["opener"], "ci");
    // What opened it clones nothing itself, and a job of what a fork brought is given none.
    let host = works.site.url().trim_start_matches("http://");
    let url = format!("http://x:{value}@{host}/acme/app");
    let refused = works.machine.git(&["ls-remote", &url]);
    assert!(!refused.ok, "{refused:?}");
    let fork = "test -z \"$DEPLOY_KEY\"";
    let (code, said) = works.run(&token(&value), &["--fork"], fork);
    assert_eq!(code, 0, "{said:?}");
    let log = works.site.must(
        "GET",
        "/api/v3/orgs/acme/audit-log?phrase=action:job.secrets_given",
        Some(&works.ann.client),
        &Value::Null,
    );
    let entries = log.as_array().unwrap();
    assert_eq!(entries.len(), 1, "each hand-out is in the log: {log}");
    assert_eq!(entries[0]["secrets"], json!(["DEPLOY_KEY"]), "{log}");
    by_ann(&works, &["service", "suspend", "acme", "ci"]);
    let (code, said) = works.run(&token(&value), &[], "true");
    assert_ne!(code, 0, "{said:?}");
}

#[test]
fn a_leavers_work_goes_on_without_them() {
    let works = Works::new();
    let old = works.token("nightly", &json!({ "contents": "read" }));
    by_ann(
        &works,
        &["service", "create", "acme", "nightly-bot", "--role", "read"],
    );
    let id = old.id.to_string();
    let new = by_ann(
        &works,
        &[
            "service",
            "hand-over",
            "acme",
            &id,
            "nightly-bot",
            "--overlap-days",
            "3",
            "--yes",
        ],
    );
    let host = works.site.url().trim_start_matches("http://");
    let reads = |value: &str, name: &str| {
        let url = format!("http://x:{value}@{host}/acme/{name}");
        works.machine.git(&["ls-remote", &url]).ok
    };
    assert!(reads(&old.value, "app") && reads(&new, "app") && reads(&new, "other"));
    works.site.must(
        "DELETE",
        "/api/v3/orgs/acme/members/mia",
        Some(&works.ann.client),
        &Value::Null,
    );
    assert!(
        !reads(&old.value, "app"),
        "the leaver's value goes with them"
    );
    assert!(reads(&new, "app"), "what it ran goes on");
    let tokens = by_ann(
        &works,
        &["--json", "service", "tokens", "acme", "nightly-bot"],
    );
    let tokens: Value = serde_json::from_str(&tokens).unwrap();
    assert_eq!(tokens[0]["name"], "nightly");
}
