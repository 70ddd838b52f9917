//! Commits, branches, tags and Git's own things, against what git says of them.

use serde_json::{Value, json};

use crate::world::{COMMIT, World, decoded, has_all, names};

#[test]
fn branches_and_tags_are_those_of_git() {
    let world = World::filled();
    let branches = world.read("/branches");
    assert_eq!(names(&branches, "name"), ["feature/x", "main"]);
    for branch in branches.as_array().unwrap() {
        has_all(branch, &["name", "commit", "protected"]);
        let id = world.id(branch["name"].as_str().unwrap());
        assert_eq!(
            (&branch["commit"]["sha"], &branch["protected"]),
            (&json!(id), &json!(false))
        );
    }
    assert_eq!(world.read("/branches?protected=true"), json!([]));
    let answer = world.get("/branches?per_page=1");
    assert!(
        answer.header("link").unwrap().contains("page=2"),
        "{answer:?}"
    );
    assert_eq!(world.read("/branches?per_page=1&page=9"), json!([]));
    for path in ["/branches/feature/x", "/branches/feature%2Fx"] {
        let branch = world.read(path);
        has_all(
            &branch,
            &[
                "name",
                "commit",
                "_links",
                "protected",
                "protection",
                "protection_url",
            ],
        );
        has_all(&branch["commit"], COMMIT);
        assert_eq!(branch["commit"]["sha"], json!(world.id("feature/x")));
    }
    for name in ["v1", "nothing", "refs/heads/main", "heads/main", "HEAD"] {
        world.missing(&format!("/branches/{name}"));
    }
    let tags = world.read("/tags");
    assert_eq!(names(&tags, "name"), ["light", "v1"]);
    for tag in tags.as_array().unwrap() {
        has_all(
            tag,
            &["name", "commit", "zipball_url", "tarball_url", "node_id"],
        );
        assert_eq!(
            tag["commit"]["sha"],
            json!(world.id("v1^{}")),
            "the commit behind it"
        );
    }
}

#[test]
fn a_history_is_gits_and_can_be_filtered() {
    let world = World::filled();
    let listed = |query: &str| names(&world.read(&format!("/commits{query}")), "sha");
    let git = |arguments: &[&str]| -> Vec<String> {
        let said = world.git(&[&["rev-list"], arguments].concat());
        said.lines().map(str::to_owned).collect()
    };
    assert_eq!(listed(""), git(&["main"]));
    assert_eq!(listed("?sha=v1"), git(&["v1"]));
    assert_eq!(
        listed("?path=docs/guide.md"),
        git(&["main", "--", "docs/guide.md"])
    );
    assert_eq!(listed("?path=binary"), git(&["main", "--", "binary"]));
    assert_eq!(listed("?path=:(glob)**").len(), 0, "a path is a path");
    assert_eq!(listed("?path=*").len(), 0);
    assert_eq!(listed("?author=ada@example.org").len(), 2);
    assert_eq!(listed("?author=ADA").len(), 2);
    assert_eq!(listed("?author=a.a").len(), 0, "no pattern");
    assert_eq!(listed("?committer=nobody").len(), 0);
    assert_eq!(listed("?since=2026-11-21T08:00:00Z").len(), 2);
    assert_eq!(listed("?since=2026-11-21T08:00:01Z").len(), 0);
    assert_eq!(listed("?until=2026-11-21T07:59:59Z").len(), 0);
    let first = world.get("/commits?per_page=1");
    let link = first.header("link").unwrap();
    // PyGithub's `totalCount` is the number of the last page.
    assert!(
        link.contains("page=2&per_page=1>; rel=\"next\"")
            && link.contains("page=2&per_page=1>; rel=\"last\""),
        "{link}"
    );
    assert_eq!(names(&first.json(), "sha"), git(&["-1", "main"]));
    assert!(
        !world
            .get("/commits?per_page=1&page=2")
            .header("link")
            .unwrap()
            .contains("next")
    );
    assert_eq!(listed("?page=2"), Vec::<String>::new());
    assert_eq!(
        listed("?page=4294967295&per_page=100"),
        Vec::<String>::new()
    );
    world.missing("/commits?sha=nothing");
    for bad in [
        "?since=yesterday",
        "?path=../x",
        "?path=a//b",
        "?author=%0a",
    ] {
        assert_eq!(world.get(&format!("/commits{bad}")).status, 422, "{bad}");
    }
}

