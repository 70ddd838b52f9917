//! Second factors: one credential of one person, a code once, and what a restored backup forgets.

use jeton_domain::{
    AuthenticatorId, OrganizationRole, PasskeyId, RecoveryCodeId, Role, Span, Time, UserId,
};
use jeton_store::challenges::{self, NewChallenge, Purpose};
use jeton_store::factors::{self, Held, NewPasskey, RecoveryCodeRow};
use jeton_store::{Store, StoreError, Tombstone, access, collaborators, credentials, memberships};

use crate::people::person;
use crate::place::{NOW, Place, on_both};
use crate::world::{self, ANN, BOB, ORG, REPOSITORY, allocate, id};

on_both!(
    a_credential_belongs_to_one_person,
    an_authenticator_counts_once_confirmed_and_takes_a_step_once,
    a_recovery_code_is_used_once,
    whoever_has_a_factor_is_told_from_whoever_has_none,
    members_are_listed_with_whether_they_have_a_second_factor,
    a_question_is_answered_once_and_in_its_time,
    rules_of_the_tables_hold,
    a_restored_backup_gives_no_factor_back,
);

fn passkey(store: &Store, user: UserId, credential: u8) -> Result<PasskeyId, StoreError> {
    let id: PasskeyId = allocate(store);
    let new = NewPasskey {
        id,
        user,
        credential_id: &[credential; 16],
        name: "laptop",
        public_key: "{}",
    };
    store.write(|unit| factors::add_passkey(unit, &new, NOW))?;
    Ok(id)
}

fn authenticator(store: &Store, user: UserId) -> AuthenticatorId {
    let id: AuthenticatorId = allocate(store);
    store
        .write(|unit| factors::begin(unit, id, user, &[1, 2], NOW))
        .unwrap();
    id
}

fn confirmed(store: &Store, user: UserId) -> AuthenticatorId {
    let id = authenticator(store, user);
    store
        .write(|unit| factors::confirm(unit, id, 7, NOW))
        .unwrap();
    id
}

fn code(store: &Store, user: UserId, n: u8) -> RecoveryCodeId {
    let row = RecoveryCodeRow {
        id: allocate(store),
        digest: [n; 32],
        key: 1,
    };
    store
        .write(|unit| factors::add_code(unit, user, &row, NOW))
        .unwrap();
    row.id
}

fn held(store: &Store, user: UserId) -> Held {
    store.read(|unit| factors::held(unit, user)).unwrap()
}

fn later(seconds: i64) -> Time {
    NOW.after(Span::from_seconds(seconds))
}

fn a_credential_belongs_to_one_person(place: &Place) {
    let store = place.open();
    let (ann, eve) = (person(&store, "ann"), person(&store, "eve"));
    let one = passkey(&store, ann, 1).unwrap();
    let again = passkey(&store, eve, 1).unwrap_err();
    assert!(again.is_conflict_on("passkeys_credential"), "{again:?}");
    passkey(&store, eve, 2).unwrap();
    let found = |credential: u8| {
        store
            .read(|unit| factors::passkey_by_credential(unit, &[credential; 16]))
            .unwrap()
            .map(|row| row.user)
    };
    assert_eq!((found(1), found(2), found(3)), (Some(ann), Some(eve), None));
    // Only its person names or removes it; a use goes on from what was read.
    let removed = |user| {
        store
            .write(|unit| factors::remove_passkey(unit, user, one))
            .unwrap()
    };
    assert!(!removed(eve));
    let named = store.write(|unit| factors::rename_passkey(unit, eve, one, "hers"));
    assert!(!named.unwrap());
    let used = |before: &'static str, after: &'static str| {
        store.write(|unit| factors::passkey_used(unit, one, before, after, later(1)))
    };
    used("{}", "{1}").unwrap();
    assert!(matches!(used("{}", "{2}"), Err(StoreError::Stale { .. })));
    let row = &store.read(|unit| factors::passkeys(unit, ann)).unwrap()[0];
    assert_eq!(
        (row.public_key.as_str(), row.last_used_at),
        ("{1}", Some(later(1)))
    );
    assert!(removed(ann));
    assert!(!removed(ann));
}

fn an_authenticator_counts_once_confirmed_and_takes_a_step_once(place: &Place) {
    let store = place.open();
    let ann = person(&store, "ann");
    let first = authenticator(&store, ann);
    assert!(!held(&store, ann).second_factor());
    let second = authenticator(&store, ann);
    let confirm = |id| store.write(|unit| factors::confirm(unit, id, 7, NOW));
    assert!(
        matches!(confirm(first), Err(StoreError::Stale { .. })),
        "begun anew"
    );
    confirm(second).unwrap();
    assert!(matches!(confirm(second), Err(StoreError::Stale { .. })));
    assert!(held(&store, ann).authenticator);
    let take = |step| {
        store
            .write(|unit| factors::take_step(unit, second, step, NOW))
            .unwrap()
    };
    assert_eq!([7, 8, 8, 7, 9].map(take), [false, true, false, false, true]);
    // Beside it another may be begun, and its code is worth nothing.
    let third = authenticator(&store, ann);
    let early = store.write(|unit| factors::take_step(unit, third, 99, NOW));
    assert!(!early.unwrap());
    let both = confirm(third).unwrap_err();
    assert!(both.is_conflict_on("authenticators_confirmed"), "{both:?}");
}

