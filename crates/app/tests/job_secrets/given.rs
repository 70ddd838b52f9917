//! What jobs are given.

use jeton_app::job_secrets::{self, SecretOwner, SecretsJob};
use jeton_domain::{JobSecretVisibility, Role};

use crate::outcome::count;
use crate::world::{World, job, pairs};

/// The names of what a job may have, and whose each is.
fn names(world: &World, job: &SecretsJob) -> Vec<(String, SecretOwner)> {
    let store = world.kit.store();
    store.read(|unit| job_secrets::names(unit, job)).unwrap()
}

/// `X` of the person, the organization and the repository.
fn three(world: &World) {
    world.set_own("X", "of the person", &[&world.labs]);
    world
        .set_for(&world.owner(), "X", JobSecretVisibility::All, None)
        .unwrap();
    world.set(&world.of(&world.labs), "X", "of the repository");
}

#[test]
fn the_nearest_counts() {
    let world = World::new();
    three(&world);
    assert_eq!(
        world.given(&world.labs),
        pairs(&[("X", "of the repository")])
    );
    job_secrets::delete(world.app(), &world.of(&world.labs), "X").unwrap();
    assert_eq!(
        world.given(&world.labs),
        pairs(&[("X", "of the organization")])
    );
    job_secrets::delete(world.app(), &world.owner(), "X").unwrap();
    assert_eq!(world.given(&world.labs), pairs(&[("X", "of the person")]));
    job_secrets::delete(world.app(), &world.own(&world.bob), "X").unwrap();
    assert_eq!(world.given(&world.labs), pairs(&[]));
}

#[test]
fn an_organizations_are_for_the_repositories_that_it_says() {
    let world = World::new();
    let owner = world.owner();
    for repository in [&world.vault, &world.open] {
        world.kit.collaborator(repository, &world.bob, Role::Write);
    }
    let labs = [world.labs.id.get()];
    for (name, visibility, chosen) in [
        ("ALL", JobSecretVisibility::All, None),
        ("PRIVATE", JobSecretVisibility::Private, None),
        ("SOME", JobSecretVisibility::Selected, Some(&labs[..])),
        ("NONE", JobSecretVisibility::Selected, None),
    ] {
        world.set_for(&owner, name, visibility, chosen).unwrap();
    }
    for (repository, names) in [
        (&world.labs, vec!["ALL", "PRIVATE", "SOME"]),
        (&world.vault, vec!["ALL", "PRIVATE"]),
        (&world.open, vec!["ALL"]),
    ] {
        let given: Vec<_> = world
            .given(repository)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(given, names, "{}", repository.name);
        // What the repository's own list says of it is the same.
        let call = world.of(repository);
        let list = job_secrets::of_organization_for_repository(world.app(), &call, 0, 30).unwrap();
        let listed: Vec<_> = list.items.into_iter().map(|row| row.name).collect();
        assert_eq!(listed, names, "{}", repository.name);
    }
}

#[test]
fn a_persons_are_for_the_jobs_that_they_open_where_they_selected_it() {
    let world = World::new();
    world
        .kit
        .collaborator(&world.vault, &world.bob, Role::Write);
    world.set_own("X", "bob's", &[&world.labs]);
    assert_eq!(world.given(&world.labs), pairs(&[("X", "bob's")]));
    assert_eq!(world.given(&world.vault), pairs(&[]));
    assert_eq!(world.given_to(&job(&world.labs, &world.ann)), []);
}

#[test]
fn a_forks_job_has_none() {
    let world = World::new();
    three(&world);
    let fork = SecretsJob {
        fork: true,
        ..job(&world.labs, &world.bob)
    };
    assert_eq!(world.given_to(&fork), []);
    assert_eq!(names(&world, &fork), []);
}

#[test]
fn whoever_could_not_write_gets_none_by_opening_a_job() {
    let world = World::new();
    three(&world);
    assert_eq!(world.given_to(&job(&world.labs, &world.eve)), []);
    // Nor does who could once.
    world.kit.collaborator(&world.labs, &world.bob, Role::Read);
    assert_eq!(world.given(&world.labs), pairs(&[]));
}

#[test]
fn names_are_told_without_values_and_without_an_entry() {
    let world = World::new();
    three(&world);
    world.set(&world.of(&world.labs), "Y", "y");
    let home = SecretOwner::Repository(world.labs.id);
    assert_eq!(
        names(&world, &job(&world.labs, &world.bob)),
        [("X".to_owned(), home), ("Y".to_owned(), home)]
    );
    assert_eq!(count(&world.kit, GIVEN), 0);
}

const GIVEN: &str = "SELECT COUNT(*) FROM audit WHERE event = 'job.secrets_given'";

#[test]
fn each_hand_out_leaves_the_names_where_they_belong() {
    let world = World::new();
    world.set(&world.of(&world.labs), "SHARED", "s3cret");
    world.set_own("OWN", "s3cret", &[&world.labs]);
    world.given(&world.labs);
    world.given(&world.labs);
    assert_eq!(count(&world.kit, GIVEN), 2);
    for (entries, what) in [
        (
            "SELECT COUNT(*) FROM audit WHERE event = 'job.secrets_given' AND organization_id IS NOT NULL \
             AND repository_id IS NOT NULL AND body LIKE '%\"secrets\":[\"SHARED\"]%' AND body NOT LIKE '%\"OWN\"%'",
            "the organization reads of what it gave, and nothing of a person's",
        ),
        (
            "SELECT COUNT(*) FROM audit WHERE event = 'user.job_secrets_given' AND organization_id IS NULL \
             AND user_id IS NOT NULL AND body LIKE '%\"secrets\":[\"OWN\"]%'",
            "the person reads of theirs",
        ),
        (
            "SELECT 2 + COUNT(*) FROM audit WHERE body LIKE '%s3cret%'",
            "nobody reads a value",
        ),
    ] {
        assert_eq!(count(&world.kit, entries), 2, "{what}");
    }
    // A job that is given nothing leaves nothing.
    world.given(&world.vault);
    assert_eq!(count(&world.kit, GIVEN), 2);
}

#[test]
fn what_is_given_can_not_be_printed() {
    let world = World::new();
    world.set(&world.of(&world.labs), "X", "s3cret");
    let given = world.given_to(&job(&world.labs, &world.bob));
    assert!(!format!("{given:?}").contains("s3cret"));
}
