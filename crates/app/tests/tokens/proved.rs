//! Addresses that are proved by a link, and passwords that are set anew by one.

use jeton_app::{AppError, Named, Password, addresses, password_reset, sign_in, users};
use jeton_domain::Span;
use jeton_testkit::operations;

use crate::letters::{anybody, code, letters, own, password, world};
use crate::outcome::{count, fault};
use crate::world::World;

#[test]
fn a_new_address_is_proved_by_its_link_and_told_to_both() {
    let world = world();
    let app = world.app();
    let bob = own(&world, &world.bob);
    addresses::ask(app, &bob, "robert@example.test").unwrap();
    let payload = world
        .store()
        .read(|unit| unit.one("SELECT payload FROM jobs WHERE done_at IS NULL", &[]))
        .unwrap()
        .unwrap()
        .get::<String>(0)
        .unwrap();
    let sent = letters(&world.kit);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].0, "robert@example.test");
    let link = code(&sent[0].2, "http://127.0.0.1:8377/-/verify/");
    assert!(!payload.contains(&link), "the queue does not show the code");
    let addresses_now = addresses::show(app, &bob).unwrap();
    assert_eq!(addresses_now.address.as_deref(), Some("bob@example.test"));
    assert_eq!(
        addresses_now.pending.unwrap().address,
        "robert@example.test"
    );

    let eve = own(&world, &world.eve);
    for foreign in [
        addresses::look(app, &eve, &link),
        addresses::verify(app, &eve, &link),
    ] {
        assert!(
            matches!(foreign, Err(AppError::Forbidden(_))),
            "{foreign:?}"
        );
    }
    let reset = password_reset::look(app, &anybody(&world), &link);
    assert!(
        matches!(reset, Err(AppError::Forbidden(_))),
        "it is for one use"
    );
    assert_eq!(
        addresses::look(app, &bob, &link).unwrap(),
        "robert@example.test"
    );
    assert_eq!(
        addresses::verify(app, &bob, &link).unwrap(),
        "robert@example.test"
    );
    let again = addresses::verify(app, &bob, &link);
    assert!(matches!(again, Err(AppError::Forbidden(_))), "replayed");
    let sent = letters(&world.kit);
    let to: Vec<&str> = sent.iter().map(|(to, ..)| to.as_str()).collect();
    assert_eq!(to, ["robert@example.test", "bob@example.test"]);
    assert!(addresses::show(app, &bob).unwrap().pending.is_none());
}

#[test]
fn a_link_to_an_address_ends_by_time_by_a_newer_one_and_by_taking_it_back() {
    let world = world();
    let app = world.app();
    let bob = own(&world, &world.bob);
    let dead = |link: &str| {
        matches!(
            addresses::look(app, &bob, link),
            Err(AppError::Forbidden(_))
        )
    };
    let fresh = || code(&letters(&world.kit).pop().unwrap().2, "/-/verify/");
    addresses::ask(app, &bob, "one@example.test").unwrap();
    let first = fresh();
    addresses::resend(app, &bob).unwrap();
    let second = fresh();
    assert!(dead(&first) && !dead(&second));
    world
        .kit
        .advance(Span::from_micros(Span::from_hours(24).micros() - 1));
    assert!(!dead(&second));
    world.kit.advance(Span::from_micros(1));
    assert!(dead(&second), "at the moment itself");
    addresses::ask(app, &bob, "two@example.test").unwrap();
    let third = fresh();
    addresses::cancel(app, &bob).unwrap();
    assert!(dead(&third));
    assert!(matches!(
        addresses::cancel(app, &bob),
        Err(AppError::Missing(_))
    ));
    for link in ["", "x", &"0".repeat(40), &third.to_uppercase()] {
        assert!(dead(link), "{link}");
    }
    for _ in 0..4 {
        addresses::ask(app, &bob, "three@example.test").unwrap();
    }
    let flood = addresses::ask(app, &bob, "three@example.test");
    assert!(matches!(flood, Err(AppError::TooMany { .. })));
}

#[test]
fn an_address_that_is_not_proved_blocks_nobody_and_a_proved_one_is_one_accounts() {
    let world = world();
    let app = world.app();
    let (bob, eve) = (own(&world, &world.bob), own(&world, &world.eve));
    addresses::ask(app, &eve, "shared@example.test").unwrap();
    let hers = code(&letters(&world.kit)[0].2, "/-/verify/");
    addresses::ask(app, &bob, "shared@example.test").unwrap();
    let his = code(&letters(&world.kit)[0].2, "/-/verify/");
    addresses::verify(app, &bob, &his).unwrap();
    letters(&world.kit);
    assert_eq!(
        fault(addresses::verify(app, &eve, &hers)),
        ("email", "already_exists")
    );
    let kept = addresses::show(app, &eve).unwrap();
    assert_eq!(kept.address.as_deref(), Some("eve@example.test"));
    for wrong in ["", "x", "a@b@c", "a@b\r\nBcc: c@d", "<a@b>"] {
        assert_eq!(
            fault(addresses::ask(app, &bob, wrong)),
            ("email", "invalid"),
            "{wrong}"
        );
    }
}

