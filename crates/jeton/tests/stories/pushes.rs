//! Pushes: what each leaves in the log, and what is refused of it.

use serde_json::{Value, json};

use crate::hosted::Hosted;
use crate::support::Site;
use crate::support::database::{Database, on_both};
use crate::support::git::Machine;

on_both!(
    a_push_leaves_an_intent_and_an_outcome_for_each_ref,
    a_ref_that_is_refused_has_its_sentence_and_the_others_go_through,
    an_atomic_push_is_whole_or_nothing,
    the_default_branch_is_not_deleted,
    a_line_break_in_a_name_refuses_the_push_and_forges_nothing,
    ref_conditions_hold_at_the_git_door,
    many_refs_go_through_in_one_push,
    a_narrowing_reaches_a_push_that_is_under_way,
    a_push_that_is_cut_leaves_nothing_behind,
);

/// Everything that says who came from where with what.
const WHO: [&str; 10] = [
    "actor",
    "address",
    "door",
    "hashed_token",
    "programmatic_access_type",
    "repo",
    "request_id",
    "token_id",
    "token_name",
    "user_agent",
];

fn a_push_leaves_an_intent_and_an_outcome_for_each_ref(database: Database) {
    let hosted = Hosted::on(database);
    hosted.filled();
    for name in ["refs/heads/main", "refs/tags/v1"] {
        let of = |action: &str| {
            let mut found = hosted.log(action);
            found.retain(|entry| entry["ref"] == name);
            assert_eq!(found.len(), 1, "{action} {name}");
            found.remove(0)
        };
        let (intent, outcome) = (of("git.push.intent"), of("git.push"));
        assert_eq!(outcome["outcome"], "updated");
        assert_eq!(outcome["repo"], "mia/code");
        for field in WHO {
            assert!(!outcome[field].is_null(), "{field}: {outcome}");
            assert_eq!(outcome[field], intent[field], "{field}");
        }
        assert_eq!(outcome["before"], intent["before"]);
        assert_eq!(outcome["after"], intent["after"]);
    }
}

/// What a crash left open: the outcome that the next start writes.
#[test]
fn an_outcome_that_a_start_writes_says_as_much() {
    let mut hosted = Hosted::on(Database::Sqlite);
    hosted.filled();
    let before = hosted.log("git.push");
    assert_eq!(before.len(), 2);
    hosted.site.stop();
    let file = hosted.site.folder().join("data/jeton.db");
    let opened = rusqlite::Connection::open(file)
        .unwrap()
        .execute(
            "UPDATE push_intents SET outcome = NULL, resolved_at = NULL",
            [],
        )
        .unwrap();
    assert_eq!(opened, 2);
    hosted.site.restart();
    let after = hosted.log("git.push");
    assert_eq!(after.len(), 4);
    for name in ["refs/heads/main", "refs/tags/v1"] {
        let of = |log: &[Value]| log.iter().find(|entry| entry["ref"] == name).cloned();
        let (ended, resolved) = (of(&before).unwrap(), of(&after[..2]).unwrap());
        for field in WHO
            .iter()
            .chain(&["ref", "before", "after", "outcome", "secret_id"])
        {
            assert_eq!(ended[field], resolved[field], "{field}");
        }
    }
}

fn a_ref_that_is_refused_has_its_sentence_and_the_others_go_through(database: Database) {
    let hosted = Hosted::on(database);
    let source = hosted.filled();
    refused_refs(&hosted, &source);
    // Bytes that no git sends.
    let tip = hosted.machine.git_in(&source, &["rev-parse", "main"]);
    let tip = tip.succeeded().out.trim().to_owned();
    let null = "0".repeat(40);
    for (n, (name, sentence)) in [
        (
            &b"refs/heads/a b"[..],
            "git does not allow the name `refs/heads/a b`",
        ),
        (b"refs/heads/\xff", "a name must be UTF-8"),
        (b"refs/heads/a\x1b[31m", "holds characters that do not show"),
        (b"refs/heads/../../config", "git does not allow the name"),
        (b"HEAD", "`HEAD` is not under `refs/`"),
    ]
    .into_iter()
    .enumerate()
    {
        let odd = [format!("{null} {tip} ").as_bytes(), name].concat();
        let good = format!("{null} {tip} refs/heads/good{n}").into_bytes();
        let answer = hosted.push_raw(&hosted.push_body(&source, &[odd, good], &tip));
        assert_eq!(answer.status, 200);
        let said = answer.text();
        assert!(said.contains(sentence), "{sentence}: {said}");
        assert!(said.contains(&format!("ok refs/heads/good{n}")), "{said}");
    }
}

