//! Git by an earlier name of a repository. Slipped here once: it was led to the present one, and where a
//! helper keeps the credential, git went on at the earlier one after its first request and broke off.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::hosted::Hosted;
use crate::support::database::{Database, on_both};
use crate::support::http::basic;

on_both!(
    git_with_a_helper_goes_on_under_the_old_name,
    the_old_name_is_there_for_those_who_see_the_repository_only,
    a_push_goes_on_through_a_rename,
    a_push_under_an_old_name_ends_when_the_name_is_taken,
);

fn rename(hosted: &Hosted, new: &str) {
    let path = "/api/v3/repos/mia/code";
    let body = json!({ "name": new });
    hosted
        .site
        .must("PATCH", path, Some(&hosted.mia.client), &body);
}

fn notice(hosted: &Hosted) -> String {
    let url = hosted.site.url();
    format!("remote: This repository moved. Please use the new location: {url}/mia/labq.git")
}

fn git_with_a_helper_goes_on_under_the_old_name(database: Database) {
    let hosted = Hosted::on(database);
    hosted.filled();
    let machine = &hosted.machine;
    machine
        .git(&["config", "--global", "credential.helper", "store"])
        .succeeded();
    let (scheme, host) = hosted.site.url().split_once("://").unwrap();
    let known = format!(
        "protocol={scheme}\nhost={host}\nusername=x\npassword={}\n",
        hosted.token.value
    );
    machine
        .git_with(machine.home(), &["credential", "approve"], known.as_bytes())
        .succeeded();
    rename(&hosted, "labq");
    let address = |name: &str| format!("{}/mia/{name}", hosted.site.url());
    let mut commits = 6;
    for (version, name) in [
        ("0", "code"),
        ("0", "code.git"),
        ("1", "code"),
        ("2", "code"),
        ("2", "Code.git"),
    ] {
        let git = |arguments: &[&str]| {
            let protocol = format!("protocol.version={version}");
            let all = [&["-c", &protocol], arguments].concat();
            machine.git(&all).succeeded()
        };
        let (one, two) = (
            format!("one-{version}-{name}"),
            format!("two-{version}-{name}"),
        );
        let cloned = git(&["clone", &address(name), &one]);
        assert!(!cloned.says("redirecting"), "{}", cloned.err);
        git(&["clone", "--depth", "1", &address(name), &two]);
        machine.commit(&machine.path(&one), &one, "text");
        let pushed = git(&["-C", &one, "push", "origin", "main"]);
        assert!(pushed.says(&notice(&hosted)), "{}", pushed.err);
        git(&["-C", &two, "fetch", "--unshallow"]);
        let count = git(&["-C", &two, "rev-list", "--count", "origin/main"]);
        commits += 1;
        assert_eq!(count.out.trim(), commits.to_string(), "{version} {name}");
        // Under its own name nothing is said.
        machine.commit(&machine.path(&one), "again", &one);
        let pushed = git(&["-C", &one, "push", &address("labq"), "main"]);
        assert!(!pushed.says("moved"), "{}", pushed.err);
        commits += 1;
    }
    let log = hosted.log("git.push");
    assert_eq!(log.len(), 2 + 10, "two refs at first");
    assert!(
        log[..10].iter().all(|entry| entry["repo"] == "mia/labq"),
        "{log:?}"
    );
}

fn the_old_name_is_there_for_those_who_see_the_repository_only(database: Database) {
    let hosted = Hosted::on(database);
    hosted.filled();
    rename(&hosted, "labq");
    let listed = hosted.machine.git(&["ls-remote", &hosted.url()]);
    assert!(listed.succeeded().says("refs/heads/main"));
    let stranger = hosted.site.person("sam", false);
    let token = hosted.site.token(&stranger, &json!({ "name": "x" }));
    let host = hosted.site.url().trim_start_matches("http://");
    for name in ["code", "labq", "absent"] {
        let url = format!("http://x:{}@{host}/mia/{name}.git", token.value);
        for arguments in [&["ls-remote", &url][..], &["clone", &url, "to"]] {
            let said = hosted.machine.git(arguments);
            said.failed_with(&["not found"]);
        }
    }
}

