//! Tombstones: what was taken away stays away, whatever becomes of the database.

use std::fs;
use std::io::Write as _;

use jeton_domain::{Ending, WithdrawReason};
use jeton_store::{Incarnation, OpenError, Reconciled, Store, StoreError, Tombstone};

use crate::place::{NOW, Place, on_both};
use crate::world::{self, BOB, HOOK, JOB_SECRET, ORG, REPOSITORY, SECRET, SIGN_IN, TOKEN, id};

on_both!(
    a_restored_backup_forgets_no_revocation,
    what_applications_were_given_and_lost_stays_lost,
    a_backup_is_noticed_even_if_nothing_was_taken_away_since,
    what_was_given_back_after_it_was_taken_stays_given_back,
    numbers_decide_what_came_last_and_not_the_place_in_the_file,
    a_crash_before_the_append_is_made_good,
    a_lost_file_is_written_again,
    a_refused_change_leaves_no_tombstone,
);

fn reopen(place: &Place, incarnation: i64) -> Store {
    let mut options = place.options();
    options.incarnation = Incarnation(incarnation);
    place.try_open(&options).unwrap()
}

fn count(store: &Store, sql: &'static str) -> i64 {
    store.read(|unit| unit.number(sql, &[])).unwrap()
}

fn lines(place: &Place) -> usize {
    fs::read_to_string(place.file("tombstones.jsonl"))
        .unwrap()
        .lines()
        .count()
}

fn every_kind() -> Vec<Tombstone> {
    vec![
        Tombstone::TokenSuspended(id(TOKEN)),
        Tombstone::TokenRevoked {
            token: id(TOKEN),
            because: Ending::Leaked,
        },
        Tombstone::StandingWithdrawn {
            token: id(TOKEN),
            because: WithdrawReason::Owner,
        },
        Tombstone::SecretRetired(id(SECRET)),
        Tombstone::CollaboratorRemoved {
            repository: id(REPOSITORY),
            user: id(BOB),
        },
        Tombstone::MembershipRemoved {
            organization: id(ORG),
            user: id(BOB),
        },
        Tombstone::UserSuspended(id(BOB)),
        Tombstone::UserDeleted(id(BOB)),
        Tombstone::SignInEnded(id(SIGN_IN)),
        Tombstone::RepositoryDeleted(id(REPOSITORY)),
        Tombstone::HookDeleted(id(HOOK)),
        Tombstone::JobSecretDeleted(id(JOB_SECRET)),
    ]
}

/// What each kind must show in the database once it is done again.
const SHOWN: &[&str] = &[
    "SELECT COUNT(*) FROM tokens WHERE suspended_at IS NOT NULL",
    "SELECT COUNT(*) FROM tokens WHERE revoked_at IS NOT NULL AND revoked_reason = 'leaked'",
    "SELECT COUNT(*) FROM tokens WHERE standing = 'withdrawn' AND standing_reason = 'owner'",
    "SELECT COUNT(*) FROM secrets WHERE retired_at IS NOT NULL",
    "SELECT 1 - COUNT(*) FROM collaborators WHERE user_id = 2",
    "SELECT 1 - COUNT(*) FROM memberships WHERE user_id = 2",
    "SELECT COUNT(*) FROM accounts WHERE id = 2 AND suspended_at IS NOT NULL",
    "SELECT COUNT(*) FROM accounts WHERE id = 2 AND state = 'deleted'",
    "SELECT COUNT(*) FROM sign_ins WHERE ended_at IS NOT NULL",
    "SELECT COUNT(*) FROM repositories WHERE id = 10 AND state = 'deleted'",
    "SELECT COUNT(*) FROM hooks WHERE id = 400 AND deleted_at IS NOT NULL AND secret IS NULL",
    "SELECT 1 - COUNT(*) FROM job_secrets WHERE id = 440",
    "SELECT COUNT(*) FROM hook_deliveries WHERE id = 420 AND outcome = 'dropped'",
];

