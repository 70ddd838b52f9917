//! Passkeys: made by a real ceremony, bound to a session, a person and an origin, counted on.

use jeton_app::factors::{self, ChallengeValue};
use jeton_app::{AppError, Call, Limits, Named};
use jeton_domain::Span;
use jeton_testkit::{Kit, operations};

use crate::outcome::{conflict, count, events, is_missing};
use crate::world::{PASSWORD, Someone, device, kit, told, try_sign_in};

#[test]
fn a_passkey_is_made_confirms_and_is_a_second_factor() {
    let kit = kit();
    let zed = Someone::new(&kit, "zed");
    let mut device = device();
    let codes = zed.passkey(&kit, &mut device);
    assert_eq!(codes.expose().len(), 10, "they come with the first factor");
    assert!(
        zed.passkey(&kit, &mut device).is_empty(),
        "and with that alone"
    );
    let view = factors::list(kit.app(), &zed.own(&kit)).unwrap();
    assert_eq!((view.held.passkeys, view.held.second_factor()), (2, true));
    assert_eq!(view.passkeys[0].name, "laptop");
    assert_eq!(told(&try_sign_in(&kit, "zed", PASSWORD, None)), "factor");
    kit.advance(Span::from_hours(3));
    let asked = factors::ask_to_confirm(kit.app(), &zed.own(&kit)).unwrap();
    let answer = device.show(&asked.options);
    factors::confirm_by_passkey(kit.app(), &zed.own(&kit), &asked.value, &answer).unwrap();
    factors::remove_passkey(kit.app(), &zed.sudo(&kit), view.passkeys[0].id).unwrap();
    let left = factors::list(kit.app(), &zed.own(&kit)).unwrap();
    assert!(left.passkeys[0].last_used_at.is_some());
    assert_eq!((left.held.passkeys, left.held.recovery_codes), (1, 10));
    factors::remove_passkey(kit.app(), &zed.sudo(&kit), left.passkeys[0].id).unwrap();
    assert_eq!(count(&kit, "SELECT COUNT(*) FROM recovery_codes"), 0);
    assert_eq!(told(&try_sign_in(&kit, "zed", PASSWORD, None)), "ok");
    let log = events(&kit);
    for (event, times) in [("add_factor", 2), ("remove_factor", 2)] {
        let named = format!("two_factor_authentication.{event}");
        assert_eq!(
            log.iter().filter(|e| **e == named).count(),
            times,
            "{event}"
        );
    }
}

#[test]
fn a_challenge_is_answered_once_in_its_time_and_by_its_session() {
    let kit = kit();
    let zed = Someone::new(&kit, "zed");
    let other = Someone::new(&kit, "zed");
    let mut device = device();
    zed.passkey(&kit, &mut device);
    let confirm = |who: &Someone, value: &ChallengeValue, answer: &str| {
        factors::confirm_by_passkey(kit.app(), &who.own(&kit), value, answer)
    };
    let asked = factors::ask_to_confirm(kit.app(), &zed.own(&kit)).unwrap();
    let answer = device.show(&asked.options);
    // Another session of the same person did not ask.
    assert_eq!(told(&confirm(&other, &asked.value, &answer)), "passkey");
    assert_eq!(told(&confirm(&zed, &asked.value, &answer)), "ok");
    assert_eq!(told(&confirm(&zed, &asked.value, &answer)), "passkey");
    // A fresh question with an earlier answer: it is used up by it, too.
    let again = factors::ask_to_confirm(kit.app(), &zed.own(&kit)).unwrap();
    assert_eq!(told(&confirm(&zed, &again.value, &answer)), "passkey");
    let right = device.show(&again.options);
    assert_eq!(told(&confirm(&zed, &again.value, &right)), "passkey");
    // Too late.
    let late = factors::ask_to_confirm(kit.app(), &zed.own(&kit)).unwrap();
    let answer = device.show(&late.options);
    kit.advance(Span::from_minutes(5));
    assert_eq!(told(&confirm(&zed, &late.value, &answer)), "passkey");
    // Of two questions the newer counts.
    let first = factors::ask_to_confirm(kit.app(), &zed.own(&kit)).unwrap();
    let second = factors::ask_to_confirm(kit.app(), &zed.own(&kit)).unwrap();
    let answers = [device.show(&first.options), device.show(&second.options)];
    assert_eq!(told(&confirm(&zed, &first.value, &answers[0])), "passkey");
    assert_eq!(told(&confirm(&zed, &second.value, &answers[1])), "ok");
    // A question about making is none about showing.
    let making = factors::ask_to_make(kit.app(), &zed.sudo(&kit)).unwrap();
    let asked = factors::ask_to_confirm(kit.app(), &zed.own(&kit)).unwrap();
    let answer = device.show(&asked.options);
    assert_eq!(told(&confirm(&zed, &making.value, &answer)), "passkey");
    for rubbish in ["", "0", &"0".repeat(64), "\0", &"f".repeat(1 << 16)] {
        let value = ChallengeValue::new(rubbish);
        assert_eq!(told(&confirm(&zed, &value, &answer)), "passkey");
        assert_eq!(told(&confirm(&zed, &asked.value, rubbish)), "passkey");
    }
    assert_eq!(
        told(&confirm(&zed, &asked.value, &answer)),
        "ok",
        "rubbish took nothing"
    );
}

