//! The repositories that a secret is for.

use jeton_app::{AppError, Call, job_secrets};
use jeton_domain::{BasePermission, JobSecretVisibility};
use jeton_testkit::{Kit, Repository, named, operations};

use crate::outcome::{conflict, fault, is_missing, refused};
use crate::world::{World, pairs};

fn chosen(world: &World, call: &Call, name: &str) -> Vec<String> {
    let list = job_secrets::repositories(world.app(), call, name, 0, 30).unwrap();
    assert_eq!(list.total, list.items.len() as u64);
    list.items.into_iter().map(|view| view.row.name).collect()
}

fn numbers(repositories: &[&Repository]) -> Vec<i64> {
    repositories.iter().map(|at| at.id.get()).collect()
}

fn some(world: &World, repositories: &[&Repository]) {
    let chosen = numbers(repositories);
    world
        .set_for(
            &world.owner(),
            "X",
            JobSecretVisibility::Selected,
            Some(&chosen),
        )
        .unwrap();
}

#[test]
fn they_are_set_added_and_taken_off() {
    let world = World::new();
    let (app, owner) = (world.app(), world.owner());
    some(&world, &[&world.labs]);
    assert_eq!(chosen(&world, &owner, "X"), ["labs"]);
    job_secrets::select(app, &owner, "X", world.vault.id.get()).unwrap();
    job_secrets::select(app, &owner, "X", world.vault.id.get()).unwrap();
    assert_eq!(chosen(&world, &owner, "x"), ["labs", "vault"]);
    job_secrets::unselect(app, &owner, "X", world.labs.id.get()).unwrap();
    job_secrets::unselect(app, &owner, "X", world.labs.id.get()).unwrap();
    assert_eq!(chosen(&world, &owner, "X"), ["vault"]);
    job_secrets::set_repositories(app, &owner, "X", &numbers(&[&world.labs, &world.open])).unwrap();
    assert_eq!(chosen(&world, &owner, "X"), ["labs", "open"]);
    // Another value leaves them, where nothing is said of them.
    world
        .set_for(&owner, "X", JobSecretVisibility::Selected, None)
        .unwrap();
    assert_eq!(chosen(&world, &owner, "X"), ["labs", "open"]);
    job_secrets::set_repositories(app, &owner, "X", &[]).unwrap();
    assert_eq!(chosen(&world, &owner, "X"), [""; 0]);
    assert_eq!(world.given(&world.labs), pairs(&[]));
}

#[test]
fn one_that_is_not_for_selected_ones_takes_none() {
    let world = World::new();
    let (app, owner, labs) = (world.app(), world.owner(), world.labs.id.get());
    world
        .set_for(&owner, "X", JobSecretVisibility::All, None)
        .unwrap();
    assert_eq!(
        conflict(job_secrets::set_repositories(app, &owner, "X", &[labs])),
        "state"
    );
    assert_eq!(
        conflict(job_secrets::select(app, &owner, "X", labs)),
        "state"
    );
    assert_eq!(
        conflict(job_secrets::unselect(app, &owner, "X", labs)),
        "state"
    );
    let both = world.set_for(&owner, "X", JobSecretVisibility::All, Some(&[labs]));
    assert_eq!(fault(both), ("selected_repository_ids", "custom"));
}

#[test]
fn what_is_not_there_or_another_owners_is_not_taken() {
    let world = World::new();
    let (app, owner) = (world.app(), world.owner());
    some(&world, &[&world.labs]);
    let anns = world.kit.repository(
        (world.ann.account(), "ann"),
        "notes",
        jeton_domain::Visibility::Private,
    );
    for number in [anns.id.get(), 999, 0, -1, i64::MAX] {
        assert!(
            is_missing(job_secrets::select(app, &owner, "X", number)),
            "{number}"
        );
        let set = job_secrets::set_repositories(app, &owner, "X", &[world.labs.id.get(), number]);
        assert_eq!(
            fault(set),
            ("selected_repository_ids", "missing"),
            "{number}"
        );
    }
    let many: Vec<i64> = (1..=1001).collect();
    let set = job_secrets::set_repositories(app, &owner, "X", &many);
    assert_eq!(fault(set), ("selected_repository_ids", "custom"));
    assert_eq!(chosen(&world, &owner, "X"), ["labs"]);
    world.kit.base(&world.alta3, BasePermission::None);
    // Bob does not see the vault: it is as missing as what is not there.
    world.set_own("OWN", "x", &[&world.labs]);
    let bob = world.own(&world.bob);
    assert!(is_missing(job_secrets::select(
        app,
        &bob,
        "OWN",
        world.vault.id.get()
    )));
}

#[test]
fn a_token_sees_and_changes_only_what_it_reaches() {
    let world = World::new();
    some(&world, &[&world.labs, &world.vault]);
    let token = world.token(Kit::only([&world.labs]));
    let (app, call) = (world.app(), world.owner_with(&token));
    assert_eq!(chosen(&world, &call, "X"), ["labs"]);
    assert!(is_missing(job_secrets::unselect(
        app,
        &call,
        "X",
        world.vault.id.get()
    )));
    job_secrets::set_repositories(app, &call, "X", &[]).unwrap();
    assert_eq!(chosen(&world, &call, "X"), [""; 0]);
    assert_eq!(chosen(&world, &world.owner(), "X"), ["vault"], "it stays");
    job_secrets::select(app, &call, "X", world.labs.id.get()).unwrap();
    assert_eq!(chosen(&world, &world.owner(), "X"), ["labs", "vault"]);
}

#[test]
fn one_more_takes_a_confirmed_sign_in_and_one_less_does_not() {
    let world = World::new();
    some(&world, &[&world.labs]);
    world.kit.advance(jeton_domain::Span::from_hours(13));
    let organization = named::organization(&world.alta3);
    let call = world.kit.by(&world.ann, &operations::OWNER, organization);
    let set = |numbers: &[i64]| job_secrets::set_repositories(world.app(), &call, "X", numbers);
    let more: Result<(), AppError> = set(&numbers(&[&world.labs, &world.vault]));
    assert_eq!(refused(more), (403, "confirmation_needed"));
    set(&[]).unwrap();
}
