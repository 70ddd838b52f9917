//! Sessions open pages and nothing else; tokens open no page; nobody is led to the sign-in page.

use jeton::server::PAGES;
use jeton_domain::{Least, Operation, Span};
use jeton_http::Method;
use serde_json::json;

use crate::support::Site;
use crate::support::http::send;
use crate::support::world::UNKNOWN;
use crate::visitor::{FORM, Visitor};

/// A page, with names in its address that may be there or not.
struct Page {
    method: Method,
    path: String,
    operation: &'static Operation,
}

/// Every page, but for files that are the same for everybody.
fn pages() -> Vec<Page> {
    let filled = |part: &str| match part {
        "{org}" | "{owner}" => "acme".to_owned(),
        "{repo}" => "secret".to_owned(),
        part if part.starts_with('{') => "1".to_owned(),
        part => part.to_owned(),
    };
    let routes = PAGES.iter().flat_map(|table| table.routes);
    let pages: Vec<Page> = routes
        .filter(|route| route.carries != jeton_http::Carries::Nothing)
        .map(|route| Page {
            method: route.method,
            path: route
                .path
                .split('/')
                .map(filled)
                .collect::<Vec<_>>()
                .join("/"),
            operation: route.operation,
        })
        .collect();
    assert!(pages.len() > 20, "the tables are there");
    pages
}

fn site() -> Site {
    // The walk is one address with thousands of failures.
    let site = Site::with(&[("rates.failures", "0"), ("rates.anonymous", "0")]);
    let olivia = site.person("olivia", false);
    site.organization("acme", &olivia);
    site.repository("acme", &olivia, "secret", "private");
    site
}

#[test]
fn a_token_opens_no_page_and_one_that_fails_is_told_so() {
    let site = site();
    let olivia = site.sign_in("olivia");
    let token = site.token(&olivia, &json!({ "name": "t" }));
    for page in pages() {
        for (value, status) in [
            (token.value.as_str(), 403),
            (olivia.client.as_str(), 403),
            (UNKNOWN, 401),
            ("jeton_pat_short", 401),
        ] {
            let bearer = format!("Bearer {value}");
            let headers = [("authorization", bearer.as_str()), FORM];
            let answer = send(
                site.address(),
                page.method.name(),
                &page.path,
                &headers,
                b"",
            );
            assert_eq!(
                answer.status,
                status,
                "{} {} {value}",
                page.method.name(),
                page.path
            );
        }
    }
}

#[test]
fn a_session_opens_neither_the_api_nor_git() {
    let site = site();
    let visitor = Visitor::signed_in(&site, "olivia");
    let value = visitor.cookie.unwrap();
    let cookie = format!("jeton_session={value}; __Host-jeton={value}");
    for (path, without) in [
        ("/api/v3/user", 401),
        ("/api/jeton/v1/tokens", 401),
        ("/api/v3/repos/acme/secret", 404),
        ("/acme/secret.git/info/refs?service=git-upload-pack", 401),
    ] {
        let by_cookie = send(site.address(), "GET", path, &[("cookie", &cookie)], b"");
        let nobody = send(site.address(), "GET", path, &[], b"");
        assert_eq!(by_cookie.bytes(), nobody.bytes(), "{path}");
        assert_eq!(by_cookie.status, without, "{path}");
        for carrier in [format!("Bearer {value}"), format!("token {value}")] {
            let answer = send(
                site.address(),
                "GET",
                path,
                &[("authorization", &carrier)],
                b"",
            );
            assert_eq!(answer.status, 401, "{path} {carrier}");
        }
    }
}

#[test]
fn nobody_and_a_session_that_is_over_are_led_to_sign_in() {
    let site = site();
    let over = {
        let mut visitor = Visitor::signed_in(&site, "olivia");
        let value = visitor.cookie.clone().unwrap();
        let answer = visitor.post("/logout", &[]);
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some("/login"))
        );
        assert_eq!(visitor.cookie, None, "the cookie is dropped");
        value
    };
    let made_up = "0".repeat(64);
    for page in pages() {
        let ways_in = matches!(page.operation.least, Least::Anyone);
        for (value, dropped) in [(None, false), (Some(&over), true), (Some(&made_up), true)] {
            let cookie = value.map(|value| format!("jeton_session={value}"));
            let mut headers = vec![FORM];
            if let Some(cookie) = &cookie {
                headers.push(("cookie", cookie));
            }
            let answer = send(
                site.address(),
                page.method.name(),
                &page.path,
                &headers,
                b"",
            );
            let shown = format!("{} {} {value:?}", page.method.name(), page.path);
            if value.is_none() && ways_in {
                assert_ne!(answer.status, 401, "{shown}");
                continue;
            }
            if value.is_some() && page.method != Method::Get {
                // Its form has no key: it goes no further, whoever sent it.
                assert_eq!(answer.status, 403, "{shown}");
                continue;
            }
            assert_eq!(answer.status, 303, "{shown}: {}", answer.text());
            let to = answer.header("location").unwrap();
            // Without what failed the page is asked for once more: it may be open.
            assert!(
                (dropped && to == page.path)
                    || !dropped && (to == "/login" || to.starts_with("/login?return_to=%2F")),
                "{shown}: {to}"
            );
            let dropping = |(name, value): &(String, String)| {
                name == "set-cookie" && value.starts_with("jeton_session=;")
            };
            assert_eq!(answer.headers.iter().any(dropping), dropped, "{shown}");
        }
    }
}

