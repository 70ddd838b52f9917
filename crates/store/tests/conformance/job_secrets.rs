//! Secrets for jobs: whose they are, what they are for, and what is left of one that is gone.

use jeton_domain::JobSecretVisibility::{self, All, Private};
use jeton_domain::RepositoryId;
use jeton_store::job_secrets::{self, JobSecretRow, SecretOwner};
use jeton_store::sealed_values::{self, SealedTable, SealedValue};
use jeton_store::sealing_keys;

use crate::place::{NOW, Place, on_both};
use crate::world::{self, ANN, BOB, JOB_SECRET, ORG, REPOSITORY, id};

on_both!(
    they_are_found_by_owner_and_by_what_they_are_for,
    what_is_sealed_under_another_key_is_found_and_sealed_anew,
    everything_of_an_owner_can_be_taken_away
);

fn filled(place: &Place) -> jeton_store::Store {
    let store = place.open();
    world::fill(&store);
    store
}

fn add(store: &jeton_store::Store, name: &str, visibility: JobSecretVisibility, bytes: Vec<u8>) {
    store
        .write(|unit| {
            let row = JobSecretRow {
                id: unit.allocate()?,
                owner: SecretOwner::Organization(id(ORG)),
                name: name.to_owned(),
                visibility: Some(visibility),
                created_at: NOW,
                updated_at: NOW,
            };
            let value = SealedValue { bytes, root_key: 2 };
            job_secrets::insert(unit, &row, &value)
        })
        .unwrap();
}

fn they_are_found_by_owner_and_by_what_they_are_for(place: &Place) {
    let store = filled(place);
    add(&store, "ALL", JobSecretVisibility::All, vec![1]);
    add(&store, "PRIVATE", JobSecretVisibility::Private, vec![1]);
    let organization = SecretOwner::Organization(id(ORG));
    let names = |repository: i64, visible: &[JobSecretVisibility]| {
        let repository: RepositoryId = id(repository);
        let rows =
            store.read(|unit| job_secrets::for_repository(unit, organization, repository, visible));
        let rows = rows.unwrap().into_iter().map(|row| row.name);
        rows.collect::<Vec<_>>()
    };
    assert_eq!(names(REPOSITORY, &[All, Private]), ["ALL", "PRIVATE", "X"]);
    assert_eq!(names(REPOSITORY, &[All]), ["ALL", "X"]);
    assert_eq!(names(11, &[All]), ["ALL"]);
    let by_name = |owner, name: &str| {
        let found = store.read(|unit| job_secrets::by_name(unit, owner, name));
        found.unwrap().map(|row| row.id.get())
    };
    assert_eq!(by_name(organization, "X"), Some(JOB_SECRET));
    assert_eq!(
        by_name(SecretOwner::Repository(id(REPOSITORY)), "X"),
        Some(441)
    );
    assert_eq!(by_name(SecretOwner::Person(id(BOB)), "X"), Some(442));
    assert_eq!(by_name(SecretOwner::Person(id(ANN)), "X"), None);
    assert_eq!(by_name(organization, "x"), None);
}

const TABLE: SealedTable = SealedTable::JobSecrets;

fn what_is_sealed_under_another_key_is_found_and_sealed_anew(place: &Place) {
    let store = filled(place);
    add(&store, "NEW", JobSecretVisibility::All, vec![1]);
    let left = || {
        store
            .read(|unit| sealed_values::count(unit, TABLE, 2))
            .unwrap()
    };
    assert_eq!(left(), (4, 3));
    let found = |after, most| {
        let found = store.read(|unit| sealed_values::sealed_otherwise(unit, TABLE, 2, after, most));
        let found = found.unwrap().into_iter().map(|(id, _)| id);
        found.collect::<Vec<_>>()
    };
    assert_eq!(found(0, 2), [440, 441]);
    assert_eq!(found(441, 2), [442]);
    let anew = SealedValue {
        bytes: vec![9],
        root_key: 2,
    };
    store
        .side(|unit| {
            sealed_values::reseal(unit, TABLE, JOB_SECRET, &anew)?;
            // One that is gone stays so.
            sealed_values::reseal(unit, TABLE, 999, &anew)
        })
        .unwrap();
    assert_eq!(left(), (4, 2));
    let value = store.read(|unit| job_secrets::value(unit, id(JOB_SECRET)));
    assert_eq!(value.unwrap(), Some(anew));
}

fn everything_of_an_owner_can_be_taken_away(place: &Place) {
    let store = filled(place);
    let owner = SecretOwner::Repository(id(REPOSITORY));
    store
        .write(|unit| {
            job_secrets::unselect_everywhere(unit, id(REPOSITORY))?;
            job_secrets::erase(unit, id(441))?;
            job_secrets::erase(unit, id(441))?;
            sealing_keys::destroy_of_owner(unit, owner)
        })
        .unwrap();
    store
        .read(|unit| {
            assert_eq!(job_secrets::of_owner(unit, owner)?, []);
            assert_eq!(sealing_keys::in_use(unit, owner)?, None);
            assert_eq!(job_secrets::selected(unit, id(JOB_SECRET))?, []);
            assert_eq!(sealing_keys::owners(unit)?.len(), 2, "of others they stay");
            Ok::<_, jeton_store::StoreError>(())
        })
        .unwrap();
}

#[test]
fn the_bytes_of_a_deleted_secret_are_nowhere_in_the_file() {
    let place = Place::sqlite();
    // One that has pages of its own, and one that lies among others.
    let bytes = |length| -> Vec<u8> {
        let pattern = b"sealed bytes of a secret ".iter().copied();
        pattern.cycle().take(length).collect()
    };
    let held = || {
        let file = std::fs::read(place.file("jeton.db")).unwrap();
        file.windows(25)
            .filter(|at| at == b"sealed bytes of a secret ")
            .count()
    };
    {
        let store = filled(&place);
        add(&store, "LONG", JobSecretVisibility::All, bytes(49_000));
        add(&store, "SHORT", JobSecretVisibility::All, bytes(100));
    }
    assert!(held() > 1000, "{}", held());
    {
        let store = place.open();
        let owner = SecretOwner::Organization(id(ORG));
        store
            .write(|unit| {
                for name in ["LONG", "SHORT"] {
                    let row = job_secrets::by_name(unit, owner, name)?.unwrap();
                    job_secrets::erase(unit, row.id)?;
                }
                Ok::<_, jeton_store::StoreError>(())
            })
            .unwrap();
    }
    assert_eq!(held(), 0);
}
