//! The walk: every route × every way to carry a credential × every shape of token. Nothing is let
//! in by a door that forgot to ask.
//!
//! Long: the shapes and carriers and what each must be answered, beside each other.

#![allow(
    clippy::too_many_lines,
    clippy::similar_names,
    clippy::type_complexity,
    unused_macros,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::format_push_string,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

mod support;

use std::collections::BTreeSet;

use jeton::server::TABLES;
use jeton_domain::{
    ClassicScope, CredentialKind, Least, Operation, SCOPES_VERSION, Scopes, Span, TargetKind,
};
use jeton_http::{Carries, Method};
use serde_json::{Value, json};
use support::Site;
use support::database::{Database, on_both};
use support::http::{Answer, carriers, send};
use support::routes::target_of;
use support::world::{Person, Token, UNKNOWN};

/// A request to a route about private things of `acme`.
struct Step {
    method: Method,
    target: String,
    operation: &'static Operation,
}

on_both!(
    a_credential_that_fails_is_refused_by_every_route_and_carrier,
    a_token_without_power_gets_nowhere,
    a_classic_token_gets_as_far_as_its_scopes,
    each_scope_opens_what_names_it_and_nothing_else,
    a_classic_token_gets_nowhere_with_an_owner_that_forbids_them,
    a_stranger_and_nobody_get_nowhere,
    hidden_and_missing_give_the_same_bytes,
    a_number_that_is_there_and_one_that_is_not_give_the_same_bytes,
    a_credential_that_fails_is_refused_where_no_route_is,
);

struct World {
    site: Site,
    olivia: Person,
    mia: Person,
    sam: Person,
    /// A token of olivia's that reaches all of `acme`, which is a grant too.
    token: i64,
    /// A request of mia's that waits for olivia.
    request: i64,
    /// A sign-in of olivia's.
    sign_in: i64,
    invitation: i64,
    /// The number of `acme`, and that of its `secret`.
    acme: i64,
    secret: i64,
    /// Webhooks of `acme` and of its `secret`.
    hooks: [i64; 2],
}

/// About a repository or a package: what whoever has no part in it does not see.
fn is_hidden_thing(operation: &Operation) -> bool {
    matches!(
        operation.target,
        TargetKind::Repository | TargetKind::Package
    )
}

/// No number of anything.
const NOTHING: i64 = 9;

/// Nothing else in its path could be missing.
fn names_only_the_repository(step: &Step) -> bool {
    step.target.ends_with("/repos/acme/secret")
}

impl World {
    fn new(database: Database) -> Self {
        // The walk is one address with thousands of failures.
        let settings = [
            ("rates.failures", "0"),
            ("rates.anonymous", "0"),
            ("mail.from", "jeton@example.org"),
        ];
        let site = Site::on(database, &settings);
        let (olivia, mia, sam) = (
            site.person("olivia", false),
            site.person("mia", false),
            site.person("sam", false),
        );
        site.organization("acme", &olivia);
        site.member("acme", &olivia, &mia, "member");
        site.repository("acme", &olivia, "secret", "private");
        site.fill("acme/secret", &olivia.client);
        site.must(
            "POST",
            "/api/v3/orgs/acme/teams",
            Some(&olivia.client),
            &json!({ "name": "core" }),
        );
        let own = site.must(
            "GET",
            "/api/jeton/v1/sign-ins",
            Some(&olivia.client),
            &Value::Null,
        );
        let sign_in = own[0]["id"].as_i64().unwrap();
        let invited = site.must(
            "POST",
            "/api/v3/orgs/acme/invitations",
            Some(&olivia.client),
            &json!({ "email": "zoe@example.org" }),
        );
        let invitation = invited["id"].as_i64().unwrap();
        let mut world = Self {
            site,
            olivia,
            mia,
            sam,
            token: 0,
            request: 0,
            sign_in,
            invitation,
            acme: 0,
            secret: 0,
            hooks: [0; 2],
        };
        [world.acme, world.secret] = ["orgs/acme", "repos/acme/secret"].map(|at| {
            let path = format!("/api/v3/{at}");
            let got = world
                .site
                .must("GET", &path, Some(&world.olivia.client), &Value::Null);
            got["id"].as_i64().unwrap()
        });
        world.hooks =
            ["orgs/acme", "repos/acme/secret"].map(|at| world.site.hook(&world.olivia, at));
        for at in [
            "repos/acme/secret/actions",
            "orgs/acme/actions",
            "user/codespaces",
        ] {
            world
                .site
                .job_secret(&world.olivia, at, "DEPLOY_KEY", &[world.secret]);
        }
        world.token = world.acme_token("owned", 30).id;
        world.members("waits", &json!(["secret"]), &json!([]));
        world.request = world.request_of("waits");
        let numbers = [world.token, world.request, world.sign_in];
        assert!(numbers.iter().all(|number| (1..NOTHING).contains(number)));
        world
    }

