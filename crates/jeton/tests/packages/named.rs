//! A token that names packages reaches these and no others, whatever repositories it selects: so do its children and the jobs that
//! it opens, and its owner is asked before there are more.

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::http::Answer;
use crate::support::packages::{document, file, path};
use crate::support::world::{Person, Token};

/// acme with the private repository `labs`; ann owns it, and bob is a member who may write.
struct Works {
    site: Site,
    ann: Person,
    bob: Person,
}

impl Works {
    fn new() -> Self {
        let site = Site::start();
        let (ann, bob) = (site.person("ann", false), site.person("bob", false));
        site.organization("acme", &ann);
        site.repository("acme", &ann, "labs", "private");
        site.member("acme", &ann, &bob, "member");
        site.must(
            "PATCH",
            "/api/v3/orgs/acme",
            Some(&ann.client),
            &json!({ "default_repository_permission": "write" }),
        );
        site.must(
            "PUT",
            "/api/jeton/v1/orgs/acme/job-permissions",
            Some(&ann.client),
            &json!({ "permissions": { "packages": "write" } }),
        );
        Self { site, ann, bob }
    }

    fn wish(packages: &Value) -> Value {
        json!({
            "name": "named", "owner": "acme", "repositories": "public", "packages": packages,
            "permissions": { "packages": "write" },
        })
    }

    fn publishes(&self, token: &str, name: &str, version: &str) -> u16 {
        let put = document(name, version, &file(name, version));
        self.puts(token, name, &put)
    }

    /// As part of `labs`.
    fn publishes_of_labs(&self, token: &str, name: &str, version: &str) -> u16 {
        let mut put = document(name, version, &file(name, version));
        let url = format!("git+{}/acme/labs.git", self.site.url());
        put["versions"][version]["repository"] = json!({ "type": "git", "url": url });
        self.puts(token, name, &put)
    }

    fn puts(&self, token: &str, name: &str, put: &Value) -> u16 {
        let put = put.to_string();
        self.site.npm("PUT", &path(name), Some(token), &put).status
    }

    fn reads(&self, token: &str, name: &str) -> u16 {
        self.site.npm("GET", &path(name), Some(token), "").status
    }

    fn edit(&self, person: &Person, token: &Token, packages: &Value) -> Answer {
        let at = format!("/api/jeton/v1/tokens/{}", token.id);
        let body = json!({ "packages": packages });
        self.site.call("PATCH", &at, Some(&person.client), &body)
    }

    fn approval(&self, required: bool) {
        self.site.must(
            "PATCH",
            "/api/jeton/v1/orgs/acme/policy",
            Some(&self.ann.client),
            &json!({ "approval_required": required }),
        );
    }
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap().to_owned()
}

#[test]
fn what_is_named_is_reached_and_nothing_else() {
    let works = Works::new();
    let token = works
        .site
        .token(&works.ann, &Works::wish(&json!(["@acme/pad", "later"])));
    for name in ["@acme/pad", "@acme/later"] {
        assert_eq!(works.publishes(&token.value, name, "1.0.0"), 201, "{name}");
        assert_eq!(works.reads(&token.value, name), 200, "{name}");
    }
    assert_eq!(works.publishes(&token.value, "@acme/other", "1.0.0"), 404);
    assert_eq!(
        works.publishes(&works.ann.client, "@acme/other", "1.0.0"),
        201
    );
    assert_eq!(works.reads(&token.value, "@acme/other"), 404);
    assert_eq!(works.publishes(&token.value, "@acme/other", "1.0.1"), 404);
    let labs = works.site.call(
        "GET",
        "/api/v3/repos/acme/labs",
        Some(&token.value),
        &Value::Null,
    );
    assert_eq!(labs.status, 404, "{}", labs.text());
    // To a repository that it does not select it brings nothing.
    let two = works.site.token(
        &works.ann,
        &json!({
            "name": "of labs", "owner": "acme", "repositories": "public", "packages": ["tied"],
            "permissions": { "packages": "write" },
        }),
    );
    assert_eq!(
        works.publishes_of_labs(&two.value, "@acme/tied", "1.0.0"),
        403
    );
    let seen = works.site.must(
        "GET",
        "/api/jeton/v1/token",
        Some(&token.value),
        &Value::Null,
    );
    assert_eq!(seen["package_selection"], "named");
    assert_eq!(seen["packages"], json!(["@acme/later", "@acme/pad"]));
    assert_eq!(seen["in_force"]["packages"], seen["packages"]);
}

