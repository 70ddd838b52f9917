//! The client's commands from end to end: a life of a token as people type it, what programs read,
//! and the exit code of each kind of error.

use std::os::unix::fs::PermissionsExt;

use crate::binary::{Machine, PASSWORD};

#[test]
fn a_tokens_life_by_command_line_alone() {
    let machine = Machine::new();
    let server = machine.up();
    machine.set_up(&server, &[]);
    machine.person(&server, "mia");
    let kept =
        std::fs::metadata(machine.folder.path().join("mia/.config/jeton/hosts.toml")).unwrap();
    assert_eq!(kept.permissions().mode() & 0o777, 0o600);
    let ann = |words: &[&str]| machine.jeton("ann", words);
    let mia = |words: &[&str]| machine.jeton("mia", words);
    let read = |who: &str, words: &[&str]| {
        let words: Vec<&str> = words.iter().chain(&["--json"]).copied().collect();
        machine.jeton(who, &words).well().json()
    };

    assert_eq!(read("mia", &["status"])["creator"], "mia");
    ann(&["org", "create", "alta3"]).well();
    ann(&["org", "member", "add", "alta3", "mia"]).well();
    ann(&["repo", "create", "alta3/labs"]).well();
    ann(&["repo", "create", "alta3/payroll"]).well();
    ann(&["policy", "set", "alta3", "--maximum-days", "90"]).well();
    assert_eq!(
        read("ann", &["policy", "show", "alta3"])["own"]["fine_grained_maximum"]["days"],
        90
    );

    let create = [
        "token",
        "create",
        "install",
        "--owner",
        "alta3",
        "--expires",
        "90",
        "-r",
        "labs",
        "-p",
        "contents=read",
        "--justification",
        "the installer",
        "--yes",
    ];
    let made = mia(&create).well();
    let value = made.out.trim().to_owned();
    assert!(
        jeton_token::parse(value.as_bytes()).is_ok(),
        "standard output is the value alone: {made:?}"
    );
    assert!(
        made.err.contains("Generate token and request access"),
        "{made:?}"
    );
    assert!(
        !made.err.contains(&value[..40]) || made.err.matches(&value).count() <= 3,
        "{made:?}"
    );
    let remote = |name: &str| {
        server.url.replace("http://", &format!("http://x:{value}@")) + "/alta3/" + name
    };
    let clone = |name: &str, folder: &str| machine.run("git", &["clone", &remote(name), folder]);
    let waits = clone("labs", "one");
    assert!(
        waits.code == 128 && waits.err.contains("waits for approval"),
        "{waits:?}"
    );

    // What it wants, and that it has none of it.
    let own = machine
        .jeton("mia", &["token", "self", "--token", &value])
        .well();
    for part in [
        "Reaches      1 repository\n",
        "In force     nothing of alta3's\n",
    ] {
        assert!(own.out.contains(part), "{part}: {own:?}");
    }
    mia(&["token", "create", "ci", "-p", "contents"]).failed(
        6,
        &["hint: choose what it reaches: -r NAME, or --all-repositories"],
    );

    let requests = read("ann", &["request", "list", "alta3"]);
    assert_eq!(requests[0]["reason"], "the installer", "{requests}");
    let id = requests[0]["id"].to_string();
    mia(&["request", "approve", "alta3", &id]).failed(4, &[]);
    ann(&["request", "approve", "alta3", &id]).well();
    clone("labs", "two").well();
    let hidden = clone("payroll", "three");
    assert!(
        hidden.code == 128 && hidden.err.contains("not found"),
        "{hidden:?}"
    );

    let token_id = read("mia", &["token", "show", "install"])["id"].to_string();
    let asked = [
        "explain",
        "push",
        "/alta3/labs.git",
        "--token-id",
        &token_id,
    ];
    let told = read("mia", &asked);
    assert_eq!(
        (&told["allowed"], &told["reason"]),
        (&false.into(), &"permission_missing".into()),
        "{told}"
    );
    let table = mia(&asked).well().out;
    assert!(table.contains("contents: write"), "{table}");
    let folder = machine.path("two");
    let commit = [
        "-c",
        "user.name=m",
        "-c",
        "user.email=m@e",
        "-C",
        &folder,
        "commit",
        "--allow-empty",
        "-m",
        "x",
    ];
    machine.run("git", &commit).well();
    let push = machine.run("git", &["-C", &folder, "push", "origin", "HEAD:main"]);
    assert!(
        push.err.contains("remote: This needs `contents: write`"),
        "{push:?}"
    );

    let rotated = mia(&[
        "token",
        "rotate",
        "install",
        "--overlap",
        "0",
        "--value-only",
    ])
    .well();
    let fresh = rotated.out.trim().to_owned();
    let old = clone("labs", "four");
    assert!(
        old.code == 128 && old.err.contains("was replaced"),
        "{old:?}"
    );
    let view = machine
        .command(
            env!("CARGO_BIN_EXE_jeton"),
            "nobody",
            &["token", "self", "--json", "--host", &server.url],
        )
        .env("JETON_TOKEN", &fresh)
        .output()
        .unwrap();
    let view: serde_json::Value = serde_json::from_slice(&view.stdout).unwrap();
    assert_eq!(
        (&view["name"], &view["standing"]),
        (&"install".into(), &"active".into()),
        "{view}"
    );
    ann(&["grant", "revoke", "alta3", &token_id]).well();
    assert_eq!(
        read("ann", &["grant", "list", "alta3"]),
        serde_json::json!([])
    );
    mia(&["token", "request", "install"]).well();
    ann(&[
        "request",
        "deny",
        "alta3",
        "--all",
        "--reason",
        "use the mirror",
    ])
    .well();
    assert_eq!(
        read("mia", &["token", "show", "install"])["standing_reason"],
        "use the mirror"
    );
    mia(&["token", "revoke", "install"]).well();
    let events: Vec<String> = read("ann", &["audit", "--org", "alta3", "--limit", "100"])
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap().to_owned())
        .collect();
    for event in [
        "personal_access_token.access_granted",
        "personal_access_token.request_created",
        "repo.create",
    ] {
        assert!(events.iter().any(|e| e == event), "{event}: {events:?}");
    }
    mia(&["logout"]).well();
    mia(&["token", "list"]).failed(3, &["not signed in", "jeton login"]);
}

