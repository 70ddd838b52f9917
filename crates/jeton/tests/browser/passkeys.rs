//! Passkeys in a real browser: made, shown instead of the password, shown to confirm access, stolen, and removed.

use jeton_domain::Span;
use serde_json::{Value, json};

use super::authenticator::Authenticator;
use super::driver::{Browser, Scripts};
use super::office::Office;
use crate::support::world::PASSWORD;

const SECURITY: &str = "/settings/security";
const REFUSED: &str = "The passkey was not accepted";
/// What the browser itself says when it has none that fits, or does not recognise the person.
const NONE: &str = "No passkey was chosen, or it took too long. Try again.";

impl Office {
    /// A person who is signed in and has made a passkey.
    fn with_passkey(&self, login: &str) -> Option<(Browser, Authenticator)> {
        let browser = self.browser(Scripts::On)?;
        let authenticator = browser.authenticator();
        self.enter(&browser, login);
        browser.open(&self.at(SECURITY));
        add(&browser, "laptop");
        browser.must_read("The passkey was added.");
        Some((browser, authenticator))
    }

    fn is_in(&self, browser: &Browser, login: &str) -> bool {
        browser.open(&self.at("/settings/profile"));
        browser.path() == "/settings/profile" && browser.offers(&format!("Your account: {login}"))
    }
}

fn add(browser: &Browser, name: &str) {
    browser.fill("Name of the new passkey", name);
    browser.press("Add a passkey");
}

fn leave(browser: &Browser, login: &str) {
    browser.press(&format!("Your account: {login}"));
    browser.press("Sign out");
    browser.must_read("You are signed out.");
}

#[test]
fn a_passkey_is_all_that_one_needs() {
    let office = Office::open();
    office.person("mia", false);
    let Some(browser) = office.browser(Scripts::On) else {
        return;
    };
    let authenticator = browser.authenticator();
    office.enter(&browser, "mia");
    browser.open(&office.at(SECURITY));
    browser.must_read("You have no passkey yet.");
    // A passkey adds power: access is confirmed first.
    office.later(Span::from_seconds(3 * 3600));
    add(&browser, "laptop");
    assert!(
        browser.eventually(|| browser.title() == "Confirm access · Jeton"),
        "{}",
        browser.text()
    );
    office.confirm(&browser);
    // The name that was typed waits in its field.
    browser.press("Add a passkey");
    browser.must_read("The passkey was added.");
    assert_eq!(browser.heading(), "Recovery codes");
    browser.is_sound();
    browser.keep_picture("recovery-codes");
    browser.press("I have kept them");
    browser.arrives(SECURITY);
    browser.must_read("Two-factor authentication is on");
    browser.must_read("laptop");
    browser.is_sound();
    browser.keep_picture("security-with-a-passkey");
    // One device holds one of a person.
    add(&browser, "laptop again");
    browser.must_read("This device holds a passkey of yours already.");

    // In, without a word typed.
    leave(&browser, "mia");
    browser.press("Sign in with a passkey");
    browser.arrives("/settings/personal-access-tokens");
    assert!(browser.offers("Your account: mia"));

    // Access is confirmed by it, and the form that came too late goes on by itself.
    office.later(Span::from_seconds(3 * 3600));
    browser.open(&office.at("/settings/personal-access-tokens/new"));
    assert_eq!(browser.title(), "Confirm access · Jeton");
    browser.is_sound();
    browser.keep_picture("confirm-by-passkey");
    browser.press("Use a passkey");
    browser.arrives("/settings/personal-access-tokens/new");
    browser.fill("Token name", "by-passkey");
    office.later(Span::from_seconds(3 * 3600));
    browser.press("Generate token");
    assert!(
        browser.eventually(|| browser.title() == "Confirm access · Jeton"),
        "{}",
        browser.text()
    );
    browser.press("Use a passkey");
    browser.must_read("Copy its value now");
    browser.must_read("by-passkey");

    // As the second step after a password.
    leave(&browser, "mia");
    browser.fill("Login or e-mail address", "mia");
    browser.fill("Password", PASSWORD);
    browser.press("Sign in");
    assert_eq!(browser.heading(), "Two-factor authentication");
    assert!(
        browser
            .cookies()
            .iter()
            .all(|c| c["name"] != "jeton_session")
    );
    browser.is_sound();
    // The device asks for a finger, and it is another's.
    browser.recognised(&authenticator, false);
    browser.press("Use a passkey");
    browser.must_read(NONE);
    browser.recognised(&authenticator, true);
    browser.press("Use a passkey");
    browser.arrives("/settings/personal-access-tokens");
    assert!(office.is_in(&browser, "mia"));
}

/// Asks a page's question, whomever it is meant for, has the device answer it with whatever it holds, and sends that on
/// from the page's own form. Ends when the page was left.
const FORCE: &str = "const done = arguments[arguments.length - 1];
    (async () => {
      const form = document.querySelector('form[data-passkey=get]');
      const question = arguments[0] || form.dataset.question;
      const reply = await fetch(question, { method: 'POST', body: new URLSearchParams(new FormData(form)) });
      const { challenge, options } = await reply.json();
      delete options.allowCredentials;
      if (options.publicKey) delete options.publicKey.allowCredentials;
      const answer = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      form.elements.challenge.value = challenge;
      form.elements.answer.value = JSON.stringify(answer.toJSON());
      done('answered');
      HTMLFormElement.prototype.submit.call(form);
    })().catch((error) => done(String(error)));";

