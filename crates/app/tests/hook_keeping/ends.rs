//! What becomes of webhooks when what they hang on goes, or who made them.

use jeton_app::{Named, hooks, organizations, repositories, users};
use jeton_domain::{OrganizationRole, Visibility};
use jeton_testkit::operations;

use crate::outcome::count;
use crate::world::{RETENTION, World, new, signed};

const KEPT: &str = "SELECT COUNT(*) FROM hooks WHERE deleted_at IS NULL";
const SECRETS: &str = "SELECT COUNT(*) FROM hooks WHERE secret IS NOT NULL";

#[test]
fn those_of_a_deleted_repository_are_told_what_waits_and_go() {
    let world = World::new();
    world.made(&world.of(&world.labs), &signed("one", "s3cret"));
    let other = world
        .made(&world.of(&world.vault), &new("one", &["push"]))
        .row
        .id;
    repositories::delete(world.app(), &world.of(&world.labs)).unwrap();
    world.app().forget(RETENTION).unwrap();
    assert_eq!(
        count(&world.kit, KEPT),
        2,
        "its ping waits, and takes the secret"
    );
    world.answered(200);
    world.app().forget(RETENTION).unwrap();
    assert_eq!(
        (count(&world.kit, KEPT), count(&world.kit, SECRETS)),
        (1, 0)
    );
    assert!(hooks::show(world.app(), &world.of(&world.vault), other).is_ok());
}

#[test]
fn those_of_a_deleted_organization_go_too() {
    let world = World::new();
    world.made(&world.owner(), &signed("one", "s3cret"));
    for repository in [&world.labs, &world.vault] {
        repositories::delete(world.app(), &world.of(repository)).unwrap();
    }
    organizations::delete(world.app(), &world.owner()).unwrap();
    world.answered(200);
    world.app().forget(RETENTION).unwrap();
    assert_eq!(
        (count(&world.kit, KEPT), count(&world.kit, SECRETS)),
        (0, 0)
    );
}

#[test]
fn those_of_a_repository_that_is_handed_over_end_at_once() {
    let world = World::new();
    let root = world.kit.administrator("ruth");
    let notes = world
        .kit
        .repository((world.bob.account(), "bob"), "notes", Visibility::Private);
    let call = world.kit.by(
        &world.bob,
        &operations::ADMIN,
        jeton_testkit::named::repository(&notes),
    );
    world.made(&call, &signed("one", "s3cret"));
    let site = world.kit.by(&root, &operations::ADMINISTRATOR, Named::Site);
    let fate = users::Fate::HandOver("ann".to_owned());
    users::delete(world.app(), &site, "bob", &fate).unwrap();
    assert_eq!(
        (count(&world.kit, KEPT), count(&world.kit, SECRETS)),
        (0, 0)
    );
    let waiting = "SELECT COUNT(*) FROM hook_deliveries WHERE delivered_at IS NULL";
    assert_eq!(count(&world.kit, waiting), 0);
}

#[test]
fn one_stays_when_who_made_it_leaves() {
    let world = World::new();
    let owner = organization_owner(&world);
    let id = world.made(&owner, &new("one", &["push"])).row.id;
    organizations::remove_member(world.app(), &world.owner(), "carl").unwrap();
    assert!(hooks::show(world.app(), &world.owner(), id).is_ok());
}

/// Carl, who owns alta3 too.
fn organization_owner(world: &World) -> jeton_app::Call {
    let carl = world.kit.person("carl");
    world
        .kit
        .member(&world.alta3, &carl, OrganizationRole::Owner);
    let organization = jeton_testkit::named::organization(&world.alta3);
    world.kit.by(&carl, &operations::OWNER, organization)
}
