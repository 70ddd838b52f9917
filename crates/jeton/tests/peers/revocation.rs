//! WSO2 CVE-2026-3583. Slipped: a cache outlived a revocation. Proved: while threads ask both doors
//! all the time, nothing that was sent after the answer of the request that took the power away is
//! let in, whichever way it was taken.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::{Value, json};

use crate::support::http::{basic, send};
use crate::world::{World, fetch_target, push_target};

/// Stops the others, also where this one fails.
struct Stops<'a>(&'a AtomicBool);

impl Drop for Stops<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Asks from several threads while `end` takes the power away, and counts what came through of what
/// was sent after it returned.
fn hammer(world: &World, value: &str, end: impl FnOnce()) -> usize {
    let header = basic("x", value);
    let (ended, stop) = (AtomicBool::new(false), AtomicBool::new(false));
    let (before, late, refused) = (
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicUsize::new(0),
    );
    let targets = [
        fetch_target("code"),
        push_target("code"),
        "/api/v3/repos/acme/code".to_owned(),
    ];
    std::thread::scope(|scope| {
        for target in &targets {
            scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    let after = ended.load(Ordering::SeqCst);
                    let headers = [("authorization", header.as_str())];
                    let allowed =
                        send(world.site.address(), "GET", target, &headers, b"").status == 200;
                    match (allowed, after) {
                        (true, false) => &before,
                        (true, true) => &late,
                        (false, _) => &refused,
                    }
                    .fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        let stops = Stops(&stop);
        let began = Instant::now();
        while before.load(Ordering::SeqCst) < 30 {
            assert!(began.elapsed().as_secs() < 20, "the value does not work");
            std::thread::yield_now();
        }
        end();
        ended.store(true, Ordering::SeqCst);
        let enough = refused.load(Ordering::SeqCst) + 15;
        let began = Instant::now();
        while refused.load(Ordering::SeqCst) < enough && began.elapsed().as_secs() < 10 {
            std::thread::yield_now();
        }
        drop(stops);
    });
    assert!(refused.load(Ordering::SeqCst) >= 15, "nothing was refused");
    late.load(Ordering::SeqCst)
}

#[test]
fn nothing_is_let_in_after_the_answer_of_a_revocation() {
    let world = World::new();
    let owner = Some(world.olivia.client.as_str());
    for what in [
        "revoke", "suspend", "delete", "shrink", "withdraw", "policy", "revoke", "withdraw",
    ] {
        let token = world.members(
            &format!("{what}-{}", world.site.app().changes().unwrap().0),
            "write",
        );
        let own = format!("/api/jeton/v1/tokens/{}", token.id);
        let mia = Some(world.mia.client.as_str());
        let policy = |allowed: bool| {
            let body = json!({ "fine_grained_allowed": allowed });
            world
                .site
                .must("PATCH", "/api/jeton/v1/orgs/acme/policy", owner, &body);
        };
        let late = hammer(&world, &token.value, || match what {
            "delete" => drop(world.site.must("DELETE", &own, mia, &Value::Null)),
            "shrink" => drop(world.site.must(
                "PATCH",
                &own,
                mia,
                &json!({ "repositories": ["open"] }),
            )),
            "withdraw" => {
                let path = format!("/api/v3/orgs/acme/personal-access-tokens/{}", token.id);
                world
                    .site
                    .must("POST", &path, owner, &json!({ "action": "revoke" }));
            }
            "policy" => policy(false),
            verb => drop(
                world
                    .site
                    .must("POST", &format!("{own}/{verb}"), mia, &Value::Null),
            ),
        });
        assert_eq!(late, 0, "{what}");
        if what == "policy" {
            policy(true);
        }
    }
}

#[test]
fn nothing_is_let_in_after_the_person_lost_it() {
    let world = World::new();
    let owner = Some(world.olivia.client.as_str());
    let role = |permission: &str| {
        let path = "/api/v3/repos/acme/code/collaborators/mia";
        world
            .site
            .must("PUT", path, owner, &json!({ "permission": permission }));
    };
    for what in ["signed out", "role", "suspended", "removed"] {
        let token = world.members(what, "write");
        let signed_in = world.site.sign_in("mia");
        let value = if what == "signed out" {
            &signed_in.client
        } else {
            &token.value
        };
        let late = hammer(&world, value, || match what {
            "signed out" => {
                world.site.must(
                    "DELETE",
                    "/api/jeton/v1/sign-in",
                    Some(&signed_in.client),
                    &Value::Null,
                );
            }
            "role" => {
                let path = "/api/v3/repos/acme/code/collaborators/mia";
                world.site.must("DELETE", path, owner, &Value::Null);
            }
            "suspended" => jeton_app::admin::suspend_user(world.site.app(), "mia").unwrap(),
            _ => drop(world.site.must(
                "DELETE",
                "/api/v3/orgs/acme/members/mia",
                owner,
                &Value::Null,
            )),
        });
        assert_eq!(late, 0, "{what}");
        match what {
            "role" => role("push"),
            "suspended" => jeton_app::admin::resume_user(world.site.app(), "mia").unwrap(),
            _ => {}
        }
    }
}
