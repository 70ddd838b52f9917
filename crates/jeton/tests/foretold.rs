//! `explain` foretells: over every route, with names in its path that are there, hidden and missing, its
//! verdict for a carrier is the status that the same request by the same carrier then gets. A rule that
//! a use case has beside the decision, and that its route does not name, fails here.
//!
//! Long: one world, and what every path and every body can hold in it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::too_many_lines,
    clippy::similar_names,
    clippy::format_push_string,
    clippy::match_same_arms,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

mod support;

use std::collections::BTreeSet;
use std::process::Command;

use jeton::server::TABLES;
use jeton_app::Door;
use jeton_domain::Least;
use jeton_http::{Method, Route};
use serde_json::{Value, json};
use support::Site;
use support::filled;
use support::http::send;
use support::world::{PASSWORD, Person};

/// How often a change that succeeds is tried with each route: after each the world is made as it was.
const SUCCESSES: usize = 2;

struct World {
    site: Site,
    /// Who asks, by the value that they carry.
    carriers: Vec<(&'static str, String)>,
    /// Numbers that the paths name: tokens, requests, sign-ins.
    numbers: Vec<i64>,
    sign_in: i64,
    request: i64,
    invitations: Vec<String>,
    /// The numbers of `acme`, of sam, and of repositories: `secret` and `open`.
    acme: i64,
    sam: i64,
    repositories: Vec<i64>,
    /// Webhooks of `acme` and of its `secret`.
    hooks: Vec<i64>,
    /// A delivery of each.
    deliveries: Vec<i64>,
}

fn person(site: &Site, login: &str, administrator: bool) -> Person {
    site.person(login, administrator)
}

impl World {
    fn new() -> Self {
        let settings = [
            ("rates.failures", "0"),
            ("rates.anonymous", "0"),
            ("rates.principal", "0"),
            ("mail.from", "jeton@example.org"),
        ];
        let site = Site::with(&settings);
        let root = person(&site, "root-of-it", true);
        let olivia = person(&site, "olivia", false);
        let mia = person(&site, "mia", false);
        let sam = person(&site, "sam", false);
        let uma = person(&site, "uma", false);
        let by_olivia = |method: &str, path: &str, body: Value| {
            site.must(method, path, Some(&olivia.client), &body);
        };
        site.organization("once", &olivia);
        let login = json!({ "login": "acme" });
        by_olivia("PATCH", "/api/jeton/v1/orgs/once/rename", login);
        site.member("acme", &olivia, &mia, "member");
        site.repository("acme", &olivia, "was", "private");
        site.fill("acme/was", &olivia.client);
        by_olivia(
            "PATCH",
            "/api/v3/repos/acme/was",
            json!({ "name": "secret" }),
        );
        site.repository("acme", &olivia, "open", "public");
        for (method, path, body) in [
            ("POST", "/teams", json!({ "name": "core" })),
            ("PUT", "/teams/core/memberships/mia", json!({})),
            (
                "PUT",
                "/teams/core/repos/acme/secret",
                json!({ "permission": "write" }),
            ),
        ] {
            by_olivia(method, &format!("/api/v3/orgs/acme{path}"), body);
        }
        site.collaborator("acme/secret", &olivia, &uma, "write");
        let invited = |method: &str, path: &str, body: Value| {
            site.must(method, path, Some(&olivia.client), &body)["id"].to_string()
        };
        let invitations = vec![
            invited(
                "POST",
                "/api/v3/orgs/acme/invitations",
                json!({ "login": "sam" }),
            ),
            invited(
                "PUT",
                "/api/v3/repos/acme/secret/collaborators/sam",
                json!({ "permission": "write" }),
            ),
            "99999".to_owned(),
        ];
        site.must(
            "POST",
            "/api/v3/user/repos",
            Some(&sam.client),
            &json!({ "name": "own" }),
        );
        // A name that was given up, and a person who is suspended.
        let root_client = Some(root.client.as_str());
        person(&site, "freed", false);
        site.must(
            "DELETE",
            "/api/jeton/v1/users/freed",
            root_client,
            &Value::Null,
        );
        person(&site, "stopped", false);
        let stop = "/api/jeton/v1/users/stopped/suspend";
        site.must("POST", stop, root_client, &json!({}));

        let services = "/api/jeton/v1/orgs/acme/service-accounts";
        for login in ["deployer", "stopped-bot"] {
            invited("POST", services, json!({ "login": login }));
        }
        invited(
            "POST",
            &format!("{services}/stopped-bot/suspend"),
            json!({}),
        );
        let job = invited("POST", "/api/jeton/v1/repos/acme/secret/jobs", json!({}));
        let service_token = invited(
            "POST",
            &format!("{services}/deployer/tokens"),
            json!({ "name": "deploys" }),
        );

        let number = |path: &str| {
            let path = format!("/api/v3/{path}");
            let got = site.must("GET", &path, Some(&olivia.client), &Value::Null);
            got["id"].as_i64().unwrap()
        };
        let (acme, sam_number) = (number("orgs/acme"), number("users/sam"));
        let repositories = ["repos/acme/secret", "repos/acme/open"]
            .map(number)
            .to_vec();

        let places = ["orgs/acme", "repos/acme/secret"];
        let hooks = places.map(|at| site.hook(&olivia, at)).to_vec();
        let [_, open] = repositories[..] else {
            panic!("two")
        };
        for at in [
            "repos/acme/secret/actions",
            "orgs/acme/actions",
            "user/codespaces",
        ] {
            site.job_secret(&olivia, at, "DEPLOY_KEY", &[open]);
        }
        let everywhere = json!({ "visibility": "all" });
        site.set_job_secret(&olivia, "orgs/acme/actions", "EVERYWHERE", &everywhere);
        let permissions = json!({
            "organization_hooks": "write", "repository_hooks": "write", "actions": "write",
            "secrets": "write", "organization_secrets": "write",
            "contents": "write", "administration": "write", "members": "write",
            "organization_administration": "write",
            "organization_personal_access_tokens": "write",
            "organization_personal_access_token_requests": "write",
        });
        let wish = |name: &str, repositories: Value| {
            json!({
                "name": name, "owner": "acme", "repositories": repositories,
                "permissions": permissions,
            })
        };
        let all = site.token(&olivia, &wish("all", json!("all")));
        let some = site.token(&olivia, &wish("some", json!(["secret"])));
        let pending = site.token(&mia, &wish("pending", json!(["secret"])));
        let none = site.token(&mia, &json!({ "name": "none" }));
        let personal = site.token(
            &sam,
            &json!({
                "name": "personal", "repositories": "all",
                "permissions": {
                    "administration": "write", "profile": "write", "emails": "read",
                    "codespaces_user_secrets": "write",
                },
            }),
        );
        let revoked = site.token(&mia, &json!({ "name": "revoked" }));
        for (person, token, what) in [(&mia, &revoked, "revoke"), (&olivia, &some, "rotate")] {
            let body = if what == "rotate" {
                json!({})
            } else {
                Value::Null
            };
            let answer = site.token_call(person, token, what, &body);
            assert!(answer.status < 300, "{}", answer.text());
        }
        let sign_ins = site.must(
            "GET",
            "/api/jeton/v1/sign-ins",
            Some(&mia.client),
            &Value::Null,
        );
        let requests = site.must(
            "GET",
            "/api/v3/orgs/acme/personal-access-token-requests",
            Some(&olivia.client),
            &Value::Null,
        );
        let carriers = vec![
            ("the owner", olivia.client.clone()),
            ("a member", mia.client.clone()),
            ("an outside collaborator", uma.client.clone()),
            ("a stranger", sam.client.clone()),
            ("the administrator", root.client.clone()),
            ("a token for all", all.value.clone()),
            ("a token for some", some.value.clone()),
            ("a pending token", pending.value.clone()),
            ("a token with nothing", none.value.clone()),
            ("a personal token", personal.value.clone()),
        ];
        Self {
            numbers: vec![
                all.id,
                some.id,
                pending.id,
                revoked.id,
                job.parse().unwrap(),
                service_token.parse().unwrap(),
                99_999,
            ],
            sign_in: sign_ins[0]["id"].as_i64().unwrap(),
            request: requests[0]["id"].as_i64().unwrap(),
            invitations,
            acme,
            sam: sam_number,
            repositories,
            hooks,
            deliveries: Vec::new(),
            site,
            carriers,
        }
    }