/// `PyGithub` reads its `totalCount` off the last page, and the first commit too.
#[test]
fn a_long_history_is_counted_to_its_end_and_again_when_it_grew() {
    let world = World::new();
    let mut stream = String::new();
    for n in 1..=10_050 {
        stream
            .push_str("commit refs/heads/main\ncommitter Ada <ada@example.org> 1795248000 +0000\n");
        stream.push_str(&format!("data {}\n{n}\n", n.to_string().len()));
    }
    std::fs::write(world.folder.join("stream"), stream).unwrap();
    let import = format!(
        "git -C '{}' fast-import --quiet < '{0}/stream'",
        world.folder.display()
    );
    let status = std::process::Command::new("/bin/sh")
        .args(["-c", &import])
        .status();
    assert!(status.unwrap().success());
    world.git(&["push", "-q", "origin", "main"]);
    let last = || {
        let first = world.get("/commits?per_page=1");
        let link = first.header("link").unwrap().to_owned();
        let page = link
            .split('<')
            .find(|part| part.contains("rel=\"last\""))
            .unwrap();
        let (_, page) = page.split_once("?page=").unwrap();
        page.split('&').next().unwrap().to_owned()
    };
    assert_eq!(last(), "10050");
    assert_eq!(last(), "10050", "as it is kept");
    let begin = world.read("/commits?per_page=1&page=10050");
    assert_eq!(begin[0]["commit"]["message"], json!("1"));
    world.git(&["commit", "-q", "--allow-empty", "-m", "one more"]);
    world.git(&["push", "-q", "origin", "main"]);
    assert_eq!(last(), "10051");
    // What is picked out of it is counted by itself.
    assert_eq!(world.read("/commits?author=nobody"), json!([]));
}

#[test]
fn a_commit_tells_what_it_changes() {
    let world = World::filled();
    for name in [
        "main",
        "HEAD",
        &world.id("main"),
        &world.id("main")[..7],
        "heads/main",
    ] {
        let commit = world.read(&format!("/commits/{name}"));
        has_all(&commit, COMMIT);
        assert_eq!(commit["sha"], json!(world.id("main")), "{name}");
    }
    let commit = world.read("/commits/main");
    assert_eq!(
        commit["commit"]["message"],
        "Change the guide\n\nIn two places."
    );
    assert_eq!(
        commit["commit"]["author"],
        json!({ "name": "Ada", "email": "ada@example.org", "date": "2026-11-21T08:00:00Z" })
    );
    assert_eq!(
        commit["author"],
        Value::Null,
        "no account is told for a text that anybody writes"
    );
    assert_eq!(commit["parents"][0]["sha"], json!(world.id("main~1")));
    assert_eq!(
        commit["stats"],
        json!({ "additions": 2, "deletions": 2, "total": 4 })
    );
    let files = commit["files"].as_array().unwrap();
    let of = |path: &str| files.iter().find(|file| file["filename"] == path).unwrap();
    for file in files {
        has_all(
            file,
            &[
                "sha",
                "filename",
                "status",
                "additions",
                "deletions",
                "changes",
                "blob_url",
                "raw_url",
                "contents_url",
            ],
        );
    }
    assert_eq!(of("docs/guide.md")["status"], "modified");
    assert_eq!(
        of("docs/guide.md")["patch"],
        "@@ -1,3 +1,4 @@\n one\n-two\n+2\n three\n+four"
    );
    assert_eq!(
        (
            &of("start.sh")["status"],
            &of("start.sh")["previous_filename"]
        ),
        (&json!("renamed"), &json!("run.sh"))
    );
    assert_eq!(of("docs/deep/er/file.txt")["status"], "removed");
    assert_eq!(files.len(), 3);
    let page = world.read("/commits/main?per_page=1&page=2");
    assert_eq!(
        (&page["files"][0], page["files"].as_array().unwrap().len()),
        (&files[1], 1)
    );
    assert_eq!(
        world.read("/commits/main?per_page=1&page=9")["files"],
        json!([])
    );
    let root = world.read("/commits/v1");
    assert_eq!(root["parents"], json!([]));
    let binary = root["files"]
        .as_array()
        .unwrap()
        .iter()
        .find(|file| file["filename"] == "binary");
    assert_eq!(binary.unwrap().get("patch"), None);
    let sha = world.media("/commits/main", "application/vnd.github.sha");
    assert_eq!(sha.text(), world.id("main"));
    let diff = world
        .media("/commits/main", "application/vnd.github.v3.diff")
        .text();
    assert!(
        diff.contains("rename from run.sh") && diff.contains("+four"),
        "{diff}"
    );
    let patch = world
        .media("/commits/main", "application/vnd.github.patch")
        .text();
    assert!(
        patch.starts_with(&format!("From {} ", world.id("main"))),
        "{patch}"
    );
    world.means_nothing("/commits/nothing");
    world.means_nothing(&format!("/commits/{}", "1".repeat(40)));
    // What GitHub has below a commit and nothing here has is no name of one.
    world.missing("/commits/main/status");
}

