//! Clone and fetch in every form, and what ends them.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::hosted::Hosted;
use crate::support::database::{Database, on_both};

on_both!(
    clone_fetch_shallow_and_partial_in_every_protocol,
    an_empty_repository_can_be_cloned_and_pushed_to,
    a_revocation_cuts_a_transfer_that_is_under_way,
    a_value_that_is_ended_is_cut_and_one_whose_time_runs_out_is_not,
);

fn clone_fetch_shallow_and_partial_in_every_protocol(database: Database) {
    let hosted = Hosted::on(database);
    let source = hosted.filled();
    for version in ["0", "1", "2"] {
        let protocol = format!("protocol.version={version}");
        let to = format!("full-{version}");
        hosted
            .machine
            .git(&["-c", &protocol, "clone", &hosted.url(), &to])
            .succeeded();
        let count = hosted
            .machine
            .git_in(&hosted.machine.path(&to), &["rev-list", "--count", "HEAD"])
            .succeeded();
        assert_eq!(count.out.trim(), "6");
        let tags = hosted
            .machine
            .git_in(&hosted.machine.path(&to), &["tag"])
            .succeeded();
        assert_eq!(tags.out.trim(), "v1");

        let shallow = format!("shallow-{version}");
        hosted
            .machine
            .git(&[
                "-c",
                &protocol,
                "clone",
                "--depth",
                "1",
                &hosted.url(),
                &shallow,
            ])
            .succeeded();
        let count = hosted
            .machine
            .git_in(
                &hosted.machine.path(&shallow),
                &["rev-list", "--count", "HEAD"],
            )
            .succeeded();
        assert_eq!(count.out.trim(), "1");
        hosted
            .machine
            .git_in(
                &hosted.machine.path(&shallow),
                &["-c", &protocol, "fetch", "--unshallow"],
            )
            .succeeded();
        for (n, filter) in ["blob:none", "blob:limit=1k", "tree:0"].iter().enumerate() {
            partial(
                &hosted,
                &protocol,
                filter,
                &format!("partial-{version}-{n}"),
            );
        }
    }
    // Fetch what is new.
    hosted.machine.commit(&source, "later", "later");
    hosted
        .machine
        .git_in(&source, &["push", &hosted.url(), "main"])
        .succeeded();
    hosted
        .machine
        .git_in(&hosted.machine.path("full-2"), &["pull"])
        .succeeded();
    assert!(hosted.machine.path("full-2").join("later").exists());
}

/// The checkout fetches by its id what the clone left out.
fn partial(hosted: &Hosted, protocol: &str, filter: &str, to: &str) {
    let filter = format!("--filter={filter}");
    let cloned = hosted
        .machine
        .git(&["-c", protocol, "clone", &filter, &hosted.url(), to])
        .succeeded();
    assert!(!cloned.says("filtering not recognized"), "{filter}");
    let copy = hosted.machine.path(to);
    assert_eq!(
        std::fs::read_to_string(copy.join("file-4")).unwrap(),
        "line\n".repeat(2004)
    );
    // The earlier commits' files are still elsewhere.
    let missing = hosted
        .machine
        .git_in(&copy, &["rev-list", "--objects", "--missing=print", "HEAD"])
        .succeeded();
    assert_eq!(
        missing.out.lines().any(|line| line.starts_with('?')),
        filter == "--filter=tree:0",
        "{filter}: {}",
        missing.out
    );
    hosted
        .machine
        .git_in(&copy, &["-c", protocol, "log", "-p", "--format=%h"])
        .succeeded();
}

fn an_empty_repository_can_be_cloned_and_pushed_to(database: Database) {
    let hosted = Hosted::on(database);
    hosted
        .machine
        .git(&["clone", &hosted.url(), "empty"])
        .succeeded();
    let folder = hosted.machine.path("empty");
    hosted.machine.git_in(&folder, &["checkout", "-b", "main"]);
    hosted.machine.commit(&folder, "first", "first");
    hosted
        .machine
        .git_in(&folder, &["push", "origin", "main"])
        .succeeded();
}

/// Puts more into the repository than what sockets and pipes hold; the branch's tip.
fn large(hosted: &Hosted) -> String {
    let source = hosted.machine.working_copy("big");
    // Random bytes don't compress.
    let mut noise = vec![0_u8; LARGE];
    let mut state = 1_u64;
    for chunk in noise.chunks_mut(8) {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        chunk.copy_from_slice(&state.to_le_bytes()[..chunk.len()]);
    }
    std::fs::write(source.join("noise"), &noise).unwrap();
    let git = |args: &[&str]| hosted.machine.git_in(&source, args).succeeded().out;
    git(&["add", "."]);
    git(&["commit", "-m", "noise"]);
    git(&["push", &hosted.url(), "main"]);
    git(&["rev-parse", "main"]).trim().to_owned()
}

