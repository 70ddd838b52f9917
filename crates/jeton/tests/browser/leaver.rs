//! Somebody leaves, and what their token runs goes on: from their page to the service account's, in a browser.

use jeton_domain::Span;
use serde_json::Value;

use super::hand::Hand;
use super::town::Town;

const NAME: &str = "classroom-42";
const BOT: &str = "classroom-bot";
const PERSON: &str = "/orgs/alta3/people/tomas";

fn story(hand: Hand) {
    let Some(browser) = hand.browser() else {
        return;
    };
    let town = Town::build();
    let office = &town.office;
    let status = |value: &str| {
        let path = "/api/v3/repos/alta3/labs";
        office.call("GET", path, Some(value), &Value::Null).status
    };
    let old = town.active.value.as_str();
    assert_eq!(status(old), 200);
    office.enter(&browser, "lena");
    browser.open(&office.at("/organizations/alta3/settings"));
    hand.press(&browser, "Service accounts");
    hand.press(&browser, "New service account");
    hand.press(&browser, "Make the service account");
    browser.must_read("New service account");
    assert!(
        browser.eventually(|| browser
            .error_of("Name")
            .is_some_and(|error| !error.is_empty())),
        "{}",
        browser.text()
    );
    browser.is_sound();
    hand.fill(&browser, "Name", BOT);
    hand.choose(&browser, "Role on every repository", "read");
    hand.press(&browser, "Make the service account");
    browser.must_read("The service account was made.");
    browser.must_read("It has no token");

    // What tomas runs stands on his page, with when it ran last.
    browser.open(&office.at(PERSON));
    browser.must_read("Tokens that reach");
    browser.must_read(NAME);
    browser.must_read("Last used");
    browser.is_sound();
    browser.keep_picture(&format!("leaver-person-{hand:?}"));
    // It gives somebody else power: who does it shows once more who they are.
    office.later(Span::from_hours(3));
    hand.press(&browser, &format!("Hand over {NAME}"));
    browser.must_read("Confirm access");
    office.confirm(&browser);
    browser.must_read("To which service account");
    browser.is_sound();
    browser.keep_picture(&format!("leaver-choose-{hand:?}"));
    hand.choose(&browser, "Service account", BOT);
    hand.press(&browser, "Show what comes of it");
    browser.must_read("What each may do");
    for words in [
        "alta3/labs",
        "alta3/demo",
        "Where classroom-bot may do less",
    ] {
        browser.must_read(words);
    }
    browser.is_sound();
    browser.keep_picture(&format!("leaver-foreseen-{hand:?}"));
    hand.choose(&browser, "The value of tomas goes on", "For three days");
    hand.press(&browser, "Hand it over");
    browser.must_read("Copy its value now");
    browser.must_read("The value of tomas works until");
    let new = browser.script(
        "return document.getElementById('value').textContent.trim()",
        Vec::new(),
    );
    let new = new.as_str().unwrap().to_owned();
    assert_eq!((status(old), status(&new)), (200, 200));
    browser.is_sound();
    browser.keep_picture(&format!("leaver-value-{hand:?}"));

    hand.press(&browser, "To the service account's page");
    browser.must_read(&format!("It does the work of “{NAME}” of tomas."));
    browser.must_read("and may do only what both may");
    assert!(!browser.text().contains(&new));
    browser.is_sound();
    browser.keep_picture(&format!("leaver-service-{hand:?}"));

    // He goes, and takes nothing along that others need.
    browser.open(&office.at(PERSON));
    browser.must_read("handed over to classroom-bot");
    hand.press(&browser, "Remove…");
    browser.must_read("Access of tokens");
    hand.press(&browser, "Remove tomas");
    browser.must_read("The member was removed.");
    assert_eq!((status(old), status(&new)), (404, 200));
    browser.open(&office.at(&format!(
        "/organizations/alta3/settings/service-accounts/{BOT}"
    )));
    browser.must_read("Their value works here no more.");
    browser.is_sound();
    hand.press(&browser, &format!("Revoke {NAME}"));
    browser.must_read("The token was revoked, for good.");
    assert_eq!(status(&new), 401);
}

#[test]
fn a_leavers_token_is_handed_over_with_a_mouse() {
    story(Hand::Mouse);
}

#[test]
fn a_leavers_token_is_handed_over_with_the_keyboard_alone() {
    story(Hand::Keyboard);
}

#[test]
fn a_leavers_token_is_handed_over_on_a_telephone() {
    story(Hand::Telephone);
}

#[test]
fn a_leavers_token_is_handed_over_without_scripts() {
    story(Hand::NoScripts);
}
