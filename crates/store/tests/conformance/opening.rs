//! Opening: what can't be used is refused with a text that says what to do, and nothing is harmed.

use std::time::Duration;

use jeton_domain::Id as _;
use jeton_store::{OpenError, Options, Store, StoreError, Tombstone};

use crate::place::{NOW, Place, on_both};

on_both!(
    a_newer_database_is_refused_and_left_as_it_is,
    a_changed_migration_is_refused,
    a_failed_migration_leaves_nothing_and_a_mended_one_applies,
    a_later_migration_is_applied_once,
    somebody_elses_tables_are_left_alone,
    a_lock_that_is_held_too_long_is_busy,
    an_opening_comes_after_the_change_that_is_still_being_committed,
);

const SET: &str = "INSERT INTO settings (name, value) VALUES ($1, $2)";

/// The last change of a killed server may be committed after the next one has begun to start.
fn an_opening_comes_after_the_change_that_is_still_being_committed(place: &Place) {
    let mut options = place.options();
    options.tombstones = None;
    let dying = place.try_open(&options).unwrap();
    let secret = jeton_domain::SecretId::from_i64(7).unwrap();
    let opened = std::thread::scope(|scope| {
        let opening = dying.write(|unit| {
            unit.tombstone(NOW, &Tombstone::SecretRetired(secret))?;
            let (begun, begins) = std::sync::mpsc::channel();
            let opening = scope.spawn(move || {
                begun.send(()).unwrap();
                place.open()
            });
            // So long that an opening that waits for nothing is over: with an empty database it takes less
            // than a tenth of it.
            begins.recv().unwrap();
            std::thread::sleep(Duration::from_secs(1));
            assert!(!opening.is_finished());
            Ok::<_, StoreError>(opening)
        });
        opening.unwrap().join().unwrap()
    });
    assert_eq!(opened.reconciled().appended, 1);
}

fn with_extra(place: &Place, text: &'static str) -> Options {
    let mut options = place.options();
    options.extra_migration = Some((9000, text));
    options
}

fn a_newer_database_is_refused_and_left_as_it_is(place: &Place) {
    drop(
        place
            .try_open(&with_extra(
                place,
                "CREATE TABLE later (id {int} PRIMARY KEY) {strict}",
            ))
            .unwrap(),
    );
    let refused = place.try_open(&place.options()).unwrap_err();
    assert!(
        matches!(refused, OpenError::Newer { found: 9000, .. }),
        "{refused:?}"
    );
    let text = refused.to_string();
    assert!(
        text.contains("newer version") && text.contains("upgrade Jeton, or restore"),
        "{text}"
    );
    drop(
        place
            .try_open(&with_extra(
                place,
                "CREATE TABLE later (id {int} PRIMARY KEY) {strict}",
            ))
            .unwrap(),
    );
}

fn a_changed_migration_is_refused(place: &Place) {
    drop(
        place
            .try_open(&with_extra(
                place,
                "CREATE TABLE later (id {int} PRIMARY KEY) {strict}",
            ))
            .unwrap(),
    );
    let refused = place.try_open(&with_extra(
        place,
        "CREATE TABLE other (id {int} PRIMARY KEY) {strict}",
    ));
    assert!(
        matches!(refused, Err(OpenError::Changed { version: 9000 })),
        "{refused:?}"
    );
}

fn a_failed_migration_leaves_nothing_and_a_mended_one_applies(place: &Place) {
    let bad =
        "CREATE TABLE half (id {int} PRIMARY KEY) {strict}; INSERT INTO nowhere (id) VALUES (1)";
    let refused = place.try_open(&with_extra(place, bad));
    assert!(
        matches!(refused, Err(OpenError::Migration { version: 9000, .. })),
        "{refused:?}"
    );
    let store = place
        .try_open(&with_extra(
            place,
            "CREATE TABLE half (id {int} PRIMARY KEY) {strict}",
        ))
        .unwrap();
    assert_eq!(
        store
            .read(|unit| unit.number("SELECT COUNT(*) FROM half", &[]))
            .unwrap(),
        0
    );
}

fn a_later_migration_is_applied_once(place: &Place) {
    let store = place.open();
    store
        .write(|unit| unit.execute_one(SET, &[&"a", &"1"]))
        .unwrap();
    drop(store);
    let text = "ALTER TABLE settings ADD COLUMN note {text}";
    for _ in 0..2 {
        let store = place.try_open(&with_extra(place, text)).unwrap();
        let kept = store
            .read(|unit| unit.number("SELECT COUNT(*) FROM settings WHERE note IS NULL", &[]))
            .unwrap();
        assert_eq!(kept, 1);
    }
}

