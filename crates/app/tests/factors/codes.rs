//! Codes: needed, good once, counted as guesses; recovery codes; enrolment.

use jeton_app::factors::{self, FactorsOffered};
use jeton_app::{AppError, Password, sign_in};
use jeton_domain::Span;

use crate::outcome::{conflict, count, events, fault, permitted, refused};
use crate::world::{PASSWORD, Someone, code, from, kit, told, try_sign_in};

#[test]
fn who_has_an_authenticator_never_signs_in_by_the_password_alone() {
    let kit = kit();
    let zed = Someone::new(&kit, "zed");
    let (seed, _) = zed.authenticator(&kit);
    let refused = try_sign_in(&kit, "zed", PASSWORD, None);
    let Err(AppError::FactorNeeded(offered)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(
        offered,
        FactorsOffered {
            passkey: false,
            authenticator: true,
            recovery_code: true
        }
    );
    assert_eq!(offered.names(), ["authenticator", "recovery_code"]);
    let sign_ins = "SELECT COUNT(*) FROM sign_ins";
    assert_eq!(count(&kit, sign_ins), 1, "nothing was opened");
    kit.advance(Span::from_seconds(30));
    for typed in ["000000", "", "abcde-fghjk"] {
        assert_eq!(
            told(&try_sign_in(&kit, "zed", PASSWORD, Some(typed))),
            "code"
        );
    }
    assert_eq!(count(&kit, sign_ins), 1);
    let now = code(&kit, &seed);
    assert_eq!(
        told(&try_sign_in(&kit, "zed", "wrong", Some(&now))),
        "sign-in"
    );
    let done = try_sign_in(&kit, "zed@example.test", PASSWORD, Some(&now)).unwrap();
    assert!(permitted(&kit, &Someone::of(&done).own(&kit)));
    // Nobody else is asked for one.
    assert_eq!(told(&try_sign_in(&kit, "eve", PASSWORD, None)), "ok");
    assert_eq!(
        told(&try_sign_in(&kit, "eve", PASSWORD, Some("000000"))),
        "ok"
    );
}

#[test]
fn a_code_is_good_once_and_for_its_time() {
    let kit = kit();
    let zed = Someone::new(&kit, "zed");
    let (seed, _) = zed.authenticator(&kit);
    // That of the enrolment is used up.
    let enrolled = code(&kit, &seed);
    assert_eq!(
        told(&try_sign_in(&kit, "zed", PASSWORD, Some(&enrolled))),
        "code"
    );
    kit.advance(Span::from_seconds(60));
    let now = code(&kit, &seed);
    assert_eq!(told(&try_sign_in(&kit, "zed", PASSWORD, Some(&now))), "ok");
    assert_eq!(
        told(&try_sign_in(&kit, "zed", PASSWORD, Some(&now))),
        "code"
    );
    // Nor does it confirm what it opened.
    let confirmed = sign_in::confirm_by_code(kit.app(), &zed.own(&kit), &now);
    assert_eq!(told(&confirmed), "code");
    // An earlier one than was taken is none, though the clock would let it pass.
    let before = seed.code(kit.app().now().seconds() - 30).unwrap();
    assert_eq!(
        told(&try_sign_in(&kit, "zed", PASSWORD, Some(&before))),
        "code"
    );
    // One of the next half minute passes at once, and this one's after it no more.
    let next = seed.code(kit.app().now().seconds() + 30).unwrap();
    assert_eq!(told(&try_sign_in(&kit, "zed", PASSWORD, Some(&next))), "ok");
    kit.advance(Span::from_hours(1));
    for (shift, expected) in [(-60, "code"), (60, "code"), (-30, "ok"), (30, "ok")] {
        let shifted = seed.code(kit.app().now().seconds() + shift).unwrap();
        let answer = try_sign_in(&kit, "zed", PASSWORD, Some(&shifted));
        assert_eq!(told(&answer), expected, "{shift}");
    }
}

#[test]
fn wrong_codes_count_as_guesses_and_a_password_takes_none_back() {
    let kit = kit();
    Someone::new(&kit, "zed").authenticator(&kit);
    // Signed in from there before: only their own guesses make them wait.
    for n in 0..4 {
        assert_eq!(
            told(&try_sign_in(&kit, "zed", PASSWORD, Some("000000"))),
            "code",
            "{n}"
        );
        assert_eq!(
            told(&try_sign_in(&kit, "zed", PASSWORD, None)),
            "factor",
            "{n}"
        );
    }
    assert_eq!(
        told(&try_sign_in(&kit, "zed", PASSWORD, Some("000000"))),
        "code"
    );
    assert_eq!(
        told(&try_sign_in(&kit, "zed", PASSWORD, Some("000000"))),
        "wait"
    );
    assert_eq!(told(&try_sign_in(&kit, "zed", PASSWORD, None)), "wait");
}

#[test]
fn codes_are_counted_by_account_wherever_the_guesses_come_from() {
    let kit = kit();
    Someone::new(&kit, "zed").authenticator(&kit);
    let guess = |n: u8| {
        let address = format!("203.0.{n}.1");
        told(&from(&kit, &address, "zed", PASSWORD, Some("000000")))
    };
    let answers: Vec<_> = (0..14).map(guess).collect();
    assert_eq!(answers[..10], ["code"; 10]);
    assert!(
        answers[11..].iter().all(|answer| *answer == "wait"),
        "{answers:?}"
    );
    // Who does not know the password takes no part in it: they keep nobody out.
    let eve = Someone::new(&kit, "eve");
    let (seed, _) = eve.authenticator(&kit);
    for n in 0..40 {
        let address = format!("198.51.{n}.1");
        assert_eq!(
            told(&from(&kit, &address, "eve", "wrong", Some("000000"))),
            "sign-in"
        );
    }
    kit.advance(Span::from_seconds(30));
    let elsewhere = from(
        &kit,
        "198.18.0.1",
        "eve",
        PASSWORD,
        Some(&code(&kit, &seed)),
    );
    assert_eq!(told(&elsewhere), "ok");
}

#[test]
fn a_second_step_of_one_does_not_complete_the_password_of_another() {
    let kit = kit();
    let (zed, eve) = (Someone::new(&kit, "zed"), Someone::new(&kit, "eve"));
    let (seed, codes) = zed.authenticator(&kit);
    let (_, eves) = eve.authenticator(&kit);
    kit.advance(Span::from_seconds(30));
    let zeds = code(&kit, &seed);
    assert_eq!(
        told(&try_sign_in(&kit, "eve", PASSWORD, Some(&zeds))),
        "code"
    );
    let recovery = &codes.expose()[0];
    assert_eq!(
        told(&try_sign_in(&kit, "eve", PASSWORD, Some(recovery))),
        "code"
    );
    let own = &eves.expose()[0];
    assert_eq!(told(&try_sign_in(&kit, "eve", PASSWORD, Some(own))), "ok");
}

#[test]
fn a_recovery_code_opens_once_and_is_worth_nothing_after_new_ones_were_made() {
    let kit = kit();
    let zed = Someone::new(&kit, "zed");
    let (_, codes) = zed.authenticator(&kit);
    let codes = codes.expose();
    assert_eq!(codes.len(), 10);
    let typed = codes[3].to_uppercase().replace('-', " ");
    assert_eq!(
        told(&try_sign_in(&kit, "zed", PASSWORD, Some(&typed))),
        "ok"
    );
    assert_eq!(
        told(&try_sign_in(&kit, "zed", PASSWORD, Some(&codes[3]))),
        "code"
    );
    assert!(events(&kit).contains(&"two_factor_authentication.recovery_code_used".to_owned()));
    let view = factors::list(kit.app(), &zed.own(&kit)).unwrap();
    assert_eq!(
        (view.held.recovery_codes, view.held.authenticator),
        (9, true)
    );
    // It is for getting in, not for confirming.
    let confirmed = sign_in::confirm_by_code(kit.app(), &zed.own(&kit), &codes[4]);
    assert_eq!(told(&confirmed), "code");
    let anew = factors::make_recovery_codes(kit.app(), &zed.sudo(&kit)).unwrap();
    assert_eq!(
        told(&try_sign_in(&kit, "zed", PASSWORD, Some(&codes[5]))),
        "code"
    );
    let new = &anew.expose()[0];
    assert_eq!(told(&try_sign_in(&kit, "zed", PASSWORD, Some(new))), "ok");
    let clear = "SELECT COUNT(*) FROM recovery_codes WHERE length(digest) <> 32";
    assert_eq!(count(&kit, clear), 0);
}

#[test]
fn nothing_counts_until_a_code_of_it_was_shown() {
    let kit = kit();
    let zed = Someone::new(&kit, "zed");
    let begun = factors::begin_authenticator(kit.app(), &zed.sudo(&kit)).unwrap();
    assert_eq!(told(&try_sign_in(&kit, "zed", PASSWORD, None)), "ok");
    let view = factors::list(kit.app(), &zed.own(&kit)).unwrap();
    assert!(!view.held.second_factor() && view.authenticator.is_none());
    let wrong = factors::finish_authenticator(kit.app(), &zed.sudo(&kit), "000000");
    assert_eq!(fault(wrong), ("code", "invalid"));
    // Another one that was begun ends the first.
    let again = factors::begin_authenticator(kit.app(), &zed.sudo(&kit)).unwrap();
    let first = factors::finish_authenticator(kit.app(), &zed.sudo(&kit), &code(&kit, &begun.seed));
    assert_eq!(fault(first), ("code", "invalid"));
    kit.advance(Span::from_hours(1));
    let late = factors::finish_authenticator(kit.app(), &zed.sudo(&kit), &code(&kit, &again.seed));
    assert_eq!(conflict(late), "state");
    // Codes alone are no factor.
    let codes = factors::make_recovery_codes(kit.app(), &zed.sudo(&kit));
    assert_eq!(conflict(codes), "state");
}

#[test]
fn adding_and_removing_takes_a_sign_in_that_was_confirmed_lately() {
    let kit = kit();
    let zed = Someone::new(&kit, "zed");
    let (seed, _) = zed.authenticator(&kit);
    kit.advance(Span::from_hours(3));
    let app = kit.app();
    let needed = (403, "confirmation_needed");
    assert_eq!(
        refused(factors::begin_authenticator(app, &zed.sudo(&kit))),
        needed
    );
    assert_eq!(
        refused(factors::remove_authenticator(app, &zed.sudo(&kit))),
        needed
    );
    assert_eq!(
        refused(factors::make_recovery_codes(app, &zed.sudo(&kit))),
        needed
    );
    assert_eq!(refused(factors::ask_to_make(app, &zed.sudo(&kit))), needed);
    sign_in::confirm_by_code(app, &zed.own(&kit), &code(&kit, &seed)).unwrap();
    factors::remove_authenticator(app, &zed.sudo(&kit)).unwrap();
    assert_eq!(told(&try_sign_in(&kit, "zed", PASSWORD, None)), "ok");
    assert_eq!(count(&kit, "SELECT COUNT(*) FROM recovery_codes"), 0);
    assert_eq!(count(&kit, "SELECT COUNT(*) FROM authenticators"), 0);
}

#[test]
fn a_password_still_confirms_and_takes_no_guessed_code_back() {
    let kit = kit();
    let zed = Someone::new(&kit, "zed");
    zed.authenticator(&kit);
    let password = Password::new(PASSWORD);
    for n in 0..4 {
        let wrong = sign_in::confirm_by_code(kit.app(), &zed.own(&kit), "000000");
        assert_eq!(told(&wrong), "code", "{n}");
        sign_in::confirm(kit.app(), &zed.own(&kit), &password).unwrap();
    }
    for expected in ["code", "wait"] {
        let wrong = sign_in::confirm_by_code(kit.app(), &zed.own(&kit), "000000");
        assert_eq!(told(&wrong), expected);
    }
}

#[test]
fn a_seed_lies_sealed_and_opens_for_its_own_row_only() {
    let kit = kit();
    let (zed, eve) = (Someone::new(&kit, "zed"), Someone::new(&kit, "eve"));
    let (seed, _) = zed.authenticator(&kit);
    eve.authenticator(&kit);
    let rows = kit
        .store()
        .read(|unit| unit.all("SELECT seed FROM authenticators ORDER BY id", &[]))
        .unwrap();
    for row in &rows {
        let sealed: Vec<u8> = row.get(0).unwrap();
        let holds = sealed.windows(20).any(|bytes| bytes == seed.expose());
        assert!(!holds && sealed.len() > 40);
    }
    // Zed's seed in eve's row opens nothing.
    kit.store()
        .write(|unit| {
            unit.execute(
                "UPDATE authenticators SET seed = (SELECT seed FROM authenticators ORDER BY id LIMIT 1)",
                &[],
            )
        })
        .unwrap();
    kit.advance(Span::from_seconds(30));
    let moved = try_sign_in(&kit, "eve", PASSWORD, Some(&code(&kit, &seed)));
    assert!(matches!(moved, Err(AppError::Data(_))), "{moved:?}");
}