/// A push of `main` to `code` of which half has been sent.
struct Half {
    stream: TcpStream,
    rest: Vec<u8>,
    tip: String,
}

impl Half {
    fn sent(hosted: &Hosted, value: &str) -> Self {
        let machine = &hosted.machine;
        let source = machine.working_copy("half");
        let tip = machine.git_in(&source, &["rev-parse", "main"]).succeeded();
        let tip = tip.out.trim().to_owned();
        let command = format!("{} {tip} refs/heads/half", "0".repeat(40));
        let body = hosted.push_body(&source, &[command.into_bytes()], &format!("{tip}\n"));
        let head = format!(
            "POST /mia/code.git/git-receive-pack HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\n\
             connection: close\r\ncontent-type: application/x-git-receive-pack-request\r\n\
             content-length: {}\r\n\r\n",
            hosted.site.address(),
            basic("x", value),
            body.len()
        );
        let mut stream = TcpStream::connect(hosted.site.address()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let (now, later) = body.split_at(body.len() - 30);
        stream.write_all(now).unwrap();
        let mut tries = 0;
        while hosted.site.app().streams().permitted() == 0 {
            tries += 1;
            assert!(tries < 1000, "the push began");
            std::thread::sleep(Duration::from_millis(10));
        }
        Self {
            stream,
            rest: later.to_vec(),
            tip,
        }
    }

    /// Sends the rest, and what came back.
    fn finished(mut self) -> String {
        // The server may have ended it.
        let _ = self.stream.write_all(&self.rest);
        let mut answer = Vec::new();
        let _ = self.stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// The tip of `half`, by the owner's own sign-in.
fn tip(hosted: &Hosted, name: &str) -> Option<String> {
    let host = hosted.site.url().trim_start_matches("http://");
    let url = format!("http://x:{}@{host}/mia/{name}.git", hosted.mia.client);
    let listed = hosted.machine.git(&["ls-remote", &url, "refs/heads/half"]);
    let listed = listed.succeeded().out;
    listed.split_whitespace().next().map(ToOwned::to_owned)
}

fn a_push_goes_on_through_a_rename(database: Database) {
    let hosted = Hosted::on(database);
    let half = Half::sent(&hosted, &hosted.token.value);
    rename(&hosted, "labq");
    assert_eq!(hosted.site.app().streams().running(), 1);
    let wanted = half.tip.clone();
    let answer = half.finished();
    assert!(answer.contains("ok refs/heads/half"), "{answer}");
    let moved = notice(&hosted);
    assert!(
        answer.contains(moved.trim_start_matches("remote: ")),
        "{answer}"
    );
    assert_eq!(tip(&hosted, "labq"), Some(wanted));
}

/// Slipped here once: a running push was decided again by its name, so by the rights on another
/// repository that had taken it.
fn a_push_under_an_old_name_ends_when_the_name_is_taken(database: Database) {
    let hosted = Hosted::on(database);
    let everywhere = json!({
        "name": "everywhere", "repositories": "all", "permissions": { "contents": "write" },
    });
    let token = hosted.site.token(&hosted.mia, &everywhere);
    rename(&hosted, "labq");
    let half = Half::sent(&hosted, &token.value);
    hosted.site.must(
        "POST",
        "/api/v3/user/repos",
        Some(&hosted.mia.client),
        &json!({ "name": "code", "visibility": "private" }),
    );
    assert_eq!(hosted.site.app().streams().running(), 0, "cut");
    let answer = half.finished();
    assert!(!answer.contains("ok refs/heads/half"), "{answer}");
    assert_eq!((tip(&hosted, "labq"), tip(&hosted, "code")), (None, None));
    let log = hosted.log("git.push");
    assert!(log.is_empty(), "{log:?}");
    let made = hosted.site.must(
        "GET",
        "/api/v3/repos/mia/code",
        Some(&hosted.mia.client),
        &Value::Null,
    );
    assert_eq!(made["name"], "code");
}
