//! What somebody tries who wants to act as another person: each is tried, and fails.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use serde_json::json;

use super::driver::Scripts;
use super::office::Office;
use super::town::mailed_code;
use crate::support::http::{Answer, carriers, send};
use crate::support::world::PASSWORD;

const COOKIE: &str = "jeton_session";

/// Form fields as browsers write them.
fn written(fields: &[(&str, &str)]) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    form.finish()
}

impl Office {
    /// One request as a browser would send it, with what one wants to add.
    fn visit(&self, method: &str, path: &str, headers: &[(&str, &str)], form: &str) -> Answer {
        let mut all = vec![("accept", "text/html")];
        if method == "POST" {
            all.push(("content-type", "application/x-www-form-urlencoded"));
        }
        all.extend_from_slice(headers);
        send(self.address(), method, path, &all, form.as_bytes())
    }

    /// Signs in and gives the cookie as it is sent back.
    fn cookie(&self, login: &str) -> String {
        let form = written(&[("login", login), ("password", PASSWORD)]);
        let answer = self.visit("POST", "/login", &[], &form);
        assert_eq!(answer.status, 303, "{}", answer.text());
        sent_back(&answer).unwrap()
    }

    /// The key of the forms of a session's pages.
    fn key(&self, cookie: &str) -> String {
        let page = self.visit("GET", "/settings/profile", &[("cookie", cookie)], "");
        assert_eq!(page.status, 200, "{}", page.text());
        let text = page.text();
        let (_, rest) = text.split_once("name=\"csrf\" value=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }

    fn save_name(
        &self,
        cookie: &str,
        key: Option<&str>,
        name: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut fields = vec![("name", name)];
        fields.extend(key.map(|key| ("csrf", key)));
        let mut all = vec![("cookie", cookie)];
        all.extend_from_slice(headers);
        self.visit("POST", "/settings/profile", &all, &written(&fields))
    }

    fn name_of(&self, login: &str) -> String {
        let person = self.sign_in(login);
        let me = self.must("GET", "/api/v3/user", Some(&person.client), &json!(null));
        me["name"].as_str().unwrap_or_default().to_owned()
    }
}

/// The session that an answer sets, as `name=value`; `None` if it sets none or drops it.
fn sent_back(answer: &Answer) -> Option<String> {
    let set = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie");
    let pair = set
        .filter_map(|(_, value)| value.split(';').next())
        .find(|pair| pair.starts_with(COOKIE))?;
    (!pair.ends_with('=')).then(|| pair.to_owned())
}

fn drops_the_session(answer: &Answer) -> bool {
    answer
        .headers
        .iter()
        .any(|(name, value)| name == "set-cookie" && value.starts_with(&format!("{COOKIE}=; ")))
}

#[test]
fn a_form_without_the_key_of_its_session_changes_nothing() {
    let office = Office::open();
    for login in ["mia", "eve"] {
        office.person(login, false);
    }
    let (mia, eve) = (office.cookie("mia"), office.cookie("eve"));
    let (own, foreign) = (office.key(&mia), office.key(&eve));
    let earlier = office.cookie("mia");
    let earlier = office.key(&earlier);
    assert!(own != foreign && own != earlier);
    for key in [
        None,
        Some(""),
        Some("0"),
        Some(foreign.as_str()),
        Some(earlier.as_str()),
    ] {
        let answer = office.save_name(&mia, key, "Mallory", &[]);
        assert_eq!(answer.status, 403, "{key:?}: {}", answer.text());
        assert_eq!(office.name_of("mia"), "");
    }
    // Twice is not once.
    let twice = written(&[("name", "Mallory"), ("csrf", &own), ("csrf", &own)]);
    let answer = office.visit("POST", "/settings/profile", &[("cookie", &mia)], &twice);
    assert_eq!(answer.status, 403);
    // The key in the address is none.
    let path = format!("/settings/profile?csrf={own}");
    let answer = office.visit("POST", &path, &[("cookie", &mia)], "name=Mallory");
    assert_eq!(answer.status, 403);
    assert_eq!(office.name_of("mia"), "");
    let answer = office.save_name(&mia, Some(&own), "Mia", &[]);
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert_eq!(office.name_of("mia"), "Mia");
}

#[test]
fn a_form_from_another_site_changes_nothing_even_with_the_key() {
    let office = Office::open();
    office.person("mia", false);
    let mia = office.cookie("mia");
    let key = office.key(&mia);
    for foreign in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let answer = office.save_name(&mia, Some(&key), "Mallory", &[foreign]);
        assert_eq!(answer.status, 403, "{foreign:?}: {}", answer.text());
        // Nobody is signed in as somebody else without noticing.
        let form = written(&[("login", "mia"), ("password", PASSWORD)]);
        let answer = office.visit("POST", "/login", &[foreign], &form);
        assert_eq!(answer.status, 403, "{foreign:?}: {}", answer.text());
        assert_eq!(sent_back(&answer), None);
    }
    assert_eq!(office.name_of("mia"), "");
    let own = ("sec-fetch-site", "same-origin");
    assert_eq!(
        office.save_name(&mia, Some(&key), "Mia", &[own]).status,
        303
    );
}

/// A page of another site, served under another host's name.
fn evil(page: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 8192]);
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{page}",
                page.len()
            );
        }
    });
    url
}

