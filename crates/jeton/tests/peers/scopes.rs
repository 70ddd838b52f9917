//! Scopes hold whatever carries the token, in lists as in single reads, and no token makes a wider one.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::http::carriers;
use crate::world::World;

/// Gitea GHSA-cc8w-r4qh-3v65 and GHSA-9r5x-wg6m-x2rc. Slipped: a scope was checked for one carrier, or lost by
/// another. Proved: by every carrier a classic token shows its kind and its scopes, fetches and pushes what they
/// cover, and neither sees nor changes what they don't.
#[test]
fn scopes_hold_whatever_carries_the_token() {
    let world = World::new();
    let public = world
        .site
        .classic(&world.olivia, "public", &["public_repo"]);
    let all = world.site.classic(&world.olivia, "all", &["repo"]);
    let none = world.site.classic(&world.olivia, "none", &[]);
    // What a private and a public repository answer: fetch, push, change.
    for (token, held, private, open) in [
        (&all, "repo", [200, 200, 200], [200, 200, 200]),
        (&public, "public_repo", [404, 404, 404], [200, 200, 200]),
        (&none, "", [404, 404, 404], [200, 403, 403]),
    ] {
        world.scopes_hold(("classic", &token.value, held), private, open);
    }
}

/// GHSA-683j-3ff6-hh2x. Slipped: a token sent as Basic counted as a password and minted a wider one. Proved: a classic
/// token with every power there is makes, widens, rotates and reads no token, by no carrier.
#[test]
fn a_classic_token_makes_and_widens_none() {
    let world = World::new();
    let scopes = ["repo", "admin:org", "user", "workflow", "delete_repo"];
    let token = world.site.classic(&world.olivia, "mighty", &scopes);
    let weak = world.site.classic(&world.olivia, "weak", &["gist"]);
    let tokens = "/api/jeton/v1/tokens";
    let classic = "/api/jeton/v1/classic-tokens";
    for (carrier, header) in carriers(&token.value) {
        for (method, path, body) in [
            (
                "POST",
                classic.to_owned(),
                json!({ "name": "more", "scopes": ["repo"] }),
            ),
            (
                "POST",
                format!("{classic}/preview"),
                json!({ "name": "more" }),
            ),
            (
                "PATCH",
                format!("{classic}/{}", weak.id),
                json!({ "scopes": ["repo"] }),
            ),
            (
                "PATCH",
                format!("{classic}/{}", token.id),
                json!({ "scopes": ["gist"] }),
            ),
            (
                "POST",
                tokens.to_owned(),
                json!({ "name": "more", "repositories": "all" }),
            ),
            ("POST", format!("{tokens}/{}/rotate", weak.id), json!({})),
            ("POST", format!("{tokens}/{}/resume", weak.id), json!({})),
            ("GET", tokens.to_owned(), Value::Null),
            (
                "POST",
                "/api/jeton/v1/confirm".to_owned(),
                json!({ "password": "x" }),
            ),
        ] {
            let answer = world.send(method, &path, &header, &body);
            let said = (answer.status, answer.json()["reason"].clone());
            assert_eq!(
                said,
                (403, json!("kind_closed")),
                "{method} {path} as {carrier}"
            );
        }
    }
    let own = world
        .site
        .must("GET", tokens, Some(&world.olivia.client), &Value::Null);
    let held: Vec<&Value> = own
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["kind"] == "classic")
        .map(|row| &row["scopes"])
        .collect();
    assert_eq!(held.len(), 2, "{own}");
    assert_eq!(held[0], &json!(["gist"]));
}

/// GHSA-fq2p-5p22-8g6j and two more. Slipped: lists showed what single reads hid. Proved: for each set of scopes, each
/// person and an owner that forbids classic tokens, every list of repositories holds exactly what single reads show.
#[test]
fn lists_show_what_single_reads_show() {
    let world = World::new();
    let notes = json!({ "name": "notes", "visibility": "private" });
    world.site.must(
        "POST",
        "/api/v3/user/repos",
        Some(&world.mia.client),
        &notes,
    );
    let mut tokens = Vec::new();
    for person in [&world.olivia, &world.mia, &world.oscar, &world.sam] {
        for scopes in [
            &[][..],
            &["gist"],
            &["public_repo"],
            &["repo"],
            &["admin:org"],
        ] {
            let name = scopes.join(" ") + "-";
            tokens.push((
                format!("{} with {name}", person.login),
                world.site.classic(person, &name, scopes).value,
            ));
        }
    }
    let all = ["acme/code", "acme/secret", "acme/open", "mia/notes"];
    let mut shown = BTreeSet::new();
    for allowed in [true, false] {
        let path = "/api/jeton/v1/orgs/acme/policy";
        let policy = json!({ "classic_allowed": allowed });
        world
            .site
            .must("PATCH", path, Some(&world.olivia.client), &policy);
        for (who, value) in &tokens {
            let read: BTreeSet<&str> = all
                .into_iter()
                .filter(|full| {
                    let path = format!("/api/v3/repos/{full}");
                    world
                        .site
                        .call("GET", &path, Some(value), &Value::Null)
                        .status
                        == 200
                })
                .collect();
            let listed = |path: &str| -> BTreeSet<String> {
                let rows = world.site.must("GET", path, Some(value), &Value::Null);
                let rows = rows.as_array().unwrap().iter();
                rows.map(|row| row["full_name"].as_str().unwrap().to_owned())
                    .collect()
            };
            let acme = listed("/api/v3/orgs/acme/repos");
            let of_acme: BTreeSet<&str> = read
                .iter()
                .copied()
                .filter(|full| full.starts_with("acme/"))
                .collect();
            assert_eq!(
                acme.iter().map(String::as_str).collect::<BTreeSet<_>>(),
                of_acme,
                "{who}"
            );
            // One's own affairs are a part of what one reads, and never more.
            let own = listed("/api/v3/user/repos");
            assert!(
                own.iter().all(|full| read.contains(full.as_str())),
                "{who}: {own:?}"
            );
            shown.insert((allowed, read));
        }
    }
    assert!(shown.len() >= 6, "the worlds differ: {shown:?}");
}
