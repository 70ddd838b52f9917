//! What came too late, or twice, or from the wrong tab: forms that are out of date, links that are spent, two people at
//! once, a form sent again, a page that somebody else is signed in on by now.

use std::path::Path;

use jeton_domain::Span;
use serde_json::{Value, json};

use super::driver::{Browser, Scripts};
use super::office::Office;
use super::town::mailed_code;
use crate::support::world::{PASSWORD, Person};

const BOTH: [Scripts; 2] = [Scripts::On, Scripts::Off];
const POLICY: &str = "/organizations/alta3/settings/personal-access-tokens";
const REQUESTS: &str = "/organizations/alta3/settings/personal-access-token-requests";

/// An office whose letters go into a folder.
fn with_letters() -> (Office, tempfile::TempDir) {
    let letters = tempfile::tempdir().unwrap();
    let office = Office::with(&[
        ("mail.from", "jeton@example.org"),
        ("mail.folder", letters.path().to_str().unwrap()),
    ]);
    (office, letters)
}

/// Two owners of one organization.
fn owners(office: &Office) -> (Person, Person) {
    let lena = office.person("lena", false);
    let noa = office.person("noa", false);
    office.organization("alta3", &lena);
    office.member("alta3", &lena, &noa, "admin");
    let accept = json!({ "state": "active" });
    office.call(
        "PATCH",
        "/api/v3/user/memberships/orgs/alta3",
        Some(&noa.client),
        &accept,
    );
    (lena, noa)
}

fn policy(office: &Office, owner: &Person) -> Value {
    office.must(
        "GET",
        "/api/jeton/v1/orgs/alta3/policy",
        Some(&owner.client),
        &Value::Null,
    )
}

#[test]
fn a_policy_that_somebody_else_changed_is_told_and_nothing_typed_is_lost() {
    for scripts in BOTH {
        let office = Office::open();
        let (_, noa) = owners(&office);
        let Some(browser) = office.browser(scripts) else {
            return;
        };
        office.enter(&browser, "lena");
        browser.open(&office.at(POLICY));
        browser.fill("Days", "77");
        browser.fill("Allowed addresses", "127.0.0.0/8");
        let change = json!({ "outside_collaborators_allowed": false, "fine_grained_maximum": { "days": 30 } });
        office.must(
            "PATCH",
            "/api/jeton/v1/orgs/alta3/policy",
            Some(&noa.client),
            &change,
        );
        let meanwhile = policy(&office, &noa);
        browser.press("Save the policy");
        browser.must_read("Somebody changed the policy since you opened this page.");
        browser.must_read("Outside collaborators may use no tokens.");
        browser.must_read("to 30 days");
        assert_eq!(policy(&office, &noa), meanwhile, "nothing was saved");
        assert_eq!(browser.value_of("Days"), "77");
        assert_eq!(browser.value_of("Allowed addresses"), "127.0.0.0/8");
        browser.must_read("What this change does");
        browser.must_read("from 30 days to 77 days");
        browser.is_sound();
        browser.keep_picture("policy-changed-meanwhile");
        // Told once; now it is meant.
        browser.press("Save the policy");
        browser.must_read("policy was saved");
        let saved = policy(&office, &noa);
        assert!(saved.to_string().contains("77"), "{saved}");
    }
}

#[test]
fn an_invitation_by_address_is_not_for_whoever_is_signed_in() {
    let (office, letters) = with_letters();
    let (lena, _) = owners(&office);
    office.person("eve", false);
    office.must(
        "POST",
        "/api/v3/orgs/alta3/invitations",
        Some(&lena.client),
        &json!({ "email": "zoe@example.org" }),
    );
    let code = mailed_code(letters.path(), "zoe@example.org");
    let link = office.at(&format!("/invitations/{code}"));
    let Some(browser) = office.browser(Scripts::On) else {
        return;
    };
    office.enter(&browser, "eve");
    browser.open(&link);
    browser.must_read("You are signed in as eve, and this invitation is for zoe@example.org.");
    assert!(!browser.offers("Join alta3"));
    assert!(
        !browser.asks("Password"),
        "nobody makes an account while signed in"
    );
    browser.is_sound();
    browser.keep_picture("invitation-of-somebody-else");
    // The button that is not there, pressed all the same.
    let press = "const form = document.querySelector('main form'); form.action = arguments[0]; form.submit()";
    let accept = format!("/invitations/{code}/accept");
    browser.script(press, vec![json!(accept)]);
    browser.arrives(&accept);
    assert!(
        browser.eventually(|| !browser.heading().is_empty()),
        "{}",
        browser.text()
    );
    assert!(!members(&office, &lena).contains(&"eve".to_owned()));
    browser.is_sound();
    // Whom it is for finds it as it was.
    let Some(zoe) = office.browser(Scripts::Off) else {
        return;
    };
    zoe.open(&link);
    zoe.fill("Login", "zoe");
    zoe.fill("Password", PASSWORD);
    zoe.press("Make the account and join");
    assert!(zoe.offers("Your account: zoe"), "{}", zoe.text());
}

