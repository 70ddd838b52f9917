//! What narrows a token narrows it at the registry: conditions, jobs, children, and its end. (A registry that stored "read-only"
//! and networks and enforced neither, and went on to take what was deleted, is what this is held against.)

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::http::Answer;
use crate::support::packages::{document, file, path};
use crate::support::world::Person;

const NAME: &str = "@acme/pad";

/// acme of ann's with `labs` and `other`, private; jobs there may publish.
struct Works {
    site: Site,
    ann: Person,
}

impl Works {
    fn new() -> Self {
        let site = Site::start();
        let ann = site.person("ann", false);
        site.organization("acme", &ann);
        for name in ["labs", "other"] {
            site.repository("acme", &ann, name, "private");
        }
        site.must(
            "PUT",
            "/api/jeton/v1/orgs/acme/job-permissions",
            Some(&ann.client),
            &json!({ "permissions": { "packages": "write" } }),
        );
        Self { site, ann }
    }

    fn token(&self, name: &str, level: &str, conditions: &Value) -> (i64, String) {
        let wish = json!({
            "name": name, "owner": "acme", "repositories": "all", "permissions": { "packages": level },
            "conditions": conditions,
        });
        let made = self.site.token(&self.ann, &wish);
        (made.id, made.value)
    }

    fn publishes(&self, token: &str, version: &str) -> Answer {
        let mut put = document(NAME, version, &file(NAME, version));
        let url = format!("git+{}/acme/labs.git", self.site.url());
        put["versions"][version]["repository"] = json!({ "type": "git", "url": url });
        self.site
            .npm("PUT", &path(NAME), Some(token), &put.to_string())
    }

    fn reads(&self, token: &str) -> Answer {
        self.site.npm("GET", &path(NAME), Some(token), "")
    }

    fn job(&self, repository: &str, body: &Value) -> Value {
        let path = format!("/api/jeton/v1/repos/acme/{repository}/jobs");
        self.site.must("POST", &path, Some(&self.ann.client), body)
    }
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap().to_owned()
}

#[test]
fn networks_levels_and_the_end_of_a_token_are_enforced() {
    let works = Works::new();
    let (id, write) = works.token("write", "write", &json!([]));
    assert_eq!(works.publishes(&write, "1.0.0").status, 201);
    let (_, read) = works.token("read", "read", &json!([]));
    assert_eq!(works.reads(&read).status, 200);
    let refused = works.publishes(&read, "1.0.1");
    assert_eq!(refused.status, 403, "{}", refused.text());
    let elsewhere = json!([{ "addresses": { "only": ["192.0.2.0/24"] } }]);
    let (_, away) = works.token("away", "write", &elsewhere);
    for answer in [works.reads(&away), works.publishes(&away, "1.0.1")] {
        assert_eq!(answer.status, 403, "{}", answer.text());
        assert_eq!(answer.json()["reason"], "token_address");
    }
    // What npm says of a token is what is enforced.
    let listed = works
        .site
        .npm("GET", "/npm/-/npm/v1/tokens", Some(&read), "");
    let listed = listed.json();
    assert_eq!(listed["total"], 1, "a token shows itself alone: {listed}");
    assert_eq!(listed["objects"][0]["readonly"], true);
    // It ends itself, and no other.
    let at = |id: &str| format!("/npm/-/npm/v1/tokens/token/{id}");
    let key = text(&listed["objects"][0], "key");
    let other = works
        .site
        .npm("DELETE", &at(&id.to_string()), Some(&read), "");
    assert_eq!(other.status, 404, "{}", other.text());
    let ended = works.site.npm("DELETE", &at(&key), Some(&read), "");
    assert_eq!(ended.status, 204, "{}", ended.text());
    assert_eq!(works.reads(&read).status, 401);
    assert_eq!(works.reads(&write).status, 200);
    let by_ann = works
        .site
        .npm("DELETE", &at(&id.to_string()), Some(&works.ann.client), "");
    assert_eq!(by_ann.status, 204, "{}", by_ann.text());
    assert_eq!(works.publishes(&write, "1.0.2").status, 401);
}

