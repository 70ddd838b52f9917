//! A branch under another name: what stands at its address, in Git, in the log; who may; and that it is all or nothing.

use serde_json::{Value, json};

use crate::support::http::Answer;
use crate::support::world::Person;
use crate::world::{LABS, World};

fn reason(answer: &Answer) -> String {
    answer.json()["reason"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

impl World {
    fn renamed(&self, value: &str, branch: &str, to: &str) -> Answer {
        let path = format!("/branches/{branch}/rename");
        self.send_as(value, "POST", &path, json!({ "new_name": to }))
    }

    /// Names of branches as Git lists them, and what `HEAD` leads to.
    fn branches(&self) -> (Vec<String>, String) {
        let listed = self.git(&["ls-remote", "--symref", "origin"]);
        let head = listed
            .lines()
            .find_map(|line| line.strip_prefix("ref: refs/heads/"));
        let head = head.unwrap().split('\t').next().unwrap().to_owned();
        let heads = listed
            .lines()
            .filter_map(|line| line.split_once("\trefs/heads/"));
        (heads.map(|(_, name)| name.to_owned()).collect(), head)
    }

    /// The folder of references of `acme/labs`.
    fn heads(&self) -> std::path::PathBuf {
        let id = self.read("")["id"].as_i64().unwrap();
        let name = format!("{id}.git");
        let mut open = vec![self.site.folder().join("data/repos")];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.file_name().unwrap() == &*name {
                    return path.join("refs/heads");
                }
                if path.is_dir() && path.extension().is_none() {
                    open.push(path);
                }
            }
        }
        panic!("no folder of {name}");
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_branch_is_there_under_its_new_name_alone() {
    let world = World::filled();
    let token = world.token("writer", json!({ "contents": "write" }));
    let tip = world.id("feature/x");
    let intents = world.log("git.push.intent").len();
    let outcomes = world.log("git.push").len();
    let answer = world.renamed(&token.value, "feature%2Fx", "topic/y");
    assert_eq!(answer.status, 201, "{}", answer.text());
    let number = answer.header("x-github-request-id").unwrap().to_owned();
    assert_eq!(answer.json(), world.read("/branches/topic%2Fy"));
    assert_eq!(
        (&answer.json()["name"], &answer.json()["commit"]["sha"]),
        (&json!("topic/y"), &json!(tip))
    );
    world.missing("/branches/feature/x");
    assert_eq!(
        world.branches(),
        (names(&["main", "topic/y"]), "main".to_owned())
    );
    // Both by one push of who asked.
    let log = |event, before: usize| {
        let mut entries = world.log(event).split_off(before);
        entries.sort_by_key(|entry| entry["ref"].to_string());
        entries
    };
    let nothing = "0".repeat(40);
    for entries in [log("git.push.intent", intents), log("git.push", outcomes)] {
        let moved: Vec<_> = entries
            .iter()
            .map(|entry| (&entry["ref"], &entry["before"], &entry["after"]))
            .collect();
        assert_eq!(
            moved,
            [
                (&json!("refs/heads/feature/x"), &json!(tip), &json!(nothing)),
                (&json!("refs/heads/topic/y"), &json!(nothing), &json!(tip)),
            ]
        );
        for entry in &entries {
            assert_eq!(
                (&entry["request_id"], &entry["operation"]),
                (&json!(number), &json!("branch.rename"))
            );
            assert_eq!(
                (&entry["actor"], &entry["token_id"]),
                (&json!("olivia"), &json!(token.id))
            );
        }
    }
    // With the slash as it is, as other clients send it.
    let back = world.renamed(&token.value, "topic/y", "rename");
    assert_eq!(back.status, 201, "{}", back.text());
    let back = world.renamed(&token.value, "rename", "feature/x");
    assert_eq!(back.status, 201, "{}", back.text());
    assert_eq!(world.branches().0, names(&["feature/x", "main"]));
}

#[test]
fn what_can_not_be_renamed_stays() {
    let world = World::filled();
    let olivia = &world.olivia.client;
    world
        .site
        .repository("acme", &world.olivia, "empty", "private");
    let before = world.branches();
    for (branch, to, status) in [
        ("nothing", "topic", 404),
        ("feature", "topic", 404),
        ("refs/heads/main", "topic", 404),
        ("v1", "topic", 404),
        ("feature/x", "main", 422),
        ("feature/x", "feature/x", 422),
        ("main", "feature/x", 422),
        ("feature/x", "", 422),
        ("feature/x", "-x", 422),
        ("feature/x", "a..b", 422),
        ("feature/x", "a b", 422),
        ("feature/x", "a\u{7}b", 422),
        ("feature/x", "x.lock", 422),
        ("feature/x", "HEAD", 422),
        ("feature/x", "/x", 422),
        ("feature/x", "x/", 422),
        // A folder and a file can't have one name: git looks last.
        ("feature/x", "main/x", 422),
        ("feature/x", "feature/x/y", 422),
        ("main", "feature", 422),
    ] {
        let answer = world.renamed(olivia, branch, to);
        assert_eq!(answer.status, status, "{branch} {to:?}: {}", answer.text());
        assert_eq!(world.branches(), before, "{branch} {to:?}");
    }
    for body in [
        json!({}),
        json!({ "new_name": 1 }),
        json!({ "new_name": null }),
        json!({ "new_name": ["x"] }),
        Value::Null,
    ] {
        let answer = world.send("POST", "/branches/feature/x/rename", body.clone());
        assert!(
            [400, 422].contains(&answer.status),
            "{body}: {}",
            answer.text()
        );
    }
    // No route is without a name before its last word, or with that word encoded.
    for path in [
        "/branches/rename",
        "/branches/feature/x",
        "/branches/x%2Frename",
    ] {
        let answer = world.send("POST", path, json!({ "new_name": "topic" }));
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
    let long = "x".repeat(600);
    let answer = world.renamed(olivia, "feature/x", &long);
    assert!([403, 422].contains(&answer.status), "{}", answer.text());
    let path = "/api/v3/repos/acme/empty/branches/main/rename";
    let body = json!({ "new_name": "topic" });
    let answer = world.site.call("POST", path, Some(olivia), &body);
    assert_eq!(answer.status, 404, "{}", answer.text());
    assert_eq!(world.branches(), before);
}

#[test]
fn what_clones_check_out_follows_the_default_branch() {
    let world = World::filled();
    let tip = world.id("main");
    let updates = world.log("repo.update").len();
    let answer = world.renamed(&world.olivia.client, "main", "trunk");
    assert_eq!(
        (answer.status, &answer.json()["name"]),
        (201, &json!("trunk")),
        "{}",
        answer.text()
    );
    assert_eq!(
        world.branches(),
        (names(&["feature/x", "trunk"]), "trunk".to_owned())
    );
    assert_eq!(world.read("")["default_branch"], "trunk");
    assert_eq!(world.read("/commits/HEAD")["sha"], tip);
    let chosen = world.log("repo.update").split_off(updates);
    assert_eq!(chosen.len(), 1);
    assert_eq!(
        (&chosen[0]["default_branch"], &chosen[0]["actor"]),
        (&json!("trunk"), &json!("olivia"))
    );
}

/// Who may: as a push of both names; of the default branch, whoever may choose it.
#[test]
fn both_names_are_held_against_who_asks() {
    let world = World::filled();
    let site = &world.site;
    let [mia, rita]: [Person; 2] = ["mia", "rita"].map(|login| site.person(login, false));
    site.collaborator("acme/labs", &world.olivia, &mia, "write");
    site.collaborator("acme/labs", &world.olivia, &rita, "read");
    let conditioned = |name: &str, refs: Value| {
        site.token(
            &world.olivia,
            &json!({
                "name": name, "owner": "acme", "repositories": ["labs"],
                "permissions": { "contents": "write", "administration": "write" },
                "conditions": [{ "refs": { "only": refs } }],
            }),
        )
    };
    let patterns = |patterns: &[&str], no_delete| json!({ "patterns": patterns, "no_force": false, "no_delete": no_delete });
    let old = conditioned("old", patterns(&["refs/heads/feature/*"], false));
    let new = conditioned("new", patterns(&["refs/heads/topic"], false));
    let kept = conditioned("kept", patterns(&["refs/heads/**"], true));
    let writer = world.token("writer", json!({ "contents": "write" }));
    let reader = world.token(
        "reader",
        json!({ "contents": "read", "administration": "write" }),
    );
    let before = world.branches();
    for (value, branch, word) in [
        (&reader.value, "feature/x", "permission_missing"),
        (&rita.client, "feature/x", "role_too_low"),
        (&old.value, "feature/x", "ref_forbidden"),
        (&new.value, "feature/x", "ref_forbidden"),
        (&kept.value, "feature/x", "delete_forbidden"),
        (&writer.value, "main", "permission_missing"),
        (&mia.client, "main", "role_too_low"),
        (&kept.value, "main", "ref_forbidden"),
    ] {
        let answer = world.renamed(value, branch, "topic");
        assert_eq!(
            (answer.status, reason(&answer).as_str()),
            (403, word),
            "{branch}: {}",
            answer.text()
        );
        assert_eq!(world.branches(), before);
    }
    let path = format!("{LABS}/branches/main/rename");
    let body = json!({ "new_name": "topic" });
    assert_eq!(site.call("POST", &path, None, &body).status, 401);
    let sam = site.person("sam", false);
    let hidden = site.call("POST", &path, Some(&sam.client), &body);
    assert_eq!(hidden.status, 404);
    // And who may, does.
    for (value, from, to) in [
        (&mia.client, "feature/x", "feature/y"),
        (&old.value, "feature/y", "feature/x"),
        (&writer.value, "feature/x", "topic"),
    ] {
        let answer = world.renamed(value, from, to);
        assert_eq!(answer.status, 201, "{from}: {}", answer.text());
    }
    let both = world.token(
        "both",
        json!({ "contents": "write", "administration": "write" }),
    );
    assert_eq!(world.renamed(&both.value, "main", "trunk").status, 201);
    assert_eq!(
        world.branches(),
        (names(&["topic", "trunk"]), "trunk".to_owned())
    );
}

/// Git can't delete what another holds locked: then nothing is made either, and the default branch is the old one again.
#[test]
fn it_is_all_or_nothing() {
    let world = World::filled();
    let olivia = &world.olivia.client;
    let before = world.branches();
    let heads = world.heads();
    for branch in ["feature/x", "main"] {
        let lock = heads.join(format!("{branch}.lock"));
        std::fs::create_dir_all(lock.parent().unwrap()).unwrap();
        std::fs::write(&lock, b"").unwrap();
        let answer = world.renamed(olivia, branch, "topic");
        assert!([409, 422].contains(&answer.status), "{}", answer.text());
        assert_eq!(world.branches(), before, "{branch}");
        assert_eq!(world.read("")["default_branch"], "main");
        std::fs::remove_file(&lock).unwrap();
    }
    let answer = world.renamed(olivia, "main", "topic");
    assert_eq!(answer.status, 201, "{}", answer.text());
}