/// Names that git sends, each beside one that is fine.
fn refused_refs(hosted: &Hosted, source: &std::path::Path) {
    let (machine, url) = (&hosted.machine, hosted.url());
    for (n, (name, sentence)) in [
        (
            "refs/jeton/secret",
            "`refs/jeton/secret` is kept for the server itself",
        ),
        (
            "refs/Jeton/secret",
            "`refs/Jeton/secret` is kept for the server itself",
        ),
        ("refs/stash", "git keeps `refs/stash/` for itself"),
        (
            "refs/replace/1234567890123456789012345678901234567890",
            "git keeps `refs/replace/`",
        ),
        ("refs/worktree/x", "git keeps `refs/worktree/`"),
        ("refs/bisect/bad", "git keeps `refs/bisect/`"),
        ("refs/remotes/origin/main", "git keeps `refs/remotes/`"),
        (
            "refs/namespaces/x/refs/heads/main",
            "git keeps `refs/namespaces/`",
        ),
        ("refs/rewritten/x", "git keeps `refs/rewritten/`"),
        ("refs/heads/-x", "must not begin with `-`"),
    ]
    .into_iter()
    .enumerate()
    {
        let (odd, good) = (format!("main:{name}"), format!("main:refs/heads/fine{n}"));
        let said = machine
            .git_in(source, &["push", &url, &odd, &good])
            .failed_with(&["[remote rejected]", &format!("-> fine{n}")]);
        let line = said
            .err
            .lines()
            .any(|line| line.starts_with("remote: ") && line.contains(sentence));
        assert!(line, "{sentence}: {}", said.err);
        // Alone it is refused as a whole push.
        machine
            .git_in(source, &["push", &url, &odd])
            .failed_with(&["[remote rejected]", sentence]);
    }
    let listed = machine.git(&["ls-remote", &url]).succeeded();
    assert_eq!(listed.out.matches("refs/heads/fine").count(), 10);
    for space in [
        "jeton",
        "stash",
        "replace",
        "worktree",
        "remotes",
        "namespaces",
    ] {
        assert!(
            !listed
                .out
                .to_ascii_lowercase()
                .contains(&format!("refs/{space}"))
        );
    }
    machine
        .git_in(
            source,
            &[
                "push",
                &url,
                "main:refs/notes/x",
                "main:refs/changes/01/1/1",
            ],
        )
        .succeeded();
}

/// Bytes that no packing makes smaller, the same each time.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(&mut next)
        .flatten()
        .take(length)
        .collect()
}

/// Bytes on their way through the server.
const KEPT: u64 = 256 << 10;

