//! Units: whole or not at all, numbered in the order of commits, and the same errors on both engines.

use std::sync::{Arc, Mutex};

use jeton_domain::{RepositoryId, TokenId, UserId};
use jeton_store::{Committed, FeedKey, Incarnation, Seq, Sql, StoreError, feed, in_list};

use crate::place::{NOW, Place, on_both};
use crate::world;

on_both!(
    a_unit_that_fails_leaves_nothing,
    a_unit_goes_no_further_after_a_failed_statement,
    a_panic_inside_a_unit_leaves_nothing_and_the_store_goes_on,
    a_read_unit_changes_nothing,
    a_read_unit_stays_in_its_snapshot,
    ids_are_never_given_twice,
    one_row_is_asserted,
    arguments_are_bound_by_number,
    text_with_nul_is_refused,
    a_side_write_takes_no_number,
    concurrent_writers_leave_no_gap_and_a_follower_loses_nothing,
    nothing_is_forgotten_by_reopening,
);

fn setting(store: &jeton_store::Store, name: &'static str) -> Option<String> {
    store
        .read(|unit| {
            unit.one("SELECT value FROM settings WHERE name = $1", &[&name])?
                .map(|row| row.get(0))
                .transpose()
        })
        .unwrap_or_else(|error: StoreError| panic!("{error}"))
}

const SET: &str = "INSERT INTO settings (name, value) VALUES ($1, $2)";

fn a_unit_that_fails_leaves_nothing(place: &Place) {
    let store = place.open();
    let before = store.seq().unwrap();
    let refused = store.write(|unit| -> Result<(), StoreError> {
        unit.execute_one(SET, &[&"a", &"1"])?;
        unit.feed(NOW, "changed", FeedKey::Site)?;
        Err(StoreError::Reference)
    });
    assert!(matches!(refused, Err(StoreError::Reference)));
    assert_eq!(setting(&store, "a"), None);
    assert_eq!(store.seq().unwrap(), before);
    assert_eq!(
        store.read(|unit| feed::since(unit, Seq(0), 100)).unwrap(),
        []
    );
}

fn a_unit_goes_no_further_after_a_failed_statement(place: &Place) {
    let store = place.open();
    let swallowed = store.write(|unit| -> Result<(), StoreError> {
        unit.execute_one(SET, &[&"a", &"1"])?;
        assert!(
            unit.execute_one(SET, &[&"a", &"2"])
                .unwrap_err()
                .is_conflict_on("settings_pkey")
        );
        assert!(matches!(
            unit.execute(SET, &[&"b", &"2"]),
            Err(StoreError::Aborted)
        ));
        Ok(())
    });
    assert!(matches!(swallowed, Err(StoreError::Aborted)));
    assert_eq!(setting(&store, "a"), None);
    store
        .write(|unit| unit.execute_one(SET, &[&"a", &"3"]))
        .unwrap();
    assert_eq!(setting(&store, "a").as_deref(), Some("3"));
}

fn a_panic_inside_a_unit_leaves_nothing_and_the_store_goes_on(place: &Place) {
    let store = place.open();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        store.write(|unit| -> Result<(), StoreError> {
            unit.execute_one(SET, &[&"a", &"1"])?;
            panic!("in the middle");
        })
    }));
    assert!(panicked.is_err());
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        store.read(|_| -> Result<(), StoreError> { panic!("while reading") })
    }));
    assert!(panicked.is_err());
    assert_eq!(setting(&store, "a"), None);
    store
        .write(|unit| unit.execute_one(SET, &[&"a", &"2"]))
        .unwrap();
    assert_eq!(store.seq().unwrap(), Seq(1));
}

fn a_read_unit_changes_nothing(place: &Place) {
    let store = place.open();
    let refused = store.read(|unit| unit.all("DELETE FROM ids", &[]));
    assert!(matches!(refused, Err(StoreError::ReadOnly)), "{refused:?}");
}