#[test]
fn another_persons_passkey_proves_nobody_else() {
    let kit = kit();
    let (zed, eve) = (Someone::new(&kit, "zed"), Someone::new(&kit, "eve"));
    let (mut zeds, mut eves) = (device(), device());
    zed.passkey(&kit, &mut zeds);
    eve.passkey(&kit, &mut eves);
    let asked = factors::ask_to_confirm(kit.app(), &zed.own(&kit)).unwrap();
    let answer = eves.show_one(0, &asked.options);
    let shown = factors::confirm_by_passkey(kit.app(), &zed.own(&kit), &asked.value, &answer);
    assert_eq!(told(&shown), "passkey");
    // Nor where the device says nothing about whose it is.
    eves.says_who = false;
    let asked = factors::ask_to_confirm(kit.app(), &zed.own(&kit)).unwrap();
    let answer = eves.show_one(0, &asked.options);
    let shown = factors::confirm_by_passkey(kit.app(), &zed.own(&kit), &asked.value, &answer);
    assert_eq!(told(&shown), "passkey");
    // A passkey that somebody has is nobody else's.
    let asked = factors::ask_to_make(kit.app(), &eve.sudo(&kit)).unwrap();
    let answer = zeds.make(&asked.options);
    let call = eve.sudo(&kit);
    factors::make_passkey(kit.app(), &call, &asked.value, &answer, "").unwrap();
    let again = factors::ask_to_make(kit.app(), &zed.sudo(&kit)).unwrap();
    let taken = factors::make_passkey(kit.app(), &zed.sudo(&kit), &again.value, &answer, "");
    assert_eq!(told(&taken), "passkey", "an answer to another question");
    // Whose it is not, can't remove or rename it.
    let eves_own = factors::list(kit.app(), &eve.own(&kit)).unwrap().passkeys[0].id;
    assert!(is_missing(factors::remove_passkey(
        kit.app(),
        &zed.sudo(&kit),
        eves_own
    )));
    assert!(is_missing(factors::rename_passkey(
        kit.app(),
        &zed.own(&kit),
        eves_own,
        "x"
    )));
}

#[test]
fn a_credential_that_is_stored_is_not_taken_a_second_time() {
    let kit = kit();
    let (zed, eve) = (Someone::new(&kit, "zed"), Someone::new(&kit, "eve"));
    let mut device = device();
    zed.passkey(&kit, &mut device);
    let asked = factors::ask_to_make(kit.app(), &eve.sudo(&kit)).unwrap();
    let answer = device.make(&asked.options);
    // As if zed had it: the same credential under another row.
    let id = serde_json::from_str::<serde_json::Value>(&answer).unwrap()["rawId"].clone();
    let id = jeton_testkit::decoded(id.as_str().unwrap());
    kit.store()
        .write(|unit| unit.execute("UPDATE passkeys SET credential_id = $1", &[&id]))
        .unwrap();
    let taken = factors::make_passkey(kit.app(), &eve.sudo(&kit), &asked.value, &answer, "");
    assert_eq!(conflict(taken), "state");
}

