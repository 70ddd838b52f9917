//! Child tokens at this door: never more than what they were made from, and never longer.

use jeton_domain::{OrganizationRole, Role, Span, Visibility};
use jeton_testkit::Person;
use serde_json::{Value, json};

use crate::server::{Got, Server};

const CHILDREN: &str = "/api/jeton/v1/token/children";

/// acme of ann's with three private repositories; bob is a member and has a token for two of them.
struct World {
    server: Server,
    ann: Person,
    bob: Person,
    token: Value,
}

impl World {
    fn new() -> Self {
        let server = Server::start();
        let (ann, bob) = (server.kit.person("ann"), server.kit.person("bob"));
        let acme = server.kit.organization("acme", &ann);
        server.kit.member(&acme, &bob, OrganizationRole::Member);
        for name in ["labs", "demo", "third"] {
            let made = server
                .kit
                .repository((acme.account(), "acme"), name, Visibility::Private);
            server.kit.collaborator(&made, &bob, Role::Write);
        }
        let open = json!({ "approval_required": false });
        let set = server.by(&ann, "PATCH", "/api/jeton/v1/orgs/acme/policy", open);
        assert_eq!(set.status, 200, "{set:?}");
        let made = server.by(
            &bob,
            "POST",
            "/api/jeton/v1/tokens",
            json!({
                "name": "bob's", "owner": "acme", "repositories": ["labs", "demo"],
                "permissions": { "contents": "write" }, "expires_in": 7,
            }),
        );
        assert_eq!(made.status, 201, "{made:?}");
        let token = made.body;
        Self {
            server,
            ann,
            bob,
            token,
        }
    }

    fn value(&self) -> &str {
        self.token["token"].as_str().unwrap()
    }

    fn make(&self, from: &str, body: Value) -> Got {
        self.server.ask(Some(from), "POST", CHILDREN, body)
    }

    fn child(&self, from: &str, body: Value) -> String {
        let made = self.make(from, body);
        assert_eq!(made.status, 201, "{made:?}");
        made.text("token").to_owned()
    }

    fn status(&self, value: &str, path: &str) -> u16 {
        self.server
            .ask(Some(value), "GET", path, Value::Null)
            .status
    }
}

const LABS: &str = "/api/v3/repos/acme/labs";
const DEMO: &str = "/api/v3/repos/acme/demo";

#[test]
fn a_child_is_what_its_parent_is_where_nothing_is_said() {
    let world = World::new();
    let made = world.make(world.value(), json!({}));
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.text("kind"), "child");
    assert_eq!(made.text("name"), "from bob's");
    assert_eq!(made.body["repositories"], json!(["acme/labs", "acme/demo"]));
    assert_eq!(
        made.body["permissions"]["repository"],
        json!({ "contents": "write", "metadata": "read" })
    );
    let value = made.text("token");
    assert!(value.starts_with("jts_") && value.len() == 40, "{value}");
    for (path, status) in [(LABS, 200), (DEMO, 200), ("/api/v3/repos/acme/third", 404)] {
        assert_eq!(world.status(value, path), status, "{path}");
    }
    let itself = world
        .server
        .ask(Some(value), "GET", "/api/jeton/v1/token", Value::Null);
    assert_eq!(itself.status, 200, "{itself:?}");
    assert_eq!(itself.text("kind"), "child");
}

#[test]
fn a_child_asks_for_nothing_that_its_parent_has_not() {
    let world = World::new();
    let narrow = json!({ "repositories": ["labs"], "permissions": { "contents": "read" } });
    let child = world.child(world.value(), narrow);
    assert_eq!(world.status(&child, LABS), 200);
    assert_eq!(world.status(&child, DEMO), 404);
    for (from, body, field) in [
        (
            world.value(),
            json!({ "permissions": { "administration": "read" } }),
            "permissions",
        ),
        (
            &*child,
            json!({ "permissions": { "contents": "write" } }),
            "permissions",
        ),
        (&child, json!({ "repositories": ["demo"] }), "repositories"),
        (&child, json!({ "repositories": ["third"] }), "repositories"),
        (
            &child,
            json!({ "repositories": ["nowhere"] }),
            "repositories",
        ),
        (&child, json!({ "repositories": "all" }), "repositories"),
        (&child, json!({ "repositories": [] }), "repositories"),
        (&child, json!({ "owner": "bob" }), "owner"),
        (&child, json!({ "expires_in": 3_601 }), "expires_in"),
        (world.value(), json!({ "expires_in": 86_401 }), "expires_in"),
        (world.value(), json!({ "name": "x".repeat(41) }), "name"),
    ] {
        let refused = world.make(from, body.clone());
        assert_eq!(refused.status, 422, "{body}: {refused:?}");
        assert_eq!(
            refused.body["errors"][0]["field"], field,
            "{body}: {refused:?}"
        );
    }
    // What is hidden from the token and what does not exist are told in the same words.
    let words = |name: &str| {
        let refused = world.make(&child, json!({ "repositories": [name] }));
        refused.body["errors"][0]["message"]
            .to_string()
            .replace(name, "NAME")
    };
    assert_eq!(words("third"), words("nowhere"));
    assert_eq!(words("demo"), words("nowhere"));
}