#[test]
fn two_commits_are_compared_from_where_they_parted() {
    let world = World::filled();
    world.git(&["checkout", "-q", "feature/x"]);
    world.write("new", b"new\n");
    world.git(&["add", "new"]);
    world.commit("Begin something");
    world.git(&["push", "-q", "origin", "feature/x"]);
    let compared = world.read("/compare/main...feature/x");
    has_all(
        &compared,
        &[
            "url",
            "html_url",
            "permalink_url",
            "diff_url",
            "patch_url",
            "base_commit",
            "merge_base_commit",
            "status",
            "ahead_by",
            "behind_by",
            "total_commits",
            "commits",
            "files",
        ],
    );
    assert_eq!(
        (
            &compared["status"],
            &compared["ahead_by"],
            &compared["behind_by"]
        ),
        (&json!("diverged"), &json!(1), &json!(1))
    );
    assert_eq!(
        compared["merge_base_commit"]["sha"],
        json!(world.id("v1^{}"))
    );
    assert_eq!(names(&compared["commits"], "sha"), [world.id("feature/x")]);
    assert_eq!(names(&compared["files"], "filename"), ["new"]);
    for (ends, status) in [
        ("main...main", "identical"),
        ("v1...main", "ahead"),
        ("main...v1", "behind"),
    ] {
        assert_eq!(
            world.read(&format!("/compare/{ends}"))["status"],
            status,
            "{ends}"
        );
    }
    let diff = world.media("/compare/main...feature%2Fx", "application/vnd.github.diff");
    assert!(
        diff.text().contains("+new") && !diff.text().contains("guide"),
        "{}",
        diff.text()
    );
    let past = world.read("/compare/v1...main?page=2");
    assert_eq!(
        (&past["commits"], &past["total_commits"]),
        (&json!([]), &json!(1))
    );
    world.git(&["checkout", "-q", "--orphan", "alone"]);
    world.commit("Stand alone");
    world.git(&["push", "-q", "origin", "alone"]);
    for ends in [
        "main...alone",
        "main..feature/x",
        "main",
        "main...",
        "...main",
        "other:main...main",
        "main...nothing",
    ] {
        world.missing(&format!("/compare/{ends}"));
    }
}

