//! The values of tokens: found by digest, retired once, forgotten late.

use jeton_domain::{Expiry, SecretId, Span, Time, TokenId};
use jeton_store::activity::{self, LastUse};
use jeton_store::secrets::{self, NewSecret, SecretRow};
use jeton_store::{Store, StoreError};

use crate::place::{NOW, Place, on_both};
use crate::tokens::{token, world};
use crate::world::allocate;

on_both!(
    a_value_is_found_by_its_digest_alone,
    a_digest_is_one_value,
    a_value_is_retired_once,
    the_first_use_is_noted_once,
    an_idempotency_key_finds_its_latest_value_for_a_while,
    an_overlap_is_overdue_from_its_instant_on,
    a_value_is_forgotten_with_all_that_hangs_on_it,
    a_value_digested_anew_is_found_by_the_new_digest_only,
);

fn later(seconds: i64) -> Time {
    NOW.after(Span::from_seconds(seconds))
}

fn add(
    store: &Store,
    token: TokenId,
    n: u8,
    idempotency: Option<([u8; 32], [u8; 32])>,
) -> SecretId {
    let id = allocate(store);
    let new = NewSecret {
        id,
        token,
        kind: "fine_grained",
        digest: [n; 32],
        key: 1,
        public_name: Some("abc"),
        hashed: "h",
        created_at: NOW,
        expiry: Expiry::At(later(60)),
        idempotency,
    };
    store.write(|unit| secrets::insert(unit, &new)).unwrap();
    id
}

fn by(store: &Store, n: u8) -> Option<SecretRow> {
    let found = store
        .read(|unit| secrets::by_digest(unit, &[n; 32]))
        .unwrap();
    found.map(|(row, kind)| {
        assert_eq!(kind, "fine_grained");
        row
    })
}

fn stale(result: Result<(), StoreError>) {
    assert!(matches!(
        result.unwrap_err(),
        StoreError::Stale { affected: 0 }
    ));
}

fn a_value_is_found_by_its_digest_alone(place: &Place) {
    let made = world(place);
    let owner = token(&made, "t").id;
    let (one, two) = (
        add(&made.store, owner, 1, None),
        add(&made.store, owner, 2, None),
    );
    let row = by(&made.store, 1).unwrap();
    assert_eq!(
        (row.id, row.token, row.expiry, row.first_used_at),
        (one, owner, Expiry::At(later(60)), None)
    );
    assert_eq!(row.end(), row.expiry);
    assert_eq!(by(&made.store, 3), None);
    let all = made
        .store
        .read(|unit| secrets::of_token(unit, owner))
        .unwrap();
    assert_eq!(
        all.iter().map(|row| row.id).collect::<Vec<_>>(),
        [two, one],
        "newest first"
    );
}

fn a_digest_is_one_value(place: &Place) {
    let made = world(place);
    let owner = token(&made, "t").id;
    add(&made.store, owner, 1, None);
    let again = made.store.write(|unit| {
        let id: SecretId = unit.allocate()?;
        unit.execute(
            "INSERT INTO secrets (id, token_id, kind, digest, key_id, hashed, created_at) \
             SELECT $1, token_id, kind, digest, key_id, hashed, created_at FROM secrets",
            &[&id],
        )
    });
    assert!(again.unwrap_err().is_conflict_on("secrets_digest"));
}

fn a_value_is_retired_once(place: &Place) {
    let made = world(place);
    let owner = token(&made, "t").id;
    let id = add(&made.store, owner, 1, Some(([5; 32], [6; 32])));
    let store = &made.store;
    store
        .write(|unit| secrets::set_retirement(unit, id, later(10), true))
        .unwrap();
    let row = by(store, 1).unwrap();
    assert_eq!(
        (row.end(), row.until_first_use),
        (Expiry::At(later(10)), true)
    );
    store
        .write(|unit| secrets::retire(unit, id, later(5), "finished"))
        .unwrap();
    assert_eq!(by(store, 1).unwrap().end(), Expiry::At(later(5)));
    stale(store.write(|unit| secrets::retire(unit, id, later(50), "again")));
    stale(store.write(|unit| secrets::set_retirement(unit, id, later(50), false)));
    assert_eq!(by(store, 1).unwrap().retired_at, Some(later(5)));
    let note = |at| {
        store
            .write(|unit| secrets::note_first_use(unit, id, at))
            .unwrap()
    };
    assert!(!note(later(6)), "what is retired is not used");
    let found = store
        .read(|unit| secrets::by_idempotency(unit, &[5; 32], NOW))
        .unwrap();
    assert_eq!(found.unwrap().0.id, id, "its key stays");
}

