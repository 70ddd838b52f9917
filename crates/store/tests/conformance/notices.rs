//! Notices, reminders, links and the jobs that send them.

use jeton_domain::{SecretId, Span, Time, UserId};
use jeton_store::link_codes::{self, LinkPurpose, NewLinkCode};
use jeton_store::notices::{self, Filter, NewNotice};
use jeton_store::reminders::{self, Due};
use jeton_store::{JobId, NoticeId, Sql, Store, jobs};

use crate::people::person;
use crate::place::{NOW, Place, on_both};
use crate::world::{self, BOB, SECRET, TOKEN, id};

on_both!(
    notices_are_read_by_their_person_in_pages_and_filters,
    only_its_person_marks_a_notice_and_only_once,
    a_digest_is_taken_once,
    a_choice_is_kept,
    a_reminder_is_noted_once_and_only_towards_the_end,
    a_reminder_of_an_unused_token_is_of_one_end,
    only_what_lives_is_reminded_of,
    a_link_is_used_once_by_its_purpose_and_in_its_time,
    a_newer_link_ends_the_older_and_forgetting_drops_all,
    work_that_was_handed_over_is_not_handed_over_again,
    what_is_over_keeps_nothing,
);

fn later(seconds: i64) -> Time {
    NOW.after(Span::from_seconds(seconds))
}

fn add(store: &Store, user: UserId, topic: &str, digest_at: Option<Time>) -> NoticeId {
    let new = NewNotice {
        user,
        topic,
        kind: "k",
        facts: "{}",
        now: NOW,
        digest_at,
    };
    store.write(|unit| notices::insert(unit, &new)).unwrap()
}

fn ids(store: &Store, user: UserId, filter: Filter<'_>, offset: i64) -> (Vec<NoticeId>, i64) {
    let (rows, total) = store
        .read(|unit| notices::page(unit, user, filter, offset, 2))
        .unwrap();
    (rows.into_iter().map(|row| row.id).collect(), total)
}

fn notices_are_read_by_their_person_in_pages_and_filters(place: &Place) {
    let store = place.open();
    let (ann, bob) = (person(&store, "ann"), person(&store, "bob"));
    let first = add(&store, ann, "tokens", None);
    let second = add(&store, ann, "security", None);
    let third = add(&store, ann, "tokens", None);
    let other = add(&store, bob, "tokens", None);
    let all = Filter::default();
    assert_eq!(ids(&store, ann, all, 0), (vec![third, second], 3));
    assert_eq!(ids(&store, ann, all, 2), (vec![first], 3));
    assert_eq!(ids(&store, bob, all, 0), (vec![other], 1));
    let tokens = Filter {
        topic: Some("tokens"),
        unread: true,
    };
    assert_eq!(ids(&store, ann, tokens, 0), (vec![third, first], 2));
    store
        .side(|unit| notices::mark_read(unit, ann, third, NOW))
        .unwrap();
    assert_eq!(ids(&store, ann, tokens, 0), (vec![first], 1));
    let unread = |user| {
        store
            .read(|unit| notices::count_unread(unit, user))
            .unwrap()
    };
    assert_eq!((unread(ann), unread(bob)), (2, 1));
    store
        .write(|unit| notices::forget_person(unit, ann))
        .unwrap();
    assert_eq!((unread(ann), unread(bob)), (0, 1));
    assert_eq!(
        store.side(|unit| notices::forget(unit, later(1))).unwrap(),
        1
    );
}

fn only_its_person_marks_a_notice_and_only_once(place: &Place) {
    let store = place.open();
    let (ann, bob) = (person(&store, "ann"), person(&store, "bob"));
    let first = add(&store, ann, "x", None);
    let second = add(&store, ann, "x", None);
    let mark = |user| {
        store
            .side(|unit| notices::mark_read(unit, user, first, NOW))
            .unwrap()
    };
    assert!(!mark(bob));
    assert!(
        store
            .read(|unit| notices::find(unit, bob, first))
            .unwrap()
            .is_none()
    );
    assert!(mark(ann));
    assert!(!mark(ann));
    let row = store
        .read(|unit| notices::find(unit, ann, first))
        .unwrap()
        .unwrap();
    assert_eq!(row.read_at, Some(NOW));
    // What came after the list was shown stays unread.
    let third = add(&store, ann, "x", None);
    let all = |user| {
        store
            .side(|unit| notices::mark_all_read(unit, user, second, NOW))
            .unwrap()
    };
    assert_eq!((all(bob), all(ann)), (0, 1));
    assert_eq!(
        ids(
            &store,
            ann,
            Filter {
                unread: true,
                topic: None
            },
            0
        )
        .0,
        [third]
    );
}