fn a_recovery_code_is_used_once(place: &Place) {
    let store = place.open();
    let (ann, eve) = (person(&store, "ann"), person(&store, "eve"));
    let (one, _) = (code(&store, ann, 1), code(&store, ann, 2));
    code(&store, eve, 3);
    let spend = || {
        store
            .write(|unit| factors::use_code(unit, one, NOW))
            .unwrap()
    };
    assert!(spend());
    assert!(!spend());
    assert_eq!(held(&store, ann).recovery_codes, 1);
    assert!(!held(&store, ann).second_factor(), "they stand in for one");
    store
        .write(|unit| factors::forget_codes(unit, ann))
        .unwrap();
    assert_eq!(
        (
            held(&store, ann).recovery_codes,
            held(&store, eve).recovery_codes
        ),
        (0, 1)
    );
}

fn whoever_has_a_factor_is_told_from_whoever_has_none(place: &Place) {
    let store = place.open();
    world::fill(&store);
    let without = |organization: i64| -> Vec<(String, bool)> {
        let rows = store.read(|unit| factors::people_without(unit, id(organization), 0, 100));
        let count = store
            .read(|unit| factors::count_without(unit, id(organization)))
            .unwrap();
        let rows: Vec<_> = rows
            .unwrap()
            .into_iter()
            .map(|p| (p.login, p.role.is_some()))
            .collect();
        assert_eq!(i64::try_from(rows.len()).unwrap(), count);
        rows
    };
    let named = |login: &str, member| (login.to_owned(), member);
    assert_eq!(without(ORG), [named("Ann", true), named("bob", true)]);
    // The numbers of the world that was filled in were not given out.
    for _ in 0..100 {
        let _: jeton_domain::AccountId = allocate(&store);
    }
    let eve = person(&store, "eve");
    store
        .write(|unit| collaborators::set(unit, id(REPOSITORY), eve, Role::Read, NOW))
        .unwrap();
    assert_eq!(without(ORG)[2], named("eve", false));
    passkey(&store, id(ANN), 1).unwrap();
    authenticator(&store, eve);
    assert_eq!(
        without(ORG),
        [named("bob", true), named("eve", false)],
        "begun is not there"
    );
    confirmed(&store, eve);
    assert_eq!(without(ORG), [named("bob", true)]);
    let two_factor = |user: UserId| {
        let holder = store.read(|unit| credentials::holder(unit, user)).unwrap();
        holder.unwrap().two_factor
    };
    assert_eq!([id(ANN), id(BOB), eve].map(two_factor), [true, false, true]);
    let page = store
        .read(|unit| factors::people_without(unit, id(ORG), 1, 1))
        .unwrap();
    assert!(page.is_empty());
    store.write(|unit| factors::forget(unit, eve)).unwrap();
    assert!(!two_factor(eve));
}

fn a_question_is_answered_once_and_in_its_time(place: &Place) {
    let store = place.open();
    let ann = person(&store, "ann");
    let ask = |n: u8, purpose, bound| {
        let new = NewChallenge {
            digest: [n; 32],
            purpose,
            bound,
            user: Some(ann),
            state: "x",
            now: NOW,
            expires_at: later(60),
        };
        store.side(|unit| challenges::ask(unit, &new)).unwrap();
    };
    let take = |n: u8, purpose, at| {
        store
            .side(|unit| challenges::take(unit, &[n; 32], purpose, at))
            .unwrap()
    };
    ask(1, Purpose::Confirm, 5);
    assert!(take(1, Purpose::Make, NOW).is_none(), "for something else");
    let row = take(1, Purpose::Confirm, NOW).unwrap();
    assert_eq!(
        (row.user, row.bound, row.state.as_str()),
        (Some(ann), 5, "x")
    );
    assert!(take(1, Purpose::Confirm, NOW).is_none());
    // The newest of a kind and a sign-in alone.
    ask(2, Purpose::Confirm, 5);
    ask(3, Purpose::Make, 5);
    ask(4, Purpose::Confirm, 6);
    ask(5, Purpose::Confirm, 5);
    assert!(take(2, Purpose::Confirm, NOW).is_none());
    assert!(take(3, Purpose::Make, NOW).is_some());
    assert!(take(4, Purpose::Confirm, NOW).is_some());
    assert!(
        take(5, Purpose::Confirm, later(60)).is_none(),
        "over at the instant"
    );
    // Those of no sign-in stand beside each other; what is over goes when another is asked.
    ask(6, Purpose::SignIn, 0);
    ask(7, Purpose::SignIn, 0);
    let looked = store.read(|unit| challenges::look(unit, &[6; 32], Purpose::SignIn, NOW));
    assert!(looked.unwrap().is_some());
    assert!(take(6, Purpose::SignIn, NOW).is_some() && take(7, Purpose::SignIn, NOW).is_some());
    ask(8, Purpose::SignIn, 0);
    let new = NewChallenge {
        digest: [9; 32],
        purpose: Purpose::SignIn,
        bound: 0,
        user: None,
        state: "",
        now: later(60),
        expires_at: later(120),
    };
    store.side(|unit| challenges::ask(unit, &new)).unwrap();
    let left = store.read(|unit| unit.number("SELECT COUNT(*) FROM challenges", &[]));
    assert_eq!(left.unwrap(), 1);
}

