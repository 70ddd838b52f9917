//! Signing in: one answer for wrong logins and wrong passwords, a throttle that locks no owner out,
//! sudo mode, and what ends a sign-in.

use std::net::IpAddr;
use std::sync::Barrier;

use jeton_app::sign_in::{self, SignedIn};
use jeton_app::{AppError, Call, Named, Password, admin};
use jeton_domain::Span;
use jeton_store::users;
use jeton_testkit::{Kit, operations};

use crate::outcome::{count, events, is_forbidden, is_missing, permitted, refused};
use crate::world::{CONFIRMED, carried};

const RIGHT: &str = "correct horse";

fn kit() -> Kit {
    let kit = Kit::new();
    admin::create_user(
        kit.app(),
        "Zed",
        "zed@example.test",
        &Password::new(RIGHT),
        false,
    )
    .unwrap();
    kit
}

fn from(kit: &Kit, address: &str, login: &str, password: &str) -> Result<SignedIn, AppError> {
    let call = Call {
        address: Some(address.parse::<IpAddr>().unwrap()),
        ..kit.anonymous(&operations::SITE, Named::Site)
    };
    sign_in::sign_in(
        kit.app(),
        &call,
        login,
        &Password::new(password),
        None,
        "test",
    )
}

fn signed_in(kit: &Kit) -> SignedIn {
    from(kit, "192.0.2.1", "zed", RIGHT).unwrap()
}

fn own(kit: &Kit, signed_in: &SignedIn) -> Call {
    kit.call(
        &operations::OWN,
        Named::Own,
        carried(kit.app(), signed_in.secret.expose()),
    )
}

/// `wrong`, `wait` with its seconds, or `ok`.
fn told(result: Result<SignedIn, AppError>) -> (&'static str, i64) {
    match result {
        Ok(_) => ("ok", 0),
        Err(AppError::BadSignIn) => ("wrong", 0),
        Err(AppError::TooMany { seconds }) => ("wait", seconds),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_person_signs_in_by_name_or_address_and_is_logged() {
    let kit = kit();
    for login in [
        "zed",
        "ZED",
        " Zed ",
        "zed@example.test",
        "Zed@Example.Test",
    ] {
        let signed_in = from(&kit, "192.0.2.1", login, RIGHT).unwrap();
        assert_eq!(signed_in.login, "Zed");
        assert!(permitted(&kit, &own(&kit, &signed_in)));
    }
    assert_eq!(
        events(&kit)
            .iter()
            .filter(|event| *event == "user.login")
            .count(),
        5
    );
    let strangers = "SELECT COUNT(*) FROM audit WHERE event = 'user.login' AND (actor_id IS NULL OR actor_id <> user_id)";
    assert_eq!(
        crate::outcome::count(&kit, strangers),
        0,
        "they did it themself"
    );
}

#[test]
fn unknown_names_and_wrong_passwords_are_one_answer_to_the_throttle_too() {
    let kit = kit();
    for login in [
        "zed",
        "nobody-there",
        "zed@example.test",
        "a\0b",
        "",
        "\u{202e}",
        &"x".repeat(100_000),
    ] {
        // Each from elsewhere, so that only the login counts.
        let address = format!("203.0.113.{}", login.len() % 200);
        for _ in 0..5 {
            assert_eq!(
                told(from(&kit, &address, login, "wrong")),
                ("wrong", 0),
                "{login:.10}"
            );
        }
        assert_eq!(
            told(from(&kit, &address, login, "wrong")),
            ("wait", 1),
            "{login:.10}"
        );
    }
    // Guesses at one name count together, however it is written.
    for login in ["zed", " zed", "ZED", "zed ", "Zed"] {
        let guess = from(&kit, "198.51.100.1", login, "wrong");
        assert_eq!(told(guess), ("wrong", 0), "{login}");
    }
    for login in ["zed", "ZED"] {
        let guess = from(&kit, "198.51.100.1", login, "wrong");
        assert_eq!(told(guess), ("wait", 1), "{login}");
    }
    assert_eq!(
        told(from(&kit, "192.0.2.99", "zed", &"x".repeat(10_000))),
        ("wrong", 0)
    );
}

#[test]
fn guesses_wait_longer_and_longer_and_the_owner_elsewhere_never() {
    let kit = kit();
    let here = |password| told(from(&kit, "192.0.2.1", "zed", password));
    for _ in 0..5 {
        assert_eq!(here("wrong"), ("wrong", 0));
    }
    for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        assert_eq!(
            here(RIGHT),
            ("wait", wait),
            "the right one waits too, or guesses could go on"
        );
        kit.advance(Span::from_micros(Span::from_seconds(wait).micros() - 1));
        assert_eq!(here("wrong"), ("wait", 1));
        assert_eq!(told(from(&kit, "198.51.100.7", "zed", RIGHT)), ("ok", 0));
        kit.advance(Span::from_micros(1));
        assert_eq!(here("wrong"), ("wrong", 0));
    }
    kit.advance(Span::from_seconds(900));
    assert_eq!(here(RIGHT), ("ok", 0));
    assert_eq!(here("wrong"), ("wrong", 0), "forgotten");
}

#[test]
fn an_address_that_guesses_at_many_logins_waits_and_one_network_is_one_address() {
    let kit = kit();
    for n in 0..50 {
        assert_eq!(
            told(from(
                &kit,
                &format!("2001:db8::{n:x}"),
                &format!("u{n}"),
                "wrong"
            )),
            ("wrong", 0)
        );
    }
    assert_eq!(
        told(from(&kit, "2001:db8::ffff", "zed", RIGHT)),
        ("wait", 1)
    );
    assert_eq!(told(from(&kit, "2001:db8:0:1::1", "zed", RIGHT)), ("ok", 0));
    // The right sign-ins of an office don't count against it, and wrong ones are forgotten in a day.
    kit.advance(Span::from_seconds(1));
    for _ in 0..10 {
        assert_eq!(told(from(&kit, "2001:db8::1", "zed", RIGHT)).0, "ok");
        kit.advance(Span::from_seconds(2));
    }
    kit.advance(Span::from_hours(24));
    assert_eq!(told(from(&kit, "2001:db8::1", "u1", "wrong")), ("wrong", 0));
    assert_eq!(told(from(&kit, "2001:db8::1", "u2", "wrong")), ("wrong", 0));
}

#[test]
fn guesses_by_login_do_not_tell_whose_an_address_is() {
    let kit = kit();
    let here = |name| told(from(&kit, "192.0.2.1", name, "wrong"));
    while here("zed").0 == "wrong" {}
    for name in ["zed@example.test", "nobody@example.test"] {
        assert_eq!(here(name), ("wrong", 0), "{name}");
    }
    // Nor the other way round.
    while here("zed@example.test").0 == "wrong" {}
    while here("nobody@example.test").0 == "wrong" {}
    assert_eq!(here("zed@example.test"), here("nobody@example.test"));
}

#[test]
fn guesses_sent_at_once_do_not_slip_through_together() {
    let kit = kit();
    let barrier = Barrier::new(40);
    let checked: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..40)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    usize::from(told(from(&kit, "192.0.2.1", "zed", "wrong")).0 == "wrong")
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert_eq!(checked, 5);
}