fn a_restored_backup_forgets_no_revocation(place: &Place) {
    let store = place.open();
    world::fill(&store);
    drop(store);
    place.back_up();
    let store = reopen(place, 11);
    for tombstone in every_kind() {
        store.write(|unit| unit.tombstone(NOW, &tombstone)).unwrap();
    }
    let last = store.seq().unwrap();
    let given: jeton_domain::TokenId = world::allocate(&store);
    drop(store);
    place.restore();

    let store = reopen(place, 22);
    assert_eq!(
        store.reconciled(),
        Reconciled {
            appended: 0,
            replayed: every_kind().len(),
            restored: true,
        }
    );
    for sql in SHOWN {
        assert_eq!(count(&store, sql), 1, "{sql}");
    }
    assert_eq!(
        count(
            &store,
            "SELECT COUNT(*) FROM team_members WHERE user_id = 2"
        ),
        0
    );
    let (incarnation, seq) = store
        .read(|unit| Ok::<_, StoreError>((unit.incarnation(), unit.seq())))
        .unwrap();
    assert_eq!(
        incarnation,
        Incarnation(22),
        "another history: caches drop all"
    );
    assert!(seq > last);
    let again: jeton_domain::TokenId = world::allocate(&store);
    assert!(
        again > given,
        "an id given after the backup is not given again"
    );
    drop(store);
    let store = reopen(place, 33);
    assert_eq!(store.reconciled(), Reconciled::default(), "once");
    assert_eq!(
        store
            .read(|unit| Ok::<_, StoreError>(unit.incarnation()))
            .unwrap(),
        Incarnation(22)
    );
}

/// What each of these did to the world, and would not be undone by a restored backup.
fn of_applications() -> Vec<(Tombstone, &'static str)> {
    let (board, other) = (id(200), id(201));
    vec![
        (
            Tombstone::ApplicationSecretEnded(id(211)),
            "SELECT COUNT(*) FROM application_secrets WHERE id = 211 AND ended_at IS NULL",
        ),
        (
            Tombstone::ApplicationDenied {
                organization: id(ORG),
                application: other,
            },
            "SELECT COUNT(*) FROM application_approvals WHERE application_id = 201",
        ),
        (
            Tombstone::AuthorizationEnded {
                user: id(world::ANN),
                application: other,
            },
            "SELECT COUNT(*) FROM authorizations WHERE application_id = 201",
        ),
        (
            Tombstone::ApplicationDeleted(board),
            "SELECT (SELECT COUNT(*) FROM applications WHERE id = 200 AND deleted_at IS NULL) \
             + (SELECT COUNT(*) FROM application_secrets WHERE id = 210 AND ended_at IS NULL) \
             + (SELECT COUNT(*) FROM application_approvals WHERE application_id = 200) \
             + (SELECT COUNT(*) FROM authorizations WHERE application_id = 200)",
        ),
    ]
}

fn what_applications_were_given_and_lost_stays_lost(place: &Place) {
    let store = place.open();
    world::fill(&store);
    world::applications(&store);
    for (_, left) in of_applications() {
        assert!(count(&store, left) > 0, "{left}");
    }
    drop(store);
    place.back_up();
    let store = reopen(place, 11);
    for (tombstone, _) in of_applications() {
        store.write(|unit| unit.tombstone(NOW, &tombstone)).unwrap();
    }
    drop(store);
    place.restore();
    let store = reopen(place, 22);
    assert!(store.reconciled().restored);
    for (_, left) in of_applications() {
        assert_eq!(count(&store, left), 0, "{left}");
    }
    // Codes that were used after the backup would be unused again.
    for left in [
        "SELECT COUNT(*) FROM authorization_codes",
        "SELECT COUNT(*) FROM device_codes",
        "SELECT COUNT(*) FROM registry_questions",
    ] {
        assert_eq!(count(&store, left), 0, "{left}");
    }
}

