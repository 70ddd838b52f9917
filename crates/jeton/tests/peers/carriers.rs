//! What a token may do does not hang on how it is carried, nor on whom it is shown to.

use serde_json::{Value, json};

use crate::support::http::{basic, carriers, send};
use crate::support::world::PASSWORD;
use crate::world::{World, fetch_target, push_target};

/// Gitea GHSA-cc8w-r4qh-3v65. Slipped: the scope was checked for Basic and not for Bearer, on Git.
/// Proved: a token that reads fetches by every carrier and pushes by none, at the Git door; at REST it
/// reads by every carrier and changes by none.
#[test]
fn a_scope_holds_whatever_carries_the_token() {
    let world = World::new();
    let token = world.members("reads", "read");
    for (carrier, header) in carriers(&token.value) {
        let fetch = world.ask("GET", &fetch_target("code"), Some(&header));
        assert_eq!(fetch.status, 200, "{carrier}");
        let push = world.ask("GET", &push_target("code"), Some(&header));
        assert_eq!(push.status, 403, "{carrier}: {}", push.text());
        assert!(push.text().contains("contents: write"), "{}", push.text());
        let push = send(
            world.site.address(),
            "POST",
            "/acme/code.git/git-receive-pack",
            &[
                ("authorization", &header),
                ("content-type", "application/x-git-receive-pack-request"),
            ],
            b"0000",
        );
        assert_eq!(push.status, 403, "{carrier}: {}", push.text());
        let read = world.ask("GET", "/api/v3/repos/acme/code", Some(&header));
        assert_eq!(read.status, 200, "{carrier}");
        let change = json!({ "description": "mine" });
        let change = world.send("PATCH", "/api/v3/repos/acme/code", &header, &change);
        assert_eq!(change.status, 403, "{carrier}: {}", change.text());
    }
}

/// GHSA-9r5x-wg6m-x2rc. Slipped: an OAuth token sent as Basic lost its scope. Proved: every carrier of
/// a value shows the same kind, the same grant, and meets the same closed route; a sign-in stays one.
#[test]
fn the_kind_survives_every_carrier() {
    let world = World::new();
    let token = world.members("same", "read");
    let view = |header: &str| {
        let answer = world.ask("GET", "/api/jeton/v1/token", Some(header));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    };
    let first = view(&format!("Bearer {}", token.value));
    assert_eq!(
        first["permissions"]["repository"],
        json!({ "contents": "read", "metadata": "read" })
    );
    for (carrier, header) in carriers(&token.value) {
        let seen = view(&header);
        for field in ["kind", "permissions", "repositories", "owner"] {
            assert_eq!(seen[field], first[field], "{carrier}: {field}");
        }
        // Open to sign-ins alone.
        let closed = world.ask("GET", "/api/jeton/v1/tokens", Some(&header));
        assert_eq!(closed.status, 403, "{carrier}");
        assert_eq!(closed.json()["reason"], "kind_closed", "{carrier}");
    }
    for (carrier, header) in carriers(&world.mia.client) {
        assert_ne!(view(&header)["kind"], first["kind"], "{carrier}");
        let open = world.ask("GET", "/api/jeton/v1/tokens", Some(&header));
        assert_eq!(open.status, 200, "{carrier}");
    }
}

/// GHSA-683j-3ff6-hh2x. Slipped: a token sent as Basic counted as 'signed in with a password' and
/// minted a wider token. Proved: no carrier of a token, however much it may, makes, widens, renews,
/// resumes or approves one, signs in, confirms or changes the password; and a password is no
/// credential at all, at either door.
#[test]
fn no_token_makes_anything_wider_than_itself() {
    let world = World::new();
    let everything = json!({
        "contents": "write", "administration": "write", "members": "write",
        "organization_administration": "write", "organization_personal_access_tokens": "write",
    });
    let wide = world.owners("wide", &json!("all"), &everything);
    let waiting = world.asked("waiting", &json!(["code"]), &json!({ "contents": "write" }));
    let requests = "/api/v3/orgs/acme/personal-access-token-requests";
    let request = world.get(&world.olivia.client, requests).json()[0]["id"].clone();
    let own = format!("/api/jeton/v1/tokens/{}", wide.id);
    let tries = [
        (
            "POST",
            "/api/jeton/v1/tokens".to_owned(),
            json!({ "name": "more" }),
        ),
        (
            "PATCH",
            own.clone(),
            json!({ "permissions": { "contents": "write" } }),
        ),
        ("POST", format!("{own}/rotate"), json!({})),
        ("POST", format!("{own}/resume"), json!({})),
        ("POST", format!("{own}/request"), json!({})),
        (
            "POST",
            format!("{requests}/{request}"),
            json!({ "action": "approve" }),
        ),
        (
            "POST",
            "/api/jeton/v1/confirm".to_owned(),
            json!({ "password": PASSWORD }),
        ),
        (
            "POST",
            "/api/jeton/v1/password".to_owned(),
            json!({ "current": PASSWORD, "password": "another horse battery" }),
        ),
        ("GET", "/api/jeton/v1/sign-ins".to_owned(), Value::Null),
    ];
    for (method, path, body) in &tries {
        for (carrier, header) in carriers(&wide.value) {
            let answer = world.send(method, path, &header, body);
            assert_eq!(
                answer.status,
                403,
                "{method} {path} as {carrier}: {}",
                answer.text()
            );
        }
    }
    let list = world
        .get(&world.olivia.client, "/api/jeton/v1/tokens")
        .json();
    let names: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["name"].clone())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert_eq!(world.fetch(Some(&waiting.value), "code").status, 404);

    for header in [
        basic("olivia", PASSWORD),
        basic("olivia@example.org", PASSWORD),
    ] {
        for target in [
            "/api/v3/user".to_owned(),
            fetch_target("code"),
            fetch_target("open"),
        ] {
            assert_eq!(
                world.ask("GET", &target, Some(&header)).status,
                401,
                "{target}"
            );
        }
    }
}

