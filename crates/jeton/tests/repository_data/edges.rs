//! Where names, depths and first pushes come to an edge.

use serde_json::{Value, json};

use crate::support::Site;
use crate::world::{LABS, World, decoded};

#[test]
fn a_name_that_no_file_can_have_is_missing() {
    let world = World::filled();
    for name in ["a".repeat(256), "%C3%A9".repeat(130)] {
        for path in [
            format!("/contents/README.md?ref={name}"),
            format!("/commits?sha={name}"),
            format!("/commits/{name}"),
            format!("/branches/{name}"),
            format!("/git/ref/heads/{name}"),
            format!("/git/trees/{name}"),
            format!("/tarball/{name}"),
            format!("/compare/main...{name}"),
        ] {
            world.means_nothing(&path);
        }
        for method in ["PATCH", "DELETE"] {
            let path = format!("/git/refs/heads/{name}");
            let answer = world.send(method, &path, json!({ "sha": world.id("main") }));
            assert_eq!(answer.status, 422, "{method} {name}: {}", answer.text());
        }
    }
}

#[test]
fn references_are_read_where_they_say_they_are() {
    let world = World::filled();
    let read = world.read("/git/ref/heads/main");
    let own = read["url"].as_str().unwrap();
    let (_, below) = own.split_once(LABS).unwrap();
    assert_eq!(world.read(below), read);
    let all = world.read("/git/refs");
    assert_eq!(all.as_array().unwrap().len(), 4);
    for path in ["/git/matching-refs/", "/git/matching-refs/%2F"] {
        let answer = world.get(path);
        assert!([200, 404].contains(&answer.status), "{path}");
    }
    assert_eq!(world.read("/git/matching-refs/"), all);
    let heads = world.read("/git/matching-refs/heads/");
    assert_eq!(heads.as_array().unwrap().len(), 2);
    assert_eq!(world.read("/git/matching-refs/heads%2F"), heads);
}

#[test]
fn a_tree_has_so_many_folders_and_none_too_deep() {
    let world = World::filled();
    let file = |path: String| json!({ "path": path, "mode": "100644", "content": "x" });
    let make = |entries: Vec<Value>| world.send("POST", "/git/trees", json!({ "tree": entries }));
    let deep = |folders: usize| format!("{}x", "a/".repeat(folders));
    assert_eq!(make(vec![file(deep(99))]).status, 201);
    for refused in [
        vec![file(deep(100))],
        vec![file("b".repeat(256))],
        (0..21).map(|n| file(format!("{n}{}", deep(99)))).collect(),
    ] {
        let answer = make(refused);
        assert_eq!(answer.status, 422, "{}", answer.text());
    }
}

#[test]
fn a_reference_in_anothers_way_is_no_reference_that_moved() {
    let world = World::filled();
    let new = json!({ "ref": "refs/heads/main/below", "sha": world.id("main") });
    let answer = world.send("POST", "/git/refs", new);
    assert_eq!(answer.status, 422, "{}", answer.text());
}

/// At GitHub the first branch that is pushed becomes the default one.
#[test]
fn the_first_branch_that_is_pushed_is_the_default_one() {
    let world = World::new();
    world.write("README.md", b"first");
    world.git(&["add", "."]);
    world.commit("First");
    world.git(&["branch", "-m", "trunk"]);
    world.git(&["push", "-q", "origin", "trunk"]);
    assert_eq!(world.read("")["default_branch"], json!("trunk"));
    assert_eq!(world.read("/commits").as_array().unwrap().len(), 1);
    assert_eq!(world.get("/contents/README.md").status, 200);
    let said = world.git(&["ls-remote", "--symref", "origin", "HEAD"]);
    assert!(said.starts_with("ref: refs/heads/trunk\t"), "{said}");
    // Whatever comes later is another branch.
    world.git(&["push", "-q", "origin", "trunk:main"]);
    assert_eq!(world.read("")["default_branch"], json!("trunk"));
    let entries = world.log("repo.update");
    let adopted: Vec<_> = entries
        .iter()
        .filter(|entry| entry["default_branch"] == json!("trunk"))
        .collect();
    assert_eq!(adopted.len(), 1, "{entries:?}");
}

/// Git knows it everywhere, and scripts begin branches without a history with it.
#[test]
fn the_empty_folder_is_there_without_having_been_stored() {
    const EMPTY: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    let world = World::filled();
    let tree = world.read(&format!("/git/trees/{EMPTY}"));
    assert_eq!((&tree["sha"], &tree["tree"]), (&json!(EMPTY), &json!([])));
    let commit = json!({ "message": "Begin anew", "tree": EMPTY, "parents": [] });
    let commit = world.send("POST", "/git/commits", commit);
    assert_eq!(commit.status, 201, "{}", commit.text());
    let sha = commit.json()["sha"].clone();
    let reference = json!({ "ref": "refs/heads/pages", "sha": sha });
    assert_eq!(world.send("POST", "/git/refs", reference).status, 201);
    assert_eq!(world.read("/contents/?ref=pages"), json!([]));
    world.git(&["fetch", "-q", "origin", "pages"]);
    assert_eq!(world.git(&["ls-tree", "FETCH_HEAD"]), "");
}

/// `gh repo create --add-readme`.
#[test]
fn a_repository_can_begin_with_its_first_commit() {
    let world = World::new();
    let make = |value: &str, body: Value| {
        let path = "/api/v3/orgs/acme/repos";
        world.site.call("POST", path, Some(value), &body)
    };
    let begun = json!({ "name": "begun", "description": "For trying.", "auto_init": true });
    let made = make(&world.olivia.client, begun);
    assert_eq!(made.status, 201, "{}", made.text());
    let read = |path: &str| {
        let path = format!("/api/v3/repos/acme/begun{path}");
        world
            .site
            .call("GET", &path, Some(&world.olivia.client), &Value::Null)
            .json()
    };
    let readme = decoded(&read("/readme")["content"]);
    assert_eq!(readme, b"# begun\n\nFor trying.\n");
    let commits = read("/commits");
    assert_eq!(commits.as_array().unwrap().len(), 1);
    assert_eq!(commits[0]["commit"]["message"], json!("Initial commit"));
    // A token that may make repositories and not write them makes none that is half of what was asked for.
    let token = world.site.token(
        &world.olivia,
        &json!({ "name": "maker", "owner": "acme", "repositories": "all", "permissions": { "administration": "write" } }),
    );
    let refused = make(&token.value, json!({ "name": "half", "auto_init": true }));
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert!(refused.text().contains("contents: write"));
    let empty = make(&token.value, json!({ "name": "half" }));
    assert_eq!(empty.status, 201, "{}", empty.text());
}

/// The question how long to wait must be answered to who has to wait.
#[test]
fn what_is_left_is_told_when_nothing_is_left() {
    let site = Site::with(&[("rates.principal", "30")]);
    let world = World::filled_on(site);
    let ask = |path: &str| {
        world
            .site
            .call("GET", path, Some(&world.olivia.client), &Value::Null)
    };
    let left = || {
        let answer = ask("/api/v3/rate_limit");
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["rate"]["remaining"].as_i64().unwrap()
    };
    let before = left();
    assert_eq!(left(), before, "looking uses nothing up");
    for _ in 0..before {
        assert_eq!(ask("/api/v3/user").status, 200);
    }
    assert_eq!(ask("/api/v3/user").status, 429);
    assert_eq!(left(), 0);
}