#[test]
fn another_site_can_neither_send_our_forms_nor_frame_our_pages() {
    let office = Office::open();
    office.person("mia", false);
    let Some(browser) = office.browser(Scripts::On) else {
        return;
    };
    office.enter(&browser, "mia");
    let target = office.at("/settings/profile");
    browser.open(&evil(format!(
        "<!doctype html><title>Win</title><form method=post action='{target}'><input name=name value=Mallory></form>\
         <script>document.forms[0].submit()</script>"
    )));
    // Without the cookie, which this browser does not send along, nobody is signed in.
    assert!(
        browser.eventually(|| browser.url().host_str() == Some("localhost")),
        "{}",
        browser.url()
    );
    assert_eq!(office.name_of("mia"), "");
    let _ = browser.complaints();
    browser.open(&evil(format!(
        "<!doctype html><title>Win</title><iframe src='{target}'></iframe>"
    )));
    let refused = browser.complaints();
    assert!(
        refused.iter().any(|said| said.contains("frame")),
        "{refused:?}"
    );
    let inside =
        "try { return document.querySelector('iframe').contentDocument && 1 } catch { return 2 }";
    assert_ne!(browser.script(inside, Vec::new()), json!(1));
}

#[test]
fn every_answer_of_a_page_carries_its_guards() {
    let office = Office::open();
    office.person("mia", false);
    let mia = office.cookie("mia");
    for (path, cookie) in [
        ("/login", ""),
        ("/settings/profile", ""),
        ("/settings/profile", mia.as_str()),
        ("/settings/personal-access-tokens", mia.as_str()),
        ("/-/confirm", mia.as_str()),
        // What lies under somebody else's button here lets an application in.
        ("/login/device", mia.as_str()),
        (
            "/login/oauth/authorize?client_id=178c6fc778ccc68e1d6a",
            mia.as_str(),
        ),
        ("/-/nothing", mia.as_str()),
        ("/setup/wrong", ""),
    ] {
        let answer = office.visit("GET", path, &[("cookie", cookie)], "");
        let header = |name: &str| answer.header(name).unwrap_or_default().to_owned();
        let policy = header("content-security-policy");
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(header("x-frame-options"), "DENY", "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
        if !cookie.is_empty() {
            assert!(header("cache-control").contains("no-store"), "{path}");
        }
    }
}

#[test]
fn signing_in_leads_to_no_other_site() {
    let office = Office::open();
    office.person("mia", false);
    for target in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "///evil.example",
        "/login?return_to=//evil.example",
        "http:evil.example",
        "evil.example",
        " //evil.example",
    ] {
        let form = written(&[
            ("login", "mia"),
            ("password", PASSWORD),
            ("return_to", target),
        ]);
        let answer = office.visit("POST", "/login", &[], &form);
        assert_eq!(answer.status, 303, "{target}");
        let led = answer.header("location").unwrap().to_owned();
        let base: url::Url = office.at("/login").parse().unwrap();
        let led = base.join(&led).unwrap();
        assert_eq!(led.host_str(), Some("localhost"), "{target}: {led}");
        assert_eq!(led.scheme(), "http", "{target}: {led}");
        let cookie = sent_back(&answer).unwrap();
        let query = written(&[("return_to", target)]);
        for path in ["/login", "/-/confirm"] {
            let page = office.visit(
                "GET",
                &format!("{path}?{query}"),
                &[("cookie", &cookie)],
                "",
            );
            if let Some(location) = page.header("location") {
                let led = base.join(location).unwrap();
                assert_eq!(led.host_str(), Some("localhost"), "{path}, {target}: {led}");
            }
        }
        let key = office.key(&cookie);
        let form = written(&[
            ("csrf", &key),
            ("password", PASSWORD),
            ("return_to", target),
        ]);
        let confirmed = office.visit("POST", "/-/confirm", &[("cookie", &cookie)], &form);
        let led = base.join(confirmed.header("location").unwrap()).unwrap();
        assert_eq!(led.host_str(), Some("localhost"), "{target}: {led}");
    }
}