#[test]
fn an_owner_reads_what_an_approval_would_give() {
    let machine = Machine::new();
    let server = machine.up();
    machine.set_up(&server, &[]);
    machine.person(&server, "mia");
    let ann = |line: &str| machine.jeton("ann", &line.split(' ').collect::<Vec<_>>());
    let mia = |line: &str| machine.jeton("mia", &line.split(' ').collect::<Vec<_>>());
    ann("org create alta3").well();
    ann("org member add alta3 mia").well();
    ann("repo create alta3/labs").well();
    mia("token create cw --owner alta3 -r labs -p contents=write --expires 10 --address 10.0.0.0/8 --yes").well();
    ann("request approve alta3 --all").well();

    mia("token edit cw --ref refs/heads/bot/* --no-force").well();
    mia("token rotate cw --expires 200").well();
    let asked = "writes only refs/heads/bot/*, no force pushes";
    let now =
        "in force now: writes only refs/heads/bot/*, no force pushes; and only from 10.0.0.0/8";
    let requests = ann("request list alta3 --json").well().json();
    let until = requests[0]["requested_expires_at"].as_str().unwrap()[..16].replace('T', " ");
    let shown = ann(&format!("request show alta3 {}", requests[0]["id"]))
        .well()
        .out;
    for part in [asked, now, "200 days", &until] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let list = ann("request list alta3").well().out;
    for part in [asked, now, &until] {
        assert!(list.contains(part), "{part}: {list}");
    }
    let grant = ann(&format!("grant show alta3 {}", requests[0]["token_id"]))
        .well()
        .out;
    assert!(grant.contains("from 10.0.0.0/8"), "{grant}");
    let token = mia("token show cw").well().out;
    assert!(token.contains(now), "{token}");

    // Words alone gain nothing; a new name makes the request anew.
    assert_eq!(mia("token edit cw --description x").well().err, "");
    let renamed = mia("token edit cw --name cx").well().err;
    assert!(renamed.contains("made anew"), "{renamed}");
    mia("token finish cx").well();
    let said = mia("token finish cx").failed(7, &["No earlier value"]);
    assert!(!said.err.contains("hint"), "{said:?}");
    let said = mia("token create cx --yes --json").failed(6, &["`name` is taken"]);
    assert_eq!(said.err.lines().count(), 1, "{said:?}");
    mia("repo create mine").well();
    ann("user delete mia --yes").failed(
        6,
        &["`--repositories delete`", "`--repositories to=ACCOUNT`"],
    );
}

