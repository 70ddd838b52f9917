//! The pages of OAuth: who may see and change an application, its secrets, and what somebody tries at the page that asks.

use jeton_domain::Span;
use serde_json::json;

use crate::support::Site;
use crate::support::world::Person;
use crate::visitor::{Visitor, between, encoded};

const LIST: &str = "/settings/developers";
const NEW: &str = "/settings/applications/new";
const AUTHORIZE: &str = "/login/oauth/authorize";

fn site() -> (Site, Person) {
    let site = Site::start();
    let olivia = site.person("olivia", false);
    let mia = site.person("mia", false);
    site.organization("acme", &olivia);
    site.member("acme", &olivia, &mia, "member");
    (site, olivia)
}

fn form<'a>(name: &'a str, callbacks: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("name", name),
        ("url", ""),
        ("description", "a <b>board</b>"),
        ("callbacks", callbacks),
        ("confidential", "yes"),
        ("expiring", "yes"),
    ]
}

/// Registers an application at `new`; its page, its client id.
fn registered(visitor: &mut Visitor<'_>, new: &str) -> (String, String) {
    let made = visitor.post(new, &form("Board", "https://board.example/back\r\n"));
    assert_eq!(made.status, 303, "{}", made.text());
    let path = made.header("location").unwrap().to_owned();
    let page = visitor.get(&path);
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("a &#60;b&#62;board&#60;/b&#62;"));
    let client_id = between(&page.text(), "<dt>Client id</dt><dd><code>", "</code>");
    (path, client_id)
}

#[test]
fn an_application_is_registered_changed_and_deleted_by_its_keeper_alone() {
    let (site, _) = site();
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let mut mia = Visitor::signed_in(&site, "mia");
    for (new, list) in [
        (NEW, LIST),
        (
            "/organizations/acme/settings/applications/new",
            "/organizations/acme/settings/applications",
        ),
    ] {
        let (path, client_id) = registered(&mut olivia, new);
        assert!(olivia.get(list).text().contains(&client_id));
        // Neither a stranger nor a member who is no owner sees or changes it.
        let seen = mia.get(list);
        assert!(!seen.text().contains(&client_id), "{}", seen.text());
        for (method, below) in [
            ("GET", ""),
            ("POST", ""),
            ("POST", "/delete"),
            ("POST", "/secrets"),
            ("POST", "/secrets/1/delete"),
        ] {
            let path = format!("{path}{below}");
            let answer = if method == "GET" {
                mia.get(&path)
            } else {
                mia.post(&path, &form("Mine", "https://evil.example/"))
            };
            assert!(
                [403, 404].contains(&answer.status),
                "{method} {path}: {}",
                answer.status
            );
        }
        let seen = olivia.seen(&path);
        let mut change = form("Big board", "https://board.example/other");
        change.push(("seen", &seen));
        let saved = olivia.post(&path, &change);
        assert_eq!(saved.status, 303, "{}", saved.text());
        // Whoever saves over somebody else's change is told first.
        let stale = olivia.post(&path, &change);
        assert_eq!(stale.status, 409, "{}", stale.text());
        assert!(stale.text().contains("Somebody changed this"));
        let wrong = olivia.post(&format!("{path}/delete"), &[("confirm", "Board")]);
        assert_eq!(wrong.status, 422);
        let gone = olivia.post(&format!("{path}/delete"), &[("confirm", "Big board")]);
        assert_eq!(gone.status, 303, "{}", gone.text());
        assert_eq!(gone.header("location"), Some(list));
        assert_eq!(olivia.get(&path).status, 404);
    }
}

#[test]
fn what_can_not_be_registered_stands_beside_its_field() {
    let (site, _) = site();
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let long = "x".repeat(61);
    let many = "https://board.example/back\n".repeat(11);
    for (name, callbacks, field) in [
        ("", "https://board.example/back", "name"),
        (long.as_str(), "https://board.example/back", "name"),
        ("a\u{202e}b", "https://board.example/back", "name"),
        ("Board", "", "callbacks"),
        ("Board", "http://board.example/back", "callbacks"),
        ("Board", "javascript:alert(1)", "callbacks"),
        ("Board", "https://user:word@board.example/", "callbacks"),
        ("Board", many.as_str(), "callbacks"),
    ] {
        let answer = olivia.post(NEW, &form(name, callbacks));
        assert_eq!(answer.status, 422, "{name} {callbacks}");
        let text = answer.text();
        let fault = between(&text, &format!("id=\"{field}-fault\" data-live>"), "</p>");
        assert!(!fault.is_empty(), "{name} {callbacks}: {text}");
    }
    assert!(olivia.get(LIST).text().contains("None is registered"));
}

#[test]
fn adding_power_takes_a_session_that_was_confirmed_lately() {
    let (site, _) = site();
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let (path, _) = registered(&mut olivia, NEW);
    site.later(Span::from_hours(3));
    let secrets = format!("{path}/secrets");
    for (path, fields) in [
        (NEW, form("Other", "https://board.example/back")),
        (secrets.as_str(), vec![]),
        (path.as_str(), form("Board", "https://evil.example/")),
    ] {
        let answer = olivia.post(path, &fields);
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.text().contains("Confirm access"), "{path}");
    }
    let asked = olivia.get(NEW);
    assert_ne!(asked.status, 200, "nothing is filled in before");
}

