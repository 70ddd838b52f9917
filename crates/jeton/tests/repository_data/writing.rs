//! Files made, changed and deleted as commits, and Git's own things made one by one; what the real git then sees.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};

use crate::world::{LABS, World, decoded, has_all};

fn base64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn put(text: &str) -> Value {
    json!({ "message": "Write it", "content": base64(text) })
}

fn with(mut value: Value, field: &str, more: Value) -> Value {
    value[field] = more;
    value
}

#[test]
fn a_file_is_made_changed_and_deleted_as_commits() {
    let world = World::filled();
    let before = world.id("main");
    let made = world.send("PUT", "/contents/new/deep/file.txt", put("one\n"));
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    has_all(
        &made["commit"],
        &[
            "sha",
            "node_id",
            "url",
            "html_url",
            "author",
            "committer",
            "message",
            "tree",
            "parents",
            "verification",
        ],
    );
    has_all(
        &made["content"],
        &[
            "name",
            "path",
            "sha",
            "size",
            "url",
            "html_url",
            "git_url",
            "download_url",
            "type",
            "_links",
        ],
    );
    let tip = made["commit"]["sha"].as_str().unwrap().to_owned();
    assert_eq!(world.fetched("server/heads/main"), tip);
    assert_eq!(world.id("server/heads/main^"), before);
    assert_eq!(
        world.git(&["show", "server/heads/main:new/deep/file.txt"]),
        "one"
    );
    assert_eq!(
        made["content"]["sha"],
        json!(world.id("server/heads/main:new/deep/file.txt"))
    );
    world.git(&["fsck", "--strict"]);
    // Who asked wrote it, by the name of their account and no address of theirs.
    let author = world.git(&[
        "log",
        "-1",
        "--format=%an <%ae> %cn %s",
        "server/heads/main",
    ]);
    assert!(
        author.starts_with("olivia <")
            && author.contains("+olivia@users.noreply.127.0.0.1> olivia Write it"),
        "{author}"
    );
    let sha = made["content"]["sha"].clone();
    let changed = with(put("two\n"), "sha", sha.clone());
    let changed = with(
        changed,
        "author",
        json!({ "name": "Grace", "email": "grace@example.org", "date": "2020-01-02T03:04:05Z" }),
    );
    let changed = world.send("PUT", "/contents/new/deep/file.txt", changed);
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(
        changed.json()["commit"]["author"],
        json!({ "name": "Grace", "email": "grace@example.org", "date": "2020-01-02T03:04:05Z" })
    );
    let read = world.read("/contents/new/deep/file.txt");
    assert_eq!(decoded(&read["content"]), b"two\n");
    let deleted = world.send(
        "DELETE",
        "/contents/new/deep/file.txt",
        json!({ "message": "Go", "sha": read["sha"] }),
    );
    assert_eq!(
        (deleted.status, &deleted.json()["content"]),
        (200, &Value::Null),
        "{}",
        deleted.text()
    );
    world.missing("/contents/new");
    assert_eq!(
        world.fetched("server/heads/main^{tree}"),
        world.id("main^{tree}"),
        "as it was"
    );
    let on_branch = with(put("x"), "branch", json!("feature/x"));
    assert_eq!(world.send("PUT", "/contents/x", on_branch).status, 201);
    assert_eq!(world.fetched("server/heads/feature/x^"), world.id("v1^{}"));
    // What could be run can be run.
    let script = with(
        put("#!/bin/sh\n:\n"),
        "sha",
        json!(world.id("main:start.sh")),
    );
    assert_eq!(world.send("PUT", "/contents/start.sh", script).status, 200);
    world.fetched("server/heads/main");
    assert!(
        world
            .git(&["ls-tree", "server/heads/main", "start.sh"])
            .starts_with("100755")
    );
}