    /// What each parameter of a path may name.
    fn choices(&self, route: &Route, parameter: &str) -> Vec<String> {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let numbers = |numbers: &[i64]| {
            let all = numbers.iter().chain(&[99_999]);
            all.map(ToString::to_string).collect()
        };
        match parameter {
            // Its earlier name leads on.
            "org" if route.path == "/orgs/{org}" => words(&["acme", "once"]),
            "org" | "owner" => words(&["acme"]),
            "scope" => words(&["@acme", "acme"]),
            "name" if route.path.contains("attestations") => words(&["was@1.0.0", "nothing@1"]),
            "name" => words(&["was", "nothing"]),
            "version" | "tag" if route.method == Method::Get => words(&["1.0.0", "latest"]),
            "version" | "tag" => words(&["next"]),
            "package_type" => words(&["npm"]),
            "package_name" => words(&["was", "nothing"]),
            "package_version_id" => words(&["1", "99999"]),
            "rev" => words(&["1"]),
            "team" => words(&["core"]),
            "user" if route.path == "/-/user/{user}" => words(&["org.couchdb.user:mia"]),
            "user" => words(&["mia"]),
            "file" if route.path.starts_with("/{scope}") => words(&["was-1.0.0.tgz"]),
            "repo" if route.path.contains("team_slug") => words(&["secret", "open", "nothing"]),
            "repo" => words(&["secret", "was", "open", "nothing"]),
            "username" if route.path.starts_with("/users/") => words(&[
                "mia",
                "olivia",
                "uma",
                "sam",
                "stopped",
                "once",
                "nobody-there",
            ]),
            "username" => words(&["mia", "olivia", "uma", "sam", "stopped", "nobody-there"]),
            "login" => words(&["freed", "mia"]),
            "org_id" => numbers(&[self.acme, self.sam]),
            "account_id" => numbers(&[self.acme, self.sam]),
            "repository_id" => numbers(&self.repositories),
            "team_slug" => words(&["core", "nothing"]),
            "service" => words(&["deployer", "stopped-bot", "nothing"]),
            "token_id" | "pat_id" => self.numbers.iter().map(ToString::to_string).collect(),
            "client_id" => words(&["178c6fc778ccc68e1d6a"]),
            "rule_id" | "passkey_id" | "secret_id" | "issuer_id" | "workload_rule_id" => {
                words(&["99999"])
            }
            // The first is gh's, which is known from the start and is nobody's own.
            "application_id" => words(&["1", "99999"]),
            "pat_request_id" => vec![self.request.to_string(), "99999".to_owned()],
            "invitation_id" => self.invitations.clone(),
            // The other kind of owner's is there too, and not below this one.
            "secret_name" => words(&["DEPLOY_KEY", "EVERYWHERE", "NOTHING", "no-name"]),
            "hook_id" => numbers(&self.hooks),
            "delivery_id" => numbers(&self.deliveries),
            "sign_in_id" => vec![self.sign_in.to_string(), "99999".to_owned()],
            "path" => words(&["README.md", "docs", "nothing"]),
            "dir" => words(&["docs", "nothing"]),
            "branch" => words(&["main", "nothing"]),
            "ref" if route.path.contains("/git/") => words(&["heads/main", "nothing"]),
            "ref" => words(&["v1", "nothing"]),
            "basehead" => words(&["v1...main", "main...nothing", "main"]),
            "archive" => words(&["main.zip", "v1.tar.gz", "main.rar", "nothing.zip"]),
            "file" => words(&["main/README.md", "v1/nothing", "nothing/README.md"]),
            "commit_sha" => words(&[filled::COMMIT, filled::BLOB]),
            "tree_sha" => words(&[filled::TREE, "main", filled::BLOB]),
            "file_sha" => words(&[filled::BLOB, filled::COMMIT, "main"]),
            "tag_sha" => words(&[filled::TAG, filled::COMMIT]),
            other => panic!(
                "`{other}` of {} is no parameter that is known here",
                route.path
            ),
        }
    }

