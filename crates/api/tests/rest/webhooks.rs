//! Webhooks through this door: what bodies say, what answers hold, and how deliveries are walked.

use jeton_api::shape;
use jeton_app::hooks::Hooks;
use jeton_domain::Visibility;
use jeton_out::webhook::{Allowed, Sender};
use jeton_store::hook_deliveries::{DeliveryOutcome, Ended, finish, lease};
use serde_json::{Value, json};

use crate::server::{Got, Server};

const HOOKS: &str = "/api/v3/orgs/acme/hooks";

struct World {
    server: Server,
    ann: jeton_testkit::Person,
}

impl World {
    fn new() -> Self {
        let server = Server::start();
        server.kit.app().set_hooks(Hooks {
            sender: Sender::new(Allowed::default(), None).unwrap(),
            shape,
        });
        let ann = server.kit.person("ann");
        let acme = server.kit.organization("acme", &ann);
        server
            .kit
            .repository((acme.account(), "acme"), "lab", Visibility::Private);
        Self { server, ann }
    }

    fn ask(&self, method: &str, path: &str, body: Value) -> Got {
        self.server.by(&self.ann, method, path, body)
    }

    fn make(&self, at: &str, url: &str) -> String {
        let made = self.ask("POST", at, json!({ "config": { "url": url } }));
        assert_eq!(made.status, 201, "{made:?}");
        format!("{at}/{}", made.body["id"])
    }

    /// Lets what waits be over: taken, or refused.
    fn answered(&self, status: i64) {
        let now = self.server.kit.app().now();
        let ended = Ended {
            outcome: if status < 300 {
                DeliveryOutcome::Delivered
            } else {
                DeliveryOutcome::Refused
            },
            fault: None,
            status_code: Some(status),
            duration_ms: 270,
            url: "https://example.org/",
            request_headers: r#"{"X-GitHub-Event":"ping"}"#,
            response_headers: Some("{}"),
            response_body: Some("no"),
        };
        let store = self.server.kit.store();
        while let Some(id) = store.side(|unit| lease(unit, now, now)).unwrap() {
            assert!(store.write(|unit| finish(unit, id, &ended, now)).unwrap());
        }
    }
}

#[test]
fn a_webhook_is_made_with_githubs_defaults_and_refused_with_its_words() {
    let world = World::new();
    let lab = "/api/v3/repos/acme/lab/hooks";
    let body = json!({ "config": { "url": "https://example.org/", "insecure_ssl": 1 }, "name": "web", "more": 1 });
    let made = world.ask("POST", lab, body.clone());
    assert_eq!((made.status, made.text("type")), (201, "Repository"));
    assert_eq!(made.body["events"], json!(["push"]));
    assert_eq!(
        made.body["config"],
        json!({ "url": "https://example.org/", "content_type": "form", "insecure_ssl": "1" })
    );
    let public = world.server.kit.app().public_url();
    let at = format!("{public}{lab}/{}", made.body["id"]);
    assert_eq!(made.header("location"), Some(at.as_str()));
    assert_eq!(made.text("test_url"), format!("{at}/tests"));
    let twin = world.ask("POST", lab, body);
    assert_eq!(twin.status, 422);
    assert_eq!(
        twin.body["errors"],
        json!([{ "resource": "Hook", "field": "config", "code": "custom", "message": "Hook already exists on this repository" }])
    );
    for (wrong, field) in [
        (json!({}), "config"),
        (json!({ "config": {} }), "config"),
        (json!({ "config": "x" }), "config"),
        (json!({ "config": { "url": 1 } }), "config"),
        (json!({ "config": { "url": "x" } }), "config.url"),
        (
            json!({ "config": { "url": "https://e.org/", "insecure_ssl": 2 } }),
            "config",
        ),
        (
            json!({ "config": { "url": "https://e.org/", "content_type": "xml" } }),
            "config",
        ),
        (
            json!({ "config": { "url": "https://e.org/" }, "name": "irc" }),
            "name",
        ),
        (
            json!({ "config": { "url": "https://e.org/" }, "events": "push" }),
            "events",
        ),
        (
            json!({ "config": { "url": "https://e.org/" }, "events": ["no_such"] }),
            "events",
        ),
        (
            json!({ "config": { "url": "https://e.org/" }, "active": "yes" }),
            "active",
        ),
    ] {
        let got = world.ask("POST", lab, wrong.clone());
        assert_eq!(got.status, 422, "{wrong}: {got:?}");
        assert_eq!(got.body["errors"][0]["field"], field, "{wrong}");
    }
}

