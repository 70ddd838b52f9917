//! A lost answer asked for again (B5).

use jeton_app::tokens::{self, ExpiryWish, NewToken, RotateToken};
use jeton_app::{AppError, Named};
use jeton_domain::{SitePolicy, Span, TokenId};
use jeton_store::secrets;

use crate::outcome::{conflict, count, fault, refused};
use crate::world::{FETCH, FINE, SELF, World, carried, labs, plain};

fn again(world: &World, new: &NewToken, key: &str) -> Result<String, AppError> {
    let created = tokens::create(world.app(), &world.own(&world.bob), new, Some(key))?;
    Ok(created.secret.expose().to_owned())
}

#[test]
fn the_same_key_and_body_give_another_value_and_kill_the_first() {
    let world = World::new();
    let first = again(&world, &labs("t"), "k").unwrap();
    let second = again(&world, &labs("t"), "k").unwrap();
    assert_ne!(first, second);
    assert_eq!(count(&world.kit, "SELECT COUNT(*) FROM tokens"), 1);
    assert_eq!(
        refused(world.git(&first, &FETCH, &world.site)),
        (401, "retired")
    );
    world.git(&second, &FETCH, &world.site).unwrap();
    assert!(
        world.tombstones().contains("secret_retired"),
        "a restored backup does not bring it back"
    );
}

#[test]
fn another_body_or_a_value_in_use_are_told_apart() {
    let world = World::new();
    let value = again(&world, &labs("t"), "k").unwrap();
    assert_eq!(
        fault(again(&world, &labs("other"), "k")),
        ("Idempotency-Key", "invalid")
    );
    // The self endpoint is no use.
    let oneself = world
        .kit
        .call(&SELF, Named::Own, carried(world.app(), &value));
    tokens::oneself(world.app(), &oneself).unwrap();
    let value = again(&world, &labs("t"), "k").unwrap();
    world.git(&value, &FETCH, &world.site).unwrap();
    assert_eq!(conflict(again(&world, &labs("t"), "k")), "idempotency_used");
    world.git(&value, &FETCH, &world.site).unwrap();
}

#[test]
fn a_key_is_its_users_and_lasts_ten_minutes() {
    let world = World::new();
    again(&world, &labs("t"), "k").unwrap();
    // Another person's key of the same text makes another token.
    tokens::create(world.app(), &world.own(&world.eve), &plain("t"), Some("k")).unwrap();
    world.kit.advance(Span::from_minutes(10));
    again(&world, &labs("t"), "k").unwrap();
    world.kit.advance(Span::from_minutes(10));
    world.kit.advance(Span::from_micros(1));
    assert_eq!(
        fault(again(&world, &labs("t"), "k")),
        ("name", "already_exists"),
        "forgotten: a new token"
    );
    for bad in ["", &"x".repeat(256)] {
        assert_eq!(fault(again(&world, &labs("new"), bad)).0, "Idempotency-Key");
    }
    again(&world, &labs("new"), &"x".repeat(255)).unwrap();
}

#[test]
fn a_token_that_ended_meanwhile_is_given_no_value() {
    let world = World::new();
    let own = world.own(&world.bob);
    let id = |name: &str| {
        let (all, _) = tokens::list(world.app(), &own, &[FINE], 0, 100).unwrap();
        all.into_iter()
            .find(|view| view.row.name == name)
            .unwrap()
            .row
            .id
    };
    again(&world, &labs("a"), "a").unwrap();
    tokens::revoke(world.app(), &own, id("a")).unwrap();
    assert_eq!(conflict(again(&world, &labs("a"), "a")), "life");
    again(&world, &labs("b"), "b").unwrap();
    tokens::delete(world.app(), &own, id("b")).unwrap();
    assert_eq!(conflict(again(&world, &labs("b"), "b")), "life");
    let short = NewToken {
        expires_at: Some("2026-11-21T08:00:05Z".to_owned()),
        ..labs("c")
    };
    again(&world, &short, "c").unwrap();
    world.kit.advance(Span::from_seconds(5));
    assert_eq!(conflict(again(&world, &short, "c")), "idempotency_used");
}

#[test]
fn a_lost_rotation_is_asked_for_again_too() {
    let world = World::new();
    let token = world.approved("t");
    let id = token.view.row.id;
    let rotate =
        |how: &RotateToken| tokens::rotate(world.app(), &world.own(&world.bob), id, how, Some("k"));
    let how = RotateToken::default();
    let first = rotate(&how).unwrap();
    let second = rotate(&how).unwrap();
    assert_eq!(
        refused(world.git(first.secret.expose(), &FETCH, &world.labs)),
        (401, "retired")
    );
    assert_eq!(
        first.old_ends_at, second.old_ends_at,
        "the overlap does not grow"
    );
    world
        .git(token.secret.expose(), &FETCH, &world.labs)
        .unwrap();
    let other = RotateToken {
        expires_in: Some(ExpiryWish::Days(7)),
        ..how.clone()
    };
    assert_eq!(fault(rotate(&other)), ("Idempotency-Key", "invalid"));
    world
        .git(second.secret.expose(), &FETCH, &world.labs)
        .unwrap();
    assert_eq!(conflict(rotate(&how)), "idempotency_used");
}