#[test]
fn a_secret_is_shown_once_and_two_are_the_most() {
    let (site, _) = site();
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let (path, client_id) = registered(&mut olivia, NEW);
    let secrets = format!("{path}/secrets");
    let made = olivia.post(&secrets, &[]);
    assert_eq!(made.status, 200, "{}", made.text());
    assert!(made.header("cache-control").unwrap().contains("no-store"));
    let value = between(&made.text(), "<code id=\"value\">", "</code>");
    assert!(!olivia.get(&path).text().contains(&value));
    assert_eq!(olivia.post(&secrets, &[]).status, 200);
    // Another tab asks for a third.
    let third = olivia.post(&secrets, &[]);
    assert_eq!(third.status, 409);
    assert!(third.text().contains("end one first"), "{}", third.text());

    // It proves the application until it is ended.
    let proves = || {
        let body = json!({ "client_id": client_id, "client_secret": value, "token": "none" });
        let answer = site.call("POST", "/login/oauth/revoke", None, &body);
        answer.status == 200 && !answer.text().contains("incorrect_client_credentials")
    };
    assert!(proves());
    let page = olivia.get(&path).text();
    let first = between(&page, &format!("{secrets}/"), "/delete");
    let ended = olivia.post(&format!("{secrets}/{first}/delete"), &[]);
    assert_eq!(ended.status, 303, "{}", ended.text());
    assert!(!proves());
}

/// The address of the page that asks.
fn asks(client_id: &str, more: &[(&str, &str)]) -> String {
    let all = [&[("client_id", client_id), ("scope", "repo")], more].concat();
    format!("{AUTHORIZE}?{}", String::from_utf8(encoded(&all)).unwrap())
}

#[test]
fn a_browser_is_led_to_no_address_that_nobody_registered() {
    let (site, _) = site();
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let (_, client_id) = registered(&mut olivia, NEW);
    let mut mia = Visitor::signed_in(&site, "mia");
    for address in [
        "https://evil.example/back",
        "https://board.example/back/",
        "https://board.example/back?x=1",
        "https://board.example.evil.example/back",
        "https://board.example@evil.example/back",
        "http://board.example/back",
        "https://board.example/back#x",
        "javascript:alert(1)",
        "//evil.example/back",
    ] {
        let fields = [
            ("client_id", client_id.as_str()),
            ("redirect_uri", address),
            ("answer", "approve"),
        ];
        for answer in [
            mia.get(&asks(&client_id, &[("redirect_uri", address)])),
            mia.post(AUTHORIZE, &fields),
        ] {
            assert_eq!(answer.status, 409, "{address}");
            assert_eq!(answer.header("location"), None, "{address}");
            assert_eq!(answer.header("refresh"), None, "{address}");
            assert!(!answer.text().contains("evil.example"), "{address}");
        }
    }
}

#[test]
fn a_state_travels_as_it_came_and_is_read_as_no_markup() {
    let (site, _) = site();
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let (_, client_id) = registered(&mut olivia, NEW);
    let mut mia = Visitor::signed_in(&site, "mia");
    let state = "\"><script>alert(1)</script>&code=stolen;url=https://evil.example/\nx: y";
    let page = mia.get(&asks(&client_id, &[("state", state)]));
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(!page.text().contains("<script>alert"), "{}", page.text());
    let fields = [
        ("client_id", client_id.as_str()),
        ("scope", "repo"),
        ("state", state),
        ("answer", "approve"),
    ];
    let led = mia.post(AUTHORIZE, &fields);
    assert_eq!(led.status, 200, "{}", led.text());
    let refresh = led.header("refresh").unwrap();
    let url: url::Url = refresh.strip_prefix("0;url=").unwrap().parse().unwrap();
    assert_eq!(url.host_str(), Some("board.example"));
    let all = |name: &str| -> Vec<String> {
        let found = url.query_pairs().filter(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned()).collect()
    };
    assert_eq!(all("state"), [state]);
    assert_eq!(all("code").len(), 1);
    assert!(!led.text().contains("<script>alert"));

    // Without the key of this session's forms nothing is let in.
    let bare = mia.send("POST", AUTHORIZE, &fields);
    assert_eq!(bare.status, 403, "{}", bare.text());
    assert_eq!(bare.header("refresh"), None);
}

#[test]
fn codes_of_devices_are_not_guessed() {
    let (site, _) = site();
    let mut mia = Visitor::signed_in(&site, "mia");
    let wish = json!({ "client_id": "178c6fc778ccc68e1d6a", "scope": "repo" });
    let codes = site.must("POST", "/login/device/code", None, &wish);
    let right = codes["user_code"].as_str().unwrap();
    let mut last = 0;
    for _ in 0..31 {
        last = mia
            .post("/login/device", &[("user_code", "BBBB-BBBB")])
            .status;
    }
    assert_eq!(last, 429);
    // Then the right one is taken from her neither to look at nor to answer.
    let looked = mia.post("/login/device", &[("user_code", right)]);
    assert_eq!(looked.status, 429, "{}", looked.text());
    let fields = [("user_code", right), ("answer", "approve")];
    assert_eq!(mia.post("/login/device/answer", &fields).status, 429);
}