fn a_digest_is_taken_once(place: &Place) {
    let store = place.open();
    let (ann, bob) = (person(&store, "ann"), person(&store, "bob"));
    let first = add(&store, ann, "x", Some(later(10)));
    let second = add(&store, ann, "x", Some(later(10)));
    add(&store, ann, "x", Some(later(20)));
    add(&store, bob, "x", None);
    let due = |at| store.read(|unit| notices::due_digests(unit, at)).unwrap();
    assert!(due(later(9)).is_empty());
    assert_eq!(due(later(10)), [ann]);
    let take = |at| {
        let rows = store
            .write(|unit| notices::take_digest(unit, ann, at))
            .unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(take(later(10)), [first, second]);
    assert!(take(later(10)).is_empty() && due(later(10)).is_empty());
    assert_eq!(take(later(30)).len(), 1);
}

fn a_choice_is_kept(place: &Place) {
    let store = place.open();
    let ann = person(&store, "ann");
    let daily = || store.read(|unit| notices::wants_daily(unit, ann)).unwrap();
    let choose = |daily| {
        store
            .write(|unit| notices::choose_daily(unit, ann, daily))
            .unwrap();
    };
    assert!(!daily(), "without a word, at once");
    choose(true);
    assert!(daily());
    choose(false);
    assert!(!daily());
}

#[expect(clippy::needless_pass_by_value, reason = "made where it is given")]
fn set(store: &Store, sql: String, at: Time) {
    let changed = store
        .write(|unit| unit.execute(Sql::built(sql.clone()), &[&at]))
        .unwrap();
    assert_eq!(changed, 1, "{sql}");
}

fn week() -> Due {
    Due {
        days: 7,
        after: later(3 * 86_400),
        until: later(7 * 86_400),
        length: Span::from_days(1),
    }
}

fn found(store: &Store, due: Due) -> usize {
    store
        .read(|unit| reminders::due(unit, due, 10))
        .unwrap()
        .len()
}

fn a_reminder_is_noted_once_and_only_towards_the_end(place: &Place) {
    let store = place.open();
    world::fill(&store);
    let secret: SecretId = id(SECRET);
    // The world's row is a reminder of seven days already.
    let note = |days| {
        store
            .write(|unit| reminders::note(unit, secret, days))
            .unwrap()
    };
    assert!(!note(7));
    assert!(note(3));
    assert!(!note(3) && !note(7));
    assert!(note(0));
    assert!(!note(1));
}

fn a_reminder_of_an_unused_token_is_of_one_end(place: &Place) {
    let store = place.open();
    world::fill(&store);
    let (one, next) = (later(7), later(8));
    let told = |ends_at, days| {
        store
            .read(|unit| reminders::is_unused_told(unit, id(TOKEN), ends_at, days))
            .unwrap()
    };
    let note = |ends_at, days| {
        store
            .write(|unit| reminders::note_unused(unit, id(TOKEN), ends_at, days))
            .unwrap();
    };
    note(one, 3);
    assert_eq!([7, 3, 1].map(|days| told(one, days)), [true, true, false]);
    assert!(!told(next, 7));
    note(next, 7);
    assert!(told(next, 7) && !told(next, 3) && !told(one, 7));
}

fn only_what_lives_is_reminded_of(place: &Place) {
    let store = place.open();
    world::fill(&store);
    store
        .write(|unit| unit.execute("DELETE FROM expiry_reminders", &[]))
        .unwrap();
    assert_eq!(found(&store, week()), 0, "it never ends");
    let end = later(5 * 86_400);
    set(
        &store,
        format!("UPDATE secrets SET expires_at = $1 WHERE id = {SECRET}"),
        end,
    );
    let rows = store.read(|unit| reminders::due(unit, week(), 10)).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].secret, rows[0].token, rows[0].name.as_str()),
        (id(SECRET), id(TOKEN), "ci")
    );
    assert_eq!((rows[0].creator, rows[0].expires_at), (id(BOB), end));
    let at = |until| Due { until, ..week() };
    assert_eq!(found(&store, at(end)), 1, "at the moment itself");
    assert_eq!(found(&store, at(later(5 * 86_400 - 1))), 0);
    let after = |after| Due { after, ..week() };
    assert_eq!(found(&store, after(end)), 0);
    let long = Due {
        length: Span::from_days(8),
        ..week()
    };
    assert_eq!(found(&store, long), 0, "it lives five days in all");
    for (column, table, row) in [
        ("suspended_at", "tokens", TOKEN),
        ("deleted_at", "tokens", TOKEN),
        ("retired_at", "secrets", SECRET),
    ] {
        let also = if column == "retired_at" {
            ", retire_reason = 'rotated'"
        } else if column == "deleted_at" {
            ", revoked_at = $1, revoked_reason = 'creator'"
        } else {
            ""
        };
        set(
            &store,
            format!("UPDATE {table} SET {column} = $1{also} WHERE id = {row}"),
            NOW,
        );
        assert_eq!(found(&store, week()), 0, "{column}");
        let back = match column {
            "retired_at" => "retired_at = NULL, retire_reason = NULL",
            "deleted_at" => "deleted_at = NULL, revoked_at = NULL, revoked_reason = NULL",
            _ => "suspended_at = NULL",
        };
        set(
            &store,
            format!("UPDATE {table} SET {back} WHERE id = {row} AND created_at <= $1"),
            later(99),
        );
        assert_eq!(found(&store, week()), 1, "{column}");
    }
    set(
        &store,
        format!("UPDATE accounts SET state = 'suspended', suspended_at = $1 WHERE id = {BOB}"),
        NOW,
    );
    assert_eq!(found(&store, week()), 0, "its creator is suspended");
    set(
        &store,
        format!("UPDATE accounts SET state = 'active' WHERE id = {BOB} AND created_at <= $1"),
        later(99),
    );
    set(
        &store,
        format!(
            "INSERT INTO secrets (id, token_id, kind, digest, key_id, hashed, created_at) \
             VALUES (41, {TOKEN}, 'fine_grained', CAST('x' AS {}), 1, 'h', $1)",
            bytes(&store)
        ),
        NOW,
    );
    assert_eq!(found(&store, week()), 0, "a newer value replaces it");
}