#[test]
fn a_session_ends_after_two_weeks_unused_and_not_before() {
    let site = site();
    let mut visitor = Visitor::signed_in(&site, "olivia");
    for _ in 0..3 {
        site.later(Span::from_days(13));
        assert_eq!(visitor.get("/settings/profile").status, 200);
    }
    site.later(Span::from_days(14));
    assert_eq!(visitor.get("/settings/profile").status, 303);
    assert_eq!(visitor.cookie, None);
}

#[test]
fn a_suspended_person_reads_no_page() {
    let site = site();
    let mut visitor = Visitor::signed_in(&site, "olivia");
    let boss = site.person("boss", true);
    site.must(
        "POST",
        "/api/jeton/v1/users/olivia/suspend",
        Some(&boss.client),
        &json!({}),
    );
    let refused = visitor.get("/settings/profile");
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("suspended"), "{}", refused.text());
    // The browser is free again: somebody else can sign in by it.
    assert_eq!(visitor.cookie, None);
    assert_eq!(visitor.get("/login").status, 200);
}

#[test]
fn a_form_that_comes_after_the_session_leads_back_to_its_page() {
    let site = site();
    let mut visitor = Visitor::signed_in(&site, "olivia");
    let key = visitor.key();
    site.later(Span::from_days(15));
    let fields = [("csrf", key.as_str()), ("name", "Olivia")];
    let answer = visitor.send("POST", "/settings/profile", &fields);
    let to = "/login?return_to=%2Fsettings%2Fprofile";
    assert_eq!((answer.status, answer.header("location")), (303, Some(to)));
    let said = |(name, value): &(String, String)| {
        name == "set-cookie" && value.starts_with("jeton_said=session_over;")
    };
    assert!(answer.headers.iter().any(said), "{:?}", answer.headers);
    assert_eq!(visitor.cookie, None);
}

#[test]
fn whoever_signs_out_in_a_second_tab_reads_that_they_are_signed_out() {
    let site = site();
    let mut visitor = Visitor::signed_in(&site, "olivia");
    let (key, cookie) = (visitor.key(), visitor.cookie.clone());
    assert_eq!(visitor.post("/logout", &[]).status, 303);
    // The browser has dropped the cookie for both tabs, or still sends a dead one.
    for cookie in [None, cookie] {
        visitor.cookie = cookie;
        let answer = visitor.send("POST", "/logout", &[("csrf", key.as_str())]);
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some("/login"))
        );
        let said = |(name, value): &(String, String)| {
            name == "set-cookie" && value.starts_with("jeton_said=signed_out;")
        };
        assert!(answer.headers.iter().any(said), "{:?}", answer.headers);
    }
}

#[test]
fn the_second_of_two_sign_in_pages_leads_on_where_one_is_signed_in_already() {
    let site = site();
    let mut visitor = Visitor::signed_in(&site, "olivia");
    let fields = [
        ("login", "olivia"),
        ("password", "x"),
        ("return_to", "/settings/emails"),
    ];
    let before = visitor.cookie.clone();
    let answer = visitor.send("POST", "/login", &fields);
    let to = "/settings/emails";
    assert_eq!((answer.status, answer.header("location")), (303, Some(to)));
    assert_eq!(visitor.cookie, before, "nothing else was done");
}

#[test]
fn every_page_keeps_to_itself() {
    let site = site();
    let mut visitor = Visitor::signed_in(&site, "olivia");
    for page in pages().iter().filter(|page| page.method == Method::Get) {
        let answer = visitor.get(&page.path);
        for (name, value) in [
            (
                "content-security-policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
            ),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "private, no-store"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{} {name}", page.path);
        }
        let text = answer.text();
        for forbidden in [" style=\"", " onclick=", "<script>", "javascript:"] {
            assert!(
                !text.contains(forbidden),
                "{} holds `{forbidden}`",
                page.path
            );
        }
        assert!(
            text.len() < 100_000,
            "{} has {} bytes",
            page.path,
            text.len()
        );
    }
}

#[test]
fn an_address_that_leads_elsewhere_leads_home() {
    let site = site();
    for to in [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/login",
    ] {
        let mut visitor = Visitor::new(&site);
        let fields = [
            ("login", "olivia"),
            ("password", crate::visitor::PASSWORD),
            ("return_to", to),
        ];
        let answer = visitor.send("POST", "/login", &fields);
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some("/")),
            "{to}"
        );
    }
}

/// An address that was kept is found after its owner was renamed, by whoever may see what it shows.
#[test]
fn pages_by_an_earlier_name_lead_to_the_present_one() {
    let site = site();
    let mut olivia = Visitor::signed_in(&site, "olivia");
    let renamed = olivia.post("/organizations/acme/settings/rename", &[("login", "ajax")]);
    assert_eq!(renamed.status, 303, "{}", renamed.text());
    let pages = ["/acme", "/acme/secret", "/organizations/acme/settings"];
    for old in pages {
        let answer = olivia.get(old);
        assert_eq!(answer.status, 301, "{old}: {}", answer.text());
        let new = format!("{}{}", site.url(), old.replace("acme", "ajax"));
        assert_eq!(answer.header("location"), Some(&*new), "{old}");
        assert_eq!(olivia.get(&old.replace("acme", "ajax")).status, 200);
    }
    site.person("sam", false);
    let mut sam = Visitor::signed_in(&site, "sam");
    for hidden in ["/acme/secret", "/acme/absent", "/nosuch/secret"] {
        let answer = sam.get(hidden);
        assert_eq!(answer.status, 404, "{hidden}");
        assert!(answer.text().contains("The page does not exist"));
    }
    // A form that names an owner by an earlier name leads nowhere: its own address would lead back to it.
    let made = olivia.post(
        "/new",
        &[
            ("owner", "acme"),
            ("name", "lab"),
            ("visibility", "private"),
        ],
    );
    assert_eq!(made.status, 404, "{}", made.text());
}
