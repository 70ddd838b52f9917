//! An authenticator app and recovery codes, as people use them: set up, typed, mistyped, typed twice, typed late.

use jeton_domain::{Span, Time};
use serde_json::json;

use super::driver::{Browser, Scripts};
use super::office::Office;
use crate::support::authenticator_app::code;

const SECURITY: &str = "/settings/security";
const CODE: &str = "Code of your authenticator app, or a recovery code";
const WRONG: &str = "The code is wrong, or was used before. Wait for the next one.";
const BOTH: [Scripts; 2] = [Scripts::On, Scripts::Off];

/// The app on a person's phone.
struct Phone {
    key: String,
}

impl Phone {
    /// Reads the key that the page shows.
    fn reads(browser: &Browser) -> Self {
        let key = browser.script(
            "return document.getElementById('key').textContent",
            Vec::new(),
        );
        Self {
            key: key.as_str().unwrap().to_owned(),
        }
    }

    /// What it shows so many seconds from the server's now.
    fn shows(&self, office: &Office, later: i64) -> String {
        code(
            &self.key,
            Time::from_seconds(office.app().now().seconds() + later),
        )
    }
}

impl Office {
    /// A person signed in with an authenticator app, and their recovery codes.
    fn with_app(&self, browser: &Browser, login: &str) -> (Phone, Vec<String>) {
        self.enter(browser, login);
        browser.open(&self.at(SECURITY));
        browser.press("Set up an authenticator app");
        let phone = Phone::reads(browser);
        browser.fill("Code", &phone.shows(self, 0));
        browser.press("Turn on");
        browser.must_read("The authenticator app was added.");
        (phone, codes(browser))
    }
}

fn codes(browser: &Browser) -> Vec<String> {
    let list = browser.script(
        "return [...document.querySelectorAll('#codes li')].map((e) => e.textContent.trim())",
        Vec::new(),
    );
    list.as_array()
        .unwrap()
        .iter()
        .map(|code| code.as_str().unwrap().to_owned())
        .collect()
}

fn out(browser: &Browser) {
    browser.devtools("Network.clearBrowserCookies", &json!({}));
}

fn session(browser: &Browser) -> bool {
    browser
        .cookies()
        .iter()
        .any(|c| c["name"] == "jeton_session")
}

/// Types a code at the second step, and says whether it let one in.
#[track_caller]
fn opens(office: &Office, browser: &Browser, login: &str, code: &str) -> bool {
    out(browser);
    office.step(browser, login);
    browser.fill(CODE, code);
    browser.press("Verify");
    assert!(
        browser.eventually(|| session(browser) || browser.reads(WRONG)),
        "{}",
        browser.text()
    );
    let came_in = session(browser);
    if !came_in {
        assert_eq!(
            browser.error_of(CODE).as_deref(),
            Some(WRONG),
            "{}",
            browser.text()
        );
    }
    came_in
}

#[test]
fn an_authenticator_app_is_set_up_and_asked_for() {
    for scripts in BOTH {
        let office = Office::open();
        office.person("mia", false);
        let Some(browser) = office.browser(scripts) else {
            return;
        };
        office.enter(&browser, "mia");
        browser.open(&office.at(SECURITY));
        browser.press("Set up an authenticator app");
        browser.is_sound();
        browser.keep_picture("authenticator-setup");
        let phone = Phone::reads(&browser);
        // Two steps off: the wrong clock is told, beside the field, and the key stays what was scanned.
        browser.fill("Code", &phone.shows(&office, -60));
        browser.press("Turn on");
        let error = browser.error_of("Code").unwrap_or_default();
        assert!(
            error.contains("Look at the device's clock"),
            "{}",
            browser.text()
        );
        assert_eq!(Phone::reads(&browser).key, phone.key);
        browser.is_sound();
        browser.fill("Code", &phone.shows(&office, 0));
        browser.press("Turn on");
        browser.must_read("The authenticator app was added.");
        let codes = codes(&browser);
        assert!(codes.len() >= 8, "{codes:?}");
        if scripts == Scripts::On {
            browser.devtools(
                "Browser.grantPermissions",
                &json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] }),
            );
            browser.press("Copy");
            assert!(browser.eventually(|| browser.offers("Copied")));
            let copied = browser.script("return navigator.clipboard.readText()", Vec::new());
            assert_eq!(copied.as_str().unwrap(), codes.join("\n"), "one a line");
        } else {
            assert!(
                !browser.offers("Copy"),
                "nothing is offered that does nothing"
            );
        }
        browser.press("I have kept them");
        browser.must_read("Two-factor authentication is on");
        browser.must_read(&format!("{} left", codes.len()));
        for code in &codes {
            assert!(!browser.reads(code));
        }
        browser.back();
        assert!(!browser.reads(&codes[0]), "shown once");

        // The password alone opens nothing.
        out(&browser);
        office.step(&browser, "mia");
        assert!(!session(&browser));
        browser.is_sound();
        browser.keep_picture("second-step");
        browser.open(&office.at("/settings/profile"));
        assert!(browser.path().starts_with("/login"), "{}", browser.path());
        office.later(Span::from_seconds(30));
        office.step(&browser, "mia");
        browser.fill(CODE, "000000");
        browser.press("Verify");
        assert_eq!(browser.error_of(CODE).as_deref(), Some(WRONG));
        assert_eq!(browser.value_of(CODE), "");
        browser.is_sound();
        let now = phone.shows(&office, 0);
        browser.fill(CODE, &format!("{} {}", &now[..3], &now[3..]));
        browser.press("Verify");
        browser.arrives("/settings/personal-access-tokens");
        assert!(browser.offers("Your account: mia"));
        // The step is over with it.
        browser.back();
        assert!(
            browser.path() != "/login/factor" || !browser.asks(CODE),
            "{}",
            browser.text()
        );
    }
}