#[test]
fn a_file_that_is_not_as_believed_stays_as_it_is() {
    let world = World::filled();
    let before = world.id("main");
    let (readme, other) = (world.id("main:README.md"), world.id("main:docs/guide.md"));
    let deletion = |sha: &str| json!({ "message": "Go", "sha": sha });
    for (method, path, body, status) in [
        ("PUT", "README.md", put("x"), 422),
        ("PUT", "README.md", with(put("x"), "sha", json!(other)), 409),
        (
            "PUT",
            "README.md",
            with(put("x"), "sha", json!("main")),
            409,
        ),
        ("PUT", "nothing", with(put("x"), "sha", json!(readme)), 409),
        ("DELETE", "README.md", deletion(&other), 409),
        ("DELETE", "nothing", deletion(&readme), 404),
        ("PUT", "docs", put("x"), 422),
        ("PUT", "libs/other", put("x"), 422),
        ("DELETE", "docs", deletion(&world.id("main:docs")), 422),
        ("PUT", "README.md/below", put("x"), 422),
        ("PUT", "docs/guide.md/far/below", put("x"), 422),
        ("PUT", "link-to-folder/x", put("x"), 422),
        ("PUT", "libs/other/x", put("x"), 422),
        ("PUT", ".git/config", put("x"), 422),
        ("PUT", "a/.GIT/hooks/x", put("x"), 422),
        ("PUT", "git~1", put("x"), 422),
        ("PUT", "x%2F..%2Fy", put("x"), 404),
        ("PUT", "a//b", put("x"), 404),
        ("PUT", "x", with(put("x"), "branch", json!("nothing")), 404),
        ("PUT", "x", with(put("x"), "branch", json!("../../x")), 422),
        ("PUT", "x", with(put("x"), "branch", json!("v1")), 404),
        (
            "PUT",
            "x",
            with(put("x"), "content", json!("no base64!")),
            422,
        ),
        ("PUT", "x", with(put("x"), "message", json!("")), 422),
        ("PUT", "x", with(put("x"), "message", json!("a\u{0}b")), 422),
        (
            "PUT",
            "x",
            with(put("x"), "author", json!({ "name": "A" })),
            422,
        ),
        (
            "PUT",
            "x",
            with(
                put("x"),
                "author",
                json!({ "name": "A\ncommitter B", "email": "a@b" }),
            ),
            422,
        ),
        (
            "PUT",
            "x",
            with(
                put("x"),
                "committer",
                json!({ "name": "A <x>", "email": "a@b" }),
            ),
            422,
        ),
    ] {
        let answer = world.send(method, &format!("/contents/{path}"), body.clone());
        assert_eq!(
            answer.status,
            status,
            "{method} {path} {body}: {}",
            answer.text()
        );
    }
    assert_eq!(world.fetched("server/heads/main"), before);
    assert_eq!(
        world.log("git.push").len(),
        4,
        "only what git pushed is in the log"
    );
}

#[test]
fn the_first_commit_of_a_repository_can_come_so() {
    let world = World::new();
    let made = world.send("PUT", "/contents/README.md", put("# Labs\n"));
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.json()["commit"]["parents"], json!([]));
    assert_eq!(world.read("/branches")[0]["name"], "main");
    let tree = json!({ "tree": [{ "path": "x", "mode": "100644", "content": "x" }] });
    assert_eq!(world.send("POST", "/git/trees", tree).status, 201);
}

#[test]
fn one_of_two_who_write_at_once_is_told_so() {
    let world = World::filled();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..6)
            .map(|n| {
                let world = &world;
                let path = format!("/contents/file-{n}");
                let (address, client) = (world.site.address(), world.olivia.client.clone());
                scope.spawn(move || {
                    let bearer = format!("Bearer {client}");
                    let headers = [
                        ("authorization", bearer.as_str()),
                        ("content-type", "application/json"),
                    ];
                    let body = put("x").to_string();
                    let target = format!("{LABS}{path}");
                    crate::support::http::send(address, "PUT", &target, &headers, body.as_bytes())
                        .status
                })
            })
            .collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(
        statuses.iter().all(|status| [201, 409].contains(status)),
        "{statuses:?}"
    );
    let done = statuses.iter().filter(|status| **status == 201).count();
    assert!(done > 0);
    world.fetched("server/heads/main");
    let commits = world.git(&["rev-list", "--count", "main..server/heads/main"]);
    assert_eq!(
        commits,
        done.to_string(),
        "each that was told so is there, and no other"
    );
    world.git(&["fsck", "--strict"]);
}

