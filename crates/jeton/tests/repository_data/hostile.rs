//! What nobody should get: names that mean something to git, things of others, things that are hidden.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::http::send;
use crate::world::{LABS, World};

/// What git's own words, options and file systems make of names.
const NAMES: &[&str] = &[
    "-x",
    "--output=x",
    "@{-1}",
    "@",
    "main@{0}",
    "HEAD~1",
    "main^",
    "main^{tree}",
    "main:README.md",
    ":README.md",
    "^main",
    "main..v1",
    "refs/heads",
    "refs/heads/*",
    "refs/jeton/kept",
    "jeton/kept",
    "FETCH_HEAD",
    "config",
    "packed-refs",
    "objects/info/packs",
    "../labs.git/HEAD",
    "olivia:main",
    "main ",
    " main",
    "ma*",
    "0000000000000000000000000000000000000000",
];

#[test]
fn a_name_that_is_an_expression_of_gits_means_nothing() {
    let world = World::filled();
    for name in NAMES {
        let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for path in [
            format!("/contents/README.md?ref={encoded}"),
            format!("/commits?sha={encoded}"),
            format!("/commits/{encoded}"),
            format!("/git/trees/{encoded}"),
            format!("/git/ref/{encoded}"),
            format!("/branches/{encoded}"),
            format!("/compare/{encoded}...main"),
            format!("/compare/main...{encoded}"),
        ] {
            world.means_nothing(&path);
        }
    }
}

