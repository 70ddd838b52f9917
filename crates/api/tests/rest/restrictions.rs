//! What is asked for in GitHub's words and can't be had is refused by name: no restriction and no filter
//! vanishes with 200.

use jeton_domain::{OrganizationRole, Selection, Standing};
use serde_json::{Value, json};

use crate::server::Server;

/// What GitHub's words restrict or promise is done, holds already, or is refused: it never vanishes with 200.
#[test]
fn a_restriction_in_githubs_words_does_not_vanish() {
    let server = Server::start();
    let ann = server.kit.person("ann");
    let bob = server.kit.person("bob");
    let acme = server.kit.organization("acme", &ann);
    server.kit.member(&acme, &bob, OrganizationRole::Member);
    let say = |method: &str, path: &str, body: Value| {
        server.by(&ann, method, &format!("/api/v3{path}"), body)
    };
    for (path, name) in [("/orgs/acme/repos", "lab"), ("/orgs/acme/teams", "Crew")] {
        assert_eq!(say("POST", path, json!({ "name": name })).status, 201);
    }
    let team = "/orgs/acme/teams/crew";
    for (method, path, field, fits, does_not) in [
        (
            "POST",
            "/orgs/acme/teams",
            "privacy",
            json!("closed"),
            json!("secret"),
        ),
        (
            "POST",
            "/orgs/acme/teams",
            "maintainers",
            json!([]),
            json!(["bob"]),
        ),
        (
            "POST",
            "/orgs/acme/teams",
            "repo_names",
            json!([]),
            json!(["acme/lab"]),
        ),
        ("PATCH", team, "privacy", json!("closed"), json!("secret")),
        (
            "PUT",
            "/orgs/acme/teams/crew/memberships/bob",
            "role",
            json!("member"),
            json!("maintainer"),
        ),
        (
            "POST",
            "/user/repos",
            "is_template",
            json!(false),
            json!(true),
        ),
        (
            "POST",
            "/orgs/acme/repos",
            "license_template",
            json!(""),
            json!("mit"),
        ),
        ("POST", "/user/repos", "team_id", Value::Null, json!(1)),
        (
            "PATCH",
            "/repos/acme/lab",
            "archived",
            json!(false),
            json!(true),
        ),
        (
            "PATCH",
            "/repos/acme/lab",
            "security_and_analysis",
            json!({ "secret_scanning": { "status": "disabled" } }),
            json!({ "secret_scanning": { "status": "enabled" } }),
        ),
        (
            "PATCH",
            "/orgs/acme",
            "two_factor_requirement_enabled",
            Value::Null,
            json!(false),
        ),
        (
            "PATCH",
            "/orgs/acme",
            "members_can_delete_repositories",
            json!(true),
            json!(false),
        ),
        (
            "PATCH",
            "/orgs/acme",
            "members_can_create_public_repositories",
            json!(true),
            json!(false),
        ),
    ] {
        let body = |value: &Value| {
            let mut body = json!({ field: value });
            if method == "POST" {
                body["name"] = json!(format!("new-{field}"));
            }
            body
        };
        let refused = say(method, path, body(&does_not));
        assert_eq!(refused.status, 422, "{method} {path} {field}: {refused:?}");
        let fault = &refused.body["errors"][0];
        assert_eq!(fault["field"], json!(field));
        assert!(
            fault["message"].as_str().unwrap().len() > field.len() + 20,
            "{fault}"
        );
        let taken = say(method, path, body(&fits));
        assert!(taken.status < 300, "{method} {path} {field}: {taken:?}");
    }
}

/// GitHub's words for our policy change our policy: the body, the log and what members can do say the same.
#[test]
fn members_make_repositories_as_githubs_setting_says() {
    let server = Server::start();
    let (ann, bob) = (server.kit.person("ann"), server.kit.person("bob"));
    let acme = server.kit.organization("acme", &ann);
    server.kit.member(&acme, &bob, OrganizationRole::Member);
    let patch = |body: Value| server.by(&ann, "PATCH", "/api/v3/orgs/acme", body);
    let make = |name: &str| {
        let made = server.by(
            &bob,
            "POST",
            "/api/v3/orgs/acme/repos",
            json!({ "name": name }),
        );
        made.status
    };
    assert_eq!(make("before"), 201);
    let off = patch(json!({ "members_can_create_repositories": false,
        "members_can_create_public_repositories": false }));
    assert_eq!(
        (off.status, &off.body["members_can_create_repositories"]),
        (200, &json!(false)),
        "{off:?}"
    );
    assert_eq!(
        off.body["members_allowed_repository_creation_type"],
        json!("none")
    );
    assert_eq!(make("meanwhile"), 403);
    let policy = server.get(&ann, "/api/jeton/v1/orgs/acme/policy");
    assert_eq!(
        policy.body["own"]["members_create_repositories"],
        json!(false)
    );
    let log = server.get(&ann, "/api/v3/orgs/acme/audit-log?per_page=1");
    assert_eq!(log.each("action"), ["org.update_token_policy"], "{log:?}");

    let torn = patch(json!({ "members_can_create_repositories": true,
        "members_allowed_repository_creation_type": "none" }));
    assert_eq!(torn.status, 422, "{torn:?}");
    let kind = patch(json!({ "members_can_create_private_repositories": true }));
    let fault = &kind.body["errors"][0];
    assert_eq!(
        fault["field"],
        json!("members_can_create_private_repositories")
    );
    assert_eq!(make("still"), 403, "what is refused changes nothing");
    // Giving it back adds power.
    server.kit.advance(jeton_domain::Span::from_hours(3));
    let on = patch(json!({ "members_allowed_repository_creation_type": "all" }));
    assert_eq!((on.status, on.text("reason")), (403, "confirmation_needed"));
}

