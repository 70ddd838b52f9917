//! From nothing to an organization with a member and a repository; sign-ins; people.

use jeton_app::setup;
use serde_json::{Value, json};

use crate::server::Server;

const PASSWORD: &str = "a long enough password";

#[test]
fn from_nothing_to_an_organization_with_a_member_and_a_repository() {
    let server = Server::start();
    let post = |value: Option<&str>, path: &str, body: Value| server.ask(value, "POST", path, body);
    let code = setup::new_code(server.kit.app()).unwrap().unwrap();
    let first = json!({ "code": code, "login": "root-of-it", "email": "root@example.test", "password": PASSWORD });
    let made = post(None, "/api/jeton/v1/setup", first.clone());
    assert_eq!(
        (made.status, made.text("login"), &made.body["administrator"]),
        (201, "root-of-it", &json!(true))
    );
    assert_eq!(
        post(None, "/api/jeton/v1/setup", first).status,
        403,
        "a code works once"
    );

    let wrong = json!({ "login": "root-of-it", "password": "something else" });
    assert_eq!(post(None, "/api/jeton/v1/sign-in", wrong).status, 401);
    let right = json!({ "login": "root-of-it", "password": PASSWORD, "label": "laptop" });
    let signed_in = post(None, "/api/jeton/v1/sign-in", right);
    assert_eq!(
        (signed_in.status, &signed_in.body["administrator"]),
        (201, &json!(true))
    );
    let root = signed_in.text("token").to_owned();
    assert!(root.starts_with("jtu_"));
    assert_eq!(
        server
            .ask(Some(&root), "GET", "/api/v3/user", Value::Null)
            .text("login"),
        "root-of-it"
    );

    let ann = json!({ "login": "ann", "email": "ann@example.test", "password": PASSWORD });
    let made = post(Some(&root), "/api/jeton/v1/users", ann);
    assert_eq!(
        (made.status, made.text("state"), made.text("email")),
        (201, "active", "ann@example.test")
    );
    assert!(
        made.header("location")
            .unwrap()
            .ends_with("/api/jeton/v1/users/ann")
    );
    let made = post(
        Some(&root),
        "/api/jeton/v1/orgs",
        json!({ "login": "alta3" }),
    );
    assert_eq!((made.status, made.text("login")), (201, "alta3"));
    let put = server.ask(
        Some(&root),
        "PUT",
        "/api/v3/orgs/alta3/memberships/ann",
        json!({ "role": "member" }),
    );
    assert_eq!(
        (put.status, put.text("role"), put.text("state")),
        (200, "member", "active")
    );
    let made = post(
        Some(&root),
        "/api/orgs/alta3/repos",
        json!({ "name": "labs", "private": true }),
    );
    assert_eq!(
        (made.status, made.text("full_name"), made.text("visibility")),
        (201, "alta3/labs", "private")
    );
    assert_eq!(made.body["permissions"]["admin"], json!(true));

    let signed_in = post(
        None,
        "/api/jeton/v1/sign-in",
        json!({ "login": "ANN", "password": PASSWORD }),
    );
    let ann = signed_in.text("token").to_owned();
    let seen = server.ask(Some(&ann), "GET", "/api/v3/repos/ALTA3/Labs", Value::Null);
    assert_eq!((seen.status, seen.text("role_name")), (200, "read"));
    assert_eq!(server.nobody("GET", "/api/v3/repos/alta3/labs").status, 404);
}

#[test]
fn sudo_mode_is_asked_for_what_adds_power_and_never_for_what_takes_it() {
    let server = Server::start();
    let root = server.kit.administrator("root-of-it");
    server.kit.person("ann");
    server.kit.advance(jeton_domain::Span::from_hours(2));
    let new = json!({ "login": "bob", "email": "bob@example.test", "password": PASSWORD });
    let refused = server.by(&root, "POST", "/api/jeton/v1/users", new);
    assert_eq!(
        (refused.status, refused.text("reason")),
        (403, "confirmation_needed")
    );
    assert_eq!(
        server
            .by(
                &root,
                "POST",
                "/api/jeton/v1/users/ann/suspend",
                Value::Null
            )
            .status,
        200
    );
    let refused = server.by(&root, "POST", "/api/jeton/v1/users/ann/resume", Value::Null);
    assert_eq!(refused.text("reason"), "confirmation_needed");
    // Which of the two it is may hang on the body.
    let acme = server.kit.organization("acme", &root);
    server.kit.member(
        &acme,
        &server.kit.person("bea"),
        jeton_domain::OrganizationRole::Owner,
    );
    let policy = "/api/jeton/v1/orgs/acme/policy";
    let stricter = json!({ "fine_grained_maximum": { "days": 7 } });
    assert_eq!(server.by(&root, "PATCH", policy, stricter).status, 200);
    let looser = json!({ "fine_grained_maximum": { "days": 8 } });
    let refused = server.by(&root, "PATCH", policy, looser);
    assert_eq!(
        (refused.status, refused.text("reason")),
        (403, "confirmation_needed")
    );
    let membership = "/api/v3/orgs/acme/memberships/bea";
    let demoted = json!({ "role": "member" });
    assert_eq!(server.by(&root, "PUT", membership, demoted).status, 200);
    let promoted = json!({ "role": "admin" });
    let refused = server.by(&root, "PUT", membership, promoted);
    assert_eq!(refused.text("reason"), "confirmation_needed");
}