/// Asks for a link and waits until it was made, if it is.
fn reset(world: &World, who: &str) -> Option<String> {
    password_reset::ask(world.app(), &anybody(world), who).unwrap();
    for _ in 0..40 {
        std::thread::sleep(std::time::Duration::from_millis(25));
        if let Some((_, _, body)) = letters(&world.kit).pop() {
            return Some(code(&body, "http://127.0.0.1:8377/password_reset/"));
        }
    }
    None
}

#[test]
fn a_password_is_set_anew_by_a_link_once_and_all_sign_ins_end() {
    let world = world();
    let app = world.app();
    password(&world, "bob");
    let signed = |password: &str| {
        sign_in::sign_in(
            app,
            &anybody(&world),
            "bob",
            &Password::new(password),
            None,
            "x",
        )
    };
    signed("correct horse battery").unwrap();
    letters(&world.kit);
    let link = reset(&world, "BOB@example.test").unwrap();
    assert_eq!(
        password_reset::look(app, &anybody(&world), &link).unwrap(),
        "bob"
    );
    let weak = password_reset::redeem(app, &anybody(&world), &link, &Password::new("short"));
    assert_eq!(
        fault(weak),
        ("password", "invalid"),
        "the link is not spent by it"
    );
    let fresh = Password::new("another long password");
    password_reset::redeem(app, &anybody(&world), &link, &fresh).unwrap();
    let again = password_reset::redeem(app, &anybody(&world), &link, &fresh);
    assert!(matches!(again, Err(AppError::Forbidden(_))), "replayed");
    assert_eq!(
        count(
            &world.kit,
            "SELECT COUNT(*) FROM sign_ins s JOIN accounts a ON a.id = s.user_id WHERE a.login = 'bob' AND s.ended_at IS NULL"
        ),
        0
    );
    assert!(matches!(
        signed("correct horse battery"),
        Err(AppError::BadSignIn)
    ));
    signed("another long password").unwrap();
    let sent = letters(&world.kit);
    assert_eq!(sent[0].1, "Your password was set anew");
}

#[test]
fn a_link_for_a_new_password_ends_by_time_by_a_newer_one_and_with_the_address() {
    let world = world();
    let app = world.app();
    let dead = |link: &str| {
        matches!(
            password_reset::look(app, &anybody(&world), link),
            Err(AppError::Forbidden(_))
        )
    };
    let first = reset(&world, "bob").unwrap();
    let second = reset(&world, "bob").unwrap();
    assert!(dead(&first) && !dead(&second));
    world.kit.advance(Span::from_hours(1));
    assert!(dead(&second), "at the moment itself");
    let third = reset(&world, "bob").unwrap();
    let bob = own(&world, &world.bob);
    addresses::ask(app, &bob, "new@example.test").unwrap();
    let proof = code(&letters(&world.kit)[0].2, "/-/verify/");
    addresses::verify(app, &bob, &proof).unwrap();
    letters(&world.kit);
    assert!(dead(&third), "it went to the old address");
    let foreign = addresses::verify(app, &bob, &third);
    assert!(
        matches!(foreign, Err(AppError::Forbidden(_))),
        "it is for one use"
    );
}

#[test]
fn who_is_unknown_stopped_or_unproved_gets_no_link_and_the_answer_is_the_same() {
    let world = world();
    let root = world.kit.administrator("zoe");
    let administrator = world.kit.by(&root, &operations::ADMINISTRATOR, Named::Site);
    users::suspend(world.app(), &administrator, "eve").unwrap();
    letters(&world.kit);
    for who in [
        "nobody",
        "nobody@example.test",
        "eve",
        "alta3",
        "a\u{0}b",
        &"x".repeat(5000),
    ] {
        assert_eq!(reset(&world, who), None, "{who}");
    }
    assert_eq!(count(&world.kit, "SELECT COUNT(*) FROM link_codes"), 0);
    let empty = password_reset::ask(world.app(), &anybody(&world), " ");
    assert_eq!(fault(empty), ("login", "invalid"));
}

#[test]
fn wishes_for_a_new_password_are_throttled_by_address_and_mails_by_person() {
    let world = world();
    for _ in 0..3 {
        assert!(reset(&world, "bob").is_some());
    }
    assert!(reset(&world, "bob").is_none(), "nobody's mailbox is filled");
    for _ in 0..6 {
        password_reset::ask(world.app(), &anybody(&world), "nobody").unwrap();
    }
    let more = password_reset::ask(world.app(), &anybody(&world), "nobody");
    assert!(matches!(more, Err(AppError::TooMany { .. })), "{more:?}");
}
