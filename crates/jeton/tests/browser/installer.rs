//! S1 in a browser: the installer's token, from the profile picture to a clone, and to its end.

use jeton_domain::Span;
use serde_json::{Value, json};

use super::driver::Browser;
use super::hand::Hand;
use super::office::Office;
use super::town::{HIDDEN, SIX, Town};
use crate::support::git::{FORBIDDEN, Machine};
use crate::support::world::PASSWORD;

const NAME: &str = "installer-2026-11-21";

impl Town {
    /// Puts a commit into each repository, with the real git.
    fn fill(&self, machine: &Machine) {
        let push = self.office.token(
            &self.lena,
            &json!({ "name": "fill", "owner": "alta3", "repositories": "all", "permissions": { "contents": "write" } }),
        );
        for (name, _) in SIX.iter().chain(&[(HIDDEN, "")]) {
            let folder = machine.working_copy(&format!("src-{name}"));
            machine
                .git_in(&folder, &["push", &self.git(&push.value, name), "main"])
                .succeeded();
        }
    }

    /// The address of a repository with a token in it.
    fn git(&self, token: &str, name: &str) -> String {
        let host = self.office.url().trim_start_matches("http://").to_owned();
        format!("http://x:{token}@{host}/alta3/{name}.git")
    }
}

/// The value that the page shows.
fn shown(browser: &Browser) -> String {
    let value = browser.script(
        "return document.getElementById('value').textContent",
        Vec::new(),
    );
    value.as_str().unwrap().trim().to_owned()
}

