//! The first administrator's code.

use std::sync::Barrier;

use jeton_app::setup::{new_code, redeem};
use jeton_app::{AppError, Call, Named, Password};
use jeton_domain::{Span, UserId};
use jeton_testkit::{Kit, operations};

use crate::outcome::{count, events, fault, is_forbidden};

fn nobody(kit: &Kit) -> Call {
    kit.anonymous(&operations::SITE, Named::Site)
}

fn first(kit: &Kit, code: &str, login: &str) -> Result<UserId, AppError> {
    let email = format!("{login}@example.test");
    redeem(
        kit.app(),
        &nobody(kit),
        code,
        login,
        &email,
        &Password::new("correct horse"),
    )
}

#[test]
fn a_code_makes_one_administrator_and_is_dead_then() {
    let kit = Kit::new();
    let code = new_code(kit.app()).unwrap().unwrap();
    assert!(is_forbidden(first(&kit, "00", "root1")));
    first(&kit, &code, "root1").unwrap();
    assert_eq!(events(&kit), ["user.create"]);
    assert_eq!(
        count(&kit, "SELECT COUNT(*) FROM users WHERE administrator = 1"),
        1
    );
    assert!(is_forbidden(first(&kit, &code, "root2")));
    assert_eq!(new_code(kit.app()).unwrap(), None, "none is made any more");
}

#[test]
fn a_code_works_for_an_hour_and_not_an_instant_longer() {
    let kit = Kit::new();
    let code = new_code(kit.app()).unwrap().unwrap();
    kit.advance(Span::from_hours(1));
    assert!(is_forbidden(first(&kit, &code, "root1")));
    let code = new_code(kit.app()).unwrap().unwrap();
    kit.advance(Span::from_micros(Span::from_hours(1).micros() - 1));
    first(&kit, &code, "root1").unwrap();
}

#[test]
fn a_new_code_ends_the_earlier_ones() {
    let kit = Kit::new();
    let old = new_code(kit.app()).unwrap().unwrap();
    let code = new_code(kit.app()).unwrap().unwrap();
    assert!(is_forbidden(first(&kit, &old, "root1")));
    first(&kit, &code, "root1").unwrap();
}

#[test]
fn a_living_code_is_dead_once_an_administrator_exists() {
    let kit = Kit::new();
    let code = new_code(kit.app()).unwrap().unwrap();
    kit.administrator("boss");
    assert!(is_forbidden(first(&kit, &code, "root1")));
}

#[test]
fn of_two_who_come_at_once_one_wins() {
    let kit = Kit::new();
    let code = new_code(kit.app()).unwrap().unwrap();
    let barrier = Barrier::new(2);
    let made: Vec<bool> = std::thread::scope(|scope| {
        let threads = ["root1", "root2"].map(|login| {
            let (kit, code, barrier) = (&kit, &code, &barrier);
            scope.spawn(move || {
                barrier.wait();
                first(kit, code, login).is_ok()
            })
        });
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(made.iter().filter(|made| **made).count(), 1);
    assert_eq!(count(&kit, "SELECT COUNT(*) FROM users"), 1);
}

#[test]
fn what_is_wrong_does_not_use_the_code_up() {
    let kit = Kit::new();
    kit.person("taken");
    let code = new_code(kit.app()).unwrap().unwrap();
    let with = |login: &str, email: &str, password: &str| {
        redeem(
            kit.app(),
            &nobody(&kit),
            &code,
            login,
            email,
            &Password::new(password),
        )
    };
    assert_eq!(
        fault(with("api", "a@example.test", "correct horse")).0,
        "login"
    );
    assert_eq!(
        fault(with("root1", "no-address", "correct horse")).0,
        "email"
    );
    assert_eq!(
        fault(with("root1", "a\0@example.test", "correct horse")).0,
        "email"
    );
    assert_eq!(
        fault(with("root1", "a@example.test", "short")).0,
        "password"
    );
    assert_eq!(
        fault(with("Taken", "a@example.test", "correct horse")),
        ("login", "already_exists")
    );
    assert_eq!(
        fault(with("root1", "taken@example.test", "correct horse")),
        ("email", "already_exists")
    );
    with("root1", "a@example.test", "correct horse").unwrap();
}
