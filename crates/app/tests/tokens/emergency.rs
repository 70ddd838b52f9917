//! Ending credentials of others, many at once: by person, organization, kind and moment.

use jeton_app::emergency::{self, Aim, Target};
use jeton_app::foresight::Window;
use jeton_app::{Call, Named};
use jeton_domain::Span;
use jeton_testkit::{Person, operations};

use crate::outcome::{events, fault, refused};
use crate::world::{FETCH, World, labs, plain};

const ALL: Window = Window {
    offset: 0,
    count: 100,
};

fn call(world: &World, person: &Person) -> Call {
    world
        .kit
        .by(person, &operations::ADMINISTRATOR, Named::Site)
}

fn tokens() -> Aim {
    Aim {
        kinds: [Target::FineGrained].into(),
        ..Aim::default()
    }
}

#[test]
fn a_persons_tokens_are_looked_at_then_ended_in_one_commit() {
    let world = World::new();
    let olga = world.kit.administrator("olga");
    let bobs = [world.approved("a"), world.approved("b")];
    let anns = world.create(&world.ann, &labs("ann"));
    let aim = Aim {
        user: Some("Bob".to_owned()),
        ..tokens()
    };
    let by_olga = call(&world, &olga);
    let seen = emergency::preview(world.app(), &by_olga, &aim, ALL).unwrap();
    assert_eq!((seen.tokens, seen.people, seen.sign_ins), (2, 1, 0));
    let names: Vec<_> = seen.page.iter().map(|token| token.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(
        world.told(bobs[0].secret.expose(), &FETCH, &world.labs),
        (200, "ok"),
        "looking ends nothing"
    );
    let before = world.tombstones().lines().count();
    let seq = world.app().changes().unwrap().0;
    let done = emergency::strike(world.app(), &by_olga, &aim, "a laptop was stolen").unwrap();
    assert_eq!((done.tokens, done.people), (2, 1));
    assert_eq!(world.app().changes().unwrap().0, seq + 1, "one commit");
    assert_eq!(world.tombstones().lines().count(), before + 2);
    for token in &bobs {
        assert_eq!(
            world.told(token.secret.expose(), &FETCH, &world.labs),
            (401, "revoked")
        );
    }
    assert_eq!(
        world.told(anns.secret.expose(), &FETCH, &world.labs),
        (200, "ok")
    );
    assert_eq!(
        events(&world.kit).last().unwrap(),
        "site.emergency_revocation"
    );
    let again = emergency::preview(world.app(), &by_olga, &aim, ALL).unwrap();
    assert_eq!(again.tokens, 0);
}

#[test]
fn only_what_was_made_before_the_moment_is_ended() {
    let world = World::new();
    let olga = world.kit.administrator("olga");
    let old = world.approved("old");
    world.kit.advance(Span::from_days(1));
    let moment = world.app().now();
    for person in [&world.ann, &world.bob, &olga] {
        world.prove(person);
    }
    let new = world.approved("new");
    let aim = Aim {
        before: Some(moment),
        ..tokens()
    };
    let done = emergency::strike(world.app(), &call(&world, &olga), &aim, "").unwrap();
    assert_eq!(done.tokens, 1);
    assert_eq!(
        world.told(old.secret.expose(), &FETCH, &world.labs),
        (401, "revoked")
    );
    assert_eq!(
        world.told(new.secret.expose(), &FETCH, &world.labs),
        (200, "ok")
    );
}

#[test]
fn an_organizations_tokens_are_ended_and_nobodys_own() {
    let world = World::new();
    let olga = world.kit.administrator("olga");
    let there = world.approved("there");
    let own = world.create(&world.bob, &plain("own"));
    let aim = Aim {
        organization: Some("alta3".to_owned()),
        ..tokens()
    };
    emergency::strike(world.app(), &call(&world, &olga), &aim, "").unwrap();
    assert_eq!(
        world.told(there.secret.expose(), &FETCH, &world.site),
        (401, "revoked")
    );
    assert_eq!(
        world.told(own.secret.expose(), &FETCH, &world.site),
        (200, "ok")
    );
}

#[test]
fn sign_ins_end_but_the_one_that_asks() {
    let world = World::new();
    let olga = world.kit.administrator("olga");
    let aim = Aim {
        kinds: [Target::Client, Target::Session].into(),
        before: Some(world.app().now().after(Span::from_days(1))),
        ..Aim::default()
    };
    let by_olga = call(&world, &olga);
    let seen = emergency::preview(world.app(), &by_olga, &aim, ALL).unwrap();
    assert_eq!((seen.tokens, seen.sign_ins), (0, 3));
    // It only takes away: no confirmation, however long ago it was.
    world.kit.advance(Span::from_micros(13 * 3_600_000_000));
    let done = emergency::strike(world.app(), &by_olga, &aim, "").unwrap();
    assert_eq!(done.sign_ins, 3);
    let bob = world.kit.by(&world.bob, &operations::OWN, Named::Own);
    assert_eq!(
        refused(world.app().read(&bob, |_, _| Ok(()))),
        (401, "revoked")
    );
    assert!(emergency::preview(world.app(), &by_olga, &aim, ALL).is_ok());
}

#[test]
fn what_is_meant_must_be_said() {
    let world = World::new();
    let olga = world.kit.administrator("olga");
    let by_olga = call(&world, &olga);
    let told = |aim: &Aim| fault(emergency::strike(world.app(), &by_olga, aim, ""));
    assert_eq!(told(&Aim::default()), ("kinds", "invalid"));
    assert_eq!(told(&tokens()), ("issued_before", "invalid"));
    let mut aim = tokens();
    aim.user = Some("nobody".to_owned());
    assert_eq!(told(&aim), ("user", "missing"));
    aim.user = None;
    aim.organization = Some("bob".to_owned());
    assert_eq!(told(&aim), ("organization", "missing"));
    aim.organization = Some("alta3".to_owned());
    aim.kinds = Target::ALL.into();
    assert_eq!(told(&aim), ("organization", "invalid"));
    aim = tokens();
    aim.user = Some("bob".to_owned());
    assert_eq!(
        refused(emergency::strike(
            world.app(),
            &call(&world, &world.ann),
            &aim,
            ""
        )),
        (403, "administrator_needed")
    );
    let long = "x".repeat(1025);
    assert_eq!(
        fault(emergency::strike(world.app(), &by_olga, &aim, &long)),
        ("reason", "invalid")
    );
}
