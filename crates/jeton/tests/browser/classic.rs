//! S7 in a browser: a classic token from the menu to its use, and to its end.

use jeton_domain::Span;
use serde_json::Value;

use super::driver::Browser;
use super::hand::Hand;
use super::town::Town;

const NAME: &str = "deploy-2026";

/// Whether a scope's box is ticked, and can be changed.
fn scope(browser: &Browser, name: &str) -> (bool, bool) {
    let found = browser.script(
        "const box = document.getElementById('scope-' + arguments[0]); return [box.checked, !box.disabled]",
        vec![Value::from(name)],
    );
    (found[0] == true, found[1] == true)
}

fn story(hand: Hand) {
    let Some(browser) = hand.browser() else {
        return;
    };
    let town = Town::build();
    let office = &town.office;
    office.enter(&browser, "tomas");
    browser.open(&office.at("/settings/profile"));
    hand.press(&browser, "Tokens (classic)");
    browser.must_read("old deploy tool");
    hand.press(&browser, "Generate new token");
    browser.arrives("/settings/tokens/new");
    hand.fill(&browser, "Token name", NAME);
    hand.tick(&browser, "repo");
    if hand == Hand::NoScripts {
        browser.press("Show what goes with these choices");
    }
    // What a scope brings is ticked with it, and goes with it alone.
    assert!(
        browser.eventually(|| scope(&browser, "repo:status") == (true, false)),
        "{}",
        browser.text()
    );
    assert_eq!(scope(&browser, "repo"), (true, true));
    assert_eq!(scope(&browser, "workflow"), (false, true));
    browser.must_read("Comes with repo.");
    browser.must_read("that not everybody sees");
    browser.must_read("A fine-grained token for alta3 comes near with less");
    hand.tick(&browser, "workflow");
    if hand == Hand::NoScripts {
        browser.press("Look again at the overview");
    }
    browser.must_read("Other scopes: workflow");
    assert_eq!(browser.value_of("Token name"), NAME);
    browser.is_sound();
    browser.keep_picture(&format!("classic-form-{hand:?}"));
    hand.press(&browser, "Generate token");

    browser.must_read("Copy its value now");
    let value = browser.script(
        "return document.getElementById('value').textContent.trim()",
        Vec::new(),
    );
    let value = value.as_str().unwrap().to_owned();
    assert!(value.starts_with("jtp_") && value.len() == 40, "{value}");
    browser.is_sound();
    let user = office.call("GET", "/api/v3/user", Some(&value), &Value::Null);
    assert_eq!(user.header("x-oauth-scopes"), Some("repo, workflow"));
    let labs = office.call(
        "GET",
        "/api/v3/repos/alta3/labs",
        Some(&value),
        &Value::Null,
    );
    assert_eq!(labs.status, 200, "{}", labs.text());

    hand.press(&browser, "To the token's page");
    browser.must_read("What it may do now");
    assert!(!browser.text().contains(&value));
    browser.is_sound();

    // Taking a scope off asks for nothing, hours later.
    office.later(Span::from_seconds(3 * 3600));
    hand.press(&browser, "Edit");
    hand.tick(&browser, "workflow");
    if hand == Hand::NoScripts {
        browser.press("Look again at the overview");
    }
    browser.must_read("It loses workflow.");
    browser.is_sound();
    hand.press(&browser, "Save the changes");
    browser.must_read("What it may do now");
    let user = office.call("GET", "/api/v3/user", Some(&value), &Value::Null);
    assert_eq!(user.header("x-oauth-scopes"), Some("repo"));
    hand.press(&browser, "Revoke the token");
    browser.must_read("The token was revoked, for good.");
    let user = office.call("GET", "/api/v3/user", Some(&value), &Value::Null);
    assert_eq!(user.status, 401, "{}", user.text());
}

#[test]
fn a_classic_token_with_a_mouse() {
    story(Hand::Mouse);
}

#[test]
fn a_classic_token_with_the_keyboard_alone() {
    story(Hand::Keyboard);
}

#[test]
fn a_classic_token_on_a_telephone() {
    story(Hand::Telephone);
}

#[test]
fn a_classic_token_without_scripts() {
    story(Hand::NoScripts);
}