#[test]
fn gits_own_things_are_read_by_their_ids() {
    let world = World::filled();
    let blob = world.read(&format!("/git/blobs/{}", world.id("main:README.md")));
    has_all(
        &blob,
        &["content", "encoding", "url", "sha", "size", "node_id"],
    );
    assert_eq!(decoded(&blob["content"]), b"# Labs\n");
    let tree = world.read("/git/trees/main");
    has_all(&tree, &["sha", "truncated", "tree"]);
    assert_eq!(tree["sha"], json!(world.id("main^{tree}")));
    let git = world.git(&["ls-tree", "-r", "-t", "--name-only", "main"]);
    for path in [
        "/git/trees/main?recursive=1",
        "/git/trees/main?recursive=false",
    ] {
        assert_eq!(
            names(&world.read(path)["tree"], "path"),
            git.lines().collect::<Vec<_>>()
        );
    }
    let flat = world.read("/git/trees/main?recursive=1");
    let of = |path: &str| {
        let found = flat["tree"]
            .as_array()
            .unwrap()
            .iter()
            .find(|entry| entry["path"] == path);
        found.unwrap().clone()
    };
    assert_eq!(
        (&of("link")["mode"], &of("link")["type"]),
        (&json!("120000"), &json!("blob"))
    );
    assert_eq!(
        (&of("libs/other")["mode"], &of("libs/other")["type"]),
        (&json!("160000"), &json!("commit"))
    );
    assert_eq!(of("start.sh")["mode"], "100755");
    assert_eq!(
        (&of("docs")["mode"], of("docs").get("size")),
        (&json!("040000"), None)
    );
    assert_eq!(of("README.md")["size"], 7);
    let commit = world.read(&format!("/git/commits/{}", world.id("main")));
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
    assert_eq!(commit["verification"]["reason"], "unsigned");
    let tag = world.read(&format!("/git/tags/{}", world.id("v1")));
    has_all(
        &tag,
        &[
            "node_id", "tag", "sha", "url", "message", "tagger", "object",
        ],
    );
    assert_eq!(
        (&tag["tag"], &tag["message"]),
        (&json!("v1"), &json!("The first\n"))
    );
    assert_eq!(tag["object"]["sha"], json!(world.id("v1^{}")));
    // Only of the kind that the path says.
    let (main, readme) = (world.id("main"), world.id("main:README.md"));
    for path in [
        format!("/git/blobs/{main}"),
        format!("/git/commits/{readme}"),
        format!("/git/tags/{main}"),
        format!("/git/trees/{readme}"),
        "/git/commits/main".to_owned(),
        "/git/blobs/README.md".to_owned(),
        format!("/git/blobs/{}", "1".repeat(40)),
        format!("/git/blobs/{}", "1".repeat(41)),
        format!("/commits/{readme}"),
        format!("/contents/README.md?ref={readme}"),
    ] {
        world.means_nothing(&path);
    }
    for path in [
        "/git/ref/heads/feature/x",
        "/git/ref/heads%2Ffeature%2Fx",
        "/git/ref/refs/heads/feature/x",
    ] {
        let reference = world.read(path);
        has_all(&reference, &["ref", "node_id", "url", "object"]);
        assert_eq!(reference["ref"], "refs/heads/feature/x");
        assert_eq!(
            (&reference["object"]["type"], &reference["object"]["sha"]),
            (&json!("commit"), &json!(world.id("feature/x")))
        );
    }
    assert_eq!(world.read("/git/ref/tags/v1")["object"]["type"], "tag");
    for name in ["heads", "heads/feature", "main", "HEAD", "heads/nothing"] {
        world.missing(&format!("/git/ref/{name}"));
    }
    let matching = |beginning: &str| {
        names(
            &world.read(&format!("/git/matching-refs/{beginning}")),
            "ref",
        )
    };
    assert_eq!(matching("heads/fe"), ["refs/heads/feature/x"]);
    assert_eq!(matching("tags"), ["refs/tags/light", "refs/tags/v1"]);
    assert_eq!(matching("heads/nothing"), Vec::<String>::new());
}

#[test]
fn a_repository_to_which_nobody_pushed_is_said_to_be_empty() {
    let world = World::new();
    for path in [
        "/contents",
        "/contents/README.md",
        "/readme",
        "/branches/main",
        "/compare/main...main",
    ] {
        world.missing(path);
    }
    assert_eq!(
        (world.read("/branches"), world.read("/tags")),
        (json!([]), json!([]))
    );
    let id = "1".repeat(40);
    for path in [
        "/commits",
        "/commits/main",
        "/git/ref/heads/main",
        "/git/matching-refs/heads",
        "/git/trees/main",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain(["commits", "blobs", "tags"].map(|kind| format!("/git/{kind}/{id}")))
    {
        let answer = world.get(&path);
        assert_eq!(
            (
                answer.status,
                &answer.json()["message"],
                &answer.json()["reason"]
            ),
            (
                409,
                &json!("Git Repository is empty."),
                &json!("empty_repository")
            ),
            "{path}"
        );
    }
}
