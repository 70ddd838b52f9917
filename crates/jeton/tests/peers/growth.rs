//! Codeberg and Forgejo 1.20. Slipped: a migration widened tokens that were there. Proved: what each
//! token may do, asked of every route of the tables, is the same after the server opened the database
//! again, and never more; also where the database is an older copy of itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jeton::server::TABLES;
use jeton_domain::TargetKind;
use serde_json::{Value, json};

use crate::support::routes::target;
use crate::support::world::Token;
use crate::world::World;

/// Everything that the value may do: asked of `explain`, which asks the decision; and what it reads
/// is read.
fn allowed(world: &World, name: &str, value: &str) -> BTreeSet<String> {
    let mut allowed = BTreeSet::new();
    for route in TABLES
        .iter()
        .flat_map(|table| table.routes.iter().map(move |route| (table, route)))
    {
        let (table, route) = route;
        let repositories: &[&str] = match route.operation.target {
            TargetKind::Repository => &["code", "secret", "open"],
            _ => &["code"],
        };
        for repository in repositories {
            let url = target(route, table.prefixes[0], repository);
            let body = json!({ "method": route.method.name(), "url": url });
            let answer = world
                .site
                .call("POST", "/api/jeton/v1/explain", Some(value), &body);
            let told = answer.json();
            if answer.status == 200 && told["allowed"] == true {
                let asked = format!("{name} {} {url}", route.method.name());
                if told["anonymous_view"] == false {
                    allowed.insert(format!("{asked} with power"));
                }
                allowed.insert(asked);
            }
        }
    }
    for target in ["code", "secret", "open"] {
        if world.fetch(Some(value), target).status == 200 {
            allowed.insert(format!("{name} reads {target}"));
        }
    }
    allowed
}

fn all(world: &World, tokens: &[(&str, String)]) -> BTreeSet<String> {
    tokens
        .iter()
        .flat_map(|(name, value)| allowed(world, name, value))
        .collect()
}

fn database_files(world: &World) -> Vec<PathBuf> {
    let data = world.site.folder().join("data");
    let files = std::fs::read_dir(data)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files.filter(|path| is_database(path)).collect()
}

fn is_database(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with("jeton.db"))
}

#[test]
fn a_tokens_allowed_set_never_grows() {
    let mut world = World::new();
    let wide = json!({ "contents": "write", "administration": "write", "members": "read" });
    let conditions = json!({
        "name": "refs", "owner": "acme", "repositories": ["code"], "permissions": { "contents": "write" },
        "conditions": [{ "refs": { "only": { "patterns": ["refs/heads/a/*"], "no_force": true, "no_delete": true } } }],
    });
    let widened = world.members("widened", "read");
    let edit = json!({ "permissions": { "contents": "write" }, "repositories": "all" });
    let path = format!("/api/jeton/v1/tokens/{}", widened.id);
    world
        .site
        .must("PATCH", &path, Some(&world.mia.client), &edit);
    // What it selected is gone: it selects nothing, not everything.
    world
        .site
        .repository("acme", &world.olivia, "gone", "private");
    let emptied = world.owners("emptied", &json!(["gone"]), &json!({ "contents": "read" }));
    let gone = "/api/v3/repos/acme/gone";
    world
        .site
        .must("DELETE", gone, Some(&world.olivia.client), &Value::Null);
    let doomed: Vec<Token> = ["revoked", "suspended", "rotated"]
        .map(|name| world.members(name, "write"))
        .into();
    let members = world.asked("removed", &json!(["code"]), &json!({ "contents": "read" }));
    world.site.approve("acme", &world.olivia, &members);
    let mut tokens = vec![
        (
            "none",
            world.owners("none", &json!("all"), &json!({})).value,
        ),
        (
            "public",
            world.owners("public", &json!("public"), &json!({})).value,
        ),
        ("all", world.owners("all", &json!("all"), &wide).value),
        ("reads", world.members("reads", "read").value),
        ("waits", world.asked("waits", &json!(["code"]), &wide).value),
        ("refs", world.site.token(&world.olivia, &conditions).value),
        ("widened", widened.value),
        ("emptied", emptied.value),
        ("removed", members.value),
    ];
    for token in &doomed {
        tokens.push((
            token.made["name"].as_str().unwrap().to_owned().leak(),
            token.value.clone(),
        ));
    }
    let before = all(&world, &tokens);
    assert!(before.len() > 100, "{}", before.len());
    assert!(before.contains("all reads secret") && !before.contains("reads reads secret"));
    assert!(!before.contains("emptied reads secret") && !before.contains("waits reads code"));

    // Opened again, twice: migrations, checks and the work at start run each time.
    for round in 0..2 {
        world.site.restart();
        assert_eq!(all(&world, &tokens), before, "round {round}");
    }

    // A copy from before several things were taken away comes back.
    world.site.stop();
    let copies: Vec<(PathBuf, Vec<u8>)> = database_files(&world)
        .into_iter()
        .map(|path| (path.clone(), std::fs::read(&path).unwrap()))
        .collect();
    world.site.restart();
    for (token, what) in doomed.iter().zip(["revoke", "suspend", "rotate"]) {
        let body = if what == "rotate" {
            json!({ "overlap_seconds": 0 })
        } else {
            Value::Null
        };
        let answer = world.site.token_call(&world.mia, token, what, &body);
        assert!(answer.status < 300, "{what}: {}", answer.text());
    }
    let owner = Some(world.olivia.client.as_str());
    world.site.must(
        "DELETE",
        "/api/v3/orgs/acme/members/mia",
        owner,
        &Value::Null,
    );
    let after = all(&world, &tokens);
    let grown: Vec<_> = after.difference(&before).collect();
    assert!(grown.is_empty() && after.len() < before.len(), "{grown:#?}");
    world.site.stop();
    for path in database_files(&world) {
        std::fs::remove_file(path).unwrap();
    }
    for (path, bytes) in copies {
        std::fs::write(path, bytes).unwrap();
    }
    world.site.restart();
    let restored = all(&world, &tokens);
    let grown: Vec<_> = restored.difference(&after).collect();
    assert!(grown.is_empty(), "{grown:#?}");
}
