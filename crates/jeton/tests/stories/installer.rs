//! S1: the installer's token, from nothing to revocation.

use std::path::Path;

use jeton_domain::Span;
use serde_json::{Value, json};

use crate::support::Site;
use crate::support::database::{Database, on_both};
use crate::support::git::Machine;
use crate::support::world::{Person, Token};

const SIX: [&str; 6] = [
    "labs",
    "enchilada",
    "alta3-ansible",
    "infrastructure",
    "gutenberg",
    "demo",
];

/// The organization, its owner and member, six repositories with commits that the member reads, and a
/// seventh that is hidden from them.
fn alta3(site: &Site, machine: &Machine) -> (Person, Person) {
    let (olivia, mia) = (site.person("olivia", false), site.person("mia", false));
    site.organization("alta3", &olivia);
    site.member("alta3", &olivia, &mia, "member");
    let none = json!({ "default_repository_permission": "none" });
    site.must("PATCH", "/api/v3/orgs/alta3", Some(&olivia.client), &none);
    for name in SIX.iter().chain(&["payroll"]) {
        site.repository("alta3", &olivia, name, "private");
    }
    for name in SIX {
        let path = format!("/api/v3/repos/alta3/{name}/collaborators/mia");
        let read = json!({ "permission": "pull" });
        site.must("PUT", &path, Some(&olivia.client), &read);
    }
    let push = site.token(
        &olivia,
        &json!({ "name": "fill", "owner": "alta3", "repositories": "all", "permissions": { "contents": "write" } }),
    );
    for name in SIX.iter().chain(&["payroll"]) {
        let folder = machine.working_copy(&format!("src-{name}"));
        machine
            .git_in(&folder, &["push", &url(site, &push, name), "main"])
            .succeeded();
    }
    (olivia, mia)
}

fn url(site: &Site, token: &Token, name: &str) -> String {
    let host = site.url().trim_start_matches("http://");
    format!("http://x:{}@{host}/alta3/{name}.git", token.value)
}

fn clone(
    site: &Site,
    machine: &Machine,
    token: &Token,
    name: &str,
    to: &str,
) -> crate::support::git::Said {
    machine.git(&["clone", &url(site, token, name), to])
}

on_both!(
    the_installers_token_from_nothing_to_revocation,
    rotation_without_an_outage,
);

fn the_installers_token_from_nothing_to_revocation(database: Database) {
    story(&Site::on(database, &[]), &Machine::new());
}

/// The git of Debian, where another stands before it on the path.
const OTHER_GIT: &str = "/usr/bin/git";

/// Whether there are two versions; says so where there is one only.
fn two_gits() -> bool {
    let version = |program| Machine::with(Path::new(program)).git(&["--version"]).out;
    let two = Path::new(OTHER_GIT).exists() && version(OTHER_GIT) != version("git");
    if !two {
        skipped();
    }
    two
}

#[expect(clippy::print_stderr, reason = "a test says what it could not show")]
pub fn skipped() {
    eprintln!("skipped: `{OTHER_GIT}` is the only version of git here");
}

#[test]
fn the_installers_token_with_usr_bin_git_as_the_client() {
    if two_gits() {
        story(&Site::start(), &Machine::with(Path::new(OTHER_GIT)));
    }
}

#[test]
fn the_installers_token_with_usr_bin_git_under_the_server() {
    if two_gits() {
        story(&Site::with(&[("git.path", OTHER_GIT)]), &Machine::new());
    }
}

