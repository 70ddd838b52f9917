//! An OAuth application in a browser: registered, let in by its person, let in by the organization, taken back, deleted.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use super::driver::Browser;
use super::hand::Hand;
use super::office::Office;
use super::town::{GH, Town};

const NAME: &str = "Timetable";
/// A verifier and its challenge: those of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// What a state may hold: nothing of it is ever read as markup.
const STATE: &str = "<b id=\"state\">x</b>&code=stolen";

/// The application: it waits on this machine for its person's browser.
struct Application {
    address: SocketAddr,
    led: mpsc::Receiver<String>,
    client_id: String,
    secret: String,
}

/// Answers whatever browser is led here with thanks, and passes on what it asked with.
fn thanks(listener: &TcpListener, led: &mpsc::Sender<String>) {
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let mut head = Vec::new();
        let mut part = [0; 4096];
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            match stream.read(&mut part) {
                Ok(read) if read > 0 => head.extend_from_slice(&part[..read]),
                _ => break,
            }
        }
        let page = "<!doctype html><title>Timetable</title><h1>Thank you</h1>";
        let _ = write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}",
            page.len()
        );
        if led
            .send(String::from_utf8_lossy(&head).into_owned())
            .is_err()
        {
            return;
        }
    }
}

impl Application {
    fn new(client_id: String, secret: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, led) = mpsc::channel();
        std::thread::spawn(move || thanks(&listener, &sender));
        Self {
            address,
            led,
            client_id,
            secret,
        }
    }

    fn callback(&self) -> String {
        format!("http://{}/back", self.address)
    }

    /// Where it leads the browser.
    fn asks(&self, office: &Office) -> String {
        let mut url: url::Url = office.at("/login/oauth/authorize").parse().unwrap();
        url.query_pairs_mut()
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", &self.callback())
            .append_pair("scope", "repo gist")
            .append_pair("state", STATE)
            .append_pair("code_challenge", CHALLENGE)
            .append_pair("code_challenge_method", "S256");
        url.into()
    }

    /// Waits until the browser is led back, and says with what.
    fn is_led_to(&self) -> url::Url {
        loop {
            let head = self.led.recv_timeout(Duration::from_secs(20)).unwrap();
            // No address of the server's page goes along: it would hold the request.
            assert!(!head.to_lowercase().contains("\r\nreferer:"), "{head}");
            let path = head.split(' ').nth(1).unwrap_or_default();
            if path.starts_with("/back") {
                return format!("http://client{path}").parse().unwrap();
            }
        }
    }

    /// Changes a code for a token.
    fn token(&self, office: &Office, code: &str) -> Value {
        office.must(
            "POST",
            "/login/oauth/access_token",
            None,
            &json!({ "client_id": self.client_id, "client_secret": self.secret, "code": code,
                "redirect_uri": self.callback(), "code_verifier": VERIFIER }),
        )
    }
}

fn parameter(url: &url::Url, name: &str) -> Vec<String> {
    let all = url.query_pairs().filter(|(key, _)| key == name);
    all.map(|(_, value)| value.into_owned()).collect()
}

fn shown(browser: &Browser, of: &str) -> String {
    let script = "return document.querySelector(arguments[0]).textContent.trim()";
    let value = browser.script(script, vec![Value::from(of)]);
    value.as_str().unwrap().to_owned()
}

/// Tomas registers it, and makes its secret.
fn registered(office: &Office, browser: &Browser, hand: Hand) -> Application {
    browser.open(&office.at("/settings/profile"));
    hand.press(browser, "OAuth applications");
    browser.arrives("/settings/developers");
    hand.press(browser, "Register an application");
    browser.arrives("/settings/applications/new");
    // What is wrong stands beside its field, and what was typed stays.
    hand.fill(browser, "Name", NAME);
    hand.fill(
        browser,
        "Callback addresses",
        "http://timetable.example/back",
    );
    hand.press(browser, "Register the application");
    let fault = browser.error_of("Callback addresses").unwrap_or_default();
    assert!(fault.contains("https://"), "{fault}");
    assert_eq!(browser.value_of("Name"), NAME);
    browser.is_sound();
    hand.fill(browser, "Callback addresses", "http://127.0.0.1/back");
    hand.fill(browser, "Description", "Who teaches when");
    hand.press(browser, "Register the application");
    browser.must_read("The application is registered.");
    browser.must_read("It has no secret");
    let client_id = shown(browser, "dl code");
    hand.press(browser, "Make a client secret");
    browser.must_read("shown this once and kept nowhere");
    let secret = shown(browser, "#value");
    browser.is_sound();
    browser.keep_picture(&format!("application-secret-{hand:?}"));
    hand.press(browser, "To the application's page");
    assert!(!browser.text().contains(&secret));
    browser.is_sound();
    browser.keep_picture(&format!("application-{hand:?}"));
    Application::new(client_id, secret)
}