#[test]
fn a_code_works_once_and_may_be_a_step_early_or_late() {
    let office = Office::open();
    office.person("mia", false);
    let Some(browser) = office.browser(Scripts::On) else {
        return;
    };
    let (phone, _) = office.with_app(&browser, "mia");
    // What set the app up is used.
    assert!(!opens(&office, &browser, "mia", &phone.shows(&office, 0)));
    office.later(Span::from_seconds(30));
    let code = phone.shows(&office, 0);
    assert!(opens(&office, &browser, "mia", &code));
    assert!(
        !opens(&office, &browser, "mia", &code),
        "the same code again"
    );
    office.later(Span::from_seconds(300));
    for (seconds, taken) in [
        (-60, false),
        (60, false),
        (-90, false),
        (-30, true),
        (0, true),
        (30, true),
    ] {
        let code = phone.shows(&office, seconds);
        assert_eq!(opens(&office, &browser, "mia", &code), taken, "{seconds}");
    }
    // After the later one, an earlier one is nothing more, though it was not typed yet.
    office.later(Span::from_seconds(300));
    assert!(opens(&office, &browser, "mia", &phone.shows(&office, 30)));
    assert!(!opens(&office, &browser, "mia", &phone.shows(&office, 0)));
    // Confirming uses them up too.
    office.later(Span::from_seconds(3 * 3600));
    out(&browser);
    assert!(opens(&office, &browser, "mia", &phone.shows(&office, 0)));
    office.later(Span::from_seconds(3 * 3600));
    browser.open(&office.at("/settings/personal-access-tokens/new"));
    let code = phone.shows(&office, 0);
    let label = "Code of your authenticator app";
    browser.fill(label, "000000");
    browser.press("Confirm by code");
    browser.must_read(WRONG);
    assert_eq!(browser.error_of(label).as_deref(), Some(WRONG));
    browser.is_sound();
    browser.fill(label, &code);
    browser.press("Confirm by code");
    browser.arrives("/settings/personal-access-tokens/new");
    assert!(!opens(&office, &browser, "mia", &code), "used to confirm");
}

#[test]
fn a_recovery_code_works_once_and_new_ones_end_the_old() {
    let office = Office::open();
    office.person("mia", false);
    let Some(browser) = office.browser(Scripts::Off) else {
        return;
    };
    let (_, old) = office.with_app(&browser, "mia");
    assert!(opens(&office, &browser, "mia", &old[0]));
    browser.open(&office.at("/notifications"));
    browser.must_read("recovery code");
    assert!(!opens(&office, &browser, "mia", &old[0]), "a second time");
    // As people write them down.
    let shouted = old[1].to_ascii_uppercase().replace('-', " ");
    assert!(opens(&office, &browser, "mia", &shouted));
    browser.open(&office.at(SECURITY));
    browser.must_read(&format!("{} left", old.len() - 2));
    browser.press("Make new codes");
    let new = codes(&browser);
    assert!(new.len() == old.len() && !new.contains(&old[2]));
    assert!(!opens(&office, &browser, "mia", &old[2]));
    assert!(opens(&office, &browser, "mia", &new[0]));
}

#[test]
fn guesses_at_a_code_are_slowed_down() {
    let office = Office::open();
    office.person("mia", false);
    let Some(browser) = office.browser(Scripts::Off) else {
        return;
    };
    let (phone, _) = office.with_app(&browser, "mia");
    office.later(Span::from_seconds(300));
    out(&browser);
    office.step(&browser, "mia");
    let mut tries = 0;
    while !browser.reads("Too many tries.") {
        tries += 1;
        assert!(tries < 20, "guesses go on for ever");
        browser.fill(CODE, &format!("00000{}", tries % 10));
        browser.press("Verify");
    }
    let error = browser.error_of(CODE).unwrap_or_default();
    assert!(
        error.starts_with("Too many tries. Try again in "),
        "{error}"
    );
    // The right one, too, has to wait; after that it opens.
    browser.fill(CODE, &phone.shows(&office, 0));
    browser.press("Verify");
    browser.must_read("Too many tries.");
    assert!(!session(&browser));
    office.later(Span::from_seconds(15 * 60));
    out(&browser);
    office.step(&browser, "mia");
    office.later(Span::from_seconds(30));
    browser.fill(CODE, &phone.shows(&office, 0));
    browser.press("Verify");
    browser.arrives("/settings/personal-access-tokens");
}