fn bytes(store: &Store) -> &'static str {
    match store.engine() {
        jeton_store::Engine::Sqlite => "BLOB",
        jeton_store::Engine::Postgres => "BYTEA",
    }
}

fn link(store: &Store, user: UserId, n: u8, purpose: LinkPurpose, at: Time) {
    let new = NewLinkCode {
        digest: [n; 32],
        key: 1,
        purpose,
        user,
        address: "ann@example.test",
        now: at,
        expires_at: at.after(Span::from_seconds(60)),
    };
    store.write(|unit| link_codes::insert(unit, &new)).unwrap();
}

fn a_link_is_used_once_by_its_purpose_and_in_its_time(place: &Place) {
    let store = place.open();
    let ann = person(&store, "ann");
    link(&store, ann, 1, LinkPurpose::Address, NOW);
    let redeem = |n: u8, purpose, at| {
        store
            .write(|unit| link_codes::redeem(unit, &[n; 32], purpose, at))
            .unwrap()
            .map(|row| (row.user, row.address))
    };
    let right = Some((ann, "ann@example.test".to_owned()));
    assert_eq!(redeem(2, LinkPurpose::Address, NOW), None, "unknown");
    assert_eq!(redeem(1, LinkPurpose::PasswordReset, NOW), None);
    assert_eq!(redeem(1, LinkPurpose::Address, later(60)), None, "over");
    assert_eq!(redeem(1, LinkPurpose::Address, later(59)), right);
    assert_eq!(redeem(1, LinkPurpose::Address, later(59)), None, "used");
    let living = store
        .read(|unit| link_codes::living(unit, &[1; 32], LinkPurpose::Address, NOW))
        .unwrap();
    assert_eq!(living, None);
}