#[test]
fn a_session_that_somebody_planted_is_over_when_one_signs_in() {
    let office = Office::open();
    for login in ["mia", "eve"] {
        office.person(login, false);
    }
    let planted = office.cookie("eve");
    let key = office.key(&planted);
    let form = written(&[("csrf", &key), ("login", "mia"), ("password", PASSWORD)]);
    let answer = office.visit("POST", "/login", &[("cookie", &planted)], &form);
    assert_eq!(answer.status, 303, "{}", answer.text());
    let fresh = sent_back(&answer).unwrap();
    assert_ne!(fresh, planted);
    let page = office.visit("GET", "/settings/profile", &[("cookie", &planted)], "");
    assert_eq!(page.status, 303);
    // A value that somebody made up is never taken over.
    let made_up = format!("{COOKIE}={}", "a".repeat(64));
    let form = written(&[("login", "mia"), ("password", PASSWORD)]);
    let answer = office.visit("POST", "/login", &[("cookie", &made_up)], &form);
    assert_ne!(sent_back(&answer).as_deref(), Some(made_up.as_str()));
    let page = office.visit("GET", "/settings/profile", &[("cookie", &made_up)], "");
    assert_eq!(page.status, 303);
    assert!(drops_the_session(&page));
}

#[test]
fn a_session_that_somebody_planted_is_over_when_one_makes_an_account() {
    let letters = tempfile::tempdir().unwrap();
    let office = Office::with(&[
        ("mail.from", "jeton@example.org"),
        ("mail.folder", letters.path().to_str().unwrap()),
    ]);
    let lena = office.person("lena", false);
    office.person("eve", false);
    office.organization("alta3", &lena);
    office.must(
        "POST",
        "/api/v3/orgs/alta3/invitations",
        Some(&lena.client),
        &json!({ "email": "zoe@example.org" }),
    );
    let code = mailed_code(letters.path(), "zoe@example.org");
    let planted = office.cookie("eve");
    let key = office.key(&planted);
    let form = written(&[("csrf", &key), ("login", "zoe"), ("password", PASSWORD)]);
    let path = format!("/invitations/{code}");
    let answer = office.visit("POST", &path, &[("cookie", &planted)], &form);
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert_ne!(sent_back(&answer).unwrap(), planted);
    let page = office.visit("GET", "/settings/profile", &[("cookie", &planted)], "");
    assert_eq!(page.status, 303);
    // It is the account of whom the letter went to, and not hers.
    let list = office.must(
        "GET",
        "/api/v3/orgs/alta3/members",
        Some(&lena.client),
        &json!(null),
    );
    assert!(list.to_string().contains("\"zoe\"") && !list.to_string().contains("\"eve\""));
}

#[test]
fn the_form_of_an_earlier_sign_in_does_not_act_for_a_later_one() {
    let office = Office::open();
    for login in ["mia", "noa"] {
        office.person(login, false);
    }
    let Some(browser) = office.browser(Scripts::On) else {
        return;
    };
    office.enter(&browser, "mia");
    browser.open(&office.at("/settings/profile"));
    browser.fill("Name", "Mia");
    let first = browser.tab();
    browser.other_tab();
    browser.open(&office.at("/settings/profile"));
    browser.press("Your account: mia");
    browser.press("Sign out");
    browser.must_read("You are signed out.");
    office.enter(&browser, "noa");
    browser.to_tab(&first);
    browser.press("Save the profile");
    browser.must_read("The form was made for another sign-in");
    for login in ["mia", "noa"] {
        assert_eq!(office.name_of(login), "");
    }
}