#[test]
fn gits_own_things_are_made_one_by_one_and_put_together() {
    let world = World::filled();
    let post = |path: &str, body: Value| {
        let answer = world.send("POST", path, body);
        assert_eq!(answer.status, 201, "{path}: {}", answer.text());
        answer.json()
    };
    let blob = post(
        "/git/blobs",
        json!({ "content": base64("\u{0}\u{1}"), "encoding": "base64" }),
    );
    has_all(&blob, &["url", "sha"]);
    let tree = post(
        "/git/trees",
        json!({ "base_tree": world.id("main^{tree}"), "tree": [
            { "path": "made/blob", "mode": "100644", "type": "blob", "sha": blob["sha"] },
            { "path": "made/text", "mode": "100755", "content": "text" },
            { "path": "made/link", "mode": "120000", "content": "text" },
            { "path": "docs", "mode": "040000", "sha": null },
        ]}),
    );
    has_all(&tree, &["sha", "truncated", "tree", "url"]);
    let commit = post(
        "/git/commits",
        json!({
            "message": "Put together", "tree": tree["sha"], "parents": [world.id("main")],
            "author": { "name": "Grace", "email": "grace@example.org" },
        }),
    );
    has_all(
        &commit,
        &[
            "sha",
            "node_id",
            "url",
            "author",
            "committer",
            "message",
            "tree",
            "parents",
            "verification",
            "html_url",
        ],
    );
    assert_eq!(
        commit["committer"]["name"], "Grace",
        "who put it there is who wrote it"
    );
    let tag = post(
        "/git/tags",
        json!({ "tag": "v2", "message": "The second", "object": commit["sha"], "type": "commit" }),
    );
    has_all(
        &tag,
        &[
            "node_id", "tag", "sha", "url", "message", "tagger", "object",
        ],
    );
    // No reference leads there yet.
    assert_ne!(
        world.fetched("server/heads/main"),
        commit["sha"].as_str().unwrap()
    );
    post(
        "/git/refs",
        json!({ "ref": "refs/heads/made", "sha": commit["sha"] }),
    );
    post(
        "/git/refs",
        json!({ "ref": "refs/tags/v2", "sha": tag["sha"] }),
    );
    assert_eq!(
        world.fetched("server/heads/made"),
        commit["sha"].as_str().unwrap()
    );
    assert_eq!(world.id("server/tags/v2"), tag["sha"].as_str().unwrap());
    world.git(&["fsck", "--strict"]);
    let listed = world.git(&["ls-tree", "-r", "--name-only", "server/heads/made"]);
    let listed: Vec<&str> = listed.lines().collect();
    assert!(
        ["made/blob", "made/text", "made/link"]
            .iter()
            .all(|path| listed.contains(path)),
        "{listed:?}"
    );
    assert!(
        !listed.iter().any(|path| path.starts_with("docs/")),
        "{listed:?}"
    );
    assert_eq!(
        world.read(&format!("/git/commits/{}", commit["sha"].as_str().unwrap())),
        commit
    );
    assert_eq!(
        world.read(&format!("/git/tags/{}", tag["sha"].as_str().unwrap())),
        tag
    );
    assert_eq!(
        world.read(&format!("/git/trees/{}", tree["sha"].as_str().unwrap())),
        tree
    );
    let (main, readme, missing) = (world.id("main"), world.id("main:README.md"), "1".repeat(40));
    let entry = |path: &str, mode: &str, sha: &str| json!({ "tree": [{ "path": path, "mode": mode, "sha": sha }] });
    let tree = tree["sha"].as_str().unwrap();
    for (path, body) in [
        (
            "/git/blobs",
            json!({ "content": "no base64!", "encoding": "base64" }),
        ),
        ("/git/trees", json!({ "tree": [] })),
        ("/git/trees", entry("x", "100644", &missing)),
        ("/git/trees", entry("x", "100644", &main)),
        ("/git/trees", entry("x", "040000", &readme)),
        ("/git/trees", entry(".git", "100644", &readme)),
        ("/git/trees", entry("../x", "100644", &readme)),
        ("/git/trees", entry("a//x", "100644", &readme)),
        ("/git/trees", entry("/x", "100644", &readme)),
        ("/git/trees", entry("x", "100666", &readme)),
        (
            "/git/trees",
            json!({ "tree": [{ "path": "x", "mode": "100644", "type": "tree", "sha": readme }] }),
        ),
        (
            "/git/trees",
            json!({ "tree": [{ "path": "x", "mode": "100644", "sha": readme, "content": "x" }] }),
        ),
        (
            "/git/trees",
            json!({ "tree": [{ "path": "x", "mode": "100644" }] }),
        ),
        (
            "/git/trees",
            with(entry("x", "100644", &readme), "base_tree", json!(missing)),
        ),
        (
            "/git/trees",
            with(entry("x", "100644", &readme), "base_tree", json!(readme)),
        ),
        ("/git/commits", json!({ "message": "x", "tree": missing })),
        ("/git/commits", json!({ "message": "x", "tree": main })),
        (
            "/git/commits",
            json!({ "message": "x", "tree": tree, "parents": [readme] }),
        ),
        (
            "/git/commits",
            json!({ "message": "x", "tree": tree, "parents": ["main"] }),
        ),
        (
            "/git/commits",
            json!({ "message": "x", "tree": tree, "signature": "-----BEGIN PGP SIGNATURE-----" }),
        ),
        (
            "/git/tags",
            json!({ "tag": "a b", "message": "x", "object": main, "type": "commit" }),
        ),
        (
            "/git/tags",
            json!({ "tag": "x", "message": "x", "object": main, "type": "blob" }),
        ),
    ] {
        let answer = world.send("POST", path, body.clone());
        assert_eq!(answer.status, 422, "{path} {body}: {}", answer.text());
    }
}