fn somebody_elses_tables_are_left_alone(place: &Place) {
    place.behind("CREATE TABLE theirs (id BIGINT)");
    let refused = place.try_open(&place.options());
    assert!(
        matches!(refused, Err(OpenError::NotADatabase { .. })),
        "{refused:?}"
    );
    place.behind("INSERT INTO theirs (id) VALUES (1)");
}

fn a_lock_that_is_held_too_long_is_busy(place: &Place) {
    let mut options = place.options();
    options.patience = Duration::from_millis(50);
    let (first, second) = (
        place.try_open(&options).unwrap(),
        place.try_open(&options).unwrap(),
    );
    first
        .write(|unit| -> Result<(), StoreError> {
            unit.execute_one(SET, &[&"a", &"1"])?;
            std::thread::scope(|scope| {
                let busy = scope
                    .spawn(|| second.write(|unit| unit.execute_one(SET, &[&"b", &"1"])))
                    .join()
                    .unwrap();
                assert!(matches!(busy, Err(StoreError::Busy)), "{busy:?}");
                assert_eq!(
                    scope.spawn(|| second.seq()).join().unwrap().unwrap().0,
                    0,
                    "readers are not held up"
                );
            });
            Ok(())
        })
        .unwrap();
    second
        .write(|unit| unit.execute_one(SET, &[&"b", &"1"]))
        .unwrap();
}

/// Files only: what has no counterpart on a server.
mod files {
    use std::fs;

    use super::*;

    #[test]
    fn a_locked_file_is_refused() {
        let place = Place::sqlite();
        drop(place.open());
        let other = rusqlite::Connection::open(place.file("jeton.db")).unwrap();
        other
            .execute_batch(
                "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE head SET seq = 0",
            )
            .unwrap();
        let mut options = place.options();
        options.patience = Duration::from_millis(50);
        let refused = place.try_open(&options).unwrap_err();
        assert!(matches!(refused, OpenError::Locked { .. }), "{refused:?}");
        assert!(refused.to_string().contains("locked by another program"));
    }

    #[test]
    fn something_else_is_no_database() {
        let place = Place::sqlite();
        fs::write(
            place.file("jeton.db"),
            "a text that is long enough to be looked at as a header, and is none of ours"
                .repeat(20),
        )
        .unwrap();
        let refused = place.try_open(&place.options()).unwrap_err();
        assert!(
            matches!(refused, OpenError::NotADatabase { .. }),
            "{refused:?}"
        );
        let missing = Store::open_sqlite(
            &place.file("no/such/folder/jeton.db"),
            &Options::new(NOW, place.options().incarnation),
        );
        assert!(
            matches!(missing, Err(OpenError::Unavailable { .. })),
            "{missing:?}"
        );
    }

    /// Modes do not hold up the superuser, who therefore runs this test again as nobody.
    #[test]
    fn a_read_only_file_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let place = Place::sqlite();
        drop(place.open());
        let file = place.file("jeton.db");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
        if fs::OpenOptions::new().write(true).open(&file).is_ok() {
            return again_as_nobody("opening::files::a_read_only_file_is_refused");
        }
        let refused = place.try_open(&place.options()).unwrap_err();
        assert!(matches!(refused, OpenError::ReadOnly { .. }), "{refused:?}");
        assert!(refused.to_string().contains("is read-only: make the file"));
    }

    fn again_as_nobody(test: &str) {
        use std::os::unix::process::CommandExt as _;
        // A copy, because nobody may be unable to reach the folder of the build.
        let folder = tempfile::tempdir().unwrap();
        let (mine, copy) = (std::env::current_exe().unwrap(), folder.path().join("test"));
        fs::copy(mine, &copy).unwrap();
        fs::set_permissions(
            folder.path(),
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )
        .unwrap();
        let status = std::process::Command::new(copy)
            .args(["--exact", test])
            .current_dir("/")
            .uid(65534)
            .gid(65534)
            .stdout(std::process::Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
    }

    #[test]
    fn a_full_disk_at_the_start_is_refused() {
        let place = Place::sqlite();
        let mut options = place.options();
        options.max_pages = Some(10);
        let refused = place.try_open(&options).unwrap_err();
        assert!(matches!(refused, OpenError::Full { .. }), "{refused:?}");
        drop(place.open());
    }

    #[test]
    fn a_full_disk_changes_nothing_and_space_mends_it() {
        let place = Place::sqlite();
        drop(place.open());
        let pages: u32 = rusqlite::Connection::open(place.file("jeton.db"))
            .unwrap()
            .query_row("PRAGMA page_count", [], |row| row.get(0))
            .unwrap();
        let mut options = place.options();
        options.max_pages = Some(pages + 20);
        let store = place.try_open(&options).unwrap();
        let large = "x".repeat(10_000);
        let mut written: i64 = 0;
        let full = loop {
            let name = format!("{written}");
            match store.write(|unit| unit.execute_one(SET, &[&name, &large])) {
                Ok(()) => written += 1,
                Err(error) => break error,
            }
            assert!(written < 1000);
        };
        assert!(matches!(full, StoreError::Full), "{full:?}");
        let seen = store.read(|unit| {
            Ok::<_, StoreError>((
                unit.number("SELECT COUNT(*) FROM settings", &[])?,
                unit.seq().0,
            ))
        });
        assert_eq!(
            seen.unwrap(),
            (written, written),
            "every acknowledged write and nothing else"
        );
        store
            .write(|unit| unit.execute("DELETE FROM settings", &[]))
            .unwrap();
        store
            .write(|unit| unit.execute_one(SET, &[&"again", &large]))
            .unwrap();
    }

    #[test]
    fn commits_are_synced() {
        let place = Place::sqlite();
        let store = place.open();
        let pragma = |sql: &'static str| store.write(move |unit| unit.number(sql, &[])).unwrap();
        assert_eq!(
            pragma("SELECT synchronous FROM pragma_synchronous"),
            2,
            "FULL"
        );
        assert_eq!(pragma("SELECT foreign_keys FROM pragma_foreign_keys"), 1);
    }
}

