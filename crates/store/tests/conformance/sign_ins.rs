//! Sign-ins: found by digest, ended by their person only, sudo mode as it is kept.

use jeton_domain::{SignInId, Span, SudoState, Time, UserId};
use jeton_store::sign_ins::{self, NewSignIn, SignInRow};
use jeton_store::{Store, StoreError, users};

use crate::people::person;
use crate::place::{NOW, Place, on_both};
use crate::world::allocate;

on_both!(
    a_sign_in_begins_proved_and_is_found_by_its_digest,
    only_its_person_ends_it_and_only_once,
    what_is_over_is_not_listed,
    sliding_lengthens_and_proving_begins_anew,
    nothing_slides_or_proves_what_has_ended,
    a_person_is_found_by_name_or_verified_address_and_by_nothing_else,
);

fn later(seconds: i64) -> Time {
    NOW.after(Span::from_seconds(seconds))
}

fn add(store: &Store, user: UserId, n: u8) -> SignInId {
    let id = allocate(store);
    let new = NewSignIn {
        id,
        kind: jeton_domain::CredentialKind::Client,
        user,
        digest: [n; 32],
        key: 1,
        label: "laptop",
        now: NOW,
        proved_at: NOW,
        expires_at: later(60),
        address: Some("192.0.2.1"),
        user_agent: "test",
    };
    store.write(|unit| sign_ins::insert(unit, &new)).unwrap();
    id
}

fn by(store: &Store, n: u8) -> Option<SignInRow> {
    store
        .read(|unit| sign_ins::by_digest(unit, &[n; 32]))
        .unwrap()
}

fn a_sign_in_begins_proved_and_is_found_by_its_digest(place: &Place) {
    let store = place.open();
    let user = person(&store, "ann");
    let id = add(&store, user, 1);
    let row = by(&store, 1).unwrap();
    assert_eq!(
        (row.id, row.user, row.label.as_str(), row.ended_at),
        (id, user, "laptop", None)
    );
    assert_eq!(
        row.sudo,
        SudoState {
            proved_at: NOW,
            used_at: NOW
        }
    );
    assert_eq!(by(&store, 2), None);
    store
        .write(|unit| sign_ins::redigest(unit, id, &[2; 32], 2))
        .unwrap();
    assert!(by(&store, 1).is_none() && by(&store, 2).unwrap().id == id);
}

fn only_its_person_ends_it_and_only_once(place: &Place) {
    let store = place.open();
    let (ann, eve) = (person(&store, "ann"), person(&store, "eve"));
    let id = add(&store, ann, 1);
    let end = |user| {
        store
            .write(|unit| sign_ins::end(unit, user, id, later(1)))
            .unwrap()
    };
    assert!(!end(eve));
    assert_eq!(by(&store, 1).unwrap().ended_at, None);
    assert!(end(ann));
    assert!(!end(ann));
    assert_eq!(by(&store, 1).unwrap().ended_at, Some(later(1)));
}

fn what_is_over_is_not_listed(place: &Place) {
    let store = place.open();
    let (ann, eve) = (person(&store, "ann"), person(&store, "eve"));
    let (one, two) = (add(&store, ann, 1), add(&store, ann, 2));
    add(&store, eve, 3);
    let living = |at| -> Vec<SignInId> {
        let rows = store.read(|unit| sign_ins::living(unit, ann, at)).unwrap();
        rows.into_iter().map(|row| row.id).collect()
    };
    assert_eq!(living(later(59)), [two, one]);
    assert!(living(later(60)).is_empty(), "over at the instant");
    store
        .write(|unit| sign_ins::end(unit, ann, one, NOW))
        .unwrap();
    assert_eq!(living(NOW), [two]);
}

fn sliding_lengthens_and_proving_begins_anew(place: &Place) {
    let store = place.open();
    let ann = person(&store, "ann");
    let id = add(&store, ann, 1);
    let slide = |at, sudo| {
        store.side(|unit| sign_ins::slide(unit, id, at, at.after(Span::from_seconds(60)), sudo))
    };
    slide(later(10), false).unwrap();
    let row = by(&store, 1).unwrap();
    assert_eq!((row.last_seen_at, row.expires_at), (later(10), later(70)));
    assert_eq!(
        row.sudo,
        SudoState {
            proved_at: NOW,
            used_at: NOW
        }
    );
    slide(later(20), true).unwrap();
    assert_eq!(
        by(&store, 1).unwrap().sudo,
        SudoState {
            proved_at: NOW,
            used_at: later(20)
        }
    );
    store
        .write(|unit| sign_ins::prove(unit, id, later(30)))
        .unwrap();
    assert_eq!(
        by(&store, 1).unwrap().sudo,
        SudoState {
            proved_at: later(30),
            used_at: later(30)
        }
    );
}

fn nothing_slides_or_proves_what_has_ended(place: &Place) {
    let store = place.open();
    let ann = person(&store, "ann");
    let id = add(&store, ann, 1);
    store
        .write(|unit| sign_ins::end(unit, ann, id, NOW))
        .unwrap();
    store
        .side(|unit| sign_ins::slide(unit, id, later(10), later(70), true))
        .unwrap();
    let proved = store.write(|unit| sign_ins::prove(unit, id, later(10)));
    assert!(matches!(proved, Err(StoreError::Stale { affected: 0 })));
    let row = by(&store, 1).unwrap();
    assert_eq!((row.expires_at, row.sudo.used_at), (later(60), NOW));
}

fn a_person_is_found_by_name_or_verified_address_and_by_nothing_else(place: &Place) {
    let store = place.open();
    let ann = person(&store, "Ann");
    let find = |key: &str| {
        store
            .read(|unit| users::by_login_or_email(unit, key))
            .unwrap()
            .map(|user| user.id)
    };
    assert_eq!((find("ann"), find("ann@x")), (Some(ann), Some(ann)));
    for nobody in ["", "Ann", "x", "ann\0", "\0"] {
        assert_eq!(find(nobody), None, "{nobody:?}");
    }
    assert_eq!(
        store.read(|unit| users::by_login(unit, "ann\0")).unwrap(),
        None
    );
    place.behind("UPDATE users SET email_verified_at = NULL");
    assert_eq!(find("ann@x"), None, "an address that nobody verified");
}
