//! Clone and fetch in every form, and what ends them.

use serde_json::Value;

use crate::hosted::Hosted;
use crate::support::database::{Database, on_both};

on_both!(
    clone_fetch_shallow_and_partial_in_every_protocol,
    an_empty_repository_can_be_cloned_and_pushed_to,
    a_revocation_cuts_a_transfer_that_is_under_way,
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

fn a_revocation_cuts_a_transfer_that_is_under_way(database: Database) {
    use std::io::{Read, Write};
    let hosted = Hosted::on(database);
    // Random bytes don't compress: the pack is larger than what sockets and pipes hold.
    let source = hosted.machine.working_copy("big");
    let mut noise = vec![0_u8; 40 << 20];
    let mut state = 1_u64;
    for chunk in noise.chunks_mut(8) {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        chunk.copy_from_slice(&state.to_le_bytes()[..chunk.len()]);
    }
    std::fs::write(source.join("noise"), &noise).unwrap();
    hosted.machine.git_in(&source, &["add", "."]).succeeded();
    hosted
        .machine
        .git_in(&source, &["commit", "-m", "noise"])
        .succeeded();
    hosted
        .machine
        .git_in(&source, &["push", &hosted.url(), "main"])
        .succeeded();
    let head = hosted
        .machine
        .git_in(&source, &["rev-parse", "main"])
        .succeeded()
        .out
        .trim()
        .to_owned();

    let pkt = |line: &str| format!("{:04x}{line}", line.len() + 4);
    let body = format!(
        "{}00000009done\n",
        pkt(&format!("want {head} side-band-64k ofs-delta\n"))
    );
    let request = format!(
        "POST /mia/code.git/git-upload-pack HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\n\
         content-type: application/x-git-upload-pack-request\r\ncontent-length: {}\r\n\r\n{body}",
        hosted.site.address(),
        crate::support::http::basic("x", &hosted.token.value),
        body.len()
    );
    let mut stream = std::net::TcpStream::connect(hosted.site.address()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut first = [0_u8; 4096];
    let read = stream.read(&mut first).unwrap();
    assert!(String::from_utf8_lossy(&first[..read]).starts_with("HTTP/1.1 200"));
    assert_eq!(hosted.site.app().streams().running(), 1);

    let revoked = hosted
        .site
        .token_call(&hosted.mia, &hosted.token, "revoke", &Value::Null);
    assert_eq!(revoked.status, 200);
    // When revoke returns, the transfer is gone.
    assert_eq!(hosted.site.app().streams().running(), 0);
    let mut rest = Vec::new();
    stream
        .set_read_timeout(Some(std::time::Duration::from_secs(20)))
        .unwrap();
    let _ = stream.read_to_end(&mut rest);
    assert!(rest.len() < noise.len(), "cut before the end");
    assert!(
        !rest.ends_with(b"0\r\n\r\n"),
        "a cut stream ends as a broken body, never a clean end"
    );
}