    /// Those that a token could carry a request to. An application proves itself: to it every token is no client, which the
    /// tests of OAuth look at.
    fn steps_of_tokens(&self) -> impl Iterator<Item = Step> {
        let steps = self.steps().into_iter();
        steps.filter(|step| !step.operation.name.starts_with("oauth_"))
    }

    /// Every route under each of its prefixes, with names and numbers in its path that are there.
    fn steps(&self) -> Vec<Step> {
        Self::steps_with(&|part| match part {
            "{org_id}" => self.acme,
            "{repository_id}" => self.secret,
            "{pat_request_id}" => self.request,
            "{sign_in_id}" => self.sign_in,
            "{invitation_id}" => self.invitation,
            "{hook_id}" => self.hooks[0],
            "{repository_hook_id}" => self.hooks[1],
            _ => self.token,
        })
    }

    fn steps_with(number: &dyn Fn(&str) -> i64) -> Vec<Step> {
        let mut steps = Vec::new();
        for table in TABLES.iter() {
            // What reads no credential refuses none: npm sends one that is over where it signs in anew.
            let reading = |route: &&jeton_http::Route| route.carries != Carries::Nothing;
            for route in table.routes.iter().filter(reading) {
                for prefix in table.prefixes {
                    steps.push(Step {
                        method: route.method,
                        target: target_of(route, prefix, "secret", number),
                        operation: route.operation,
                    });
                }
            }
        }
        assert!(steps.len() > 120, "the tables are there: {}", steps.len());
        steps
    }

    /// A token of mia's that asks `acme` for a great deal.
    fn members(&self, name: &str, repositories: &Value, conditions: &Value) -> Token {
        let wish = json!({
            "name": name, "owner": "acme", "repositories": repositories, "conditions": conditions,
            "permissions": { "contents": "write", "administration": "write", "members": "write" },
        });
        self.site.token(&self.mia, &wish)
    }

    fn request_of(&self, name: &str) -> i64 {
        let path = "/api/v3/orgs/acme/personal-access-token-requests";
        let list = self
            .site
            .must("GET", path, Some(&self.olivia.client), &Value::Null);
        let list = list.as_array().unwrap();
        let found = list.iter().find(|request| request["token_name"] == name);
        found.unwrap()["id"].as_i64().unwrap()
    }

    /// What an owner of `acme` does to a request or a grant.
    fn owner_does(&self, what: &str, id: i64, action: &str) {
        let path = format!("/api/v3/orgs/acme/{what}/{id}");
        let body = json!({ "action": action });
        self.site
            .must("POST", &path, Some(&self.olivia.client), &body);
    }

    fn ask(&self, step: &Step, authorization: &[String]) -> Answer {
        let mut headers: Vec<(&str, &str)> = authorization
            .iter()
            .map(|a| ("authorization", a.as_str()))
            .collect();
        let body: &[u8] = match step.method {
            Method::Get | Method::Delete => b"",
            Method::Post | Method::Put | Method::Patch => b"{}",
        };
        let git = ["git-upload-pack", "git-receive-pack"]
            .into_iter()
            .find(|name| {
                step.target
                    .split('?')
                    .next()
                    .is_some_and(|path| path.ends_with(name))
            });
        let media = git.map_or_else(
            || "application/json".to_owned(),
            |name| format!("application/x-{name}-request"),
        );
        let body = if git.is_some() && !body.is_empty() {
            b"0000"
        } else {
            body
        };
        if !body.is_empty() {
            headers.push(("content-type", &media));
        }
        send(
            self.site.address(),
            step.method.name(),
            &step.target,
            &headers,
            body,
        )
    }

    fn acme_token(&self, name: &str, days: u32) -> Token {
        let wish = json!({
            "name": name, "owner": "acme", "expires_in": days,
            "repositories": "all", "permissions": { "contents": "write", "administration": "write", "members": "write" },
        });
        self.site.token(&self.olivia, &wish)
    }
}

