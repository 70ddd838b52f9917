//! Accounts, and the rules of their one name space.

use jeton_domain::{AccountId, Login};
use jeton_store::accounts::{self, AccountKind, AccountState};
use jeton_store::{Store, StoreError};

use crate::place::{NOW, Place, on_both};

on_both!(
    a_name_is_taken_once_whatever_its_case_and_kind,
    a_renamed_or_deleted_account_frees_its_name_for_the_administrator,
    states_change_only_from_where_they_can,
    pages_are_in_the_order_of_names,
);

fn login(name: &str) -> Login {
    Login::parse(name).unwrap()
}

pub(crate) fn make(store: &Store, kind: AccountKind, name: &str) -> AccountId {
    store
        .write(|unit| accounts::create(unit, kind, &login(name), "", NOW))
        .unwrap()
}

fn a_name_is_taken_once_whatever_its_case_and_kind(place: &Place) {
    let store = place.open();
    let id = make(&store, AccountKind::User, "Octo-Cat");
    let again = store.write(|unit| {
        accounts::create(unit, AccountKind::Organization, &login("octo-cat"), "", NOW)
    });
    assert!(again.unwrap_err().is_conflict_on("accounts_login"));
    let found = store
        .read(|unit| accounts::by_login(unit, &login("OCTO-CAT")))
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.id, found.login.as_str(), found.kind),
        (id, "Octo-Cat", AccountKind::User)
    );
    assert_eq!(found.state, AccountState::Active);
}

fn a_renamed_or_deleted_account_frees_its_name_for_the_administrator(place: &Place) {
    let store = place.open();
    let id = make(&store, AccountKind::User, "first");
    store
        .write(|unit| accounts::rename(unit, id, &login("First"), NOW))
        .unwrap();
    assert_eq!(
        store
            .read(|unit| accounts::freed_by(unit, &login("first")))
            .unwrap(),
        None,
        "only its spelling changed"
    );
    store
        .write(|unit| accounts::rename(unit, id, &login("second"), NOW))
        .unwrap();
    assert_eq!(
        store
            .read(|unit| accounts::freed_by(unit, &login("first")))
            .unwrap(),
        Some(id)
    );
    let former = |name| {
        let found = store.read(|unit| accounts::by_former_login(unit, &login(name)));
        found.unwrap().map(|found| (found.id, found.login))
    };
    assert_eq!(former("FIRST"), Some((id, "second".to_owned())));
    assert_eq!((former("second"), former("third")), (None, None));
    store.write(|unit| accounts::delete(unit, id, NOW)).unwrap();
    assert_eq!((former("first"), former("second")), (None, None));
    assert_eq!(
        store
            .read(|unit| accounts::freed_by(unit, &login("second")))
            .unwrap(),
        Some(id)
    );
    assert_eq!(
        store
            .read(|unit| accounts::by_login(unit, &login("second")))
            .unwrap(),
        None
    );
    let kept = store
        .read(|unit| accounts::by_id(unit, id))
        .unwrap()
        .unwrap();
    assert_eq!(kept.state, AccountState::Deleted { at: NOW });
    store
        .write(|unit| accounts::release_name(unit, &login("second")))
        .unwrap();
    assert_eq!(
        store
            .read(|unit| accounts::freed_by(unit, &login("second")))
            .unwrap(),
        None
    );
    let again = make(&store, AccountKind::User, "second");
    assert_ne!(again, id, "an id is never given again");
}

fn states_change_only_from_where_they_can(place: &Place) {
    let store = place.open();
    let id = make(&store, AccountKind::User, "one");
    let stale = |result: Result<(), StoreError>| {
        assert!(matches!(result, Err(StoreError::Stale { affected: 0 })));
    };
    stale(store.write(|unit| accounts::resume(unit, id)));
    store
        .write(|unit| accounts::suspend(unit, id, NOW))
        .unwrap();
    stale(store.write(|unit| accounts::suspend(unit, id, NOW)));
    let found = store
        .read(|unit| accounts::by_id(unit, id))
        .unwrap()
        .unwrap();
    assert_eq!(found.state, AccountState::Suspended { at: NOW });
    store.write(|unit| accounts::resume(unit, id)).unwrap();
    store.write(|unit| accounts::delete(unit, id, NOW)).unwrap();
    stale(store.write(|unit| accounts::delete(unit, id, NOW)));
    stale(store.write(|unit| accounts::suspend(unit, id, NOW)));
    stale(store.write(|unit| accounts::rename(unit, id, &login("two"), NOW)));
}

fn pages_are_in_the_order_of_names(place: &Place) {
    let store = place.open();
    for name in ["b", "C", "a", "a-b", "aa", "A1"] {
        make(&store, AccountKind::User, name);
    }
    make(&store, AccountKind::Organization, "org");
    let names = |after: &str, limit| -> Vec<String> {
        store
            .read(|unit| accounts::page(unit, AccountKind::User, after, limit))
            .unwrap()
            .into_iter()
            .map(|account| account.login)
            .collect()
    };
    // Byte order on both engines, not the server's locale.
    assert_eq!(names("", 10), ["a", "a-b", "A1", "aa", "b", "C"]);
    assert_eq!(names("a1", 2), ["aa", "b"]);
    assert_eq!(
        store
            .read(|unit| accounts::count(unit, AccountKind::User))
            .unwrap(),
        6
    );
}
