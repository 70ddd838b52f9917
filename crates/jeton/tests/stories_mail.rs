//! Mail through a real SMTP server: TLS and sign-in, the letters read as their readers would, and none twice.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    reason = "a test fails by panicking"
)]

mod support;

#[path = "stories_mail/server.rs"]
mod server;
#[path = "stories_mail/sink.rs"]
mod sink;

use std::time::Duration;

use serde_json::json;

use server::Server;
use sink::{Sink, sink};
use support::Site;
use support::http::send;

fn settings(sink: &Sink) -> Vec<(&'static str, String)> {
    let mut settings = vec![
        ("mail.from", "Jeton <jeton@example.org>".to_owned()),
        ("mail.host", "localhost".to_owned()),
        ("mail.port", sink.port.to_string()),
        ("mail.security", sink.security.replace("plain", "none")),
        ("mail.timeout", "5s".to_owned()),
    ];
    if sink.security != "plain" {
        settings.push(("mail.ca_file", sink.certificate.display().to_string()));
        settings.push(("mail.user", "jeton".to_owned()));
        settings.push(("mail.password", "opensesame".to_owned()));
    }
    settings
}

fn site(sink: &Sink, change: &[(&'static str, &str)]) -> Site {
    let settings = settings(sink);
    let mut settings: Vec<(&'static str, &str)> = settings
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    for (key, value) in change {
        settings.retain(|(known, _)| known != key);
        settings.push((key, value));
    }
    Site::with(&settings)
}

/// A person's first sign-in from here is told to them.
fn letter_to(site: &Site, login: &str) {
    site.later(jeton_domain::Span::from_minutes(1));
    site.person_unsigned(login);
    site.later(jeton_domain::Span::from_minutes(1));
    site.sign_in(login);
}

#[test]
fn letters_go_through_tls_with_a_sign_in_and_both_parts_can_be_read() {
    for security in ["tls", "starttls", "plain"] {
        let Some(sink) = sink(security) else { return };
        let site = site(&sink, &[]);
        letter_to(&site, "ann");
        let letter = sink.wait(1).pop().unwrap();
        assert_eq!(letter.to, ["ann@example.org"]);
        assert_eq!(letter.from, "jeton@example.org");
        assert_eq!(letter.tls, security != "plain", "{security}");
        let user = if security == "plain" { "" } else { "jeton" };
        assert_eq!(letter.user, user);
        assert_eq!(letter.header("Subject"), "New sign-in to your account");
        let (text, html) = letter.parts();
        let link = format!("{}/settings/sessions", site.url());
        assert!(text.contains(&link), "{text}");
        assert!(html.contains(&format!("<a href=\"{link}\"")), "{html}");
        assert!(text.contains("Hello ann,"));
    }
}

#[test]
fn a_server_that_is_not_who_it_says_gets_nothing() {
    let Some(sink) = sink("tls") else { return };
    let (other, _) = sink::certificate(sink.folder(), "other");
    let other = other.display().to_string();
    let site = site(&sink, &[("mail.ca_file", &other)]);
    letter_to(&site, "ann");
    assert!(sink.never(Duration::from_secs(3)));
}

#[test]
fn a_server_without_starttls_or_with_another_password_gets_nothing() {
    let Some(sink) = sink("plain") else { return };
    let (certificate, _) = sink::certificate(sink.folder(), "own");
    let certificate = certificate.display().to_string();
    let site = site(
        &sink,
        &[
            ("mail.security", "starttls"),
            ("mail.ca_file", &certificate),
        ],
    );
    letter_to(&site, "ann");
    assert!(sink.never(Duration::from_secs(3)));
    drop(site);
    let Some(sink) = sink::sink("tls") else {
        return;
    };
    let site = self::site(&sink, &[("mail.password", "wrong")]);
    letter_to(&site, "bob");
    assert!(sink.never(Duration::from_secs(3)));
}

#[test]
fn what_is_put_off_is_sent_later_and_what_is_refused_never() {
    let Some(sink) = sink("plain") else { return };
    let site = site(&sink, &[]);
    sink.behave("refuse");
    letter_to(&site, "ann");
    assert!(sink.never(Duration::from_secs(3)));
    sink.behave("later");
    letter_to(&site, "bob");
    assert!(sink.never(Duration::from_secs(3)));
    sink.behave("");
    site.later(jeton_domain::Span::from_hours(1));
    let letters = sink.wait(1);
    assert_eq!(letters[0].to, ["bob@example.org"]);
    site.later(jeton_domain::Span::from_days(7));
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(sink.letters().len(), 1);
}

#[test]
fn a_letter_whose_receipt_was_lost_is_not_sent_again() {
    let Some(sink) = sink("plain") else { return };
    let site = site(&sink, &[]);
    sink.behave("drop");
    letter_to(&site, "ann");
    sink.wait(1);
    sink.behave("");
    for _ in 0..3 {
        site.later(jeton_domain::Span::from_days(1));
        std::thread::sleep(Duration::from_millis(1500));
    }
    assert_eq!(sink.letters().len(), 1);
}

#[test]
fn a_letter_that_was_handed_over_when_the_server_was_killed_is_not_sent_again() {
    let Some(sink) = sink("starttls") else { return };
    let mut server = Server::new(&settings(&sink));
    server.start();
    server.add_user("ann");
    server.add_user("bob");
    sink.behave("hang");
    server.sign_in("ann");
    sink.wait(1);
    server.kill();
    sink.behave("");
    server.start();
    // What was not handed over goes out.
    server.sign_in("bob");
    let letters = sink.wait(2);
    std::thread::sleep(Duration::from_secs(3));
    let to: Vec<&str> = letters.iter().map(|letter| letter.to[0].as_str()).collect();
    assert_eq!(to, ["ann@example.org", "bob@example.org"]);
    assert_eq!(sink.letters().len(), 2);
    server.kill();
}

/// What a form of nobody's is answered with.
fn form(site: &Site, path: &str, body: &str) -> support::http::Answer {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    send(site.address(), "POST", path, &headers, body.as_bytes())
}

#[test]
fn the_link_of_a_received_letter_sets_a_new_password_once() {
    let Some(sink) = sink("tls") else { return };
    let site = site(&sink, &[]);
    site.person_unsigned("ann");
    let known = form(&site, "/password_reset", "login=ann%40example.org");
    let unknown = form(&site, "/password_reset", "login=nobody%40example.org");
    assert_eq!((known.status, known.text()), (200, unknown.text()));
    let letter = sink.wait(1).pop().unwrap();
    assert_eq!(letter.to, ["ann@example.org"]);
    let (text, html) = letter.parts();
    let before = format!("{}/password_reset/", site.url());
    let at = text.find(&before).unwrap() + site.url().len();
    let path: String = text[at..].lines().next().unwrap().to_owned();
    assert!(html.contains(&path));
    let page = send(site.address(), "GET", &path, &[], &[]);
    assert_eq!(page.status, 200);
    assert!(page.text().contains("<strong>ann</strong>"));
    assert_eq!(page.header("cache-control"), Some("private, no-store"));
    let weak = form(&site, &path, "password=short");
    assert_eq!(weak.status, 422);
    assert!(weak.text().contains("Needs at least 10 characters"));
    let set = form(&site, &path, "password=a+wholly+new+one");
    assert_eq!((set.status, set.header("location")), (303, Some("/login")));
    let again = form(&site, &path, "password=a+wholly+new+one");
    assert_eq!(again.status, 403);
    site.later(jeton_domain::Span::from_minutes(1));
    let sign_in = |password: &str| {
        let body = json!({ "login": "ann", "password": password, "label": "test" });
        site.call("POST", "/api/jeton/v1/sign-in", None, &body)
            .status
    };
    assert_eq!(sign_in("a wholly new one"), 201);
    assert_ne!(sign_in(support::world::PASSWORD), 201);
    let subjects: Vec<String> = sink
        .wait(3)
        .iter()
        .map(|letter| letter.header("Subject"))
        .collect();
    assert_eq!(
        subjects,
        [
            "Set a new password",
            "Your password was set anew",
            "New sign-in to your account"
        ]
    );
}