fn story(site: &Site, machine: &Machine) {
    let (olivia, mia) = alta3(site, machine);

    let wish = json!({
        "name": "enchilada-install-2026-11-21",
        "description": "Installs the labs",
        "owner": "alta3",
        "justification": "The class begins on Monday",
        "expires_in": 90,
        "repositories": SIX,
        "permissions": { "contents": "read" },
    });
    let preview = site.must(
        "POST",
        "/api/jeton/v1/tokens/preview",
        Some(&mia.client),
        &wish,
    );
    assert_eq!(
        preview["overview"],
        json!({
            "repositories": "2 permissions for 6 of your repositories",
            "account": "No change in permissions for your organization",
            "expiry": "Expires on 2027-02-19",
            "button": "Generate token and request access",
        })
    );
    assert_eq!(preview["faults"], json!([]));

    let token = site.token(&mia, &wish);
    assert_eq!(token.value.len(), 92);
    assert_eq!(token.made["state"], "pending");
    assert_eq!(
        token.made["permissions"]["repository"],
        json!({ "contents": "read", "metadata": "read" })
    );

    // Until an owner approves, the organization's private things are not there.
    clone(site, machine, &token, "labs", "early")
        .failed_with(&["waits for approval by alta3", "not found"]);

    let requests = site.must(
        "GET",
        "/api/v3/orgs/alta3/personal-access-token-requests",
        Some(&olivia.client),
        &Value::Null,
    );
    assert_eq!(requests[0]["reason"], "The class begins on Monday");
    assert_eq!(requests[0]["owner"]["login"], "mia");
    site.approve("alta3", &olivia, &token);

    for name in SIX {
        clone(site, machine, &token, name, name).succeeded();
        assert_eq!(
            std::fs::read_to_string(machine.path(name).join("README.md")).unwrap(),
            format!("src-{name}")
        );
    }
    // The seventh is as if it did not exist: the same line as for a name that nothing has.
    let seventh = clone(site, machine, &token, "payroll", "seventh").failed_with(&["not found"]);
    let nothing = clone(site, machine, &token, "nothing", "nothing").failed_with(&["not found"]);
    assert_eq!(
        seventh.err.replace("payroll", "*").replace("seventh", "*"),
        nothing.err.replace("nothing", "*")
    );

    // A push is refused with a sentence that says what is missing.
    machine.commit(&machine.path("labs"), "new.txt", "new");
    machine
        .git_in(&machine.path("labs"), &["push", "origin", "main"])
        .failed_with(&["remote: This needs `contents: write`, and the token does not have it."]);

    // The owner withdraws the access: not 401, and the token may ask again.
    let grant = format!("/api/v3/orgs/alta3/personal-access-tokens/{}", token.id);
    let withdrawn = site.call(
        "POST",
        &grant,
        Some(&olivia.client),
        &json!({ "action": "revoke" }),
    );
    assert_eq!(withdrawn.status, 204, "{}", withdrawn.text());
    clone(site, machine, &token, "labs", "withdrawn")
        .failed_with(&["alta3 withdrew the access", "not found"]);

    let asked = site.token_call(
        &mia,
        &token,
        "request",
        &json!({ "justification": "Again" }),
    );
    assert_eq!(asked.status, 200, "{}", asked.text());
    site.approve("alta3", &olivia, &token);
    clone(site, machine, &token, "labs", "again").succeeded();

    // The holder revokes it: 401 for good.
    let revoked = site.token_call(&mia, &token, "revoke", &Value::Null);
    assert_eq!(
        (revoked.status, revoked.json()),
        (200, json!({ "effective": "node" }))
    );
    clone(site, machine, &token, "labs", "over").failed_with(&[
        "This token was revoked and does not come back",
        "Authentication failed",
    ]);

    // The log tells it all, each event once.
    let log = site.must(
        "GET",
        "/api/v3/orgs/alta3/audit-log?per_page=100",
        Some(&olivia.client),
        &Value::Null,
    );
    let count = |event: &str| {
        log.as_array()
            .unwrap()
            .iter()
            .filter(|e| e["action"] == event && e["user_programmatic_access_id"] == token.id)
            .count()
    };
    assert_eq!(count("personal_access_token.request_created"), 2);
    assert_eq!(count("personal_access_token.access_granted"), 2);
    // When the owner withdrew it, and when its holder ended the token that had it again.
    assert_eq!(count("personal_access_token.access_revoked"), 2);
}

fn rotation_without_an_outage(database: Database) {
    let site = Site::on(database, &[]);
    let machine = Machine::new();
    let (olivia, mia) = alta3(&site, &machine);
    let wish = json!({ "name": "ci", "owner": "alta3", "repositories": ["labs"], "permissions": { "contents": "read" } });
    let old = site.token(&mia, &wish);
    site.approve("alta3", &olivia, &old);
    clone(&site, &machine, &old, "labs", "one").succeeded();

    let rotated = site.token_call(&mia, &old, "rotate", &json!({}));
    assert_eq!(rotated.status, 201, "{}", rotated.text());
    let new = Token {
        value: rotated.json()["token"].as_str().unwrap().to_owned(),
        ..old.clone()
    };
    // Both work, without a new review, until the deadline.
    clone(&site, &machine, &old, "labs", "two").succeeded();
    clone(&site, &machine, &new, "labs", "three").succeeded();
    site.later(Span::from_hours(24));
    clone(&site, &machine, &old, "labs", "four").failed_with(&[
        "This value was replaced when the token was rotated",
        "Authentication failed",
    ]);
    clone(&site, &machine, &new, "labs", "five").succeeded();
}
