//! Caches: what a write that returned has changed, no look-up misses.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use jeton_app::{AppError, Named, tokens};
use jeton_domain::{OrganizationPolicy, Role, Visibility};
use jeton_store::{collaborators, repositories};
use jeton_testkit::operations;

use crate::outcome::refused;
use crate::world::{FETCH, PUSH, World};

/// WSO2 CVE-2026-3583, under load: threads ask all the time while another revokes. What was asked
/// for after the revocation returned is refused, from the cache as from storage.
#[test]
fn no_permit_is_given_after_a_revocation_returned() {
    let world = World::new();
    for round in 0..12 {
        let token = world.approved(&format!("t{round}"));
        let (id, call) = (
            token.view.row.id,
            world.call(token.secret.expose(), &FETCH, &world.labs),
        );
        let (revoked, stop) = (AtomicBool::new(false), AtomicBool::new(false));
        let (before, late) = (AtomicI64::new(0), AtomicI64::new(0));
        // How many were asked for after the revocation returned.
        let after_it = AtomicI64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !stop.load(Ordering::SeqCst) {
                        let after = revoked.load(Ordering::SeqCst);
                        let allowed = match world.app().permit_at_once(&call) {
                            Some(result) => result.is_ok(),
                            None => world.app().permit(&call).is_ok(),
                        };
                        if allowed {
                            let counter = if after { &late } else { &before };
                            counter.fetch_add(1, Ordering::SeqCst);
                        }
                        if after {
                            after_it.fetch_add(1, Ordering::SeqCst);
                        }
                    }
                });
            }
            while before.load(Ordering::SeqCst) < 50 {
                std::thread::yield_now();
            }
            if round % 2 == 0 {
                tokens::revoke(world.app(), &world.own(&world.bob), id).unwrap();
            } else {
                tokens::suspend(world.app(), &world.own(&world.bob), id).unwrap();
            }
            revoked.store(true, Ordering::SeqCst);
            while after_it.load(Ordering::SeqCst) < 50 {
                std::thread::yield_now();
            }
            stop.store(true, Ordering::SeqCst);
        });
        assert_eq!(late.load(Ordering::SeqCst), 0, "round {round}");
    }
}

/// A write unit bears the number of a change that may never be: what it looked up must not be filed
/// under it, or the next change, which takes the number, finds it fresh.
#[test]
fn what_a_failed_write_looked_up_does_not_outlive_the_next_change() {
    let world = World::new();
    let token = world.approved("t");
    let value = token.secret.expose();
    world.git(value, &FETCH, &world.labs).unwrap();
    let call = world.call(value, &operations::READ, &world.labs);
    let failed = world
        .app()
        .write(&call, |_, _| Err::<(), _>(AppError::Missing("anything")));
    assert!(matches!(failed, Err(AppError::Missing("anything"))));
    tokens::revoke(world.app(), &world.own(&world.bob), token.view.row.id).unwrap();
    assert_eq!(world.told(value, &FETCH, &world.labs), (401, "revoked"));
}

#[test]
fn a_permit_from_memory_follows_every_kind_of_change() {
    let world = World::new();
    let token = world.approved("t");
    let value = token.secret.expose();
    let at_once = || {
        let call = world.call(value, &FETCH, &world.labs);
        world
            .app()
            .permit_at_once(&call)
            .is_some_and(|result| result.is_ok())
    };
    let warm = || {
        // The first use of a value is written down, which makes what memory has of it old.
        world.git(value, &FETCH, &world.labs).unwrap();
        world.git(value, &FETCH, &world.labs).unwrap();
        assert!(at_once());
    };
    let (labs, bob, now) = (world.labs.id, world.bob.id, world.app().now());
    warm();
    let forbidden = OrganizationPolicy {
        fine_grained_allowed: false,
        ..OrganizationPolicy::default()
    };
    world.kit.policy(&world.alta3, &forbidden);
    assert!(!at_once(), "the organization's policy");
    world
        .kit
        .policy(&world.alta3, &OrganizationPolicy::default());
    warm();
    world
        .store()
        .write(|unit| {
            collaborators::remove(unit, labs, bob)?;
            unit.feed(now, "test", bob)
        })
        .unwrap();
    assert!(!at_once(), "a role");
    assert_eq!(world.told(value, &FETCH, &world.labs), (404, "not_visible"));
    world.kit.collaborator(&world.labs, &world.bob, Role::Read);
    warm();
    jeton_app::admin::suspend_user(world.app(), "bob").unwrap();
    assert!(!at_once(), "the person");
    jeton_app::admin::resume_user(world.app(), "bob").unwrap();
    warm();
    jeton_app::grants::revoke(world.app(), &world.owner(&world.ann), &[token.view.row.id]).unwrap();
    assert!(!at_once(), "the standing");
}

