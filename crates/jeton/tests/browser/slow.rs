//! A slow line: 400 kbit/s, and 400 milliseconds for each answer.

use super::driver::Scripts;
use super::town::Town;

/// Milliseconds until the page stands.
const STANDS: &str = "return performance.getEntriesByType('navigation')[0].loadEventEnd";
/// Bytes that came over the wire for this page, heads of answers included.
const CAME: &str = "const [page] = performance.getEntriesByType('navigation');
    return performance.getEntriesByType('resource').reduce((sum, e) => sum + e.transferSize, page.transferSize)";

#[test]
fn the_form_of_a_token_is_usable_on_a_slow_line() {
    let town = Town::build();
    let Some(browser) = town.office.browser(Scripts::On) else {
        return;
    };
    town.office.enter(&browser, "tomas");
    browser.slow_line(true);
    browser.first_visits(true);
    let new = town.office.at("/settings/personal-access-tokens/new");
    browser.open(&new);
    let stands = browser.script(STANDS, Vec::new()).as_f64().unwrap();
    assert!(stands >= 400.0, "the line is not slow: {stands} ms");
    assert!(stands < 5000.0, "the page took {stands} ms");
    let came = browser.script(CAME, Vec::new()).as_f64().unwrap();
    assert!((10_000.0..100_000.0).contains(&came), "{came} bytes came");
    assert_eq!(browser.troubles(), Vec::<String>::new());

    // One chooses, and goes on while the server still thinks: nothing that was typed is lost.
    browser.choose("Resource owner", "alta3 (organization)");
    browser.fill("Token name", "from-a-train");
    browser.fill("Description", "Typed while the line was busy");
    assert!(
        browser.eventually(|| browser.asks("Justification")),
        "{}",
        browser.text()
    );
    assert_eq!(browser.value_of("Token name"), "from-a-train");
    browser.fill("Justification", "The class begins on Monday");
    browser.tick("Only selected repositories");
    assert!(browser.eventually(|| browser.asks("alta3/labs private")));
    // Several at once, without waiting for each.
    for name in ["labs", "demo", "gutenberg"] {
        browser.tick(&format!("alta3/{name} private"));
    }
    browser.choose("Contents", "Read-only");
    assert!(
        browser.eventually(|| browser.reads("2 permissions for 3 of your repositories")),
        "{}",
        browser.text()
    );
    for (label, value) in [
        ("Token name", "from-a-train"),
        ("Description", "Typed while the line was busy"),
        ("Justification", "The class begins on Monday"),
    ] {
        assert_eq!(browser.value_of(label), value);
    }
    // What is chosen last is sent although its answer has not come yet.
    browser.choose("Contents", "Read and write");
    browser.press("Generate token and request access");
    browser.must_read("Copy its value now");
    browser.press("To the token's page");
    browser.must_read("from-a-train");
    assert!(
        browser.eventually(|| browser.reads("Read and write")),
        "{}",
        browser.text()
    );
}

#[test]
fn on_a_slow_line_no_page_jumps_and_each_is_small() {
    let town = Town::build();
    let Some(browser) = town.office.browser(Scripts::On) else {
        return;
    };
    browser.slow_line(true);
    browser.first_visits(true);
    let mut wrong = Vec::new();
    let mut look = |path: &str| {
        browser.open(&town.office.at(path));
        let came = browser.script(CAME, Vec::new()).as_f64().unwrap();
        if came >= 100_000.0 {
            wrong.push(format!("{path}: {came} bytes came"));
        }
        let troubles = browser.troubles();
        wrong.extend(troubles.into_iter().map(|said| format!("{path}: {said}")));
    };
    look("/login");
    look("/docs");
    look("/docs/operations");
    town.office.enter(&browser, "lena");
    for path in [
        "/settings/personal-access-tokens",
        "/settings/security",
        "/organizations/alta3/settings/personal-access-tokens",
        "/organizations/alta3/settings/personal-access-token-requests",
        "/organizations/alta3/settings/personal-access-tokens/active",
        "/orgs/alta3/people",
        "/organizations/alta3/settings/audit-log",
    ] {
        look(path);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