fn a_backup_is_noticed_even_if_nothing_was_taken_away_since(place: &Place) {
    let store = place.open();
    world::fill(&store);
    drop(store);
    place.back_up();
    let store = reopen(place, 11);
    let given: jeton_domain::TokenId = world::allocate(&store);
    let last = store.seq().unwrap();
    drop(store);
    assert_eq!(
        reopen(place, 12).reconciled(),
        Reconciled::default(),
        "no alarm without a reason"
    );
    place.restore();
    let store = reopen(place, 22);
    assert!(store.reconciled().restored);
    assert!(store.seq().unwrap() > last);
    let again: jeton_domain::TokenId = world::allocate(&store);
    assert!(again > given, "an id is not given twice");
    drop(store);
    let store = reopen(place, 33);
    assert_eq!(store.reconciled(), Reconciled::default(), "once");
    drop(store);
    // The same backup once more: of a history that is over.
    place.restore();
    let store = reopen(place, 44);
    assert!(store.reconciled().restored);
    let third: jeton_domain::TokenId = world::allocate(&store);
    assert!(third > again, "nor an id of the second history");
}

fn what_was_given_back_after_it_was_taken_stays_given_back(place: &Place) {
    let store = place.open();
    world::fill(&store);
    drop(store);
    place.back_up();
    let store = reopen(place, 11);
    for tombstone in [
        Tombstone::TokenSuspended(id(TOKEN)),
        Tombstone::UserSuspended(id(BOB)),
        Tombstone::TokenResumed(id(TOKEN)),
        Tombstone::UserResumed(id(BOB)),
    ] {
        store.write(|unit| unit.tombstone(NOW, &tombstone)).unwrap();
    }
    drop(store);
    place.restore();
    let store = reopen(place, 22);
    assert_eq!(store.reconciled().replayed, 4);
    assert_eq!(
        count(
            &store,
            "SELECT COUNT(*) FROM tokens WHERE suspended_at IS NOT NULL"
        ),
        0
    );
    assert_eq!(
        count(
            &store,
            "SELECT COUNT(*) FROM accounts WHERE id = 2 AND state = 'active'"
        ),
        1
    );
}

fn numbers_decide_what_came_last_and_not_the_place_in_the_file(place: &Place) {
    let store = place.open();
    world::fill(&store);
    drop(store);
    place.back_up();
    let store = reopen(place, 11);
    for tombstone in [
        Tombstone::TokenSuspended(id(TOKEN)),
        Tombstone::TokenResumed(id(TOKEN)),
        Tombstone::TokenSuspended(id(TOKEN)),
    ] {
        store.write(|unit| unit.tombstone(NOW, &tombstone)).unwrap();
    }
    drop(store);
    let file = place.file("tombstones.jsonl");
    let text = fs::read_to_string(&file).unwrap();
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let last = lines.len() - 1;
    lines.swap(last - 1, last);
    fs::write(&file, lines.concat()).unwrap();
    place.restore();
    let store = reopen(place, 22);
    assert_eq!(
        count(
            &store,
            "SELECT COUNT(*) FROM tokens WHERE suspended_at IS NOT NULL"
        ),
        1
    );
}

fn a_crash_before_the_append_is_made_good(place: &Place) {
    let store = place.open();
    world::fill(&store);
    drop(store);
    // Committed, and then the power went: a store without the file leaves the same behind.
    let mut options = place.options();
    options.tombstones = None;
    let store = place.try_open(&options).unwrap();
    store
        .write(|unit| unit.tombstone(NOW, &Tombstone::SecretRetired(id(SECRET))))
        .unwrap();
    drop(store);
    let before = lines(place);
    let store = reopen(place, 22);
    assert_eq!(
        store.reconciled(),
        Reconciled {
            appended: 1,
            replayed: 0,
            restored: false,
        }
    );
    assert_eq!(lines(place), before + 1);
    assert_eq!(
        store
            .read(|unit| Ok::<_, StoreError>(unit.incarnation()))
            .unwrap(),
        Incarnation(11)
    );
}