/// Git has what was sent while the end of it is still to come: between client and git the server keeps
/// [`KEPT`] at the most, however large the push is.
#[test]
fn a_push_reaches_git_while_it_is_sent() {
    use std::io::{Read, Write};
    const HELD_BACK: usize = 512 << 10;
    let hosted = Hosted::on(Database::Sqlite);
    let source = hosted.filled();
    // So many objects that git writes the pack down as it comes.
    for n in 0..110 {
        std::fs::write(source.join(format!("noise-{n}")), noise(n, 100_000)).unwrap();
    }
    hosted.machine.commit(&source, "more", "more");
    let tip = hosted.machine.git_in(&source, &["rev-parse", "main"]);
    let tip = tip.succeeded().out.trim().to_owned();
    let command = format!("{} {tip} refs/heads/large", "0".repeat(40)).into_bytes();
    let body = hosted.push_body(&source, &[command], &tip);
    assert!(body.len() > 10_900_000, "{}", body.len());
    let head = format!(
        "POST /mia/code.git/git-receive-pack HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\nconnection: close\r\n\
         content-type: application/x-git-receive-pack-request\r\ncontent-length: {}\r\n\r\n",
        crate::support::http::basic("x", &hosted.token.value),
        body.len()
    );
    let mut stream = std::net::TcpStream::connect(hosted.site.address()).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let (first, last) = body.split_at(body.len() - HELD_BACK);
    stream.write_all(first).unwrap();
    let objects = hosted
        .site
        .folder()
        .join("data/repos/0/00/00/1.git/objects");
    // The pack in the making, in the folder of what is not accepted yet.
    let arrived = || -> u64 {
        let inside = |folder: std::path::PathBuf| {
            let entries = std::fs::read_dir(folder);
            entries.into_iter().flatten().flatten()
        };
        inside(objects.clone())
            .filter(|entry| entry.file_name().to_string_lossy().contains("incoming"))
            .flat_map(|entry| inside(entry.path().join("pack")))
            .map(|entry| entry.metadata().map_or(0, |file| file.len()))
            .sum()
    };
    let until = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while arrived() + KEPT < first.len() as u64 {
        let (git, sent) = (arrived(), first.len());
        assert!(std::time::Instant::now() < until, "git has {git} of {sent}");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    stream.write_all(last).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.contains("ok refs/heads/large"), "{answer}");
}

/// Both versions of git that are here, as the client and under the server.
#[test]
fn refused_refs_with_each_git() {
    const OTHER: &str = "/usr/bin/git";
    let version = |program: &str| Machine::with(program.as_ref()).git(&["--version"]).out;
    if version(OTHER) == version("git") {
        crate::installer::skipped();
        return;
    }
    for (server, client) in [("", OTHER), (OTHER, "git"), (OTHER, OTHER)] {
        let settings: &[(&str, &str)] = if server.is_empty() {
            &[]
        } else {
            &[("git.path", server)]
        };
        let hosted = Hosted::of(Site::with(settings), Machine::with(client.as_ref()));
        let source = hosted.filled();
        refused_refs(&hosted, &source);
        hosted
            .machine
            .git(&["clone", &hosted.url(), "copy"])
            .succeeded();
    }
}

fn an_atomic_push_is_whole_or_nothing(database: Database) {
    let hosted = Hosted::on(database);
    let source = hosted.filled();
    let (machine, url) = (&hosted.machine, hosted.url());
    for (name, sentence) in [
        ("refs/jeton/x", "is kept for the server itself"),
        ("refs/stash", "git keeps `refs/stash/` for itself"),
        ("refs/heads/-x", "must not begin with `-`"),
    ] {
        let odd = format!("main:{name}");
        machine
            .git_in(
                &source,
                &["push", "--atomic", &url, "main:refs/heads/with", &odd],
            )
            .failed_with(&["[remote rejected]", sentence]);
    }
    let listed = machine.git(&["ls-remote", &url]).succeeded();
    assert!(!listed.out.contains("refs/heads/with"), "{}", listed.out);
    machine
        .git_in(
            &source,
            &[
                "push",
                "--atomic",
                &url,
                "main:refs/heads/a",
                "main:refs/heads/b",
            ],
        )
        .succeeded();
}

