//! How others failed, with a token of an OAuth application: its scopes hold whatever carries it, it makes nothing wider, it
//! doesn't outlive its person, and a dump holds nothing of it.

use serde_json::{Value, json};

use crate::support::http::carriers;
use crate::visitor::Visitor;
use crate::world::World;

const GH: &str = "178c6fc778ccc68e1d6a";

/// What olivia's gh is given with these scopes. acme lets gh in.
fn given(world: &World, scope: &str) -> String {
    let token = Visitor::signed_in(&world.site, "olivia").lets_in(GH, scope);
    token["access_token"].as_str().unwrap().to_owned()
}

fn let_in_by_acme(world: &World) {
    let olivia = Some(world.olivia.client.as_str());
    let path = "/api/jeton/v1/orgs/acme/application-requests";
    world
        .site
        .must("POST", path, olivia, &json!({ "client_id": GH }));
    let path = "/api/jeton/v1/orgs/acme/application-approvals";
    let asked = world.site.must("GET", path, olivia, &Value::Null);
    let path = format!("{path}/{}", asked[0]["application"]["id"]);
    world
        .site
        .must("PUT", &path, olivia, &json!({ "approved": true }));
}

/// GHSA-9r5x-wg6m-x2rc. Slipped: an OAuth token sent as Basic lost its scope. Proved: by every carrier it shows its kind and
/// its scopes, and does what they cover and no more.
#[test]
fn its_scopes_hold_whatever_carries_it() {
    let world = World::new();
    let_in_by_acme(&world);
    for (scope, private, open) in [
        ("repo", [200, 200, 200], [200, 200, 200]),
        ("public_repo", [404, 404, 404], [200, 200, 200]),
        ("gist", [404, 404, 404], [200, 403, 403]),
    ] {
        let value = given(&world, scope);
        world.scopes_hold(("oauth_user", &value, scope), private, open);
    }
}

/// GHSA-683j-3ff6-hh2x. Slipped: a token sent as Basic counted as a password and minted a wider one. Proved: what an
/// application holds makes no token, lets no application in, registers none and answers no device, by no carrier.
#[test]
fn it_makes_nothing_wider_and_lets_nobody_in() {
    let world = World::new();
    let_in_by_acme(&world);
    let value = given(&world, "repo admin:org user workflow delete_repo");
    let asked = world.site.must(
        "POST",
        "/login/device/code",
        None,
        &json!({ "client_id": GH, "scope": "repo" }),
    );
    let code = asked["user_code"].as_str().unwrap();
    let own = "/api/jeton/v1";
    for (carrier, header) in carriers(&value) {
        for (path, body) in [
            (format!("{own}/tokens"), json!({ "name": "more" })),
            (
                format!("{own}/classic-tokens"),
                json!({ "name": "more", "scopes": ["repo"] }),
            ),
            (
                format!("{own}/applications"),
                json!({ "name": "Mine", "device_flow": true }),
            ),
            (
                format!("{own}/orgs/acme/applications"),
                json!({ "name": "Ours", "device_flow": true }),
            ),
            ("/login/device".to_owned(), json!({ "user_code": code })),
            (
                "/login/device/answer".to_owned(),
                json!({ "user_code": code, "answer": "approve" }),
            ),
            (
                "/login/oauth/authorize".to_owned(),
                json!({ "client_id": GH, "answer": "approve" }),
            ),
        ] {
            let answer = world.send("POST", &path, &header, &body);
            assert!(
                [400, 401, 403, 404, 415].contains(&answer.status),
                "{carrier} {path}: {} {}",
                answer.status,
                answer.text()
            );
        }
    }
    let olivia = Some(world.olivia.client.as_str());
    for list in ["applications", "orgs/acme/applications"] {
        let all = world
            .site
            .must("GET", &format!("{own}/{list}"), olivia, &Value::Null);
        assert_eq!(all, json!([]), "{list}");
    }
    let fetched = world.site.call(
        "POST",
        "/login/oauth/access_token",
        None,
        &json!({ "client_id": GH, "device_code": asked["device_code"],
            "grant_type": "urn:ietf:params:oauth:grant-type:device_code" }),
    );
    assert_eq!(fetched.json()["error"], "authorization_pending");
}

/// OneDev and Omicron's device tokens. Slipped: values were stored in clear. Proved: neither codes, nor tokens, nor client
/// secrets stand in a dump, in no way they could be written.
#[test]
fn a_dump_holds_nothing_of_it() {
    let world = World::new();
    let olivia = Some(world.olivia.client.as_str());
    let made = world.site.must(
        "POST",
        "/api/jeton/v1/applications",
        olivia,
        &json!({ "name": "Board", "device_flow": true }),
    );
    let path = format!("/api/jeton/v1/applications/{}/secrets", made["id"]);
    let secret = world.site.must("POST", &path, olivia, &json!({}));
    let client_id = made["client_id"].as_str().unwrap();
    let wish = json!({ "client_id": client_id, "scope": "repo" });
    let waiting = world.site.must("POST", "/login/device/code", None, &wish);
    let mut visitor = Visitor::signed_in(&world.site, "olivia");
    let asks = world.site.must("POST", "/login/device/code", None, &wish);
    let fields = [
        ("user_code", asks["user_code"].as_str().unwrap()),
        ("answer", "approve"),
    ];
    let answered = visitor.post("/login/device/answer", &fields);
    assert_eq!(answered.status, 303, "{}", answered.text());
    let token = world.site.must(
        "POST",
        "/login/oauth/access_token",
        None,
        &json!({ "client_id": client_id, "client_secret": secret["client_secret"],
            "device_code": asks["device_code"],
            "grant_type": "urn:ietf:params:oauth:grant-type:device_code" }),
    );
    let found = super::dump::everything(&world);
    assert!(
        found.contains(client_id),
        "the dump holds what there is of it"
    );
    for value in [
        &secret["client_secret"],
        &token["access_token"],
        &token["refresh_token"],
        &asks["device_code"],
        &asks["user_code"],
        &waiting["device_code"],
        &waiting["user_code"],
    ] {
        let value = value.as_str().unwrap();
        // As it is read, and as it is typed.
        let typed = value.replace('-', "");
        for form in [value, &typed, &value[value.len().saturating_sub(30)..]] {
            assert!(
                !found.iter().any(|text| text.contains(form)),
                "a value stands in the dump"
            );
        }
    }
}