/// Servers only.
mod servers {
    use super::*;

    #[test]
    fn a_server_that_is_not_there_is_away() {
        let mut options = Options::new(NOW, Place::sqlite().options().incarnation);
        options.patience = Duration::from_millis(500);
        let refused =
            Store::open_postgres("postgres://nobody:topsecret@127.0.0.1:1/none", &options)
                .unwrap_err();
        assert!(matches!(refused, OpenError::Away { .. }), "{refused:?}");
        assert!(!refused.to_string().contains("topsecret"));
        let garbled = Store::open_postgres("nonsense", &options).unwrap_err();
        assert!(matches!(garbled, OpenError::Url { .. }), "{garbled:?}");
    }

    #[test]
    fn connections_that_the_server_cut_are_replaced() {
        let Some(place) = Place::postgres("cut_connections") else {
            return;
        };
        let store = place.open();
        store
            .write(|unit| unit.execute_one(SET, &[&"a", &"1"]))
            .unwrap();
        assert_eq!(store.seq().unwrap().0, 1);
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        place.behind(cut);
        assert_eq!(store.seq().unwrap().0, 1);
        store
            .write(|unit| unit.execute_one(SET, &[&"b", &"1"]))
            .unwrap();
        // In the middle of a unit nothing is kept, and the next unit works.
        let lost = store.write(|unit| {
            unit.execute_one(SET, &[&"c", &"1"])?;
            place.behind(cut);
            unit.execute_one(SET, &[&"d", &"1"])
        });
        assert!(
            matches!(lost, Err(StoreError::Unavailable { .. })),
            "{lost:?}"
        );
        let names = store
            .read(|unit| unit.number("SELECT COUNT(*) FROM settings", &[]))
            .unwrap();
        assert_eq!((names, store.seq().unwrap().0), (2, 2));
    }

    #[test]
    fn a_connection_lost_at_commit_is_an_unknown_outcome_and_subscribers_act_on_it() {
        use std::sync::{Arc, Mutex};
        let Some(place) = Place::postgres("lost_at_commit") else {
            return;
        };
        let store = place.open();
        let told: Arc<Mutex<Vec<bool>>> = Arc::default();
        let ears = Arc::clone(&told);
        store.subscribe(Box::new(move |committed| {
            ears.lock().unwrap().push(committed.certain);
        }));
        let unknown = store.write(|unit| {
            unit.execute_one(SET, &[&"c", &"1"])?;
            place.behind(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            );
            Ok::<_, StoreError>(())
        });
        assert!(
            matches!(unknown, Err(StoreError::UnknownOutcome { .. })),
            "{unknown:?}"
        );
        assert_eq!(*told.lock().unwrap(), [false]);
        store
            .write(|unit| unit.execute_one(SET, &[&"c", &"2"]))
            .unwrap();
        assert_eq!(*told.lock().unwrap(), [false, true]);
    }
}
