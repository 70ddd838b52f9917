//! Setting, listing and deleting.

use jeton_app::job_secrets::{self, GivenValue, NewSecret, Put, SecretValue};
use jeton_domain::{JobSecretVisibility, Selection, Span};

use crate::outcome::{conflict, count, fault, is_missing};
use crate::world::{World, new, pairs};

#[test]
fn a_secret_is_set_replaced_listed_and_deleted_and_its_value_is_in_no_answer() {
    let world = World::new();
    let call = world.of(&world.labs);
    assert_eq!(world.set(&call, "deploy_key", "first"), Put::Made);
    world.kit.advance(Span::from_hours(1));
    assert_eq!(world.set(&call, "DEPLOY_KEY", "second"), Put::Replaced);
    world.set(&call, "A", "x");
    let list = job_secrets::list(world.app(), &call, 0, 30).unwrap();
    let names: Vec<_> = list.items.iter().map(|row| row.name.as_str()).collect();
    assert_eq!((names, list.total), (vec!["A", "DEPLOY_KEY"], 2));
    let row = job_secrets::show(world.app(), &call, "Deploy_Key").unwrap();
    assert_eq!(row.updated_at, row.created_at.after(Span::from_hours(1)));
    assert_eq!(
        world.given(&world.labs),
        pairs(&[("A", "x"), ("DEPLOY_KEY", "second")])
    );
    assert!(!format!("{list:?}{row:?}").contains("second"));
    job_secrets::delete(world.app(), &call, "deploy_key").unwrap();
    assert!(is_missing(job_secrets::show(
        world.app(),
        &call,
        "DEPLOY_KEY"
    )));
    assert!(is_missing(job_secrets::delete(
        world.app(),
        &call,
        "DEPLOY_KEY"
    )));
    assert_eq!(world.given(&world.labs), pairs(&[("A", "x")]));
    // One of another place is not this place's.
    assert!(is_missing(job_secrets::show(
        world.app(),
        &world.of(&world.vault),
        "A"
    )));
    assert!(is_missing(job_secrets::show(
        world.app(),
        &world.owner(),
        "A"
    )));
}

#[test]
fn a_value_typed_into_a_page_is_kept_like_one_that_was_sealed() {
    let world = World::new();
    let call = world.of(&world.labs);
    let typed = GivenValue::Typed(SecretValue::typed("typed"));
    job_secrets::put(world.app(), &call, &new("X", typed)).unwrap();
    assert_eq!(world.given(&world.labs), pairs(&[("X", "typed")]));
}

#[test]
fn each_change_leaves_an_entry_with_the_name_and_no_value() {
    let world = World::new();
    let call = world.of(&world.labs);
    world.set(&call, "X", "s3cret one");
    world.set(&call, "X", "s3cret two");
    job_secrets::delete(world.app(), &call, "X").unwrap();
    world
        .set_for(&world.owner(), "Y", JobSecretVisibility::All, None)
        .unwrap();
    world.set_own("Z", "s3cret three", &[&world.labs]);
    for (event, user) in [
        ("repo.create_actions_secret", 0),
        ("repo.update_actions_secret", 0),
        ("repo.remove_actions_secret", 0),
        ("org.create_actions_secret", 0),
        ("user.create_codespaces_secret", 1),
    ] {
        let entries = format!(
            "SELECT COUNT(*) FROM audit WHERE event = '{event}' AND body LIKE '%\"secret_name\":%' \
             AND body NOT LIKE '%s3cret%' AND (user_id IS NOT NULL) = {user}"
        );
        assert_eq!(count(&world.kit, entries.leak()), 1, "{event}");
    }
}

#[test]
fn a_place_has_so_many_and_no_more() {
    let world = World::new();
    let call = world.of(&world.labs);
    let typed = || GivenValue::Typed(SecretValue::typed("x"));
    for number in 0..100 {
        let name = format!("N{number:03}");
        job_secrets::put(world.app(), &call, &new(&name, typed())).unwrap();
    }
    let more = job_secrets::put(world.app(), &call, &new("MORE", typed()));
    assert_eq!(fault(more), ("secret_name", "custom"));
    // One that is there is replaced all the same.
    let again = job_secrets::put(world.app(), &call, &new("N099", typed())).unwrap();
    assert_eq!(again, Put::Replaced);
    let page = job_secrets::list(world.app(), &call, 90, 30).unwrap();
    assert_eq!((page.items.len(), page.total), (10, 100));
    assert_eq!(page.items[0].name, "N090");
}

#[test]
fn an_organization_has_a_thousand_and_its_jobs_get_each() {
    let world = World::new();
    let owner = world.owner();
    let set = |name: &str| {
        let value = GivenValue::Typed(SecretValue::typed(format!("value of {name}")));
        let all = NewSecret {
            visibility: Some(JobSecretVisibility::All),
            ..new(name, value)
        };
        job_secrets::put(world.app(), &owner, &all)
    };
    let names: Vec<String> = (0..1000).map(|n| format!("N{n:04}")).collect();
    for name in &names {
        assert_eq!(set(name).unwrap(), Put::Made);
    }
    assert_eq!(fault(set("MORE")), ("secret_name", "custom"));
    assert_eq!(set("N0999").unwrap(), Put::Replaced);
    let page = job_secrets::list(world.app(), &owner, 970, 100).unwrap();
    assert_eq!((page.items.len(), page.total), (30, 1000));
    assert_eq!(page.items[29].name, "N0999");
    let given = world.given(&world.labs);
    assert_eq!(given.len(), 1000);
    for ((name, value), wanted) in given.iter().zip(&names) {
        assert_eq!((name, value), (wanted, &format!("value of {wanted}")));
    }
    // The entry of the hand-out names each.
    let entries = "SELECT COUNT(*) FROM audit WHERE body LIKE '%N0000%' AND body LIKE '%N0999%'";
    assert_eq!(count(&world.kit, entries), 1);
}

#[test]
fn a_token_for_some_repositories_decides_for_no_others() {
    let world = World::new();
    world
        .set_for(&world.owner(), "ALL", JobSecretVisibility::All, None)
        .unwrap();
    let some = world.token(jeton_testkit::Kit::only([&world.labs]));
    let call = world.owner_with(&some);
    let set = world.set_for(&call, "MINE", JobSecretVisibility::All, None);
    assert!(
        matches!(set, Err(jeton_app::AppError::Forbidden(_))),
        "{set:?}"
    );
    assert_eq!(
        conflict(job_secrets::select(
            world.app(),
            &call,
            "ALL",
            world.labs.id.get()
        )),
        "state"
    );
    let all = world.owner_with(&world.token(Selection::All));
    world
        .set_for(&all, "MINE", JobSecretVisibility::All, None)
        .unwrap();
}
