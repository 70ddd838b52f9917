//! A token that is confined to one repository. Slipped here once: lists of tokens, of their requests and of
//! what happened named the others. Proved: no read of it names another private repository of its owner,
//! whichever permissions it holds, a name that is hidden is no filter that answers otherwise than one that
//! is not there, and every list that is of what a token reaches says so.

use std::collections::BTreeSet;

use jeton::server::TABLES;
use jeton_domain::{Level, Scope, catalogue};
use jeton_http::{Method, Route};
use serde_json::{Map, Value, json};

use crate::support::http::Answer;
use crate::support::routes::target;
use crate::support::world::Token;
use crate::world::World;

/// Lists that a token shortens by nothing: whoever may ask sees all of them.
const WHOLE: &[&str] = &[
    "access.of_repository",
    "account.list",
    "application_approval.list",
    "approval_rule.list",
    "branch.list",
    "child_token.list",
    "collaborator.list",
    "commit.list",
    "contents.list",
    "git_ref.list",
    "invitation.list",
    "invitation.list_failed",
    "invitation.list_team",
    "invitation.teams",
    "job.list",
    "member.list",
    "member.list_public",
    "operations.list",
    "org_hook.list",
    "organization.list",
    "outside_collaborator.list",
    "policy.expiring",
    "repository_hook.list",
    "repository_hook.list_deliveries",
    "repository_invitation.list",
    "repository_team.list",
    "scopes.list",
    "service_account.list",
    "site.versions",
    "tag.list",
    "team.list",
    "team.list_below",
    "team_membership.list",
    "user.emails",
    "workload_issuer.list",
];

/// Beside `code` there is the `vault`, once `cellar`: a team and `mia` have roles on it, a token that waits
/// and two that do not select it. The `vaulted` is gone.
struct Cast {
    world: World,
    confined: Token,
}

impl Cast {
    fn new() -> Self {
        let world = World::new();
        let olivia = Some(world.olivia.client.as_str());
        let must = |method, path: &str, body: Value| world.site.must(method, path, olivia, &body);
        world
            .site
            .repository("acme", &world.olivia, "cellar", "private");
        // Unsigned: a word in its shape is a repository's name here.
        let heard = json!({ "config": { "url": "https://ci.example.org/" }, "events": ["*"] });
        must("POST", "/api/v3/orgs/acme/hooks", heard.clone());
        must("POST", "/api/v3/repos/acme/code/hooks", heard);
        world
            .site
            .repository("acme", &world.olivia, "vaulted", "private");
        let gone = world.owners("gone", &json!(["vaulted"]), &json!({ "contents": "read" }));
        must("DELETE", "/api/v3/repos/acme/vaulted", Value::Null);
        must("POST", "/api/v3/orgs/acme/teams", json!({ "name": "core" }));
        for name in ["cellar", "code"] {
            let path = format!("/api/v3/orgs/acme/teams/core/repos/acme/{name}");
            must("PUT", &path, json!({ "permission": "pull" }));
        }
        must(
            "PATCH",
            "/api/v3/repos/acme/cellar",
            json!({ "name": "vault" }),
        );
        let path = "/api/v3/repos/acme/vault/collaborators/mia";
        must("PUT", path, json!({ "permission": "push" }));
        let read = json!({ "contents": "read" });
        world.asked("waits", &json!(["vault", "code"]), &read);
        world.owners("selects", &json!(["vault"]), &read);
        world.owners("everything", &json!("all"), &read);
        let pushes = world.owners("pushes", &json!(["vault"]), &json!({ "contents": "write" }));
        let url = world.url(&pushes.value, "vault");
        world
            .machine
            .git_in(&world.source, &["push", &url, "main"])
            .succeeded();
        for (at, name) in [
            ("orgs/acme/actions", "DEPLOY_KEY"),
            ("repos/acme/code/actions", "DEPLOY_KEY"),
        ] {
            let chosen = ["vault", "code"].map(|name| {
                must("GET", &format!("/api/v3/repos/acme/{name}"), Value::Null)["id"]
                    .as_i64()
                    .unwrap()
            });
            world.site.job_secret(&world.olivia, at, name, &chosen);
        }
        let confined = world.owners("confined", &json!(["code"]), &everything());
        let (first, last) = (gone.id, confined.id);
        assert!(first < last);
        Self { world, confined }
    }

