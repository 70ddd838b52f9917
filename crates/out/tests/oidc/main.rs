//! What a provider can say, and what of it is believed: over real connections, with real signatures.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod provider;

use jeton_domain::{Span, Time};
use jeton_out::oidc::{Identity, OidcError, Provider, Question, Returned, Settings};
use provider::Script;
use serde_json::{Value, json};

const NOW: Time = Time::from_seconds(1_800_000_000);
const NONCE: &str = "0123456789abcdef0123456789abcdef";
const VERIFIER: &str = "fedcba9876543210fedcba9876543210fedcba9876543210";

struct World {
    there: provider::Provider,
    here: Provider,
}

fn settings(issuer: &str) -> Settings {
    Settings {
        issuer: issuer.to_owned(),
        client_id: "jeton".to_owned(),
        client_secret: Some("hunter2".to_owned().into()),
        scopes: vec!["email".to_owned(), "profile".to_owned()],
        redirect: "http://localhost:8377/login/oidc/callback".to_owned(),
        loopback_http: true,
        authorities: None,
    }
}

fn world() -> World {
    let there = provider::Provider::start();
    let claims = json!({
        "iss": there.issuer,
        "sub": "ada-1",
        "aud": "jeton",
        "exp": NOW.seconds() + 300,
        "iat": NOW.seconds() - 1,
        "nonce": NONCE,
        "email": "ada@example.org",
        "email_verified": true,
        "preferred_username": "ada",
        "name": "Ada Lovelace",
        "amr": ["pwd", "otp"],
        "acr": "urn:two",
        "auth_time": NOW.seconds() - 5,
    });
    there.set(|script| script.claims = claims);
    let here = Provider::new(settings(&there.issuer)).unwrap();
    World { there, here }
}

impl World {
    fn set(&self, change: impl FnOnce(&mut Script)) {
        self.there.set(change);
    }

    fn claim(&self, name: &str, value: Value) {
        self.set(|script| match value {
            Value::Null => drop(script.claims.as_object_mut().unwrap().remove(name)),
            value => script.claims[name] = value,
        });
    }

    fn ask(&self) -> Result<Identity, OidcError> {
        self.ask_at(NOW)
    }

    fn ask_at(&self, now: Time) -> Result<Identity, OidcError> {
        self.here.identity(
            now,
            &Returned {
                code: "good",
                issuer: Some(&self.there.issuer),
                nonce: NONCE,
                verifier: VERIFIER,
            },
        )
    }

