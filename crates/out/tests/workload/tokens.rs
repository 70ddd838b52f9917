//! Tokens as bad as they come, each with the one that is good beside it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_domain::{Claims, Time};
use jeton_out::workload::{Keys, LONGEST_TOKEN, TokenFault, Unverified, Verified};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use serde_json::{Value, json};

const NOW: Time = Time::from_seconds(1_800_000_000);
const ISSUER: &str = "https://ci.example.org";

type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

/// A key that was made for one test.
struct Signer {
    name: &'static str,
    algorithm: &'static str,
    public: Value,
    sign: Sign,
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn p256() -> Signer {
    let random = SystemRandom::new();
    let way = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let made = EcdsaKeyPair::generate_pkcs8(way, &random).unwrap();
    let key = EcdsaKeyPair::from_pkcs8(way, made.as_ref(), &random).unwrap();
    let point = key.public_key().as_ref().to_vec();
    Signer {
        name: "p",
        algorithm: "ES256",
        public: json!({
            "kty": "EC", "crv": "P-256", "kid": "p", "use": "sig",
            "x": b64(&point[1..33]), "y": b64(&point[33..]),
        }),
        sign: Box::new(move |text| key.sign(&random, text).unwrap().as_ref().to_vec()),
    }
}

fn edwards() -> Signer {
    let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let key = Ed25519KeyPair::from_pkcs8(made.as_ref()).unwrap();
    Signer {
        name: "e",
        algorithm: "EdDSA",
        public: json!({
            "kty": "OKP", "crv": "Ed25519", "kid": "e", "x": b64(key.public_key().as_ref()),
        }),
        sign: Box::new(move |text| key.sign(text).as_ref().to_vec()),
    }
}

fn keys(signers: &[&Signer]) -> Keys {
    let all: Vec<&Value> = signers.iter().map(|signer| &signer.public).collect();
    Keys::read(json!({ "keys": all }).to_string().as_bytes()).unwrap()
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "repo:acme/widget", "aud": "https://git.example.org", "jti": "one",
        "iat": NOW.seconds() - 5, "nbf": NOW.seconds() - 5, "exp": NOW.seconds() + 300,
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut all = claims();
    match value {
        Value::Null => drop(all.as_object_mut().unwrap().remove(name)),
        value => all[name] = value,
    }
    all
}

fn made(signer: &Signer, head: &Value, claims: &Value) -> String {
    let text = format!("{}.{}", b64(head.to_string()), b64(claims.to_string()));
    let signature = (signer.sign)(text.as_bytes());
    format!("{text}.{}", b64(signature))
}

fn token(signer: &Signer, claims: &Value) -> String {
    let head = json!({ "alg": signer.algorithm, "kid": signer.name, "typ": "JWT" });
    made(signer, &head, claims)
}

fn verify(text: &str, keys: &Keys) -> Result<Verified, TokenFault> {
    Unverified::parse(text)?.verify(ISSUER, keys, NOW)
}

#[test]
fn a_good_token_of_each_kind_of_key_is_believed() {
    let (p, e) = (p256(), edwards());
    let both = keys(&[&p, &e]);
    for signer in [&p, &e] {
        let verified = verify(&token(signer, &claims()), &both).unwrap();
        assert_eq!(verified.claims.text("sub"), Some("repo:acme/widget"));
        assert_eq!(verified.over, Time::from_seconds(NOW.seconds() + 360));
        // Without a key's name, whichever key holds.
        let nameless = made(signer, &json!({ "alg": signer.algorithm }), &claims());
        assert!(verify(&nameless, &both).is_ok());
    }
}

/// The example of RFC 7515, appendix A.2.
#[test]
fn rsa_is_reckoned_as_others_reckon_it() {
    let key = json!({
        "kty": "RSA", "e": "AQAB",
        "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
    });
    let text = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    let read = |key: &Value| Keys::read(json!({ "keys": [key] }).to_string().as_bytes());
    let token = Unverified::parse(text).unwrap();
    assert_eq!(token.check_signature(&read(&key).unwrap()), Ok(()));
    // It does not say when it was made.
    assert_eq!(token.check_time(NOW), Err(TokenFault::Claim("iat")));
    // SECURITY: a key that is for another algorithm, or for hiding, signs nothing here.
    for (name, value) in [("alg", "PS256"), ("alg", "RS512")] {
        let mut other = key.clone();
        other[name] = value.into();
        assert_eq!(
            token.check_signature(&read(&other).unwrap()),
            Err(TokenFault::Signature),
            "{value}"
        );
    }
    for (name, value) in [
        ("alg", json!("RSA-OAEP")),
        ("use", json!("enc")),
        ("key_ops", json!(["sign"])),
        ("kty", json!("oct")),
        ("n", json!(b64([0xff; 128]))),
        ("n", json!(b64([vec![0; 256], vec![0xff; 128]].concat()))),
        ("n", json!(b64([0xff; 1024]))),
    ] {
        let mut other = key.clone();
        other[name] = value;
        assert!(read(&other).unwrap_err().contains("no key"), "{name}");
    }
}

#[test]
fn whatever_is_not_signed_by_a_key_of_the_issuer_is_refused() {
    let (p, e, stranger) = (p256(), edwards(), p256());
    let both = keys(&[&p, &e]);
    let good = token(&p, &claims());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (head, _) = signed.split_once('.').unwrap();
    let unsigned = |algorithm: &str| {
        let head = json!({ "alg": algorithm, "kid": "p" });
        format!("{}.{}.", b64(head.to_string()), b64(claims().to_string()))
    };
    // The public key as the secret: whoever takes the token's word for the algorithm takes this.
    let part = |name: &str| URL_SAFE_NO_PAD.decode(p.public[name].as_str().unwrap());
    let point = [part("x").unwrap(), part("y").unwrap()].concat();
    let secret = hmac::Key::new(hmac::HMAC_SHA256, &point);
    let confused = Signer {
        name: "p",
        algorithm: "HS256",
        public: json!({}),
        sign: Box::new(move |text| hmac::sign(&secret, text).as_ref().to_vec()),
    };
    let head_of = |algorithm: &str| json!({ "alg": algorithm, "kid": "p" });
    let algorithm = |name: &str| TokenFault::Algorithm(name.to_owned());
    for (why, text, fault) in [
        ("none", unsigned("none"), algorithm("none")),
        (
            "none, written otherwise",
            unsigned("NONE"),
            algorithm("NONE"),
        ),
        ("no algorithm", unsigned(""), algorithm("")),
        ("no signature", unsigned("ES256"), TokenFault::Signature),
        (
            "a shared secret",
            token(&confused, &claims()),
            algorithm("HS256"),
        ),
        (
            "the same as another's",
            made(&confused, &head_of("ES256"), &claims()),
            TokenFault::Signature,
        ),
        (
            "a key of another type",
            made(&p, &head_of("RS256"), &claims()),
            TokenFault::Signature,
        ),
        (
            "of a third",
            made(&p, &head_of("EdDSA"), &claims()),
            TokenFault::Signature,
        ),
        (
            "an algorithm that is not taken",
            made(&p, &head_of("ES384"), &claims()),
            algorithm("ES384"),
        ),
        (
            "a stranger's key under this name",
            token(&stranger, &claims()),
            TokenFault::Signature,
        ),
        (
            "a name that is not published",
            made(&p, &json!({ "alg": "ES256", "kid": "q" }), &claims()),
            TokenFault::NoKey("q".to_owned()),
        ),
        (
            "another key's name",
            made(&p, &json!({ "alg": "ES256", "kid": "e" }), &claims()),
            TokenFault::Signature,
        ),
        (
            "other claims under a signature that holds",
            format!(
                "{head}.{}.{signature}",
                b64(with("sub", json!("repo:acme/other")).to_string())
            ),
            TokenFault::Signature,
        ),
        (
            "a signature cut short",
            good[..good.len() - 2].to_owned(),
            TokenFault::Signature,
        ),
    ] {
        assert_eq!(verify(&text, &both), Err(fault), "{why}");
    }
    assert!(verify(&good, &both).is_ok());
}

#[test]
fn a_token_of_another_issuer_is_refused_to_the_letter() {
    let p = p256();
    let published = keys(&[&p]);
    for (named, said) in [
        (json!("https://ci.example.org/"), "https://ci.example.org/"),
        (json!("https://CI.example.org"), "https://CI.example.org"),
        (json!([ISSUER]), ""),
        (json!(7), ""),
        (Value::Null, ""),
    ] {
        let outcome = verify(&token(&p, &with("iss", named)), &published);
        assert_eq!(outcome, Err(TokenFault::Issuer(said.to_owned())));
    }
}

#[test]
fn nothing_that_the_token_says_of_its_own_key_is_followed() {
    let (p, stranger) = (p256(), p256());
    let published = keys(&[&p]);
    for (name, value) in [
        ("jwk", stranger.public.clone()),
        ("jku", json!("https://evil.example.org/keys")),
        ("x5u", json!("https://evil.example.org/chain")),
        ("crit", json!(["exp"])),
    ] {
        let mut head = json!({ "alg": "ES256", "kid": "p" });
        head[name] = value;
        // Even where a key of the issuer's signed it.
        let text = made(&p, &head, &claims());
        assert_eq!(verify(&text, &published), Err(TokenFault::Head(name)));
    }
    let text = made(&p, &json!({ "alg": "ES256", "kid": 7 }), &claims());
    assert!(matches!(
        verify(&text, &published),
        Err(TokenFault::Form(_))
    ));
}

#[test]
fn what_is_signed_for_something_else_is_no_identity() {
    let p = p256();
    let published = keys(&[&p]);
    for (kind, good) in [
        (json!("JWT"), true),
        (json!("jwt"), true),
        (json!("logout+jwt"), false),
        (json!("at+jwt"), true),
        (json!("secevent+jwt"), false),
        (json!(7), false),
    ] {
        let head = json!({ "alg": "ES256", "kid": "p", "typ": kind });
        let outcome = verify(&made(&p, &head, &claims()), &published);
        assert_eq!(outcome.is_ok(), good, "{kind}: {outcome:?}");
    }
}

#[test]
fn a_token_is_good_from_its_beginning_to_its_end_and_for_a_day_at_most() {
    let p = p256();
    let published = keys(&[&p]);
    let now = NOW.seconds();
    let at = Time::from_seconds;
    for (name, value, fault) in [
        ("exp", json!(now - 60), Some(TokenFault::Over(at(now - 60)))),
        ("exp", json!(now - 59), None),
        ("exp", Value::Null, Some(TokenFault::Claim("exp"))),
        ("exp", json!("soon"), Some(TokenFault::Claim("exp"))),
        ("exp", json!(1e300), Some(TokenFault::Claim("exp"))),
        ("exp", json!(-1), Some(TokenFault::Claim("exp"))),
        ("exp", json!(now - 5 + 86400), None),
        ("exp", json!(now - 4 + 86400), Some(TokenFault::LongLived)),
        ("exp", json!(now as f64 + 300.5), None),
        ("nbf", json!(now + 60), None),
        (
            "nbf",
            json!(now + 61),
            Some(TokenFault::Early(at(now + 61))),
        ),
        ("nbf", Value::Null, None),
        ("nbf", json!({}), Some(TokenFault::Claim("nbf"))),
        (
            "iat",
            json!(now + 61),
            Some(TokenFault::Early(at(now + 61))),
        ),
        ("iat", Value::Null, Some(TokenFault::Claim("iat"))),
        ("jti", json!(7), Some(TokenFault::Claim("jti"))),
        ("jti", json!(""), Some(TokenFault::Claim("jti"))),
    ] {
        let outcome = verify(&token(&p, &with(name, value.clone())), &published);
        assert_eq!(outcome.err(), fault, "{name} {value}");
    }
}

#[test]
fn a_second_use_is_known_by_the_tokens_own_number_or_by_what_was_signed() {
    let p = p256();
    let published = keys(&[&p]);
    let once = |claims: &Value| verify(&token(&p, claims), &published).unwrap().once;
    // Two signatures over the same, and other words under the same number.
    assert_eq!(once(&claims()), once(&claims()));
    assert_eq!(once(&claims()), once(&with("sub", json!("another"))));
    assert_ne!(once(&claims()), once(&with("jti", json!("two"))));
    let nameless = with("jti", Value::Null);
    assert_eq!(once(&nameless), once(&nameless));
    assert_ne!(once(&nameless), once(&claims()));
    // The number of one issuer is not that of another.
    let other = with("iss", json!("https://other.example.org"));
    let text = token(&p, &other);
    let theirs = Unverified::parse(&text)
        .unwrap()
        .verify("https://other.example.org", &published, NOW)
        .unwrap();
    assert_ne!(theirs.once, once(&claims()));
}

#[test]
fn what_is_no_token_is_refused_before_anything_is_looked_up() {
    let p = p256();
    let good = token(&p, &claims());
    for text in [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        "e30.e30.e30.e30.e30",
        "{}.{}.x",
        "bm8.bm8.bm8",
        "W10.W10.",
        &good.replace('.', ".."),
        &format!("{good}="),
        &format!(" {good}"),
        &format!("{good}\n"),
        "ä.ö.ü",
    ] {
        assert!(
            matches!(
                Unverified::parse(text),
                Err(TokenFault::Form(_) | TokenFault::Algorithm(_))
            ),
            "{text:?}"
        );
    }
    let long = token(&p, &with("sub", json!("a".repeat(LONGEST_TOKEN))));
    assert_eq!(Unverified::parse(&long).err(), Some(TokenFault::Long));
    // Deeper than any reader goes.
    let deep = format!("{}{}", "[".repeat(4000), "]".repeat(4000));
    let nested = format!(
        "{}.{}.",
        b64(r#"{"alg":"ES256"}"#),
        b64(format!("{{\"a\":{deep}}}"))
    );
    assert!(Unverified::parse(&nested).is_err());
}

#[test]
fn claims_are_texts_and_what_is_none_is_not_there() {
    let p = p256();
    let mut all = claims();
    all["run"] = json!(42);
    all["protected"] = json!(true);
    all["groups"] = json!(["a", 7, {"b": 1}, null]);
    all["nested"] = json!({"a": "b"});
    all["nothing"] = json!(null);
    let text = token(&p, &all);
    let read: Claims = Unverified::parse(&text).unwrap().claims();
    assert_eq!(read.text("run"), Some("42"));
    assert_eq!(read.text("protected"), Some("true"));
    assert_eq!(read.text("groups"), None, "two, so none alone");
    assert_eq!((read.text("nested"), read.text("nothing")), (None, None));
}

#[test]
fn what_is_no_set_of_keys_is_refused() {
    for text in [
        "",
        "[]",
        "{}",
        r#"{"keys":{}}"#,
        r#"{"keys":[]}"#,
        r#"{"keys":[1,"a",{}]}"#,
    ] {
        assert!(Keys::read(text.as_bytes()).is_err(), "{text}");
    }
    let many = vec![p256().public; 65];
    assert!(Keys::read(json!({ "keys": many }).to_string().as_bytes()).is_err());
    // A point that is none: read, and verifies nothing.
    let p = p256();
    let mut bent = p.public.clone();
    bent["y"] = json!(b64([7; 32]));
    let bent = Keys::read(json!({ "keys": [bent] }).to_string().as_bytes()).unwrap();
    assert_eq!(
        verify(&token(&p, &claims()), &bent),
        Err(TokenFault::Signature)
    );
}
