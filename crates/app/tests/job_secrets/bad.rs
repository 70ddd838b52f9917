//! What can't be set.

use crypto_box::aead::OsRng;
use jeton_app::AppError;
use jeton_app::job_secrets::{self, GivenValue, SecretValue};
use jeton_domain::LONGEST_JOB_SECRET;

use crate::outcome::{count, fault};
use crate::world::{World, base64, new, sealed};

/// The field at fault, and what is said of it.
fn said(result: Result<job_secrets::Put, AppError>) -> (String, String) {
    match result {
        Err(AppError::Invalid(faults)) => {
            let [one] = faults.as_slice() else {
                panic!("{faults:?}")
            };
            (one.field.to_string(), one.message.clone())
        }
        other => panic!("not invalid: {other:?}"),
    }
}

#[test]
fn what_can_not_be_opened_is_refused_at_once() {
    let world = World::new();
    let (labs, vault) = (world.of(&world.labs), world.of(&world.vault));
    let GivenValue::Sealed { key_id, encrypted } = sealed(world.app(), &labs, b"x") else {
        unreachable!()
    };
    let GivenValue::Sealed {
        key_id: other,
        encrypted: for_vault,
    } = sealed(world.app(), &vault, b"x")
    else {
        unreachable!()
    };
    let long =
        crypto_box::PublicKey::from(job_secrets::public_key(world.app(), &labs).unwrap().key)
            .seal(&mut OsRng, &vec![b'x'; LONGEST_JOB_SECRET + 1])
            .unwrap();
    let padded = encrypted.trim_end_matches('=').to_owned();
    let mut turned: Vec<u8> = encrypted.clone().into_bytes();
    turned[40] = if turned[40] == b'A' { b'B' } else { b'A' };
    let turned = String::from_utf8(turned).unwrap();
    for (key_id, encrypted, field, words) in [
        (
            "999",
            encrypted.as_str(),
            "key_id",
            "ask for the public key again",
        ),
        ("", &encrypted, "key_id", "is not that of a key"),
        ("-1", &encrypted, "key_id", "is not that of a key"),
        ("' OR 1=1", &encrypted, "key_id", "is not that of a key"),
        // Another place's pair is none here.
        (&other, &for_vault, "key_id", "is not that of a key"),
        (
            &key_id,
            "not base64!",
            "encrypted_value",
            "is not in base64",
        ),
        (&key_id, &padded, "encrypted_value", "is not in base64"),
        (
            &key_id,
            "",
            "encrypted_value",
            "was not sealed with the key",
        ),
        (
            &key_id,
            &base64(b"short"),
            "encrypted_value",
            "was not sealed with the key",
        ),
        (
            &key_id,
            &for_vault,
            "encrypted_value",
            "was not sealed with the key",
        ),
        (
            &key_id,
            &turned,
            "encrypted_value",
            "was not sealed with the key",
        ),
        (&key_id, &base64(&long), "encrypted_value", "letters"),
        (
            &key_id,
            &"A".repeat(1_000_000),
            "encrypted_value",
            "letters",
        ),
    ] {
        let given = GivenValue::Sealed {
            key_id: key_id.to_owned(),
            encrypted: encrypted.to_owned(),
        };
        let put = job_secrets::put(world.app(), &labs, &new("X", given));
        let (at, message) = said(put);
        assert!(at == field && message.contains(words), "{at}: {message}");
    }
    assert_eq!(count(&world.kit, "SELECT COUNT(*) FROM job_secrets"), 0);
}

#[test]
fn a_value_that_no_variable_could_have_is_refused() {
    let world = World::new();
    let call = world.of(&world.labs);
    for value in [&b"\xff\xfe"[..], b"a\0b"] {
        let given = sealed(world.app(), &call, value);
        let put = job_secrets::put(world.app(), &call, &new("X", given));
        assert_eq!(fault(put), ("encrypted_value", "custom"), "{value:?}");
    }
    for value in ["a\0b".to_owned(), "x".repeat(LONGEST_JOB_SECRET + 1)] {
        let given = GivenValue::Typed(SecretValue::typed(value));
        let put = job_secrets::put(world.app(), &call, &new("X", given));
        assert_eq!(fault(put), ("value", "custom"));
    }
    // The longest is taken, sealed too.
    let most = vec![b'x'; LONGEST_JOB_SECRET];
    let given = sealed(world.app(), &call, &most);
    job_secrets::put(world.app(), &call, &new("X", given)).unwrap();
    assert_eq!(world.given(&world.labs)[0].1.len(), LONGEST_JOB_SECRET);
}

#[test]
fn hostile_names_are_refused() {
    let world = World::new();
    let call = world.of(&world.labs);
    let long = "A".repeat(256);
    for name in [
        "",
        "A-B",
        "A B",
        "A=B",
        "../x",
        "9X",
        "GITHUB_TOKEN",
        "jeton_x",
        "X\n",
        "Ünder",
        &long,
    ] {
        let given = GivenValue::Typed(SecretValue::typed("x"));
        let put = job_secrets::put(world.app(), &call, &new(name, given));
        assert_eq!(fault(put), ("secret_name", "custom"), "{name:?}");
    }
}
