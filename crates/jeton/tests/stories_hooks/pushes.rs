//! What webhooks hear of pushes.

use jeton_domain::Span;
use jeton_out::webhook::signatures;
use jeton_testkit::{Heard, Receiver};
use serde_json::{Value, json};

use crate::kept::{Kept, SECRET, Wish};
use crate::support::database::{Database, on_both};

on_both!(
    the_first_push_is_told_with_the_default_branch_that_it_makes,
    a_renamed_branch_is_told_of_as_what_was_done,
    a_push_of_three_commits_is_told_once_to_each_that_listens_there,
    branches_and_tags_are_told_as_they_come_move_by_force_and_go,
    a_push_that_is_refused_tells_nobody_and_one_over_rest_does,
    what_comes_and_goes_is_told_by_itself_and_of_more_than_three_tags_at_once_none,
    a_thousand_pushes_while_nobody_hears_come_once_somebody_does,
);

const NOTHING: &str = "0000000000000000000000000000000000000000";

/// The payload of a delivery whose signatures hold.
#[track_caller]
fn told(heard: &Heard) -> Value {
    let [sha1, sha256] = signatures(SECRET, &heard.body);
    assert_eq!(heard.header("X-Hub-Signature"), Some(sha1.as_str()));
    assert_eq!(heard.header("X-Hub-Signature-256"), Some(sha256.as_str()));
    assert_eq!(heard.header("X-GitHub-Event"), Some("push"));
    match heard.header("Content-Type") {
        Some("application/json") => heard.json(),
        Some("application/x-www-form-urlencoded") => {
            let (name, payload) = url::form_urlencoded::parse(&heard.body).next().unwrap();
            assert_eq!(name, "payload");
            serde_json::from_str(&payload).unwrap()
        }
        other => panic!("{other:?}"),
    }
}

/// A webhook of `code`, told of these.
fn at_code(database: Database, receiver: &Receiver, events: &[&str]) -> Kept {
    let wish = Wish {
        repository: Some("code"),
        receiver,
        path: "/",
        form: false,
        events,
    };
    Kept::on(database, &[wish])
}

/// A receiver that holds a push's ref against the default branch takes the first push for what it is.
fn the_first_push_is_told_with_the_default_branch_that_it_makes(database: Database) {
    let receiver = Receiver::start();
    let kept = at_code(database, &receiver, &["push", "repository"]);
    let folder = kept.machine.working_copy("source");
    kept.machine
        .git_in(&folder, &["push", &kept.url("code"), "main:trunk"])
        .succeeded();
    let heard = receiver.wait(2);
    let (first, second) = (heard[0].json(), heard[1].json());
    assert_eq!(first["action"], "edited");
    assert_eq!(
        first["changes"],
        json!({ "default_branch": { "from": "main" } })
    );
    assert_eq!(first["repository"]["default_branch"], "trunk");
    assert_eq!(first["sender"]["login"], "nina");
    assert_eq!(second["ref"], "refs/heads/trunk");
    assert_eq!(second["repository"]["default_branch"], "trunk");
}

/// As at GitHub: of a branch that is made and one that goes; of the default one also that another was chosen.
fn a_renamed_branch_is_told_of_as_what_was_done(database: Database) {
    let receiver = Receiver::start();
    let kept = at_code(database, &receiver, &["push", "repository"]);
    let folder = kept.machine.working_copy("source");
    let git = |arguments: &[&str]| kept.machine.git_in(&folder, arguments).succeeded().out;
    git(&["push", &kept.url("code"), "main", "main:topic"]);
    let tip = git(&["rev-parse", "HEAD"]).trim().to_owned();
    receiver.wait(2);
    let rename = |from: &str, to: &str| {
        let path = format!("/api/v3/repos/acme/code/branches/{from}/rename");
        let body = json!({ "new_name": to });
        kept.site
            .must("POST", &path, Some(&kept.nina.client), &body);
    };
    let told = |heard: &[Heard]| -> Vec<Value> {
        heard
            .iter()
            .map(|heard| {
                let told = heard.json();
                let default = &told["repository"]["default_branch"];
                if heard.header("X-GitHub-Event") == Some("push") {
                    json!([told["ref"], told["before"], told["after"], default])
                } else {
                    json!([told["action"], told["changes"], default])
                }
            })
            .collect()
    };
    rename("topic", "subject");
    let mut heard = told(&receiver.wait(4)[2..]);
    heard.sort_by_key(ToString::to_string);
    assert_eq!(
        heard,
        [
            json!(["refs/heads/subject", NOTHING, tip, "main"]),
            json!(["refs/heads/topic", tip, NOTHING, "main"]),
        ]
    );
    rename("main", "trunk");
    let from = json!({ "default_branch": { "from": "main" } });
    assert_eq!(
        told(&receiver.wait(7)[4..]),
        [
            json!(["refs/heads/trunk", NOTHING, tip, "main"]),
            json!(["edited", from, "trunk"]),
            json!(["refs/heads/main", tip, NOTHING, "trunk"]),
        ]
    );
}

