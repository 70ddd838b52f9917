//! Pairs of keys and root keys: how they are replaced, and what of them lies where.

use std::path::Path;

use jeton_app::job_secrets::{self, GivenValue, NewSecret, Put, SecretsJob};
use jeton_app::sign_in::sign_in;
use jeton_app::{App, Call, Named, Password, SealedIn, admin};
use jeton_domain::{Span, UserId, Visibility};
use jeton_testkit::{Kit, Repository, operations};

use crate::outcome::{count, fault};
use crate::world::{World, new, sealed};

#[test]
fn a_pair_is_made_at_the_first_question_and_stays() {
    let world = World::new();
    let call = world.of(&world.labs);
    let first = job_secrets::public_key(world.app(), &call).unwrap();
    assert_eq!(job_secrets::public_key(world.app(), &call).unwrap(), first);
    let other = job_secrets::public_key(world.app(), &world.of(&world.vault)).unwrap();
    let organizations = job_secrets::public_key(world.app(), &world.owner()).unwrap();
    let own = job_secrets::public_key(world.app(), &world.own(&world.bob)).unwrap();
    let mut keys = vec![first.key, other.key, organizations.key, own.key];
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 4, "each place has its own");
}

#[test]
fn a_replaced_pair_is_taken_for_a_day_and_then_destroyed() {
    let world = World::new();
    let call = world.of(&world.labs);
    let before = sealed(world.app(), &call, b"sealed before");
    let first = job_secrets::public_key(world.app(), &call).unwrap();
    let second = job_secrets::rotate(world.app(), &call).unwrap();
    assert_ne!(first.key, second.key);
    assert_eq!(job_secrets::public_key(world.app(), &call).unwrap(), second);
    let put = |value: &GivenValue| job_secrets::put(world.app(), &call, &new("X", value.clone()));
    assert_eq!(put(&before).unwrap(), Put::Made);
    world.kit.advance(Span::from_hours(23));
    world.app().housekeep().unwrap();
    assert_eq!(put(&before).unwrap(), Put::Replaced);
    world.kit.advance(Span::from_hours(1));
    assert_eq!(
        fault(put(&before)),
        ("key_id", "custom"),
        "also before it is destroyed"
    );
    assert_eq!(count(&world.kit, PAIRS), 2);
    world.app().housekeep().unwrap();
    assert_eq!(count(&world.kit, PAIRS), 1);
    // What was set by it stays: it lies under a root key.
    assert_eq!(world.given(&world.labs)[0].1, "sealed before");
}

const PAIRS: &str = "SELECT COUNT(*) FROM sealing_keys";

#[test]
fn the_operator_replaces_all_pairs_or_those_of_one_place() {
    let world = World::new();
    let calls = [world.of(&world.labs), world.owner(), world.own(&world.bob)];
    let keys = || {
        calls
            .iter()
            .map(|call| job_secrets::public_key(world.app(), call).unwrap().id.get())
            .collect::<Vec<_>>()
    };
    let first = keys();
    let rotate = |place| {
        job_secrets::rotate_by_operator(world.app(), place)
            .unwrap()
            .pairs
    };
    for (at, place) in ["Alta3/labs", "alta3", "BOB"].into_iter().enumerate() {
        let before = keys();
        assert_eq!(rotate(Some(place)), 1, "{place}");
        let changed: Vec<usize> = (0..3).filter(|n| keys()[*n] != before[*n]).collect();
        assert_eq!(changed, [at], "{place}");
    }
    assert_eq!(rotate(Some("alta3/vault")), 0, "it has none yet");
    assert_eq!(rotate(None), 3);
    assert!(keys().iter().all(|key| !first.contains(key)));
    for nobody in ["alta3/nothing", "nobody", "", "a/b/c", "\0"] {
        let rotated = job_secrets::rotate_by_operator(world.app(), Some(nobody));
        assert!(crate::outcome::is_missing(rotated), "{nobody:?}");
    }
    let entries =
        "SELECT COUNT(*) FROM audit WHERE event = 'secret.rotate_public_key' AND actor_id IS NULL";
    assert_eq!(count(&world.kit, entries), 6);
}

/// Zed under a ring of keys, with a secret for jobs in a repository of their own.
struct Zed {
    kit: Kit,
    id: UserId,
    notes: Repository,
    password: Password,
}

impl Zed {
    fn call(&self, app: &App) -> Call {
        let nobody = self.kit.anonymous(&operations::SITE, Named::Site);
        let client = sign_in(app, &nobody, "zed", &self.password, None, "test").unwrap();
        let parsed = jeton_token::parse(client.secret.expose().as_bytes()).unwrap();
        let presented = jeton_app::Presented::new(app.ring(), &parsed);
        let carried = jeton_app::Carried::Value(presented);
        self.kit.call(&operations::OWN, Named::Own, carried)
    }

