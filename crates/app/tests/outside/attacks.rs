//! Answers that somebody else wants taken.

use jeton_app::oidc::{BrowserValue, QuestionPurpose, start};
use jeton_app::{AppError, Call};
use jeton_domain::Span;
use serde_json::json;

use crate::outcome::{conflict, count, refused};
use crate::world::{Rules, World};

fn open() -> World {
    World::new(Rules {
        create: true,
        ..Rules::default()
    })
}

const SESSIONS: &str = "SELECT COUNT(*) FROM sign_ins WHERE kind = 'session'";

#[test]
fn an_answer_is_taken_once() {
    let world = open();
    let asked = world.ask(&world.nobody(), QuestionPurpose::SignIn, "/");
    world.answer(&world.nobody(), &asked, |_| {}).unwrap();
    let again = world.answer(&world.nobody(), &asked, |_| {});
    assert_eq!(conflict(again), "provider_question");
    assert_eq!(count(&world.kit, SESSIONS), 1);
}

#[test]
fn a_wrong_answer_uses_the_question_up() {
    let world = open();
    let asked = world.ask(&world.nobody(), QuestionPurpose::SignIn, "/");
    let wrong = world.answer(&world.nobody(), &asked, |r| r.code = Some("guessed"));
    assert_eq!(conflict(wrong), "provider_code");
    let right = world.answer(&world.nobody(), &asked, |_| {});
    assert_eq!(conflict(right), "provider_question");
}

#[test]
fn an_answer_comes_within_ten_minutes() {
    let world = open();
    let asked = world.ask(&world.nobody(), QuestionPurpose::SignIn, "/");
    world.kit.advance(Span::from_minutes(10));
    let late = world.answer(&world.nobody(), &asked, |_| {});
    assert_eq!(conflict(late), "provider_question");
}

/// Login CSRF: eve sends ada a link that would sign ada in as eve.
#[test]
fn an_answer_in_another_browser_is_nobodys() {
    let world = open();
    let eve = world.ask(&world.nobody(), QuestionPurpose::SignIn, "/");
    let ada = world.ask(&world.nobody(), QuestionPurpose::SignIn, "/");
    let mixed = world.answer(&world.nobody(), &eve, |r| r.browser = &ada.browser);
    assert_eq!(conflict(mixed), "provider_question");
    let invented = BrowserValue::parse(&"0".repeat(64)).unwrap();
    let mixed = world.answer(&world.nobody(), &eve, |r| r.browser = &invented);
    assert_eq!(conflict(mixed), "provider_question");
    assert_eq!(world.there.count("/token"), 0);
    // Neither question was used up by it.
    world.answer(&world.nobody(), &eve, |_| {}).unwrap();
}

#[test]
fn a_code_of_another_question_does_not_fit() {
    let world = open();
    let eve = world.ask(&world.nobody(), QuestionPurpose::SignIn, "/");
    let ada = world.ask(&world.nobody(), QuestionPurpose::SignIn, "/");
    // The provider answers eve's question; its token is brought to ada's.
    let nonce = eve.nonce.clone();
    let swapped = {
        let issuer = world.there.issuer.clone();
        let now = world.kit.app().now().seconds();
        world.claim("nonce", json!(nonce));
        world.claim("iat", json!(now));
        world.claim("exp", json!(now + 60));
        let returned = jeton_app::oidc::Returned {
            browser: &ada.browser,
            state: &ada.state,
            code: Some("good"),
            issuer: Some(&issuer),
            error: None,
        };
        jeton_app::oidc::finish(world.kit.app(), &world.nobody(), &returned)
    };
    assert_eq!(conflict(swapped), "provider_identity");
}

#[test]
fn another_issuers_answer_is_not_taken() {
    let world = open();
    for issuer in [Some("https://evil.example"), None] {
        let asked = world.ask(&world.nobody(), QuestionPurpose::SignIn, "/");
        let mixed = world.answer(&world.nobody(), &asked, |r| r.issuer = issuer);
        assert_eq!(conflict(mixed), "provider_identity");
    }
    assert_eq!(world.there.count("/token"), 0);
}

#[test]
fn a_subject_is_never_another_one() {
    let world = World::new(Rules::default());
    let ada = world.kit.person("ada");
    world.link(&ada).unwrap();
    for subject in ["ADA-1", "ada-1 ", "ada-10", "ada"] {
        world.claim("sub", json!(subject));
        assert_eq!(conflict(world.sign_in()), "not_connected", "{subject:?}");
    }
}