    fn ask(&self, path: &str) -> Answer {
        self.world.get(&self.confined.value, path)
    }

    /// The route's addresses: with every number that a token or request may have.
    fn targets(&self, route: &Route, prefix: &str) -> Vec<String> {
        let target = target(route, prefix, "code");
        if route.path.contains("_id}") {
            let numbered = |id: i64| {
                let parts: Vec<String> = target
                    .split('/')
                    .map(|part| {
                        if part == "1" {
                            id.to_string()
                        } else {
                            part.to_owned()
                        }
                    })
                    .collect();
                parts.join("/")
            };
            (1..=self.confined.id).map(numbered).collect()
        } else {
            vec![target]
        }
    }
}

/// Every permission that a token of an organization's owner can hold, at its highest level.
fn everything() -> Value {
    let mut held = Map::new();
    for permission in catalogue() {
        if permission.scope != Scope::Account {
            let highest = [Level::Admin, Level::Write, Level::Read]
                .into_iter()
                .find(|level| permission.levels.contains(level));
            held.insert(permission.key.to_owned(), json!(highest.map(Level::name)));
        }
    }
    Value::Object(held)
}

fn reads() -> impl Iterator<Item = (&'static Route, &'static str)> {
    TABLES.iter().flat_map(|table| {
        let reads = table
            .routes
            .iter()
            .filter(|route| route.method == Method::Get);
        reads.flat_map(|route| table.prefixes.iter().map(move |prefix| (route, *prefix)))
    })
}

#[test]
fn no_read_names_another_repository() {
    let cast = Cast::new();
    let mut answered = BTreeSet::new();
    // What the server says of itself is the same for everybody, and has a field of such a name.
    let reads = reads().filter(|(route, _)| !route.operation.name.starts_with("operations."));
    for (route, prefix) in reads {
        for target in cast.targets(route, prefix) {
            let answer = cast.ask(&target);
            let told = format!("{:?} {}", answer.headers, answer.text());
            for name in ["vault", "cellar", "acme/secret", "\"secret\""] {
                assert!(!told.contains(name), "{target} tells of {name}: {told}");
            }
            if answer.status == 200 {
                answered.insert(route.operation.name);
            }
        }
    }
    // The walk came in where there is something to be told.
    for name in [
        "audit.organization",
        "grants.list",
        "grants.repositories",
        "org_secret.repositories",
        "requests.get",
        "requests.list",
        "requests.repositories",
        "team_repository.list",
    ] {
        assert!(answered.contains(name), "{name}: {answered:?}");
    }
}

#[test]
fn a_hidden_name_is_no_other_filter_than_a_missing_one() {
    let cast = Cast::new();
    for path in [
        "/api/v3/orgs/acme/personal-access-token-requests?repository=",
        "/api/v3/orgs/acme/personal-access-tokens?repository=",
        "/api/v3/orgs/acme/audit-log?repository=acme/",
        "/api/v3/orgs/acme/audit-log?phrase=repo:acme/",
        "/api/v3/orgs/acme/teams/core/repos/acme/",
    ] {
        let told = |name: &str| {
            let (status, _, body) = cast.ask(&format!("{path}{name}")).bytes();
            (status, body.replace(name, "NAME"))
        };
        for hidden in ["vault", "cellar", "secret", "vaulted"] {
            assert_eq!(told(hidden), told("absent"), "{path}{hidden}");
        }
        assert_ne!(told("code"), told("absent"), "{path}: it does filter");
    }
}

/// A selection of everything lists everything; what a reader does not see is left out of it.
#[test]
fn repositories_of_a_grant_are_those_that_the_reader_sees() {
    let cast = Cast::new();
    let world = &cast.world;
    let id = |list: &str, name: &str| {
        let list = world.get(&world.olivia.client, list).json();
        let found = list
            .as_array()
            .unwrap()
            .iter()
            .find(|item| item["token_name"] == name);
        found.unwrap()["id"].as_i64().unwrap()
    };
    let (grants, requests) = (
        "/api/v3/orgs/acme/personal-access-tokens",
        "/api/v3/orgs/acme/personal-access-token-requests",
    );
    for (list, name, owner_sees, token_sees) in [
        (
            grants,
            "everything",
            vec!["code", "open", "secret", "vault"],
            vec!["code", "open"],
        ),
        (grants, "selects", vec!["vault"], vec![]),
        (grants, "confined", vec!["code"], vec!["code"]),
        (requests, "waits", vec!["code", "vault"], vec!["code"]),
    ] {
        let path = format!("{list}/{}/repositories", id(list, name));
        for (value, expected) in [
            (&world.olivia.client, owner_sees),
            (&cast.confined.value, token_sees),
        ] {
            let answer = world.get(value, &path).json();
            let names: Vec<_> = answer
                .as_array()
                .unwrap()
                .iter()
                .map(|repository| repository["name"].as_str().unwrap())
                .collect();
            assert_eq!(names, expected, "{name}");
        }
        let page = world.get(&world.olivia.client, &format!("{path}?per_page=1"));
        assert_eq!(page.json().as_array().unwrap().len(), 1, "{name}");
    }
}