#[test]
fn a_job_publishes_what_belongs_to_its_repository_until_it_ends() {
    let works = Works::new();
    let job = works.job("labs", &json!({ "permissions": { "packages": "write" } }));
    let value = text(&job, "token");
    let made = works.publishes(&value, "1.0.0");
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(works.reads(&value).status, 200);
    let other = text(&works.job("other", &json!({})), "token");
    assert_eq!(works.reads(&other).status, 404, "another repository's job");
    assert_eq!(works.publishes(&other, "1.0.1").status, 404);
    let fork = text(&works.job("labs", &json!({ "fork": true })), "token");
    assert_eq!(works.reads(&fork).status, 200);
    assert_eq!(works.publishes(&fork, "1.0.1").status, 403, "it reads");
    let end = format!("/api/jeton/v1/repos/acme/labs/jobs/{}", job["id"]);
    works
        .site
        .must("DELETE", &end, Some(&works.ann.client), &Value::Null);
    assert_eq!(works.publishes(&value, "1.0.1").status, 401);
}

#[test]
fn a_child_publishes_no_more_than_its_parent() {
    let works = Works::new();
    let (_, write) = works.token("write", "write", &json!([]));
    let child = |from: &str, permissions: &Value| {
        let body = json!({ "permissions": permissions });
        let made = works
            .site
            .must("POST", "/api/jeton/v1/token/children", Some(from), &body);
        text(&made, "token")
    };
    let publisher = child(&write, &json!({ "packages": "write" }));
    assert_eq!(works.publishes(&publisher, "1.0.0").status, 201);
    let reader = child(&write, &json!({ "packages": "read" }));
    assert_eq!(works.reads(&reader).status, 200);
    assert_eq!(works.publishes(&reader, "1.0.1").status, 403);
}

#[test]
fn a_service_account_publishes_by_its_role_everywhere_and_removes_by_none() {
    let works = Works::new();
    works.site.service_account("acme", &works.ann, "builder");
    let tokens = "/api/jeton/v1/orgs/acme/service-accounts/builder/tokens";
    let wish = json!({
        "name": "ci", "repositories": "all", "permissions": { "packages": "write" },
    });
    let made = works
        .site
        .must("POST", tokens, Some(&works.ann.client), &wish);
    let value = text(&made, "token");
    let put = |name: &str, version: &str| {
        let put = document(name, version, &file(name, version)).to_string();
        works.site.npm("PUT", &path(name), Some(&value), &put)
    };
    // Of no repository, and of one.
    let first = put("@acme/free", "1.0.0");
    assert_eq!(first.status, 201, "{}", first.text());
    assert_eq!(works.publishes(&value, "1.0.0").status, 201);
    // Another's, that belongs to no repository.
    let name = "@acme/anns";
    let other = document(name, "1.0.0", &file(name, "1.0.0")).to_string();
    let at = path(name);
    let made = works.site.npm("PUT", &at, Some(&works.ann.client), &other);
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(put(name, "1.0.1").status, 201);
    let role = json!({ "role": "none" });
    let account = "/api/jeton/v1/orgs/acme/service-accounts/builder";
    works
        .site
        .must("PATCH", account, Some(&works.ann.client), &role);
    assert_eq!(put(name, "1.0.2").status, 404);
    // Nor what it made itself: it was given no role there by name.
    assert_eq!(put("@acme/free", "1.0.1").status, 404);
}