#[test]
fn each_kind_of_error_has_its_exit_code() {
    let machine = Machine::new();
    let server = machine.up();
    machine.set_up(&server, &[]);
    machine.person(&server, "mia");
    let mia = |words: &[&str]| machine.jeton("mia", words);
    machine.jeton("ann", &["org", "create", "acme"]).well();
    mia(&["token", "create", "mine", "--yes", "--value-only"]).well();
    mia(&["repo", "create", "labs"]).well();
    mia(&["token", "frobnicate"]).failed(2, &["frobnicate"]);
    mia(&["token", "create", "x", "-p", "contents=sideways"]).failed(6, &["sideways"]);
    machine
        .jeton("eve", &["token", "list", "--host", &server.url])
        .failed(3, &["not signed in"]);
    mia(&["token", "self", "--token", "ghp_0123456789"]).failed(3, &["Bad credentials"]);
    mia(&["audit", "--org", "acme"]).failed(4, &["owner"]);
    mia(&["repo", "show", "acme/nothing"]).failed(5, &["Not Found"]);
    mia(&["token", "show", "nothing"]).failed(5, &["nothing"]);
    mia(&["repo", "create", "x.git"]).failed(6, &["may not end in `.git`"]);
    mia(&["token", "create", "mine", "--yes"]).failed(6, &["name"]);
    mia(&["token", "create", "x", "-p", "members=read", "--yes"]).failed(6, &["members"]);
    mia(&["token", "create", "x", "-p", "nonsense=read", "--yes"]).failed(6, &["nonsense"]);
    mia(&["token", "create", "x", "--expires", "2020-01-01", "--yes"]).failed(6, &["expir"]);
    mia(&["token", "create", "x", "--expires", "5000", "--yes"])
        .failed(2, &["--expires", "1 to 366"]);
    mia(&["token", "create", "x", "--expires", "2099-01-01", "--yes"]).failed(6, &["expir"]);
    mia(&["token", "create", "x", "--owner", "acme", "--yes"]).failed(6, &["owner"]);
    machine
        .jeton("ann", &["org", "member", "leave", "acme"])
        .failed(7, &["owner"]);
    mia(&["token", "list", "--host", "http://127.0.0.1:1"]).failed(3, &["not signed in"]);
    let words = [
        "login",
        "http://127.0.0.1:1",
        "--user",
        "mia",
        "--password-stdin",
    ];
    machine
        .jeton_told("mia", &words, PASSWORD)
        .failed(9, &["could not be asked"]);
    mia(&["repo", "delete", "mia/labs"]).failed(2, &["--yes"]);
    mia(&["repo", "delete", "mia/labs", "--yes"]).well();
    // With --json an error still goes to standard error, in words.
    mia(&["repo", "show", "mia/labs", "--json"]).failed(5, &["Not Found"]);
    // A file that others can read is not used.
    let kept = machine.folder.path().join("mia/.config/jeton/hosts.toml");
    std::fs::set_permissions(&kept, std::fs::Permissions::from_mode(0o644)).unwrap();
    mia(&["token", "list"]).failed(1, &["can be read by others", "chmod 600"]);
}

#[test]
fn too_many_requests_and_completions() {
    let machine = Machine::new();
    let server = machine.serve(&["--rates-principal", "8"], &[]).unwrap();
    machine.set_up(&server, &[]);
    let codes: Vec<i32> = (0..10)
        .map(|_| machine.jeton("ann", &["repo", "list"]).code)
        .collect();
    assert!(
        codes.starts_with(&[0, 0]) && codes.ends_with(&[8, 8]),
        "{codes:?}"
    );
    machine
        .jeton("ann", &["repo", "list"])
        .failed(8, &["try again in"]);
    for shell in ["bash", "zsh", "fish"] {
        let script = machine.jeton("ann", &["completions", shell]).well().out;
        assert!(
            script.contains("jeton") && script.contains("token"),
            "{shell}"
        );
    }
}