/// Where the site decides, an organization's own word would change nothing that anybody could see.
#[test]
fn what_the_site_decides_is_not_taken_and_dropped() {
    let server = Server::start();
    let (root, ann) = (server.kit.administrator("boss"), server.kit.person("ann"));
    server.kit.organization("acme", &ann);
    let site = "/api/jeton/v1/site/policy";
    let mut policy = server.get(&root, site).body;
    policy["members_create_repositories"] = json!({ "force": true });
    let put = server.by(&root, "PUT", site, policy);
    assert!(put.status < 300, "{put:?}");
    let patch = |value: bool| {
        let body = json!({ "members_can_create_repositories": value });
        server.by(&ann, "PATCH", "/api/v3/orgs/acme", body)
    };
    let refused = patch(false);
    assert_eq!(refused.status, 422, "{refused:?}");
    let message = refused.body["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("the site decides it"), "{message}");
    let own = server.get(&ann, "/api/jeton/v1/orgs/acme/policy");
    assert_eq!(own.body["own"]["members_create_repositories"], json!(true));
    assert_eq!(patch(true).status, 200);
}

/// A misspelt filter of a list of access would show what looks like an answer.
#[test]
fn a_misspelt_filter_of_access_or_the_log_is_refused() {
    let server = Server::start();
    let ann = server.kit.person("ann");
    server.kit.organization("acme", &ann);
    for (path, misspelt, known) in [
        (
            "personal-access-token-requests",
            "ownr=otto",
            "owner[]=otto&page=1&per_page=5&sort=created_at&direction=asc",
        ),
        (
            "personal-access-tokens",
            "permision=contents",
            "permission=contents&token_id[]=1",
        ),
        (
            "audit-log",
            "actr=x",
            "actor=x&include=all&after=&order=desc&page=1",
        ),
    ] {
        let list = |query: &str| server.get(&ann, &format!("/api/v3/orgs/acme/{path}?{query}"));
        let refused = list(misspelt);
        assert_eq!(refused.status, 422, "{path}: {refused:?}");
        assert!(
            refused.body["errors"][0]["message"]
                .as_str()
                .unwrap()
                .contains("is no parameter here")
        );
        assert_eq!(list(known).status, 200, "{path}");
    }
    let elsewhere = server.get(&ann, "/api/v3/user/repos?affiliation=owner");
    assert_eq!(elsewhere.status, 200);
}

/// What is let in goes on when the token has ended: that is its owner's own word, and confirmed.
#[test]
fn no_token_lets_an_application_into_an_organization() {
    let server = Server::start();
    let kit = &server.kit;
    let ann = kit.person("ann");
    let acme = kit.organization("acme", &ann);
    let keeps = [("organization_administration", "write")];
    let token = kit.token(
        &ann,
        acme.account(),
        Selection::All,
        &keeps,
        Standing::NotNeeded,
    );
    let path = "/api/jeton/v1/orgs/acme/application-approvals";
    let list = server.with_token(&token, "GET", path, Value::Null);
    assert_eq!(list.status, 200, "it reads: {list:?}");
    let board = json!({ "name": "Board", "callbacks": ["https://board.example.org/back"] });
    let made = server.by(&ann, "POST", "/api/jeton/v1/applications", board);
    let path = format!("{path}/{}", made.body["id"]);
    for approved in [true, false] {
        let body = json!({ "approved": approved });
        let refused = server.with_token(&token, "PUT", &path, body.clone());
        assert_eq!(
            (refused.status, refused.text("reason")),
            (403, "kind_closed"),
            "{approved}"
        );
        let owners = server.by(&ann, "PUT", &path, body);
        assert_eq!(owners.status, 204, "{approved}: {owners:?}");
    }
}