/// What was asked for again comes too late once the token got another value.
#[test]
fn a_value_that_was_rotated_since_is_not_given_again() {
    let world = World::new();
    let rotate = |id: TokenId, how: &RotateToken, key: Option<&str>| {
        tokens::rotate(world.app(), &world.own(&world.bob), id, how, key)
    };
    let (once, replace) = (
        RotateToken::default(),
        RotateToken {
            replace: true,
            ..RotateToken::default()
        },
    );
    let made = |key: &str| {
        let new = plain(key);
        tokens::create(world.app(), &world.own(&world.bob), &new, Some(key)).unwrap()
    };
    // The value of the creation was rotated since.
    let created = made("c");
    let id = created.view.row.id;
    rotate(id, &once, Some("k")).unwrap();
    let again = tokens::create(world.app(), &world.own(&world.bob), &plain("c"), Some("c"));
    assert_eq!(conflict(again), "idempotency_used");
    // So was the value of a rotation, replaced or in its overlap.
    for how in [&replace, &replace] {
        rotate(id, how, None).unwrap();
        assert_eq!(conflict(rotate(id, &once, Some("k"))), "idempotency_used");
    }
    let other = RotateToken {
        overlap_seconds: Some(1),
        ..once.clone()
    };
    assert_eq!(
        fault(rotate(id, &other, Some("k"))),
        ("Idempotency-Key", "invalid"),
        "another body is told apart still"
    );
    // With `replace` in the body too: a lost answer asked for twice is one rotation, not two.
    let (id, key) = (made("r").view.row.id, Some("r of r"));
    let first = rotate(id, &replace, key).unwrap();
    let second = rotate(id, &replace, key).unwrap();
    assert_eq!(first.old_ends_at, second.old_ends_at);
    rotate(id, &replace, None).unwrap();
    assert_eq!(conflict(rotate(id, &replace, key)), "idempotency_used");
    // And of a token that ended meanwhile none is given.
    let (id, key) = (made("e").view.row.id, Some("r of e"));
    rotate(id, &once, key).unwrap();
    tokens::revoke(world.app(), &world.own(&world.bob), id).unwrap();
    assert_eq!(conflict(rotate(id, &once, key)), "life");
}

/// A killed value's late first use ends nothing: what it was to take the place of waits for the value
/// that was given instead.
#[test]
fn a_value_asked_for_again_keeps_the_deadline_and_the_first_use_of_the_one_before() {
    let world = World::new();
    let token = world.approved("t");
    let how = RotateToken {
        until: Some("first_use".to_owned()),
        overlap_seconds: Some(60),
        ..RotateToken::default()
    };
    let rotate = || {
        let own = world.own(&world.bob);
        tokens::rotate(world.app(), &own, token.view.row.id, &how, Some("k")).unwrap()
    };
    let (first, second) = (rotate(), rotate());
    assert_eq!(first.old_ends_at, second.old_ends_at);
    let of = |value: &str| world.told(value, &FETCH, &world.labs).0;
    assert_eq!(of(first.secret.expose()), 401);
    assert_eq!(of(token.secret.expose()), 200, "the old value goes on");
    assert_eq!(of(second.secret.expose()), 200);
    assert_eq!(
        of(token.secret.expose()),
        401,
        "until the new one's first use"
    );
}

#[derive(Clone, Copy, Debug)]
enum Step {
    CreateAgain,
    Rotate(&'static RotateToken, bool),
    UseNewest,
}

static PLAIN: RotateToken = RotateToken {
    expires_in: None,
    expires_at: None,
    overlap_seconds: None,
    until: None,
    replace: false,
};
static REPLACE: RotateToken = RotateToken {
    replace: true,
    expires_in: None,
    expires_at: None,
    overlap_seconds: None,
    until: None,
};

/// Whatever is asked for in whatever order, one value lives without a deadline: the newest, and it is
/// the one that was given last.
#[test]
fn never_do_two_values_live_without_a_deadline() {
    const STEPS: [Step; 5] = [
        Step::CreateAgain,
        Step::Rotate(&PLAIN, false),
        Step::Rotate(&PLAIN, true),
        Step::Rotate(&REPLACE, true),
        Step::UseNewest,
    ];
    let world = World::new();
    world.site_policy(&SitePolicy {
        tokens_per_user: 10_000,
        ..SitePolicy::default()
    });
    let own = world.own(&world.bob);
    let app = world.app();
    let count = STEPS.len();
    for n in 0..count.pow(3) {
        let steps = [n % count, n / count % count, n / count / count].map(|at| STEPS[at]);
        let (new, key) = (plain(&n.to_string()), format!("c{n}"));
        let created = tokens::create(app, &own, &new, Some(&key)).unwrap();
        let id = created.view.row.id;
        let mut given = vec![created.secret.expose().to_owned()];
        for step in steps {
            match step {
                Step::CreateAgain => {
                    if let Ok(again) = tokens::create(app, &own, &new, Some(&key)) {
                        given.push(again.secret.expose().to_owned());
                    }
                }
                Step::Rotate(how, keyed) => {
                    let key = keyed.then(|| format!("r{n} {}", how.replace));
                    if let Ok(rotated) = tokens::rotate(app, &own, id, how, key.as_deref()) {
                        given.push(rotated.secret.expose().to_owned());
                    }
                }
                Step::UseNewest => world
                    .git(given.last().unwrap(), &FETCH, &world.site)
                    .unwrap(),
            }
            let values = world
                .store()
                .read(|unit| secrets::of_token(unit, id))
                .unwrap();
            let living: Vec<_> = values
                .iter()
                .filter(|value| !value.end().is_over_at(app.now()))
                .collect();
            let endless = living.iter().filter(|value| value.retires_at.is_none());
            assert_eq!(endless.count(), 1, "{steps:?}");
            assert!(living.len() <= 2, "{steps:?}");
            assert_eq!((living[0].id, living[0].retires_at), (values[0].id, None));
            let newest = given.last().unwrap().split('_').nth(2).unwrap();
            let name = living[0].public_name.as_deref().unwrap();
            assert!(newest.ends_with(name), "{steps:?}");
        }
    }
}