#[test]
fn connecting_takes_a_sign_in_that_was_confirmed_when_it_ends_too() {
    let world = World::new(Rules::default());
    let ada = world.kit.person("ada");
    let own = world.own(&ada);
    world.kit.advance(Span::from_micros(
        Span::from_hours(2).micros() - Span::from_minutes(1).micros(),
    ));
    let asked = world.ask(&own, QuestionPurpose::Link, "/");
    world.kit.advance(Span::from_minutes(2));
    assert_eq!(refused(world.answer(&own, &asked, |_| {})).0, 403);
    assert_eq!(
        count(&world.kit, "SELECT COUNT(*) FROM external_identities"),
        0
    );
}

/// eve's answer, carried into ada's browser together with its cookie: it connects nothing of ada's.
#[test]
fn an_answer_connects_the_sign_in_that_asked_and_no_other() {
    let world = World::new(Rules::default());
    let (ada, eve) = (world.kit.person("ada"), world.kit.person("eve"));
    for purpose in [QuestionPurpose::Link, QuestionPurpose::Confirm] {
        let asked = world.ask(&world.own(&eve), purpose, "/");
        let carried = world.answer(&world.own(&ada), &asked, |_| {});
        assert_eq!(conflict(carried), "provider_question");
        let asked = world.ask(&world.own(&eve), purpose, "/");
        let carried = world.answer(&world.nobody(), &asked, |_| {});
        assert_eq!(conflict(carried), "provider_question");
    }
}

#[test]
fn what_is_connected_elsewhere_is_not_taken_from_there() {
    let world = World::new(Rules::default());
    let (ada, eve) = (world.kit.person("ada"), world.kit.person("eve"));
    world.link(&ada).unwrap();
    assert_eq!(conflict(world.link(&eve)), "identity_taken");
    assert_eq!(world.who(&world.session(world.sign_in().unwrap())), "ada");
}

/// Each is a row, and anybody can ask.
#[test]
fn questions_of_one_network_keep_nobody_elsewhere_out() {
    let world = World::new(Rules::default());
    let from = |address: &str| Call {
        address: Some(address.parse().unwrap()),
        ..world.nobody()
    };
    let app = world.kit.app();
    let ask = |address: &str| start(app, &from(address), QuestionPurpose::SignIn, "/").map(|_| ());
    for n in 0..1000 {
        ask(&format!("2001:db8::{n:x}")).unwrap();
    }
    assert!(matches!(ask("2001:db8::9"), Err(AppError::TooMany { .. })));
    ask("2001:db8:0:1::9").unwrap();
    world.kit.advance(Span::from_hours(1));
    ask("2001:db8::9").unwrap();
}

#[test]
fn nobody_connects_or_confirms_without_a_sign_in() {
    let world = World::new(Rules::default());
    for purpose in [QuestionPurpose::Link, QuestionPurpose::Confirm] {
        let asked = start(world.kit.app(), &world.nobody(), purpose, "/");
        assert!(crate::outcome::is_missing(asked));
    }
}

#[test]
fn a_stolen_database_finishes_no_question() {
    let world = open();
    let asked = world.ask(&world.nobody(), QuestionPurpose::SignIn, "/");
    let row = world
        .kit
        .store()
        .read(|unit| unit.all("SELECT digest FROM provider_questions", &[]))
        .unwrap();
    let digest: [u8; 32] = row[0].get(0).unwrap();
    let shown: String = digest
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    assert_ne!(shown, asked.browser.expose());
    assert_ne!(shown, asked.state);
    let stolen = BrowserValue::parse(&shown).unwrap();
    let finished = world.answer(&world.nobody(), &asked, |r| r.browser = &stolen);
    assert_eq!(conflict(finished), "provider_question");
}

#[test]
fn the_way_back_stays_on_this_server() {
    let world = open();
    for evil in ["https://evil.example", "//evil.example", "/\\evil.example"] {
        let asked = world.ask(&world.nobody(), QuestionPurpose::SignIn, evil);
        let finished = world.answer(&world.nobody(), &asked, |_| {}).unwrap();
        assert_eq!(crate::return_of(finished), "");
    }
}