    /// The provider's word does not hold, and why.
    fn refused(&self) -> String {
        match self.ask() {
            Err(OidcError::Identity(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    fn unavailable(&self) -> String {
        match self.ask() {
            Err(OidcError::Unavailable(why)) => why,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_honest_provider_names_the_person() {
    let world = world();
    let identity = world.ask().unwrap();
    assert_eq!(
        identity,
        Identity {
            issuer: world.there.issuer.clone(),
            subject: "ada-1".to_owned(),
            email: Some("ada@example.org".to_owned()),
            email_verified: true,
            username: Some("ada".to_owned()),
            name: Some("Ada Lovelace".to_owned()),
            methods: vec!["pwd".to_owned(), "otp".to_owned()],
            context: Some("urn:two".to_owned()),
            authenticated_at: Some(NOW.before(Span::from_seconds(5))),
        }
    );
    let asked = world.there.asked.lock().unwrap();
    let (_, body) = asked.iter().find(|(path, _)| path == "/token").unwrap();
    assert!(
        body.contains(&format!("code_verifier={VERIFIER}")),
        "{body}"
    );
}

#[test]
fn the_question_carries_state_nonce_and_the_challenge_and_no_secret() {
    let world = world();
    let ask = |anew| {
        world
            .here
            .question(
                NOW,
                &Question {
                    state: "st",
                    nonce: NONCE,
                    verifier: VERIFIER,
                    anew,
                },
            )
            .unwrap()
    };
    let url = ask(false);
    assert!(
        url.starts_with(&format!("{}/authorize?", world.there.issuer)),
        "{url}"
    );
    for part in [
        "response_type=code",
        "client_id=jeton",
        "state=st",
        "code_challenge_method=S256",
        "scope=openid+email+profile",
        "redirect_uri=http%3A%2F%2Flocalhost%3A8377%2Flogin%2Foidc%2Fcallback",
        &format!("nonce={NONCE}"),
    ] {
        assert!(url.contains(part), "{part} in {url}");
    }
    assert!(!url.contains(VERIFIER) && !url.contains("hunter2") && !url.contains("prompt="));
    let anew = ask(true);
    assert!(
        anew.contains("prompt=login") && anew.contains("max_age=0"),
        "{anew}"
    );
}

#[test]
fn an_address_that_nobody_vouches_for_is_not_verified() {
    let world = world();
    for (said, verified) in [
        (json!(true), true),
        (json!(false), false),
        (Value::Null, false),
    ] {
        world.claim("email_verified", said);
        assert_eq!(world.ask().unwrap().email_verified, verified);
    }
}

#[test]
fn what_the_id_token_leaves_out_is_asked_for_and_counts_for_the_same_subject_only() {
    let world = world();
    world.claim("email", Value::Null);
    world.claim("email_verified", Value::Null);
    world.set(|script| {
        script.userinfo =
            json!({"sub": "ada-1", "email": "ada@there.example", "email_verified": true});
    });
    let identity = world.ask().unwrap();
    assert_eq!(
        (identity.email.as_deref(), identity.email_verified),
        (Some("ada@there.example"), true)
    );
    world.set(|script| script.userinfo["sub"] = json!("eve-2"));
    assert!(world.refused().contains("subject"), "{}", world.refused());
}

#[test]
fn a_word_that_was_not_meant_for_this_question_does_not_hold() {
    let past = NOW.seconds() - 3600;
    for (claim, value) in [
        ("nonce", json!("another")),
        ("nonce", Value::Null),
        ("aud", json!("another")),
        ("aud", json!(["jeton", "another"])),
        ("aud", json!([])),
        ("azp", json!("another")),
        ("iss", json!("https://another.example")),
        ("exp", json!(NOW.seconds())),
        ("exp", json!(past)),
        ("iat", json!(past)),
        ("iat", json!(NOW.seconds() + 3600)),
        ("sub", json!("")),
        ("sub", json!("a".repeat(256))),
        ("sub", json!("zoë")),
        ("sub", json!("a\0")),
    ] {
        let world = world();
        world.claim(claim, value.clone());
        let why = world.refused();
        assert!(!why.is_empty(), "{claim} {value}");
    }
}

#[test]
fn a_signature_counts_only_by_a_published_key_and_a_taken_method() {
    for (name, change) in [
        (
            "no signature",
            (|s| {
                s.signs = None;
                s.header = Some(json!({"alg": "none"}));
            }) as fn(&mut Script),
        ),
        ("no signature, said otherwise", |s| s.signs = None),
        ("a foreign key", |s| s.signs = Some(2)),
        ("a foreign key under a published name", |s| {
            s.signs = Some(2);
            s.header = Some(json!({"alg": "EdDSA", "kid": "k1"}));
        }),
        ("the shared secret", |s| {
            s.header = Some(json!({"alg": "HS256", "kid": "k1"}));
        }),
        ("another method", |s| {
            s.header = Some(json!({"alg": "RS256", "kid": "k1"}));
        }),
    ] {
        let world = world();
        world.set(change);
        assert!(
            matches!(
                world.ask(),
                Err(OidcError::Identity(_) | OidcError::Unavailable(_))
            ),
            "{name}"
        );
    }
}

#[test]
fn a_new_key_is_fetched_and_strangers_cannot_make_it_fetch_often() {
    let world = world();
    world.ask().unwrap();
    world.set(|script| {
        script.signs = Some(2);
        script.publishes = vec![2];
    });
    // Read just now: it is not read again for a key that anybody can name.
    assert!(matches!(world.ask(), Err(OidcError::Identity(_))));
    assert_eq!(world.there.count("/keys"), 1);
    world.ask_at(NOW.after(Span::from_minutes(2))).unwrap();
    assert_eq!(world.there.count("/keys"), 2);
}

#[test]
fn a_code_of_another_provider_is_not_exchanged() {
    let world = world();
    let ask = |issuer| {
        world.here.identity(
            NOW,
            &Returned {
                code: "good",
                issuer,
                nonce: NONCE,
                verifier: VERIFIER,
            },
        )
    };
    assert!(matches!(
        ask(Some("https://another.example")),
        Err(OidcError::Identity(_))
    ));
    // It always names itself, so silence is another's.
    assert!(matches!(ask(None), Err(OidcError::Identity(_))));
    assert_eq!(
        world.there.count("/token"),
        0,
        "and the other never saw the code"
    );
}

#[test]
fn a_code_that_is_not_good_is_told_from_a_provider_that_fails() {
    let world = world();
    world.set(|script| script.code = "other".to_owned());
    assert!(matches!(world.ask(), Err(OidcError::Code(_))));
}

#[test]
fn nothing_is_followed_and_nothing_is_endless() {
    let there = provider::Provider::start();
    let trap = format!("{}/trap", there.issuer);
    for (path, status, headers, body) in [
        ("/token", 302, format!("Location: {trap}\r\n"), Vec::new()),
        (
            "/token",
            200,
            "Content-Type: application/json\r\n".to_owned(),
            vec![b' '; 1 << 20],
        ),
        (
            "/token",
            200,
            "Content-Type: text/html\r\n".to_owned(),
            b"<html>".to_vec(),
        ),
        (
            "/token",
            500,
            "Content-Type: application/json\r\n".to_owned(),
            b"{}".to_vec(),
        ),
        ("/keys", 302, format!("Location: {trap}\r\n"), Vec::new()),
        (
            "/.well-known/openid-configuration",
            302,
            format!("Location: {trap}\r\n"),
            Vec::new(),
        ),
        (
            "/.well-known/openid-configuration",
            200,
            "Content-Type: application/json\r\n".to_owned(),
            b"[".to_vec(),
        ),
    ] {
        let world = world();
        world.set(|script| {
            drop(
                script
                    .instead
                    .insert(path.to_owned(), (status, headers, body)),
            );
        });
        world.unavailable();
    }
    assert_eq!(there.count("/trap"), 0);
}

#[test]
fn a_document_leads_nowhere_else() {
    for (field, value) in [
        ("issuer", "https://another.example"),
        ("jwks_uri", "http://10.0.0.1/keys"),
        ("jwks_uri", "file:///etc/passwd"),
        ("authorization_endpoint", "http://another.example/authorize"),
        ("token_endpoint", "http://169.254.169.254/token"),
    ] {
        let world = world();
        world.set(|script| script.document = json!({ field: value }));
        world.unavailable();
    }
}

#[test]
fn a_provider_that_is_down_is_not_asked_by_everybody() {
    let world = world();
    let path = "/.well-known/openid-configuration";
    world.set(|script| {
        drop(
            script
                .instead
                .insert(path.to_owned(), (503, String::new(), Vec::new())),
        );
    });
    world.unavailable();
    world.unavailable();
    assert_eq!(world.there.count(path), 1);
    world.set(|script| script.instead.clear());
    world.ask_at(NOW.after(Span::from_seconds(6))).unwrap();
}

#[test]
fn settings_that_cannot_be_are_told() {
    for issuer in [
        "",
        "id.example.org",
        "http://id.example.org",
        "ftp://id.example.org",
    ] {
        let refused = Provider::new(settings(issuer));
        assert!(matches!(refused, Err(OidcError::Setting(_))), "{issuer}");
    }
    let mut own = settings("https://id.example.org");
    own.authorities = Some(b"nothing".to_vec());
    assert!(matches!(Provider::new(own), Err(OidcError::Setting(_))));
}