fn a_newer_link_ends_the_older_and_forgetting_drops_all(place: &Place) {
    let store = place.open();
    let (ann, bob) = (person(&store, "ann"), person(&store, "bob"));
    let (address, reset) = (LinkPurpose::Address, LinkPurpose::PasswordReset);
    link(&store, ann, 1, address, NOW);
    link(&store, ann, 2, reset, NOW);
    link(&store, bob, 3, address, NOW);
    let living = |n: u8, purpose| {
        store
            .read(|unit| link_codes::living(unit, &[n; 32], purpose, NOW))
            .unwrap()
            .is_some()
    };
    assert_eq!(
        store
            .write(|unit| link_codes::end_all(unit, ann, address, NOW))
            .unwrap(),
        1
    );
    assert!(!living(1, address) && living(2, reset) && living(3, address));
    link(&store, ann, 4, address, later(1));
    let latest = store
        .read(|unit| link_codes::latest(unit, ann, address, later(2)))
        .unwrap();
    assert_eq!(latest.unwrap().created_at, later(1));
    let since = |at| {
        store
            .read(|unit| link_codes::count_since(unit, ann, address, at))
            .unwrap()
    };
    assert_eq!(
        (since(NOW), since(NOW.before(Span::from_seconds(1)))),
        (1, 2)
    );
    store
        .write(|unit| link_codes::forget_person(unit, ann))
        .unwrap();
    assert!(!living(2, reset) && living(3, address));
    assert_eq!(
        store
            .side(|unit| link_codes::forget(unit, later(61)))
            .unwrap(),
        1
    );
}

fn job(store: &Store) -> JobId {
    store
        .write(|unit| jobs::add(unit, "mail", "{\"a\":1}", NOW))
        .unwrap()
}

fn work_that_was_handed_over_is_not_handed_over_again(place: &Place) {
    let store = place.open();
    let id = job(&store);
    let due = |at| store.read(|unit| jobs::any_due(unit, at)).unwrap();
    assert!(due(NOW) && !due(NOW.before(Span::from_seconds(1))));
    let lease = |at: Time| {
        store
            .side(|unit| jobs::lease(unit, at, at.after(Span::from_seconds(60))))
            .unwrap()
            .unwrap()
    };
    assert_eq!(lease(NOW).handed_at, None);
    assert!(!due(NOW), "leased");
    let hand = |at| store.side(|unit| jobs::hand_over(unit, id, at)).unwrap();
    assert!(hand(later(1)));
    assert!(!hand(later(2)));
    // The worker died: who takes it next sees that somebody outside may have it.
    let again = lease(later(60));
    assert_eq!((again.attempts, again.handed_at), (2, Some(later(1))));
    // Where it is known that nobody has it, it may be handed over again.
    store
        .side(|unit| jobs::put_off(unit, id, later(100), "no answer"))
        .unwrap();
    assert_eq!(lease(later(100)).handed_at, None);
    assert!(hand(later(101)));
    assert!(
        store
            .side(|unit| jobs::finish(unit, id, "sent", None, later(102)))
            .unwrap()
    );
    assert!(!hand(later(103)), "it is over");
}

fn what_is_over_keeps_nothing(place: &Place) {
    let store = place.open();
    let id = job(&store);
    store
        .write(|unit| jobs::keep_sealed(unit, id, b"sealed"))
        .unwrap();
    let leased = store
        .side(|unit| jobs::lease(unit, NOW, later(60)))
        .unwrap()
        .unwrap();
    assert_eq!(leased.sealed.as_deref(), Some(&b"sealed"[..]));
    store
        .side(|unit| jobs::finish(unit, id, "sent", None, later(1)))
        .unwrap();
    let row = store
        .read(|unit| {
            unit.one(
                "SELECT payload, sealed, outcome FROM jobs WHERE id = $1",
                &[&id],
            )
        })
        .unwrap()
        .unwrap();
    assert_eq!(row.get::<String>(0).unwrap(), "");
    assert_eq!(row.get::<Option<Vec<u8>>>(1).unwrap(), None);
    assert_eq!(row.get::<String>(2).unwrap(), "sent");
    let sealed = store.write(|unit| jobs::keep_sealed(unit, id, b"late"));
    assert!(sealed.is_err(), "nothing is added to what is over");
}
