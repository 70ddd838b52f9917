//! Limits: windows of an hour, exact at the edge; good credentials pay for nobody else.

use jeton_app::{Call, Door, Limits};
use jeton_domain::Span;
use jeton_testkit::{Kit, named};

use crate::outcome::refused;
use crate::world::{FETCH, World, carried, strange};

fn world(anonymous: u32, failures: u32, principal: u32) -> World {
    World::on(Kit::with(Limits {
        anonymous,
        failures,
        principal,
    }))
}

fn anonymous(world: &World) -> Call {
    world.kit.anonymous(&FETCH, named::repository(&world.site))
}

#[test]
fn an_address_makes_so_many_anonymous_requests_an_hour_and_not_one_less() {
    let world = world(3, 0, 0);
    let app = world.app();
    for _ in 0..3 {
        app.permit(&anonymous(&world)).unwrap();
    }
    assert_eq!(
        refused(app.permit(&anonymous(&world))),
        (429, "address_rate")
    );
    let elsewhere = Call {
        address: "192.0.2.8".parse().ok(),
        ..anonymous(&world)
    };
    app.permit(&elsewhere).unwrap();
    // Git sends one with every operation: those are not counted.
    let git = Call {
        door: Door::Git,
        ..anonymous(&world)
    };
    for _ in 0..5 {
        app.permit(&git).unwrap();
    }
    assert_eq!(app.retry_after(), 3600);
    world.kit.advance(Span::from_hours(1));
    app.permit(&anonymous(&world)).unwrap();
}

#[test]
fn failures_are_limited_and_never_delay_a_good_credential() {
    let world = world(0, 2, 0);
    let token = world.approved("t");
    let unknown = carried(world.app(), &strange(world.app()));
    let call = world
        .kit
        .call(&FETCH, named::repository(&world.site), unknown);
    for _ in 0..2 {
        assert_eq!(refused(world.app().permit(&call)), (401, "unknown_token"));
    }
    assert_eq!(refused(world.app().permit(&call)), (429, "address_rate"));
    assert_eq!(
        world.told(token.secret.expose(), &FETCH, &world.labs),
        (200, "ok")
    );
    world.app().permit(&anonymous(&world)).unwrap();
    world.kit.advance(Span::from_hours(1));
    assert_eq!(refused(world.app().permit(&call)), (401, "unknown_token"));
}

#[test]
fn a_persons_tokens_share_one_limit_and_a_request_is_counted_once() {
    let world = world(0, 0, 100);
    let (one, two) = (world.approved("one"), world.approved("two"));
    let used = || world.app().rate_state(world.bob.id).used;
    for token in [&one, &two] {
        let before = used();
        world
            .git(token.secret.expose(), &FETCH, &world.labs)
            .unwrap();
        assert_eq!(used(), before + 1);
    }
    // A door asks memory first and storage after it: that is one request.
    let before = used();
    let call = world.call(one.secret.expose(), &FETCH, &world.vault);
    for _ in 0..2 {
        let at_once = world.app().permit_at_once(&call);
        assert!(
            at_once.is_none(),
            "a refusal of a credential takes the long way"
        );
        assert_eq!(refused(world.app().permit(&call)), (404, "not_visible"));
    }
    assert_eq!(used(), before + 2);
    let allowed = world.call(one.secret.expose(), &FETCH, &world.labs);
    world.app().permit_at_once(&allowed).unwrap().unwrap();
    assert_eq!(used(), before + 3);
    while used() < 100 {
        world.git(one.secret.expose(), &FETCH, &world.labs).unwrap();
    }
    for token in [&one, &two] {
        assert_eq!(
            world.told(token.secret.expose(), &FETCH, &world.labs),
            (429, "principal_rate")
        );
    }
    let anns = world
        .kit
        .by(&world.ann, &FETCH, named::repository(&world.labs));
    world.app().permit(&anns).unwrap();
    world.kit.advance(Span::from_hours(1));
    assert_eq!(
        world.told(one.secret.expose(), &FETCH, &world.labs),
        (200, "ok")
    );
}

/// Slips here would be a limit that is none: what is unchanged takes the server as long as what is not.
#[test]
fn what_is_unchanged_counts_for_nothing_until_the_limit_was_given_back_ten_times() {
    let world = world(0, 0, 20);
    let token = world.approved("one");
    world.kit.advance(Span::from_hours(1));
    let call = world.call(token.secret.expose(), &FETCH, &world.labs);
    let unchanged = |call: &Call| {
        world.app().permit(call).unwrap();
        let told = world.app().unchanged(call, world.app().told(call));
        told.rate.unwrap().used
    };
    for _ in 0..200 {
        assert_eq!(unchanged(&call), 0);
    }
    for used in 1..=20 {
        assert_eq!(unchanged(&call), used);
    }
    assert_eq!(refused(world.app().permit(&call)), (429, "principal_rate"));
    world.kit.advance(Span::from_hours(1));
    assert_eq!(unchanged(&call), 0);
}