#[test]
fn what_narrows_the_parent_narrows_the_child_at_once() {
    let world = World::new();
    let child = world.child(world.value(), json!({}));
    let grandchild = world.child(&child, json!({}));
    assert_eq!(world.status(&grandchild, DEMO), 200);
    let path = format!("/api/jeton/v1/tokens/{}", world.token["id"]);
    let shrunk = world.server.by(
        &world.bob,
        "PATCH",
        &path,
        json!({ "repositories": ["labs"] }),
    );
    assert_eq!(shrunk.status, 200, "{shrunk:?}");
    assert_eq!(world.status(&grandchild, DEMO), 404);
    assert_eq!(world.status(&grandchild, LABS), 200);
    let bound = json!({ "conditions": [{ "addresses": { "only": ["192.0.2.0/24"] } }] });
    assert_eq!(
        world.server.by(&world.bob, "PATCH", &path, bound).status,
        200
    );
    let refused = world
        .server
        .ask(Some(&grandchild), "GET", LABS, Value::Null);
    assert_eq!(refused.status, 403, "{refused:?}");
    assert_eq!(refused.text("reason"), "token_address");
}

#[test]
fn a_policy_that_forbids_the_parent_forbids_the_child() {
    let world = World::new();
    let child = world.child(world.value(), json!({}));
    let forbid = json!({ "fine_grained_allowed": false });
    let set = world.server.by(
        &world.ann,
        "PATCH",
        "/api/jeton/v1/orgs/acme/policy",
        forbid,
    );
    assert_eq!(set.status, 200, "{set:?}");
    let refused = world.server.ask(Some(&child), "GET", LABS, Value::Null);
    assert_eq!(refused.status, 403, "{refused:?}");
    assert_eq!(refused.text("reason"), "fine_grained_forbidden");
}

#[test]
fn a_child_dies_with_its_parent_whole_and_in_time() {
    let world = World::new();
    let child = world.child(world.value(), json!({}));
    let short = world.child(world.value(), json!({ "expires_in": 60 }));
    let grandchild = world.child(&child, json!({}));
    let deepest = world.child(&grandchild, json!({}));
    let fourth = world.make(&deepest, json!({}));
    assert_eq!(fourth.status, 403, "three deep: {fourth:?}");
    world.server.kit.advance(Span::from_seconds(60));
    assert_eq!(world.status(&short, LABS), 401);
    assert_eq!(world.status(&deepest, LABS), 200);
    let revoke = format!("/api/jeton/v1/tokens/{}/revoke", world.token["id"]);
    assert_eq!(
        world
            .server
            .by(&world.bob, "POST", &revoke, Value::Null)
            .status,
        200
    );
    for value in [&child, &grandchild, &deepest] {
        let refused = world.server.ask(Some(value), "GET", LABS, Value::Null);
        assert_eq!(refused.status, 401, "{refused:?}");
        assert_eq!(refused.text("reason"), "revoked");
    }
}

/// A rotation's ordinary end leaves children their time; a value that was reported takes them along.
#[test]
fn a_child_dies_with_the_value_that_made_it_where_that_was_reported() {
    let world = World::new();
    let child = world.child(world.value(), json!({ "expires_in": 80_000 }));
    let rotate = format!("/api/jeton/v1/tokens/{}/rotate", world.token["id"]);
    let rotated = world.server.by(
        &world.bob,
        "POST",
        &rotate,
        json!({ "overlap_seconds": 60 }),
    );
    assert_eq!(rotated.status, 201, "{rotated:?}");
    world.server.kit.advance(Span::from_seconds(61));
    assert_eq!(
        world.status(world.value(), LABS),
        401,
        "its overlap is over"
    );
    assert_eq!(
        world.status(&child, LABS),
        200,
        "the child has its own time"
    );
    let report = json!({ "credentials": [rotated.text("token")] });
    assert_eq!(
        world
            .server
            .ask(None, "POST", "/api/v3/credentials/revoke", report)
            .status,
        202
    );
    assert_eq!(world.status(&child, LABS), 401);
}

