//! How things end: at one instant, for ever, and for nobody else.

use jeton_domain::Span;
use serde_json::{Value, json};

use crate::support::http::{carriers, send};
use crate::support::world::Token;
use crate::world::{World, fetch_target, push_target};

/// The answers of both doors, where the token may read and where anybody may.
fn statuses(world: &World, value: &str) -> [u16; 3] {
    [
        world.fetch(Some(value), "code").status,
        world.get(value, "/api/v3/repos/acme/code").status,
        world.fetch(Some(value), "open").status,
    ]
}

/// soft-serve `auth.go`. Slipped: an expired token became anonymous. Proved: expired, revoked and
/// replaced values are 401 by every carrier at both doors, on public things too, which nobody at all
/// reads at once.
#[test]
fn an_expired_token_never_becomes_anonymous() {
    let world = World::new();
    let expired = world.members("expired", "read");
    let revoked = world.members("revoked", "read");
    let replaced = world.members("replaced", "read");
    let call =
        |token: &Token, what, body| world.site.token_call(&world.mia, token, what, &body).status;
    assert_eq!(call(&revoked, "revoke", Value::Null), 200);
    assert_eq!(
        call(&replaced, "rotate", json!({ "overlap_seconds": 0 })),
        201
    );
    world.site.later(Span::from_days(30));
    for token in [&expired, &revoked, &replaced] {
        for (carrier, header) in carriers(&token.value) {
            for target in [
                fetch_target("open"),
                push_target("open"),
                fetch_target("code"),
                "/api/v3/repos/acme/open".to_owned(),
                "/api/v3/users/mia".to_owned(),
                "/api/v3/meta".to_owned(),
                "/healthz".to_owned(),
            ] {
                let answer = world.ask("GET", &target, Some(&header));
                assert_eq!(
                    answer.status,
                    401,
                    "{target} as {carrier}: {}",
                    answer.text()
                );
                assert_eq!(world.ask("GET", &target, None).status < 300, {
                    target != push_target("open") && target != fetch_target("code")
                });
            }
        }
    }
}

/// MAS, two expiry rules that differ at the exact instant. Proved: whatever ends by itself, the value
/// of a token, the old value of a rotation, a sign-in, works at both doors one microsecond before
/// and at neither at the instant, asked before or not.
#[test]
fn it_ends_at_the_same_instant_at_both_doors() {
    let mut world = World::new();
    let last = |span: Span| Span::from_micros(span.micros() - 1);
    let one = Span::from_micros(1);

    let (warm, cold) = (world.members("warm", "read"), world.members("cold", "read"));
    world.site.later(last(Span::from_days(30)));
    assert_eq!(statuses(&world, &warm.value), [200, 200, 200]);
    world.site.later(one);
    assert_eq!(
        statuses(&world, &warm.value),
        [401, 401, 401],
        "asked before"
    );
    assert_eq!(
        statuses(&world, &cold.value),
        [401, 401, 401],
        "never asked"
    );

    world.mia = world.site.sign_in("mia");
    world.olivia = world.site.sign_in("olivia");
    let rotated = world.members("rotated", "read");
    let body = json!({ "overlap_seconds": 60 });
    let answer = world.site.token_call(&world.mia, &rotated, "rotate", &body);
    let fresh = answer.json()["token"].as_str().unwrap().to_owned();
    world.site.later(last(Span::from_seconds(60)));
    assert_eq!(statuses(&world, &rotated.value), [200, 200, 200]);
    assert_eq!(statuses(&world, &fresh), [200, 200, 200]);
    world.site.later(one);
    assert_eq!(statuses(&world, &rotated.value), [401, 401, 401]);
    assert_eq!(statuses(&world, &fresh), [200, 200, 200]);

    let mia = world.site.sign_in("mia");
    world.site.later(last(Span::from_days(90)));
    assert_eq!(world.get(&mia.client, "/api/v3/user").status, 200);
    // Used just now, it lives for ninety days from here.
    world.site.later(Span::from_days(90));
    assert_eq!(statuses(&world, &mia.client), [401, 401, 401]);
}