#[test]
fn a_suspended_person_is_told_only_with_the_right_password() {
    let kit = kit();
    admin::suspend_user(kit.app(), "zed").unwrap();
    assert_eq!(told(from(&kit, "192.0.2.1", "zed", "wrong")), ("wrong", 0));
    assert!(is_forbidden(from(&kit, "192.0.2.1", "zed", RIGHT)));
    admin::resume_user(kit.app(), "zed").unwrap();
    signed_in(&kit);
}

/// The new hash is of the same password: a sign-in that reads it only after the change is let in, and so
/// does not pass for one that was stopped.
#[test]
fn a_password_that_was_changed_while_it_was_checked_opens_nothing() {
    let kit = kit();
    let twin = Password::new(RIGHT);
    admin::create_user(kit.app(), "twin", "twin@example.test", &twin, false).unwrap();
    let hash = |login: &str| {
        let row = kit.store().read(|unit| users::by_login(unit, login));
        row.unwrap().unwrap().password_phc
    };
    let (mine, other) = (hash("zed").unwrap(), hash("twin").unwrap());
    assert_ne!(mine, other, "each has its own salt");
    let now = kit.app().now();
    let set = |hash: &str, patience: u64, begun: Option<&Barrier>| {
        kit.store().write(|unit| {
            if let Some(begun) = begun {
                begun.wait();
            }
            // The sign-in reads the old hash and checks it; its own write waits for this one.
            std::thread::sleep(std::time::Duration::from_millis(patience));
            let user = users::by_login(unit, "zed")?.unwrap();
            users::set_password(unit, user.id, hash, now)
        })
    };
    for patience in [100, 300, 700, 1_500, 3_000, 4_000] {
        set(&mine, 0, None).unwrap();
        let before = count(&kit, "SELECT COUNT(*) FROM sign_ins");
        let begun = Barrier::new(2);
        let result = std::thread::scope(|scope| {
            let change = scope.spawn(|| set(&other, patience, Some(&begun)));
            begun.wait();
            let result = from(&kit, "192.0.2.1", "zed", RIGHT);
            change.join().unwrap().unwrap();
            result
        });
        if result.is_err() {
            assert_eq!(told(result), ("wrong", 0));
            assert_eq!(count(&kit, "SELECT COUNT(*) FROM sign_ins"), before);
            return;
        }
        // It came too late on a busy machine, and proved nothing.
    }
    panic!("the password was never changed while it was checked");
}