#[test]
fn children_and_jobs_of_it_reach_no_other() {
    let works = Works::new();
    for name in ["@acme/pad", "@acme/other"] {
        assert_eq!(
            works.publishes_of_labs(&works.ann.client, name, "1.0.0"),
            201
        );
    }
    let wish = json!({
        "name": "opens", "owner": "acme", "repositories": ["labs"], "packages": ["pad"],
        "permissions": { "packages": "write", "actions": "write" },
    });
    let token = works.site.token(&works.ann, &wish);
    assert_eq!(
        works.publishes_of_labs(&token.value, "@acme/pad", "1.0.1"),
        201
    );
    // Which repository it belongs to is told to whoever may see that.
    let blind = works.site.token(&works.ann, &Works::wish(&json!(["pad"])));
    let at = "/api/v3/orgs/acme/packages/npm/pad";
    let told = |token: &str| {
        let told = works.site.must("GET", at, Some(token), &Value::Null);
        told["repository"].clone()
    };
    assert_eq!(told(&token.value)["name"], "labs");
    assert_eq!(told(&blind.value), Value::Null);
    assert_eq!(works.reads(&token.value, "@acme/other"), 404);
    let children = "/api/jeton/v1/token/children";
    let child = works
        .site
        .must("POST", children, Some(&token.value), &json!({}));
    assert_eq!(works.reads(&text(&child, "token"), "@acme/pad"), 200);
    assert_eq!(works.reads(&text(&child, "token"), "@acme/other"), 404);
    for packages in [json!(["other"]), json!("by_repository")] {
        let body = json!({ "packages": packages });
        let more = works.site.call("POST", children, Some(&token.value), &body);
        assert_eq!(more.status, 422, "{}", more.text());
        assert!(
            more.text().contains("more than the token's own"),
            "{}",
            more.text()
        );
    }
    // One that needs no packages takes none along.
    let reader = works.site.must(
        "POST",
        children,
        Some(&token.value),
        &json!({ "permissions": { "actions": "read" } }),
    );
    assert_eq!(works.reads(&text(&reader, "token"), "@acme/pad"), 403);
    let job = works.site.must(
        "POST",
        "/api/jeton/v1/repos/acme/labs/jobs",
        Some(&token.value),
        &json!({ "permissions": { "packages": "write" } }),
    );
    let job = text(&job, "token");
    assert_eq!(works.publishes_of_labs(&job, "@acme/pad", "1.0.2"), 201);
    assert_eq!(works.publishes_of_labs(&job, "@acme/other", "1.0.2"), 404);
    // A child that names some of what goes by repositories has these alone.
    let all = works.site.token(
        &works.ann,
        &json!({ "name": "all", "owner": "acme", "repositories": "all", "permissions": { "packages": "read" } }),
    );
    let one = works.site.must(
        "POST",
        children,
        Some(&all.value),
        &json!({ "packages": ["other"] }),
    );
    assert_eq!(works.reads(&text(&one, "token"), "@acme/other"), 200);
    assert_eq!(works.reads(&text(&one, "token"), "@acme/pad"), 404);
}

#[test]
fn an_owner_is_asked_before_a_member_s_token_reaches_more_packages() {
    let works = Works::new();
    for name in ["@acme/pad", "@acme/other"] {
        assert_eq!(works.publishes(&works.ann.client, name, "1.0.0"), 201);
    }
    works.approval(true);
    let token = works.site.token(&works.bob, &Works::wish(&json!(["pad"])));
    assert_eq!(works.reads(&token.value, "@acme/pad"), 404, "it waits");
    let waiting = "/api/v3/orgs/acme/personal-access-token-requests";
    let asked = works
        .site
        .must("GET", waiting, Some(&works.ann.client), &Value::Null);
    assert_eq!(asked[0]["packages"], json!(["@acme/pad"]));
    works.site.approve("acme", &works.ann, &token);
    assert_eq!(works.reads(&token.value, "@acme/pad"), 200);
    let edited = works.edit(&works.bob, &token, &json!(["pad", "other"]));
    assert_eq!(edited.status, 200, "{}", edited.text());
    assert_eq!(edited.json()["in_force"]["packages"], json!(["@acme/pad"]));
    assert_eq!(works.reads(&token.value, "@acme/other"), 404, "it waits");
    let asked = works
        .site
        .must("GET", waiting, Some(&works.ann.client), &Value::Null);
    assert_eq!(asked[0]["difference"]["widens"], json!(["packages"]));
    assert_eq!(
        asked[0]["difference"]["packages"],
        json!({ "from": ["pad"], "to": ["other", "pad"] })
    );
    works.site.approve("acme", &works.ann, &token);
    assert_eq!(works.reads(&token.value, "@acme/other"), 200);
    // Fewer need nobody.
    let edited = works.edit(&works.bob, &token, &json!(["other"]));
    assert_eq!(edited.json()["pending_request"], Value::Null);
    assert_eq!(works.reads(&token.value, "@acme/pad"), 404);
    assert_eq!(works.reads(&token.value, "@acme/other"), 200);
}

#[test]
fn names_that_are_none_are_refused_at_their_field() {
    let works = Works::new();
    let many: Vec<String> = (0..1001).map(|n| format!("p{n}")).collect();
    for (packages, says) in [
        (json!([]), "takes 1 to 1000 names"),
        (json!(many), "takes 1 to 1000 names"),
        (json!("all"), "must be `by_repository`, or a list"),
        (json!(["@other/pad"]), "is no package of `@acme`"),
        (json!(["@acme"]), "is no package of `@acme`"),
        (json!(["../pad"]), "must be made of small letters"),
        (json!(["Pad"]), "must be made of small letters"),
        (json!([""]), "must be made of small letters"),
        (json!(["node_modules"]), "npm keeps for itself"),
        (json!(["a".repeat(300)]), "must not be longer"),
    ] {
        let refused = works.site.call(
            "POST",
            "/api/jeton/v1/tokens",
            Some(&works.ann.client),
            &Works::wish(&packages),
        );
        assert_eq!(refused.status, 422, "{}", refused.text());
        let fault = &refused.json()["errors"][0];
        assert_eq!(fault["field"], "packages", "{}", refused.text());
        assert!(
            text(fault, "message").contains(says),
            "{says}: {}",
            refused.text()
        );
    }
    for (permissions, field) in [
        (json!({}), "packages"),
        (
            json!({ "contents": "read", "packages": "read" }),
            "permissions",
        ),
    ] {
        let mut wish = Works::wish(&json!(["pad"]));
        wish["permissions"] = permissions;
        let at = "/api/jeton/v1/tokens";
        let refused = works.site.call("POST", at, Some(&works.ann.client), &wish);
        assert_eq!(refused.status, 422, "{}", refused.text());
        assert_eq!(
            refused.json()["errors"][0]["field"],
            field,
            "{}",
            refused.text()
        );
    }
}