/// Gitea PR 37714. Slipped: a bearer derived for LFS outlived the block of its user. Proved: nothing
/// is derived that is not decided afresh: after the first request of a fetch or a push came out well,
/// the second is refused at once when the person is suspended, when the member is removed, and when
/// the role is taken; so is a sign-in.
#[test]
fn nothing_derived_outlives_the_block_of_its_person() {
    for block in ["suspended", "removed", "role taken"] {
        let world = World::new();
        let token = world.members("writes", "write");
        let header = format!("Bearer {}", token.value);
        for target in [fetch_target("code"), push_target("code")] {
            assert_eq!(world.ask("GET", &target, Some(&header)).status, 200);
        }
        assert_eq!(
            world
                .get(&world.mia.client, "/api/v3/repos/acme/code")
                .status,
            200
        );
        let owner = Some(world.olivia.client.as_str());
        let status = match block {
            "suspended" => {
                jeton_app::admin::suspend_user(world.site.app(), "mia").unwrap();
                403
            }
            "removed" => {
                let path = "/api/v3/orgs/acme/members/mia";
                world.site.must("DELETE", path, owner, &Value::Null);
                404
            }
            _ => {
                let path = "/api/v3/repos/acme/code/collaborators/mia";
                world.site.must("DELETE", path, owner, &Value::Null);
                404
            }
        };
        for service in ["upload", "receive"] {
            let media = format!("application/x-git-{service}-pack-request");
            let headers = [
                ("authorization", header.as_str()),
                ("content-type", media.as_str()),
            ];
            let target = format!("/acme/code.git/git-{service}-pack");
            let answer = send(world.site.address(), "POST", &target, &headers, b"0000");
            assert_eq!(
                answer.status,
                status,
                "{block}, {service}: {}",
                answer.text()
            );
        }
        let signed_in = world.get(&world.mia.client, "/api/v3/repos/acme/code");
        assert_eq!(signed_in.status, status, "{block}: {}", signed_in.text());
    }
}

/// GitLab incident 16047. Slipped: detection of re-use revoked live tokens of people who had done
/// nothing. Proved: use of a replaced value, and a report of one, are refused and noted, and end
/// neither the live value nor any other token.
#[test]
fn late_use_and_late_reports_harm_no_live_value() {
    let world = World::new();
    let token = world.members("rotated", "read");
    let other = world.members("other", "read");
    let body = json!({ "overlap_seconds": 0 });
    let answer = world.site.token_call(&world.mia, &token, "rotate", &body);
    let fresh = answer.json()["token"].as_str().unwrap().to_owned();
    for _ in 0..20 {
        assert_eq!(statuses(&world, &token.value), [401, 401, 401]);
    }
    let report = json!({ "credentials": [token.value] });
    let reported = world
        .site
        .call("POST", "/api/v3/credentials/revoke", None, &report);
    assert_eq!(reported.status, 202, "{}", reported.text());
    assert_eq!(statuses(&world, &fresh), [200, 200, 200]);
    assert_eq!(statuses(&world, &other.value), [200, 200, 200]);
    // Late use is counted in memory first.
    world.site.app().flush_activity().unwrap();
    let log = world.get(&world.mia.client, "/api/jeton/v1/audit").text();
    assert!(
        log.contains("personal_access_token.retired_use"),
        "late use is in the log: {log}"
    );
    // A report of the live one ends it, and it alone.
    let report = json!({ "credentials": [fresh] });
    assert_eq!(
        world
            .site
            .call("POST", "/api/v3/credentials/revoke", None, &report)
            .status,
        202
    );
    assert_eq!(statuses(&world, &fresh), [401, 401, 401]);
    assert_eq!(statuses(&world, &other.value), [200, 200, 200]);
}