#[test]
fn a_dishonest_device_or_page_is_refused() {
    let kit = kit();
    let zed = Someone::new(&kit, "zed");
    let mut device = device();
    zed.passkey(&kit, &mut device);
    let confirm = |device: &mut jeton_testkit::Device| {
        let asked = factors::ask_to_confirm(kit.app(), &zed.own(&kit)).unwrap();
        let answer = device.show_one(0, &asked.options);
        told(&factors::confirm_by_passkey(
            kit.app(),
            &zed.own(&kit),
            &asked.value,
            &answer,
        ))
    };
    assert_eq!(confirm(&mut device), "ok");
    device.verifies = false;
    assert_eq!(confirm(&mut device), "passkey", "no finger, no code");
    device.verifies = true;
    device.origin = "http://localhost:9999".to_owned();
    assert_eq!(confirm(&mut device), "passkey", "another origin");
    device.origin = "https://evil.test".to_owned();
    assert_eq!(confirm(&mut device), "passkey", "another page");
    device.origin = crate::world::ORIGIN.to_owned();
    device.set_back(0, 0);
    assert_eq!(confirm(&mut device), "passkey", "a copy counts from before");
    device.set_back(0, 100);
    assert_eq!(confirm(&mut device), "ok");
    // One that does not verify is not even made.
    device.verifies = false;
    assert_eq!(told(&zed.try_passkey(&kit, &mut device)), "passkey");
}

#[test]
fn the_last_way_in_stays() {
    let kit = kit();
    // Made without a password.
    let nopass = kit.person("nopass");
    let someone = Someone {
        value: nopass.value().to_owned(),
    };
    let mut device = device();
    someone.passkey(&kit, &mut device);
    let id = factors::list(kit.app(), &someone.own(&kit))
        .unwrap()
        .passkeys[0]
        .id;
    let last = factors::remove_passkey(kit.app(), &someone.sudo(&kit), id);
    assert_eq!(conflict(last), "last_way_in");
    someone.passkey(&kit, &mut device);
    factors::remove_passkey(kit.app(), &someone.sudo(&kit), id).unwrap();
}

#[test]
fn a_server_without_a_host_name_has_no_passkeys_and_says_so() {
    let kit = Kit::with(Limits::default());
    let ann = kit.person("ann");
    let asked = factors::ask_to_make(kit.app(), &kit.by(&ann, &operations::OWN, Named::Own));
    let Err(AppError::Conflict { message, .. }) = asked else {
        panic!("{asked:?}");
    };
    assert!(message.contains("host name"), "{message}");
    assert!(ann.id.get() > 0);
}

#[test]
fn names_are_plain_and_short() {
    let kit = kit();
    let zed = Someone::new(&kit, "zed");
    let mut device = device();
    zed.passkey(&kit, &mut device);
    let id = factors::list(kit.app(), &zed.own(&kit)).unwrap().passkeys[0].id;
    let call = |name: &str| factors::rename_passkey(kit.app(), &zed.own(&kit), id, name);
    let name = || {
        factors::list(kit.app(), &zed.own(&kit)).unwrap().passkeys[0]
            .name
            .clone()
    };
    call("work\u{202e}\u{200b}\n<b>").unwrap();
    assert!(!name().contains(['\u{202e}', '\n']), "{:?}", name());
    call("  ").unwrap();
    assert_eq!(name(), "Passkey");
    assert_eq!(
        crate::outcome::fault(call(&"x".repeat(61))),
        ("name", "invalid")
    );
}

/// Each is a row, and anybody can ask.
#[test]
fn questions_of_one_network_keep_nobody_elsewhere_out() {
    let kit = kit();
    let ask = |address: &str| {
        let nobody = kit.anonymous(&operations::SITE, Named::Site);
        let call = Call {
            address: Some(address.parse().unwrap()),
            ..nobody
        };
        factors::ask_to_sign_in(kit.app(), &call).map(|_| ())
    };
    for n in 0..1000 {
        ask(&format!("2001:db8::{n:x}")).unwrap();
    }
    let one_more = ask("2001:db8::9");
    assert!(
        matches!(one_more, Err(AppError::TooMany { .. })),
        "{one_more:?}"
    );
    ask("2001:db8:0:1::9").unwrap();
    kit.advance(Span::from_hours(1));
    ask("2001:db8::9").unwrap();
}