fn a_push_of_three_commits_is_told_once_to_each_that_listens_there(database: Database) {
    let receiver = Receiver::start();
    let wish = |repository, path, form| Wish {
        repository,
        receiver: &receiver,
        path,
        form,
        events: &["push"],
    };
    let kept = Kept::on(
        database,
        &[
            wish(None, "/organization", false),
            wish(Some("code"), "/code", true),
            wish(Some("other"), "/other", false),
        ],
    );
    let folder = kept.machine.working_copy("source");
    let git = |arguments: &[&str]| kept.machine.git_in(&folder, arguments).succeeded().out;
    git(&["push", &kept.url("code"), "main"]);
    let first = git(&["rev-parse", "HEAD"]).trim().to_owned();
    receiver.wait(2);
    kept.machine.commit(&folder, "a.txt", "one");
    kept.machine.commit(&folder, "b.txt", "two");
    git(&["rm", "-q", "a.txt"]);
    std::fs::write(folder.join("b.txt"), "three").unwrap();
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "Tidy\n\nAll of it."]);
    let ids: Vec<String> = git(&["rev-list", "--reverse", "HEAD"])
        .lines()
        .map(str::to_owned)
        .collect();
    git(&["push", &kept.url("code"), "main"]);
    let heard = receiver.wait(4);
    let paths: Vec<_> = heard.iter().map(|heard| heard.path.as_str()).collect();
    assert_eq!(
        paths
            .iter()
            .filter(|path| **path == "/organization")
            .count(),
        2
    );
    assert_eq!(paths.iter().filter(|path| **path == "/code").count(), 2);
    for (at, path) in ["/organization", "/code"].into_iter().enumerate() {
        let mut of: Vec<_> = heard.iter().filter(|heard| heard.path == path).collect();
        let made = told(of.remove(0));
        assert_eq!(made["created"], true);
        assert_eq!(
            (&made["before"], &made["after"]),
            (&json!(NOTHING), &json!(first))
        );
        assert_eq!(made["commits"].as_array().unwrap().len(), 1);
        assert_eq!(made["commits"][0]["added"], json!(["README.md"]));
        let moved = told(of.remove(0));
        assert_eq!(moved["ref"], "refs/heads/main");
        assert_eq!(
            (&moved["before"], &moved["after"]),
            (&json!(first), &json!(ids[3]))
        );
        let flags = ["created", "deleted", "forced"].map(|flag| moved[flag].as_bool().unwrap());
        assert_eq!(flags, [false; 3]);
        assert_eq!(
            moved["compare"],
            format!(
                "{}/acme/code/compare/{}...{}",
                kept.site.url(),
                &first[..12],
                &ids[3][..12]
            )
        );
        let commits = moved["commits"].as_array().unwrap();
        let seen: Vec<_> = commits
            .iter()
            .map(|commit| commit["id"].as_str().unwrap())
            .collect();
        assert_eq!(seen, ids[1..]);
        assert_eq!(commits[0]["added"], json!(["a.txt"]));
        assert_eq!(commits[2]["removed"], json!(["a.txt"]));
        assert_eq!(commits[2]["modified"], json!(["b.txt"]));
        assert_eq!(commits[2]["message"], "Tidy\n\nAll of it.");
        assert_eq!(commits[2]["author"]["email"], "ada@example.org");
        assert_eq!(commits[2]["distinct"], true);
        assert_eq!(moved["head_commit"], commits[2]);
        assert_eq!(moved["pusher"], json!({ "name": "nina", "email": null }));
        assert_eq!(moved["repository"]["full_name"], "acme/code");
        assert_eq!(moved["organization"]["login"], "acme");
        assert_eq!(moved["sender"]["login"], "nina");
        assert_eq!(at == 1, of.is_empty() && path == "/code");
    }
    // One name for one event, whoever hears it; another for another.
    let name = |heard: &Heard| heard.header("X-GitHub-Delivery").unwrap().to_owned();
    let mut names: Vec<_> = heard.iter().map(name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 2);
}