fn members(office: &Office, owner: &Person) -> Vec<String> {
    let list = office.must(
        "GET",
        "/api/v3/orgs/alta3/members",
        Some(&owner.client),
        &Value::Null,
    );
    list.as_array()
        .unwrap()
        .iter()
        .map(|member| member["login"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_link_of_an_invitation_opens_once() {
    let (office, letters) = with_letters();
    let (lena, _) = owners(&office);
    let invite = || {
        office.must(
            "POST",
            "/api/v3/orgs/alta3/invitations",
            Some(&lena.client),
            &json!({ "email": "zoe@example.org" }),
        )
    };
    invite();
    let code = mailed_code(letters.path(), "zoe@example.org");
    let link = office.at(&format!("/invitations/{code}"));
    let (Some(first), Some(second)) = (office.browser(Scripts::On), office.browser(Scripts::On))
    else {
        return;
    };
    // Open twice before it is used: the second form comes too late.
    for (browser, login) in [(&first, "zoe"), (&second, "zoe-too")] {
        browser.open(&link);
        browser.fill("Login", login);
        browser.fill("Password", PASSWORD);
    }
    first.press("Make the account and join");
    assert!(
        first.eventually(|| first.offers("Your account: zoe")),
        "{}",
        first.text()
    );
    second.press("Make the account and join");
    second.must_read("This invitation was accepted already.");
    assert!(!second.offers("Your account: zoe-too"));
    assert!(
        second
            .cookies()
            .iter()
            .all(|c| c["name"] != "jeton_session")
    );
    second.is_sound();
    // Who was let in by it and is put out does not come back by it.
    office.must(
        "DELETE",
        "/api/v3/orgs/alta3/members/zoe",
        Some(&lena.client),
        &Value::Null,
    );
    first.open(&link);
    first.must_read("This invitation was accepted already.");
    assert!(!first.offers("Join alta3"));
    assert!(!members(&office, &lena).contains(&"zoe".to_owned()));
    // One that was taken back opens nothing, also for who has it open.
    std::fs::read_dir(letters.path())
        .unwrap()
        .flatten()
        .for_each(|entry| {
            let _ = std::fs::remove_file(entry.path());
        });
    office.must(
        "POST",
        "/api/v3/orgs/alta3/invitations",
        Some(&lena.client),
        &json!({ "email": "yan@example.org" }),
    );
    let code = mailed_code(letters.path(), "yan@example.org");
    second.open(&office.at(&format!("/invitations/{code}")));
    second.fill("Login", "yan");
    second.fill("Password", PASSWORD);
    let list = office.must(
        "GET",
        "/api/v3/orgs/alta3/invitations",
        Some(&lena.client),
        &Value::Null,
    );
    let id = list[0]["id"].as_i64().unwrap();
    let path = format!("/api/v3/orgs/alta3/invitations/{id}");
    office.must("DELETE", &path, Some(&lena.client), &Value::Null);
    second.press("Make the account and join");
    second.must_read("This invitation was taken back.");
    assert!(!members(&office, &lena).contains(&"yan".to_owned()));
}

/// The codes of the links for a new password that were mailed.
fn reset_codes(letters: &Path) -> Vec<String> {
    let mut codes: Vec<String> = std::fs::read_dir(letters)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let text = std::fs::read_to_string(entry.path()).ok()?;
            let text = text.replace("=\r\n", "").replace("=\n", "");
            let (_, rest) = text.split_once("/password_reset/")?;
            Some(rest.chars().take_while(char::is_ascii_hexdigit).collect())
        })
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

const NEW: &str = "a battery for another horse";

#[test]
fn the_link_for_a_new_password_opens_once() {
    let (office, letters) = with_letters();
    office.person("mia", false);
    let (Some(mia), Some(thief)) = (office.browser(Scripts::On), office.browser(Scripts::Off))
    else {
        return;
    };
    // Somebody is in with the old password.
    office.enter(&thief, "mia");
    for login in ["mia", "nobody-here"] {
        mia.open(&office.at("/password_reset"));
        mia.fill("Login or e-mail address", login);
        mia.press("Send me a link");
        mia.must_read("If there is such an account");
    }
    assert!(mia.eventually(|| reset_codes(letters.path()).len() == 1));
    let code = reset_codes(letters.path()).remove(0);
    let link = office.at(&format!("/password_reset/{code}"));
    // Two tabs with the form; the first that is sent wins.
    mia.open(&link);
    let tab = mia.tab();
    mia.must_read("For the account mia.");
    mia.is_sound();
    mia.keep_picture("password-set");
    mia.fill("New password", "short");
    mia.press("Set the password");
    assert!(
        mia.eventually(|| mia.error_of("New password").is_some()),
        "{}",
        mia.text()
    );
    mia.other_tab();
    mia.open(&link);
    mia.fill("New password", NEW);
    mia.press("Set the password");
    mia.arrives("/login");
    mia.to_tab(&tab);
    mia.fill("New password", "a third one that is long");
    mia.press("Set the password");
    mia.must_read("This link does not work");
    mia.open(&link);
    mia.must_read("This link does not work");
    assert!(!mia.asks("New password"));
    mia.is_sound();
    // All sign-ins are over, and the old password is none.
    thief.open(&office.at("/settings/profile"));
    assert!(thief.path().starts_with("/login"), "{}", thief.path());
    thief.fill("Login or e-mail address", "mia");
    thief.fill("Password", PASSWORD);
    thief.press("Sign in");
    thief.must_read("Login or password is wrong.");
    mia.open(&office.at("/login"));
    mia.fill("Login or e-mail address", "mia");
    mia.fill("Password", NEW);
    mia.press("Sign in");
    mia.arrives("/settings/personal-access-tokens");

    // A link lives an hour.
    thief.open(&office.at("/password_reset"));
    thief.fill("Login or e-mail address", "mia@example.org");
    thief.press("Send me a link");
    assert!(mia.eventually(|| reset_codes(letters.path()).len() == 2));
    let fresh = reset_codes(letters.path())
        .into_iter()
        .find(|other| *other != code);
    let fresh = office.at(&format!("/password_reset/{}", fresh.unwrap()));
    thief.open(&fresh);
    assert!(thief.asks("New password"));
    office.later(Span::from_seconds(3601));
    thief.fill("New password", "one that comes too late");
    thief.press("Set the password");
    thief.must_read("This link does not work");
}

#[test]
fn of_two_reviewers_the_second_is_told_what_the_first_decided() {
    for scripts in BOTH {
        let office = Office::open();
        let (lena, _) = owners(&office);
        let tomas = office.person("tomas", false);
        office.member("alta3", &lena, &tomas, "member");
        let accept = json!({ "state": "active" });
        office.call(
            "PATCH",
            "/api/v3/user/memberships/orgs/alta3",
            Some(&tomas.client),
            &accept,
        );
        office.repository("alta3", &lena, "labs", "private");
        let wish = |name: &str| {
            json!({ "name": name, "owner": "alta3", "repositories": "all", "expires_in": 30,
                "justification": "Builds", "permissions": { "contents": "read" } })
        };
        let token = office.token(&tomas, &wish("builds"));
        office.token(&tomas, &wish("other builds"));
        let (Some(first), Some(second)) = (office.browser(scripts), office.browser(scripts)) else {
            return;
        };
        for (browser, login) in [(&first, "lena"), (&second, "noa")] {
            office.enter(browser, login);
            browser.open(&office.at(REQUESTS));
        }
        // Both chosen in the list, by the second; one of them is denied meanwhile by the first.
        for name in ["builds", "other builds"] {
            second.tick(&format!("Choose {name} of tomas"));
        }
        second.fill("Reason", "Fine with me");
        first.press("builds");
        first.fill("Reason", "Choose the repositories, please");
        first.press("Deny");
        first.arrives(REQUESTS);
        second.press("Approve the chosen");
        second.must_read("Nothing was decided. Somebody was faster:");
        second.must_read("builds of tomas: denied");
        second.must_read("“Choose the repositories, please”");
        // What she wrote and chose still stands, for what still waits.
        assert_eq!(second.value_of("Reason"), "Fine with me");
        assert!(second.is_ticked("Choose other builds of tomas"));
        second.is_sound();
        second.keep_picture("requests-decided-meanwhile");
        let read = |value: &str| {
            office
                .call("GET", "/api/v3/repos/alta3/labs", Some(value), &Value::Null)
                .status
        };
        assert_eq!(read(&token.value), 404);
        second.press("Approve the chosen");
        second.arrives(REQUESTS);
        second.must_read("No requests wait");
        assert_eq!(read(&token.value), 404, "what was denied stays so");
    }
}

fn list(office: &Office, person: &Person) -> Vec<String> {
    let list = office.must(
        "GET",
        "/api/jeton/v1/tokens",
        Some(&person.client),
        &Value::Null,
    );
    let tokens = list
        .as_array()
        .or_else(|| list["tokens"].as_array())
        .unwrap();
    tokens
        .iter()
        .map(|token| token["name"].as_str().unwrap().to_owned())
        .collect()
}

fn shown(browser: &Browser) -> String {
    let value = "return (document.getElementById('value') || {}).textContent || ''";
    browser
        .script(value, Vec::new())
        .as_str()
        .unwrap()
        .trim()
        .to_owned()
}

fn alive(office: &Office, value: &str) -> bool {
    office
        .call("GET", "/api/v3/user", Some(value), &Value::Null)
        .status
        == 200
}

#[test]
fn a_form_that_is_sent_again_makes_nothing_twice_and_no_value_comes_back() {
    for scripts in BOTH {
        let office = Office::open();
        let mia = office.person("mia", false);
        let Some(browser) = office.browser(scripts) else {
            return;
        };
        office.enter(&browser, "mia");
        browser.open(&office.at("/settings/personal-access-tokens/new"));
        browser.fill("Token name", "once");
        browser.press("Generate token");
        browser.must_read("Copy its value now");
        let first = shown(&browser);
        // Loading the page again sends the form again, with its key: a fresh value, and the one that may have been lost is
        // worth nothing.
        browser.reload();
        browser.must_read("Copy its value now");
        let second = shown(&browser);
        assert!(second.starts_with("jeton_pat_") && second != first);
        assert!(!alive(&office, &first) && alive(&office, &second));
        assert_eq!(list(&office, &mia), ["once"]);
        // One that is used is not lost.
        browser.reload();
        browser.must_read("This form has made a token already");
        assert_eq!(list(&office, &mia), ["once"]);
        browser.is_sound();
        // What was filled in stays, and makes another one under another name.
        browser.fill("Token name", "other");
        browser.press("Generate token");
        browser.must_read("Copy its value now");
        let third = shown(&browser);
        // On, back, on: nothing shows one again.
        browser.press("To the token's page");
        browser.must_read("other");
        for step in [
            "history.back()",
            "history.back()",
            "history.forward()",
            "history.forward()",
        ] {
            browser.script(step, Vec::new());
            std::thread::sleep(std::time::Duration::from_millis(300));
            let source = browser.script("return document.documentElement.outerHTML", Vec::new());
            let source = source.as_str().unwrap();
            assert!(
                [&first, &second, &third]
                    .iter()
                    .all(|value| !source.contains(*value)),
                "{step}: {}",
                browser.path()
            );
        }
        let mut names = list(&office, &mia);
        names.sort();
        assert_eq!(names, ["once", "other"]);
        assert!(alive(&office, &second) && alive(&office, &third));
    }
}

#[test]
fn a_button_that_is_pressed_twice_acts_once() {
    let office = Office::open();
    let mia = office.person("mia", false);
    let Some(browser) = office.browser(Scripts::On) else {
        return;
    };
    office.enter(&browser, "mia");
    browser.open(&office.at("/settings/personal-access-tokens/new"));
    browser.fill("Token name", "twice");
    let press =
        "const send = document.getElementById('send'); send.click(); send.click(); send.click();";
    browser.script(press, Vec::new());
    browser.must_read("Copy its value now");
    assert!(
        alive(&office, &shown(&browser)),
        "the value that is shown is the one that works"
    );
    assert_eq!(list(&office, &mia), ["twice"]);
}

#[test]
fn a_tab_of_who_signed_out_or_of_somebody_else_changes_nothing() {
    for scripts in BOTH {
        let office = Office::open();
        let [mia, noa] = ["mia", "noa"].map(|login| office.person(login, false));
        let Some(browser) = office.browser(scripts) else {
            return;
        };
        office.enter(&browser, "mia");
        browser.open(&office.at("/settings/personal-access-tokens/new"));
        browser.fill("Token name", "of-mia");
        let form = browser.tab();
        browser.other_tab();
        let other = browser.tab();
        browser.open(&office.at("/settings/profile"));
        browser.press("Your account: mia");
        browser.press("Sign out");
        browser.must_read("You are signed out.");
        // Nobody is signed in: the way in, and nothing made.
        browser.to_tab(&form);
        browser.press("Generate token");
        assert!(
            browser.eventually(|| browser.path().starts_with("/login")),
            "{}: {}",
            browser.path(),
            browser.text()
        );
        // The form's script had asked, too, and was led to the way in.
        let _ = browser.complaints();
        browser.is_sound();
        assert!(list(&office, &mia).is_empty());
        // Somebody else is: told so, and nothing made for either.
        office.enter(&browser, "mia");
        browser.open(&office.at("/settings/personal-access-tokens/new"));
        browser.fill("Token name", "of-mia");
        browser.to_tab(&other);
        browser.devtools("Network.clearBrowserCookies", &json!({}));
        office.enter(&browser, "noa");
        browser.to_tab(&form);
        browser.press("Generate token");
        browser.must_read("The form was made for another sign-in");
        let _ = browser.complaints();
        browser.is_sound();
        for person in [&mia, &noa] {
            assert!(list(&office, person).is_empty(), "{}", person.login);
        }
    }
}
