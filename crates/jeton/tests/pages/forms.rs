//! Forms: whose they are, sent twice, sent late, filled with what no name should hold.

use jeton::server::PAGES;
use jeton_domain::Span;
use jeton_http::Method;

use crate::support::Site;
use crate::visitor::{Visitor, between};

const NEW: &str = "/settings/personal-access-tokens/new";

fn site() -> Site {
    let site = Site::start();
    let olivia = site.person("olivia", false);
    site.person("mia", false);
    site.organization("acme", &olivia);
    site.repository("acme", &olivia, "secret", "private");
    site
}

fn wish<'a>(key: &'a str, name: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("step", "make"),
        ("key", key),
        ("name", name),
        ("owner", "acme"),
        ("which", "selected"),
        ("repository", "acme/secret"),
        ("permission.contents", "read"),
    ]
}

#[test]
fn a_form_without_its_key_or_with_anothers_changes_nothing() {
    let site = site();
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let foreign = Visitor::signed_in(&site, "mia").key();
    let earlier = Visitor::signed_in(&site, "olivia").key();
    let changing = PAGES.iter().flat_map(|table| table.routes).filter(|route| {
        route.method != Method::Get && route.carries != jeton_http::Carries::Nothing
    });
    let mut seen = 0;
    for route in changing {
        let filled = |part: &str| {
            if part.starts_with('{') {
                "1".to_owned()
            } else {
                part.to_owned()
            }
        };
        let path = route
            .path
            .split('/')
            .map(filled)
            .collect::<Vec<_>>()
            .join("/");
        for key in [
            None,
            Some(""),
            Some("0"),
            Some(foreign.as_str()),
            Some(earlier.as_str()),
        ] {
            let fields: Vec<(&str, &str)> = key.iter().map(|key| ("csrf", *key)).collect();
            let answer = olivia.send("POST", &path, &fields);
            if path == "/login" {
                // Who is signed in is led on.
                assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
                continue;
            }
            assert_eq!(answer.status, 403, "{path} {key:?}: {}", answer.text());
            assert!(answer.text().contains("made for another sign-in"), "{path}");
        }
        seen += 1;
    }
    assert!(seen > 10);
    assert_eq!(
        olivia.get("/settings/profile").status,
        200,
        "still signed in"
    );
}

#[test]
fn a_form_of_another_site_is_refused_whatever_it_holds() {
    let site = site();
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let key = olivia.key();
    let fields = [("csrf", key.as_str()), ("name", "Olivia")];
    for header in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let answer = olivia.send_with("POST", "/settings/profile", &fields, &[header]);
        assert_eq!(answer.status, 403, "{header:?}");
        assert!(answer.text().contains("from another site"), "{header:?}");
        let mut nobody = Visitor::new(&site);
        let fields = [("login", "mia"), ("password", crate::visitor::PASSWORD)];
        let answer = nobody.send_with("POST", "/login", &fields, &[header]);
        assert_eq!(
            (answer.status, nobody.cookie),
            (403, None),
            "signing somebody in: {header:?}"
        );
    }
    let own = [("sec-fetch-site", "same-origin")];
    assert_eq!(
        olivia
            .send_with("POST", "/settings/profile", &fields, &own)
            .status,
        303
    );
}

#[test]
fn signing_in_gives_a_fresh_session_and_ends_the_one_before() {
    let site = site();
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let before = olivia.cookie.clone().unwrap();
    let key = olivia.key();
    let fields = [
        ("csrf", key.as_str()),
        ("login", "mia"),
        ("password", crate::visitor::PASSWORD),
    ];
    assert_eq!(olivia.send("POST", "/login", &fields).status, 303);
    assert_ne!(olivia.cookie.as_ref(), Some(&before));
    let mut old = Visitor::new(&site);
    old.cookie = Some(before);
    assert_eq!(
        old.get("/settings/profile").status,
        303,
        "the old session is over"
    );
}

#[test]
fn a_form_sent_twice_makes_one_token_and_going_back_shows_no_value() {
    let site = site();
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let page = olivia.get(NEW);
    let key = between(&page.text(), "name=\"key\" value=\"", "\"");
    let first = olivia.post(NEW, &wish(&key, "ci"));
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(first.header("cache-control"), Some("private, no-store"));
    let value = between(&first.text(), "<code id=\"value\">", "</code>");
    assert!(value.starts_with("jeton_pat_") && value.len() == 92);
    let second = olivia.post(NEW, &wish(&key, "ci"));
    let other = between(&second.text(), "<code id=\"value\">", "</code>");
    assert_ne!(value, other, "the unseen value died");
    let list = olivia.get("/settings/personal-access-tokens").text();
    assert_eq!(
        list.matches("title\" href=\"/settings/personal-access-tokens/")
            .count(),
        1
    );
    for path in [
        NEW,
        "/settings/personal-access-tokens",
        "/settings/personal-access-tokens/1",
    ] {
        let text = olivia.get(path).text();
        assert!(!text.contains(&value) && !text.contains(&other), "{path}");
    }
}