#[test]
fn a_path_that_leads_out_leads_nowhere() {
    let world = World::filled();
    for path in [
        "../../HEAD",
        "..%2f..%2fHEAD",
        "%2e%2e/HEAD",
        "docs/../README.md",
        "docs/./guide.md",
        "./README.md",
        "//README.md",
        "docs//guide.md",
        "docs%2F%2Fguide.md",
        "%2FREADME.md",
        "docs/guide.md%00",
        "README.md%0a",
        ".git/config",
        "docs%5Cguide.md",
        "README.md%ff",
        "link-to-root",
        "link-outside/passwd",
    ] {
        let answer = world.get(&format!("/contents/{path}"));
        if path == "link-to-root" {
            assert_eq!(
                (answer.status, &answer.json()["type"]),
                (200, &json!("symlink"))
            );
            assert!(!answer.text().contains("root:"), "{}", answer.text());
            continue;
        }
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
    let long = format!("/contents/{}", "a/".repeat(3000));
    assert!([404, 414].contains(&world.get(&long).status));
}

#[test]
fn names_that_are_no_text_are_shown_and_can_t_be_asked_for() {
    let world = World::new();
    let blob = world
        .machine
        .git_with(&world.folder, &["hash-object", "-w", "--stdin"], b"x")
        .succeeded();
    let line = [b"100644 blob ", blob.out.trim().as_bytes(), b"\tna\xffme\0"].concat();
    let tree = world
        .machine
        .git_with(&world.folder, &["mktree", "-z"], &line)
        .succeeded();
    let commit = world.git(&["commit-tree", "-m", "odd", tree.out.trim()]);
    world.git(&["push", "-q", "origin", &format!("{commit}:refs/heads/main")]);
    assert_eq!(world.read("/contents")[0]["name"], "na\u{fffd}me");
    assert_eq!(
        world.read("/git/trees/main")["tree"][0]["path"],
        "na\u{fffd}me"
    );
    assert_eq!(
        world.read("/commits/main")["files"][0]["filename"],
        "na\u{fffd}me"
    );
    world.missing("/contents/na%EF%BF%BDme");
    assert_eq!(world.get("/contents/na%FFme").status, 404);
}

/// Folders as deep as a push may make them, and one that stands in itself a million times over.
#[test]
fn deep_and_wide_trees_are_cut_and_not_walked_for_ever() {
    let world = World::new();
    let make = |entries: &str| {
        let made = world
            .machine
            .git_with(&world.folder, &["mktree"], entries.as_bytes());
        made.succeeded().out.trim().to_owned()
    };
    let blob = world
        .machine
        .git_with(&world.folder, &["hash-object", "-w", "--stdin"], b"x")
        .succeeded();
    let mut wide = make(&format!("100644 blob {}\tfile\n", blob.out.trim()));
    for _ in 0..6 {
        let entries: String = (0..10)
            .map(|n| format!("040000 tree {wide}\t{n}\n"))
            .collect();
        wide = make(&entries);
    }
    let mut deep = wide.clone();
    for _ in 0..300 {
        deep = make(&format!("040000 tree {deep}\td\n"));
    }
    let top = make(&format!(
        "040000 tree {deep}\tdeep\n040000 tree {wide}\twide\n"
    ));
    let commit = world.git(&["commit-tree", "-m", "bomb", &top]);
    world.git(&["push", "-q", "origin", &format!("{commit}:refs/heads/main")]);
    let listed = world.read("/git/trees/main?recursive=1");
    assert_eq!(listed["truncated"], true);
    assert!(listed["tree"].as_array().unwrap().len() <= 100_000);
    assert_eq!(world.read("/contents/wide/0/0/0/0/0/0/file")["size"], 1);
    let deep = format!("/contents/deep{}", "/d".repeat(300));
    assert_eq!(world.read(&deep).as_array().unwrap().len(), 10);
}

/// What only hidden references lead to is not there by its id either.
#[test]
fn what_only_hidden_references_lead_to_does_not_exist() {
    let world = World::filled();
    world.git(&["checkout", "-q", "-b", "apart"]);
    world.write("secret", b"kept apart\n");
    world.git(&["add", "."]);
    world.commit("Keep apart");
    let (commit, blob, tree) = (
        world.id("apart"),
        world.id("apart:secret"),
        world.id("apart^{tree}"),
    );
    world.git(&["push", "-q", "origin", "apart"]);
    let asked = [
        format!("/git/commits/{commit}"),
        format!("/git/blobs/{blob}"),
        format!("/git/trees/{tree}"),
        format!("/commits/{commit}"),
        format!("/commits/{}", &commit[..10]),
        format!("/contents/secret?ref={commit}"),
        format!("/commits?sha={commit}"),
        format!("/compare/main...{commit}"),
    ];
    for path in &asked {
        assert_eq!(world.get(path).status, 200, "{path}");
    }
    // The server's own doing: the branch moves into the hidden part.
    let data = world.site.folder().join("data/repos");
    let found = Command::new("find")
        .arg(&data)
        .args(["-name", "*.git", "-type", "d"])
        .output()
        .unwrap();
    let folder = String::from_utf8(found.stdout).unwrap();
    let git = |arguments: &[&str]| {
        let done = Command::new("git")
            .args(["-c", "safe.directory=*", "--git-dir", folder.trim()])
            .args(arguments)
            .status();
        assert!(done.unwrap().success(), "{arguments:?}");
    };
    git(&["update-ref", "refs/jeton/kept", &commit]);
    git(&["update-ref", "-d", "refs/heads/apart"]);
    for packed in [false, true] {
        if packed {
            git(&["pack-refs", "--all"]);
        }
        for path in &asked {
            world.means_nothing(path);
        }
        for name in ["refs/jeton/kept", "jeton/kept"] {
            world.means_nothing(&format!("/commits/{name}"));
            world.missing(&format!("/git/ref/{name}"));
        }
        assert_eq!(world.read("/git/matching-refs/jeton"), json!([]));
        assert_eq!(world.get("/contents/README.md").status, 200);
        let shared = format!("/git/blobs/{}", world.id("main:README.md"));
        assert_eq!(world.get(&shared).status, 200, "others lead there too");
    }
}

#[test]
fn who_may_not_read_contents_reads_none_and_who_may_reads_one_repository() {
    let world = World::filled();
    world
        .site
        .repository("acme", &world.olivia, "other", "private");
    world.git(&[
        "push",
        "-q",
        &world.url("other"),
        "main:refs/heads/elsewhere",
    ]);
    let (metadata, contents) = (
        world.token("metadata", json!({ "metadata": "read" })),
        world.token("contents", json!({ "contents": "read" })),
    );
    let paths = [
        "/contents",
        "/contents/README.md",
        "/readme",
        "/branches",
        "/branches/main",
        "/commits",
        "/commits/main",
        "/compare/v1...main",
        "/git/trees/main",
        "/git/ref/heads/main",
        "/git/matching-refs/heads",
    ];
    let ask = |value: &str, path: &str| world.site.call("GET", path, Some(value), &Value::Null);
    for path in paths {
        let path = format!("{LABS}{path}");
        assert_eq!(ask(&contents.value, &path).status, 200, "{path}");
        let refused = ask(&metadata.value, &path);
        assert_eq!(
            (refused.status, &refused.json()["reason"]),
            (403, &json!("permission_missing")),
            "{path}"
        );
        assert_eq!(
            refused.header("x-accepted-github-permissions"),
            Some("contents=read")
        );
        let other = path.replace("labs", "other");
        assert_eq!(ask(&contents.value, &other).status, 404, "{other}");
        let nobody = send(world.site.address(), "GET", &path, &[], b"");
        assert_eq!(nobody.status, 404, "{path}");
    }
    assert_eq!(
        ask(&metadata.value, &format!("{LABS}/tags")).status,
        200,
        "GitHub asks no more for tags"
    );
    // A branch of another repository has no name here.
    world.means_nothing("/commits/elsewhere");
    world.missing("/branches/elsewhere");
}

#[test]
fn what_is_public_is_read_without_a_credential() {
    let world = World::filled();
    world.site.must(
        "PATCH",
        LABS,
        Some(&world.olivia.client),
        &json!({ "visibility": "public" }),
    );
    for path in [
        "/contents/README.md",
        "/commits",
        "/branches/main",
        "/git/trees/main?recursive=1",
        "/tags",
    ] {
        let answer = send(
            world.site.address(),
            "GET",
            &format!("{LABS}{path}"),
            &[],
            b"",
        );
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
}