#[test]
fn every_list_of_what_a_token_reaches_says_so() {
    let cast = Cast::new();
    let world = &cast.world;
    let mine = world.site.token(
        &world.olivia,
        &json!({ "name": "own", "repositories": "all", "permissions": { "emails": "read" } }),
    );
    let (mut narrowed, mut whole) = (BTreeSet::new(), BTreeSet::new());
    for (route, prefix) in reads() {
        for target in cast.targets(route, prefix) {
            for (value, token) in [
                (&cast.confined.value, true),
                (&mine.value, true),
                (&world.olivia.client, false),
            ] {
                let answer = world.get(value, &target);
                let says = answer.header("x-jeton-narrowed");
                if answer.status == 200 && token && (route.narrowed || answer.json().is_array()) {
                    let (list, expected) = if route.narrowed {
                        (&mut narrowed, Some("token"))
                    } else {
                        (&mut whole, None)
                    };
                    list.insert(route.operation.name);
                    assert_eq!(says, expected, "{target}");
                } else {
                    assert_eq!(says, None, "{target} with {}: {}", token, answer.status);
                }
            }
        }
    }
    let whole: Vec<_> = whole.into_iter().collect();
    assert_eq!(whole, WHOLE, "a new list says whether a token shortens it");
    assert!(narrowed.len() > 9, "{narrowed:?}");
}

#[test]
fn what_is_closed_to_a_job_is_closed_to_its_child() {
    let world = World::new();
    let opener = Some(world.olivia.client.as_str());
    let jobs = "/api/jeton/v1/repos/acme/code/jobs";
    let job = world.site.must("POST", jobs, opener, &json!({}));
    let job = job["token"].as_str().unwrap();
    let children = "/api/jeton/v1/token/children";
    let child = world.site.must("POST", children, Some(job), &json!({}));
    let child = child["token"].as_str().unwrap();
    let mut closed = BTreeSet::new();
    for (route, prefix) in reads() {
        let target = target(route, prefix, "code");
        let (own, made) = (world.get(job, &target), world.get(child, &target));
        let is_closed =
            |answer: &Answer| answer.status == 403 && answer.text().contains("\"kind_closed\"");
        if is_closed(&own) {
            assert!(
                is_closed(&made),
                "{target}: {} {}",
                made.status,
                made.text()
            );
            closed.insert(route.operation.name);
        }
    }
    for name in ["user.get", "organization.list_own", "repository.list"] {
        assert!(closed.contains(name), "`{name}` is not closed: {closed:?}");
    }
    // What they ask together is decided field by field.
    for query in [
        "{ viewer { login } }",
        "{ user(login: \"olivia\") { organizations(first: 9) { nodes { login } } } }",
    ] {
        let body = json!({ "query": query });
        for value in [job, child] {
            let said = world.site.call("POST", "/api/graphql", Some(value), &body);
            let text = said.text();
            assert!(
                said.status == 200 && text.contains("errors"),
                "{query}: {text}"
            );
            let given = said.json()["data"].to_string();
            assert!(
                !given.contains("acme") && !given.contains("\"login\""),
                "{query}: {text}"
            );
        }
    }
    let repository = json!({ "query": "{ repository(owner: \"acme\", name: \"code\") { name viewerPermission } }" });
    for value in [job, child] {
        let said = world
            .site
            .call("POST", "/api/graphql", Some(value), &repository);
        assert_eq!(
            said.json()["data"]["repository"]["name"],
            "code",
            "{}",
            said.text()
        );
    }
}
