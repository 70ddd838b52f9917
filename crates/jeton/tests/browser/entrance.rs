//! The way in and out: the sign-in page, sessions, the first administrator.

use fantoccini::key::Key;
use jeton_domain::Span;
use serde_json::json;

use super::driver::Scripts;
use super::office::Office;
use crate::support::world::PASSWORD;

const BOTH: [Scripts; 2] = [Scripts::On, Scripts::Off];

#[test]
fn a_person_signs_in_and_out() {
    for scripts in BOTH {
        let office = Office::open();
        office.person("mia", false);
        let Some(browser) = office.browser(scripts) else {
            return;
        };
        browser.open(&office.at("/"));
        browser.arrives("/login");
        assert_eq!(browser.title(), "Sign in · Jeton");
        assert_eq!(browser.heading(), "Sign in to Jeton");
        browser.fill("Login or e-mail address", "mia@example.org");
        browser.fill("Password", PASSWORD);
        browser.press("Sign in");
        browser.arrives("/settings/personal-access-tokens");

        // The cookie is out of reach of scripts and of forms elsewhere.
        let cookies = browser.cookies();
        assert_eq!(cookies.len(), 1, "{cookies:?}");
        assert_eq!(cookies[0]["httpOnly"], json!(true));
        assert_eq!(cookies[0]["sameSite"], json!("Lax"));
        assert_eq!(cookies[0]["path"], json!("/"));
        assert_eq!(
            browser.script("return document.cookie", Vec::new()),
            json!("")
        );

        browser.press("Your account: mia");
        browser.must_read("Signed in as mia");
        browser.press("Sign out");
        browser.arrives("/login");
        browser.must_read("You are signed out.");
        assert!(browser.cookies().is_empty(), "{:?}", browser.cookies());
        // Said once.
        browser.reload();
        assert!(!browser.reads("You are signed out."));
        // What was shown before is not shown from the browser's memory.
        browser.back();
        assert!(browser.path().starts_with("/login"), "{}", browser.path());
    }
}

#[test]
fn a_wrong_password_is_told_and_keeps_the_login() {
    for scripts in BOTH {
        let office = Office::open();
        office.person("mia", false);
        let Some(browser) = office.browser(scripts) else {
            return;
        };
        browser.open(&office.at("/login?return_to=/settings/profile"));
        for login in ["mia", "nobody-here"] {
            browser.fill("Login or e-mail address", login);
            browser.fill("Password", "wrong horse battery");
            browser.press("Sign in");
            browser.arrives("/login");
            browser.must_read("Login or password is wrong.");
            assert_eq!(
                browser.error_of("Password").as_deref(),
                Some("Login or password is wrong.")
            );
            assert_eq!(browser.value_of("Login or e-mail address"), login);
            assert_eq!(browser.value_of("Password"), "");
            assert!(browser.cookies().is_empty());
        }
        browser.fill("Login or e-mail address", "mia");
        browser.fill("Password", PASSWORD);
        browser.press("Sign in");
        browser.arrives("/settings/profile");
    }
}

#[test]
fn signing_in_needs_no_mouse() {
    let office = Office::open();
    office.person("mia", false);
    let Some(browser) = office.browser(Scripts::On) else {
        return;
    };
    browser.open(&office.at("/login"));
    // The first field waits for the keyboard.
    browser.type_in("mia");
    browser.tab_to("Password");
    browser.type_in(PASSWORD);
    browser.key(Key::Enter);
    browser.arrives("/settings/personal-access-tokens");
    browser.tab_to("Skip to the content");
    browser.key(Key::Enter);
    assert_eq!(browser.url().fragment(), Some("main"));
    browser.reload();
    browser.tab_to("Your account: mia");
    browser.key(Key::Enter);
    browser.tab_to("Settings");
    browser.key(Key::Escape);
    assert!(!browser.reads("Signed in as mia"));
    browser.key(Key::Enter);
    browser.tab_to("Sign out");
    browser.key(Key::Enter);
    browser.arrives("/login");
}

#[test]
fn the_page_that_was_asked_for_comes_after_signing_in() {
    let office = Office::open();
    office.person("mia", false);
    let Some(browser) = office.browser(Scripts::On) else {
        return;
    };
    browser.open(&office.at("/settings/profile?a=b%26c"));
    assert!(browser.path().starts_with("/login?return_to="));
    browser.fill("Login or e-mail address", "mia");
    browser.fill("Password", PASSWORD);
    browser.press("Sign in");
    browser.arrives("/settings/profile?a=b%26c");
}

#[test]
fn a_session_ends_after_two_weeks_unused_and_not_before() {
    let office = Office::open();
    office.person("mia", false);
    let Some(browser) = office.browser(Scripts::On) else {
        return;
    };
    office.enter(&browser, "mia");
    for _ in 0..3 {
        office.later(Span::from_days(13));
        browser.open(&office.at("/settings/profile"));
        browser.arrives("/settings/profile");
    }
    office.later(Span::from_days(15));
    browser.open(&office.at("/settings/profile"));
    assert!(browser.path().starts_with("/login"), "{}", browser.path());
    // What no longer lives is dropped, and does not stand in the way of the next.
    assert!(browser.cookies().is_empty(), "{:?}", browser.cookies());
    office.enter(&browser, "mia");
}

#[test]
fn the_first_administrator_is_made_by_the_link() {
    for scripts in BOTH {
        let office = Office::open();
        let code = jeton_app::setup::new_code(office.app()).unwrap().unwrap();
        let Some(browser) = office.browser(scripts) else {
            return;
        };
        let link = office.at(&format!("/setup/{code}"));
        browser.open(&link);
        browser.fill("Login", "no spaces allowed");
        browser.fill("E-mail address", "olga@example.org");
        browser.fill("Password", PASSWORD);
        browser.press("Make the administrator");
        let error = browser.error_of("Login").unwrap_or_default();
        assert!(!error.is_empty(), "{}", browser.text());
        assert_eq!(browser.error_of("Password"), None);
        assert_eq!(browser.value_of("Login"), "no spaces allowed");
        assert_eq!(browser.value_of("E-mail address"), "olga@example.org");
        browser.fill("Login", "olga");
        browser.fill("Password", PASSWORD);
        browser.press("Make the administrator");
        browser.arrives("/settings/personal-access-tokens");
        browser.press("Your account: olga");
        assert!(browser.offers("Site administration"));
        // The link is spent.
        browser.open(&link);
        if browser.asks("Login") {
            browser.fill("Login", "eve");
            browser.fill("E-mail address", "eve@example.org");
            browser.fill("Password", PASSWORD);
            browser.press("Make the administrator");
        }
        let answer = office.call(
            "POST",
            "/api/jeton/v1/sign-in",
            None,
            &json!({ "login": "eve", "password": PASSWORD, "label": "x" }),
        );
        assert_eq!(answer.status, 401, "{}", answer.text());
    }
}