fn a_lost_file_is_written_again(place: &Place) {
    let store = place.open();
    world::fill(&store);
    store
        .write(|unit| unit.tombstone(NOW, &Tombstone::SecretRetired(id(SECRET))))
        .unwrap();
    drop(store);
    let before = fs::read(place.file("tombstones.jsonl")).unwrap();
    fs::remove_file(place.file("tombstones.jsonl")).unwrap();
    assert_eq!(
        reopen(place, 22).reconciled(),
        Reconciled {
            appended: 2,
            replayed: 0,
            restored: false,
        }
    );
    assert_eq!(fs::read(place.file("tombstones.jsonl")).unwrap(), before);
}

fn a_refused_change_leaves_no_tombstone(place: &Place) {
    let store = place.open();
    world::fill(&store);
    let before = lines(place);
    let refused = store.write(|unit| -> Result<(), StoreError> {
        unit.tombstone(NOW, &Tombstone::SecretRetired(id(SECRET)))?;
        Err(StoreError::Reference)
    });
    assert!(refused.is_err());
    assert_eq!(lines(place), before);
    // Appended before the write returns, in the order of commits.
    store
        .write(|unit| unit.tombstone(NOW, &Tombstone::SignInEnded(id(SIGN_IN))))
        .unwrap();
    let text = fs::read_to_string(place.file("tombstones.jsonl")).unwrap();
    assert!(
        text.lines().last().unwrap().contains("\"seq\":2,\"n\":0,"),
        "{text}"
    );
}

#[test]
fn a_torn_last_line_is_dropped_and_any_other_bad_line_refused() {
    let place = Place::sqlite();
    let store = place.open();
    world::fill(&store);
    for tombstone in every_kind() {
        store.write(|unit| unit.tombstone(NOW, &tombstone)).unwrap();
    }
    drop(store);
    let file = place.file("tombstones.jsonl");
    let whole = fs::read(&file).unwrap();
    let text = String::from_utf8(whole.clone()).unwrap();
    let last = text.trim_end().rfind('\n').unwrap() + 1;
    // A crash can leave any beginning of the last line; it was not acknowledged. The database knows it and gives it back.
    for cut in last..whole.len() {
        fs::write(&file, &whole[..cut]).unwrap();
        assert_eq!(
            reopen(&place, 22).reconciled(),
            Reconciled {
                appended: 1,
                replayed: 0,
                restored: false,
            },
            "cut at {cut}"
        );
        assert_eq!(fs::read(&file).unwrap(), whole);
    }
    for (line, spoil) in [
        (1, "\"n\":0"),
        (3, "crc"),
        (5, "secret_retired"),
        (text.lines().count(), "job_secret_deleted"),
    ] {
        let spoilt: String = text
            .lines()
            .enumerate()
            .map(|(index, text)| {
                if index + 1 == line {
                    text.replace(spoil, "other") + "\n"
                } else {
                    text.to_owned() + "\n"
                }
            })
            .collect();
        assert_ne!(spoilt, text, "line {line}");
        fs::write(&file, &spoilt).unwrap();
        let refused = place.try_open(&place.options()).unwrap_err();
        assert!(
            matches!(refused, OpenError::Tombstones { line: at, .. } if at == line),
            "{refused:?}"
        );
        assert!(
            refused
                .to_string()
                .contains("restore the file from a backup")
        );
        assert_eq!(fs::read_to_string(&file).unwrap(), spoilt, "left as it is");
    }
    fs::write(&file, &whole).unwrap();
    fs::OpenOptions::new()
        .append(true)
        .open(&file)
        .unwrap()
        .write_all(b"\n")
        .unwrap();
    assert!(
        matches!(
            place.try_open(&place.options()),
            Err(OpenError::Tombstones { .. })
        ),
        "an empty line is a bad line"
    );
}

#[test]
fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::sqlite();
    drop(place.open());
    let mode = fs::metadata(place.file("tombstones.jsonl"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}