fn branches_and_tags_are_told_as_they_come_move_by_force_and_go(database: Database) {
    let receiver = Receiver::start();
    let kept = at_code(database, &receiver, &["push"]);
    let folder = kept.machine.working_copy("source");
    let git = |arguments: &[&str]| kept.machine.git_in(&folder, arguments).succeeded().out;
    let url = kept.url("code");
    git(&["push", &url, "main"]);
    receiver.wait(1);
    // A branch that brings nothing new.
    git(&["push", &url, "main:refs/heads/topic"]);
    let same = told(&receiver.wait(2)[1]);
    assert_eq!(
        (&same["ref"], &same["commits"]),
        (&json!("refs/heads/topic"), &json!([]))
    );
    assert!(same["head_commit"]["id"].is_string());
    // A tag with words of its own.
    git(&["tag", "-a", "v1", "-m", "first"]);
    git(&["push", &url, "v1"]);
    let tag = told(&receiver.wait(3)[2]);
    assert_eq!(
        (&tag["ref"], &tag["commits"]),
        (&json!("refs/tags/v1"), &json!([]))
    );
    let (head, tagged) = (git(&["rev-parse", "HEAD"]), git(&["rev-parse", "v1"]));
    assert_eq!(tag["after"], tagged.trim());
    assert_eq!(tag["head_commit"]["id"], head.trim());
    // By force.
    git(&["commit", "-q", "--amend", "-m", "Other"]);
    git(&["push", "-f", &url, "main:refs/heads/topic"]);
    let forced = told(&receiver.wait(4)[3]);
    assert_eq!(
        (&forced["forced"], &forced["created"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(forced["commits"].as_array().unwrap().len(), 1);
    // And away.
    git(&["push", &url, ":refs/heads/topic"]);
    let gone = told(&receiver.wait(5)[4]);
    assert_eq!(
        (&gone["deleted"], &gone["after"]),
        (&json!(true), &json!(NOTHING))
    );
    assert_eq!(
        (&gone["head_commit"], &gone["commits"]),
        (&Value::Null, &json!([]))
    );
    // What is neither branch nor tag.
    git(&["push", &url, "main:refs/notes/x"]);
    git(&["push", &url, "main:refs/heads/last"]);
    let last = told(&receiver.wait(6)[5]);
    assert_eq!(last["ref"], "refs/heads/last");
}

fn a_push_that_is_refused_tells_nobody_and_one_over_rest_does(database: Database) {
    let receiver = Receiver::start();
    let kept = Kept::on(
        database,
        &[Wish {
            repository: None,
            receiver: &receiver,
            path: "/",
            form: false,
            events: &["push"],
        }],
    );
    let folder = kept.machine.working_copy("source");
    let url = kept.url("code");
    let push = |what: &str| kept.machine.git_in(&folder, &["push", &url, what]);
    push("main").succeeded();
    receiver.wait(1);
    push(":main").failed_with(&["main"]);
    push("main:refs/jeton/x").failed_with(&["refs/jeton/x"]);
    kept.site.must(
        "PUT",
        "/api/v3/repos/acme/code/contents/new.txt",
        Some(&kept.token.value),
        &json!({ "message": "Write it", "content": "aGVsbG8K" }),
    );
    let over_rest = told(&receiver.wait(2)[1]);
    assert_eq!(over_rest["commits"][0]["message"], "Write it");
    assert_eq!(over_rest["commits"][0]["added"], json!(["new.txt"]));
    assert_eq!(over_rest["sender"]["login"], "nina");
}

fn what_comes_and_goes_is_told_by_itself_and_of_more_than_three_tags_at_once_none(
    database: Database,
) {
    let receiver = Receiver::start();
    let kept = at_code(database, &receiver, &["create", "delete"]);
    let folder = kept.machine.working_copy("source");
    let url = kept.url("code");
    let push = |refs: &[&str]| {
        let arguments = [&["push", "-q", &url], refs].concat();
        kept.machine.git_in(&folder, &arguments).succeeded();
    };
    // Event, kind and name of each, since what was heard before.
    let mut before = 0;
    let mut told = |count: usize| {
        let heard = receiver.wait(before + count);
        let told = heard[before..].iter().map(|heard| {
            let (event, payload) = (heard.event().0, heard.json());
            let word = |field: &str| payload[field].as_str().unwrap().to_owned();
            format!("{event} {} {}", word("ref_type"), word("ref"))
        });
        let mut told: Vec<String> = told.collect();
        before += count;
        told.sort();
        told
    };
    push(&["main:trunk"]);
    assert_eq!(told(1), ["create branch trunk"]);
    let first = receiver.heard()[0].json();
    for (field, value) in [
        ("master_branch", json!("trunk")),
        ("description", Value::Null),
        ("pusher_type", json!("user")),
    ] {
        assert_eq!(first[field], value, "{field}");
    }
    assert_eq!(first["repository"]["full_name"], "acme/code");
    assert_eq!(first["sender"]["login"], "nina");
    // A branch that moves came before.
    kept.machine.commit(&folder, "a.txt", "one");
    push(&[
        "main:trunk",
        "main:refs/tags/a",
        "main:refs/tags/b",
        "main:refs/tags/c",
    ]);
    assert_eq!(told(3), ["create tag a", "create tag b", "create tag c"]);
    let four = ["d", "e", "f", "g"];
    let made: Vec<String> = four
        .iter()
        .map(|name| format!("main:refs/tags/{name}"))
        .collect();
    let mut made: Vec<&str> = made.iter().map(String::as_str).collect();
    made.push("main:topic/one");
    push(&made);
    assert_eq!(told(1), ["create branch topic/one"]);
    let gone: Vec<String> = four
        .iter()
        .map(|name| format!(":refs/tags/{name}"))
        .collect();
    let mut gone: Vec<&str> = gone.iter().map(String::as_str).collect();
    gone.push(":topic/one");
    push(&gone);
    assert_eq!(told(1), ["delete branch topic/one"]);
    push(&[
        ":refs/tags/a",
        ":refs/tags/b",
        ":refs/tags/c",
        "main:refs/notes/x",
    ]);
    assert_eq!(told(3), ["delete tag a", "delete tag b", "delete tag c"]);
    push(&["main:last"]);
    assert_eq!(told(1), ["create branch last"]);
}

fn a_thousand_pushes_while_nobody_hears_come_once_somebody_does(database: Database) {
    let receiver = Receiver::start();
    let kept = at_code(database, &receiver, &["push"]);
    receiver.answers(503);
    let folder = kept.machine.working_copy("source");
    let git = |arguments: &[&str]| kept.machine.git_in(&folder, arguments).succeeded();
    // 500 refs of one push are told.
    for round in 0..2 {
        let refs: Vec<String> = (0..500)
            .map(|number| format!("main:refs/heads/b-{round}-{number}"))
            .collect();
        let url = kept.url("code");
        let mut arguments = vec!["push", "-q", &url];
        arguments.extend(refs.iter().map(String::as_str));
        git(&arguments);
    }
    receiver.wait(1);
    receiver.answers(200);
    kept.site.later(Span::from_minutes(1));
    let heard = receiver.wait(1001);
    let mut refs: Vec<String> = heard
        .iter()
        .map(|heard| told(heard)["ref"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(refs.iter().filter(|name| **name == refs[0]).count(), 2);
    refs.sort();
    refs.dedup();
    assert_eq!(refs.len(), 1000);
}
