//! Issuers of workloads' tokens, and the tokens: over real connections, with real signatures.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a test fails by panicking, and measures how long something took"
)]

#[path = "../oidc/provider.rs"]
mod provider;
mod tokens;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jeton_domain::{Span, Time};
use jeton_out::webhook::Allowed;
use jeton_out::workload::{Issuers, News, Settings, TokenFault, Unverified};
use provider::{Provider, token};
use serde_json::json;

const NOW: Time = Time::from_seconds(1_800_000_000);
const DOCUMENT: &str = "/.well-known/openid-configuration";

fn asking(networks: &[&str]) -> Issuers {
    let networks = networks.iter().map(|network| network.parse().unwrap());
    Issuers::new(Settings {
        allowed: Allowed::new(networks.collect()),
        authorities: None,
    })
    .unwrap()
}

struct World {
    there: Provider,
    here: Issuers,
}

fn world() -> World {
    let there = Provider::start();
    let claims = json!({
        "iss": there.issuer, "sub": "job", "aud": "jeton", "jti": "one",
        "iat": NOW.seconds(), "exp": NOW.seconds() + 300,
    });
    there.set(|script| script.claims = claims);
    World {
        there,
        here: asking(&["127.0.0.0/8"]),
    }
}

impl World {
    /// Brings a token at a moment, and what came of asking the issuer.
    fn bring(&self, now: Time) -> (Result<(), String>, Option<News>) {
        let text = token(&self.there.script.lock().unwrap());
        let read = Unverified::parse(&text).unwrap();
        let (keys, news) = self.here.keys(&self.there.issuer, &read, now);
        let outcome = keys.and_then(|keys| {
            read.verify(&self.there.issuer, &keys, NOW)
                .map(drop)
                .map_err(|fault| fault.to_string())
        });
        (outcome, news)
    }

    fn fault(&self, now: Time) -> String {
        self.bring(now).0.unwrap_err()
    }

    fn answers(&self, path: &str, status: u16, headers: &str, body: &[u8]) {
        let said = (status, headers.to_owned(), body.to_vec());
        self.there
            .set(|script| drop(script.instead.insert(path.to_owned(), said)));
    }

    fn asked(&self) -> (usize, usize) {
        (self.there.count(DOCUMENT), self.there.count("/keys"))
    }
}

fn after(seconds: i64) -> Time {
    NOW.after(Span::from_seconds(seconds))
}

#[test]
fn keys_are_read_once_and_believed_for_ten_minutes() {
    let world = world();
    assert_eq!(world.bring(NOW), (Ok(()), Some(News::Read)));
    for seconds in [0, 29, 30, 599] {
        assert_eq!(world.bring(after(seconds)), (Ok(()), None), "{seconds}");
    }
    assert_eq!(world.asked(), (1, 1));
    assert_eq!(world.bring(after(600)), (Ok(()), Some(News::Read)));
    assert_eq!(world.asked(), (2, 2));
}

#[test]
fn a_new_key_is_found_at_once_and_a_stranger_can_not_have_it_asked_for_over_and_over() {
    let world = world();
    assert_eq!(world.bring(NOW).0, Ok(()));
    // Rotated: the old one is gone, and its tokens with it.
    world
        .there
        .set(|script| (script.publishes, script.signs) = (vec![2], Some(2)));
    assert_eq!(
        world.fault(after(29)),
        "the issuer publishes no key `k2`",
        "asked a moment ago"
    );
    assert_eq!(world.bring(after(30)), (Ok(()), Some(News::Read)));
    world.there.set(|script| script.signs = Some(1));
    for seconds in [31, 40, 59] {
        assert_eq!(world.bring(after(seconds)).1, None, "{seconds}");
    }
    assert_eq!(world.asked(), (2, 2));
    assert_eq!(world.fault(after(60)), "the issuer publishes no key `k1`");
    assert_eq!(world.asked(), (3, 3));
}