#[test]
fn what_can_be_no_session_is_dropped_and_is_not_nobody() {
    let office = Office::open();
    office.person("mia", false);
    let over = office.cookie("mia");
    let key = office.key(&over);
    let answer = office.visit(
        "POST",
        "/logout",
        &[("cookie", &over)],
        &written(&[("csrf", &key)]),
    );
    assert_eq!(answer.status, 303);
    assert!(drops_the_session(&answer));
    let long = format!("{COOKIE}={}", "f".repeat(4000));
    for stale in [
        over.as_str(),
        "jeton_session=",
        "jeton_session=x",
        long.as_str(),
    ] {
        for path in ["/settings/profile", "/login", "/"] {
            let answer = office.visit("GET", path, &[("cookie", stale)], "");
            assert_eq!(answer.status, 303, "{path} {stale:.80}");
            assert!(drops_the_session(&answer), "{path} {stale:.80}");
        }
        let answer = office.visit("POST", "/settings/profile", &[("cookie", stale)], "name=x");
        assert!(
            [303, 403].contains(&answer.status),
            "{stale:.80}: {}",
            answer.status
        );
    }
}

#[test]
fn a_token_opens_no_page_and_a_session_opens_nothing_else() {
    let office = Office::open();
    let mia = office.person("mia", false);
    office.must(
        "POST",
        "/api/v3/user/repos",
        Some(&mia.client),
        &json!({ "name": "notes", "private": true }),
    );
    let token = office.token(&mia, &json!({ "name": "t", "expires_in": 7 }));
    for value in [&token.value, &mia.client] {
        for (carrier, header) in carriers(value) {
            for path in [
                "/settings/profile",
                "/login",
                "/settings/personal-access-tokens",
            ] {
                let answer = office.visit("GET", path, &[("authorization", &header)], "");
                assert_eq!(answer.status, 403, "{carrier} at {path}: {}", answer.text());
                assert!(!answer.text().contains("mia"), "{carrier} at {path}");
            }
        }
        // In the cookie's place it is no session.
        let cookie = format!("{COOKIE}={value}");
        let answer = office.visit("GET", "/settings/profile", &[("cookie", &cookie)], "");
        assert_eq!(answer.status, 303);
        assert_eq!(answer.header("location"), Some("/settings/profile"));
    }
    let cookie = office.cookie("mia");
    let session = cookie.split_once('=').unwrap().1.to_owned();
    let with = |path: &str, name: &str, value: &str| {
        send(office.address(), "GET", path, &[(name, value)], b"")
    };
    for path in [
        "/api/v3/user",
        "/api/v3/repos/mia/notes",
        "/api/jeton/v1/tokens",
        "/mia/notes.git/info/refs?service=git-upload-pack",
    ] {
        let nobody = send(office.address(), "GET", path, &[], b"");
        // The cookie is as good as none.
        assert_eq!(
            with(path, "cookie", &cookie).bytes(),
            nobody.bytes(),
            "{path}"
        );
        for (carrier, header) in carriers(&session) {
            let answer = with(path, "authorization", &header);
            assert_eq!(answer.status, 401, "{carrier} at {path}");
        }
    }
}

#[test]
fn markup_and_trick_characters_in_a_name_are_shown_as_text() {
    let office = Office::open();
    office.person("mia", false);
    let Some(browser) = office.browser(Scripts::On) else {
        return;
    };
    office.enter(&browser, "mia");
    for name in [
        "<script>document.title='owned'</script>",
        "<img src=x onerror=\"document.title='owned'\">",
        "\"><script>document.title='owned'</script>",
        "' onfocus='document.title=1' autofocus='",
        "{{ frame.form_key }}",
        "&lt;b&gt;",
    ] {
        browser.open(&office.at("/settings/profile"));
        browser.fill("Name", name);
        browser.press("Save the profile");
        browser.must_read("Your profile was saved.");
        assert_eq!(browser.value_of("Name"), name);
        assert_eq!(browser.title(), "Profile · Jeton");
        assert_eq!(browser.complaints(), Vec::<String>::new());
    }
    for trick in [
        "Mia\u{202e}nimda",
        "Mia\u{200b}",
        "Mia\u{2066}x",
        "\u{feff}Mia",
        "Mia\u{0}x",
    ] {
        let cookie = office.cookie("mia");
        let key = office.key(&cookie);
        let answer = office.save_name(&cookie, Some(&key), trick, &[]);
        assert!(
            answer.status == 422
                || !office
                    .name_of("mia")
                    .contains(|c: char| "\u{202e}\u{200b}\u{2066}\u{feff}\u{0}".contains(c)),
            "{trick:?}: {}",
            answer.status
        );
    }
}