#[test]
fn what_is_wrong_stands_beside_its_field_and_what_was_typed_stays() {
    let site = site();
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let key = "0".repeat(32);
    let mut fields = wish(&key, "");
    fields.extend([
        ("description", "for the lab"),
        ("expires", "date"),
        ("expires_at", "2020-01-01"),
    ]);
    let answer = olivia.post(NEW, &fields);
    assert_eq!(answer.status, 422);
    let text = answer.text();
    let fault = |field: &str| between(&text, &format!("id=\"{field}-fault\" data-live>"), "</p>");
    assert!(!fault("name").is_empty());
    assert!(!fault("expires").is_empty());
    assert_eq!(fault("description"), "");
    assert!(text.contains("for the lab"));
    assert!(text.contains("value=\"acme/secret\" checked"));
}

#[test]
fn looking_makes_nothing_and_the_words_come_from_the_server() {
    let site = site();
    let mut mia = Visitor::signed_in(&site, "mia");
    let olivia = site.sign_in("olivia");
    let person = site.sign_in("mia");
    site.member("acme", &olivia, &person, "member");
    let key = "0".repeat(32);
    let mut fields = wish(&key, "ci");
    fields[0] = ("step", "look");
    let text = mia.post(NEW, &fields).text();
    assert!(
        text.contains("2 permissions for 1 of your repositories"),
        "{text}"
    );
    assert!(text.contains("No change in permissions for your organization"));
    assert!(text.contains("Generate token and request access"));
    assert!(text.contains("acme has to approve it"));
    assert!(
        mia.get("/settings/personal-access-tokens")
            .text()
            .contains("You have no tokens")
    );
}

#[test]
fn a_form_that_comes_after_sudo_mode_is_kept_and_goes_on() {
    let site = site();
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let key = "0".repeat(32);
    site.later(Span::from_hours(3));
    let asked = olivia.post(NEW, &wish(&key, "late"));
    assert_eq!(asked.status, 403);
    let text = asked.text();
    assert!(
        text.contains("Confirm access") && text.contains("kept.repository"),
        "{text}"
    );
    let kept: Vec<(String, &str)> = wish(&key, "late")
        .into_iter()
        .map(|(name, value)| (format!("kept.{name}"), value))
        .collect();
    let mut fields = vec![("return_to", NEW), ("waits", "yes"), ("password", "wrong")];
    fields.extend(kept.iter().map(|(name, value)| (name.as_str(), *value)));
    let wrong = olivia.post("/-/confirm", &fields);
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.text().contains("kept.repository"),
        "nothing is lost by a wrong password"
    );
    fields[2] = ("password", crate::visitor::PASSWORD);
    let done = olivia.post("/-/confirm", &fields);
    assert_eq!(done.status, 200);
    let text = done.text();
    assert!(
        text.contains("name=\"repository\" value=\"acme/secret\""),
        "{text}"
    );
    assert!(!text.contains(crate::visitor::PASSWORD));
    assert_eq!(olivia.post(NEW, &wish(&key, "late")).status, 200);
}

#[test]
fn a_form_waits_while_an_outside_provider_is_asked_in_another_tab() {
    // Nobody answers there: that the provider confirms is tested with a real one.
    let site = Site::with(&[
        ("public_url", "http://localhost:1"),
        ("oidc.issuer", "http://127.0.0.1:9"),
        ("oidc.client_id", "jeton"),
        ("oidc.name", "the works"),
        ("oidc.loopback_http", "true"),
    ]);
    let olivia = site.person("olivia", false);
    site.organization("acme", &olivia);
    site.repository("acme", &olivia, "secret", "private");
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let key = "0".repeat(32);
    site.later(Span::from_hours(3));
    let text = olivia.post(NEW, &wish(&key, "late")).text();
    let way = between(&text, "in another tab", "</div>");
    assert!(
        way.contains("action=\"/-/confirm/oidc\" target=\"_blank\""),
        "{way}"
    );
    assert!(
        way.contains(&format!("<form method=\"post\" action=\"{NEW}\">"))
            && way.contains("name=\"repository\" value=\"acme/secret\""),
        "{way}"
    );
    assert!(!way.contains("kept."), "sent as it was: {way}");
    let there = olivia.get("/-/confirm?beside=1").text();
    assert!(there.contains("Back to the other tab"), "{there}");
    // Pressed before the provider has answered, it waits on.
    assert_eq!(olivia.post(NEW, &wish(&key, "late")).status, 403);
    let password = [("password", crate::visitor::PASSWORD)];
    assert_eq!(olivia.post("/-/confirm", &password).status, 303);
    assert_eq!(olivia.post(NEW, &wish(&key, "late")).status, 200);
}