#[test]
fn a_decision_from_cache_alone_changes_nothing() {
    let world = World::new();
    let token = world.approved("t");
    let value = token.secret.expose();
    world.git(value, &FETCH, &world.labs).unwrap();
    world.git(value, &FETCH, &world.labs).unwrap();
    // Behind the feed's back: the caches don't know, the unit that writes does.
    world.change("UPDATE tokens SET suspended_at = 1");
    let call = world.call(value, &operations::READ, &world.labs);
    assert!(world.app().permit(&call).is_ok());
    assert_eq!(
        refused(world.app().write(&call, |_, _| Ok(()))),
        (403, "token_suspended")
    );
    assert!(world.git(value, &PUSH, &world.labs).is_err());
}

/// Git's first request of every operation carries nothing: its refusal comes from memory, for what is
/// hidden as for what is not there, and only until something is there to be seen.
#[test]
fn nobody_is_refused_from_memory_and_no_longer_than_is_right() {
    let world = World::new();
    let asked = |owner: &str, name: &str| {
        let named = Named::Repository(owner.to_owned(), name.to_owned());
        let call = world.kit.anonymous(&FETCH, named);
        let from_memory = world
            .app()
            .permit_at_once(&call)
            .map(|result| result.is_ok());
        (from_memory, world.app().permit(&call).is_ok())
    };
    for name in ["labs", "no-such-repository"] {
        assert_eq!(asked("alta3", name), (None, false), "{name}");
        assert_eq!(asked("alta3", name), (Some(false), false), "{name}");
    }
    let labs = world.labs.id;
    let now = world.app().now();
    world
        .store()
        .write(|unit| {
            repositories::set_visibility(unit, labs, Visibility::Public)?;
            unit.feed(now, "test", labs)
        })
        .unwrap();
    assert_eq!(asked("alta3", "labs"), (None, true), "opened");
    assert_eq!(asked("alta3", "labs"), (Some(true), true));
    let made = world.kit.repository(
        (world.alta3.account(), "alta3"),
        "no-such-repository",
        Visibility::Public,
    );
    world
        .store()
        .write(|unit| unit.feed(now, "test", made.id))
        .unwrap();
    assert_eq!(asked("alta3", "no-such-repository"), (None, true), "made");
}

/// soft-serve `withAccess`: a hidden thing answered from memory and a missing one from storage can be
/// told apart by the clock. Whether memory answers is the same for both, whoever asks.
#[test]
fn memory_knows_no_more_of_a_hidden_thing_than_of_a_missing_one() {
    let world = World::new();
    let someone = world.kit.person("stranger");
    let hidden = jeton_testkit::named::repository(&world.labs);
    let jeton_app::Named::Repository(owner, _) = &hidden else {
        panic!("a repository")
    };
    let missing = jeton_app::Named::Repository(owner.clone(), "nothing".to_owned());
    for round in 0..3 {
        let ask = |named: &jeton_app::Named| {
            let nobody = world.kit.anonymous(&FETCH, named.clone());
            let stranger = world.kit.by(&someone, &FETCH, named.clone());
            [nobody, stranger].map(|call| {
                let at_once = world.app().permit_at_once(&call).is_some();
                assert!(world.app().permit(&call).is_err());
                at_once
            })
        };
        assert_eq!(ask(&hidden), ask(&missing), "round {round}");
    }
}
