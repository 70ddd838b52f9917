//! The walk: every route × every way to carry a credential × every shape of token. Nothing is let
//! in by a door that forgot to ask.

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

use jeton::server::TABLES;
use jeton_domain::{CredentialKind, Least, Operation, Span};
use jeton_http::Method;
use serde_json::{Value, json};
use support::Site;
use support::http::{Answer, carriers, send};
use support::routes::target;
use support::world::{Person, Token};

/// A request to a route about private things of `acme`.
struct Step {
    method: Method,
    target: String,
    operation: &'static Operation,
}

/// Every route under each of its prefixes, with names in its path that are there.
fn steps() -> Vec<Step> {
    let mut steps = Vec::new();
    for table in TABLES.iter() {
        for route in table.routes {
            for prefix in table.prefixes {
                steps.push(Step {
                    method: route.method,
                    target: target(route, prefix, "secret"),
                    operation: route.operation,
                });
            }
        }
    }
    assert!(steps.len() > 120, "the tables are there: {}", steps.len());
    steps
}

struct World {
    site: Site,
    olivia: Person,
    mia: Person,
    sam: Person,
}

impl World {
    fn new() -> Self {
        // The walk is one address with thousands of failures.
        let site = Site::with(&[("rates.failures", "0"), ("rates.anonymous", "0")]);
        let (olivia, mia, sam) = (
            site.person("olivia", false),
            site.person("mia", false),
            site.person("sam", false),
        );
        site.organization("acme", &olivia);
        site.member("acme", &olivia, &mia, "member");
        site.repository("acme", &olivia, "secret", "private");
        site.must(
            "POST",
            "/api/v3/orgs/acme/teams",
            Some(&olivia.client),
            &json!({ "name": "core" }),
        );
        Self {
            site,
            olivia,
            mia,
            sam,
        }
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
    let live = world.acme_token("live", 30);
    world.site.later(Span::from_days(1));

    let unknown = "jtu_000000000000000000000000000000000JTqaC";
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
        ("truncated", live.value[..91].to_owned(), 401),
        ("wrong checksum", flipped, 401),
        (
            "foreign prefix",
            "ghp_0123456789012345678901234567890123456789".to_owned(),
            401,
        ),
        ("unknown", unknown.to_owned(), 401),
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
#[test]
fn a_credential_that_fails_is_refused_by_every_route_and_carrier() {
    let world = World::new();
    let (live, shapes) = failing(&world);
    for step in steps() {
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
#[test]
fn a_token_without_power_gets_nowhere() {
    let world = World::new();
    let none = world
        .site
        .token(&world.olivia, &json!({ "name": "none", "owner": "acme" }));
    let other = world.site.token(
        &world.mia,
        &json!({ "name": "other", "repositories": "all", "permissions": { "contents": "write", "administration": "write", "emails": "read", "profile": "write" } }),
    );
    let pending = world.site.token(
        &world.mia,
        &json!({ "name": "pending", "owner": "acme", "repositories": ["secret"], "permissions": { "contents": "write", "administration": "write", "members": "write" } }),
    );
    for step in steps() {
        for (name, token) in [
            ("none", &none),
            ("other owner", &other),
            ("pending", &pending),
        ] {
            for (carrier, header) in carriers(&token.value) {
                let answer = world.ask(&step, &[header]);
                let what = show(&step, &format!("{name} as {carrier}"), &answer);
                let operation = step.operation;
                if operation.least == Least::Anyone {
                    assert!(![401].contains(&answer.status), "{what}");
                } else if !operation.kinds.has(CredentialKind::FineGrained) {
                    assert_eq!(answer.status, 403, "{what}");
                } else if operation.needs_permission() {
                    let own = operation.target == jeton_domain::TargetKind::Own;
                    if own && name == "other owner" {
                        continue;
                    }
                    // Public profile pages and the organization itself are the floor.
                    let floor = operation.reads_public
                        && operation.target != jeton_domain::TargetKind::Repository;
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

/// A stranger and nobody see nothing of a private repository or an organization's inside.
#[test]
fn a_stranger_and_nobody_get_nowhere() {
    let world = World::new();
    for step in steps() {
        let operation = step.operation;
        if operation.least == Least::Anyone {
            continue;
        }
        let floor =
            operation.reads_public && operation.target != jeton_domain::TargetKind::Repository;
        let answer = world.ask(&step, &[]);
        let what = show(&step, "nothing", &answer);
        assert!(
            [401, 404].contains(&answer.status) || (floor && answer.status < 300),
            "{what}"
        );
        if operation.target == jeton_domain::TargetKind::Own || operation.least == Least::Person {
            continue;
        }
        let answer = world.ask(&step, &[format!("Bearer {}", world.sam.client)]);
        let what = show(&step, "a stranger's sign-in", &answer);
        assert!(
            [403, 404].contains(&answer.status) || (floor && answer.status < 300),
            "{what}"
        );
    }
}

/// Hidden and missing are one answer, at every route that names a repository.
#[test]
fn hidden_and_missing_give_the_same_bytes() {
    let world = World::new();
    let token = world.site.token(&world.mia, &json!({ "name": "x" }));
    for step in steps() {
        if step.operation.target != jeton_domain::TargetKind::Repository {
            continue;
        }
        let missing = Step {
            target: step.target.replace("/secret", "/absent"),
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
            let text = nothing.text().replace("/absent", "/secret");
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

/// What is in no table is not there, whatever is sent.
#[test]
fn a_route_beside_the_tables_does_not_exist() {
    let world = World::new();
    let client = format!("Bearer {}", world.olivia.client);
    for target in [
        "/",
        "/nothing",
        "/api/v3/nothing",
        "/api/jeton/v1/nothing",
        "/acme",
        "/acme/secret",
        "/admin/status",
        "/login",
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
