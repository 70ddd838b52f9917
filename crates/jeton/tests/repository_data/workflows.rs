//! Files that tell a build server what to run: who changes them, over Git and over REST.

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::git::Said;
use crate::support::world::Token;
use crate::world::World;

const NEEDED: &str = "needs `workflows: write`";

struct Builds {
    world: World,
    plain: Token,
    holder: Token,
}

impl Builds {
    /// A workflow stands on `feature/x`, and on no other branch.
    fn new(site: Site) -> Self {
        let world = World::filled_on(site);
        world.git(&["checkout", "-q", "feature/x"]);
        world.write(".github/workflows/ci.yml", b"on: push\n");
        world.git(&["add", ".github"]);
        world.commit("Build it");
        world.git(&["push", "-q", "origin", "feature/x"]);
        world.git(&["checkout", "-q", "-f", "main"]);
        let plain = world.token("plain", json!({ "contents": "write" }));
        let holder = world.token(
            "holder",
            json!({ "contents": "write", "workflows": "write" }),
        );
        Self {
            world,
            plain,
            holder,
        }
    }

    fn push(&self, token: &str, refs: &[&str]) -> Said {
        let url = format!(
            "http://x:{token}@{}/acme/labs.git",
            self.world.site.address()
        );
        let arguments = [&["push", "-q", &url], refs].concat();
        self.world.machine.git_in(&self.world.folder, &arguments)
    }

    fn workflow(&self, path: &str, text: &str) {
        self.world.write(path, text.as_bytes());
        self.world.git(&["add", path]);
        self.world.commit("Change what is built");
    }

    fn put(&self, token: &Token, path: &str, branch: &str) -> (u16, Value) {
        let body = json!({ "message": "x", "content": "eA==", "branch": branch });
        let answer = self
            .world
            .send_as(&token.value, "PUT", &format!("/contents/{path}"), body);
        (answer.status, answer.json())
    }
}

#[test]
fn a_token_pushes_workflows_only_if_it_holds_them() {
    let builds = Builds::new(Site::start());
    let (plain, holder) = (builds.plain.value.clone(), builds.holder.value.clone());
    builds.workflow(".github/workflows/new.yml", "on: push\n");
    let refused = builds.push(&plain, &["main"]).failed_with(&[NEEDED]);
    assert!(refused.says("jeton token edit"), "{}", refused.err);
    // What comes after it, a tag, another branch: the commit comes along.
    builds.world.write("other", b"x");
    builds.world.git(&["add", "other"]);
    builds.world.commit("Something else");
    builds.world.git(&["tag", "v2"]);
    builds.world.git(&["tag", "-a", "v3", "-m", "x"]);
    for refs in [
        "main",
        "main:refs/heads/other",
        "v2",
        "v3",
        "main:refs/notes/x",
    ] {
        builds.push(&plain, &[refs]).failed_with(&[NEEDED]);
    }
    // Taken back again before it is pushed, it is in what is pushed all the same.
    builds.world.git(&["rm", "-q", ".github/workflows/new.yml"]);
    builds.world.commit("Take it back");
    builds.push(&plain, &["main"]).failed_with(&[NEEDED]);
    // One ref is refused, the other goes through.
    builds.world.git(&["branch", "harmless", "v1"]);
    builds
        .push(&plain, &["main", "harmless"])
        .failed_with(&[NEEDED]);
    assert_eq!(
        builds.world.fetched("server/heads/harmless"),
        builds.world.id("v1^{}")
    );
    builds.push(&holder, &["main"]).succeeded();
    // What the repository has is not new any more.
    builds
        .push(&plain, &["main:refs/heads/other", "v2"])
        .succeeded();
    // A person's own client needs nothing.
    builds.workflow(".github/workflows/again.yml", "on: push\n");
    builds
        .push(&builds.world.olivia.client, &["main"])
        .succeeded();
}

#[test]
fn what_stands_at_the_tip_of_a_branch_may_be_brought_to_another() {
    let builds = Builds::new(Site::start());
    let plain = builds.plain.value.clone();
    builds.workflow(".github/workflows/ci.yml", "on: push\n");
    builds.push(&plain, &["main"]).succeeded();
    // The same text at another path, or another text at this path, is new.
    builds.workflow(".github/workflows/copy.yml", "on: push\n");
    builds.push(&plain, &["main"]).failed_with(&[NEEDED]);
    builds.world.git(&["reset", "-q", "--hard", "HEAD^"]);
    builds.workflow(".github/workflows/ci.yml", "on: pull_request\n");
    builds.push(&plain, &["main"]).failed_with(&[NEEDED]);
    builds.world.git(&["reset", "-q", "--hard", "HEAD^"]);
    // A deletion adds nothing.
    builds.world.git(&["rm", "-q", ".github/workflows/ci.yml"]);
    builds.world.commit("Build no more");
    builds.push(&plain, &["main"]).succeeded();
    // It stood at a tip, and stands at one of this repository still; a tag is no branch.
    builds
        .push(
            &builds.holder.value,
            &["feature/x:refs/tags/kept", ":feature/x"],
        )
        .succeeded();
    builds.workflow(".github/workflows/ci.yml", "on: push\n");
    builds.push(&plain, &["main"]).failed_with(&[NEEDED]);
}