#[test]
fn sudo_mode_slides_for_two_hours_and_ends_twelve_after_the_proof() {
    let kit = kit();
    let signed_in = signed_in(&kit);
    let call = kit.call(
        &CONFIRMED,
        Named::Own,
        carried(kit.app(), signed_in.secret.expose()),
    );
    let act = || kit.app().write(&call, |_, _| Ok(()));
    // Use that needs none does not slide it.
    kit.advance(Span::from_minutes(90));
    kit.app()
        .write(&own(&kit, &signed_in), |_, _| Ok(()))
        .unwrap();
    kit.advance(Span::from_minutes(30));
    assert_eq!(refused(act()), (403, "confirmation_needed"));
    let confirm = |password: &str| {
        sign_in::confirm(kit.app(), &own(&kit, &signed_in), &Password::new(password))
    };
    assert!(matches!(confirm("wrong"), Err(AppError::BadSignIn)));
    assert_eq!(refused(act()), (403, "confirmation_needed"));
    confirm(RIGHT).unwrap();
    for hour in 0..12 {
        act().unwrap_or_else(|error| panic!("hour {hour}: {error:?}"));
        kit.advance(Span::from_hours(1));
    }
    assert_eq!(
        refused(act()),
        (403, "confirmation_needed"),
        "used an hour ago, proved twelve ago"
    );
    assert_eq!(
        events(&kit)
            .iter()
            .filter(|event| *event == "user.sudo")
            .count(),
        1
    );
}

#[test]
fn confirming_is_throttled_as_signing_in_is() {
    let kit = kit();
    let signed_in = signed_in(&kit);
    for _ in 0..5 {
        let wrong = sign_in::confirm(kit.app(), &own(&kit, &signed_in), &Password::new("wrong"));
        assert!(matches!(wrong, Err(AppError::BadSignIn)));
    }
    let right = sign_in::confirm(kit.app(), &own(&kit, &signed_in), &Password::new(RIGHT));
    assert!(
        matches!(right, Err(AppError::TooMany { seconds: 1 })),
        "{right:?}"
    );
}

#[test]
fn a_sign_in_ends_when_it_is_not_used_for_ninety_days() {
    let kit = kit();
    let (used, unused) = (signed_in(&kit), signed_in(&kit));
    kit.advance(Span::from_days(60));
    kit.app().permit(&own(&kit, &used)).unwrap();
    kit.advance(Span::from_days(30));
    kit.app().permit(&own(&kit, &used)).unwrap();
    assert_eq!(
        refused(kit.app().permit(&own(&kit, &unused))),
        (401, "expired")
    );
}

#[test]
fn signing_out_ends_ones_own_and_reaches_no_other_persons() {
    let kit = kit();
    let eve = kit.person("eve");
    let (one, two) = (signed_in(&kit), signed_in(&kit));
    let (all, asking) = sign_in::list(kit.app(), &own(&kit, &one)).unwrap();
    assert_eq!(all.len(), 2);
    let other = all.iter().find(|row| row.id != asking).unwrap().id;
    let eves = kit.by(&eve, &operations::OWN, Named::Own);
    assert!(is_missing(sign_in::sign_out(kit.app(), &eves, Some(other))));
    sign_in::sign_out(kit.app(), &own(&kit, &one), Some(other)).unwrap();
    assert_eq!(
        refused(kit.app().permit(&own(&kit, &two))),
        (401, "revoked")
    );
    sign_in::sign_out(kit.app(), &own(&kit, &one), None).unwrap();
    assert_eq!(
        refused(kit.app().permit(&own(&kit, &one))),
        (401, "revoked")
    );
    let tombstones = std::fs::read_to_string(kit.folder().join("tombstones")).unwrap();
    assert_eq!(tombstones.matches("sign_in_ended").count(), 2);
}

#[test]
fn another_password_ends_ones_other_sign_ins() {
    let kit = kit();
    let (one, two) = (signed_in(&kit), signed_in(&kit));
    let change = |current: &str, new: &str| {
        sign_in::change_password(
            kit.app(),
            &own(&kit, &one),
            &Password::new(current),
            &Password::new(new),
        )
    };
    assert!(matches!(
        change("wrong", "another one"),
        Err(AppError::BadSignIn)
    ));
    assert!(matches!(
        change(RIGHT, "too short"),
        Err(AppError::Invalid(_))
    ));
    assert!(permitted(&kit, &own(&kit, &two)));
    let before = events(&kit).len();
    change(RIGHT, "another one").unwrap();
    assert_eq!(events(&kit)[before..], ["user.change_password"]);
    assert!(permitted(&kit, &own(&kit, &one)));
    assert_eq!(
        refused(kit.app().permit(&own(&kit, &two))),
        (401, "revoked")
    );
    assert_eq!(told(from(&kit, "192.0.2.1", "zed", RIGHT)), ("wrong", 0));
    assert_eq!(
        told(from(&kit, "192.0.2.1", "zed", "another one")),
        ("ok", 0)
    );
}

#[test]
fn a_label_is_cut_and_cleaned_wherever_it_stands() {
    let kit = kit();
    let call = kit.anonymous(&operations::SITE, Named::Site);
    let label = format!("\u{1b}[2J\0{}", "x".repeat(5000));
    sign_in::sign_in(kit.app(), &call, "zed", &Password::new(RIGHT), None, &label).unwrap();
    assert_eq!(
        count(
            &kit,
            "SELECT COUNT(*) FROM sign_ins WHERE length(label) = 100"
        ),
        1
    );
    assert_eq!(
        count(&kit, "SELECT COUNT(*) FROM audit WHERE length(body) > 2000"),
        0
    );
}