#[track_caller]
fn force(browser: &Browser, question: Option<&str>) {
    let said = browser.script_later(FORCE, vec![json!(question)]);
    assert_eq!(said, json!("answered"));
}

#[test]
fn a_passkey_of_another_account_opens_nothing_of_this_one() {
    let office = Office::open();
    for login in ["mia", "eve"] {
        office.person(login, false);
    }
    let (Some((mia, of_mia)), Some((eve, of_eve))) =
        (office.with_passkey("mia"), office.with_passkey("eve"))
    else {
        return;
    };
    let (own, foreign) = (mia.passkeys(&of_mia), eve.passkeys(&of_eve));
    assert_eq!((own.len(), foreign.len()), (1, 1));
    assert_ne!(own[0]["credentialId"], foreign[0]["credentialId"]);

    // Mia's browser, which may confirm, with a device that holds only Eve's.
    let other = |passkey: &Value| {
        let browser = Browser::start(Scripts::On).unwrap();
        let device = browser.authenticator();
        browser.implant(&device, passkey);
        browser
    };
    let thief = other(&foreign[0]);
    // She knows Mia's password. The browser itself has nothing to offer for Mia's account.
    office.step(&thief, "mia");
    thief.press("Use a passkey");
    thief.must_read(NONE);
    // Forced to answer for it, or with the answer to a question that was asked for nobody, it is refused.
    for question in [None, Some("/login/passkey/question")] {
        force(&thief, question);
        thief.must_read(REFUSED);
        assert!(thief.cookies().iter().all(|c| c["name"] != "jeton_session"));
    }
    // It opens the account that it belongs to, and no other.
    thief.open(&office.at("/login"));
    thief.press("Sign in with a passkey");
    thief.arrives("/settings/personal-access-tokens");
    assert!(office.is_in(&thief, "eve"));

    // A passkey that says it is Mia's, with Eve's private key.
    for (name, part) in [
        ("userHandle", &own[0]["userHandle"]),
        ("credentialId", &own[0]["credentialId"]),
    ] {
        let mut forged = foreign[0].clone();
        forged[name] = part.clone();
        let forger = other(&forged);
        forger.open(&office.at("/login"));
        forger.press("Sign in with a passkey");
        assert!(
            forger.eventually(|| forger.reads(REFUSED) || forger.path() != "/login"),
            "{}",
            forger.text()
        );
        assert!(!office.is_in(&forger, "mia"), "{name}");
    }

    // Whoever sits before Mia's open session confirms nothing with their own passkey.
    office.later(Span::from_seconds(3 * 3600));
    let path = format!("/-/confirm?return_to={SECURITY}");
    mia.open(&office.at(&path));
    let key = own[0]["credentialId"].as_str().unwrap();
    mia.forget(&of_mia, key);
    mia.implant(&of_mia, &foreign[0]);
    mia.press("Use a passkey");
    mia.must_read(NONE);
    for question in [None, Some("/login/passkey/question")] {
        force(&mia, question);
        mia.must_read(REFUSED);
    }
    mia.open(&office.at("/settings/personal-access-tokens/new"));
    assert_eq!(mia.title(), "Confirm access · Jeton");
    let mut back = own[0].clone();
    back["signCount"] = json!(50);
    mia.implant(&of_mia, &back);
    mia.press("Use a passkey");
    mia.arrives("/settings/personal-access-tokens/new");
}

#[test]
fn a_passkey_that_was_removed_opens_nothing() {
    let office = Office::open();
    office.person("mia", false);
    let Some((browser, _device)) = office.with_passkey("mia") else {
        return;
    };
    // Taking a factor away makes a stolen password worth more: it asks.
    office.later(Span::from_seconds(3 * 3600));
    browser.open(&office.at(SECURITY));
    browser.press("Remove the passkey laptop");
    assert!(
        browser.eventually(|| browser.title() == "Confirm access · Jeton"),
        "{}",
        browser.text()
    );
    browser.press("Use a passkey");
    browser.arrives(SECURITY);
    browser.must_read("You have no passkey yet.");
    browser.must_read("Your password is all that is asked for.");
    leave(&browser, "mia");
    browser.press("Sign in with a passkey");
    browser.must_read(REFUSED);
    assert!(browser.cookies().is_empty(), "{:?}", browser.cookies());
    browser.is_sound();
    // The password alone does again.
    office.enter(&browser, "mia");
    assert!(office.is_in(&browser, "mia"));
}

impl Office {
    /// Goes as far as the second step.
    #[track_caller]
    pub(super) fn step(&self, browser: &Browser, login: &str) {
        browser.open(&self.at("/login"));
        browser.fill("Login or e-mail address", login);
        browser.fill("Password", PASSWORD);
        browser.press("Sign in");
        assert!(
            browser.eventually(|| browser.heading() == "Two-factor authentication"),
            "{}",
            browser.text()
        );
    }
}