#[test]
fn merges_bring_only_what_no_side_had() {
    let builds = Builds::new(Site::start());
    let plain = builds.plain.value.clone();
    builds
        .world
        .git(&["merge", "-q", "-m", "Merge", "feature/x"]);
    builds.push(&plain, &["main"]).succeeded();
    builds.world.git(&["checkout", "-q", "-b", "side", "HEAD^"]);
    builds.world.write("side", b"x");
    builds.world.git(&["add", "side"]);
    builds.world.commit("A side");
    builds.world.git(&["merge", "-q", "--no-commit", "main"]);
    builds
        .world
        .write(".github/workflows/ci.yml", b"on: evil\n");
    builds.world.git(&["add", ".github"]);
    builds.world.commit("Merge, and more");
    builds.push(&plain, &["side"]).failed_with(&[NEEDED]);
    // An unrelated history brings all that is in it.
    builds.world.git(&["checkout", "-q", "--orphan", "alone"]);
    builds.world.commit("Alone");
    builds.push(&plain, &["alone"]).failed_with(&[NEEDED]);
}

#[test]
fn the_folder_itself_is_not_turned_into_something_else() {
    let builds = Builds::new(Site::start());
    let plain = builds.plain.value.clone();
    let elsewhere = "1".repeat(40);
    for (path, mode) in [
        (".github", "120000"),
        (".github/workflows", "120000"),
        (".github", "160000"),
        (".github/workflows", "160000"),
    ] {
        builds
            .world
            .git(&["checkout", "-q", "-f", "-B", "turned", "main"]);
        let object = if mode == "160000" {
            elsewhere.clone()
        } else {
            builds.world.id("main:README.md")
        };
        builds.world.git(&[
            "update-index",
            "--add",
            "--cacheinfo",
            &format!("{mode},{object},{path}"),
        ]);
        builds.world.commit("Turn it");
        builds.push(&plain, &["turned"]).failed_with(&[NEEDED]);
    }
    builds
        .world
        .git(&["checkout", "-q", "-f", "-B", "beside", "main"]);
    builds.workflow(".github/dependabot.yml", "x");
    builds.workflow("docs/.github/workflows/x.yml", "x");
    builds.push(&plain, &["beside"]).succeeded();
}

#[test]
fn the_rule_holds_over_rest() {
    let builds = Builds::new(Site::start());
    let path = ".github/workflows/new.yml";
    let (status, said) = builds.put(&builds.plain, path, "main");
    assert_eq!(
        (status, &said["reason"], &said["layer"]),
        (403, &json!("workflow_needed"), &json!("rule")),
        "{said}"
    );
    let fix = said["fix"].as_str().unwrap();
    assert!(
        fix.contains("-p workflows=write") && fix.contains("-p contents=write"),
        "{fix}"
    );
    assert_eq!(builds.put(&builds.plain, "README2.md", "main").0, 201);
    // Made one by one, the parts lead nowhere; the reference is what is asked about.
    let post = |path: &str, body: Value| {
        builds
            .world
            .send_as(&builds.plain.value, "POST", path, body)
    };
    let tip = builds.world.fetched("server/heads/main");
    let tree = json!({ "base_tree": builds.world.id("server/heads/main^{tree}"), "tree": [{ "path": path, "mode": "100644", "content": "x" }] });
    let tree = post("/git/trees", tree).json();
    let commit = post(
        "/git/commits",
        json!({ "message": "x", "tree": tree["sha"], "parents": [tip] }),
    )
    .json();
    let made = post(
        "/git/refs",
        json!({ "ref": "refs/heads/fresh", "sha": commit["sha"] }),
    );
    assert_eq!(
        (made.status, &made.json()["reason"]),
        (403, &json!("workflow_needed")),
        "{}",
        made.text()
    );
    let moved = builds.world.send_as(
        &builds.plain.value,
        "PATCH",
        "/git/refs/heads/main",
        json!({ "sha": commit["sha"] }),
    );
    assert_eq!(
        (moved.status, &moved.json()["reason"]),
        (403, &json!("workflow_needed"))
    );
    assert_eq!(builds.world.fetched("server/heads/main"), tip);
    let refused = builds.world.log("git.push");
    assert_eq!(refused.last().unwrap()["outcome"], "refused");
    let gone = json!({ "message": "x", "sha": builds.world.id("server/heads/feature/x:.github/workflows/ci.yml"), "branch": "feature/x" });
    let gone = builds.world.send_as(
        &builds.plain.value,
        "DELETE",
        "/contents/.github/workflows/ci.yml",
        gone,
    );
    assert_eq!(gone.status, 200, "a deletion adds nothing: {}", gone.text());
    assert_eq!(builds.put(&builds.holder, path, "main").0, 201);
}

#[test]
fn the_site_says_which_paths_are_guarded() {
    let paths = ".gitlab-ci.yml, .woodpecker*, Jenkinsfile, .forgejo/workflows/";
    let builds = Builds::new(Site::with(&[("git.guarded_paths", paths)]));
    for (path, status) in [
        (".github/workflows/new.yml", 201),
        (".gitlab-ci.yml", 403),
        (".woodpecker.yml", 403),
        (".woodpecker/build.yml", 403),
        ("Jenkinsfile", 403),
        (".forgejo/workflows/x.yml", 403),
        ("docs/Jenkinsfile", 201),
    ] {
        let (got, said) = builds.put(&builds.plain, path, "main");
        assert_eq!(got, status, "{path}: {said}");
    }
    let free = Builds::new(Site::with(&[("git.guarded_paths", "none")]));
    assert_eq!(
        free.put(&free.plain, ".github/workflows/new.yml", "main").0,
        201
    );
}

/// What is neither a commit nor leads to one has no commits to look into.
#[test]
fn tags_of_files_and_folders_need_nothing() {
    let builds = Builds::new(Site::start());
    builds.world.git(&["tag", "of-a-file", "main:README.md"]);
    builds.world.git(&["tag", "of-a-folder", "main^{tree}"]);
    builds
        .push(&builds.plain.value, &["of-a-file", "of-a-folder"])
        .succeeded();
}