fn story(hand: Hand) {
    let Some(browser) = hand.browser() else {
        return;
    };
    let town = Town::build();
    let office = &town.office;
    office.enter(&browser, "tomas");
    let application = registered(office, &browser, hand);

    // The application leads the browser to the page that asks.
    browser.open(&application.asks(office));
    for words in [
        "Let Timetable act for you?",
        "registered by tomas",
        "Who teaches when",
        "127.0.0.1",
        "opens nothing here",
        "not asked",
    ] {
        browser.must_read(words);
    }
    assert!(
        browser
            .script("return document.getElementById('state')", Vec::new())
            .is_null()
    );
    browser.is_sound();
    browser.keep_picture(&format!("consent-{hand:?}"));
    hand.press(&browser, "Let Timetable act for you");
    let back = application.is_led_to();
    assert_eq!(parameter(&back, "state"), [STATE]);
    assert_eq!(parameter(&back, "iss"), [office.at("")]);
    let [code] = parameter(&back, "code").try_into().unwrap();
    assert!(browser.eventually(|| browser.heading() == "Thank you"));
    let token = application.token(office, &code);
    let value = token["access_token"].as_str().unwrap().to_owned();

    // It acts for Tomas, and reaches nothing of alta3 until an owner lets it in.
    let read = |path: &str| office.call("GET", path, Some(&value), &Value::Null).status;
    assert_eq!(read("/api/v3/user"), 200);
    assert_eq!(read("/api/v3/repos/alta3/labs"), 403);
    browser.open(&office.at("/settings/applications"));
    browser.must_read(NAME);
    browser.is_sound();
    browser.keep_picture(&format!("applications-{hand:?}"));
    hand.press(&browser, "Ask its owners to let Timetable into alta3");
    browser.must_read("The owners were asked.");
    let Some(owner) = hand.browser() else {
        return;
    };
    office.enter(&owner, "lena");
    owner.open(&office.at("/organizations/alta3/settings/oauth-applications"));
    owner.must_read("tomas asked");
    owner.is_sound();
    owner.keep_picture(&format!("application-access-{hand:?}"));
    hand.press(&owner, "Let in Timetable");
    owner.must_read("The application is let in.");
    assert_eq!(read("/api/v3/repos/alta3/labs"), 200);

    // Tomas takes it back: what it holds is refused at once.
    browser.open(&office.at("/settings/applications"));
    hand.press(&browser, "Take back what Timetable has");
    browser.must_read("What the application had is taken back.");
    assert_eq!(read("/api/v3/user"), 401);

    // And deletes it, by its name.
    browser.open(&office.at("/settings/developers"));
    hand.press(&browser, NAME);
    hand.fill(&browser, "Delete", "Board");
    hand.press(&browser, "Delete Timetable for good");
    assert!(browser.error_of("Delete").is_some());
    hand.fill(&browser, "Delete", NAME);
    hand.press(&browser, "Delete Timetable for good");
    browser.must_read("The application was deleted.");
    browser.open(&application.asks(office));
    browser.must_read("not known to this server");
}

#[test]
fn an_application_with_a_mouse() {
    story(Hand::Mouse);
}

#[test]
fn an_application_with_the_keyboard_alone() {
    story(Hand::Keyboard);
}

#[test]
fn an_application_on_a_telephone() {
    story(Hand::Telephone);
}

#[test]
fn an_application_without_scripts() {
    story(Hand::NoScripts);
}

#[test]
fn a_device_is_let_in_by_who_types_its_code_and_by_no_link() {
    for hand in [Hand::Keyboard, Hand::Telephone, Hand::NoScripts] {
        let Some(browser) = hand.browser() else {
            return;
        };
        let town = Town::build();
        let office = &town.office;
        office.enter(&browser, "tomas");
        let wish = json!({ "client_id": GH, "scope": "repo" });
        let codes = office.must("POST", "/login/device/code", None, &wish);
        let typed = codes["user_code"].as_str().unwrap();
        // A link with the code in it leads to an empty form.
        browser.open(&office.at(&format!("/login/device?user_code={typed}")));
        assert_eq!(browser.value_of("Code"), "");
        hand.fill(&browser, "Code", "BDFH-KLMN");
        hand.press(&browser, "Go on");
        assert!(browser.error_of("Code").is_some(), "{}", browser.text());
        hand.fill(&browser, "Code", typed);
        hand.press(&browser, "Go on");
        for words in [
            "Let GitHub CLI act for you?",
            "127.0.0.1",
            "Go on only if you began this yourself",
        ] {
            browser.must_read(words);
        }
        browser.is_sound();
        browser.keep_picture(&format!("device-{hand:?}"));
        hand.press(&browser, "Let GitHub CLI act for you");
        browser.must_read("The device is let in: go back to it.");
        let wish = json!({ "client_id": GH, "device_code": codes["device_code"],
            "grant_type": "urn:ietf:params:oauth:grant-type:device_code" });
        let token = office.must("POST", "/login/oauth/access_token", None, &wish);
        assert_eq!(token["scope"], "repo");
    }
}
