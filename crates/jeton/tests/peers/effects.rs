//! What a change leaves, when it does not happen, and when several want the same.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::world::World;

fn database(world: &World) -> rusqlite::Connection {
    let path = world.site.folder().join("data/jeton.db");
    let database = rusqlite::Connection::open(path).unwrap();
    database
        .busy_timeout(std::time::Duration::from_secs(10))
        .unwrap();
    database
}

/// Everything that a change could have left: rows, repositories' folders, tombstones.
fn state(world: &World) -> (Vec<(String, i64)>, usize, Vec<u8>) {
    let database = database(world);
    let rows = [
        "tokens",
        "secrets",
        "requests",
        "repositories",
        "feed",
        "jobs",
        "audit",
        "tombstones",
        "sign_ins",
    ]
    .map(|table| {
        let sql = format!("SELECT count(*) FROM {table}");
        (
            table.to_owned(),
            database.query_row(&sql, [], |row| row.get(0)).unwrap(),
        )
    });
    let mut folders = 0;
    let mut open = vec![world.site.folder().join("data/repos")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "git") {
                folders += 1;
            } else if path.is_dir() {
                open.push(path);
            }
        }
    }
    let tombstones = std::fs::read(world.site.folder().join("data/tombstones")).unwrap_or_default();
    (rows.into(), folders, tombstones)
}

/// crates.io. Slipped: the mail 'token created' went out before the insert. Proved: where the last
/// statement of a change fails, there is neither row, folder, feed entry, job nor tombstone of it,
/// nothing that was shown works, and nothing that was to end has ended.
#[test]
fn nothing_happens_before_the_commit() {
    let world = World::new();
    let live = world.members("live", "read");
    let waiting = world.asked("waiting", &json!(["code"]), &json!({ "contents": "write" }));
    let requests = "/api/v3/orgs/acme/personal-access-token-requests";
    let request = world.get(&world.olivia.client, requests).json()[0]["id"].clone();
    assert_eq!(world.fetch(Some(&live.value), "code").status, 200);
    let before = state(&world);
    let breaking =
        "CREATE TRIGGER broken BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'broken'); END";
    database(&world).execute_batch(breaking).unwrap();
    let (mia, olivia) = (&world.mia.client, &world.olivia.client);
    let own = format!("/api/jeton/v1/tokens/{}", live.id);
    for (who, method, path, body) in [
        (
            mia,
            "POST",
            "/api/jeton/v1/tokens".to_owned(),
            json!({ "name": "never" }),
        ),
        (
            mia,
            "POST",
            format!("{own}/rotate"),
            json!({ "overlap_seconds": 0 }),
        ),
        (mia, "POST", format!("{own}/revoke"), Value::Null),
        (mia, "POST", format!("{own}/suspend"), Value::Null),
        (mia, "DELETE", own.clone(), Value::Null),
        (
            olivia,
            "POST",
            format!("{requests}/{request}"),
            json!({ "action": "approve" }),
        ),
        (
            olivia,
            "POST",
            "/api/v3/orgs/acme/repos".to_owned(),
            json!({ "name": "never" }),
        ),
        (
            olivia,
            "DELETE",
            "/api/v3/repos/acme/secret".to_owned(),
            Value::Null,
        ),
        (
            olivia,
            "DELETE",
            "/api/v3/orgs/acme/members/mia".to_owned(),
            Value::Null,
        ),
        (
            olivia,
            "PATCH",
            "/api/v3/repos/acme/code".to_owned(),
            json!({ "visibility": "public" }),
        ),
        (
            olivia,
            "PATCH",
            "/api/jeton/v1/orgs/acme/policy".to_owned(),
            json!({ "approval_required": false }),
        ),
    ] {
        let answer = world.site.call(method, &path, Some(who), &body);
        assert!(
            [500, 503].contains(&answer.status),
            "{method} {path}: {}",
            answer.text()
        );
        assert!(!answer.text().contains("jeton_pat_") && !answer.text().contains("broken"));
        assert_eq!(state(&world), before, "{method} {path}");
    }
    // A push: no entry, no ref.
    let writes = |header: &str| {
        world
            .machine
            .git_in(&world.source, &["push", header, "main:refs/heads/never"])
    };
    assert!(!writes(&world.url(olivia, "code")).ok);
    database(&world)
        .execute_batch("DROP TRIGGER broken")
        .unwrap();
    assert_eq!(world.fetch(Some(&live.value), "code").status, 200);
    assert_eq!(world.fetch(Some(&waiting.value), "code").status, 404);
    assert_eq!(world.fetch(None, "code").status, 401);
    let refs = world
        .machine
        .git(&["ls-remote", &world.url(olivia, "code")])
        .succeeded();
    assert!(
        !refs.says("never") && refs.says("refs/heads/main"),
        "{}",
        refs.out
    );
    writes(&world.url(olivia, "code")).succeeded();
}

/// MAS, October 2025. Slipped: a partial unique index had the wrong predicate. Proved at the door: of
/// many who want one name at once, exactly one gets it, for tokens, repositories, teams, organizations
/// and a person's name; ended ones free a token's name and lock an account's.
#[test]
fn of_many_at_once_exactly_one_takes_a_name() {
    let world = World::new();
    let at_once = |who: &str, path: &str, body: &Value| {
        let made = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    let answer = world.site.call("POST", path, Some(who), body);
                    assert!(
                        [201, 409, 422].contains(&answer.status),
                        "{path}: {}",
                        answer.text()
                    );
                    made.fetch_add(usize::from(answer.status == 201), Ordering::SeqCst);
                });
            }
        });
        made.into_inner()
    };
    let (mia, olivia) = (&world.mia.client, &world.olivia.client);
    for (who, path, body) in [
        (mia, "/api/jeton/v1/tokens", json!({ "name": "Same" })),
        (olivia, "/api/v3/orgs/acme/repos", json!({ "name": "Same" })),
        (mia, "/api/v3/user/repos", json!({ "name": "Same" })),
        (olivia, "/api/v3/orgs/acme/teams", json!({ "name": "Same" })),
        (olivia, "/api/jeton/v1/orgs", json!({ "login": "Same" })),
    ] {
        assert_eq!(at_once(who, path, &body), 1, "{path}");
        let folded = json!({ "name": "sAME", "login": "sAME" });
        let key = if path.ends_with("/orgs") {
            "login"
        } else {
            "name"
        };
        let again = world
            .site
            .call("POST", path, Some(who), &json!({ key: folded[key] }));
        assert!(
            [409, 422].contains(&again.status),
            "{path}: {}",
            again.text()
        );
    }
    // Another person's token may have the same name, and one's own again when the first is deleted.
    assert_eq!(
        at_once(olivia, "/api/jeton/v1/tokens", &json!({ "name": "Same" })),
        1
    );
    let list = world.get(mia, "/api/jeton/v1/tokens").json();
    let id = list
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["name"] == "Same")
        .unwrap()["id"]
        .clone();
    world.site.must(
        "DELETE",
        &format!("/api/jeton/v1/tokens/{id}"),
        Some(mia),
        &Value::Null,
    );
    assert_eq!(
        at_once(mia, "/api/jeton/v1/tokens", &json!({ "name": "same" })),
        1
    );
    // An account's name that was given up is nobody's.
    world.site.must(
        "DELETE",
        "/api/jeton/v1/orgs/same",
        Some(olivia),
        &Value::Null,
    );
    assert_eq!(
        at_once(olivia, "/api/jeton/v1/orgs", &json!({ "login": "same" })),
        0
    );
}
