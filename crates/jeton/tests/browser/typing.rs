//! Typing into the form of a token as people do, with pauses in which the page asks the server what goes with it.

use std::thread::sleep;
use std::time::Duration;

use fantoccini::key::Key;
use serde_json::json;

use super::driver::Browser;
use super::hand::Hand;
use super::town::{SIX, Town};

/// Longer than the form waits before it asks the server, and than the answer takes.
const PAUSE: Duration = Duration::from_millis(1200);
/// Shorter than the form's waiting and the answer on a slow line take together, so that the answer to one piece is under
/// way when the next is typed, and would come before the form asks again.
const UNDER_WAY: Duration = Duration::from_millis(1150);

/// Types piece by piece into the field that has the focus; it keeps the focus and holds what was typed.
#[track_caller]
fn in_pieces(browser: &Browser, label: &str, pieces: &[&str], pause: Duration) {
    let mut typed = browser.value_of(label);
    for piece in pieces {
        browser.type_on(piece);
        sleep(pause);
        typed.push_str(piece);
        assert_eq!(browser.value_of(label), typed, "{label}");
    }
}

/// Whether the field has the focus, and where its caret is.
fn caret(browser: &Browser, id: &str) -> Option<u64> {
    let script =
        "const e = document.activeElement; return e.id === arguments[0] ? e.selectionStart : null";
    browser.script(script, vec![json!(id)]).as_u64()
}

fn focus(browser: &Browser, id: &str) {
    let script = "document.getElementById(arguments[0]).focus()";
    browser.script(script, vec![json!(id)]);
}

/// Each answer takes a second.
fn far_away(browser: &Browser) {
    browser.devtools("Network.enable", &json!({}));
    browser.devtools(
        "Network.emulateNetworkConditions",
        &json!({ "offline": false, "latency": 1000, "downloadThroughput": -1, "uploadThroughput": -1 }),
    );
}

/// A form for the organization, in which one repository is selected.
fn form() -> Option<(Town, Browser)> {
    form_with("alta3/labs")
}

fn form_with(repositories: &str) -> Option<(Town, Browser)> {
    let browser = Hand::Keyboard.browser()?;
    let town = Town::build();
    town.office.enter(&browser, "tomas");
    let link = "/settings/personal-access-tokens/new?target_name=alta3&repositories=";
    browser.open(&town.office.at(&format!("{link}{repositories}")));
    assert!(browser.asks("Justification"), "{}", browser.text());
    Some((town, browser))
}

#[test]
fn what_is_typed_with_pauses_stands_as_it_was_typed() {
    let Some((_town, browser)) = form() else {
        return;
    };
    browser.tab_to("Token name");
    in_pieces(&browser, "Token name", &["the ", "class", "room"], PAUSE);
    browser.tab_to("Justification");
    let pieces = ["Because ", "the deploy ", "job needs it"];
    in_pieces(&browser, "Justification", &pieces, PAUSE);
    assert_eq!(caret(&browser, "justification"), Some(31));
    // In the middle, too.
    for _ in 0..3 {
        browser.key(Key::Left);
    }
    sleep(PAUSE);
    browser.type_on("s");
    sleep(PAUSE);
    browser.type_on(" ");
    sleep(PAUSE);
    assert_eq!(
        browser.value_of("Justification"),
        "Because the deploy job needss  it"
    );
    assert_eq!(caret(&browser, "justification"), Some(30));
    // The fault comes beside the field and goes again, and the field stays.
    browser.type_on("\u{200b}");
    let told = |browser: &Browser| browser.error_of("Justification").unwrap_or_default();
    assert!(browser.eventually(|| told(&browser).contains("does not print")));
    browser.key(Key::Backspace);
    assert!(browser.eventually(|| told(&browser).is_empty()));
    assert_eq!(caret(&browser, "justification"), Some(30));
    // From here the next stop is the next field.
    browser.key(Key::Tab);
    let at = browser.script("return document.activeElement.name", Vec::new());
    assert_eq!(at, json!("which"));
    assert_eq!(browser.value_of("Token name"), "the classroom");
    browser.is_sound();
}

#[test]
fn a_search_that_is_typed_with_pauses_finds_what_it_says() {
    let Some((_town, browser)) = form() else {
        return;
    };
    let search = "Search repositories of alta3";
    browser.tab_to(search);
    in_pieces(&browser, search, &["gu", "ten", "berg"], PAUSE);
    browser.must_read("1 repository with “gutenberg” in the name");
    for (name, _) in SIX {
        let offered = browser.asks(&format!("alta3/{name} private"));
        assert_eq!(offered, name == "gutenberg", "{name}");
    }
    // What was chosen before stays chosen, and what was found is chosen with the keyboard.
    assert!(browser.is_ticked("alta3/labs"));
    browser.tab_to("alta3/gutenberg private");
    browser.key(Key::Space);
    browser.must_read("2 selected");
    assert!(browser.is_ticked("alta3/gutenberg"));
    assert_eq!(browser.value_of(search), "gutenberg");
}

#[test]
fn what_is_typed_while_an_answer_is_under_way_is_kept() {
    let Some((_town, browser)) = form() else {
        return;
    };
    far_away(&browser);
    let search = "Search repositories of alta3";
    browser.tab_to(search);
    in_pieces(&browser, search, &["a", "lta3", "-ans"], UNDER_WAY);
    browser.must_read("1 repository with “alta3-ans” in the name");
    assert_eq!(browser.value_of(search), "alta3-ans");
    assert!(browser.asks("alta3/alta3-ansible private"));
    // One goes on to another field before the answer comes: neither text is lost.
    for _ in 0..4 {
        browser.key(Key::Backspace);
    }
    sleep(UNDER_WAY);
    focus(&browser, "justification");
    let pieces = ["For ", "the ", "class"];
    in_pieces(&browser, "Justification", &pieces, UNDER_WAY);
    sleep(PAUSE + PAUSE);
    assert_eq!(browser.value_of(search), "alta3");
    assert_eq!(browser.value_of("Justification"), "For the class");
    assert_eq!(caret(&browser, "justification"), Some(13));
}

#[test]
fn a_text_of_repositories_takes_what_is_typed_and_what_has_no_box_any_more() {
    let names: Vec<String> = (0..=100).map(|n| format!("alta3/n{n:03}")).collect();
    let Some((_town, browser)) = form_with(&names.join(",")) else {
        return;
    };
    let more = "More selected repositories, one a line";
    browser.must_read("101 selected");
    assert_eq!(browser.value_of(more), "alta3/n100");
    focus(&browser, "repositories");
    for piece in ["alta3/", "labs"] {
        browser.type_on(piece);
        sleep(PAUSE);
    }
    browser.key(Key::Enter);
    sleep(PAUSE);
    assert_eq!(browser.value_of(more), "alta3/labs\nalta3/n100");
    assert_eq!(caret(&browser, "repositories"), Some(11));
    browser.must_read("102 selected");
    // Another box is ticked; the last one gives way, and stands in the text, though one is typing there by then.
    far_away(&browser);
    browser.tick("alta3/demo private");
    focus(&browser, "repositories");
    browser.must_read("103 selected");
    assert_eq!(browser.value_of(more), "alta3/labs\nalta3/n100\nalta3/n099");
    assert_eq!(caret(&browser, "repositories"), Some(11));
    assert!(browser.is_ticked("alta3/demo") && browser.is_ticked("alta3/n098"));
    browser.is_sound();
}