    fn set(&self, app: &App, name: &str) {
        let call = self.call(app);
        let new = NewSecret {
            repositories: Some(vec![self.notes.id.get()]),
            ..new(name, sealed(app, &call, VALUE.as_bytes()))
        };
        job_secrets::put(app, &call, &new).unwrap();
    }

    fn given(&self, app: &App) -> usize {
        let job = SecretsJob {
            repository: self.notes.id,
            opener: self.id,
            fork: false,
        };
        let given = app.write(&self.call(app), |unit, acting| {
            job_secrets::give(unit, acting, &job)
        });
        let given = given.unwrap();
        assert!(given.iter().all(|secret| secret.value.expose() == VALUE));
        given.len()
    }
}

const VALUE: &str = "a value that stands nowhere";

fn zed() -> (Zed, App) {
    let kit = Kit::new();
    let old = kit.under("old", &[21]);
    let password = Password::new("correct horse");
    let id = admin::create_user(&old, "zed", "zed@example.test", &password, false).unwrap();
    let notes = kit.repository((id.into(), "zed"), "notes", Visibility::Private);
    let zed = Zed {
        kit,
        id,
        notes,
        password,
    };
    (zed, old)
}

#[test]
fn under_a_new_root_key_everything_is_sealed_anew_and_the_old_one_can_go() {
    let (zed, old) = zed();
    for number in 0..3 {
        zed.set(&old, &format!("X{number}"));
    }
    let left = |app: &App| {
        let counts = app.sealed_secrets().unwrap();
        (
            counts.secrets,
            counts.secrets_left,
            counts.pairs,
            counts.pairs_left,
        )
    };
    assert_eq!(left(&old), (3, 0, 1, 0));
    let both = zed.kit.under("both", &[21, 22]);
    assert_eq!(left(&both), (3, 3, 1, 1));
    assert_eq!(zed.given(&both), 3, "what waits is given all the same");
    both.housekeep().unwrap();
    assert_eq!(left(&both), (3, 0, 1, 0));
    let newest = zed.kit.under("newest", &[22]);
    assert_eq!(zed.given(&newest), 3);
    // The pair opens what is sealed with it yet.
    zed.set(&newest, "X3");
    assert_eq!(zed.given(&newest), 4);
}

#[test]
fn a_value_that_does_not_open_is_left_and_counted_and_holds_up_no_other() {
    let (zed, old) = zed();
    zed.set(&old, "X0");
    zed.set(&old, "X1");
    let spoil = "UPDATE job_secrets SET value = $1 WHERE name = 'X0'";
    let spoilt = zed
        .kit
        .store()
        .write(|unit| unit.execute(spoil, &[&vec![7_u8; 90]]));
    assert_eq!(spoilt.unwrap(), 1);
    let both = zed.kit.under("both", &[21, 22]);
    let counts = both.reseal_secrets().unwrap();
    assert_eq!((counts.secrets, counts.secrets_left), (2, 1));
}

fn files(folder: &Path, found: &mut Vec<u8>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.extend(std::fs::read(&path).unwrap());
        }
    }
}

#[test]
fn a_dump_of_the_data_holds_no_value_and_no_private_half() {
    let (zed, old) = zed();
    zed.set(&old, "PLAIN_NAME");
    let row = zed.kit.store().read(|unit| {
        unit.one("SELECT id, private_key FROM sealing_keys", &[])
            .map(|row| row.map(|row| (row.get::<i64>(0).unwrap(), row.get::<Vec<u8>>(1).unwrap())))
    });
    let (id, sealed) = row.unwrap().unwrap();
    let private = old.unseal(SealedIn::SealingKey, id, &sealed).unwrap();
    assert_eq!(private.len(), 32);
    let mut dump = Vec::new();
    files(zed.kit.folder(), &mut dump);
    let holds = |bytes: &[u8]| dump.windows(bytes.len()).any(|window| window == bytes);
    assert!(
        holds(b"PLAIN_NAME") && holds(&sealed),
        "the search finds what is there"
    );
    assert!(!holds(VALUE.as_bytes()) && !holds(&private));
    // A value of one row opens in no other, and under no other use of the key.
    for (place, row) in [(SealedIn::SealingKey, id + 1), (SealedIn::JobSecret, id)] {
        assert!(old.unseal(place, row, &sealed).is_err());
    }
}
