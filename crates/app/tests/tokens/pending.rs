//! Requests that wait too long.

use jeton_app::{organizations, tokens};
use jeton_domain::{Span, Standing};
use serde_json::json;

use crate::outcome::{count, events};
use crate::world::{World, labs};

#[test]
fn a_request_that_waits_too_long_is_over_and_may_be_asked_again() {
    let world = World::new();
    let id = world.create(&world.bob, &labs("t")).view.row.id;
    let own = world.own(&world.bob);
    world.kit.advance(Span::from_days(30));
    world.app().housekeep().unwrap();
    let waits = |world: &World| world.show(&world.bob, id).pending.is_some();
    assert!(waits(&world), "30 days are allowed");
    world.kit.advance(Span::from_micros(1));
    world.app().housekeep().unwrap();
    assert!(!waits(&world));
    assert_eq!(world.show(&world.bob, id).row.standing, Standing::Cancelled);
    let log = events(&world.kit);
    let expired = log
        .iter()
        .filter(|event| *event == "personal_access_token.request_expired");
    assert_eq!(expired.count(), 1);
    assert_eq!(
        count(
            &world.kit,
            "SELECT COUNT(*) FROM requests WHERE state = 'expired' AND decided_by IS NULL"
        ),
        1
    );
    world.prove(&world.bob);
    let asked = tokens::ask_again(world.app(), &own, id, None).unwrap();
    assert!(asked.pending.is_some());
    world.app().housekeep().unwrap();
    assert!(waits(&world), "the new one has its own time");
}

#[test]
fn the_organization_says_how_long_a_request_waits() {
    let world = World::new();
    let call = world.owner(&world.ann);
    let say = |value: serde_json::Value| {
        let settings = json!({ "pending_maximum": value });
        organizations::patch_policy(world.app(), &call, settings.as_object().unwrap()).unwrap();
    };
    let waiting = || world.waiting(&call).len();
    world.create(&world.bob, &labs("t"));
    say(json!("unlimited"));
    world.kit.advance(Span::from_days(60));
    world.prove(&world.ann);
    world.app().housekeep().unwrap();
    assert_eq!(waiting(), 1);
    say(json!({ "days": 7 }));
    world.app().housekeep().unwrap();
    assert_eq!(waiting(), 0);
}