fn a_read_unit_stays_in_its_snapshot(place: &Place) {
    let store = place.open();
    store
        .read(|unit| -> Result<(), StoreError> {
            let before = unit.seq();
            let writer = store.clone();
            // On a thread of its own: units are never nested.
            std::thread::scope(|scope| {
                scope.spawn(move || {
                    writer
                        .write(|unit| unit.execute_one(SET, &[&"a", &"1"]))
                        .unwrap();
                });
            });
            assert_eq!(unit.number("SELECT COUNT(*) FROM settings", &[])?, 0);
            assert_eq!(unit.number("SELECT seq FROM head", &[])?, before.0);
            Ok(())
        })
        .unwrap();
    assert_eq!(setting(&store, "a").as_deref(), Some("1"));
}

fn ids_are_never_given_twice(place: &Place) {
    let store = place.open();
    let first: TokenId = world::allocate(&store);
    let pair = store
        .write(|unit| {
            Ok::<_, StoreError>((
                unit.allocate::<TokenId>()?,
                unit.allocate::<RepositoryId>()?,
            ))
        })
        .unwrap();
    assert_eq!((first.get(), pair.0.get(), pair.1.get()), (1, 2, 1));
    // Users and organizations count together, as accounts.
    let user: UserId = world::allocate(&store);
    let account: jeton_domain::AccountId = world::allocate(&store);
    assert_eq!((user.get(), account.get()), (1, 2));
    place.behind("UPDATE ids SET next = 9007199254740992 WHERE kind = 'token'");
    let spent = world::try_allocate::<TokenId>(&store);
    assert!(matches!(spent, Err(StoreError::Corrupt { .. })));
}

fn one_row_is_asserted(place: &Place) {
    let store = place.open();
    let none = store
        .write(|unit| unit.execute_one("UPDATE settings SET value = 'x' WHERE name = 'none'", &[]));
    assert!(matches!(none, Err(StoreError::Stale { affected: 0 })));
    store
        .write(|unit| {
            unit.execute_one(SET, &[&"a", &"1"])?;
            unit.execute_one(SET, &[&"b", &"1"])
        })
        .unwrap();
    let two = store.write(|unit| unit.execute_one("UPDATE settings SET value = 'x'", &[]));
    assert!(matches!(two, Err(StoreError::Stale { affected: 2 })));
    assert_eq!(setting(&store, "a").as_deref(), Some("1"));
    let many = store.read(|unit| unit.one("SELECT name FROM settings", &[]));
    assert!(matches!(many, Err(StoreError::Query { .. })));
}

fn arguments_are_bound_by_number(place: &Place) {
    let store = place.open();
    let wrong = |sql: &'static str| store.read(move |unit| unit.all(sql, &[&1_i64]));
    assert!(matches!(
        wrong("SELECT seq FROM head WHERE id = $1 AND id = $2"),
        Err(StoreError::Query { .. })
    ));
    assert!(matches!(
        wrong("SELECT seq FROM head"),
        Err(StoreError::Query { .. })
    ));
    // Out of order and twice.
    let found = store.read(|unit| {
        unit.number(
            "SELECT COUNT(*) FROM head WHERE seq = $2 AND id = $1 AND seq <= $2",
            &[&1_i64, &0_i64],
        )
    });
    assert_eq!(found.unwrap(), 1);
    let listed = store.read(|unit| {
        let sql = format!(
            "SELECT COUNT(*) FROM head WHERE id IN ({}) AND seq >= $1",
            in_list(2, 3)
        );
        unit.number(Sql::built(sql), &[&0_i64, &7_i64, &1_i64, &9_i64])
    });
    assert_eq!(listed.unwrap(), 1);
    let empty = store.read(|unit| {
        unit.number(
            Sql::built(format!(
                "SELECT COUNT(*) FROM head WHERE id IN ({})",
                in_list(1, 0)
            )),
            &[],
        )
    });
    assert_eq!(empty.unwrap(), 0);
}