#[test]
fn an_issuer_that_is_down_is_believed_for_an_hour_by_what_it_said() {
    let world = world();
    assert_eq!(world.bring(NOW).0, Ok(()));
    world.answers(DOCUMENT, 503, "", b"");
    let down = format!("`{}{DOCUMENT}` answers 503", world.there.issuer);
    assert_eq!(
        world.bring(after(600)),
        (Ok(()), Some(News::Failed(down.clone())))
    );
    assert_eq!(
        world.bring(after(629)),
        (Ok(()), None),
        "it was asked a moment ago"
    );
    assert_eq!(world.bring(after(630)).1, Some(News::Failed(down.clone())));
    assert_eq!(world.bring(after(3599)).0, Ok(()));
    assert_eq!(world.bring(after(3629)).0, Err(down.clone()));
    // It comes back, and is asked again half a minute later.
    world.there.set(|script| script.instead.clear());
    assert_eq!(world.bring(after(3628)).0, Err(down));
    assert_eq!(world.bring(after(3660)), (Ok(()), Some(News::Read)));
}

#[test]
fn an_issuer_that_was_never_there_is_not_asked_by_everybody() {
    let world = world();
    world.answers(DOCUMENT, 404, "", b"");
    for _ in 0..20 {
        assert!(world.fault(NOW).ends_with("answers 404"));
    }
    assert_eq!(world.asked(), (1, 0));
}

#[test]
fn nobody_is_led_elsewhere() {
    let other = Provider::start();
    for path in [DOCUMENT, "/keys"] {
        for status in [301, 302, 303, 307, 308] {
            let world = world();
            let location = format!("Location: {}{path}\r\n", other.issuer);
            world.answers(path, status, &location, b"");
            let fault = world.fault(NOW);
            assert!(
                fault.contains(&format!("leads elsewhere ({status})")),
                "{fault}"
            );
        }
    }
    assert_eq!(other.count(DOCUMENT) + other.count("/keys"), 0);
}

#[test]
fn private_addresses_are_asked_nothing_however_they_are_named() {
    let world = world();
    let port = world.there.issuer.rsplit_once(':').unwrap().1.to_owned();
    let closed = asking(&[]);
    for issuer in [
        world.there.issuer.clone(),
        format!("http://localhost:{port}"),
        format!("https://127.0.0.1:{port}"),
        format!("https://localhost:{port}"),
        format!("https://[::ffff:127.0.0.1]:{port}"),
        format!("https://2130706433:{port}"),
        "https://169.254.169.254".to_owned(),
        "https://10.0.0.1".to_owned(),
    ] {
        let text = token(&world.there.script.lock().unwrap());
        let read = Unverified::parse(&text).unwrap();
        let (keys, _) = closed.keys(&issuer, &read, NOW);
        let fault = keys.unwrap_err();
        assert!(
            fault.contains("leads to a private network"),
            "{issuer}: {fault}"
        );
        assert!(closed.check_address(&issuer).is_err(), "{issuer}");
    }
    assert_eq!(world.asked(), (0, 0));
    // Nor where an allowed issuer says that its keys are.
    for keys in [
        "http://10.0.0.1/keys",
        "https://10.0.0.1/keys",
        "http://[::1]:1/keys",
    ] {
        let world = world_with(&json!({ "jwks_uri": keys }));
        let fault = world.fault(NOW);
        assert!(
            fault.contains("leads to a private network"),
            "{keys}: {fault}"
        );
    }
}

fn world_with(document: &serde_json::Value) -> World {
    let world = world();
    world.there.set(|script| script.document = document.clone());
    world
}