fn story(hand: Hand) {
    let Some(browser) = hand.browser() else {
        return;
    };
    let town = Town::build();
    let machine = Machine::new();
    town.fill(&machine);
    let office: &Office = &town.office;
    office.enter(&browser, "tomas");
    office.later(Span::from_seconds(3 * 3600));
    browser.open(&office.at("/settings/profile"));

    // From the profile picture to the form; access is confirmed first, so that nothing is typed twice.
    hand.press(&browser, "Your account: tomas");
    hand.press(&browser, "Settings");
    hand.press(&browser, "Fine-grained tokens");
    hand.press(&browser, "Generate new token");
    assert_eq!(browser.title(), "Confirm access · Jeton");
    hand.fill(&browser, "Password", "wrong horse battery");
    hand.press(&browser, "Confirm");
    browser.must_read("The password is wrong.");
    assert_eq!(
        browser.error_of("Password").as_deref(),
        Some("The password is wrong.")
    );
    hand.fill(&browser, "Password", PASSWORD);
    hand.press(&browser, "Confirm");
    browser.arrives("/settings/personal-access-tokens/new");
    assert!(browser.value_of("Expiration") == "30");

    // Four sections.
    hand.fill(&browser, "Token name", NAME);
    hand.fill(&browser, "Description", "Installs a classroom");
    hand.choose(&browser, "Resource owner", "alta3 (organization)");
    if hand == Hand::NoScripts {
        browser.press("Show what goes with these choices");
    }
    assert!(
        browser.eventually(|| browser.asks("Justification")),
        "{}",
        browser.text()
    );
    hand.choose(&browser, "Expiration", "90 days (2027-02-19)");
    hand.fill(&browser, "Justification", "The class begins on Monday");
    hand.pick(
        &browser,
        "Public repositories",
        "Only selected repositories",
    );
    if hand == Hand::NoScripts {
        browser.press("Show what goes with these choices");
    }
    for (name, _) in SIX {
        let label = format!("alta3/{name}");
        assert!(
            browser
                .eventually(|| browser.asks(&label) || browser.asks(&format!("{label} private"))),
            "{label}: {}",
            browser.text()
        );
        let words = if browser.asks(&label) {
            label.clone()
        } else {
            format!("{label} private")
        };
        hand.tick(&browser, &words);
        if hand != Hand::NoScripts {
            // The server moves it to those that are selected.
            assert!(browser.eventually(|| browser.asks(&label) && browser.is_ticked(&label)));
        }
    }
    // What one may not see is not offered.
    assert!(!browser.reads(HIDDEN));
    hand.choose(&browser, "Contents", "Read-only");
    if hand == Hand::NoScripts {
        browser.press("Look again at the overview");
    }
    for sentence in [
        "2 permissions for 6 of your repositories",
        "No change in permissions for your organization",
        "Expires on 2027-02-19",
    ] {
        browser.must_read(sentence);
    }
    assert_eq!(browser.value_of("Token name"), NAME);
    assert_eq!(browser.value_of("Description"), "Installs a classroom");
    assert_eq!(
        browser.value_of("Justification"),
        "The class begins on Monday"
    );
    assert!(browser.offers("Generate token and request access"));
    browser.is_sound();
    browser.keep_picture(&format!("token-form-{hand:?}"));
    hand.press(&browser, "Generate token and request access");

    // The value, once.
    browser.must_read("Copy its value now");
    let value = shown(&browser);
    assert!(value.starts_with("jeton_pat_") && value.len() == 92);
    browser.is_sound();
    browser.must_read("alta3 has to approve it.");
    browser.keep_picture(&format!("value-shown-{hand:?}"));
    if hand == Hand::Mouse {
        browser.press("Copy");
        assert!(browser.eventually(|| browser.offers("Copied")));
    }
    hand.press(&browser, "To the token's page");
    browser.must_read("pending");
    assert!(!browser.reads(&value));
    browser.back();
    browser.back();
    assert!(!browser.text().contains(&value), "{}", browser.path());

    // Until somebody approves it reads public things only.
    let clone = |name: &str, to: &str| machine.git(&["clone", &town.git(&value, name), to]);
    clone("labs", "early").failed_with(&["not found"]);
    let Some(owner) = hand.browser() else {
        return;
    };
    approve(&town, &owner, hand);
    for (name, _) in SIX {
        clone(name, name).succeeded();
    }
    let hidden = clone(HIDDEN, HIDDEN).failed_with(&["not found"]);
    let missing = clone("no-such-thing", "x").failed_with(&["not found"]);
    assert_eq!(
        hidden.err.replace(HIDDEN, "x"),
        missing.err.replace("no-such-thing", "x")
    );
    let labs = machine.path("labs");
    machine.commit(&labs, "notes.md", "mine");
    machine
        .git_in(&labs, &["push", "origin", "main"])
        .failed_with(&[FORBIDDEN, "contents"]);

    // The owner takes the access back: the next request fails as before. The holder is told why, and ends it.
    withdraw(&town, &owner, hand);
    clone("demo", "late").failed_with(&["not found"]);
    browser.open(&office.at("/settings/personal-access-tokens"));
    hand.press(&browser, NAME);
    assert!(!browser.reads("active"), "{}", browser.text());
    hand.press(&browser, "Revoke the token");
    browser.must_read("The token was revoked, for good.");
    let user = office.call("GET", "/api/v3/user", Some(&value), &Value::Null);
    assert_eq!(user.status, 401, "{}", user.text());
}

const REQUESTS: &str = "/organizations/alta3/settings/personal-access-token-requests";
const ACTIVE: &str = "/organizations/alta3/settings/personal-access-tokens/active";

/// An owner reads what is asked and why, and approves it.
fn approve(town: &Town, owner: &Browser, hand: Hand) {
    town.office.enter(owner, "lena");
    owner.open(&town.office.at("/notifications"));
    owner.must_read(NAME);
    owner.open(&town.office.at(REQUESTS));
    owner.must_read("“The class begins on Monday”");
    hand.press(owner, NAME);
    owner.must_read("What it asks for");
    for words in ["tomas asked on 2026-11-21", "alta3/gutenberg", "Contents"] {
        owner.must_read(words);
    }
    owner.is_sound();
    owner.keep_picture(&format!("request-review-{hand:?}"));
    hand.fill(owner, "Reason", "For the new classroom");
    hand.press(owner, "Approve");
    assert!(
        owner.eventually(|| !owner.path().contains("requests/")),
        "{}",
        owner.text()
    );
}