fn text_with_nul_is_refused(place: &Place) {
    let store = place.open();
    let refused = store.write(|unit| unit.execute_one(SET, &[&"a", &"x\0y"]));
    assert!(matches!(refused, Err(StoreError::Check { .. })));
}

fn a_side_write_takes_no_number(place: &Place) {
    let store = place.open();
    store
        .side(|unit| unit.execute_one(SET, &[&"a", &"1"]))
        .unwrap();
    assert_eq!(setting(&store, "a").as_deref(), Some("1"));
    assert_eq!(store.seq().unwrap(), Seq(0));
    let failed = store.side(|unit| -> Result<(), StoreError> {
        unit.execute_one(SET, &[&"b", &"1"])?;
        Err(StoreError::Reference)
    });
    assert!(failed.is_err());
    assert_eq!(setting(&store, "b"), None);
}

/// Two stores on one database stand for two processes; each has four threads.
fn concurrent_writers_leave_no_gap_and_a_follower_loses_nothing(place: &Place) {
    const WRITES: i64 = 25;
    let stores = [place.open(), place.open()];
    let told: Arc<Mutex<Vec<Committed>>> = Arc::default();
    let ears = Arc::clone(&told);
    stores[0].subscribe(Box::new(move |committed| {
        ears.lock().unwrap().push(committed.clone());
    }));
    let followed = std::thread::scope(|scope| {
        let mut writers = Vec::new();
        for store in &stores {
            for _ in 0..4 {
                writers.push(scope.spawn(move || {
                    for _ in 0..WRITES {
                        store
                            .write(|unit| {
                                let id: TokenId = unit.allocate()?;
                                unit.feed(NOW, "made", id)
                            })
                            .unwrap();
                    }
                }));
            }
        }
        let reader = stores[1].clone();
        let follower = scope.spawn(move || {
            let mut seen = Vec::new();
            let mut at = Seq(0);
            while at < Seq(8 * WRITES) {
                reader
                    .read(|unit| {
                        for entry in feed::since(unit, at, 10)? {
                            at = entry.seq;
                            seen.push(entry);
                        }
                        Ok::<_, StoreError>(())
                    })
                    .unwrap();
            }
            seen
        });
        for writer in writers {
            writer.join().unwrap();
        }
        follower.join().unwrap()
    });
    // A number given to a later commit that became visible before an earlier one would be missing here.
    let numbers: Vec<i64> = followed.iter().map(|entry| entry.seq.0).collect();
    assert_eq!(numbers, (1..=8 * WRITES).collect::<Vec<_>>());
    let ids: Vec<FeedKey> = followed.iter().map(|entry| entry.key).collect();
    let expected: Vec<FeedKey> = (1..=8 * WRITES)
        .map(|id| FeedKey::Token(id.try_into().unwrap()))
        .collect();
    assert_eq!(ids, expected, "ids are given in the order of commits too");
    let told = told.lock().unwrap();
    assert_eq!(
        told.len(),
        usize::try_from(4 * WRITES).unwrap(),
        "a subscriber hears its own process"
    );
    assert!(
        told.windows(2).all(|pair| pair[0].seq < pair[1].seq),
        "in the order of commits"
    );
    assert!(
        told.iter()
            .all(|committed| committed.certain && committed.incarnation == Incarnation(11))
    );
}

fn nothing_is_forgotten_by_reopening(place: &Place) {
    let store = place.open();
    store
        .write(|unit| unit.execute_one(SET, &[&"a", &"1"]))
        .unwrap();
    drop(store);
    let mut options = place.options();
    options.incarnation = Incarnation(99);
    let store = place.try_open(&options).unwrap();
    assert_eq!(setting(&store, "a").as_deref(), Some("1"));
    let (incarnation, seq) = store
        .read(|unit| Ok::<_, StoreError>((unit.incarnation(), unit.seq())))
        .unwrap();
    assert_eq!(
        (incarnation, seq),
        (Incarnation(11), Seq(1)),
        "an old history goes on"
    );
}
