//! What becomes of secrets when their owner goes, and of their bytes when they go.

use jeton_app::{Named, organizations, repositories, users};
use jeton_domain::{JobSecretVisibility, Span, Visibility};
use jeton_testkit::{Repository, named, operations};

use crate::outcome::count;
use crate::world::World;

const SECRETS: &str = "SELECT COUNT(*) FROM job_secrets";
const PAIRS: &str = "SELECT COUNT(*) FROM sealing_keys";
const SELECTED: &str = "SELECT COUNT(*) FROM job_secret_repositories";

fn counts(world: &World) -> [i64; 3] {
    [SECRETS, PAIRS, SELECTED].map(|sql| count(&world.kit, sql))
}

fn delete(world: &World, repository: &Repository) {
    let at = named::repository(repository);
    let call = world.kit.by(&world.ann, &operations::ADMIN, at);
    repositories::delete(world.app(), &call).unwrap();
}

#[test]
fn those_of_a_deleted_repository_go_with_it_and_it_leaves_every_selection() {
    let world = World::new();
    world.set(&world.of(&world.labs), "X", "x");
    world.set(&world.of(&world.vault), "X", "x");
    let labs = [world.labs.id.get()];
    world
        .set_for(
            &world.owner(),
            "Y",
            JobSecretVisibility::Selected,
            Some(&labs),
        )
        .unwrap();
    assert_eq!(counts(&world), [3, 3, 1]);
    delete(&world, &world.labs);
    assert_eq!(counts(&world), [2, 2, 0]);
}

#[test]
fn those_of_a_deleted_organization_and_a_deleted_person_go_too() {
    let world = World::new();
    world
        .set_for(&world.owner(), "Y", JobSecretVisibility::All, None)
        .unwrap();
    world.set_own("Z", "z", &[&world.labs]);
    for repository in [&world.labs, &world.vault, &world.open] {
        delete(&world, repository);
    }
    organizations::delete(world.app(), &world.owner()).unwrap();
    assert_eq!(counts(&world), [1, 1, 0]);
    let root = world.kit.administrator("ruth");
    let site = world.kit.by(&root, &operations::ADMINISTRATOR, Named::Site);
    users::delete(world.app(), &site, "bob", &users::Fate::Delete).unwrap();
    assert_eq!(counts(&world), [0, 0, 0]);
}

#[test]
fn those_of_a_repository_that_is_handed_over_end() {
    let world = World::new();
    let notes = world
        .kit
        .repository((world.bob.account(), "bob"), "notes", Visibility::Private);
    let at = named::repository(&notes);
    let call = world.kit.by(&world.bob, &operations::WRITE, at);
    world.set(&call, "X", "bob's word");
    let root = world.kit.administrator("ruth");
    let site = world.kit.by(&root, &operations::ADMINISTRATOR, Named::Site);
    let fate = users::Fate::HandOver("ann".to_owned());
    users::delete(world.app(), &site, "bob", &fate).unwrap();
    assert_eq!(counts(&world), [0, 0, 0]);
}

#[test]
fn what_a_restored_backup_brings_of_owners_that_are_gone_is_destroyed() {
    let world = World::new();
    world.set(&world.of(&world.labs), "X", "x");
    let gone = "UPDATE repositories SET state = 'deleted', deleted_at = 1 WHERE name = 'labs'";
    let done = world.kit.store().write(|unit| unit.execute(gone, &[]));
    assert_eq!(done.unwrap(), 1);
    let retention = jeton_app::Retention {
        organization: Span::from_days(180),
        user: Span::from_days(90),
    };
    world.app().forget(retention).unwrap();
    assert_eq!(counts(&world), [0, 0, 0]);
}
