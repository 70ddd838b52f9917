//! Verdaccio before 6.7.3 and 8.0.3. Slipped: `readonly` and address ranges were stored and never
//! enforced; deleting a token did not revoke it. Proved: each restriction that can be stored changes
//! an outcome, at both doors where it speaks of both.

use jeton_domain::Span;
use serde_json::{Value, json};

use crate::support::http::{basic, send};
use crate::support::world::Token;
use crate::world::{World, fetch_target};

impl World {
    /// Both doors, as seen from an address beyond the proxy.
    fn from(&self, address: &str, value: &str) -> [u16; 2] {
        let header = basic("x", value);
        let headers = [
            ("authorization", header.as_str()),
            ("x-forwarded-for", address),
            ("x-forwarded-proto", "https"),
        ];
        [fetch_target("code"), "/api/v3/repos/acme/code".to_owned()]
            .map(|target| send(self.site.address(), "GET", &target, &headers, b"").status)
    }

    fn here(&self, value: &str) -> [u16; 2] {
        [
            self.fetch(Some(value), "code").status,
            self.get(value, "/api/v3/repos/acme/code").status,
        ]
    }

    fn conditioned(&self, name: &str, conditions: &Value) -> Token {
        let wish = json!({
            "name": name, "owner": "acme", "repositories": ["code"],
            "permissions": { "contents": "write" }, "conditions": conditions,
        });
        self.site.token(&self.olivia, &wish)
    }
}

#[test]
fn addresses_of_a_token_and_of_an_organization() {
    let world = World::with(&[("proxies.trusted", "127.0.0.1")]);
    let token = world.conditioned(
        "office",
        &json!([{ "addresses": { "only": ["198.51.100.0/24"] } }]),
    );
    assert_eq!(world.from("198.51.100.7", &token.value), [200, 200]);
    assert_eq!(
        world.from("::ffff:198.51.100.7", &token.value),
        [200, 200],
        "the same address"
    );
    assert_eq!(world.from("198.51.101.7", &token.value), [403, 403]);
    assert_eq!(world.here(&token.value), [403, 403]);
    // Two sets must both hold: no address is in these.
    let both = json!([
        { "addresses": { "only": ["198.51.100.0/24"] } }, { "addresses": { "only": ["203.0.113.0/24"] } },
    ]);
    let none = world.conditioned("nowhere", &both);
    assert_eq!(world.from("198.51.100.7", &none.value), [403, 403]);
    // One that works from nowhere is no restriction that anybody means.
    let nobody = json!({ "name": "nobody", "conditions": [{ "addresses": { "only": [] } }] });
    let client = Some(world.olivia.client.as_str());
    let made = world
        .site
        .call("POST", "/api/jeton/v1/tokens", client, &nobody);
    assert_eq!(
        (made.status, &made.json()["errors"][0]["field"]),
        (422, &json!("conditions[0].addresses"))
    );

    let free = world.conditioned("free", &json!([]));
    assert_eq!(world.from("203.0.113.9", &free.value), [200, 200]);
    let policy = json!({ "addresses": { "only": ["127.0.0.0/8", "198.51.100.0/24"] } });
    let path = "/api/jeton/v1/orgs/acme/policy";
    world
        .site
        .must("PATCH", path, Some(&world.olivia.client), &policy);
    assert_eq!(world.from("203.0.113.9", &free.value), [403, 403]);
    assert_eq!(world.from("198.51.100.7", &free.value), [200, 200]);
}

#[test]
fn hours() {
    let world = World::new();
    // It is Saturday, eight o'clock in UTC and nine in Berlin.
    let within = |from: u16, to: u16, days: u8| json!([{ "hours": { "within": { "zone": "Europe/Berlin", "from": from, "to": to, "days": days } } }]);
    let saturday = world.conditioned("saturday", &within(540, 600, 0b0010_0000));
    let weekdays = world.conditioned("weekdays", &within(0, 1440, 0b0001_1111));
    let later = world.conditioned("later", &within(541, 600, 0b0111_1111));
    assert_eq!(world.here(&saturday.value), [200, 200]);
    assert_eq!(world.here(&weekdays.value), [403, 403]);
    assert_eq!(world.here(&later.value), [403, 403]);
    world.site.later(Span::from_seconds(60));
    assert_eq!(world.here(&later.value), [200, 200]);
    world.site.later(Span::from_seconds(59 * 60));
    assert_eq!(
        world.here(&saturday.value),
        [403, 403],
        "the window ends before its last minute"
    );
}

#[test]
fn refs_force_and_delete() {
    let world = World::new();
    let refs = json!([{ "refs": { "only": {
        "patterns": ["refs/heads/agent/*"], "no_force": true, "no_delete": true,
    } } }]);
    let token = world.conditioned("agent", &refs);
    let url = world.url(&token.value, "code");
    let push = |refspec: &str| {
        world
            .machine
            .git_in(&world.source, &["push", &url, refspec])
    };
    world.machine.commit(&world.source, "two.txt", "two");
    push("main:refs/heads/agent/a").succeeded();
    push("main").failed_with(&["The token may not write this ref"]);
    push("main:refs/tags/v1").failed_with(&["The token may not write this ref"]);
    push("+HEAD~1:refs/heads/agent/a").failed_with(&["may not rewrite refs"]);
    push(":refs/heads/agent/a").failed_with(&["may not delete refs"]);
}