#[test]
fn deliveries_are_walked_by_a_cursor_and_what_waits_is_not_among_them() {
    let world = World::new();
    let hook = world.make(HOOKS, "https://example.org/");
    let list = format!("{hook}/deliveries");
    assert_eq!(world.ask("GET", &list, Value::Null).body, json!([]));
    for status in [204, 500, 500] {
        world.answered(status);
        assert_eq!(
            world
                .ask("POST", &format!("{hook}/pings"), Value::Null)
                .status,
            204
        );
    }
    world.answered(204);
    let mut path = format!("{list}?per_page=3");
    let mut seen = Vec::new();
    for _ in 0..2 {
        let got = world.ask("GET", &path, Value::Null);
        let ids = got.body.as_array().unwrap().iter();
        seen.extend(ids.map(|row| row["id"].as_i64().unwrap()));
        let Some(link) = got.header("link") else {
            break;
        };
        let (url, rel) = link.split_once('>').unwrap();
        assert_eq!(rel, "; rel=\"next\"");
        let (_, rest) = url.split_once("/api/").unwrap();
        path = format!("/api/{rest}");
        assert!(
            path.contains("cursor=") && path.contains("per_page=3"),
            "{path}"
        );
    }
    assert_eq!(seen.len(), 4);
    assert!(seen.is_sorted_by(|a, b| a > b), "{seen:?}");
    let count = |status: &str| {
        let got = world.ask("GET", &format!("{list}?status={status}"), Value::Null);
        got.body.as_array().map(Vec::len)
    };
    assert_eq!(
        (count("success"), count("failure"), count("other")),
        (Some(2), Some(2), None)
    );
    assert_eq!(
        world
            .ask("GET", &format!("{list}?cursor=x"), Value::Null)
            .status,
        422
    );
    let one = world.ask("GET", &format!("{list}/{}", seen[1]), Value::Null);
    assert_eq!(one.text("status"), "Invalid HTTP Response: 500");
    assert_eq!(one.body["duration"], json!(0.27));
    assert_eq!(
        one.body["request"]["headers"],
        json!({ "X-GitHub-Event": "ping" })
    );
    assert_eq!(one.body["response"]["payload"], "no");
    let again = format!("{list}/{}/attempts", seen[1]);
    let got = world.ask("POST", &again, Value::Null);
    assert_eq!((got.status, got.body), (202, json!({})));
    let refused = world.ask("POST", &again, Value::Null);
    assert_eq!((refused.status, refused.text("reason")), (409, "state"));
    assert_eq!(
        world
            .ask("GET", &list, Value::Null)
            .body
            .as_array()
            .unwrap()
            .len(),
        4
    );
}

#[test]
fn a_configuration_has_an_address_of_its_own() {
    let world = World::new();
    let hook = world.make(HOOKS, "https://example.org/");
    let config = format!("{hook}/config");
    let shown = json!({ "url": "https://example.org/", "content_type": "json", "insecure_ssl": "0", "secret": "********" });
    let change = json!({ "content_type": "json", "secret": "well kept" });
    assert_eq!(world.ask("PATCH", &config, change).body, shown);
    assert_eq!(world.ask("GET", &config, Value::Null).body, shown);
    // Sent back as it was shown, it keeps what it does not say.
    let same = world.ask("PATCH", &hook, json!({ "config": shown }));
    assert_eq!((same.status, &same.body["config"]), (200, &shown));
    let bare = world.ask(
        "PATCH",
        &hook,
        json!({ "config": { "url": "https://example.org/" } }),
    );
    assert_eq!(bare.body["config"]["secret"], Value::Null);
    assert_eq!(bare.body["config"]["content_type"], "form");
}