#[test]
fn only_https_is_asked_but_for_this_machine_where_it_is_allowed() {
    let here = asking(&["127.0.0.0/8", "10.0.0.0/8"]);
    for (address, taken) in [
        ("https://ci.example.org", true),
        ("https://ci.example.org/tenant/", true),
        ("http://127.0.0.1:9", true),
        ("http://localhost:9", true),
        ("http://10.0.0.1", false),
        ("http://ci.example.org", false),
        ("https://user@ci.example.org", false),
        ("https://ci.example.org?tenant=1", false),
        ("https://ci.example.org#a", false),
        ("ftp://ci.example.org", false),
        ("ci.example.org", false),
        ("", false),
    ] {
        assert_eq!(here.check_address(address).is_ok(), taken, "{address}");
    }
    for keys in [
        "http://example.org/keys",
        "file:///etc/passwd",
        "data:,",
        "",
    ] {
        let world = world_with(&json!({ "jwks_uri": keys }));
        assert!(world.bring(NOW).0.is_err(), "{keys}");
    }
}

#[test]
fn a_document_about_another_issuer_is_none() {
    for issuer in ["https://ci.example.org", "", "http://127.0.0.1"] {
        let world = world_with(&json!({ "issuer": issuer }));
        assert!(world.fault(NOW).ends_with(&format!("is about `{issuer}`")));
    }
    let world = world();
    let slash = format!("{}/", world.there.issuer);
    world
        .there
        .set(|script| script.document = json!({ "issuer": slash }));
    assert!(world.fault(NOW).contains("is about"), "to the letter");
}

#[test]
fn answers_that_are_none_are_faults_that_say_what() {
    let long = vec![b' '; 600 << 10];
    for (path, status, body, says) in [
        (
            DOCUMENT,
            200,
            &b"<html>"[..],
            "is no OpenID Connect document",
        ),
        (DOCUMENT, 200, b"{}", "is no OpenID Connect document"),
        (DOCUMENT, 200, &long, "/openid-configuration`:"),
        (DOCUMENT, 500, b"", "answers 500"),
        ("/keys", 200, b"{}", "is no set of keys"),
        ("/keys", 200, b"{\"keys\":[]}", "holds no key"),
        ("/keys", 200, &long, "/keys`:"),
        ("/keys", 204, b"", "answers 204"),
    ] {
        let world = world();
        world.answers(path, status, "", body);
        let fault = world.fault(NOW);
        assert!(fault.contains(says), "{path} {status}: {fault}");
        assert!(fault.len() <= 1200, "{fault}");
    }
}

/// One issuer that takes a connection and says nothing.
#[test]
fn a_silent_issuer_holds_whoever_asks_for_ten_seconds_and_nobody_else() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}", listener.local_addr().unwrap());
    let world = Arc::new(world());
    let text = token(&world.there.script.lock().unwrap());
    let began = Instant::now();
    let waiting: Vec<_> = (0..8)
        .map(|_| {
            let (world, silent, text) = (Arc::clone(&world), silent.clone(), text.clone());
            std::thread::spawn(move || {
                let read = Unverified::parse(&text).unwrap();
                world.here.keys(&silent, &read, NOW).0.unwrap_err()
            })
        })
        .collect();
    assert_eq!(world.bring(NOW).0, Ok(()));
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    for thread in waiting {
        let fault = thread.join().unwrap();
        assert!(
            fault.contains("no answer came within ten seconds"),
            "{fault}"
        );
    }
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "{:?}",
        began.elapsed()
    );
    // One of them asked; the others heard of it.
    listener.set_nonblocking(true).unwrap();
    let connections = std::iter::from_fn(|| listener.accept().ok()).count();
    assert_eq!(connections, 1);
}

#[test]
fn a_token_of_another_issuer_does_not_hold_under_these_keys() {
    let world = world();
    world
        .there
        .set(|script| script.claims["iss"] = "https://other.example.org".into());
    let text = token(&world.there.script.lock().unwrap());
    let read = Unverified::parse(&text).unwrap();
    let keys = world.here.keys(&world.there.issuer, &read, NOW).0.unwrap();
    assert_eq!(
        read.verify(&world.there.issuer, &keys, NOW),
        Err(TokenFault::Issuer("https://other.example.org".to_owned()))
    );
}