fn the_default_branch_is_not_deleted(database: Database) {
    let hosted = Hosted::on(database);
    let source = hosted.filled();
    let (machine, url) = (&hosted.machine, hosted.url());
    let said = machine
        .git_in(&source, &["push", &url, ":refs/heads/main"])
        .failed_with(&[
            "remote: `main` is the default branch. Choose another one first: \
             `jeton repo edit mia/code --default-branch BRANCH`",
        ]);
    assert!(!said.says("denyDeleteCurrent"), "{}", said.err);
    machine
        .git_in(&source, &["push", &url, "main:refs/heads/next"])
        .succeeded();
    hosted.site.must(
        "PATCH",
        "/api/v3/repos/mia/code",
        Some(&hosted.mia.client),
        &json!({ "default_branch": "next" }),
    );
    machine
        .git_in(&source, &["push", &url, ":refs/heads/main"])
        .succeeded();
}

fn a_line_break_in_a_name_refuses_the_push_and_forges_nothing(database: Database) {
    let hosted = Hosted::on(database);
    let source = hosted.filled();
    let tip = hosted.machine.git_in(&source, &["rev-parse", "main"]);
    let tip = tip.succeeded().out.trim().to_owned();
    let null = "0".repeat(40);
    let before = hosted.log("git.push").len() + hosted.log("git.push.intent").len();
    // Behind the break stands what would be a line of its own: `main` was rewound and came back, says it.
    let forged = format!("{null} {tip} refs/heads/x\n{null} {tip} refs/heads/main");
    let broken = format!("{null} {tip} refs/heads/x\ny");
    for command in [forged, broken] {
        let answer = hosted.push_raw(&hosted.push_body(&source, &[command.into_bytes()], &tip));
        assert_eq!(answer.status, 200);
        assert!(answer.text().contains("line break"), "{}", answer.text());
    }
    let after = hosted.log("git.push").len() + hosted.log("git.push.intent").len();
    assert_eq!(before, after, "nothing stands in the log");
    let listed = hosted
        .machine
        .git(&["ls-remote", &hosted.url()])
        .succeeded();
    assert!(!listed.out.contains("refs/heads/x"));
}

fn ref_conditions_hold_at_the_git_door(database: Database) {
    let hosted = Hosted::on(database);
    let source = hosted.filled();
    let agent = hosted.site.token(
        &hosted.mia,
        &json!({
            "name": "agent", "repositories": ["code"], "permissions": { "contents": "write" },
            "conditions": [{ "refs": { "only": { "patterns": ["refs/heads/agent/*"], "no_force": true, "no_delete": true } } }],
        }),
    );
    let host = hosted.site.url().trim_start_matches("http://").to_owned();
    let url = format!("http://x:{}@{host}/mia/code.git", agent.value);
    hosted
        .machine
        .git_in(&source, &["push", &url, "main:refs/heads/agent/one"])
        .succeeded();
    hosted
        .machine
        .git_in(&source, &["push", &url, "main:refs/heads/other"])
        .failed_with(&["remote: The token may not write this ref."]);
    hosted
        .machine
        .git_in(
            &source,
            &["push", &url, "HEAD~2:refs/heads/agent/one", "--force"],
        )
        .failed_with(&["may not rewrite refs"]);
    hosted
        .machine
        .git_in(&source, &["push", &url, ":refs/heads/agent/one"])
        .failed_with(&["may not delete refs"]);
}

/// Branches of one name space, on the tip.
fn branches(hosted: &Hosted, source: &std::path::Path, count: usize) {
    let lines = (0..count).fold(String::new(), |lines, n| {
        lines + &format!("create refs/heads/many/{n} main\n")
    });
    hosted
        .machine
        .git_with(source, &["update-ref", "--stdin"], lines.as_bytes())
        .succeeded();
}

fn many_refs_go_through_in_one_push(database: Database) {
    let hosted = Hosted::on(database);
    let source = hosted.filled();
    branches(&hosted, &source, 300);
    hosted
        .machine
        .git_in(&source, &["push", "-q", &hosted.url(), "refs/heads/many/*"])
        .succeeded();
    let listed = hosted
        .machine
        .git(&["ls-remote", &hosted.url()])
        .succeeded();
    assert_eq!(listed.out.matches("refs/heads/many/").count(), 300);
    let mut outcomes = hosted.log("git.push");
    outcomes.retain(|entry| entry["outcome"] == "updated");
    assert_eq!(outcomes.len(), 100, "a page full");
}