/// Of each field: everything that it is not.
#[test]
fn a_body_of_the_wrong_type_is_told_by_its_field() {
    let world = World::filled();
    let commit = world.id("main");
    let person = json!({ "name": "A", "email": "a@b.c" });
    for (method, path, good) in [
        (
            "PUT",
            "/contents/x",
            json!({ "message": "x", "content": "eA==", "sha": "x", "branch": "main", "committer": person, "author": person }),
        ),
        (
            "DELETE",
            "/contents/README.md",
            json!({ "message": "x", "sha": "x", "branch": "main" }),
        ),
        (
            "POST",
            "/git/blobs",
            json!({ "content": "x", "encoding": "utf-8" }),
        ),
        (
            "POST",
            "/git/trees",
            json!({ "tree": [{ "path": "x", "mode": "100644", "content": "x" }], "base_tree": commit }),
        ),
        (
            "POST",
            "/git/commits",
            json!({ "message": "x", "tree": commit, "parents": [commit], "author": person }),
        ),
        (
            "POST",
            "/git/tags",
            json!({ "tag": "x", "message": "x", "object": commit, "type": "commit", "tagger": person }),
        ),
        (
            "POST",
            "/git/refs",
            json!({ "ref": "refs/heads/x", "sha": commit }),
        ),
        (
            "PATCH",
            "/git/refs/heads/main",
            json!({ "sha": commit, "force": true }),
        ),
    ] {
        for field in good.as_object().unwrap().keys() {
            for wrong in [
                json!(7),
                json!([7]),
                json!({ "x": 1 }),
                json!(["x", {}]),
                json!("7 \u{0}"),
            ] {
                if wrong.is_string() && good[field].is_string() {
                    continue;
                }
                let answer = world.send(method, path, with(good.clone(), field, wrong.clone()));
                assert_eq!(
                    answer.status,
                    422,
                    "{method} {path}: {field} = {wrong}: {}",
                    answer.text()
                );
                let said = answer.json()["errors"][0]["field"]
                    .as_str()
                    .unwrap()
                    .to_owned();
                assert!(said.starts_with(field.as_str()), "{field}: {said}");
            }
        }
    }
    assert_eq!(world.fetched("server/heads/main"), commit);
}

/// Files come in bodies larger than others, for those whom the decision lets in.
#[test]
fn a_file_is_larger_than_other_bodies_are() {
    let world = World::filled();
    let text = "x".repeat(3 << 20);
    let made = world.send("PUT", "/contents/large-file", put(&text));
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.json()["content"]["size"], 3 << 20);
    // Nothing of the body is sent: what its head says is answered.
    let announced = |bytes: usize, path: &str, credential: &str| {
        let mut asked = std::net::TcpStream::connect(world.site.address()).unwrap();
        let head = format!(
            "PUT {LABS}{path} HTTP/1.1\r\nhost: x\r\n{credential}content-type: application/json\r\n\
             content-length: {bytes}\r\n\r\n"
        );
        asked.write_all(head.as_bytes()).unwrap();
        asked
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let mut said = [0; 12];
        asked.read_exact(&mut said).unwrap();
        String::from_utf8(said.to_vec()).unwrap()
    };
    let own = format!("authorization: Bearer {}\r\n", world.olivia.client);
    let path = "/contents/x";
    assert_eq!(announced((16 << 20) + 1, path, &own), "HTTP/1.1 413");
    assert_eq!(
        announced(9 << 20, path, ""),
        "HTTP/1.1 401",
        "who may not come in is not listened to"
    );
    // What holds no file has no room.
    let path = "/collaborators/mia";
    assert_eq!(announced((1 << 20) + 1, path, &own), "HTTP/1.1 413");
}