/// And takes the access back.
fn withdraw(town: &Town, owner: &Browser, hand: Hand) {
    owner.open(&town.office.at(ACTIVE));
    hand.press(owner, NAME);
    owner.must_read("Access since");
    hand.press(owner, "Revoke access");
    assert!(
        owner.eventually(|| owner.path() == ACTIVE),
        "{}",
        owner.text()
    );
    assert!(!owner.offers(NAME));
}

#[test]
fn the_installers_token_with_a_mouse() {
    story(Hand::Mouse);
}

#[test]
fn the_installers_token_with_the_keyboard_alone() {
    story(Hand::Keyboard);
}

#[test]
fn the_installers_token_on_a_telephone() {
    story(Hand::Telephone);
}

#[test]
fn the_installers_token_without_scripts() {
    story(Hand::NoScripts);
}

#[test]
fn each_fault_of_the_form_stands_beside_its_field() {
    for hand in [Hand::Mouse, Hand::NoScripts] {
        let Some(browser) = hand.browser() else {
            return;
        };
        let town = Town::build();
        town.office.enter(&browser, "tomas");
        browser.open(&town.office.at("/settings/personal-access-tokens/new"));
        browser.press("Generate token");
        browser.must_read("One thing has to be mended:");
        let error = browser.error_of("Token name").unwrap_or_default();
        assert!(!error.is_empty(), "{}", browser.text());
        browser.must_read(&format!("Token name: {error}"));
        browser.is_sound();
        for (label, value, told) in [
            ("Token name", "classroom-42".to_owned(), "classroom-42"),
            ("Token name", "x".repeat(41), "40"),
            ("Token name", "a\u{202e}b".to_owned(), "print"),
            ("Description", "x".repeat(1025), "1024"),
        ] {
            browser.open(&town.office.at("/settings/personal-access-tokens/new"));
            browser.fill("Token name", "fine");
            browser.set(label, &value);
            browser.press("Generate token");
            assert!(
                browser.eventually(|| browser
                    .error_of(label)
                    .is_some_and(|error| error.contains(told) || told == "classroom-42")),
                "{label} {value:.60}: {:?}\n{}",
                browser.error_of(label),
                browser.text()
            );
            // What was typed is still there.
            assert_eq!(browser.value_of(label), value);
        }
    }
}

#[test]
fn a_link_fills_the_form_in_and_grants_nothing() {
    let Some(browser) = Hand::Mouse.browser() else {
        return;
    };
    let town = Town::build();
    town.office.enter(&browser, "tomas");
    browser.open(&town.office.at(
        "/settings/personal-access-tokens/new?name=from-a-link&description=Hello&target_name=alta3&expires_in=7\
         &contents=write&repositories=labs&nonsense=1&issues=high",
    ));
    assert_eq!(browser.value_of("Token name"), "from-a-link");
    assert_eq!(browser.value_of("Description"), "Hello");
    assert_eq!(browser.value_of("Resource owner"), "alta3");
    assert_eq!(browser.value_of("Expiration"), "7");
    assert_eq!(browser.value_of("Contents"), "write");
    assert!(browser.offers("Generate token and request access"));
    let list = town.office.must(
        "GET",
        "/api/jeton/v1/tokens",
        Some(&town.tomas.client),
        &Value::Null,
    );
    assert!(!list.to_string().contains("from-a-link"));
}

#[test]
fn a_form_that_is_sent_twice_makes_one_token() {
    let Some(browser) = Hand::NoScripts.browser() else {
        return;
    };
    let town = Town::build();
    let office = &town.office;
    office.enter(&browser, "tomas");
    browser.open(&office.at("/settings/personal-access-tokens/new"));
    browser.fill("Token name", "once");
    browser.press("Generate token");
    browser.must_read("Copy its value now");
    let first = shown(&browser);
    // Sending it again, as a browser offers after 'back', gives a fresh value and ends the one that nobody used.
    browser.back();
    browser.arrives("/settings/personal-access-tokens/new");
    assert!(!browser.text().contains(&first));
    let list = office.must(
        "GET",
        "/api/jeton/v1/tokens",
        Some(&town.tomas.client),
        &Value::Null,
    );
    let made = list.to_string().matches("\"once\"").count();
    assert_eq!(made, 1, "{list}");
}