    /// Every target of a route under its first prefix.
    fn targets(&self, route: &Route, prefix: &str) -> Vec<String> {
        let mut targets = vec![prefix.to_owned()];
        for part in route.path.split('/').skip(1) {
            let parameter = jeton_http::parameter_name(part);
            let choices = match parameter {
                Some(parameter) => self.choices(route, parameter),
                None => vec![part.to_owned()],
            };
            targets = targets
                .iter()
                .flat_map(|target| choices.iter().map(move |c| format!("{target}/{c}")))
                .collect();
        }
        if let Some((name, value)) = route.selector {
            for target in &mut targets {
                target.push_str(&format!("?{name}={value}"));
            }
        }
        if route.operation.name == "user.delete" {
            // What is said in the query is part of who and what.
            let fates = [
                "?repositories=delete",
                "?repositories_to=acme",
                "?repositories_to=nobody-there",
            ];
            let with: Vec<String> = targets
                .iter()
                .flat_map(|target| fates.iter().map(move |fate| format!("{target}{fate}")))
                .collect();
            targets.extend(with);
        }
        targets
    }

    fn ask(&self, carrier: &str, method: &str, target: &str, body: &Value) -> (u16, Value, String) {
        let bearer = format!("Bearer {carrier}");
        let mut headers = vec![("authorization", bearer.as_str())];
        let bytes = if body.is_null() {
            Vec::new()
        } else {
            headers.push(("content-type", "application/json"));
            serde_json::to_vec(body).unwrap()
        };
        let answer = send(self.site.address(), method, target, &headers, &bytes);
        (answer.status, answer.json(), answer.text())
    }