/// Bytes of what [`large`] makes.
const LARGE: usize = 40 << 20;

/// A fetch of all, of which the first bytes were taken and no more.
fn begun(hosted: &Hosted, tip: &str, value: &str) -> TcpStream {
    let pkt = |line: &str| format!("{:04x}{line}", line.len() + 4);
    let body = format!(
        "{}00000009done\n",
        pkt(&format!("want {tip} side-band-64k ofs-delta\n"))
    );
    let request = format!(
        "POST /mia/code.git/git-upload-pack HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\n\
         content-type: application/x-git-upload-pack-request\r\ncontent-length: {}\r\n\r\n{body}",
        hosted.site.address(),
        crate::support::http::basic("x", value),
        body.len()
    );
    let mut stream = TcpStream::connect(hosted.site.address()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut first = [0_u8; 4096];
    let read = stream.read(&mut first).unwrap();
    assert!(String::from_utf8_lossy(&first[..read]).starts_with("HTTP/1.1 200"));
    assert_eq!(hosted.site.app().streams().running(), 1);
    stream
}

/// When what ended it returned, the transfer is gone, and its client sees that it is not whole.
fn assert_cut(hosted: &Hosted, mut stream: TcpStream, what: &str) {
    assert_eq!(hosted.site.app().streams().running(), 0, "{what}");
    let mut rest = Vec::new();
    stream
        .set_read_timeout(Some(std::time::Duration::from_secs(20)))
        .unwrap();
    let _ = stream.read_to_end(&mut rest);
    assert!(rest.len() < LARGE, "{what}: cut before the end");
    assert!(
        !rest.ends_with(b"0\r\n\r\n"),
        "{what}: a cut stream ends as a broken body, never a clean end"
    );
}

fn a_revocation_cuts_a_transfer_that_is_under_way(database: Database) {
    let hosted = Hosted::on(database);
    let tip = large(&hosted);
    let stream = begun(&hosted, &tip, &hosted.token.value);
    let revoked = hosted
        .site
        .token_call(&hosted.mia, &hosted.token, "revoke", &Value::Null);
    assert_eq!(revoked.status, 200);
    assert_cut(&hosted, stream, "revoked");
}

/// Who ends a value at once may know it in the wrong hands; who lets a time run out wants no outage.
fn a_value_that_is_ended_is_cut_and_one_whose_time_runs_out_is_not(database: Database) {
    let hosted = Hosted::on(database);
    let tip = large(&hosted);
    let call = |what: &str, body: &Value| {
        let answer = hosted
            .site
            .token_call(&hosted.mia, &hosted.token, what, body);
        assert!((200..300).contains(&answer.status), "{}", answer.text());
        answer.json()
    };
    let rotated = |body: &Value| call("rotate", body)["token"].as_str().unwrap().to_owned();
    let first = hosted.token.value.clone();

    let stream = begun(&hosted, &tip, &first);
    let second = rotated(&json!({ "overlap_seconds": 0 }));
    assert_cut(&hosted, stream, "no overlap");

    let stream = begun(&hosted, &tip, &second);
    let third = rotated(&json!({}));
    assert_eq!(hosted.site.app().streams().running(), 1, "an overlap");
    call("finish", &Value::Null);
    assert_cut(&hosted, stream, "finished");

    let stream = begun(&hosted, &tip, &third);
    let fourth = rotated(&json!({}));
    let fifth = rotated(&json!({ "replace": true }));
    assert_cut(&hosted, stream, "replaced");
    assert_ne!(fourth, fifth);
    call("finish", &Value::Null);

    let stream = begun(&hosted, &tip, &fifth);
    let sixth = rotated(&json!({ "until": "first_use" }));
    let code = "/api/v3/repos/mia/code";
    let used = hosted.site.call("GET", code, Some(&sixth), &Value::Null);
    let late = hosted.site.call("GET", code, Some(&fifth), &Value::Null);
    assert_eq!((used.status, late.status), (200, 401));
    assert_eq!(
        hosted.site.app().streams().running(),
        1,
        "its successor's use"
    );
    drop(stream);
}
