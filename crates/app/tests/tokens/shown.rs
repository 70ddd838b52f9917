//! What is shown from memory is what storage says, after every change of it.

use bytes::Bytes;
use jeton_app::repositories::{RepositoryEdit, RepositoryView};
use jeton_app::users::UserView;
use jeton_app::{
    AppError, Call, Named, oneself_at_once, organizations, repositories, repository_at_once, users,
};
use jeton_domain::{Role, Visibility};
use jeton_store::collaborators;
use jeton_testkit::{named, operations};

use crate::world::{World, labs};

/// A world with a token of bob's that was used before.
fn used() -> (World, String) {
    let world = World::new();
    let value = world.approved("t").secret.expose().to_owned();
    let call = world.call(&value, &repositories::GET, &world.labs);
    for _ in 0..2 {
        repositories::show(world.app(), &call).unwrap();
    }
    (world, value)
}

/// All that what is written of a repository may depend on.
fn words(view: &RepositoryView) -> Bytes {
    format!("{:?} {:?}", view.row, view.may()).into()
}

fn at_once(world: &World, call: &Call) -> Option<Result<Bytes, AppError>> {
    repository_at_once(world.app(), call, words)
}

fn edit(world: &World, path: Named, edit: &RepositoryEdit) {
    let call = world.kit.by(&world.ann, &operations::ADMIN, path);
    repositories::update(world.app(), &call, edit).unwrap();
}

#[test]
fn a_repository_from_memory_follows_every_change_of_it() {
    let (world, value) = used();
    // What memory says is what storage says, and the next time memory knows it.
    let said = |call: &Call| {
        let early = at_once(&world, call);
        let shown = repositories::show(world.app(), call).unwrap();
        if let Some(early) = early {
            assert_eq!(early.unwrap(), words(&shown));
        }
        // Written the first time, and read the second.
        for _ in 0..2 {
            let again = at_once(&world, call).unwrap().unwrap();
            assert_eq!(again, words(&shown));
        }
        shown
    };
    let path = || named::repository(&world.labs);
    let by_path = |path: Named| {
        let mut call = world.call(&value, &repositories::GET, &world.labs);
        call.named = path;
        call
    };
    assert_eq!(said(&by_path(path())).row.description, "");
    let described = RepositoryEdit {
        description: Some("What we try.".to_owned()),
        ..RepositoryEdit::default()
    };
    edit(&world, path(), &described);
    assert!(at_once(&world, &by_path(path())).is_none());
    assert_eq!(said(&by_path(path())).row.description, "What we try.");
    let opened = RepositoryEdit {
        visibility: Some(Visibility::Internal),
        ..RepositoryEdit::default()
    };
    edit(&world, path(), &opened);
    assert_eq!(said(&by_path(path())).row.visibility, Visibility::Internal);
    let renamed = RepositoryEdit {
        name: Some("workshop".to_owned()),
        ..RepositoryEdit::default()
    };
    edit(&world, path(), &renamed);
    let path = |owner: &str| Named::Repository(owner.to_owned(), "workshop".to_owned());
    assert_eq!(said(&by_path(path("alta3"))).row.name, "workshop");
    let call = world.owner(&world.ann);
    organizations::rename(world.app(), &call, "alta4").unwrap();
    assert_eq!(said(&by_path(path("alta4"))).row.owner_login, "alta4");
    world
        .kit
        .collaborator(&world.labs, &world.bob, Role::Maintain);
    assert_eq!(said(&by_path(path("alta4"))).role, Some(Role::Maintain));
}

#[test]
fn what_is_written_of_a_repository_for_one_role_is_not_shown_to_another() {
    let (world, value) = used();
    let bobs = world.call(&value, &repositories::GET, &world.labs);
    // An owner of the organization waits for nobody.
    let owners = world.create(&world.ann, &labs("owner's"));
    let anns = world.call(owners.secret.expose(), &repositories::GET, &world.labs);
    repositories::show(world.app(), &anns).unwrap();
    // What is kept is made anew by whoever reads storage: so all of that first.
    let shown = [&bobs, &anns].map(|call| repositories::show(world.app(), call).unwrap());
    assert_eq!(
        [shown[0].may(), shown[1].may()],
        [Some(Role::Write), Some(Role::Admin)]
    );
    for (call, shown) in [(&bobs, &shown[0]), (&anns, &shown[1]), (&bobs, &shown[0])] {
        assert_eq!(at_once(&world, call).unwrap().unwrap(), words(shown));
    }
}

#[test]
fn a_repository_that_is_seen_no_more_is_not_in_memory_either() {
    let (world, value) = used();
    let call = world.call(&value, &repositories::GET, &world.labs);
    assert!(at_once(&world, &call).unwrap().is_ok());
    let (labs, bob, now) = (world.labs.id, world.bob.id, world.app().now());
    world
        .store()
        .write(|unit| {
            collaborators::remove(unit, labs, bob)?;
            unit.feed(now, "test", bob)
        })
        .unwrap();
    assert!(at_once(&world, &call).is_none());
    assert!(repositories::show(world.app(), &call).is_err());
    assert!(at_once(&world, &call).is_none());
}

#[test]
fn a_person_from_memory_follows_every_change_of_them() {
    let (world, value) = used();
    let mut call = world.call(&value, &operations::OWN, &world.labs);
    call.named = Named::Own;
    let words = |view: &UserView| Bytes::from(format!("{view:?}"));
    let at_once = || oneself_at_once(world.app(), &call, words);
    let said = || {
        let early = at_once();
        let shown = users::oneself(world.app(), &call).unwrap();
        if let Some(early) = early {
            assert_eq!(early.unwrap(), words(&shown));
        }
        for _ in 0..2 {
            assert_eq!(at_once().unwrap().unwrap(), words(&shown));
        }
        shown
    };
    said();
    let own = world.own(&world.bob);
    users::rename_display(world.app(), &own, "Bob the Builder").unwrap();
    assert!(at_once().is_none());
    assert_eq!(said().row.name, "Bob the Builder");
    assert_eq!(said().organizations, ["alta3"]);
    organizations::rename(world.app(), &world.owner(&world.ann), "alta4").unwrap();
    assert_eq!(said().organizations, ["alta4"]);
}
