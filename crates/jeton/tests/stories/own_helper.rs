//! Git that asks `git-credential-jeton`: it clones and pushes, and no file holds a secret of Git's.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::machines::Works;
use crate::support::git::{FORBIDDEN, Machine};
use crate::support::world::PASSWORD;

/// The first Git on the path, and Debian's where that is another.
fn gits() -> Vec<PathBuf> {
    let mut gits = vec![PathBuf::from("git")];
    gits.extend(Some(PathBuf::from("/usr/bin/git")).filter(|git| git.exists()));
    gits
}

/// mia, signed in, whose Git asks the helper.
fn signed_in(git: &Path) -> Works {
    let mut works = Works::new();
    works.machine = Machine::with(git);
    let url = works.site.url().to_owned();
    let mut login = works
        .jeton(&[], &["login", &url, "--user", "mia", "--password-stdin"])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    writeln!(login.stdin.take().unwrap(), "{PASSWORD}").unwrap();
    assert!(login.wait().unwrap().success());
    let (code, said) = works.said(&[], &["setup-git"]);
    assert_eq!(code, 0, "{said:?}");
    works
}

/// All that lies in the person's home, but for the sign-in itself.
fn kept(folder: &Path, found: &mut Vec<u8>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            kept(&entry.path(), found);
        } else if entry.file_type().unwrap().is_file() && entry.file_name() != "hosts.toml" {
            found.extend(std::fs::read(entry.path()).unwrap());
        }
    }
}

#[test]
fn git_clones_and_pushes_with_no_stored_secret() {
    for git in gits() {
        let works = signed_in(&git);
        let url = format!("{}/acme/app", works.site.url());
        works.machine.git(&["clone", &url, "work"]).succeeded();
        let folder = works.machine.path("work");
        works.machine.commit(&folder, "more", "more");
        works
            .machine
            .git_in(&folder, &["push", "origin", "main"])
            .succeeded();
        let mut found = Vec::new();
        kept(works.machine.home(), &mut found);
        let found = String::from_utf8_lossy(&found);
        assert!(found.contains(&url), "the configuration was looked at");
        assert!(
            !found.contains("jts_") && !found.contains("jtu_"),
            "{git:?}: {found}"
        );
        // Each reaches the one repository.
        let children = works.said(&[], &["token", "tree", "--json"]).1;
        let children: Value = serde_json::from_str(&children.out).unwrap();
        let children = children.as_array().unwrap();
        assert!(!children.is_empty());
        for child in children {
            assert_eq!(child["repositories"], json!(["acme/app"]));
            let held = json!({ "contents": "write", "metadata": "read" });
            assert_eq!(child["permissions"]["repository"], held);
            assert_eq!(child["expires_at"], "2026-11-21T09:00:00Z");
        }
        works
            .machine
            .git(&["clone", &format!("{}/acme/none", works.site.url())])
            .failed_with(&["not found"]);
        // Taken out again, Git has nobody to ask.
        assert_eq!(works.said(&[], &["setup-git", "--remove"]).0, 0);
        works
            .machine
            .git(&["clone", &url, "again"])
            .failed_with(&["could not read Username"]);
    }
}

/// A script's token is a parent as well; what it lacks, its children lack.
#[test]
fn a_token_in_the_environment_is_a_parent() {
    for git in gits() {
        let mut works = signed_in(&git);
        let reader = works.token("reader", &json!({ "contents": "read" }));
        let url = works.site.url().to_owned();
        works.machine.set("JETON_TOKEN", &reader.value);
        works.machine.set("JETON_HOST", &url);
        works
            .machine
            .git(&["clone", &format!("{url}/acme/app"), "work"])
            .succeeded();
        let folder = works.machine.path("work");
        works.machine.commit(&folder, "more", "more");
        works
            .machine
            .git_in(&folder, &["push", "origin", "main"])
            .failed_with(&["contents: write", FORBIDDEN]);
        let path = format!("/api/jeton/v1/tokens/{}/children", reader.id);
        let children = works
            .site
            .must("GET", &path, Some(&works.mia.client), &Value::Null);
        assert!(!children.as_array().unwrap().is_empty());
        works
            .site
            .token_call(&works.mia, &reader, "revoke", &Value::Null);
        works
            .machine
            .git_in(&folder, &["fetch"])
            .failed_with(&["This token was revoked"]);
    }
}

/// `git credential` is Git's own way to ask, and to say what came of it.
#[test]
fn what_git_rejects_is_ended() {
    let works = signed_in(Path::new("git"));
    let host = works.site.url().trim_start_matches("http://").to_owned();
    let asked = format!("protocol=http\nhost={host}\npath=acme/app\n");
    let home = works.machine.home();
    let filled = works
        .machine
        .git_with(home, &["credential", "fill"], asked.as_bytes())
        .succeeded();
    let value = filled
        .out
        .lines()
        .find_map(|line| line.strip_prefix("password="));
    let value = value.unwrap_or_else(|| panic!("{filled:?}"));
    assert_eq!(works.status(value), 200);
    works
        .machine
        .git_with(home, &["credential", "approve"], filled.out.as_bytes())
        .succeeded();
    assert_eq!(works.status(value), 200);
    works
        .machine
        .git_with(home, &["credential", "reject"], filled.out.as_bytes())
        .succeeded();
    assert_eq!(works.status(value), 401);
    let elsewhere = b"protocol=https\nhost=elsewhere.example\npath=a/b\n";
    works
        .machine
        .git_with(home, &["credential", "fill"], elsewhere)
        .failed_with(&["could not read Username"]);
}