#[test]
fn a_person_lists_and_ends_their_sign_ins_and_nobody_elses() {
    let server = Server::start();
    let (ann, bob) = (server.kit.person("ann"), server.kit.person("bob"));
    let list = server.get(&ann, "/api/jeton/v1/sign-ins");
    assert_eq!(
        (
            list.body.as_array().unwrap().len(),
            &list.body[0]["current"]
        ),
        (1, &json!(true))
    );
    let of_bob = format!("/api/jeton/v1/sign-ins/{}", bob.sign_in);
    assert_eq!(server.by(&ann, "DELETE", &of_bob, Value::Null).status, 404);
    assert_eq!(
        server
            .by(&ann, "DELETE", "/api/jeton/v1/sign-in", Value::Null)
            .status,
        204
    );
    assert_eq!(server.get(&ann, "/api/v3/user").status, 401);
    assert_eq!(server.get(&bob, "/api/v3/user").status, 200);
}

#[test]
fn people_are_kept_by_administrators_with_their_own_sign_in() {
    let server = Server::start();
    let kit = &server.kit;
    let (root, ann) = (kit.administrator("root-of-it"), kit.person("ann"));
    assert_eq!(server.get(&ann, "/api/jeton/v1/users").status, 403);
    assert_eq!(server.nobody("GET", "/api/jeton/v1/users").status, 401);
    let token = kit.token(
        &root,
        root.account(),
        jeton_domain::Selection::All,
        &[],
        jeton_domain::Standing::NotNeeded,
    );
    let refused = server.with_token(&token, "GET", "/api/jeton/v1/users", Value::Null);
    assert_eq!(
        (refused.status, refused.text("reason")),
        (403, "kind_closed")
    );
    assert_eq!(
        server.get(&root, "/api/jeton/v1/users").each("login"),
        ["ann", "root-of-it"]
    );
    let page = server.get(&root, "/api/jeton/v1/users?per_page=1&page=2");
    assert_eq!(page.each("login"), ["root-of-it"]);
    assert!(page.header("link").unwrap().contains("rel=\"prev\""));
    let misspelt = server.by(
        &root,
        "PATCH",
        "/api/jeton/v1/users/ann",
        json!({ "administator": true }),
    );
    assert_eq!(misspelt.status, 422, "a misspelt field does not vanish");
    let renamed = server.by(
        &root,
        "PATCH",
        "/api/jeton/v1/users/ann",
        json!({ "login": "anna" }),
    );
    assert_eq!(renamed.text("login"), "anna");
    assert_eq!(
        server
            .by(&root, "DELETE", "/api/jeton/v1/users/anna", Value::Null)
            .status,
        204
    );
    assert_eq!(server.get(&ann, "/api/v3/user").status, 401);
    assert_eq!(
        server
            .by(
                &root,
                "POST",
                "/api/jeton/v1/names/anna/release",
                Value::Null
            )
            .status,
        204
    );
}

#[test]
fn addresses_are_the_callers_own_and_profiles_everybodys() {
    let server = Server::start();
    let ann = server.kit.person("ann");
    assert_eq!(
        server.get(&ann, "/api/v3/user/emails").each("email"),
        ["ann@example.test"]
    );
    let profile = server.nobody("GET", "/api/v3/users/ANN");
    assert_eq!(
        (profile.status, profile.text("login"), profile.text("type")),
        (200, "ann", "User")
    );
    assert_eq!(profile.body["email"], Value::Null);
    assert_eq!(
        server.nobody("GET", "/api/v3/users/nobody-here").status,
        404
    );
    let named = server.by(&ann, "PATCH", "/api/v3/user", json!({ "name": "Ann" }));
    assert_eq!(named.text("name"), "Ann");
}