#[test]
fn what_was_handed_over_finds_and_makes_what_both_may() {
    let works = Works::new();
    let (id, mias) = works.token("runs", "write", &json!([]));
    let put = |name: &str| {
        let put = document(name, "1.0.0", &file(name, "1.0.0")).to_string();
        works.site.npm("PUT", &path(name), Some(&mias), &put).status
    };
    assert_eq!(put("@acme/free"), 201);
    let account = json!({ "login": "reader", "role": "none" });
    let owner = Some(works.ann.client.as_str());
    let accounts = "/api/jeton/v1/orgs/acme/service-accounts";
    works.site.must("POST", accounts, owner, &account);
    let at = format!("/api/jeton/v1/orgs/acme/personal-access-tokens/{id}/hand-over");
    let wish = json!({ "service_account": "reader" });
    works.site.must("POST", &at, owner, &wish);
    let found = |token: &str| {
        let search = works
            .site
            .npm("GET", "/npm/-/v1/search?text=free", Some(token), "");
        let list = "/api/v3/orgs/acme/packages?package_type=npm";
        let listed = works.site.must("GET", list, Some(token), &Value::Null);
        (
            search.json()["total"].clone(),
            listed.as_array().unwrap().len(),
        )
    };
    assert_eq!(found(&works.ann.client), (json!(1), 1));
    let alone = works.site.npm("GET", &path("@acme/free"), Some(&mias), "");
    assert_eq!(alone.status, 404, "{}", alone.text());
    assert_eq!(found(&mias), (json!(0), 0));
    // It reads: what belongs to none is made by none of both.
    let change = json!({ "role": "read" });
    works
        .site
        .must("PATCH", &format!("{accounts}/reader"), owner, &change);
    assert_eq!(found(&mias), (json!(1), 1));
    assert_ne!(put("@acme/new"), 201);
}

#[test]
fn removing_asks_a_sign_in_for_a_proof_and_a_token_for_none() {
    let works = Works::new();
    let (_, write) = works.token("write", "write", &json!([]));
    for version in ["1.0.0", "1.0.1"] {
        assert_eq!(works.publishes(&write, version).status, 201);
    }
    works.site.later(jeton_domain::Span::from_hours(3));
    let at = "/api/v3/orgs/acme/packages/npm/pad";
    let stale = works
        .site
        .call("DELETE", at, Some(&works.ann.client), &Value::Null);
    assert_eq!(
        stale.json()["reason"],
        "confirmation_needed",
        "{}",
        stale.text()
    );
    assert_eq!(works.reads(&write).status, 200);
    let again = works.site.sign_in("ann");
    works
        .site
        .must("DELETE", at, Some(&again.client), &Value::Null);
    assert_eq!(works.reads(&write).status, 404);
}

#[test]
fn a_job_stops_while_its_opener_s_token_does() {
    let works = Works::new();
    let wish = json!({
        "name": "opens", "owner": "acme", "repositories": ["labs"],
        "permissions": { "packages": "write", "actions": "write" },
    });
    let token = works.site.token(&works.ann, &wish);
    let body = json!({ "permissions": { "packages": "write" } });
    let jobs = "/api/jeton/v1/repos/acme/labs/jobs";
    let job = works.site.must("POST", jobs, Some(&token.value), &body);
    let job = text(&job, "token");
    assert_eq!(works.publishes(&job, "1.0.0").status, 201);
    let life = |what| {
        works
            .site
            .token_call(&works.ann, &token, what, &Value::Null)
    };
    assert!(life("suspend").status < 300);
    // Not 401: Git would forget its password.
    let stopped = works.publishes(&job, "1.0.1");
    assert_eq!(stopped.status, 403);
    assert_eq!(stopped.json()["reason"], "token_suspended");
    assert!(life("resume").status < 300);
    assert_eq!(works.publishes(&job, "1.0.1").status, 201);
    // Its owner withdraws the token: so is what it opened.
    let at = format!("/api/v3/orgs/acme/personal-access-tokens/{}", token.id);
    let revoke = json!({ "action": "revoke" });
    works
        .site
        .must("POST", &at, Some(&works.ann.client), &revoke);
    assert_eq!(works.publishes(&job, "1.0.2").status, 403);
}
