//! A lost answer asked for again (B5).

use jeton_app::tokens::{self, ExpiryWish, NewToken, RotateToken};
use jeton_app::{AppError, Named};
use jeton_domain::Span;

use crate::outcome::{conflict, count, fault, refused};
use crate::world::{FETCH, SELF, World, carried, labs, plain};

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
        let (all, _) = tokens::list(world.app(), &own, 0, 100).unwrap();
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