    fn foretold(&self, carrier: &str, method: &str, target: &str) -> Value {
        let question = json!({ "method": method, "url": target });
        let (status, said, text) = self.ask(carrier, "POST", "/api/jeton/v1/explain", &question);
        assert_eq!(status, 200, "explain {method} {target}: {text}");
        said
    }

    /// What was delivered while the server stood still.
    fn know_deliveries(&mut self) {
        let olivia = Person {
            login: "olivia".to_owned(),
            client: self.carriers[0].1.clone(),
        };
        let places = ["orgs/acme", "repos/acme/secret"];
        self.deliveries = places
            .iter()
            .zip(&self.hooks)
            .map(|(at, hook)| self.site.delivery(&olivia, at, *hook))
            .collect();
    }

    fn data(&self) -> String {
        self.site.folder().join("data").display().to_string()
    }

    fn kept(&self) -> String {
        self.site.folder().join("kept").display().to_string()
    }

    fn keep(&mut self) {
        self.site.stop();
        self.site.all_delivered();
        run("cp", &["-a", &self.data(), &self.kept()]);
        self.site.restart();
    }

    fn as_kept(&mut self) {
        self.site.stop();
        run("rm", &["-rf", &self.data()]);
        run("cp", &["-a", &self.kept(), &self.data()]);
        self.site.restart();
    }
}

fn run(program: &str, arguments: &[&str]) {
    assert!(
        Command::new(program)
            .args(arguments)
            .status()
            .unwrap()
            .success()
    );
}

/// A body that can be taken, so that only who asks and what for decides.
fn body(route: &Route) -> Value {
    match route.operation.name {
        "setup" => {
            json!({ "code": "x", "login": "first", "email": "f@example.org", "password": PASSWORD })
        }
        "sign_in" => json!({ "login": "sam", "password": PASSWORD }),
        "sign_in.confirm" => json!({ "password": PASSWORD }),
        "user.change_password" => json!({ "current": PASSWORD, "new": "another long password" }),
        "user.create" => {
            json!({ "login": "fresh", "email": "x@example.org", "password": PASSWORD })
        }
        "user.update" | "user.update_self" => json!({ "name": "Somebody" }),
        "organization.create" => json!({ "login": "fresh" }),
        "organization.rename" => json!({ "login": "acme-two" }),
        "organization.update" => json!({ "name": "Acme" }),
        "invitation.create" => json!({ "email": "fresh@example.org" }),
        "repository_invitation.update" => json!({ "permissions": "read" }),
        "membership.set" => json!({ "role": "admin" }),
        "membership.accept" => json!({ "state": "active" }),
        "factors.finish_authenticator" => json!({ "code": "000000" }),
        "factors.rename_passkey" => json!({ "name": "laptop" }),
        "team.create" | "team.update" => json!({ "name": "others" }),
        "repository.create" | "repository.create_own" => json!({ "name": "fresh" }),
        "repository.update" => json!({ "description": "changed" }),
        "graphql" => json!({ "query": "{ viewer { login } }" }),
        "collaborator.set" | "team_repository.set" => json!({ "permission": "read" }),
        "org_hook.create" | "repository_hook.create" => {
            json!({ "config": { "url": "https://example.org/fresh" } })
        }
        "child_token.create" => json!({ "repositories": "public", "permissions": {} }),
        "job.put_ceiling" | "job.put_organization_ceiling" | "job.put_site_ceiling" => {
            json!({ "permissions": { "contents": "read" } })
        }
        "service_account.create" => json!({ "login": "fresh" }),
        "service_token.create" => json!({ "name": "fresh" }),
        "token.hand_over" => json!({ "service_account": "deployer" }),
        "org_hook.update" | "repository_hook.update" => json!({ "events": ["push"] }),
        "org_hook.update_config" | "repository_hook.update_config" => {
            json!({ "content_type": "form" })
        }
        "org_secret.set_repositories" | "user_secret.set_repositories" => {
            json!({ "selected_repository_ids": [] })
        }
        "approval_rule.create" | "approval_rule.replace" => json!({
            "name": "a rule",
            "permissions": { "contents": "read" },
            "repositories": "all",
            "maximum": { "days": 7 },
            "who": "members",
        }),
        "workload_issuer.create" | "workload_issuer.update" => json!({
            "name": "works", "url": "https://ci.example.org", "service_account": "deployer",
        }),
        "workload_rule.create" | "workload_rule.replace" => json!({
            "name": "a rule",
            "audience": "jeton",
            "claims": { "sub": ["job"] },
            "repositories": ["open"],
            "permissions": { "contents": "read" },
        }),
        "workload.simulate" => json!({ "repository": "acme/open", "claims": {} }),
        "workload.token" => json!({}),
        "policy.update" => json!({ "approval_required": true }),
        "requests.review" if route.path.ends_with('}') => json!({ "action": "deny" }),
        "requests.review" => json!({ "action": "deny", "pat_request_ids": [] }),
        "grants.revoke" if route.path.ends_with('}') => json!({ "action": "revoke" }),
        "oauth_token.check" | "oauth_token.reset" | "oauth_token.end" | "oauth_grant.end" => {
            json!({ "access_token": "x" })
        }
        "oauth.device_code" => json!({ "client_id": "178c6fc778ccc68e1d6a" }),
        "oauth.revoke" => json!({ "client_id": "178c6fc778ccc68e1d6a", "token": "x" }),
        "application_approval.set" => json!({ "approved": false }),
        "application_approval.ask" => json!({ "client_id": "178c6fc778ccc68e1d6a" }),
        "application.create" | "org_application.create" => {
            json!({ "name": "fresh", "callbacks": ["https://fresh.example/back"] })
        }
        "token.create" | "token.preview" | "classic_token.create" | "classic_token.preview" => {
            json!({ "name": "fresh" })
        }
        "package.tag" => json!("1.0.0"),
        "package.set_visibility" => json!({ "access": "public" }),
        "token.edit" => json!({ "description": "changed" }),
        "token.rotate" => json!({ "replace": true }),
        "explain" => json!({ "method": "GET", "url": "/" }),
        "contents.put" => json!({ "message": "x", "content": "eA==", "branch": "nothing" }),
        "contents.delete" => json!({ "message": "x", "sha": filled::BLOB }),
        "git_ref.create" => json!({ "ref": "refs/heads/fresh", "sha": filled::COMMIT }),
        "git_ref.update" => json!({ "sha": filled::COMMIT }),
        "branch.rename" => json!({ "new_name": "fresh" }),
        "git_blob.create" => json!({ "content": "x" }),
        "git_tree.create" => json!({ "tree": [{ "path": "x", "mode": "100644", "content": "x" }] }),
        "git_commit.create" => json!({ "message": "x", "tree": filled::TREE }),
        "git_tag.create" => {
            json!({ "tag": "v2", "message": "x", "object": filled::COMMIT, "type": "commit" })
        }
        _ if route.method == Method::Get || route.method == Method::Delete => Value::Null,
        _ => json!({}),
    }
}

/// What hangs on the body alone, which `explain` does not ask about: the review or withdrawal of a list
/// that the body names, values that it reports, a whole policy.
fn hangs_on_its_body(route: &Route) -> bool {
    let name = route.operation.name;
    matches!(
        name,
        "site.put_policy"
            | "site.preview_policy"
            | "site.emergency"
            | "site.emergency_preview"
            | "credentials.revoke"
            | "sign_up"
            // Whether their values open with a key of that place.
            | "repository_secret.put"
            | "org_secret.put"
            | "user_secret.put"
            // What a package is changed to, and from which state.
            | "package.publish"
            | "package.remove"
            | "package.untag"
            | "package.keep_team"
            | "npm.sign_in"
            // What no credential opens: the code of a question, and a value that stands in the address.
            | "npm.login"
            | "npm.logged_in"
            | "npm.sign_out"
            // Which package of the caller's own is named, which is decided by itself.
            | "package.get_own"
            | "package.own_versions"
            | "package.own_version"
            | "package.remove_own"
            | "package.restore_own"
            // What somebody else signed.
            | "workload.token"
            // Which branch they write to, and whether what they believe of it holds.
            | "contents.put"
            | "contents.delete"
    ) || (matches!(name, "requests.review" | "grants.revoke") && !route.path.ends_with('}'))
}

#[test]
fn what_explain_says_of_a_request_is_what_the_request_gets() {
    let mut world = World::new();
    world.keep();
    world.know_deliveries();
    let carriers = world.carriers.clone();
    let (mut asked, mut wrong) = (0, Vec::new());
    let mut seen: BTreeSet<u16> = BTreeSet::new();
    for table in TABLES.iter() {
        for route in table.routes {
            // Git's own requests speak no JSON; that they are asked by the same decision, and have no
            // rule beside it, the walk shows.
            if table.door == Door::Git && route.method != Method::Get
                || hangs_on_its_body(route)
                // Whether the server is ready depends on nobody.
                || route.operation.least == Least::Anyone && table.prefixes == [""]
            {
                continue;
            }
            let method = route.method.name();
            let mut successes = 0;
            for target in world.targets(route, table.prefixes[0]) {
                for (who, carrier) in &carriers {
                    let said = world.foretold(carrier, method, &target);
                    let status = u16::try_from(said["status"].as_u64().unwrap()).unwrap();
                    let allowed = said["allowed"] == json!(true);
                    assert_eq!(allowed, status < 400, "{said}");
                    asked += 1;
                    seen.insert(status);
                    let changes = route.method != Method::Get && allowed;
                    if changes && successes == SUCCESSES {
                        continue;
                    }
                    let (real, _, text) = world.ask(carrier, method, &target, &body(route));
                    // Whether a role is given or offered hangs on whom it is for; both are a yes.
                    // Who is no member is led elsewhere, which is a yes, too.
                    let either =
                        matches!(route.operation.name, "collaborator.set" | "member.check");
                    if real != status && !(either && real < 400 && status < 400) {
                        wrong.push(format!(
                            "{method} {target} by {who}: foretold {status} {}, got {real} {text}",
                            said["message"]
                        ));
                    }
                    if route.method != Method::Get && real < 300 {
                        successes += 1;
                        world.as_kept();
                    }
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {asked}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    for status in [200, 201, 204, 301, 403, 404, 409, 422] {
        assert!(seen.contains(&status), "{status} never came up: {seen:?}");
    }
}