fn rules_of_the_tables_hold(place: &Place) {
    let store = place.open();
    world::fill(&store);
    let ann: UserId = id(ANN);
    passkey(&store, ann, 1).unwrap();
    authenticator(&store, ann);
    code(&store, ann, 7);
    let broken = |sql: &'static str| store.write(|unit| world::execute(unit, sql)).unwrap_err();
    for (name, sql) in [
        (
            "authenticators_beginning",
            "INSERT INTO authenticators (id, user_id, seed, created_at) VALUES (900, 1, $2, $1)",
        ),
        (
            "recovery_codes_digest",
            "INSERT INTO recovery_codes (id, user_id, digest, key_id, created_at) VALUES (900, 2, $2, 1, $1)",
        ),
    ] {
        let error = broken(sql);
        assert!(error.is_conflict_on(name), "{name}: {error:?}");
    }
    let word = broken(
        "INSERT INTO challenges (digest, purpose, bound, state, created_at, expires_at) VALUES ($2, 'x', 0, '', $1, $1)",
    );
    assert!(
        matches!(&word, StoreError::Check { constraint } if constraint == "challenges_purpose"),
        "{word:?}"
    );
    for sql in [
        "INSERT INTO passkeys (id, user_id, credential_id, name, public_key, created_at) VALUES (900, 77, $2, 'x', '', $1)",
        "INSERT INTO authenticators (id, user_id, seed, created_at) VALUES (900, 77, $2, $1)",
        "INSERT INTO recovery_codes (id, user_id, digest, key_id, created_at) \
         SELECT 900, 77, leaf, 1, at FROM audit WHERE n = 0",
    ] {
        let error = broken(sql);
        assert!(!error.is_conflict_on("recovery_codes_digest"), "{error:?}");
    }
}

fn a_restored_backup_gives_no_factor_back(place: &Place) {
    let store = place.open();
    let ann = person(&store, "ann");
    let key = passkey(&store, ann, 1).unwrap();
    let app = confirmed(&store, ann);
    let (one, _) = (code(&store, ann, 1), code(&store, ann, 2));
    drop(store);
    place.back_up();
    let store = place.open();
    for tombstone in [
        Tombstone::PasskeyRemoved(key),
        Tombstone::AuthenticatorRemoved(app),
        Tombstone::RecoveryCodeUsed(one),
    ] {
        store.write(|unit| unit.tombstone(NOW, &tombstone)).unwrap();
    }
    drop(store);
    place.restore();
    let store = place.open();
    assert_eq!(
        held(&store, ann),
        Held {
            passkeys: 0,
            authenticator: false,
            recovery_codes: 1
        }
    );
}

fn members_are_listed_with_whether_they_have_a_second_factor(place: &Place) {
    let store = place.open();
    let acme = crate::people::organization(&store, "acme");
    let [ann, bob] = ["ann", "bob"].map(|login| person(&store, login));
    for user in [ann, bob] {
        let role = OrganizationRole::Member;
        store
            .write(|unit| memberships::set(unit, acme, user, role, NOW))
            .unwrap();
    }
    passkey(&store, ann, 1).unwrap();
    let list = |lacking| {
        let which = access::Members {
            lacking,
            ..access::Members::default()
        };
        let (rows, total) = store
            .read(|unit| access::members(unit, acme, which, (0, 9)))
            .unwrap();
        assert_eq!(i64::try_from(rows.len()).unwrap(), total);
        rows.into_iter()
            .map(|row| (row.person.login, row.second_factor))
            .collect::<Vec<_>>()
    };
    let (ann, bob) = (("ann".to_owned(), true), ("bob".to_owned(), false));
    assert_eq!(list(false), [ann, bob.clone()]);
    assert_eq!(list(true), [bob]);
}