fn the_first_use_is_noted_once(place: &Place) {
    let made = world(place);
    let owner = token(&made, "t").id;
    let id = add(&made.store, owner, 1, None);
    let note = |at| {
        made.store
            .write(|unit| secrets::note_first_use(unit, id, at))
            .unwrap()
    };
    assert!(note(later(1)));
    assert!(!note(later(2)));
    assert_eq!(by(&made.store, 1).unwrap().first_used_at, Some(later(1)));
}

fn an_idempotency_key_finds_its_latest_value_for_a_while(place: &Place) {
    let made = world(place);
    let owner = token(&made, "t").id;
    add(&made.store, owner, 1, Some(([5; 32], [6; 32])));
    let two = add(&made.store, owner, 2, Some(([5; 32], [7; 32])));
    add(&made.store, owner, 3, Some(([8; 32], [6; 32])));
    let find = |since| {
        made.store
            .read(|unit| secrets::by_idempotency(unit, &[5; 32], since))
            .unwrap()
    };
    let (row, body) = find(NOW).unwrap();
    assert_eq!((row.id, body), (two, [7; 32]));
    assert_eq!(find(NOW.after(Span::from_micros(1))), None);
}

fn an_overlap_is_overdue_from_its_instant_on(place: &Place) {
    let made = world(place);
    let owner = token(&made, "t").id;
    let id = add(&made.store, owner, 1, None);
    add(&made.store, owner, 2, None);
    made.store
        .write(|unit| secrets::set_retirement(unit, id, later(10), false))
        .unwrap();
    let overdue = |at| -> Vec<SecretId> {
        let rows = made.store.read(|unit| secrets::overdue(unit, at)).unwrap();
        rows.into_iter().map(|row| row.id).collect()
    };
    assert!(overdue(later(9)).is_empty());
    assert_eq!(overdue(later(10)), [id]);
    made.store
        .write(|unit| secrets::retire(unit, id, later(10), "overlap_over"))
        .unwrap();
    assert!(overdue(later(10)).is_empty());
}

fn a_value_is_forgotten_with_all_that_hangs_on_it(place: &Place) {
    let made = world(place);
    let owner = token(&made, "t").id;
    let (id, kept) = (
        add(&made.store, owner, 1, None),
        add(&made.store, owner, 2, None),
    );
    let store = &made.store;
    let used = LastUse {
        secret: id,
        at: NOW,
        address: None,
        door: "git".to_owned(),
        operation: "x".to_owned(),
    };
    store
        .side(|unit| activity::write(unit, &[used], &[]))
        .unwrap();
    store
        .write(|unit| {
            unit.execute(
                "INSERT INTO push_intents (id, repository_id, token_id, secret_id, actor_id, push, ref_name, old_object, \
                 new_object, created_at) VALUES (1, $1, $2, $3, $4, 'p', 'r', '0', '1', $5)",
                &[&made.labs, &owner, &id, &made.bob, &NOW],
            )?;
            secrets::retire(unit, id, later(5), "finished")
        })
        .unwrap();
    let any = |before| {
        store
            .read(|unit| secrets::any_retired(unit, before))
            .unwrap()
    };
    let forget = |before| {
        store
            .write(|unit| secrets::forget_retired(unit, before))
            .unwrap()
    };
    assert!(
        !any(later(5)) && forget(later(5)).is_empty(),
        "not at the instant"
    );
    assert!(any(later(6)));
    assert_eq!(forget(later(6)), [owner]);
    assert!(by(store, 1).is_none() && by(store, 2).unwrap().id == kept);
    let left = "SELECT COUNT(*) FROM push_intents WHERE secret_id IS NULL AND token_id IS NOT NULL";
    assert_eq!(store.read(|unit| unit.number(left, &[])).unwrap(), 1);
}

fn a_value_digested_anew_is_found_by_the_new_digest_only(place: &Place) {
    let made = world(place);
    let owner = token(&made, "t").id;
    let id = add(&made.store, owner, 1, None);
    made.store
        .write(|unit| secrets::redigest(unit, id, &[9; 32], 2))
        .unwrap();
    assert_eq!(by(&made.store, 1), None);
    assert_eq!(by(&made.store, 9).unwrap().id, id);
}