/// GHSA-mg4f-x9v4-6h2p. Slipped: the identity route ignored the scope. Proved: whatever tells who
/// somebody is takes its permission, by every carrier, and tells no more than it.
#[test]
fn identity_routes_take_their_permissions() {
    let world = World::new();
    let wish = |name: &str, permissions: Value| {
        let wish = json!({ "name": name, "repositories": "all", "permissions": permissions });
        world.site.token(&world.mia, &wish)
    };
    let without = wish("without", json!({ "contents": "write" }));
    let with = wish("with", json!({ "emails": "read" }));
    for (carrier, header) in carriers(&without.value) {
        let emails = world.ask("GET", "/api/v3/user/emails", Some(&header));
        assert_eq!(emails.status, 403, "{carrier}");
        assert_eq!(
            emails.header("x-accepted-github-permissions"),
            Some("emails=read")
        );
        let renamed = world.send(
            "PATCH",
            "/api/v3/user",
            &header,
            &json!({ "name": "Mallory" }),
        );
        assert_eq!(renamed.status, 403, "{carrier}");
        let user = world.ask("GET", "/api/v3/user", Some(&header));
        assert!(
            !user.text().contains("mia@example.org"),
            "{carrier}: {}",
            user.text()
        );
    }
    assert_eq!(
        world.get(&with.value, "/api/v3/user/emails").json()[0]["email"],
        "mia@example.org"
    );
    // A token for an organization's things does not see its creator's account.
    let acme = world.owners("acme", &json!("all"), &json!({ "contents": "read" }));
    assert_eq!(world.get(&acme.value, "/api/v3/user/emails").status, 404);
}

/// Gitea PR 24362. Slipped: the first scoped tokens covered the API only. Proved: a token with no
/// permission gets into nothing private at REST, at Git, by the command line or at the operator's
/// routes; that nothing is forgotten is the walk's business.
#[test]
fn a_token_with_nothing_opens_no_door() {
    let world = World::new();
    let none = world.owners("none", &json!("all"), &json!({}));
    for (carrier, header) in carriers(&none.value) {
        for (target, status) in [
            (fetch_target("code"), 404),
            (push_target("code"), 404),
            ("/api/v3/repos/acme/code".to_owned(), 404),
            ("/api/v3/orgs/acme/teams".to_owned(), 403),
            // A page, which takes no token at all.
            ("/admin/users".to_owned(), 403),
            // The floor: what anybody may.
            (fetch_target("open"), 200),
        ] {
            let answer = world.ask("GET", &target, Some(&header));
            assert_eq!(
                answer.status,
                status,
                "{target} as {carrier}: {}",
                answer.text()
            );
        }
    }
    let command = std::process::Command::new(env!("CARGO_BIN_EXE_jeton"))
        .args(["repo", "show", "acme/code"])
        .env_clear()
        .env("HOME", world.machine.home())
        .env("JETON_HOST", world.site.url())
        .env("JETON_TOKEN", &none.value)
        .output()
        .unwrap();
    assert_eq!(command.status.code(), Some(5), "{command:?}");
}