#[test]
fn what_only_takes_power_away_asks_nothing() {
    let site = site();
    let mut olivia = Visitor::signed_in(&site, "olivia");
    for name in ["a", "b", "c"] {
        let key = format!("{name:0>32}");
        assert_eq!(olivia.post(NEW, &wish(&key, name)).status, 200);
    }
    site.later(Span::from_hours(3));
    for (id, deed) in [(1, "suspend"), (2, "revoke"), (3, "delete")] {
        let answer = olivia.post(
            &format!("/settings/personal-access-tokens/{id}/{deed}"),
            &[],
        );
        assert_eq!(answer.status, 303, "{deed}: {}", answer.text());
    }
    let answer = olivia.post("/settings/personal-access-tokens/1/resume", &[]);
    assert_eq!(answer.status, 403, "letting it go on adds power");
}

#[test]
fn names_are_shown_as_text() {
    let site = site();
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let hostile = "<img src=x onerror=alert(1)>";
    let key = "0".repeat(32);
    let mut fields = wish(&key, "\"><b>bold</b>");
    fields.extend([("description", hostile), ("justification", hostile)]);
    let made = olivia.post(NEW, &fields);
    assert_eq!(made.status, 200, "{}", made.text());
    for path in [
        "/settings/personal-access-tokens",
        "/settings/personal-access-tokens/1",
        "/settings/personal-access-tokens/1/edit",
        "/settings/personal-access-tokens/1/rotate",
    ] {
        let text = olivia.get(path).text();
        assert!(
            !text.contains("<img") && !text.contains("<b>bold"),
            "{path}"
        );
    }
    let search = olivia.get("/settings/personal-access-tokens?q=%22%3E%3Cscript%3E");
    assert!(!search.text().contains("\"><script>"));
    let answer = olivia.get("/%3Cscript%3Ealert(1)%3C%2Fscript%3E");
    assert_eq!(answer.status, 404);
    assert!(!answer.text().contains("<script>alert"));
}

#[test]
fn anothers_token_is_as_if_it_were_not_there() {
    let site = site();
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let key = "0".repeat(32);
    assert_eq!(olivia.post(NEW, &wish(&key, "hers")).status, 200);
    let mut mia = Visitor::signed_in(&site, "mia");
    let token = "/settings/personal-access-tokens/1";
    let missing = "/settings/personal-access-tokens/999";
    let bare = |answer: &crate::support::http::Answer| answer.text();
    for page in ["", "/edit", "/rotate"] {
        let hers = mia.get(&format!("{token}{page}"));
        let none = mia.get(&format!("{missing}{page}"));
        assert_eq!((hers.status, bare(&hers)), (404, bare(&none)), "{page}");
    }
    for deed in [
        "suspend",
        "revoke",
        "delete",
        "finish",
        "ask",
        "cancel-request",
    ] {
        let answer = mia.post(&format!("{token}/{deed}"), &[]);
        assert_eq!(answer.status, 404, "{deed}");
    }
    assert!(olivia.get(token).text().contains("active"));
}

#[test]
fn an_invitation_to_a_repository_that_was_answered_leads_to_the_repository() {
    let site = site();
    let (olivia, path) = (site.sign_in("olivia"), "/acme/secret/invitations");
    let invite = "/api/v3/repos/acme/secret/collaborators/mia";
    let role = serde_json::json!({ "permission": "pull" });
    site.must("PUT", invite, Some(&olivia.client), &role);
    let mut mia = Visitor::signed_in(&site, "mia");
    let page = mia.get(path);
    assert_eq!(page.status, 200);
    let id = between(&page.text(), "name=\"id\" value=\"", "\"");
    let offer = [("id", id.as_str()), ("role", "read")];
    // Pressed twice, and opened again from the mail.
    for _ in 0..2 {
        let answer = mia.post(&format!("{path}/accept"), &offer);
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some("/acme/secret"))
        );
    }
    let again = mia.get(path);
    assert_eq!(
        (again.status, again.header("location")),
        (303, Some("/acme/secret"))
    );
    assert_eq!(mia.get("/acme/secret").status, 200);
    // Whom it lets read it lets change nothing.
    for page in ["settings", "settings/access"] {
        assert_eq!(
            mia.get(&format!("/acme/secret/{page}")).status,
            403,
            "{page}"
        );
    }
    // It says nothing of what is there, and leads to no other site.
    let mut zoe = {
        site.person("zoe", false);
        Visitor::signed_in(&site, "zoe")
    };
    let said = ["secret", "missing"].map(|name| {
        let answer = zoe.get(&format!("/acme/{name}/invitations"));
        assert_eq!((answer.status, answer.header("location")), (404, None));
        answer.text()
    });
    assert_eq!(said[0], said[1]);
    assert_eq!(
        zoe.get("/%2Fevil.example/secret/invitations").status,
        404,
        "no name of an account"
    );
}
