//! References made, moved and deleted over REST: as a push, with the same conditions and the same log.

use serde_json::{Value, json};

use crate::support::http::Answer;
use crate::world::{LABS, World};

fn reason(answer: &Answer) -> String {
    answer.json()["reason"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn a_reference_is_made_moved_and_deleted() {
    let world = World::filled();
    let (first, second) = (world.id("v1^{}"), world.id("main"));
    let made = world.send(
        "POST",
        "/git/refs",
        json!({ "ref": "refs/heads/topic/a", "sha": first }),
    );
    assert_eq!(
        (made.status, &made.json()["object"]["sha"]),
        (201, &json!(first)),
        "{}",
        made.text()
    );
    let moved = world.send("PATCH", "/git/refs/heads/topic/a", json!({ "sha": second }));
    assert_eq!(
        (moved.status, &moved.json()["object"]["sha"]),
        (200, &json!(second)),
        "{}",
        moved.text()
    );
    assert_eq!(world.fetched("server/heads/topic/a"), second);
    let back = world.send(
        "PATCH",
        "/git/refs/heads/topic%2Fa",
        json!({ "sha": first }),
    );
    assert_eq!(
        (back.status, reason(&back)),
        (422, "invalid".to_owned()),
        "it would lose history"
    );
    assert_eq!(
        world
            .send(
                "PATCH",
                "/git/refs/heads/topic/a",
                json!({ "sha": first, "force": true })
            )
            .status,
        200
    );
    assert_eq!(world.fetched("server/heads/topic/a"), first);
    assert_eq!(
        world
            .send("DELETE", "/git/refs/heads/topic/a", Value::Null)
            .status,
        204
    );
    world.missing("/git/ref/heads/topic/a");
    assert_eq!(
        world
            .send("DELETE", "/git/refs/heads/topic/a", Value::Null)
            .status,
        422
    );
    let default = world.send("DELETE", "/git/refs/heads/main", Value::Null);
    assert_eq!(
        (default.status, reason(&default)),
        (403, "forbidden".to_owned()),
        "{}",
        default.text()
    );
    let (blob, tag) = (world.id("main:README.md"), world.id("v1"));
    let create =
        |name: &str, sha: &str| world.send("POST", "/git/refs", json!({ "ref": name, "sha": sha }));
    assert_eq!(create("refs/tags/of-a-blob", &blob).status, 201);
    assert_eq!(create("refs/tags/of-a-tag", &tag).status, 201);
    for (name, sha) in [
        ("refs/heads/main", &first),
        ("refs/heads/x", &blob),
        ("refs/heads/x", &tag),
        ("refs/heads/x", &"1".repeat(40)),
        ("refs/heads/x", &"main".to_owned()),
        ("refs/heads/x", &first[..10].to_owned()),
        ("heads/x", &first),
        ("refs/x", &first),
        ("refs/heads/-x", &first),
        ("refs/heads/a..b", &first),
        ("refs/heads/x.lock", &first),
        ("refs/heads/HEAD", &first),
        ("refs/jeton/x", &first),
        ("refs/replace/x", &first),
        ("HEAD", &first),
    ] {
        let answer = create(name, sha);
        assert_eq!(answer.status, 422, "{name} {sha}: {}", answer.text());
    }
    // A folder and a file can't have one name: git looks last.
    let clash = create("refs/heads/main/below", &first);
    assert!([409, 422].contains(&clash.status), "{}", clash.text());
}

#[test]
fn each_change_stands_in_the_log_before_and_after_it_is_made() {
    let world = World::filled();
    let token = world.token("writer", json!({ "contents": "write" }));
    let (intents, outcomes) = (
        world.log("git.push.intent").len(),
        world.log("git.push").len(),
    );
    let (old, new) = (world.id("v1^{}"), world.id("main"));
    let answer = world.send_as(
        &token.value,
        "PATCH",
        "/git/refs/heads/feature/x",
        json!({ "sha": new }),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
    let number = answer.header("x-github-request-id").unwrap();
    let (intents, outcomes) = (
        world.log("git.push.intent").split_off(intents),
        world.log("git.push").split_off(outcomes),
    );
    assert_eq!((intents.len(), outcomes.len()), (1, 1));
    for entry in [&intents[0], &outcomes[0]] {
        assert_eq!(
            (&entry["ref"], &entry["before"], &entry["after"]),
            (&json!("refs/heads/feature/x"), &json!(old), &json!(new))
        );
        assert_eq!(
            (&entry["door"], &entry["request_id"]),
            (&json!("api"), &json!(number))
        );
        assert_eq!(
            (&entry["actor"], &entry["token_id"]),
            (&json!("olivia"), &json!(token.id))
        );
        assert_eq!(entry["operation"], "git_ref.update");
    }
    assert_eq!(outcomes[0]["outcome"], "updated");
}

#[test]
fn a_tokens_conditions_hold_over_rest_as_in_a_push() {
    let world = World::filled();
    let conditioned = |name: &str, refs: Value| {
        world.site.token(&world.olivia, &json!({
            "name": name, "owner": "acme", "repositories": ["labs"], "permissions": { "contents": "write" },
            "conditions": [{ "refs": { "only": refs } }],
        }))
    };
    let agent = conditioned(
        "agent",
        json!({ "patterns": ["refs/heads/agent/*"], "no_force": false, "no_delete": false }),
    );
    let kept = conditioned(
        "kept",
        json!({ "patterns": ["refs/heads/**"], "no_force": true, "no_delete": true }),
    );
    let (first, second) = (world.id("v1^{}"), world.id("main"));
    let put = |branch: &str| json!({ "message": "x", "content": "eA==", "branch": branch });
    let refused = world.log("git.push").len();
    for (token, method, path, body, word) in [
        (&agent, "PUT", "/contents/x", put("main"), "ref_forbidden"),
        (
            &agent,
            "POST",
            "/git/refs",
            json!({ "ref": "refs/heads/other", "sha": first }),
            "ref_forbidden",
        ),
        (
            &agent,
            "POST",
            "/git/refs",
            json!({ "ref": "refs/tags/v9", "sha": first }),
            "ref_forbidden",
        ),
        (
            &agent,
            "PATCH",
            "/git/refs/heads/feature/x",
            json!({ "sha": second }),
            "ref_forbidden",
        ),
        (
            &agent,
            "DELETE",
            "/git/refs/tags/v1",
            Value::Null,
            "ref_forbidden",
        ),
        (
            &kept,
            "PATCH",
            "/git/refs/heads/main",
            json!({ "sha": first, "force": true }),
            "force_forbidden",
        ),
        (
            &kept,
            "DELETE",
            "/git/refs/heads/feature/x",
            Value::Null,
            "delete_forbidden",
        ),
    ] {
        let answer = world.send_as(&token.value, method, path, body);
        assert_eq!(
            (answer.status, reason(&answer).as_str()),
            (403, word),
            "{method} {path}: {}",
            answer.text()
        );
        assert_eq!(answer.json()["layer"], "rule");
    }
    let refused = world.log("git.push").split_off(refused);
    assert!(
        refused.iter().all(|entry| entry["outcome"] == "refused"),
        "{refused:?}"
    );
    assert_eq!(world.fetched("server/heads/main"), second);
    assert_eq!(world.id("server/heads/feature/x"), first);
    let made = world.send_as(
        &agent.value,
        "POST",
        "/git/refs",
        json!({ "ref": "refs/heads/agent/one", "sha": first }),
    );
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(
        world
            .send_as(&agent.value, "PUT", "/contents/x", put("agent/one"))
            .status,
        201
    );
    assert_eq!(
        world
            .send_as(
                &kept.value,
                "PATCH",
                "/git/refs/heads/feature/x",
                json!({ "sha": second })
            )
            .status,
        200
    );
}

#[test]
fn who_may_only_read_writes_nothing() {
    let world = World::filled();
    let reader = world.token("reader", json!({ "contents": "read" }));
    let mia = world.site.person("mia", false);
    world
        .site
        .collaborator("acme/labs", &world.olivia, &mia, "read");
    let sha = world.id("main");
    for (method, path, body) in [
        (
            "PUT",
            "/contents/x",
            json!({ "message": "x", "content": "eA==" }),
        ),
        (
            "DELETE",
            "/contents/README.md",
            json!({ "message": "x", "sha": sha }),
        ),
        ("POST", "/git/blobs", json!({ "content": "x" })),
        (
            "POST",
            "/git/trees",
            json!({ "tree": [{ "path": "x", "mode": "100644", "content": "x" }] }),
        ),
        (
            "POST",
            "/git/commits",
            json!({ "message": "x", "tree": sha }),
        ),
        (
            "POST",
            "/git/tags",
            json!({ "tag": "x", "message": "x", "object": sha, "type": "commit" }),
        ),
        (
            "POST",
            "/git/refs",
            json!({ "ref": "refs/heads/x", "sha": sha }),
        ),
        ("PATCH", "/git/refs/heads/feature/x", json!({ "sha": sha })),
        ("DELETE", "/git/refs/heads/feature/x", Value::Null),
    ] {
        for (value, word) in [
            (&reader.value, "permission_missing"),
            (&mia.client, "role_too_low"),
        ] {
            let answer = world.send_as(value, method, path, body.clone());
            assert_eq!(
                (answer.status, reason(&answer).as_str()),
                (403, word),
                "{method} {path}"
            );
        }
        let path = format!("{LABS}{path}");
        assert_eq!(
            world.site.call(method, &path, None, &body).status,
            401,
            "{method} {path} by nobody"
        );
    }
    assert_eq!(world.fetched("server/heads/main"), sha);
}
