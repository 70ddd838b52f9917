//! What is counted is written sooner or later, and once.

use jeton_app::tokens;

use crate::world::{FETCH, World};

fn fetch(world: &World, value: &str, times: usize) {
    for _ in 0..times {
        world.git(value, &FETCH, &world.labs).unwrap();
    }
}

#[test]
fn what_a_flush_can_not_write_the_next_one_does() {
    let world = World::new();
    let token = world.approved("t");
    let (id, value) = (token.view.row.id, token.secret.expose());
    let written = || -> i64 {
        let usage = tokens::usage(world.app(), &world.own(&world.bob), id, 24).unwrap();
        assert_eq!(usage.view.uses.len(), 1);
        usage.hours.iter().map(|hour| hour.count).sum()
    };
    fetch(&world, value, 3);
    world.change("ALTER TABLE usage_hours RENAME TO away");
    assert!(world.app().flush_activity().is_err());
    fetch(&world, value, 2);
    assert!(world.app().flush_activity().is_err());
    world.change("ALTER TABLE away RENAME TO usage_hours");
    assert_eq!(written(), 5);
    assert_eq!(written(), 5, "written once");
    fetch(&world, value, 1);
    assert_eq!(written(), 6);
}
