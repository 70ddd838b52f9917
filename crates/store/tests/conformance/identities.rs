//! Ways in through an outside provider: a subject opens one account, and a question is answered once.

use jeton_domain::{SignInId, Span, Time};
use jeton_store::identities::{self, IdentityRow, NewIdentity, Purpose, QuestionRow};
use jeton_store::{IdentityId, Store, StoreError, users};

use crate::people::person;
use crate::place::{NOW, Place, on_both};
use crate::world;

on_both!(
    a_subject_of_an_issuer_opens_one_account,
    only_its_person_loses_it,
    use_is_noted_and_strength_lasts_until_the_next_use,
    who_is_forgotten_loses_all,
    a_question_is_answered_once_and_in_time,
    questions_that_are_over_make_room,
    the_rules_of_the_tables_hold,
);

const ISSUER: &str = "https://id.example.org";

fn later(seconds: i64) -> Time {
    NOW.after(Span::from_seconds(seconds))
}

fn add(
    store: &Store,
    user: jeton_domain::UserId,
    issuer: &str,
    subject: &str,
) -> Result<IdentityId, StoreError> {
    let new = NewIdentity {
        user,
        issuer,
        subject,
        label: "ann@there",
    };
    store.write(|unit| identities::insert(unit, &new, NOW))
}

fn by(store: &Store, subject: &str) -> Option<IdentityRow> {
    store
        .read(|unit| identities::by_subject(unit, ISSUER, subject))
        .unwrap()
}

fn a_subject_of_an_issuer_opens_one_account(place: &Place) {
    let store = place.open();
    let (ann, eve) = (person(&store, "ann"), person(&store, "eve"));
    let id = add(&store, ann, ISSUER, "s").unwrap();
    for user in [ann, eve] {
        let again = add(&store, user, ISSUER, "s").unwrap_err();
        assert!(
            again.is_conflict_on("external_identities_subject"),
            "{again:?}"
        );
    }
    // Another issuer means somebody else by it, and case counts.
    add(&store, eve, "https://other.example", "s").unwrap();
    add(&store, eve, ISSUER, "S").unwrap();
    assert_eq!(
        by(&store, "s"),
        Some(IdentityRow {
            id,
            user: ann,
            issuer: ISSUER.to_owned(),
            subject: "s".to_owned(),
            label: "ann@there".to_owned(),
            created_at: NOW,
            last_used_at: None,
            strong_at: None,
        })
    );
    assert_eq!(by(&store, "nobody"), None);
    let own = store.read(|unit| identities::of_user(unit, eve)).unwrap();
    assert_eq!(own.len(), 2);
}

fn only_its_person_loses_it(place: &Place) {
    let store = place.open();
    let (ann, eve) = (person(&store, "ann"), person(&store, "eve"));
    let id = add(&store, ann, ISSUER, "s").unwrap();
    let remove = |user| {
        store
            .write(|unit| identities::remove(unit, user, id))
            .unwrap()
    };
    assert!(!remove(eve) && by(&store, "s").is_some());
    assert!(remove(ann) && by(&store, "s").is_none());
    assert!(!remove(ann));
}

fn use_is_noted_and_strength_lasts_until_the_next_use(place: &Place) {
    let store = place.open();
    let ann = person(&store, "ann");
    let id = add(&store, ann, ISSUER, "s").unwrap();
    let used = |strong, at| {
        store
            .write(|unit| identities::used(unit, id, "new@there", strong, at))
            .unwrap();
        let row = by(&store, "s").unwrap();
        (row.label, row.last_used_at, row.strong_at)
    };
    let label = "new@there".to_owned();
    assert_eq!(
        used(true, later(1)),
        (label.clone(), Some(later(1)), Some(later(1)))
    );
    assert_eq!(used(false, later(2)), (label, Some(later(2)), None));
}

fn who_is_forgotten_loses_all(place: &Place) {
    let store = place.open();
    let ann = person(&store, "ann");
    add(&store, ann, ISSUER, "s").unwrap();
    store.write(|unit| users::forget(unit, ann)).unwrap();
    assert_eq!(by(&store, "s"), None);
}

fn question(purpose: Purpose, sign_in: Option<SignInId>) -> QuestionRow {
    QuestionRow {
        purpose,
        sign_in,
        return_to: "/settings".to_owned(),
        asked_at: NOW,
    }
}

fn ask(store: &Store, n: u8, asked_at: Time) {
    let row = QuestionRow {
        asked_at,
        ..question(Purpose::SignIn, None)
    };
    let over = asked_at.after(Span::from_seconds(60));
    store
        .side(|unit| identities::ask(unit, &[n; 32], &row, over))
        .unwrap();
}

fn take(store: &Store, n: u8, at: Time) -> Option<QuestionRow> {
    store
        .side(|unit| identities::take(unit, &[n; 32], at))
        .unwrap()
}

fn a_question_is_answered_once_and_in_time(place: &Place) {
    let store = place.open();
    ask(&store, 1, NOW);
    ask(&store, 2, NOW);
    assert_eq!(take(&store, 3, NOW), None, "never asked");
    assert_eq!(
        take(&store, 1, later(59)),
        Some(question(Purpose::SignIn, None))
    );
    assert_eq!(take(&store, 1, later(59)), None, "answered before");
    assert_eq!(take(&store, 2, later(60)), None, "over at the instant");
}

fn questions_that_are_over_make_room(place: &Place) {
    let store = place.open();
    let waiting = |at| store.read(|unit| identities::waiting(unit, at)).unwrap();
    ask(&store, 1, NOW);
    assert_eq!((waiting(NOW), waiting(later(60))), (1, 0));
    ask(&store, 2, later(60));
    let rows = store
        .read(|unit| unit.number("SELECT COUNT(*) FROM provider_questions", &[]))
        .unwrap();
    assert_eq!(rows, 1);
}

fn the_rules_of_the_tables_hold(place: &Place) {
    let store = place.open();
    world::fill(&store);
    let attempt = |sql: &'static str| {
        store
            .write(|unit| world::execute(unit, sql))
            .expect_err(sql)
    };
    for (name, sql) in [
        (
            "provider_questions_purpose",
            "INSERT INTO provider_questions (digest, purpose, sign_in_id, asked_at, expires_at) VALUES ($2, 'own', 60, $1, $1)",
        ),
        (
            "provider_questions_sign_in",
            "INSERT INTO provider_questions (digest, purpose, asked_at, expires_at) VALUES ($2, 'link', $1, $1)",
        ),
        (
            "provider_questions_sign_in",
            "INSERT INTO provider_questions (digest, purpose, sign_in_id, asked_at, expires_at) VALUES ($2, 'sign_in', 60, $1, $1)",
        ),
    ] {
        let error = attempt(sql);
        assert!(
            matches!(&error, StoreError::Check { constraint } if constraint == name),
            "{name}: {error:?}"
        );
    }
    for sql in [
        "INSERT INTO external_identities (id, user_id, issuer, subject, created_at) VALUES (1, 3, 'i', 's', $1)",
        "INSERT INTO provider_questions (digest, purpose, sign_in_id, asked_at, expires_at) VALUES ($2, 'link', 999, $1, $1)",
    ] {
        let error = attempt(sql);
        assert!(matches!(error, StoreError::Reference), "{sql}: {error:?}");
    }
    ask(&store, 7, NOW);
    let row = question(Purpose::SignIn, None);
    let again = store
        .side(|unit| identities::ask(unit, &[7; 32], &row, later(60)))
        .unwrap_err();
    assert!(again.is_conflict_on("provider_questions_pkey"), "{again:?}");
}