fn a_narrowing_reaches_a_push_that_is_under_way(database: Database) {
    const ALL: usize = 1_000;
    let hosted = Hosted::on(database);
    let source = hosted.filled();
    branches(&hosted, &source, ALL);
    let wish = |pattern: &str| json!([{ "refs": { "only": { "patterns": [pattern], "no_force": false, "no_delete": false } } }]);
    let token = hosted.site.token(
        &hosted.mia,
        &json!({
            "name": "narrowed", "repositories": ["code"], "permissions": { "contents": "write" },
            "conditions": wish("refs/heads/many/*"),
        }),
    );
    let host = hosted.site.url().trim_start_matches("http://").to_owned();
    let url = format!("http://x:{}@{host}/mia/code.git", token.value);
    let folder = hosted
        .site
        .folder()
        .join("data/repos/0/00/00/1.git/refs/heads/many");
    // A lock that a killed git leaves is no ref, and is swept a moment after the cut.
    let is_ref = |entry: &std::io::Result<std::fs::DirEntry>| {
        let name = entry.as_ref().unwrap().file_name();
        !name.to_string_lossy().ends_with(".lock")
    };
    let arrived = || std::fs::read_dir(&folder).map_or(0, |found| found.filter(is_ref).count());
    std::thread::scope(|scope| {
        let push = scope.spawn(|| {
            hosted
                .machine
                .git_in(&source, &["push", "-q", &url, "refs/heads/many/*"])
        });
        while arrived() == 0 && !push.is_finished() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        // Something else of the token: the push goes on.
        let path = format!("/api/jeton/v1/tokens/{}", token.id);
        let edit = |body: &Value| {
            hosted
                .site
                .must("PATCH", &path, Some(&hosted.mia.client), body)
        };
        edit(&json!({ "description": "under way" }));
        assert_eq!(hosted.site.app().streams().running(), 1);
        edit(&json!({ "conditions": wish("refs/heads/other/*") }));
        assert_eq!(hosted.site.app().streams().running(), 0);
        let then = arrived();
        assert!(!push.join().unwrap().ok);
        assert!(then < ALL, "all {ALL} had arrived before the narrowing");
        assert_eq!(arrived(), then);
    });
}

fn a_push_that_is_cut_leaves_nothing_behind(database: Database) {
    use std::io::Write;
    let hosted = Hosted::on(database);
    let source = hosted.filled();
    hosted
        .machine
        .commit(&source, "more", &"more\n".repeat(10_000));
    let tip = hosted.machine.git_in(&source, &["rev-parse", "main"]);
    let tip = tip.succeeded().out.trim().to_owned();
    let command = format!("{} {tip} refs/heads/cut", "0".repeat(40)).into_bytes();
    let body = hosted.push_body(&source, &[command], &tip);
    let head = format!(
        "POST /mia/code.git/git-receive-pack HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\n\
         content-type: application/x-git-receive-pack-request\r\ncontent-length: {}\r\n\r\n",
        crate::support::http::basic("x", &hosted.token.value),
        body.len()
    );
    let mut stream = std::net::TcpStream::connect(hosted.site.address()).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body[..body.len() - 40]).unwrap();
    let incoming = || {
        let objects = hosted
            .site
            .folder()
            .join("data/repos/0/00/00/1.git/objects");
        let names = std::fs::read_dir(objects).unwrap();
        names
            .filter(|entry| {
                let name = entry.as_ref().unwrap().file_name();
                name.to_string_lossy().contains("incoming")
            })
            .count()
    };
    let wait_for = |count: usize| {
        for _ in 0..500 {
            if incoming() == count {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        panic!("{} folders of incoming objects, not {count}", incoming());
    };
    wait_for(1);
    hosted
        .site
        .token_call(&hosted.mia, &hosted.token, "revoke", &Value::Null);
    assert_eq!(hosted.site.app().streams().running(), 0);
    wait_for(0);
}
