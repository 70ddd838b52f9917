//! `explain` at this door: whose address is asked about, and what it says then. That it says what the
//! request gets, over every route, is proved with the whole server.

use jeton_domain::Visibility;
use serde_json::{Value, json};

use crate::server::{Got, Server};

struct World {
    server: Server,
    ann: jeton_testkit::Person,
}

impl World {
    fn new() -> Self {
        let server = Server::start();
        let ann = server.kit.person("ann");
        let acme = server.kit.organization("acme", &ann);
        server
            .kit
            .repository((acme.account(), "acme"), "lab", Visibility::Private);
        Self { server, ann }
    }

    fn explain(&self, method: &str, url: &str) -> Got {
        let question = json!({ "method": method, "url": url });
        self.server
            .by(&self.ann, "POST", "/api/jeton/v1/explain", question)
    }
}

#[test]
fn only_this_sites_addresses_are_explained() {
    let world = World::new();
    let public = world.server.kit.app().public_url().to_owned();
    let (_, authority) = public.split_once("://").unwrap();
    let path = "/api/v3/repos/acme/lab";
    for ours in [
        path.to_owned(),
        "/repos/acme/lab".to_owned(),
        format!("{public}{path}"),
        format!("HTTPS://{authority}{path}?page=1"),
        // The name that the question came by.
        format!("http://{}{path}", world.server.address()),
    ] {
        let said = world.explain("GET", &ours);
        assert_eq!(
            (said.status, &said.body["allowed"]),
            (200, &json!(true)),
            "{ours}"
        );
    }
    for other in [
        format!("https://github.com{path}"),
        format!("https://{authority}.evil.example{path}"),
        format!("http://127.0.0.1:1{path}"),
        format!("http://ann:secret@{authority}{path}"),
        format!("https://{path}"),
        format!("://{path}"),
    ] {
        let said = world.explain("GET", &other);
        assert_eq!(said.status, 422, "{other}: {:?}", said.body);
        let fault = &said.body["errors"][0];
        assert_eq!(fault["field"], json!("url"));
        let message = fault["message"].as_str().unwrap();
        assert!(!message.contains("secret"), "{message}");
    }
}

#[test]
fn it_says_the_status_of_the_route_and_the_words_of_the_rule() {
    let world = World::new();
    for (method, path, status) in [
        ("GET", "/api/v3/repos/acme/lab", 200),
        ("POST", "/api/v3/orgs/acme/repos", 201),
        ("POST", "/api/v3/orgs/acme/personal-access-tokens", 202),
        ("DELETE", "/api/v3/repos/acme/lab", 204),
    ] {
        let said = world.explain(method, path).body;
        assert_eq!(
            (&said["allowed"], &said["status"]),
            (&json!(true), &json!(status))
        );
        assert_eq!(
            (&said["reason"], &said["layer"]),
            (&Value::Null, &Value::Null)
        );
    }
    let last = world.explain("POST", "/api/jeton/v1/orgs/acme/leave").body;
    assert_eq!(
        (&last["status"], &last["reason"], &last["layer"]),
        (&json!(409), &json!("last_owner"), &json!("rule"))
    );
    assert!(
        last["message"]
            .as_str()
            .unwrap()
            .contains("last owner of acme")
    );
    let missing = world.explain("GET", "/api/v3/orgs/acme/teams/nothing").body;
    assert_eq!(
        (&missing["status"], &missing["reason"], &missing["layer"]),
        (&json!(404), &Value::Null, &Value::Null)
    );
    assert_eq!(missing["message"], json!("Not Found"));
}

/// As the request itself: what is asked about is refused before it is looked at, and told to nobody.
#[test]
fn a_token_in_the_address_that_is_asked_about_is_what_refuses_it() {
    let world = World::new();
    let value = world.ann.value().to_owned();
    for url in [
        format!("/api/v3/user?access_token={value}"),
        format!("/api/v3/users/x{value}"),
        format!("/api/v3/users/{}", value.replace('_', "%255f")),
    ] {
        let said = world.explain("GET", &url);
        assert_eq!(
            (said.status, &said.body["allowed"], &said.body["status"]),
            (200, &json!(false), &json!(400)),
            "{said:?}"
        );
        assert_eq!(
            (&said.body["reason"], &said.body["layer"]),
            (&json!("token_in_url"), &json!("carrier"))
        );
        assert!(!said.body.to_string().contains(&value), "{said:?}");
    }
}