/// raystack/frontier 1895. Slipped: only the browser kept people from another organization's tokens.
/// Proved: at every route about an organization's tokens, people, teams, policy and log, the owner of
/// another one and a token for another one are refused by the server, and nothing changes.
#[test]
fn nobody_reaches_into_another_organization() {
    let world = World::new();
    let token = world.members("theirs", "read");
    let waiting = world.asked("waiting", &json!(["code"]), &json!({ "contents": "write" }));
    let everything = json!({
        "administration": "write", "members": "write", "organization_administration": "write",
        "organization_personal_access_tokens": "write", "organization_personal_access_token_requests": "write",
    });
    let foreign = world.site.token(
        &world.gwen,
        &json!({ "name": "globex", "owner": "globex", "repositories": "all", "permissions": everything }),
    );
    let requests = "/api/v3/orgs/acme/personal-access-token-requests";
    let request = world.get(&world.olivia.client, requests).json()[0]["id"].clone();
    let grant = format!("/api/v3/orgs/acme/personal-access-tokens/{}", token.id);
    let revoke = json!({ "action": "revoke" });
    let approve = json!({ "action": "approve" });
    let tries = [
        ("GET", requests.to_owned(), Value::Null),
        ("POST", format!("{requests}/{request}"), approve.clone()),
        (
            "POST",
            requests.to_owned(),
            json!({ "action": "approve", "pat_request_ids": [request] }),
        ),
        (
            "GET",
            format!("{requests}/{request}/repositories"),
            Value::Null,
        ),
        (
            "GET",
            "/api/v3/orgs/acme/personal-access-tokens".to_owned(),
            Value::Null,
        ),
        ("POST", grant.clone(), revoke.clone()),
        (
            "POST",
            "/api/v3/orgs/acme/personal-access-tokens".to_owned(),
            json!({ "action": "revoke", "pat_ids": [token.id] }),
        ),
        ("GET", format!("{grant}/repositories"), Value::Null),
        (
            "PUT",
            "/api/v3/orgs/acme/memberships/gwen".to_owned(),
            json!({ "role": "admin" }),
        ),
        ("GET", "/api/v3/orgs/acme/teams".to_owned(), Value::Null),
        ("GET", "/api/v3/orgs/acme/audit-log".to_owned(), Value::Null),
        (
            "GET",
            "/api/jeton/v1/orgs/acme/policy".to_owned(),
            Value::Null,
        ),
        (
            "PATCH",
            "/api/jeton/v1/orgs/acme/policy".to_owned(),
            json!({ "approval_required": false }),
        ),
        (
            "PATCH",
            "/api/v3/orgs/acme".to_owned(),
            json!({ "name": "Gwen's" }),
        ),
        (
            "POST",
            "/api/v3/orgs/acme/repos".to_owned(),
            json!({ "name": "planted" }),
        ),
    ];
    for (method, path, body) in &tries {
        for (who, value) in [("gwen", &world.gwen.client), ("her token", &foreign.value)] {
            let answer = world.site.call(method, path, Some(value), body);
            assert!(
                [403, 404].contains(&answer.status),
                "{method} {path} by {who}: {} {}",
                answer.status,
                answer.text()
            );
        }
    }
    // By way of her own organization's routes, with the numbers of the other's.
    for (path, body, missing) in [
        (
            format!("/api/v3/orgs/globex/personal-access-token-requests/{request}"),
            &approve,
            404,
        ),
        (
            format!("/api/v3/orgs/globex/personal-access-tokens/{}", token.id),
            &revoke,
            404,
        ),
        (
            format!("/api/jeton/v1/tokens/{}/revoke", token.id),
            &Value::Null,
            404,
        ),
        (
            format!("/api/jeton/v1/tokens/{}/rotate", token.id),
            &json!({}),
            404,
        ),
    ] {
        let answer = world
            .site
            .call("POST", &path, Some(&world.gwen.client), body);
        assert_eq!(answer.status, missing, "{path}: {}", answer.text());
    }
    assert_eq!(world.fetch(Some(&token.value), "code").status, 200);
    assert_eq!(world.fetch(Some(&waiting.value), "code").status, 404);
    let waits = world.get(&world.olivia.client, requests).json();
    assert_eq!(waits.as_array().unwrap().len(), 1);
}

/// Zitadel 2702. Slipped: tokens skipped the audience check. Proved, while no tokens from outside are
/// taken: what another server issued, well formed as it is, is nobody's here, and reads not even what
/// anybody may; and no token for one owner opens another owner's things.
#[test]
fn another_servers_token_is_nobodys() {
    let (here, there) = (World::new(), World::new());
    // Both draw the same values in a test: the other server's are one further.
    there.members("one further", "write");
    let token = there.members("wide", "write");
    assert_eq!(there.fetch(Some(&token.value), "code").status, 200);
    for (carrier, header) in carriers(&token.value) {
        for target in [
            fetch_target("code"),
            fetch_target("open"),
            "/api/v3/user".to_owned(),
        ] {
            let answer = here.ask("GET", &target, Some(&header));
            assert_eq!(
                answer.status,
                401,
                "{target} as {carrier}: {}",
                answer.text()
            );
        }
    }
    let globex = here.site.token(
        &here.gwen,
        &json!({ "name": "globex", "owner": "globex", "repositories": "all", "permissions": { "contents": "write" } }),
    );
    assert_eq!(here.fetch(Some(&globex.value), "code").status, 404);
}