#[test]
fn a_tree_is_shown_and_a_branch_of_it_ended() {
    let world = World::new();
    let child = world.child(world.value(), json!({ "name": "build" }));
    world.child(&child, json!({ "name": "step" }));
    let other = world.child(world.value(), json!({ "name": "other" }));
    let path = format!("/api/jeton/v1/tokens/{}/children", world.token["id"]);
    let tree = world.server.get(&world.bob, &path);
    assert_eq!(tree.each("name"), ["build", "other"]);
    assert_eq!(tree.body[0]["children"][0]["name"], "step");
    assert_eq!(tree.body[1]["children"], json!([]));
    let nobodys = world.server.get(&world.ann, &path);
    assert_eq!(nobodys.status, 404, "another's token is not there");
    // A child ends what came from it, and not its sister.
    let (build, step) = (&tree.body[0]["id"], &tree.body[0]["children"][0]["id"]);
    let by_other = world.server.ask(
        Some(&other),
        "DELETE",
        &format!("{CHILDREN}/{build}"),
        Value::Null,
    );
    assert_eq!(by_other.status, 404, "{by_other:?}");
    let by_child = world.server.ask(
        Some(&child),
        "DELETE",
        &format!("{CHILDREN}/{step}"),
        Value::Null,
    );
    assert_eq!(by_child.status, 200, "{by_child:?}");
    let gives_up = world
        .server
        .ask(Some(&child), "DELETE", "/api/jeton/v1/token", Value::Null);
    assert_eq!(gives_up.status, 200, "{gives_up:?}");
    assert_eq!(world.status(&child, LABS), 401);
    let rest = world
        .server
        .ask(Some(world.value()), "GET", CHILDREN, Value::Null);
    assert_eq!(rest.each("name"), ["other"]);
    let end = format!("/api/jeton/v1/children/{}", rest.body[0]["id"]);
    assert_eq!(
        world
            .server
            .by(&world.bob, "DELETE", &end, Value::Null)
            .status,
        200
    );
    assert_eq!(world.status(&other, LABS), 401);
    assert_eq!(world.status(world.value(), LABS), 200);
}

/// A signed-in client makes one for a helper: what it may is said, and it ends with the sign-in. A classic token's child
/// does no more than the token.
#[test]
fn whatever_is_carried_has_children() {
    let world = World::new();
    let bare = world.make(world.bob.value(), json!({ "owner": "acme" }));
    assert_eq!(bare.status, 422, "{bare:?}");
    let wish = json!({ "owner": "acme", "repositories": ["third"], "permissions": { "contents": "read" } });
    let child = world.child(world.bob.value(), wish.clone());
    assert_eq!(world.status(&child, "/api/v3/repos/acme/third"), 200);
    assert_eq!(world.status(&child, LABS), 404);
    let classic = |scopes: &[&str]| {
        let made = world.server.by(
            &world.bob,
            "POST",
            "/api/jeton/v1/classic-tokens",
            json!({ "name": scopes.join(" "), "scopes": scopes }),
        );
        assert_eq!(made.status, 201, "{made:?}");
        made.text("token").to_owned()
    };
    let of_repo = world.child(&classic(&["repo"]), wish.clone());
    assert_eq!(world.status(&of_repo, "/api/v3/repos/acme/third"), 200);
    let of_nothing = world.child(&classic(&["read:user"]), wish);
    assert_eq!(
        world.status(&of_nothing, "/api/v3/repos/acme/third"),
        404,
        "its parent sees no private repository"
    );
    let sign_ins = world.server.get(&world.bob, "/api/jeton/v1/sign-ins");
    let id = &sign_ins.body[0]["id"];
    let out = world.server.by(
        &world.bob,
        "DELETE",
        &format!("/api/jeton/v1/sign-ins/{id}"),
        Value::Null,
    );
    assert!(out.status < 300, "{out:?}");
    assert_eq!(world.status(&child, "/api/v3/repos/acme/third"), 401);
}