#[test]
fn level_selection_owner_approval_suspension_and_policy() {
    let world = World::new();
    let token = world.asked("steps", &json!(["code"]), &json!({ "contents": "read" }));
    assert_eq!(world.here(&token.value), [404, 404], "waits for approval");
    world.site.approve("acme", &world.olivia, &token);
    assert_eq!(world.here(&token.value), [200, 200]);
    assert_eq!(
        world.fetch(Some(&token.value), "secret").status,
        404,
        "not selected"
    );
    let call = |what: &str| {
        world
            .site
            .token_call(&world.mia, &token, what, &Value::Null)
            .status
    };
    assert_eq!(call("suspend"), 200);
    assert_eq!(world.here(&token.value), [403, 403]);
    assert_eq!(call("resume"), 200);
    assert_eq!(world.here(&token.value), [200, 200]);
    // Wanting more gives nothing; wanting less takes at once.
    let path = format!("/api/jeton/v1/tokens/{}", token.id);
    let edit = |permissions: Value| {
        let body = json!({ "permissions": permissions });
        world
            .site
            .must("PATCH", &path, Some(&world.mia.client), &body)
    };
    let pushes = || {
        let header = basic("x", &token.value);
        let target = "/acme/code.git/info/refs?service=git-receive-pack";
        world.ask("GET", target, Some(&header)).status
    };
    edit(json!({ "contents": "write" }));
    assert_eq!(pushes(), 403);
    world.site.approve("acme", &world.olivia, &token);
    assert_eq!(pushes(), 200);
    edit(json!({ "contents": "read" }));
    assert_eq!(pushes(), 403);
    edit(json!({ "contents": "write" }));
    assert_eq!(pushes(), 200, "within what was approved");
    let policy = "/api/jeton/v1/orgs/acme/policy";
    let set = |body: Value| {
        world
            .site
            .must("PATCH", policy, Some(&world.olivia.client), &body)
    };
    set(json!({ "fine_grained_allowed": false }));
    assert_eq!(world.here(&token.value), [403, 403]);
    set(json!({ "fine_grained_allowed": true }));
    assert_eq!(world.here(&token.value), [200, 200]);
}

/// Outside collaborators' tokens obey the organization's word on them.
#[test]
fn outside_collaborators() {
    let world = World::new();
    let wish = json!({
        "name": "outside", "owner": "acme", "repositories": ["code"], "permissions": { "contents": "read" },
    });
    let token = world.site.token(&world.oscar, &wish);
    world.site.approve("acme", &world.olivia, &token);
    assert_eq!(world.here(&token.value), [200, 200]);
    let body = json!({ "outside_collaborators_allowed": false });
    let path = "/api/jeton/v1/orgs/acme/policy";
    world
        .site
        .must("PATCH", path, Some(&world.olivia.client), &body);
    assert_eq!(world.here(&token.value), [403, 403]);
}

/// Deleting is revoking: of a token, of a sign-in, of a person.
#[test]
fn what_is_deleted_is_revoked() {
    let world = World::new();
    let token = world.members("deleted", "read");
    let persons = world.members("persons", "read");
    assert_eq!(world.here(&token.value), [200, 200]);
    let path = format!("/api/jeton/v1/tokens/{}", token.id);
    world
        .site
        .must("DELETE", &path, Some(&world.mia.client), &Value::Null);
    assert_eq!(world.here(&token.value), [401, 401]);
    let second = world.site.sign_in("mia");
    assert_eq!(world.here(&second.client), [200, 200]);
    world.site.must(
        "DELETE",
        "/api/jeton/v1/sign-in",
        Some(&second.client),
        &Value::Null,
    );
    assert_eq!(world.here(&second.client), [401, 401]);
    let rita = world.site.person("rita", true);
    world.site.must(
        "DELETE",
        "/api/jeton/v1/users/mia",
        Some(&rita.client),
        &Value::Null,
    );
    assert_eq!(world.here(&persons.value), [401, 401]);
    assert_eq!(world.here(&world.mia.client), [401, 401]);
}

/// GitLab incident 18003. Slipped: one expiry date was set on all old tokens. Proved: a shorter
/// maximum changes no token and ends none; it is refused with the sentence that says why, the expiry
/// that people see stays, and a longer maximum lets the same value in again.
#[test]
fn a_shorter_maximum_ends_no_token() {
    let world = World::new();
    let token = world.members("long", "read");
    let shown = || {
        let path = format!("/api/jeton/v1/tokens/{}", token.id);
        world.get(&world.mia.client, &path).json()["expires_at"].clone()
    };
    let before = shown();
    let set = |days: u32| {
        let body = json!({ "fine_grained_maximum": { "days": days } });
        let path = "/api/jeton/v1/orgs/acme/policy";
        world
            .site
            .must("PATCH", path, Some(&world.olivia.client), &body);
    };
    set(7);
    let refused = world.fetch(Some(&token.value), "code");
    assert_eq!(refused.status, 403);
    assert!(
        refused.text().contains("at most 7 days"),
        "{}",
        refused.text()
    );
    assert_eq!(shown(), before);
    set(30);
    assert_eq!(world.here(&token.value), [200, 200]);
}