fn show(step: &Step, what: &str, answer: &Answer) -> String {
    format!(
        "{} {} ({}) with {what}: {} {}",
        step.method.name(),
        step.target,
        step.operation.name,
        answer.status,
        answer.text()
    )
}

/// A live token, and every shape of a credential that fails, with the status it must get.
fn failing(world: &World) -> (Token, Vec<(&'static str, String, u16)>) {
    let revoked = world.acme_token("revoked", 30);
    assert_eq!(
        world
            .site
            .token_call(&world.olivia, &revoked, "revoke", &Value::Null)
            .status,
        200
    );
    let suspended = world.acme_token("suspended", 30);
    assert_eq!(
        world
            .site
            .token_call(&world.olivia, &suspended, "suspend", &Value::Null)
            .status,
        200
    );
    let retired = world.acme_token("retired", 30);
    assert_eq!(
        world
            .site
            .token_call(
                &world.olivia,
                &retired,
                "rotate",
                &json!({ "overlap_seconds": 0 })
            )
            .status,
        201
    );
    let expired = world.acme_token("expired", 1);
    let classic = |name: &str| {
        world
            .site
            .classic(&world.olivia, name, &["repo", "admin:org"])
    };
    let [classic_revoked, classic_suspended] =
        ["classic revoked", "classic suspended"].map(classic);
    for (token, what) in [
        (&classic_revoked, "revoke"),
        (&classic_suspended, "suspend"),
    ] {
        let done = world
            .site
            .token_call(&world.olivia, token, what, &Value::Null);
        assert_eq!(done.status, 200);
    }
    let live = world.acme_token("live", 30);
    world.site.later(Span::from_days(1));

    let flipped = {
        let mut value = live.value.clone();
        let last = value.pop().unwrap();
        value.push(if last == '0' { '1' } else { '0' });
        value
    };
    let shapes = vec![
        ("revoked", revoked.value, 401),
        ("retired", retired.value, 401),
        ("expired", expired.value, 401),
        ("suspended", suspended.value, 403),
        ("classic revoked", classic_revoked.value, 401),
        ("classic suspended", classic_suspended.value, 403),
        ("truncated", live.value[..91].to_owned(), 401),
        ("wrong checksum", flipped, 401),
        (
            "foreign prefix",
            "ghp_0123456789012345678901234567890123456789".to_owned(),
            401,
        ),
        ("unknown", UNKNOWN.to_owned(), 401),
        (
            "a password",
            support::world::PASSWORD.replace(' ', "-"),
            401,
        ),
    ];
    (live, shapes)
}

/// Rows of how others failed: Gitea GHSA-cc8w-r4qh-3v65, GHSA-9r5x-wg6m-x2rc, GHSA-mg4f-x9v4-6h2p,
/// PR 24362; soft-serve `auth.go`: a credential that fails is 401 everywhere, by every carrier.
fn a_credential_that_fails_is_refused_by_every_route_and_carrier(database: Database) {
    let world = World::new(database);
    let (live, shapes) = failing(&world);
    for step in world.steps() {
        for (shape, value, status) in &shapes {
            for (carrier, header) in carriers(value) {
                let answer = world.ask(&step, &[header]);
                assert_eq!(
                    answer.status,
                    *status,
                    "{}",
                    show(&step, &format!("{shape} as {carrier}"), &answer)
                );
            }
        }
        for (fault, header) in [
            ("undecodable Basic", vec!["Basic ???".to_owned()]),
            (
                "two headers",
                vec![
                    format!("Bearer {}", live.value),
                    format!("token {}", live.value),
                ],
            ),
        ] {
            let answer = world.ask(&step, &header);
            assert_eq!(answer.status, 400, "{}", show(&step, fault, &answer));
        }
        let answer = world.ask(&step, &[format!("Digest {}", live.value)]);
        assert_eq!(
            answer.status,
            401,
            "{}",
            show(&step, "unknown scheme", &answer)
        );
        let joint = if step.target.contains('?') { '&' } else { '?' };
        let in_query = Step {
            target: format!("{}{joint}access_token={}", step.target, live.value),
            ..step
        };
        let answer = world.ask(&in_query, &[]);
        assert_eq!(
            answer.status,
            400,
            "{}",
            show(&in_query, "a token in the query", &answer)
        );
    }
}

/// Default deny: a live token that has nothing is refused wherever a permission is needed, by every
/// carrier; rows GHSA-683j-3ff6-hh2x, raystack/frontier 1895.
fn a_token_without_power_gets_nowhere(database: Database) {
    let world = World::new(database);
    let none = world
        .site
        .token(&world.olivia, &json!({ "name": "none", "owner": "acme" }));
    let other = world.site.token(
        &world.mia,
        &json!({ "name": "other", "repositories": "all", "permissions": { "contents": "write", "administration": "write", "emails": "read", "profile": "write" } }),
    );
    world
        .site
        .repository("acme", &world.olivia, "elsewhere", "private");
    let secret = json!(["secret"]);
    let pending = world.members("pending", &secret, &json!([]));
    let denied = world.members("denied", &secret, &json!([]));
    let request = world.request_of("denied");
    world.owner_does("personal-access-token-requests", request, "deny");
    let approved = |name: &str, repositories: &Value, conditions: &Value| {
        let token = world.members(name, repositories, conditions);
        world.site.approve("acme", &world.olivia, &token);
        token
    };
    let withdrawn = approved("withdrawn", &secret, &json!([]));
    world.owner_does("personal-access-tokens", withdrawn.id, "revoke");
    let unselected = approved("unselected", &json!(["elsewhere"]), &json!([]));
    let nowhere = json!([{ "addresses": { "only": ["198.51.100.0/24"] } }]);
    let outside = approved("outside", &secret, &nowhere);
    // Each of them works where it may, or what is refused below would prove nothing.
    let path = "/api/v3/repos/acme/elsewhere";
    let reads = world
        .site
        .call("GET", path, Some(&unselected.value), &Value::Null);
    assert_eq!(reads.status, 200, "{}", reads.text());
    // What is made from one gets no further.
    let children = "/api/jeton/v1/token/children";
    let child = world
        .site
        .must("POST", children, Some(&unselected.value), &json!({}));
    let child = child["token"].as_str().unwrap();
    let machines = Machines::new(&world, &unselected);
    for step in world.steps_of_tokens() {
        for (name, value) in [
            ("unselected", machines.service.as_str()),
            ("unselected", &machines.taken_over),
            ("job", &machines.job),
            ("none", none.value.as_str()),
            ("other owner", &other.value),
            ("pending", &pending.value),
            ("denied", &denied.value),
            ("withdrawn", &withdrawn.value),
            ("unselected", &unselected.value),
            ("unselected", child),
            ("outside", &outside.value),
        ] {
            if name != "outside" && step.operation.name == ENDS_ITSELF {
                continue;
            }
            for (carrier, header) in carriers(value) {
                let answer = world.ask(&step, &[header]);
                let what = show(&step, &format!("{name} as {carrier}"), &answer);
                let operation = step.operation;
                if name == "outside" {
                    // Not even what anybody may: where the value came from, it should not be.
                    assert_eq!(answer.status, 403, "{what}");
                } else if name == "job" {
                    expect_of_a_job(&step, &answer, &what);
                } else if name == "unselected" {
                    // It has power elsewhere: what it may not reach is the repository.
                    if is_hidden_thing(operation) {
                        assert_eq!(answer.status, expected_of_unselected(operation), "{what}");
                    }
                } else if operation.least == Least::Anyone {
                    assert!(![401].contains(&answer.status), "{what}");
                } else if !operation.kinds.has(CredentialKind::FineGrained) {
                    assert_eq!(answer.status, 403, "{what}");
                } else if operation.needs_permission() {
                    let own = operation.target == TargetKind::Own;
                    if own && name == "other owner" {
                        continue;
                    }
                    // Public profile pages and the organization itself are the floor.
                    let floor = operation.reads_public && !is_hidden_thing(operation);
                    assert!(
                        [403, 404].contains(&answer.status) || (floor && answer.status < 300),
                        "{what}"
                    );
                } else {
                    assert_ne!(answer.status, 401, "{what}");
                }
            }
        }
    }
}

/// The scopes of a route, as the header of its answers has them.
fn accepted(operation: &Operation) -> String {
    let names = operation.scopes.iter().map(|scope| scope.name());
    names.collect::<Vec<_>>().join(", ")
}

/// What belongs to nobody in person, and reaches `elsewhere` alone.
struct Machines {
    /// A service account's token.
    service: String,
    /// What took the place of a member's token, whose own value goes on meanwhile.
    taken_over: String,
    /// A job of `elsewhere`.
    job: String,
}

impl Machines {
    /// `token`: a member's for `elsewhere`, which is handed over and lives on in its overlap.
    fn new(world: &World, token: &Token) -> Self {
        let owner = Some(world.olivia.client.as_str());
        let must = |path: &str, body: Value| {
            let path = format!("/api/jeton/v1/{path}");
            world.site.must("POST", &path, owner, &body)
        };
        let value = |made: &Value| made["token"].as_str().unwrap().to_owned();
        world
            .site
            .service_account("acme", &world.olivia, "deployer");
        let power = json!({
            "name": "deploys", "repositories": ["elsewhere"],
            "permissions": { "contents": "write", "administration": "write", "members": "write" },
        });
        let service = must("orgs/acme/service-accounts/deployer/tokens", power);
        let to = json!({ "service_account": "deployer", "name": "taken over" });
        let handed = format!("orgs/acme/personal-access-tokens/{}/hand-over", token.id);
        let taken_over = must(&handed, to);
        let job = must(
            "repos/acme/elsewhere/jobs",
            json!({ "permissions": { "contents": "read" } }),
        );
        let machines = Self {
            service: value(&service),
            taken_over: value(&taken_over),
            job: value(&job),
        };
        // Each works where it may, the handed one's own value included.
        for value in [
            &machines.service,
            &machines.taken_over,
            &machines.job,
            &token.value,
        ] {
            let reads = world.site.call(
                "GET",
                "/api/v3/repos/acme/elsewhere",
                Some(value),
                &Value::Null,
            );
            assert_eq!(reads.status, 200, "{}", reads.text());
        }
        machines
    }
}

/// A job is nobody, and of another repository: whatever is not about its own is closed to it, and `secret` is not there.
fn expect_of_a_job(step: &Step, answer: &Answer, what: &str) {
    let operation = step.operation;
    assert_ne!(answer.status, 401, "{what}");
    if operation.least == Least::Anyone {
        return;
    }
    if !operation.kinds.has(CredentialKind::Job) {
        assert_eq!(answer.status, 403, "{what}");
    } else if is_hidden_thing(operation) || operation.needs_permission() && !operation.reads_public
    {
        assert!([403, 404].contains(&answer.status), "{what}");
    }
}

/// It ends the token that the walk goes on with; `crates/api/tests/rest/children.rs` looks at it.
const ENDS_ITSELF: &str = "token.end_self";

/// Whether what the route does with `acme` is seen by everybody.
fn is_floor(operation: &Operation) -> bool {
    operation.least == Least::Anyone || (operation.reads_public && !is_hidden_thing(operation))
}

/// Default deny for classic tokens: with no scope, and with one that opens nothing, an owner's token is refused
/// wherever a scope is needed, and private repositories are not there; with all scopes no scope is missing. The
/// kind survives every carrier (GHSA-9r5x-wg6m-x2rc): each answer names the scopes that the token holds.
fn a_classic_token_gets_as_far_as_its_scopes(database: Database) {
    let world = World::new(database);
    let all: Vec<&str> = ClassicScope::all().iter().map(|entry| entry.name).collect();
    let tokens = [("none", vec![]), ("gist", vec!["gist"]), ("all", all)]
        .map(|(name, scopes)| (name, world.site.classic(&world.olivia, name, &scopes)));
    let mut closed = 0;
    for step in world.steps_of_tokens() {
        let operation = step.operation;
        // An application proves itself: to it every token is no client, which the tests of OAuth look at.
        if operation.name.starts_with("oauth_") || operation.name == ENDS_ITSELF {
            continue;
        }
        // Deleting ends the walk's own things; that it takes its scope is seen with the tokens that hold none.
        let ends = step.method == Method::Delete;
        for (name, token) in &tokens {
            if *name == "all" && (ends || operation.departs) {
                continue;
            }
            for (carrier, header) in carriers(&token.value) {
                let answer = world.ask(&step, &[header]);
                let what = show(&step, &format!("{name} as {carrier}"), &answer);
                assert_ne!(answer.status, 401, "{what}");
                if !operation.kinds.has(CredentialKind::Classic) {
                    if operation.least != Least::Anyone {
                        assert_eq!(answer.status, 403, "{what}");
                    }
                    continue;
                }
                // Pages and Git have no such headers.
                if step.target.starts_with("/api/") {
                    let said = (
                        answer.header("x-oauth-scopes").is_some(),
                        answer.header("x-accepted-oauth-scopes"),
                    );
                    let accepted = accepted(operation);
                    assert_eq!(said, (true, Some(accepted.as_str())), "{what}");
                }
                if *name == "all" {
                    assert!(!answer.text().contains("scope_needed"), "{what}");
                } else if is_hidden_thing(operation) {
                    assert_eq!(answer.status, 404, "{what}");
                } else if !operation.scopes.is_empty() && !is_floor(operation) {
                    closed += 1;
                    assert_eq!(answer.status, 403, "{what}");
                    assert_eq!(answer.json()["reason"], "scope_needed", "{what}");
                }
            }
        }
    }
    assert!(closed > 100, "{closed}");
}

/// Verdaccio before 6.7.3: a stored restriction that nothing enforces. Each scope alone, held by an owner, opens what
/// names it or a scope within it, and everything else that takes a scope stays closed.
fn each_scope_opens_what_names_it_and_nothing_else(database: Database) {
    let world = World::new(database);
    let (mut opened, mut closed) = (BTreeSet::new(), 0);
    for entry in ClassicScope::all() {
        let token = world.site.classic(&world.olivia, entry.name, &[entry.name]);
        let held = Scopes::of(&[entry.scope], SCOPES_VERSION);
        for step in world.steps() {
            let operation = step.operation;
            let about_repository = is_hidden_thing(operation);
            if !operation.kinds.has(CredentialKind::Classic)
                || operation.scopes.is_empty()
                || operation.departs
                || is_floor(operation)
                || !step.target.starts_with("/api/")
            {
                continue;
            }
            // The walk's repository is private: `public_repo` opens nothing of it.
            let opens = operation.scopes.iter().any(|scope| {
                held.has(*scope) && !(about_repository && *scope == ClassicScope::PublicRepo)
            });
            // Deleting would end the walk's own things.
            if opens && step.method == Method::Delete {
                continue;
            }
            let answer = world.ask(&step, &[format!("Bearer {}", token.value)]);
            let what = show(&step, entry.name, &answer);
            let reason = answer.json()["reason"].clone();
            if opens {
                opened.insert(entry.name);
                assert_ne!(reason, "scope_needed", "{what}");
                let hidden = about_repository && answer.status == 404;
                assert!(!hidden || !names_only_the_repository(&step), "{what}");
            } else {
                closed += 1;
                let of_packages = operation.target == TargetKind::Package;
                let covered = held.has(ClassicScope::Repo) && !of_packages;
                let expected = if about_repository && !covered && answer.status == 404 {
                    (404, Value::Null)
                } else {
                    (403, json!("scope_needed"))
                };
                assert_eq!((answer.status, reason), expected, "{what}");
            }
        }
    }
    assert!(opened.len() > 8, "{opened:?}");
    assert!(closed > 1000, "{closed}");
}

/// An organization that forbids classic tokens is closed to them at every route about it, whatever they hold and
/// whoever made them; its owner's own account is not.
fn a_classic_token_gets_nowhere_with_an_owner_that_forbids_them(database: Database) {
    let world = World::new(database);
    let scopes = ["repo", "admin:org", "delete_repo", "read:audit_log", "user"];
    let token = world.site.classic(&world.olivia, "all", &scopes);
    let path = "/api/jeton/v1/orgs/acme/policy";
    let forbid = json!({ "classic_allowed": false });
    world
        .site
        .must("PATCH", path, Some(&world.olivia.client), &forbid);
    let mut closed = 0;
    for step in world.steps() {
        let operation = step.operation;
        let owned = matches!(
            operation.target,
            TargetKind::Repository | TargetKind::Organization
        );
        if !owned
            || operation.departs
            || is_floor(operation) && operation.target == TargetKind::Organization
        {
            continue;
        }
        for (carrier, header) in carriers(&token.value) {
            let answer = world.ask(&step, &[header]);
            let what = show(&step, carrier, &answer);
            assert_eq!(answer.status, 403, "{what}");
            if operation.kinds.has(CredentialKind::Classic) && step.target.starts_with("/api/") {
                closed += 1;
                assert_eq!(answer.json()["reason"], "classic_forbidden", "{what}");
            }
        }
    }
    assert!(closed > 100, "{closed}");
    let user = world
        .site
        .call("GET", "/api/v3/user", Some(&token.value), &Value::Null);
    assert_eq!(user.status, 200);
}

/// 404, as if there were no such thing; 403 where no such token may ever come.
fn expected_of_unselected(operation: &Operation) -> u16 {
    if operation.kinds.has(CredentialKind::FineGrained) {
        404
    } else {
        403
    }
}

/// A stranger and nobody see nothing of a private repository or an organization's inside.
fn a_stranger_and_nobody_get_nowhere(database: Database) {
    let world = World::new(database);
    for step in world.steps() {
        let operation = step.operation;
        if operation.least == Least::Anyone {
            continue;
        }
        let floor = operation.reads_public && !is_hidden_thing(operation);
        let answer = world.ask(&step, &[]);
        let what = show(&step, "nothing", &answer);
        assert!(
            [401, 404].contains(&answer.status) || (floor && answer.status < 300),
            "{what}"
        );
        if operation.target == TargetKind::Own || operation.least == Least::Person {
            continue;
        }
        let answer = world.ask(&step, &[format!("Bearer {}", world.sam.client)]);
        let what = show(&step, "a stranger's sign-in", &answer);
        // Everything that the path names is there, so a handler that looks before it decides answers
        // something else: what is private is hidden, what is known to exist is closed.
        let expected = if is_hidden_thing(operation) { 404 } else { 403 };
        assert!(
            answer.status == expected || (floor && answer.status < 300),
            "{what}"
        );
    }
}

/// Hidden and missing are one answer, at every route that names a repository.
fn hidden_and_missing_give_the_same_bytes(database: Database) {
    let world = World::new(database);
    let token = world.site.token(&world.mia, &json!({ "name": "x" }));
    for step in world.steps() {
        if !is_hidden_thing(step.operation) {
            continue;
        }
        let missing = Step {
            target: step.target.replace("acme/secret", "acme/absent"),
            ..step
        };
        for authorization in [
            vec![],
            vec![format!("Bearer {}", token.value)],
            vec![format!("Bearer {}", world.sam.client)],
        ] {
            let hidden = world.ask(&step, &authorization);
            let mut nothing = world.ask(&missing, &authorization);
            // The asker's own word is in the body: what was asked.
            let text = nothing.text().replace("acme/absent", "acme/secret");
            nothing.body = text.into_bytes();
            assert_eq!(
                hidden.bytes(),
                nothing.bytes(),
                "{}",
                show(&step, "", &hidden)
            );
        }
    }
}

/// The numbers of tokens, requests, grants and sign-ins count up, so anybody can guess one: what is there
/// and not theirs is as what is not there.
fn a_number_that_is_there_and_one_that_is_not_give_the_same_bytes(database: Database) {
    let world = World::new(database);
    let token = world.site.token(&world.sam, &json!({ "name": "x" }));
    let there = world.steps();
    let missing = World::steps_with(&|_| NOTHING);
    let mut asked = 0;
    for (there, missing) in there.iter().zip(&missing) {
        // What everybody may know of an organization.
        if there.target == missing.target
            || is_floor(there.operation) && there.target.contains("/organizations/")
        {
            continue;
        }
        asked += 1;
        for (who, authorization) in [
            ("nobody", vec![]),
            ("a stranger", vec![format!("Bearer {}", world.sam.client)]),
            (
                "a stranger's token",
                vec![format!("Bearer {}", token.value)],
            ),
            ("a member", vec![format!("Bearer {}", world.mia.client)]),
        ] {
            // To a member the repository is no secret.
            if who == "a member" && there.operation.name == "repository.get" {
                continue;
            }
            let one = world.ask(there, &authorization);
            let mut other = world.ask(missing, &authorization);
            let what = show(there, who, &one);
            assert!([401, 403, 404].contains(&one.status), "{what}");
            // The asker's own word is in the body, what was asked, and the request's own number.
            let number = |answer: &Answer| answer.header("x-github-request-id").unwrap().to_owned();
            let text = other.text().replace(&missing.target, &there.target);
            other.body = text.replace(&number(&other), &number(&one)).into_bytes();
            let length = other.body.len().to_string();
            for (name, value) in &mut other.headers {
                if name == "content-length" && one.header(name) == Some(&length) {
                    value.clone_from(&length);
                }
            }
            assert_eq!(one.bytes(), other.bytes(), "{what}");
        }
    }
    assert!(asked >= 17, "{asked}");
}

/// What is in no table is not there, whatever is sent.
#[test]
fn a_route_beside_the_tables_does_not_exist() {
    let world = World::new(Database::Sqlite);
    let client = format!("Bearer {}", world.olivia.client);
    for target in [
        "/nothing/at/all",
        "/api/v3/nothing",
        "/api/jeton/v1/nothing",
        "/acme/secret/nothing",
        "/admin/status/now",
        "/login/nothing/at/all",
    ] {
        for method in [
            "GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "LOCK",
        ] {
            let answer = send(
                world.site.address(),
                method,
                target,
                &[("authorization", &client)],
                b"",
            );
            assert_eq!(answer.status, 404, "{method} {target}: {}", answer.text());
        }
    }
}

/// What no route serves: unknown paths and methods, paths that can't be decoded, Git's dumb protocol.
const BESIDE: [(&str, &str); 16] = [
    ("GET", "/nothing/at/all"),
    ("PUT", "/nothing"),
    ("GET", "/api/v3/nothing"),
    ("GET", "/api/nothing"),
    ("GET", "/api/jeton/v1/nothing"),
    ("GET", "/acme/secret/nothing"),
    ("GET", "/acme/secret.git/HEAD"),
    ("GET", "/api//v3/user"),
    ("GET", "/api/v3/repos/acme%2Fsecret"),
    ("GET", "/api/v3/%00"),
    ("GET", "/api/v3/../v3/user"),
    ("POST", "/healthz"),
    ("OPTIONS", "/api/v3/user"),
    ("PROPFIND", "/api/v3/user"),
    ("DELETE", "/acme/secret/info/refs"),
    ("TRACE", "/nothing"),
];
const DUMB: (&str, &str) = ("GET", "/acme/secret.git/info/refs");

/// A credential that fails never becomes anonymous: not where there is nothing to be refused either, nor
/// at what a probe asks.
fn a_credential_that_fails_is_refused_where_no_route_is(database: Database) {
    let world = World::new(database);
    let (live, shapes) = failing(&world);
    let ask = |method: &str, target: &str, headers: &[(&str, &str)]| {
        send(world.site.address(), method, target, headers, b"")
    };
    for (method, target) in
        BESIDE
            .into_iter()
            .chain([DUMB, ("GET", "/healthz"), ("GET", "/readyz")])
    {
        for (shape, value, status) in &shapes {
            for (carrier, header) in carriers(value) {
                let answer = ask(method, target, &[("authorization", &header)]);
                let what = format!("{method} {target}, {shape} as {carrier}: {}", answer.text());
                assert_eq!(answer.status, *status, "{what}");
                let challenged = answer.header("www-authenticate").is_some();
                assert_eq!(challenged, *status == 401, "{what}");
            }
        }
        for (shape, header, status) in [
            ("undecodable Basic", "Basic ???".to_owned(), 400),
            ("an unknown scheme", format!("Digest {}", live.value), 401),
            ("an empty value", String::new(), 401),
        ] {
            let answer = ask(method, target, &[("authorization", &header)]);
            assert_eq!(answer.status, status, "{method} {target} with {shape}");
        }
        let bearer = format!("Bearer {}", live.value);
        let two = [("authorization", &*bearer), ("authorization", &*bearer)];
        assert_eq!(ask(method, target, &two).status, 400, "{method} {target}");
        let in_url = format!("{target}?access_token={}", live.value);
        assert_eq!(ask(method, &in_url, &[]).status, 400, "{method} {in_url}");
        assert_eq!(
            ask(method, &in_url, &[("authorization", &bearer)]).status,
            400,
            "{method} {in_url}"
        );
    }
    let bearer = format!("Bearer {}", live.value);
    for (headers, who) in [
        (&[][..], "nobody"),
        (&[("authorization", &*bearer)], "live"),
    ] {
        for (method, target) in BESIDE {
            let answer = ask(method, target, headers);
            assert_eq!(answer.status, 404, "{method} {target} by {who}");
        }
        assert_eq!(ask(DUMB.0, DUMB.1, headers).status, 403, "{who}");
        assert_eq!(ask("GET", "/healthz", headers).status, 200, "{who}");
    }
}

/// Guesses at a path that is not there count as guesses anywhere.
#[test]
fn guesses_where_no_route_is_count_against_their_address() {
    let site = Site::with(&[("rates.failures", "3")]);
    let ada = site.person("ada", false);
    let ask = |target: &str, value: &str| {
        let header = format!("Bearer {value}");
        let headers = [("authorization", header.as_str())];
        send(site.address(), "GET", target, &headers, b"").status
    };
    let asked = ["/a", "/api/v3/b", "/x/y.git/HEAD", "/c", "/api/v3/user"];
    let said: Vec<u16> = asked.iter().map(|target| ask(target, UNKNOWN)).collect();
    assert_eq!(said, [401, 401, 401, 429, 429]);
    assert_eq!(ask("/api/v3/user", &ada.client), 200, "whose value lives");
    assert_eq!(ask("/api/v3/b", &ada.client), 404, "whose value lives");
}
